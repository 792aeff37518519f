/*
 * ipc-crash.c - frames flow from a renderer to a receiver at full speed; one of them is killed with -9 at
 * a random instant, again and again; after each kill the other one must have lost nothing and leaked
 * nothing, and no frame may ever have been recycled before it was read.
 *
 * usage: ipc-crash [--kills N] [--seed N] [--expect-recycled]
 *   --kills            how often to kill, half of them the receiver, half the renderer (default 2000)
 *   --seed             of the random instants (default: the time)
 *   --expect-recycled  succeed only if frames were recycled too early: for the build without locks
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "frames.h"
#include "harness.h"

enum {
	BUFFERS = 4, /* of the pool */
	HELD = 2, /* frames that a receiver keeps while it goes on */
	LONGEST_US = 3000, /* that a victim lives, once it works */
};

/* In memory that all processes of the test share. */
struct tally {
	atomic_ulong frames; /* read and verified */
	atomic_ulong recycled; /* frames that had changed before or while they were read */
	atomic_ulong lost; /* buffers that a pool did not get back */
	atomic_ulong leaked; /* descriptors or mappings too many in a survivor */
	atomic_uint working; /* the victim has begun */
};

static struct tally *tally;
static unsigned seed;
static bool expect_recycled;

struct link {
	int receive, send;
	int orders[2], answers[2]; /* from the supervisor to the survivor, and back */
};

static void
sleep_us(unsigned us)
{
	nanosleep(&(struct timespec){ .tv_sec = us / 1000000, .tv_nsec = (long)(us % 1000000) * 1000 }, NULL);
}

static char
wait_for_order(int fd)
{
	char order;

	return read(fd, &order, 1) == 1 ? order : 0;
}

static bool
has_order(int fd)
{
	struct pollfd entry = { .fd = fd, .events = POLLIN };

	return poll(&entry, 1, 0) > 0;
}

static void
answer(int fd)
{
	check(write(fd, "k", 1) == 1);
}

static void
order(const struct link *link, char what)
{
	char done;

	check(write(link->orders[1], &what, 1) == 1);
	check(read(link->answers[0], &done, 1) == 1);
}

/* One frame, checked when it comes and once more when it goes. */
struct reading {
	struct transom_pixel_buffer *buffer;
	uint32_t number;
};

static void
verify(const struct reading *reading)
{
	if (read_frame(reading->buffer) == reading->number)
		atomic_fetch_add(&tally->frames, 1);
	else
		atomic_fetch_add(&tally->recycled, 1);
}

static void
drop(struct reading *reading)
{
	if (!reading->buffer)
		return;
	verify(reading);
	reading->buffer = transom_pixel_buffer_unref(reading->buffer);
}

/* Receives and verifies frames for @timeout_ms after the last one; keeps the last few. */
static void
read_frames(const struct link *link, struct transom_message *message, struct reading *held, int timeout_ms)
{
	struct frame_note note;
	unsigned at = 0;
	int r;

	for (;;) {
		struct reading *reading = &held[at++ % HELD];

		drop(reading);
		r = receive_frame(link->receive, message, timeout_ms, &note, &reading->buffer);
		if (r == -EAGAIN || r == -ETIMEDOUT)
			return;
		if (r == -EBUSY) {
			atomic_fetch_add(&tally->recycled, 1); /* being claimed just now */
			continue;
		}
		check_eq(r, 0);
		reading->number = note.number;
		verify(reading);
		atomic_store(&tally->working, 1);
		if (has_order(link->orders[0]))
			return;
	}
}

static void
receive_until_killed(void *argument)
{
	struct reading held[HELD] = { 0 };
	struct link *link = argument;
	struct transom_message *message;

	check_eq(transom_message_create(&message), 0);
	for (;;)
		read_frames(link, message, held, 10000);
}

/* Posts frames until there is an order, or for ever. */
static void
render(const struct link *link, struct transom_pool *pool, uint32_t *number)
{
	while (!has_order(link->orders[0])) {
		struct transom_pixel_buffer *buffer;
		int r = transom_pool_acquire(pool, 1, &buffer);

		if (r == -ETIMEDOUT)
			continue;
		check_eq(r, 0);
		*number += *number == UINT32_MAX ? 2 : 1;
		draw_frame(buffer, *number);
		r = post_frame(link->send, buffer, *number, 1);
		check(r == 0 || r == -ETIMEDOUT);
		transom_pixel_buffer_unref(buffer);
		atomic_store(&tally->working, 1);
	}
}

static void
render_until_killed(void *argument)
{
	uint32_t number = (uint32_t)getpid() << 12 | 1;

	render(argument, create_frame_pool(BUFFERS, TRANSOM_SURFACE_MAKER_WRITES), &number);
}

/* Nobody else has anything: all buffers must come, and nothing must be left of the dead. */
static void
check_pool(struct transom_pool *pool)
{
	struct transom_pixel_buffer *buffers[BUFFERS] = { 0 };

	for (int i = 0; i < BUFFERS; i++)
		if (transom_pool_acquire(pool, 5000, &buffers[i]) < 0)
			atomic_fetch_add(&tally->lost, 1);
	for (int i = 0; i < BUFFERS; i++) {
		if (buffers[i] &&
		    transom_surface_is_in_use_elsewhere(transom_pixel_buffer_get_surface(buffers[i])))
			atomic_fetch_add(&tally->lost, 1);
		transom_pixel_buffer_unref(buffers[i]);
	}
}

static void
check_leaks(int *fds, int *mappings)
{
	if (*fds < 0) { /* the first time: what the survivor has when it is at rest */
		*fds = count_fds();
		*mappings = count_mappings();
	}
	if (count_fds() != *fds || count_mappings() != *mappings)
		atomic_fetch_add(&tally->leaked, 1);
}

/* The renderer that outlives its receivers. Orders: s stop, c check, g go on, anything else: end. */
static void
render_on(void *argument)
{
	struct transom_pool *pool = create_frame_pool(BUFFERS, TRANSOM_SURFACE_MAKER_WRITES);
	struct link *link = argument;
	int fds = -1, mappings = -1;
	uint32_t number = 0;

	close(link->receive);
	for (;;) {
		switch (wait_for_order(link->orders[0])) {
		case 's':
			break;
		case 'c':
			check_pool(pool);
			check_leaks(&fds, &mappings);
			break;
		case 'g':
			answer(link->answers[1]);
			render(link, pool, &number);
			continue;
		default:
			transom_pool_unref(pool);
			answer(link->answers[1]);
			return;
		}
		answer(link->answers[1]);
	}
}

/* The receiver that outlives its renderers. Orders: g receive until the next one, c check. */
static void
receive_on(void *argument)
{
	struct reading held[HELD] = { 0 };
	struct link *link = argument;
	int fds = -1, mappings = -1;
	struct transom_message *message;

	close(link->send);
	check_eq(transom_message_create(&message), 0);
	for (;;) {
		switch (wait_for_order(link->orders[0])) {
		case 'g':
			answer(link->answers[1]);
			while (!has_order(link->orders[0]))
				read_frames(link, message, held, 1);
			continue;
		case 'c':
			read_frames(link, message, held, 0); /* what the dead left in the queue */
			while (transom_port_receive(link->receive, message, 0) == 0)
				;
			for (int i = 0; i < HELD; i++)
				drop(&held[i]);
			check_leaks(&fds, &mappings);
			break;
		default:
			transom_message_unref(message);
			answer(link->answers[1]);
			return;
		}
		answer(link->answers[1]);
	}
}

static void
drain(const struct link *link)
{
	struct transom_message *message;

	check_eq(transom_message_create(&message), 0);
	while (transom_port_receive(link->receive, message, 0) == 0)
		;
	transom_message_unref(message);
}

/*
 * Lets a victim work for a random time, and kills it. Some die while they begin, the others while they work.
 * The first one works: what a survivor has at rest is counted after it, when it has met frames.
 */
static void
kill_one(void (*body)(void *), struct link *link, bool first)
{
	pid_t victim;

	atomic_store(&tally->working, 0);
	victim = spawn(body, link);
	for (int i = 0; (first || (rand_r(&seed) % 8 && i < 10000)) && !atomic_load(&tally->working); i++)
		sleep_us(20);
	sleep_us((unsigned)rand_r(&seed) % LONGEST_US);
	kill(victim, SIGKILL);
	check_eq(wait_for(victim), -SIGKILL);
}

static void
open_link(struct link *link)
{
	check_eq(transom_port_create(NULL, &link->receive, &link->send), 0);
	check(pipe(link->orders) == 0 && pipe(link->answers) == 0);
}

static void
close_link(struct link *link)
{
	close(link->receive);
	close(link->send);
	for (int i = 0; i < 2; i++) {
		close(link->orders[i]);
		close(link->answers[i]);
	}
}

static void
kill_receivers(unsigned long kills)
{
	struct link link;
	pid_t survivor;

	open_link(&link);
	survivor = spawn(render_on, &link);
	/* A victim must not hear the survivor's orders. */
	for (unsigned long i = 0; i < kills; i++) {
		struct link own = link;

		check(pipe(own.orders) == 0);
		order(&link, 'g');
		kill_one(receive_until_killed, &own, i == 0);
		order(&link, 's');
		drain(&link);
		order(&link, 'c');
		close(own.orders[0]);
		close(own.orders[1]);
	}
	order(&link, 'e');
	check_eq(wait_for(survivor), 0);
	close_link(&link);
}

static void
kill_renderers(unsigned long kills)
{
	struct link link;
	pid_t survivor;

	open_link(&link);
	survivor = spawn(receive_on, &link);
	for (unsigned long i = 0; i < kills; i++) {
		struct link own = link;

		check(pipe(own.orders) == 0);
		order(&link, 'g');
		kill_one(render_until_killed, &own, i == 0);
		order(&link, 'c');
		close(own.orders[0]);
		close(own.orders[1]);
	}
	order(&link, 'e');
	check_eq(wait_for(survivor), 0);
	close_link(&link);
}

static int
report(int number, bool good, const char *name)
{
	printf("%sok %d %s\n", good ? "" : "not ", number, name);
	return !good;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "kills", required_argument, NULL, 'k' },
		{ "seed", required_argument, NULL, 's' },
		{ "expect-recycled", no_argument, NULL, 'r' },
		{ 0 },
	};
	unsigned long kills = 2000;
	int option, bad = 0, fds;

	seed = (unsigned)time(NULL);
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'k':
			kills = parse_number(optarg);
			break;
		case 's':
			seed = (unsigned)parse_number(optarg);
			break;
		case 'r':
			expect_recycled = true;
			break;
		default:
			fprintf(stderr, "usage: ipc-crash [--kills N] [--seed N] [--expect-recycled]\n");
			return 2;
		}
	}
	tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(tally != MAP_FAILED);
	printf("# seed %u\n", seed);
	fds = count_fds();
	kill_receivers(kills / 2);
	kill_renderers(kills - kills / 2);
	printf("# %lu kills, %lu readings of frames\n", kills, atomic_load(&tally->frames));
	if (expect_recycled) {
		printf("1..1\n");
		return report(1, atomic_load(&tally->recycled) > 0,
			      "without_locks_frames_are_recycled_too_early");
	}
	printf("1..5\n");
	bad |= report(1, atomic_load(&tally->frames) > kills, "frames_flowed");
	bad |= report(2, atomic_load(&tally->recycled) == 0, "no_frame_was_recycled_before_it_was_read");
	bad |= report(3, atomic_load(&tally->lost) == 0, "no_surface_is_in_use_that_nobody_holds");
	bad |= report(4, atomic_load(&tally->leaked) == 0, "no_survivor_leaked");
	bad |= report(5, count_fds() <= fds + 1, "the_supervisor_did_not_leak");
	return bad;
}
