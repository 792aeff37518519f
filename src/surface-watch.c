/* surface-watch.c - waiting for the end of uses, by the events of inotify. */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "deadline-private.h"
#include "fd-private.h"
#include "fork-private.h"
#include "surface-private.h"

/*
 * The kernel reports the close of a right or of a use's description, kill -9 included, and the read by
 * which surface_announce() tells of an unlock. A user may have 128 inotify instances, so a process has
 * one, shared by all its watches: each polls it, whoever reads it marks the entries that it names, and
 * wakes their watches through eventfds.
 *
 * Two things make a second look necessary. A close is reported just before its lock is dropped, so what
 * is still in use after an event is looked at again, RECHECKS times, later each time. And where inotify
 * gives no watch (fs.inotify.max_user_watches, no procfs), an entry is simply looked at every POLL_NS.
 */
enum {
	RECHECKS = 6,
	RECHECK_NS = 250000, /* doubled each time */
	POLL_NS = 4000000,
	BUCKETS = 1024,
};

struct use_watch {
	unsigned generation;
	int epoll, timer, wake;
	struct use_watch_entry *pending; /* to be looked at now */
	struct use_watch_entry *later; /* to be looked at when the timer fires */
	bool woken; /* the eventfd has something */
	int polled; /* entries without a watch of the kernel's */
	struct link *entries;
};

enum queue { NOWHERE, PENDING, LATER };

struct use_watch_entry {
	struct use_watch *watch;
	struct transom_surface *surface;
	void *tag;
	int descriptor; /* of the kernel's watch, or -1: looked at every POLL_NS */
	int rechecks;
	enum queue queue;
	struct use_watch_entry *queue_next;
	struct use_watch_entry *hash_next;
	struct link link; /* of the same watch */
};

/* @lock guards everything in this file: watches are off every hot path. */
static struct {
	pthread_mutex_t lock;
	int inotify;
	int users; /* watches that poll it */
	struct use_watch_entry *buckets[BUCKETS];
} hub = { .lock = PTHREAD_MUTEX_INITIALIZER, .inotify = -1 };

static void
lock_hub(void)
{
	pthread_mutex_lock(&hub.lock);
}

static void
unlock_hub(void)
{
	pthread_mutex_unlock(&hub.lock);
}

/* Watches are void in a child: reading the parent's events would take them from it. */
static void
abandon_hub(void)
{
	hub.inotify = fd_close(hub.inotify);
	hub.users = 0;
	for (size_t i = 0; i < BUCKETS; i++)
		hub.buckets[i] = NULL;
	pthread_mutex_init(&hub.lock, NULL);
}

__attribute__((constructor)) static void
register_fork_handlers(void)
{
	pthread_atfork(lock_hub, unlock_hub, abandon_hub);
}

static struct use_watch_entry **
get_bucket(int descriptor)
{
	return &hub.buckets[(unsigned)descriptor % BUCKETS];
}

static void
wake_locked(struct use_watch *watch)
{
	uint64_t one = 1;

	if (!watch->woken)
		(void)!write(watch->wake, &one, sizeof(one));
	watch->woken = true;
}

static void
unqueue(struct use_watch_entry *entry)
{
	struct use_watch_entry **at;

	if (entry->queue == NOWHERE)
		return;
	at = entry->queue == PENDING ? &entry->watch->pending : &entry->watch->later;
	while (*at != entry)
		at = &(*at)->queue_next;
	*at = entry->queue_next;
	entry->queue = NOWHERE;
}

static void
queue(struct use_watch_entry *entry, enum queue which)
{
	struct use_watch_entry **head = which == PENDING ? &entry->watch->pending : &entry->watch->later;

	if (entry->queue == which)
		return;
	unqueue(entry);
	entry->queue = which;
	entry->queue_next = *head;
	*head = entry;
	if (which == PENDING)
		wake_locked(entry->watch);
}

/* Marks what an event names; -1 names everything (the kernel's queue overflowed). */
static void
mark(int descriptor)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		if (descriptor >= 0 && get_bucket(descriptor) != &hub.buckets[i])
			continue;
		for (struct use_watch_entry *e = hub.buckets[i]; e; e = e->hash_next) {
			if (descriptor < 0 || e->descriptor == descriptor) {
				e->rechecks = 0;
				queue(e, PENDING);
			}
		}
	}
}

static void
read_events(void)
{
	_Alignas(struct inotify_event) char buffer[4096];
	ssize_t n;

	while (hub.inotify >= 0 && (n = read(hub.inotify, buffer, sizeof(buffer))) > 0) {
		for (ssize_t at = 0; at < n;) {
			struct inotify_event *event = (struct inotify_event *)(void *)(buffer + at);

			if (event->mask & IN_Q_OVERFLOW)
				mark(-1);
			else if (!(event->mask & IN_IGNORED))
				mark(event->wd);
			at += (ssize_t)(sizeof(*event) + event->len);
		}
	}
}

static int
start_hub(void)
{
	if (hub.inotify < 0)
		hub.inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (hub.inotify < 0)
		return -errno;
	hub.users++;
	return 0;
}

static void
stop_hub(void)
{
	if (--hub.users == 0)
		hub.inotify = fd_close(hub.inotify);
}

int
use_watch_create(struct use_watch **ret)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct use_watch *watch = calloc(1, sizeof(*watch));
	int r;

	if (!watch)
		return -ENOMEM;
	lock_hub();
	r = start_hub();
	unlock_hub();
	if (r < 0) {
		free(watch);
		return r;
	}
	watch->generation = fork_generation();
	watch->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	watch->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	watch->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (watch->timer < 0 || watch->wake < 0 || watch->epoll < 0 ||
	    epoll_ctl(watch->epoll, EPOLL_CTL_ADD, hub.inotify, &event) < 0 ||
	    epoll_ctl(watch->epoll, EPOLL_CTL_ADD, watch->timer, &event) < 0 ||
	    epoll_ctl(watch->epoll, EPOLL_CTL_ADD, watch->wake, &event) < 0) {
		r = errno == ENOSPC ? -EMFILE : -errno; /* fs.epoll.max_user_watches */
		use_watch_free(watch);
		return r;
	}
	*ret = watch;
	return 0;
}

void
use_watch_free(struct use_watch *watch)
{
	if (!watch)
		return;
	while (watch->entries)
		use_watch_remove(LINK_OBJECT(watch->entries, struct use_watch_entry, link));
	fd_close(watch->epoll);
	fd_close(watch->timer);
	fd_close(watch->wake);
	if (watch->generation == fork_generation()) {
		lock_hub();
		stop_hub();
		unlock_hub();
	}
	free(watch);
}

int
use_watch_get_fd(const struct use_watch *watch)
{
	return watch->generation == fork_generation() ? watch->epoll : -ECHILD;
}

static void
set_timer(struct use_watch *watch, int64_t ns)
{
	struct itimerspec time = { .it_value = { .tv_nsec = ns } };

	timerfd_settime(watch->timer, 0, &time, NULL);
}

int
use_watch_add(struct use_watch *watch, struct transom_surface *surface, void *tag,
	      struct use_watch_entry **ret)
{
	struct use_watch_entry *entry = calloc(1, sizeof(*entry));
	char path[32];

	if (!entry)
		return -ENOMEM;
	atomic_store_explicit(&surface->shared, true, memory_order_relaxed);
	entry->watch = watch;
	entry->surface = surface;
	entry->tag = tag;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", surface->fd);
	lock_hub();
	entry->descriptor = inotify_add_watch(hub.inotify, path, IN_CLOSE | IN_ACCESS);
	if (entry->descriptor >= 0) {
		entry->hash_next = *get_bucket(entry->descriptor);
		*get_bucket(entry->descriptor) = entry;
	} else {
		watch->polled++;
	}
	link_add(&watch->entries, &entry->link);
	queue(entry, PENDING); /* what ended before the watch was there */
	unlock_hub();
	*ret = entry;
	return 0;
}

/* With the lock held: takes the kernel's watch away if no other entry needs it. */
static void
drop_descriptor(struct use_watch_entry *entry)
{
	bool needed = false;

	for (struct use_watch_entry **at = get_bucket(entry->descriptor); *at;) {
		if (*at == entry) {
			*at = entry->hash_next;
			continue;
		}
		needed |= (*at)->descriptor == entry->descriptor;
		at = &(*at)->hash_next;
	}
	if (!needed)
		inotify_rm_watch(hub.inotify, entry->descriptor);
}

void
use_watch_remove(struct use_watch_entry *entry)
{
	if (!entry)
		return;
	lock_hub();
	link_remove(&entry->link);
	if (entry->watch->generation == fork_generation()) {
		unqueue(entry);
		if (entry->descriptor >= 0)
			drop_descriptor(entry);
		else
			entry->watch->polled--;
	}
	unlock_hub();
	free(entry);
}

void *
use_watch_next(struct use_watch *watch)
{
	struct use_watch_entry *entry;
	uint64_t count;
	void *tag = NULL;

	lock_hub();
	read_events();
	if (read(watch->timer, &count, sizeof(count)) > 0) {
		while ((entry = watch->later))
			queue(entry, PENDING);
		for (struct link *l = watch->polled ? watch->entries : NULL; l; l = l->next) {
			entry = LINK_OBJECT(l, struct use_watch_entry, link);
			if (entry->descriptor < 0)
				queue(entry, PENDING);
		}
	}
	entry = watch->pending;
	if (entry) {
		unqueue(entry);
		tag = entry->tag;
	} else {
		if (watch->woken)
			(void)!read(watch->wake, &count, sizeof(count));
		watch->woken = false;
		if (watch->polled)
			set_timer(watch, POLL_NS);
	}
	unlock_hub();
	return tag;
}

void
use_watch_look_again(struct use_watch_entry *entry)
{
	lock_hub();
	if (entry->queue == NOWHERE && entry->rechecks < RECHECKS) {
		queue(entry, LATER);
		set_timer(entry->watch, (int64_t)RECHECK_NS << entry->rechecks++);
	}
	unlock_hub();
}

void
use_watch_wake(struct use_watch *watch)
{
	lock_hub();
	wake_locked(watch);
	unlock_hub();
}

/* The watch of one surface, for callers. */
struct transom_surface_watch {
	struct transom_surface *surface;
	struct use_watch *watch;
	struct use_watch_entry *entry;
};

int
transom_surface_watch_create(struct transom_surface *surface, struct transom_surface_watch **ret)
{
	struct transom_surface_watch *made;
	int r;

	if (!surface || !ret)
		return -EINVAL;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	made->surface = transom_surface_ref(surface);
	r = use_watch_create(&made->watch);
	if (r == 0)
		r = use_watch_add(made->watch, surface, made, &made->entry);
	if (r < 0) {
		transom_surface_watch_unref(made);
		return r;
	}
	*ret = made;
	return 0;
}

struct transom_surface_watch *
transom_surface_watch_unref(struct transom_surface_watch *watch)
{
	if (!watch)
		return NULL;
	use_watch_free(watch->watch);
	transom_surface_unref(watch->surface);
	free(watch);
	return NULL;
}

int
transom_surface_watch_get_fd(const struct transom_surface_watch *watch)
{
	return watch ? use_watch_get_fd(watch->watch) : -EINVAL;
}

int
transom_surface_watch_wait(struct transom_surface_watch *watch, int timeout_ms)
{
	int64_t deadline = deadline_after(timeout_ms);
	int fd, r;

	if (!watch)
		return -EINVAL;
	fd = use_watch_get_fd(watch->watch);
	if (fd < 0)
		return fd;
	for (;;) {
		bool any = false;

		while (use_watch_next(watch->watch))
			any = true;
		if (!transom_surface_is_in_use_elsewhere(watch->surface))
			return 0;
		if (any)
			use_watch_look_again(watch->entry);
		r = deadline_poll(fd, POLLIN, deadline);
		if (r <= 0)
			return r < 0 ? r : timeout_ms == 0 ? -EAGAIN : -ETIMEDOUT;
	}
}
