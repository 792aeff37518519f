/*
 * test-sandbox.c - a receiver and a subscriber behind a seccomp filter, with no file system and one descriptor: the
 * system calls that docs/security.md lists are enough, and none of them is too many.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <transom/transom.h>

#include "confinement.h"
#include "harness.h"

enum { TRIES = 50 };

#define CALL(call)                                                                                           \
	{                                                                                                    \
#call, SYS_##call                                                                            \
	}
#ifdef SYS_poll
#define POLL CALL(poll)
#else
#define POLL CALL(ppoll)
#endif

/* Beside those that all need: see confinement.c. */
/* docs/security.md says the same: security.py compares the two. */
static const struct allowed receiver_calls[] = {
	CALL(openat),  CALL(recvmsg), POLL,       CALL(close),  CALL(statx),      CALL(fcntl),
	CALL(fstatfs), CALL(pread64), CALL(mmap), CALL(munmap), CALL(newfstatat),
};
static const struct allowed capsule_calls[] = {
	CALL(openat),     CALL(recvmsg),    POLL,          CALL(close), CALL(statx),
	CALL(fcntl),      CALL(fstatfs),    CALL(pread64), CALL(mmap),  CALL(munmap),
	CALL(newfstatat), CALL(getsockopt), CALL(ioctl),
};
static const struct allowed subscriber_calls[] = {
	CALL(openat),     CALL(sendmsg), CALL(recvmsg), POLL,        CALL(close),
	CALL(statx),      CALL(fcntl),   CALL(fstatfs), CALL(mmap),  CALL(setsockopt),
	CALL(newfstatat), CALL(munmap),  CALL(pread64), CALL(futex), CALL(epoll_create1),
	CALL(epoll_ctl),  CALL(madvise),
};
static int receive = -1, send = -1;

/* How a run is confined. */
struct cell {
	const struct allowed *calls;
	unsigned count;
	long without;
	int openat_error;
	unsigned means;
	bool capsule; /* the surface's memory is in several files */
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
enter_cell(const struct cell *cell)
{
	unsigned done = leave_file_system(cell->means);

	check(!done || is_without_files());
	allow_calls(cell->calls, cell->count, cell->without, cell->openat_error);
}

static void
receive_in_sandbox(void *argument)
{
	struct transom_pixel_buffer *buffer;
	struct transom_message *message;
	struct transom_surface *surface;

	close(send);
	check_eq(transom_message_create(&message), 0);
	enter_cell(argument);
	check_eq(transom_port_receive(receive, message, -1), 0);
	check_eq(transom_surface_look_up(transom_message_get_right(message, 0), &surface), 0);
	check_eq(transom_pixel_buffer_create_with_surface(surface, &buffer), 0);
	transom_surface_unref(surface);
	transom_message_unref(message);
	check_eq(transom_pixel_buffer_lock(buffer, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	check_eq(*(uint32_t *)transom_pixel_buffer_get_base(buffer), 0);
	check_eq(transom_pixel_buffer_unlock(buffer, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	transom_pixel_buffer_unref(buffer);
	check_eq(transom_message_create(&message), 0);
	check_eq(transom_port_receive(receive, message, -1), -ENOTCONN);
}

static struct transom_surface *
make_capsule(void)
{
	struct transom_surface_memory_options options = { .size = sizeof(options),
							  .format = TRANSOM_FORMAT_NV12,
							  .width = 32,
							  .height = 16,
							  .plane_count = 2 };
	struct transom_surface *surface;

	for (int i = 0; i < 2; i++) {
		int fd = memfd_create("plane", MFD_CLOEXEC | MFD_ALLOW_SEALING);

		check(fd >= 0 && ftruncate(fd, 4096) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
		options.planes[i].fd = fd;
	}
	check_eq(transom_surface_create_with_memory(&options, &surface), 0);
	for (int i = 0; i < 2; i++)
		close(options.planes[i].fd);
	return surface;
}

static struct transom_surface *
make_surface(void)
{
	struct transom_surface_options options = {
		.size = sizeof(options), .format = TRANSOM_FORMAT_BGRA8, .width = 32, .height = 16
	};
	struct transom_surface *surface;

	check_eq(transom_surface_create(&options, &surface), 0);
	return surface;
}

/* In a child that has nothing of the library yet; its exit status, or minus its signal. */
static int
run_receiver(struct cell *cell)
{
	struct transom_right right = { .kind = TRANSOM_RIGHT_SURFACE };
	struct transom_surface *surface;
	pid_t pid;

	check_eq(transom_port_create(NULL, &receive, &send), 0);
	pid = spawn(receive_in_sandbox, cell);
	close(receive);
	usleep(20000); /* so that it has to wait, as a rule */
	surface = cell->capsule ? make_capsule() : make_surface();
	check_eq(transom_surface_create_right(surface, &right.fd), 0);
	transom_port_send(send, NULL, 0, &right, 1, 0);
	close(right.fd);
	close(send);
	transom_surface_unref(surface);
	return wait_for(pid);
}

static void
subscribe_in_sandbox(void *argument)
{
	const struct transom_subscriber_options options = { .size = sizeof(options),
							    .flags = TRANSOM_SUBSCRIBER_NO_THREAD,
							    .timeout_ms = 60000 };
	struct transom_subscriber *subscriber;
	struct transom_message *message;
	struct transom_frame *frame;
	int r;

	close(send);
	check_eq(transom_message_create(&message), 0);
	check_eq(transom_port_receive(receive, message, -1), 0);
	enter_cell(argument);
	check_eq(transom_subscriber_create_from_fd(transom_message_get_right(message, 0), &options,
						   &subscriber),
		 0);
	while ((r = transom_subscriber_acquire(subscriber, -1, &frame)) == 0) {
		struct transom_surface *surface = transom_frame_get_surface(frame);

		check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
		check_eq(*(uint32_t *)transom_surface_get_base(surface), 0);
		check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
		transom_frame_release(frame);
	}
	check_eq(r, -EPIPE);
	transom_subscriber_unref(subscriber);
}

/* Or until it has died of a call that it may not make. */
static void
wait_for_subscriber(struct transom_publisher *publisher, pid_t pid)
{
	struct transom_stream_statistics statistics = { .size = sizeof(statistics) };
	siginfo_t ended = { .si_pid = 0 };

	do {
		check(waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOHANG | WNOWAIT) == 0);
		check_eq(transom_publisher_get_statistics(publisher, &statistics), 0);
	} while (!statistics.subscribers && !ended.si_pid && usleep(1000) == 0);
}

static int
run_subscriber(struct cell *cell)
{
	struct transom_publisher_options options = { .size = sizeof(options),
						     .buffer = { .size = sizeof(options.buffer),
								 .format = TRANSOM_FORMAT_BGRA8,
								 .width = 32,
								 .height = 16 } };
	struct transom_right right = { .kind = TRANSOM_RIGHT_FD };
	struct transom_publisher *publisher;
	struct transom_frame *frame;
	pid_t pid;

	check_eq(transom_port_create(NULL, &receive, &send), 0);
	pid = spawn(subscribe_in_sandbox, cell);
	check_eq(transom_publisher_create(&options, &publisher), 0);
	check_eq(transom_publisher_invite(publisher, &right.fd), 0);
	check_eq(transom_port_send(send, NULL, 0, &right, 1, 0), 0);
	close(right.fd);
	close(send);
	close(receive);
	wait_for_subscriber(publisher, pid);
	for (int i = 0; i < 3; i++) {
		usleep(30000); /* it falls asleep, as a rule */
		check_eq(transom_publisher_acquire(publisher, 1000, &frame), 0);
		check_eq(transom_publisher_publish(publisher, frame, NULL, NULL), 0);
	}
	transom_publisher_unref(publisher);
	return wait_for(pid);
}

static void
try_all(int (*run)(struct cell *cell), struct cell cell)
{
	check_eq(run(&cell), 0);
	for (unsigned i = 0; i < cell.count; i++) {
		int r = 0;

		/* Some are for waiting, and there may be nothing to wait for: then once more. */
		cell.without = cell.calls[i].number;
		for (int tries = 0; r != -SIGSYS && tries < TRIES; tries++)
			r = run(&cell);
		if (r != -SIGSYS)
			fprintf(stderr, "%s is listed and not needed\n", cell.calls[i].name);
		check_eq(r, -SIGSYS);
	}
}

static const struct cell receiver = {
	receiver_calls, COUNT(receiver_calls), NO_CALL, 0, EMPTY_NAMESPACE | LANDLOCK, false
};
static const struct cell receiver_of_capsules = {
	capsule_calls, COUNT(capsule_calls), NO_CALL, 0, EMPTY_NAMESPACE | LANDLOCK, true
};
static const struct cell subscriber = {
	subscriber_calls, COUNT(subscriber_calls), NO_CALL, 0, EMPTY_NAMESPACE | LANDLOCK, false
};

TEST_FOR(receiver_needs_what_is_listed, 60)
{
	try_all(run_receiver, receiver);
}

TEST_FOR(receiver_of_capsules_needs_what_is_listed, 60)
{
	try_all(run_receiver, receiver_of_capsules);
}

TEST_FOR(subscriber_needs_what_is_listed, 60)
{
	try_all(run_subscriber, subscriber);
}

/* Each of the means alone; where it does not work, the other tests have not had it either. */
static void
run_behind(unsigned means)
{
	struct cell cells[] = { receiver, receiver_of_capsules, subscriber };

	for (int i = 0; i < 3; i++) {
		cells[i].means = means;
		check_eq((i < 2 ? run_receiver : run_subscriber)(&cells[i]), 0);
	}
}

static void
leave_by(void *means)
{
	if (leave_file_system(*(unsigned *)means) != *(unsigned *)means)
		_exit(1);
	check(is_without_files());
}

TEST(an_empty_mount_namespace_is_enough)
{
	unsigned means = EMPTY_NAMESPACE;

	if (wait_for(spawn(leave_by, &means)) == 1)
		skip("no mount namespace can be made");
	run_behind(means);
}

TEST(landlock_is_enough)
{
	unsigned means = LANDLOCK;

	if (wait_for(spawn(leave_by, &means)) == 1)
		skip("this kernel has no Landlock");
	run_behind(means);
}

/* A filter may refuse openat, whether there are files or not. */
TEST_FOR(openat_may_be_refused, 60)
{
	const int errors[] = { EPERM, EACCES, ENOENT, ENOSYS };

	for (unsigned i = 0; i < COUNT(errors); i++) {
		struct cell cells[] = { receiver, receiver_of_capsules, subscriber };

		for (int k = 0; k < 3; k++) {
			int r;

			cells[k].openat_error = errors[i];
			cells[k].means = i % 2 ? EMPTY_NAMESPACE : 0;
			r = (k < 2 ? run_receiver : run_subscriber)(&cells[k]);
			if (r)
				fprintf(stderr, "openat answered with %s\n", strerrorname_np(errors[i]));
			check_eq(r, 0);
		}
	}
}
