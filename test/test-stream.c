/* test-stream.c - streams: both modes, laggards, admission, death, distrust, forks, fences, following. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <transom/port.h>
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

/* Names and following. */

static void
publish_named(void *argument)
{
	struct transom_publisher *publisher = publish_as("camera");

	for (;;) {
		publish(publisher);
		usleep(1000);
	}
}

TEST_FOR(follower_waits_and_follows_across_kills, 60)
{
	struct transom_subscriber_options options = subscriber_options(TRANSOM_SUBSCRIBER_LATEST);
	struct transom_subscriber *subscriber, *other = NULL;
	struct transom_frame *frame = NULL, *old = NULL;
	uint64_t sequence;
	int r;

	use_folder();
	options.name = "camera";
	check_eq(transom_subscriber_create(&options, &other), -ENOENT);
	options.flags = TRANSOM_SUBSCRIBER_FOLLOW;
	check_eq(transom_subscriber_create(&options, &subscriber), 0);
	check_eq(transom_subscriber_acquire(subscriber, 0, &frame), -EAGAIN);
	check_eq(transom_subscriber_acquire(subscriber, 10, &frame), -ETIMEDOUT);
	for (int i = 0; i < 20; i++) {
		pid_t child = spawn(publish_named, NULL);

		for (int k = 0; k < 3; k++) {
			check_eq(transom_subscriber_acquire(subscriber, 10000, &frame), 0);
			check_eq(read_number(frame), transom_frame_get_sequence(frame));
			if (k < 2)
				transom_frame_release(frame);
		}
		old = frame;
		sequence = transom_frame_get_sequence(old);
		kill(child, SIGKILL);
		check_eq(wait_for(child), -SIGKILL);
		while ((r = transom_subscriber_acquire(subscriber, 20, &frame)) == 0)
			transom_frame_release(frame); /* published after the third, before the kill */
		check_eq(r, -ETIMEDOUT);
		check_eq(read_number(old), sequence); /* what it holds stays */
		transom_frame_release(old);
	}
	check(!other);
	transom_subscriber_unref(subscriber);
	check_eq(system("rm -r \"$TRANSOM_RUNTIME_DIR\""), 0);
}

/* A publisher that ends while it is asked is one that has gone. */
TEST(stream_may_end_while_one_joins)
{
	struct stream_refused message = { .error = -EPIPE };
	struct transom_subscriber *subscriber = NULL;
	int ends[2];

	check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
	check_eq(stream_send(ends[0], STREAM_BYE, &message, sizeof(message), NULL, 0, 0), 0);
	check_eq(transom_subscriber_create_from_fd(ends[1], NULL, &subscriber), -EPIPE);
	check(!subscriber);
	close(ends[0]);
	close(ends[1]);
}

static void
own_name_and_stop(void *argument)
{
	struct transom_publisher *publisher = publish_as("stopped");

	raise(SIGSTOP);
	transom_publisher_unref(publisher);
}

TEST(follower_of_a_stopped_publisher_keeps_to_its_time)
{
	struct transom_subscriber_options options = subscriber_options(TRANSOM_SUBSCRIBER_LATEST);
	struct transom_subscriber *subscriber;
	struct transom_frame *frame;
	double start;
	int status;
	pid_t child;

	use_folder();
	options.name = "stopped";
	options.flags = TRANSOM_SUBSCRIBER_FOLLOW;
	options.timeout_ms = 60000; /* beyond the test's limit */
	check_eq(transom_subscriber_create(&options, &subscriber), 0);
	child = spawn(own_name_and_stop, NULL);
	check_eq(waitpid(child, &status, WUNTRACED), child);
	start = seconds_since(0);
	check_eq(transom_subscriber_acquire(subscriber, 0, &frame), -EAGAIN);
	check_eq(transom_subscriber_acquire(subscriber, 50, &frame), -ETIMEDOUT);
	check(seconds_since(start) < 15);
	kill(child, SIGKILL);
	wait_for(child);
	transom_subscriber_unref(subscriber);
	check_eq(system("rm -r \"$TRANSOM_RUNTIME_DIR\""), 0);
}

TEST(last_frame_of_an_ended_stream_is_seen)
{
	struct transom_publisher *publisher = publish_as(NULL);
	struct transom_subscriber *subscriber = subscribe(publisher, TRANSOM_SUBSCRIBER_LATEST);
	struct transom_frame *frame;

	for (int i = 0; i < 20; i++)
		publish(publisher);
	transom_publisher_unref(publisher);
	frame = acquire(subscriber, 20);
	check_eq(transom_subscriber_acquire(subscriber, -1, &(struct transom_frame *){ NULL }), -EPIPE);
	check_eq(read_number(frame), 20);
	transom_frame_release(frame);
	transom_subscriber_unref(subscriber);
}

TEST(names_of_streams)
{
	struct transom_subscriber_options options = subscriber_options(TRANSOM_SUBSCRIBER_LATEST);
	struct transom_publisher_options again = publisher_options("one");
	struct transom_publisher *publisher, *other = NULL;
	struct transom_subscriber *subscriber;
	struct transom_name_watch *watch;
	struct transom_name_event event;
	struct transom_name_list *list;
	struct transom_frame *frame;

	use_folder();
	publisher = publish_as("one");
	check_eq(transom_publisher_create(&again, &other), -EADDRINUSE);
	check(!other);
	check_eq(transom_stream_list_create(&list), 0);
	check_eq(transom_name_list_get_count(list), 1);
	check(!strcmp(transom_name_list_get_name(list, 0), "one"));
	check_eq(transom_name_list_get_pid(list, 0), getpid());
	transom_name_list_unref(list);
	check_eq(transom_stream_watch_create(&watch), 0);
	check_eq(transom_name_watch_next(watch, 1000, &event), 0);
	check_eq(event.change, TRANSOM_NAME_APPEARED);
	options.name = "one";
	check_eq(transom_subscriber_create(&options, &subscriber), 0);
	publish(publisher);
	transom_frame_release(acquire(subscriber, 1));
	transom_publisher_unref(publisher);
	check_eq(transom_name_watch_next(watch, 5000, &event), 0);
	check_eq(event.change, TRANSOM_NAME_VANISHED);
	check_eq(transom_subscriber_acquire(subscriber, -1, &frame), -EPIPE);
	transom_name_watch_unref(watch);
	transom_subscriber_unref(subscriber);
	drop_folder("streams");
}

static void
describe_in_child(void *argument)
{
	check_eq(transom_publisher_set_description(argument, "child"), -ECHILD);
}

static void
join_by_descriptor(void *argument)
{
	struct transom_subscriber *subscriber;

	setenv("TRANSOM_RUNTIME_DIR", "/nowhere", 1);
	check_eq(transom_subscriber_create_from_fd(*(int *)argument, NULL, &subscriber), 0);
	transom_frame_release(acquire(subscriber, 1));
	transom_subscriber_unref(subscriber);
}

TEST(connections_are_handed_on)
{
	struct transom_publisher *publisher;
	int fd = -1;

	use_folder();
	check_eq(transom_stream_connect("handed-on", 1000, &fd), -ENOENT);
	check_eq(transom_stream_connect("no/name", 1000, &fd), -EINVAL);
	check_eq(transom_stream_connect("handed-on", 1000, NULL), -EINVAL);
	check_eq(fd, -1);
	publisher = publish_as("handed-on");
	check_eq(transom_stream_connect("handed-on", 1000, &fd), 0);
	check(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	publish(publisher);
	check_eq(wait_for(spawn(join_by_descriptor, &fd)), 0);
	close(fd);
	transom_publisher_unref(publisher);
	drop_folder("streams");
}

TEST(descriptions_of_streams)
{
	struct transom_publisher_options options = publisher_options("shown");
	char longest[TRANSOM_STREAM_MAX_DESCRIPTION + 2];
	struct transom_publisher *publisher = NULL;
	struct transom_name_watch *watch;
	struct transom_name_event event;
	struct transom_name_list *list;

	use_folder();
	memset(longest, 'd', sizeof(longest));
	longest[TRANSOM_STREAM_MAX_DESCRIPTION + 1] = 0;
	options.description = longest;
	check_eq(transom_publisher_create(&options, &publisher), -E2BIG);
	options.description = "tab\t";
	check_eq(transom_publisher_create(&options, &publisher), -EINVAL);
	check(!publisher);
	options.description = "Main display";
	check_eq(transom_publisher_create(&options, &publisher), 0);
	check_eq(transom_stream_list_create(&list), 0);
	check(!strcmp(transom_name_list_get_description(list, 0), "Main display"));
	transom_name_list_unref(list);
	check_eq(transom_stream_watch_create(&watch), 0);
	check_eq(transom_name_watch_next(watch, 1000, &event), 0);
	check_eq(event.change, TRANSOM_NAME_APPEARED);
	check(!strcmp(event.description, "Main display"));
	check_eq(transom_publisher_set_description(publisher, "Second display"), 0);
	check_eq(transom_name_watch_next(watch, 5000, &event), 0);
	check_eq(event.change, TRANSOM_NAME_CHANGED);
	check_eq(event.pid, getpid());
	check(!strcmp(event.name, "shown") && !strcmp(event.description, "Second display"));
	check_eq(transom_publisher_set_description(publisher, longest), -E2BIG);
	check_eq(transom_publisher_set_description(publisher, "\x7f"), -EINVAL);
	check_eq(transom_publisher_set_description(NULL, "x"), -EINVAL);
	check_eq(wait_for(spawn(describe_in_child, publisher)), 0);
	transom_publisher_unref(publisher);
	check_eq(transom_name_watch_next(watch, 5000, &event), 0);
	check_eq(event.change, TRANSOM_NAME_VANISHED);
	check(!strcmp(event.description, "Second display"));
	transom_name_watch_unref(watch);
	options.name = NULL; /* nobody lists it */
	check_eq(transom_publisher_create(&options, &publisher), 0);
	check_eq(transom_publisher_set_description(publisher, "nobody's"), 0);
	check_eq(transom_publisher_set_description(publisher, "\n"), -EINVAL);
	transom_publisher_unref(publisher);
	drop_folder("streams");
}

/* Death. */

static void
hold_and_wait(void *argument)
{
	struct transom_subscriber *subscriber;
	struct transom_frame *frame;

	check_eq(transom_subscriber_create_from_fd(*(int *)argument, NULL, &subscriber), 0);
	check_eq(transom_subscriber_acquire(subscriber, 10000, &frame), 0);
	raise(SIGSTOP);
	pause();
}

TEST_FOR(buffers_of_a_killed_subscriber_come_back, 60)
{
	struct transom_publisher_options options = publisher_options(NULL);
	struct transom_publisher *publisher;
	struct transom_frame *frame;
	int status;

	options.maximum_buffers = 3; /* the newest, the one being drawn, and the subscriber's */
	check_eq(transom_publisher_create(&options, &publisher), 0);
	publish(publisher);
	for (int i = 0; i < 30; i++) {
		pid_t child;
		int fd;

		check_eq(transom_publisher_invite(publisher, &fd), 0);
		child = spawn(hold_and_wait, &fd);
		close(fd);
		check_eq(waitpid(child, &status, WUNTRACED), child);
		for (int k = 0; k < 10; k++)
			publish(publisher); /* a stopped reader costs nothing */
		kill(child, SIGKILL);
		check_eq(wait_for(child), -SIGKILL);
		wait_for_subscribers(publisher, 0);
		for (int k = 0; k < 3; k++)
			publish(publisher);
		check_eq(statistics_of(publisher).buffers, 3);
	}
	check_eq(transom_publisher_acquire(publisher, 0, &frame), 0);
	check_eq(transom_publisher_discard(publisher, frame), 0);
	transom_publisher_unref(publisher);
}

static void
publish_and_wait(void *argument)
{
	struct transom_publisher *publisher = publish_as(NULL);
	struct transom_right right = { .kind = TRANSOM_RIGHT_FD };

	publish(publisher);
	check_eq(transom_publisher_invite(publisher, &right.fd), 0);
	check_eq(transom_port_send(*(int *)argument, NULL, 0, &right, 1, 0), 0);
	close(right.fd);
	pause();
}

TEST(subscriber_is_woken_when_its_publisher_is_killed)
{
	struct transom_subscriber *subscriber;
	struct transom_message *message;
	struct transom_frame *frame, *next = NULL;
	int receive, send;
	pid_t child;

	check_eq(transom_port_create(NULL, &receive, &send), 0);
	check_eq(transom_message_create(&message), 0);
	child = spawn(publish_and_wait, &send);
	check_eq(transom_port_receive(receive, message, -1), 0);
	check_eq(transom_subscriber_create_from_fd(transom_message_get_right(message, 0), NULL, &subscriber),
		 0);
	transom_message_unref(message);
	frame = acquire(subscriber, 1);
	if (fork() == 0) {
		usleep(30000);
		kill(child, SIGKILL);
		_exit(0);
	}
	check_eq(transom_subscriber_acquire(subscriber, -1, &next), -EPIPE);
	check_eq(read_number(frame), 1);
	check_eq(transom_subscriber_acquire(subscriber, 0, &next), -EPIPE);
	transom_frame_release(frame);
	transom_subscriber_unref(subscriber);
	close(receive);
	close(send);
	while (wait(NULL) > 0)
		;
}

/* Frames that are kept and forwarded. */

TEST(right_of_a_frame_outlasts_its_release)
{
	struct transom_publisher_options options = publisher_options(NULL);
	struct transom_publisher *publisher;
	struct transom_subscriber *subscriber;
	struct transom_pixel_buffer *buffer;
	struct transom_surface *surface, *again;
	struct transom_frame *frame;
	volatile uint32_t *pixels;
	int right;

	options.maximum_buffers = 4;
	check_eq(transom_publisher_create(&options, &publisher), 0);
	subscriber = subscribe(publisher, TRANSOM_SUBSCRIBER_LATEST);
	publish(publisher);
	frame = acquire(subscriber, 1);
	surface = transom_surface_ref(transom_frame_get_surface(frame));
	check_eq(transom_surface_create_right(surface, &right), 0);
	transom_frame_release(frame);
	for (int i = 0; i < 20; i++)
		publish(publisher);
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	pixels = transom_surface_get_base(surface);
	check_eq(pixels[0], 1); /* it was left alone */
	check_eq(transom_surface_look_up(right, &again), 0);
	check_eq(transom_pixel_buffer_create_with_surface(again, &buffer), 0); /* a use */
	transom_surface_unref(again);
	close(right);
	for (int i = 0; i < 20; i++)
		publish(publisher);
	check_eq(pixels[0], 1);
	transom_pixel_buffer_unref(buffer);
	for (int i = 0; i < 20; i++)
		publish(publisher);
	check(pixels[0] != 1); /* and it is used again when the use has ended */
	transom_surface_unref(surface);
	transom_subscriber_unref(subscriber);
	transom_publisher_unref(publisher);
}

static void
keep_a_right(void *argument)
{
	struct transom_subscriber *subscriber;
	struct transom_frame *frame;
	int right;

	check_eq(transom_subscriber_create_from_fd(*(int *)argument, NULL, &subscriber), 0);
	close(*(int *)argument);
	check_eq(transom_subscriber_acquire(subscriber, 10000, &frame), 0);
	check_eq(transom_surface_create_right(transom_frame_get_surface(frame), &right), 0);
	transom_frame_release(frame);
	transom_subscriber_unref(subscriber); /* it has left the stream, and keeps the right */
	raise(SIGSTOP);
	pause();
}

TEST(right_of_another_process_is_respected_too)
{
	struct transom_publisher *publisher = publish_as(NULL);
	struct transom_subscriber *watcher = subscribe(publisher, TRANSOM_SUBSCRIBER_LATEST);
	struct transom_frame *frame;
	struct transom_surface *surface;
	int fd, status;
	pid_t child;

	publish(publisher);
	frame = acquire(watcher, 1);
	surface = transom_surface_ref(transom_frame_get_surface(frame));
	check_eq(transom_publisher_invite(publisher, &fd), 0);
	child = spawn(keep_a_right, &fd);
	close(fd);
	check_eq(waitpid(child, &status, WUNTRACED), child);
	transom_frame_release(frame);
	wait_for_subscribers(publisher, 1);
	for (int i = 0; i < 20; i++)
		publish(publisher);
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	check_eq(*(volatile uint32_t *)transom_surface_get_base(surface), 1);
	kill(child, SIGKILL);
	wait_for(child);
	for (int i = 0; i < 20; i++)
		publish(publisher);
	check(*(volatile uint32_t *)transom_surface_get_base(surface) != 1);
	transom_surface_unref(surface);
	transom_subscriber_unref(watcher);
	transom_publisher_unref(publisher);
}

static void
send_a_right_and_wait(void *argument)
{
	const int *fds = argument;
	struct transom_right right = { .kind = TRANSOM_RIGHT_SURFACE };
	struct transom_subscriber *subscriber;
	struct transom_frame *frame;

	check_eq(transom_subscriber_create_from_fd(fds[0], NULL, &subscriber), 0);
	check_eq(transom_subscriber_acquire(subscriber, 10000, &frame), 0);
	check_eq(transom_surface_create_right(transom_frame_get_surface(frame), &right.fd), 0);
	check_eq(transom_port_send(fds[1], NULL, 0, &right, 1, 0), 0);
	close(right.fd);
	pause(); /* the frame is held */
}

TEST(right_outlasts_who_made_it_and_was_killed_with_the_frame_in_hand)
{
	struct transom_publisher *publisher = publish_as(NULL);
	struct transom_message *message;
	struct transom_surface *surface;
	int fds[2], receive, right;
	pid_t child;

	publish(publisher);
	check_eq(transom_port_create(NULL, &receive, &fds[1]), 0);
	check_eq(transom_publisher_invite(publisher, &fds[0]), 0);
	child = spawn(send_a_right_and_wait, fds);
	close(fds[0]);
	close(fds[1]);
	check_eq(transom_message_create(&message), 0);
	check_eq(transom_port_receive(receive, message, 10000), 0);
	kill(child, SIGKILL);
	check_eq(wait_for(child), -SIGKILL);
	wait_for_subscribers(publisher, 0);
	for (int i = 0; i < 20; i++)
		publish(publisher);
	check_eq(transom_message_take_right(message, 0, TRANSOM_RIGHT_SURFACE, &right), 0);
	check_eq(transom_surface_look_up(right, &surface), 0);
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	check_eq(*(volatile uint32_t *)transom_surface_get_base(surface), 1);
	close(right);
	for (int i = 0; i < 20; i++)
		publish(publisher);
	check(*(volatile uint32_t *)transom_surface_get_base(surface) != 1);
	transom_surface_unref(surface);
	transom_message_unref(message);
	close(receive);
	transom_publisher_unref(publisher);
}

TEST(frames_are_forwarded_without_a_copy)
{
	struct transom_publisher_options options = publisher_options(NULL);
	struct transom_publisher *first = publish_as(NULL), *second;
	struct transom_subscriber *middle = subscribe(first, TRANSOM_SUBSCRIBER_EVERY), *end;
	struct transom_pixel_buffer *buffer;
	struct transom_frame *frame, *got;

	options.buffer.size = 0;
	check_eq(transom_publisher_create(&options, &second), 0);
	check_eq(transom_publisher_acquire(second, 0, &frame), -EINVAL); /* it has no buffers of its own */
	end = subscribe(second, TRANSOM_SUBSCRIBER_EVERY);
	for (uint64_t i = 1; i <= 50; i++) {
		publish(first);
		frame = acquire(middle, i);
		check_eq(transom_pixel_buffer_create_with_surface(transom_frame_get_surface(frame), &buffer),
			 0);
		check_eq(transom_publisher_publish_buffer(second, buffer, NULL, 1000, NULL), 0);
		transom_pixel_buffer_unref(buffer);
		got = acquire(end, i);
		check(transom_frame_get_surface(got) == transom_frame_get_surface(frame));
		transom_frame_release(frame);
		check_eq(read_number(got), i);
		transom_frame_release(got);
	}
	check(statistics_of(first).buffers <= 8);
	transom_subscriber_unref(end);
	transom_subscriber_unref(middle);
	transom_publisher_unref(second);
	transom_publisher_unref(first);
}

/* A surface that was shown, and left, before a subscriber joined. */
TEST(newcomer_sees_what_is_shown_again)
{
	struct transom_publisher_options options = publisher_options(NULL);
	struct transom_pixel_buffer *buffers[3];
	struct transom_publisher *publisher;
	struct transom_subscriber *subscriber;
	struct transom_frame *frame = NULL;

	for (int i = 0; i < 3; i++)
		check_eq(transom_pixel_buffer_create(&options.buffer, &buffers[i]), 0);
	options.buffer.size = 0;
	check_eq(transom_publisher_create(&options, &publisher), 0);
	for (int i = 0; i < 3; i++)
		check_eq(transom_publisher_publish_buffer(publisher, buffers[i], NULL, 0, NULL), 0);
	subscriber = subscribe(publisher, TRANSOM_SUBSCRIBER_EVERY);
	check_eq(transom_publisher_publish_buffer(publisher, buffers[0], NULL, 0, NULL), 0);
	check_eq(transom_subscriber_acquire(subscriber, 0, &frame), 0);
	check_eq(transom_frame_get_sequence(frame), 4);
	check(transom_frame_get_surface(frame) == transom_pixel_buffer_get_surface(buffers[0]));
	transom_frame_release(frame);
	check_eq(transom_subscriber_get_missed(subscriber), 0);
	transom_subscriber_unref(subscriber);
	transom_publisher_unref(publisher);
	for (int i = 0; i < 3; i++)
		transom_pixel_buffer_unref(buffers[i]);
}

TEST(callers_pool)
{
	struct transom_pool_options pool_options = { .size = sizeof(pool_options), .maximum_count = 6 };
	struct transom_publisher_options options = publisher_options(NULL);
	struct transom_pool_statistics statistics = { .size = sizeof(statistics) };
	struct transom_publisher *publisher;
	struct transom_subscriber *subscriber;
	struct transom_pool *pool;

	pool_options.buffer = options.buffer;
	check_eq(transom_pool_create(&pool_options, &pool), 0);
	options.pool = pool;
	check_eq(transom_publisher_create(&options, &publisher), -EINVAL); /* one of the two */
	options.buffer.size = 0;
	check_eq(transom_publisher_create(&options, &publisher), 0);
	subscriber = subscribe(publisher, TRANSOM_SUBSCRIBER_EVERY);
	for (uint64_t i = 1; i <= 50; i++) {
		publish(publisher);
		transom_frame_release(acquire(subscriber, i));
	}
	check_eq(transom_pool_get_statistics(pool, &statistics), 0);
	check(statistics.count <= 6 && statistics.recycled > 30);
	transom_subscriber_unref(subscriber);
	transom_publisher_unref(publisher);
	check_eq(transom_pool_get_statistics(pool, &statistics), 0);
	check_eq(statistics.out, 0);
	transom_pool_unref(pool);
}

TEST(size_changes_on_the_fly)
{
	struct transom_publisher_options options = publisher_options(NULL);
	struct transom_publisher *publisher = publish_as(NULL);
	struct transom_subscriber *subscriber = subscribe(publisher, TRANSOM_SUBSCRIBER_LATEST);
	struct transom_surface_geometry geometry;
	struct transom_frame *frame, *old;

	publish(publisher);
	old = acquire(subscriber, 1);
	for (uint32_t i = 1; i <= 20; i++) {
		options.buffer.width = 32 + 16 * i;
		options.buffer.height = 16 * i;
		options.buffer.format = i % 2 ? TRANSOM_FORMAT_BGRA8 : TRANSOM_FORMAT_NV12;
		check_eq(transom_publisher_set_buffers(publisher, &options.buffer), 0);
		for (int k = 0; k < 5; k++) {
			check_eq(transom_publisher_acquire(publisher, 0, &frame), 0);
			check_eq(transom_publisher_publish(publisher, frame, NULL, NULL), 0);
		}
		check_eq(transom_subscriber_acquire(subscriber, 0, &frame), 0);
		check_eq(transom_surface_get_geometry(transom_frame_get_surface(frame), &geometry), 0);
		check_eq(geometry.width, options.buffer.width);
		check_eq(geometry.format, options.buffer.format);
		transom_frame_release(frame);
	}
	check_eq(read_number(old), 1);
	transom_frame_release(old);
	check(statistics_of(publisher).buffers <= 6);
	transom_subscriber_unref(subscriber);
	transom_publisher_unref(publisher);
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

/* Distrust. */

TEST_FOR(garbage_on_a_card_harms_nobody_else, 60)
{
	for (uint32_t mode = 0; mode < 2; mode++) {
		struct transom_publisher *publisher = publish_with_policy(TRANSOM_LAGGARD_DROP);
		struct transom_subscriber *honest = subscribe(publisher, TRANSOM_SUBSCRIBER_EVERY);
		struct enemy enemy;
		unsigned seed = 7;

		join_by_hand(publisher, mode, &enemy);
		for (uint64_t i = 1; i <= 3000; i++) {
			unsigned char *bytes = enemy.page;

			if (i % 100 == 0)
				memset(bytes, (int)(i / 100 % 3) - 1, (size_t)sysconf(_SC_PAGESIZE));
			for (int k = 0; k < 64; k++)
				bytes[(size_t)rand_r(&seed) % (size_t)sysconf(_SC_PAGESIZE)] =
					(unsigned char)rand_r(&seed);
			publish(publisher);
			transom_frame_release(acquire(honest, i));
		}
		check_eq(transom_subscriber_get_missed(honest), 0);
		check(statistics_of(publisher).buffers <= 12);
		leave(&enemy);
		transom_subscriber_unref(honest);
		transom_publisher_unref(publisher);
	}
}

TEST_FOR(noise_on_the_socket_harms_nobody_else, 60)
{
	struct transom_publisher *publisher = publish_as(NULL);
	struct transom_subscriber *honest = subscribe(publisher, TRANSOM_SUBSCRIBER_EVERY);
	struct enemy enemy;
	int before = 0, fds[WIRE_MAX_FDS];
	char noise[2000];
	unsigned seed = 3;

	for (uint64_t i = 1; i <= 200; i++) {
		struct iovec part = { noise, 1 + (size_t)rand_r(&seed) % sizeof(noise) };

		join_by_hand(publisher, TRANSOM_SUBSCRIBER_LATEST, &enemy);
		for (size_t k = 0; k < part.iov_len; k++)
			noise[k] = (char)rand_r(&seed);
		for (int k = 0; k < WIRE_MAX_FDS; k++)
			fds[k] = enemy.socket;
		wire_send(enemy.socket, &part, 1, fds, i % 2 ? WIRE_MAX_FDS : 0, 0);
		publish(publisher);
		transom_frame_release(acquire(honest, i));
		leave(&enemy);
		if (i == 20) { /* all buffers that are needed are there */
			wait_for_subscribers(publisher, 1);
			usleep(10000);
			before = count_fds();
		}
	}
	wait_for_subscribers(publisher, 1);
	for (int i = 0; i < 5000 && count_fds() != before; i++)
		usleep(1000); /* the service closes what it has just taken out of the list */
	check_eq(count_fds(), before);
	transom_subscriber_unref(honest);
	transom_publisher_unref(publisher);
}

TEST(who_never_reads_its_socket_harms_nobody_else)
{
	struct transom_publisher_options options = publisher_options(NULL);
	struct transom_publisher *publisher = publish_as(NULL);
	struct transom_subscriber *honest = subscribe(publisher, TRANSOM_SUBSCRIBER_EVERY);
	struct enemy enemy;

	join_by_hand(publisher, TRANSOM_SUBSCRIBER_LATEST, &enemy);
	for (uint32_t i = 1; i <= 600; i++) { /* each size needs an introduction */
		struct transom_frame *frame;

		options.buffer.width = 32 + i % 7;
		check_eq(transom_publisher_set_buffers(publisher, &options.buffer), 0);
		check_eq(transom_publisher_acquire(publisher, 0, &frame), 0);
		check_eq(transom_publisher_publish(publisher, frame, NULL, NULL), 0);
		check_eq(transom_subscriber_acquire(honest, 0, &frame), 0);
		check_eq(transom_frame_get_sequence(frame), i);
		transom_frame_release(frame);
	}
	leave(&enemy);
	transom_subscriber_unref(honest);
	transom_publisher_unref(publisher);
}

TEST(unused_invitations_keep_nobody_out)
{
	struct transom_subscriber_options options = subscriber_options(TRANSOM_SUBSCRIBER_LATEST);
	struct transom_publisher *publisher;
	struct transom_subscriber *subscriber;
	int fds[100];

	use_folder();
	publisher = publish_as("inviting");
	for (int i = 0; i < 100; i++)
		check_eq(transom_publisher_invite(publisher, &fds[i]), 0);
	options.name = "inviting";
	check_eq(transom_subscriber_create(&options, &subscriber), 0);
	publish(publisher);
	transom_frame_release(acquire(subscriber, 1));
	for (int i = 0; i < 100; i++)
		close(fds[i]);
	transom_subscriber_unref(subscriber);
	transom_publisher_unref(publisher);
	drop_folder("streams");
}

TEST(strangers_do_not_pile_up)
{
	struct transom_publisher *publisher = publish_as(NULL);
	struct transom_subscriber *subscriber;
	int fds[10];

	for (int i = 0; i < 10; i++)
		check_eq(transom_publisher_invite(publisher, &fds[i]), 0);
	for (int i = 0; i < 10; i++)
		close(fds[i]);
	subscriber = subscribe(publisher, TRANSOM_SUBSCRIBER_LATEST);
	publish(publisher);
	transom_frame_release(acquire(subscriber, 1));
	transom_subscriber_unref(subscriber);
	transom_publisher_unref(publisher);
}

/* A publisher by hand, that lies. */
static void
lie(int socket, unsigned seed, int kind)
{
	size_t size = sizeof(struct stream_board) + 64 * sizeof(struct stream_record);
	struct stream_welcome welcome = { .board_size = size, .granted = 2 };
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct wire_delivery delivery;
	union stream_message message;
	struct stream_board *board;
	int fds[2];

	check_eq(wire_ask_for_sender(socket, 0), 0);
	if (stream_receive(socket, INT64_MAX, &message, &delivery) < 0)
		return;
	for (int i = 0; i < 2; i++) {
		fds[i] = memfd_create("lie", MFD_ALLOW_SEALING | MFD_CLOEXEC);
		check(ftruncate(fds[i], (off_t)(i ? page : size)) == 0);
	}
	board = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fds[0], 0);
	check(board != MAP_FAILED);
	board->magic = BOARD_MAGIC;
	board->version = STREAM_VERSION;
	board->ring_size = 64;
	for (int i = 0; i < 2; i++)
		check(fcntl(fds[i], F_ADD_SEALS,
			    F_SEAL_SHRINK | F_SEAL_GROW | (kind == 1 ? 0 : F_SEAL_SEAL)) == 0);
	if (kind == 2)
		welcome.board_size *= 2;
	if (kind == 3)
		welcome.card_offset = (uint32_t)page;
	if (kind == 4)
		board->ring_size = 1u << 31;
	if (kind == 5)
		welcome.granted = 0;
	if (kind == 6)
		board->magic = 0;
	stream_send(socket, STREAM_WELCOME, &welcome, sizeof(welcome), fds, 2, 0);
	for (int i = 0; i < 5000; i++) {
		unsigned char *bytes = (unsigned char *)&board->head;

		for (int k = 0; k < 8; k++)
			bytes[(size_t)rand_r(&seed) % (size - 128)] = (unsigned char)rand_r(&seed);
		atomic_store(&board->head, atomic_load(&board->head) % 1000 + (unsigned)rand_r(&seed) % 3);
		for (size_t k = 0; k < 64 && i % 3; k++)
			atomic_store(&board->ring[k].sequence, atomic_load(&board->head));
	}
	munmap(board, size);
	close(fds[0]);
	close(fds[1]);
}

struct liar {
	int socket;
	unsigned seed;
	int kind;
};

static void
run_liar(void *argument)
{
	struct liar *liar = argument;

	lie(liar->socket, liar->seed, liar->kind);
}

TEST_FOR(lying_publisher_gets_clean_errors, 60)
{
	for (int i = 0; i < 60; i++) {
		struct transom_subscriber_options options = subscriber_options((uint32_t)i % 2);
		struct transom_subscriber *subscriber;
		struct transom_frame *frame;
		struct liar liar = { .seed = (unsigned)i, .kind = i / 2 % 12 };
		int ends[2], r;
		pid_t child;

		check_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
		liar.socket = ends[0];
		child = spawn(run_liar, &liar);
		close(ends[0]);
		options.timeout_ms = 2000;
		r = transom_subscriber_create_from_fd(ends[1], &options, &subscriber);
		check(liar.kind == 0 || liar.kind > 6 ? r == 0 : r < 0);
		close(ends[1]);
		if (r == 0) {
			for (int k = 0; k < 3 && r != -EPIPE; k++) {
				r = transom_subscriber_acquire(subscriber, 200, &frame);
				check(r < 0); /* it has introduced nothing */
			}
			transom_subscriber_unref(subscriber);
		}
		kill(child, SIGKILL);
		wait_for(child);
	}
}

/* Their files have seals, and may have no page when one is needed. */
static void
welcome_on_huge_pages(void *argument)
{
	struct stream_welcome welcome = { .board_size = 1u << 21, .granted = 2 };
	int socket = *(int *)argument, fds[2];
	struct wire_delivery delivery;
	union stream_message message;

	check_eq(wire_ask_for_sender(socket, 0), 0);
	check_eq(stream_receive(socket, INT64_MAX, &message, &delivery), 0);
	for (int i = 0; i < 2; i++) {
		fds[i] = memfd_create("huge", MFD_ALLOW_SEALING | MFD_CLOEXEC | (i ? 0 : MFD_HUGETLB));
		if (fds[i] < 0 || ftruncate(fds[i], i ? 4096 : 1 << 21) < 0 ||
		    fcntl(fds[i], F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
			return;
	}
	check_eq(stream_send(socket, STREAM_WELCOME, &welcome, sizeof(welcome), fds, 2, 0), 0);
}

TEST(board_on_huge_pages_is_refused)
{
	struct transom_subscriber *subscriber = NULL;
	int ends[2], r;
	pid_t child;

	check_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	child = spawn(welcome_on_huge_pages, &ends[0]);
	close(ends[0]);
	r = transom_subscriber_create_from_fd(ends[1], NULL, &subscriber);
	check_eq(wait_for(child), 0);
	close(ends[1]);
	if (r == -EPIPE)
		skip("this kernel has no huge pages");
	check_eq(r, -EMEDIUMTYPE);
	check(!subscriber);
}

/* Subscribers can read the pixels and write neither them nor the board. */
static void
try_to_write(void *argument)
{
	struct transom_subscriber *subscriber;
	struct transom_frame *frame;
	struct transom_surface *surface;
	char path[64];
	int fd, right;

	check_eq(transom_subscriber_create_from_fd(*(int *)argument, NULL, &subscriber), 0);
	check_eq(transom_subscriber_acquire(subscriber, 10000, &frame), 0);
	surface = transom_frame_get_surface(frame);
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), -EACCES);
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	check(mprotect(transom_surface_get_base(surface), 100, PROT_READ | PROT_WRITE) < 0);
	check_eq(transom_surface_create_right(surface, &right), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", right);
	fd = open(path, O_RDWR | O_CLOEXEC);
	check(fd < 0 || pwrite(fd, "x", 1, 8192) < 0);
	check(fd < 0 || mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
	check(fd < 0 || ftruncate(fd, 0) < 0);
	/* The board, by any descriptor of it that this process could have. */
	for (int i = 3; i < 64; i++) {
		char target[64] = "";

		snprintf(path, sizeof(path), "/proc/self/fd/%d", i);
		if (readlink(path, target, sizeof(target) - 1) > 0 && strstr(target, "transom-board")) {
			fd = open(path, O_RDWR | O_CLOEXEC);
			check(fd < 0 || pwrite(fd, "x", 1, 0) < 0);
			check(fd < 0 || mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
		}
	}
	check_eq(*(volatile uint32_t *)transom_surface_get_base(surface), 1);
	transom_subscriber_unref(subscriber);
}

TEST(subscribers_cannot_write)
{
	struct transom_subscriber *subscriber;
	struct transom_message *message;
	int receive, send;
	pid_t owner, child;

	check_eq(transom_port_create(NULL, &receive, &send), 0);
	check_eq(transom_message_create(&message), 0);
	owner = spawn(publish_and_wait, &send);
	check_eq(transom_port_receive(receive, message, -1), 0);
	child = spawn(try_to_write, &(int){ transom_message_get_right(message, 0) });
	check_eq(wait_for(child), 0);
	check_eq(transom_subscriber_create_from_fd(transom_message_get_right(message, 0), NULL, &subscriber) <
			 0,
		 1);
	kill(owner, SIGKILL);
	wait_for(owner);
	transom_message_unref(message);
	close(receive);
	close(send);
}

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
