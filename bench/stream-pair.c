/* stream-pair.c - streams between two processes, one in each direction; it measures nothing. */
#include <string.h>
#include <unistd.h>

#include "streams.h"

/* More than there are buffers of one stream. */
enum { FILLED = 5 };

struct transom_publisher *
create_publisher(uint32_t width, uint32_t height, uint32_t subscribers)
{
	struct transom_publisher_options options = {
		.size = sizeof(options),
		/* One is drawn, one is the newest, and there is one to spare. */
		.maximum_buffers = subscribers + 3,
		.buffer = { .size = sizeof(options.buffer),
			    .format = TRANSOM_FORMAT_BGRA8,
			    .width = width,
			    .height = height },
	};
	struct transom_publisher *publisher;

	must(transom_publisher_create(&options, &publisher) == 0);
	return publisher;
}

void
invite(struct transom_publisher *publisher, int socket)
{
	int fd;

	must(transom_publisher_invite(publisher, &fd) == 0);
	raw_send(socket, fd);
	close(fd);
}

struct transom_subscriber *
accept_invitation(int socket, uint32_t mode, uint32_t flags)
{
	struct transom_subscriber_options options = {
		.size = sizeof(options), .flags = flags, .mode = mode, .held = 1, .timeout_ms = 60000
	};
	struct transom_subscriber *subscriber;
	int fd = raw_receive(socket);

	if (mode == TRANSOM_SUBSCRIBER_EVERY)
		options.queue = 16;
	must(transom_subscriber_create_from_fd(fd, &options, &subscriber) == 0);
	close(fd);
	return subscriber;
}

void
fill_frame(struct transom_frame *frame, int value)
{
	struct transom_surface *surface = transom_frame_get_surface(frame);
	struct transom_surface_geometry geometry;

	must(transom_surface_get_geometry(surface, &geometry) == 0);
	must(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL) == 0);
	memset(transom_surface_get_base(surface), value, geometry.allocation_size);
	must(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL) == 0);
}

void
stream_end_create(int socket, uint32_t width, uint32_t height, uint32_t flags, struct stream_end *ret)
{
	struct transom_frame *frame;
	uint64_t seen;
	char byte = 0;

	ret->publisher = create_publisher(width, height, 1);
	invite(ret->publisher, socket);
	ret->subscriber = accept_invitation(socket, TRANSOM_SUBSCRIBER_LATEST, flags);
	for (int i = 0; i < FILLED; i++) {
		must(transom_publisher_acquire(ret->publisher, -1, &frame) == 0);
		fill_frame(frame, 1);
		must(transom_publisher_publish(ret->publisher, frame, NULL, NULL) == 0);
	}
	do {
		must(transom_subscriber_acquire(ret->subscriber, -1, &frame) == 0);
		seen = transom_frame_get_sequence(frame);
		transom_frame_release(frame);
	} while (seen < FILLED);
	/* Before the next frame, or the other side might take that for the last of these. */
	must(write(socket, &byte, 1) == 1 && read(socket, &byte, 1) == 1);
}
