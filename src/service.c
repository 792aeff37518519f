/* service.c - the one thread of the process that answers for what it owns; what it does is others'. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "fd-private.h"
#include "fork-private.h"
#include "service-private.h"

enum { STACK_SIZE = 256 * 1024, EVENTS = 32, PAUSE_NS = 5000000 };

struct service {
	unsigned generation;
	int fd;
	void (*ready)(void *context);
	void *context;
	struct link link;
};

/*
 * @lock guards the list, the life of the thread and who is being called. The thread looks each event up
 * in the list, so one for a service that was removed meanwhile finds nothing.
 */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t done; /* a call has ended */
	struct link *services;
	struct service *running; /* the one that is being called */
	bool started;
	pthread_t thread;
	int epoll, stop;
} office = { .lock = PTHREAD_MUTEX_INITIALIZER, .done = PTHREAD_COND_INITIALIZER, .epoll = -1, .stop = -1 };

static void
lock_office(void)
{
	pthread_mutex_lock(&office.lock);
}

static void
unlock_office(void)
{
	pthread_mutex_unlock(&office.lock);
}

/* The child of a fork has no thread. */
static void
abandon_office(void)
{
	office.services = NULL;
	office.running = NULL;
	office.started = false;
	office.epoll = fd_close(office.epoll);
	office.stop = fd_close(office.stop);
	pthread_mutex_init(&office.lock, NULL);
	pthread_cond_init(&office.done, NULL);
}

__attribute__((constructor)) static void
register_fork_handlers(void)
{
	pthread_atfork(lock_office, unlock_office, abandon_office);
}

void
service_pause(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = PAUSE_NS }, NULL);
}

static void
call(void *which)
{
	lock_office();
	for (struct link *l = office.services; l; l = l->next) {
		struct service *service = LINK_OBJECT(l, struct service, link);

		if (service != which)
			continue;
		office.running = service;
		unlock_office();
		service->ready(service->context);
		lock_office();
		office.running = NULL;
		pthread_cond_broadcast(&office.done);
		break;
	}
	unlock_office();
}

static void *
serve(void *argument)
{
	struct epoll_event events[EVENTS];
	int epoll = (int)(intptr_t)argument;

	for (;;) {
		int n = epoll_wait(epoll, events, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			if (!events[i].data.ptr)
				return NULL; /* asked to stop */
			call(events[i].data.ptr);
		}
	}
}

/* With the lock held. */
static void
close_office(void)
{
	office.epoll = fd_close(office.epoll);
	office.stop = fd_close(office.stop);
}

/* This user's limit of descriptors in epoll sets (fs.epoll.max_user_watches) is one of descriptors to the caller. */
static int
watch_error(void)
{
	return errno == ENOSPC ? -EMFILE : -errno;
}

/* With the lock held. The thread takes no signals: those are the program's. */
static int
open_office(void)
{
	struct epoll_event stop = { .events = EPOLLIN, .data.ptr = NULL };
	pthread_attr_t attributes;
	sigset_t all, before;
	int r;

	if (office.started)
		return 0;
	office.epoll = epoll_create1(EPOLL_CLOEXEC);
	office.stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (office.epoll < 0 || office.stop < 0 ||
	    epoll_ctl(office.epoll, EPOLL_CTL_ADD, office.stop, &stop) < 0) {
		r = watch_error();
		close_office();
		return r;
	}
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = -pthread_create(&office.thread, &attributes, serve, (void *)(intptr_t)office.epoll);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	if (r < 0)
		close_office();
	else
		office.started = true;
	return r;
}

/* With the lock held, which it gives up: without services the thread ends. */
static void
end_if_idle(void)
{
	pthread_t thread = office.thread;
	int epoll = office.epoll, stop = office.stop;
	uint64_t one = 1;

	/* The thread does not end itself: whoever removes a service next, or nothing, ends it. */
	if (office.services || !office.started || pthread_equal(pthread_self(), thread)) {
		unlock_office();
		return;
	}
	office.started = false;
	office.epoll = office.stop = -1;
	unlock_office();
	while (write(stop, &one, sizeof(one)) < 0 && errno == EINTR)
		;
	pthread_join(thread, NULL);
	fd_close(epoll);
	fd_close(stop);
}

int
service_add(int fd, uint32_t events, void (*ready)(void *context), void *context, struct service **ret)
{
	struct service *service = calloc(1, sizeof(*service));
	struct epoll_event event = { .events = events, .data.ptr = service };
	int r;

	if (!service)
		return -ENOMEM;
	service->generation = fork_generation();
	service->fd = fd;
	service->ready = ready;
	service->context = context;
	lock_office();
	r = open_office();
	if (r == 0) {
		link_add(&office.services, &service->link);
		if (epoll_ctl(office.epoll, EPOLL_CTL_ADD, fd, &event) < 0)
			r = watch_error();
	}
	if (r < 0) {
		link_remove(&service->link);
		free(service);
		end_if_idle();
		return r;
	}
	unlock_office();
	*ret = service;
	return 0;
}

void
service_change(struct service *service, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = service };

	lock_office();
	epoll_ctl(office.epoll, EPOLL_CTL_MOD, service->fd, &event);
	unlock_office();
}

void
service_remove(struct service *service)
{
	if (service && service->generation != fork_generation()) {
		free(service);
		return;
	}
	lock_office();
	if (service) {
		epoll_ctl(office.epoll, EPOLL_CTL_DEL, service->fd, NULL);
		link_remove(&service->link);
		while (office.running == service && !pthread_equal(pthread_self(), office.thread))
			pthread_cond_wait(&office.done, &office.lock);
		free(service);
	}
	end_if_idle();
}
