/*
 * flag.h - options of a command that have no argument: each sets one bool of what is wished for.
 */
#ifndef CLI_FLAG_H
#define CLI_FLAG_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>

struct flag {
	int key; /* of the option; 0 ends a list */
	size_t offset; /* of the bool, in bytes from the beginning of the wish */
};

/* Sets the bool that belongs to the key. False: the key is none of these. */
bool
flag_set(const struct flag *flags, int key, void *wish);

/* Ends the program with the sentence that a command with options only has for any other word. */
void
flag_refuse_word(struct argp_state *state, const char *word);

#endif /* CLI_FLAG_H */
