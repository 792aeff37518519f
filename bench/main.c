/*
 * main.c - measures what Transom costs, and compares with what the kernel costs. The exit status says
 * nothing of the figures: a timing decides nothing.
 */
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

uint64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void
pin_to(int core)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(core, &set);
	(void)sched_setaffinity(0, sizeof(set), &set); /* one core only: then everything is on it */
}

pid_t
start_child(void (*body)(void *), void *argument, int core)
{
	pid_t parent = getpid(), child;

	fflush(NULL);
	child = fork();
	must(child >= 0);
	if (child > 0)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	pin_to(core);
	body(argument);
	_exit(0);
}

size_t
raise_fd_limit(void)
{
	struct rlimit limit = { 1 << 16, 1 << 16 };

	if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
		return limit.rlim_cur;
	must(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = limit.rlim_max;
	must(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	return limit.rlim_cur;
}

static void
add_population(struct plan *plan, unsigned surfaces, unsigned holders, size_t fd_limit)
{
	plan->populations[plan->population_count++] = population_choose(surfaces, holders, fd_limit);
}

static void
usage(FILE *where)
{
	fprintf(where, "usage: bench-transom [--json] [--rounds N] [--round-ms N]\n"
		       "  --json        print JSON instead of tables\n"
		       "  --rounds N    rounds of each measurement (200)\n"
		       "  --round-ms N  how long a round lasts (0.5)\n");
}

int
main(int argc, char **argv)
{
	static const struct option options[] = { { "json", no_argument, NULL, 'j' },
						 { "rounds", required_argument, NULL, 'r' },
						 { "round-ms", required_argument, NULL, 'm' },
						 { "help", no_argument, NULL, 'h' },
						 { 0 } };
	struct plan plan = { .rounds = 200, .round_ns = 5e5 };
	struct costs costs = { 0 };
	bool json = false;
	size_t fd_limit;
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		if (option == 'j') {
			json = true;
		} else if (option == 'r' && atoi(optarg) > 0 && atoi(optarg) <= MAX_ROUNDS) {
			plan.rounds = (unsigned)atoi(optarg);
		} else if (option == 'm' && atof(optarg) > 0) {
			plan.round_ns = atof(optarg) * 1e6;
		} else {
			usage(option == 'h' ? stdout : stderr);
			return option == 'h' ? 0 : 2;
		}
	}
	fd_limit = raise_fd_limit();
	add_population(&plan, 1, 1, fd_limit);
	add_population(&plan, 100, 1, fd_limit);
	add_population(&plan, 10000, 1, fd_limit);
	add_population(&plan, 1, 100, fd_limit);
	add_population(&plan, 1, 1000, fd_limit);
	add_population(&plan, 10000, 1000, fd_limit);
	costs_measure(&costs);
	rounds_run(&plan);
	(json ? report_json : report_table)(&plan, &costs);
	return fflush(stdout) == 0 ? 0 : 1;
}
