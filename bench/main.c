/*
 * main.c - measures what Transom costs, and compares with what the kernel costs. The exit status says
 * nothing of the figures: a timing decides nothing.
 */
#include <getopt.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "streams.h"

static void
add_population(struct plan *plan, unsigned surfaces, unsigned holders, size_t fd_limit)
{
	plan->populations[plan->population_count++] = population_choose(surfaces, holders, fd_limit);
}

static void
usage(FILE *where)
{
	fprintf(where, "usage: bench-transom [--json] [--part PART] [--rounds N] [--round-ms N]\n"
		       "  --json        print JSON instead of tables\n"
		       "  --part PART   measure that alone: surfaces, streams\n"
		       "  --rounds N    rounds of each measurement (200)\n"
		       "  --round-ms N  how long a round lasts, of surfaces (0.5)\n");
}

struct wish {
	bool json, surfaces, streams;
	struct plan plan;
};

static bool
choose_part(struct wish *wish, const char *part)
{
	wish->surfaces = !strcmp(part, "surfaces");
	wish->streams = !strcmp(part, "streams");
	return wish->surfaces || wish->streams;
}

static void
parse(int argc, char **argv, struct wish *ret)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },         { "part", required_argument, NULL, 'p' },
		{ "rounds", required_argument, NULL, 'r' }, { "round-ms", required_argument, NULL, 'm' },
		{ "help", no_argument, NULL, 'h' },         { 0 }
	};
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		if (option == 'j') {
			ret->json = true;
		} else if (option == 'p' && choose_part(ret, optarg)) {
			continue;
		} else if (option == 'r' && atoi(optarg) > 0 && atoi(optarg) <= MAX_ROUNDS) {
			ret->plan.rounds = (unsigned)atoi(optarg);
		} else if (option == 'm' && atof(optarg) > 0) {
			ret->plan.round_ns = atof(optarg) * 1e6;
		} else {
			usage(option == 'h' ? stdout : stderr);
			exit(option == 'h' ? 0 : 2);
		}
	}
}

static void
measure_surfaces(struct plan *plan, struct costs *costs, size_t fd_limit)
{
	add_population(plan, 1, 1, fd_limit);
	add_population(plan, 100, 1, fd_limit);
	add_population(plan, 10000, 1, fd_limit);
	add_population(plan, 1, 100, fd_limit);
	add_population(plan, 1, 1000, fd_limit);
	add_population(plan, 10000, 1000, fd_limit);
	costs_measure(costs);
	rounds_run(plan);
}

static void
report(const struct wish *wish, const struct costs *costs, const struct streams *streams)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	struct utsname machine;

	must(uname(&machine) == 0);
	printf(wish->json ? "{\n  \"kernel\": \"%s\", \"cores\": %ld" : "Linux %s, %ld cores.\n",
	       machine.release, cores);
	if (wish->json) {
		if (wish->surfaces) {
			printf(", ");
			report_json(&wish->plan, costs);
		}
		if (wish->streams) {
			printf(",\n  \"streams\": ");
			streams_report_json(streams);
		}
		printf("\n}\n");
		return;
	}
	if (wish->surfaces)
		report_table(&wish->plan, costs);
	if (wish->surfaces && wish->streams)
		printf("\n");
	if (wish->streams)
		streams_report_table(streams);
}

int
main(int argc, char **argv)
{
	static struct wish wish = { .surfaces = true,
				    .streams = true,
				    .plan = { .rounds = 200, .round_ns = 5e5 } };
	static struct streams streams;
	static struct costs costs;
	size_t fd_limit;

	parse(argc, argv, &wish);
	fd_limit = raise_fd_limit();
	if (wish.surfaces)
		measure_surfaces(&wish.plan, &costs, fd_limit);
	if (wish.streams)
		streams_measure(wish.plan.rounds, &streams);
	report(&wish, &costs, &streams);
	return fflush(stdout) == 0 ? 0 : 1;
}
