/* count-syscalls.c - counts the system calls of a child by tracing it; it measures no time. */
#include <errno.h>
#include <fcntl.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "count-syscalls.h"

/* The marks are calls that nobody makes by chance: getpgid() of processes that cannot be. */
enum { START = -0x5354, STOP = -0x5350, REFUSED = 77 };

/* Not the C library's ptrace(): its header and that of the kernel exclude each other. */
static long
trace(long request, pid_t pid, unsigned long address, void *data)
{
	return syscall(SYS_ptrace, request, (long)pid, address, data);
}

void
count_syscalls_start(void)
{
	syscall(SYS_getpgid, (long)START);
}

void
count_syscalls_stop(void)
{
	syscall(SYS_getpgid, (long)STOP);
}

struct name {
	long number;
	const char *name;
};

static const char *
find_name(const struct name *names, size_t count, long number)
{
	for (size_t i = 0; i < count; i++)
		if (names[i].number == number)
			return names[i].name;
	return "?";
}

static const char *
name_fcntl(int command)
{
	static const struct name names[] = {
		{ F_OFD_SETLK, "fcntl(F_OFD_SETLK)" }, { F_OFD_GETLK, "fcntl(F_OFD_GETLK)" },
		{ F_GET_SEALS, "fcntl(F_GET_SEALS)" }, { F_ADD_SEALS, "fcntl(F_ADD_SEALS)" },
		{ F_GETFL, "fcntl(F_GETFL)" },         { F_DUPFD_CLOEXEC, "fcntl(F_DUPFD_CLOEXEC)" },
	};
	const char *name = find_name(names, sizeof(names) / sizeof(names[0]), command);

	return name[0] == '?' ? "fcntl" : name;
}

static const char *
name_call(const struct ptrace_syscall_info *info)
{
#define NAME(call)                                                                                           \
	{                                                                                                    \
		SYS_##call, #call                                                                            \
	}
	static const struct name names[] = {
		NAME(openat),
		NAME(close),
		NAME(read),
		NAME(write),
		NAME(pread64),
		NAME(pwrite64),
		NAME(fstat),
		NAME(newfstatat),
		NAME(fstatfs),
		NAME(ftruncate),
		NAME(fallocate),
		NAME(memfd_create),
		NAME(mmap),
		NAME(munmap),
		NAME(mremap),
		NAME(madvise),
		NAME(mprotect),
		NAME(brk),
		NAME(sendmsg),
		NAME(recvmsg),
		NAME(ppoll),
		NAME(futex),
		NAME(socketpair),
		NAME(getsockopt),
		NAME(setsockopt),
		NAME(clock_gettime),
		NAME(getrandom),
		NAME(getpid),
		NAME(epoll_pwait),
		NAME(epoll_ctl),
		NAME(inotify_init1),
		NAME(inotify_add_watch),
		NAME(timerfd_settime),
		NAME(rt_sigprocmask),
		NAME(statx),
#ifdef SYS_poll
		NAME(poll),
#endif
	};
#undef NAME

	if ((long)info->entry.nr == SYS_fcntl)
		return name_fcntl((int)info->entry.args[1]);
	return find_name(names, sizeof(names) / sizeof(names[0]), (long)info->entry.nr);
}

static void
add(struct syscall_counts *counts, const char *name)
{
	const unsigned room = sizeof(counts->of) / sizeof(counts->of[0]);
	unsigned i = 0;

	counts->total++;
	while (i < counts->kinds && strcmp(counts->of[i].name, name) != 0)
		i++;
	if (i == room)
		counts->of[--i].name = "?";
	else if (i == counts->kinds)
		counts->of[counts->kinds++] = (struct syscall_count){ .name = name };
	counts->of[i].times++;
}

unsigned long
count_syscalls_named(const struct syscall_counts *counts, const char *name)
{
	for (unsigned i = 0; i < counts->kinds; i++)
		if (!strcmp(counts->of[i].name, name))
			return counts->of[i].times;
	return 0;
}

/* What the child is about to do, if that is to be counted. */
static int
look(pid_t child, bool *counting, struct syscall_counts *counts)
{
	struct ptrace_syscall_info info = { 0 };

	if (trace(PTRACE_GET_SYSCALL_INFO, child, sizeof(info), &info) < 0)
		return errno == EIO ? -ENOSYS : -errno;
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return 0;
	if ((long)info.entry.nr == SYS_getpgid && (int)info.entry.args[0] == START)
		*counting = true;
	else if ((long)info.entry.nr == SYS_getpgid && (int)info.entry.args[0] == STOP)
		*counting = false;
	else if (*counting)
		add(counts, name_call(&info));
	return 0;
}

static int
wait_for_stop(pid_t child, int *ret_status)
{
	while (waitpid(child, ret_status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (WIFEXITED(*ret_status) && WEXITSTATUS(*ret_status) == REFUSED)
		return -EPERM;
	return WIFSTOPPED(*ret_status) ? 0 : -ECHILD;
}

/* Follows the child from call to call until it ends: 0 if well. */
static int
follow(pid_t child, struct syscall_counts *counts)
{
	long deliver = 0;
	bool counting = false;
	int status, r;

	for (;;) {
		if (trace(PTRACE_SYSCALL, child, 0, (void *)deliver) < 0)
			return -errno;
		r = wait_for_stop(child, &status);
		if (r < 0)
			return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : r;
		deliver = WSTOPSIG(status);
		if (deliver != (SIGTRAP | 0x80))
			continue; /* a signal of its own: it shall have it */
		deliver = 0;
		r = look(child, &counting, counts);
		if (r < 0)
			return r;
	}
}

int
count_syscalls(void (*body)(void *), void *argument, struct syscall_counts *ret)
{
	struct syscall_counts counts = { 0 };
	int status, r;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child < 0)
		return -errno;
	if (child == 0) {
		if (trace(PTRACE_TRACEME, 0, 0, NULL) < 0)
			_exit(REFUSED);
		raise(SIGSTOP);
		body(argument);
		_exit(0);
	}
	r = wait_for_stop(child, &status);
	if (r < 0)
		return r;
	if (trace(PTRACE_SETOPTIONS, child, 0, (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)) < 0)
		r = -errno;
	if (r == 0)
		r = follow(child, &counts);
	if (r == 0) {
		*ret = counts;
	} else if (kill(child, SIGKILL) == 0) {
		while (waitpid(child, &status, 0) > 0 && !WIFEXITED(status) && !WIFSIGNALED(status))
			;
	}
	return r;
}
