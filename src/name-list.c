/* name-list.c - the names of a folder at one moment; what becomes of them is name-watch.c's. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd-private.h"
#include "lock-private.h"
#include "name-list-private.h"
#include "runtime-directory-private.h"

enum {
	/* How often a folder is read at most in which names are changed all the time. */
	MOST_LISTS = 16,
};

static void
free_list(struct transom_name_list *list)
{
	if (list)
		free(list->entries);
	free(list);
}

static int
compare_entries(const void *a, const void *b)
{
	return strcmp(((const struct name_entry *)a)->name, ((const struct name_entry *)b)->name);
}

/*
 * Whether the owner of a name lives; then what it says of itself goes to @ret. What this process lacks for
 * looking is an error: no name may seem to be gone because of it.
 */
static int
is_alive(int folder, const char *name, struct name_owner *ret)
{
	char file[NAME_MAX + 8];
	bool alive;
	int fd;

	snprintf(file, sizeof(file), ".%s.lock", name);
	fd = TEMP_FAILURE_RETRY(openat(folder, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
	if (fd < 0)
		return errno == EMFILE || errno == ENFILE || errno == ENOMEM ? -errno : 0;
	alive = lock_byte_is_held(fd, 0) == 1;
	if (alive)
		name_owner_read(fd, ret);
	fd_close(fd);
	return alive;
}

/* Whether the socket of a name that was looked at is no longer there: its owner has given it up, or changed its name. */
static bool
has_gone(int folder, const char *name, ino_t inode)
{
	struct stat st;

	return fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || st.st_ino != inode;
}

static int
add_entry(struct transom_name_list *list, int folder, const char *name)
{
	struct name_entry entry = { .inode = 0 };
	struct stat st;
	int alive;

	if (name_check(name) < 0)
		return 0;
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		list->torn = true;
		return errno == ENOMEM ? -ENOMEM : 0;
	}
	if (!S_ISSOCK(st.st_mode))
		return 0;
	alive = is_alive(folder, name, &entry.owner);
	if (alive == 0 && has_gone(folder, name, st.st_ino))
		list->torn = true;
	if (alive <= 0)
		return alive;
	if (list->count == list->room) {
		size_t room = list->room ? 2 * list->room : 16;
		struct name_entry *grown = reallocarray(list->entries, room, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		list->entries = grown;
		list->room = room;
	}
	memcpy(entry.name, name, strlen(name) + 1); /* name_check() has seen its length */
	entry.inode = st.st_ino;
	entry.made = st.st_ctim;
	list->entries[list->count++] = entry;
	return 0;
}

static int
fill_list(struct transom_name_list *list, int folder)
{
	struct dirent *found;
	DIR *directory;
	int copy = -1, r;

	/* A description of its own: where the reading stands belongs to it. */
	copy = TEMP_FAILURE_RETRY(openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (copy < 0)
		return errno == ENOENT ? 0 : -errno; /* somebody removed it: nobody has a name there */
	directory = fdopendir(copy);
	if (!directory) {
		r = -errno;
		fd_close(copy);
		return r;
	}
	r = 0;
	while (r == 0 && (errno = 0, found = readdir(directory)))
		r = add_entry(list, folder, found->d_name);
	if (r == 0 && errno)
		r = -errno;
	closedir(directory);
	if (list->count)
		qsort(list->entries, list->count, sizeof(*list->entries), compare_entries);
	return r;
}

/* As the folder is read, which is not at one moment. */
static int
read_list(int folder, struct transom_name_list **ret)
{
	struct transom_name_list *list = calloc(1, sizeof(*list));
	int r;

	if (!list)
		return -ENOMEM;
	atomic_init(&list->references, 1);
	r = folder >= 0 ? fill_list(list, folder) : 0;
	if (r < 0) {
		free_list(list);
		return r;
	}
	*ret = list;
	return 0;
}

const struct name_entry *
name_list_find(const struct transom_name_list *list, const char *name)
{
	size_t from = 0, to = list->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int order = strcmp(list->entries[middle].name, name);

		if (order == 0)
			return &list->entries[middle];
		if (order < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return NULL;
}

static bool
is_identified(const struct name_entry *a, const struct name_entry *b)
{
	return a->inode == b->inode && a->owner.identity && a->owner.identity == b->owner.identity;
}

bool
name_list_is_same(const struct name_entry *a, const struct name_entry *b)
{
	return a->inode == b->inode && (!memcmp(&a->made, &b->made, sizeof(a->made)) || is_identified(a, b));
}

const struct name_entry *
name_list_find_renamed(const struct transom_name_list *list, const struct name_entry *entry)
{
	for (size_t i = 0; i < list->count; i++)
		if (&list->entries[i] != entry && is_identified(&list->entries[i], entry))
			return &list->entries[i];
	return NULL;
}

/*
 * Whether a name may have been changed while the list was read: then it is in it twice, or, unlike in the one
 * before, not at all.
 */
static bool
is_torn(const struct transom_name_list *list, const struct transom_name_list *before)
{
	for (size_t i = 0; i < before->count; i++) {
		const struct name_entry *old = &before->entries[i], *new = name_list_find(list, old->name);

		if ((!new || !name_list_is_same(old, new)) && !name_list_find_renamed(list, old))
			return true;
	}
	for (size_t i = 0; i < list->count; i++) {
		const struct name_entry *new = &list->entries[i], *old = name_list_find(before, new->name);

		if ((!old || !name_list_is_same(old, new)) && name_list_find_renamed(list, new))
			return true;
	}
	return false;
}

/*
 * A list that was begun after a change has it, so those whose owners have died cost one list more. One in which a name
 * went while it was looked at proves nothing of it: it may have another name by now.
 */
int
name_list_take(int folder, const struct transom_name_list *before, struct transom_name_list **ret)
{
	struct transom_name_list *last = NULL, *list;
	bool torn = true;

	for (int i = 0; i < MOST_LISTS && torn; i++) {
		int r = read_list(folder, &list);

		if (r < 0) {
			transom_name_list_unref(last);
			return r;
		}
		torn = list->torn || is_torn(list, last ? last : before);
		transom_name_list_unref(last);
		last = list;
	}
	*ret = last;
	return 0;
}

int
name_list_create(const char *folder, struct transom_name_list **ret)
{
	struct transom_name_list *first;
	int directory = -1, r;

	if (!ret)
		return -EINVAL;
	r = runtime_directory_open(folder, false, &directory);
	if (r < 0 && r != -ENOENT)
		return r;
	r = read_list(directory, &first);
	if (r == 0) {
		r = name_list_take(directory, first, ret);
		transom_name_list_unref(first);
	}
	fd_close(directory);
	return r;
}

int
name_list_create_empty(struct transom_name_list **ret)
{
	return read_list(-1, ret);
}

struct transom_name_list *
transom_name_list_ref(struct transom_name_list *list)
{
	if (list)
		atomic_fetch_add_explicit(&list->references, 1, memory_order_relaxed);
	return list;
}

struct transom_name_list *
transom_name_list_unref(struct transom_name_list *list)
{
	if (list && atomic_fetch_sub_explicit(&list->references, 1, memory_order_acq_rel) == 1)
		free_list(list);
	return NULL;
}

size_t
transom_name_list_get_count(const struct transom_name_list *list)
{
	return list ? list->count : 0;
}

const char *
transom_name_list_get_name(const struct transom_name_list *list, size_t index)
{
	return list && index < list->count ? list->entries[index].name : NULL;
}

int32_t
transom_name_list_get_pid(const struct transom_name_list *list, size_t index)
{
	return list && index < list->count ? list->entries[index].owner.pid : 0;
}

const char *
transom_name_list_get_description(const struct transom_name_list *list, size_t index)
{
	return list && index < list->count ? list->entries[index].owner.description : NULL;
}
