/* harness.c - runs the tests of a program each in a process of its own. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

int
count_fds(void)
{
	DIR *entries = opendir("/proc/self/fd");
	int n = 0;

	check(entries);
	while (readdir(entries))
		n++;
	closedir(entries);
	return n;
}

int
count_mappings(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[4096];
	int n = 0;

	check(maps);
	while (fgets(line, sizeof(line), maps))
		n += strstr(line, "/memfd:") != NULL;
	fclose(maps);
	return n;
}

enum { QUIET_TRIES = 10000 };

/* Whether a thread of this process is anywhere but asleep: running, ready to, or waiting for a page. */
static bool
is_awake(const char *thread)
{
	char path[300], state = 'R';
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%s/stat", thread);
	file = fopen(path, "re");
	if (!file)
		return false; /* it has ended */
	if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 'R';
	fclose(file);
	return state != 'S' && atoi(thread) != gettid();
}

static bool
is_anyone_awake(void)
{
	DIR *threads = opendir("/proc/self/task");
	struct dirent *thread;
	bool awake = false;

	check(threads);
	while (!awake && (thread = readdir(threads)))
		awake = thread->d_name[0] != '.' && is_awake(thread->d_name);
	closedir(threads);
	return awake;
}

void
wait_until_quiet(void)
{
	for (int i = 0; i < QUIET_TRIES && is_anyone_awake(); i++)
		usleep(100);
}

/*
 * AddressSanitizer's allocator has locks of its own that fork(2) copies as they are. A child whose copy another
 * thread had just locked, as each does when it begins, hangs with its next allocation. So the others sleep first.
 */
static void
wait_for_allocators(void)
{
#ifdef __SANITIZE_ADDRESS__
	wait_until_quiet();
#endif
}

pid_t
spawn(void (*body)(void *), void *argument)
{
	pid_t parent = getpid();
	pid_t pid;

	wait_for_allocators();
	fflush(NULL);
	pid = fork();
	check(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		body(argument);
		fflush(NULL);
		_exit(0);
	}
	return pid;
}

int
wait_for(pid_t pid)
{
	int status;

	check_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

bool
hide_procfs(void)
{
	if (unshare(CLONE_NEWNS) < 0 && unshare(CLONE_NEWNS | CLONE_NEWUSER) < 0)
		return false;
	return mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("none", "/proc", "tmpfs", 0, NULL) == 0;
}

char folder[64];

void
use_folder(void)
{
	strcpy(folder, "/tmp/transom-test-XXXXXX");
	check(mkdtemp(folder));
	setenv("TRANSOM_RUNTIME_DIR", folder, 1);
}

void
drop_folder(const char *kind)
{
	char path[80];

	snprintf(path, sizeof(path), "%s/%s", folder, kind);
	check(rmdir(path) == 0 || errno == ENOENT);
	check(rmdir(folder) == 0);
}

static timer_t storm;

static void
ignore(int number)
{
}

void
begin_signals(void)
{
	struct sigaction action = { .sa_handler = ignore }; /* without SA_RESTART */
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	struct itimerspec often = { { 0, 1000000 }, { 0, 1000000 } };

	check(sigaction(SIGUSR1, &action, NULL) == 0);
	check(timer_create(CLOCK_MONOTONIC, &event, &storm) == 0); /* alarm(2) is the time limit's */
	check(timer_settime(storm, 0, &often, NULL) == 0);
}

void
end_signals(void)
{
	check(timer_delete(storm) == 0);
}

unsigned long
parse_number(const char *text)
{
	char *end;
	unsigned long number;

	errno = 0;
	number = strtoul(text, &end, 10);
	if (errno || end == text || *end || text[0] == '-' || number > 1000000000) {
		fprintf(stderr, "%s: not a number, or too large: %s\n", program_invocation_short_name, text);
		exit(2);
	}
	return number;
}

double
seconds_since(double start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9 - start;
}

#ifndef HARNESS_WITHOUT_MAIN /* for programs that are one test with options of their own */

enum { SKIPPED = 77 };

extern const struct test __start_tests[], __stop_tests[];

static int skip_pipe = -1;

void
skip(const char *why)
{
	if (write(skip_pipe, why, strlen(why)) < 0)
		perror("skip");
	_exit(SKIPPED);
}

void
skip_under(const char *what, const char *why)
{
	const char *under = getenv("TRANSOM_TEST_UNDER");

	if (under && !strcmp(under, what))
		skip(why);
}

/* ASan, UBSan and valgrind slow everything down by about this much. */
static unsigned
slowness(void)
{
	const char *text = getenv("TRANSOM_TEST_SLOWNESS");

	return text && atoi(text) > 0 ? (unsigned)atoi(text) : 1;
}

static void
run_child(const struct test *test)
{
	int fds, mappings;

	alarm(test->seconds * slowness());
	fds = count_fds();
	mappings = count_mappings();
	test->run();
	/* A library may keep one descriptor of /proc/self/fd for the process: its own, not a leak. */
	check(count_fds() <= fds + 1);
	check_eq(count_mappings(), mappings);
	exit(0);
}

static bool
run_one(const struct test *test, int number)
{
	char why[256] = "";
	int pipes[2], status;
	ssize_t n;
	pid_t pid;

	check(pipe2(pipes, O_CLOEXEC | O_NONBLOCK) == 0);
	fflush(NULL);
	pid = fork();
	check(pid >= 0);
	if (pid == 0) {
		close(pipes[0]);
		skip_pipe = pipes[1];
		run_child(test);
	}
	close(pipes[1]);
	check(waitpid(pid, &status, 0) == pid);
	n = read(pipes[0], why, sizeof(why) - 1);
	close(pipes[0]);
	if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED) {
		printf("ok %d %s # SKIP %.*s\n", number, test->name, (int)n, why);
		return true;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		printf("ok %d %s\n", number, test->name);
		return true;
	}
	printf("not ok %d %s\n", number, test->name);
	if (WIFSIGNALED(status))
		printf("# ended by signal %d%s\n", WTERMSIG(status),
		       WTERMSIG(status) == SIGALRM ? ": time limit" : "");
	else
		printf("# exit status %d\n", WEXITSTATUS(status));
	return false;
}

/* Runs all tests, or those named. */
int
main(int argc, char **argv)
{
	int planned = 0, number = 0, bad = 0;

	for (const struct test *t = __start_tests; t < __stop_tests; t++)
		for (int i = argc > 1 ? 1 : 0; i < argc; i++)
			planned += argc == 1 || !strcmp(argv[i], t->name);
	printf("1..%d\n", planned);
	for (const struct test *t = __start_tests; t < __stop_tests; t++)
		for (int i = argc > 1 ? 1 : 0; i < argc; i++)
			if (argc == 1 || !strcmp(argv[i], t->name))
				bad += !run_one(t, ++number);
	return bad || !planned;
}

#endif
