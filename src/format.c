/* format.c - looks formats up and lays images out; what the formats are is in format-table.c. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <transom/format.h>

#include "checked-private.h"
#include "format-table-private.h"

/* Public structs of fixed shape: other languages and other processes count on these. */
_Static_assert(sizeof(struct transom_format_component) == 6, "layout of a component");
_Static_assert(sizeof(struct transom_plane_layout) == 40, "layout of a plane's layout");
_Static_assert(sizeof(struct transom_layout) == 16 + 40 * TRANSOM_MAX_PLANES, "layout of a layout");

const struct transom_format *
transom_format_get(uint32_t code)
{
	for (size_t i = 0; i < format_table_length; i++)
		if (format_table[i].code == code)
			return &format_table[i];
	return NULL;
}

const struct transom_format *
transom_format_get_at(size_t index)
{
	return index < format_table_length ? &format_table[index] : NULL;
}

/* Whether the format may stand for colours of this range although its own is another. */
static bool
tolerates_range(const struct transom_format *f, enum transom_range range)
{
	return range == TRANSOM_RANGE_UNKNOWN || f->range == TRANSOM_RANGE_UNKNOWN ||
	       f->model != TRANSOM_MODEL_YCBCR;
}

int
transom_format_from_drm(uint32_t drm, enum transom_range range, uint32_t *ret)
{
	const struct transom_format *found = NULL;

	if (!ret || (unsigned)range > TRANSOM_RANGE_WIDE)
		return -EINVAL;
	for (size_t i = 0; drm && i < format_table_length; i++) {
		const struct transom_format *f = &format_table[i];

		if (f->drm != drm)
			continue;
		if (range != TRANSOM_RANGE_UNKNOWN && f->range == range) {
			found = f;
			break;
		}
		if (!found && tolerates_range(f, range))
			found = f;
	}
	if (!found)
		return -ENOENT;
	*ret = found->code;
	return 0;
}

int
transom_format_to_drm(uint32_t code, uint32_t *ret)
{
	const struct transom_format *f = transom_format_get(code);

	if (!ret)
		return -EINVAL;
	if (!f || !f->drm)
		return -ENOENT;
	*ret = f->drm;
	return 0;
}

int
transom_format_from_apple(uint32_t apple, uint32_t *ret)
{
	if (!ret)
		return -EINVAL;
	for (size_t i = 0; apple && i < format_table_length; i++) {
		if (format_table[i].apple == apple) {
			*ret = format_table[i].code;
			return 0;
		}
	}
	return -ENOENT;
}

int
transom_format_to_apple(uint32_t code, uint32_t *ret)
{
	const struct transom_format *f = transom_format_get(code);

	if (!ret)
		return -EINVAL;
	if (!f || !f->apple)
		return -ENOENT;
	*ret = f->apple;
	return 0;
}

int
transom_format_find(const char *name, uint32_t *ret)
{
	const unsigned char *c = (const unsigned char *)name;

	if (!name || !ret)
		return -EINVAL;
	for (size_t i = 0; i < format_table_length; i++) {
		if (!strcmp(format_table[i].name, name)) {
			*ret = format_table[i].code;
			return 0;
		}
	}
	if (strlen(name) != 4)
		return -ENOENT;
	if (transom_format_from_apple(TRANSOM_FOURCC(c[0], c[1], c[2], c[3]), ret) == 0)
		return 0;
	return transom_format_from_drm(TRANSOM_DRM_FOURCC(c[0], c[1], c[2], c[3]), TRANSOM_RANGE_UNKNOWN,
				       ret);
}

static uint32_t
divide_up(uint32_t value, uint32_t divisor)
{
	return value / divisor + (value % divisor != 0);
}

/* Fills in a plane that begins at @offset, or at the next multiple of the alignment. */
static int
lay_plane(const struct transom_format_plane *p, uint32_t width, uint32_t height, uint32_t row_alignment,
	  uint64_t offset, struct transom_plane_layout *ret)
{
	uint64_t row;

	ret->width = divide_up(width, p->horizontal_subsampling);
	ret->height = divide_up(height, p->vertical_subsampling);
	ret->bytes_per_element = p->bytes_per_block;
	ret->element_width = p->block_width;
	ret->element_height = p->block_height;
	if (!checked_mul(divide_up(ret->width, p->block_width), p->bytes_per_block, &row) ||
	    !checked_align(row, row_alignment, &row) || row > UINT32_MAX)
		return -EOVERFLOW;
	ret->bytes_per_row = (uint32_t)row;
	if (!checked_mul(row, divide_up(ret->height, p->block_height), &ret->size) ||
	    !checked_align(offset, row_alignment, &ret->offset))
		return -EOVERFLOW;
	return 0;
}

int
transom_format_get_layout(uint32_t code, uint32_t width, uint32_t height, uint32_t row_alignment,
			  struct transom_layout *ret)
{
	const struct transom_format *f = transom_format_get(code);
	struct transom_layout l = { 0 };

	if (!ret || !width || !height || (row_alignment & (row_alignment - 1)))
		return -EINVAL;
	if (width > TRANSOM_MAX_DIMENSION || height > TRANSOM_MAX_DIMENSION)
		return -E2BIG;
	if (!f)
		return -ENOENT;
	if (!row_alignment)
		row_alignment = f->row_alignment ? f->row_alignment : TRANSOM_ROW_ALIGNMENT;
	l.plane_count = f->plane_count;
	for (uint32_t i = 0; i < f->plane_count; i++) {
		struct transom_plane_layout *p = &l.planes[i];
		int r = lay_plane(&f->planes[i], width, height, row_alignment, l.size, p);

		if (r < 0 || !checked_add(p->offset, p->size, &l.size))
			return -EOVERFLOW;
	}
	*ret = l;
	return 0;
}
