/* surface-capsule.c - several descriptors as one: a socket with one message that is looked at, never taken. */
#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "fd-private.h"
#include "surface-private.h"
#include "wire-private.h"

/*
 * The writing end is closed when the message is there: so nobody can ever add one, and the kernel says so to
 * whoever gets the other end. To look at the message makes copies of its descriptors. Whoever has a copy of
 * the capsule can take the message out of it for all copies, as he can drop the lock of any right's copy.
 */
int
capsule_create(const int *fds, unsigned count, int *ret)
{
	struct capsule_message message = { CAPSULE_MAGIC, CAPSULE_VERSION, count };
	struct iovec part = { &message, sizeof(message) };
	int ends[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	r = wire_send(ends[1], &part, 1, fds, count, 0);
	fd_close(ends[1]);
	if (r < 0) {
		fd_close(ends[0]);
		return r == -EAGAIN ? -ENOMEM : r; /* a new socket without room for 16 bytes */
	}
	*ret = ends[0];
	return 0;
}

static int
get_option(int fd, int option)
{
	int value;
	socklen_t size = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &size) < 0 ? -errno : value;
}

/* Whether it is the right kind of socket, to which nothing can be sent any more. */
static int
check_socket(int fd)
{
	struct pollfd entry = { .fd = fd };

	if (get_option(fd, SO_DOMAIN) != AF_UNIX || get_option(fd, SO_TYPE) != SOCK_SEQPACKET ||
	    get_option(fd, SO_ACCEPTCONN) != 0)
		return -EMEDIUMTYPE;
	while (poll(&entry, 1, 0) < 0)
		if (errno != EINTR && errno != EAGAIN)
			return -errno;
	return entry.revents & POLLHUP ? 0 : -EPERM;
}

static int
check_message(int fd, const struct capsule_message *message, const struct wire_delivery *delivery)
{
	int queued;

	if (delivery->size < sizeof(*message))
		return -ENODATA;
	if (message->magic != CAPSULE_MAGIC)
		return -EBADMSG;
	if (message->version != CAPSULE_VERSION)
		return -EPROTONOSUPPORT;
	/* All that is queued counts, and nothing can come: there is not another one behind it. */
	if (ioctl(fd, SIOCINQ, &queued) < 0)
		return -errno;
	if (queued != (int)sizeof(*message))
		return -EBADMSG;
	if (delivery->fd_count > 1 + TRANSOM_MAX_PLANES)
		return -E2BIG;
	return message->fd_count == delivery->fd_count && message->fd_count > 1 ? 0 : -EPROTO;
}

int
capsule_open(int capsule, struct wire_delivery *ret)
{
	struct capsule_message message;
	int r = check_socket(capsule);

	if (r < 0)
		return r;
	r = wire_receive(capsule, &message, sizeof(message), MSG_PEEK, 0, ret);
	if (r == -ENOTCONN || r == -EAGAIN) /* it has been taken, or there never was one */
		return -ENODATA;
	if (r < 0)
		return r == -EBADF ? -EMEDIUMTYPE : r; /* a socket that was never connected */
	r = check_message(capsule, &message, ret);
	if (r < 0)
		wire_drop(ret);
	return r;
}
