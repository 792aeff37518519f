/* transom-stream.c - frames by a Transom stream. */
#include <errno.h>
#include <stdlib.h>

#include <transom/transom.h>

#include "peer.h"

struct side {
	struct transom_publisher *publisher;
	struct transom_subscriber *subscriber;
	struct transom_frame *frame; /* that is drawn */
};

static const char name[] = "peers";

static void
close_side(void *pointer)
{
	struct side *side = pointer;

	if (side->frame)
		transom_publisher_discard(side->publisher, side->frame);
	transom_publisher_unref(side->publisher);
	transom_subscriber_unref(side->subscriber);
	free(side);
}

static int
open_producer(const struct setup *setup, void **ret)
{
	struct transom_publisher_options options = {
		.size = sizeof(options),
		.name = name,
		.maximum_buffers = setup->buffers,
		.laggard_policy = setup->lossless ? TRANSOM_LAGGARD_WAIT : TRANSOM_LAGGARD_DROP,
		.buffer = { .size = sizeof(options.buffer),
			    .format = setup->nv12 ? TRANSOM_FORMAT_NV12 : TRANSOM_FORMAT_BGRA8,
			    .width = setup->width,
			    .height = setup->height },
	};
	struct side *side;
	int r;

	setenv("TRANSOM_RUNTIME_DIR", setup->folder, 1);
	side = calloc(1, sizeof(*side));
	if (!side)
		return -ENOMEM;
	r = transom_publisher_create(&options, &side->publisher);
	if (r < 0) {
		close_side(side);
		return r;
	}
	*ret = side;
	return 0;
}

static int
draw(void *pointer, void **ret)
{
	struct side *side = pointer;
	int r = transom_publisher_acquire(side->publisher, PATIENCE_MS, &side->frame);

	if (r < 0)
		return r == -ETIMEDOUT ? -EAGAIN : r;
	r = transom_surface_lock(transom_frame_get_surface(side->frame), TRANSOM_SURFACE_LOCK_WRITE, NULL);
	if (r < 0)
		return r;
	*ret = transom_surface_get_base(transom_frame_get_surface(side->frame));
	return 0;
}

static int
publish(void *pointer)
{
	struct side *side = pointer;
	struct transom_frame *frame = side->frame;

	side->frame = NULL;
	transom_surface_unlock(transom_frame_get_surface(frame), TRANSOM_SURFACE_LOCK_WRITE, NULL);
	return transom_publisher_publish(side->publisher, frame, NULL, NULL);
}

/* How many unread frames a reader may ask for, if all are to have as many: one buffer is the newest, one is drawn. */
static uint32_t
choose_queue(const struct setup *setup)
{
	unsigned share = setup->buffers > 2 ? (setup->buffers - 2) / setup->readers : 0;

	return share < 2 ? 1 : share > 5 ? 4 : share - 1;
}

static int
open_reader(const struct setup *setup, void **ret)
{
	struct transom_subscriber_options options = {
		.size = sizeof(options),
		.name = name,
		.flags = TRANSOM_SUBSCRIBER_FOLLOW | (setup->busy ? TRANSOM_SUBSCRIBER_BUSY_POLL : 0),
		.mode = setup->lossless ? TRANSOM_SUBSCRIBER_EVERY : TRANSOM_SUBSCRIBER_LATEST,
		.held = 1 + setup->hold,
		.queue = choose_queue(setup),
	};
	struct side *side;
	int r;

	setenv("TRANSOM_RUNTIME_DIR", setup->folder, 1);
	side = calloc(1, sizeof(*side));
	if (!side)
		return -ENOMEM;
	r = transom_subscriber_create(&options, &side->subscriber);
	if (r < 0) {
		close_side(side);
		return r;
	}
	*ret = side;
	return 0;
}

static int
acquire(void *pointer, struct received *ret)
{
	struct side *side = pointer;
	struct transom_frame *frame;
	int r = transom_subscriber_acquire(side->subscriber, PATIENCE_MS, &frame);

	if (r < 0)
		return r == -ETIMEDOUT ? -EAGAIN : r;
	r = transom_surface_lock(transom_frame_get_surface(frame), TRANSOM_SURFACE_LOCK_READ, NULL);
	if (r < 0) {
		transom_frame_release(frame);
		return r;
	}
	ret->bytes = transom_surface_get_base(transom_frame_get_surface(frame));
	ret->token = frame;
	return 0;
}

static void
release(void *pointer, struct received *frame)
{
	transom_surface_unlock(transom_frame_get_surface(frame->token), TRANSOM_SURFACE_LOCK_READ, NULL);
	transom_frame_release(frame->token);
}

const struct adapter adapter = {
	open_producer, draw, publish, open_reader, acquire, release, close_side,
};
