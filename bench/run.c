/* run.c - a whole measurement, from the wish to the report. */
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "budget.h"
#include "run.h"

const struct bench_wish bench_usual_wish = {
	.surfaces = true,
	.streams = true,
	.plan = { .rounds = 200, .round_ns = 5e5 },
};

bool
bench_choose_part(struct bench_wish *wish, const char *part)
{
	wish->surfaces = !strcmp(part, "surfaces");
	wish->streams = !strcmp(part, "streams");
	return wish->surfaces || wish->streams;
}

static void
add_population(struct plan *plan, unsigned surfaces, unsigned holders, size_t fd_limit)
{
	plan->populations[plan->population_count++] = population_choose(surfaces, holders, fd_limit);
}

static void
measure_surfaces(struct bench_wish *wish, struct costs *costs, size_t fd_limit)
{
	struct plan *plan = &wish->plan;

	add_population(plan, 1, 1, fd_limit);
	if (!wish->brief) {
		add_population(plan, 100, 1, fd_limit);
		add_population(plan, 10000, 1, fd_limit);
		add_population(plan, 1, 100, fd_limit);
		add_population(plan, 1, 1000, fd_limit);
		add_population(plan, 10000, 1000, fd_limit);
	}
	costs_measure(costs);
	rounds_run(plan);
}

static void
print_json(const struct bench_wish *wish, const struct costs *costs, const struct streams *streams)
{
	if (wish->surfaces) {
		printf(", ");
		report_json(&wish->plan, costs);
	}
	if (wish->streams) {
		printf(",\n  \"streams\": ");
		streams_report_json(streams);
	}
	printf("\n}\n");
}

static void
report(const struct bench_wish *wish, const struct costs *costs, const struct streams *streams)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	struct utsname machine;

	must(uname(&machine) == 0);
	printf(wish->json ? "{\n  \"kernel\": \"%s\", \"cores\": %ld" : "Linux %s, %ld cores.\n",
	       machine.release, cores);
	if (wish->json) {
		print_json(wish, costs, streams);
		return;
	}
	if (wish->brief) {
		summary_print(wish, costs, streams);
		return;
	}
	if (wish->surfaces)
		report_table(&wish->plan, costs);
	if (wish->surfaces && wish->streams)
		printf("\n");
	if (wish->streams)
		streams_report_table(streams);
}

/* The brief ones are fewer; then each has more than its share. */
static unsigned
count_measurements(const struct bench_wish *wish)
{
	unsigned count = 0;

	if (wish->surfaces)
		count += rounds_count_measurements();
	if (wish->streams)
		count += wish->brief ? LATENCY_COUNT + CROWD_COUNT / 2
				     : LATENCY_COUNT + CROWD_COUNT + LOSSLESS_COUNT + RATE_COUNT;
	return count;
}

bool
bench_run(struct bench_wish *wish)
{
	static struct streams streams;
	static struct costs costs;
	size_t fd_limit = raise_fd_limit();

	budget_begin(wish->seconds, count_measurements(wish));
	if (wish->surfaces)
		measure_surfaces(wish, &costs, fd_limit);
	if (wish->streams)
		streams_measure(wish->plan.rounds, wish->brief, &streams);
	report(wish, &costs, &streams);
	return fflush(stdout) == 0;
}
