/* raw-output.c - uncompressed frames into a descriptor; not FFmpeg's Y4M, which spoils odd widths of more than 8 bits. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>

#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>

#include "output.h"
#include "raw-output.h"

enum { MAXIMUM_PARTS = 1024 }; /* that one system call takes: IOV_MAX */

static const struct {
	enum AVPixelFormat format;
	const char *name;
} names[] = {
	{ AV_PIX_FMT_YUV420P, "420jpeg" },    { AV_PIX_FMT_YUV422P, "422" },
	{ AV_PIX_FMT_YUV444P, "444" },        { AV_PIX_FMT_YUV411P, "411" },
	{ AV_PIX_FMT_GRAY8, "mono" },         { AV_PIX_FMT_GRAY10LE, "mono10" },
	{ AV_PIX_FMT_GRAY12LE, "mono12" },    { AV_PIX_FMT_GRAY16LE, "mono16" },
	{ AV_PIX_FMT_YUV420P10LE, "420p10" }, { AV_PIX_FMT_YUV422P10LE, "422p10" },
	{ AV_PIX_FMT_YUV444P10LE, "444p10" }, { AV_PIX_FMT_YUV420P12LE, "420p12" },
	{ AV_PIX_FMT_YUV422P12LE, "422p12" }, { AV_PIX_FMT_YUV444P12LE, "444p12" },
	{ AV_PIX_FMT_YUV420P16LE, "420p16" }, { AV_PIX_FMT_YUV422P16LE, "422p16" },
	{ AV_PIX_FMT_YUV444P16LE, "444p16" },
};

const enum AVPixelFormat raw_output_y4m_formats[] = {
	AV_PIX_FMT_YUV420P,     AV_PIX_FMT_YUV422P,     AV_PIX_FMT_YUV444P,     AV_PIX_FMT_YUV411P,
	AV_PIX_FMT_GRAY8,       AV_PIX_FMT_GRAY10LE,    AV_PIX_FMT_GRAY12LE,    AV_PIX_FMT_GRAY16LE,
	AV_PIX_FMT_YUV420P10LE, AV_PIX_FMT_YUV422P10LE, AV_PIX_FMT_YUV444P10LE, AV_PIX_FMT_YUV420P12LE,
	AV_PIX_FMT_YUV422P12LE, AV_PIX_FMT_YUV444P12LE, AV_PIX_FMT_YUV420P16LE, AV_PIX_FMT_YUV422P16LE,
	AV_PIX_FMT_YUV444P16LE, AV_PIX_FMT_NONE,
};

/* Parts of memory that are written with one call. */
struct batch {
	int fd;
	int count;
	struct iovec parts[MAXIMUM_PARTS];
};

static int
flush(struct batch *batch)
{
	const int r = output_write(batch->fd, batch->parts, batch->count);

	batch->count = 0;
	return r < 0 ? AVERROR(-r) : 0;
}

/* Rows that follow one another without a gap become one part. */
static int
add(struct batch *batch, const void *bytes, size_t size)
{
	struct iovec *last = batch->count > 0 ? &batch->parts[batch->count - 1] : NULL;

	if (last != NULL && (const char *)last->iov_base + last->iov_len == bytes) {
		last->iov_len += size;
		return 0;
	}
	if (batch->count == MAXIMUM_PARTS) {
		const int r = flush(batch);

		if (r < 0)
			return r;
	}
	batch->parts[batch->count++] =
		(struct iovec){ .iov_base = (void *)(uintptr_t)bytes, .iov_len = size };
	return 0;
}

static int
rows_of(const AVFrame *frame, int plane)
{
	const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(frame->format);
	const bool is_chroma = plane == 1 || plane == 2;

	return AV_CEIL_RSHIFT(frame->height, is_chroma ? descriptor->log2_chroma_h : 0);
}

int
raw_output_write_frame(int fd, const char *mark, const AVFrame *frame)
{
	struct batch batch = { .fd = fd };
	int r = mark[0] != '\0' ? add(&batch, mark, strlen(mark)) : 0;
	int widths[4];

	if (r == 0)
		r = av_image_fill_linesizes(widths, frame->format, frame->width);
	for (int plane = 0; r >= 0 && plane < 4 && frame->data[plane] != NULL; plane++) {
		for (int y = 0; r >= 0 && y < rows_of(frame, plane); y++)
			r = add(&batch, frame->data[plane] + (ptrdiff_t)y * frame->linesize[plane],
				(size_t)widths[plane]);
	}
	return r < 0 ? r : flush(&batch);
}

static const char *
name_of(const AVCodecContext *codec)
{
	if (codec->pix_fmt == AV_PIX_FMT_YUV420P && codec->chroma_sample_location == AVCHROMA_LOC_LEFT)
		return "420mpeg2";
	if (codec->pix_fmt == AV_PIX_FMT_YUV420P && codec->chroma_sample_location == AVCHROMA_LOC_TOPLEFT)
		return "420paldv";
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].format == codec->pix_fmt)
			return names[i].name;
	}
	return NULL;
}

int
raw_output_write_y4m_header(int fd, const AVCodecContext *codec)
{
	const char *name = name_of(codec), *range = "";
	struct batch batch = { .fd = fd };
	char text[200];
	int r;

	if (name == NULL)
		return AVERROR(EINVAL);
	if (codec->color_range == AVCOL_RANGE_JPEG)
		range = " XCOLORRANGE=FULL";
	if (codec->color_range == AVCOL_RANGE_MPEG)
		range = " XCOLORRANGE=LIMITED";
	snprintf(text, sizeof(text), "YUV4MPEG2 W%d H%d F%d:%d Ip A%d:%d C%s%s\n", codec->width,
		 codec->height, codec->framerate.num, codec->framerate.den, codec->sample_aspect_ratio.num,
		 codec->sample_aspect_ratio.num > 0 ? codec->sample_aspect_ratio.den : 0, name, range);
	r = add(&batch, text, strlen(text));
	return r < 0 ? r : flush(&batch);
}
