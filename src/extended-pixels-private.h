/*
 * extended-pixels-private.h - where the extended pixels of an image lie, and what they are filled
 * with; of memory it knows only addresses.
 */
#ifndef TRANSOM_EXTENDED_PIXELS_PRIVATE_H
#define TRANSOM_EXTENDED_PIXELS_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include <transom/format.h>

/* Whether left, right, top and bottom are whole blocks in all planes. */
bool
extended_is_whole(const struct transom_format *format, const uint32_t extended[4]);

/* Lays an image out with room around it. Offsets are those of visible pixels, sizes those of visible
 * rows; no plane's offset and size reach into another plane's. Errors of transom_format_get_layout(). */
int
extended_get_layout(uint32_t code, uint32_t width, uint32_t height, uint32_t row_alignment,
		    const uint32_t extended[4], struct transom_layout *ret);

/* Whether the rows of a plane and what extends it fit into its bytes_per_row, and into memory of that
 * size. Believes the plane's shape, but not its bytes_per_row and offset. */
bool
extended_fits(const struct transom_format_plane *plane, const struct transom_plane_layout *layout,
	      const uint32_t extended[4], uint64_t memory_size);

/* Makes each extended pixel of a plane like the visible one nearest to it. */
void
extended_fill(const struct transom_format_plane *plane, const struct transom_plane_layout *layout,
	      const uint32_t extended[4], uint8_t *first_pixel);

#endif /* TRANSOM_EXTENDED_PIXELS_PRIVATE_H */
