/*
 * view.h - where the visible pixels of a locked pixel buffer lie, plane by plane, and their checksum.
 */
#ifndef DEMO_VIEW_H
#define DEMO_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <transom/pixel_buffer.h>

struct view_plane {
	uint8_t *base;
	uint32_t width; /* pixels of this plane */
	uint32_t rows;
	uint32_t row_bytes; /* of pixels; from row to row it is @stride */
	uint32_t stride;
};

struct view {
	uint32_t format;
	uint32_t width;
	uint32_t height;
	uint32_t plane_count; /* at least 1 */
	struct view_plane planes[TRANSOM_MAX_PLANES];
};

/* The pixel buffer is locked, and stays so as long as the view is used. 0 or a negative errno. */
int
view_create(struct transom_pixel_buffer *buffer, struct view *ret);

/* Bytes of visible pixels. */
uint64_t
view_get_size(const struct view *view);

/* Bytes from the first visible pixel to the last, with what lies between. */
size_t
view_get_span(const struct view *view);

/* XXH3 of the visible pixels, or of the upper half of each plane only. */
uint64_t
view_checksum(const struct view *view, bool half);

#endif /* DEMO_VIEW_H */
