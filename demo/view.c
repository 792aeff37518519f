/* view.c - where the visible pixels of a locked pixel buffer lie, plane by plane, and their checksum. */
#include <errno.h>

/* Inline, so that the state can live on the stack. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "view.h"

int
view_create(struct transom_pixel_buffer *buffer, struct view *ret)
{
	uint32_t planes = transom_pixel_buffer_get_plane_count(buffer);
	struct view view = {
		.format = transom_pixel_buffer_get_format(buffer),
		.width = transom_pixel_buffer_get_width(buffer),
		.height = transom_pixel_buffer_get_height(buffer),
		.plane_count = planes ? planes : 1,
	};

	for (uint32_t i = 0; i < view.plane_count; i++) {
		struct transom_plane_layout layout;
		int error = transom_pixel_buffer_get_plane(buffer, i, &layout);

		if (error < 0)
			return error;
		view.planes[i] = (struct view_plane){
			.base = planes ? transom_pixel_buffer_get_plane_base(buffer, i)
				       : transom_pixel_buffer_get_base(buffer),
			.width = layout.width,
			.rows = (layout.height + layout.element_height - 1) / layout.element_height,
			.row_bytes = (layout.width + layout.element_width - 1) / layout.element_width *
				     layout.bytes_per_element,
			.stride = layout.bytes_per_row,
		};
		if (!view.planes[i].base)
			return -ERANGE;
	}
	*ret = view;
	return 0;
}

uint64_t
view_get_size(const struct view *view)
{
	uint64_t size = 0;

	for (uint32_t i = 0; i < view->plane_count; i++)
		size += (uint64_t)view->planes[i].row_bytes * view->planes[i].rows;
	return size;
}

size_t
view_get_span(const struct view *view)
{
	const struct view_plane *last = &view->planes[view->plane_count - 1];

	return (size_t)(last->base - view->planes[0].base) + (size_t)last->stride * (last->rows - 1) +
	       last->row_bytes;
}

uint64_t
view_checksum(const struct view *view, bool half)
{
	XXH3_state_t state;

	XXH3_64bits_reset(&state);
	for (uint32_t i = 0; i < view->plane_count; i++) {
		const struct view_plane *plane = &view->planes[i];

		for (uint32_t y = 0; y < (half ? plane->rows / 2 : plane->rows); y++)
			XXH3_64bits_update(&state, plane->base + (size_t)y * plane->stride, plane->row_bytes);
	}
	return XXH3_64bits_digest(&state);
}
