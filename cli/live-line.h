/*
 * live-line.h - numbers that change: one line that is written over on a terminal, plain lines into a pipe.
 */
#ifndef CLI_LIVE_LINE_H
#define CLI_LIVE_LINE_H

#include <stdbool.h>

/* Shows a line on stderr in place of the one before. Into a pipe it prints a line at most once in @seconds (0: never). */
void
live_line_show(int seconds, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Takes the line away: something else is to be printed. */
void
live_line_clear(void);

/* Lets the line stand as it is. */
void
live_line_keep(void);

/* Whether stderr is a terminal that can be written over. */
bool
live_line_is_live(void);

/* Time for the next one: at most ten a second. Costs a look at the clock. */
bool
live_line_is_due(void);

#endif /* CLI_LIVE_LINE_H */
