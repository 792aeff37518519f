/* writer.c - encodes frames and writes them with FFmpeg; where they are from is not its business. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libavutil/pixdesc.h>

#include "av-error.h"
#include "av-format.h"
#include "complain.h"
#include "output.h"
#include "range.h"
#include "raw-output.h"
#include "stop.h"
#include "writer-private.h"

enum {
	BUFFER_SIZE = 1 << 20,
	/* Ticks a second where frames come when they like: those of MPEG transport streams. */
	FINE_TICKS = 90000,
};

static int
prepare_frames(struct writer *writer, const AVFrame *frame)
{
	AVCodecContext *codec = writer->codec;
	AVFrame *converted = writer->converted;
	bool full = false;

	codec->width = frame->width;
	codec->height = frame->height;
	codec->pix_fmt = writer_choose_format(writer, frame);
	if (codec->pix_fmt == AV_PIX_FMT_NONE)
		return AVERROR(EINVAL);
	av_format_without_range(codec->pix_fmt, &full);
	converted->format = codec->pix_fmt;
	converted->width = codec->width;
	converted->height = codec->height;
	codec->color_range = full ? AVCOL_RANGE_JPEG : frame->color_range;
	codec->colorspace = frame->colorspace;
	codec->color_primaries = frame->color_primaries;
	codec->color_trc = frame->color_trc;
	codec->chroma_sample_location = frame->chroma_location;
	codec->sample_aspect_ratio = frame->sample_aspect_ratio;
	codec->framerate = (AVRational){ writer->options.rate.numerator, writer->options.rate.denominator };
	if (writer->encoder->supported_framerates != NULL)
		codec->framerate = writer->encoder->supported_framerates[av_find_nearest_q_idx(
			codec->framerate, writer->encoder->supported_framerates)];
	codec->time_base =
		writer_has_fixed_rate(writer) ? av_inv_q(codec->framerate) : (AVRational){ 1, FINE_TICKS };
	converted->color_range = codec->color_range;
	converted->colorspace = codec->colorspace;
	return 0;
}

/* Opening */

static int
write_bytes(void *opaque, uint8_t *bytes, int size)
{
	const struct writer *writer = opaque;
	struct iovec part = { .iov_base = bytes, .iov_len = (size_t)size };
	const int r = output_write(writer->fd, &part, 1);

	return r < 0 ? AVERROR(-r) : size;
}

static int64_t
seek_bytes(void *opaque, int64_t where, int how)
{
	const struct writer *writer = opaque;
	struct stat status;
	off_t r;

	if ((how & AVSEEK_SIZE) != 0)
		return fstat(writer->fd, &status) == 0 ? status.st_size : AVERROR(errno);
	r = lseek(writer->fd, where, how & ~AVSEEK_FORCE);
	return r < 0 ? AVERROR(errno) : r;
}

static int
open_output(struct writer *writer)
{
	const struct writer_options *o = &writer->options;
	const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (o->overwrite ? O_TRUNC : 0);
	uint8_t *buffer;
	bool can_seek;

	writer->fd = strcmp(o->path, "-") == 0 ? output_open_stdout() : open(o->path, flags, 0666);
	if (writer->fd < 0)
		return AVERROR(errno);
	if (writer->is_raw)
		return 0;
	can_seek = lseek(writer->fd, 0, SEEK_CUR) >= 0;
	buffer = av_malloc(BUFFER_SIZE);
	if (buffer == NULL)
		return AVERROR(ENOMEM);
	writer->output = avio_alloc_context(buffer, BUFFER_SIZE, 1, writer, NULL, write_bytes,
					    can_seek ? seek_bytes : NULL);
	if (writer->output == NULL) {
		av_free(buffer);
		return AVERROR(ENOMEM);
	}
	writer->format->pb = writer->output;
	writer->format->flags |= AVFMT_FLAG_CUSTOM_IO;
	return 0;
}

/* Options that neither the codec nor the container has taken. */
static int
complain_of_options(const AVDictionary *left)
{
	const AVDictionaryEntry *entry = av_dict_get(left, "", NULL, AV_DICT_IGNORE_SUFFIX);

	if (entry == NULL)
		return EXIT_DONE;
	return complain(EXIT_USAGE, "neither the codec nor the container has an option \"%s\"", entry->key);
}

static int
open_encoder(struct writer *writer, const AVFrame *frame, AVDictionary **options)
{
	AVCodecContext *codec = avcodec_alloc_context3(writer->encoder);
	int r;

	writer->codec = codec;
	if (codec == NULL)
		return AVERROR(ENOMEM);
	r = prepare_frames(writer, frame);
	if (r < 0)
		return r;
	if ((writer->format->oformat->flags & AVFMT_GLOBALHEADER) != 0)
		codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
	codec->strict_std_compliance = FF_COMPLIANCE_UNOFFICIAL;
	codec->thread_count = writer->options.single ? 1 : 0;
	codec->thread_type = FF_THREAD_SLICE; /* frames go in and come out; none waits for the next */
	r = avcodec_open2(codec, writer->encoder, options);
	if (r < 0)
		return r;
	r = avcodec_parameters_from_context(writer->stream->codecpar, codec);
	writer->stream->time_base = codec->time_base;
	writer->stream->avg_frame_rate = codec->framerate;
	writer->stream->sample_aspect_ratio = codec->sample_aspect_ratio;
	return r;
}

static int
complain_of_writing(const struct writer *writer, int error)
{
	const char *path = writer->options.path;

	if (error == AVERROR(EPIPE))
		return complain(EXIT_ENDED, "nobody reads the pipe any more");
	if (error == AVERROR(EINTR))
		return complain((enum exit_code)(EXIT_SIGNALLED + stop_get_signal()),
				"nobody reads the pipe: the last frame is cut short");
	if (error == AVERROR(ENOSPC) || error == AVERROR(EDQUOT))
		return complain(EXIT_FAILED,
				"no room for \"%s\": what was written before, %" PRId64 " frames, stays",
				strcmp(path, "-") == 0 ? "standard output" : path, writer->frames);
	return av_complain(error, "\"%s\" cannot be written", path);
}

static int
write_header(struct writer *writer, AVDictionary **options)
{
	int r;

	if (writer->is_raw) {
		writer->mark = strcmp(writer->format->oformat->name, "rawvideo") == 0 ? "" : "FRAME\n";
		return writer->mark[0] != '\0' ? raw_output_write_y4m_header(writer->fd, writer->codec) : 0;
	}
	writer->format->strict_std_compliance = FF_COMPLIANCE_UNOFFICIAL;
	r = avformat_write_header(writer->format, options);
	writer->has_header = r >= 0;
	return r;
}

static int
begin(struct writer *writer, const AVFrame *frame, AVDictionary **options)
{
	const struct writer_options *o = &writer->options;
	int r = open_encoder(writer, frame, options);

	if (r < 0)
		return av_complain(r, "%s cannot encode frames of %dx%d", writer->encoder->name, frame->width,
				   frame->height);
	if (writer->is_raw || (writer->format->oformat->flags & AVFMT_NOFILE) == 0)
		r = open_output(writer);
	if (r < 0)
		return av_complain(r, "\"%s\" cannot be written", o->path);
	r = write_header(writer, options);
	if (r < 0)
		return complain_of_writing(writer, r);
	return complain_of_options(*options);
}

int
writer_open(const struct writer_options *o, const AVFrame *frame, struct writer **ret)
{
	struct writer *writer = calloc(1, sizeof(*writer));
	const AVOutputFormat *container = writer_find_container(o);
	AVDictionary *options = NULL;
	int r;

	if (writer == NULL)
		return complain(EXIT_FAILED, "no memory");
	writer->fd = -1;
	writer->options = *o;
	writer->first_ns = frame->pts;
	writer->last_pts = -1;
	writer->packet = av_packet_alloc();
	writer->converted = av_frame_alloc();
	writer->converter = converter_create(CONVERT_FIT);
	r = avformat_alloc_output_context2(&writer->format, container, NULL, o->path);
	if (r >= 0) {
		writer->stream = avformat_new_stream(writer->format, NULL);
		writer->encoder = writer_find_encoder(o, container);
		writer->is_raw = writer_is_raw(o, container);
	}
	if (r < 0 || writer->stream == NULL || writer->packet == NULL || writer->converted == NULL ||
	    writer->converter == NULL) {
		writer_free(writer);
		return complain(EXIT_FAILED, "no memory");
	}
	av_dict_copy(&options, o->options, 0);
	if (strncmp(container->name, "image2", 6) == 0 && o->single && strcmp(container->name, "image2") == 0)
		av_dict_set(&options, "update", "1", 0);
	r = begin(writer, frame, &options);
	av_dict_free(&options);
	if (r != 0) {
		writer_free(writer);
		return r;
	}
	*ret = writer;
	return EXIT_DONE;
}

/* Writing */

static int
write_packet(struct writer *writer)
{
	AVPacket *packet = writer->packet;
	int r;

	if (writer->is_raw) /* what FFmpeg calls wrapped: the frame itself */
		return raw_output_write_frame(writer->fd, writer->mark, (const void *)packet->data);
	av_packet_rescale_ts(packet, writer->codec->time_base, writer->stream->time_base);
	packet->stream_index = 0;
	r = av_write_frame(writer->format, packet);
	if (r >= 0 && writer->format->pb != NULL)
		r = writer->format->pb->error;
	return r;
}

/* Writes what the encoder has made. */
static int
drain(struct writer *writer)
{
	int r;

	do {
		r = avcodec_receive_packet(writer->codec, writer->packet);
		if (r == AVERROR(EAGAIN) || r == AVERROR_EOF)
			return 0;
		if (r == 0)
			r = write_packet(writer);
		av_packet_unref(writer->packet);
	} while (r >= 0);
	return r;
}

/* Each frame has a tick of its own, later than the one before. */
static int64_t
choose_pts(struct writer *writer, const AVFrame *frame)
{
	const int64_t pts = av_rescale_q(frame->pts - writer->first_ns, (AVRational){ 1, 1000000000 },
					 writer->codec->time_base);

	writer->last_pts = pts > writer->last_pts ? pts : writer->last_pts + 1;
	return writer->last_pts;
}

static bool
must_convert(const struct writer *writer, const AVFrame *frame)
{
	return frame->format != (int)writer->codec->pix_fmt || frame->width != writer->codec->width ||
	       frame->height != writer->codec->height;
}

/* Fills @made, whose format and size are set, from @frame. */
static int
remake(struct writer *writer, const AVFrame *frame, AVFrame *made)
{
	int r = made->buf[0] == NULL ? av_frame_get_buffer(made, 0) : av_frame_make_writable(made);

	if (r < 0)
		return r;
	if (!must_convert(writer, frame))
		return range_copy(made, frame);
	writer->converted_frames++;
	return converter_run(writer->converter, frame, made);
}

/* The frame as the encoder wants it: @frame, or another one in its place. */
static int
adapt(struct writer *writer, AVFrame *frame, AVFrame **ret)
{
	const bool trusting = !writer->is_raw && writer->encoder->id != AV_CODEC_ID_RAWVIDEO;
	int r;

	*ret = frame;
	if (!must_convert(writer, frame) && !(trusting && range_may_be_left(frame->format)))
		return 0;
	*ret = writer->converted;
	r = remake(writer, frame, writer->converted);
	return r < 0 ? r : 0;
}

int
writer_write(struct writer *writer, AVFrame *frame)
{
	const int64_t pts = frame->pts;
	AVFrame *adapted;
	int r = adapt(writer, frame, &adapted);

	if (r < 0)
		return av_complain(r, "a frame cannot be converted for the codec");
	adapted->pts = choose_pts(writer, frame);
	adapted->pict_type = AV_PICTURE_TYPE_NONE;
	r = avcodec_send_frame(writer->codec, adapted);
	frame->pts = pts; /* the caller's clock is not the encoder's */
	if (r == 0)
		r = drain(writer);
	if (r < 0)
		return complain_of_writing(writer, r);
	writer->frames++;
	return EXIT_DONE;
}

int
writer_finish(struct writer *writer)
{
	int r = avcodec_send_frame(writer->codec, NULL);

	if (r == 0)
		r = drain(writer);
	if (r == 0 && writer->has_header) {
		writer->has_header = false;
		r = av_write_trailer(writer->format);
	}
	if (r >= 0 && writer->output != NULL) {
		avio_flush(writer->output);
		r = writer->output->error;
	}
	return r < 0 ? complain_of_writing(writer, r) : EXIT_DONE;
}

/* After a failure: what lies in the file shall be readable, if the container can do that. */
static void
rescue(struct writer *writer)
{
	if (!writer->has_header)
		return;
	if (writer->codec != NULL && avcodec_send_frame(writer->codec, NULL) == 0)
		drain(writer);
	av_write_trailer(writer->format);
}

void
writer_free(struct writer *writer)
{
	if (writer == NULL)
		return;
	rescue(writer);
	avcodec_free_context(&writer->codec);
	if (writer->output != NULL) {
		avio_flush(writer->output);
		av_freep(&writer->output->buffer);
	}
	avio_context_free(&writer->output);
	if (writer->fd >= 0)
		close(writer->fd);
	avformat_free_context(writer->format);
	av_packet_free(&writer->packet);
	av_frame_free(&writer->converted);
	converter_free(writer->converter);
	free(writer);
}

const char *
writer_describe(const struct writer *writer)
{
	static char text[128];

	snprintf(text, sizeof(text), "%s, %s",
		 writer->is_raw ? writer->format->oformat->name : writer->encoder->name,
		 av_get_pix_fmt_name(writer->codec->pix_fmt));
	return text;
}

int64_t
writer_count(const struct writer *writer, int64_t *ret_converted)
{
	*ret_converted = writer->converted_frames;
	return writer->frames;
}
