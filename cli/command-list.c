/* command-list.c - all commands, in the order in which help shows them. */
#include <stddef.h>

#include "command-list.h"

/* clang-format off */
const struct command *const commands[] = {
	&command_ls,
#ifdef WITH_CURSES
	&command_top,
#endif
	&command_inspect,
	&command_ps,
	&command_doctor,
	&command_bench,
#ifdef WITH_DEMO
	&command_demo,
#endif
	&command_complete,
	NULL,
};
