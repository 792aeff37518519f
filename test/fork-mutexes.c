/*
 * fork-mutexes.c - goes before the C library under helgrind, which does not know that a child of fork(2) may make its
 * mutexes anew, locked or not: unlocks them first.
 */
#include <dlfcn.h>
#include <pthread.h>

int
pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
	int (*init)(pthread_mutex_t * mutex, const pthread_mutexattr_t *attributes) =
		(int (*)(pthread_mutex_t *, const pthread_mutexattr_t *))dlsym(RTLD_NEXT,
									       "pthread_mutex_init");

	/* Either this thread has locked it, before the fork, or nobody has: it may be memory that is all zero. */
	pthread_mutex_trylock(mutex);
	pthread_mutex_unlock(mutex);
	return init(mutex, attributes);
}
