/* cases-stream.c - faults in streams. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <transom/transom.h>

#include "../harness.h"
#include "fault.h"

static struct transom_publisher *publisher;
static struct transom_subscriber *subscriber;
static struct transom_frame *frame, *other;
static struct transom_pixel_buffer *buffer;
static int invitation = -1;

static struct transom_publisher_options
how(const char *name)
{
	return (struct transom_publisher_options){
		.size = sizeof(struct transom_publisher_options),
		.name = name,
		.buffer = { .size = sizeof(struct transom_pixel_buffer_options),
			    .format = TRANSOM_FORMAT_BGRA8,
			    .width = 32,
			    .height = 16 },
	};
}

static const struct transom_subscriber_options joining = { .size = sizeof(joining), .name = "fault" };

static void
make_publisher(void)
{
	struct transom_publisher_options options = how("fault");

	check_eq(transom_publisher_create(&options, &publisher), 0);
}

static void
unmake_publisher(int r)
{
	publisher = transom_publisher_unref(publisher);
}

static void
publish(void)
{
	struct transom_frame *drawn;

	check_eq(transom_publisher_acquire(publisher, 1000, &drawn), 0);
	check_eq(transom_publisher_publish(publisher, drawn, NULL, NULL), 0);
}

static void
make_both(void)
{
	make_publisher();
	check_eq(transom_subscriber_create(&joining, &subscriber), 0);
	publish();
}

/* A subscriber's leave comes to its publisher a moment later. */
static void
unmake_both(int r)
{
	subscriber = transom_subscriber_unref(subscriber);
	publisher = transom_publisher_unref(publisher);
}

static void
drop_publisher(int r)
{
	if (r >= 0)
		transom_publisher_unref(out.pointer);
}

FAULT(transom_publisher_create, nothing, nothing, drop_publisher)
{
	struct transom_publisher_options options = how("fault");

	options.description = "what fails";
	return transom_publisher_create(&options, (struct transom_publisher **)&out.pointer);
}

FAULT(transom_publisher_ref, make_publisher, nothing, drop_publisher)
{
	out.pointer = transom_publisher_ref(publisher);
	return 0;
}

FAULT(transom_publisher_unref, nothing, make_publisher, nothing_after)
{
	publisher = transom_publisher_unref(publisher);
	return 0;
}

static void
discard(int r)
{
	if (r >= 0)
		check_eq(transom_publisher_discard(publisher, out.pointer), 0);
	unmake_both(r);
}

FAULT(transom_publisher_acquire, nothing, make_both, discard)
{
	return transom_publisher_acquire(publisher, 1000, (struct transom_frame **)&out.pointer);
}

static void
take_frame(void)
{
	make_both();
	check_eq(transom_publisher_acquire(publisher, 1000, &frame), 0);
}

static void
give_frame(int r)
{
	if (r < 0)
		check_eq(transom_publisher_discard(publisher, frame), 0);
	unmake_both(r);
}

FAULT(transom_publisher_publish, nothing, take_frame, give_frame)
{
	return transom_publisher_publish(publisher, frame, NULL, &out.number);
}

FAULT(transom_publisher_discard, nothing, take_frame, give_frame)
{
	return transom_publisher_discard(publisher, frame);
}

static void
make_buffer(void)
{
	struct transom_publisher_options options = how(NULL);

	make_both();
	check_eq(transom_pixel_buffer_create(&options.buffer, &buffer), 0);
}

static void
drop_buffer(int r)
{
	buffer = transom_pixel_buffer_unref(buffer);
	unmake_both(r);
}

FAULT(transom_publisher_publish_buffer, nothing, make_buffer, drop_buffer)
{
	return transom_publisher_publish_buffer(publisher, buffer, NULL, 1000, &out.number);
}

FAULT(transom_publisher_set_buffers, make_publisher, nothing, nothing_after)
{
	struct transom_publisher_options options = how(NULL);

	return transom_publisher_set_buffers(publisher, &options.buffer);
}

FAULT(transom_publisher_set_maximum_buffers, nothing, make_both, unmake_both)
{
	return transom_publisher_set_maximum_buffers(publisher, 1000);
}

FAULT(transom_publisher_set_description, make_publisher, nothing, nothing_after)
{
	return transom_publisher_set_description(publisher, "another");
}

static void
name_again(int r)
{
	if (r >= 0)
		check_eq(transom_publisher_set_name(publisher, "fault"), 0);
}

FAULT(transom_publisher_set_name, make_publisher, nothing, name_again)
{
	return transom_publisher_set_name(publisher, "renamed");
}

static void
close_one(int r)
{
	if (r >= 0)
		close(out.fds[0]);
	unmake_publisher(r);
}

FAULT(transom_publisher_invite, nothing, make_publisher, close_one)
{
	return transom_publisher_invite(publisher, &out.fds[0]);
}

FAULT(transom_publisher_get_statistics, make_both, nothing, nothing_after)
{
	struct transom_stream_statistics statistics = { .size = sizeof(statistics) };

	return transom_publisher_get_statistics(publisher, &statistics);
}

FAULT(transom_publisher_get_subscriber, make_both, nothing, nothing_after)
{
	struct transom_subscriber_status status = { .size = sizeof(status) };

	return transom_publisher_get_subscriber(publisher, 0, &status);
}

static void
drop_subscriber(int r)
{
	if (r >= 0)
		transom_subscriber_unref(out.pointer);
	unmake_publisher(r);
}

FAULT(transom_subscriber_create, nothing, make_publisher, drop_subscriber)
{
	return transom_subscriber_create(&joining, (struct transom_subscriber **)&out.pointer);
}

static void
invite(void)
{
	make_publisher();
	check_eq(transom_publisher_invite(publisher, &invitation), 0);
}

static void
drop_invited(int r)
{
	close(invitation);
	drop_subscriber(r);
}

FAULT(transom_subscriber_create_from_fd, nothing, invite, drop_invited)
{
	return transom_subscriber_create_from_fd(invitation, NULL,
						 (struct transom_subscriber **)&out.pointer);
}

static void
unpublish(int r)
{
	unmake_publisher(r);
}

FAULT(transom_subscriber_unref, nothing, make_both, unpublish)
{
	subscriber = transom_subscriber_unref(subscriber);
	return 0;
}

static void
release(int r)
{
	if (r >= 0)
		transom_frame_release(out.pointer);
	unmake_both(r);
}

FAULT(transom_subscriber_acquire, nothing, make_both, release)
{
	return transom_subscriber_acquire(subscriber, 1000, (struct transom_frame **)&out.pointer);
}

FAULT(transom_subscriber_get_fd, nothing, make_both, unmake_both)
{
	return transom_subscriber_get_fd(subscriber);
}

FAULT(transom_subscriber_get_missed, make_both, nothing, nothing_after)
{
	return (int)transom_subscriber_get_missed(subscriber);
}

FAULT(transom_subscriber_get_granted, make_both, nothing, nothing_after)
{
	return (int)transom_subscriber_get_granted(subscriber);
}

/* Frames */

static void
see_frame(void)
{
	make_both();
	check_eq(transom_subscriber_acquire(subscriber, 1000, &other), 0);
}

static void
drop_seen(int r)
{
	other = transom_frame_release(other);
	unmake_both(r);
}

FAULT(transom_frame_get_surface, see_frame, nothing, nothing_after)
{
	return transom_frame_get_surface(other) ? 0 : -1;
}

FAULT(transom_frame_get_pixel_buffer, see_frame, nothing, nothing_after)
{
	return transom_frame_get_pixel_buffer(other) ? -1 : 0;
}

FAULT(transom_frame_get_info, see_frame, nothing, nothing_after)
{
	struct transom_frame_info info = { .size = sizeof(info) };

	return transom_frame_get_info(other, &info);
}

FAULT(transom_frame_get_sequence, see_frame, nothing, nothing_after)
{
	return (int)transom_frame_get_sequence(other);
}

FAULT(transom_frame_release, nothing, see_frame, unmake_both)
{
	transom_frame_release(other);
	return 0;
}

FAULT(transom_frame_add_fence, nothing, see_frame, drop_seen)
{
	return transom_frame_add_fence(other, STDERR_FILENO);
}

/* A frame with a fence. */
static void
see_fenced(void)
{
	struct transom_frame *drawn;

	make_both();
	check_eq(transom_publisher_acquire(publisher, 1000, &drawn), 0);
	check_eq(transom_frame_add_fence(drawn, STDERR_FILENO), 0);
	check_eq(transom_publisher_publish(publisher, drawn, NULL, NULL), 0);
	check_eq(transom_subscriber_acquire(subscriber, 1000, &other), 0);
}

static void
drop_fenced(int r)
{
	if (r >= 0)
		close(out.fds[0]);
	drop_seen(r);
}

FAULT(transom_frame_take_fence, nothing, see_fenced, drop_fenced)
{
	return transom_frame_take_fence(other, &out.fds[0]);
}
