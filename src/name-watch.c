/* name-watch.c - what becomes of the names of a folder. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "deadline-private.h"
#include "fd-private.h"
#include "fork-private.h"
#include "name-list-private.h"
#include "runtime-directory-private.h"

/*
 * inotify tells when a socket appears or goes, when a lock file is written, and when it is
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
	r = name_list_create_empty(&watch->told);
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
	r = name_list_take(watch->folder, watch->told, &watch->now);
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
set_event(struct transom_name_event *event, uint32_t change, const struct name_entry *entry)
{
	memset(event, 0, sizeof(*event));
	event->change = change;
	event->pid = entry->owner.pid;
	strcpy(event->name, entry->name);
	strcpy(event->description, entry->owner.description);
}

/*
 * The new name of what was told under another one, if nobody had that at the last look: who keeps a table of names
 * could not tell which of the two has gone.
 */
static const struct name_entry *
find_new_name(const struct transom_name_watch *watch, const struct name_entry *old)
{
	const struct name_entry *new = name_list_find_renamed(watch->now, old);

	return new && !name_list_find(watch->told, new->name) ? new : NULL;
}

static void
set_renamed(struct transom_name_watch *watch, const struct name_entry *old, const struct name_entry *new,
	    struct transom_name_event *event, char *before)
{
	set_event(event, TRANSOM_NAME_RENAMED, new);
	strcpy(before, old->name);
	watch->now->entries[new - watch->now->entries].told = true;
}

/* Goes on with what was told, up to the next name that it no longer has; @before: NULL, or for the name of what is renamed. */
static bool
next_gone(struct transom_name_watch *watch, struct transom_name_event *ret, char *before)
{
	while (watch->told_at < watch->told->count) {
		const struct name_entry *old = &watch->told->entries[watch->told_at++];
		const struct name_entry *new = name_list_find(watch->now, old->name);

		if (new &&name_list_is_same(old, new))
			continue;
		new = before ? find_new_name(watch, old) : NULL;
		if (new)
			set_renamed(watch, old, new, ret, before);
		else
			set_event(ret, TRANSOM_NAME_VANISHED, old);
		return true;
	}
	return false;
}

/* With another pid it is being taken over: a socket of the new owner's follows. */
static bool
is_described_anew(const struct name_entry *old, const struct name_entry *new)
{
	return old->owner.pid == new->owner.pid &&strcmp(old->owner.description, new->owner.description) != 0;
}

/* Goes on with what there is, up to the next that is new, or described otherwise. */
static bool
next_new(struct transom_name_watch *watch, struct transom_name_event *ret)
{
	while (watch->now_at < watch->now->count) {
		const struct name_entry *new = &watch->now->entries[watch->now_at++];
		const struct name_entry *old = name_list_find(watch->told, new->name);
		bool same = old && name_list_is_same(old, new);

		if (new->told || (same && !is_described_anew(old, new)))
			continue;
		set_event(ret, same ? TRANSOM_NAME_CHANGED : TRANSOM_NAME_APPEARED, new);
		return true;
	}
	return false;
}

/* All names that have gone come first, so that one that has another owner now vanishes and then appears. */
static bool
next_difference(struct transom_name_watch *watch, struct transom_name_event *ret, char *before)
{
	return next_gone(watch, ret, before) || next_new(watch, ret);
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
	int r = name_list_take(watch->folder, watch->now, &fresh);

	if (r < 0)
		return r;
	transom_name_list_unref(watch->told);
	watch->told = watch->now;
	watch->now = fresh;
	watch->told_at = watch->now_at = 0;
	return 0;
}

static int
watch_next(struct transom_name_watch *watch, int timeout_ms, struct transom_name_event *ret, char *before)
{
	int64_t deadline = deadline_after(timeout_ms);
	int r;

	if (watch->generation != fork_generation())
		return -ECHILD;
	for (;;) {
		if (next_difference(watch, ret, before))
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

int
transom_name_watch_next(struct transom_name_watch *watch, int timeout_ms, struct transom_name_event *ret)
{
	return watch && ret ? watch_next(watch, timeout_ms, ret, NULL) : -EINVAL;
}

int
transom_name_watch_next_with_renames(struct transom_name_watch *watch, int timeout_ms,
				     struct transom_name_event *ret, char ret_before[TRANSOM_NAME_MAX + 8])
{
	char before[TRANSOM_NAME_MAX + 8] = "";
	int r;

	if (!watch || !ret || !ret_before)
		return -EINVAL;
	r = watch_next(watch, timeout_ms, ret, before);
	if (r == 0)
		memcpy(ret_before, before, sizeof(before));
	return r;
}
