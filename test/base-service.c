/* base-service.c - tests of the service: a thread of it that ends while another one begins. */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "fd-private.h"
#include "harness.h"
#include "service-private.h"

/* The C library keeps so many freed blocks of a size for their thread, which calloc(3) does not look at. */
enum { CACHED = 7, NEWCOMERS = 16 };

/* A descriptor that is served: the callback says that it has begun, and ends when it may. */
struct visit {
	struct service *service;
	int fd;
	sem_t begun, may_end;
	bool leaves; /* the callback removes its own service */
	atomic_int calls;
};

/* Two steps of who removes a service: it waits for the callback, and for the thread. */
static sem_t waits, joins;

int
__real_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);
int
__wrap_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);
int
__real_pthread_join(pthread_t thread, void **ret);
int
__wrap_pthread_join(pthread_t thread, void **ret);

int
__wrap_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
	sem_post(&waits);
	return __real_pthread_cond_wait(condition, mutex);
}

int
__wrap_pthread_join(pthread_t thread, void **ret)
{
	sem_post(&joins);
	return __real_pthread_join(thread, ret);
}

static void
wait_until(sem_t *semaphore)
{
	while (sem_wait(semaphore) < 0)
		;
}

static void
called(void *context)
{
	struct visit *visit = context;
	uint64_t count;

	atomic_fetch_add(&visit->calls, 1);
	check_eq(read(visit->fd, &count, sizeof(count)), 8);
	if (visit->leaves)
		service_remove(visit->service);
	sem_post(&visit->begun);
	wait_until(&visit->may_end);
}

static void
add(struct visit *visit, bool leaves)
{
	*visit = (struct visit){ .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), .leaves = leaves };
	check(visit->fd >= 0);
	sem_init(&visit->begun, 0, 0);
	sem_init(&visit->may_end, 0, 0);
	check_eq(service_add(visit->fd, EPOLLIN, called, visit, &visit->service), 0);
}

static void
ring(struct visit *visit)
{
	uint64_t one = 1;

	check_eq(write(visit->fd, &one, sizeof(one)), 8);
}

static void
discard(struct visit *visit)
{
	fd_close(visit->fd);
	sem_destroy(&visit->begun);
	sem_destroy(&visit->may_end);
}

static void *
remove_service(void *service)
{
	service_remove(service);
	return NULL;
}

static void *
remove_and_say_so(void *context)
{
	struct visit *visit = context;

	service_remove(visit->service);
	atomic_store(&visit->calls, -1);
	return NULL;
}

/*
 * The thread has taken two events at once, and is busy with the first when the second's service goes and then all
 * are gone. Another thread begins, with a service that lies where the second one lay: no business of the old one.
 */
TEST(old_event_is_not_taken_for_a_new_service)
{
	struct visit cached[CACHED], first, second, last, newcomers[NEWCOMERS];
	pthread_t ender;

	for (int i = 0; i < CACHED; i++)
		add(&cached[i], false);
	add(&last, false);
	add(&first, true);
	add(&second, false);
	ring(&last);
	wait_until(&last.begun);
	ring(&first);
	ring(&second);
	sem_post(&last.may_end);
	wait_until(&first.begun);
	for (int i = 0; i < CACHED; i++)
		service_remove(cached[i].service);
	service_remove(second.service);
	check_eq(pthread_create(&ender, NULL, remove_service, last.service), 0);
	wait_until(&joins);
	for (int i = 0; i < NEWCOMERS; i++)
		add(&newcomers[i], false);
	sem_post(&first.may_end);
	__real_pthread_join(ender, NULL);
	check_eq(atomic_load(&second.calls), 0);
	for (int i = 0; i < NEWCOMERS; i++) {
		check_eq(atomic_load(&newcomers[i].calls), 0);
		service_remove(newcomers[i].service);
		discard(&newcomers[i]);
	}
	for (int i = 0; i < CACHED; i++)
		discard(&cached[i]);
	discard(&last);
	discard(&first);
	discard(&second);
}

/* Who removes a service waits until its callback has ended, not until that of a thread which ends has. */
TEST(end_of_an_old_call_is_not_taken_for_that_of_a_new_one)
{
	struct visit old, new, stays;
	pthread_t ender, remover;

	add(&old, true);
	ring(&old);
	wait_until(&old.begun);
	check_eq(pthread_create(&ender, NULL, remove_service, NULL), 0);
	wait_until(&joins);
	add(&stays, false); /* so that nobody waits for the new thread */
	add(&new, false);
	ring(&new);
	wait_until(&new.begun);
	check_eq(pthread_create(&remover, NULL, remove_and_say_so, &new), 0);
	wait_until(&waits);
	sem_post(&old.may_end);
	__real_pthread_join(ender, NULL);
	/* A moment for who would go on wrongly. */
	nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
	check_eq(atomic_load(&new.calls), 1);
	sem_post(&new.may_end);
	__real_pthread_join(remover, NULL);
	check_eq(atomic_load(&new.calls), -1);
	service_remove(stays.service);
	discard(&stays);
	discard(&old);
	discard(&new);
}

/* The thread does not end before who waits for its last call has gone on. */
TEST(thread_is_kept_for_who_waits_for_it)
{
	struct visit old, new;
	pthread_t remover;

	add(&old, false);
	ring(&old);
	wait_until(&old.begun);
	check_eq(pthread_create(&remover, NULL, remove_and_say_so, &old), 0);
	wait_until(&waits);
	service_remove(NULL);
	add(&new, false);
	ring(&new);
	check_eq(atomic_load(&old.calls), 1);
	check_eq(atomic_load(&new.calls), 0);
	sem_post(&old.may_end);
	wait_until(&new.begun);
	sem_post(&new.may_end);
	__real_pthread_join(remover, NULL);
	check_eq(atomic_load(&old.calls), -1);
	service_remove(new.service);
	discard(&old);
	discard(&new);
}

static void
count_in_child(void *expected)
{
	check_eq(count_fds(), *(int *)expected);
}

TEST(child_of_a_fork_inherits_no_thread_that_ends)
{
	struct visit visit;
	pthread_t ender;
	int expected = count_fds() + 1;

	add(&visit, true);
	ring(&visit);
	wait_until(&visit.begun);
	check_eq(pthread_create(&ender, NULL, remove_service, NULL), 0);
	wait_until(&joins);
	check_eq(wait_for(spawn(count_in_child, &expected)), 0);
	sem_post(&visit.may_end);
	__real_pthread_join(ender, NULL);
	discard(&visit);
}
