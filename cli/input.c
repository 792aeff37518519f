/* input.c - reads an open input: packets, decoded frames and their times; and tells what was missing at the end. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "complain.h"
#include "input-private.h"
#include "stop.h"

static const AVRational nanoseconds = { 1, 1000000000 };

bool
input_is_live(const struct input *input)
{
	return input->kind >= INPUT_CAMERA;
}

bool
input_is_still(const struct input *input)
{
	const char *name = input->format->iformat->name;
	const size_t length = strlen(name);

	/* "image2", and "png_pipe" and its like. */
	return strncmp(name, "image2", 6) == 0 || (length > 5 && strcmp(name + length - 5, "_pipe") == 0);
}

struct rate
input_get_rate(const struct input *input)
{
	const AVRational rate = av_guess_frame_rate(input->format, input->stream, NULL);

	if (rate.num > 0 && rate.den > 0 && rate.num / rate.den < 10000)
		return (struct rate){ rate.num, rate.den };
	return (struct rate){ 25, 1 };
}

const char *
input_get_codec(const struct input *input, bool *ret_direct)
{
	*ret_direct = (input->codec->codec->capabilities & AV_CODEC_CAP_DR1) != 0;
	return input->codec->codec->name;
}

/* What the end of the input is compared with. */
static void
remember_packet(struct input *input)
{
	const AVPacket *packet = input->packet;
	const int64_t when = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;

	input->packets++;
	if ((packet->flags & AV_PKT_FLAG_CORRUPT) != 0)
		input->bad++;
	if (packet->pos >= 0)
		input->last_byte = packet->pos + packet->size;
	if (when != AV_NOPTS_VALUE) {
		const int64_t end =
			av_rescale_q(when + packet->duration, input->stream->time_base, nanoseconds);

		input->last_end_ns = end > input->last_end_ns ? end : input->last_end_ns;
	}
}

/* Gives the decoder one packet, or tells it that there are no more. */
static int
feed(struct input *input)
{
	int r;

	do {
		av_packet_unref(input->packet);
		if (stop_is_asked())
			return AVERROR_EXIT;
		r = av_read_frame(input->format, input->packet);
	} while (r == AVERROR(EAGAIN) || (r == 0 && input->packet->stream_index != input->stream->index));
	if (stop_is_asked())
		return AVERROR_EXIT;
	if (r == AVERROR_EOF) {
		input->flushing = true;
		return avcodec_send_packet(input->codec, NULL);
	}
	if (r < 0)
		return r;
	remember_packet(input);
	r = avcodec_send_packet(input->codec, input->packet);
	av_packet_unref(input->packet);
	if (r == AVERROR_INVALIDDATA) { /* the next one may be good */
		input->bad += 1;
		return 0;
	}
	return r;
}

static int
decode(struct input *input, AVFrame *frame)
{
	int r;

	for (;;) {
		r = avcodec_receive_frame(input->codec, frame);
		if (r == AVERROR_INVALIDDATA) {
			input->bad++;
			continue;
		}
		if (r != AVERROR(EAGAIN))
			return r;
		r = input->flushing ? AVERROR_EOF : feed(input);
		if (r < 0)
			return r;
	}
}

/* The time of a frame, in the stream's own. */
static int64_t
time_of(struct input *input, const AVFrame *frame)
{
	int64_t when = input->next_ns;

	if (frame->best_effort_timestamp != AV_NOPTS_VALUE)
		when = av_rescale_q(frame->best_effort_timestamp, input->stream->time_base, nanoseconds);
	input->next_ns = when + input->frame_ns;
	return when;
}

static bool
is_before_start(const struct input *input, int64_t when)
{
	int64_t start = input->options.start_ns;

	if (input->format->start_time != AV_NOPTS_VALUE)
		start += input->format->start_time * 1000;
	return input->options.start_ns > 0 && when + input->frame_ns / 2 < start;
}

int
input_read(struct input *input, AVFrame *frame)
{
	int64_t when;
	int r;

	do {
		av_frame_unref(frame);
		r = decode(input, frame);
		if (r < 0)
			return r;
		when = time_of(input, frame);
	} while (is_before_start(input, when));
	if ((frame->flags & AV_FRAME_FLAG_CORRUPT) != 0 || frame->decode_error_flags != 0) {
		frame->flags |= AV_FRAME_FLAG_CORRUPT;
		input->bad++;
	}
	if (input->first_ns == AV_NOPTS_VALUE)
		input->first_ns = when;
	frame->pts = when - input->first_ns;
	return 0;
}

/* Uncompressed video has nothing that could tell a part of a frame from none, but its bytes. */
static bool
has_rest(const struct input *input)
{
	const char *name = input->format->iformat->name;

	return (strcmp(name, "yuv4mpegpipe") == 0 || strcmp(name, "rawvideo") == 0) &&
	       avio_tell(input->format->pb) > input->last_byte;
}

/* Whether the file says that there is more than there was. */
static bool
is_cut_off(const struct input *input)
{
	const bool says = input->format->duration != AV_NOPTS_VALUE &&
			  input->format->duration_estimation_method == AVFMT_DURATION_FROM_STREAM;
	const int64_t said = says ? input->format->duration * 1000 : 0;
	int64_t begin = 0;

	if (input->options.start_ns > 0 || input_is_still(input) || input_is_live(input))
		return false;
	if (input->stream->nb_frames > 0)
		return input->packets < input->stream->nb_frames;
	if (input->format->start_time != AV_NOPTS_VALUE)
		begin = input->format->start_time * 1000;
	return has_rest(input) || (input->format->nb_streams == 1 && said > 0 && input->last_end_ns > 0 &&
				   input->last_end_ns - begin + 2 * input->frame_ns < said);
}

int
input_check(const struct input *input)
{
	const char *source = input->kind == INPUT_PIPE ? "standard input" : input->options.source;

	if (input->packets == 0)
		return complain(EXIT_BAD_DATA, "%s has no frames", source);
	if (is_cut_off(input))
		return complain(EXIT_BAD_DATA, "%s is cut off", source);
	if (input->bad > 0)
		return complain(EXIT_BAD_DATA,
				"%s is damaged: %lld packets or frames are not as they should be", source,
				(long long)input->bad);
	return EXIT_DONE;
}
