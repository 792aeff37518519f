/*
 * doctor.h - what `transom doctor` finds: facts, each with how good it is and what to do.
 */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include <stdbool.h>

enum doctor_level {
	DOCTOR_OK,
	DOCTOR_WARNING, /* works, but less well, or not for everything */
	DOCTOR_ERROR, /* something that is needed does not work */
};

/* Notes a finding of a check. @advice: what to do, NULL for nothing. */
void
doctor_find(enum doctor_level level, const char *check, const char *advice, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * Runs @body in a process of its own, since sandboxes kill whoever asks, and limits too: 0, or the negative errno that it
 * returned, or minus 1000 minus the signal that ended it.
 */
int
doctor_try(int (*body)(void));

/* What came of doctor_try(): "works", what the errno means, or which signal. */
const char *
doctor_describe(int result, char text[128]);

/* Reads a number or a word from a file of /proc or /sys; false if it is not there. */
bool
doctor_read(const char *path, char *text, int size);

/* doctor-names.c: the runtime directory, and a port and a stream in it. */
void
doctor_check_names(void);

/* doctor-kernel.c: what the kernel has. */
void
doctor_check_kernel(void);

/* doctor-limits.c: limits of this process, of this user, of the machine. */
void
doctor_check_limits(void);

/* doctor-sandbox.c: procfs, and what this process is shut up in. */
void
doctor_check_sandbox(void);

#endif /* CLI_DOCTOR_H */
