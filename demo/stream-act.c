/* stream-act.c - starts the processes of the stream, kills two of them, and tells what the publisher says of it. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <transom/inquiry.h>

#include "../cli/complain.h"
#include "stream-act.h"

enum {
	PATIENCE_MS = 120000,
	LOOK_MS = 5,
	HOLD_MS = 150, /* of the slow viewer */
	FRAMES = 60, /* that both shall have lived through before somebody is killed */
};

enum part { PUBLISHER, FAST, SLOW, SUCCESSOR, PARTS };

static const char *const part_names[PARTS] = { "the publisher", "the fast viewer", "the slow viewer",
					       "the second publisher" };

struct child {
	pid_t pid; /* 0 if it does not run */
	int end; /* of its stdin: it goes when this is closed */
	int report; /* of a viewer, or -1 */
};

struct act {
	const char *input;
	const sigset_t *waiting_mask;
	const volatile sig_atomic_t *caught;
	struct child children[PARTS];
};

/* What the stream says of itself, and of its viewers, as far as they are there. */
struct scene {
	struct transom_stream_status stream;
	struct transom_subscriber_status viewers[PARTS];
};

static double
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* In the child: nothing but its stdin and its report, and a death with its parent's. */
static _Noreturn void
become(pid_t parent, int input, int report, char *const *arguments)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || dup2(input, STDIN_FILENO) < 0 ||
	    (report >= 0 && dup2(report, VIEWER_REPORT_FD) < 0))
		_exit(1);
	if (report == VIEWER_REPORT_FD)
		fcntl(report, F_SETFD, 0); /* dup2() to itself leaves it close-on-exec */
	execv("/proc/self/exe", arguments);
	complain(EXIT_FAILED, "cannot start another process of this program: %s", strerror(errno));
	_exit(1);
}

static bool
start(struct act *act, enum part part, char *const *arguments, bool reports)
{
	struct child *child = &act->children[part];
	int ends[2], report = -1;
	const pid_t self = getpid();

	if (reports)
		report = memfd_create("demo-report", MFD_CLOEXEC);
	if ((reports && report < 0) || pipe2(ends, O_CLOEXEC) < 0) {
		complain(EXIT_FAILED, "cannot start %s: %s", part_names[part], strerror(errno));
		return false;
	}
	fflush(NULL);
	child->pid = fork();
	if (child->pid == 0)
		become(self, ends[0], report, arguments);
	close(ends[0]);
	child->end = ends[1];
	child->report = report;
	if (child->pid > 0)
		return true;
	complain(EXIT_FAILED, "cannot start %s: %s", part_names[part], strerror(errno));
	child->pid = 0;
	return false;
}

static bool
start_publisher(struct act *act, enum part part)
{
	char *arguments[] = { (char *)"transom", (char *)"demo",     (char *)"--as=publisher",
			      (char *)"--",      (char *)act->input, NULL };

	return start(act, part, arguments, false);
}

static bool
start_viewer(struct act *act, enum part part, int hold_ms)
{
	char hold[16];
	char *arguments[] = { (char *)"transom", (char *)"demo", (char *)"--as=viewer",
			      (char *)"--hold",  hold,           NULL };

	snprintf(hold, sizeof(hold), "%d", hold_ms);
	return start(act, part, arguments, true);
}

/* Takes note of the end of a child: its wait status. The report can still be read. */
static int
bury(struct child *child)
{
	int status = -1;

	while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (child->end >= 0)
		close(child->end);
	child->end = -1;
	child->pid = 0;
	return status;
}

static bool
kill_part(struct act *act, enum part part)
{
	struct child *child = &act->children[part];
	int status;

	printf("kill -9     %s, process %d\n", part_names[part], child->pid);
	kill(child->pid, SIGKILL);
	status = bury(child);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return true;
	complain(EXIT_FAILED, "%s ended before it was killed", part_names[part]);
	return false;
}

static bool
end_part(struct act *act, enum part part)
{
	struct child *child = &act->children[part];
	int status;

	close(child->end);
	child->end = -1;
	status = bury(child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	if (WIFSIGNALED(status))
		complain(EXIT_FAILED, "%s was killed by signal %d (%s)", part_names[part], WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	return false;
}

static void
tidy_up(struct act *act)
{
	for (enum part i = 0; i < PARTS; i++) {
		struct child *child = &act->children[i];

		if (child->pid > 0) {
			kill(child->pid, SIGKILL);
			bury(child);
		}
		if (child->report >= 0)
			close(child->report);
	}
}

/* Nobody ends by himself: the first who did, if any, is told of. */
static bool
all_live(struct act *act)
{
	int status;

	for (enum part i = 0; i < PARTS; i++) {
		struct child *child = &act->children[i];

		if (child->pid <= 0 || waitpid(child->pid, &status, WNOHANG) != child->pid)
			continue;
		child->pid = 0;
		if (child->end >= 0)
			close(child->end);
		child->end = -1;
		if (WIFSIGNALED(status))
			complain(EXIT_FAILED, "%s was killed by signal %d (%s)", part_names[i],
				 WTERMSIG(status), strsignal(WTERMSIG(status)));
		else if (WEXITSTATUS(status) == 0)
			complain(EXIT_FAILED, "%s ended too early", part_names[i]);
		return false;
	}
	return true;
}

/* Asks the stream. False if there is none yet, or not any more. */
static bool
look(struct act *act, struct scene *ret)
{
	struct transom_subscriber_status status = { .size = sizeof(status) };
	struct transom_inquiry *inquiry;

	memset(ret, 0, sizeof(*ret));
	if (transom_inquiry_create(STREAM_ACT_NAME, 1000, &inquiry) < 0)
		return false;
	ret->stream.size = sizeof(ret->stream);
	transom_inquiry_get_status(inquiry, &ret->stream);
	for (size_t i = 0; transom_inquiry_get_subscriber(inquiry, i, &status) == 0; i++)
		for (enum part part = FAST; part <= SLOW; part++)
			if (status.pid == act->children[part].pid)
				ret->viewers[part] = status;
	transom_inquiry_unref(inquiry);
	return true;
}

/* Looks until the stream is as the story needs it. */
static bool
await(struct act *act, const char *what, bool (*is_so)(const struct act *act, const struct scene *scene),
      struct scene *ret)
{
	static const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000L };
	const double end = now_ms() + PATIENCE_MS;

	while (!look(act, ret) || !is_so(act, ret)) {
		if (!all_live(act))
			return false;
		if (now_ms() > end) {
			complain(EXIT_FAILED, "for %d seconds %s", PATIENCE_MS / 1000, what);
			return false;
		}
		ppoll(NULL, 0, &pause, act->waiting_mask);
		if (*act->caught)
			return false;
	}
	return true;
}

static bool
has_begun(const struct act *act, const struct scene *scene)
{
	return scene->stream.head > 0;
}

static bool
read_report(const struct act *act, enum part part, struct viewer_report *ret)
{
	memset(ret, 0, sizeof(*ret));
	return pread(act->children[part].report, ret, sizeof(*ret), 0) == (ssize_t)sizeof(*ret);
}

/* All have seen frames, and the slow viewer has one in its hands: it is there that it shall die. */
static bool
has_gone_on(const struct act *act, const struct scene *scene)
{
	struct viewer_report fast, slow;

	return scene->stream.statistics.published >= FRAMES && scene->viewers[SLOW].held > 0 &&
	       read_report(act, FAST, &fast) && read_report(act, SLOW, &slow);
}

static bool
has_forgotten_one(const struct act *act, const struct scene *scene)
{
	return scene->stream.statistics.subscribers == 1;
}

static bool
has_been_followed(const struct act *act, const struct scene *scene)
{
	return scene->stream.pid == act->children[SUCCESSOR].pid && scene->viewers[FAST].acquired > 0;
}

/* What a viewer has seen; false after a complaint if that is not what was published. */
static bool
tell_viewer(const struct act *act, enum part part, const char *label)
{
	struct viewer_report report;

	read_report(act, part, &report);
	printf("%-11s %" PRIu64 " frames seen, %" PRIu64 " with a wrong checksum, %" PRIu64
	       " too old to be of interest; %" PRIu64 " publisher%s\n",
	       label, report.seen, report.wrong, report.missed, report.publishers,
	       report.publishers == 1 ? "" : "s, one after the other");
	if (report.seen > 0 && report.wrong == 0)
		return true;
	complain(EXIT_FAILED, "%s did not see what was published", part_names[part]);
	return false;
}

static bool
begin(struct act *act)
{
	struct scene scene;

	printf("\nAnd the same as a stream: one publisher, any number of viewers, each with the newest "
	       "frame.\n\n");
	if (!start_publisher(act, PUBLISHER) || !await(act, "there was no stream", has_begun, &scene))
		return false;
	printf("publisher   process %d: the stream \"%s\", a hundred frames a second\n",
	       act->children[PUBLISHER].pid, STREAM_ACT_NAME);
	if (!start_viewer(act, FAST, 0) || !start_viewer(act, SLOW, HOLD_MS))
		return false;
	printf("fast viewer process %d: looks at each frame at once\n", act->children[FAST].pid);
	printf("slow viewer process %d: keeps each frame for %d ms\n", act->children[SLOW].pid, HOLD_MS);
	if (!await(act, "the viewers saw nothing", has_gone_on, &scene))
		return false;
	printf("publisher   %" PRIu64 " frames in %u buffers; it had to wait %" PRIu64 " times\n",
	       scene.stream.statistics.published, scene.stream.statistics.buffers,
	       scene.stream.statistics.waited);
	printf("slow viewer has frame %" PRIu64 " in its hands, %" PRIu64
	       " frames behind the newest: that is its own affair\n",
	       scene.viewers[SLOW].acquired, scene.stream.head - scene.viewers[SLOW].acquired);
	if (scene.stream.statistics.waited == 0)
		return tell_viewer(act, SLOW, "");
	complain(EXIT_FAILED, "the publisher had to wait for a viewer of the newest frames");
	return false;
}

static bool
lose_viewer(struct act *act)
{
	const double before = now_ms();
	struct scene scene;

	if (!kill_part(act, SLOW) ||
	    !await(act, "the dead viewer was not noticed", has_forgotten_one, &scene))
		return false;
	printf("publisher   has its frame back %.1f ms later, and has gone on: frame %" PRIu64
	       ", %u buffers\n",
	       now_ms() - before, scene.stream.head, scene.stream.statistics.buffers);
	return true;
}

static bool
lose_publisher(struct act *act)
{
	struct scene scene;
	double before;

	if (!kill_part(act, PUBLISHER))
		return false;
	before = now_ms();
	if (!start_publisher(act, SUCCESSOR))
		return false;
	printf("publisher   a second one, process %d, takes the name of the dead one over\n",
	       act->children[SUCCESSOR].pid);
	if (!await(act, "the viewer did not follow", has_been_followed, &scene))
		return false;
	printf("fast viewer sees frame %" PRIu64 " of it %.0f ms after its start, and did nothing for it\n",
	       scene.viewers[FAST].acquired, now_ms() - before);
	return true;
}

static bool
end(struct act *act)
{
	struct viewer_report report;

	if (!end_part(act, FAST) || !end_part(act, SUCCESSOR) || !tell_viewer(act, FAST, "fast viewer"))
		return false;
	if (read_report(act, FAST, &report) && report.publishers == 2)
		return true;
	complain(EXIT_FAILED, "the fast viewer did not see both publishers");
	return false;
}

bool
stream_act_play(const char *input, const sigset_t *waiting_mask, const volatile sig_atomic_t *caught)
{
	struct act act = { .input = input, .waiting_mask = waiting_mask, .caught = caught };
	bool good;

	for (enum part i = 0; i < PARTS; i++)
		act.children[i] = (struct child){ .end = -1, .report = -1 };
	good = begin(&act) && lose_viewer(&act) && lose_publisher(&act) && end(&act);
	tidy_up(&act);
	return good;
}
