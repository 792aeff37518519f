/* command-list.c - all commands, in the order in which help shows them. */
#include <stddef.h>

#include "command-list.h"

/* clang-format off */
const struct command *const commands[] = {
#ifdef HAVE_FFMPEG
	&command_publish,
#endif
#ifdef HAVE_VIEW
	&command_view,
#endif
#ifdef HAVE_FFMPEG
	&command_record,
	&command_pipe,
	&command_snap,
#endif
	&command_exec,
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
