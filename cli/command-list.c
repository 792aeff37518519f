/* command-list.c - all commands, in the order in which help shows them, also those that another program has. */
#include <stddef.h>

#include "command-list.h"

/* clang-format off */
#ifdef WITH_VIDEO
static const struct command publish = {
	.name = "publish",
	.summary = "show a video, a picture, a camera or the screen as a stream",
	.program = "transom-video",
};

static const struct command record = {
	.name = "record",
	.summary = "write a stream into a video file",
	.program = "transom-video",
};

static const struct command pipe_out = {
	.name = "pipe",
	.summary = "write a stream to standard output, for another program",
	.program = "transom-video",
};

static const struct command snap = {
	.name = "snap",
	.summary = "write the newest frame of a stream as a picture",
	.program = "transom-video",
};
#endif

#ifdef WITH_VIEW
static const struct command view = {
	.name = "view",
	.summary = "show a stream in a window or in the terminal",
	.program = "transom-view",
};
#endif

const struct command *const commands[] = {
#ifdef WITH_VIDEO
	&publish,
#endif
#ifdef WITH_VIEW
	&view,
#endif
#ifdef WITH_VIDEO
	&record,
	&pipe_out,
	&snap,
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
