/* image.c - the pixels of a frame: waits for its fences, checks its layout, says where its planes are. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "image.h"

#define DRAWN_MS 1000

static int
wait_for_fences(struct transom_frame *frame)
{
	int fence, r;

	while (transom_frame_take_fence(frame, &fence) == 0) {
		struct pollfd wait = { .fd = fence, .events = POLLIN };

		do {
			r = poll(&wait, 1, DRAWN_MS);
		} while (r < 0 && errno == EINTR);
		close(fence);
		if (r <= 0)
			return r < 0 ? -errno : -ETIMEDOUT;
	}
	return 0;
}

/* The buffer has as many planes as the format, or it would not have been made. */
static int
find_planes(struct image *image)
{
	struct transom_plane_layout layout;
	int r = 0;

	for (uint32_t i = 0; i < image->format->plane_count && r == 0; i++) {
		r = transom_pixel_buffer_get_plane(image->buffer, i, &layout);
		image->planes[i] = transom_pixel_buffer_get_plane_base(image->buffer, i);
		image->strides[i] = layout.bytes_per_row;
	}
	return r;
}

/* Of what is no YCbCr black is always 0. */
static bool
has_full_range(const struct image *image)
{
	if (image->format->model != TRANSOM_MODEL_YCBCR || image->format->range == TRANSOM_RANGE_FULL)
		return true;
	return image->format->range == TRANSOM_RANGE_UNKNOWN && image->colour.full_range;
}

int
image_open(struct transom_frame *frame, struct image *ret)
{
	struct image image = { 0 };
	int r = wait_for_fences(frame);

	*ret = image;
	if (r == 0)
		r = transom_pixel_buffer_create_with_surface(transom_frame_get_surface(frame), &image.buffer);
	if (r < 0)
		return r;
	r = transom_pixel_buffer_lock(image.buffer, TRANSOM_SURFACE_LOCK_READ, NULL);
	if (r < 0) {
		transom_pixel_buffer_unref(image.buffer);
		return r;
	}
	image.format = transom_format_get(transom_pixel_buffer_get_format(image.buffer));
	image.width = transom_pixel_buffer_get_width(image.buffer);
	image.height = transom_pixel_buffer_get_height(image.buffer);
	image_colour_get(transom_frame_get_surface(frame), &image.colour);
	image.full_range = has_full_range(&image);
	r = find_planes(&image);
	if (r < 0) {
		image_close(&image);
		return r;
	}
	*ret = image;
	return 0;
}

void
image_close(struct image *image)
{
	if (image->buffer != NULL) {
		transom_pixel_buffer_unlock(image->buffer, TRANSOM_SURFACE_LOCK_READ, NULL);
		transom_pixel_buffer_unref(image->buffer);
	}
	memset(image, 0, sizeof(*image));
}

void
image_get_shape(const struct image *image, uint32_t *ret_width, uint32_t *ret_height)
{
	const uint64_t across = (uint64_t)image->width * image->colour.aspect_width;
	const uint64_t width = (across + image->colour.aspect_height / 2) / image->colour.aspect_height;

	*ret_width = width < 1 ? 1 : (uint32_t)width;
	*ret_height = image->height;
}
