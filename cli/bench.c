/* bench.c - `transom bench`: what Transom costs beside what the kernel costs; bench/ measures. */
#include <stdlib.h>
#include <string.h>

#include "../bench/run.h"
#include "command-list.h"
#include "complain.h"
#include "flag.h"
#include "interval.h"

enum { KEY_JSON = 256 };

#define USUAL_SECONDS 60
#define MOST_SECONDS 3600

static error_t
parse(int key, char *argument, struct argp_state *state)
{
	struct bench_wish *wish = state->input;

	switch (key) {
	case 'p':
		if (!bench_choose_part(wish, argument))
			argp_error(state, "--part takes surfaces or streams, not \"%s\"", argument);
		return 0;
	case 'r':
		wish->plan.rounds = (unsigned)interval_parse_count(state, "--rounds", argument);
		if (wish->plan.rounds > MAX_ROUNDS)
			argp_error(state, "--rounds takes a number from 1 to %d, not \"%s\"", MAX_ROUNDS,
				   argument);
		return 0;
	case 's':
		wish->seconds = interval_parse(state, "--seconds", argument, 1, MOST_SECONDS) / 1e3;
		return 0;
	case 'd':
		wish->brief = false;
		return 0;
	case KEY_JSON:
		wish->json = true;
		wish->brief = false;
		return 0;
	case ARGP_KEY_ARG:
		flag_refuse_word(state, argument);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "part", 'p', "surfaces|streams", 0, "Measure that alone.", 0 },
	{ "rounds", 'r', "NUMBER", 0, "Rounds of each measurement, 1 to 1000 (200): more are steadier.", 0 },
	{ "seconds", 's', "SECONDS", 0,
	  "End after about so long (60), with fewer rounds if need be, though with three.", 0 },
	{ "details", 'd', NULL, 0,
	  "Print all that is measured: spreads, thousands of surfaces and holders, crowds of subscribers, "
	  "frames a "
	  "second, system calls, page faults, and targets.",
	  0 },
	{ "json", KEY_JSON, NULL, 0, "Print all of that as one JSON object.", 0 },
	{ 0 },
};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Measures what Transom costs beside the least that the kernel or the processor takes for the "
	       "same, in turn, in one "
	       "run. It wants two cores that nobody else uses and takes up to a minute there, with --details "
	       "and --json too; "
	       "where others use them, what is set up before can take longer than that.",
};

static int
run(const struct command *command, int argc, char **argv)
{
	struct bench_wish wish = bench_usual_wish;

	wish.brief = true;
	wish.seconds = USUAL_SECONDS;
	command_parse(command, argc, argv, &wish);
	if (!wish.json)
		remark("this takes up to %.0f seconds", wish.seconds);
	return bench_run(&wish) ? EXIT_DONE : complain(EXIT_FAILED, "the output could not be written");
}

const struct command command_bench = {
	.name = "bench",
	.summary = "measure what Transom costs beside what the kernel costs",
	.argp = &argp,
	.run = run,
};
