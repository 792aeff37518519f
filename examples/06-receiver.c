/*
 * 06-receiver.c - looks at the frames of 05-renderer where the renderer drew them: looks each right up, wraps
 * the surface in a pixel buffer, gives the right up, reads the pixels.
 *
 *   06-receiver
 *
 * Start the two in any order. It ends with the last frame, or with the renderer.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <transom/transom.h>

#include "frame.h"

/* Surfaces to keep mapped: a reference is no use, so keeping one holds nothing back from the pool. */
#define KEPT 3

static void
must(int error, const char *what)
{
	if (error >= 0)
		return;
	fprintf(stderr, "06-receiver: %s: %s\n", what, transom_error_describe(error));
	exit(1);
}

/* The pixel buffer is a use of the surface; from then on the right is not needed. */
static struct transom_pixel_buffer *
wrap(struct transom_message *message, struct transom_surface **kept)
{
	struct transom_pixel_buffer *buffer;
	struct transom_surface *surface;
	int right;

	must(transom_message_take_right(message, 0, TRANSOM_RIGHT_SURFACE, &right), "no surface came");
	must(transom_surface_look_up(right, &surface), "cannot look the surface up");
	must(transom_pixel_buffer_create_with_surface(surface, &buffer), "cannot wrap the surface");
	close(right);
	transom_surface_unref(*kept);
	*kept = surface;
	return buffer;
}

/* Finds the bright square: the number of its pixels, and its upper left corner. */
static void
look(struct transom_pixel_buffer *buffer, const struct frame *frame)
{
	uint32_t width = transom_pixel_buffer_get_width(buffer);
	uint32_t height = transom_pixel_buffer_get_height(buffer);
	uint32_t pixels = 0, left = 0, top = 0;

	must(transom_pixel_buffer_lock(buffer, TRANSOM_SURFACE_LOCK_READ, NULL), "cannot lock the buffer");
	for (uint32_t y = 0; y < height; y++) {
		const uint8_t *p = (const uint8_t *)transom_pixel_buffer_get_base(buffer) +
				   (size_t)y * transom_pixel_buffer_get_bytes_per_row(buffer);

		for (uint32_t x = 0; x < width; x++, p += 4) {
			if (p[2] != 255)
				continue;
			if (!pixels++) {
				left = x;
				top = y;
			}
		}
	}
	must(transom_pixel_buffer_unlock(buffer, TRANSOM_SURFACE_LOCK_READ, NULL),
	     "cannot unlock the buffer");
	printf("06-receiver: frame %u of %u, %u x %u: a square of %u pixels at %u, %u\n", frame->number,
	       frame->total, width, height, pixels, left, top);
}

int
main(void)
{
	struct transom_surface *kept[KEPT] = { NULL };
	struct frame frame = { 0, 1 };
	struct transom_message *message;
	struct transom_name *name;
	int receive, send;

	setvbuf(stdout, NULL, _IOLBF, 0);
	must(transom_port_create(NULL, &receive, &send), "cannot make a port");
	must(transom_name_check_in(FRAME_NAME, send, &name), "cannot check the name in");
	close(send);
	must(transom_message_create(&message), "cannot make a message");
	while (frame.number < frame.total) {
		int error = transom_port_receive(receive, message, 10000);
		struct transom_pixel_buffer *buffer;
		const void *bytes;
		size_t size;

		if (error == -ENOTCONN) {
			fprintf(stderr, "06-receiver: the renderer went away after frame %u of %u\n",
				frame.number, frame.total);
			return 1;
		}
		must(error, "no frame comes");
		/* From here on only the renderer can send, so its death is an event: no senders. */
		name = transom_name_unref(name);
		bytes = transom_message_get_bytes(message, &size);
		if (size != sizeof(frame))
			must(-EBADMSG, "this is no frame");
		frame = *(const struct frame *)bytes;
		buffer = wrap(message, &kept[frame.number % KEPT]);
		look(buffer, &frame);
		transom_pixel_buffer_unref(buffer); /* the renderer's pool may have it again */
	}

	for (int i = 0; i < KEPT; i++)
		transom_surface_unref(kept[i]);
	transom_message_unref(message);
	close(receive);
	return 0;
}
