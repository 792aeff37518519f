/* stream-keeping.c - frames that outlast their hold: rights, forwarding, pools, other sizes. */
#include <errno.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <transom/port.h>
#include <transom/stream.h>

#include "harness.h"
#include "streams.h"

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

static struct transom_surface *
publish_undrawn(struct transom_publisher *publisher)
{
	struct transom_surface *surface;
	struct transom_frame *frame;

	check_eq(transom_publisher_acquire(publisher, 0, &frame), 0);
	surface = transom_frame_get_surface(frame);
	check_eq(transom_publisher_publish(publisher, frame, NULL, NULL), 0);
	return surface;
}

/* Buffers that were needed once are not gone through for ever: who draws stays in those that are in the caches. */
TEST(large_frames_are_drawn_into_what_came_back_last)
{
	enum { HELD = 6 };
	struct transom_publisher_options options = publisher_options(NULL);
	struct transom_subscriber_options reader = subscriber_options(TRANSOM_SUBSCRIBER_LATEST);
	struct transom_publisher *publisher;
	struct transom_subscriber *subscriber;
	struct transom_frame *held[HELD];
	struct transom_surface *drawn[2];
	int fd, fence = eventfd(0, EFD_CLOEXEC);

	check(fence >= 0);
	options.buffer.width = options.buffer.height = 512;
	reader.held = HELD;
	check_eq(transom_publisher_create(&options, &publisher), 0);
	check_eq(transom_publisher_invite(publisher, &fd), 0);
	check_eq(transom_subscriber_create_from_fd(fd, &reader, &subscriber), 0);
	close(fd);
	for (int i = 0; i < HELD; i++) {
		publish_undrawn(publisher);
		check_eq(transom_subscriber_acquire(subscriber, 0, &held[i]), 0);
	}
	for (int i = 0; i < HELD; i++)
		transom_frame_release(held[i]);
	check_eq(statistics_of(publisher).buffers, HELD);
	/* One is the newest frame's, and the other one is drawn into. */
	for (int i = 0; i < 2; i++)
		drawn[i] = publish_undrawn(publisher);
	check(drawn[0] != drawn[1]);
	for (int i = 0; i < 20; i++) {
		check_eq(transom_subscriber_acquire(subscriber, 0, &held[0]), 0);
		transom_frame_release(held[0]);
		check(publish_undrawn(publisher) == drawn[i % 2]);
	}
	/* What a reader's fence is still to be waited for is left for later. */
	check_eq(transom_subscriber_acquire(subscriber, 0, &held[0]), 0);
	check_eq(transom_frame_add_fence(held[0], fence), 0);
	transom_frame_release(held[0]);
	check(publish_undrawn(publisher) == drawn[0]);
	check(publish_undrawn(publisher) != drawn[1]);
	transom_subscriber_unref(subscriber);
	close(fence);
	transom_publisher_unref(publisher);
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
