/* frames.c - what the two-process tests draw and check. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "frames.h"
#include "harness.h"

struct transom_pool *
create_frame_pool(uint32_t maximum_count, uint32_t surface_flags)
{
	struct transom_pool_options options = {
		.size = sizeof(options),
		.maximum_count = maximum_count,
		.flags = TRANSOM_POOL_KEEP_FOREVER,
		.buffer = { .size = sizeof(options.buffer),
			    .format = TRANSOM_FORMAT_BGRA8,
			    .width = FRAME_WIDTH,
			    .height = FRAME_HEIGHT,
			    .surface_flags = surface_flags },
	};
	struct transom_pool *pool;

	check_eq(transom_pool_create(&options, &pool), 0);
	return pool;
}

static uint32_t
pixel_of(uint32_t number, uint32_t index)
{
	return number ^ (index * 2654435761u);
}

void
draw_frame(struct transom_pixel_buffer *buffer, uint32_t number)
{
	volatile uint32_t *pixels;

	check_eq(transom_pixel_buffer_lock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	pixels = transom_pixel_buffer_get_base(buffer);
	for (uint32_t i = 0; i < FRAME_WIDTH * FRAME_HEIGHT; i++)
		pixels[i] = pixel_of(number, i);
	check_eq(transom_pixel_buffer_unlock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
}

uint32_t
read_frame(struct transom_pixel_buffer *buffer)
{
	volatile const uint32_t *pixels;
	uint32_t number;

	check_eq(transom_pixel_buffer_lock(buffer, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	pixels = transom_pixel_buffer_get_base(buffer);
	number = pixels[0];
	for (uint32_t i = 0; i < FRAME_WIDTH * FRAME_HEIGHT && number; i++)
		if (pixels[i] != pixel_of(number, i))
			number = 0;
	check_eq(transom_pixel_buffer_unlock(buffer, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	return number;
}

int
post_frame(int send, struct transom_pixel_buffer *buffer, uint32_t number, int timeout_ms)
{
	struct transom_surface *surface = transom_pixel_buffer_get_surface(buffer);
	struct frame_note note = { number, transom_surface_get_id(surface) };
	struct transom_right right = { .kind = TRANSOM_RIGHT_SURFACE };
	int r;

	check_eq(transom_surface_create_right(surface, &right.fd), 0);
	r = transom_port_send(send, &note, sizeof(note), &right, 1, timeout_ms);
	close(right.fd);
	return r;
}

int
receive_frame(int receive, struct transom_message *message, int timeout_ms, struct frame_note *ret_note,
	      struct transom_pixel_buffer **ret)
{
	struct transom_surface *surface;
	int right = -1, r;

	r = transom_port_receive(receive, message, timeout_ms);
	if (r < 0)
		return r;
	memcpy(ret_note, transom_message_get_bytes(message, NULL), sizeof(*ret_note));
	check_eq(transom_message_take_right(message, 0, TRANSOM_RIGHT_SURFACE, &right), 0);
	check_eq(transom_surface_look_up(right, &surface), 0);
	r = transom_pixel_buffer_create_with_surface(surface, ret);
	check(r == 0 || r == -EBUSY);
	transom_surface_unref(surface);
	close(right);
	return r;
}
