/* deadline-private.h - a point in time until which a call may wait. */
#ifndef TRANSOM_DEADLINE_PRIVATE_H
#define TRANSOM_DEADLINE_PRIVATE_H

#include <stdint.h>

#define DEADLINE_NEVER INT64_MAX

/* Nanoseconds of the monotonic clock. */
int64_t
deadline_now(void);

/* The point @timeout_ms from now; a negative time-out never comes. */
int64_t
deadline_after(int timeout_ms);

/* What poll(2) is to be given: milliseconds left, rounded up; 0 when it is past; -1 for never. */
int
deadline_remaining_ms(int64_t deadline);

/* Waits until @fd has one of @events or the deadline comes: 1 or 0, or a negative errno. */
int
deadline_poll(int fd, short events, int64_t deadline);

#endif /* TRANSOM_DEADLINE_PRIVATE_H */
