/* view.c - `transom view`: its options; view-window.c and view-terminal.c show the frames. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command-list.h"
#include "complain.h"
#include "drawing.h"
#include "number.h"
#include "stop.h"
#include "view-source.h"

enum {
	OPTION_MODE = 256,
	OPTION_SCALE,
	OPTION_RATE,
	OPTION_TERMINAL,
	OPTION_SCREENSHOT,
	OPTION_TITLE,
	OPTION_JSON,
	OPTION_WAIT,
};

/* What the command line says, before the stream is looked for. */
struct arguments {
	const char *name;
	struct view_options options;
};

static const struct argp_option argp_options[] = {
	{ "mode", OPTION_MODE, "latest|every", 0,
	  "Show the newest frame (the default), or every one: then the publisher waits, or does what it does "
	  "with slow "
	  "readers",
	  0 },
	{ "scale", OPTION_SCALE, "fit|FACTOR", 0,
	  "Pixels of the screen for one of the picture, from 0.01 to 100; fit (the default) fills what there "
	  "is",
	  0 },
	{ "rate", OPTION_RATE, "FPS", 0, "Draw at most so often; the default is 20 in a terminal", 0 },
	{ "fullscreen", 'f', NULL, 0, "Begin in full screen", 0 },
	{ "overlay", 'o', NULL, 0, "Begin with the numbers over the picture; a terminal always does", 0 },
	{ "title", OPTION_TITLE, "TEXT", 0, "Title of the window; the default is the stream's name", 0 },
	{ "terminal", OPTION_TERMINAL, "auto|blocks|kitty|sixel", OPTION_ARG_OPTIONAL,
	  "Draw in this terminal even if there is a display: by the best it can (auto), in blocks, or by its "
	  "graphics",
	  0 },
	{ "once", '1', NULL, 0, "End with the stream instead of waiting for it to come again", 0 },
	{ "wait", OPTION_WAIT, "SECONDS", 0,
	  "With --once, wait so long for the stream if it is not there yet; otherwise it is always waited "
	  "for",
	  0 },
	{ "frames", 'n', "COUNT", 0, "End after so many frames", 0 },
	{ "timeout", 't', "SECONDS", 0, "Give up when no frame comes for so long", 0 },
	{ "screenshot", OPTION_SCREENSHOT, "FILE", 0, "At the end, save the last frame as PNG", 0 },
	{ "json", OPTION_JSON, NULL, 0, "At the end, print all numbers as JSON", 0 },
	{ "quiet", 'q', NULL, 0, "No remarks", 0 },
	{ 0 },
};

static double
parse_number(struct argp_state *state, const char *what, const char *text, double least, double most)
{
	char *end;
	double number;

	errno = 0;
	number = strtod(text, &end);
	if (errno != 0 || end == text || *end != '\0' || !(number >= least && number <= most))
		argp_error(state, "%s is a number from %g to %g, not \"%s\"", what, least, most, text);
	return number;
}

static uint64_t
parse_count(struct argp_state *state, const char *text)
{
	char *end;
	unsigned long long count;

	errno = 0;
	count = strtoull(text, &end, 10);
	if (errno != 0 || text[0] < '0' || text[0] > '9' || *end != '\0' || count == 0)
		argp_error(state, "the number of frames is a whole number from 1 on, not \"%s\"", text);
	return count;
}

static uint32_t
parse_mode(struct argp_state *state, const char *text)
{
	if (strcmp(text, "every") == 0)
		return TRANSOM_SUBSCRIBER_EVERY;
	if (strcmp(text, "latest") != 0)
		argp_error(state, "the mode is latest or every, not \"%s\"", text);
	return TRANSOM_SUBSCRIBER_LATEST;
}

static enum view_drawing
parse_drawing(struct argp_state *state, const char *text)
{
	static const char *const words[] = { "auto", "blocks", "kitty", "sixel" };

	for (int i = 0; i < 4; i++) {
		if (text == NULL || strcmp(text, words[i]) == 0)
			return (enum view_drawing)i;
	}
	argp_error(state, "a terminal draws by auto, blocks, kitty or sixel, not \"%s\"", text);
	return VIEW_DRAWING_AUTO;
}

static void
set_terminal(struct argp_state *state, const char *text, struct view_options *options)
{
	options->terminal = true;
	options->drawing = parse_drawing(state, text);
	if (options->drawing == VIEW_DRAWING_SIXEL && drawing_kinds[VIEW_DRAWING_SIXEL] == NULL)
		argp_error(state, "this transom was built without libsixel");
}

static error_t
parse_value(int key, char *text, struct argp_state *state, struct view_options *options)
{
	switch (key) {
	case OPTION_MODE:
		options->mode = parse_mode(state, text);
		return 0;
	case OPTION_SCALE:
		options->scale =
			strcmp(text, "fit") == 0 ? 0 : parse_number(state, "the scale", text, 0.01, 100);
		return 0;
	case OPTION_RATE:
		options->rate = parse_number(state, "the rate", text, 0.01, 1000);
		return 0;
	case OPTION_TERMINAL:
		set_terminal(state, text, options);
		return 0;
	case 'n':
		options->frames = parse_count(state, text);
		return 0;
	case 't':
		options->timeout_ms = (int64_t)(parse_number(state, "the time-out", text, 0, 1e9) * 1000);
		return 0;
	case OPTION_WAIT:
		options->wait_ns = number_parse_time(state, "--wait", text);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t
parse(int key, char *text, struct argp_state *state)
{
	struct arguments *arguments = state->input;
	struct view_options *options = &arguments->options;

	switch (key) {
	case 'f':
		options->fullscreen = true;
		return 0;
	case 'o':
		options->overlay = true;
		return 0;
	case '1':
		options->once = true;
		return 0;
	case 'q':
		complain_quietly();
		return 0;
	case OPTION_TITLE:
		options->title = text;
		return 0;
	case OPTION_SCREENSHOT:
		options->screenshot = text;
		return 0;
	case OPTION_JSON:
		options->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (arguments->name != NULL)
			argp_error(state, "one stream at a time");
		arguments->name = text;
		return 0;
	default:
		return parse_value(key, text, state, options);
	}
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.args_doc = "[NAME]",
	.doc = "Shows a stream in a window, or without a display in this terminal. Without NAME it is the "
	       "only stream there "
	       "is; fd:N is the inherited descriptor N."
	       "\vIn the window: f full screen, o numbers, s save the frame as PNG, space pause, z fit or "
	       "1:1, + and - zoom, "
	       "arrows move, q quit. In a terminal: o, s, space and q.",
};

static int
show(struct view_source *source, const struct view_options *options)
{
#ifdef HAVE_SDL
	if (!options->terminal && view_has_display())
		return view_in_window(source, options);
#endif
	return view_in_terminal(source, options);
}

/* What is written at the end, also if that was a bad one. */
static int
write_results(struct view_source *source, const struct view_options *options, int code)
{
	char text[512];
	int r;

	if (options->screenshot != NULL) {
		r = view_source_save(source, options->screenshot, text, sizeof(text));
		if (r == EXIT_DONE)
			remark("%s", text);
		else if (code == EXIT_DONE)
			code = complain((enum exit_code)r, "%s", text);
	}
	if (options->json && view_source_print_json(source) < 0 && code == EXIT_DONE)
		code = complain(EXIT_FAILED, "the numbers could not be printed");
	return code;
}

static int
run(const struct command *command, int argc, char **argv)
{
	struct arguments arguments = { .options = { .timeout_ms = -1 } };
	struct view_options *options = &arguments.options;
	struct view_source *source;
	int code;

	command_parse(command, argc, argv, &arguments);
	code = stream_name_choose(arguments.name, &options->name);
	if (code != EXIT_DONE)
		return code;
	stop_listen();
	code = view_source_create(options, &source);
	if (code != EXIT_DONE)
		return code;
	code = write_results(source, options, show(source, options));
	view_source_unref(source);
	return code;
}

const struct command command_view = {
	.name = "view",
	.argp = &argp,
	.run = run,
};
