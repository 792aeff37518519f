/* test-bench-process.c - whoever measures does not wait for the dead: a child's death ends a benchmark, unless it was expected. */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../bench/bench.h"
#include "harness.h"

static int errors[2]; /* what the benchmark says */

static void
wait_for_ever(void *argument)
{
	for (;;)
		pause();
}

static void
die(void *argument)
{
	raise(SIGKILL);
}

/* Waits for a word of its child's that never comes, as a writer for a reader. */
static void
measure_with_the_dead(void *argument)
{
	dup2(errors[1], STDERR_FILENO);
	start_child(die, NULL, CORE);
	wait_for_ever(NULL);
}

TEST(unexpected_death_ends_the_benchmark)
{
	char said[256] = "";
	pid_t benchmark;

	check_eq(pipe(errors), 0);
	benchmark = spawn(measure_with_the_dead, NULL);
	check_eq(wait_for(benchmark), 1);
	check(read(errors[0], said, sizeof(said) - 1) > 0);
	check(strstr(said, "a process of the measurement died"));
	close(errors[0]);
	close(errors[1]);
}

/* A death in the second generation is told to the first one by that of its child. */
static void
measure_with_dead_grandchild(void *argument)
{
	dup2(errors[1], STDERR_FILENO);
	start_child(measure_with_the_dead, NULL, CORE);
	wait_for_ever(NULL);
}

TEST(death_further_down_ends_it_too)
{
	check_eq(pipe(errors), 0);
	check_eq(wait_for(spawn(measure_with_dead_grandchild, NULL)), 1);
	close(errors[0]);
	close(errors[1]);
}

TEST(expected_deaths_do_not)
{
	pid_t first, second;
	int status;

	for (int i = 0; i < 100; i++) {
		first = start_child(wait_for_ever, NULL, CORE);
		second = start_child(wait_for_ever, NULL, CORE);
		expect_death(second);
		kill(second, SIGKILL);
		check(waitpid(second, &status, 0) == second && WIFSIGNALED(status));
		end_child(first);
		check_eq(waitpid(first, NULL, WNOHANG), -1);
	}
}
