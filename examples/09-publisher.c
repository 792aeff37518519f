/*
 * 09-publisher.c - a stream: shows a picture that moves, like a camera, to whoever subscribes.
 *
 * usage: 09-publisher NAME FRAMES
 *
 * Run 10-subscriber beside it, once or many times, before or after.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <transom/stream.h>

#define WIDTH 320
#define HEIGHT 180
#define PERIOD_NS (1000000000 / 60)

static int
draw(struct transom_frame *frame, uint32_t number)
{
	struct transom_pixel_buffer *buffer = transom_frame_get_pixel_buffer(frame);
	int r = transom_pixel_buffer_lock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL);

	if (r < 0)
		return r;
	for (uint32_t y = 0; y < HEIGHT; y++) {
		uint8_t *p = (uint8_t *)transom_pixel_buffer_get_base(buffer) +
			     (size_t)y * transom_pixel_buffer_get_bytes_per_row(buffer);

		for (uint32_t x = 0; x < WIDTH; x++, p += 4) { /* blue, green, red, alpha */
			p[0] = (uint8_t)(x + number);
			p[1] = (uint8_t)(y + number);
			p[2] = (uint8_t)number; /* what 10-subscriber looks for */
			p[3] = 255;
		}
	}
	return transom_pixel_buffer_unlock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL);
}

static int
publish(struct transom_publisher *publisher, uint32_t number)
{
	struct transom_frame *frame;
	int r = transom_publisher_acquire(publisher, -1, &frame);

	if (r < 0)
		return r;
	r = draw(frame, number);
	if (r < 0) {
		transom_publisher_discard(publisher, frame);
		return r;
	}
	return transom_publisher_publish(publisher, frame, NULL, NULL);
}

int
main(int argc, char **argv)
{
	struct transom_publisher_options options = {
		.size = sizeof(options),
		.description = "a moving picture",
		.buffer = { .size = sizeof(options.buffer),
			    .format = TRANSOM_FORMAT_BGRA8,
			    .width = WIDTH,
			    .height = HEIGHT },
	};
	struct transom_publisher *publisher;
	int frames, r;

	if (argc != 3 || (frames = atoi(argv[2])) <= 0) {
		fprintf(stderr, "usage: 09-publisher NAME FRAMES\n");
		return 2;
	}
	options.name = argv[1];
	r = transom_publisher_create(&options, &publisher);
	if (r < 0) {
		fprintf(stderr, "09-publisher: cannot publish %s: %s\n", argv[1], transom_error_describe(r));
		return 1;
	}
	for (int i = 1; i <= frames && r >= 0; i++) {
		r = publish(publisher, (uint32_t)i);
		nanosleep(&(struct timespec){ .tv_nsec = PERIOD_NS }, NULL);
	}
	if (r < 0)
		fprintf(stderr, "09-publisher: %s\n", transom_error_describe(r));
	else
		printf("published %d frames\n", frames);
	transom_publisher_unref(publisher);
	return r < 0;
}
