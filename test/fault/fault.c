/*
 * fault.c - tries each public function with each of its system calls failing, once with each error that the call can
 * have, and with each of its allocations failing: the error must be one that the header lists, outputs untouched,
 * nothing may be left behind, and the next call must work. Prints TAP.
 *
 * usage: fault [FUNCTION]...
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

#include <transom/transom.h>

#include "../harness.h"
#include "fault.h"

enum { UNTOUCHED = 0xa5, SECONDS = 20, REFUSED = 77, PATIENCE_MS = 2000 };

struct listed_errors {
	const char *function;
	const char *header;
	const char *errors; /* with a space around each */
};
#include "listed-errors.h"

extern const struct fault_case __start_faults[], __stop_faults[];

union outputs out;
struct transom_surface *watched;

/* What a process has, and a call that failed must not have added to. */
struct belongings {
	long fds;
	long mappings;
	long allocations;
	long in_use;
};

/* Shared by all trials, one after the other. */
static struct shared {
	struct fault_report report;
	struct belongings belongings; /* after a trial without a fault; what all others must end with */
} * shared;

static struct {
	unsigned long trials, failed;
} sum;

void
nothing(void)
{
}

void
nothing_after(int r)
{
}

_Noreturn void
skip(const char *why)
{
	printf("1..0 # SKIP %s\n", why);
	exit(0);
}

static struct belongings
count_belongings(void)
{
	struct belongings now = { .allocations = allocations_count() };

	now.fds = count_fds();
	now.mappings = count_mappings();
	now.in_use = transom_surface_is_in_use(watched);
	return now;
}

/* The library's thread may have to close something yet: also in what the others are compared with. */
static struct belongings
count_when_quiet(void)
{
	wait_until_quiet();
	return count_belongings();
}

static void
compare_belongings(const struct belongings *expected)
{
	struct belongings now = count_when_quiet();

	for (int i = 0; i < PATIENCE_MS && memcmp(&now, expected, sizeof(now)) != 0; i++) {
		usleep(1000);
		now = count_belongings();
	}
	check_eq(now.fds, expected->fds);
	check_eq(now.mappings, expected->mappings);
	check_eq(now.in_use, expected->in_use);
	check_eq(now.allocations, expected->allocations);
}

static bool
is_untouched(void)
{
	for (size_t i = 0; i < sizeof(out); i++)
		if (out.bytes[i] != UNTOUCHED)
			return false;
	return true;
}

static int
call(const struct fault_case *c, const struct fault *fault)
{
	int r;

	c->before();
	memset(&out, UNTOUCHED, sizeof(out));
	if (fault->kind == FAULT_NONE)
		return c->call();
	allocations_fail(fault->kind == FAULT_ALLOCATION ? fault->number : 0);
	fault_trace_start();
	r = c->call();
	fault_trace_stop();
	shared->report.hit |= allocations_failed();
	allocations_fail(0);
	return r;
}

static void
run_trial(const struct fault_case *c, struct fault fault)
{
	const struct fault none = { FAULT_NONE, 0, 0 };

	c->prepare();
	shared->report.result = call(c, &fault);
	if (shared->report.result < 0)
		check(is_untouched());
	c->after(shared->report.result);
	check(call(c, &none) >= 0);
	c->after(0);
	if (fault.kind == FAULT_NONE)
		shared->belongings = count_when_quiet();
	else
		compare_belongings(&shared->belongings);
	shared->report.finished = true;
}

/* A child that waits for its tracer. */
static pid_t
start_trial(const struct fault_case *c, struct fault fault)
{
	const char *slowness = getenv("TRANSOM_TEST_SLOWNESS");
	pid_t parent = getpid(), pid;

	shared->report = (struct fault_report){ 0 };
	fflush(NULL);
	pid = fork();
	check(pid >= 0);
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || syscall(SYS_ptrace, (long)PTRACE_TRACEME, 0L, 0L, 0L) < 0)
		_exit(REFUSED);
	alarm(SECONDS * (unsigned)(slowness && atoi(slowness) > 0 ? atoi(slowness) : 1));
	raise(SIGSTOP);
	run_trial(c, fault);
	_exit(0);
}

static const struct listed_errors *
find_listed(const char *function)
{
	for (size_t i = 0; i < sizeof(listed) / sizeof(listed[0]); i++)
		if (!strcmp(listed[i].function, function))
			return &listed[i];
	return NULL;
}

static bool
is_listed(const char *function, int error)
{
	const struct listed_errors *errors = find_listed(function);
	const char *name = strerrorname_np(-error);
	char word[32];

	snprintf(word, sizeof(word), " %s ", name ? name : "?");
	return errors && strstr(errors->errors, word);
}

static void
complain(const struct fault_case *c, struct fault fault, const struct fault_trace *trace, const char *what)
{
	printf("# %s: ", c->function);
	if (fault.kind == FAULT_CALL)
		printf("system call %u, %s, with %s: ", fault.number, trace->name ? trace->name : "?",
		       trace->error ? strerrorname_np(trace->error) : "no error");
	else if (fault.kind == FAULT_ALLOCATION)
		printf("allocation %u: ", fault.number);
	printf("%s\n", what);
}

/* One trial; false if something is not as it should be. */
static bool
try(const struct fault_case *c, struct fault fault, struct fault_trace *ret)
{
	int status = fault_trace_follow(start_trial(c, fault), fault, ret);
	const struct fault_report *report = &shared->report;
	char text[128];

	if (status >= 0 && WIFEXITED(status) && WEXITSTATUS(status) == REFUSED)
		skip("this process may not trace its children");
	if (status < 0 || !report->finished) {
		snprintf(text, sizeof(text), "ended by signal %d, result %d",
			 status >= 0 && WIFSIGNALED(status) ? WTERMSIG(status) : 0, report->result);
		complain(c, fault, ret, text);
		return false;
	}
	sum.trials++;
	ret->hit |= report->hit;
	sum.failed += report->result < 0;
	if (report->result >= 0 || (ret->hit && is_listed(c->function, report->result)))
		return true;
	snprintf(text, sizeof(text), "gives %s, which its header does not list",
		 strerrorname_np(-report->result) ? strerrorname_np(-report->result) : "a strange number");
	complain(c, fault, ret, ret->hit ? text : "fails without a fault");
	return false;
}

/* All trials of one kind; the number of what can fail. */
static unsigned
try_kind(const struct fault_case *c, enum fault_kind kind, bool *good)
{
	struct fault fault = { kind, 1, 0 };
	struct fault_trace trace;

	for (;; fault.number++) {
		for (fault.which = 0;; fault.which++) {
			*good &= try(c, fault, &trace);
			if (!trace.hit || fault.which + 1 >= trace.errnos)
				break;
		}
		if (!trace.hit)
			return fault.number - 1;
	}
}

static bool
try_all(const struct fault_case *c)
{
	const struct fault none = { FAULT_NONE, 0, 0 };
	unsigned long trials = sum.trials, failed = sum.failed;
	unsigned calls, allocations;
	struct fault_trace trace;
	bool good = true;

	if (!try(c, none, &trace))
		return false;
	calls = try_kind(c, FAULT_CALL, &good);
	allocations = try_kind(c, FAULT_ALLOCATION, &good);
	if (calls || allocations)
		printf("# %s: %u system calls and %u allocations failed in turn: %lu trials, %lu errors\n",
		       c->function, calls, allocations, sum.trials - trials - 3, sum.failed - failed);
	return good;
}

static const struct fault_case *
find_case(const char *function)
{
	for (const struct fault_case *c = __start_faults; c < __stop_faults; c++)
		if (!strcmp(c->function, function))
			return c;
	return NULL;
}

static bool
is_chosen(const char *function, int count, char **names)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(names[i], function) || !strcmp(names[i], find_listed(function)->header))
			return true;
	return count == 0;
}

static void
remove_folder(void)
{
	const char *kinds[] = { "ports", "streams", "surfaces" };
	char path[400];

	for (int i = 0; i < 3; i++) {
		struct dirent *entry;
		DIR *entries;

		snprintf(path, sizeof(path), "%s/%s", folder, kinds[i]);
		entries = opendir(path);
		while (entries && (entry = readdir(entries)))
			unlinkat(dirfd(entries), entry->d_name, 0);
		if (entries)
			closedir(entries);
		rmdir(path);
	}
	rmdir(folder);
}

int
main(int argc, char **argv)
{
	const size_t count = sizeof(listed) / sizeof(listed[0]);
	unsigned number = 0, bad = 0, planned = 0;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(shared != MAP_FAILED);
	for (size_t i = 0; i < count; i++)
		planned += is_chosen(listed[i].function, argc - 1, argv + 1);
	printf("1..%u\n", planned);
	use_folder();
	for (size_t i = 0; i < count; i++) {
		const struct fault_case *c = find_case(listed[i].function);
		bool good;

		if (!is_chosen(listed[i].function, argc - 1, argv + 1))
			continue;
		if (!c)
			printf("# %s has no case\n", listed[i].function);
		good = c && try_all(c);
		bad += !good;
		printf("%s %u %s\n", good ? "ok" : "not ok", ++number, listed[i].function);
		fflush(stdout);
	}
	remove_folder();
	printf("# %lu trials, of which %lu gave an error\n", sum.trials, sum.failed);
	return bad != 0 || !planned;
}
