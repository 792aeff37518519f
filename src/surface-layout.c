/* surface-layout.c - where the pixels of a surface lie; sums only, and the same checks for all. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "checked-private.h"
#include "surface-private.h"

#define DEFAULT_VALUES_SIZE 65536

static uint64_t
count_elements(uint64_t pixels, uint64_t element)
{
	return (pixels + element - 1) / element;
}

/* Bytes from the first to the last byte of a plane that pixels need. */
static int
get_span(const struct transom_plane_layout *plane, uint64_t *ret)
{
	uint64_t row, rows, above, end;

	if (!plane->width || !plane->height || !plane->bytes_per_element || !plane->element_width ||
	    !plane->element_height)
		return -EINVAL;
	if (plane->width > TRANSOM_MAX_DIMENSION || plane->height > TRANSOM_MAX_DIMENSION)
		return -E2BIG;
	row = count_elements(plane->width, plane->element_width);
	rows = count_elements(plane->height, plane->element_height);
	if (!checked_mul(row, plane->bytes_per_element, &row))
		return -EOVERFLOW;
	if (row > plane->bytes_per_row)
		return -ERANGE;
	if (!checked_mul(rows - 1, plane->bytes_per_row, &above) || !checked_add(above, row, &end))
		return -EOVERFLOW;
	*ret = end;
	return 0;
}

/* Whether a plane lies within @size bytes. */
static int
check_plane(const struct transom_plane_layout *plane, uint64_t size)
{
	uint64_t span, end;
	int r = get_span(plane, &span);

	if (r < 0)
		return r;
	if (plane->size < span)
		return -ERANGE;
	if (!checked_add(plane->offset, plane->size, &end))
		return -EOVERFLOW;
	return end <= size ? 0 : -ERANGE;
}

bool
surface_layout_get_plane(const struct surface_header *header, uint32_t plane,
			 struct transom_plane_layout *ret)
{
	const struct transom_surface_geometry *geometry = &header->geometry;

	if (plane >= (geometry->plane_count ? geometry->plane_count : 1))
		return false;
	if (geometry->plane_count) {
		*ret = header->planes[plane];
		return true;
	}
	*ret = (struct transom_plane_layout){
		.width = geometry->width,
		.height = geometry->height,
		.bytes_per_element = geometry->bytes_per_element,
		.element_width = geometry->element_width,
		.element_height = geometry->element_height,
		.bytes_per_row = geometry->bytes_per_row,
		.offset = geometry->offset,
	};
	if (ret->offset < geometry->allocation_size)
		ret->size = geometry->allocation_size - ret->offset;
	return true;
}

static int
check_planes(const struct surface_header *header)
{
	const struct transom_surface_geometry *geometry = &header->geometry;
	const struct transom_format *format = transom_format_get(geometry->format);
	struct transom_plane_layout plane;

	if (geometry->plane_count > TRANSOM_MAX_PLANES)
		return -E2BIG;
	if (format && geometry->plane_count != format->plane_count &&
	    !(geometry->plane_count == 0 && format->plane_count == 1))
		return -EPROTO;
	for (uint32_t i = 0; i < geometry->plane_count; i++) {
		int r = check_plane(&header->planes[i], geometry->allocation_size);

		if (r < 0)
			return r;
	}
	if (geometry->plane_count)
		return geometry->width && geometry->height ? 0 : -EPROTO;
	if (!geometry->width && !geometry->height)
		return geometry->format && format ? -EPROTO : 0; /* bytes without a shape */
	surface_layout_get_plane(header, 0, &plane);
	return check_plane(&plane, geometry->allocation_size);
}

/* Whether a plane lies in one part. */
static bool
is_in_one_part(const struct transom_plane_layout *plane, const struct surface_parts *parts, uint64_t page)
{
	uint64_t at = 0;

	for (uint32_t i = 0; i < parts->count; i++) { /* sums that were found to fit before */
		if (plane->offset >= at && plane->offset + plane->size <= at + parts->parts[i].size)
			return true;
		at += (parts->parts[i].size + page - 1) / page * page;
	}
	return false;
}

int
surface_layout_check_parts(const struct surface_header *header, const struct surface_parts *parts)
{
	uint64_t at = 0, end = 0, unused, page = header->page_size;
	struct transom_plane_layout plane;

	if (!parts->count)
		return -EPROTO;
	if (parts->count > TRANSOM_MAX_PLANES)
		return -E2BIG;
	for (uint32_t i = 0; i < parts->count; i++) {
		const struct surface_part *part = &parts->parts[i];

		if (!part->size || part->offset % page)
			return -EPROTO;
		if (!checked_add(part->offset, part->size, &unused) || !checked_add(at, part->size, &end) ||
		    !checked_align(end, page, &at))
			return -EOVERFLOW;
	}
	if (end != header->geometry.allocation_size)
		return -ERANGE;
	for (uint32_t i = 0; surface_layout_get_plane(header, i, &plane); i++)
		if (!is_in_one_part(&plane, parts, page))
			return -ERANGE;
	return 0;
}

size_t
surface_layout_get_map_size(const struct surface_header *header)
{
	return header->values_offset + 2 * (size_t)header->values_size;
}

size_t
surface_layout_get_file_size(const struct surface_header *header)
{
	size_t size = surface_layout_get_map_size(header);

	if (header->flags & SURFACE_ELSEWHERE)
		size -= header->values_offset - header->data_offset;
	return size;
}

int
surface_layout_place(struct surface_header *header, uint64_t *ret_map_size)
{
	uint64_t page = header->page_size, pixels, slot, end;

	header->data_offset = 2 * page;
	if (!checked_align(header->geometry.allocation_size, page, &pixels) ||
	    !checked_add(header->data_offset, pixels, &header->values_offset) ||
	    !checked_align(header->values_size, page, &slot) ||
	    !checked_add(header->values_offset, 2 * slot, &end))
		return -EOVERFLOW;
	header->values_size = (uint32_t)slot;
	*ret_map_size = end;
	return 0;
}

int
surface_layout_check(const struct surface_header *header, uint64_t file_size)
{
	struct surface_header placed = *header;
	uint64_t size;
	int r;

	if (header->page_size != (uint32_t)sysconf(_SC_PAGESIZE))
		return -EPROTO;
	if (!header->geometry.allocation_size || !header->values_size)
		return -EPROTO;
	if (header->geometry.allocation_size > TRANSOM_SURFACE_MAX_SIZE ||
	    header->values_size > TRANSOM_VALUE_MAX_SIZE || header->geometry.width > TRANSOM_MAX_DIMENSION ||
	    header->geometry.height > TRANSOM_MAX_DIMENSION)
		return -E2BIG;
	r = surface_layout_place(&placed, &size);
	if (r < 0)
		return r;
	if (placed.data_offset != header->data_offset || placed.values_offset != header->values_offset ||
	    placed.values_size != header->values_size)
		return -EPROTO;
	if (surface_layout_get_file_size(header) != file_size)
		return -ERANGE;
	if (!header->id || memchr(header->name, 0, sizeof(header->name)) == NULL)
		return -EPROTO;
	r = check_planes(header);
	return r == -EINVAL ? -EPROTO : r;
}

/* How many pixels in a row, or rows, more than the image itself has. */
static int
get_extended_size(const struct transom_surface_options *options, uint32_t *ret_width, uint32_t *ret_height)
{
	uint64_t width = (uint64_t)options->extended[0] + options->width + options->extended[1];
	uint64_t height = (uint64_t)options->extended[2] + options->height + options->extended[3];

	if (width > TRANSOM_MAX_DIMENSION || height > TRANSOM_MAX_DIMENSION)
		return -E2BIG;
	*ret_width = (uint32_t)width;
	*ret_height = (uint32_t)height;
	return 0;
}

/* Moves a plane of the extended image to its visible part. */
static int
crop_plane(const struct transom_format_plane *format, const struct transom_surface_options *options,
	   struct transom_plane_layout *plane)
{
	uint32_t across = (uint32_t)format->horizontal_subsampling * format->block_width;
	uint32_t down = (uint32_t)format->vertical_subsampling * format->block_height;
	uint64_t skip;

	for (int i = 0; i < 4; i++)
		if (options->extended[i] % (i < 2 ? across : down))
			return -EINVAL;
	skip = (uint64_t)(options->extended[2] / down) * plane->bytes_per_row +
	       (uint64_t)(options->extended[0] / across) * plane->bytes_per_element;
	plane->offset += skip;
	plane->size -= skip;
	plane->width = (uint32_t)count_elements(options->width, format->horizontal_subsampling);
	plane->height = (uint32_t)count_elements(options->height, format->vertical_subsampling);
	return 0;
}

/* A wish for a stride that the format's layout does not have by itself. */
static int
apply_stride(const struct transom_surface_options *options, struct transom_layout *layout)
{
	struct transom_plane_layout *plane = &layout->planes[0];
	uint64_t rows;

	if (!options->bytes_per_row)
		return 0;
	if (layout->plane_count != 1)
		return -EINVAL;
	rows = count_elements(plane->height, plane->element_height);
	plane->bytes_per_row = options->bytes_per_row;
	if (!checked_mul(rows, plane->bytes_per_row, &plane->size))
		return -EOVERFLOW;
	layout->size = plane->size;
	return 0;
}

/* Whether what was given is not against the format; 0 is nothing given. */
static bool
agrees(uint32_t given, uint32_t formats_own)
{
	return !given || given == formats_own;
}

static int
choose_by_format(const struct transom_surface_options *options, const struct transom_format *format,
		 struct surface_header *ret)
{
	struct transom_surface_geometry *geometry = &ret->geometry;
	struct transom_layout layout;
	uint32_t width, height;
	int r;

	r = get_extended_size(options, &width, &height);
	if (r < 0)
		return r;
	r = transom_format_get_layout(options->format, width, height, 0, &layout);
	if (r < 0)
		return r;
	r = apply_stride(options, &layout);
	if (r < 0)
		return r;
	if (!agrees(options->bytes_per_element, layout.planes[0].bytes_per_element) ||
	    !agrees(options->element_width, layout.planes[0].element_width) ||
	    !agrees(options->element_height, layout.planes[0].element_height))
		return -ERANGE;
	geometry->allocation_size = layout.size;
	for (uint32_t i = 0; i < layout.plane_count; i++) {
		r = crop_plane(&format->planes[i], options, &layout.planes[i]);
		if (r < 0)
			return r;
		ret->planes[i] = layout.planes[i];
	}
	geometry->plane_count = layout.plane_count > 1 ? layout.plane_count : 0;
	geometry->offset = layout.planes[0].offset;
	geometry->bytes_per_row = layout.planes[0].bytes_per_row;
	geometry->bytes_per_element = layout.planes[0].bytes_per_element;
	geometry->element_width = layout.planes[0].element_width;
	geometry->element_height = layout.planes[0].element_height;
	if (!geometry->plane_count)
		memset(ret->planes, 0, sizeof(ret->planes));
	return 0;
}

static int
choose_planes(const struct transom_surface_options *options, struct surface_header *ret)
{
	struct transom_surface_geometry *geometry = &ret->geometry;
	uint64_t needed = 0;

	if (options->plane_count > TRANSOM_MAX_PLANES)
		return -E2BIG;
	for (uint32_t i = 0; i < options->plane_count; i++) {
		struct transom_plane_layout *plane = &ret->planes[i];
		uint64_t end;

		*plane = options->planes[i];
		plane->bytes_per_element = plane->bytes_per_element ? plane->bytes_per_element : 1;
		plane->element_width = plane->element_width ? plane->element_width : 1;
		plane->element_height = plane->element_height ? plane->element_height : 1;
		if (!plane->size && !checked_mul(count_elements(plane->height, plane->element_height),
						 plane->bytes_per_row, &plane->size))
			return -EOVERFLOW;
		if (!checked_add(plane->offset, plane->size, &end))
			return -EOVERFLOW;
		needed = end > needed ? end : needed;
	}
	geometry->plane_count = options->plane_count;
	geometry->allocation_size = needed;
	geometry->offset = ret->planes[0].offset;
	geometry->bytes_per_row = ret->planes[0].bytes_per_row;
	geometry->bytes_per_element = ret->planes[0].bytes_per_element;
	geometry->element_width = ret->planes[0].element_width;
	geometry->element_height = ret->planes[0].element_height;
	return 0;
}

static int
choose_packed(const struct transom_surface_options *options, struct surface_header *ret)
{
	struct transom_surface_geometry *geometry = &ret->geometry;
	uint64_t row;

	geometry->bytes_per_element = options->bytes_per_element ? options->bytes_per_element : 1;
	geometry->element_width = options->element_width ? options->element_width : 1;
	geometry->element_height = options->element_height ? options->element_height : 1;
	row = count_elements(options->width, geometry->element_width) * geometry->bytes_per_element;
	if (options->bytes_per_row)
		row = options->bytes_per_row;
	else if (!checked_align(row, TRANSOM_ROW_ALIGNMENT, &row))
		return -EOVERFLOW;
	if (row > UINT32_MAX)
		return -EOVERFLOW;
	geometry->bytes_per_row = (uint32_t)row;
	if (!checked_mul(row, count_elements(options->height, geometry->element_height),
			 &geometry->allocation_size))
		return -EOVERFLOW;
	return 0;
}

static int
choose_shape(const struct transom_surface_options *options, struct surface_header *ret)
{
	const struct transom_format *format = transom_format_get(options->format);
	bool extended =
		options->extended[0] | options->extended[1] | options->extended[2] | options->extended[3];

	if (options->plane_count)
		return choose_planes(options, ret);
	if (!options->width && !options->height)
		return options->allocation_size && !extended && !format ? 0 : -EINVAL;
	if (!options->width || !options->height)
		return -EINVAL;
	if (format)
		return choose_by_format(options, format, ret);
	if (extended) /* of an unknown format nobody knows where the pixels lie */
		return -EINVAL;
	return choose_packed(options, ret);
}

/* Bytes before a picture. Planes have offsets of their own, and bytes without a shape no place for it. */
static int
apply_offset(const struct transom_surface_options *options, struct transom_surface_geometry *geometry)
{
	if (!options->offset)
		return 0;
	if (geometry->plane_count || !geometry->width)
		return -EINVAL;
	if (!checked_add(geometry->offset, options->offset, &geometry->offset) ||
	    !checked_add(geometry->allocation_size, options->offset, &geometry->allocation_size))
		return -EOVERFLOW;
	return 0;
}

int
surface_layout_choose(const struct transom_surface_options *options, struct surface_header *ret)
{
	struct transom_surface_geometry *geometry = &ret->geometry;
	uint64_t unused;
	int r;

	if (options->width > TRANSOM_MAX_DIMENSION || options->height > TRANSOM_MAX_DIMENSION ||
	    options->allocation_size > TRANSOM_SURFACE_MAX_SIZE ||
	    options->values_size > TRANSOM_VALUE_MAX_SIZE)
		return -E2BIG;
	geometry->format = options->format;
	geometry->width = options->width;
	geometry->height = options->height;
	memcpy(geometry->extended, options->extended, sizeof(geometry->extended));
	r = choose_shape(options, ret);
	if (r == 0)
		r = apply_offset(options, geometry);
	if (r < 0)
		return r;
	if (options->allocation_size) {
		if (options->allocation_size < geometry->allocation_size)
			return -ERANGE;
		geometry->allocation_size = options->allocation_size;
	}
	if (geometry->allocation_size > TRANSOM_SURFACE_MAX_SIZE)
		return -E2BIG;
	ret->page_size = (uint32_t)sysconf(_SC_PAGESIZE);
	ret->values_size = options->values_size ? options->values_size : DEFAULT_VALUES_SIZE;
	r = surface_layout_place(ret, &unused);
	if (r < 0)
		return r;
	r = check_planes(ret);
	return r == -EPROTO ? -EINVAL : r;
}
