/* mach-watch.c - something to be done once, in the service's thread: an end is gone, or what was looked for is so. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "fd-private.h"
#include "mach-private.h"
#include "service-private.h"

/* How long something may be so that is looked for, and has no descriptor that tells. */
enum { LOOK_NS = 10000000 };

struct watch {
	struct service *service;
	int fd;
	bool (*look)(void *owner); /* NULL: the descriptor tells */
	void (*fire)(void *owner);
	void *owner;
	bool over; /* fired or cancelled */
	struct watch *next, **previous; /* all; or, when cancelled, those to be freed */
};

static struct watch *watches, *cancelled;

/* The last watch ended in the thread itself, which then stays until somebody else ends it. */
static bool thread_is_idle;
static _Thread_local bool in_thread;

static void
unlink_watch(struct watch *watch)
{
	*watch->previous = watch->next;
	if (watch->next)
		watch->next->previous = watch->previous;
}

/* Whether a watch that looks must go on doing so. */
static bool
goes_on(struct watch *watch)
{
	uint64_t times;

	if (!watch->look || watch->look(watch->owner))
		return false;
	while (read(watch->fd, &times, sizeof(times)) > 0)
		; /* readable again when it is time to look again */
	return true;
}

/* In the service's thread. Whoever ends the watch first frees it. */
static void
ready(void *context)
{
	struct watch *watch = context;

	in_thread = true;
	space_lock();
	if (!watch->over && !goes_on(watch)) {
		watch->over = true;
		unlink_watch(watch);
		service_remove(watch->service); /* this call is the last */
		fd_close(watch->fd);
		thread_is_idle = !watches;
		watch->fire(watch->owner);
		free(watch);
	}
	space_unlock();
}

/* Takes @fd, also on failure. */
static int
create(int fd, uint32_t events, struct watch template, struct watch **ret)
{
	struct watch *watch = malloc(sizeof(*watch));
	int r = watch ? 0 : -ENOMEM;

	if (r == 0) {
		*watch = template;
		watch->fd = fd;
		r = service_add(fd, events, ready, watch, &watch->service);
	}
	if (r < 0) {
		fd_close(fd);
		free(watch);
		return r;
	}
	watch->next = watches;
	watch->previous = &watches;
	if (watch->next)
		watch->next->previous = &watch->next;
	watches = watch;
	*ret = watch;
	return 0;
}

int
watch_create(int fd, uint32_t events, void (*fire)(void *owner), void *owner, struct watch **ret)
{
	int copy, r = fd_dup(fd, &copy);

	return r < 0 ? r : create(copy, events, (struct watch){ .fire = fire, .owner = owner }, ret);
}

int
watch_create_looking(bool (*look)(void *owner), void (*fire)(void *owner), void *owner, struct watch **ret)
{
	const struct timespec often = { .tv_nsec = LOOK_NS };
	int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	if (timer < 0)
		return -errno;
	timerfd_settime(timer, 0, &(struct itimerspec){ often, often }, NULL);
	return create(timer, EPOLLIN, (struct watch){ .look = look, .fire = fire, .owner = owner }, ret);
}

struct watch *
watch_cancel(struct watch *watch)
{
	if (!watch || watch->over)
		return NULL;
	watch->over = true;
	unlink_watch(watch);
	watch->next = cancelled;
	cancelled = watch;
	return NULL;
}

bool
watch_take_cancelled(struct watch **ret)
{
	bool idle = thread_is_idle && !watches && !in_thread;

	*ret = cancelled;
	cancelled = NULL;
	if (idle)
		thread_is_idle = false;
	return *ret || idle;
}

/* Waits for a call in progress, which takes the lock: without it. */
void
watch_free_cancelled(struct watch *list)
{
	while (list) {
		struct watch *next = list->next;

		service_remove(list->service);
		fd_close(list->fd);
		free(list);
		list = next;
	}
	service_remove(NULL); /* the thread, if it is idle */
}

/* In the child of a fork: the thread is the parent's. What is left is freed as if it had been cancelled. */
void
watch_forget_all(void)
{
	thread_is_idle = false;
	for (struct watch *watch = watches; watch; watch = watch->next)
		watch->fd = fd_close(watch->fd);
	for (struct watch *watch = cancelled; watch; watch = watch->next)
		watch->fd = fd_close(watch->fd);
}
