/* demo.c - `transom demo`: the story of demo/, on a picture or a video. */
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../demo/roles.h"
#include "command-list.h"
#include "complain.h"

enum { KEY_AS = 256, KEY_STALL_AT, KEY_HOLD, LONGEST_HOLD_MS = 60000 };

struct wish {
	const char *input, *output, *role;
	uint32_t frames, stall_at, hold_ms;
};

static uint32_t
parse_number(struct argp_state *state, const char *what, const char *text, uint32_t least, uint32_t most)
{
	const unsigned long number = strlen(text) <= 9 ? strtoul(text, NULL, 10) : 0;

	if (text[0] == '\0' || strspn(text, "0123456789") != strlen(text) || number < least || number > most)
		argp_error(state, "%s takes a number from %u to %u, not \"%s\"", what, least, most, text);
	return (uint32_t)number;
}

static error_t
parse(int key, char *argument, struct argp_state *state)
{
	struct wish *wish = state->input;

	switch (key) {
	case 'f':
		wish->frames = parse_number(state, "--frames", argument, DEMO_MIN_FRAMES, DEMO_MAX_FRAMES);
		return 0;
	case 'o':
		wish->output = argument;
		return 0;
	case KEY_AS:
		wish->role = argument;
		return 0;
	case KEY_STALL_AT:
		wish->stall_at = parse_number(state, "--stall-at", argument, 1, DEMO_MAX_FRAMES);
		return 0;
	case KEY_HOLD:
		wish->hold_ms = parse_number(state, "--hold", argument, 0, LONGEST_HOLD_MS);
		return 0;
	case ARGP_KEY_ARG:
		if (wish->input != NULL)
			argp_error(state, "one input at a time");
		wish->input = argument;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The director starts the others with the hidden ones. */
static const struct argp_option options[] = {
	{ "frames", 'f', "NUMBER", 0, "How many frames to show at first: 20 to 1000000, by default 600.", 0 },
	{ "output", 'o', "FILE", 0, "Where to write the last of these frames (demo.png).", 0 },
	{ "as", KEY_AS, "ROLE", OPTION_HIDDEN, NULL, 0 },
	{ "stall-at", KEY_STALL_AT, "NUMBER", OPTION_HIDDEN, NULL, 0 },
	{ "hold", KEY_HOLD, "MILLISECONDS", OPTION_HIDDEN, NULL, 0 },
	{ 0 },
};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[INPUT]",
	.doc = "Shows pixel buffers on their way from process to process, on a picture (PNG, JPEG) or a "
	       "video (Y4M), and explains "
	       "it as it happens: frames that are not copied, processes that are killed with frames in their "
	       "hands, and what "
	       "that costs the others. Everything is checked; it ends with 0 only if it held.",
};

/* The picture that comes with the program: where it was installed, or built. False if it is not there. */
static bool
find_picture(char path[PATH_MAX])
{
	static const char *const places[] = { "../share/transom/demo.png", "../../demo/picture.png" };
	char program[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);

	if (n <= 0)
		return false;
	program[n] = '\0';
	*strrchr(program, '/') = '\0';
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char place[PATH_MAX + 32];

		snprintf(place, sizeof(place), "%s/%s", program, places[i]);
		if (access(place, R_OK) == 0 && realpath(place, path) != NULL)
			return true;
	}
	return false;
}

static int
play(struct wish *wish)
{
	static char picture[PATH_MAX];

	if (strcmp(wish->role, "viewer") == 0)
		return demo_view(wish->hold_ms);
	if (strcmp(wish->role, "receiver") == 0)
		return demo_receive(wish->stall_at, wish->output);
	if (wish->input == NULL && find_picture(picture))
		wish->input = picture;
	if (wish->input == NULL)
		return complain(EXIT_NOT_FOUND,
				"the picture that belongs to this program is not there; name another");
	if (strcmp(wish->role, "renderer") == 0)
		return demo_render(wish->input, wish->frames);
	if (strcmp(wish->role, "publisher") == 0)
		return demo_publish(wish->input);
	if (strcmp(wish->role, "director") != 0)
		return complain(EXIT_USAGE, "there is no part \"%s\" in the demo", wish->role);
	return demo_direct(wish->input, wish->frames, wish->output != NULL ? wish->output : "demo.png");
}

static int
run(const struct command *command, int argc, char **argv)
{
	struct wish wish = { .role = "director", .frames = DEMO_DEFAULT_FRAMES };

	command_parse(command, argc, argv, &wish);
	return play(&wish);
}

const struct command command_demo = {
	.name = "demo",
	.summary = "show on real pictures what Transom does",
	.argp = &argp,
	.run = run,
};
