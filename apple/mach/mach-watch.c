/* mach-watch.c - something to be done once when a descriptor's other end is gone, in the service's thread. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "fd-private.h"
#include "mach-private.h"
#include "service-private.h"

struct watch {
	struct service *service;
	int fd;
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

/* In the service's thread. Whoever ends the watch first frees it. */
static void
ready(void *context)
{
	struct watch *watch = context;

	in_thread = true;
	space_lock();
	if (!watch->over) {
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

int
watch_create(int fd, uint32_t events, void (*fire)(void *owner), void *owner, struct watch **ret)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	int r;

	if (!watch)
		return -ENOMEM;
	watch->fire = fire;
	watch->owner = owner;
	r = fd_dup(fd, &watch->fd);
	if (r < 0) {
		free(watch);
		return r;
	}
	r = service_add(watch->fd, events, ready, watch, &watch->service);
	if (r < 0) {
		fd_close(watch->fd);
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
