/*
 * run.h - a whole measurement: what was wished for, measured and told.
 */
#ifndef BENCH_RUN_H
#define BENCH_RUN_H

#include "streams.h"

struct bench_wish {
	bool json, surfaces, streams;
	double seconds; /* fewer rounds where they would take longer; 0: as long as they take */
	bool brief; /* floors and Transom side by side, and nothing else; not with @json */
	struct plan plan; /* its rounds and their length; the rest is filled in */
};

/* All parts, 200 rounds, 0.5 ms each. */
extern const struct bench_wish bench_usual_wish;

/* Both parts, or the one of that name; false if there is none. */
bool
bench_choose_part(struct bench_wish *wish, const char *part);

/* Measures and prints. False if the output could not be written. */
bool
bench_run(struct bench_wish *wish);

/* summary.c: one table for people */
void
summary_print(const struct bench_wish *wish, const struct costs *costs, const struct streams *streams);

#endif /* BENCH_RUN_H */
