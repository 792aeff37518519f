/* record.c - `transom record`: its command line; recording.c does it. */
#include "av-error.h"
#include "command-list.h"
#include "complain.h"
#include "recording.h"
#include "stop.h"

static const struct argp_option options[] = {
	{ "overwrite", 'y', NULL, 0, "write over a file that is there", 1 },
	{ 0 },
};

static error_t
parse(int key, char *argument, struct argp_state *state)
{
	struct recording_options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = o;
		return 0;
	case 'y':
		o->writer.overwrite = true;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 1)
			argp_error(state, "one stream and one file at a time, not \"%s\" too", argument);
		o->name = o->writer.path; /* the last one is the file */
		o->writer.path = argument;
		return 0;
	case ARGP_KEY_END:
		if (o->writer.path == NULL)
			argp_error(state, "into which file?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &recording_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[NAME] FILE",
	.doc = "Writes each frame of the stream NAME into FILE, until the stream ends or Ctrl-C; then the "
	       "file is "
	       "complete."
	       "\vThe ending of FILE says in which container, as with ffmpeg: .y4m, .mkv, .mp4 and so on. "
	       "NAME may be "
	       "fd:N for an inherited descriptor; without it the only stream is recorded. A disk that is "
	       "full ends the "
	       "recording; what was written stays.",
	.children = children,
};

static int
run(const struct command *command, int argc, char **argv)
{
	struct recording_options o = { .reader = { .every = true }, .writer = { .format = AV_PIX_FMT_NONE } };

	command_parse(command, argc, argv, &o);
	stop_listen();
	av_be_quiet();
	return recording_run(&o);
}

const struct command command_record = {
	.name = "record",
	.argp = &argp,
	.run = run,
};
