/* name-list-private.h - a list of names from within, for who compares one with the next (name-watch.c). */
#ifndef TRANSOM_NAME_LIST_PRIVATE_H
#define TRANSOM_NAME_LIST_PRIVATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "name-private.h"

struct name_entry {
	char name[TRANSOM_NAME_MAX + 1];
	bool told; /* a watch has told of it already, as a name that was changed */
	struct name_owner owner;
	/* The socket file: an owner that takes a name over makes a new one, and one that is renamed keeps it. */
	ino_t inode;
	struct timespec made;
};

struct transom_name_list {
	atomic_uint references;
	size_t count, room;
	struct name_entry *entries; /* sorted by name */
	bool torn; /* a name went while it was looked at */
};

int
name_list_create_empty(struct transom_name_list **ret);

/*
 * The names of an open folder. Those that were in @before are in it, under whatever name, unless their owners have
 * given them up or died; and none is in it twice.
 */
int
name_list_take(int folder, const struct transom_name_list *before, struct transom_name_list **ret);

/* NULL if there is none. */
const struct name_entry *
name_list_find(const struct transom_name_list *list, const char *name);

/* Another entry of what @entry, of any list, is; NULL if there is none. */
const struct name_entry *
name_list_find_renamed(const struct transom_name_list *list, const struct name_entry *entry);

/* Whether two entries are of the same owner's socket. */
bool
name_list_is_same(const struct name_entry *a, const struct name_entry *b);

#endif /* TRANSOM_NAME_LIST_PRIVATE_H */
