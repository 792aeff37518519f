/* test-readme.c - the example of README.md does what it says: meson.build takes it from there. */
#include <string.h>
#include <unistd.h>

#include <transom/transom.h>

#include "harness.h"

#define COLOUR 0x5a

static void
draw(struct transom_pixel_buffer *buffer)
{
	check_eq(transom_pixel_buffer_lock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	memset(transom_pixel_buffer_get_base(buffer), COLOUR, transom_pixel_buffer_get_bytes_per_row(buffer));
	check_eq(transom_pixel_buffer_unlock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
}

static void
show(struct transom_pixel_buffer *buffer)
{
	check_eq(transom_pixel_buffer_lock(buffer, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	check_eq(*(uint8_t *)transom_pixel_buffer_get_base(buffer), COLOUR);
	check_eq(transom_pixel_buffer_unlock(buffer, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
}

#include "readme-example.h"

static void
receive_one(void *port)
{
	struct transom_message *message;

	check_eq(transom_message_create(&message), 0);
	receive(*(int *)port, message);
	transom_message_unref(message);
}

TEST(readme_example_works)
{
	struct transom_pool_options options = {
		.size = sizeof(options),
		.maximum_count = 1,
		.buffer = { .size = sizeof(options.buffer),
			    .format = TRANSOM_FORMAT_BGRA8,
			    .width = 64,
			    .height = 64 },
	};
	struct transom_pixel_buffer *buffer;
	struct transom_pool *pool;
	int port, send;
	pid_t receiver;

	check_eq(transom_port_create(NULL, &port, &send), 0);
	receiver = spawn(receive_one, &port);
	check_eq(transom_pool_create(&options, &pool), 0);
	post(pool, send);
	check_eq(wait_for(receiver), 0);
	check_eq(transom_pool_acquire(pool, 1000, &buffer), 0); /* it is free again */
	transom_pixel_buffer_unref(buffer);
	transom_pool_unref(pool);
	close(port);
	close(send);
}
