/* lock.c - locks on one byte of a file, owned by an open file description; it never waits. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "lock-private.h"

static int
set_lock(int fd, uint64_t byte, short type)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)byte, .l_len = 1 };

	while (fcntl(fd, F_OFD_SETLK, &lock) < 0) {
		if (errno == EINTR)
			continue;
		return errno == EAGAIN || errno == EACCES ? -EBUSY : -errno;
	}
	return 0;
}

int
lock_byte_shared(int fd, uint64_t byte)
{
	return set_lock(fd, byte, F_RDLCK);
}

int
lock_byte_exclusive(int fd, uint64_t byte)
{
	return set_lock(fd, byte, F_WRLCK);
}

int
lock_byte_release(int fd, uint64_t byte)
{
	return set_lock(fd, byte, F_UNLCK);
}

int
lock_byte_is_held(int fd, uint64_t byte)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)byte, .l_len = 1 };

	if (fcntl(fd, F_OFD_GETLK, &lock) < 0)
		return -errno;
	return lock.l_type != F_UNLCK;
}
