/* extended-pixels.c - where the extended pixels of an image lie, and what they are filled with. */
#include <errno.h>
#include <string.h>

#include "checked-private.h"
#include "extended-pixels-private.h"

#define MAX_BYTES_PER_BLOCK 16

/* Blocks around a plane, or in it. */
struct margins {
	uint32_t left, right, top, bottom;
	uint32_t columns, rows;
};

static struct margins
get_margins(const struct transom_format_plane *plane, const struct transom_plane_layout *layout,
	    const uint32_t extended[4])
{
	uint32_t across = plane->horizontal_subsampling * plane->block_width;
	uint32_t down = plane->vertical_subsampling * plane->block_height;

	return (struct margins){
		.left = extended[0] / across,
		.right = extended[1] / across,
		.top = extended[2] / down,
		.bottom = extended[3] / down,
		.columns = (layout->width + plane->block_width - 1) / plane->block_width,
		.rows = (layout->height + plane->block_height - 1) / plane->block_height,
	};
}

bool
extended_is_whole(const struct transom_format *format, const uint32_t extended[4])
{
	for (uint32_t i = 0; i < format->plane_count; i++) {
		const struct transom_format_plane *p = &format->planes[i];
		uint32_t across = p->horizontal_subsampling * p->block_width;
		uint32_t down = p->vertical_subsampling * p->block_height;

		if (extended[0] % across || extended[1] % across || extended[2] % down || extended[3] % down)
			return false;
	}
	return true;
}

int
extended_get_layout(uint32_t code, uint32_t width, uint32_t height, uint32_t row_alignment,
		    const uint32_t extended[4], struct transom_layout *ret)
{
	const struct transom_format *f = transom_format_get(code);
	struct transom_layout visible, whole;
	uint64_t more = 0;
	int r;

	r = transom_format_get_layout(code, width, height, row_alignment, &visible);
	if (r < 0)
		return r;
	for (int i = 0; i < 4; i++)
		if (extended[i] > TRANSOM_MAX_DIMENSION)
			return -E2BIG;
	if (!extended_is_whole(f, extended))
		return -EINVAL;
	r = transom_format_get_layout(code, extended[0] + width + extended[1],
				      extended[2] + height + extended[3], row_alignment, &whole);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < f->plane_count; i++) {
		struct transom_plane_layout *p = &visible.planes[i];
		struct margins m = get_margins(&f->planes[i], p, extended);

		p->bytes_per_row = whole.planes[i].bytes_per_row;
		p->size = (uint64_t)p->bytes_per_row * m.rows;
		p->offset = whole.planes[i].offset + more + (uint64_t)p->bytes_per_row * m.top +
			    (uint64_t)p->bytes_per_element * m.left;
		/* The last visible row counts as a whole one, although it begins in the middle of one. */
		if (m.left)
			more += p->bytes_per_row;
	}
	visible.size = whole.size + more;
	*ret = visible;
	return 0;
}

bool
extended_fits(const struct transom_format_plane *plane, const struct transom_plane_layout *layout,
	      const uint32_t extended[4], uint64_t memory_size)
{
	struct margins m = get_margins(plane, layout, extended);
	uint64_t before = (uint64_t)m.left * plane->bytes_per_block;
	uint64_t after = ((uint64_t)m.columns + m.right) * plane->bytes_per_block;
	uint64_t above = (uint64_t)m.top * layout->bytes_per_row, below, end;

	return before + after <= layout->bytes_per_row && above + before <= layout->offset &&
	       checked_mul((uint64_t)m.rows - 1 + m.bottom, layout->bytes_per_row, &below) &&
	       checked_add(layout->offset, below, &end) && checked_add(end, after, &end) &&
	       end <= memory_size;
}

/* The places of one component's name in a block: a grid, left to right and then down. */
struct grid {
	uint32_t columns, rows;
};

static struct grid
get_grid(const struct transom_format_plane *plane, uint8_t name)
{
	uint32_t count = 0, pixels = plane->block_width * plane->block_height;

	for (uint32_t i = 0; i < plane->component_count; i++)
		count += plane->components[i].name == name;
	if (count == pixels)
		return (struct grid){ plane->block_width, plane->block_height };
	return (struct grid){ count, 1 };
}

/* Which of the components of its name this one is, and the other way round. */
static uint32_t
get_place(const struct transom_format_plane *plane, uint32_t component)
{
	uint32_t place = 0;

	for (uint32_t i = 0; i < component; i++)
		place += plane->components[i].name == plane->components[component].name;
	return place;
}

static const struct transom_format_component *
get_component(const struct transom_format_plane *plane, uint8_t name, uint32_t place)
{
	const struct transom_format_component *c = plane->components;

	while (c->name != name || place-- > 0)
		c++;
	return c;
}

/* Between blocks as numbers: those of several pixels are little-endian in all formats. */
static void
copy_bits(uint8_t *to, const struct transom_format_component *destination, const uint8_t *from,
	  const struct transom_format_component *source)
{
	for (uint32_t i = 0; i < destination->depth; i++) {
		uint32_t out = destination->offset + i, in = source->offset + i;
		unsigned bit = from[in / 8] >> in % 8 & 1;

		to[out / 8] = (uint8_t)((to[out / 8] & ~(1u << out % 8)) | bit << out % 8);
	}
}

static uint32_t
clamp(uint32_t value, uint32_t low, uint32_t high)
{
	return value < low ? low : value > high ? high : value;
}

/* The pixels of a block that are good; the others shall be like the nearest of these. */
struct good {
	uint32_t left, right, top, bottom;
};

static void
spread(const struct transom_format_plane *plane, struct good good, uint8_t *block)
{
	uint32_t width = plane->block_width, height = plane->block_height;
	uint8_t old[MAX_BYTES_PER_BLOCK];

	memcpy(old, block, plane->bytes_per_block);
	for (uint32_t i = 0; i < plane->component_count; i++) {
		const struct transom_format_component *c = &plane->components[i], *source;
		struct grid grid = get_grid(plane, c->name);
		uint32_t place = get_place(plane, i), x, y;

		x = clamp(place % grid.columns, good.left * grid.columns / width,
			  good.right * grid.columns / width);
		y = clamp(place / grid.columns, good.top * grid.rows / height,
			  good.bottom * grid.rows / height);
		source = get_component(plane, c->name, y * grid.columns + x);
		if (source != c)
			copy_bits(block, c, old, source);
	}
}

/* Fills @count blocks like the one at @edge, of which only the good pixels count, on one side of it. */
static void
fill_side(const struct transom_format_plane *plane, struct good good, uint8_t *edge, int direction,
	  uint32_t count)
{
	uint8_t block[MAX_BYTES_PER_BLOCK], *to = edge;
	uint32_t bytes = plane->bytes_per_block;

	memcpy(block, edge, bytes);
	spread(plane, good, block);
	for (uint32_t i = 0; i < count; i++) {
		to += direction * (int)bytes;
		memcpy(to, block, bytes);
	}
}

static void
spread_row(const struct transom_format_plane *plane, struct good good, uint8_t *row, uint32_t blocks)
{
	for (uint32_t i = 0; i < blocks && plane->block_height > 1; i++)
		spread(plane, good, row + (size_t)i * plane->bytes_per_block);
}

/* Fills @count rows like the one at @edge on one side of it. */
static void
fill_rows(const struct transom_format_plane *plane, struct good good, uint8_t *edge, uint32_t blocks,
	  ptrdiff_t stride, uint32_t count)
{
	uint8_t *to = edge;

	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *from = to;

		to += stride;
		memcpy(to, from, (size_t)blocks * plane->bytes_per_block);
		if (i == 0)
			spread_row(plane, good, to, blocks);
	}
}

void
extended_fill(const struct transom_format_plane *plane, const struct transom_plane_layout *layout,
	      const uint32_t extended[4], uint8_t *first_pixel)
{
	struct margins m = get_margins(plane, layout, extended);
	uint32_t blocks = m.left + m.columns + m.right, bytes = plane->bytes_per_block;
	ptrdiff_t stride = layout->bytes_per_row;
	/* The last pixel and the last row of pixels within their blocks, and the last there could be. */
	uint32_t x = (layout->width - 1) % plane->block_width, y = (layout->height - 1) % plane->block_height;
	uint32_t right = plane->block_width - 1u, bottom = plane->block_height - 1u;
	uint8_t *top_row = first_pixel - (size_t)m.left * bytes;
	uint8_t *bottom_row = top_row + (m.rows - 1) * stride;

	for (uint32_t i = 0; i < m.rows; i++) {
		uint8_t *first = first_pixel + i * stride, *last = first + (size_t)(m.columns - 1) * bytes;

		if (m.right && x < right)
			spread(plane, (struct good){ 0, x, 0, bottom }, last);
		fill_side(plane, (struct good){ 0, 0, 0, bottom }, first, -1, m.left);
		fill_side(plane, (struct good){ x, x, 0, bottom }, last, 1, m.right);
	}
	if (m.bottom && y < bottom)
		spread_row(plane, (struct good){ 0, right, 0, y }, bottom_row, blocks);
	fill_rows(plane, (struct good){ 0, right, 0, 0 }, top_row, blocks, -stride, m.top);
	fill_rows(plane, (struct good){ 0, right, y, y }, bottom_row, blocks, stride, m.bottom);
}
