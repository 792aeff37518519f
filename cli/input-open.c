/* input-open.c - opens inputs: finds the demuxer and the decoder, and gives the decoder pictures to decode into. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#ifdef HAVE_LIBAVDEVICE
#include <libavdevice/avdevice.h>
#endif

#include "av-error.h"
#include "av-format.h"
#include "complain.h"
#include "input-private.h"
#include "stop.h"

#define SCREEN "screen:"

enum {
	PIPE_SIZE = 1 << 18,
	/* Rows beyond what a decoder asks for: some read, or write, a little behind the last one. */
	SPARE_ROWS = 4,
};

/* The decoder's memory */

static uint32_t
round_up(uint32_t value, uint32_t multiple)
{
	return (value + multiple - 1) / multiple * multiple;
}

/* What extended pixels must be a multiple of, in each direction. */
static void
get_multiples(const struct transom_format *format, uint32_t *ret_horizontal, uint32_t *ret_vertical)
{
	*ret_horizontal = *ret_vertical = 1;
	for (uint32_t i = 0; i < format->plane_count; i++) {
		const struct transom_format_plane *plane = &format->planes[i];
		const uint32_t h = (uint32_t)plane->horizontal_subsampling * plane->block_width;
		const uint32_t v = (uint32_t)plane->vertical_subsampling * plane->block_height;

		*ret_horizontal = h > *ret_horizontal ? h : *ret_horizontal;
		*ret_vertical = v > *ret_vertical ? v : *ret_vertical;
	}
}

/*
 * The visible pixels are those that will be left when the decoder's frame is cropped; around them there is what the decoder
 * needs beside. False if no picture can be like that.
 */
static bool
choose_shape(AVCodecContext *codec, const AVFrame *frame, struct picture_shape *shape)
{
	const bool full = frame->color_range == AVCOL_RANGE_JPEG || codec->color_range == AVCOL_RANGE_JPEG;
	const uint32_t left = (uint32_t)frame->crop_left, top = (uint32_t)frame->crop_top;
	int width = frame->width, height = frame->height, alignment[AV_NUM_DATA_POINTERS];
	uint32_t horizontal, vertical;

	*shape = (struct picture_shape){ .format = av_format_to_transom(frame->format, full),
					 .width = (uint32_t)codec->width,
					 .height = (uint32_t)codec->height };
	if (shape->format == 0 || codec->width <= 0 || codec->height <= 0)
		return false;
	get_multiples(transom_format_get(shape->format), &horizontal, &vertical);
	avcodec_align_dimensions2(codec, &width, &height, alignment);
	if (left % horizontal != 0 || top % vertical != 0 || left + shape->width > (uint32_t)width ||
	    top + shape->height > (uint32_t)height)
		return false;
	shape->extended[0] = left;
	shape->extended[1] = round_up((uint32_t)width - left - shape->width, horizontal);
	shape->extended[2] = top;
	shape->extended[3] =
		round_up((uint32_t)height - top - shape->height + SPARE_ROWS * vertical, vertical);
	return true;
}

int
input_get_buffer(AVCodecContext *codec, AVFrame *frame, int flags)
{
	struct input *input = codec->opaque;
	struct picture_shape shape;

	if ((codec->codec->capabilities & AV_CODEC_CAP_DR1) == 0 || !choose_shape(codec, frame, &shape))
		return avcodec_default_get_buffer2(codec, frame, flags);
	return picture_pool_acquire(input->pool, &shape, frame);
}

/* Demuxers */

static int
is_interrupted(void *opaque)
{
	return stop_is_asked();
}

/* Waits for the pipe and for Ctrl-C, whichever comes first. */
static int
read_pipe(void *opaque, uint8_t *bytes, int size)
{
	ssize_t r;

	do {
		if (stop_wait(STDIN_FILENO, -1) == -EINTR)
			return AVERROR_EXIT;
		r = read(STDIN_FILENO, bytes, (size_t)size);
	} while (r < 0 && (errno == EINTR || errno == EAGAIN));
	if (r < 0)
		return AVERROR(errno);
	return r == 0 ? AVERROR_EOF : (int)r;
}

static int
open_pipe(struct input *input)
{
	uint8_t *buffer = av_malloc(PIPE_SIZE);

	if (buffer == NULL)
		return AVERROR(ENOMEM);
	input->pipe = avio_alloc_context(buffer, PIPE_SIZE, 0, NULL, read_pipe, NULL, NULL);
	if (input->pipe == NULL) {
		av_free(buffer);
		return AVERROR(ENOMEM);
	}
	input->format->pb = input->pipe;
	return 0;
}

static enum input_kind
kind_of(const char *source)
{
	if (strcmp(source, "-") == 0)
		return INPUT_PIPE;
	if (strncmp(source, SCREEN, strlen(SCREEN)) == 0)
		return INPUT_SCREEN;
	if (strncmp(source, "/dev/video", 10) == 0)
		return INPUT_CAMERA;
	return INPUT_FILE;
}

static const AVInputFormat *
find_demuxer(const struct input *input)
{
#ifdef HAVE_LIBAVDEVICE
	avdevice_register_all();
#endif
	if (input->kind == INPUT_SCREEN)
		return av_find_input_format("x11grab");
	if (input->kind == INPUT_CAMERA)
		return av_find_input_format("v4l2");
	return input->options.raw_format != 0 ? av_find_input_format("rawvideo") : NULL;
}

static void
set_options(const struct input *input, AVDictionary **options)
{
	const struct input_options *wish = &input->options;
	char text[64];

	if (wish->raw_format != 0)
		av_dict_set(options, "pixel_format",
			    av_get_pix_fmt_name(av_format_from_transom(wish->raw_format)), 0);
	if (wish->width != 0) {
		snprintf(text, sizeof(text), "%ux%u", wish->width, wish->height);
		av_dict_set(options, "video_size", text, 0);
	}
	if (wish->rate.numerator != 0) {
		snprintf(text, sizeof(text), "%d/%d", wish->rate.numerator, wish->rate.denominator);
		av_dict_set(options, "framerate", text, 0);
	}
}

/* Why a file cannot be read, before FFmpeg wraps it up in words of its own. */
static int
check_file(const char *path)
{
	struct stat status;

	if (strstr(path, "://") != NULL || strchr(path, '%') != NULL)
		return EXIT_DONE; /* a URL, or a row of numbered pictures */
	if (stat(path, &status) < 0)
		return complain((enum exit_code)exit_code_of(-errno), "\"%s\" cannot be read: %s", path,
				strerror(errno));
	if (S_ISDIR(status.st_mode))
		return complain(EXIT_BAD_DATA, "\"%s\" is a directory", path);
	if (access(path, R_OK) < 0)
		return complain(EXIT_FAILED, "\"%s\" cannot be read: %s", path, strerror(errno));
	return EXIT_DONE;
}

static int
complain_of_source(const struct input *input, int error)
{
	const char *source = input->options.source;

	if (stop_is_asked())
		return EXIT_SIGNALLED + stop_get_signal();
	switch (input->kind) {
	case INPUT_SCREEN:
		return complain(EXIT_NOT_FOUND, "the display \"%s\" cannot be opened",
				source[strlen(SCREEN)] != '\0' ? source + strlen(SCREEN)
				: getenv("DISPLAY") != NULL    ? getenv("DISPLAY")
							       : "");
	case INPUT_PIPE:
		return av_complain(error, "standard input is no video");
	case INPUT_CAMERA:
		return av_complain(error, "the camera \"%s\" cannot be opened", source);
	default:
		return av_complain(error, "\"%s\" is no video or picture that can be read", source);
	}
}

static int
open_source(struct input *input)
{
	const char *source = input->options.source;
	const AVInputFormat *demuxer;
	AVDictionary *options = NULL;
	int r = 0;

	if (input->kind == INPUT_FILE || input->kind == INPUT_CAMERA)
		r = check_file(source);
	if (r != 0)
		return r;
	demuxer = find_demuxer(input);
	if (demuxer == NULL && input->kind >= INPUT_CAMERA)
		return complain(EXIT_FAILED, "this program was built without %s",
				input->kind == INPUT_SCREEN ? "screens" : "cameras");
	input->format = avformat_alloc_context();
	if (input->format == NULL)
		return complain(EXIT_FAILED, "no memory");
	input->format->interrupt_callback.callback = is_interrupted;
	if (input->kind == INPUT_PIPE)
		r = open_pipe(input);
	set_options(input, &options);
	if (r == 0) /* frees the format if it fails */
		r = avformat_open_input(&input->format,
					input->kind == INPUT_SCREEN ? source + strlen(SCREEN) : source,
					demuxer, &options);
	av_dict_free(&options);
	return r < 0 ? complain_of_source(input, r) : EXIT_DONE;
}

/* Decoders */

static int
open_decoder(struct input *input, const AVCodec *decoder)
{
	AVCodecContext *codec = avcodec_alloc_context3(decoder);
	int r;

	input->codec = codec;
	if (codec == NULL)
		return AVERROR(ENOMEM);
	r = avcodec_parameters_to_context(codec, input->stream->codecpar);
	if (r < 0)
		return r;
	codec->pkt_timebase = input->stream->time_base;
	codec->opaque = input;
	if (!input->options.plain)
		codec->get_buffer2 = input_get_buffer;
	codec->flags |= AV_CODEC_FLAG_UNALIGNED; /* crop to the pixel */
	codec->thread_count = 0;
	codec->thread_type =
		input->kind >= INPUT_CAMERA ? FF_THREAD_SLICE : FF_THREAD_SLICE | FF_THREAD_FRAME;
#if LIBAVCODEC_VERSION_MAJOR < 60
	_Pragma("GCC diagnostic push");
	_Pragma("GCC diagnostic ignored \"-Wdeprecated-declarations\"");
	codec->thread_safe_callbacks = 1; /* picture.h: from any thread */
	_Pragma("GCC diagnostic pop");
#endif
	return avcodec_open2(codec, decoder, NULL);
}

static int
find_decoder(struct input *input)
{
	const char *source = input->options.source;
	const AVCodec *decoder = NULL;
	int r = avformat_find_stream_info(input->format, NULL);

	if (r < 0)
		return complain_of_source(input, r);
	r = av_find_best_stream(input->format, AVMEDIA_TYPE_VIDEO, -1, -1, &decoder, 0);
	if (r == AVERROR_DECODER_NOT_FOUND)
		return complain(EXIT_BAD_DATA, "there is no decoder for the video of \"%s\"", source);
	if (r < 0)
		return complain(EXIT_BAD_DATA, "\"%s\" has no video in it", source);
	input->stream = input->format->streams[r];
	for (unsigned i = 0; i < input->format->nb_streams; i++) {
		if ((int)i != r)
			input->format->streams[i]->discard = AVDISCARD_ALL;
	}
	r = open_decoder(input, decoder);
	if (r < 0)
		return av_complain(r, "the video of \"%s\" (%s) cannot be decoded", source, decoder->name);
	return EXIT_DONE;
}

static int
seek(struct input *input)
{
	int64_t target = input->options.start_ns / 1000;
	int r;

	if (target == 0)
		return EXIT_DONE;
	if (input->format->start_time != AV_NOPTS_VALUE)
		target += input->format->start_time;
	r = avformat_seek_file(input->format, -1, INT64_MIN, target, target, 0);
	if (r < 0)
		return av_complain(r, "\"%s\" cannot begin elsewhere", input->options.source);
	return EXIT_DONE;
}

int
input_open(const struct input_options *options, struct picture_pool *pool, struct input **ret)
{
	struct input *input = calloc(1, sizeof(*input));
	int r;

	if (input == NULL)
		return complain(EXIT_FAILED, "no memory");
	input->kind = kind_of(options->source);
	input->options = *options;
	input->pool = pool;
	input->first_ns = AV_NOPTS_VALUE;
	input->packet = av_packet_alloc();
	r = input->packet != NULL ? open_source(input) : complain(EXIT_FAILED, "no memory");
	if (r == 0)
		r = find_decoder(input);
	if (r == 0)
		r = seek(input);
	if (r != 0) {
		input_close(input);
		return r;
	}
	input->frame_ns = 1000000000LL * input_get_rate(input).denominator / input_get_rate(input).numerator;
	*ret = input;
	return EXIT_DONE;
}

void
input_close(struct input *input)
{
	if (input == NULL)
		return;
	avcodec_free_context(&input->codec);
	avformat_close_input(&input->format);
	if (input->pipe != NULL)
		av_freep(&input->pipe->buffer);
	avio_context_free(&input->pipe);
	av_packet_free(&input->packet);
	free(input);
}
