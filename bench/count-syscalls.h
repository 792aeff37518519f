/* count-syscalls.h - how many system calls some code makes, and which: counted, not estimated. */
#ifndef BENCH_COUNT_SYSCALLS_H
#define BENCH_COUNT_SYSCALLS_H

struct syscall_count {
	const char *name; /* "?" for one without a name here */
	unsigned long times;
};

struct syscall_counts {
	unsigned long total;
	unsigned kinds;
	struct syscall_count of[24]; /* in the order of their first times; the last one takes what is left */
};

/*
 * Runs @body in a traced child and counts what it does between count_syscalls_start() and
 * count_syscalls_stop(). 0, or -EPERM or -ENOSYS where tracing is not possible, or -ECHILD if the child
 * did not end well.
 */
int
count_syscalls(void (*body)(void *), void *argument, struct syscall_counts *ret);

/* Only inside of such a body. */
void
count_syscalls_start(void);
void
count_syscalls_stop(void);

/* How often the call of that name was made. */
unsigned long
count_syscalls_named(const struct syscall_counts *counts, const char *name);

#endif /* BENCH_COUNT_SYSCALLS_H */
