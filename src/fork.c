/* fork.c - tells objects that were made before a fork from those made after it, and lists them. */
#include <pthread.h>
#include <stdatomic.h>

#include "fork-private.h"

static atomic_uint generation;

static void
count_fork(void)
{
	atomic_fetch_add(&generation, 1);
}

__attribute__((constructor)) static void
register_fork_handler(void)
{
	pthread_atfork(NULL, NULL, count_fork);
}

unsigned
fork_generation(void)
{
	return atomic_load_explicit(&generation, memory_order_relaxed);
}

void
fork_list_add(struct fork_list *list, struct link *link)
{
	pthread_mutex_lock(&list->lock);
	link_add(&list->first, link);
	pthread_mutex_unlock(&list->lock);
}

void
fork_list_remove(struct fork_list *list, struct link *link)
{
	pthread_mutex_lock(&list->lock);
	link_remove(link);
	pthread_mutex_unlock(&list->lock);
}

void
fork_list_lock(struct fork_list *list)
{
	pthread_mutex_lock(&list->lock);
}

void
fork_list_unlock(struct fork_list *list)
{
	pthread_mutex_unlock(&list->lock);
}

void
fork_list_unlock_in_child(struct fork_list *list)
{
	pthread_mutex_init(&list->lock, NULL);
}
