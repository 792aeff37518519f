/* surface-list.c - finds the global surfaces of this user: a folder of links that are named by their IDs. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "memory.h"
#include "runtime-directory.h"
#include "surface-list.h"
#include "text.h"

enum { DIGITS = 8 };

static int32_t
read_maker(DIR *folder, const char *id)
{
	char target[64];
	int pid = 0;
	ssize_t n;

	n = readlinkat(dirfd(folder), id, target, sizeof(target) - 1);
	if (n < 0)
		return 0;
	target[n] = '\0';
	return sscanf(target, "/proc/%d/", &pid) == 1 && pid > 0 ? pid : 0;
}

static void
describe(struct transom_surface *surface, struct surface_entry *entry)
{
	transom_surface_get_geometry(surface, &entry->geometry);
	transom_surface_get_name(surface, entry->name, sizeof(entry->name));
	text_make_plain(entry->name); /* anyone's word */
	entry->uses = transom_surface_count_uses(surface);
}

/* False if it is not there any more. */
static bool
fill(DIR *folder, const char *id, struct surface_entry *entry)
{
	struct transom_surface *surface;

	*entry = (struct surface_entry){ .id = (uint32_t)strtoul(id, NULL, 16), .uses = -1 };
	entry->pid = read_maker(folder, id);
	process_get_command(entry->pid, entry->command, sizeof(entry->command));
	entry->error = transom_surface_look_up_id(entry->id, &surface);
	if (entry->error == 0) {
		describe(surface, entry);
		transom_surface_unref(surface);
	}
	return entry->error != -ENOENT;
}

static int
compare(const void *a, const void *b)
{
	const struct surface_entry *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static bool
is_id(const char *name)
{
	return strlen(name) == DIGITS && strspn(name, "0123456789abcdef") == DIGITS;
}

/* The library looks the same folder up by itself, and trusts it or not. */
int
surface_list_gather(struct surface_list *ret)
{
	char path[PATH_MAX], folder[PATH_MAX + 16];
	struct surface_list list = { 0 };
	struct dirent *found;
	DIR *directory;

	if (!runtime_directory_find(path, sizeof(path)))
		return -ENXIO;
	snprintf(folder, sizeof(folder), "%s/surfaces", path);
	directory = opendir(folder);
	if (directory == NULL && errno != ENOENT)
		return -errno;
	while (directory != NULL && (found = readdir(directory)) != NULL) {
		if (!is_id(found->d_name))
			continue;
		list.surfaces = memory_grow(list.surfaces, list.count + 1, sizeof(*list.surfaces));
		list.count += fill(directory, found->d_name, &list.surfaces[list.count]);
	}
	if (directory != NULL)
		closedir(directory);
	if (list.count > 0)
		qsort(list.surfaces, list.count, sizeof(*list.surfaces), compare);
	*ret = list;
	return 0;
}

void
surface_list_free(struct surface_list *list)
{
	free(list->surfaces);
	*list = (struct surface_list){ 0 };
}

static json_t *
make_entry(const struct surface_entry *entry)
{
	json_t *json, *geometry;
	char id[16];

	snprintf(id, sizeof(id), "%08x", entry->id);
	json = json_pack("{s:s, s:I, s:o}", "id", id, "pid", (json_int_t)entry->pid, "command",
			 json_text(entry->command));
	if (entry->error != 0) {
		json_object_set_new(json, "error", json_string(transom_error_name(entry->error)));
		return json;
	}
	geometry = json_geometry(&entry->geometry);
	json_object_update(json, geometry);
	json_decref(geometry);
	json_object_set_new(json, "name", json_text(entry->name));
	json_object_set_new(json, "uses", entry->uses < 0 ? json_null() : json_integer(entry->uses));
	return json;
}

json_t *
surface_list_to_json(const struct surface_list *list)
{
	json_t *json = json_array();

	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(json, make_entry(&list->surfaces[i]));
	return json;
}
