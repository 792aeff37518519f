/* stream-rate.c - frames by the second, and whether large ones cost more: pages, copies. */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "budget.h"
#include "streams.h"

enum {
	SAMPLES = 3,
	WARM_NS = 100000000,
	WARM_FRAMES = 64,
	LEAST_WARM_FRAMES = 16,
	LEAST_FRAMES = 4,
	ROUND_NS = 20000000
};

enum phase { READ, COUNT_FAULTS, PROVE };

/* A stream; the reader has two, and reads the current one. */
struct lane {
	struct rate rate;
	struct transom_publisher *publisher;
	uint64_t published;
};

enum { LARGE, SMALL, LANES };

/* What the publisher and the reader have of each other. */
struct road {
	struct lane lanes[LANES];
	int socket;
	pid_t reader;
	struct shared {
		_Alignas(128) atomic_uint current;
		atomic_uint phase;
		_Alignas(128) atomic_ulong seen; /* frames of the large lane */
		atomic_ulong sequence; /* the last of them */
		atomic_ulong faults; /* asked for by COUNT_FAULTS, 0 until then */
		atomic_uint proven; /* asked for by PROVE: bytes that are not shared, and 1 */
		atomic_bool held; /* PROVE: the reader has a frame */
		_Alignas(128) atomic_bool written; /* and the publisher has written to it since */
	} * shared;
};

static unsigned long
count_faults(void)
{
	struct rusage usage;

	must(getrusage(RUSAGE_SELF, &usage) == 0);
	return (unsigned long)(usage.ru_minflt + usage.ru_majflt);
}

/* Bytes of the frame that the reader does not see change under it, of the three that are looked at. */
static unsigned
find_unshared(const unsigned char *base, uint64_t size, struct shared *shared)
{
	const uint64_t at[SAMPLES] = { 0, size / 2, size - 1 };
	const volatile unsigned char *bytes = base;
	unsigned char before[SAMPLES];
	unsigned unshared = 0;

	for (unsigned i = 0; i < SAMPLES; i++)
		before[i] = bytes[at[i]];
	atomic_store(&shared->held, true);
	while (!atomic_load(&shared->written))
		;
	for (unsigned i = 0; i < SAMPLES; i++)
		unshared += bytes[at[i]] != (unsigned char)(before[i] + 1);
	return unshared;
}

static uint64_t
sum(const unsigned char *base, uint64_t size)
{
	uint64_t total = 0, word;

	for (uint64_t i = 0; i + sizeof(word) <= size; i += sizeof(word)) {
		memcpy(&word, base + i, sizeof(word));
		total += word;
	}
	return total;
}

static void
read_frame(struct transom_frame *frame, const struct rate *rate, struct shared *shared)
{
	struct transom_surface *surface = transom_frame_get_surface(frame);
	struct transom_surface_geometry geometry;
	volatile uint64_t sink;
	const unsigned char *base;
	unsigned phase = atomic_load_explicit(&shared->phase, memory_order_relaxed);

	must(transom_surface_get_geometry(surface, &geometry) == 0);
	must(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL) == 0);
	base = transom_surface_get_base(surface);
	if (phase == PROVE && !atomic_load(&shared->held))
		atomic_store(&shared->proven, 1 + find_unshared(base, geometry.allocation_size, shared));
	else if (rate->filled)
		sink = sum(base, geometry.allocation_size);
	else
		sink = (uint64_t)base[0] + base[geometry.allocation_size - 1];
	(void)sink;
	must(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_READ, NULL) == 0);
	if (phase == COUNT_FAULTS && !atomic_load(&shared->faults))
		atomic_store(&shared->faults, 1 + count_faults());
}

static void
read_all(void *argument)
{
	struct road *road = argument;
	struct shared *shared = road->shared;
	struct transom_subscriber *subscribers[LANES];
	struct transom_frame *frame;
	uint64_t sequence;

	for (unsigned i = 0; i < LANES; i++)
		subscribers[i] =
			accept_invitation(road->socket, road->lanes[i].rate.mode, road->lanes[i].rate.flags);
	for (;;) {
		unsigned current = atomic_load_explicit(&shared->current, memory_order_relaxed);
		int r = transom_subscriber_acquire(subscribers[current], 1, &frame);

		if (r == -ETIMEDOUT)
			continue;
		must(r == 0);
		sequence = transom_frame_get_sequence(frame);
		read_frame(frame, &road->lanes[current].rate, shared);
		transom_frame_release(frame);
		if (current == SMALL)
			continue;
		atomic_store_explicit(&shared->seen,
				      atomic_load_explicit(&shared->seen, memory_order_relaxed) + 1,
				      memory_order_relaxed);
		atomic_store_explicit(&shared->sequence, sequence, memory_order_release);
	}
}

static void
open_road(struct road *road, const struct rate *rate)
{
	int sockets[2];

	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) == 0);
	*road = (struct road){ .socket = sockets[1] };
	road->lanes[LARGE].rate = road->lanes[SMALL].rate = *rate;
	road->lanes[SMALL].rate.width = 16;
	road->lanes[SMALL].rate.height = 1;
	road->shared =
		mmap(NULL, sizeof(*road->shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(road->shared != MAP_FAILED);
	road->reader = start_child(read_all, road, rate->core);
	close(sockets[1]);
	road->socket = sockets[0];
	for (unsigned i = 0; i < LANES; i++) {
		struct lane *lane = &road->lanes[i];

		lane->publisher = create_publisher(lane->rate.width, lane->rate.height, 1);
		if (rate->mode == TRANSOM_SUBSCRIBER_EVERY) /* room for the queue */
			must(transom_publisher_set_maximum_buffers(lane->publisher, 24) == 0);
		invite(lane->publisher, road->socket);
	}
}

static void
close_road(struct road *road)
{
	end_child(road->reader);
	for (unsigned i = 0; i < LANES; i++)
		transom_publisher_unref(road->lanes[i].publisher);
	munmap(road->shared, sizeof(*road->shared));
	close(road->socket);
}

/* One byte at each end, or all of it. Returns where the frame is. */
static unsigned char *
publish_one(struct lane *lane, uint64_t *ret_size)
{
	struct transom_surface_geometry geometry;
	struct transom_surface *surface;
	struct transom_frame *frame;
	unsigned char *base;

	must(transom_publisher_acquire(lane->publisher, -1, &frame) == 0);
	surface = transom_frame_get_surface(frame);
	must(transom_surface_get_geometry(surface, &geometry) == 0);
	must(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL) == 0);
	base = transom_surface_get_base(surface);
	if (lane->rate.filled)
		memset(base, (int)lane->published, geometry.allocation_size);
	else
		base[0] = base[geometry.allocation_size - 1] = (unsigned char)lane->published;
	must(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL) == 0);
	must(transom_publisher_publish(lane->publisher, frame, NULL, NULL) == 0);
	lane->published++;
	*ret_size = geometry.allocation_size;
	return base;
}

/* Runs at full speed for that long: nanoseconds a frame. */
static double
run(struct road *road, unsigned current, uint64_t ns)
{
	struct lane *lane = &road->lanes[current];
	uint64_t start, took, size, before = lane->published;

	atomic_store(&road->shared->current, current);
	start = now_ns();
	do
		publish_one(lane, &size);
	while ((took = now_ns() - start) < ns || lane->published - before < LEAST_FRAMES);
	return (double)took / (double)(lane->published - before);
}

static unsigned long
ask_reader_for_faults(struct road *road)
{
	uint64_t size;

	atomic_store(&road->shared->current, LARGE);
	atomic_store(&road->shared->faults, 0);
	atomic_store(&road->shared->phase, COUNT_FAULTS);
	while (!atomic_load(&road->shared->faults))
		publish_one(&road->lanes[LARGE], &size);
	atomic_store(&road->shared->phase, READ);
	return atomic_load(&road->shared->faults) - 1;
}

/* Writes to the frame that the reader holds, and lets it look again: what it sees is no copy. */
static double
prove_sharing(struct road *road)
{
	struct shared *shared = road->shared;
	unsigned char *base;
	uint64_t size;

	/* When the reader has seen all there is, the next frame that it holds is the next one published. */
	atomic_store(&shared->current, LARGE);
	while (atomic_load(&shared->sequence) != road->lanes[LARGE].published)
		;
	atomic_store(&shared->phase, PROVE);
	base = publish_one(&road->lanes[LARGE], &size);
	while (!atomic_load(&shared->held))
		;
	base[0]++;
	base[size / 2]++;
	base[size - 1]++;
	atomic_store(&shared->written, true);
	while (!atomic_load(&shared->proven))
		;
	return (double)(atomic_load(&shared->proven) - 1) * (double)size / SAMPLES;
}

/* What a frame takes that is written to and not published. */
static double
fill_alone(unsigned char *plain, size_t size)
{
	uint64_t start = now_ns();

	memset(plain, (int)start, size);
	return (double)(now_ns() - start);
}

/* Publishes as much as there is room for while the reader looks elsewhere. */
static void
fill_queue(struct road *road)
{
	struct transom_frame *frame;

	atomic_store(&road->shared->current, SMALL);
	for (unsigned i = 0; i < WARM_FRAMES; i++) {
		uint64_t size;

		if (transom_publisher_acquire(road->lanes[LARGE].publisher, 0, &frame) == -EAGAIN)
			break;
		must(transom_publisher_discard(road->lanes[LARGE].publisher, frame) == 0);
		publish_one(&road->lanes[LARGE], &size);
	}
}

static bool
is_warm(struct road *road)
{
	unsigned long seen = atomic_load(&road->shared->seen);

	return seen >= WARM_FRAMES || (seen >= LEAST_WARM_FRAMES && budget_is_half_over());
}

/* Until each buffer was written, and read. */
static void
warm_up(struct road *road)
{
	run(road, SMALL, WARM_NS);
	for (unsigned i = 0; i < 4; i++) {
		fill_queue(road);
		run(road, LARGE, WARM_NS / 4);
	}
	while (!is_warm(road))
		run(road, LARGE, ROUND_NS);
}

static void
measure(struct rate *rate, unsigned rounds)
{
	double growth[MAX_ROUNDS], took = 0, published = 0, seen = 0, faults = 0, reader_faults = 0;
	size_t size = (size_t)rate->width * rate->height * 4;
	unsigned char *plain = malloc(size);
	unsigned done = 0;
	struct road road;

	must(plain);
	budget_begin_measurement();
	open_road(&road, rate);
	warm_up(&road);
	/* The first round warms up the rest, and is replaced. */
	for (unsigned i = 0; i <= rounds && budget_allows(i); i++) {
		unsigned round = i ? i - 1 : 0;
		uint64_t published_now;
		unsigned long publisher_faults, reader_before, seen_now, reader_after;
		double ns, floor = rate->filled ? fill_alone(plain, size) : run(&road, SMALL, ROUND_NS / 4);

		reader_before = ask_reader_for_faults(&road);
		publisher_faults = count_faults();
		seen_now = atomic_load(&road.shared->seen);
		published_now = road.lanes[LARGE].published;
		ns = run(&road, LARGE, ROUND_NS);
		publisher_faults = count_faults() - publisher_faults;
		seen_now = atomic_load(&road.shared->seen) - seen_now;
		published_now = road.lanes[LARGE].published - published_now;
		reader_after = ask_reader_for_faults(&road);
		growth[round] = ns / floor;
		done = round + 1;
		if (i == 0)
			continue;
		took += ns * (double)published_now;
		published += (double)published_now;
		seen += (double)seen_now;
		faults += (double)publisher_faults;
		reader_faults += (double)(reader_after - reader_before);
	}
	rate->copied = prove_sharing(&road);
	close_road(&road);
	free(plain);
	rate->published = published / took * 1e9;
	rate->seen = seen / took * 1e9;
	rate->growth = statistic_of(growth, done).median;
	rate->publisher_faults = faults / published;
	rate->reader_faults = seen > 0 ? reader_faults / seen : 0;
}

void
rate_measure(unsigned rounds, struct rate ret[RATE_COUNT])
{
	enum { LATEST = TRANSOM_SUBSCRIBER_LATEST, EVERY = TRANSOM_SUBSCRIBER_EVERY };
	enum { BUSY = TRANSOM_SUBSCRIBER_BUSY_POLL };
	static const struct rate rates[RATE_COUNT] = {
		{ "small-latest", "64 B, latest, busy-poll", 16, 1, LATEST, BUSY, false, OTHER_CORE },
		{ "small-latest-blocking", "64 B, latest, blocking", 16, 1, LATEST, 0, false, OTHER_CORE },
		{ "small-every", "64 B, every frame, busy-poll", 16, 1, EVERY, BUSY, false, OTHER_CORE },
		{ "small-every-blocking", "64 B, every frame, blocking", 16, 1, EVERY, 0, false, OTHER_CORE },
		{ "small-every-one-core", "64 B, every frame, blocking, one core", 16, 1, EVERY, 0, false,
		  CORE },
		{ "4k-passed", "4K, latest, passed on", 3840, 2160, LATEST, BUSY, false, OTHER_CORE },
		{ "8k-passed", "8K, latest, passed on", 7680, 4320, LATEST, BUSY, false, OTHER_CORE },
		{ "4k-filled", "4K, latest, written and read", 3840, 2160, LATEST, BUSY, true, OTHER_CORE },
		{ "8k-filled", "8K, latest, written and read", 7680, 4320, LATEST, BUSY, true, OTHER_CORE },
		{ "4k-passed-one-core", "4K, latest, blocking, passed on, one core", 3840, 2160, LATEST, 0,
		  false, CORE },
	};

	memcpy(ret, rates, sizeof(rates));
	pin_to(CORE);
	for (unsigned i = 0; i < RATE_COUNT; i++)
		measure(&ret[i], rounds);
}
