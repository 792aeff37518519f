/*
 * fault.h - cases for fault injection: one for each public function, each of which is tried with every system
 * call and every allocation that it makes failing once.
 */
#ifndef TEST_FAULT_H
#define TEST_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <transom/transom.h>

struct transom_surface;

struct fault_case {
	const char *function;
	void (*prepare)(void); /* once, in the process of its own that each trial has */
	void (*before)(void); /* before each call */
	int (*call)(void); /* what may fail: negative errno, or anything else */
	void (*after)(int r); /* takes back what @before and, if @r is no error, @call have made */
};

/*
 * FAULT(transom_x, prepare, before, after) { return transom_x(...); } A function that has nothing to prepare or to
 * take back says nothing().
 */
#define FAULT(fn, first, each, last)                                                                         \
	static int call_##fn(void);                                                                          \
	static const struct fault_case f_##fn                                                                \
		__attribute__((used, section("faults"), aligned(sizeof(void *)))) = { #fn, first, each,      \
										      call_##fn, last };     \
	static int call_##fn(void)

void
nothing(void);
void
nothing_after(int r);

/* Where calls put their outputs. A call that fails must leave all of it as it was. */
extern union outputs {
	void *pointer;
	int fds[2];
	uint32_t word;
	uint64_t number;
	size_t size;
	char text[512];
	uint8_t bytes[8192];
} out;

/* The surface of which neither a use nor a right may be left behind, or NULL. */
extern struct transom_surface *watched;

/* What a trial has done, for the process that traces it. */
struct fault_report {
	bool finished; /* without complaints */
	bool hit; /* an allocation failed */
	int result;
};

enum fault_kind {
	FAULT_NONE,
	FAULT_CALL, /* of the thread that makes the marks */
	FAULT_ALLOCATION,
	FAULT_THREAD_CALL, /* of all others of its process */
	FAULT_THREAD_ALLOCATION,
};

/* What goes wrong in a trial: the one of this number, and if it is a system call, the errno of this number. */
struct fault {
	enum fault_kind kind;
	unsigned number;
	unsigned which;
};

/* How a traced trial went. */
struct fault_trace {
	bool hit; /* a call failed */
	unsigned errnos; /* that this call may fail with */
	const char *name; /* of the call */
	int error;
};

/*
 * In the traced child: from start to stop its thread's system calls, or those of all others, count.
 */
void
fault_trace_start(void);
void
fault_trace_stop(void);

/* Traces a child that stops itself first, until it ends; its wait status, or a negative errno. */
int
fault_trace_follow(int child, struct fault fault, struct fault_trace *ret);

/* The errors, of those that a system call can have, that it is tried with: their number, 0 for a call that stays. */
unsigned
fault_errnos(long number, const uint64_t *arguments, const char **ret_name, const int **ret);

/* Whether the call is done before it says that it has failed, as close(2) does. */
bool
fault_is_done(long number);

/* Allocations of this thread: how many there are now, of all threads. */
long
allocations_count(void);

/* Lets the allocation of that number fail from now on, once; 0: none. */
void
allocations_fail(unsigned number);

/* Whether it did. */
bool
allocations_failed(void);

/* The same, for all threads but this one. */
void
allocations_fail_elsewhere(unsigned number);
bool
allocations_failed_elsewhere(void);

#endif /* TEST_FAULT_H */
