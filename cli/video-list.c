/* video-list.c - the commands of `transom-video`, which are those that load FFmpeg. */
#include <stddef.h>

#include "command-list.h"

const struct command *const commands[] = {
	&command_publish, &command_record, &command_pipe, &command_snap, &command_complete, NULL,
};
