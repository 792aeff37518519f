/* stream-admission.c - what readers may hold in sum, and laggards: streams under want of buffers. */
#include <errno.h>
#include <unistd.h>

#include <transom/stream.h>

#include "harness.h"
#include "streams.h"

/* Admission. */

static int
try_subscribe(struct transom_publisher *publisher, uint32_t mode, uint32_t held, uint32_t least,
	      uint32_t queue, struct transom_subscriber **ret)
{
	struct transom_subscriber_options options = subscriber_options(mode);
	int fd, r;

	options.held = held;
	options.least_held = least;
	options.queue = queue;
	check_eq(transom_publisher_invite(publisher, &fd), 0);
	r = transom_subscriber_create_from_fd(fd, &options, ret);
	close(fd);
	return r;
}

TEST(admission_never_promises_more_than_there_is)
{
	struct transom_publisher_options options = publisher_options(NULL);
	struct transom_subscriber *subscribers[4], *other = NULL;
	struct transom_publisher *publisher;
	struct transom_frame *held[8];
	int n = 0;

	options.maximum_buffers = 8; /* 6 to spare */
	check_eq(transom_publisher_create(&options, &publisher), 0);
	check_eq(try_subscribe(publisher, TRANSOM_SUBSCRIBER_LATEST, 7, 0, 0, &other), -EAGAIN);
	check_eq(try_subscribe(publisher, TRANSOM_SUBSCRIBER_LATEST, 3, 0, 0, &subscribers[0]), 0);
	check_eq(try_subscribe(publisher, TRANSOM_SUBSCRIBER_EVERY, 1, 0, 3, &other), -EAGAIN);
	check_eq(try_subscribe(publisher, TRANSOM_SUBSCRIBER_LATEST, 2, 0, 0, &subscribers[1]), 0);
	check_eq(try_subscribe(publisher, TRANSOM_SUBSCRIBER_LATEST, 2, 0, 0, &other), -EAGAIN);
	check_eq(try_subscribe(publisher, TRANSOM_SUBSCRIBER_LATEST, 2, 1, 0, &subscribers[2]), 0);
	check_eq(transom_subscriber_get_granted(subscribers[2]), 1);
	check_eq(try_subscribe(publisher, TRANSOM_SUBSCRIBER_LATEST, 1, 0, 0, &other), -EAGAIN);
	check(!other);
	check_eq(statistics_of(publisher).refused, 4);
	/* All hold all that they may, different frames, and stop for ever: it costs nobody anything. */
	for (int s = 0; s < 3; s++) {
		for (uint32_t i = 0; i < transom_subscriber_get_granted(subscribers[s]); i++) {
			publish(publisher);
			check_eq(transom_subscriber_acquire(subscribers[s], 0, &held[n++]), 0);
		}
	}
	check_eq(n, 6);
	for (int i = 0; i < 100; i++) {
		struct transom_frame *frame;

		check_eq(transom_publisher_acquire(publisher, 0, &frame), 0);
		check_eq(transom_publisher_publish(publisher, frame, NULL, NULL), 0);
	}
	for (int i = 0; i < n; i++)
		check_eq(read_number(held[i]), i + 1);
	check_eq(statistics_of(publisher).buffers, 8);
	/* More buffers, more for who wished for more. */
	check_eq(transom_publisher_set_maximum_buffers(publisher, 7), -EINVAL);
	check_eq(transom_publisher_set_maximum_buffers(publisher, 5000), -E2BIG);
	check_eq(transom_publisher_set_maximum_buffers(publisher, 9), 0);
	transom_frame_release(held[5]);
	check_eq(transom_subscriber_acquire(subscribers[2], 0, &held[5]), 0);
	check_eq(transom_subscriber_acquire(subscribers[2], 0, &held[6]), -E2BIG); /* not read yet */
	transom_frame_release(held[5]);
	expect_nothing(subscribers[2]);
	check_eq(transom_subscriber_get_granted(subscribers[2]), 2);
	for (int i = 0; i < 3; i++)
		transom_subscriber_unref(subscribers[i]);
	wait_for_subscribers(publisher, 0);
	transom_publisher_unref(publisher);
}

/* Laggards. */

TEST(publisher_waits_for_a_laggard)
{
	struct transom_publisher *publisher = publish_with_policy(TRANSOM_LAGGARD_WAIT);
	struct transom_subscriber *subscriber = subscribe(publisher, TRANSOM_SUBSCRIBER_EVERY);
	struct transom_frame *frame = NULL;

	for (int i = 0; i < 4; i++)
		publish(publisher);
	check_eq(transom_publisher_acquire(publisher, 0, &frame), -EAGAIN);
	check_eq(transom_publisher_acquire(publisher, 5, &frame), -ETIMEDOUT);
	check(!frame);
	transom_frame_release(acquire(subscriber, 1));
	publish(publisher);
	check_eq(transom_publisher_acquire(publisher, 0, &frame), -EAGAIN);
	transom_subscriber_unref(subscriber); /* who has gone is not waited for */
	check_eq(transom_publisher_acquire(publisher, 5000, &frame), 0);
	check_eq(transom_publisher_discard(publisher, frame), 0);
	transom_publisher_unref(publisher);
}

TEST(laggard_misses_frames)
{
	struct transom_publisher *publisher = publish_with_policy(TRANSOM_LAGGARD_DROP);
	struct transom_subscriber *subscriber = subscribe(publisher, TRANSOM_SUBSCRIBER_EVERY);
	struct transom_subscriber_status status = { .size = sizeof(status) };
	struct transom_frame *frame;

	for (int i = 0; i < 4; i++)
		publish(publisher);
	frame = acquire(subscriber, 1);
	for (int i = 0; i < 96; i++)
		publish(publisher);
	check_eq(read_number(frame), 1);
	transom_frame_release(frame);
	for (uint64_t i = 97; i <= 100; i++)
		transom_frame_release(acquire(subscriber, i));
	expect_nothing(subscriber);
	check_eq(transom_subscriber_get_missed(subscriber), 95);
	check_eq(transom_publisher_get_subscriber(publisher, 0, &status), 0);
	check_eq(status.dropped, 95);
	check_eq(status.acquired, 100);
	check_eq(status.pid, getpid());
	check_eq(status.held, 0);
	check_eq(status.mode, TRANSOM_SUBSCRIBER_EVERY);
	check_eq(transom_publisher_get_subscriber(publisher, 1, &status), -ENOENT);
	transom_subscriber_unref(subscriber);
	transom_publisher_unref(publisher);
}

TEST(laggard_is_shut_out)
{
	struct transom_publisher *publisher = publish_with_policy(TRANSOM_LAGGARD_EVICT);
	struct transom_subscriber *subscriber = subscribe(publisher, TRANSOM_SUBSCRIBER_EVERY);
	struct transom_frame *frame, *next = NULL;

	publish(publisher);
	frame = acquire(subscriber, 1);
	for (int i = 0; i < 100; i++)
		publish(publisher);
	check_eq(statistics_of(publisher).evicted, 1);
	/* Nothing that is no longer kept for it, and at once; but what it holds it holds. */
	check_eq(transom_subscriber_acquire(subscriber, 0, &next), -ECONNRESET);
	check_eq(transom_subscriber_acquire(subscriber, -1, &next), -ECONNRESET);
	check(!next);
	check_eq(read_number(frame), 1);
	transom_frame_release(frame);
	transom_subscriber_unref(subscriber);
	wait_for_subscribers(publisher, 0);
	transom_publisher_unref(publisher);
}

TEST(discarded_frame_is_not_drawn_over_while_there_is_a_right_to_it)
{
	struct transom_publisher *publisher = publish_as(NULL);
	struct transom_surface *surface;
	struct transom_frame *frame;
	int right;

	check_eq(transom_publisher_acquire(publisher, 0, &frame), 0);
	surface = transom_surface_ref(transom_frame_get_surface(frame));
	check_eq(transom_surface_create_right(surface, &right), 0);
	check_eq(transom_publisher_discard(publisher, frame), 0);
	for (int i = 0; i < 5; i++) {
		check_eq(transom_publisher_acquire(publisher, 0, &frame), 0);
		check(transom_frame_get_surface(frame) != surface);
		check_eq(transom_publisher_publish(publisher, frame, NULL, NULL), 0);
	}
	close(right);
	transom_surface_unref(surface);
	transom_publisher_unref(publisher);
}
