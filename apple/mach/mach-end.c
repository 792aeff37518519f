/* mach-end.c - the descriptor of a send right, and how one port is known again by its sockets. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "fd-private.h"
#include "mach-private.h"

/* Since Linux 5.14; Debian 12's headers have it, older ones not. */
#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

uint64_t
socket_cookie(int fd)
{
	uint64_t cookie = 0;
	socklen_t size = sizeof(cookie);

	return getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size) < 0 ? 0 : cookie;
}

struct end *
end_create(int fd)
{
	struct end *end = calloc(1, sizeof(*end));

	if (!end) {
		fd_close(fd);
		return NULL;
	}
	end->references = 1;
	end->fd = fd;
	end->identity.cookie = socket_cookie(fd);
	return end;
}

struct end *
end_ref(struct end *end)
{
	if (end)
		end->references++;
	return end;
}

struct end *
end_unref(struct end *end)
{
	if (end && --end->references == 0) {
		identity_remove(&end->identity);
		gauge_unref(end->gauge);
		fd_close(end->fd);
		free(end);
	}
	return NULL;
}

/*
 * The maker of a port has queued one message towards the send right, with the gauge's file, before it closed
 * that direction. It is looked at and never taken, so that everybody who has the right finds it.
 */
struct gauge *
end_get_gauge(struct end *end)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int) * 4)];
	} control;
	char byte[8];
	struct iovec part = { byte, sizeof(byte) };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};

	if (end->asked)
		return end->gauge;
	if (recvmsg(end->fd, &message, MSG_PEEK | MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0)
		return NULL;
	end->asked = true;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
		int fds[4];
		size_t count = c->cmsg_len < CMSG_LEN(0) ? 0 : (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		memcpy(fds, CMSG_DATA(c), (count > 4 ? 4 : count) * sizeof(int));
		for (size_t i = 0; i < count && i < 4; i++) {
			if (!end->gauge && gauge_adopt(fds[i], &end->gauge) < 0)
				end->gauge = NULL;
			fd_close(fds[i]);
		}
	}
	return end->gauge;
}

void
socket_bind(int receive)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	/* No name is given: the kernel chooses one. If it cannot, the two are not recognised: see pairs. */
	if (bind(receive, (struct sockaddr *)&address, sizeof(address.sun_family)) < 0)
		return;
}

static uint64_t
namespace_of(int fd)
{
	uint64_t cookie = 0;
	socklen_t size = sizeof(cookie);

	return getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) < 0 ? 0 : cookie;
}

/*
 * A chosen address is one socket's alone in its network namespace, and its peer is asked of the kernel: nobody
 * can make another socket look like this one's other end.
 */
bool
sockets_are_pair(int receive, int send)
{
	struct sockaddr_un mine, theirs;
	socklen_t mine_size = sizeof(mine), theirs_size = sizeof(theirs);
	uint64_t space = namespace_of(receive);

	memset(&mine, 0, sizeof(mine));
	memset(&theirs, 0, sizeof(theirs));
	if (getsockname(receive, (struct sockaddr *)&mine, &mine_size) < 0 ||
	    getpeername(send, (struct sockaddr *)&theirs, &theirs_size) < 0)
		return false;
	if (mine_size <= sizeof(mine.sun_family) + 1 || mine.sun_path[0] != 0) /* none, or a file's */
		return false;
	return mine_size == theirs_size && !memcmp(&mine, &theirs, mine_size) && space != 0 &&
	       space == namespace_of(send);
}
