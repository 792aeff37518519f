/*
 * stream-lossless.c - frames of which the reader misses none, against a plain ring between two processes that waits
 * in the same way: for some microseconds awake, then asleep on a futex.
 */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "budget.h"
#include "streams.h"

enum {
	MAX_QUEUE = 32,
	WORDS = 8, /* of a slot: a line, as the frames have */
	BRIEFLY_NS = 4000, /* as in the library */
	BRIEF_SPINS = 16,
	MOST_SKIPS = 255,
	WARM_NS = 20000000,
	ROUND_NS = 5000000,
};

/* Each word has a line of its own, by who writes it. */
struct ring {
	_Alignas(128) atomic_ulong head;
	_Alignas(128) atomic_ulong tail;
	_Alignas(128) atomic_uint reader_waits;
	_Alignas(128) atomic_uint writer_waits;
	_Alignas(128) uint64_t slots[MAX_QUEUE][WORDS];
};

/* One side's view of the ring. */
struct end {
	struct ring *ring;
	unsigned long done; /* what it has written, or read */
	unsigned long other; /* how far the other side was when it was looked at last */
	unsigned queue;
	unsigned in_vain, skips; /* brief looks before a sleep */
};

enum { STREAM, RING, WAYS };

struct shared {
	_Alignas(128) atomic_uint way;
	struct ring ring;
};

/* Both sides of a measurement. */
struct lane {
	struct lossless *lossless;
	struct shared *shared;
	struct transom_publisher *publisher;
	struct end writer;
	int socket;
	pid_t reader;
};

static bool
can_write(struct end *end)
{
	if (end->done - end->other < end->queue)
		return true;
	end->other = atomic_load_explicit(&end->ring->tail, memory_order_acquire);
	return end->done - end->other < end->queue;
}

static bool
can_read(struct end *end)
{
	if (end->done != end->other)
		return true;
	end->other = atomic_load_explicit(&end->ring->head, memory_order_acquire);
	return end->done != end->other;
}

static bool
look_briefly(struct end *end, bool (*can)(struct end *))
{
	uint64_t until = now_ns() + BRIEFLY_NS;

	if (end->skips) {
		end->skips--;
		return false;
	}
	do {
		for (int i = 0; i < BRIEF_SPINS; i++) {
			if (can(end)) {
				end->in_vain = 0;
				return true;
			}
#if defined(__x86_64__) || defined(__i386__)
			__builtin_ia32_pause();
#endif
		}
	} while (now_ns() < until);
	end->in_vain = end->in_vain < MOST_SKIPS / 2 ? 2 * end->in_vain + 1 : MOST_SKIPS;
	end->skips = end->in_vain;
	return false;
}

/* For a millisecond at most: the reader must see when it is the other way's turn. */
static void
sleep_on(struct end *end, atomic_uint *waits, bool (*can)(struct end *))
{
	const struct timespec most = { .tv_nsec = 1000000 };

	atomic_store_explicit(waits, 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst);
	if (!can(end))
		syscall(SYS_futex, waits, FUTEX_WAIT, 1, &most, NULL, 0);
	atomic_store_explicit(waits, 0, memory_order_relaxed);
}

static void
wake(atomic_uint *waits)
{
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(waits, memory_order_relaxed) && atomic_exchange(waits, 0))
		syscall(SYS_futex, waits, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static void
write_one(struct end *end)
{
	struct ring *ring = end->ring;

	while (!can_write(end)) {
		if (look_briefly(end, can_write))
			break;
		sched_yield();
		if (!can_write(end))
			sleep_on(end, &ring->writer_waits, can_write);
	}
	for (int i = 0; i < WORDS; i++)
		ring->slots[end->done % end->queue][i] = end->done;
	atomic_store_explicit(&ring->head, ++end->done, memory_order_release);
	wake(&ring->reader_waits);
}

/* Reads one if there is one within a millisecond. */
static void
read_one(struct end *end)
{
	struct ring *ring = end->ring;

	if (!can_read(end) && !look_briefly(end, can_read)) {
		sleep_on(end, &ring->reader_waits, can_read);
		return;
	}
	must(ring->slots[end->done % end->queue][0] == end->done);
	atomic_store_explicit(&ring->tail, ++end->done, memory_order_release);
	wake(&ring->writer_waits);
}

static void
read_both(void *argument)
{
	struct lane *lane = argument;
	struct end reader = { .ring = &lane->shared->ring, .queue = lane->lossless->queue };
	struct transom_subscriber_options options = { .size = sizeof(options),
						      .mode = TRANSOM_SUBSCRIBER_EVERY,
						      .held = 1,
						      .queue = lane->lossless->queue,
						      .timeout_ms = 60000 };
	struct transom_subscriber *subscriber;
	struct transom_frame *frame;
	uint64_t last = 0;
	int r, fd = raw_receive(lane->socket);

	must(transom_subscriber_create_from_fd(fd, &options, &subscriber) == 0);
	close(fd);
	for (;;) {
		if (atomic_load_explicit(&lane->shared->way, memory_order_relaxed) == RING) {
			read_one(&reader);
			continue;
		}
		r = transom_subscriber_acquire(subscriber, 1, &frame);
		if (r == -ETIMEDOUT)
			continue;
		must(r == 0 && (!last || transom_frame_get_sequence(frame) == last + 1));
		last = transom_frame_get_sequence(frame);
		transom_frame_release(frame);
	}
}

static void
publish_one(struct transom_publisher *publisher)
{
	struct transom_frame *frame;

	must(transom_publisher_acquire(publisher, -1, &frame) == 0);
	must(transom_publisher_publish(publisher, frame, NULL, NULL) == 0);
}

/* Nanoseconds of a frame. */
static double
run(struct lane *lane, unsigned way, uint64_t ns)
{
	uint64_t start, took, frames = 0;

	atomic_store(&lane->shared->way, way);
	start = now_ns();
	do {
		for (int i = 0; i < 16; i++, frames++)
			if (way == RING)
				write_one(&lane->writer);
			else
				publish_one(lane->publisher);
	} while ((took = now_ns() - start) < ns);
	return (double)took / (double)frames;
}

static void
open_lane(struct lane *lane, struct lossless *lossless)
{
	int sockets[2];

	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) == 0);
	*lane = (struct lane){ .lossless = lossless, .socket = sockets[1] };
	lane->shared =
		mmap(NULL, sizeof(*lane->shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(lane->shared != MAP_FAILED);
	lane->writer = (struct end){ .ring = &lane->shared->ring, .queue = lossless->queue };
	lane->reader = start_child(read_both, lane, lossless->core);
	close(sockets[1]);
	lane->socket = sockets[0];
	lane->publisher = create_publisher(16, 1, 1);
	must(transom_publisher_set_maximum_buffers(lane->publisher, lossless->queue + 8) == 0);
	invite(lane->publisher, lane->socket);
}

static void
close_lane(struct lane *lane)
{
	end_child(lane->reader);
	transom_publisher_unref(lane->publisher);
	munmap(lane->shared, sizeof(*lane->shared));
	close(lane->socket);
}

static void
measure(struct lossless *lossless, unsigned rounds)
{
	double stream[MAX_ROUNDS], ring[MAX_ROUNDS], ratio[MAX_ROUNDS];
	unsigned round = 0;
	struct lane lane;

	budget_begin_measurement();
	open_lane(&lane, lossless);
	run(&lane, STREAM, WARM_NS);
	run(&lane, RING, WARM_NS);
	for (; round < rounds && budget_allows(round); round++) {
		ring[round] = run(&lane, RING, ROUND_NS);
		stream[round] = run(&lane, STREAM, ROUND_NS);
		ratio[round] = stream[round] / ring[round];
	}
	close_lane(&lane);
	lossless->frames = 1e9 / statistic_of(stream, round).median;
	lossless->floor = 1e9 / statistic_of(ring, round).median;
	lossless->ratio = statistic_of(ratio, round);
}

void
lossless_measure(unsigned rounds, struct lossless ret[LOSSLESS_COUNT])
{
	static const struct lossless ways[LOSSLESS_COUNT] = {
		{ .name = "queue-4", .label = "queue of 4, two cores", .queue = 4, .core = OTHER_CORE },
		{ .name = "queue-16", .label = "queue of 16, two cores", .queue = 16, .core = OTHER_CORE },
		{ .name = "queue-32", .label = "queue of 32, two cores", .queue = 32, .core = OTHER_CORE },
		{ .name = "queue-16-one-core", .label = "queue of 16, one core", .queue = 16, .core = CORE },
	};

	pin_to(CORE);
	for (unsigned i = 0; i < LOSSLESS_COUNT; i++) {
		ret[i] = ways[i];
		measure(&ret[i], rounds);
	}
}
