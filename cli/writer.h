/*
 * writer.h - frames into a file or a pipe, in any container and codec that FFmpeg writes.
 */
#ifndef CLI_WRITER_H
#define CLI_WRITER_H

#include <stdbool.h>

#include <libavutil/dict.h>
#include <libavutil/frame.h>

#include "convert.h"
#include "number.h"

struct writer;

struct writer_options {
	const char *path; /* "-": standard output */
	const char *container; /* FFmpeg's name; NULL: by the path's ending */
	const char *codec; /* FFmpeg's name; NULL: the container's own */
	const AVDictionary *options; /* of codec and container */
	enum AVPixelFormat format; /* AV_PIX_FMT_NONE: the frames', or the nearest that the codec has */
	struct rate rate;
	bool overwrite;
	bool single; /* one picture */
};

/* Before there is a frame: whether the container and the codec exist and the file may be written. Returns 0, or an exit code
 * after it has said what is wrong. */
int
writer_check(const struct writer_options *options);

/* Opens it for frames like @frame. Returns as writer_check(). */
int
writer_open(const struct writer_options *options, const AVFrame *frame, struct writer **ret);

/* Writes a frame; @frame->pts is in nanoseconds. Returns as writer_check(). */
int
writer_write(struct writer *writer, AVFrame *frame);

/* Completes the file. Returns as writer_check(). */
int
writer_finish(struct writer *writer);

/* What was written stays. NULL is accepted. */
void
writer_free(struct writer *writer);

/* "ffv1, yuv420p", for people. Lives until the next call. */
const char *
writer_describe(const struct writer *writer);

/* Frames that were written; of these, that had to be converted. */
int64_t
writer_count(const struct writer *writer, int64_t *ret_converted);

#endif /* CLI_WRITER_H */
