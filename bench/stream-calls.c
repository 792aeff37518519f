/* stream-calls.c - system calls of a frame, counted on either side; it measures no time. */
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "count-syscalls.h"
#include "streams.h"

enum { TIMES = 1000, WARM = 100, LOOK_NS = 20000000 };

/* How long the traced child counted; shared with it. */
static uint64_t *counted_ns;

/* Who is looked at; the other side is another process, or is this one. */
enum side { PUBLISHER, READER, BOTH };

struct subject {
	const char *name, *label;
	enum side side;
	uint32_t mode, flags;
	uint32_t width, height;
};

static const struct subject subjects[CALL_COUNT] = {
	{ "frame-kept-up", "frame: acquire, publish, acquire, release", BOTH, TRANSOM_SUBSCRIBER_LATEST, 0,
	  16, 1 },
	{ "frame-every-kept-up", "the same, every frame", BOTH, TRANSOM_SUBSCRIBER_EVERY, 0, 16, 1 },
	{ "publish-busy", "frame: publisher, reader spins", PUBLISHER, TRANSOM_SUBSCRIBER_LATEST,
	  TRANSOM_SUBSCRIBER_BUSY_POLL, 16, 1 },
	{ "read-busy", "frame: reader, spins", READER, TRANSOM_SUBSCRIBER_LATEST,
	  TRANSOM_SUBSCRIBER_BUSY_POLL, 16, 1 },
	{ "read-blocking", "frame: reader, sleeps for each", READER, TRANSOM_SUBSCRIBER_LATEST, 0, 16, 1 },
	{ "frame-4k", "4K frame: both sides", BOTH, TRANSOM_SUBSCRIBER_LATEST, 0, 3840, 2160 },
};

static void
publish_one(struct transom_publisher *publisher)
{
	struct transom_frame *frame;

	must(transom_publisher_acquire(publisher, -1, &frame) == 0);
	must(transom_publisher_publish(publisher, frame, NULL, NULL) == 0);
}

static void
read_one(struct transom_subscriber *subscriber)
{
	struct transom_frame *frame;

	must(transom_subscriber_acquire(subscriber, -1, &frame) == 0);
	transom_frame_release(frame);
}

struct partner {
	const struct subject *subject;
	int socket;
};

static void
read_for_ever(void *argument)
{
	struct partner *partner = argument;
	struct transom_subscriber *subscriber =
		accept_invitation(partner->socket, partner->subject->mode, partner->subject->flags);

	for (;;)
		read_one(subscriber);
}

/* Slowly, so that the reader has to wait for each frame. */
static void
publish_for_ever(void *argument)
{
	struct partner *partner = argument;
	struct transom_publisher *publisher =
		create_publisher(partner->subject->width, partner->subject->height, 1);

	invite(publisher, partner->socket);
	for (;;) {
		uint64_t start = now_ns();

		publish_one(publisher);
		while (now_ns() - start < 200000)
			;
	}
}

static void
run_here(const struct subject *subject, int socket[2])
{
	struct transom_publisher *publisher = create_publisher(subject->width, subject->height, 1);
	struct transom_subscriber *subscriber;

	/* Room for the queue of a reader of every frame. */
	must(transom_publisher_set_maximum_buffers(publisher, 24) == 0);
	invite(publisher, socket[0]);
	subscriber = accept_invitation(socket[1], subject->mode, subject->flags);
	for (int i = 0; i < WARM + TIMES; i++) {
		if (i == WARM)
			count_syscalls_start();
		publish_one(publisher);
		read_one(subscriber);
	}
	count_syscalls_stop();
	transom_subscriber_unref(subscriber);
	transom_publisher_unref(publisher);
}

static void
run_publisher(const struct subject *subject, int socket)
{
	struct transom_publisher *publisher = create_publisher(subject->width, subject->height, 1);
	struct transom_stream_statistics statistics = { .size = sizeof(statistics) };

	invite(publisher, socket);
	do
		must(transom_publisher_get_statistics(publisher, &statistics) == 0);
	while (statistics.subscribers == 0);
	for (int i = 0; i < WARM + TIMES; i++) {
		if (i == WARM)
			count_syscalls_start();
		publish_one(publisher);
	}
	count_syscalls_stop();
}

static void
run_reader(const struct subject *subject, int socket)
{
	struct transom_subscriber *subscriber = accept_invitation(socket, subject->mode, subject->flags);
	uint64_t start = 0;

	for (int i = 0; i < WARM + TIMES; i++) {
		if (i == WARM) {
			count_syscalls_start();
			start = now_ns();
		}
		read_one(subscriber);
	}
	count_syscalls_stop();
	*counted_ns = now_ns() - start;
}

/* In the traced child. */
static void
run(void *argument)
{
	const struct subject *subject = argument;
	struct partner partner = { .subject = subject };
	int socket[2];

	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socket) == 0);
	pin_to(CORE);
	partner.socket = socket[1];
	if (subject->side == BOTH) {
		run_here(subject, socket);
		return;
	}
	start_child(subject->side == PUBLISHER ? read_for_ever : publish_for_ever, &partner, OTHER_CORE);
	if (subject->side == PUBLISHER)
		run_publisher(subject, socket[0]);
	else
		run_reader(subject, socket[0]);
	_exit(0);
}

void
stream_calls_measure(struct cost ret[CALL_COUNT], double looks[CALL_COUNT])
{
	counted_ns =
		mmap(NULL, sizeof(*counted_ns), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(counted_ns != MAP_FAILED);
	for (unsigned i = 0; i < CALL_COUNT; i++) {
		struct syscall_counts counts;

		ret[i] = (struct cost){ .name = subjects[i].name, .label = subjects[i].label, .calls = -1 };
		*counted_ns = 0;
		if (count_syscalls(run, (void *)&subjects[i], &counts) == 0)
			cost_fill(&ret[i], &counts, TIMES);
		looks[i] = subjects[i].side == READER ? (double)(*counted_ns / LOOK_NS + 1) / TIMES : 0;
	}
	munmap(counted_ns, sizeof(*counted_ns));
}
