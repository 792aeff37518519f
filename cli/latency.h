/*
 * latency.h - how long frames of a stream take from being published to being seen, measured by joining it.
 */
#ifndef CLI_LATENCY_H
#define CLI_LATENCY_H

#include <jansson.h>
#include <stdint.h>

/* A bucket is an eighth of the way from one power of two of nanoseconds to the next. */
enum { LATENCY_STEPS = 8, LATENCY_BUCKETS = 36 * LATENCY_STEPS };

struct latency_histogram {
	uint64_t count; /* frames in the buckets */
	uint64_t odd; /* frames whose time is not of this machine's monotonic clock */
	int64_t least, most; /* nanoseconds */
	int error; /* why there is nothing new, or 0 */
	uint64_t buckets[LATENCY_BUCKETS];
};

struct latency;

/* Joins a stream, in a thread of its own, and measures until latency_free(). Always works: errors are in the histogram. */
struct latency *
latency_create(const char *name);

const char *
latency_get_name(const struct latency *latency);

void
latency_read(struct latency *latency, struct latency_histogram *ret);

/* Forgets what was measured. */
void
latency_clear(struct latency *latency);

/* Leaves the stream. NULL is accepted. */
void
latency_free(struct latency *latency);

/* Nanoseconds within which that part (0 to 1) of the frames were seen, as finely as the buckets are; 0 for none. */
int64_t
latency_get_quantile(const struct latency_histogram *histogram, double part);

/* Frames in the @octave-th doubling: from 2^octave nanoseconds on. */
uint64_t
latency_count_octave(const struct latency_histogram *histogram, unsigned octave);

/* "34 us". */
const char *
latency_describe(int64_t nanoseconds, char text[64]);

/* One line: how many frames, how long; or why not. */
void
latency_summarize(const struct latency_histogram *histogram, char *text, size_t size);

json_t *
latency_to_json(const struct latency_histogram *histogram);

#endif /* CLI_LATENCY_H */
