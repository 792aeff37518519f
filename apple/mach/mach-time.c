/* mach-time.c - time that only goes forward, in nanoseconds. */
#include <errno.h>
#include <time.h>

#include <mach/mach_time.h>

static uint64_t
now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

kern_return_t
mach_timebase_info(mach_timebase_info_t info)
{
	if (!info)
		return KERN_INVALID_ARGUMENT;
	*info = (struct mach_timebase_info){ 1, 1 };
	return KERN_SUCCESS;
}

uint64_t
mach_absolute_time(void)
{
	return now(CLOCK_MONOTONIC);
}

uint64_t
mach_approximate_time(void)
{
	return now(CLOCK_MONOTONIC_COARSE);
}

uint64_t
mach_continuous_time(void)
{
	return now(CLOCK_BOOTTIME);
}

/* The kernel has no coarse clock of that kind. */
uint64_t
mach_continuous_approximate_time(void)
{
	return now(CLOCK_BOOTTIME);
}

kern_return_t
mach_wait_until(uint64_t deadline)
{
	struct timespec until = { .tv_sec = (time_t)(deadline / 1000000000u),
				  .tv_nsec = (long)(deadline % 1000000000u) };

	return clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) ? KERN_ABORTED : KERN_SUCCESS;
}
