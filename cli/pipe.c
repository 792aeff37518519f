/* pipe.c - `transom pipe`: its command line; recording.c does it. */
#include <unistd.h>

#include "av-error.h"
#include "command-list.h"
#include "complain.h"
#include "recording.h"
#include "stop.h"

enum { KEY_RAW = 0x400, KEY_FD };

static const struct argp_option options[] = {
	{ "raw", KEY_RAW, NULL, 0, "write pixels alone, without a header: the same as --format=rawvideo", 1 },
	{ "fd", KEY_FD, "N", 0, "read the stream that descriptor N leads to: the same as the NAME fd:N", 1 },
	{ 0 },
};

struct pipe_options {
	struct recording_options recording;
	char name[16]; /* fd:N */
};

static error_t
parse(int key, char *argument, struct argp_state *state)
{
	struct pipe_options *input = state->input;
	struct recording_options *o = &input->recording;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = o;
		return 0;
	case KEY_RAW:
		o->writer.container = "rawvideo";
		return 0;
	case KEY_FD:
		snprintf(input->name, sizeof(input->name), "fd:%d",
			 (int)number_parse(state, "--fd", argument, 0, INT32_MAX));
		o->name = input->name;
		return 0;
	case ARGP_KEY_ARG:
		if (o->name != NULL)
			argp_error(state, "one stream at a time, not \"%s\" too", argument);
		o->name = argument;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &recording_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[NAME]",
	.doc = "Writes each frame of the stream NAME to standard output, as Y4M unless something else is "
	       "asked for: "
	       "transom pipe cam | ffmpeg -i - cam.mp4"
	       "\vWithout NAME the only stream is read. Frames of a format that Y4M does not have, RGB for "
	       "example, are "
	       "converted; --raw writes them as they are.",
	.children = children,
};

static int
run(const struct command *command, int argc, char **argv)
{
	struct pipe_options o = {
		.recording = { .reader = { .every = true },
			       .writer = { .format = AV_PIX_FMT_NONE, .path = "-", .container = "y4m" } }
	};

	command_parse(command, argc, argv, &o);
	if (isatty(STDOUT_FILENO))
		return complain(EXIT_USAGE,
				"video does not go to a terminal: transom pipe NAME | PROGRAM, or > FILE");
	stop_listen();
	av_be_quiet();
	return recording_run(&o.recording);
}

const struct command command_pipe = {
	.name = "pipe",
	.argp = &argp,
	.run = run,
};
