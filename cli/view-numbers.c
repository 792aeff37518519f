/* view-numbers.c - counts the frames that were shown. */
#include <time.h>

#include "view-numbers.h"

#define SECOND_NS 1000000000ll
#define WINDOW_NS (2 * SECOND_NS)
/* What took longer was stamped by another clock, or lay in a file. */
#define LATENCY_MAX_NS (60 * SECOND_NS)

int64_t
view_numbers_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SECOND_NS + now.tv_nsec;
}

static void
add_latency(struct view_numbers *numbers, int64_t latency)
{
	if (latency < 0 || latency > LATENCY_MAX_NS)
		return;
	numbers->latency_ns = latency;
	numbers->latency_sum_ns += latency;
	if (numbers->timed == 0 || latency < numbers->latency_min_ns)
		numbers->latency_min_ns = latency;
	if (latency > numbers->latency_max_ns)
		numbers->latency_max_ns = latency;
	numbers->timed++;
}

static void
add_to_window(struct view_numbers *numbers, uint64_t sequence, int64_t now)
{
	unsigned at;

	while (numbers->count > 0 && (numbers->count == VIEW_NUMBERS_FRAMES ||
				      now - numbers->last[numbers->first].ns > WINDOW_NS)) {
		numbers->first = (numbers->first + 1) % VIEW_NUMBERS_FRAMES;
		numbers->count--;
	}
	at = (numbers->first + numbers->count++) % VIEW_NUMBERS_FRAMES;
	numbers->last[at].ns = now;
	numbers->last[at].sequence = sequence;
}

void
view_numbers_add(struct view_numbers *numbers, uint64_t sequence, int64_t timestamp)
{
	const int64_t now = view_numbers_now();

	if (numbers->shown > 0 && sequence <= numbers->sequence) {
		numbers->restarts++; /* another publisher counts anew */
		numbers->count = 0;
	}
	if (numbers->shown++ == 0)
		numbers->first_ns = now;
	numbers->last_ns = now;
	numbers->sequence = sequence;
	add_latency(numbers, now - timestamp);
	add_to_window(numbers, sequence, now);
}

void
view_numbers_get_rates(const struct view_numbers *numbers, double *ret_shown, double *ret_published)
{
	const unsigned newest = (numbers->first + numbers->count - 1) % VIEW_NUMBERS_FRAMES;
	double seconds;

	*ret_shown = *ret_published = 0;
	if (numbers->count < 2 || view_numbers_now() - numbers->last[newest].ns > WINDOW_NS)
		return;
	seconds = (double)(numbers->last[newest].ns - numbers->last[numbers->first].ns) / SECOND_NS;
	if (seconds <= 0)
		return;
	*ret_shown = (numbers->count - 1) / seconds;
	*ret_published =
		(double)(numbers->last[newest].sequence - numbers->last[numbers->first].sequence) / seconds;
}

double
view_numbers_get_mean_rate(const struct view_numbers *numbers)
{
	const int64_t time = numbers->last_ns - numbers->first_ns;

	return time > 0 ? (double)(numbers->shown - 1) * SECOND_NS / (double)time : 0;
}
