/* properties.c - from the dictionary that IOSurfaceCreate() is given to what Transom is to make. */
#include <string.h>

#include <CoreFoundation/CFArray.h>
#include <CoreFoundation/CFNumber.h>
#include <CoreFoundation/CFString.h>

#include "IOSurface-private.h"

/* A number that is there must be one, whole and not negative; one that is not there leaves @ret alone. */
static bool
read_number(CFDictionaryRef properties, CFStringRef key, uint64_t maximum, uint64_t *ret)
{
	CFTypeRef value = CFDictionaryGetValue(properties, key);
	int64_t number;

	if (value == NULL)
		return true;
	if (CFGetTypeID(value) == CFBooleanGetTypeID())
		number = CFBooleanGetValue(value);
	else if (!CFNumberGetValue(value, kCFNumberSInt64Type, &number))
		return false;
	if (number < 0 || (uint64_t)number > maximum)
		return false;
	*ret = (uint64_t)number;
	return true;
}

static bool
read_number32(CFDictionaryRef properties, CFStringRef key, uint32_t *ret)
{
	uint64_t number = *ret;

	if (!read_number(properties, key, UINT32_MAX, &number))
		return false;
	*ret = (uint32_t)number;
	return true;
}

/* PlaneBase and PlaneOffset are two names for one thing; of both, the base counts. */
static bool
read_plane(CFTypeRef value, uint64_t *end, struct transom_plane_layout *ret)
{
	CFDictionaryRef plane = value;
	uint32_t bits = 0;
	uint64_t row;

	if (value == NULL || CFGetTypeID(value) != CFDictionaryGetTypeID())
		return false;
	*ret = (struct transom_plane_layout){ .element_width = 1, .element_height = 1, .offset = *end };
	if (!read_number32(plane, kIOSurfacePlaneWidth, &ret->width) ||
	    !read_number32(plane, kIOSurfacePlaneHeight, &ret->height) ||
	    !read_number32(plane, kIOSurfacePlaneBitsPerElement, &bits) ||
	    !read_number32(plane, kIOSurfacePlaneBytesPerElement, &ret->bytes_per_element) ||
	    !read_number32(plane, kIOSurfacePlaneElementWidth, &ret->element_width) ||
	    !read_number32(plane, kIOSurfacePlaneElementHeight, &ret->element_height) ||
	    !read_number32(plane, kIOSurfacePlaneBytesPerRow, &ret->bytes_per_row) ||
	    !read_number(plane, kIOSurfacePlaneOffset, TRANSOM_SURFACE_MAX_SIZE, &ret->offset) ||
	    !read_number(plane, kIOSurfacePlaneBase, TRANSOM_SURFACE_MAX_SIZE, &ret->offset) ||
	    !read_number(plane, kIOSurfacePlaneSize, TRANSOM_SURFACE_MAX_SIZE, &ret->size))
		return false;
	if (ret->bytes_per_element == 0)
		ret->bytes_per_element = bits > 0 ? bits / 8 + (bits % 8 != 0) : 1;
	if (ret->width == 0 || ret->height == 0 || ret->element_width == 0 || ret->element_height == 0)
		return false;
	row = ((uint64_t)ret->width + ret->element_width - 1) / ret->element_width * ret->bytes_per_element;
	if (ret->bytes_per_row == 0) {
		row = transom_surface_align(TRANSOM_SURFACE_PLANE_BYTES_PER_ROW, row);
		if (row > UINT32_MAX)
			return false;
		ret->bytes_per_row = (uint32_t)row;
	}
	if (ret->size == 0)
		ret->size = ((uint64_t)ret->height + ret->element_height - 1) / ret->element_height *
			    ret->bytes_per_row;
	*end = transom_surface_align(TRANSOM_SURFACE_PLANE_OFFSET, ret->offset + ret->size);
	return true;
}

static bool
read_planes(CFDictionaryRef properties, struct transom_surface_options *ret)
{
	CFArrayRef planes = CFDictionaryGetValue(properties, kIOSurfacePlaneInfo);
	CFIndex count;
	uint64_t end = 0;

	if (planes == NULL)
		return true;
	if (CFGetTypeID(planes) != CFArrayGetTypeID())
		return false;
	count = CFArrayGetCount(planes);
	if (count < 1 || count > TRANSOM_MAX_PLANES || ret->width == 0 || ret->height == 0)
		return false;
	for (CFIndex i = 0; i < count; i++)
		if (!read_plane(CFArrayGetValueAtIndex(planes, i), &end, &ret->planes[i]))
			return false;
	ret->plane_count = (uint32_t)count;
	/* The planes say it all; what is said of the whole would contradict them. */
	ret->bytes_per_row = ret->bytes_per_element = ret->element_width = ret->element_height = ret->offset =
		0;
	return true;
}

/* The sizes of elements are the format's own; programs often give those of one pixel instead. */
static void
leave_elements_to_the_format(struct transom_surface_options *options)
{
	const struct transom_format *format = transom_format_get(options->format);

	if (format == NULL || options->plane_count > 0)
		return;
	options->bytes_per_element = options->element_width = options->element_height = 0;
	if (format->plane_count > 1)
		options->bytes_per_row = 0;
}

static bool
read_name(CFDictionaryRef properties, struct transom_surface_options *options, char *name)
{
	CFTypeRef value = CFDictionaryGetValue(properties, kIOSurfaceName);

	if (value == NULL)
		return true;
	if (CFGetTypeID(value) != CFStringGetTypeID() ||
	    !CFStringGetCString(value, name, TRANSOM_SURFACE_MAX_NAME + 1, kCFStringEncodingUTF8))
		return false;
	options->name = name;
	return true;
}

bool
iosurface_read_properties(CFDictionaryRef properties, struct transom_surface_options *ret, char *name)
{
	uint32_t global = 0;

	if (properties == NULL || CFGetTypeID(properties) != CFDictionaryGetTypeID())
		return false;
	*ret = (struct transom_surface_options){ .size = sizeof(*ret) };
	if (!read_number32(properties, kIOSurfaceWidth, &ret->width) ||
	    !read_number32(properties, kIOSurfaceHeight, &ret->height) ||
	    !read_number32(properties, kIOSurfaceBytesPerRow, &ret->bytes_per_row) ||
	    !read_number32(properties, kIOSurfaceBytesPerElement, &ret->bytes_per_element) ||
	    !read_number32(properties, kIOSurfaceElementWidth, &ret->element_width) ||
	    !read_number32(properties, kIOSurfaceElementHeight, &ret->element_height) ||
	    !read_number32(properties, kIOSurfacePixelFormat, &ret->format) ||
	    !read_number32(properties, kIOSurfaceIsGlobal, &global) ||
	    !read_number32(properties, kIOSurfaceOffset, &ret->offset) ||
	    !read_number(properties, kIOSurfaceAllocSize, TRANSOM_SURFACE_MAX_SIZE, &ret->allocation_size) ||
	    !read_planes(properties, ret) || !read_name(properties, ret, name))
		return false;
	if (global)
		ret->flags |= TRANSOM_SURFACE_GLOBAL;
	leave_elements_to_the_format(ret);
	return true;
}
