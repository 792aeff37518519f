/* report.c - what was found out, as tables and as JSON; it measures nothing. */
#include <stdarg.h>
#include <string.h>

#include "bench.h"

/*
 * Flat: within this of the smallest population. 10,000 surfaces in turn are in no cache, and timings are
 * noisy; what grows with a number of 1,000 or 10,000 shows at once.
 */
#define FLAT 1.5

struct target {
	const char *name, *label;
	double limit, is;
};

enum { MAX_TARGETS = 9 };

static double
find_calls(const struct costs *costs, const char *name)
{
	for (unsigned i = 0; i < costs->count; i++)
		if (!strcmp(costs->of[i].name, name))
			return costs->of[i].calls;
	return -1;
}

/* The largest ratio of an operation's time in any population to that in the smallest one. */
static double
find_growth(const struct plan *plan, const char *name)
{
	const struct operation *operation = operation_find(name);
	double most = 0;

	for (unsigned p = 1; p < plan->population_count; p++) {
		double ratio = rounds_ratio(operation, p, operation, 0).median;

		if (ratio > most)
			most = ratio;
	}
	return most;
}

static double
find_ratio(const char *name)
{
	const struct operation *operation = operation_find(name);

	return rounds_ratio(operation, 0, operation_find(operation->floor), 0).median;
}

static unsigned
list_targets(const struct plan *plan, const struct costs *costs, struct target *ret)
{
	const struct target targets[] = {
		{ "right", "passing a right / raw one-fd message, in one process", 2.5, find_ratio("right") },
		{ "right-one-core", "the same, two processes on one core", 2.5,
		  find_ratio("right-one-core") },
		{ "pool-hit-calls", "system calls of a pool hit", 3, find_calls(costs, "acquire") },
		{ "in-use-flat", "in-use query: largest / smallest population", FLAT,
		  find_growth(plan, "is-in-use") },
		{ "pool-hit-flat", "pool hit: largest / smallest population", FLAT,
		  find_growth(plan, "pool-hit") },
		{ "pool-hit-idle-flat", "the same, while the others are free too", FLAT,
		  find_growth(plan, "pool-hit-idle") },
		{ "pages", "pages of a surface beside its pixels", 2, costs->pages },
		{ "fds", "descriptors of a surface", 2, costs->fds },
		{ "mappings", "mappings in 100 look-ups of a known surface", 0, costs->mappings },
	};

	_Static_assert(sizeof(targets) / sizeof(targets[0]) <= MAX_TARGETS, "room for all");
	memcpy(ret, targets, sizeof(targets));
	return sizeof(targets) / sizeof(targets[0]);
}

static const char *
judge(const struct target *target)
{
	return target->is < 0 ? "unknown" : target->is <= target->limit ? "met" : "missed";
}

static void
print_times(const struct plan *plan)
{
	printf("%-42s %9s %9s %9s   ", "ns", "median", "p10", "p90");
	for (unsigned p = 1; p < plan->population_count; p++) {
		char title[32];

		snprintf(title, sizeof(title), "%u/%u", plan->populations[p].surfaces,
			 plan->populations[p].holders);
		printf(" %10s", title);
	}
	printf("\n");
	for (size_t i = 0; i < operation_count; i++) {
		const struct operation *operation = &operations[i];
		struct statistic ns = rounds_time(operation, 0);

		printf("%-42s %9.0f %9.0f %9.0f   ", operation->label, ns.median, ns.low, ns.high);
		for (unsigned p = 1; p < plan->population_count && operation->everywhere; p++)
			printf(" %9.2fx", rounds_ratio(operation, p, operation, 0).median);
		printf("\n");
	}
}

static void
print_ratios(const struct plan *plan)
{
	printf("%-42s %9s %9s %9s\n", "against the raw one", "ratio", "p10", "p90");
	for (size_t i = 0; i < operation_count; i++) {
		const struct operation *operation = &operations[i];
		struct statistic ratio;

		if (!operation->floor)
			continue;
		ratio = rounds_ratio(operation, 0, operation_find(operation->floor), 0);
		printf("%-42s %9.2f %9.2f %9.2f\n", operation->label, ratio.median, ratio.low, ratio.high);
	}
}

static void
print_costs(const struct costs *costs)
{
	printf("%-42s %9s\n", "system calls", "number");
	for (unsigned i = 0; i < costs->count; i++) {
		const struct cost *cost = &costs->of[i];

		if (cost->calls < 0)
			printf("%-42s %9s\n", cost->label, "unknown");
		else
			printf("%-42s %9g  %s\n", cost->label, cost->calls, cost->list);
	}
	printf("\n%-42s %9.3f\n%-42s %9.3f\n%-42s %9.0f\n", "pages of a surface beside its pixels",
	       costs->pages, "descriptors of a surface", costs->fds, "bytes of the heap for a surface",
	       costs->heap_bytes);
}

/* What the limit of descriptors has cut off. */
static void
print_reductions(const struct plan *plan)
{
	for (unsigned p = 0; p < plan->population_count; p++) {
		const struct population_size *size = &plan->populations[p];

		if (size->used < size->surfaces)
			printf("%u/%u: the limit of descriptors allows %u of the %u surfaces to be in use.\n",
			       size->surfaces, size->holders, size->used, size->surfaces);
	}
	printf("\n");
}

void
report_table(const struct plan *plan, const struct costs *costs)
{
	struct target targets[MAX_TARGETS];
	unsigned count = list_targets(plan, costs, targets);

	printf("%u rounds of %g ms, in turn. Two processes: one way of a ping-pong.\n"
	       "Times are with 1 live surface and 1 holder; N/M: so many times that, with N surfaces and M "
	       "holders.\n",
	       plan->rounds, plan->round_ns / 1e6);
	print_reductions(plan);
	print_times(plan);
	printf("\n");
	print_ratios(plan);
	printf("\n");
	print_costs(costs);
	printf("\n%-56s %9s %9s\n", "target", "at most", "is");
	for (unsigned i = 0; i < count; i++)
		printf("%-56s %9g %9.3g  %s\n", targets[i].label, targets[i].limit, targets[i].is,
		       judge(&targets[i]));
}

static void
json_statistic(const char *key, struct statistic statistic)
{
	printf("\"%s\": {\"median\": %.4f, \"p10\": %.4f, \"p90\": %.4f}", key, statistic.median,
	       statistic.low, statistic.high);
}

static void
json_times(const struct plan *plan)
{
	const char *separator = "";

	for (size_t i = 0; i < operation_count; i++) {
		const struct operation *operation = &operations[i];
		unsigned populations = operation->everywhere ? plan->population_count : 1;

		for (unsigned p = 0; p < populations; p++) {
			printf("%s\n    {\"operation\": \"%s\", \"surfaces\": %u, \"used\": %u, \"holders\": "
			       "%u, ",
			       separator, operation->name, plan->populations[p].surfaces,
			       plan->populations[p].used, plan->populations[p].holders);
			json_statistic("ns", rounds_time(operation, p));
			printf(", ");
			json_statistic("to_smallest", rounds_ratio(operation, p, operation, 0));
			if (operation->floor && (p == 0 || operation_find(operation->floor)->everywhere)) {
				printf(", \"floor\": \"%s\", ", operation->floor);
				json_statistic("to_floor", rounds_ratio(operation, p,
									operation_find(operation->floor), p));
			}
			printf("}");
			separator = ",";
		}
	}
}

void
report_json(const struct plan *plan, const struct costs *costs)
{
	struct target targets[MAX_TARGETS];
	unsigned count = list_targets(plan, costs, targets);

	printf("\"rounds\": %u, \"round_ns\": %.0f,\n  \"times\": [", plan->rounds, plan->round_ns);
	json_times(plan);
	printf("\n  ],\n  \"calls\": [");
	for (unsigned i = 0; i < costs->count; i++) {
		const struct cost *cost = &costs->of[i];

		printf("%s\n    {\"operation\": \"%s\", \"count\": ", i ? "," : "", cost->name);
		if (cost->calls < 0)
			printf("null");
		else
			printf("%g", cost->calls);
		printf(", \"which\": \"%s\"}", cost->list);
	}
	printf("\n  ],\n  \"pages\": %.4f, \"fds\": %.4f, \"heap_bytes\": %.0f,\n  \"targets\": [",
	       costs->pages, costs->fds, costs->heap_bytes);
	for (unsigned i = 0; i < count; i++)
		printf("%s\n    {\"target\": \"%s\", \"at_most\": %g, \"is\": %.4f, \"verdict\": \"%s\"}",
		       i ? "," : "", targets[i].name, targets[i].limit, targets[i].is, judge(&targets[i]));
	printf("\n  ]");
}
