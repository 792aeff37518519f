/*
 * fork-private.h - tells objects that were made before a fork from those made after it, and keeps lists of
 * all objects of a kind, for what each room does to them at a fork.
 */
#ifndef TRANSOM_FORK_PRIVATE_H
#define TRANSOM_FORK_PRIVATE_H

#include <pthread.h>

#include "link-private.h"

/* How many forks lie between this process and the one that loaded the library. */
unsigned
fork_generation(void);

/* All objects of a kind. A room's handler of pthread_atfork(3) locks it before the fork. */
struct fork_list {
	pthread_mutex_t lock;
	struct link *first;
};

#define FORK_LIST_EMPTY ((struct fork_list){ .lock = PTHREAD_MUTEX_INITIALIZER })

void
fork_list_add(struct fork_list *list, struct link *link);
void
fork_list_remove(struct fork_list *list, struct link *link);

void
fork_list_lock(struct fork_list *list);
void
fork_list_unlock(struct fork_list *list);

/* In the child, instead of unlocking it: a mutex that the parent's thread locked is not the child's. */
void
fork_list_unlock_in_child(struct fork_list *list);

#endif /* TRANSOM_FORK_PRIVATE_H */
