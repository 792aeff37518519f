/*
 * 05-renderer.c - draws a moving picture for 06-receiver, a program that it shares nothing with but a name:
 * takes a buffer from a pool, draws, posts a right to it, and forgets it.
 *
 *   05-renderer [FRAMES]
 *
 * The pool alone sets the pace: when all buffers are with the receiver, there is none to draw into.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <transom/transom.h>

#include "frame.h"

#define WIDTH 640
#define HEIGHT 360
#define SIZE 80

static void
must(int error, const char *what)
{
	if (error >= 0)
		return;
	fprintf(stderr, "05-renderer: %s: %s\n", what, transom_error_describe(error));
	exit(1);
}

static struct transom_pool *
make_pool(void)
{
	struct transom_pool_options options = {
		.size = sizeof(options),
		.maximum_count = 3,
		.buffer = {
			.size = sizeof(options.buffer),
			.format = TRANSOM_FORMAT_BGRA8,
			.width = WIDTH,
			.height = HEIGHT,
			.surface_flags = TRANSOM_SURFACE_MAKER_WRITES,
			.name = "example.renderer",
		},
	};
	struct transom_pool *pool;

	must(transom_pool_create(&options, &pool), "cannot make a pool");
	return pool;
}

/* Finds the receiver; if there is none yet, waits until its name appears. */
static int
find_receiver(void)
{
	struct transom_name_watch *watch;
	struct transom_name_event event;
	int send, error;

	must(transom_name_watch_create(&watch), "cannot watch the names");
	while ((error = transom_name_look_up(FRAME_NAME, 1000, &send)) == -ENOENT)
		must(transom_name_watch_next(watch, 10000, &event), "nobody receives");
	must(error, "cannot look the receiver up");
	transom_name_watch_unref(watch);
	return send;
}

/* A square that wanders over a dark ground and says its number by its place. */
static void
draw(struct transom_pixel_buffer *buffer, uint32_t number)
{
	uint32_t left = number * 4 % (WIDTH - SIZE), top = number * 2 % (HEIGHT - SIZE);

	must(transom_pixel_buffer_lock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL), "cannot lock the buffer");
	for (uint32_t y = 0; y < HEIGHT; y++) {
		uint8_t *p = (uint8_t *)transom_pixel_buffer_get_base(buffer) +
			     (size_t)y * transom_pixel_buffer_get_bytes_per_row(buffer);

		for (uint32_t x = 0; x < WIDTH; x++, p += 4) {
			bool inside = x - left < SIZE && y - top < SIZE;

			p[0] = inside ? 64 : (uint8_t)(32 + y / 8); /* blue, green, red, alpha */
			p[1] = inside ? 192 : 32;
			p[2] = inside ? 255 : (uint8_t)(x / 16);
			p[3] = 255;
		}
	}
	must(transom_pixel_buffer_unlock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL),
	     "cannot unlock the buffer");
}

/* Posts a right to the buffer. Then the message alone holds it: the receiver's death would free it. */
static int
post(struct transom_pixel_buffer *buffer, const struct frame *frame, int send)
{
	struct transom_right right = { .kind = TRANSOM_RIGHT_SURFACE };
	int error;

	must(transom_surface_create_right(transom_pixel_buffer_get_surface(buffer), &right.fd),
	     "cannot make a right");
	error = transom_port_send(send, frame, sizeof(*frame), &right, 1, 5000);
	close(right.fd);
	return error;
}

int
main(int count, char **arguments)
{
	struct frame frame = { .total = count > 1 ? (uint32_t)strtoul(arguments[1], NULL, 10) : 100 };
	struct transom_pool *pool = make_pool();
	int send = find_receiver();

	for (frame.number = 1; frame.number <= frame.total; frame.number++) {
		struct transom_pixel_buffer *buffer;
		int error;

		must(transom_pool_acquire(pool, 5000, &buffer), "the receiver gives no buffer back");
		draw(buffer, frame.number);
		error = post(buffer, &frame, send);
		transom_pixel_buffer_unref(buffer);
		if (error == -EPIPE) {
			fprintf(stderr, "05-renderer: the receiver went away before frame %u of %u\n",
				frame.number, frame.total);
			return 1;
		}
		must(error, "cannot post a frame");
	}
	printf("05-renderer: posted %u frames\n", frame.total);
	close(send);
	transom_pool_unref(pool);
	return 0;
}
