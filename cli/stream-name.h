/*
 * stream-name.h - which stream is meant: a name, a descriptor that was inherited, or the only stream that there is.
 */
#ifndef CLI_STREAM_NAME_H
#define CLI_STREAM_NAME_H

#include <transom/name.h>

/* The descriptor by which a command that `transom exec` runs can join its stream. */
#define STREAM_NAME_VARIABLE "TRANSOM_STREAM_FD"

struct stream_name {
	char name[TRANSOM_NAME_MAX + 1]; /* for people, and to join by if there is no descriptor */
	int fd; /* for transom_subscriber_create_from_fd(); -1: by the name */
};

/*
 * @text is a stream's name or "fd:N". NULL or "-" stands for the descriptor in TRANSOM_STREAM_FD, or if there is none for
 * the only stream of this user. Returns 0, or an exit code after it has said what is wrong.
 */
int
stream_name_choose(const char *text, struct stream_name *ret);

/* Whether a stream can be called that. Returns 0, or EXIT_USAGE after it has said why not. */
int
stream_name_check(const char *text);

/* Says why a stream cannot be joined, by the error of transom_subscriber_create(). Returns the exit code. */
int
stream_name_complain(const struct stream_name *name, int error);

#endif /* CLI_STREAM_NAME_H */
