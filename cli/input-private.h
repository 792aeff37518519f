/*
 * input-private.h - an input from within, for input.c and input-open.c.
 */
#ifndef CLI_INPUT_PRIVATE_H
#define CLI_INPUT_PRIVATE_H

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#include "input.h"

enum input_kind { INPUT_FILE, INPUT_PIPE, INPUT_CAMERA, INPUT_SCREEN };

struct input {
	enum input_kind kind;
	struct input_options options;
	struct picture_pool *pool;
	AVFormatContext *format;
	AVIOContext *pipe; /* of standard input, which Ctrl-C ends */
	AVCodecContext *codec;
	AVStream *stream;
	AVPacket *packet;
	bool flushing; /* all packets are with the decoder */
	int64_t next_ns; /* of a frame that says nothing of its time */
	int64_t first_ns; /* of the first frame that was given out; AV_NOPTS_VALUE before */
	int64_t frame_ns; /* how long a frame lasts */
	int64_t last_end_ns; /* of the last packet, in the stream's own time */
	int64_t last_byte; /* behind the last packet */
	int64_t packets, bad; /* read; of these, not decoded or damaged */
};

/* input-open.c: how a decoder gets its memory; AVCodecContext.get_buffer2. */
int
input_get_buffer(AVCodecContext *codec, AVFrame *frame, int flags);

#endif /* CLI_INPUT_PRIVATE_H */
