/*
 * bench.h - what the files of this program share.
 *
 * Only ratios within one run mean something: the machine is shared and its speed changes. So whatever is
 * compared is run in turn, A B A B, in rounds so short that few of them are interrupted; each round gives one
 * ratio, and the median of these is reported. Processes that have different numbers of surfaces and holders stand beside each other and
 * take turns too.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

#include <transom/transom.h>

/* For what cannot fail here unless the machine is not fit for it. */
#define must(condition)                                                                                      \
	do {                                                                                                 \
		if (!(condition)) {                                                                          \
			fprintf(stderr, "%s:%d: not so: %s (%m)\n", __FILE__, __LINE__, #condition);         \
			exit(1);                                                                             \
		}                                                                                            \
	} while (0)

/* process.c: processes on cores of their own */

enum { CORE = 0, OTHER_CORE = 1 };

uint64_t
now_ns(void);

void
pin_to(int core);

/*
 * A child that dies with its parent, pinned to a core. If it dies and nobody expects it, this process says so and exits
 * with 1, whatever it waits for.
 */
pid_t
start_child(void (*body)(void *), void *argument, int core);

/* From now on it may die. */
void
expect_death(pid_t child);

/* Kills it, and waits until it is gone. */
void
end_child(pid_t child);

/* Raises the limit of descriptors as far as it is allowed to; gives the limit. */
size_t
raise_fd_limit(void);

/* population.c: surfaces and holders that are there while something is measured */

enum { HOLDER_PROCESSES = 4 };

struct population_size {
	unsigned surfaces; /* live: mapped, and written to */
	unsigned used; /* of these: in use by this process; the others take one descriptor less */
	unsigned holders;
};

struct population {
	struct population_size size;
	struct transom_pool *pool; /* one buffer free, one held by @holders rights, the @used ones out */
	struct transom_pixel_buffer **out;
	struct transom_surface *subject; /* not used by this process; @holders rights to it */
	struct peer *one_core, *two_cores; /* the partners of the ping-pong */
	int send, receive; /* a port within this process */
	struct transom_message *message;
	int raw[2]; /* a socket pair within this process */
};

/* As many of the surfaces in use as the limit of descriptors allows, and fewer surfaces if need be. */
struct population_size
population_choose(unsigned surfaces, unsigned holders, size_t fd_limit);

void
population_create(const struct population_size *size, struct population *ret);

/* A surface of 64 x 64 pixels. */
struct transom_surface *
create_small_surface(void);

/* Gives all buffers of the pool back to it. */
void
population_release_buffers(struct population *population);

/* pass.c: rights and, to compare, plain descriptors from hand to hand */

struct peer;

/* A process that sends back what it gets, on that core. */
struct peer *
peer_start(int core);

void
pass_raw_here(struct population *population, unsigned times);
void
pass_right_here(struct population *population, unsigned times);
/* There and back: two passes each time. */
void
pass_raw(struct peer *peer, unsigned times);
void
pass_right(struct peer *peer, struct population *population, unsigned times);

/* Sends or receives one descriptor with 8 bytes: what every way to pass one must do at least. */
void
raw_send(int socket, int fd);
int
raw_receive(int socket);

/* operations.c: what is measured */

struct operation {
	const char *name;
	const char *label;
	void (*run)(struct population *population, unsigned times);
	double parts; /* a time of @run is so many operations */
	const char *floor; /* the name of what it is compared with, or NULL */
	bool everywhere; /* in all populations, or in the smallest alone */
};

extern const struct operation operations[];
extern const size_t operation_count;

const struct operation *
operation_find(const char *name);

/* rounds.c: taking turns */

enum { MAX_POPULATIONS = 6, MAX_ROUNDS = 1000 };

struct statistic {
	double median, low, high; /* low and high: the 10th and the 90th percentile */
};

/* The last of these populations is the largest, the first has one surface and one holder. */
struct plan {
	unsigned rounds;
	double round_ns;
	unsigned population_count;
	struct population_size populations[MAX_POPULATIONS];
};

/* Sorts the values. */
struct statistic
statistic_of(double *values, unsigned count);

/* How many measurements that is, for the budget. */
unsigned
rounds_count_measurements(void);

/* Runs all operations; ends with the processes gone. */
void
rounds_run(const struct plan *plan);

/* Nanoseconds of an operation. */
struct statistic
rounds_time(const struct operation *operation, unsigned population);

/* The ratio of one operation's time to that of another, round by round. */
struct statistic
rounds_ratio(const struct operation *operation, unsigned population, const struct operation *other,
	     unsigned other_population);

/* costs.c: what can be counted */

struct cost {
	const char *name;
	const char *label;
	double calls; /* system calls a time; below 0 if they could not be counted */
	char list[160]; /* which */
};

struct syscall_counts;

/* What was counted in so many times. */
void
cost_fill(struct cost *cost, const struct syscall_counts *counts, unsigned times);

enum { MAX_COSTS = 16 };

struct costs {
	unsigned count;
	struct cost of[MAX_COSTS];
	double mappings; /* mmap calls in 100 look-ups of a right to a surface that is mapped */
	double pages, fds, heap_bytes; /* of one surface, beside its pixels */
};

void
costs_measure(struct costs *ret);

/* report.c: what was found out, for people and for programs */

void
report_table(const struct plan *plan, const struct costs *costs);
/* Members of a JSON object. */
void
report_json(const struct plan *plan, const struct costs *costs);

#endif /* BENCH_BENCH_H */
