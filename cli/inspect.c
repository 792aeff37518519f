/* inspect.c - `transom inspect`: finds out what is meant, and tells everything of a port. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <transom/name.h>

#include "command-list.h"
#include "complain.h"
#include "flag.h"
#include "inspect.h"
#include "interval.h"
#include "json.h"
#include "process.h"
#include "stop.h"

enum { KEY_STREAM = 256, KEY_PORT, KEY_SURFACE, KEY_JSON, KEY_TIMEOUT, KEY_NO_FRAME };

void
inspect_line(const char *word, const char *format, ...)
{
	va_list arguments;

	printf("%-12s ", word);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
}

static int
print_port(const struct inspect_wish *wish, int32_t pid, int answer)
{
	char command[PROCESS_COMMAND_SIZE];

	process_get_command(pid, command, sizeof(command));
	if (wish->json)
		return json_print(json_pack(
			"{s:s, s:o, s:I, s:o, s:b, s:o}", "kind", "port", "name", json_text(wish->name),
			"pid", (json_int_t)pid, "command", json_text(command), "answers", answer == 0,
			"error", answer == 0 ? json_null() : json_string(transom_error_name(answer))));
	inspect_line("port", "%s", wish->name);
	inspect_line("owner", "process %" PRId32 ", %s", pid, command);
	inspect_line("answers", "%s", answer == 0 ? "yes" : transom_error_describe(answer));
	return EXIT_DONE;
}

static int
inspect_port(const struct inspect_wish *wish, int *ret_code)
{
	struct transom_name_list *names;
	int right, r = transom_name_list_create(&names);

	if (r < 0) {
		*ret_code = complain_of(r, "the runtime directory cannot be read (see `transom doctor`)");
		return 0;
	}
	for (size_t i = 0; i < transom_name_list_get_count(names); i++) {
		if (strcmp(transom_name_list_get_name(names, i), wish->name) != 0)
			continue;
		r = transom_name_look_up(wish->name, wish->timeout_ms, &right);
		if (r == 0)
			close(right);
		*ret_code = print_port(wish, transom_name_list_get_pid(names, i), r);
		transom_name_list_unref(names);
		return 0;
	}
	transom_name_list_unref(names);
	return -ENOENT;
}

/* As `transom ls` prints it, "0x" before it or not. */
static bool
parse_id(const char *text, uint32_t *ret)
{
	if (strncmp(text, "0x", 2) == 0)
		text += 2;
	if (strlen(text) == 0 || strlen(text) > 8 || strspn(text, "0123456789abcdefABCDEF") != strlen(text))
		return false;
	*ret = (uint32_t)strtoul(text, NULL, 16);
	return true;
}

static int
inspect(const struct inspect_wish *wish)
{
	int code = EXIT_DONE, r = -ENOENT;
	uint32_t id;

	if (wish->stream)
		r = inspect_stream(wish, &code);
	if (r == -ENOENT && wish->port)
		r = inspect_port(wish, &code);
	if (r == -ENOENT && wish->surface && parse_id(wish->name, &id))
		r = inspect_surface(wish, id, &code);
	if (r == 0)
		return code;
	return complain(EXIT_NOT_FOUND, "there is no %s \"%s\"; `transom ls` lists what there is",
			wish->stream + wish->port + wish->surface > 1 ? "stream, port or global surface"
			: wish->stream                                ? "stream"
			: wish->port                                  ? "port"
								      : "global surface",
			wish->name);
}

static const struct argp_option options[] = {
	{ "stream", KEY_STREAM, NULL, 0, "The name is a stream's.", 0 },
	{ "port", KEY_PORT, NULL, 0, "The name is a port's.", 0 },
	{ "surface", KEY_SURFACE, NULL, 0,
	  "The name is a global surface's ID. Without any of these three: what there is of that name first.",
	  0 },
	{ "no-frame", KEY_NO_FRAME, NULL, 0, "Do not join the stream to look at its newest frame.", 0 },
	{ "timeout", KEY_TIMEOUT, "SECONDS", 0, "Wait so long for an answer (1).", 0 },
	{ "json", KEY_JSON, NULL, 0, "Print one JSON object.", 0 },
	{ 0 },
};

static const struct flag flags[] = {
	{ KEY_STREAM, offsetof(struct inspect_wish, stream) },
	{ KEY_PORT, offsetof(struct inspect_wish, port) },
	{ KEY_SURFACE, offsetof(struct inspect_wish, surface) },
	{ KEY_NO_FRAME, offsetof(struct inspect_wish, no_frame) },
	{ KEY_JSON, offsetof(struct inspect_wish, json) },
	{ 0 },
};

static error_t
parse(int key, char *argument, struct argp_state *state)
{
	struct inspect_wish *wish = state->input;

	if (flag_set(flags, key, wish))
		return 0;
	switch (key) {
	case KEY_TIMEOUT:
		wish->timeout_ms = interval_parse(state, "--timeout", argument, 0.001, 3600);
		return 0;
	case ARGP_KEY_ARG:
		if (wish->name != NULL)
			argp_error(state, "one name at a time");
		wish->name = argument;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state,
			   "what shall be inspected? The name of a stream or a port, or a surface's ID");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "NAME",
	.doc = "Tells everything of one stream, port or global surface: who has it, what it shows, its "
	       "buffers, its subscribers, "
	       "and the values beside the pixels of the newest frame.",
};

static int
run(const struct command *command, int argc, char **argv)
{
	struct inspect_wish wish = { .timeout_ms = 1000 };

	command_parse(command, argc, argv, &wish);
	if (!wish.stream && !wish.port && !wish.surface)
		wish.stream = wish.port = wish.surface = true;
	stop_listen();
	return inspect(&wish);
}

const struct command command_inspect = {
	.name = "inspect",
	.summary = "tell everything of one stream, port or surface",
	.argp = &argp,
	.run = run,
};
