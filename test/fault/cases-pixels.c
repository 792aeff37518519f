/* cases-pixels.c - faults in pixel buffers and pools. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <transom/transom.h>

#include "../harness.h"
#include "fault.h"

static struct transom_surface *surface;
static struct transom_pixel_buffer *buffer, *other;
static struct transom_value *number, *dictionary;
static struct transom_pool *pool;
static uint8_t bytes[64 * 64 * 4];

static struct transom_pixel_buffer_options
image(void)
{
	return (struct transom_pixel_buffer_options){ .size = sizeof(struct transom_pixel_buffer_options),
						      .format = TRANSOM_FORMAT_NV12,
						      .width = 64,
						      .height = 64,
						      .extended = { 2, 2, 2, 2 } };
}

static void
make_buffer(void)
{
	struct transom_pixel_buffer_options options = image();

	check_eq(transom_value_create_integer(7, &number), 0);
	check_eq(transom_value_create_dictionary(&(const char *){ "a" }, &number, 1, &dictionary), 0);
	check_eq(transom_pixel_buffer_create(&options, &buffer), 0);
	check_eq(transom_pixel_buffer_create(&options, &other), 0);
	surface = transom_pixel_buffer_get_surface(buffer);
	check_eq(transom_pixel_buffer_lock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	check_eq(transom_pixel_buffer_set_attachment(buffer, "key", number, TRANSOM_ATTACHMENT_PROPAGATE), 0);
}

static void
drop_buffer(int r)
{
	if (r >= 0)
		transom_pixel_buffer_unref(out.pointer);
}

FAULT(transom_pixel_buffer_create, nothing, nothing, drop_buffer)
{
	struct transom_pixel_buffer_options options = image();

	return transom_pixel_buffer_create(&options, (struct transom_pixel_buffer **)&out.pointer);
}

static void
make_surface(void)
{
	make_buffer();
	surface = transom_surface_ref(surface);
	buffer = transom_pixel_buffer_unref(buffer);
	watched = surface;
}

FAULT(transom_pixel_buffer_create_with_surface, make_surface, nothing, drop_buffer)
{
	return transom_pixel_buffer_create_with_surface(surface,
							(struct transom_pixel_buffer **)&out.pointer);
}

FAULT(transom_pixel_buffer_create_with_bytes, nothing, nothing, drop_buffer)
{
	return transom_pixel_buffer_create_with_bytes(TRANSOM_FORMAT_BGRA8, 64, 64, bytes, 256, NULL, NULL,
						      (struct transom_pixel_buffer **)&out.pointer);
}

FAULT(transom_pixel_buffer_create_with_planar_bytes, nothing, nothing, drop_buffer)
{
	void *const bases[] = { bytes, bytes + 4096 };
	const uint32_t strides[] = { 64, 64 };

	return transom_pixel_buffer_create_with_planar_bytes(TRANSOM_FORMAT_NV12, 64, 64, bytes,
							     sizeof(bytes), 2, bases, strides, NULL, NULL,
							     (struct transom_pixel_buffer **)&out.pointer);
}

FAULT(transom_pixel_buffer_ref, make_buffer, nothing, drop_buffer)
{
	out.pointer = transom_pixel_buffer_ref(buffer);
	return 0;
}

static struct transom_pixel_buffer *third;

static void
make_third(void)
{
	struct transom_pixel_buffer_options options = image();

	check_eq(transom_pixel_buffer_create(&options, &third), 0);
}

FAULT(transom_pixel_buffer_unref, nothing, make_third, nothing_after)
{
	third = transom_pixel_buffer_unref(third);
	return 0;
}

static void
unlock_third(int r)
{
	if (r >= 0)
		check_eq(transom_pixel_buffer_unlock(third, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	third = transom_pixel_buffer_unref(third);
}

FAULT(transom_pixel_buffer_lock, nothing, make_third, unlock_third)
{
	return transom_pixel_buffer_lock(third, TRANSOM_SURFACE_LOCK_WRITE, &out.word);
}

static void
lock_other(void)
{
	check_eq(transom_pixel_buffer_lock(other, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
}

FAULT(transom_pixel_buffer_unlock, make_buffer, lock_other, nothing_after)
{
	return transom_pixel_buffer_unlock(other, TRANSOM_SURFACE_LOCK_WRITE, &out.word);
}

#define READS(fn, expression)                                                                                \
	FAULT(fn, make_buffer, nothing, nothing_after)                                                       \
	{                                                                                                    \
		check(expression);                                                                           \
		return 0;                                                                                    \
	}

READS(transom_pixel_buffer_get_width, transom_pixel_buffer_get_width(buffer) == 64)
READS(transom_pixel_buffer_get_height, transom_pixel_buffer_get_height(buffer) == 64)
READS(transom_pixel_buffer_get_format, transom_pixel_buffer_get_format(buffer) == TRANSOM_FORMAT_NV12)
READS(transom_pixel_buffer_get_plane_count, transom_pixel_buffer_get_plane_count(buffer) == 2)
READS(transom_pixel_buffer_is_planar, transom_pixel_buffer_is_planar(buffer))
READS(transom_pixel_buffer_get_base, transom_pixel_buffer_get_base(buffer))
READS(transom_pixel_buffer_get_plane_base, transom_pixel_buffer_get_plane_base(buffer, 1))
READS(transom_pixel_buffer_get_bytes_per_row, transom_pixel_buffer_get_bytes_per_row(buffer))
READS(transom_pixel_buffer_get_size, transom_pixel_buffer_get_size(buffer))
READS(transom_pixel_buffer_get_surface, transom_pixel_buffer_get_surface(buffer) == surface)
READS(transom_pixel_buffer_is_writable, transom_pixel_buffer_is_writable(buffer))
READS(transom_pixel_buffer_has_attachment, transom_pixel_buffer_has_attachment(buffer, "key"))

FAULT(transom_pixel_buffer_get_plane, make_buffer, nothing, nothing_after)
{
	return transom_pixel_buffer_get_plane(buffer, 0, (struct transom_plane_layout *)(void *)&out);
}

FAULT(transom_pixel_buffer_get_extended, make_buffer, nothing, nothing_after)
{
	return transom_pixel_buffer_get_extended(buffer, &out.word);
}

FAULT(transom_pixel_buffer_fill_extended, make_buffer, nothing, nothing_after)
{
	return transom_pixel_buffer_fill_extended(buffer);
}

static void
forget_attachments(int r)
{
	check_eq(transom_pixel_buffer_remove_all_attachments(other), 0);
}

FAULT(transom_pixel_buffer_set_attachment, make_buffer, nothing, forget_attachments)
{
	return transom_pixel_buffer_set_attachment(other, "key", number, TRANSOM_ATTACHMENT_PROPAGATE);
}

FAULT(transom_pixel_buffer_set_attachments, make_buffer, nothing, forget_attachments)
{
	return transom_pixel_buffer_set_attachments(other, dictionary, TRANSOM_ATTACHMENT_PROPAGATE);
}

static void
drop_value(int r)
{
	if (r >= 0)
		transom_value_unref(out.pointer);
}

FAULT(transom_pixel_buffer_dup_attachment, make_buffer, nothing, drop_value)
{
	return transom_pixel_buffer_dup_attachment(buffer, "key", NULL,
						   (struct transom_value **)&out.pointer);
}

FAULT(transom_pixel_buffer_dup_attachments, make_buffer, nothing, drop_value)
{
	return transom_pixel_buffer_dup_attachments(buffer, TRANSOM_ATTACHMENT_PROPAGATE,
						    (struct transom_value **)&out.pointer);
}

static void
attach(void)
{
	check_eq(transom_pixel_buffer_set_attachment(other, "key", number, TRANSOM_ATTACHMENT_PROPAGATE), 0);
}

FAULT(transom_pixel_buffer_remove_attachment, make_buffer, attach, forget_attachments)
{
	return transom_pixel_buffer_remove_attachment(other, "key");
}

FAULT(transom_pixel_buffer_remove_all_attachments, make_buffer, attach, forget_attachments)
{
	return transom_pixel_buffer_remove_all_attachments(other);
}

FAULT(transom_pixel_buffer_propagate_attachments, make_buffer, nothing, forget_attachments)
{
	return transom_pixel_buffer_propagate_attachments(buffer, other);
}

/* Pools */

static struct transom_pool_options
two_images(void)
{
	return (struct transom_pool_options){ .size = sizeof(struct transom_pool_options),
					      .minimum_count = 1,
					      .maximum_count = 2,
					      .flags = TRANSOM_POOL_KEEP_FOREVER,
					      .buffer = image() };
}

static void
make_pool(void)
{
	struct transom_pool_options options = two_images();

	check_eq(transom_pool_create(&options, &pool), 0);
}

static void
drop_pool(int r)
{
	if (r >= 0)
		transom_pool_unref(out.pointer);
}

FAULT(transom_pool_create, nothing, nothing, drop_pool)
{
	struct transom_pool_options options = two_images();

	return transom_pool_create(&options, (struct transom_pool **)&out.pointer);
}

FAULT(transom_pool_ref, make_pool, nothing, drop_pool)
{
	out.pointer = transom_pool_ref(pool);
	return 0;
}

FAULT(transom_pool_unref, nothing, make_pool, nothing_after)
{
	pool = transom_pool_unref(pool);
	return 0;
}

/* The first is recycled, the second is made. */
static void
take_one(void)
{
	make_pool();
	check_eq(transom_pool_acquire(pool, 0, &third), 0);
}

static void
drop_all(int r)
{
	drop_buffer(r);
	third = transom_pixel_buffer_unref(third);
	pool = transom_pool_unref(pool);
}

FAULT(transom_pool_acquire, nothing, take_one, drop_all)
{
	return transom_pool_acquire(pool, 1000, (struct transom_pixel_buffer **)&out.pointer);
}

/* A pool that had to wait keeps what it waits with. */
static void
drop_both(int r)
{
	drop_buffer(r);
	pool = transom_pool_unref(pool);
}

FAULT(transom_pool_acquire_below, nothing, make_pool, drop_both)
{
	return transom_pool_acquire_below(pool, 1, 1000, (struct transom_pixel_buffer **)&out.pointer);
}

static void
unmake_pool(int r)
{
	pool = transom_pool_unref(pool);
}

FAULT(transom_pool_flush, nothing, make_pool, unmake_pool)
{
	return transom_pool_flush(pool, TRANSOM_POOL_FLUSH_EXCESS);
}

FAULT(transom_pool_get_fd, nothing, make_pool, unmake_pool)
{
	return transom_pool_get_fd(pool);
}

FAULT(transom_pool_get_statistics, make_pool, nothing, nothing_after)
{
	struct transom_pool_statistics statistics = { .size = sizeof(statistics) };

	return transom_pool_get_statistics(pool, &statistics);
}
