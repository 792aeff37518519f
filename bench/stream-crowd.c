/* stream-crowd.c - what publishing costs when many look on, awake and asleep, and its floor. */
#include <linux/futex.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "budget.h"
#include "streams.h"

enum { LARGEST = 1000, STACK = 64 * 1024 };

enum kind {
	AWAKE, /* one thread has them all, and each takes each frame */
	ASLEEP, /* a thread each */
	FLOOR, /* a thread each, and no stream */
	KINDS
};

/* A process full of subscribers. */
struct audience {
	enum kind kind;
	unsigned count;
	int socket;
	pid_t pid;
	struct transom_publisher *publisher;
	struct shared {
		_Alignas(128) atomic_uint word; /* that the floor's threads sleep on */
		_Alignas(128) atomic_uint done; /* who has seen it, or sleeps again */
	} * shared;
};

struct listener {
	struct audience *audience;
	struct transom_subscriber *subscriber;
};

static void
take_one(struct transom_subscriber *subscriber)
{
	struct transom_frame *frame;

	must(transom_subscriber_acquire(subscriber, -1, &frame) == 0);
	transom_frame_release(frame);
}

static void *
listen_to_stream(void *argument)
{
	struct listener *listener = argument;

	for (;;)
		take_one(listener->subscriber);
	return NULL;
}

static void *
listen_to_word(void *argument)
{
	struct listener *listener = argument;
	struct shared *shared = listener->audience->shared;

	for (;;) {
		unsigned before = atomic_load(&shared->word);

		atomic_fetch_add(&shared->done, 1);
		while (atomic_load(&shared->word) == before)
			syscall(SYS_futex, &shared->word, FUTEX_WAIT, before, NULL, NULL, 0);
	}
	return NULL;
}

static void
start_listeners(struct audience *audience, struct listener *listeners)
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK);
	for (unsigned i = 0; i < audience->count; i++)
		must(pthread_create(&thread, &attributes,
				    audience->kind == FLOOR ? listen_to_word : listen_to_stream,
				    &listeners[i]) == 0);
}

static void
attend(void *argument)
{
	static struct listener listeners[LARGEST];
	struct audience *audience = argument;

	for (unsigned i = 0; i < audience->count; i++) {
		listeners[i].audience = audience;
		if (audience->kind != FLOOR)
			listeners[i].subscriber =
				accept_invitation(audience->socket, TRANSOM_SUBSCRIBER_LATEST,
						  audience->kind == AWAKE ? TRANSOM_SUBSCRIBER_BUSY_POLL : 0);
	}
	if (audience->kind != AWAKE) {
		start_listeners(audience, listeners);
		for (;;)
			pause();
	}
	for (;;) {
		for (unsigned i = 0; i < audience->count; i++)
			take_one(listeners[i].subscriber);
		atomic_fetch_add(&audience->shared->done, 1);
	}
}

static void
open_audience(struct audience *audience, enum kind kind, unsigned count, int core)
{
	int sockets[2];

	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) == 0);
	*audience = (struct audience){ .kind = kind, .count = count, .socket = sockets[1] };
	audience->shared = mmap(NULL, sizeof(*audience->shared), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(audience->shared != MAP_FAILED);
	audience->pid = start_child(attend, audience, core);
	close(sockets[1]);
	audience->socket = sockets[0];
	if (kind == FLOOR)
		return;
	audience->publisher = create_publisher(16, 1, count);
	for (unsigned i = 0; i < count; i++)
		invite(audience->publisher, audience->socket);
}

static void
close_audience(struct audience *audience)
{
	end_child(audience->pid);
	transom_publisher_unref(audience->publisher);
	munmap(audience->shared, sizeof(*audience->shared));
	close(audience->socket);
}

static void
sleep_us(long us)
{
	nanosleep(&(struct timespec){ .tv_nsec = us * 1000 }, NULL);
}

static bool
are_all_asleep(struct audience *audience)
{
	struct transom_subscriber_status status = { .size = sizeof(status) };

	for (unsigned i = audience->count; i-- > 0;)
		if (transom_publisher_get_subscriber(audience->publisher, i, &status) < 0 || !status.asleep ||
		    (status.acquired == 0 && status.joined > 0))
			return false;
	return true;
}

/* Until all are as they shall be; @round: how often they were woken before. */
static void
settle(struct audience *audience, unsigned round)
{
	if (audience->kind == AWAKE) {
		while (atomic_load(&audience->shared->done) < round)
			sleep_us(20);
		return;
	}
	if (audience->kind == FLOOR)
		while (atomic_load(&audience->shared->done) < (round + 1) * audience->count)
			sleep_us(50);
	else
		while (!are_all_asleep(audience))
			sleep_us(200);
	sleep_us(200); /* they have said that they will sleep; let them */
}

/* Nanoseconds of one publish, or of the wake that is compared with it; and of the acquire before it. */
static float
wake(struct audience *audience, float *ret_acquire)
{
	struct transom_frame *frame;
	uint64_t before = now_ns(), start = before, end;

	if (audience->kind == FLOOR) {
		atomic_fetch_add(&audience->shared->word, 1);
		syscall(SYS_futex, &audience->shared->word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
		return (float)(now_ns() - start);
	}
	must(transom_publisher_acquire(audience->publisher, -1, &frame) == 0);
	start = now_ns();
	must(transom_publisher_publish(audience->publisher, frame, NULL, NULL) == 0);
	end = now_ns();
	*ret_acquire = (float)(start - before);
	return (float)(end - start);
}

static void
measure(struct crowd *crowd, unsigned wish)
{
	static float took[KINDS][MAX_ROUNDS], acquired[KINDS][MAX_ROUNDS];
	double ratios[MAX_ROUNDS];
	struct audience audiences[KINDS];
	unsigned round = 0;

	budget_begin_measurement();
	for (unsigned kind = 0; kind < KINDS; kind++) {
		open_audience(&audiences[kind], kind, crowd->count, crowd->core);
		for (unsigned i = 0; i < 4; i++) { /* makes the buffers */
			settle(&audiences[kind], i);
			wake(&audiences[kind], &acquired[kind][0]);
		}
	}
	for (; round < wish && budget_allows(round); round++) {
		for (unsigned i = 0; i < KINDS; i++) {
			unsigned kind = round % 2 ? KINDS - 1 - i : i;

			settle(&audiences[kind], round + 4);
			took[kind][round] = wake(&audiences[kind], &acquired[kind][round]);
		}
		ratios[round] = took[ASLEEP][round] / took[FLOOR][round];
	}
	for (unsigned kind = 0; kind < KINDS; kind++)
		close_audience(&audiences[kind]);
	crowd->awake = tail_of(took[AWAKE], round);
	crowd->asleep = tail_of(took[ASLEEP], round);
	crowd->floor = tail_of(took[FLOOR], round);
	crowd->acquire = tail_of(acquired[AWAKE], round);
	crowd->ratio = statistic_of(ratios, round);
}

bool
crowd_is_told_briefly(const struct crowd *crowd)
{
	return crowd->core != CORE && crowd->count <= 100;
}

void
crowd_measure(unsigned rounds, bool brief, struct crowd ret[CROWD_COUNT])
{
	static const unsigned counts[] = { 1, 8, 64, LARGEST };

	pin_to(CORE);
	for (unsigned i = 0; i < CROWD_COUNT; i++) {
		ret[i] = (struct crowd){ .count = counts[i % 4], .core = i < 4 ? OTHER_CORE : CORE };
		if (brief && !crowd_is_told_briefly(&ret[i]))
			continue;
		measure(&ret[i], counts[i % 4] == LARGEST && rounds > 20 ? 20 : rounds);
	}
}
