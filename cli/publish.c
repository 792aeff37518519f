/* publish.c - `transom publish`: its command line; publication.c does it. */
#include <stdlib.h>
#include <string.h>

#include <transom/stream.h>

#include "av-error.h"
#include "av-format.h"
#include "command-list.h"
#include "complain.h"
#include "publication.h"
#include "stop.h"
#include "stream-name.h"

enum {
	KEY_RATE = 0x100,
	KEY_LOOP,
	KEY_SIZE,
	KEY_SCALE,
	KEY_FORMAT,
	KEY_BUFFERS,
	KEY_READERS,
	KEY_POLICY,
	KEY_LOSSLESS,
	KEY_TIMEOUT,
	KEY_DESCRIPTION,
	KEY_FRAMES,
	KEY_START,
	KEY_END_WAIT,
	KEY_JSON,
	KEY_RAW_FORMAT,
};

static const struct argp_option options[] = {
	{ "rate", KEY_RATE, "native|max|RATE", 0,
	  "when frames are shown: at the input's own times (the default), as fast as it goes, or so many a "
	  "second",
	  1 },
	{ "loop", KEY_LOOP, "TIMES", OPTION_ARG_OPTIONAL, "begin again at the end, for ever or so many times",
	  1 },
	{ "start", KEY_START, "TIME", 0, "begin there: 90, 1:30 or 0:01:30.5", 1 },
	{ "frames", KEY_FRAMES, "N", 0, "end after so many frames", 1 },
	{ "size", KEY_SIZE, "WIDTHxHEIGHT", 0,
	  "show frames of this size; of the test pattern and raw input: their size", 2 },
	{ "scale", KEY_SCALE, "fit|fill|stretch", 0,
	  "how frames get another size: with black around (the default), cut off, or out of shape", 2 },
	{ "format", KEY_FORMAT, "FORMAT", 0, "show frames in this pixel format, such as BGRA8 or NV12", 2 },
	{ "raw-format", KEY_RAW_FORMAT, "FORMAT", 0,
	  "the input has no header but pixels of this format; --size says the size, --rate the rate", 2 },
	{ "description", KEY_DESCRIPTION, "TEXT", 0, "what the stream shows, for people who list streams",
	  3 },
	{ "buffers", KEY_BUFFERS, "N", 0, "how many frames readers may hold and have before them in sum; 64",
	  3 },
	{ "policy", KEY_POLICY, "wait|drop|evict", 0,
	  "what becomes of a reader of every frame that is too slow: it is waited for (the default, but not "
	  "with "
	  "cameras and screens), misses frames, or is shut out",
	  3 },
	{ "lossless", KEY_LOSSLESS, NULL, 0, "the same as --policy=wait", 3 },
	{ "timeout", KEY_TIMEOUT, "SECONDS", 0, "give up when a reader is waited for so long", 3 },
	{ "wait-for-readers", KEY_READERS, "N", 0, "begin when so many readers are there", 3 },
	{ "end-wait", KEY_END_WAIT, "SECONDS", OPTION_ARG_OPTIONAL,
	  "at the end wait until all readers have got the last frame, not longer than that", 3 },
	{ "json", KEY_JSON, NULL, 0, "at the end print what was done, for programs", 4 },
	{ "quiet", 'q', NULL, 0, "print nothing but what is wrong", 4 },
	{ 0 },
};

static const char *const paces[] = { "native", "max" };
static const char *const scales[] = { "fit", "fill", "stretch" };
static const char *const policies[] = { "wait", "drop", "evict" };

static void
parse_rate(struct argp_state *state, const char *text, struct publication_options *o)
{
	if (strcmp(text, paces[0]) == 0) {
		o->pace = PACE_NATIVE;
	} else if (strcmp(text, paces[1]) == 0) {
		o->pace = PACE_MAXIMUM;
	} else {
		o->pace = PACE_FIXED;
		o->rate = number_parse_rate(state, "--rate", text);
	}
}

static uint32_t
parse_format(struct argp_state *state, const char *what, const char *text)
{
	const uint32_t format = number_parse_format(state, what, text);

	if (av_format_from_transom(format) == AV_PIX_FMT_NONE)
		argp_error(state, "%s: FFmpeg has no pixel format like \"%s\"", what, text);
	return format;
}

static void
parse_source(struct argp_state *state, char *argument, struct publication_options *o)
{
	if (state->arg_num == 0)
		o->name = argument;
	else if (state->arg_num == 1)
		o->input.source = argument;
	else
		argp_error(state, "one stream and one input at a time, not \"%s\" too", argument);
}

/* What only makes sense together. */
static void
check(struct argp_state *state, struct publication_options *o)
{
	if (o->input.source == NULL)
		argp_error(state, "which stream, and which input? NAME INPUT");
	if (o->loops != 1 && o->input.source != NULL && strcmp(o->input.source, "-") == 0)
		argp_error(state, "standard input cannot begin again: there is no --loop for it");
	if (o->input.raw_format == 0)
		return;
	if (o->width == 0)
		argp_error(state, "raw input has no header: --size says how large its frames are");
	o->input.width = o->width;
	o->input.height = o->height;
	o->input.rate = o->rate;
}

static error_t
parse_more(int key, char *argument, struct argp_state *state, struct publication_options *o)
{
	switch (key) {
	case KEY_BUFFERS:
		o->buffers =
			(uint32_t)number_parse(state, "--buffers", argument, 2, TRANSOM_STREAM_MAX_BUFFERS);
		return 0;
	case KEY_READERS:
		o->readers = (uint32_t)number_parse(state, "--wait-for-readers", argument, 0, 1000);
		return 0;
	case KEY_POLICY:
		o->policy = number_parse_word(state, "--policy", argument, policies, 3);
		return 0;
	case KEY_LOSSLESS:
		o->policy = TRANSOM_LAGGARD_WAIT;
		return 0;
	case KEY_TIMEOUT:
		o->timeout_ns = number_parse_time(state, "--timeout", argument);
		return 0;
	case KEY_END_WAIT:
		o->end_wait = true;
		o->end_wait_ns = argument != NULL ? number_parse_time(state, "--end-wait", argument) : 0;
		return 0;
	case KEY_JSON:
		o->json = true;
		return 0;
	case 'q':
		complain_quietly();
		return 0;
	case ARGP_KEY_ARG:
		parse_source(state, argument, o);
		return 0;
	case ARGP_KEY_END:
		check(state, o);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t
parse(int key, char *argument, struct argp_state *state)
{
	struct publication_options *o = state->input;

	switch (key) {
	case KEY_RATE:
		parse_rate(state, argument, o);
		return 0;
	case KEY_LOOP:
		o->loops = argument != NULL ? number_parse(state, "--loop", argument, 1, INT32_MAX) : 0;
		return 0;
	case KEY_SIZE:
		number_parse_size(state, "--size", argument, &o->width, &o->height);
		return 0;
	case KEY_SCALE:
		o->scale = (enum convert_scale)number_parse_word(state, "--scale", argument, scales, 3);
		return 0;
	case KEY_FORMAT:
		o->format = parse_format(state, "--format", argument);
		return 0;
	case KEY_RAW_FORMAT:
		o->input.raw_format = parse_format(state, "--raw-format", argument);
		return 0;
	case KEY_DESCRIPTION:
		o->description = argument;
		return 0;
	case KEY_FRAMES:
		o->frames = number_parse(state, "--frames", argument, 1, INT64_MAX);
		return 0;
	case KEY_START:
		o->input.start_ns = number_parse_time(state, "--start", argument);
		return 0;
	default:
		return parse_more(key, argument, state, o);
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "NAME INPUT",
	.doc = "Publishes a video, a picture, a camera, a screen or a test pattern as the stream NAME. "
	       "Decoders write "
	       "straight into the memory that readers see."
	       "\vINPUT is a file or URL that FFmpeg reads, - for Y4M or another video on standard input, "
	       "/dev/videoN, "
	       "screen: with or without an X display (screen::0), or test: for a pattern with time code and "
	       "counter. "
	       "A picture is shown again and again. Sound is ignored.",
};

static int
run(const struct command *command, int argc, char **argv)
{
	struct publication_options o = { .policy = -1, .loops = 1 };

	command_parse(command, argc, argv, &o);
	if (stream_name_check(o.name) != 0)
		return EXIT_USAGE;
	stop_listen();
	av_be_quiet();
	return publication_run(&o);
}

const struct command command_publish = {
	.name = "publish",
	.argp = &argp,
	.run = run,
};
