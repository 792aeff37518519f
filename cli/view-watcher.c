/* view-watcher.c - a thread that sleeps on the stream's descriptor for the window's loop, and touches nothing else. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "stop.h"
#include "view-watcher.h"

struct view_watcher {
	int fd, wake; /* wake: an eventfd, written when it is armed or shall end */
	Uint32 type;
	atomic_bool armed, ending;
	pthread_t thread;
};

static void
push(Uint32 type)
{
	SDL_Event event = { .type = type };

	SDL_PushEvent(&event);
}

static void *
watch(void *argument)
{
	struct view_watcher *watcher = argument;
	bool stopped = false;
	uint64_t count;

	while (!atomic_load(&watcher->ending)) {
		struct pollfd wait[] = {
			{ .fd = watcher->wake, .events = POLLIN },
			{ .fd = stopped ? -1 : stop_get_fd(), .events = POLLIN },
			{ .fd = atomic_load(&watcher->armed) ? watcher->fd : -1, .events = POLLIN },
		};

		if (poll(wait, 3, -1) < 0)
			continue;
		if (wait[0].revents != 0 && read(watcher->wake, &count, sizeof(count)) < 0)
			continue;
		if (wait[1].revents != 0) {
			stopped = true;
			push(SDL_QUIT);
		}
		if (wait[2].revents != 0) {
			atomic_store(&watcher->armed, false);
			push(watcher->type);
		}
	}
	return NULL;
}

/* Signals are for the thread that began. */
static int
start(struct view_watcher *watcher)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&watcher->thread, NULL, watch, watcher);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r;
}

struct view_watcher *
view_watcher_create(int fd, Uint32 type)
{
	struct view_watcher *watcher = calloc(1, sizeof(*watcher));

	if (watcher == NULL)
		return NULL;
	watcher->fd = fd;
	watcher->type = type;
	watcher->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (watcher->wake >= 0 && start(watcher) == 0)
		return watcher;
	if (watcher->wake >= 0)
		close(watcher->wake);
	free(watcher);
	return NULL;
}

static void
wake(struct view_watcher *watcher)
{
	const uint64_t one = 1;
	const ssize_t written = write(watcher->wake, &one, sizeof(one));

	(void)written; /* full is readable too */
}

void
view_watcher_arm(struct view_watcher *watcher)
{
	if (!atomic_exchange(&watcher->armed, true))
		wake(watcher);
}

struct view_watcher *
view_watcher_unref(struct view_watcher *watcher)
{
	if (watcher == NULL)
		return NULL;
	atomic_store(&watcher->ending, true);
	wake(watcher);
	pthread_join(watcher->thread, NULL);
	close(watcher->wake);
	free(watcher);
	return NULL;
}
