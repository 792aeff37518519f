/*
 * confinement.h - takes from a process all files, and all system calls but some. What a program of the library needs
 * there is test-sandbox.c's.
 */
#ifndef TEST_CONFINEMENT_H
#define TEST_CONFINEMENT_H

#include <stdbool.h>

/* Means to take files away; either is enough, and a machine may permit neither. */
enum { EMPTY_NAMESPACE = 1, LANDLOCK = 2 };

/*
 * From here on this process, of one thread, opens no file by any path; what is open stays. By all of @means that work:
 * those that did. Not for the process of a test itself, which looks for leaks in procfs.
 */
unsigned
leave_file_system(unsigned means);

/* Whether nothing is left of it. */
bool
is_without_files(void);

struct allowed {
	const char *name;
	long number;
};

enum { NO_CALL = -1 };

/* All of @calls but @without go on working; openat() gives @openat_error, if that is one. All others kill. */
void
allow_calls(const struct allowed *calls, unsigned count, long without, int openat_error);

#endif /* TEST_CONFINEMENT_H */
