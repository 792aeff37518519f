/* trace.c - lets one system call of a child's thread fail, without a change of the code that makes it. */
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
	struct fault fault;
	struct fault_trace *result;
	unsigned seen;
	bool counting;
	bool failing; /* the call that the child is in shall say that it failed */
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

	if (number == SYS_getpgid &&
	    ((int)info->entry.args[0] == START || (int)info->entry.args[0] == STOP)) {
		follower->counting = (int)info->entry.args[0] == START;
		follower->over = !follower->counting;
		return 0;
	}
	/* ETOOMANYREFS, the last one, is for descriptors alone. */
	count = fault_errnos(number, (const uint64_t *)info->entry.args, &name, &errnos);
	if (number == SYS_sendmsg && !has_control(follower->child, (unsigned long)info->entry.args[1]))
		count--;
	if (!follower->counting || !count || follower->fault.kind != FAULT_CALL ||
	    ++follower->seen != follower->fault.number)
		return 0;
	*follower->result = (struct fault_trace){ .hit = true, .errnos = count, .name = name };
	if (follower->fault.which >= count)
		return 0;
	follower->result->error = errnos[follower->fault.which];
	follower->failing = true;
	return fault_is_done(number) ? 0 : skip_call(follower->child);
}

/* brk(2) tells a failure by giving the end that there was; 0 is not the one that was asked for either. */
static int
end(struct follower *follower)
{
	bool brk = !strcmp(follower->result->name, "brk");

	follower->failing = false;
	return set_result(follower->child, brk ? 0 : -follower->result->error);
}

static int
look(struct follower *follower)
{
	struct ptrace_syscall_info info = { 0 };

	if (trace(PTRACE_GET_SYSCALL_INFO, follower->child, sizeof(info), &info) < 0)
		return -errno;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		return begin(follower, &info);
	if (info.op == PTRACE_SYSCALL_INFO_EXIT && follower->failing)
		return end(follower);
	return 0;
}

static int
wait_for_child(pid_t child, int *ret_status)
{
	while (waitpid(child, ret_status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

int
fault_trace_follow(int child, struct fault fault, struct fault_trace *ret)
{
	struct follower follower = { .child = child, .fault = fault, .result = ret };
	const unsigned long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;
	long deliver = 0;
	int status, r;

	*ret = (struct fault_trace){ 0 };
	r = wait_for_child(child, &status);
	if (r == 0 && WIFSTOPPED(status) && trace(PTRACE_SETOPTIONS, child, 0, (void *)options) < 0)
		r = -errno;
	while (r == 0 && WIFSTOPPED(status)) {
		if (trace(follower.over ? PTRACE_CONT : PTRACE_SYSCALL, child, 0, (void *)deliver) < 0 &&
		    errno != ESRCH)
			return -errno;
		r = wait_for_child(child, &status);
		deliver = r == 0 && WIFSTOPPED(status) ? WSTOPSIG(status) : 0;
		if (deliver == (SIGTRAP | 0x80)) {
			deliver = 0;
			r = look(&follower);
		}
	}
	return r < 0 ? r : status;
}
