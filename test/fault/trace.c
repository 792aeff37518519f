/*
 * trace.c - lets one system call of a child's thread, or of the library's own thread in it, fail, without a change of the
 * code that makes it.
 */
#include <elf.h>
#include <errno.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault.h"

/* The marks are calls that nobody makes by chance: getpgid() of processes that cannot be. */
enum { START = -0x4654, STOP = -0x4650 };

/* Not the C library's ptrace(): its header and that of the kernel exclude each other. */
static long
trace(long request, pid_t pid, unsigned long address, void *data)
{
	return syscall(SYS_ptrace, request, (long)pid, address, data);
}

void
fault_trace_start(void)
{
	syscall(SYS_getpgid, (long)START);
}

void
fault_trace_stop(void)
{
	syscall(SYS_getpgid, (long)STOP);
}

/* Lets the call that begins now be none. */
static int
skip_call(pid_t child)
{
#ifdef __x86_64__
	return trace(PTRACE_POKEUSR, child, offsetof(struct user_regs_struct, orig_rax), (void *)-1L) < 0
		       ? -errno
		       : 0;
#elif defined(__aarch64__)
	int number = -1;
	struct iovec vector = { &number, sizeof(number) };

	return trace(PTRACE_SETREGSET, child, 0x404 /* NT_ARM_SYSTEM_CALL */, &vector) < 0 ? -errno : 0;
#else
	return -ENOSYS;
#endif
}

static int
set_result(pid_t child, long result)
{
#ifdef __x86_64__
	return trace(PTRACE_POKEUSR, child, offsetof(struct user_regs_struct, rax), (void *)result) < 0
		       ? -errno
		       : 0;
#elif defined(__aarch64__)
	struct user_regs_struct registers;
	struct iovec vector = { &registers, sizeof(registers) };

	if (trace(PTRACE_GETREGSET, child, NT_PRSTATUS, &vector) < 0)
		return -errno;
	registers.regs[0] = (unsigned long)result;
	return trace(PTRACE_SETREGSET, child, NT_PRSTATUS, &vector) < 0 ? -errno : 0;
#else
	return -ENOSYS;
#endif
}

static bool
has_control(pid_t child, unsigned long message)
{
	unsigned long size = 0;
	struct iovec here = { &size, sizeof(size) };
	struct iovec there = { (void *)(message + offsetof(struct msghdr, msg_controllen)), sizeof(size) };

	return process_vm_readv(child, &here, 1, &there, 1, 0) == sizeof(size) && size;
}

struct follower {
	pid_t child;
	pid_t thread; /* that has just stopped */
	struct fault fault;
	struct fault_trace *result;
	unsigned seen;
	bool counting;
	pid_t failing; /* the thread whose call shall say that it failed, or 0 */
	bool over; /* no other call matters */
};

/* A call that can fail begins, and may be the one. */
static int
begin(struct follower *follower, const struct ptrace_syscall_info *info)
{
	long number = (long)info->entry.nr;
	const int *errnos = NULL;
	const char *name;
	unsigned count;

	if (number == SYS_getpgid && follower->thread == follower->child &&
	    ((int)info->entry.args[0] == START || (int)info->entry.args[0] == STOP)) {
		follower->counting = (int)info->entry.args[0] == START;
		follower->over = !follower->counting;
		return 0;
	}
	/* ETOOMANYREFS, the last one, is for descriptors alone. */
	count = fault_errnos(number, (const uint64_t *)info->entry.args, &name, &errnos);
	if (number == SYS_sendmsg && !has_control(follower->child, (unsigned long)info->entry.args[1]))
		count--;
	if ((follower->thread != follower->child) != (follower->fault.kind == FAULT_THREAD_CALL))
		return 0;
	if (!follower->counting || !count ||
	    (follower->fault.kind != FAULT_CALL && follower->fault.kind != FAULT_THREAD_CALL) ||
	    ++follower->seen != follower->fault.number)
		return 0;
	*follower->result = (struct fault_trace){ .hit = true, .errnos = count, .name = name };
	if (follower->fault.which >= count)
		return 0;
	follower->result->error = errnos[follower->fault.which];
	follower->failing = follower->thread;
	return fault_is_done(number) ? 0 : skip_call(follower->thread);
}

/* brk(2) tells a failure by giving the end that there was; 0 is not the one that was asked for either. */
static int
end(struct follower *follower)
{
	bool brk = !strcmp(follower->result->name, "brk");

	follower->failing = 0;
	return set_result(follower->thread, brk ? 0 : -follower->result->error);
}

static int
look(struct follower *follower)
{
	struct ptrace_syscall_info info = { 0 };

	if (trace(PTRACE_GET_SYSCALL_INFO, follower->thread, sizeof(info), &info) < 0)
		return -errno;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		return begin(follower, &info);
	if (info.op == PTRACE_SYSCALL_INFO_EXIT && follower->failing == follower->thread)
		return end(follower);
	return 0;
}

static int
wait_for_thread(pid_t *ret, int *ret_status)
{
	do
		*ret = waitpid(-1, ret_status, __WALL);
	while (*ret < 0 && errno == EINTR);
	return *ret < 0 ? -errno : 0;
}

/* What a thread that has stopped is told when it goes on: the signal that stopped it, if that was one. */
static int
handle_stop(struct follower *follower, int status, long *ret_deliver)
{
	*ret_deliver = 0;
	if (WSTOPSIG(status) == (SIGTRAP | 0x80))
		return look(follower);
	/* A new thread begins with a stop; and its creator tells of it. */
	if (status >> 16 || (follower->thread != follower->child && WSTOPSIG(status) == SIGSTOP))
		return 0;
	*ret_deliver = WSTOPSIG(status);
	return 0;
}

int
fault_trace_follow(int child, struct fault fault, struct fault_trace *ret)
{
	struct follower follower = { .child = child, .fault = fault, .result = ret };
	unsigned long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;
	bool begun = false;
	long deliver = 0;
	int status, r;

	*ret = (struct fault_trace){ 0 };
	if (fault.kind == FAULT_THREAD_CALL)
		options |= PTRACE_O_TRACECLONE;
	for (;;) {
		r = wait_for_thread(&follower.thread, &status);
		if (r < 0)
			return r;
		if (!WIFSTOPPED(status) && follower.thread == child)
			return status;
		if (!WIFSTOPPED(status))
			continue;
		if (!begun) {
			if (trace(PTRACE_SETOPTIONS, child, 0, (void *)options) < 0)
				return -errno;
			begun = true;
		} else {
			r = handle_stop(&follower, status, &deliver);
		}
		/* It may have been killed meanwhile. */
		if (r < 0 && r != -ESRCH)
			return r;
		if (trace(follower.over ? PTRACE_CONT : PTRACE_SYSCALL, follower.thread, 0, (void *)deliver) <
			    0 &&
		    errno != ESRCH)
			return -errno;
	}
}
