/* stream-report.c - what was found out of streams, as tables and as JSON; it measures nothing. */
#include <string.h>

#include "streams.h"

/* Frames of 33 MB against frames of 64 B: a copy would make it a thousand. */
#define FLAT 1.15

struct target {
	const char *name, *label;
	double limit, is;
};

enum { MAX_TARGETS = 12 };

static const struct latency *
find_latency(const struct streams *streams, const char *name)
{
	for (unsigned i = 0; i < LATENCY_COUNT; i++)
		if (!strcmp(streams->latencies[i].name, name))
			return &streams->latencies[i];
	must(!"a latency of that name");
	return NULL;
}

static double
find_ratio(const struct streams *streams, const char *name)
{
	return find_latency(streams, name)->ratio[LINE_SMALL].median;
}

/* The most that a frame costs where none shall be needed; -1 if it could not be counted. */
static double
find_most_calls(const struct streams *streams)
{
	double most = 0;

	for (unsigned i = 0; i < CALL_COUNT; i++) {
		if (!strcmp(streams->calls[i].name, "read-blocking"))
			continue;
		if (streams->calls[i].calls < 0)
			return -1;
		if (streams->calls[i].calls - streams->looks[i] > most)
			most = streams->calls[i].calls - streams->looks[i];
	}
	return most;
}

static double
find_most_faults(const struct streams *streams)
{
	double most = 0;

	for (unsigned i = 0; i < RATE_COUNT; i++) {
		const struct rate *rate = &streams->rates[i];
		double faults = rate->publisher_faults > rate->reader_faults ? rate->publisher_faults
									     : rate->reader_faults;

		most = faults > most ? faults : most;
	}
	return most;
}

static double
find_most_copied(const struct streams *streams)
{
	double most = 0;

	for (unsigned i = 0; i < RATE_COUNT; i++)
		most = streams->rates[i].copied > most ? streams->rates[i].copied : most;
	return most;
}

static unsigned
list_targets(const struct streams *streams, struct target *ret)
{
	const struct target targets[] = {
		{ "stream-busy", "published to seen, busy-poll / cache-line ping-pong", 3,
		  find_ratio(streams, "busy-two-cores") },
		{ "stream-blocking", "published to seen, blocking / eventfd, two cores", 1.15,
		  find_ratio(streams, "blocking-two-cores") },
		{ "stream-blocking-one-core", "the same, one core", 1.15,
		  find_ratio(streams, "blocking-one-core") },
		{ "stream-busy-flat", "busy-poll: frames of 33 MB / of 64 B", FLAT,
		  find_latency(streams, "busy-two-cores")->growth.median },
		{ "stream-blocking-flat", "blocking, two cores: frames of 33 MB / of 64 B", FLAT,
		  find_latency(streams, "blocking-two-cores")->growth.median },
		{ "stream-calls", "most system calls of a frame, beside 50 looks a second", 0,
		  find_most_calls(streams) },
		{ "stream-faults", "most page faults of a frame, after warm-up", 0,
		  find_most_faults(streams) },
		{ "stream-copied", "most bytes of a frame that are copied", 0, find_most_copied(streams) },
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
print_latencies(const struct streams *streams)
{
	printf("%-42s %9s %9s %9s   %9s %9s %9s\n", "published to seen, ns", "p50", "p99", "p99.9",
	       "to floor", "p10", "p90");
	for (unsigned i = 0; i < LATENCY_COUNT; i++) {
		const struct latency *latency = &streams->latencies[i];

		for (unsigned line = 0; line < LINE_COUNT; line++) {
			const struct tail *ns = &latency->ns[line];
			const struct statistic *ratio = &latency->ratio[line];
			char label[80];

			snprintf(label, sizeof(label), "%s: %s", latency->label, latency_line_names[line]);
			printf("%-42s %9.0f %9.0f %9.0f   %8.2fx %8.2fx %8.2fx\n", label, ns->p50, ns->p99,
			       ns->p999, ratio->median, ratio->low, ratio->high);
		}
	}
}

/* By how much the time grows with each subscriber, against the smallest crowd on that core. */
static double
find_slope(const struct crowd *crowd, const struct crowd *smallest, bool asleep)
{
	double more =
		asleep ? crowd->asleep.p50 - smallest->asleep.p50 : crowd->awake.p50 - smallest->awake.p50;

	return crowd == smallest ? 0 : more / (crowd->count - smallest->count);
}

static void
print_crowds(const struct streams *streams)
{
	printf("%-24s %8s %8s %6s   %8s %8s   %8s %8s %6s   %8s %8s\n", "to publish, ns", "awake", "p99",
	       "each", "acquire", "p99", "asleep", "p99", "each", "wake", "to wake");
	for (unsigned i = 0; i < CROWD_COUNT; i++) {
		const struct crowd *crowd = &streams->crowds[i], *smallest = &streams->crowds[i / 4 * 4];
		char label[40];

		snprintf(label, sizeof(label), "%u, %s", crowd->count,
			 crowd->core == CORE ? "one core" : "two cores");
		printf("%-24s %8.0f %8.0f %6.1f   %8.0f %8.0f   %8.0f %8.0f %6.0f   %8.0f %7.2fx\n", label,
		       crowd->awake.p50, crowd->awake.p99, find_slope(crowd, smallest, false),
		       crowd->acquire.p50, crowd->acquire.p99, crowd->asleep.p50, crowd->asleep.p99,
		       find_slope(crowd, smallest, true), crowd->floor.p50, crowd->ratio.median);
	}
}

static void
print_idles(const struct streams *streams)
{
	printf("%-42s %12s %12s %12s\n", "nothing happens, then a kill -9", "wake-ups/s", "known, ms", "p99");
	for (unsigned i = 0; i < IDLE_COUNT; i++) {
		const struct idle *idle = &streams->idles[i];

		printf("%-42s %12.1f %12.2f %12.2f\n", idle->label, idle->wakes, idle->knew.p50 / 1e6,
		       idle->knew.p99 / 1e6);
	}
}

static void
print_rates(const struct streams *streams)
{
	/* The floor: the same with 64 B; of a frame that is written all over, writing to plain memory. */
	printf("%-42s %10s %10s %8s %8s %8s %8s\n", "frames a second", "published", "read", "to floor",
	       "faults", "reader's", "copied");
	for (unsigned i = 0; i < RATE_COUNT; i++) {
		const struct rate *rate = &streams->rates[i];

		printf("%-42s %10.0f %10.0f %7.2fx %8.2g %8.2g %8g\n", rate->label, rate->published,
		       rate->seen, rate->growth, rate->publisher_faults, rate->reader_faults, rate->copied);
	}
}

static void
print_lossless(const struct streams *streams)
{
	printf("%-42s %10s %10s %8s %8s %8s\n", "frames a second, none missed", "stream", "ring", "to ring",
	       "p10", "p90");
	for (unsigned i = 0; i < LOSSLESS_COUNT; i++) {
		const struct lossless *lossless = &streams->lossless[i];

		printf("%-42s %10.0f %10.0f %7.2fx %7.2fx %7.2fx\n", lossless->label, lossless->frames,
		       lossless->floor, lossless->ratio.median, lossless->ratio.low, lossless->ratio.high);
	}
}

static void
print_calls(const struct streams *streams)
{
	printf("%-42s %9s\n", "system calls", "number");
	for (unsigned i = 0; i < CALL_COUNT; i++) {
		const struct cost *cost = &streams->calls[i];

		if (cost->calls < 0)
			printf("%-42s %9s\n", cost->label, "unknown");
		else
			printf("%-42s %9g  %s\n", cost->label, cost->calls, cost->list);
	}
}

void
streams_report_table(const struct streams *streams)
{
	struct target targets[MAX_TARGETS];
	unsigned count = list_targets(streams, targets);

	printf("Streams, two processes. Published to seen: half of a ping-pong, in turn with its floor, %u "
	       "rounds.\n\n",
	       streams->rounds);
	print_latencies(streams);
	printf("\n");
	print_crowds(streams);
	printf("\n");
	print_idles(streams);
	printf("\n");
	print_rates(streams);
	printf("\n");
	print_lossless(streams);
	printf("\n");
	print_calls(streams);
	printf("\n%-56s %9s %9s\n", "target", "at most", "is");
	for (unsigned i = 0; i < count; i++)
		printf("%-56s %9g %9.3g  %s\n", targets[i].label, targets[i].limit, targets[i].is,
		       judge(&targets[i]));
}

static void
json_statistic(const char *key, const struct statistic *statistic)
{
	printf("\"%s\": {\"median\": %.4f, \"p10\": %.4f, \"p90\": %.4f}", key, statistic->median,
	       statistic->low, statistic->high);
}

static void
json_tail(const char *key, const struct tail *tail)
{
	printf("\"%s\": {\"p50\": %.1f, \"p99\": %.1f, \"p99.9\": %.1f}", key, tail->p50, tail->p99,
	       tail->p999);
}

static void
json_latencies(const struct streams *streams)
{
	for (unsigned i = 0; i < LATENCY_COUNT; i++) {
		const struct latency *latency = &streams->latencies[i];

		for (unsigned line = 0; line < LINE_COUNT; line++) {
			printf("%s\n      {\"way\": \"%s\", \"frames\": \"%s\", ", i + line ? "," : "",
			       latency->name, latency_line_names[line]);
			json_tail("ns", &latency->ns[line]);
			printf(", ");
			json_statistic("to_floor", &latency->ratio[line]);
			printf("}");
		}
	}
}

static void
json_crowds(const struct streams *streams)
{
	for (unsigned i = 0; i < CROWD_COUNT; i++) {
		const struct crowd *crowd = &streams->crowds[i];

		printf("%s\n      {\"subscribers\": %u, \"cores\": %d, ", i ? "," : "", crowd->count,
		       crowd->core == CORE ? 1 : 2);
		json_tail("publish_awake_ns", &crowd->awake);
		printf(", ");
		json_tail("acquire_ns", &crowd->acquire);
		printf(",\n       ");
		json_tail("publish_asleep_ns", &crowd->asleep);
		printf(", ");
		json_tail("wake_floor_ns", &crowd->floor);
		printf(", ");
		json_statistic("asleep_to_floor", &crowd->ratio);
		printf("}");
	}
}

static void
json_idles(const struct streams *streams)
{
	for (unsigned i = 0; i < IDLE_COUNT; i++) {
		const struct idle *idle = &streams->idles[i];

		printf("%s\n      {\"way\": \"%s\", \"wakes_per_s\": %.2f, ", i ? "," : "", idle->name,
		       idle->wakes);
		json_tail("knew_ns", &idle->knew);
		printf("}");
	}
}

static void
json_rates(const struct streams *streams)
{
	for (unsigned i = 0; i < RATE_COUNT; i++) {
		const struct rate *rate = &streams->rates[i];

		printf("%s\n      {\"way\": \"%s\", \"published_per_s\": %.0f, \"read_per_s\": %.0f, "
		       "\"to_floor\": %.4f, \"publisher_faults\": %.6f, \"reader_faults\": %.6f, "
		       "\"bytes_copied\": %g}",
		       i ? "," : "", rate->name, rate->published, rate->seen, rate->growth,
		       rate->publisher_faults, rate->reader_faults, rate->copied);
	}
}

static void
json_lossless(const struct streams *streams)
{
	for (unsigned i = 0; i < LOSSLESS_COUNT; i++) {
		const struct lossless *lossless = &streams->lossless[i];

		printf("%s\n      {\"way\": \"%s\", \"frames_per_s\": %.0f, \"ring_per_s\": %.0f, ",
		       i ? "," : "", lossless->name, lossless->frames, lossless->floor);
		json_statistic("to_ring", &lossless->ratio);
		printf("}");
	}
}

static void
json_calls(const struct streams *streams)
{
	for (unsigned i = 0; i < CALL_COUNT; i++) {
		const struct cost *cost = &streams->calls[i];

		printf("%s\n      {\"operation\": \"%s\", \"count\": ", i ? "," : "", cost->name);
		if (cost->calls < 0)
			printf("null");
		else
			printf("%g", cost->calls);
		printf(", \"which\": \"%s\"}", cost->list);
	}
}

void
streams_report_json(const struct streams *streams)
{
	struct target targets[MAX_TARGETS];
	unsigned count = list_targets(streams, targets);

	printf("{\n    \"rounds\": %u,\n    \"latencies\": [", streams->rounds);
	json_latencies(streams);
	printf("\n    ],\n    \"crowds\": [");
	json_crowds(streams);
	printf("\n    ],\n    \"idles\": [");
	json_idles(streams);
	printf("\n    ],\n    \"rates\": [");
	json_rates(streams);
	printf("\n    ],\n    \"lossless\": [");
	json_lossless(streams);
	printf("\n    ],\n    \"calls\": [");
	json_calls(streams);
	printf("\n    ],\n    \"targets\": [");
	for (unsigned i = 0; i < count; i++)
		printf("%s\n      {\"target\": \"%s\", \"at_most\": %g, \"is\": %.4f, \"verdict\": \"%s\"}",
		       i ? "," : "", targets[i].name, targets[i].limit, targets[i].is, judge(&targets[i]));
	printf("\n    ]\n  }");
}
