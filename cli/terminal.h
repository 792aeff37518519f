/*
 * terminal.h - the terminal as a screen of our own: entered, asked what it can, written to without getting stuck, and left as it
 * was.
 */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

struct terminal;

enum terminal_key {
	/* Below: the byte that was typed. */
	TERMINAL_NO_KEY = 0,
	TERMINAL_SHOWN = 256, /* kitty graphics: the picture of terminal_get_answered() is there */
	TERMINAL_REFUSED, /* or cannot be */
};

struct terminal_size {
	unsigned columns, rows;
	unsigned cell_width, cell_height; /* pixels; half as wide as high where the terminal does not say */
};

/* What it said of itself; what it did not answer is false. */
struct terminal_abilities {
	bool answered; /* it has answered all that it was asked; one that is far away may do so later */
	bool kitty, kitty_file, sixel;
};

/*
 * Takes the terminal of stdout: no echo, no lines, another screen, no cursor. @file is one of three bytes that a terminal with
 * kitty graphics is asked to read; NULL: it is not asked. EXIT_DONE; else it has complained.
 */
int
terminal_enter(const char *file, struct terminal **ret);

/* Writes the last words, if it still can, and gives the terminal back as it was. NULL is accepted for both. */
void
terminal_leave(struct terminal *terminal, const char *words);

/* In again after the process was stopped and the shell has had the terminal. */
void
terminal_resume(struct terminal *terminal);

void
terminal_get_size(const struct terminal *terminal, struct terminal_size *ret);

const struct terminal_abilities *
terminal_get_abilities(const struct terminal *terminal);

/* Writes it all. 0; -EINTR asked to stop meanwhile, or another errno: the terminal is gone. */
int
terminal_write(struct terminal *terminal, const void *text, size_t size);

/* Readable when terminal_get_key() has something. */
int
terminal_get_fd(const struct terminal *terminal);

/* Readable when the size changed or the process was continued. */
int
terminal_get_change_fd(const struct terminal *terminal);

/* Whether it did, since the last question. */
bool
terminal_take_change(struct terminal *terminal);

/* The next key or answer; never waits. TERMINAL_NO_KEY: nothing more; a negative errno: the terminal is gone. */
int
terminal_get_key(struct terminal *terminal);

/* The number of the picture that the last TERMINAL_SHOWN or TERMINAL_REFUSED was about. */
unsigned
terminal_get_answered(const struct terminal *terminal);

#endif /* CLI_TERMINAL_H */
