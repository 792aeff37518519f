/* snap.c - `transom snap`: its command line; recording.c does it. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "av-error.h"
#include "av-format.h"
#include "command-list.h"
#include "complain.h"
#include "recording.h"
#include "stop.h"

enum { KEY_FORMAT = 0x400, KEY_TIMEOUT, KEY_WAIT, KEY_PIXELS, PATIENCE_S = 10 };

static const struct argp_option options[] = {
	{ "format", KEY_FORMAT, "png|jpg|bmp|tiff|webp|ppm", 0,
	  "what kind of picture; as FILE ends, png for -", 1 },
	{ "pixel-format", KEY_PIXELS, "FORMAT", 0, "write pixels of this format, such as RGB8", 1 },
	{ "overwrite", 'y', NULL, 0, "write over a file that is there", 1 },
	{ "wait", KEY_WAIT, "SECONDS", 0, "wait so long for the stream if it is not there yet", 2 },
	{ "timeout", KEY_TIMEOUT, "SECONDS", 0, "give up when no frame comes for so long; 10", 2 },
	{ "quiet", 'q', NULL, 0, "print nothing but what is wrong", 3 },
	{ 0 },
};

static const char *const formats[] = { "png", "jpg", "bmp", "tiff", "webp", "ppm" };
static const char *const encoders[] = { "png", "mjpeg", "bmp", "tiff", "libwebp", "ppm" };

static void
parse_argument(struct argp_state *state, char *argument, struct recording_options *o)
{
	if (state->arg_num > 1)
		argp_error(state, "one stream and one file at a time, not \"%s\" too", argument);
	o->name = o->writer.path; /* the last one is the file */
	o->writer.path = argument;
}

static error_t
parse(int key, char *argument, struct argp_state *state)
{
	struct recording_options *o = state->input;

	switch (key) {
	case KEY_FORMAT:
		o->writer.codec = encoders[number_parse_word(state, "--format", argument, formats, 6)];
		return 0;
	case KEY_PIXELS:
		o->writer.format =
			av_format_from_transom(number_parse_format(state, "--pixel-format", argument));
		if (o->writer.format == AV_PIX_FMT_NONE)
			argp_error(state, "--pixel-format: FFmpeg has no pixel format like \"%s\"", argument);
		return 0;
	case 'y':
		o->writer.overwrite = true;
		return 0;
	case KEY_WAIT:
		o->reader.wait_ns = number_parse_time(state, "--wait", argument);
		return 0;
	case KEY_TIMEOUT:
		o->reader.timeout_ns = number_parse_time(state, "--timeout", argument);
		return 0;
	case 'q':
		complain_quietly();
		return 0;
	case ARGP_KEY_ARG:
		parse_argument(state, argument, o);
		return 0;
	case ARGP_KEY_END:
		if (o->writer.path == NULL)
			argp_error(state, "into which file? (- for standard output)");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[NAME] FILE",
	.doc = "Writes the newest frame of the stream NAME as a picture: FILE.png, FILE.jpg, or - for "
	       "standard output."
	       "\vWithout NAME it is the only stream. If there is no frame yet, the first one is waited for.",
};

/* The kind of picture by the ending, or as it was asked for. False: the ending says nothing. */
static bool
choose_encoder(struct writer_options *o)
{
	const char *dot = strrchr(o->path, '.');

	o->container = "image2";
	if (strcmp(o->path, "-") == 0) {
		o->container = "image2pipe";
		o->codec = o->codec != NULL ? o->codec : encoders[0];
	}
	for (size_t i = 0; o->codec == NULL && dot != NULL && i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strcasecmp(dot + 1, formats[i]) == 0)
			o->codec = encoders[i];
	}
	if (o->codec == NULL && dot != NULL && strcasecmp(dot, ".jpeg") == 0)
		o->codec = encoders[1];
	return o->codec != NULL;
}

static int
run(const struct command *command, int argc, char **argv)
{
	struct recording_options o = {
		.reader = { .timeout_ns = PATIENCE_S * 1000000000LL },
		.writer = { .format = AV_PIX_FMT_NONE, .single = true, .rate = { 1, 1 } },
		.frames = 1
	};

	command_parse(command, argc, argv, &o);
	if (!choose_encoder(&o.writer))
		return complain(EXIT_USAGE,
				"\"%s\" does not end like a picture: .png, .jpg, .bmp, .tiff, .webp or .ppm",
				o.writer.path);
	if (strcmp(o.writer.path, "-") == 0 && isatty(STDOUT_FILENO))
		return complain(EXIT_USAGE,
				"a picture does not go to a terminal: transom snap NAME - > FILE");
	stop_listen();
	av_be_quiet();
	return recording_run(&o);
}

const struct command command_snap = {
	.name = "snap",
	.argp = &argp,
	.run = run,
};
