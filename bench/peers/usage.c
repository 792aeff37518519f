/* usage.c - what a process has used up until now; both roles write it on their sheets. */
#include <sys/resource.h>

#include "usage.h"

static uint64_t
to_ns(struct timeval time)
{
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_usec * 1000u;
}

void
usage_take(uint64_t frames, struct usage *ret)
{
	struct rusage used;

	getrusage(RUSAGE_SELF, &used);
	ret->when_ns = now_ns();
	ret->cpu_ns = to_ns(used.ru_utime) + to_ns(used.ru_stime);
	ret->faults = (uint64_t)(used.ru_minflt + used.ru_majflt);
	ret->frames = frames;
}

void
usage_sample(struct sheet *sheet, uint64_t ns)
{
	if (sheet->sample_count < SHEET_SAMPLES)
		sheet->samples[sheet->sample_count++] = ns > UINT32_MAX ? UINT32_MAX : (uint32_t)ns;
}
