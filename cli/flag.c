/* flag.c - options of a command that have no argument; what they mean is the command's business. */
#include "flag.h"

bool
flag_set(const struct flag *flags, int key, void *wish)
{
	for (; flags->key != 0; flags++) {
		if (flags->key != key)
			continue;
		*(bool *)((char *)wish + flags->offset) = true;
		return true;
	}
	return false;
}

void
flag_refuse_word(struct argp_state *state, const char *word)
{
	argp_error(state, "\"%s\" is too much: this command has options only", word);
}
