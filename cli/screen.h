/*
 * screen.h - a text that is kept up to date on a terminal, in place, without its history; no keys, no colours.
 */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include <stdbool.h>

/* Whether stdout is a terminal that can be written over. */
bool
screen_is_there(void);

/* What was on the terminal comes back with screen_leave(). */
void
screen_enter(void);

/* Shows as much of the text as there is room for, and says how many lines there are more. */
void
screen_show(const char *text);

void
screen_leave(void);

#endif /* CLI_SCREEN_H */
