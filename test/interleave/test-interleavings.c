/*
 * test-interleavings.c - the library's own code of publisher and subscriber, in every order of its accesses to board and cards
 * that the limits allow, on memory that delays stores; and mutations of it, each of which must be found to fail.
 *
 * usage: test-interleavings [--more] [--seconds N] [--scenario NAME] [--mutation NAME] [--preemptions N] [--delays N]
 *   --more         larger limits
 *   --seconds      at most, for each scenario (default: as long as it takes)
 *   --scenario, --mutation  this one alone; a failure is printed step by step
 *   --preemptions, --delays  other limits
 */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include <transom/stream.h>

#include "../harness.h"
#include "explore.h"
#include "world.h"

/* A step that is left out or exchanged, and where that is found. */
struct mutation {
	const char *name, *scenario;
	bool weak;
};

#ifdef MUTATED
#include "mutations.h"
#else
static const struct mutation mutations[] = { { NULL } };
#endif

unsigned explore_mutation; /* the number of the one that is on, or 0 */

static const struct scenario scenarios[] = {
	{ .name = "latest", .latest = 1, .frames = 4, .buffers = 3, .held = 1, .wild = true },
	{ .name = "latest_polls", .latest = 1, .frames = 3, .buffers = 3, .held = 1, .polls = true },
	{ .name = "latest_keeps", .latest = 1, .frames = 4, .buffers = 4, .held = 2, .keeps_one = true },
	{ .name = "latest_twice", .latest = 2, .frames = 2, .buffers = 4, .held = 1 },
	{ .name = "every", .every = 1, .frames = 4, .buffers = 3, .held = 1, .queue = 1 },
	{ .name = "every_queue", .every = 1, .frames = 4, .buffers = 4, .held = 1, .queue = 2 },
	{ .name = "every_short_of_buffers", .every = 1, .frames = 4, .buffers = 2, .held = 1, .queue = 2 },
	{ .name = "every_polls",
	  .every = 1,
	  .frames = 3,
	  .buffers = 3,
	  .held = 1,
	  .queue = 1,
	  .polls = true },
	{ .name = "every_drop",
	  .every = 1,
	  .frames = 4,
	  .buffers = 3,
	  .held = 1,
	  .queue = 1,
	  .policy = TRANSOM_LAGGARD_DROP },
	{ .name = "every_keeps",
	  .every = 1,
	  .frames = 4,
	  .buffers = 3,
	  .held = 2,
	  .queue = 2,
	  .keeps_one = true },
	{ .name = "both",
	  .latest = 1,
	  .every = 1,
	  .frames = 2,
	  .buffers = 4,
	  .held = 1,
	  .queue = 1,
	  .calm = true },
	{ .name = "publisher_dies",
	  .latest = 1,
	  .frames = 1,
	  .buffers = 3,
	  .held = 1,
	  .publisher_dies = true },
	{ .name = "subscriber_dies",
	  .every = 1,
	  .frames = 3,
	  .buffers = 2,
	  .held = 1,
	  .queue = 1,
	  .calm = true,
	  .subscribers_die = true },
};

enum {
	SCENARIOS = sizeof(scenarios) / sizeof(scenarios[0]),
	MUTATIONS = sizeof(mutations) / sizeof(mutations[0])
};

/* What is tried of each scenario. */
static const struct limits usual[] = {
	{ .preemptions = 1, .delays = 1, .deaths = 1 },
	{ .preemptions = 1, .delays = 1, .deaths = 1, .weak = true },
	{ .preemptions = 1, .deaths = 1, .plain = true },
};

enum { TSO, WEAK, LIMITS = sizeof(usual) / sizeof(usual[0]) };

struct options {
	double seconds;
	const char *scenario, *mutation;
	int more, preemptions, delays;
};

static struct limits
choose_limits(const struct options *options, unsigned i)
{
	struct limits limits = usual[i];

	if (scenario->calm)
		limits.preemptions--;
	if (scenario->wild || mutations[0].name)
		limits.preemptions++;
	limits.preemptions += (unsigned)options->more;
	limits.delays += (unsigned)options->more;
	if (options->preemptions >= 0)
		limits.preemptions = (unsigned)options->preemptions;
	if (options->delays >= 0)
		limits.delays = (unsigned)options->delays;
	return limits;
}

static void
print_outcome(const struct limits *limits, const struct outcome *outcome, double seconds)
{
	printf("# %s: %lu schedules%s, %u preemptions, %u delayed stores, %s%s, %.2f s%s%s\n", scenario->name,
	       outcome->schedules,
	       outcome->complete  ? ""
	       : outcome->failure ? " until"
				  : " of more",
	       limits->preemptions, limits->delays, limits->weak ? "weak memory" : "TSO",
	       limits->plain ? ", plain accesses too" : "", seconds, outcome->failure ? ": " : "",
	       outcome->failure ? outcome->failure : "");
	fflush(stdout);
}

/* True if no schedule fails. */
static bool
holds(const struct options *options, unsigned which, unsigned long *schedules)
{
	struct limits limits = choose_limits(options, which);
	double start = seconds_since(0);
	struct outcome outcome;

	explore(world_begin, world_end, &limits, options->seconds, &outcome);
	*schedules += outcome.schedules;
	print_outcome(&limits, &outcome, seconds_since(start));
	if (outcome.failure && (!explore_mutation || options->mutation))
		explore_again(world_begin, world_end, world_describe);
	return !outcome.failure;
}

static int
report(int number, bool good, const char *what, const char *name)
{
	printf("%sok %d %s%s\n", good ? "" : "not ", number, name, what);
	fflush(stdout);
	return !good;
}

static bool
is_wanted(const char *name, const char *wanted)
{
	return !wanted || !strcmp(name, wanted);
}

static int
test_scenarios(const struct options *options)
{
	unsigned long schedules = 0;
	int bad = 0, number = 0;
	bool good;

	for (unsigned i = 0; i < SCENARIOS; i++) {
		scenario = &scenarios[i];
		if (!is_wanted(scenario->name, options->scenario))
			continue;
		good = true;
		for (unsigned k = 0; k < LIMITS && good; k++)
			good = holds(options, k, &schedules);
		bad |= report(++number, good, "_holds", scenario->name);
	}
	printf("# %lu schedules\n1..%d\n", schedules, number);
	return bad || !number;
}

static const struct scenario *
find_scenario(const char *name)
{
	for (unsigned i = 0; i < SCENARIOS; i++)
		if (!strcmp(scenarios[i].name, name))
			return &scenarios[i];
	abort();
}

static int
test_mutations(const struct options *options)
{
	unsigned long schedules = 0;
	int bad = 0, number = 0;

	for (unsigned i = 0; i < MUTATIONS; i++) {
		if (!is_wanted(mutations[i].name, options->mutation))
			continue;
		explore_mutation = i + 1;
		scenario = find_scenario(mutations[i].scenario);
		bad |= report(++number, !holds(options, mutations[i].weak ? WEAK : TSO, &schedules),
			      "_is_found", mutations[i].name);
	}
	printf("# %lu schedules\n1..%d\n", schedules, number);
	return bad || !number;
}

int
main(int argc, char **argv)
{
	static const struct option known[] = {
		{ "more", no_argument, NULL, 'm' },
		{ "seconds", required_argument, NULL, 's' },
		{ "scenario", required_argument, NULL, 'c' },
		{ "mutation", required_argument, NULL, 'u' },
		{ "preemptions", required_argument, NULL, 'p' },
		{ "delays", required_argument, NULL, 'd' },
		{ 0 },
	};
	struct options options = { .seconds = 1e9, .preemptions = -1, .delays = -1 };
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 'm':
			options.more = 1;
			break;
		case 's':
			options.seconds = (double)parse_number(optarg);
			break;
		case 'c':
			options.scenario = optarg;
			break;
		case 'u':
			options.mutation = optarg;
			break;
		case 'p':
			options.preemptions = (int)parse_number(optarg);
			break;
		case 'd':
			options.delays = (int)parse_number(optarg);
			break;
		default:
			fprintf(stderr, "usage: test-interleavings [--more] [--seconds N] [--scenario NAME] "
					"[--mutation NAME] [--preemptions N] [--delays N]\n");
			return 2;
		}
	}
	return mutations[0].name ? test_mutations(&options) : test_scenarios(&options);
}
