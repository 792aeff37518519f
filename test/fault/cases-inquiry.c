/* cases-inquiry.c - faults in asking a stream what it has, and in connecting for somebody else. */
#include <unistd.h>

#include <transom/inquiry.h>
#include <transom/transom.h>

#include "../harness.h"
#include "fault.h"

static struct transom_publisher *publisher;
static struct transom_subscriber *subscriber;
static struct transom_inquiry *inquiry, *other;

static void
make_stream(void)
{
	struct transom_publisher_options options = { .size = sizeof(options),
						     .name = "asked",
						     .buffer = { .size = sizeof(options.buffer),
								 .format = TRANSOM_FORMAT_BGRA8,
								 .width = 32,
								 .height = 16 } };
	const struct transom_subscriber_options joining = { .size = sizeof(joining), .name = "asked" };

	check_eq(transom_publisher_create(&options, &publisher), 0);
	check_eq(transom_subscriber_create(&joining, &subscriber), 0);
}

static void
unmake_stream(void)
{
	subscriber = transom_subscriber_unref(subscriber);
	publisher = transom_publisher_unref(publisher);
}

static void
ask(void)
{
	make_stream();
	check_eq(transom_inquiry_create("asked", 5000, &inquiry), 0);
}

static void
drop_inquiry(int r)
{
	if (r >= 0)
		transom_inquiry_unref(out.pointer);
}

static void
drop_answer(int r)
{
	drop_inquiry(r);
	unmake_stream();
}

FAULT(transom_inquiry_create, nothing, make_stream, drop_answer)
{
	return transom_inquiry_create("asked", 5000, (struct transom_inquiry **)&out.pointer);
}

FAULT(transom_inquiry_ref, ask, nothing, drop_inquiry)
{
	out.pointer = transom_inquiry_ref(inquiry);
	return 0;
}

static void
ask_again(void)
{
	check_eq(transom_inquiry_create("asked", 5000, &other), 0);
}

FAULT(transom_inquiry_unref, make_stream, ask_again, nothing_after)
{
	other = transom_inquiry_unref(other);
	return 0;
}

FAULT(transom_inquiry_get_status, ask, nothing, nothing_after)
{
	struct transom_stream_status status = { .size = sizeof(status) };

	return transom_inquiry_get_status(inquiry, &status);
}

FAULT(transom_inquiry_get_subscriber_count, ask, nothing, nothing_after)
{
	return transom_inquiry_get_subscriber_count(inquiry) == 1 ? 0 : -1;
}

FAULT(transom_inquiry_get_subscriber, ask, nothing, nothing_after)
{
	struct transom_subscriber_status status = { .size = sizeof(status) };

	return transom_inquiry_get_subscriber(inquiry, 0, &status);
}

FAULT(transom_inquiry_get_subscriber_number, ask, nothing, nothing_after)
{
	transom_inquiry_get_subscriber_number(inquiry, 0);
	return 0;
}

static void
disconnect(int r)
{
	if (r >= 0)
		close(out.fds[0]);
	unmake_stream();
}

FAULT(transom_stream_connect, nothing, make_stream, disconnect)
{
	return transom_stream_connect("asked", 5000, &out.fds[0]);
}
