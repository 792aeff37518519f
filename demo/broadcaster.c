/* broadcaster.c - the publisher of the demo's stream: real frames, each with its checksum beside it. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <transom/stream.h>

#include "../cli/complain.h"
#include "counter.h"
#include "roles.h"
#include "source.h"
#include "stream-act.h"

enum { PERIOD_MS = 10 };

static int
create(const struct source_shape *shape, struct transom_publisher **ret)
{
	struct transom_publisher_options options = {
		.size = sizeof(options),
		.name = STREAM_ACT_NAME,
		.description = "the demo of Transom",
		.buffer = { .size = sizeof(options.buffer),
			    .format = shape->format,
			    .width = shape->width,
			    .height = shape->height },
	};

	return transom_publisher_create(&options, ret);
}

/* Draws a frame and puts the checksum into @ret; false after a complaint. */
static bool
draw(struct source *source, struct transom_pixel_buffer *buffer, uint32_t number, uint64_t *ret)
{
	struct view view;
	int error = transom_pixel_buffer_lock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL);

	if (error >= 0)
		error = view_create(buffer, &view);
	if (error < 0) {
		complain_of(error, "cannot draw frame %u", number);
		return false;
	}
	if (!source_draw(source, number, &view))
		return false;
	counter_burn(&view, number);
	*ret = view_checksum(&view, false);
	transom_pixel_buffer_unlock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL);
	return true;
}

static bool
publish(struct transom_publisher *publisher, struct source *source, uint32_t number)
{
	struct transom_frame_info info = { .size = sizeof(info), .user_size = sizeof(uint64_t) };
	struct transom_frame *frame;
	uint64_t checksum;
	int error = transom_publisher_acquire(publisher, 10000, &frame);

	if (error < 0) {
		complain_of(error, "the publisher has no buffer for frame %u", number);
		return false;
	}
	if (!draw(source, transom_frame_get_pixel_buffer(frame), number, &checksum)) {
		transom_publisher_discard(publisher, frame);
		return false;
	}
	memcpy(info.user, &checksum, sizeof(checksum));
	error = transom_publisher_publish(publisher, frame, &info, NULL);
	if (error < 0)
		complain_of(error, "cannot publish frame %u", number);
	return error >= 0;
}

int
demo_publish(const char *input)
{
	struct source *source = NULL;
	struct transom_publisher *publisher = NULL;
	struct pollfd end = { .fd = STDIN_FILENO, .events = POLLIN };
	bool good = true;
	int error = source_open(input, &source);

	if (error != EXIT_DONE)
		return error;
	error = create(source_get_shape(source), &publisher);
	if (error < 0)
		complain_of(error, "cannot publish the stream %s", STREAM_ACT_NAME);
	good = error >= 0;
	for (uint32_t number = 1; good && poll(&end, 1, PERIOD_MS) == 0; number++)
		good = publish(publisher, source, number);
	transom_publisher_unref(publisher);
	source_close(source);
	return good ? 0 : 1;
}
