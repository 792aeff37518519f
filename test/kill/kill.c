/*
 * kill.c - kills a victim with -9 before and after each of its system calls, and at instructions drawn by chance,
 * and lets the survivor check what must hold. Prints TAP, and how many distinct points of death there were.
 *
 * usage: kill [--steps N] [--seed N] [STORY]...
 *   --steps  instructions, for each story, at which it dies (default 8)
 */
#include <errno.h>
#include <getopt.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../harness.h"
#include "kill.h"

enum { REFUSED = 77, LIMIT_S = 20 };

static unsigned steps = 8, seed;

_Noreturn void
skip(const char *why)
{
	printf("1..0 # SKIP %s\n", why);
	exit(0);
}

/* Not the C library's ptrace(): its header and that of the kernel exclude each other. */
static long
trace(long request, pid_t pid, unsigned long address, void *data)
{
	return syscall(SYS_ptrace, request, (long)pid, address, data);
}

static pid_t
start_victim(const struct kill_story *story)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	check(pid >= 0);
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (trace(PTRACE_TRACEME, 0, 0, NULL) < 0)
		_exit(REFUSED);
	raise(SIGSTOP);
	story->victim();
	_exit(0);
}

/* Lets the victim go to its next stop; false when it has ended, which must be well. */
static bool
go(pid_t victim, bool by_call, int *ret_status)
{
	long deliver = 0;

	for (;;) {
		check(trace(by_call ? PTRACE_SYSCALL : PTRACE_SINGLESTEP, victim, 0, (void *)deliver) == 0);
		check_eq(waitpid(victim, ret_status, 0), victim);
		if (!WIFSTOPPED(*ret_status)) {
			check(WIFEXITED(*ret_status) && WEXITSTATUS(*ret_status) == 0);
			return false;
		}
		deliver = WSTOPSIG(*ret_status) & 0x7f;
		if (deliver == SIGTRAP)
			return true;
	}
}

/* Runs a story and kills its victim at that point; false if the victim got through before. */
static bool
die_at(const struct kill_story *story, bool by_call, unsigned long point)
{
	const unsigned long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;
	bool there = true;
	pid_t victim;
	int status;

	alarm(LIMIT_S * (getenv("TRANSOM_TEST_SLOWNESS") ? 10 : 1));
	story->prepare();
	victim = start_victim(story);
	check_eq(waitpid(victim, &status, 0), victim);
	if (WIFEXITED(status) && WEXITSTATUS(status) == REFUSED)
		skip("this process may not trace its children");
	check(trace(PTRACE_SETOPTIONS, victim, 0, (void *)options) == 0);
	for (unsigned long i = 0; i < point && there; i++)
		there = go(victim, by_call, &status);
	if (there) {
		check(kill(victim, SIGKILL) == 0);
		check_eq(waitpid(victim, &status, 0), victim);
	}
	story->survive();
	alarm(0);
	return there;
}

struct story_result {
	unsigned long calls, instructions;
};

/* In a process of its own; the numbers come back through a pipe. */
static void
run_story(const struct kill_story *story, int out)
{
	struct story_result result = { 0 };
	int fds, mappings;

	die_at(story, true, 1); /* what the library keeps for the process is there from here on */
	fds = count_fds();
	mappings = count_mappings();
	for (unsigned long point = 1; die_at(story, true, point); point++)
		result.calls++;
	for (unsigned i = 0; i < steps; i++) {
		/* The beginning of a story has the most of it; what lies behind its end is no kill. */
		unsigned long point = 1 + (unsigned long)rand_r(&seed) % (i % 2 ? 3000 : 40000);

		result.instructions += die_at(story, false, point);
	}
	check_eq(count_fds(), fds);
	check_eq(count_mappings(), mappings);
	check(write(out, &result, sizeof(result)) == sizeof(result));
	exit(0);
}

static bool
try_story(const struct kill_story *story, unsigned number, struct story_result *sum)
{
	struct story_result result = { 0 };
	int pipes[2], status;
	bool good;
	pid_t pid;

	check(pipe(pipes) == 0);
	fflush(NULL);
	pid = fork();
	check(pid >= 0);
	if (pid == 0)
		run_story(story, pipes[1]);
	close(pipes[1]);
	check_eq(waitpid(pid, &status, 0), pid);
	good = read(pipes[0], &result, sizeof(result)) == sizeof(result) && WIFEXITED(status) &&
	       result.calls > 0;
	close(pipes[0]);
	printf("# %s: %lu kills at system calls, %lu at instructions\n", story->name, result.calls,
	       result.instructions);
	printf("%sok %u %s\n", good ? "" : "not ", number, story->name);
	fflush(stdout);
	sum->calls += result.calls;
	sum->instructions += result.instructions;
	return good;
}

static bool
is_chosen(const char *name, int count, char **names)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return true;
	return !count;
}

/* Both are empty, or a name was left. */
static void
drop_folders(void)
{
	char path[80];

	snprintf(path, sizeof(path), "%s/ports", folder);
	check(rmdir(path) == 0 || errno == ENOENT);
	drop_folder("streams");
}

int
main(int argc, char **argv)
{
	static const struct option options[] = { { "steps", required_argument, NULL, 's' },
						 { "seed", required_argument, NULL, 'r' },
						 { NULL, 0, NULL, 0 } };
	struct story_result sum = { 0 };
	unsigned planned = 0, number = 0, bad = 0;
	int c;

	seed = (unsigned)time(NULL);
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (c == 's')
			steps = (unsigned)strtoul(optarg, NULL, 10);
		else if (c == 'r')
			seed = (unsigned)strtoul(optarg, NULL, 10);
		else
			return 2;
	for (unsigned i = 0; i < kill_story_count; i++)
		planned += is_chosen(kill_stories[i].name, argc - optind, argv + optind);
	printf("1..%u\n# seed %u\n", planned, seed);
	use_folder();
	for (unsigned i = 0; i < kill_story_count; i++)
		if (is_chosen(kill_stories[i].name, argc - optind, argv + optind))
			bad += !try_story(&kill_stories[i], ++number, &sum);
	printf("# %lu distinct points of death at system calls, %lu kills at instructions\n", sum.calls,
	       sum.instructions);
	if (!bad)
		drop_folders();
	return bad || !planned;
}
