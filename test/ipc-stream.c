/*
 * ipc-stream.c - a publisher at full speed and eight readers, four of the newest frame and four of every
 * one; each frame says in all its pixels which one it is, and readers verify that when they get it and
 * when they release it. Meanwhile readers and publisher are killed with -9, stopped and begun again.
 *
 * usage: ipc-stream [--seconds N] [--threads | --processes] [--seed N] [--release-early]
 *   --seconds        how long in all (default 6), beside what beginning and ending takes; longer where so little runs
 *                    that nothing has been read, or nobody killed
 *   --threads        publisher and readers are threads of one process; they leave instead of being killed
 *   --processes      each is a process (default: the one, then the other)
 *   --seed           of what is random (default: the time)
 *   --release-early  readers release a frame before they read it, and the test succeeds only if it finds
 *                    torn frames: the proof that it would
 */
#include <getopt.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <transom/port.h>

#include "harness.h"
#include "ipc-stream.h"

enum {
	ACTORS = 2 + READERS + RELAY_READERS,
	LONGEST_PAUSE_US = 4000, /* between two blows */
	PROGRESS = 50, /* frames that must come while readers are stopped */
};

struct tally *tally;
struct plan plan;

static const struct variant variants[] = {
	{ "wait", TRANSOM_LAGGARD_WAIT, false, false },   { "drop", TRANSOM_LAGGARD_DROP, false, false },
	{ "evict", TRANSOM_LAGGARD_EVICT, false, false }, { "resize", TRANSOM_LAGGARD_WAIT, true, false },
	{ "relay", TRANSOM_LAGGARD_WAIT, false, true },
};

static struct actor actors[ACTORS];
static unsigned actor_count;
static unsigned seed; /* of the supervisor */

unsigned
choose_seed(const struct actor *actor)
{
	return plan.seed + (unsigned)(actor - actors) * 7919 + actor->lives * 104729;
}

void
report_unexpected(const char *what, int error)
{
	atomic_fetch_add(&tally->unexpected, 1);
	fprintf(stderr, "%s: %s\n", what, strerror(-error));
}

static void
check_belongings(int fds, int mappings)
{
	/* As in the harness: a sanitizer or valgrind may keep a descriptor. */
	if (count_fds() <= fds + 1 && count_mappings() == mappings)
		return;
	atomic_fetch_add(&tally->leaked, 1);
	fprintf(stderr, "leaked: %d descriptors instead of %d, %d mappings instead of %d\n", count_fds(), fds,
		count_mappings(), mappings);
}

/* Beginning and ending */

static void
live_as_process(void *argument)
{
	struct actor *actor = argument;
	int fds = count_fds(), mappings = count_mappings();

	actor->play(actor);
	check_belongings(fds, mappings);
}

static void *
live_as_thread(void *argument)
{
	struct actor *actor = argument;

	actor->play(actor);
	return NULL;
}

static void
begin(struct actor *actor)
{
	actor->lives++;
	if (plan.threads)
		check_eq(pthread_create(&actor->thread, NULL, live_as_thread, actor), 0);
	else
		actor->pid = spawn(live_as_process, actor);
}

static void
add(void (*play)(struct actor *), enum stream stream, unsigned number)
{
	struct actor *actor = &actors[actor_count++];

	*actor = (struct actor){ .play = play, .stream = stream, .number = number };
	begin(actor);
}

static void
begin_all(void)
{
	actor_count = 0;
	add(play_publisher, DRAWN, 0);
	for (unsigned i = 0; i < READERS; i++)
		add(play_reader, DRAWN, i);
	if (!plan.variant->relays)
		return;
	add(play_relay, RELAYED, 0);
	for (unsigned i = 0; i < RELAY_READERS; i++)
		add(play_reader, RELAYED, i);
}

static void
end_all(void)
{
	atomic_store(&tally->phase, ENDING);
	for (unsigned i = 0; i < actor_count; i++) {
		if (plan.threads)
			check_eq(pthread_join(actors[i].thread, NULL), 0);
		else if (wait_for(actors[i].pid) != 0)
			report_unexpected("an actor died", 0);
	}
}

/* Blows */

static bool
is_latest(const struct actor *actor)
{
	return actor->play == play_reader && actor->number % 2 == 0;
}

static void
pause_randomly(unsigned longest_us)
{
	usleep((unsigned)rand_r(&seed) % longest_us);
}

static void
kill_and_begin(struct actor *actor)
{
	atomic_fetch_add(actor->play == play_publisher ? &tally->restarts
			 : actor->play == play_relay   ? &tally->relay_kills
						       : &tally->kills,
			 1);
	if (plan.threads) {
		atomic_store(&actor->leave, true);
		return;
	}
	kill(actor->pid, SIGKILL);
	if (wait_for(actor->pid) != -SIGKILL)
		report_unexpected("an actor died before it was killed", 0);
	begin(actor);
}

static void
await_progress(void)
{
	unsigned long before = atomic_load(&tally->published[DRAWN]);
	double start = seconds_since(0);

	while (atomic_load(&tally->published[DRAWN]) < before + PROGRESS) {
		if (seconds_since(start) > PATIENCE_S) {
			atomic_fetch_add(&tally->held_up, 1);
			return;
		}
		usleep(200);
	}
}

/* Stops some readers of the newest frame, or all of them, or anybody who is not waited for. */
static void
stop_and_continue(void)
{
	bool anybody = plan.variant->policy != TRANSOM_LAGGARD_WAIT;
	bool stopped[ACTORS] = { false };

	for (unsigned i = 0; i < actor_count; i++) {
		stopped[i] = (is_latest(&actors[i]) || (anybody && actors[i].play == play_reader)) &&
			     rand_r(&seed) % 2;
		if (stopped[i])
			kill(actors[i].pid, SIGSTOP);
	}
	await_progress();
	for (unsigned i = 0; i < actor_count; i++)
		if (stopped[i])
			kill(actors[i].pid, SIGCONT);
	atomic_fetch_add(&tally->stops, 1);
}

/* The publisher waits for this one, if that is its policy, and goes on with it. */
static void
stop_any(void)
{
	struct actor *actor = &actors[(unsigned)rand_r(&seed) % actor_count];

	kill(actor->pid, SIGSTOP);
	pause_randomly(LONGEST_PAUSE_US);
	kill(actor->pid, SIGCONT);
}

static void
strike(void)
{
	struct actor *actor = &actors[1 + (unsigned)rand_r(&seed) % (actor_count - 1)];

	switch (rand_r(&seed) % (plan.threads ? 8 : 16)) {
	case 0:
		kill_and_begin(&actors[0]);
		break;
	case 8:
	case 9:
	case 10:
		stop_and_continue();
		break;
	case 11:
		stop_any();
		break;
	default:
		kill_and_begin(actor);
	}
}

static void
await_all(void)
{
	double start = seconds_since(0);

	atomic_store(&tally->phase, SETTLING);
	for (int stream = 0; stream < (plan.variant->relays ? STREAMS : 1); stream++)
		while (!atomic_load(&tally->settled[stream])) {
			if (seconds_since(start) > PATIENCE_S) {
				atomic_fetch_add(&tally->miscounted, 1);
				return;
			}
			usleep(500);
		}
}

/* Runs */

static void
prepare(const struct variant *variant, bool threads)
{
	plan.variant = variant;
	plan.threads = threads;
	plan.seed = (unsigned)rand_r(&seed);
	plan.streams[DRAWN].name = "drawn";
	plan.streams[DRAWN].subscribers = READERS + variant->relays;
	plan.streams[RELAYED].name = "relayed";
	plan.streams[RELAYED].subscribers = RELAY_READERS;
	atomic_store(&tally->phase, RUNNING);
	for (int i = 0; i < STREAMS; i++) {
		atomic_store(&tally->wanted[i], 0);
		atomic_store(&tally->settled[i], 0);
		check_eq(transom_port_create(NULL, &plan.streams[i].receive, &plan.streams[i].send), 0);
	}
}

static void
clean_up(void)
{
	for (int i = 0; i < STREAMS; i++) {
		close(plan.streams[i].receive);
		close(plan.streams[i].send);
	}
}

/* Whether what the test is about has happened since a run began, however little of the processor it got. */
static bool
is_through(const struct tally *before)
{
	if (plan.release_early)
		return atomic_load(&tally->torn) > 0;
	return (plan.threads || atomic_load(&tally->kills) > before->kills) &&
	       atomic_load(&tally->readings[0]) > before->readings[0] &&
	       atomic_load(&tally->readings[1]) > before->readings[1] &&
	       (!plan.variant->relays ||
		atomic_load(&tally->published[RELAYED]) > before->published[RELAYED]);
}

static void
strike_for(double seconds, const struct tally *before)
{
	double start = seconds_since(0);

	while (seconds_since(start) < seconds ||
	       (!is_through(before) && seconds_since(start) < seconds + PATIENCE_S)) {
		pause_randomly(LONGEST_PAUSE_US);
		if (!plan.release_early)
			strike();
	}
}

static void
run(const struct variant *variant, bool threads, double seconds)
{
	const struct tally before = *tally;
	int fds = count_fds(), mappings = count_mappings();

	prepare(variant, threads);
	begin_all();
	strike_for(seconds, &before);
	await_all();
	end_all();
	clean_up();
	check_belongings(fds, mappings);
	printf("# %s, %s: %lu frames, %lu readings\n", threads ? "threads" : "processes", variant->name,
	       atomic_load(&tally->published[DRAWN]) - before.published[DRAWN],
	       atomic_load(&tally->readings[0]) + atomic_load(&tally->readings[1]) - before.readings[0] -
		       before.readings[1]);
}

static void
run_all(bool with_threads, bool with_processes, double seconds)
{
	int count = plan.release_early ? 1 : (int)(sizeof(variants) / sizeof(variants[0]));
	double each = seconds / (count * (with_threads + with_processes));

	for (int i = 0; i < count && with_processes; i++)
		run(&variants[i], false, each);
	for (int i = 0; i < count && with_threads; i++)
		run(&variants[i], true, each);
}

/* Reporting */

static int
report(int number, bool good, const char *name)
{
	printf("%sok %d %s\n", good ? "" : "not ", number, name);
	return !good;
}

static int
report_none(int number, atomic_ulong *count, const char *name)
{
	if (atomic_load(count))
		printf("# %lu\n", atomic_load(count));
	return report(number, !atomic_load(count), name);
}

static int
report_all(void)
{
	int bad = 0;

	printf("# %lu readings of the newest frame, %lu of every frame, %lu after the release; %lu missed\n",
	       atomic_load(&tally->readings[0]), atomic_load(&tally->readings[1]), atomic_load(&tally->kept),
	       atomic_load(&tally->missed));
	printf("# %lu kills of readers, %lu of the relay, %lu of the publisher, %lu stops; %lu shut out, %lu "
	       "refused at "
	       "first\n",
	       atomic_load(&tally->kills), atomic_load(&tally->relay_kills), atomic_load(&tally->restarts),
	       atomic_load(&tally->stops), atomic_load(&tally->shut_out), atomic_load(&tally->refused));
	printf("1..11\n");
	bad |= report(1,
		      atomic_load(&tally->readings[0]) && atomic_load(&tally->readings[1]) &&
			      atomic_load(&tally->published[RELAYED]),
		      "frames_flowed");
	bad |= report_none(2, &tally->torn, "no_frame_was_torn");
	bad |= report_none(3, &tally->kept_torn, "no_frame_that_was_kept_after_its_release_changed");
	bad |= report_none(4, &tally->lost, "lossless_readers_missed_nothing");
	bad |= report_none(5, &tally->wrong, "frames_are_what_they_say_and_in_order");
	bad |= report_none(6, &tally->held_up, "stopped_readers_held_nobody_up");
	bad |= report_none(7, &tally->retained, "publishers_had_all_buffers_in_the_end");
	bad |= report_none(8, &tally->miscounted, "publishers_counted_the_living");
	bad |= report_none(9, &tally->leaked, "nobody_leaked");
	bad |= report_none(10, &tally->unexpected, "nothing_unexpected_happened");
	bad |= report(11, plan.threads || atomic_load(&tally->kills), "readers_were_killed");
	return bad;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seconds", required_argument, NULL, 's' }, { "threads", no_argument, NULL, 't' },
		{ "processes", no_argument, NULL, 'p' },     { "seed", required_argument, NULL, 'r' },
		{ "release-early", no_argument, NULL, 'e' }, { 0 },
	};
	bool threads = false, processes = false;
	unsigned long seconds = 6;
	int option;

	seed = (unsigned)time(NULL);
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 's':
			seconds = parse_number(optarg);
			break;
		case 't':
			threads = true;
			break;
		case 'p':
			processes = true;
			break;
		case 'r':
			seed = (unsigned)parse_number(optarg);
			break;
		case 'e':
			plan.release_early = true;
			break;
		default:
			fprintf(stderr, "usage: ipc-stream [--seconds N] [--threads | --processes] "
					"[--seed N] [--release-early]\n");
			return 2;
		}
	}
	tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(tally != MAP_FAILED);
	printf("# seed %u\n", seed);
	use_folder();
	run_all(threads || !processes, processes || !threads, (double)seconds);
	drop_folder("streams");
	if (!plan.release_early)
		return report_all();
	printf("# %lu of %lu readings were torn\n1..1\n", atomic_load(&tally->torn),
	       atomic_load(&tally->readings[0]) + atomic_load(&tally->readings[1]));
	return report(1, atomic_load(&tally->torn) > 0, "frames_that_are_not_held_are_torn");
}
