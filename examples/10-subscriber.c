/*
 * 10-subscriber.c - a stream: looks at the newest frames of 09-publisher where the publisher drew them.
 *
 * usage: 10-subscriber NAME FRAMES
 *
 * It may be started before the publisher, and goes on with the next one when that ends.
 */
#include <stdio.h>
#include <stdlib.h>

#include <transom/stream.h>

/* The red of the first pixel: the lowest bits of the frame's number. */
static int
look(struct transom_frame *frame)
{
	struct transom_surface *surface = transom_frame_get_surface(frame);
	struct transom_surface_geometry geometry;
	unsigned red;
	int r;

	r = transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL);
	if (r < 0)
		return r;
	red = ((const uint8_t *)transom_surface_get_plane_base(surface, 0))[2];
	transom_surface_get_geometry(surface, &geometry);
	printf("frame %llu: %u x %u, red %u\n", (unsigned long long)transom_frame_get_sequence(frame),
	       geometry.width, geometry.height, red);
	return transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_READ, NULL);
}

int
main(int argc, char **argv)
{
	struct transom_subscriber_options options = {
		.size = sizeof(options),
		.flags = TRANSOM_SUBSCRIBER_FOLLOW,
		.mode = TRANSOM_SUBSCRIBER_LATEST,
	};
	struct transom_subscriber *subscriber;
	struct transom_frame *frame;
	int frames, r;

	if (argc != 3 || (frames = atoi(argv[2])) <= 0) {
		fprintf(stderr, "usage: 10-subscriber NAME FRAMES\n");
		return 2;
	}
	options.name = argv[1];
	r = transom_subscriber_create(&options, &subscriber);
	if (r < 0) {
		fprintf(stderr, "10-subscriber: cannot subscribe to %s: %s\n", argv[1],
			transom_error_describe(r));
		return 1;
	}
	for (int i = 0; i < frames && r >= 0; i++) {
		r = transom_subscriber_acquire(subscriber, 10000, &frame);
		if (r < 0)
			break;
		r = look(frame);
		transom_frame_release(frame);
	}
	if (r < 0)
		fprintf(stderr, "10-subscriber: %s\n", transom_error_describe(r));
	else
		printf("looked at %d frames, missed %llu\n", frames,
		       (unsigned long long)transom_subscriber_get_missed(subscriber));
	transom_subscriber_unref(subscriber);
	return r < 0;
}
