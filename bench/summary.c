/* summary.c - floors and Transom side by side: one table that a person understands. */
#include <string.h>

#include "budget.h"
#include "run.h"

/* "34 us", right where numbers are compared. */
static const char *
describe(double ns, char text[32])
{
	if (ns < 1000)
		snprintf(text, 32, "%.0f ns", ns);
	else if (ns < 1e6)
		snprintf(text, 32, "%.1f us", ns / 1e3);
	else
		snprintf(text, 32, "%.1f ms", ns / 1e6);
	return text;
}

static void
print_line(const char *what, const char *floor_name, double floor, double ours, double ratio)
{
	char floor_text[32], ours_text[32];

	printf("%-44s %-32s %9s %9s %6.2fx\n", what, floor_name,
	       floor < 0 ? "-" : describe(floor, floor_text), describe(ours, ours_text), ratio);
}

static void
print_surfaces(void)
{
	static const struct {
		const char *name, *what, *floor;
	} lines[] = {
		{ "right", "pass a surface, within one process", "send a descriptor" },
		{ "right-one-core", "pass a surface, two processes, one core", "send a descriptor" },
		{ "right-two-cores", "pass a surface, two processes, two cores", "send a descriptor" },
		{ "create", "make a surface", "make a memory file" },
		{ "create-map", "make a surface and map it", "make a memory file and map it" },
		{ "create-touch", "make one of 8 MiB and write to it", "the same with a memory file" },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const struct operation *ours = operation_find(lines[i].name);
		const struct operation *floor = operation_find(ours->floor);

		print_line(lines[i].what, lines[i].floor, rounds_time(floor, 0).median,
			   rounds_time(ours, 0).median, rounds_ratio(ours, 0, floor, 0).median);
	}
}

static void
print_latencies(const struct streams *streams)
{
	static const char *const sizes[] = { [LINE_SMALL] = "64 B", [LINE_LARGE] = "33 MB" };

	for (unsigned i = 0; i < LATENCY_COUNT; i++) {
		const struct latency *latency = &streams->latencies[i];

		if (!latency_is_told_briefly(latency))
			continue;
		for (unsigned line = LINE_SMALL; line <= LINE_LARGE; line += LINE_LARGE - LINE_SMALL) {
			char what[80];

			snprintf(what, sizeof(what), "see a frame of %s, %s", sizes[line], latency->label);
			print_line(what, latency->busy ? "pass a cache line" : "wake by an eventfd",
				   latency->ns[LINE_FLOOR].p50, latency->ns[line].p50,
				   latency->ratio[line].median);
		}
	}
}

static void
print_crowds(const struct streams *streams)
{
	for (unsigned i = 0; i < CROWD_COUNT; i++) {
		const struct crowd *crowd = &streams->crowds[i];
		char what[80];

		if (!crowd_is_told_briefly(crowd))
			continue;
		snprintf(what, sizeof(what), "publish to %u who sleep", crowd->count);
		print_line(what, "wake as many by a futex", crowd->floor.p50, crowd->asleep.p50,
			   crowd->ratio.median);
	}
}

void
summary_print(const struct bench_wish *wish, const struct costs *costs, const struct streams *streams)
{
	printf("Medians of %s%u rounds, floor and Transom in turn. The floor is the least that the kernel or "
	       "the "
	       "processor takes.\n\n%-44s %-32s %9s %9s %7s\n",
	       budget_was_short() ? "up to " : "", wish->plan.rounds, "to", "floor", "floor", "Transom",
	       "ratio");
	if (wish->surfaces)
		print_surfaces();
	if (wish->streams) {
		print_latencies(streams);
		print_crowds(streams);
	}
	if (wish->surfaces)
		printf("\nA surface takes %.0f descriptors and %.0f pages beside its pixels.\n", costs->fds,
		       costs->pages);
}
