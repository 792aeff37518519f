/*
 * budget.h - how long a whole measurement may take: fewer rounds on a machine that is slow or busy.
 */
#ifndef BENCH_BUDGET_H
#define BENCH_BUDGET_H

#include <stdbool.h>

/* From now on so many measurements share @seconds; 0 is for ever. */
void
budget_begin(double seconds, unsigned measurements);

/* The next one begins: it gets its share of what is left. */
void
budget_begin_measurement(void);

/* Whether it may run another round after so many. Three are always allowed. */
bool
budget_allows(unsigned rounds);

/* Whether half of its share is over: what only prepares shall leave the other half. */
bool
budget_is_half_over(void);

/* Whether any measurement had to end early. */
bool
budget_was_short(void);

#endif /* BENCH_BUDGET_H */
