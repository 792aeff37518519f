/* budget.c - shares a time among measurements; what they measure it does not know. */
#include <stdint.h>

#include "bench.h"
#include "budget.h"

enum { LEAST_ROUNDS = 3 };

static uint64_t end_ns, share_end_ns, share_half_ns; /* 0: for ever */
static unsigned measurements_left;
static bool was_short;

void
budget_begin(double seconds, unsigned measurements)
{
	end_ns = seconds > 0 ? now_ns() + (uint64_t)(seconds * 1e9) : 0;
	measurements_left = measurements;
	was_short = false;
}

void
budget_begin_measurement(void)
{
	const uint64_t now = now_ns();

	share_end_ns = share_half_ns = 0;
	if (end_ns == 0)
		return;
	share_end_ns =
		now < end_ns ? now + (end_ns - now) / (measurements_left > 0 ? measurements_left : 1) : now;
	share_half_ns = now + (share_end_ns - now) / 2;
	if (measurements_left > 0)
		measurements_left--;
}

bool
budget_allows(unsigned rounds)
{
	if (rounds < LEAST_ROUNDS || share_end_ns == 0 || now_ns() < share_end_ns)
		return true;
	was_short = true;
	return false;
}

bool
budget_is_half_over(void)
{
	return share_half_ns != 0 && now_ns() >= share_half_ns;
}

bool
budget_was_short(void)
{
	return was_short;
}
