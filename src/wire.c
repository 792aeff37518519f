/* wire.c - one message and its descriptors over one Unix socket; it does not read the bytes. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "deadline-private.h"
#include "fd-private.h"
#include "wire-private.h"

/* Since Linux 6.5; Debian 12's headers are older. */
#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#endif
#ifndef SCM_PIDFD
#define SCM_PIDFD 0x04
#endif

/* Room for all that the kernel can attach, so that truncation means: no descriptor left here. */
union control {
	struct cmsghdr align;
	char space[CMSG_SPACE(sizeof(int) * WIRE_MAX_FDS) + CMSG_SPACE(sizeof(struct ucred)) +
		   CMSG_SPACE(sizeof(int))];
};

int
wire_ask_for_sender(int socket, int with_pidfd)
{
	int on = 1;

	if (setsockopt(socket, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0)
		return -errno;
	if (with_pidfd && setsockopt(socket, SOL_SOCKET, SO_PASSPIDFD, &on, sizeof(on)) < 0)
		return errno == ENOPROTOOPT ? -EOPNOTSUPP : -errno;
	return 0;
}

/* Waits after a call that found the socket not ready; 0 to try again. */
static int
wait_for_socket(int socket, short events, int64_t deadline)
{
	int r;

	if (deadline == 0)
		return -EAGAIN;
	r = deadline_poll(socket, events, deadline);
	if (r < 0)
		return r;
	return r ? 0 : -ETIMEDOUT;
}

static int
send_error(int error)
{
	switch (error) {
	case ECONNRESET: /* the receiver closed with messages unread: reported once, then EPIPE */
		return -EPIPE;
	case ENOTSOCK:
	case ENOTCONN:
	case EOPNOTSUPP:
	case EDESTADDRREQ:
		return -EBADF;
	case ENOBUFS:
		return -ENOMEM;
	default:
		return -error;
	}
}

int
wire_send(int socket, const struct iovec *parts, unsigned part_count, const int *fds, unsigned fd_count,
	  int64_t deadline)
{
	union control control;
	struct msghdr message = { .msg_iov = (struct iovec *)parts, .msg_iovlen = part_count };
	int flags = MSG_NOSIGNAL | (deadline == DEADLINE_NEVER ? 0 : MSG_DONTWAIT);

	if (fd_count > WIRE_MAX_FDS)
		return -E2BIG;
	if (fd_count > 0) {
		struct cmsghdr *header = &control.align;

		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
		memset(&control, 0, message.msg_controllen); /* the padding too */
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
		memcpy(CMSG_DATA(header), fds, sizeof(int) * fd_count);
	}
	for (;;) {
		int r;

		if (sendmsg(socket, &message, flags) >= 0)
			return 0;
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return send_error(errno);
		r = wait_for_socket(socket, POLLOUT, deadline);
		if (r < 0)
			return r;
	}
}

void
wire_drop(struct wire_delivery *delivery)
{
	for (unsigned i = 0; i < delivery->fd_count; i++)
		delivery->fds[i] = fd_close(delivery->fds[i]);
	delivery->fd_count = 0;
	delivery->sender.pidfd = fd_close(delivery->sender.pidfd);
}

/* Collects what the kernel attached; returns whether there was anything at all. */
static int
collect(struct msghdr *message, struct wire_delivery *ret)
{
	int any = 0;

	ret->fd_count = 0;
	ret->sender = (struct wire_sender){ .pid = 0, .uid = (uid_t)-1, .gid = (gid_t)-1, .pidfd = -1 };
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level != SOL_SOCKET)
			continue;
		any = 1;
		if (c->cmsg_type == SCM_RIGHTS) {
			ret->fd_count = (unsigned)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
			memcpy(ret->fds, CMSG_DATA(c), ret->fd_count * sizeof(int));
		} else if (c->cmsg_type == SCM_CREDENTIALS) {
			struct ucred sender;

			memcpy(&sender, CMSG_DATA(c), sizeof(sender));
			ret->sender.pid = sender.pid;
			ret->sender.uid = sender.uid;
			ret->sender.gid = sender.gid;
		} else if (c->cmsg_type == SCM_PIDFD) {
			memcpy(&ret->sender.pidfd, CMSG_DATA(c), sizeof(int));
		}
	}
	return any;
}

static int
receive_error(int error)
{
	switch (error) {
	case ENOTSOCK:
	case ENOTCONN:
	case EOPNOTSUPP:
	case EINVAL:
		return -EBADF;
	default:
		return -error;
	}
}

int
wire_receive(int socket, void *buffer, size_t size, int flags, int64_t deadline, struct wire_delivery *ret)
{
	union control control;
	struct iovec part = { .iov_base = buffer, .iov_len = size };
	struct msghdr message;
	ssize_t n;
	int any;

	flags |= MSG_CMSG_CLOEXEC | (deadline == DEADLINE_NEVER ? 0 : MSG_DONTWAIT);
	for (;;) {
		int r;

		message = (struct msghdr){ .msg_iov = &part,
					   .msg_iovlen = 1,
					   .msg_control = &control,
					   .msg_controllen = sizeof(control) };
		n = recvmsg(socket, &message, flags);
		if (n >= 0)
			break;
		/* ECONNRESET: the peer left unread what was sent to it; the queue here still stands. */
		if (errno == EINTR || errno == ECONNRESET)
			continue;
		if (errno != EAGAIN)
			return receive_error(errno);
		r = wait_for_socket(socket, POLLIN, deadline);
		if (r < 0)
			return r;
	}
	any = collect(&message, ret);
	ret->size = (size_t)n;
	if (n > 0 && !(message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
		return 0;
	wire_drop(ret);
	if (message.msg_flags & MSG_CTRUNC)
		return -EMFILE;
	return n == 0 && !any ? -ENOTCONN : -EBADMSG;
}
