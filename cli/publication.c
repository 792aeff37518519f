/* publication.c - publishes an input: waits for readers, keeps time, says at the end what was done. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>
#include <libavutil/error.h>

#include "av-error.h"
#include "complain.h"
#include "live-line.h"
#include "publication-private.h"
#include "stop.h"

#define TEST_PATTERN "test:"

enum {
	SLICE_MS = 50, /* between two looks whether Ctrl-C came */
	LOOK_MS = 5, /* at readers that are waited for */
};

static int64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* Waiting */

static int
wait_until(int64_t when)
{
	const struct timespec time = { .tv_sec = when / 1000000000, .tv_nsec = when % 1000000000 };
	int64_t left = when - now_ns();

	while (left > 2000000) {
		if (stop_wait(-1, (int)((left < 3600000000000 ? left : 3600000000000) / 1000000)) == -EINTR)
			return -EINTR;
		left = when - now_ns();
	}
	if (left > 0)
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
	return 0;
}

static uint32_t
count_readers(struct publication *publication)
{
	struct transom_stream_statistics statistics = { .size = sizeof(statistics) };

	if (transom_publisher_get_statistics(publication->publisher, &statistics) < 0)
		return 0;
	if (statistics.subscribers > publication->most_readers)
		publication->most_readers = statistics.subscribers;
	return statistics.subscribers;
}

static int
wait_for_readers(struct publication *publication)
{
	while (count_readers(publication) < publication->options->readers) {
		if (stop_wait(-1, LOOK_MS) == -EINTR)
			return -EINTR;
	}
	return 0;
}

/* Whether each reader has the newest frame. What it holds it keeps, also when the stream ends. */
static bool
have_all_seen(struct publication *publication, uint64_t last)
{
	struct transom_subscriber_status status = { .size = sizeof(status) };

	for (size_t i = 0; transom_publisher_get_subscriber(publication->publisher, i, &status) == 0; i++) {
		if (status.acquired < last)
			return false;
	}
	return true;
}

static int
wait_at_end(struct publication *publication)
{
	const struct publication_options *o = publication->options;
	const int64_t until = now_ns() + o->end_wait_ns;

	while (o->end_wait && !have_all_seen(publication, (uint64_t)publication->frames)) {
		if (o->end_wait_ns > 0 && now_ns() >= until)
			return complain(EXIT_TIMED_OUT, "not all readers have seen the last frame in time");
		if (stop_wait(-1, LOOK_MS) == -EINTR)
			return EXIT_DONE;
	}
	return EXIT_DONE;
}

/* Publishing */

static int
publish(struct publication *publication, struct transom_pixel_buffer *buffer, int64_t when)
{
	struct transom_frame_info info = { .size = sizeof(info),
					   .timestamp = when,
					   .flags = publication->flags };
	const int64_t begin = now_ns(), timeout = publication->options->timeout_ns;
	int r;

	do {
		r = transom_publisher_publish_buffer(publication->publisher, buffer, &info, SLICE_MS, NULL);
		if (stop_is_asked() && r < 0)
			return -EINTR;
	} while (r == -ETIMEDOUT && (timeout == 0 || now_ns() - begin < timeout));
	publication->flags = 0;
	return r;
}

static void
show_numbers(struct publication *publication)
{
	const double seconds = (double)(now_ns() - publication->begin_ns) / 1e9;

	if (!live_line_is_live() || !live_line_is_due())
		return;
	live_line_show(0, "%lld frames, %.1f a second, %u readers", (long long)publication->frames,
		       seconds > 0 ? (double)publication->frames / seconds : 0, count_readers(publication));
}

/* When the frame is shown, by the clock; waits for it. */
static int
keep_time(struct publication *publication, int64_t *ret)
{
	const struct publication_options *o = publication->options;
	int64_t media = publication->media_ns;

	if (publication->frames == 0)
		publication->begin_ns = now_ns();
	if (publication->input != NULL && input_is_live(publication->input)) {
		*ret = now_ns();
		return 0;
	}
	if (o->pace == PACE_FIXED)
		media = av_rescale(publication->frames, 1000000000LL * o->rate.denominator,
				   o->rate.numerator);
	*ret = publication->begin_ns + media;
	return o->pace == PACE_MAXIMUM ? 0 : wait_until(*ret);
}

static int
complain_of_showing(const struct publication *publication, int error)
{
	const AVFrame *read = publication->read;

	switch (error) {
	case -EINTR:
		return EXIT_DONE;
	case -ETIMEDOUT:
		return complain(EXIT_TIMED_OUT, "a reader has not gone on for too long");
	case -EOPNOTSUPP:
		return complain(EXIT_FAILED, "no pixel format of Transom's is like that of the input (%d)",
				read->format);
	default:
		return complain_of(error, "a frame of %dx%d cannot be published", read->width, read->height);
	}
}

/* One frame: @read, or @shown once more. */
static int
show(struct publication *publication, bool again)
{
	struct transom_pixel_buffer *buffer = NULL;
	int64_t when = 0;
	int r;

	if (again)
		buffer = picture_pool_show(publication->pool, publication->shown);
	r = again ? (buffer != NULL ? 0 : -EINVAL) : publication_make(publication, &buffer);
	if (r == 0)
		r = keep_time(publication, &when);
	if (r == 0)
		r = publish(publication, buffer, when);
	if (r < 0)
		return r;
	publication->frames++;
	show_numbers(publication);
	return 0;
}

static int
complain_of_reading(const struct publication *publication, int error)
{
	const char *source = publication->options->input.source;

	if (error == AVERROR_EXIT || stop_is_asked())
		return EXIT_DONE;
	if (error == AVERROR_EOF)
		return input_check(publication->input);
	if (publication->is_pattern)
		return complain_of(error, "the test pattern cannot be drawn");
	if (publication->input == NULL)
		return EXIT_BAD_DATA; /* opening it again has failed, and said why */
	if (input_is_live(publication->input))
		return complain(EXIT_ENDED, "\"%s\" shows no more frames: it is gone", source);
	return av_complain(error, "\"%s\" cannot be read to its end", source);
}

static bool
is_enough(const struct publication *publication)
{
	return publication->options->frames > 0 && publication->frames >= publication->options->frames;
}

/* A picture stays until somebody ends it. */
static int
repeat(struct publication *publication)
{
	int r = 0;

	while (r == 0 && !is_enough(publication) && !stop_is_asked()) {
		publication->media_ns +=
			1000000000LL * publication->rate.denominator / publication->rate.numerator;
		r = show(publication, true);
	}
	return r < 0 ? complain_of_showing(publication, r) : EXIT_DONE;
}

static int
publish_all(struct publication *publication)
{
	int r;

	while (!is_enough(publication) && !stop_is_asked()) {
		r = publication_read(publication);
		if (r == AVERROR_EOF && publication->frames == 1 && input_is_still(publication->input))
			return repeat(publication);
		if (r < 0)
			return complain_of_reading(publication, r);
		r = show(publication, false);
		if (r < 0)
			return complain_of_showing(publication, r);
	}
	return EXIT_DONE;
}

/* Life */

static int
create_publisher(struct publication *publication)
{
	const struct publication_options *o = publication->options;
	const bool live = publication->input != NULL && input_is_live(publication->input);
	const struct transom_publisher_options options = {
		.size = sizeof(options),
		.name = o->name,
		.description = o->description,
		.maximum_buffers = o->buffers,
		.laggard_policy = o->policy >= 0 ? (uint32_t)o->policy
				  : live         ? TRANSOM_LAGGARD_DROP
						 : TRANSOM_LAGGARD_WAIT,
	};
	const int r = transom_publisher_create(&options, &publication->publisher);

	if (r == -EADDRINUSE)
		return complain(EXIT_IN_USE, "stream \"%s\" has a publisher already", o->name);
	if ((r == -EINVAL || r == -E2BIG) && o->description != NULL)
		return complain(
			EXIT_USAGE,
			"the name or the description is too long, or has characters that are no text");
	return r < 0 ? complain_of(r, "stream \"%s\" cannot be made", o->name) : EXIT_DONE;
}

static int
prepare(struct publication *publication)
{
	const struct publication_options *o = publication->options;
	struct input_options *input = &publication->input_options;
	int r = EXIT_DONE;

	publication->loops_left = o->loops;
	publication->rate = o->rate.numerator > 0 ? o->rate : (struct rate){ 30, 1 };
	publication->read = av_frame_alloc();
	publication->shown = av_frame_alloc();
	publication->converter = converter_create(o->scale);
	if (publication->read == NULL || publication->shown == NULL || publication->converter == NULL ||
	    picture_pool_create(o->name, &publication->pool) < 0)
		return complain(EXIT_FAILED, "no memory");
	*input = o->input;
	input->plain = o->format != 0 || (o->width != 0 && input->raw_format == 0);
	publication->is_pattern = strcmp(input->source, TEST_PATTERN) == 0;
	if (!publication->is_pattern)
		r = input_open(input, publication->pool, &publication->input);
	if (r == 0 && publication->input != NULL && o->rate.numerator == 0)
		publication->rate = input_get_rate(publication->input);
	return r == 0 ? create_publisher(publication) : r;
}

static void
clean_up(struct publication *publication)
{
	av_frame_free(&publication->read);
	av_frame_free(&publication->shown);
	input_close(publication->input);
	transom_publisher_unref(publication->publisher);
	converter_free(publication->converter);
	picture_pool_free(publication->pool);
}

static void
report(struct publication *publication)
{
	const struct transom_format *format = transom_format_get(publication->format);
	struct transom_stream_statistics statistics = { .size = sizeof(statistics) };
	bool direct = true;
	const char *codec = publication->input != NULL ? input_get_codec(publication->input, &direct) : "";
	const double seconds = publication->frames > 0 ? (double)(now_ns() - publication->begin_ns) / 1e9 : 0;
	json_t *facts;

	live_line_clear();
	transom_publisher_get_statistics(publication->publisher, &statistics);
	remark("%lld frames in %.1f s, %lld of them copied once, %lld converted",
	       (long long)publication->frames, seconds, (long long)publication->copied,
	       (long long)publication->converted);
	if (!publication->options->json)
		return;
	facts = json_pack("{s:s, s:I, s:f, s:I, s:I, s:I, s:s, s:b, s:i, s:i, s:s, s:i, s:i, s:I, s:I}",
			  "stream", publication->options->name, "frames", (json_int_t)publication->frames,
			  "seconds", seconds, "copied_frames", (json_int_t)publication->copied,
			  "copied_bytes", (json_int_t)publication->copied_bytes, "converted_frames",
			  (json_int_t)publication->converted, "codec", codec, "direct", direct, "width",
			  (int)publication->width, "height", (int)publication->height, "format",
			  format != NULL ? format->name : "", "most_readers", (int)publication->most_readers,
			  "buffers", (int)statistics.buffers, "waited", (json_int_t)statistics.waited,
			  "evicted", (json_int_t)statistics.evicted);
	if (facts != NULL && json_dumpf(facts, stdout, JSON_REAL_PRECISION(6)) == 0)
		putchar('\n');
	json_decref(facts);
}

static void
introduce(const struct publication *publication)
{
	const struct publication_options *o = publication->options;
	bool direct = true;
	const char *codec =
		publication->input != NULL ? input_get_codec(publication->input, &direct) : "test pattern";

	remark("stream \"%s\": %s (%s)%s", o->name, o->input.source, codec,
	       direct ? "" : ", whose decoder has memory of its own: each frame is copied once");
}

int
publication_run(const struct publication_options *options)
{
	struct publication *publication = calloc(1, sizeof(*publication));
	int r, end;

	if (publication == NULL)
		return complain(EXIT_FAILED, "no memory");
	publication->options = options;
	r = prepare(publication);
	if (r == 0) {
		introduce(publication);
		if (wait_for_readers(publication) == 0) {
			r = publish_all(publication);
			publication->end_ns = now_ns();
			end = wait_at_end(publication);
			r = r != 0 ? r : end;
		}
		count_readers(publication);
		report(publication);
	}
	clean_up(publication);
	free(publication);
	return r;
}
