/* recording.c - a stream's frames into a file or a pipe, until there are enough, the stream ends or somebody ends it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "complain.h"
#include "live-line.h"
#include "recording.h"
#include "stop.h"
#include "wrap.h"

enum {
	HELD = 8, /* frames that an encoder may look at together without a copy */
	USUAL_RATE = 25,
};

struct recording {
	struct recording_options *options;
	struct reader reader;
	struct wrapper *wrapper;
	struct writer *writer;
	AVFrame *frame, *second; /* what is being written; one that was read to learn the rate */
	bool has_second;
	int64_t first_ns;
	int width, height;
};

/* How it ended, when no more frame is to be had. */
static int
end_with(const struct recording *recording, int error)
{
	const struct recording_options *o = recording->options;

	if (error == -EINTR)
		return recording->writer != NULL || o->frames == 0 ? EXIT_DONE
								   : EXIT_SIGNALLED + stop_get_signal();
	if (error == -EPIPE && recording->writer != NULL && o->frames == 0 && o->duration_ns == 0)
		return EXIT_DONE;
	if (error == -EOPNOTSUPP)
		return complain(EXIT_FAILED, "the pixel format of stream \"%s\" is none of FFmpeg's",
				recording->reader.name.name);
	return reader_complain(&recording->reader, error);
}

static int
get_frame(struct recording *recording)
{
	struct rate ignored;

	if (recording->has_second) {
		recording->has_second = false;
		av_frame_unref(recording->frame);
		av_frame_move_ref(recording->frame, recording->second);
		return 0;
	}
	return wrapper_acquire(recording->wrapper, &recording->reader, recording->frame, &ignored);
}

/* By the stream's word, or by the time between its first two frames. */
static struct rate
learn_rate(struct recording *recording, struct rate rate)
{
	int64_t between;

	if (recording->options->writer.rate.numerator > 0)
		return recording->options->writer.rate;
	if (rate.numerator > 0)
		return rate;
	rate = (struct rate){ USUAL_RATE, 1 };
	if (recording->options->frames == 1)
		return rate;
	if (wrapper_acquire(recording->wrapper, &recording->reader, recording->second, &rate) < 0)
		return rate;
	recording->has_second = true;
	between = recording->second->pts - recording->frame->pts;
	return between > 100000 && between < 1000000000000 ? number_rate_of(1e9 / (double)between) : rate;
}

static int
begin(struct recording *recording)
{
	struct recording_options *o = recording->options;
	struct rate rate = { 0, 1 };
	int r = wrapper_acquire(recording->wrapper, &recording->reader, recording->frame, &rate);

	if (r < 0)
		return end_with(recording, r);
	o->writer.rate = learn_rate(recording, rate);
	o->writer.options = o->options;
	r = writer_open(&o->writer, recording->frame, &recording->writer);
	if (r != 0)
		return r;
	recording->first_ns = recording->frame->pts;
	recording->width = recording->frame->width;
	recording->height = recording->frame->height;
	remark("stream \"%s\", %dx%d: %s", recording->reader.name.name, recording->width, recording->height,
	       writer_describe(recording->writer));
	return EXIT_DONE;
}

static void
look_at(struct recording *recording, int64_t frames)
{
	const AVFrame *frame = recording->frame;

	if (frame->width != recording->width || frame->height != recording->height) {
		remark("frames have %dx%d pixels from here on; they are scaled", frame->width, frame->height);
		recording->width = frame->width;
		recording->height = frame->height;
	}
	if (live_line_is_live() && live_line_is_due())
		live_line_show(
			0, "%lld frames, %.1f s, %llu missed", (long long)frames,
			(double)(frame->pts - recording->first_ns) / 1e9,
			(unsigned long long)transom_subscriber_get_missed(recording->reader.subscriber));
}

/* The frame that is there, and all that follow. */
static int
write_all(struct recording *recording)
{
	const struct recording_options *o = recording->options;
	int64_t converted;
	int r;

	for (;;) {
		r = writer_write(recording->writer, recording->frame);
		if (r != 0)
			return r;
		look_at(recording, writer_count(recording->writer, &converted));
		av_frame_unref(recording->frame);
		if (o->frames > 0 && writer_count(recording->writer, &converted) >= o->frames)
			return EXIT_DONE;
		r = get_frame(recording);
		if (r < 0)
			return end_with(recording, r);
		if (o->duration_ns > 0 && recording->frame->pts - recording->first_ns >= o->duration_ns)
			return EXIT_DONE;
	}
}

static void
report(const struct recording *recording)
{
	const uint64_t missed = transom_subscriber_get_missed(recording->reader.subscriber);
	int64_t converted, frames = writer_count(recording->writer, &converted);
	json_t *facts;

	live_line_clear();
	remark("%lld frames, %lld of them converted, %llu missed", (long long)frames, (long long)converted,
	       (unsigned long long)missed);
	if (!recording->options->json)
		return;
	facts = json_pack("{s:s, s:I, s:I, s:I, s:s, s:i, s:i}", "stream", recording->reader.name.name,
			  "frames", (json_int_t)frames, "converted_frames", (json_int_t)converted, "missed",
			  (json_int_t)missed, "encoding", writer_describe(recording->writer), "width",
			  recording->width, "height", recording->height);
	if (facts != NULL && json_dumpf(facts, stderr, 0) == 0)
		fputc('\n', stderr);
	json_decref(facts);
}

static int
record(struct recording *recording)
{
	int r = begin(recording), end;

	if (r != 0)
		return r;
	r = write_all(recording);
	/* Also what was cut short by the stream's end, or by Ctrl-C, is completed. */
	if (r < EXIT_SIGNALLED && r != EXIT_FAILED &&
	    !(r == EXIT_ENDED && recording->options->writer.path[0] == '-')) {
		end = writer_finish(recording->writer);
		r = r != 0 ? r : end;
	}
	report(recording);
	return r;
}

int
recording_run(struct recording_options *options)
{
	struct recording recording = { .options = options };
	int r = writer_check(&options->writer);

	if (r == 0)
		r = reader_join(&recording.reader, options->name, &options->reader, HELD);
	if (r == 0) {
		recording.wrapper = wrapper_create();
		recording.frame = av_frame_alloc();
		recording.second = av_frame_alloc();
		r = recording.wrapper == NULL || recording.frame == NULL || recording.second == NULL
			    ? complain(EXIT_FAILED, "no memory")
			    : record(&recording);
	}
	av_frame_free(&recording.frame);
	av_frame_free(&recording.second);
	writer_free(recording.writer);
	wrapper_free(recording.wrapper);
	reader_leave(&recording.reader);
	av_dict_free(&options->options);
	return r;
}
