/* fork.c - tells objects that were made before a fork from those made after it. */
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
