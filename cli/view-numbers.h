/*
 * view-numbers.h - frames a second, latency, restarts: counted from the frames that were shown.
 */
#ifndef CLI_VIEW_NUMBERS_H
#define CLI_VIEW_NUMBERS_H

#include <stdint.h>

/* A rate is that of so many frames, or of as many as were within two seconds. */
#define VIEW_NUMBERS_FRAMES 128

struct view_numbers {
	uint64_t shown, restarts;
	int64_t first_ns, last_ns; /* CLOCK_MONOTONIC, when the first and the last were shown; 0: none */
	uint64_t sequence; /* of the last */
	/* Latency: from the time stamp to the screen; only of frames whose time stamp is of our clock. */
	uint64_t timed;
	int64_t latency_ns, latency_sum_ns, latency_min_ns, latency_max_ns;
	/* The last frames: when they were shown, and their sequence; a ring. */
	struct {
		int64_t ns;
		uint64_t sequence;
	} last[VIEW_NUMBERS_FRAMES];
	unsigned first, count;
};

/* Nanoseconds of CLOCK_MONOTONIC. */
int64_t
view_numbers_now(void);

/* A frame was shown just now. */
void
view_numbers_add(struct view_numbers *numbers, uint64_t sequence, int64_t timestamp);

/* Frames a second, lately: those shown, and those published meanwhile. 0 if none came for two seconds. */
void
view_numbers_get_rates(const struct view_numbers *numbers, double *ret_shown, double *ret_published);

/* Frames a second over the whole time. */
double
view_numbers_get_mean_rate(const struct view_numbers *numbers);

#endif /* CLI_VIEW_NUMBERS_H */
