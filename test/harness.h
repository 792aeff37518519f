/*
 * harness.h - tests that run each in a process of its own, with a time limit, and that fail if they
 * leave a file descriptor or a mapping of shared memory behind. Prints TAP.
 */
#ifndef TEST_HARNESS_H
#define TEST_HARNESS_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

struct test {
	const char *name;
	void (*run)(void);
	unsigned seconds;
};

/* TEST(name) { ... } runs for 20 s at most; TEST_FOR(name, seconds) for as long as it says. */
#define TEST_FOR(fn, limit)                                                                                  \
	static void fn(void);                                                                                \
	static const struct test t_##fn                                                                      \
		__attribute__((used, section("tests"), aligned(sizeof(void *)))) = { #fn, fn, limit };       \
	static void fn(void)
#define TEST(fn) TEST_FOR(fn, 20)

#define check(condition)                                                                                     \
	do {                                                                                                 \
		if (!(condition)) {                                                                          \
			fprintf(stderr, "%s:%d: %s: not so: %s\n", __FILE__, __LINE__, __func__,             \
				#condition);                                                                 \
			abort();                                                                             \
		}                                                                                            \
	} while (0)

/* Compares numbers and prints both when they differ. */
#define check_eq(have, want)                                                                                 \
	do {                                                                                                 \
		long long have_ = (long long)(have), want_ = (long long)(want);                              \
		if (have_ != want_) {                                                                        \
			fprintf(stderr, "%s:%d: %s: %s is %lld, not %lld (%s)\n", __FILE__, __LINE__,        \
				__func__, #have, have_, want_, #want);                                       \
			abort();                                                                             \
		}                                                                                            \
	} while (0)

/* Ends the test as skipped, saying why. */
_Noreturn void
skip(const char *why);

/* Ends the test as skipped under "valgrind" or "qemu", for what they do themselves and in their own way. */
void
skip_under(const char *what, const char *why);

/* Descriptors open in this process. */
int
count_fds(void);

/* Mappings of memory files in this process. */
int
count_mappings(void);

/*
 * Waits until all other threads of this process sleep: what they have been woken for, as by a descriptor that was closed,
 * is done then. Gives up after a second or more.
 */
void
wait_until_quiet(void);

/*
 * Runs @body in a forked child and returns its pid; the child exits 0 when the body returns, and
 * dies with its parent.
 */
pid_t
spawn(void (*body)(void *), void *argument);

/* Waits for a child: its exit status, or minus the signal that ended it. */
int
wait_for(pid_t pid);

/*
 * Hides procfs from this process and those it forks, for which it gets namespaces of its own; false if
 * that is not permitted. Not for the process of a test itself, which looks for leaks in procfs.
 */
bool
hide_procfs(void);

/* A runtime directory of the test's own, empty; its path is in @folder until the next. */
extern char folder[64];
void
use_folder(void);

/* Removes it, and its folder of that name ("ports", "streams") if there is one: fails if anything is left in it. */
void
drop_folder(const char *kind);

/*
 * A signal every millisecond, whose handler does nothing and does not restart what it interrupted, until
 * end_signals(). Not inherited by forked children.
 */
void
begin_signals(void);
void
end_signals(void);

/* A number on a command line, in decimal and at most 10^9; anything else ends the program with a sentence. */
unsigned long
parse_number(const char *text);

/* Seconds between now and the number that an earlier call with 0 gave. */
double
seconds_since(double start);

#endif /* TEST_HARNESS_H */
