/*
 * name-private.h - names of living things in a folder of the runtime directory, for any room that
 * has such things: ports, streams, surfaces.
 */
#ifndef TRANSOM_NAME_PRIVATE_H
#define TRANSOM_NAME_PRIVATE_H

#include <stdint.h>

#include <transom/name.h>

/* -EINVAL or -ENAMETOOLONG if it cannot be a name. */
int
name_check(const char *name);

/* What an owner says of itself, by its own word. */
struct name_owner {
	int32_t pid; /* 0: unknown */
	char description[TRANSOM_NAME_MAX_DESCRIPTION + 1]; /* plain text, "" for none */
	uint64_t identity; /* the same under whatever name; 0: unknown */
};

/* -E2BIG if it is too long, -EINVAL if it is no plain text. NULL is accepted. */
int
name_owner_check(const char *description);

/* Writes this process's pid, a checked description, or NULL, and an identity into a lock file. -errno. */
int
name_owner_write(int lock, const char *description, uint64_t identity);

/* Zeros if the file says nothing that is whole and good. */
void
name_owner_read(int lock, struct name_owner *ret);

/* A name that this process holds, with the listening socket that stands for it. */
struct name_claim {
	int folder;
	int lock; /* its write lock proves that the owner lives */
	int socket; /* listening, SOCK_SEQPACKET, not blocking */
	uint64_t identity; /* random */
	char name[TRANSOM_NAME_MAX + 1];
};

#define NAME_CLAIM_NONE ((struct name_claim){ .folder = -1, .lock = -1, .socket = -1 })

/* @description may be NULL. Errors as transom_name_check_in(), and of name_owner_check(). */
int
name_claim(const char *folder, const char *name, const char *description, struct name_claim *ret);

/* Says something else of the owner. Errors of name_owner_check() and name_owner_write(). */
int
name_describe(struct name_claim *claim, const char *description);

/*
 * Takes another name instead, with the same socket, so that at each moment one of the two leads to it. On failure it
 * keeps the old one. Errors as name_claim().
 */
int
name_rename(struct name_claim *claim, const char *name);

/* Frees the name. */
void
name_release(struct name_claim *claim);

/* Closes what a forked child inherited, and leaves the name to the parent. */
void
name_abandon(struct name_claim *claim);

/* Connects to the owner of a name of this user: -ENOENT, -ETIMEDOUT, -EAGAIN, -EPERM. */
int
name_connect(const char *folder, const char *name, int64_t deadline, int *ret);

/* -EPERM unless the process at the other end of @socket runs as this user or as root. */
int
name_check_peer(int socket);

int
name_list_create(const char *folder, struct transom_name_list **ret);

int
name_watch_create(const char *folder, struct transom_name_watch **ret);

#endif /* TRANSOM_NAME_PRIVATE_H */
