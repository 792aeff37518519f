/* process.c - processes on cores of their own, and their clock; it does not know what they do. */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
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

enum { MOST_CHILDREN = 2048 };

/* Whose death nobody expects; 0 is a free place. Changed only while SIGCHLD is blocked. */
static volatile pid_t children[MOST_CHILDREN];

/* Who waits for a process that is dead would wait for ever: so its death is everybody's end. */
static void
on_death(int signal)
{
	static const char sentence[] =
		"bench: a process of the measurement died, and with it the measurement\n";
	siginfo_t death;

	(void)signal;
	for (int i = 0; i < MOST_CHILDREN; i++) {
		death.si_pid = 0;
		if (children[i] == 0 ||
		    waitid(P_PID, (id_t)children[i], &death, WEXITED | WNOHANG | WNOWAIT) < 0 ||
		    death.si_pid == 0)
			continue;
		(void)!write(STDERR_FILENO, sentence, sizeof(sentence) - 1);
		_exit(1);
	}
}

static void
block_deaths(sigset_t *ret_before)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	must(pthread_sigmask(SIG_BLOCK, &set, ret_before) == 0);
}

static void
replace_child(pid_t from, pid_t to)
{
	for (int i = 0; i < MOST_CHILDREN; i++) {
		if (children[i] != from)
			continue;
		children[i] = to;
		return;
	}
	must(!"room for a child");
}

static void
be_child(pid_t parent, int core, void (*body)(void *), void *argument)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	pin_to(core);
	body(argument);
	_exit(0);
}

pid_t
start_child(void (*body)(void *), void *argument, int core)
{
	const struct sigaction action = { .sa_handler = on_death, .sa_flags = SA_RESTART | SA_NOCLDSTOP };
	pid_t parent = getpid(), child;
	sigset_t before;

	fflush(NULL);
	block_deaths(&before);
	must(sigaction(SIGCHLD, &action, NULL) == 0);
	child = fork();
	must(child >= 0);
	if (child > 0)
		replace_child(0, child);
	else
		memset((void *)children, 0, sizeof(children));
	must(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
	if (child == 0)
		be_child(parent, core, body, argument);
	return child;
}

void
expect_death(pid_t child)
{
	sigset_t before;

	block_deaths(&before);
	replace_child(child, 0);
	must(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
}

void
end_child(pid_t child)
{
	expect_death(child);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
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
