/*
 * writer-private.h - a writer from within, for writer.c and writer-choose.c.
 */
#ifndef CLI_WRITER_PRIVATE_H
#define CLI_WRITER_PRIVATE_H

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#include "writer.h"

struct writer {
	struct writer_options options;
	const AVCodec *encoder;
	AVFormatContext *format;
	AVCodecContext *codec;
	AVIOContext *output;
	AVStream *stream;
	AVPacket *packet;
	AVFrame *converted; /* its memory is used again */
	struct converter *converter;
	int fd;
	bool has_header;
	bool is_raw; /* raw-output.h writes it, not FFmpeg */
	const char *mark; /* before each frame of raw output */
	int64_t first_ns, last_pts;
	int64_t frames, converted_frames;
};

/* NULL if there is none. */
const AVOutputFormat *
writer_find_container(const struct writer_options *options);

const AVCodec *
writer_find_encoder(const struct writer_options *options, const AVOutputFormat *container);

/* Frames that go out as they are: Y4M, or nothing but pixels. */
bool
writer_is_raw(const struct writer_options *options, const AVOutputFormat *container);

/* The encoder's pixel format that is the frame's, or the nearest to it. */
enum AVPixelFormat
writer_choose_format(const struct writer *writer, const AVFrame *frame);

/* Whether frames have to come at a fixed rate. */
bool
writer_has_fixed_rate(const struct writer *writer);

#endif /* CLI_WRITER_PRIVATE_H */
