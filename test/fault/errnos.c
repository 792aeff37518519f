/* errnos.c - with which errors each system call is tried: those that its manual page gives for what we do with it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/syscall.h>

#include "fault.h"

/*
 * What is not here does not fail: it cannot (getpid), would be a mistake of ours (rt_sigprocmask with a bad set), or
 * leaves nothing that anybody could do (munmap of a whole mapping fails only where the kernel has no memory to
 * split one; the mapping stays then, whatever the library does; setsockopt and getsockopt of what we ask for take
 * nothing that could be missing).
 */
static const struct {
	long number;
	const char *name;
	int errnos[12];
} calls[] = {
#define CALL(call, ...)                                                                                      \
	{                                                                                                    \
		SYS_##call, #call,                                                                           \
		{                                                                                            \
			__VA_ARGS__                                                                          \
		}                                                                                            \
	}
	CALL(openat, EMFILE, ENFILE, ENOMEM, EACCES, ENOENT, EINTR),
	CALL(close, EINTR, EIO),
	CALL(read, EAGAIN, EINTR),
	CALL(write, EINTR), /* to eventfds, whose count is never so high that one more has to wait */
	CALL(pread64, EINTR, ENOMEM, EACCES),
	CALL(pwrite64, EINTR, ENOMEM, ENOSPC),
	CALL(fstat, ENOMEM),
	CALL(newfstatat, ENOMEM, EACCES, ENOENT), /* of a descriptor: as fstat */
	CALL(statx, ENOMEM, EACCES),
	CALL(fstatfs, ENOMEM),
	CALL(ftruncate, EINTR, ENOMEM, ENOSPC),
	CALL(fallocate, EINTR, ENOMEM, ENOSPC),
	CALL(memfd_create, EMFILE, ENFILE, ENOMEM),
	CALL(mmap, ENOMEM, EAGAIN),
	CALL(mremap, ENOMEM),
	CALL(madvise, ENOMEM, EAGAIN, EINVAL),
	CALL(mprotect, ENOMEM),
	CALL(brk, ENOMEM),
	CALL(socket, EMFILE, ENFILE, ENOMEM, EACCES),
	CALL(socketpair, EMFILE, ENFILE, ENOMEM),
	CALL(bind, EADDRINUSE, EACCES, EROFS, ENOSPC, ENOMEM, EIO),
	CALL(listen, EADDRINUSE),
	CALL(connect, EAGAIN, ECONNREFUSED, EACCES, EINTR, ENOENT),
	CALL(accept4, EMFILE, ENFILE, ENOMEM, ENOBUFS, ECONNABORTED, EINTR),
	CALL(sendmsg, EAGAIN, EINTR, ENOBUFS, ENOMEM, EPIPE, ECONNRESET, ETOOMANYREFS),
	CALL(recvmsg, EAGAIN, EINTR, ENOMEM, ECONNRESET),
	CALL(ppoll, EINTR, ENOMEM),
	CALL(epoll_create1, EMFILE, ENFILE, ENOMEM),
	CALL(epoll_ctl, ENOMEM, ENOSPC),
	CALL(epoll_pwait, EINTR),
	CALL(inotify_init1, EMFILE, ENFILE, ENOMEM),
	CALL(inotify_add_watch, ENOMEM, ENOSPC, EACCES),
	CALL(timerfd_create, EMFILE, ENFILE, ENOMEM),
	CALL(timerfd_settime, ENOMEM),
	CALL(eventfd2, EMFILE, ENFILE, ENOMEM),
	CALL(mkdirat, ENOSPC, EDQUOT, EROFS, EACCES, ENOMEM, EIO),
	CALL(unlinkat, EACCES, EROFS, EIO, ENOENT),
	CALL(linkat, ENOSPC, EDQUOT, EROFS, EACCES, EIO),
	CALL(symlinkat, ENOSPC, EDQUOT, EROFS, EACCES, EIO),
	CALL(readlinkat, ENOMEM, EACCES, ENOENT),
	CALL(renameat2, ENOSPC, EDQUOT, EROFS, EACCES, EIO),
	CALL(fchmod, EROFS, EIO),
	CALL(getdents64, ENOENT, EIO),
	CALL(lseek, EINVAL),
	CALL(getrandom, EINTR),
	CALL(clone, EAGAIN, ENOMEM),
#ifdef SYS_clone3
	CALL(clone3, EAGAIN, ENOMEM, EPERM),
#endif
	CALL(clock_nanosleep, EINTR),
#ifdef SYS_poll /* of older machines alone */
	CALL(poll, EINTR, ENOMEM),
	CALL(epoll_wait, EINTR),
	CALL(mkdir, ENOSPC, EDQUOT, EROFS, EACCES, ENOMEM, EIO),
	CALL(unlink, EACCES, EROFS, EIO, ENOENT),
	CALL(rename, ENOSPC, EDQUOT, EROFS, EACCES, EIO),
	CALL(readlink, ENOMEM, EACCES, ENOENT),
#endif
};

/* With these the command decides. */
static const struct {
	int command;
	const char *name;
	int errnos[4];
} commands[] = {
	{ F_DUPFD_CLOEXEC, "fcntl(F_DUPFD_CLOEXEC)", { EMFILE } },
	{ F_OFD_SETLK, "fcntl(F_OFD_SETLK)", { EAGAIN, EINTR, ENOLCK } },
	{ F_ADD_SEALS, "fcntl(F_ADD_SEALS)", { EPERM } },
};

static unsigned
count_errnos(const int *errnos, unsigned room)
{
	unsigned n = 0;

	while (n < room && errnos[n])
		n++;
	return n;
}

static unsigned
fcntl_errnos(int command, const char **ret_name, const int **ret)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (commands[i].command == command) {
			*ret_name = commands[i].name;
			*ret = commands[i].errnos;
			return count_errnos(*ret, 4);
		}
	*ret_name = "fcntl";
	return 0;
}

/* The C library ends the program for most: its own locks are futexes. */
static unsigned
futex_errnos(uint64_t operation, const char **ret_name, const int **ret)
{
	static const int errnos[] = { EAGAIN, EINTR };
	int command = (int)operation & FUTEX_CMD_MASK;

	*ret_name = "futex";
	*ret = errnos;
	return command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET ? 2 : 0;
}

unsigned
fault_errnos(long number, const uint64_t *arguments, const char **ret_name, const int **ret)
{
	static const int creating[] = { EMFILE, ENFILE, ENOMEM, EACCES, ENOENT, EINTR,
					ENOSPC, EDQUOT, EROFS,  EIO,    0 };
	/* A descriptor of this process again, through procfs: that is there. */
	static const int again[] = { EMFILE, ENFILE, ENOMEM, EACCES, EINTR, 0 };
	static const int opened[] = { ENOMEM, 0 };

	if (number == SYS_fcntl)
		return fcntl_errnos((int)arguments[1], ret_name, ret);
	if (number == SYS_futex)
		return futex_errnos(arguments[1], ret_name, ret);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i].number == number) {
			*ret_name = calls[i].name;
			*ret = calls[i].errnos;
			if (number == SYS_openat && arguments[2] & O_CREAT)
				*ret = creating;
			if (number == SYS_openat && arguments[2] & O_NOCTTY)
				*ret = again;
			if (number == SYS_newfstatat && arguments[3] & AT_EMPTY_PATH)
				*ret = opened;
			return count_errnos(*ret, 12);
		}
	*ret_name = "?";
	return 0;
}

bool
fault_is_done(long number)
{
	return number == SYS_close;
}
