/* ls-watch.c - `transom ls --watch`: a list that is kept up to date, or a line for each change. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <transom/stream.h>

#include "complain.h"
#include "json.h"
#include "ls.h"
#include "screen.h"
#include "stop.h"

struct watches {
	struct transom_name_watch *streams, *ports; /* NULL: not wished for */
};

static int
open_watches(const struct ls_wish *wish, struct watches *ret)
{
	int r = 0;

	*ret = (struct watches){ 0 };
	if (wish->streams)
		r = transom_stream_watch_create(&ret->streams);
	if (r == 0 && wish->ports)
		r = transom_name_watch_create(&ret->ports);
	return r < 0 ? complain_of(r, "the names cannot be watched (see `transom doctor`)") : EXIT_DONE;
}

static void
close_watches(struct watches *watches)
{
	transom_name_watch_unref(watches->streams);
	transom_name_watch_unref(watches->ports);
}

/* Until there is news, or it is time for another look: 0; -EINTR asked to stop; -EPIPE nobody reads what is printed any more. */
static int
wait_for_news(const struct watches *watches, int timeout_ms)
{
	struct pollfd wait[4] = {
		{ .fd = stop_get_fd(), .events = POLLIN },
		{ .fd = watches->streams != NULL ? transom_name_watch_get_fd(watches->streams) : -1,
		  .events = POLLIN },
		{ .fd = watches->ports != NULL ? transom_name_watch_get_fd(watches->ports) : -1,
		  .events = POLLIN },
		{ .fd = STDOUT_FILENO } /* errors alone */
	};

	poll(wait, 4, timeout_ms);
	if (stop_is_asked())
		return -EINTR;
	return (wait[3].revents & (POLLERR | POLLHUP)) != 0 ? -EPIPE : 0;
}

/* Into a pipe */

static const char *
get_word(uint32_t change)
{
	return change == TRANSOM_NAME_APPEARED   ? "appeared"
	       : change == TRANSOM_NAME_VANISHED ? "vanished"
	       : change == TRANSOM_NAME_RENAMED  ? "renamed"
						 : "changed";
}

static int
print_change(bool json, const char *kind, uint32_t change, const char *name, int32_t pid, const char *words)
{
	static const char marks[] = " +-~";
	char command[PROCESS_COMMAND_SIZE];

	process_get_command(change == TRANSOM_NAME_VANISHED ? 0 : pid, command, sizeof(command));
	if (json)
		return json_print(json_pack("{s:s, s:s, s:o, s:I, s:o, s:o}", "event", get_word(change),
					    "kind", kind, "name", json_text(name), "pid", (json_int_t)pid,
					    "command", json_text(command), "description", json_text(words)));
	printf("%c %s %s", marks[change & 3], kind, name);
	if (change != TRANSOM_NAME_VANISHED)
		printf(" %" PRId32 " %s%s%s", pid, command, words[0] != '\0' ? ": " : "", words);
	putchar('\n');
	return fflush(stdout) == 0 ? EXIT_DONE : complain(EXIT_FAILED, "the output could not be written");
}

static int
print_both_names(bool json, const char *kind, const char *before, const struct transom_name_event *event)
{
	char command[PROCESS_COMMAND_SIZE];

	process_get_command(event->pid, command, sizeof(command));
	if (json)
		return json_print(json_pack("{s:s, s:s, s:o, s:o, s:I, s:o, s:o}", "event",
					    get_word(TRANSOM_NAME_RENAMED), "kind", kind, "name",
					    json_text(event->name), "before", json_text(before), "pid",
					    (json_int_t)event->pid, "command", json_text(command),
					    "description", json_text(event->description)));
	printf("> %s %s -> %s\n", kind, before, event->name);
	return EXIT_DONE;
}

/* Who looks for names alone finds them: the old one that has gone, and the new one. */
static int
print_renamed(bool json, const char *kind, const char *before, const struct transom_name_event *event)
{
	int code = print_both_names(json, kind, before, event);

	if (code == EXIT_DONE)
		code = print_change(json, kind, TRANSOM_NAME_VANISHED, before, event->pid,
				    event->description);
	if (code == EXIT_DONE)
		code = print_change(json, kind, TRANSOM_NAME_APPEARED, event->name, event->pid,
				    event->description);
	return code;
}

static int
print_names(const struct ls_wish *wish, const char *kind, struct transom_name_watch *watch)
{
	char before[TRANSOM_NAME_MAX + 8];
	struct transom_name_event event;
	int r = 0, code = EXIT_DONE;

	while (watch != NULL && code == EXIT_DONE &&
	       (r = transom_name_watch_next_with_renames(watch, 0, &event, before)) == 0)
		code = event.change == TRANSOM_NAME_RENAMED
			       ? print_renamed(wish->json, kind, before, &event)
			       : print_change(wish->json, kind, event.change, event.name, event.pid,
					      event.description);
	if (r < 0 && r != -EAGAIN)
		return complain_of(r, "the names can no longer be watched");
	return code;
}

static bool
has(const struct surface_list *list, uint32_t id)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->surfaces[i].id == id)
			return true;
	return false;
}

static int
print_surfaces_of(const struct ls_wish *wish, uint32_t change, const struct surface_list *there,
		  const struct surface_list *not_there)
{
	int code = EXIT_DONE;

	for (size_t i = 0; i < there->count && code == EXIT_DONE; i++) {
		const struct surface_entry *s = &there->surfaces[i];
		char id[16];

		snprintf(id, sizeof(id), "%08" PRIx32, s->id);
		if (!has(not_there, s->id))
			code = print_change(wish->json, "surface", change, id, s->pid, s->name);
	}
	return code;
}

/* Nothing tells of surfaces: they are looked for anew each time. */
static int
print_surfaces(const struct ls_wish *wish, struct surface_list *before)
{
	struct surface_list now;
	int r, code;

	if (!wish->surfaces)
		return EXIT_DONE;
	r = surface_list_gather(&now);
	if (r < 0)
		return complain_of(r, "the surfaces cannot be listed");
	code = print_surfaces_of(wish, TRANSOM_NAME_VANISHED, before, &now);
	if (code == EXIT_DONE)
		code = print_surfaces_of(wish, TRANSOM_NAME_APPEARED, &now, before);
	surface_list_free(before);
	*before = now;
	return code;
}

static int
print_changes(const struct ls_wish *wish, const struct watches *watches)
{
	struct surface_list surfaces = { 0 };
	int code, r = 0;

	do {
		code = print_names(wish, "stream", watches->streams);
		if (code == EXIT_DONE)
			code = print_names(wish, "port", watches->ports);
		if (code == EXIT_DONE)
			code = print_surfaces(wish, &surfaces);
		if (code == EXIT_DONE)
			r = wait_for_news(watches, wish->surfaces ? wish->interval_ms : -1);
	} while (code == EXIT_DONE && r == 0);
	surface_list_free(&surfaces);
	return r == -EPIPE ? EXIT_ENDED : code; /* who has found what he looked for needs no sentence */
}

/* On a terminal */

static void
swallow(struct transom_name_watch *watch)
{
	struct transom_name_event event;

	while (watch != NULL && transom_name_watch_next(watch, 0, &event) == 0)
		;
}

static void
show(const struct ls_wish *wish, const struct ls_view *view)
{
	char *text = NULL;
	size_t size = 0;
	FILE *where = open_memstream(&text, &size);

	if (where == NULL)
		return;
	ls_print(wish, view, where);
	if (ftell(where) == 0)
		fputs("there is nothing\n", where);
	fclose(where);
	screen_show(text);
	free(text);
}

static int
keep_showing(const struct ls_wish *wish, const struct watches *watches)
{
	struct ls_view before = { 0 }, now;
	int code = EXIT_DONE;

	screen_enter();
	do {
		swallow(watches->streams);
		swallow(watches->ports);
		code = ls_look(wish, &now);
		if (code != EXIT_DONE)
			break;
		stream_facts_compare(&now.streams, &before.streams);
		show(wish, &now);
		ls_forget(&before);
		before = now;
	} while (wait_for_news(watches, wish->interval_ms) == 0);
	ls_forget(&before);
	screen_leave();
	return code;
}

int
ls_watch(const struct ls_wish *wish)
{
	struct watches watches;
	int code = open_watches(wish, &watches);

	if (code == EXIT_DONE)
		code = !wish->json && screen_is_there() ? keep_showing(wish, &watches)
							: print_changes(wish, &watches);
	close_watches(&watches);
	return code;
}
