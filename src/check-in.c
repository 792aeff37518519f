/* check-in.c - ports with names: the service's thread hands out their send rights. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <transom/name.h>
#include <transom/port.h>

#include "deadline-private.h"
#include "fd-private.h"
#include "fork-private.h"
#include "message-private.h"
#include "name-private.h"
#include "service-private.h"

#define FOLDER "ports"

struct transom_name {
	atomic_uint references;
	unsigned generation;
	int send;
	struct name_claim claim;
	struct service *service;
	struct link link; /* of all names, for fork */
};

static struct fork_list names = FORK_LIST_EMPTY;

static void
lock_names(void)
{
	fork_list_lock(&names);
}

static void
unlock_names(void)
{
	fork_list_unlock(&names);
}

/* The names stay the parent's; closing the child's copies lets them die with it. */
static void
abandon_names(void)
{
	for (struct link *l = names.first; l; l = l->next) {
		struct transom_name *name = LINK_OBJECT(l, struct transom_name, link);

		name_abandon(&name->claim);
		name->send = fd_close(name->send);
	}
	fork_list_unlock_in_child(&names);
}

__attribute__((constructor)) static void
register_fork_handlers(void)
{
	pthread_atfork(lock_names, unlock_names, abandon_names);
}

/* One look-up, in the service's thread: whoever connects and may, gets a message with the send right. */
static void
answer(void *context)
{
	const struct transom_name *name = context;
	struct transom_right right = { name->send, TRANSOM_RIGHT_SEND };
	int fd = accept4(name->claim.socket, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0) {
		if (errno != EAGAIN && errno != ECONNABORTED)
			service_pause(); /* no descriptor left: who asks waits in the backlog */
		return;
	}
	if (name_check_peer(fd) == 0)
		transom_port_send(fd, NULL, 0, &right, 1, 0);
	fd_close(fd);
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
	fork_list_add(&names, &made->link);
	r = fd_dup(send, &made->send);
	if (r < 0)
		goto fail;
	r = name_claim(FOLDER, name, NULL, &made->claim);
	if (r < 0)
		goto fail;
	r = service_add(made->claim.socket, EPOLLIN, answer, made, &made->service);
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
	fork_list_remove(&names, &name->link);
	service_remove(name->service);
	if (name->generation == fork_generation())
		name_release(&name->claim);
	fd_close(name->send);
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
	if (r == 0 && transom_message_take_right(message, 0, TRANSOM_RIGHT_SEND, ret) < 0)
		r = -EBADMSG; /* no right, one of another kind, or what is none */
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
