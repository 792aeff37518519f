/* ls.c - `transom ls`: the streams, ports and global surfaces of this user. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command-list.h"
#include "complain.h"
#include "flag.h"
#include "interval.h"
#include "json.h"
#include "ls.h"
#include "stop.h"
#include "table.h"
#include "text.h"

enum { KEY_STREAMS = 256, KEY_PORTS, KEY_SURFACES, KEY_JSON, KEY_TIMEOUT };

int
ls_look(const struct ls_wish *wish, struct ls_view *ret)
{
	struct ls_view view = { 0 };
	int r = 0;

	if (wish->streams)
		r = stream_facts_gather(NULL, wish->timeout_ms, &view.streams);
	if (r == 0 && wish->ports)
		r = transom_name_list_create(&view.ports);
	if (r == 0 && wish->surfaces)
		r = surface_list_gather(&view.surfaces);
	if (r < 0) {
		ls_forget(&view);
		return complain_of(r, "the runtime directory cannot be read (see `transom doctor`)");
	}
	*ret = view;
	return EXIT_DONE;
}

void
ls_forget(struct ls_view *view)
{
	stream_facts_free(&view->streams);
	view->ports = transom_name_list_unref(view->ports);
	surface_list_free(&view->surfaces);
}

static const char *
describe_stream(const struct stream_facts *facts, char text[TEXT_SIZE])
{
	if (facts->error == -ETIMEDOUT)
		return "does not answer";
	if (facts->error != 0)
		return transom_error_name(facts->error);
	if (facts->status.head == 0)
		return "no frame yet";
	return text_shape(facts->status.geometry.width, facts->status.geometry.height,
			  facts->status.geometry.format, text);
}

static void
print_streams(const struct stream_facts_list *list, FILE *where)
{
	static const char *const heads[] = { "STREAM",       ">FPS",        "SHOWS",
					     ">SUBSCRIBERS", ">MEMORY",     ">PID",
					     "COMMAND",      "DESCRIPTION", NULL };
	struct table *table = table_create(heads);

	for (size_t i = 0; i < list->count; i++) {
		const struct stream_facts *s = &list->streams[i];
		char shape[TEXT_SIZE], rate[TEXT_SIZE], memory[TEXT_SIZE], readers[TEXT_SIZE], pid[TEXT_SIZE];

		snprintf(readers, sizeof(readers), "%" PRIu32, s->status.statistics.subscribers);
		snprintf(pid, sizeof(pid), "%" PRId32, s->pid);
		table_add(table, s->name, text_rate(s->rate, rate), describe_stream(s, shape),
			  s->error != 0 ? "-" : readers,
			  s->error != 0 ? "-" : text_bytes(s->status.memory, memory), pid, s->command,
			  s->description);
	}
	table_print(table, where);
}

static void
print_ports(const struct transom_name_list *ports, FILE *where)
{
	static const char *const heads[] = { "PORT", ">PID", "COMMAND", NULL };
	struct table *table = table_create(heads);

	for (size_t i = 0; i < transom_name_list_get_count(ports); i++) {
		const int32_t pid = transom_name_list_get_pid(ports, i);
		char command[PROCESS_COMMAND_SIZE], number[TEXT_SIZE];

		process_get_command(pid, command, sizeof(command));
		snprintf(number, sizeof(number), "%" PRId32, pid);
		table_add(table, transom_name_list_get_name(ports, i), number, command);
	}
	table_print(table, where);
}

static void
print_surfaces(const struct surface_list *list, FILE *where)
{
	static const char *const heads[] = { "SURFACE", "NAME", "SHOWS",   ">USES",
					     ">MEMORY", ">PID", "COMMAND", NULL };
	struct table *table = table_create(heads);

	for (size_t i = 0; i < list->count; i++) {
		const struct surface_entry *s = &list->surfaces[i];
		char id[TEXT_SIZE], shape[TEXT_SIZE], uses[TEXT_SIZE], memory[TEXT_SIZE], pid[TEXT_SIZE];

		snprintf(id, sizeof(id), "%08" PRIx32, s->id);
		snprintf(uses, sizeof(uses), "%d", s->uses);
		snprintf(pid, sizeof(pid), "%" PRId32, s->pid);
		table_add(table, id, s->name,
			  s->error != 0 ? transom_error_name(s->error)
					: text_shape(s->geometry.width, s->geometry.height,
						     s->geometry.format, shape),
			  s->uses < 0 ? "-" : uses,
			  s->error != 0 ? "-" : text_bytes(s->geometry.allocation_size, memory), pid,
			  s->command);
	}
	table_print(table, where);
}

static void
print_names(const struct ls_view *view, FILE *where)
{
	for (size_t i = 0; i < view->streams.count; i++)
		fprintf(where, "%s\n", view->streams.streams[i].name);
	for (size_t i = 0; i < transom_name_list_get_count(view->ports); i++)
		fprintf(where, "%s\n", transom_name_list_get_name(view->ports, i));
	for (size_t i = 0; i < view->surfaces.count; i++)
		fprintf(where, "%08" PRIx32 "\n", view->surfaces.surfaces[i].id);
}

void
ls_print(const struct ls_wish *wish, const struct ls_view *view, FILE *where)
{
	const size_t ports = transom_name_list_get_count(view->ports);

	if (wish->quiet) {
		print_names(view, where);
		return;
	}
	print_streams(&view->streams, where);
	if (view->streams.count > 0 && ports > 0)
		fputc('\n', where);
	print_ports(view->ports, where);
	if (view->streams.count + ports > 0 && view->surfaces.count > 0)
		fputc('\n', where);
	print_surfaces(&view->surfaces, where);
	if (view->streams.count + ports + view->surfaces.count == 0 && where == stdout)
		remark("there is nothing");
}

static json_t *
make_ports(const struct transom_name_list *ports)
{
	json_t *json = json_array();

	for (size_t i = 0; i < transom_name_list_get_count(ports); i++) {
		const int32_t pid = transom_name_list_get_pid(ports, i);
		char command[PROCESS_COMMAND_SIZE];

		process_get_command(pid, command, sizeof(command));
		json_array_append_new(json, json_pack("{s:o, s:I, s:o}", "name",
						      json_text(transom_name_list_get_name(ports, i)), "pid",
						      (json_int_t)pid, "command", json_text(command)));
	}
	return json;
}

static json_t *
make_json(const struct ls_wish *wish, const struct ls_view *view)
{
	json_t *json = json_object(), *streams = json_array();

	for (size_t i = 0; i < view->streams.count; i++)
		json_array_append_new(streams, stream_facts_to_json(&view->streams.streams[i], false));
	if (wish->streams)
		json_object_set(json, "streams", streams);
	json_decref(streams);
	if (wish->ports)
		json_object_set_new(json, "ports", make_ports(view->ports));
	if (wish->surfaces)
		json_object_set_new(json, "surfaces", surface_list_to_json(&view->surfaces));
	return json;
}

/* A rate takes two looks. */
static int
look_twice(const struct ls_wish *wish, struct ls_view *ret)
{
	struct ls_view before;
	int r = ls_look(wish, &before);

	if (r != EXIT_DONE)
		return r;
	if (wish->quiet || wish->interval_ms == 0 || before.streams.count == 0) {
		*ret = before;
		return EXIT_DONE;
	}
	stop_wait(-1, wish->interval_ms);
	r = ls_look(wish, ret);
	if (r == EXIT_DONE)
		stream_facts_compare(&ret->streams, &before.streams);
	ls_forget(&before);
	return r;
}

static int
list(const struct ls_wish *wish)
{
	struct ls_view view;
	int r = look_twice(wish, &view);

	if (r != EXIT_DONE)
		return r;
	if (wish->json)
		r = json_print(make_json(wish, &view));
	else
		ls_print(wish, &view, stdout);
	ls_forget(&view);
	return r;
}

static const struct argp_option options[] = {
	{ "streams", KEY_STREAMS, NULL, 0, "List streams.", 0 },
	{ "ports", KEY_PORTS, NULL, 0, "List ports.", 0 },
	{ "surfaces", KEY_SURFACES, NULL, 0, "List global surfaces. Without any of these three: all.", 0 },
	{ "watch", 'w', NULL, 0,
	  "Go on: on a terminal the list is kept up to date, into a pipe goes a line for each change.", 0 },
	{ "interval", 'i', "SECONDS", 0,
	  "Measure frame rates for so long (0.5), and look so often with --watch (1). 0: no rates.", 0 },
	{ "timeout", KEY_TIMEOUT, "SECONDS", 0, "Wait so long for a publisher to answer (1).", 0 },
	{ "json", KEY_JSON, NULL, 0, "Print JSON: one object, or with --watch one a change.", 0 },
	{ "quiet", 'q', NULL, 0, "Print names alone.", 0 },
	{ 0 },
};

static const struct flag flags[] = {
	{ KEY_STREAMS, offsetof(struct ls_wish, streams) },
	{ KEY_PORTS, offsetof(struct ls_wish, ports) },
	{ KEY_SURFACES, offsetof(struct ls_wish, surfaces) },
	{ 'w', offsetof(struct ls_wish, watch) },
	{ KEY_JSON, offsetof(struct ls_wish, json) },
	{ 'q', offsetof(struct ls_wish, quiet) },
	{ 0 },
};

static error_t
parse(int key, char *argument, struct argp_state *state)
{
	struct ls_wish *wish = state->input;

	if (flag_set(flags, key, wish))
		return 0;
	switch (key) {
	case 'i':
		wish->interval_ms = interval_parse(state, "--interval", argument, 0, 3600);
		return 0;
	case KEY_TIMEOUT:
		wish->timeout_ms = interval_parse(state, "--timeout", argument, 0.001, 3600);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "\"%s\" is too much: names are for `transom inspect`", argument);
		return 0;
	case ARGP_KEY_END:
		if (wish->watch && wish->interval_ms == 0)
			argp_error(state, "--watch needs an interval");
		if (wish->watch && wish->quiet)
			argp_error(state, "--watch and --quiet exclude each other");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Lists the streams, ports and global surfaces of this user that living processes have: size, "
	       "format, frames a "
	       "second, subscribers, memory, process.",
};

static int
run(const struct command *command, int argc, char **argv)
{
	struct ls_wish wish = { .interval_ms = -1, .timeout_ms = 1000 };

	command_parse(command, argc, argv, &wish);
	if (wish.quiet)
		complain_quietly();
	if (!wish.streams && !wish.ports && !wish.surfaces)
		wish.streams = wish.ports = wish.surfaces = true;
	if (wish.interval_ms < 0)
		wish.interval_ms = wish.watch ? 1000 : 500;
	stop_listen();
	return wish.watch ? ls_watch(&wish) : list(&wish);
}

const struct command command_ls = {
	.name = "ls",
	.summary = "list streams, ports and global surfaces",
	.argp = &argp,
	.run = run,
};
