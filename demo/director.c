/*
 * director.c - starts the renderer and the receivers, kills one of them, and tells the story on stdout.
 */
#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <transom/error.h>
#include <transom/name.h>

#include "../cli/complain.h"
#include "note.h"
#include "proof.h"
#include "roles.h"
#include "shot.h"
#include "stream-act.h"

/* How long a note may take; a receiver reports only after all its frames. */
#define PATIENCE_MS 120000

/* How long the pool may take to run dry, in steps of 5 ms. */
#define DRY_STEPS 2000

enum part { RENDERER, RECEIVER_1, RECEIVER_2, PARTS };

static const char *const part_names[PARTS] = { "the renderer", "receiver 1", "receiver 2" };

struct child {
	pid_t pid; /* 0 if it does not run */
	int pidfd;
	int send; /* a right to send to it, or -1 */
};

struct director {
	const char *input;
	const char *output;
	uint32_t frames;
	char directory[PATH_MAX]; /* for names: private, and removed at the end */
	struct transom_name *name;
	struct transom_message *message;
	int port;
	struct child children[PARTS];
	sigset_t waiting_mask; /* what is blocked while we wait: not the signals that end us */
	uint64_t created;
	int code; /* to end with if something fails: that of the part that could not go on */
	bool is_good;
};

static volatile sig_atomic_t caught;

static void catch (int number)
{
	caught = number;
}

/* The signals that end a program are let in only while it waits, so that it can tidy up. */
static void
set_signals(struct director *d)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };
	struct sigaction action = { .sa_handler = catch };
	sigset_t mask;

	sigemptyset(&mask);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		sigaddset(&mask, numbers[i]);
		sigaction(numbers[i], &action, NULL);
	}
	sigprocmask(SIG_BLOCK, &mask, &d->waiting_mask);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		sigdelset(&d->waiting_mask, numbers[i]);
}

static bool
make_directory(struct director *d)
{
	const char *above = getenv("TMPDIR");

	if (!above || *above != '/')
		above = "/tmp";
	if (snprintf(d->directory, sizeof(d->directory), "%s/transom-demo-XXXXXX", above) >=
	    (int)sizeof(d->directory)) {
		complain_of(-ENAMETOOLONG, "cannot make a directory in %s", above);
		*d->directory = 0;
		return false;
	}
	if (!mkdtemp(d->directory)) {
		complain(EXIT_FAILED, "cannot make a directory in %s: %s", above, strerror(errno));
		*d->directory = 0;
		return false;
	}
	setenv("TRANSOM_RUNTIME_DIR", d->directory, 1);
	return true;
}

static int
remove_entry(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	return remove(path);
}

static bool
set_up(struct director *d)
{
	int send, error;

	if (!make_directory(d))
		return false;
	error = transom_message_create(&d->message);
	if (error >= 0)
		error = transom_port_create(NULL, &d->port, &send);
	if (error < 0) {
		complain_of(error, "cannot make a port");
		return false;
	}
	error = transom_name_check_in(NOTE_DIRECTOR, send, &d->name);
	close(send);
	if (error < 0)
		complain_of(error, "cannot check in as %s", NOTE_DIRECTOR);
	return error >= 0;
}

/* Starts this program anew in another part. It inherits no right: it has the name to go by. */
static bool
start(struct director *d, enum part part, char *const *arguments)
{
	struct child *child = &d->children[part];
	pid_t self = getpid(), pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		complain(EXIT_FAILED, "cannot start %s: %s", part_names[part], strerror(errno));
		return false;
	}
	if (!pid) {
		/* Ctrl-C reaches all; we leave it to the director, and follow the director in any case. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != self)
			_exit(1);
		execv("/proc/self/exe", arguments);
		complain(EXIT_FAILED, "cannot start %s: %s", part_names[part], strerror(errno));
		_exit(1);
	}
	*child = (struct child){ .pid = pid, .pidfd = pidfd_open(pid, 0), .send = -1 };
	return true;
}

/* Takes note of the end of a child: its wait status. */
static int
bury(struct child *child)
{
	int status = -1;

	while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (child->pidfd >= 0)
		close(child->pidfd);
	if (child->send >= 0)
		close(child->send);
	*child = (struct child){ .pidfd = -1, .send = -1 };
	return status;
}

/* A child that ends before its time has told why, unless it could not. */
static void
tell_end(struct director *d, enum part part, int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) && d->code == EXIT_FAILED)
		d->code = WEXITSTATUS(status);
	if (WIFSIGNALED(status))
		complain(EXIT_FAILED, "%s was killed by signal %d (%s)", part_names[part], WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else if (!WEXITSTATUS(status))
		complain(EXIT_FAILED, "%s ended too early", part_names[part]);
}

/* A child has ended. Its end may be the consequence of another one's that we have yet to see. */
static void
tell_ends(struct director *d)
{
	for (enum part i = 0; i < PARTS; i++) {
		struct pollfd event = { .fd = d->children[i].pidfd, .events = POLLIN };

		if (d->children[i].pid && poll(&event, 1, 200) > 0)
			tell_end(d, i, bury(&d->children[i]));
	}
}

/* Waits for a note of one kind. False when there will be none, after a complaint. */
static bool
await(struct director *d, uint32_t word, struct note *ret)
{
	static const struct timespec patience = { .tv_sec = PATIENCE_MS / 1000 };
	struct pollfd events[1 + PARTS] = { { .fd = d->port, .events = POLLIN } };
	int error;

	for (int i = 0; i < PARTS; i++)
		events[1 + i] = (struct pollfd){ .fd = d->children[i].pid ? d->children[i].pidfd : -1,
						 .events = POLLIN };
	for (;;) {
		int count = ppoll(events, 1 + PARTS, &patience, &d->waiting_mask);

		if (caught)
			return false;
		if (!count) {
			complain(EXIT_FAILED, "nothing has happened for %d seconds", PATIENCE_MS / 1000);
			return false;
		}
		if (events[0].revents & POLLIN) {
			error = note_receive(d->port, d->message, 0, ret);
			/* The renderer may see the death of a receiver before we do. */
			if (error >= 0 && ret->word == NOTE_BACK && word != NOTE_BACK)
				continue;
			if (error < 0 || ret->word != word) {
				complain_of(error < 0 ? error : -EPROTO, "an unexpected note arrived");
				return false;
			}
			return true;
		}
		for (enum part i = 0; i < PARTS; i++)
			if (count > 0 && events[1 + i].revents) {
				tell_ends(d);
				return false;
			}
	}
}

/* Waits for the hello of a child that was just started, and takes the right that comes with it. */
static bool
await_hello(struct director *d, enum part part, uint32_t word, struct note *ret)
{
	int error;

	if (!await(d, word, ret))
		return false;
	error = transom_message_take_right(d->message, 0, TRANSOM_RIGHT_SEND, &d->children[part].send);
	if (error < 0)
		complain_of(error, "%s sent no right", part_names[part]);
	return error >= 0;
}

static bool
tell_renderer(struct director *d, uint32_t word, int right)
{
	struct note note = { .word = word };
	int error = note_send(d->children[RENDERER].send, &note, right, right >= 0 ? TRANSOM_RIGHT_SEND : 0);

	if (error < 0)
		complain_of(error, "cannot reach the renderer");
	return error >= 0;
}

static bool
start_renderer(struct director *d)
{
	char frames[16];
	char *arguments[] = { (char *)"transom",
			      (char *)"demo",
			      (char *)"--as=renderer",
			      (char *)"--frames",
			      frames,
			      (char *)"--",
			      (char *)d->input,
			      NULL };
	struct note note;

	snprintf(frames, sizeof(frames), "%u", d->frames);
	if (!start(d, RENDERER, arguments) || !await_hello(d, RENDERER, NOTE_RENDERER, &note))
		return false;
	printf("input       %s: %s\n", d->input, note.input.description);
	printf("renderer    process %d: frames of %u x %u %s, %.1f MB each\n", d->children[RENDERER].pid,
	       note.input.width, note.input.height, note.input.format, (double)note.input.frame_size / 1e6);
	return true;
}

/* Starts a receiver and introduces it to the renderer, who alone can send to it from then on. */
static bool
start_receiver(struct director *d, enum part part, uint32_t stall_at)
{
	char stall[16];
	char *stalling[] = { (char *)"transom",    (char *)"demo", (char *)"--as=receiver",
			     (char *)"--stall-at", stall,          NULL };
	char *writing[] = { (char *)"transom",  (char *)"demo",    (char *)"--as=receiver",
			    (char *)"--output", (char *)d->output, NULL };
	struct child *child = &d->children[part];
	struct note note;

	snprintf(stall, sizeof(stall), "%u", stall_at);
	if (!start(d, part, stall_at ? stalling : writing) || !await_hello(d, part, NOTE_RECEIVER, &note) ||
	    !tell_renderer(d, NOTE_INTRODUCE, child->send))
		return false;
	close(child->send);
	child->send = -1;
	printf("%-11s process %d: gets rights to surfaces, one a frame\n", part_names[part], child->pid);
	return true;
}

static const char *
describe_proof(uint32_t proof)
{
	switch (proof) {
	case PROOF_FRAMES:
		return "the same physical pages in both processes: /proc/PID/pagemap";
	case PROOF_MAPPINGS:
		return "the same file and offset in both, each page mapped more than once: /proc/PID/maps, "
		       "pagemap";
	default:
		return "this system does not let us look into /proc/PID";
	}
}

static void
tell_report(struct director *d, enum part part, const struct note_report *report)
{
	double seconds = (double)report->nanoseconds / 1e9;

	printf("%-11s saw frames %u to %u: %u frames, %u with a wrong checksum, %u missing\n",
	       part_names[part], report->first, report->last, report->frames, report->wrong, report->missing);
	if (seconds > 0)
		printf("  throughput    %.0f frames/s, %.2f GB/s of pixels, each drawn, read and checked\n",
		       report->frames / seconds, (double)report->bytes / 1e9 / seconds);
	printf("  pages shared  %" PRIu64 " of %" PRIu64 " in %u surfaces\n                (%s)\n",
	       report->pages_shared, report->pages, report->surfaces, describe_proof(report->proof));
	/* What is not in a page that both have must have been copied by somebody. */
	printf("  bytes copied  %.0f of %.1f MB of pixels: %s\n",
	       report->pages ? (double)report->bytes * (double)(report->pages - report->pages_shared) /
				       (double)report->pages
			     : (double)report->bytes,
	       (double)report->bytes / 1e6,
	       report->pages && report->pages_shared == report->pages
		       ? "they were read where the renderer wrote them"
		       : "those in pages that the two do not share");
	printf("                (%" PRIu64 " bytes of messages came beside the rights", report->bytes_posted);
	if (report->bytes_read >= 0)
		printf("; read(2) brought %" PRId64 " bytes: /proc/self/io", report->bytes_read);
	printf(")\n");

	if (!report->frames || report->wrong || report->missing ||
	    (report->proof == PROOF_FRAMES && report->pages_shared != report->pages)) {
		complain(EXIT_FAILED, "%s did not see what the renderer drew", part_names[part]);
		d->is_good = false;
	}
}

static void
tell_pool(const struct note_pool *pool, const char *more)
{
	printf("pool        %u surfaces: %u free, %u held by others%s\n", pool->count, pool->idle, pool->held,
	       more);
}

/* The receiver reads no further, so sooner or later all surfaces are with it: in its hands and its queue. */
static bool
wait_until_dry(struct director *d)
{
	struct note note;

	for (int i = 0; i < DRY_STEPS; i++) {
		if (!tell_renderer(d, NOTE_ASK, -1) || !await(d, NOTE_POOL, &note))
			return false;
		if (note.pool.held == note.pool.count) {
			d->created = note.pool.created;
			tell_pool(&note.pool, "; the renderer waits");
			return true;
		}
		usleep(5000);
	}
	complain(EXIT_FAILED, "the renderer finds free surfaces although nobody gives any back");
	return false;
}

/* Kills receiver 1 and tells when everything that it held is back. */
static bool
kill_receiver(struct director *d)
{
	struct child *child = &d->children[RECEIVER_1];
	struct timespec time;
	struct note note;
	int status;

	printf("kill -9     receiver 1, process %d\n", child->pid);
	clock_gettime(CLOCK_MONOTONIC, &time);
	kill(child->pid, SIGKILL);
	status = bury(child);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) {
		complain(EXIT_FAILED, "receiver 1 ended before it was killed");
		return false;
	}
	if (!await(d, NOTE_BACK, &note))
		return false;
	printf("pool        all %u of %u surfaces could be handed out again %.2f ms later; %s\n",
	       note.pool.regained, note.pool.count,
	       (double)(note.pool.regained_at - time.tv_sec * INT64_C(1000000000) - time.tv_nsec) / 1e6,
	       note.pool.created == d->created ? "none was made anew" : "but some were made anew");
	tell_pool(&note.pool, "");
	if (note.pool.regained != note.pool.count || note.pool.held || note.pool.created != d->created) {
		complain(EXIT_FAILED, "the pool did not get every surface back");
		return false;
	}
	return true;
}

static bool
first_act(struct director *d)
{
	struct note note;

	if (!start_renderer(d) || !start_receiver(d, RECEIVER_1, d->frames / 2))
		return false;
	if (!await(d, NOTE_REPORT, &note))
		return false;
	tell_report(d, RECEIVER_1, &note.report);
	if (!await(d, NOTE_READING, &note))
		return false;
	printf("\nreceiver 1  is in the middle of frame %u: half of its rows are read\n", note.frame.number);
	return wait_until_dry(d) && kill_receiver(d);
}

static bool
second_act(struct director *d)
{
	struct note note;
	int status;

	printf("\n");
	if (!start_receiver(d, RECEIVER_2, 0) || !await(d, NOTE_REPORT, &note))
		return false;
	tell_report(d, RECEIVER_2, &note.report);
	printf("  wrote         frame %u: %s\n", note.report.written, d->output);
	status = bury(&d->children[RECEIVER_2]);
	if (status) {
		tell_end(d, RECEIVER_2, status);
		return false;
	}
	/* Only now may the renderer go: its mappings were part of the proof. */
	if (!tell_renderer(d, NOTE_END, -1))
		return false;
	status = bury(&d->children[RENDERER]);
	if (status)
		tell_end(d, RENDERER, status);
	return !status;
}

/* Leaves nothing behind: no process, no name, no directory, no half of a file. */
static void
tidy_up(struct director *d)
{
	char part[PATH_MAX];

	for (enum part i = 0; i < PARTS; i++)
		if (d->children[i].pid) {
			kill(d->children[i].pid, SIGKILL);
			bury(&d->children[i]);
		}
	transom_name_unref(d->name);
	transom_message_unref(d->message);
	if (d->port >= 0)
		close(d->port);
	if (*d->directory)
		nftw(d->directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	if (caught && snprintf(part, sizeof(part), "%s%s", d->output, SHOT_SUFFIX) < (int)sizeof(part))
		unlink(part);
}

int
demo_direct(const char *input, uint32_t frames, const char *output)
{
	struct director d = { .input = input,
			      .output = output,
			      .frames = frames,
			      .port = -1,
			      .code = EXIT_FAILED,
			      .is_good = true };
	bool good;

	setvbuf(stdout, NULL, _IOLBF, 0);
	set_signals(&d);
	printf("Transom %s: one process draws, another one looks, and no pixel is copied between them.\n\n",
	       transom_version());
	good = set_up(&d) && first_act(&d) && second_act(&d) &&
	       stream_act_play(input, &d.waiting_mask, &caught);
	tidy_up(&d);
	if (caught) {
		signal(caught, SIG_DFL);
		sigprocmask(SIG_SETMASK, &d.waiting_mask, NULL);
		raise(caught);
	}
	if (!good || !d.is_good)
		return d.code;
	printf("\nEverything held: each frame arrived as it was drawn, and a kill -9 cost nobody else "
	       "anything.\n");
	return 0;
}
