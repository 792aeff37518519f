/* silent-file.h - an open file of a user-space file system whose server does not answer. */
#ifndef TEST_SILENT_FILE_H
#define TEST_SILENT_FILE_H

#include <stdbool.h>
#include <sys/types.h>

struct silent_file {
	int fd; /* whatever asks the server something about it waits for ever */
	pid_t server;
	char folder[64]; /* where it is mounted, in a mount namespace of this process's */
};

/* False if this process may not mount such a file system. */
bool
open_silent_file(struct silent_file *ret);

/* Ends the server, and with it whatever waits for it. */
void
close_silent_file(struct silent_file *file);

#endif /* TEST_SILENT_FILE_H */
