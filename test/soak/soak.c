/*
 * soak.c - publishers, subscribers of all kinds, pools, ports, names, global surfaces, watchers and forwarders are born
 * and killed with -9 at random, as processes and as threads, for as long as one likes; those that live on must
 * have after hours what they had after the first seconds.
 *
 * usage: test-soak [--seconds N | --minutes N] [--seed N] [--threads] [--leak]
 *   --seconds, --minutes  how long (default 5 seconds)
 *   --seed     of all chance but the scheduler's (default: the time)
 *   --threads  in one process alone, without kills
 *   --leak     something of each kind is leaked on purpose; succeeds only if each is found
 */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <transom/port.h>

#include "harness.h"
#include "soak.h"

enum {
	LONGEST_ROUND_S = 6,
	ROUNDS = 8, /* of a short run */
	PATIENCE_S = 120, /* for what must happen, on whatever machine */
};

struct tally *tally;

unsigned chance;
bool leaking;

/* Rounds */

static double
now(void)
{
	return seconds_since(0);
}

static void
run_round(double seconds)
{
	double start = now();

	atomic_fetch_add(&tally->round, 1);
	atomic_store(&tally->phase, RUNNING);
	while (now() - start < seconds) {
		strike();
		pause_us(&chance, LONGEST_PAUSE_US);
	}
	kill_mortals();
}

/* False if somebody does not get back what the dead had. */
static bool
await_rest(void)
{
	double start = now();

	atomic_store(&tally->phase, RESTING);
	while (!is_everybody_at_rest()) {
		check_residents();
		if (now() - start > PATIENCE_S)
			break;
		usleep(1000);
	}
	print_restless();
	return is_everybody_at_rest();
}

static bool
exceeds(const struct count *count, const struct count *limit)
{
	for (int i = 0; i < COUNTED; i++)
		if (count->of[i] > limit->of[i] + counted_slack[i])
			return true;
	return false;
}

/* What has ended may take a moment to be gone: a thread, a closed file's pages. */
static void
count_at_rest(const struct count *limit, struct count *ret)
{
	for (int i = 0; i < (leaking ? 1 : 50); i++) {
		count_all(resident_pids, RESIDENTS, folder, ret);
		if (!limit || !exceeds(ret, limit))
			return;
		usleep(20000);
	}
}

static void
print_count(double seconds, const struct count *count)
{
	printf("# %4.0f s:", seconds);
	for (int i = 0; i < COUNTED; i++)
		printf(" %lu %s%s", count->of[i], counted_names[i], i + 1 < COUNTED ? "," : "\n");
	fflush(stdout);
}

static bool
has_everything_happened(void)
{
	return atomic_load(&tally->published) && atomic_load(&tally->read) && atomic_load(&tally->posted) &&
	       atomic_load(&tally->received) && atomic_load(&tally->forwarded) &&
	       atomic_load(&tally->globals) && atomic_load(&tally->heard) && atomic_load(&tally->asked) &&
	       atomic_load(&tally->forks) && atomic_load(&tally->threads) && tally->kills;
}

/* What there was in the beginning, at most, and in the end, at least. */
struct course {
	struct count begin, end;
	double seconds;
	unsigned rests;
	bool rested;
};

static void
take_most(struct count *most, const struct count *count)
{
	for (int i = 0; i < COUNTED; i++)
		if (count->of[i] > most->of[i])
			most->of[i] = count->of[i];
}

static void
take_least(struct count *least, const struct count *counts, unsigned count)
{
	*least = counts[0];
	for (unsigned n = 1; n < count; n++)
		for (int i = 0; i < COUNTED; i++)
			if (counts[n].of[i] < least->of[i])
				least->of[i] = counts[n].of[i];
}

static bool
is_all_found(const struct course *course, const struct count *count)
{
	for (int i = 0; i < COUNTED; i++)
		if (count->of[i] <= course->begin.of[i] + counted_slack[i])
			return false;
	return true;
}

/* Leaks must be found, however long that takes; and what shall be flat must have been used. */
static bool
is_done(const struct course *course, double seconds, const struct count *count)
{
	if (course->rests < ROUNDS / 2 || course->seconds < seconds)
		return false;
	if (course->seconds > seconds + PATIENCE_S)
		return true;
	return leaking ? is_all_found(course, count) : has_everything_happened();
}

/* A quarter of the time is the beginning, until all that is made once was made; the last few rests are the end. */
static void
run_rounds(double seconds, struct course *course)
{
	double each = seconds / ROUNDS < LONGEST_ROUND_S ? seconds / ROUNDS : LONGEST_ROUND_S;
	double start = now(), printed = 0;
	struct count last[3], count;

	*course = (struct course){ .rested = true };
	do {
		bool beginning =
			course->rests < (leaking ? 1 : 2) || (course->seconds < seconds / 4 && !leaking);

		run_round(each);
		course->rested = await_rest();
		count_at_rest(beginning ? NULL : &course->begin, &count);
		if (beginning)
			take_most(&course->begin, &count);
		last[course->rests++ % 3] = count;
		course->seconds = now() - start;
		if (seconds < 60 || course->seconds - printed >= 60) {
			print_count(course->seconds, &count);
			printed = course->seconds;
		}
	} while (course->rested && !is_done(course, seconds, &count));
	take_least(&course->end, last, course->rests < 3 ? course->rests : 3);
	if (leaking)
		course->end = count;
}

/* Beginning and ending */

/* The names of the dead are there until somebody takes them. Takes and gives up each. */
static void
take_names(void)
{
	static const char *const kinds[] = { "film", "relay", "port" };
	int receive, send;
	char name[16];

	check_eq(transom_port_create(NULL, &receive, &send), 0);
	for (unsigned i = 0; i < 3 * 4; i++) {
		struct transom_publisher_options options = { .size = sizeof(options), .name = name };
		struct transom_publisher *publisher;
		struct transom_name *port;

		snprintf(name, sizeof(name), "%s-%u", kinds[i / 4], i % 4);
		if (i / 4 < 2) {
			check_eq(transom_publisher_create(&options, &publisher), 0);
			transom_publisher_unref(publisher);
		} else {
			check_eq(transom_name_check_in(name, send, &port), 0);
			transom_name_unref(port);
		}
	}
	close(receive);
	close(send);
}

/* A link to a dead maker goes when it is looked up: whether all have gone. */
static bool
look_ids_up(void)
{
	char path[sizeof(folder) + 16];
	struct transom_surface *surface;
	struct dirent *entry;
	unsigned left = 0;
	DIR *entries;

	snprintf(path, sizeof(path), "%s/surfaces", folder);
	entries = opendir(path);
	if (!entries)
		return errno == ENOENT;
	while ((entry = readdir(entries)))
		if (entry->d_type == DT_LNK)
			check_eq(transom_surface_look_up_id((uint32_t)strtoul(entry->d_name, NULL, 16),
							    &surface),
				 -ENOENT);
	rewinddir(entries);
	while ((entry = readdir(entries)))
		left += entry->d_type == DT_LNK;
	closedir(entries);
	return left == 0;
}

/* What is left in it is a leak, and was counted. */
static void
remove_folder(const char *path)
{
	DIR *entries = opendir(path);
	struct dirent *entry;
	char below[512];

	check(entries);
	while ((entry = readdir(entries))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
		if (entry->d_type == DT_DIR)
			remove_folder(below);
		else
			check(unlink(below) == 0);
	}
	closedir(entries);
	check(rmdir(path) == 0);
}

static int
report(int number, bool good, const char *name, const char *what)
{
	printf("%sok %d %s%s\n", good ? "" : "not ", number, name, what);
	return !good;
}

static int
report_course(const struct course *course)
{
	struct count none = { { 0 } };
	int number = 0, bad = 0;

	printf("# %lu births, %lu kills, %lu stops, %lu forks, %lu threads, %u rests\n", tally->births,
	       tally->kills, tally->stops, atomic_load(&tally->forks), atomic_load(&tally->threads),
	       course->rests);
	printf("# %lu frames published, %lu readings, %lu rights posted, %lu received, %lu forwarded, %lu "
	       "global "
	       "surfaces, %lu changes of names, %lu inquiries\n",
	       atomic_load(&tally->published), atomic_load(&tally->read), atomic_load(&tally->posted),
	       atomic_load(&tally->received), atomic_load(&tally->forwarded), atomic_load(&tally->globals),
	       atomic_load(&tally->heard), atomic_load(&tally->asked));
	printf("1..%d\n", COUNTED + 5);
	for (int i = 0; i < COUNTED; i++) {
		bool flat = course->end.of[i] <= course->begin.of[i] + counted_slack[i];

		if (!flat)
			printf("# %s: %lu at first, %lu in the end\n", counted_names[i], course->begin.of[i],
			       course->end.of[i]);
		bad |= report(++number, flat != leaking,
			      leaking ? "a leak is found of " : "flat: ", counted_names[i]);
	}
	count_all(NULL, 0, folder, &none);
	bad |= report(++number, course->rested, "residents got back what the dead had", "");
	bad |= report(++number, leaking || has_everything_happened(), "everything happened", "");
	bad |= report(++number, !atomic_load(&tally->changed), "no frame changed while it was held", "");
	bad |= report(++number, !atomic_load(&tally->unexpected), "no unexpected errors", "");
	bad |= report(++number, leaking || (look_ids_up() && !none.of[NAMES] && !none.of[PROCESSES]),
		      "nothing is left", "");
	return bad;
}

static int
soak_processes(double seconds)
{
	struct course course;
	int bad;

	begin_residents();
	run_rounds(seconds, &course);
	end_residents();
	take_names();
	bad = report_course(&course);
	return bad;
}

/* Lives of one process, all threads. */
static int
soak_threads(double seconds)
{
	struct life life = { .role = &house_role, .seed = chance };
	void *house = house_role.begin(&life);
	double start = now();
	int fds, mappings, bad = 0;

	check(house);
	house_role.step(house);
	house_role.settle(house);
	fds = count_fds();
	mappings = count_mappings();
	while (now() - start < seconds ||
	       (!atomic_load(&tally->read) && now() - start < seconds + PATIENCE_S))
		house_role.step(house);
	house_role.end(house);
	printf("# %lu threads, %lu frames published, %lu readings\n1..5\n", atomic_load(&tally->threads),
	       atomic_load(&tally->published), atomic_load(&tally->read));
	bad |= report(1, count_fds() <= fds + 1, "no descriptor was left", "");
	bad |= report(2, count_mappings() <= mappings, "no mapping was left", "");
	bad |= report(3, !atomic_load(&tally->changed), "no frame changed while it was held", "");
	bad |= report(4, !atomic_load(&tally->unexpected), "no unexpected errors", "");
	bad |= report(5, atomic_load(&tally->read) > 0, "frames were read", "");
	return bad;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seconds", required_argument, NULL, 's' }, { "minutes", required_argument, NULL, 'm' },
		{ "seed", required_argument, NULL, 'r' },    { "threads", no_argument, NULL, 't' },
		{ "leak", no_argument, NULL, 'l' },          { 0 },
	};
	double seconds = 5;
	bool threads = false;
	int option, bad;

	chance = (unsigned)time(NULL);
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 's':
			seconds = (double)parse_number(optarg);
			break;
		case 'm':
			seconds = 60 * (double)parse_number(optarg);
			break;
		case 'r':
			chance = (unsigned)parse_number(optarg);
			break;
		case 't':
			threads = true;
			break;
		case 'l':
			leaking = true;
			break;
		default:
			fprintf(stderr, "usage: test-soak [--seconds N | --minutes N] [--seed N] [--threads] "
					"[--leak]\n");
			return 2;
		}
	}
	tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(tally != MAP_FAILED);
	printf("# --seed %u\n", chance);
	use_folder();
	bad = threads ? soak_threads(seconds) : soak_processes(seconds);
	remove_folder(folder);
	return bad;
}
