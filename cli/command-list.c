/* command-list.c - all commands, in the order in which help shows them. */
#include <stddef.h>

#include "command-list.h"

const struct command *const commands[] = {
#ifdef HAVE_FFMPEG
	&command_publish, &command_record,   &command_pipe, &command_snap,
#endif
	&command_exec,    &command_complete, NULL,
};
