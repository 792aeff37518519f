/* stream-forks.c - streams in forked children, and in a sandbox. */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include <transom/stream.h>

#include "harness.h"
#include "streams.h"

enum { CANNOT_HIDE = 3 };

/* A sandbox: one descriptor, no procfs, no runtime directory. */
static void
read_in_a_sandbox(void *argument)
{
	struct transom_subscriber *subscriber;
	struct transom_frame *frame;
	uint64_t last = 0;
	int r;

	if (!hide_procfs())
		_exit(CANNOT_HIDE);
	setenv("TRANSOM_RUNTIME_DIR", "/no/such/place", 1);
	check_eq(transom_subscriber_create_from_fd(*(int *)argument, NULL, &subscriber), 0);
	close(*(int *)argument);
	while ((r = transom_subscriber_acquire(subscriber, 10000, &frame)) == 0) {
		check(transom_frame_get_sequence(frame) > last);
		last = transom_frame_get_sequence(frame);
		check_eq(read_number(frame), last);
		transom_frame_release(frame);
	}
	check_eq(r, -EPIPE);
	check(last > 0);
	transom_subscriber_unref(subscriber);
}

TEST(sandboxed_subscriber_needs_one_descriptor_only)
{
	struct transom_publisher *publisher = publish_as(NULL);
	pid_t child;
	int fd, r;

	skip_under("qemu", "it has no filters of system calls");
	check_eq(transom_publisher_invite(publisher, &fd), 0);
	child = spawn(read_in_a_sandbox, &fd);
	close(fd);
	for (int i = 0; i < 10000 && !statistics_of(publisher).subscribers; i++)
		usleep(1000);
	for (int i = 0; i < 20; i++) {
		publish(publisher);
		usleep(1000);
	}
	transom_publisher_unref(publisher);
	r = wait_for(child);
	if (r == CANNOT_HIDE)
		skip("this process may not hide procfs");
	check_eq(r, 0);
}

/* Fork. */

static void
use_inherited(void *argument)
{
	void **sides = argument;
	struct transom_frame *frame = NULL;
	struct transom_stream_statistics statistics = { .size = sizeof(statistics) };
	struct transom_subscriber_status status = { .size = sizeof(status) };
	int fd;

	check_eq(transom_publisher_acquire(sides[0], 0, &frame), -ECHILD);
	check_eq(transom_publisher_invite(sides[0], &fd), -ECHILD);
	check_eq(transom_publisher_get_statistics(sides[0], &statistics), -ECHILD);
	check_eq(transom_publisher_get_subscriber(sides[0], 0, &status), -ECHILD);
	check_eq(transom_subscriber_acquire(sides[1], 0, &frame), -ECHILD);
	check_eq(transom_subscriber_get_fd(sides[1]), -ECHILD);
	check_eq(transom_subscriber_get_granted(sides[1]), 0);
	check_eq(transom_subscriber_get_missed(sides[1]), 0);
	check_eq(transom_frame_take_fence(sides[2], &fd), -ECHILD);
	check_eq(transom_frame_add_fence(sides[2], 0), -ECHILD);
	check_eq(read_number(sides[2]), 1); /* the surface is there, like all surfaces */
	transom_frame_release(sides[2]);
	transom_subscriber_unref(sides[1]);
	transom_publisher_unref(sides[0]);
}

TEST(forked_child_has_neither_side)
{
	struct transom_publisher *publisher;
	struct transom_subscriber *subscriber;
	void *sides[3];

	use_folder();
	publisher = publish_as("forked");
	subscriber = subscribe(publisher, TRANSOM_SUBSCRIBER_LATEST);
	publish(publisher);
	sides[0] = publisher;
	sides[1] = subscriber;
	sides[2] = acquire(subscriber, 1);
	check_eq(wait_for(spawn(use_inherited, sides)), 0);
	for (int i = 0; i < 10; i++)
		publish(publisher);
	check_eq(read_number(sides[2]), 1); /* the child's release was not the parent's */
	transom_frame_release(sides[2]);
	transom_frame_release(acquire(subscriber, 11));
	transom_subscriber_unref(subscriber);
	transom_publisher_unref(publisher);
	drop_folder("streams");
}

static void
subscribe_fork_and_die(void *argument)
{
	struct transom_subscriber *subscriber;
	struct transom_frame *frame;
	pid_t child;

	check_eq(transom_subscriber_create_from_fd(((int *)argument)[0], NULL, &subscriber), 0);
	close(((int *)argument)[0]);
	check_eq(transom_subscriber_acquire(subscriber, 10000, &frame), 0);
	child = fork();
	if (child == 0) {
		alarm(60);
		pause();
		_exit(0);
	}
	check(write(((int *)argument)[1], &child, sizeof(child)) == sizeof(child));
	_exit(0);
}

TEST(forked_child_does_not_keep_a_reader_alive)
{
	struct transom_publisher *publisher = publish_as(NULL);
	int fds[2], pipes[2];
	pid_t child, grandchild;

	publish(publisher);
	check(pipe(pipes) == 0);
	check_eq(transom_publisher_invite(publisher, &fds[0]), 0);
	fds[1] = pipes[1];
	child = spawn(subscribe_fork_and_die, fds);
	close(fds[0]);
	check(read(pipes[0], &grandchild, sizeof(grandchild)) == sizeof(grandchild));
	check_eq(wait_for(child), 0);
	wait_for_subscribers(publisher, 0);
	kill(grandchild, SIGKILL);
	close(pipes[0]);
	close(pipes[1]);
	transom_publisher_unref(publisher);
}
