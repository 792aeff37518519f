/*
 * service.c - faults in the library's own thread: each system call that it makes while a peer asks something of it fails
 * with each error that it can have, and each of its allocations. The peer gets an answer, a listed error or its
 * time-out; the process lives; the next peer gets an answer; and nothing is left behind. Prints TAP.
 *
 * usage: service [STORY]...
 */
#include <dirent.h>
#include <errno.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <transom/inquiry.h>
#include <transom/transom.h>

#include "../harness.h"
#include "fault.h"

enum { REFUSED = 77, SECONDS = 60, SHORT_MS = 100, LONG_MS = 20000, PATIENCE_MS = 5000 };

struct listed_errors {
	const char *function;
	const char *header;
	const char *errors; /* with a space around each */
};
#include "listed-errors.h"

/* What the process with the thread has, and what a peer asks of it. */
struct story {
	const char *name;
	void (*make)(void);
	int (*ask)(int timeout_ms, const char **ret_function); /* in the peer: 0, or a negative errno */
	void (*unmake)(void);
};

/* Shared by the trials. */
static struct shared {
	bool finished, hit;
	int answer; /* of the peer, under the fault */
} * shared;

static struct transom_publisher *publisher;
static struct transom_name *owner;
static int receive = -1, send = -1;

_Noreturn void
skip(const char *why)
{
	printf("1..0 # SKIP %s\n", why);
	exit(0);
}

/* name: a look-up is answered. */

static void
make_name(void)
{
	check_eq(transom_port_create(NULL, &receive, &send), 0);
	check_eq(transom_name_check_in("asked", send, &owner), 0);
}

static int
ask_for_name(int timeout_ms, const char **ret_function)
{
	int found, r = transom_name_look_up("asked", timeout_ms, &found);

	*ret_function = "transom_name_look_up";
	if (r == 0)
		close(found);
	return r;
}

static void
unmake_name(void)
{
	owner = transom_name_unref(owner);
	close(receive);
	close(send);
}

/* stream: one joins, reads a frame, and leaves. */

static void
publish_one(void)
{
	struct transom_frame *frame;

	check_eq(transom_publisher_acquire(publisher, LONG_MS, &frame), 0);
	check_eq(transom_publisher_publish(publisher, frame, NULL, NULL), 0);
}

static void
make_stream(void)
{
	struct transom_publisher_options options = { .size = sizeof(options),
						     .name = "asked",
						     .maximum_buffers = 16,
						     .buffer = { .size = sizeof(options.buffer),
								 .format = TRANSOM_FORMAT_BGRA8,
								 .width = 32,
								 .height = 16 } };

	check_eq(transom_publisher_create(&options, &publisher), 0);
	publish_one();
}

static int
ask_for_frame(int timeout_ms, const char **ret_function)
{
	struct transom_subscriber_options options = { .size = sizeof(options),
						      .name = "asked",
						      .timeout_ms = (uint32_t)timeout_ms };
	struct transom_subscriber *subscriber;
	struct transom_frame *frame;
	int r;

	*ret_function = "transom_subscriber_create";
	r = transom_subscriber_create(&options, &subscriber);
	if (r < 0)
		return r;
	*ret_function = "transom_subscriber_acquire";
	r = transom_subscriber_acquire(subscriber, timeout_ms, &frame);
	if (r == 0)
		transom_frame_release(frame);
	transom_subscriber_unref(subscriber);
	return r;
}

static int
ask_for_status(int timeout_ms, const char **ret_function)
{
	struct transom_inquiry *inquiry;
	int r = transom_inquiry_create("asked", timeout_ms, &inquiry);

	*ret_function = "transom_inquiry_create";
	if (r == 0)
		transom_inquiry_unref(inquiry);
	return r;
}

/* When the last one has left: the thread sees to it a moment later. */
static void
unmake_stream(void)
{
	struct transom_stream_statistics statistics = { .size = sizeof(statistics) };

	do
		check_eq(transom_publisher_get_statistics(publisher, &statistics), 0);
	while (statistics.subscribers && usleep(1000) == 0);
	publish_one();
	publisher = transom_publisher_unref(publisher);
}

static const struct story stories[] = {
	{ "look_up", make_name, ask_for_name, unmake_name },
	{ "join", make_stream, ask_for_frame, unmake_stream },
	{ "inquiry", make_stream, ask_for_status, unmake_stream },
};

/* The trial. The peer was forked before there was anything to inherit, and asks when it is told to. */

struct peer {
	pid_t pid;
	int orders[2], answers[2];
};

struct answer {
	int r;
	char function[64];
};

static const struct story *story;

static void
ask_when_told(void *argument)
{
	struct peer *peer = argument;
	int timeout_ms;

	close(peer->orders[1]);
	while (read(peer->orders[0], &timeout_ms, sizeof(timeout_ms)) == sizeof(timeout_ms)) {
		struct answer answer = { 0 };
		const char *function = "";

		answer.r = story->ask(timeout_ms, &function);
		snprintf(answer.function, sizeof(answer.function), "%s", function);
		check(write(peer->answers[1], &answer, sizeof(answer)) == sizeof(answer));
	}
}

static struct answer
tell_peer(struct peer *peer, int timeout_ms)
{
	struct answer answer;

	check(write(peer->orders[1], &timeout_ms, sizeof(timeout_ms)) == sizeof(timeout_ms));
	check(read(peer->answers[0], &answer, sizeof(answer)) == sizeof(answer));
	return answer;
}

static bool
is_listed(const struct answer *answer)
{
	const char *name = strerrorname_np(-answer->r);
	char word[32];

	snprintf(word, sizeof(word), " %s ", name ? name : "?");
	for (size_t i = 0; i < sizeof(listed) / sizeof(listed[0]); i++)
		if (!strcmp(listed[i].function, answer->function))
			return strstr(listed[i].errors, word);
	return false;
}

/* The thread may need a moment to close what it has. */
static void
check_nothing_left(int fds, int mappings, long allocations)
{
	for (int i = 0; i < PATIENCE_MS && (count_fds() != fds || count_mappings() != mappings ||
					    allocations_count() != allocations);
	     i++)
		usleep(1000);
	check_eq(count_fds(), fds);
	check_eq(count_mappings(), mappings);
	check_eq(allocations_count(), allocations);
}

/* Whether all threads but this one wait in an epoll set. */
static bool
is_idle(void)
{
	DIR *tasks = opendir("/proc/self/task");
	struct dirent *task;
	bool idle = true;

	check(tasks);
	while ((task = readdir(tasks))) {
		char path[300];
		long number = -1;
		FILE *file;

		if (task->d_name[0] == '.' || atoi(task->d_name) == getpid())
			continue;
		snprintf(path, sizeof(path), "/proc/self/task/%s/syscall", task->d_name);
		file = fopen(path, "re");
		if (file && fscanf(file, "%ld", &number) != 1)
			number = -1; /* "running" */
		if (file)
			fclose(file);
#ifdef SYS_epoll_wait
		idle &= number == SYS_epoll_pwait || number == SYS_epoll_wait;
#else
		idle &= number == SYS_epoll_pwait;
#endif
	}
	closedir(tasks);
	return idle;
}

/* With the fault, until the thread has done all that the question makes it do. */
static struct answer
ask_under(struct peer *peer, struct fault fault)
{
	struct answer answer;

	if (fault.kind == FAULT_THREAD_ALLOCATION)
		allocations_fail_elsewhere(fault.number);
	fault_trace_start();
	answer = tell_peer(peer, fault.kind == FAULT_NONE ? LONG_MS : SHORT_MS);
	for (int i = 0; i < PATIENCE_MS && !is_idle(); i++)
		usleep(1000);
	fault_trace_stop();
	shared->hit = allocations_failed_elsewhere();
	allocations_fail_elsewhere(0);
	return answer;
}

/* What the library keeps for a process, and the C library for its first thread, is there when this is over. */
static void
warm_up(struct peer *peer)
{
	story->make();
	check_eq(tell_peer(peer, LONG_MS).r, 0);
	story->unmake();
}

static void
run_trial(struct fault fault)
{
	struct peer peer;
	struct answer answer;
	int fds, mappings;
	long allocations;

	check(pipe(peer.orders) == 0 && pipe(peer.answers) == 0);
	peer.pid = spawn(ask_when_told, &peer);
	warm_up(&peer);
	wait_until_quiet();
	fds = count_fds();
	mappings = count_mappings();
	allocations = allocations_count();
	story->make();
	answer = ask_under(&peer, fault);
	shared->answer = answer.r;
	if (answer.r < 0)
		check(fault.kind != FAULT_NONE && is_listed(&answer));
	check_eq(tell_peer(&peer, LONG_MS).r, 0);
	story->unmake();
	check_nothing_left(fds, mappings, allocations);
	close(peer.orders[1]);
	check_eq(wait_for(peer.pid), 0);
	shared->finished = true;
}

static pid_t
start_trial(struct fault fault)
{
	pid_t parent = getpid(), pid;

	*shared = (struct shared){ 0 };
	fflush(NULL);
	pid = fork();
	check(pid >= 0);
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || syscall(SYS_ptrace, (long)PTRACE_TRACEME, 0L, 0L, 0L) < 0)
		_exit(REFUSED);
	alarm(SECONDS);
	raise(SIGSTOP);
	run_trial(fault);
	_exit(0);
}

static struct {
	unsigned long trials, errors;
} sum;

static bool
try(struct fault fault, struct fault_trace *ret)
{
	int status = fault_trace_follow(start_trial(fault), fault, ret);

	if (status >= 0 && WIFEXITED(status) && WEXITSTATUS(status) == REFUSED)
		skip("this process may not trace its children");
	ret->hit |= shared->hit;
	sum.trials += ret->hit;
	sum.errors += shared->answer < 0;
	if (status >= 0 && shared->finished)
		return true;
	printf("# %s: %s %u, %s, with %s: ended by signal %d, the peer had %d\n", story->name,
	       fault.kind == FAULT_THREAD_ALLOCATION ? "allocation" : "system call", fault.number,
	       ret->name ? ret->name : "?", ret->error ? strerrorname_np(ret->error) : "no error",
	       status >= 0 && WIFSIGNALED(status) ? WTERMSIG(status) : 0, shared->answer);
	return false;
}

static unsigned
try_kind(enum fault_kind kind, bool *good)
{
	struct fault fault = { kind, 1, 0 };
	struct fault_trace trace;

	for (;; fault.number++) {
		for (fault.which = 0;; fault.which++) {
			*good &= try(fault, &trace);
			if (!trace.hit || fault.which + 1 >= trace.errnos)
				break;
		}
		if (!trace.hit)
			return fault.number - 1;
	}
}

static bool
try_all(void)
{
	const struct fault none = { FAULT_NONE, 0, 0 };
	struct fault_trace trace;
	unsigned calls, allocations;
	bool good = true;

	if (!try(none, &trace))
		return false;
	calls = try_kind(FAULT_THREAD_CALL, &good);
	allocations = try_kind(FAULT_THREAD_ALLOCATION, &good);
	printf("# %s: %u system calls and %u allocations of the thread failed in turn\n", story->name, calls,
	       allocations);
	return good && calls > 0;
}

static bool
is_chosen(const char *name, int count, char **names)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return true;
	return !count;
}

int
main(int argc, char **argv)
{
	const unsigned count = sizeof(stories) / sizeof(stories[0]);
	unsigned planned = 0, number = 0, bad = 0;
	char path[80];

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(shared != MAP_FAILED);
	use_folder();
	for (unsigned i = 0; i < count; i++)
		planned += is_chosen(stories[i].name, argc - 1, argv + 1);
	printf("1..%u\n", planned);
	for (unsigned i = 0; i < count; i++) {
		bool good;

		story = &stories[i];
		if (!is_chosen(story->name, argc - 1, argv + 1))
			continue;
		good = try_all();
		bad += !good;
		printf("%sok %u %s\n", good ? "" : "not ", ++number, story->name);
		fflush(stdout);
	}
	printf("# %lu trials with a fault in the thread, of which %lu gave the peer an error\n", sum.trials,
	       sum.errors);
	snprintf(path, sizeof(path), "%s/ports", folder);
	if (!bad) {
		check(rmdir(path) == 0 || errno == ENOENT);
		drop_folder("streams");
	}
	return bad != 0 || !planned;
}
