/* port.c - ports: creation, sending, receiving, dead names; what a message holds is message.c's. */
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <transom/port.h>

#include "deadline-private.h"
#include "fd-private.h"
#include "message-private.h"
#include "wire-private.h"

#define MAX_QUEUE_BYTES (1u << 30)

int
transom_port_create(const struct transom_port_options *options, int *ret_receive, int *ret_send)
{
	struct transom_port_options chosen = { 0 };
	int ends[2], r;

	if (!ret_receive || !ret_send)
		return -EINVAL;
	if (options) {
		if (options->size < sizeof(chosen))
			return -EINVAL;
		chosen = *options;
	}
	if (chosen.flags & ~(uint32_t)TRANSOM_PORT_PIDFD || chosen.reserved)
		return -EINVAL;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	/*
	 * One way only: nothing can be queued at the send right, and its poll shows POLLRDHUP, by which
	 * the two ends can be told apart (transom_port_check_right()).
	 */
	r = shutdown(ends[0], SHUT_WR) < 0 ? -errno : 0;
	if (r == 0)
		r = wire_ask_for_sender(ends[0], chosen.flags & TRANSOM_PORT_PIDFD);
	if (r == 0 && chosen.queue_bytes)
		r = transom_port_set_queue_limit(ends[1], chosen.queue_bytes);
	if (r < 0) {
		fd_close(ends[0]);
		fd_close(ends[1]);
		return r;
	}
	*ret_receive = ends[0];
	*ret_send = ends[1];
	return 0;
}

int
transom_port_set_queue_limit(int send, uint32_t bytes)
{
	int half;

	if (bytes == 0 || bytes > MAX_QUEUE_BYTES)
		return -EINVAL;
	half = (int)((bytes + 1) / 2); /* socket(7): the kernel doubles what it is given */
	if (setsockopt(send, SOL_SOCKET, SO_SNDBUF, &half, sizeof(half)) < 0)
		return errno == ENOTSOCK ? -EBADF : -errno;
	return 0;
}

int
transom_port_send(int send, const void *bytes, size_t size, const struct transom_right *rights, size_t count,
		  int timeout_ms)
{
	struct {
		struct message_header header;
		uint8_t kinds[MESSAGE_MAX_KINDS];
	} head;
	int fds[WIRE_MAX_FDS];
	struct iovec parts[2];
	size_t kinds_size;

	if ((size && !bytes) || (count && !rights))
		return -EINVAL;
	if (size > TRANSOM_PORT_MAX_BYTES || count > TRANSOM_PORT_MAX_RIGHTS)
		return -EMSGSIZE;
	head.header = (struct message_header){ MESSAGE_MAGIC, MESSAGE_VERSION, (uint16_t)count };
	kinds_size = message_kinds_size(count);
	memset(head.kinds, 0, kinds_size);
	for (size_t i = 0; i < count; i++) {
		if (rights[i].kind < TRANSOM_RIGHT_SEND || rights[i].kind > TRANSOM_RIGHT_FD)
			return -EINVAL;
		if (rights[i].fd < 0)
			return -EBADF;
		head.kinds[i] = (uint8_t)rights[i].kind;
		fds[i] = rights[i].fd;
	}
	parts[0] = (struct iovec){ &head, sizeof(head.header) + kinds_size };
	parts[1] = (struct iovec){ (void *)bytes, size };
	return wire_send(send, parts, size ? 2 : 1, fds, (unsigned)count,
			 timeout_ms ? deadline_after(timeout_ms) : 0);
}

/* The events of a descriptor now; POLLNVAL if it is none. */
static int
poll_now(int fd, short events)
{
	struct pollfd entry = { .fd = fd, .events = events };

	while (poll(&entry, 1, 0) < 0)
		if (errno != EINTR && errno != EAGAIN)
			return POLLNVAL;
	return fd < 0 ? POLLNVAL : entry.revents;
}

int
transom_port_receive(int receive, struct transom_message *message, int timeout_ms)
{
	int r;

	if (!message)
		return -EINVAL;
	r = message_receive(message, receive, timeout_ms ? deadline_after(timeout_ms) : 0);
	/* A send right has nothing to read and says so by end of file, but its other end lives. */
	if (r == -ENOTCONN && !(poll_now(receive, 0) & POLLHUP))
		return -EBADF;
	return r;
}

bool
transom_port_is_dead_name(int send)
{
	return poll_now(send, 0) & (POLLHUP | POLLNVAL);
}

bool
transom_port_is_without_senders(int receive)
{
	return poll_now(receive, 0) & (POLLHUP | POLLNVAL);
}

static int
get_option(int fd, int option)
{
	int value;
	socklen_t size = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &size) < 0 ? -1 : value;
}

int
transom_port_check_right(int fd, enum transom_right_kind kind)
{
	int events;

	if (kind != TRANSOM_RIGHT_SEND && kind != TRANSOM_RIGHT_RECEIVE)
		return -EINVAL;
	if (get_option(fd, SO_DOMAIN) != AF_UNIX || get_option(fd, SO_TYPE) != SOCK_SEQPACKET ||
	    get_option(fd, SO_ACCEPTCONN) != 0)
		return -EBADF;
	events = poll_now(fd, POLLRDHUP);
	if (events & POLLHUP) /* the other end is gone: it may have been either */
		return 0;
	return !!(events & POLLRDHUP) == (kind == TRANSOM_RIGHT_SEND) ? 0 : -EBADF;
}
