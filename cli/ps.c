/* ps.c - `transom ps`: which processes hold which surfaces, so that a leak has a name. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command-list.h"
#include "complain.h"
#include "flag.h"
#include "json.h"
#include "ps-scan.h"
#include "table.h"
#include "text.h"

enum { KEY_JSON = 256, KEY_ORPHANS, KEY_USED };

struct wish {
	int32_t pid; /* 0: all */
	bool orphans, used, json, quiet;
};

static bool
is_held_by(const struct ps_surface *surface, int32_t pid)
{
	for (size_t i = 0; i < surface->holder_count; i++)
		if (surface->holders[i].pid == pid)
			return true;
	return false;
}

static bool
is_wished(const struct wish *wish, const struct ps_surface *surface)
{
	return (wish->pid == 0 || is_held_by(surface, wish->pid)) &&
	       (!wish->orphans || !ps_surface_has_maker(surface)) && (!wish->used || surface->uses != 0);
}

static void
describe_role(const struct ps_surface *surface, const struct ps_holder *holder, char text[TEXT_SIZE])
{
	snprintf(text, TEXT_SIZE, "%s%s%s", holder->pid == surface->maker ? "made it" : "",
		 holder->pid == surface->maker && holder->claims ? ", " : "",
		 holder->claims ? "claims it" : "");
}

static void
print_holders(const struct ps_surface *surface)
{
	static const char *const heads[] = { "", ">PID", "COMMAND", ">USES", ">FDS", ">MAPPINGS", "", NULL };
	struct table *table = table_create(heads);
	const int elsewhere = ps_surface_count_elsewhere(surface);
	char words[5][TEXT_SIZE];

	for (size_t i = 0; i < surface->holder_count; i++) {
		const struct ps_holder *h = &surface->holders[i];

		snprintf(words[0], TEXT_SIZE, "%" PRId32, h->pid);
		snprintf(words[1], TEXT_SIZE, "%u", h->uses);
		snprintf(words[2], TEXT_SIZE, "%u", h->descriptors);
		snprintf(words[3], TEXT_SIZE, "%u", h->mappings);
		describe_role(surface, h, words[4]);
		table_add(table, "", words[0], h->command, words[1], words[2], words[3], words[4]);
	}
	if (elsewhere > 0) {
		snprintf(words[1], TEXT_SIZE, "%d", elsewhere);
		table_add(table, "", "?", "in flight, or in processes that cannot be looked into", words[1],
			  "?", "?", "");
	}
	table_print(table, stdout);
}

static void
print_surface(const struct ps_surface *surface)
{
	char shape[TEXT_SIZE], bytes[TEXT_SIZE], uses[TEXT_SIZE];

	printf("surface %08" PRIx32 "%s%s%s, %s, %s, %s", surface->id, surface->name[0] != '\0' ? " \"" : "",
	       surface->name, surface->name[0] != '\0' ? "\"" : "",
	       text_shape(surface->geometry.width, surface->geometry.height, surface->geometry.format, shape),
	       text_bytes(surface->geometry.allocation_size, bytes),
	       surface->uses < 0    ? "uses unknown"
	       : surface->uses == 0 ? "not in use"
				    : text_count((uint64_t)surface->uses, "use", uses));
	if (!ps_surface_has_maker(surface))
		printf("; its maker, process %" PRId32 ", is gone or does not have it any more",
		       surface->maker);
	putchar('\n');
	print_holders(surface);
	putchar('\n');
}

static json_t *
make_holder(const struct ps_surface *surface, const struct ps_holder *holder)
{
	return json_pack("{s:I, s:I, s:o, s:I, s:I, s:I, s:I, s:b, s:b}", "pid", (json_int_t)holder->pid,
			 "uid", (json_int_t)holder->uid, "command", json_text(holder->command), "uses",
			 (json_int_t)holder->uses, "copies", (json_int_t)holder->copies, "descriptors",
			 (json_int_t)holder->descriptors, "mappings", (json_int_t)holder->mappings, "claims",
			 (int)holder->claims, "maker", holder->pid == surface->maker);
}

static json_t *
make_surface(const struct ps_surface *surface)
{
	const int elsewhere = ps_surface_count_elsewhere(surface);
	json_t *json = json_geometry(&surface->geometry), *holders = json_array();
	char id[16];

	snprintf(id, sizeof(id), "%08" PRIx32, surface->id);
	for (size_t i = 0; i < surface->holder_count; i++)
		json_array_append_new(holders, make_holder(surface, &surface->holders[i]));
	json_object_set_new(json, "id", json_string(id));
	json_object_set_new(json, "name", json_text(surface->name));
	json_object_set_new(json, "inode", json_number(surface->inode));
	json_object_set_new(json, "maker", json_integer(surface->maker));
	json_object_set_new(json, "orphan", json_boolean(!ps_surface_has_maker(surface)));
	json_object_set_new(json, "uses", surface->uses < 0 ? json_null() : json_integer(surface->uses));
	json_object_set_new(json, "elsewhere", elsewhere < 0 ? json_null() : json_integer(elsewhere));
	json_object_set_new(json, "holders", holders);
	return json;
}

static int
print_json(const struct wish *wish, const struct ps_scan *scan)
{
	json_t *surfaces = json_array();

	for (size_t i = 0; i < scan->count; i++)
		if (is_wished(wish, &scan->surfaces[i]))
			json_array_append_new(surfaces, make_surface(&scan->surfaces[i]));
	return json_print(json_pack("{s:o, s:I}", "surfaces", surfaces, "unreadable_processes",
				    (json_int_t)scan->unreadable));
}

static void
print(const struct wish *wish, const struct ps_scan *scan)
{
	uint64_t bytes = 0, count = 0;
	char words[2][TEXT_SIZE];

	for (size_t i = 0; i < scan->count; i++) {
		if (!is_wished(wish, &scan->surfaces[i]))
			continue;
		if (wish->quiet)
			printf("%08" PRIx32 "\n", scan->surfaces[i].id);
		else
			print_surface(&scan->surfaces[i]);
		count++;
		bytes += scan->surfaces[i].geometry.allocation_size;
	}
	if (!wish->quiet)
		printf("%s, %s of pixels\n", text_count(count, "surface", words[0]),
		       text_bytes(bytes, words[1]));
	if (scan->unreadable > 0)
		remark("%u processes of other users cannot be looked into; root can", scan->unreadable);
}

static const struct argp_option options[] = {
	{ "pid", 'p', "PID", 0, "Only surfaces that this process holds.", 0 },
	{ "used", KEY_USED, NULL, 0, "Only surfaces that somebody uses.", 0 },
	{ "orphans", KEY_ORPHANS, NULL, 0,
	  "Only surfaces whose maker is gone or has dropped them: what keeps them is a reader, or a leak.",
	  0 },
	{ "json", KEY_JSON, NULL, 0, "Print one JSON object.", 0 },
	{ "quiet", 'q', NULL, 0, "Print IDs alone.", 0 },
	{ 0 },
};

static int32_t
parse_pid(struct argp_state *state, const char *text)
{
	const long pid = strlen(text) <= 9 ? strtol(text, NULL, 10) : 0;

	if (strspn(text, "0123456789") != strlen(text) || pid <= 0)
		argp_error(state, "--pid takes the number of a process, not \"%s\"", text);
	return (int32_t)pid;
}

static const struct flag flags[] = {
	{ KEY_USED, offsetof(struct wish, used) },
	{ KEY_ORPHANS, offsetof(struct wish, orphans) },
	{ KEY_JSON, offsetof(struct wish, json) },
	{ 'q', offsetof(struct wish, quiet) },
	{ 0 },
};

static error_t
parse(int key, char *argument, struct argp_state *state)
{
	struct wish *wish = state->input;

	if (flag_set(flags, key, wish))
		return 0;
	switch (key) {
	case 'p':
		wish->pid = parse_pid(state, argument);
		return 0;
	case ARGP_KEY_ARG:
		flag_refuse_word(state, argument);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Tells which processes hold which surfaces: uses (a process's use of the surface, and rights "
	       "in its hands), "
	       "descriptors and mappings. Who uses a surface keeps its pool from drawing into it again.",
};

static int
run(const struct command *command, int argc, char **argv)
{
	struct wish wish = { 0 };
	struct ps_scan scan;
	int r;

	command_parse(command, argc, argv, &wish);
	if (wish.quiet)
		complain_quietly();
	r = ps_scan_create(&scan);
	if (r < 0)
		return complain_of(r, "there is no procfs to look into");
	r = EXIT_DONE;
	if (wish.json)
		r = print_json(&wish, &scan);
	else
		print(&wish, &scan);
	ps_scan_free(&scan);
	return r;
}

const struct command command_ps = {
	.name = "ps",
	.summary = "tell which processes hold which surfaces",
	.argp = &argp,
	.run = run,
};
