/* stream-idle.c - what readers cost that sleep while nothing happens, and how soon they know of a death. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "streams.h"

enum { SLEEPERS = 1000, STACK = 64 * 1024, IDLE_S = 2 };

struct sleeper {
	struct transom_subscriber *subscriber;
	uint64_t knew; /* when it heard that its publisher is dead */
};

static struct sleeper sleepers[SLEEPERS];

/* Has all invitations ready, and then draws nothing. */
static void
publish_nothing(void *argument)
{
	struct transom_publisher *publisher = create_publisher(16, 1, SLEEPERS);

	for (unsigned i = 0; i < SLEEPERS; i++)
		invite(publisher, *(int *)argument);
	for (;;)
		pause();
}

static void *
sleep_to_the_end(void *argument)
{
	struct sleeper *sleeper = argument;
	struct transom_frame *frame;

	must(transom_subscriber_acquire(sleeper->subscriber, -1, &frame) == -EPIPE);
	sleeper->knew = now_ns();
	return NULL;
}

static long
count_switches(void)
{
	struct rusage usage;

	must(getrusage(RUSAGE_SELF, &usage) == 0);
	return usage.ru_nvcsw;
}

static void
measure(struct idle *idle)
{
	static float delays[SLEEPERS];
	pthread_t threads[SLEEPERS];
	pthread_attr_t attributes;
	uint64_t start;
	int sockets[2];
	pid_t child;
	long before;

	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) == 0);
	child = start_child(publish_nothing, &sockets[1], OTHER_CORE);
	close(sockets[1]);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK);
	for (unsigned i = 0; i < SLEEPERS; i++) {
		sleepers[i].subscriber =
			accept_invitation(sockets[0], TRANSOM_SUBSCRIBER_LATEST, idle->flags);
		must(pthread_create(&threads[i], &attributes, sleep_to_the_end, &sleepers[i]) == 0);
	}
	pthread_attr_destroy(&attributes);
	sleep(1); /* until all sleep */
	before = count_switches();
	sleep(IDLE_S);
	idle->wakes = (double)(count_switches() - before) / IDLE_S;
	expect_death(child);
	start = now_ns();
	must(kill(child, SIGKILL) == 0);
	for (unsigned i = 0; i < SLEEPERS; i++) {
		must(pthread_join(threads[i], NULL) == 0);
		delays[i] = (float)(sleepers[i].knew - start);
		transom_subscriber_unref(sleepers[i].subscriber);
	}
	idle->knew = tail_of(delays, SLEEPERS);
	waitpid(child, NULL, 0);
	close(sockets[0]);
}

void
idle_measure(struct idle ret[IDLE_COUNT])
{
	static const struct idle idles[IDLE_COUNT] = {
		{ .name = "sleepers", .label = "1,000 sleepers" },
		{ .name = "sleepers-without-thread",
		  .label = "the same, TRANSOM_SUBSCRIBER_NO_THREAD",
		  .flags = TRANSOM_SUBSCRIBER_NO_THREAD },
	};

	memcpy(ret, idles, sizeof(idles));
	for (unsigned i = 0; i < IDLE_COUNT; i++)
		measure(&ret[i]);
}
