/* deadline.c - a point in time until which a call may wait; signals never shorten a wait. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <time.h>

#include "deadline-private.h"

int64_t
deadline_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t
deadline_after(int timeout_ms)
{
	return timeout_ms < 0 ? DEADLINE_NEVER : deadline_now() + (int64_t)timeout_ms * 1000000;
}

int
deadline_remaining_ms(int64_t deadline)
{
	int64_t left;

	if (deadline == DEADLINE_NEVER)
		return -1;
	left = deadline - deadline_now();
	if (left <= 0)
		return 0;
	left = (left + 999999) / 1000000;
	return left > INT_MAX ? INT_MAX : (int)left;
}

int
deadline_poll(int fd, short events, int64_t deadline)
{
	struct pollfd entry = { .fd = fd, .events = events };

	for (;;) {
		int left = deadline_remaining_ms(deadline);
		int n = poll(&entry, 1, left);

		if (n > 0)
			return entry.revents & POLLNVAL ? -EBADF : 1;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0 && deadline_remaining_ms(deadline) == 0)
			return 0;
	}
}
