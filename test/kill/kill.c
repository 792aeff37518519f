/*
 * kill.c - kills a victim with -9 before and after each of its system calls, at instructions drawn by chance, and at each
 * instruction of what is marked as critical, and lets the survivor check what must hold. Prints TAP, and how many
 * distinct points of death there were.
 *
 * usage: kill [--steps N] [--points N] [--seed N] [STORY]...
 *   --steps   instructions, for each story, at which it dies (default 4)
 *   --points  of all instructions between two marks, at how many it dies, spread over them (default 20; 0: at each)
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

static unsigned steps = 4, points = 20, seed;

void
kill_mark(void)
{
	syscall(SYS_tgkill, getpid(), (pid_t)syscall(SYS_gettid), SIGURG);
}

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

/* Lets the victim go to its next stop, which is @ret_signal; false when it has ended, which must be well. */
static bool
go(pid_t victim, long request, int *ret_signal)
{
	long deliver = 0;
	int status;

	for (;;) {
		check(trace(request, victim, 0, (void *)deliver) == 0);
		check_eq(waitpid(victim, &status, 0), victim);
		if (!WIFSTOPPED(status)) {
			check(WIFEXITED(status) && WEXITSTATUS(status) == 0);
			return false;
		}
		*ret_signal = WSTOPSIG(status) & 0x7f;
		if (*ret_signal == SIGTRAP ||
		    *ret_signal == SIGURG) /* which no story sends itself but as a mark */
			return true;
		deliver = *ret_signal;
	}
}

/* To that point; how far it came, which is less if the victim got through before. */
static unsigned long
go_to(pid_t victim, const struct kill_story *story, bool by_call, unsigned long point)
{
	long request = story->marks == INSTRUCTIONS || !by_call ? PTRACE_SINGLESTEP : PTRACE_SYSCALL;
	/* Drawn by chance, it may be anywhere. */
	bool marked = story->marks == INSTRUCTIONS || (story->marks == CALLS && by_call);
	unsigned long i;
	int signal = 0;

	if (marked)
		check(go(victim, PTRACE_CONT, &signal) && signal == SIGURG);
	for (i = 0; i < point; i++)
		if (!go(victim, request, &signal))
			return i;
		else if (marked && signal == SIGURG)
			break;
	if (i < point)
		check(!go(victim, PTRACE_CONT, &signal));
	return i;
}

/* Runs a story and kills its victim at that point; how far it came. */
static unsigned long
die_at(const struct kill_story *story, bool by_call, unsigned long point)
{
	const unsigned long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;
	unsigned long there;
	pid_t victim;
	int status;

	alarm(LIMIT_S * (getenv("TRANSOM_TEST_SLOWNESS") ? 10 : 1));
	story->prepare();
	victim = start_victim(story);
	check_eq(waitpid(victim, &status, 0), victim);
	if (WIFEXITED(status) && WEXITSTATUS(status) == REFUSED)
		skip("this process may not trace its children");
	check(trace(PTRACE_SETOPTIONS, victim, 0, (void *)options) == 0);
	there = go_to(victim, story, by_call, point);
	if (there == point) {
		check(kill(victim, SIGKILL) == 0);
		check_eq(waitpid(victim, &status, 0), victim);
	}
	story->survive();
	alarm(0);
	return there;
}

struct story_result {
	unsigned long calls, instructions;
	unsigned long stepped, length; /* of what is between the marks */
};

static void
die_at_calls(const struct kill_story *story, struct story_result *result)
{
	for (unsigned long point = 1; die_at(story, true, point) == point; point++)
		result->calls++;
	for (unsigned i = 0; i < steps; i++) {
		/* The beginning of a story has the most of it; what lies behind its end is no kill. */
		unsigned long point = 1 + (unsigned long)rand_r(&seed) % (i % 2 ? 3000 : 40000);

		result->instructions += die_at(story, false, point) == point;
	}
}

/* Some of all, beginning somewhere else each time; or all. */
static void
die_between_marks(const struct kill_story *story, struct story_result *result)
{
	unsigned long stride, length = die_at(story, false, ~0UL);

	stride = points && length > points ? length / points : 1;
	for (unsigned long point = 1 + (unsigned long)rand_r(&seed) % stride; point <= length;
	     point += stride)
		result->stepped += die_at(story, false, point) == point;
	result->length = length;
}

/* In a process of its own; the numbers come back through a pipe. */
static void
run_story(const struct kill_story *story, int out)
{
	struct story_result result = { 0 };
	int fds, mappings;

	/* What the library keeps for the process is there from here on. */
	die_at(story, story->marks != INSTRUCTIONS, 1);
	fds = count_fds();
	mappings = count_mappings();
	(story->marks == INSTRUCTIONS ? die_between_marks : die_at_calls)(story, &result);
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
	       (result.calls > 0 || result.stepped > 0);
	close(pipes[0]);
	if (story->marks == INSTRUCTIONS)
		printf("# %s: kills at %lu of about %lu instructions between its marks\n", story->name,
		       result.stepped, result.length);
	else
		printf("# %s: %lu kills at system calls, %lu at instructions\n", story->name, result.calls,
		       result.instructions);
	printf("%sok %u %s\n", good ? "" : "not ", number, story->name);
	fflush(stdout);
	sum->calls += result.calls;
	sum->instructions += result.instructions;
	sum->stepped += result.stepped;
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

/* Of all lists; NULL: there are no more. */
static const struct kill_story *
get_story(unsigned index)
{
	for (unsigned i = 0; kill_stories[i]; i++)
		for (const struct kill_story *story = kill_stories[i]; story->name; story++)
			if (index-- == 0)
				return story;
	return NULL;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = { { "steps", required_argument, NULL, 's' },
						 { "points", required_argument, NULL, 'p' },
						 { "seed", required_argument, NULL, 'r' },
						 { NULL, 0, NULL, 0 } };
	struct story_result sum = { 0 };
	const struct kill_story *story;
	unsigned planned = 0, number = 0, bad = 0;
	int c;

	seed = (unsigned)time(NULL);
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (c == 's')
			steps = (unsigned)parse_number(optarg);
		else if (c == 'p')
			points = (unsigned)parse_number(optarg);
		else if (c == 'r')
			seed = (unsigned)parse_number(optarg);
		else
			return 2;
	for (unsigned i = 0; (story = get_story(i)); i++)
		planned += is_chosen(story->name, argc - optind, argv + optind);
	printf("1..%u\n# seed %u\n", planned, seed);
	use_folder();
	for (unsigned i = 0; (story = get_story(i)); i++)
		if (is_chosen(story->name, argc - optind, argv + optind))
			bad += !try_story(story, ++number, &sum);
	printf("# distinct points of death: %lu at system calls, %lu between marks; and %lu instructions by "
	       "chance\n",
	       sum.calls, sum.stepped, sum.instructions);
	if (!bad)
		drop_folders();
	return bad || !planned;
}
