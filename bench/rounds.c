/* rounds.c - operations in turn, in processes that stand beside each other; it does not know what they do. */
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "budget.h"

/* One process for each population; it waits for a command, runs, and answers how long it took. */
struct worker {
	pid_t pid;
	int socket;
	struct population_size size;
};

struct command {
	uint32_t operation, times;
};

enum { MAX_OPERATIONS = 32 };

static struct worker workers[MAX_POPULATIONS];
static double samples[MAX_OPERATIONS][MAX_POPULATIONS][MAX_ROUNDS];
static unsigned round_counts[MAX_OPERATIONS];

static void
serve(void *argument)
{
	struct worker *worker = argument;
	struct population population;
	struct command command;
	uint64_t start = 0;

	population_create(&worker->size, &population);
	must(write(worker->socket, &start, sizeof(start)) == sizeof(start));
	while (read(worker->socket, &command, sizeof(command)) == sizeof(command)) {
		start = now_ns();
		operations[command.operation].run(&population, command.times);
		start = now_ns() - start;
		must(write(worker->socket, &start, sizeof(start)) == sizeof(start));
	}
}

static void
start_worker(struct worker *worker)
{
	int sockets[2];
	uint64_t ready;

	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) == 0);
	worker->socket = sockets[1];
	worker->pid = start_child(serve, worker, CORE);
	close(sockets[1]);
	worker->socket = sockets[0];
	must(read(worker->socket, &ready, sizeof(ready)) == sizeof(ready));
}

/* Nanoseconds that so many times take. */
static double
run(const struct worker *worker, size_t operation, unsigned times)
{
	struct command command = { (uint32_t)operation, times };
	uint64_t took = 0;

	must(write(worker->socket, &command, sizeof(command)) == sizeof(command));
	must(read(worker->socket, &took, sizeof(took)) == sizeof(took));
	return (double)took;
}

/* How many times fill a round. */
static unsigned
calibrate(const struct worker *worker, size_t operation, double round_ns)
{
	unsigned times = 1;
	double took;

	run(worker, operation, 1); /* what it does only once */
	while ((took = run(worker, operation, times)) < round_ns / 4 && times < 1u << 24)
		times *= 2;
	times = (unsigned)(round_ns * times / took);
	return times ? times : 1;
}

/* What an operation is compared with comes right before it and takes turns with it. */
static void
measure_together(const struct plan *plan, size_t first, size_t count)
{
	unsigned times[2][MAX_POPULATIONS] = { 0 };
	unsigned round = 0;

	budget_begin_measurement();
	for (size_t o = 0; o < count; o++)
		for (unsigned p = 0; p < plan->population_count; p++)
			if (p == 0 || operations[first + o].everywhere)
				times[o][p] = calibrate(&workers[p], first + o, plan->round_ns);
	for (; round < plan->rounds && budget_allows(round); round++) {
		for (unsigned i = 0; i < plan->population_count; i++) {
			/* Back and forth, so that none always comes after the same. */
			unsigned p = round % 2 ? plan->population_count - 1 - i : i;

			for (size_t j = 0; j < count; j++) {
				size_t o = round % 2 ? count - 1 - j : j;

				if (times[o][p])
					samples[first + o][p][round] =
						run(&workers[p], first + o, times[o][p]) / times[o][p] /
						operations[first + o].parts;
			}
		}
	}
	for (size_t o = 0; o < count; o++)
		round_counts[first + o] = round;
}

/* What is compared takes turns. */
static size_t
count_together(size_t first)
{
	return first + 1 < operation_count && operations[first + 1].floor ? 2 : 1;
}

unsigned
rounds_count_measurements(void)
{
	unsigned count = 0;

	for (size_t o = 0; o < operation_count; o += count_together(o))
		count++;
	return count;
}

void
rounds_run(const struct plan *plan)
{
	must(operation_count <= MAX_OPERATIONS);
	pin_to(CORE);
	for (unsigned p = 0; p < plan->population_count; p++) {
		workers[p].size = plan->populations[p];
		start_worker(&workers[p]);
	}
	for (size_t o = 0; o < operation_count;) {
		size_t count = count_together(o);

		measure_together(plan, o, count);
		o += count;
	}
	for (unsigned p = 0; p < plan->population_count; p++) {
		end_child(workers[p].pid); /* its children die with it */
		close(workers[p].socket);
	}
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct statistic
statistic_of(double *values, unsigned count)
{
	qsort(values, count, sizeof(*values), compare);
	return (struct statistic){ values[count / 2], values[count / 10], values[count - 1 - count / 10] };
}

struct statistic
rounds_time(const struct operation *operation, unsigned population)
{
	const unsigned count = round_counts[operation - operations];
	double values[MAX_ROUNDS];

	for (unsigned i = 0; i < count; i++)
		values[i] = samples[operation - operations][population][i];
	return statistic_of(values, count);
}

struct statistic
rounds_ratio(const struct operation *operation, unsigned population, const struct operation *other,
	     unsigned other_population)
{
	unsigned count = round_counts[operation - operations];
	double values[MAX_ROUNDS];

	if (round_counts[other - operations] < count)
		count = round_counts[other - operations];
	for (unsigned i = 0; i < count; i++)
		values[i] = samples[operation - operations][population][i] /
			    samples[other - operations][other_population][i];
	return statistic_of(values, count);
}
