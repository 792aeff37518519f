/* recording-options.c - the command line of what writes a stream's frames. */
#include <string.h>

#include "av-format.h"
#include "complain.h"
#include "recording.h"

enum {
	KEY_FORMAT = 0x300,
	KEY_CODEC,
	KEY_OPTION,
	KEY_PIXELS,
	KEY_RATE,
	KEY_FRAMES,
	KEY_DURATION,
	KEY_JSON,
};

static const struct argp_option options[] = {
	{ "format", KEY_FORMAT, "CONTAINER", 0, "y4m, rawvideo, matroska or another of FFmpeg's containers",
	  5 },
	{ "codec", KEY_CODEC, "CODEC", 0, "ffv1, libx264 or another of FFmpeg's encoders", 5 },
	{ "option", KEY_OPTION, "KEY=VALUE", 0, "an option of the codec or the container; may be repeated",
	  5 },
	{ "pixel-format", KEY_PIXELS, "FORMAT", 0, "write pixels of this format, such as I420", 5 },
	{ "rate", KEY_RATE, "RATE", 0, "frames a second, if the stream does not say it", 5 },
	{ "frames", KEY_FRAMES, "N", 0, "end after so many frames", 6 },
	{ "duration", KEY_DURATION, "SECONDS", 0, "end after so long a time of the stream's", 6 },
	{ "json", KEY_JSON, NULL, 0, "at the end print on standard error what was done, for programs", 20 },
	{ "quiet", 'q', NULL, 0, "print nothing but what is wrong", 20 },
	{ 0 },
};

static void
parse_option(struct argp_state *state, const char *text, AVDictionary **ret)
{
	const char *equals = strchr(text, '=');
	char key[64];

	if (equals == NULL || equals == text || (size_t)(equals - text) >= sizeof(key)) {
		argp_error(state, "--option takes a key and a value, such as crf=18, not \"%s\"", text);
		return;
	}
	memcpy(key, text, (size_t)(equals - text));
	key[equals - text] = '\0';
	av_dict_set(ret, key, equals + 1, 0);
}

static void
parse_pixels(struct argp_state *state, const char *text, struct recording_options *o)
{
	o->writer.format = av_format_from_transom(number_parse_format(state, "--pixel-format", text));
	if (o->writer.format == AV_PIX_FMT_NONE)
		argp_error(state, "--pixel-format: FFmpeg has no pixel format like \"%s\"", text);
}

static error_t
parse(int key, char *argument, struct argp_state *state)
{
	struct recording_options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->reader;
		return 0;
	case KEY_FORMAT:
		o->writer.container = argument;
		return 0;
	case KEY_CODEC:
		o->writer.codec = argument;
		return 0;
	case KEY_OPTION:
		parse_option(state, argument, &o->options);
		return 0;
	case KEY_PIXELS:
		parse_pixels(state, argument, o);
		return 0;
	case KEY_RATE:
		o->writer.rate = number_parse_rate(state, "--rate", argument);
		return 0;
	case KEY_FRAMES:
		o->frames = number_parse(state, "--frames", argument, 1, INT64_MAX);
		return 0;
	case KEY_DURATION:
		o->duration_ns = number_parse_time(state, "--duration", argument);
		return 0;
	case KEY_JSON:
		o->json = true;
		return 0;
	case 'q':
		complain_quietly();
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &reader_argp, 0, NULL, 0 }, { 0 } };

const struct argp recording_argp = { .options = options, .parser = parse, .children = children };
