/* writer-choose.c - which container, codec, pixel format and clock a file gets; it writes nothing. */
#include <string.h>
#include <sys/stat.h>

#include <libavutil/pixdesc.h>

#include "complain.h"
#include "raw-output.h"
#include "writer-private.h"

/* Which container and codec */

const AVOutputFormat *
writer_find_container(const struct writer_options *o)
{
	const bool is_pipe = strcmp(o->path, "-") == 0;

	if (o->container != NULL && strcmp(o->container, "y4m") == 0)
		return av_guess_format("yuv4mpegpipe", NULL, NULL);
	return av_guess_format(o->container, o->container != NULL || is_pipe ? NULL : o->path, NULL);
}

bool
writer_is_raw(const struct writer_options *o, const AVOutputFormat *container)
{
	return strcmp(container->name, "yuv4mpegpipe") == 0 ||
	       (strcmp(container->name, "rawvideo") == 0 &&
		(o->codec == NULL || strcmp(o->codec, "rawvideo") == 0));
}

const AVCodec *
writer_find_encoder(const struct writer_options *o, const AVOutputFormat *container)
{
	enum AVCodecID id;

	if (writer_is_raw(o, container)) /* it hands frames through, as they are */
		return avcodec_find_encoder(AV_CODEC_ID_WRAPPED_AVFRAME);
	if (o->codec != NULL)
		return avcodec_find_encoder_by_name(o->codec);
	id = av_guess_codec(container, NULL, strcmp(o->path, "-") == 0 ? NULL : o->path, NULL,
			    AVMEDIA_TYPE_VIDEO);
	return avcodec_find_encoder(id);
}

static int
check_path(const struct writer_options *o)
{
	struct stat status;

	if (strcmp(o->path, "-") == 0)
		return EXIT_DONE;
	if (stat(o->path, &status) < 0)
		return EXIT_DONE; /* opening it tells what is wrong */
	if (S_ISDIR(status.st_mode))
		return complain(EXIT_FAILED, "\"%s\" is a directory", o->path);
	if (S_ISREG(status.st_mode) && !o->overwrite)
		return complain(EXIT_FAILED, "\"%s\" is there already; --overwrite writes over it", o->path);
	return EXIT_DONE;
}

int
writer_check(const struct writer_options *o)
{
	const AVOutputFormat *container = writer_find_container(o);
	const AVCodec *encoder;

	if (container == NULL)
		return o->container != NULL
			       ? complain(EXIT_USAGE, "FFmpeg writes no container \"%s\"", o->container)
			       : complain(EXIT_USAGE,
					  "the ending of \"%s\" names no container that FFmpeg writes",
					  o->path);
	encoder = writer_find_encoder(o, container);
	if (encoder == NULL && o->codec != NULL)
		return complain(EXIT_USAGE, "FFmpeg has no encoder \"%s\"", o->codec);
	if (encoder == NULL || encoder->type != AVMEDIA_TYPE_VIDEO)
		return complain(EXIT_USAGE, "%s is no container or codec for video",
				encoder != NULL ? encoder->name : container->name);
	return check_path(o);
}

/* Which pixels */

static bool
has_format(const enum AVPixelFormat *list, enum AVPixelFormat format)
{
	while (*list != AV_PIX_FMT_NONE && *list != format)
		list++;
	return *list != AV_PIX_FMT_NONE;
}

/* A JPEG has colours of full range, for which FFmpeg's encoder wants the formats with a letter. */
static enum AVPixelFormat
with_range(const struct writer *writer, enum AVPixelFormat format)
{
	if (writer->encoder->id != AV_CODEC_ID_MJPEG)
		return format;
	switch (format) {
	case AV_PIX_FMT_YUV420P:
		return AV_PIX_FMT_YUVJ420P;
	case AV_PIX_FMT_YUV422P:
		return AV_PIX_FMT_YUVJ422P;
	case AV_PIX_FMT_YUV444P:
		return AV_PIX_FMT_YUVJ444P;
	default:
		return format;
	}
}

enum AVPixelFormat
writer_choose_format(const struct writer *writer, const AVFrame *frame)
{
	const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(frame->format);
	const enum AVPixelFormat *list = writer->encoder->pix_fmts;
	const enum AVPixelFormat wish = with_range(
		writer, writer->options.format != AV_PIX_FMT_NONE ? writer->options.format : frame->format);

	if (strcmp(writer->format->oformat->name, "yuv4mpegpipe") == 0)
		list = raw_output_y4m_formats;
	if (list == NULL || has_format(list, wish))
		return wish;
	return avcodec_find_best_pix_fmt_of_list(list, wish, (descriptor->flags & AV_PIX_FMT_FLAG_ALPHA) != 0,
						 NULL);
}

/* Codecs whose frames come at a fixed rate, or whose clock is too coarse for FINE_TICKS. */
bool
writer_has_fixed_rate(const struct writer *writer)
{
	const enum AVCodecID id = writer->encoder->id;

	return (writer->format->oformat->flags & AVFMT_VARIABLE_FPS) == 0 ||
	       writer->encoder->supported_framerates != NULL || id == AV_CODEC_ID_MPEG4 ||
	       id == AV_CODEC_ID_H263P;
}
