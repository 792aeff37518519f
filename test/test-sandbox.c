/*
 * test-sandbox.c - a receiver and a subscriber behind a seccomp filter, with no file system and one descriptor: the
 * system calls that docs/security.md lists are enough, and none of them is too many.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <transom/transom.h>

#include "harness.h"

enum { ROOM = 32, NO_CALL = -1, TRIES = 50 };

struct allowed {
	const char *name;
	long number;
};

#define CALL(call)                                                                                           \
	{                                                                                                    \
#call, SYS_##call                                                                            \
	}
#ifdef SYS_poll
#define POLL CALL(poll)
#else
#define POLL CALL(ppoll)
#endif

/* For both, beside those that the C library and the program need: exit_group, write, brk, rt_sigprocmask. */
static const struct allowed receiver_calls[] = {
	CALL(openat),  CALL(recvmsg), POLL,       CALL(close),  CALL(statx),      CALL(fcntl),
	CALL(fstatfs), CALL(pread64), CALL(mmap), CALL(munmap), CALL(newfstatat),
};
static const struct allowed subscriber_calls[] = {
	CALL(openat),     CALL(sendmsg), CALL(recvmsg), POLL,        CALL(close),
	CALL(statx),      CALL(fcntl),   CALL(fstatfs), CALL(mmap),  CALL(setsockopt),
	CALL(newfstatat), CALL(munmap),  CALL(pread64), CALL(futex), CALL(epoll_create1),
	CALL(epoll_ctl),  CALL(madvise),
};
static const long always[] = { SYS_exit_group, SYS_write, SYS_brk, SYS_rt_sigprocmask };

static int receive = -1, send = -1;

static void
allow(struct sock_filter *filter, unsigned *at, long number)
{
	filter[(*at)++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1);
	filter[(*at)++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
}

/* All of @calls but @without. */
static void
enter_sandbox(const struct allowed *calls, unsigned count, long without)
{
	struct sock_filter filter[2 * ROOM + 4];
	struct sock_fprog program = { .filter = filter };
	unsigned at = 0;

	filter[at++] =
		(struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (unsigned i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		allow(filter, &at, always[i]);
	for (unsigned i = 0; i < count; i++)
		if (calls[i].number != without)
			allow(filter, &at, calls[i].number);
	filter[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	program.len = (unsigned short)at;
	check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	check(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

static void
receive_in_sandbox(void *argument)
{
	struct transom_pixel_buffer *buffer;
	struct transom_message *message;
	struct transom_surface *surface;

	close(send);
	check_eq(transom_message_create(&message), 0);
	hide_procfs();
	enter_sandbox(receiver_calls, sizeof(receiver_calls) / sizeof(receiver_calls[0]), *(long *)argument);
	check_eq(transom_port_receive(receive, message, 5000), 0);
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

/* In a child that has nothing of the library yet; its exit status, or minus its signal. */
static int
run_receiver(long without)
{
	struct transom_surface_options options = {
		.size = sizeof(options), .format = TRANSOM_FORMAT_BGRA8, .width = 32, .height = 16
	};
	struct transom_right right = { .kind = TRANSOM_RIGHT_SURFACE };
	struct transom_surface *surface;
	pid_t pid;

	check_eq(transom_port_create(NULL, &receive, &send), 0);
	pid = spawn(receive_in_sandbox, &without);
	close(receive);
	usleep(20000); /* so that it has to wait, as a rule */
	check_eq(transom_surface_create(&options, &surface), 0);
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
							    .flags = TRANSOM_SUBSCRIBER_NO_THREAD };
	struct transom_subscriber *subscriber;
	struct transom_message *message;
	struct transom_frame *frame;
	int r;

	close(send);
	check_eq(transom_message_create(&message), 0);
	check_eq(transom_port_receive(receive, message, 5000), 0);
	hide_procfs();
	enter_sandbox(subscriber_calls, sizeof(subscriber_calls) / sizeof(subscriber_calls[0]),
		      *(long *)argument);
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

static int
run_subscriber(long without)
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
	pid = spawn(subscribe_in_sandbox, &without);
	check_eq(transom_publisher_create(&options, &publisher), 0);
	check_eq(transom_publisher_invite(publisher, &right.fd), 0);
	check_eq(transom_port_send(send, NULL, 0, &right, 1, 0), 0);
	close(right.fd);
	close(send);
	close(receive);
	for (int i = 0; i < 4; i++) {
		usleep(50000); /* it falls asleep, as a rule */
		check_eq(transom_publisher_acquire(publisher, 1000, &frame), 0);
		check_eq(transom_publisher_publish(publisher, frame, NULL, NULL), 0);
	}
	transom_publisher_unref(publisher);
	return wait_for(pid);
}

static void
try_all(int (*run)(long), const struct allowed *calls, unsigned count)
{
	check_eq(run(NO_CALL), 0);
	for (unsigned i = 0; i < count; i++) {
		int r = 0;

		/* Some are for waiting, and there may be nothing to wait for: then once more. */
		for (int tries = 0; r != -SIGSYS && tries < TRIES; tries++)
			r = run(calls[i].number);
		if (r != -SIGSYS)
			fprintf(stderr, "%s is listed and not needed\n", calls[i].name);
		check_eq(r, -SIGSYS);
	}
}

TEST_FOR(receiver_needs_what_is_listed, 60)
{
	try_all(run_receiver, receiver_calls, sizeof(receiver_calls) / sizeof(receiver_calls[0]));
}

TEST_FOR(subscriber_needs_what_is_listed, 60)
{
	try_all(run_subscriber, subscriber_calls, sizeof(subscriber_calls) / sizeof(subscriber_calls[0]));
}
