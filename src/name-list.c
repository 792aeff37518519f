/* name-list.c - the names of a folder at one moment, and what becomes of them. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "deadline-private.h"
#include "fd-private.h"
#include "fork-private.h"
#include "lock-private.h"
#include "name-private.h"
#include "runtime-directory-private.h"

struct entry {
	char name[TRANSOM_NAME_MAX + 1];
	struct name_owner owner;
	/* The socket file: an owner that takes a name over makes a new one. */
	ino_t inode;
	struct timespec made;
};

struct transom_name_list {
	atomic_uint references;
	size_t count, room;
	struct entry *entries;
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
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
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

static int
add_entry(struct transom_name_list *list, int folder, const char *name)
{
	struct entry entry = { .inode = 0 };
	struct stat st;
	int alive;

	if (name_check(name) < 0)
		return 0;
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOMEM ? -ENOMEM : 0;
	if (!S_ISSOCK(st.st_mode))
		return 0;
	alive = is_alive(folder, name, &entry.owner);
	if (alive <= 0)
		return alive;
	if (list->count == list->room) {
		size_t room = list->room ? 2 * list->room : 16;
		struct entry *grown = reallocarray(list->entries, room, sizeof(*grown));

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

static int
create_from_folder(int folder, struct transom_name_list **ret)
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

int
name_list_create(const char *folder, struct transom_name_list **ret)
{
	int directory = -1, r;

	if (!ret)
		return -EINVAL;
	r = runtime_directory_open(folder, false, &directory);
	if (r < 0 && r != -ENOENT)
		return r;
	r = create_from_folder(directory, ret);
	fd_close(directory);
	return r;
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

/*
 * The watch. inotify tells when a socket appears or goes, when a lock file is written, and when it is
 * closed, which is how an owner dies. The kernel tells of that close just before it drops the lock, so
 * a look that finds nothing changed is repeated a few times.
 */
enum { RECHECKS = 5, RECHECK_NS = 1000000 };

struct transom_name_watch {
	unsigned generation;
	int folder, inotify, timer, epoll;
	int rechecks;
	struct transom_name_list *told, *now; /* what the caller knows, and what there is */
	size_t told_at, now_at; /* how far the two have been compared */
};

int
name_watch_create(const char *folder, struct transom_name_watch **ret)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct transom_name_watch *watch;
	char path[32];
	int r;

	if (!ret)
		return -EINVAL;
	watch = calloc(1, sizeof(*watch));
	if (!watch)
		return -ENOMEM;
	watch->generation = fork_generation();
	watch->folder = watch->inotify = watch->timer = watch->epoll = -1;
	r = runtime_directory_open(folder, true, &watch->folder);
	if (r < 0)
		goto fail;
	r = create_from_folder(-1, &watch->told);
	if (r < 0)
		goto fail;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", watch->folder);
	watch->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	watch->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	watch->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (watch->inotify < 0 || watch->timer < 0 || watch->epoll < 0 ||
	    epoll_ctl(watch->epoll, EPOLL_CTL_ADD, watch->inotify, &event) < 0 ||
	    epoll_ctl(watch->epoll, EPOLL_CTL_ADD, watch->timer, &event) < 0) {
		r = errno == ENOSPC ? -EMFILE : -errno; /* fs.epoll.max_user_watches */
		goto fail;
	}
	if (inotify_add_watch(watch->inotify, path,
			      IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MODIFY |
				      IN_CLOSE_WRITE) < 0) {
		r = errno == ENOENT ? -ENXIO : errno == ENOSPC ? -EMFILE : -errno;
		goto fail;
	}
	r = create_from_folder(watch->folder, &watch->now);
	if (r < 0)
		goto fail;
	/* The first events are there before any change: make the descriptor readable. */
	r = timerfd_settime(watch->timer, 0, &(struct itimerspec){ .it_value = { .tv_nsec = 1 } }, NULL);
	if (r < 0) {
		r = -errno;
		goto fail;
	}
	*ret = watch;
	return 0;
fail:
	transom_name_watch_unref(watch);
	return r;
}

struct transom_name_watch *
transom_name_watch_unref(struct transom_name_watch *watch)
{
	if (!watch)
		return NULL;
	fd_close(watch->epoll);
	fd_close(watch->timer);
	fd_close(watch->inotify);
	fd_close(watch->folder);
	transom_name_list_unref(watch->told);
	transom_name_list_unref(watch->now);
	free(watch);
	return NULL;
}

int
transom_name_watch_get_fd(const struct transom_name_watch *watch)
{
	if (!watch)
		return -EINVAL;
	return watch->generation == fork_generation() ? watch->epoll : -ECHILD;
}

static void
set_event(struct transom_name_event *event, uint32_t change, const struct entry *entry)
{
	memset(event, 0, sizeof(*event));
	event->change = change;
	event->pid = entry->owner.pid;
	strcpy(event->name, entry->name);
	strcpy(event->description, entry->owner.description);
}

/* Goes on comparing the two sorted lists up to the next difference; false when they are through. */
static bool
next_difference(struct transom_name_watch *watch, struct transom_name_event *ret)
{
	while (watch->told_at < watch->told->count || watch->now_at < watch->now->count) {
		struct entry *old = NULL, *new = NULL;
		int order;

		if (watch->told_at < watch->told->count)
			old = &watch->told->entries[watch->told_at];
		if (watch->now_at < watch->now->count)
			new = &watch->now->entries[watch->now_at];
		order = !old ? 1 : !new ? -1 : strcmp(old->name, new->name);
		if (order == 0 && old->inode == new->inode &&
		    !memcmp(&old->made, &new->made, sizeof(old->made))) {
			watch->told_at++;
			watch->now_at++;
			/* With another pid it is being taken over: a socket of the new owner's follows. */
			if (old->owner.pid != new->owner.pid ||
			    !strcmp(old->owner.description, new->owner.description))
				continue;
			set_event(ret, TRANSOM_NAME_CHANGED, new);
			return true;
		}
		if (order <= 0) { /* gone, or of another owner: then it appears next */
			set_event(ret, TRANSOM_NAME_VANISHED, old);
			watch->told_at++;
		} else {
			set_event(ret, TRANSOM_NAME_APPEARED, new);
			watch->now_at++;
		}
		return true;
	}
	return false;
}

/* Reads what inotify and the timer have; whether there was anything. */
static bool
drain(struct transom_name_watch *watch)
{
	char events[4096];
	uint64_t expirations;
	bool any = false, closed = false;

	while (read(watch->inotify, events, sizeof(events)) > 0)
		any = closed = true;
	if (read(watch->timer, &expirations, sizeof(expirations)) > 0)
		any = true;
	if (closed)
		watch->rechecks = RECHECKS;
	if (any && watch->rechecks > 0) {
		struct itimerspec soon = { .it_value = { .tv_nsec = RECHECK_NS
								    << (RECHECKS - watch->rechecks) } };

		watch->rechecks--;
		timerfd_settime(watch->timer, 0, &soon, NULL);
	}
	return any;
}

static int
look_again(struct transom_name_watch *watch)
{
	struct transom_name_list *fresh;
	int r = create_from_folder(watch->folder, &fresh);

	if (r < 0)
		return r;
	transom_name_list_unref(watch->told);
	watch->told = watch->now;
	watch->now = fresh;
	watch->told_at = watch->now_at = 0;
	return 0;
}

int
transom_name_watch_next(struct transom_name_watch *watch, int timeout_ms, struct transom_name_event *ret)
{
	int64_t deadline = deadline_after(timeout_ms);
	int r;

	if (!watch || !ret)
		return -EINVAL;
	if (watch->generation != fork_generation())
		return -ECHILD;
	for (;;) {
		if (next_difference(watch, ret))
			return 0;
		if (drain(watch)) {
			r = look_again(watch);
			if (r < 0)
				return r;
			continue;
		}
		r = deadline_poll(watch->epoll, POLLIN, deadline);
		if (r <= 0)
			return r < 0 ? r : timeout_ms == 0 ? -EAGAIN : -ETIMEDOUT;
	}
}
