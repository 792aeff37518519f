/*
 * 04-pool.c - a pool hands a pixel buffer out again as soon as nobody uses it, and never before: not while
 * a right to it lives, in whatever hands.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <transom/transom.h>

static void
must(int error, const char *what)
{
	if (error >= 0)
		return;
	fprintf(stderr, "04-pool: %s: %s\n", what, transom_error_describe(error));
	exit(1);
}

static struct transom_pool *
make_pool(void)
{
	struct transom_pool_options options = {
		.size = sizeof(options),
		.maximum_count = 2,
		.buffer = {
			.size = sizeof(options.buffer),
			.format = TRANSOM_FORMAT_BGRA8,
			.width = 640,
			.height = 480,
			.name = "example",
		},
	};
	struct transom_pool *pool;

	must(transom_pool_create(&options, &pool), "cannot make a pool");
	return pool;
}

static struct transom_pixel_buffer *
acquire(struct transom_pool *pool)
{
	struct transom_pixel_buffer *buffer;

	must(transom_pool_acquire(pool, 0, &buffer), "cannot get a buffer");
	return buffer;
}

static uint32_t
id_of(struct transom_pixel_buffer *buffer)
{
	return transom_surface_get_id(transom_pixel_buffer_get_surface(buffer));
}

static void
tell(struct transom_pool *pool, const char *what)
{
	struct transom_pool_statistics has = { .size = sizeof(has) };

	must(transom_pool_get_statistics(pool, &has), "cannot ask the pool");
	printf("%-46s %u out, %u idle, %u held elsewhere; %u made in all, %u recycled\n", what, has.out,
	       has.idle, has.held, (unsigned)has.created, (unsigned)has.recycled);
}

int
main(void)
{
	struct transom_pool *pool = make_pool();
	struct transom_pixel_buffer *buffer = acquire(pool), *other, *none;
	uint32_t first = id_of(buffer);
	int right, error;

	tell(pool, "the pool made a buffer");
	transom_pixel_buffer_unref(buffer); /* gives it back */
	tell(pool, "it was given back");
	buffer = acquire(pool);
	tell(pool, id_of(buffer) == first ? "and handed out again" : "but another one was handed out");
	if (id_of(buffer) != first)
		return 1;

	/* What a renderer does with each frame: make a right, post it (here: keep it), drop the buffer. */
	must(transom_surface_create_right(transom_pixel_buffer_get_surface(buffer), &right),
	     "cannot make a right");
	transom_pixel_buffer_unref(buffer);
	other = acquire(pool);
	tell(pool, "while its right lives, a second one is made");
	error = transom_pool_acquire(pool, 0, &none);
	tell(pool, error == -EAGAIN ? "a third there is not: the maximum is two" : "this should have failed");
	if (error != -EAGAIN || id_of(other) == first)
		return 1;

	close(right); /* the last right: the receiver is done, or was killed */
	buffer = acquire(pool);
	tell(pool, id_of(buffer) == first ? "the right is gone: the first is back" : "but not the first");
	error = id_of(buffer) == first ? 0 : 1;

	transom_pixel_buffer_unref(buffer);
	transom_pixel_buffer_unref(other);
	transom_pool_unref(pool);
	return error;
}
