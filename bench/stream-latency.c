/* stream-latency.c - how long until the other process has a frame: half of a ping-pong, and its floor. */
#include <math.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "budget.h"
#include "streams.h"

/* Round trips at the beginning of a round that do not count: the other process wakes up. */
enum { SKIPPED = 10, SIZES = 3, MAX_TIMES = 2000 };

static const uint32_t sizes[SIZES][2] = { { 16, 1 }, { 512, 512 }, { 3840, 2160 } };

const char *const latency_line_names[LINE_COUNT] = { "floor", "64 B", "1 MB", "33 MB", "64 B, all" };

/* What both processes have of each other. */
struct court {
	int socket;
	int there, back; /* eventfds */
	struct lines {
		_Alignas(128) atomic_uint there;
		_Alignas(128) atomic_uint back;
	} * lines;
	struct stream_end ends[SIZES];
	bool busy;
};

struct command {
	uint32_t line, times;
};

static void
relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#endif
}

static unsigned
find_size(enum latency_line line)
{
	return line == LINE_MIDDLE ? 1 : line == LINE_LARGE ? 2 : 0;
}

/* The floors */

static void
write_event(int fd)
{
	uint64_t one = 1;

	must(write(fd, &one, sizeof(one)) == sizeof(one));
}

static void
read_event(int fd)
{
	uint64_t value;

	must(read(fd, &value, sizeof(value)) == sizeof(value));
}

static void
ping_floor(struct court *court, unsigned times, float *ret)
{
	unsigned number = atomic_load(&court->lines->back);

	for (unsigned i = 0; i < times; i++) {
		uint64_t start = now_ns();

		if (court->busy) {
			atomic_store_explicit(&court->lines->there, ++number, memory_order_release);
			while (atomic_load_explicit(&court->lines->back, memory_order_acquire) != number)
				relax();
		} else {
			write_event(court->there);
			read_event(court->back);
		}
		ret[i] = (float)(now_ns() - start) / 2;
	}
}

static void
pong_floor(struct court *court, unsigned times)
{
	unsigned number = atomic_load(&court->lines->back);

	for (unsigned i = 0; i < times; i++) {
		if (court->busy) {
			number++;
			while (atomic_load_explicit(&court->lines->there, memory_order_acquire) != number)
				relax();
			atomic_store_explicit(&court->lines->back, number, memory_order_release);
		} else {
			read_event(court->there);
			write_event(court->back);
		}
	}
}

/* Streams */

static void
draw(struct stream_end *end, struct transom_frame **ret)
{
	must(transom_publisher_acquire(end->publisher, -1, ret) == 0);
}

static void
show(struct stream_end *end, struct transom_frame *frame)
{
	must(transom_publisher_publish(end->publisher, frame, NULL, NULL) == 0);
}

static void
see(struct stream_end *end, struct transom_frame **ret)
{
	must(transom_subscriber_acquire(end->subscriber, -1, ret) == 0);
}

/* @whole: a frame is acquired when it is needed; else it was before, to be drawn meanwhile. */
static void
ping_stream(struct stream_end *end, bool whole, unsigned times, float *ret)
{
	struct transom_frame *mine = NULL, *theirs;

	for (unsigned i = 0; i < times; i++) {
		uint64_t start;

		if (!whole)
			draw(end, &mine);
		start = now_ns();
		if (whole)
			draw(end, &mine);
		show(end, mine);
		see(end, &theirs);
		ret[i] = (float)(now_ns() - start) / 2;
		transom_frame_release(theirs);
	}
}

static void
pong_stream(struct stream_end *end, bool whole, unsigned times)
{
	struct transom_frame *mine = NULL, *theirs;

	for (unsigned i = 0; i < times; i++) {
		if (!whole)
			draw(end, &mine);
		see(end, &theirs);
		if (whole)
			draw(end, &mine);
		show(end, mine);
		transom_frame_release(theirs);
	}
}

static void
create_ends(struct court *court)
{
	for (unsigned i = 0; i < SIZES; i++)
		stream_end_create(court->socket, sizes[i][0], sizes[i][1],
				  court->busy ? TRANSOM_SUBSCRIBER_BUSY_POLL : 0, &court->ends[i]);
}

static void
serve(void *argument)
{
	struct court *court = argument;
	struct command command;

	create_ends(court);
	while (read(court->socket, &command, sizeof(command)) == sizeof(command)) {
		if (command.line == LINE_FLOOR)
			pong_floor(court, command.times);
		else
			pong_stream(&court->ends[find_size(command.line)], command.line == LINE_WHOLE,
				    command.times);
	}
}

static void
play(struct court *court, enum latency_line line, unsigned times, float *ret)
{
	struct command command = { line, times };

	must(write(court->socket, &command, sizeof(command)) == sizeof(command));
	if (line == LINE_FLOOR)
		ping_floor(court, times, ret);
	else
		ping_stream(&court->ends[find_size(line)], line == LINE_WHOLE, times, ret);
}

static pid_t
open_court(struct court *court, const struct latency *latency)
{
	int sockets[2];
	pid_t other;

	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) == 0);
	*court = (struct court){ .socket = sockets[1], .busy = latency->busy };
	court->there = eventfd(0, EFD_CLOEXEC);
	court->back = eventfd(0, EFD_CLOEXEC);
	court->lines =
		mmap(NULL, sizeof(*court->lines), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(court->there >= 0 && court->back >= 0 && court->lines != MAP_FAILED);
	other = start_child(serve, court, latency->core);
	close(sockets[1]);
	court->socket = sockets[0];
	create_ends(court);
	return other;
}

static void
close_court(struct court *court, pid_t other)
{
	end_child(other);
	for (unsigned i = 0; i < SIZES; i++) {
		transom_subscriber_unref(court->ends[i].subscriber);
		transom_publisher_unref(court->ends[i].publisher);
	}
	munmap(court->lines, sizeof(*court->lines));
	close(court->there);
	close(court->back);
	close(court->socket);
}

static void
measure(struct latency *latency)
{
	static float passing[SKIPPED + MAX_TIMES], sorted[MAX_TIMES];
	static double medians[LINE_COUNT][MAX_ROUNDS], ratios[MAX_ROUNDS];
	float *all[LINE_COUNT];
	unsigned round = 0;
	struct court court;
	pid_t other;

	budget_begin_measurement();
	other = open_court(&court, latency);
	for (unsigned line = 0; line < LINE_COUNT; line++)
		must((all[line] = calloc((size_t)latency->rounds * latency->times, sizeof(float))));
	for (; round < latency->rounds && budget_allows(round); round++) {
		for (unsigned i = 0; i < LINE_COUNT; i++) {
			unsigned line = round % 2 ? LINE_COUNT - 1 - i : i;
			unsigned skipped = latency->times > SKIPPED ? SKIPPED : 1;

			play(&court, line, skipped + latency->times, passing);
			memcpy(all[line] + (size_t)round * latency->times, passing + skipped,
			       latency->times * sizeof(float));
			memcpy(sorted, passing + skipped, latency->times * sizeof(float));
			medians[line][round] = tail_of(sorted, latency->times).p50;
		}
	}
	close_court(&court, other);
	latency->rounds = round;
	for (unsigned line = 0; line < LINE_COUNT; line++) {
		latency->ns[line] = tail_of(all[line], (size_t)latency->rounds * latency->times);
		free(all[line]);
		for (unsigned i = 0; i < latency->rounds; i++)
			ratios[i] = medians[line][i] / medians[LINE_FLOOR][i];
		latency->ratio[line] = statistic_of(ratios, latency->rounds);
	}
	for (unsigned i = 0; i < latency->rounds; i++)
		ratios[i] = medians[LINE_LARGE][i] / medians[LINE_SMALL][i];
	latency->growth = statistic_of(ratios, latency->rounds);
}

bool
latency_is_told_briefly(const struct latency *latency)
{
	return !latency->busy || latency->core != CORE; /* who spins takes the time of who it waits for */
}

void
latency_measure(unsigned rounds, bool brief, struct latency ret[LATENCY_COUNT])
{
	static const struct latency latencies[LATENCY_COUNT] = {
		{ .name = "busy-two-cores",
		  .label = "busy-poll, two cores",
		  .busy = true,
		  .core = OTHER_CORE,
		  .times = 1000 },
		{ .name = "blocking-two-cores",
		  .label = "blocking, two cores",
		  .core = OTHER_CORE,
		  .times = 50 },
		{ .name = "blocking-one-core", .label = "blocking, one core", .core = CORE, .times = 100 },
		/* Who spins keeps the other from running until the scheduler says so. */
		{ .name = "busy-one-core",
		  .label = "busy-poll, one core",
		  .busy = true,
		  .core = CORE,
		  .times = 2,
		  .rounds = 4 },
	};

	memcpy(ret, latencies, sizeof(latencies));
	pin_to(CORE);
	for (unsigned i = 0; i < LATENCY_COUNT; i++) {
		if (!ret[i].rounds || ret[i].rounds > rounds)
			ret[i].rounds = rounds;
		if (!brief || latency_is_told_briefly(&ret[i]))
			measure(&ret[i]);
	}
}
