/* CVHostTime.c - the clock of time stamps. */
#include <time.h>

#include <CoreVideo/CVHostTime.h>

uint64_t
CVGetCurrentHostTime(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

double
CVGetHostClockFrequency(void)
{
	return 1e9;
}

uint32_t
CVGetHostClockMinimumTimeDelta(void)
{
	struct timespec step;

	return clock_getres(CLOCK_MONOTONIC, &step) == 0 && step.tv_nsec > 0 ? (uint32_t)step.tv_nsec : 1;
}
