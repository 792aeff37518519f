/* fd.c - file descriptors: close, copy, open anew; it knows nothing of what is behind them. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "fd-private.h"

/*
 * A descriptor of /proc/self/fd: opening "N" below it is a quarter cheaper than opening the whole
 * path. "self" is resolved when the folder is opened, so a forked child needs its own.
 */
static atomic_int proc_folder = -1;

static void
forget_proc_folder(void)
{
	atomic_store(&proc_folder, fd_close(atomic_load(&proc_folder)));
}

__attribute__((constructor)) static void
register_fork_handler(void)
{
	pthread_atfork(NULL, NULL, forget_proc_folder);
}

__attribute__((destructor)) static void
close_proc_folder(void)
{
	forget_proc_folder();
}

static int
get_proc_folder(void)
{
	int fd = atomic_load(&proc_folder);
	int expected = -1;

	if (fd >= 0)
		return fd;
	fd = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == EMFILE || errno == ENFILE || errno == ENOMEM ? -errno : -ENXIO;
	if (!atomic_compare_exchange_strong(&proc_folder, &expected, fd)) {
		fd_close(fd); /* another thread was faster */
		fd = expected;
	}
	return fd;
}

int
fd_close(int fd)
{
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
	return -1;
}

int
fd_dup(int fd, int *ret)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy < 0)
		return -errno;
	*ret = copy;
	return 0;
}

int
fd_reopen(int fd, int flags, int *ret)
{
	char digits[16], *name = digits + sizeof(digits);
	int folder, opened;

	if (fd < 0)
		return -EBADF;
	folder = get_proc_folder();
	if (folder < 0)
		return folder;
	*--name = 0; /* by hand: snprintf(3) is a noticeable part of making a right */
	for (unsigned rest = (unsigned)fd; rest || !*name; rest /= 10)
		*--name = (char)('0' + rest % 10);
	do
		opened = openat(folder, name, flags | O_CLOEXEC | O_NOCTTY);
	while (opened < 0 && errno == EINTR);
	if (opened < 0)
		return errno == ENOENT ? -EBADF : -errno;
	*ret = opened;
	return 0;
}

int
fd_pread_all(int fd, void *data, unsigned long size, unsigned long offset)
{
	char *at = data;

	while (size > 0) {
		ssize_t n = pread(fd, at, size, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -ENODATA;
		at += n;
		offset += (unsigned long)n;
		size -= (unsigned long)n;
	}
	return 0;
}
