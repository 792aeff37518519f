/*
 * input.h - frames out of whatever FFmpeg reads: files, pipes, cameras, screens; decoded into pictures where that is possible.
 */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include <libavutil/frame.h>

#include "number.h"
#include "picture.h"

struct input;

struct input_options {
	/* A file, a URL, "-" for standard input, /dev/videoN, or "screen:" and an X display. */
	const char *source;
	uint32_t raw_format; /* the input has no header; then size and rate are needed too. 0: it has one */
	uint32_t width, height; /* of raw input; or what a camera is asked for; 0: its own */
	struct rate rate; /* of raw input; or what a camera or screen is asked for */
	int64_t start_ns; /* begin there */
	bool plain; /* decode into ordinary memory: all frames will be converted */
};

/* Opens it. The pictures are from @pool. Returns 0, or an exit code after it has said what is wrong. */
int
input_open(const struct input_options *options, struct picture_pool *pool, struct input **ret);

void
input_close(struct input *input);

/*
 * The next frame, with pts in nanoseconds since the first. 0; AVERROR_EOF after the last one, and AVERROR_EXIT when asked to
 * stop; or why reading failed.
 */
int
input_read(struct input *input, AVFrame *frame);

/* After AVERROR_EOF: whether all was there. Says what was not, and returns the exit code. */
int
input_check(const struct input *input);

/* One that shows what is there now: a camera, a screen. */
bool
input_is_live(const struct input *input);

/* A picture, not a video. */
bool
input_is_still(const struct input *input);

/* As the input says; 25 if it says nothing. */
struct rate
input_get_rate(const struct input *input);

/* "h264"; and whether it writes into the memory that it is given, or each frame has to be copied. */
const char *
input_get_codec(const struct input *input, bool *ret_direct);

#endif /* CLI_INPUT_H */
