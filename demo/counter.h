/*
 * counter.h - a frame's number, burnt into its pixels.
 */
#ifndef DEMO_COUNTER_H
#define DEMO_COUNTER_H

#include "view.h"

/* Writes six digits, white on black, into the upper left corner; of a frame too small, what fits. */
void
counter_burn(const struct view *view, uint32_t number);

#endif /* DEMO_COUNTER_H */
