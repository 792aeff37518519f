/* test-stream.c - streams: both modes, what goes with a frame, all ways to wait; the rest is in stream-*.c. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <transom/stream.h>

#include "harness.h"
#include "streams.h"

TEST(latest_sees_the_newest)
{
	struct transom_publisher *publisher = publish_as(NULL);
	struct transom_subscriber *early = subscribe(publisher, TRANSOM_SUBSCRIBER_LATEST), *late;
	struct transom_frame *frame;

	expect_nothing(early);
	check_eq(publish(publisher), 1);
	frame = acquire(early, 1);
	expect_nothing(early);
	late = subscribe(publisher, TRANSOM_SUBSCRIBER_LATEST);
	transom_frame_release(acquire(late, 1)); /* what was there before it joined */
	for (uint64_t i = 2; i <= 40; i++)
		check_eq(publish(publisher), i);
	check_eq(read_number(frame), 1); /* held, and not drawn over */
	transom_frame_release(frame);
	transom_frame_release(acquire(early, 40));
	check_eq(transom_subscriber_get_missed(early), 38);
	check_eq(statistics_of(publisher).buffers, 3);
	transom_subscriber_unref(early);
	transom_subscriber_unref(late);
	transom_publisher_unref(publisher);
}

TEST(every_sees_all)
{
	struct transom_publisher *publisher = publish_as(NULL);
	struct transom_subscriber *subscriber;
	struct transom_frame *frames[2];

	publish(publisher);
	subscriber = subscribe(publisher, TRANSOM_SUBSCRIBER_EVERY);
	expect_nothing(subscriber); /* it begins after what was there */
	for (uint64_t i = 2; i <= 100; i += 3) {
		for (uint64_t k = 0; k < 3; k++)
			publish(publisher);
		frames[0] = acquire(subscriber, i);
		frames[1] = acquire(subscriber, i + 1);
		transom_frame_release(frames[0]);
		frames[0] = acquire(subscriber, i + 2);
		check_eq(read_number(frames[1]), i + 1);
		transom_frame_release(frames[0]); /* out of order */
		transom_frame_release(frames[1]);
		expect_nothing(subscriber);
	}
	check_eq(transom_subscriber_get_missed(subscriber), 0);
	transom_subscriber_unref(subscriber);
	transom_publisher_unref(publisher);
}

TEST(information_goes_with_a_frame)
{
	struct transom_publisher *publisher = publish_as(NULL);
	struct transom_subscriber *subscriber = subscribe(publisher, TRANSOM_SUBSCRIBER_LATEST);
	struct transom_frame_info info = { .size = sizeof(info) }, got = { .size = sizeof(got) };
	struct transom_frame *frame;

	info.flags = TRANSOM_FRAME_KEY | 1u << 20;
	info.timestamp = 123456789;
	info.damage_count = 2;
	info.damage[1] = (struct transom_damage){ 1, 2, 3, 4 };
	info.user_size = 5;
	memcpy(info.user, "hello", 5);
	check_eq(transom_publisher_acquire(publisher, 0, &frame), 0);
	check_eq(transom_publisher_publish(publisher, frame, &info, NULL), 0);
	check_eq(transom_subscriber_acquire(subscriber, 0, &frame), 0);
	check_eq(transom_frame_get_info(frame, &got), 0);
	check_eq(got.sequence, 1);
	check_eq(got.flags, info.flags);
	check_eq(got.timestamp, 123456789);
	check_eq(got.damage_count, 2);
	check(!memcmp(&got.damage[1], &info.damage[1], sizeof(info.damage[1])));
	check(got.user_size == 5 && !memcmp(got.user, "hello", 5));
	transom_frame_release(frame);
	info.damage_count = TRANSOM_STREAM_MAX_DAMAGE + 1;
	check_eq(transom_publisher_acquire(publisher, 0, &frame), 0);
	check_eq(transom_publisher_publish(publisher, frame, &info, NULL), -EINVAL);
	check_eq(transom_publisher_publish(publisher, NULL, NULL, NULL), -EINVAL);
	check_eq(transom_publisher_discard(publisher, frame), 0);
	check_eq(transom_publisher_discard(publisher, frame), -EINVAL);
	check_eq(transom_publisher_publish(publisher, frame, NULL, NULL), -EINVAL);
	transom_subscriber_unref(subscriber);
	transom_publisher_unref(publisher);
}

TEST(holds_are_bounded)
{
	struct transom_publisher *publisher = publish_as(NULL);
	struct transom_subscriber *subscriber = subscribe(publisher, TRANSOM_SUBSCRIBER_LATEST);
	struct transom_frame *one, *two, *three = NULL;

	check_eq(transom_subscriber_get_granted(subscriber), 2);
	publish(publisher);
	one = acquire(subscriber, 1);
	publish(publisher);
	two = acquire(subscriber, 2);
	publish(publisher);
	check_eq(transom_subscriber_acquire(subscriber, 0, &three), -E2BIG);
	check(!three);
	transom_frame_release(one);
	three = acquire(subscriber, 3);
	transom_frame_release(two);
	transom_frame_release(three);
	check(!transom_frame_release(NULL));
	transom_subscriber_unref(subscriber);
	transom_publisher_unref(publisher);
}

TEST(bad_options)
{
	struct transom_publisher_options options;
	struct transom_subscriber_options wishes;
	struct transom_publisher *publisher = (void *)1;
	struct transom_subscriber *subscriber = (void *)1;
	int fd;

#define REFUSED(change, error)                                                                               \
	options = publisher_options(NULL);                                                                   \
	change;                                                                                              \
	check_eq(transom_publisher_create(&options, &publisher), error)
	REFUSED(options.size = 8, -EINVAL);
	REFUSED(options.flags = 1u << 31, -EINVAL);
	REFUSED(options.laggard_policy = 9, -EINVAL);
	REFUSED(options.maximum_buffers = TRANSOM_STREAM_MAX_BUFFERS + 1, -E2BIG);
	REFUSED(options.maximum_buffers = 1, -EINVAL);
	REFUSED(options.own_buffers = 64, -EINVAL);
	REFUSED(options.maximum_buffers = TRANSOM_STREAM_MAX_BUFFERS;
		options.own_buffers = TRANSOM_STREAM_MAX_OWN_BUFFERS + 1, -E2BIG);
	REFUSED(options.buffer.format = 99999, -ENOENT);
	REFUSED(options.buffer.width = 0, -EINVAL);
	REFUSED(options.name = "a/b", -EINVAL);
	REFUSED(options.name = "", -EINVAL);
#undef REFUSED
	check(publisher == (void *)1);
	publisher = publish_as(NULL);
	check_eq(transom_publisher_invite(publisher, &fd), 0);
#define REFUSED(change, error)                                                                               \
	wishes = subscriber_options(0);                                                                      \
	change;                                                                                              \
	check_eq(transom_subscriber_create_from_fd(fd, &wishes, &subscriber), error)
	REFUSED(wishes.size = 4, -EINVAL);
	REFUSED(wishes.mode = 2, -EINVAL);
	REFUSED(wishes.held = 17, -E2BIG);
	REFUSED(wishes.held = 1; wishes.least_held = 2, -EINVAL);
	REFUSED(wishes.flags = 1u << 9, -EINVAL);
	REFUSED(wishes.flags = TRANSOM_SUBSCRIBER_FOLLOW, -EINVAL);
#undef REFUSED
	check(subscriber == (void *)1);
	check_eq(transom_subscriber_create_from_fd(-1, NULL, &subscriber), -EBADF);
	check_eq(transom_publisher_acquire(NULL, 0, NULL), -EINVAL);
	check_eq(transom_subscriber_acquire(NULL, 0, NULL), -EINVAL);
	check(!transom_publisher_unref(NULL) && !transom_subscriber_unref(NULL));
	close(fd);
	transom_publisher_unref(publisher);
}

TEST(publisher_holds_what_it_may)
{
	struct transom_publisher_options options = publisher_options(NULL);
	struct transom_publisher *publisher;
	struct transom_frame *frames[3];

	options.own_buffers = 2;
	check_eq(transom_publisher_create(&options, &publisher), 0);
	check_eq(transom_publisher_acquire(publisher, 0, &frames[0]), 0);
	check_eq(transom_publisher_acquire(publisher, 0, &frames[1]), 0);
	check_eq(transom_publisher_acquire(publisher, 0, &frames[2]), -E2BIG);
	check_eq(transom_publisher_publish(publisher, frames[1], NULL, NULL), 0);
	check_eq(transom_publisher_acquire(publisher, 0, &frames[1]), 0);
	check_eq(transom_publisher_discard(publisher, frames[0]), 0);
	check_eq(transom_publisher_discard(publisher, frames[1]), 0);
	transom_publisher_unref(publisher);
}

/* Waiting. */

struct ticker {
	struct transom_publisher *publisher;
	unsigned period_us;
	int frames;
};

static void *
tick(void *argument)
{
	struct ticker *ticker = argument;

	for (int i = 0; i < ticker->frames; i++) {
		usleep(ticker->period_us);
		publish(ticker->publisher);
	}
	return NULL;
}

static void
wait_in_every_way(uint32_t mode, uint32_t flags, bool polled)
{
	struct ticker ticker = { publish_as(NULL), 1000, 100 };
	struct transom_subscriber_options options = subscriber_options(mode);
	struct transom_subscriber *subscriber;
	struct transom_frame *frame;
	uint64_t last = 0;
	pthread_t thread;
	int fd;

	options.flags = flags;
	check_eq(transom_publisher_invite(ticker.publisher, &fd), 0);
	check_eq(transom_subscriber_create_from_fd(fd, &options, &subscriber), 0);
	close(fd);
	check_eq(transom_subscriber_acquire(subscriber, 5, &frame), -ETIMEDOUT);
	check_eq(pthread_create(&thread, NULL, tick, &ticker), 0);
	while (last < 100) {
		if (polled) {
			struct pollfd entry = { .fd = transom_subscriber_get_fd(subscriber),
						.events = POLLIN };
			int r;

			while ((r = transom_subscriber_acquire(subscriber, 0, &frame)) == -EAGAIN)
				check_eq(poll(&entry, 1, 10000), 1);
			check_eq(r, 0);
		} else {
			check_eq(transom_subscriber_acquire(subscriber, 10000, &frame), 0);
		}
		check(transom_frame_get_sequence(frame) > last);
		if (mode == TRANSOM_SUBSCRIBER_EVERY)
			check_eq(transom_frame_get_sequence(frame), last + 1);
		last = transom_frame_get_sequence(frame);
		check_eq(read_number(frame), last);
		transom_frame_release(frame);
	}
	pthread_join(thread, NULL);
	transom_subscriber_unref(subscriber);
	transom_publisher_unref(ticker.publisher);
}

TEST(waiting_asleep)
{
	wait_in_every_way(TRANSOM_SUBSCRIBER_LATEST, 0, false);
	wait_in_every_way(TRANSOM_SUBSCRIBER_EVERY, 0, false);
}

TEST(waiting_busily)
{
	wait_in_every_way(TRANSOM_SUBSCRIBER_LATEST, TRANSOM_SUBSCRIBER_BUSY_POLL, false);
	wait_in_every_way(TRANSOM_SUBSCRIBER_EVERY, TRANSOM_SUBSCRIBER_BUSY_POLL, false);
}

TEST(waiting_with_poll)
{
	wait_in_every_way(TRANSOM_SUBSCRIBER_LATEST, 0, true);
	wait_in_every_way(TRANSOM_SUBSCRIBER_EVERY, 0, true);
}

static bool
is_readable(struct transom_subscriber *subscriber)
{
	struct pollfd entry = { .fd = transom_subscriber_get_fd(subscriber), .events = POLLIN };

	return poll(&entry, 1, 0) == 1;
}

/* Who asks for the descriptor after -EAGAIN, and not before, is told of frames just as well. */
TEST(descriptor_may_be_asked_for_late)
{
	for (uint32_t mode = 0; mode < 2; mode++)
		for (int before = 0; before < 2; before++) {
			struct transom_publisher *publisher = publish_as(NULL);
			struct transom_subscriber *subscriber = subscribe(publisher, mode);

			for (uint64_t i = 1; i <= 4; i++) { /* all buffers are known then */
				publish(publisher);
				transom_frame_release(acquire(subscriber, i));
			}
			expect_nothing(subscriber);
			if (before) {
				publish(publisher);
				check(is_readable(subscriber));
			} else {
				check(!is_readable(subscriber));
				publish(publisher);
				check(is_readable(subscriber));
			}
			transom_frame_release(acquire(subscriber, 5));
			expect_nothing(subscriber);
			check(!is_readable(subscriber));
			publish(publisher);
			check(is_readable(subscriber));
			transom_subscriber_unref(subscriber);
			transom_publisher_unref(publisher);
		}
}

/* Fences. */

TEST(fences_go_both_ways)
{
	struct transom_publisher_options options = publisher_options(NULL);
	struct transom_publisher *publisher;
	struct transom_subscriber *subscriber;
	struct pollfd entry = { .events = POLLIN };
	struct transom_frame *frame;
	uint64_t one = 1;
	int drawn = eventfd(0, EFD_CLOEXEC), read_out = eventfd(0, EFD_CLOEXEC);
	bool found = false;

	options.maximum_buffers = 4;
	check_eq(transom_publisher_create(&options, &publisher), 0);
	subscriber = subscribe(publisher, TRANSOM_SUBSCRIBER_LATEST);
	check_eq(transom_publisher_acquire(publisher, 0, &frame), 0);
	check_eq(transom_frame_take_fence(frame, &entry.fd), -ENOENT);
	check_eq(transom_frame_add_fence(frame, drawn), 0);
	check_eq(transom_publisher_publish(publisher, frame, NULL, NULL), 0);
	check_eq(transom_subscriber_acquire(subscriber, 0, &frame), 0);
	check_eq(transom_frame_take_fence(frame, &entry.fd), 0);
	check_eq(poll(&entry, 1, 0), 0); /* not drawn yet */
	check(write(drawn, &one, sizeof(one)) == sizeof(one));
	check_eq(poll(&entry, 1, 0), 1);
	close(entry.fd);
	check_eq(transom_frame_take_fence(frame, &entry.fd), -ENOENT);
	check_eq(transom_frame_add_fence(frame, read_out), 0);
	transom_frame_release(frame);
	for (int i = 0; i < 6; i++) {
		check_eq(transom_publisher_acquire(publisher, 0, &frame), 0);
		if (transom_frame_take_fence(frame, &entry.fd) == 0) {
			check_eq(poll(&entry, 1, 0), 0);
			check(write(read_out, &one, sizeof(one)) == sizeof(one));
			check_eq(poll(&entry, 1, 0), 1);
			close(entry.fd);
			found = true;
		}
		check_eq(transom_publisher_publish(publisher, frame, NULL, NULL), 0);
	}
	check(found);
	check_eq(transom_frame_add_fence(NULL, drawn), -EINVAL);
	close(drawn);
	close(read_out);
	transom_subscriber_unref(subscriber);
	transom_publisher_unref(publisher);
}
