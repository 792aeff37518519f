/*
 * stream-act.h - the part of the demo that is about a stream: a publisher, a fast viewer, a slow one, and two deaths.
 */
#ifndef DEMO_STREAM_ACT_H
#define DEMO_STREAM_ACT_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#define STREAM_ACT_NAME "demo"

/* What a viewer has seen so far: at the beginning of a memory file that it inherits. */
enum { VIEWER_REPORT_FD = 3 };

struct viewer_report {
	uint64_t seen;
	uint64_t
		wrong; /* whose checksum was not the publisher's, when it was acquired or when it was released */
	uint64_t missed;
	uint64_t publishers; /* one after the other */
};

/*
 * Plays it, in the runtime directory that is set. Signals come through while it waits, by @waiting_mask, and then
 * *@caught is not 0. False if it was caught, or did not go as it should, after a complaint. Leaves no process behind.
 */
bool
stream_act_play(const char *input, const sigset_t *waiting_mask, const volatile sig_atomic_t *caught);

#endif /* DEMO_STREAM_ACT_H */
