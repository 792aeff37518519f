/* stream-sleepers.c - a subscriber that sleeps is woken by frames and ends and not by the clock; part of test-stream. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <transom/port.h>

#include "deadline-private.h"
#include "harness.h"
#include "streams.h"

static void *
count_own_switches(void *argument)
{
	long before = count_switches(RUSAGE_THREAD);
	struct transom_frame *frame;

	check_eq(transom_subscriber_acquire(((void **)argument)[0], 500, &frame), -ETIMEDOUT);
	*(long *)((void **)argument)[1] = count_switches(RUSAGE_THREAD) - before;
	return NULL;
}

static long
sleep_and_count(uint32_t flags)
{
	struct transom_subscriber_options options = subscriber_options(TRANSOM_SUBSCRIBER_LATEST);
	struct transom_publisher *publisher = publish_as(NULL);
	struct transom_subscriber *subscriber;
	struct transom_frame *frame;
	pthread_t thread;
	long switches;
	void *context[] = { NULL, &switches };
	int fd;

	options.flags = flags;
	check_eq(transom_publisher_invite(publisher, &fd), 0);
	check_eq(transom_subscriber_create_from_fd(fd, &options, &subscriber), 0);
	close(fd);
	check_eq(transom_subscriber_acquire(subscriber, 1, &frame), -ETIMEDOUT); /* what is done once */
	context[0] = subscriber;
	check_eq(pthread_create(&thread, NULL, count_own_switches, context), 0);
	pthread_join(thread, NULL);
	transom_subscriber_unref(subscriber);
	transom_publisher_unref(publisher);
	return switches;
}

TEST(sleeper_is_not_woken_by_the_clock)
{
	skip_under("valgrind", "its threads take turns");
	check(sleep_and_count(0) <= 4);
	check(sleep_and_count(TRANSOM_SUBSCRIBER_NO_THREAD) > 4); /* what that flag costs */
}

static void
publish_and_pause(void *argument)
{
	struct transom_right right = { .kind = TRANSOM_RIGHT_FD };
	struct transom_publisher *publisher = publish_as(NULL);

	check_eq(transom_publisher_invite(publisher, &right.fd), 0);
	check_eq(transom_port_send(*(int *)argument, NULL, 0, &right, 1, 0), 0);
	close(right.fd);
	pause();
}

/* Asleep in each way while its publisher is killed. */
static void
outlive_publisher(uint32_t flags)
{
	struct transom_subscriber_options options = subscriber_options(TRANSOM_SUBSCRIBER_LATEST);
	struct transom_subscriber *subscriber;
	struct transom_message *message;
	struct transom_frame *frame;
	struct later later;
	int receive, send;
	pid_t child;

	options.flags = flags;
	check_eq(transom_port_create(NULL, &receive, &send), 0);
	check_eq(transom_message_create(&message), 0);
	child = spawn(publish_and_pause, &send);
	check_eq(transom_port_receive(receive, message, -1), 0);
	check_eq(transom_subscriber_create_from_fd(transom_message_get_right(message, 0), &options,
						   &subscriber),
		 0);
	transom_message_unref(message);
	close(receive);
	close(send);
	begin_later(&later, kill_it, &child);
	check_eq(transom_subscriber_acquire(subscriber, -1, &frame), -EPIPE);
	check_eq(transom_subscriber_acquire(subscriber, -1, &frame), -EPIPE);
	pthread_join(later.thread, NULL);
	check_eq(wait_for(child), -SIGKILL);
	transom_subscriber_unref(subscriber);
}

TEST(every_sleeper_learns_that_its_publisher_was_killed)
{
	for (int i = 0; i < 10; i++)
		outlive_publisher(0);
	outlive_publisher(TRANSOM_SUBSCRIBER_NO_THREAD);
	outlive_publisher(TRANSOM_SUBSCRIBER_BUSY_POLL);
}

static void
publish_and_end(void *publisher)
{
	for (int i = 0; i < 20; i++)
		publish(publisher);
	transom_publisher_unref(publisher);
}

/* It ends between the look that found nothing and the look why. */
TEST(frame_published_just_before_the_end_is_seen)
{
	static const int timeouts[] = { 0, 1000, -1 };

	for (int i = 0; i < 6; i++) {
		uint32_t mode = i % 2 ? TRANSOM_SUBSCRIBER_EVERY : TRANSOM_SUBSCRIBER_LATEST;
		struct transom_publisher *publisher = publish_with_policy(TRANSOM_LAGGARD_DROP);
		struct transom_subscriber *subscriber = subscribe(publisher, mode);
		uint64_t first = mode == TRANSOM_SUBSCRIBER_EVERY ? 17 : 20; /* a queue of 4 */
		struct transom_frame *frame;

		call_before_deadline(publish_and_end, publisher);
		for (uint64_t number = first; number <= 20; number++) {
			check_eq(transom_subscriber_acquire(subscriber, timeouts[i / 2], &frame), 0);
			check_eq(transom_frame_get_sequence(frame), number);
			check_eq(read_number(frame), number);
			transom_frame_release(frame);
		}
		check_eq(transom_subscriber_acquire(subscriber, timeouts[i / 2], &frame), -EPIPE);
		transom_subscriber_unref(subscriber);
	}
}

static void
publish_with_fences(void *publisher)
{
	struct transom_frame *frame;
	int pipes[2];

	for (int i = 0; i < 3; i++) {
		check(pipe(pipes) == 0);
		check_eq(transom_publisher_acquire(publisher, 0, &frame), 0);
		check_eq(transom_frame_add_fence(frame, pipes[0]), 0);
		check_eq(transom_publisher_publish(publisher, frame, NULL, NULL), 0);
		check(write(pipes[1], &(char){ (char)i }, 1) == 1); /* which frame it is of */
		close(pipes[0]);
		close(pipes[1]);
	}
}

/* They are all read from the socket before the first of the frames is acquired. */
TEST(fences_of_frames_to_come_are_kept)
{
	struct transom_publisher *publisher = publish_as(NULL);
	struct transom_subscriber *subscriber = subscribe(publisher, TRANSOM_SUBSCRIBER_EVERY);
	struct transom_frame *frame = NULL;

	call_before_deadline(publish_with_fences, publisher);
	check_eq(transom_subscriber_acquire(subscriber, 0, &frame), -EAGAIN);
	for (int i = 0; i < 3; i++) {
		char which = -1;
		int fence;

		check_eq(transom_subscriber_acquire(subscriber, 0, &frame), 0);
		check_eq(transom_frame_get_sequence(frame), i + 1);
		check_eq(transom_frame_take_fence(frame, &fence), 0);
		check(read(fence, &which, 1) == 1);
		check_eq(which, i);
		close(fence);
		transom_frame_release(frame);
	}
	check_eq(transom_subscriber_get_missed(subscriber), 0);
	transom_subscriber_unref(subscriber);
	transom_publisher_unref(publisher);
}

/* Of who reads every frame some are dropped when more are drawn than its queue has room for: its floor is above the head. */
TEST(frames_that_are_only_drawn_are_no_news)
{
	struct transom_publisher_options options = publisher_options(NULL);
	struct transom_subscriber_options every = subscriber_options(TRANSOM_SUBSCRIBER_EVERY);
	struct transom_publisher *publisher;
	struct transom_subscriber *subscriber;
	struct transom_frame *frames[4], *frame;
	int fd;

	options.own_buffers = 4;
	options.laggard_policy = TRANSOM_LAGGARD_DROP;
	every.queue = 1;
	check_eq(transom_publisher_create(&options, &publisher), 0);
	check_eq(transom_publisher_invite(publisher, &fd), 0);
	check_eq(transom_subscriber_create_from_fd(fd, &every, &subscriber), 0);
	close(fd);
	for (int i = 0; i < 4; i++)
		check_eq(transom_publisher_acquire(publisher, 0, &frames[i]), 0);
	check(transom_subscriber_get_fd(subscriber) >= 0);
	check_eq(transom_subscriber_acquire(subscriber, 0, &frame), -EAGAIN);
	for (int i = 0; i < 4; i++)
		check_eq(transom_publisher_publish(publisher, frames[i], NULL, NULL), 0);
	check_eq(transom_subscriber_acquire(subscriber, 0, &frame), 0);
	check_eq(transom_frame_get_sequence(frame), 4);
	check_eq(transom_subscriber_get_missed(subscriber), 3);
	transom_frame_release(frame);
	transom_subscriber_unref(subscriber);
	transom_publisher_unref(publisher);
}
