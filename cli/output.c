/* output.c - writes to where somebody may not read, and still hears Ctrl-C; what the bytes are is not its business. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output.h"
#include "stop.h"

enum { GRACE_MS = 2000 };

enum output_kind {
	OUTPUT_PLAIN, /* takes all at once, or does not wait */
	OUTPUT_SOCKET,
	OUTPUT_SLOW_PIPE, /* would wait: another user's, which could not be opened once more */
};

static bool given_up;

/* A pipe is opened once more: not to wait is then a matter of this process's alone, not of all who share the pipe's end. */
int
output_open_stdout(void)
{
	struct stat status;
	int fd = -1;

	if (fstat(STDOUT_FILENO, &status) == 0 && S_ISFIFO(status.st_mode))
		fd = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? -errno : fd;
}

/* Waits until there is room. Who is asked to stop completes what it writes, if somebody reads it. */
static int
wait_for_room(int fd)
{
	struct pollfd wait[2] = { { .fd = fd, .events = POLLOUT },
				  { .fd = stop_get_fd(), .events = POLLIN } };
	const bool stopping = stop_is_asked();
	const int r = poll(wait, stopping ? 1 : 2, stopping ? GRACE_MS : -1);

	if (r < 0 && errno != EINTR)
		return -errno;
	if (r == 0) {
		given_up = true;
		return -EINTR;
	}
	return 0;
}

static enum output_kind
kind_of(int fd)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return OUTPUT_PLAIN;
	if (S_ISSOCK(status.st_mode))
		return OUTPUT_SOCKET;
	return S_ISFIFO(status.st_mode) && (fcntl(fd, F_GETFL) & O_NONBLOCK) == 0 ? OUTPUT_SLOW_PIPE
										  : OUTPUT_PLAIN;
}

/* So much as a pipe takes that has any room at all. */
static ssize_t
write_slow_pipe(int fd, const struct iovec *part)
{
	struct pollfd room = { .fd = fd, .events = POLLOUT };

	if (poll(&room, 1, 0) == 0) {
		errno = EAGAIN;
		return -1;
	}
	return write(fd, part->iov_base, part->iov_len < PIPE_BUF ? part->iov_len : PIPE_BUF);
}

/* Never waits. */
static ssize_t
write_some(int fd, enum output_kind kind, struct iovec *parts, int count)
{
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = (size_t)count };

	switch (kind) {
	case OUTPUT_SOCKET:
		return sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	case OUTPUT_SLOW_PIPE:
		return write_slow_pipe(fd, parts);
	case OUTPUT_PLAIN:
		break;
	}
	return writev(fd, parts, count);
}

/* Leaves out what is written. */
static void
advance(struct iovec **parts, int *count, size_t written)
{
	while (*count > 0 && written >= (*parts)->iov_len) {
		written -= (*parts)->iov_len;
		++*parts;
		--*count;
	}
	if (*count > 0) {
		(*parts)->iov_base = (char *)(*parts)->iov_base + written;
		(*parts)->iov_len -= written;
	}
}

int
output_write(int fd, struct iovec *parts, int count)
{
	const enum output_kind kind = kind_of(fd);
	int r = given_up ? -EINTR : 0;

	while (r == 0 && count > 0) {
		const ssize_t written = write_some(fd, kind, parts, count);

		if (written >= 0)
			advance(&parts, &count, (size_t)written);
		else if (errno == EAGAIN)
			r = wait_for_room(fd);
		else if (errno != EINTR)
			r = -errno;
	}
	return r;
}
