/* stream-waits.c - a publisher that waits is woken by what it waits for and not by the clock; part of test-stream. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "streams.h"

static void
fill_queue(struct transom_publisher *publisher)
{
	struct transom_frame *frame;

	while (transom_publisher_acquire(publisher, 0, &frame) == 0)
		check_eq(transom_publisher_publish(publisher, frame, NULL, NULL), 0);
}

/* Waits for as long as it takes; and it does have to wait. */
static void
acquire_after_a_wait(struct transom_publisher *publisher)
{
	uint64_t before = statistics_of(publisher).waited;
	struct transom_frame *frame;

	check_eq(transom_publisher_acquire(publisher, -1, &frame), 0);
	check_eq(transom_publisher_discard(publisher, frame), 0);
	check(statistics_of(publisher).waited > before);
}

TEST(publisher_that_waits_is_not_woken_by_the_clock)
{
	struct transom_publisher *publisher = publish_as(NULL);
	struct transom_subscriber *laggard = subscribe(publisher, TRANSOM_SUBSCRIBER_EVERY);
	struct transom_frame *frame;

	fill_queue(publisher);
	check_eq(transom_publisher_acquire(publisher, 300, &frame), -ETIMEDOUT);
	check_eq(statistics_of(publisher).waited, 1);
	transom_subscriber_unref(laggard);
	transom_publisher_unref(publisher);
}

static void
read_on(void *argument)
{
	struct transom_frame *frame;

	check_eq(transom_subscriber_acquire(argument, 0, &frame), 0); /* and holds it */
}

TEST(reading_on_wakes_the_publisher)
{
	struct transom_publisher *publisher = publish_as(NULL);
	struct transom_subscriber *laggard = subscribe(publisher, TRANSOM_SUBSCRIBER_EVERY);
	struct later later;

	fill_queue(publisher);
	begin_when_waiting(&later, publisher, read_on, laggard);
	acquire_after_a_wait(publisher);
	pthread_join(later.thread, NULL);
	transom_subscriber_unref(laggard);
	transom_publisher_unref(publisher);
}

static void
join_and_wait(void *argument)
{
	struct transom_subscriber_options options = subscriber_options(TRANSOM_SUBSCRIBER_EVERY);
	struct transom_subscriber *subscriber;

	check_eq(transom_subscriber_create_from_fd(*(int *)argument, &options, &subscriber), 0);
	pause();
}

TEST(death_of_a_laggard_wakes_the_publisher)
{
	struct transom_publisher *publisher = publish_as(NULL);
	struct later later;
	pid_t child;
	int fd;

	check_eq(transom_publisher_invite(publisher, &fd), 0);
	child = spawn(join_and_wait, &fd);
	close(fd);
	wait_for_subscribers(publisher, 1);
	fill_queue(publisher);
	begin_when_waiting(&later, publisher, kill_it, &child);
	acquire_after_a_wait(publisher);
	pthread_join(later.thread, NULL);
	check_eq(wait_for(child), -SIGKILL);
	transom_publisher_unref(publisher);
}

static void *
read_all(void *argument)
{
	struct transom_frame *frame;

	while (transom_subscriber_acquire(argument, -1, &frame) == 0) {
		if (transom_frame_get_sequence(frame) % 64 == 0)
			usleep(200); /* longer than the publisher looks before it sleeps */
		transom_frame_release(frame);
	}
	return NULL;
}

/* Nothing but the wake-ups ends these waits: one that is lost is one for ever. */
TEST_FOR(no_wake_up_of_a_publisher_is_lost, 60)
{
	enum { FRAMES = 20000 };
	struct transom_publisher *publisher = publish_as(NULL);
	struct transom_subscriber_options options = subscriber_options(TRANSOM_SUBSCRIBER_EVERY);
	struct transom_subscriber *subscriber;
	struct transom_frame *frame;
	pthread_t thread;
	int fd;

	options.queue = 1;
	options.held = 1;
	check_eq(transom_publisher_invite(publisher, &fd), 0);
	check_eq(transom_subscriber_create_from_fd(fd, &options, &subscriber), 0);
	close(fd);
	check_eq(pthread_create(&thread, NULL, read_all, subscriber), 0);
	for (int i = 0; i < FRAMES; i++) {
		check_eq(transom_publisher_acquire(publisher, -1, &frame), 0);
		check_eq(transom_publisher_publish(publisher, frame, NULL, NULL), 0);
	}
	check(statistics_of(publisher).waited > 0);
	transom_publisher_unref(publisher);
	pthread_join(thread, NULL);
	check_eq(transom_subscriber_get_missed(subscriber), 0);
	transom_subscriber_unref(subscriber);
}

static void
close_it(void *argument)
{
	close(*(int *)argument);
}

static void
drop_buffer(void *argument)
{
	transom_pixel_buffer_unref(argument);
}

/* A right or a use that is left of a frame is all that the publisher waits for. */
static void
wait_for_kept(bool use)
{
	struct transom_publisher_options options = publisher_options(NULL);
	struct transom_publisher *publisher;
	struct transom_pixel_buffer *buffer = NULL;
	struct transom_frame *frame;
	struct later later;
	int right = -1;

	options.maximum_buffers = 2;
	check_eq(transom_publisher_create(&options, &publisher), 0);
	check_eq(transom_publisher_acquire(publisher, 0, &frame), 0);
	if (use)
		check_eq(transom_pixel_buffer_create_with_surface(transom_frame_get_surface(frame), &buffer),
			 0);
	else
		check_eq(transom_surface_create_right(transom_frame_get_surface(frame), &right), 0);
	check_eq(transom_publisher_publish(publisher, frame, NULL, NULL), 0);
	publish(publisher); /* in the other, which is the newest from now on */
	check_eq(transom_publisher_acquire(publisher, 0, &frame), -EAGAIN);
	if (use)
		begin_when_waiting(&later, publisher, drop_buffer, buffer);
	else
		begin_when_waiting(&later, publisher, close_it, &right);
	acquire_after_a_wait(publisher);
	pthread_join(later.thread, NULL);
	transom_publisher_unref(publisher);
}

TEST(end_of_a_right_wakes_the_publisher)
{
	wait_for_kept(false);
}

TEST(end_of_a_use_wakes_the_publisher)
{
	wait_for_kept(true);
}

TEST(callers_pool_wakes_the_publisher)
{
	struct transom_pool_options pool_options = { .size = sizeof(pool_options), .maximum_count = 1 };
	struct transom_publisher_options options = publisher_options(NULL);
	struct transom_publisher *publisher;
	struct transom_pixel_buffer *buffer;
	struct transom_pool *pool;

	pool_options.buffer = options.buffer;
	options.buffer.size = 0;
	check_eq(transom_pool_create(&pool_options, &pool), 0);
	options.pool = pool;
	check_eq(transom_publisher_create(&options, &publisher), 0);
	for (int i = 0; i < 3; i++) {
		struct later later;

		check_eq(transom_pool_acquire(pool, 0, &buffer), 0);
		begin_when_waiting(&later, publisher, drop_buffer, buffer);
		acquire_after_a_wait(publisher);
		pthread_join(later.thread, NULL);
	}
	transom_publisher_unref(publisher);
	transom_pool_unref(pool);
}

static void *
acquire_and_discard(void *publisher)
{
	acquire_after_a_wait(publisher);
	return NULL;
}

TEST(several_threads_may_wait_for_a_buffer)
{
	enum { THREADS = 4 };
	struct transom_publisher_options options = publisher_options(NULL);
	struct transom_publisher *publisher;
	struct transom_subscriber *laggard;
	pthread_t threads[THREADS];
	struct transom_frame *frame;

	options.own_buffers = THREADS;
	check_eq(transom_publisher_create(&options, &publisher), 0);
	laggard = subscribe(publisher, TRANSOM_SUBSCRIBER_EVERY);
	fill_queue(publisher);
	for (int i = 0; i < THREADS; i++)
		check_eq(pthread_create(&threads[i], NULL, acquire_and_discard, publisher), 0);
	while (statistics_of(publisher).waited < THREADS)
		usleep(1000);
	for (int i = 0; i < 4; i++) {
		check_eq(transom_subscriber_acquire(laggard, 0, &frame), 0);
		transom_frame_release(frame);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	transom_subscriber_unref(laggard);
	transom_publisher_unref(publisher);
}

static void
unref_publisher(void *publisher)
{
	transom_publisher_unref(publisher);
}

static void
fork_and_release(void *argument)
{
	void **sides = argument;
	struct transom_frame *frame;

	check_eq(wait_for(spawn(unref_publisher, sides[0])), 0);
	check_eq(transom_subscriber_acquire(sides[1], 0, &frame), 0);
	transom_frame_release(frame);
}

TEST(child_may_drop_a_publisher_that_somebody_waits_on)
{
	struct transom_publisher *publisher = publish_as(NULL);
	struct transom_subscriber *laggard = subscribe(publisher, TRANSOM_SUBSCRIBER_EVERY);
	struct later later;

	fill_queue(publisher);
	begin_when_waiting(&later, publisher, fork_and_release, (void *[]){ publisher, laggard });
	acquire_after_a_wait(publisher);
	pthread_join(later.thread, NULL);
	transom_subscriber_unref(laggard);
	transom_publisher_unref(publisher);
}

/* A publisher that is not run for a while just after it has let somebody in. */

struct between {
	int publisher, subscriber; /* sockets */
};

static void
pass_on(int from, int to)
{
	struct wire_delivery delivery;
	union stream_message message;
	struct iovec part = { &message, 0 };

	check_eq(stream_receive(from, INT64_MAX, &message, &delivery), 0);
	part.iov_len = delivery.size;
	check_eq(wire_send(to, &part, 1, delivery.fds, delivery.fd_count, INT64_MAX), 0);
	wire_drop(&delivery);
}

static void *
welcome_alone(void *argument)
{
	struct between *between = argument;

	pass_on(between->subscriber, between->publisher); /* hello */
	pass_on(between->publisher, between->subscriber); /* welcome */
	return NULL;
}

/* Longer than a subscriber waits for what must be on its way. */
static void *
introduce_late(void *argument)
{
	struct between *between = argument;

	welcome_alone(between);
	usleep(400000);
	pass_on(between->publisher, between->subscriber); /* introduction */
	return NULL;
}

/* Polls its descriptor, and does not wait otherwise. */
static struct transom_frame *
poll_for_frame(struct transom_subscriber *subscriber)
{
	struct pollfd poller = { .fd = transom_subscriber_get_fd(subscriber), .events = POLLIN };
	struct transom_frame *frame = NULL;

	while (transom_subscriber_acquire(subscriber, 0, &frame) == -EAGAIN)
		check_eq(poll(&poller, 1, -1), 1);
	check(frame);
	return frame;
}

static void
see_late_introduction(bool polls)
{
	struct transom_publisher *publisher = publish_as(NULL);
	struct transom_subscriber *subscriber;
	struct between between;
	struct transom_frame *frame;
	pthread_t thread;
	int ends[2];

	publish(publisher);
	check_eq(transom_publisher_invite(publisher, &between.publisher), 0);
	check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
	between.subscriber = ends[1];
	check_eq(wire_ask_for_sender(between.publisher, 0), 0);
	check_eq(wire_ask_for_sender(between.subscriber, 0), 0);
	check_eq(pthread_create(&thread, NULL, introduce_late, &between), 0);
	check_eq(transom_subscriber_create_from_fd(ends[0], NULL, &subscriber), 0);
	if (polls)
		frame = poll_for_frame(subscriber);
	else
		check_eq(transom_subscriber_acquire(subscriber, 15000, &frame), 0);
	check_eq(read_number(frame), 1);
	check_eq(transom_subscriber_get_missed(subscriber), 0);
	transom_frame_release(frame);
	pthread_join(thread, NULL);
	transom_subscriber_unref(subscriber);
	for (int i = 0; i < 2; i++)
		close(ends[i]);
	close(between.publisher);
	transom_publisher_unref(publisher);
}

TEST(picture_that_stands_still_is_seen_however_late_it_is_introduced)
{
	see_late_introduction(false);
}

TEST(who_polls_for_a_picture_that_stands_still_sees_it)
{
	see_late_introduction(true);
}

/* A publisher that never introduces what it shows keeps nobody in a call. */
TEST(call_ends_though_nothing_is_introduced)
{
	struct transom_publisher *publisher = publish_as(NULL);
	struct transom_subscriber *subscriber;
	struct between between;
	struct transom_frame *frame;
	pthread_t thread;
	int ends[2];

	publish(publisher);
	check_eq(transom_publisher_invite(publisher, &between.publisher), 0);
	check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
	between.subscriber = ends[1];
	check_eq(wire_ask_for_sender(between.publisher, 0), 0);
	check_eq(wire_ask_for_sender(between.subscriber, 0), 0);
	check_eq(pthread_create(&thread, NULL, welcome_alone, &between), 0);
	check_eq(transom_subscriber_create_from_fd(ends[0], NULL, &subscriber), 0);
	pthread_join(thread, NULL);
	check(transom_subscriber_get_fd(subscriber) >= 0);
	for (int i = 0; i < 3; i++) {
		check_eq(transom_subscriber_acquire(subscriber, 0, &frame), -EAGAIN);
		check_eq(transom_subscriber_acquire(subscriber, 5, &frame), -ETIMEDOUT);
	}
	transom_subscriber_unref(subscriber);
	for (int i = 0; i < 2; i++)
		close(ends[i]);
	close(between.publisher);
	transom_publisher_unref(publisher);
}
