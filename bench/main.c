/*
 * main.c - measures what Transom costs, and compares with what the kernel costs; `transom bench` without the rest of that
 * program. The exit status says nothing of the figures: a timing decides nothing.
 */
#include <getopt.h>
#include <string.h>

#include "run.h"

static void
usage(FILE *where)
{
	fprintf(where, "usage: bench-transom [--json] [--part PART] [--rounds N] [--round-ms N]\n"
		       "  --json        print JSON instead of tables\n"
		       "  --part PART   measure that alone: surfaces, streams\n"
		       "  --rounds N    rounds of each measurement (200)\n"
		       "  --round-ms N  how long a round lasts, of surfaces (0.5)\n");
}

static void
parse(int argc, char **argv, struct bench_wish *ret)
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
		} else if (option == 'p' && bench_choose_part(ret, optarg)) {
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

int
main(int argc, char **argv)
{
	struct bench_wish wish = bench_usual_wish;

	parse(argc, argv, &wish);
	return bench_run(&wish) ? 0 : 1;
}
