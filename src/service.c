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

/* A thread and what it waits for. Of those that were asked to end, some may still be in a call. */
struct office {
	struct link link;
	struct link *services;
	uint64_t running; /* the service that is being called, or 0 */
	unsigned waiting; /* threads that wait for that call to end */
	pthread_t thread;
	int epoll, stop;
};

struct service {
	unsigned generation;
	uint64_t id;
	struct office *office;
	int fd;
	void (*ready)(void *context);
	void *context;
	struct link link;
};

/*
 * @lock guards all offices and their services. An event names its service by a number that is never used again:
 * the thread looks each event up, so one for a service that was removed meanwhile finds nothing, also where another
 * service has come to lie in the same place.
 */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t done; /* a call has ended */
	struct link *all;
	struct link *inherited; /* in the child of a fork: those of the parent's */
	struct office *open; /* the one whose thread was not asked to end */
	uint64_t last_id;
} offices = { .lock = PTHREAD_MUTEX_INITIALIZER, .done = PTHREAD_COND_INITIALIZER };

static void
lock_offices(void)
{
	pthread_mutex_lock(&offices.lock);
}

static void
unlock_offices(void)
{
	pthread_mutex_unlock(&offices.lock);
}

static void
close_office(struct office *office)
{
	office->epoll = fd_close(office->epoll);
	office->stop = fd_close(office->stop);
}

/* The child of a fork has no thread. It frees the memory later: this is no place to wait for a lock of malloc(3)'s. */
static void
abandon_offices(void)
{
	while (offices.all) {
		struct link *l = offices.all;

		close_office(LINK_OBJECT(l, struct office, link));
		link_remove(l);
		link_add(&offices.inherited, l);
	}
	offices.open = NULL;
	pthread_mutex_init(&offices.lock, NULL);
	pthread_cond_init(&offices.done, NULL);
}

__attribute__((constructor)) static void
register_fork_handlers(void)
{
	pthread_atfork(lock_offices, unlock_offices, abandon_offices);
}

void
service_pause(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = PAUSE_NS }, NULL);
}

static void
call(struct office *office, uint64_t id)
{
	lock_offices();
	for (struct link *l = office->services; l; l = l->next) {
		struct service *service = LINK_OBJECT(l, struct service, link);

		if (service->id != id)
			continue;
		office->running = id;
		unlock_offices();
		service->ready(service->context); /* only itself may free the service now */
		lock_offices();
		office->running = 0;
		pthread_cond_broadcast(&offices.done);
		break;
	}
	unlock_offices();
}

static void *
serve(void *argument)
{
	struct epoll_event events[EVENTS];
	struct office *office = argument;

	for (;;) {
		int n = epoll_wait(office->epoll, events, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			if (!events[i].data.u64)
				return NULL; /* asked to stop */
			call(office, events[i].data.u64);
		}
	}
}

/* This user's limit of descriptors in epoll sets (fs.epoll.max_user_watches) is one of descriptors to the caller. */
static int
watch_error(void)
{
	return errno == ENOSPC ? -EMFILE : -errno;
}

/* The thread takes no signals: those are the program's. */
static int
start_thread(struct office *office)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	int r;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = -pthread_create(&office->thread, &attributes, serve, office);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return r;
}

static int
fill_office(struct office *office)
{
	struct epoll_event stop = { .events = EPOLLIN, .data.u64 = 0 };

	office->stop = -1;
	office->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (office->epoll < 0)
		return -errno;
	office->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (office->stop < 0)
		return -errno;
	if (epoll_ctl(office->epoll, EPOLL_CTL_ADD, office->stop, &stop) < 0)
		return watch_error();
	return start_thread(office);
}

/* With the lock held. */
static void
free_inherited(void)
{
	struct link *l = offices.inherited;

	offices.inherited = NULL;
	while (l) {
		struct office *office = LINK_OBJECT(l, struct office, link);

		l = l->next;
		free(office);
	}
}

/* With the lock held. */
static int
open_office(void)
{
	struct office *office;
	int r;

	if (offices.open)
		return 0;
	free_inherited();
	office = calloc(1, sizeof(*office));
	if (!office)
		return -ENOMEM;
	r = fill_office(office);
	if (r < 0) {
		close_office(office);
		free(office);
		return r;
	}
	link_add(&offices.all, &office->link);
	offices.open = office;
	return 0;
}

/* With the lock held, which it gives up: without services the thread ends. */
static void
end_if_idle(void)
{
	struct office *office = offices.open;
	uint64_t one = 1;

	/* The thread does not end itself: whoever removes a service next, or nothing, ends it. */
	if (!office || office->services || office->waiting || pthread_equal(pthread_self(), office->thread)) {
		unlock_offices();
		return;
	}
	offices.open = NULL;
	unlock_offices();
	while (write(office->stop, &one, sizeof(one)) < 0 && errno == EINTR)
		;
	pthread_join(office->thread, NULL);
	lock_offices();
	close_office(office);
	link_remove(&office->link);
	unlock_offices();
	free(office);
}

int
service_add(int fd, uint32_t events, void (*ready)(void *context), void *context, struct service **ret)
{
	struct service *service = calloc(1, sizeof(*service));
	struct epoll_event event = { .events = events };
	int r;

	if (!service)
		return -ENOMEM;
	service->generation = fork_generation();
	service->fd = fd;
	service->ready = ready;
	service->context = context;
	lock_offices();
	r = open_office();
	if (r == 0) {
		service->office = offices.open;
		service->id = event.data.u64 = ++offices.last_id;
		link_add(&service->office->services, &service->link);
		if (epoll_ctl(service->office->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
			r = watch_error();
	}
	if (r < 0) {
		link_remove(&service->link);
		free(service);
		end_if_idle();
		return r;
	}
	*ret = service; /* before @ready is called, which takes the lock */
	unlock_offices();
	return 0;
}

void
service_change(struct service *service, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.u64 = service->id };

	if (service->generation != fork_generation())
		return;
	lock_offices();
	epoll_ctl(service->office->epoll, EPOLL_CTL_MOD, service->fd, &event);
	unlock_offices();
}

/* With the lock held. */
static void
end_service(struct service *service)
{
	struct office *office = service->office;

	epoll_ctl(office->epoll, EPOLL_CTL_DEL, service->fd, NULL);
	link_remove(&service->link);
	office->waiting++;
	while (office->running == service->id && !pthread_equal(pthread_self(), office->thread))
		pthread_cond_wait(&offices.done, &offices.lock);
	office->waiting--;
	free(service);
}

void
service_remove(struct service *service)
{
	if (service && service->generation != fork_generation()) {
		free(service);
		return;
	}
	lock_offices();
	if (service)
		end_service(service);
	end_if_idle();
}
