/* latency.c - joins a stream and measures how old its frames are when they are seen. */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <transom/name.h>
#include <transom/stream.h>

#include "latency.h"
#include "memory.h"
#include "text.h"

enum {
	LOOK_MS = 100, /* how often the thread looks whether it shall end */
	JOIN_MS = 500,
};

/* What is older was not stamped with this machine's monotonic clock, or waited for somebody to look. */
#define OLDEST_NS 10000000000

struct latency {
	char name[TRANSOM_NAME_MAX + 1];
	pthread_t thread;
	bool started;
	atomic_bool ends;
	pthread_mutex_t lock; /* for what follows */
	struct latency_histogram histogram;
};

static unsigned
find_bucket(int64_t nanoseconds)
{
	const uint64_t number = nanoseconds > 0 ? (uint64_t)nanoseconds : 1;
	const unsigned octave = 63 - (unsigned)__builtin_clzll(number);
	const unsigned step = octave >= 3 ? (unsigned)(number >> (octave - 3)) & 7 : 0;
	const unsigned bucket = octave * LATENCY_STEPS + step;

	return bucket < LATENCY_BUCKETS ? bucket : LATENCY_BUCKETS - 1;
}

/* Nanoseconds at which a bucket ends. */
static int64_t
get_end(unsigned bucket)
{
	const unsigned octave = bucket / LATENCY_STEPS, step = bucket % LATENCY_STEPS;

	return (int64_t)(((UINT64_C(1) << octave) * (LATENCY_STEPS + step + 1)) / LATENCY_STEPS);
}

/* @timestamp is the publisher's word, and may be any number. */
static void
note(struct latency *latency, int64_t now, int64_t timestamp)
{
	struct latency_histogram *h = &latency->histogram;
	const int64_t age = timestamp >= 0 && timestamp <= now ? now - timestamp : -1;

	pthread_mutex_lock(&latency->lock);
	h->error = 0;
	if (age < 0 || age > OLDEST_NS) {
		h->odd++;
	} else {
		h->least = h->count == 0 || age < h->least ? age : h->least;
		h->most = age > h->most ? age : h->most;
		h->count++;
		h->buckets[find_bucket(age)]++;
	}
	pthread_mutex_unlock(&latency->lock);
}

static void
note_error(struct latency *latency, int error)
{
	pthread_mutex_lock(&latency->lock);
	latency->histogram.error = error;
	pthread_mutex_unlock(&latency->lock);
}

/* The first frame was there before anybody looked, and so was what comes after a pause of the reader's. */
static int
measure(struct latency *latency, struct transom_subscriber *subscriber)
{
	struct transom_frame_info info = { .size = sizeof(info) };
	struct transom_frame *frame;
	bool waited = false;
	struct timespec now;
	int r = 0;

	while (!atomic_load(&latency->ends)) {
		r = transom_subscriber_acquire(subscriber, waited ? LOOK_MS : 0, &frame);
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (r == -EAGAIN || r == -ETIMEDOUT) {
			waited = true;
			continue;
		}
		if (r < 0)
			return r;
		transom_frame_get_info(frame, &info);
		transom_frame_release(frame);
		if (waited)
			note(latency, now.tv_sec * INT64_C(1000000000) + now.tv_nsec, info.timestamp);
	}
	return 0;
}

static void
pause_for(const struct latency *latency, int ms)
{
	for (; ms > 0 && !atomic_load(&latency->ends); ms -= LOOK_MS)
		nanosleep(&(struct timespec){ .tv_nsec = LOOK_MS * 1000000L }, NULL);
}

static void *
run(void *argument)
{
	struct latency *latency = argument;
	struct transom_subscriber_options options = {
		.size = sizeof(options), .name = latency->name, .held = 1, .timeout_ms = JOIN_MS
	};

	while (!atomic_load(&latency->ends)) {
		struct transom_subscriber *subscriber;
		int r = transom_subscriber_create(&options, &subscriber);

		if (r == 0) {
			r = measure(latency, subscriber);
			transom_subscriber_unref(subscriber);
		}
		if (r < 0)
			note_error(latency, r);
		pause_for(latency, JOIN_MS);
	}
	return NULL;
}

struct latency *
latency_create(const char *name)
{
	struct latency *latency = memory_get(1, sizeof(*latency));
	int r;

	text_cut(name, latency->name, sizeof(latency->name));
	pthread_mutex_init(&latency->lock, NULL);
	r = pthread_create(&latency->thread, NULL, run, latency);
	latency->started = r == 0;
	latency->histogram.error = -r;
	return latency;
}

const char *
latency_get_name(const struct latency *latency)
{
	return latency != NULL ? latency->name : "";
}

void
latency_read(struct latency *latency, struct latency_histogram *ret)
{
	pthread_mutex_lock(&latency->lock);
	*ret = latency->histogram;
	pthread_mutex_unlock(&latency->lock);
}

void
latency_clear(struct latency *latency)
{
	pthread_mutex_lock(&latency->lock);
	latency->histogram = (struct latency_histogram){ .error = latency->histogram.error };
	pthread_mutex_unlock(&latency->lock);
}

void
latency_free(struct latency *latency)
{
	if (latency == NULL)
		return;
	atomic_store(&latency->ends, true);
	if (latency->started)
		pthread_join(latency->thread, NULL);
	pthread_mutex_destroy(&latency->lock);
	free(latency);
}

int64_t
latency_get_quantile(const struct latency_histogram *histogram, double part)
{
	const double wanted = part * (double)histogram->count;
	uint64_t seen = 0;

	for (unsigned i = 0; i < LATENCY_BUCKETS; i++) {
		seen += histogram->buckets[i];
		if (seen > 0 && (double)seen >= wanted)
			return get_end(i) < histogram->most ? get_end(i) : histogram->most;
	}
	return 0;
}

uint64_t
latency_count_octave(const struct latency_histogram *histogram, unsigned octave)
{
	uint64_t count = 0;

	for (unsigned i = 0; i < LATENCY_STEPS; i++)
		count += histogram->buckets[octave * LATENCY_STEPS + i];
	return count;
}

const char *
latency_describe(int64_t nanoseconds, char text[64])
{
	static const char *const units[] = { "ns", "us", "ms", "s" };
	double number = (double)nanoseconds;
	unsigned unit = 0;

	for (; number >= 999.5 && unit < 3; unit++)
		number /= 1000;
	snprintf(text, 64, unit > 0 && number < 99.95 ? "%.1f %s" : "%.0f %s", number, units[unit]);
	return text;
}

void
latency_summarize(const struct latency_histogram *h, char *text, size_t size)
{
	char half[64], most[64], all[64];

	if (h->error == -EAGAIN)
		snprintf(text, size, "the stream has no place for one more subscriber");
	else if (h->error != 0)
		snprintf(text, size, "%s", transom_error_describe(h->error));
	else if (h->odd > h->count)
		snprintf(text, size, "its times are not of this machine's monotonic clock");
	else if (h->count == 0)
		snprintf(text, size, "no frame yet");
	else
		snprintf(text, size, "%" PRIu64 " frames: half < %s, 99%% < %s, all < %s", h->count,
			 latency_describe(latency_get_quantile(h, 0.5), half),
			 latency_describe(latency_get_quantile(h, 0.99), most),
			 latency_describe(h->most, all));
}

json_t *
latency_to_json(const struct latency_histogram *h)
{
	json_t *octaves = json_array();

	for (unsigned i = 0; i < LATENCY_BUCKETS / LATENCY_STEPS; i++)
		if (latency_count_octave(h, i) > 0)
			json_array_append_new(octaves,
					      json_pack("{s:I, s:I}", "from", (json_int_t)1 << i, "frames",
							(json_int_t)latency_count_octave(h, i)));
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "frames", (json_int_t)h->count,
			 "other_clock", (json_int_t)h->odd, "least", (json_int_t)h->least, "median",
			 (json_int_t)latency_get_quantile(h, 0.5), "p99",
			 (json_int_t)latency_get_quantile(h, 0.99), "most", (json_int_t)h->most, "histogram",
			 octaves, "error",
			 h->error == 0 ? json_null() : json_string(transom_error_name(h->error)));
}
