/* streams.c - all measurements of streams, one after the other. */
#include "streams.h"

static int
compare(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

struct tail
tail_of(float *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	return (struct tail){ values[count / 2], values[count * 99 / 100], values[count * 999 / 1000] };
}

void
streams_measure(unsigned rounds, bool brief, struct streams *ret)
{
	ret->rounds = rounds;
	/* What takes its time whatever the budget comes first: the others share what is left. */
	if (!brief) {
		stream_calls_measure(ret->calls, ret->looks);
		idle_measure(ret->idles);
	}
	latency_measure(rounds, brief, ret->latencies);
	crowd_measure(rounds, brief, ret->crowds);
	if (brief)
		return;
	lossless_measure(rounds, ret->lossless);
	/* A round of these takes longer than one of those. */
	rate_measure(rounds / 10 ? rounds / 10 : 1, ret->rates);
}
