/* check-in.c - ports with names: one thread of the process hands out their send rights. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <transom/name.h>
#include <transom/port.h>

#include "deadline-private.h"
#include "fd-private.h"
#include "fork-private.h"
#include "message-private.h"
#include "name-private.h"

#define FOLDER "ports"

enum { STACK_SIZE = 128 * 1024, EVENTS = 16, PAUSE_NS = 5000000 };

struct transom_name {
	atomic_uint references;
	unsigned generation;
	int send;
	struct name_claim claim;
	struct transom_name *next;
};

/*
 * The thread that answers, and the names that it answers for. @lock guards the list, the counts and
 * the life of the thread; a name is taken out of the list under it, so the thread, which answers
 * under it, never sees a name that is gone.
 */
static struct {
	pthread_mutex_t lock;
	struct transom_name *names;
	bool running;
	pthread_t thread;
	int epoll, stop;
} office = { .lock = PTHREAD_MUTEX_INITIALIZER, .epoll = -1, .stop = -1 };

/* The child of a fork has neither the thread nor the names; closing its copies lets them die. */
static void
abandon_names(void)
{
	for (struct transom_name *name = office.names; name; name = name->next) {
		name_abandon(&name->claim);
		name->send = fd_close(name->send);
	}
	office.names = NULL;
	office.running = false;
	office.epoll = fd_close(office.epoll);
	office.stop = fd_close(office.stop);
	pthread_mutex_init(&office.lock, NULL);
}

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

__attribute__((constructor)) static void
register_fork_handlers(void)
{
	pthread_atfork(lock_office, unlock_office, abandon_names);
}

/* One look-up: whoever connects and may, gets one message with the send right in it. */
static void
answer(const struct transom_name *name)
{
	struct transom_right right = { name->send, TRANSOM_RIGHT_SEND };
	int fd = accept4(name->claim.socket, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0) {
		/* No descriptor left: who asks stays in the backlog, and this thread must not spin. */
		if (errno != EAGAIN && errno != ECONNABORTED)
			nanosleep(&(struct timespec){ .tv_nsec = PAUSE_NS }, NULL);
		return;
	}
	if (name_check_peer(fd) == 0)
		transom_port_send(fd, NULL, 0, &right, 1, 0);
	fd_close(fd);
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
			lock_office();
			for (struct transom_name *name = office.names; name; name = name->next)
				if (name == events[i].data.ptr)
					answer(name);
			unlock_office();
		}
	}
}

/* With @lock held. */
static void
close_office(void)
{
	office.epoll = fd_close(office.epoll);
	office.stop = fd_close(office.stop);
}

/* With @lock held. The thread takes no signals: those are the program's. */
static int
open_office(void)
{
	struct epoll_event stop = { .events = EPOLLIN, .data.ptr = NULL };
	pthread_attr_t attributes;
	sigset_t all, before;
	int r;

	if (office.running)
		return 0;
	office.epoll = epoll_create1(EPOLL_CLOEXEC);
	office.stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (office.epoll < 0 || office.stop < 0 ||
	    epoll_ctl(office.epoll, EPOLL_CTL_ADD, office.stop, &stop) < 0) {
		r = -errno;
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
		office.running = true;
	return r;
}

static int
open_for(struct transom_name *name)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = name };
	int r;

	lock_office();
	r = open_office();
	if (r == 0 && epoll_ctl(office.epoll, EPOLL_CTL_ADD, name->claim.socket, &event) < 0)
		r = -errno;
	if (r == 0) {
		name->next = office.names;
		office.names = name;
	}
	unlock_office();
	return r;
}

/* Takes the name out; the last one ends the thread. */
static void
close_for(struct transom_name *name)
{
	bool last = false;
	pthread_t thread = 0;
	uint64_t one = 1;
	int epoll = -1, stop = -1;

	lock_office();
	for (struct transom_name **at = &office.names; *at; at = &(*at)->next) {
		if (*at == name) {
			*at = name->next;
			epoll_ctl(office.epoll, EPOLL_CTL_DEL, name->claim.socket, NULL);
			break;
		}
	}
	if (!office.names && office.running) {
		last = true;
		thread = office.thread;
		epoll = office.epoll;
		stop = office.stop;
		office.running = false;
		office.epoll = office.stop = -1;
	}
	unlock_office();
	if (last) {
		while (write(stop, &one, sizeof(one)) < 0 && errno == EINTR)
			;
		pthread_join(thread, NULL);
		fd_close(epoll);
		fd_close(stop);
	}
}

int
transom_name_check_in(const char *name, int send, struct transom_name **ret)
{
	struct transom_name *made;
	int r;

	if (!ret)
		return -EINVAL;
	r = name_check(name);
	if (r < 0)
		return r;
	r = transom_port_check_right(send, TRANSOM_RIGHT_SEND);
	if (r < 0)
		return r;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	atomic_init(&made->references, 1);
	made->generation = fork_generation();
	made->claim = NAME_CLAIM_NONE;
	made->send = -1;
	r = fd_dup(send, &made->send);
	if (r < 0)
		goto fail;
	r = name_claim(FOLDER, name, &made->claim);
	if (r < 0)
		goto fail;
	r = open_for(made);
	if (r < 0)
		goto fail;
	*ret = made;
	return 0;
fail:
	transom_name_unref(made);
	return r;
}

struct transom_name *
transom_name_ref(struct transom_name *name)
{
	if (name)
		atomic_fetch_add_explicit(&name->references, 1, memory_order_relaxed);
	return name;
}

struct transom_name *
transom_name_unref(struct transom_name *name)
{
	if (!name || atomic_fetch_sub_explicit(&name->references, 1, memory_order_acq_rel) != 1)
		return NULL;
	if (name->generation == fork_generation()) {
		close_for(name);
		name_release(&name->claim);
		fd_close(name->send);
	}
	free(name);
	return NULL;
}

int
transom_name_look_up(const char *name, int timeout_ms, int *ret)
{
	int64_t deadline = timeout_ms ? deadline_after(timeout_ms) : 0;
	struct transom_message *message = NULL;
	int socket = -1, r;

	if (!ret)
		return -EINVAL;
	r = name_connect(FOLDER, name, deadline, &socket);
	if (r < 0)
		return r;
	r = wire_ask_for_sender(socket, 0);
	if (r == 0)
		r = transom_message_create(&message);
	if (r == 0)
		r = message_receive(message, socket, deadline);
	if (r == 0)
		r = transom_message_take_right(message, 0, TRANSOM_RIGHT_SEND, ret);
	if (r == -ENOTCONN)
		r = -ENOENT; /* the owner went while it was asked */
	transom_message_unref(message);
	fd_close(socket);
	return r;
}

int
transom_name_list_create(struct transom_name_list **ret)
{
	return name_list_create(FOLDER, ret);
}

int
transom_name_watch_create(struct transom_name_watch **ret)
{
	return name_watch_create(FOLDER, ret);
}
