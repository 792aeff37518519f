/* stories-stream.c - what a publisher or a subscriber does, and what must hold for the other wherever it died. */
#include <errno.h>
#include <unistd.h>

#include <transom/transom.h>

#include "../harness.h"
#include "stories.h"

static int invitation = -1;
static struct transom_publisher *publisher;
static struct transom_name_watch *watch;
static pid_t reader;

/* subscriber: what it held comes back. */

static void
publish(struct transom_publisher *to)
{
	struct transom_frame *frame;

	check_eq(transom_publisher_acquire(to, PATIENCE_MS, &frame), 0);
	check_eq(transom_publisher_publish(to, frame, NULL, NULL), 0);
}

static struct transom_publisher *
make_publisher(const char *name)
{
	struct transom_publisher_options options = {
		.size = sizeof(options), .name = name, .maximum_buffers = 4, .buffer = story_image
	};
	struct transom_publisher *made;

	check_eq(transom_publisher_create(&options, &made), 0);
	return made;
}

static void
prepare_subscriber(void)
{
	publisher = make_publisher(NULL);
	publish(publisher);
	check_eq(transom_publisher_invite(publisher, &invitation), 0);
}

static void
subscribe(void)
{
	struct transom_subscriber *subscriber;
	struct transom_frame *frame;
	int right;

	check_eq(transom_subscriber_create_from_fd(invitation, NULL, &subscriber), 0);
	check_eq(transom_subscriber_acquire(subscriber, PATIENCE_MS, &frame), 0);
	check_eq(transom_surface_create_right(transom_frame_get_surface(frame), &right), 0);
	transom_frame_release(frame);
	close(right);
	transom_subscriber_unref(subscriber);
}

static void
check_subscriber(void)
{
	struct transom_stream_statistics statistics = { .size = sizeof(statistics) };

	close(invitation);
	do
		check_eq(transom_publisher_get_statistics(publisher, &statistics), 0);
	while (statistics.subscribers && usleep(1000) == 0);
	for (int i = 0; i < 12; i++) /* three times as many as there are buffers */
		publish(publisher);
	publisher = transom_publisher_unref(publisher);
}

/* publisher: who reads knows of the end, and the name is free. */

static void
read_until_end(void *argument)
{
	const struct transom_subscriber_options options = { .size = sizeof(options), .name = "victim" };
	struct transom_subscriber *subscriber;
	struct transom_frame *frame;
	int r;

	close(story_send); /* the survivor's alone says when there will be no stream */
	do
		r = transom_subscriber_create(&options, &subscriber);
	while (r == -ENOENT && !transom_port_is_without_senders(story_receive) && usleep(100) == 0);
	if (r < 0) {
		check(r == -ENOENT || r == -EPIPE || r == -ETIMEDOUT);
		return;
	}
	while ((r = transom_subscriber_acquire(subscriber, -1, &frame)) == 0)
		transom_frame_release(frame);
	check_eq(r, -EPIPE);
	transom_subscriber_unref(subscriber);
}

static void
prepare_publisher(void)
{
	story_make_port();
	reader = spawn(read_until_end, NULL);
}

static void
publish_some(void)
{
	struct transom_publisher *mine = make_publisher("victim");

	close(story_send);
	for (int i = 0; i < 6; i++)
		publish(mine);
	transom_publisher_unref(mine);
}

static void
check_publisher(void)
{
	story_drop_port();
	check_eq(wait_for(reader), 0);
	publisher = make_publisher("victim");
	publish(publisher);
	publisher = transom_publisher_unref(publisher);
}

/* rename: who watches sees it go, under whatever name, and both names are free. */

static void
prepare_renaming(void)
{
	check_eq(transom_stream_watch_create(&watch), 0);
}

static void
rename_stream(void)
{
	check_eq(transom_publisher_set_name(make_publisher("victim"), "renamed"), 0);
}

/* How many names a watcher knows of after the next change. */
static int
follow(int known, int timeout_ms)
{
	char before[TRANSOM_NAME_MAX + 8];
	struct transom_name_event event;
	int r = transom_name_watch_next_with_renames(watch, timeout_ms, &event, before);

	if (r == -EAGAIN)
		return -1;
	check_eq(r, 0);
	return known + (event.change == TRANSOM_NAME_APPEARED) - (event.change == TRANSOM_NAME_VANISHED);
}

static void
check_renaming(void)
{
	struct transom_publisher *other;
	int known = 0, next;

	while ((next = follow(known, 0)) >= 0)
		known = next;
	while (known > 0)
		known = follow(known, PATIENCE_MS);
	check_eq(known, 0);
	watch = transom_name_watch_unref(watch);
	publisher = make_publisher("victim");
	other = make_publisher("renamed");
	transom_publisher_unref(other);
	publisher = transom_publisher_unref(publisher);
}

/* introduction: frames of buffers that the other side has never seen. */

static void
publish_in_size(struct transom_publisher *to, uint32_t width)
{
	struct transom_pixel_buffer_options other = story_image;

	other.width = width;
	check_eq(transom_publisher_set_buffers(to, &other), 0);
	publish(to);
}

static void
publish_sizes(void)
{
	struct transom_publisher *mine = make_publisher("victim");

	close(story_send);
	kill_mark();
	for (uint32_t i = 0; i < 3; i++)
		publish_in_size(mine, 32 + i);
	kill_mark();
	transom_publisher_unref(mine);
}

/* Several buffers wait to be introduced, and another comes while it reads. */
static void
prepare_introductions(void)
{
	prepare_subscriber();
	for (uint32_t i = 0; i < 3; i++)
		publish(publisher);
}

/* What is critical, an instruction at a time. */

static void
mark_publish(void)
{
	struct transom_publisher *mine = make_publisher("victim");
	struct transom_frame *frame;

	close(story_send);
	publish(mine);
	check_eq(transom_publisher_acquire(mine, PATIENCE_MS, &frame), 0);
	kill_mark();
	check_eq(transom_publisher_publish(mine, frame, NULL, NULL), 0);
	kill_mark();
	transom_publisher_unref(mine);
}

static void
mark_acquire(void)
{
	struct transom_subscriber *subscriber;
	struct transom_frame *frame;

	check_eq(transom_subscriber_create_from_fd(invitation, NULL, &subscriber), 0);
	kill_mark();
	check_eq(transom_subscriber_acquire(subscriber, PATIENCE_MS, &frame), 0);
	transom_frame_release(frame);
	kill_mark();
	transom_subscriber_unref(subscriber);
}

const struct kill_story stories_of_streams[] = {
	{ "subscriber", prepare_subscriber, subscribe, check_subscriber },
	{ "publisher", prepare_publisher, publish_some, check_publisher },
	{ "rename", prepare_renaming, rename_stream, check_renaming },
	{ "introducing_buffers", prepare_publisher, publish_sizes, check_publisher, CALLS },
	{ "introduced_buffers", prepare_introductions, subscribe, check_subscriber },
	{ "marked_publish", prepare_publisher, mark_publish, check_publisher, INSTRUCTIONS },
	{ "marked_acquire_and_release", prepare_subscriber, mark_acquire, check_subscriber, INSTRUCTIONS },
	{ NULL },
};
