/* top.c - `transom top`: streams and their subscribers, live; and the same as text into a pipe. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "command-list.h"
#include "complain.h"
#include "interval.h"
#include "json.h"
#include "screen.h"
#include "stop.h"
#include "table.h"
#include "top.h"

enum { KEY_JSON = 256, SHORTEST_MS = 50 };

static void
print_table(const struct top_looks *looks)
{
	static const char *const heads[] = { "NAME",   ">PID",    ">FPS", ">DROPS", ">HELD",
					     ">WAITS", ">MEMORY", "WHAT", NULL };
	struct table *table = table_create(heads);
	struct top_rows rows;

	top_make_rows(looks, &rows);
	for (size_t i = 0; i < rows.count; i++) {
		const struct top_row *row = &rows.rows[i];

		table_add(table, row->name, row->pid, row->rate, row->drops, row->held, row->waits,
			  row->memory, row->rest);
	}
	table_print(table, stdout);
	top_free_rows(&rows);
}

static void
print_text(const struct top_looks *looks, struct latency *latency)
{
	struct latency_histogram histogram;
	char text[256];

	if (looks->now.count == 0)
		puts("no streams");
	print_table(looks);
	if (latency != NULL) {
		latency_read(latency, &histogram);
		latency_summarize(&histogram, text, sizeof(text));
		printf("latency of %s: %s\n", latency_get_name(latency), text);
	}
	putchar('\n');
}

static json_t *
make_json(const struct top_looks *looks, struct latency *latency)
{
	struct latency_histogram histogram;
	json_t *streams = json_array(), *json;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	for (size_t i = 0; i < looks->now.count; i++)
		json_array_append_new(streams, stream_facts_to_json(&looks->now.streams[i], true));
	json = json_pack("{s:f, s:o}", "time", (double)now.tv_sec + (double)now.tv_nsec / 1e9, "streams",
			 streams);
	if (latency != NULL) {
		latency_read(latency, &histogram);
		json_object_set_new(json, "latency", latency_to_json(&histogram));
	}
	return json;
}

static int
print_looks(const struct top_wish *wish, struct top_looks *looks, struct latency *latency)
{
	/* The first look has no rates yet: it is not shown. */
	for (int i = 0; wish->count == 0 || i <= wish->count; i++) {
		int r = top_look(wish, looks);

		if (r < 0)
			return complain_of(r, "the runtime directory cannot be read (see `transom doctor`)");
		if (i > 0 && wish->json && json_print(make_json(looks, latency)) != EXIT_DONE)
			return EXIT_FAILED;
		if (i > 0 && !wish->json)
			print_text(looks, latency);
		if (fflush(stdout) != 0)
			return complain(EXIT_FAILED, "the output could not be written");
		if ((wish->count == 0 || i < wish->count) && stop_wait(-1, wish->interval_ms) == -EINTR)
			break;
	}
	return EXIT_DONE;
}

int
top_print(const struct top_wish *wish)
{
	struct latency *latency = wish->name != NULL ? latency_create(wish->name) : NULL;
	struct top_looks looks = { 0 };
	int code = print_looks(wish, &looks, latency);

	latency_free(latency);
	top_forget(&looks);
	return code;
}

static const struct argp_option options[] = {
	{ "batch", 'b', NULL, 0, "Print table after table, as into a pipe.", 0 },
	{ "count", 'n', "NUMBER", 0, "End after so many tables.", 0 },
	{ "interval", 'i', "SECONDS", 0, "Look so often (1).", 0 },
	{ "sort", 's', "name|fps|drops|held|waits|memory|subscribers", 0,
	  "What streams are sorted by (name): numbers from the largest on.", 0 },
	{ "reverse", 'r', NULL, 0, "Sort the other way round.", 0 },
	{ "json", KEY_JSON, NULL, 0, "Print a JSON object a look, one a line.", 0 },
	{ 0 },
};

static enum top_key
parse_key(struct argp_state *state, const char *text)
{
	for (int i = 0; i < TOP_KEYS; i++)
		if (strcmp(top_key_names[i], text) == 0)
			return (enum top_key)i;
	argp_error(state, "streams cannot be sorted by \"%s\"", text);
	return TOP_NAME;
}

static error_t
parse(int key, char *argument, struct argp_state *state)
{
	struct top_wish *wish = state->input;

	switch (key) {
	case 'b':
		wish->batch = true;
		return 0;
	case 'n':
		wish->count = interval_parse_count(state, "--count", argument);
		return 0;
	case 'i':
		wish->interval_ms = interval_parse(state, "--interval", argument, SHORTEST_MS / 1e3, 3600);
		return 0;
	case 's':
		wish->key = parse_key(state, argument);
		return 0;
	case 'r':
		wish->reverse = true;
		return 0;
	case KEY_JSON:
		wish->json = wish->batch = true;
		return 0;
	case ARGP_KEY_ARG:
		if (wish->name != NULL)
			argp_error(state, "one stream's latency at a time");
		wish->name = argument;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[NAME]",
	.doc = "Shows streams and their subscribers, live: frames a second, frames dropped and held, how "
	       "often the publisher had "
	       "to wait, memory; and for the selected stream, or NAME, how long frames take from being "
	       "published to being "
	       "seen, which is measured by joining it."
	       "\vKeys: up and down select a stream, s sorts by the next column, r the other way round, l "
	       "shows or hides the "
	       "latency, c forgets what was measured, p pauses, + and - look more or less often, q quits.",
};

static int
check_name(const char *name)
{
	struct stream_facts_list list;
	int r = stream_facts_gather(name, 1000, &list);

	if (r == -ENOENT)
		return complain(EXIT_NOT_FOUND, "there is no stream \"%s\"; `transom ls` lists what there is",
				name);
	if (r < 0)
		return complain_of(r, "the runtime directory cannot be read (see `transom doctor`)");
	stream_facts_free(&list);
	return EXIT_DONE;
}

static int
run(const struct command *command, int argc, char **argv)
{
	struct top_wish wish = { .interval_ms = 1000 };
	int code = EXIT_DONE;

	command_parse(command, argc, argv, &wish);
	stop_listen();
	if (wish.name != NULL)
		code = check_name(wish.name);
	if (code != EXIT_DONE)
		return code;
	return wish.batch || wish.count > 0 || !screen_is_there() ? top_print(&wish) : top_show(&wish);
}

const struct command command_top = {
	.name = "top",
	.summary = "show streams and their subscribers, live",
	.argp = &argp,
	.run = run,
};
