/*
 * publication-private.h - a publication from within: its frames (publication-frames.c), and when they are shown (publication.c).
 */
#ifndef CLI_PUBLICATION_PRIVATE_H
#define CLI_PUBLICATION_PRIVATE_H

#include <transom/stream.h>

#include "publication.h"

enum { REMEMBERED_SURFACES = 256 };

/* What was written into a surface's values: not again for each frame. */
struct remembered_colour {
	uint8_t identity[16]; /* the surface's */
	int matrix, primaries, transfer, range, location;
	AVRational aspect;
};

struct publication {
	const struct publication_options *options;
	struct picture_pool *pool;
	struct converter *converter;
	struct input_options input_options;
	bool is_pattern; /* there is no input */
	struct input *input;
	struct transom_publisher *publisher;
	AVFrame *read; /* as the input gave it */
	AVFrame *shown; /* as it was published */
	struct remembered_colour remembered[REMEMBERED_SURFACES];
	struct rate rate;
	int64_t loops_left; /* 0: for ever */
	int64_t media_ns, loop_ns; /* of the frame that was read; where this round began */
	int64_t begin_ns, end_ns; /* on the clock */
	uint32_t flags; /* of the next frame */
	int64_t frames, converted, copied;
	uint64_t copied_bytes;
	uint32_t most_readers;
	uint32_t width, height, format; /* of the newest frame */
};

/* Reads the next frame into @read: 0, AVERROR_EOF, AVERROR_EXIT, or why there is none. */
int
publication_read(struct publication *publication);

/* Makes @shown of @read, without a copy if that is possible; gives its buffer, borrowed. 0 or a negative errno. */
int
publication_make(struct publication *publication, struct transom_pixel_buffer **ret);

#endif /* CLI_PUBLICATION_PRIVATE_H */
