/* CVPixelFormatDescription.c - what is known of pixel formats, as dictionaries: Transom's table, and what
 * a program registers. */
#include <pthread.h>

#include <CoreFoundation/CFNumber.h>
#include <CoreFoundation/CFString.h>

#include "CVBuffer-private.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static CFMutableDictionaryRef registered; /* by number; never freed */

static void
set_and_release(CFMutableDictionaryRef dictionary, CFStringRef key, CFTypeRef value)
{
	if (value != NULL)
		CFDictionarySetValue(dictionary, key, value);
	CFRelease(value);
}

static void
set_boolean(CFMutableDictionaryRef dictionary, CFStringRef key, bool truth)
{
	CFDictionarySetValue(dictionary, key, truth ? kCFBooleanTrue : kCFBooleanFalse);
}

/* The block of a plane in pixels of the image would be larger where it is subsampled; CoreVideo counts
 * those of the plane. */
static void
describe_plane(const struct transom_format_plane *plane, CFMutableDictionaryRef into)
{
	attributes_set_number(into, kCVPixelFormatBitsPerBlock, plane->bytes_per_block * 8);
	if (plane->block_width != 1)
		attributes_set_number(into, kCVPixelFormatBlockWidth, plane->block_width);
	if (plane->block_height != 1)
		attributes_set_number(into, kCVPixelFormatBlockHeight, plane->block_height);
	if (plane->horizontal_subsampling != 1)
		attributes_set_number(into, kCVPixelFormatHorizontalSubsampling,
				      plane->horizontal_subsampling);
	if (plane->vertical_subsampling != 1)
		attributes_set_number(into, kCVPixelFormatVerticalSubsampling, plane->vertical_subsampling);
}

static void
describe_planes(const struct transom_format *format, CFMutableDictionaryRef into)
{
	CFMutableArrayRef planes;

	if (format->plane_count == 1) {
		describe_plane(&format->planes[0], into);
		return;
	}
	planes = CFArrayCreateMutable(NULL, 0, &kCFTypeArrayCallBacks);
	for (uint32_t i = 0; i < format->plane_count; i++) {
		CFMutableDictionaryRef plane = attributes_create();

		describe_plane(&format->planes[i], plane);
		CFArrayAppendValue(planes, plane);
		CFRelease(plane);
	}
	set_and_release(into, kCVPixelFormatPlanes, planes);
}

static CFStringRef
get_range(const struct transom_format *format)
{
	switch (format->range) {
	case TRANSOM_RANGE_FULL:
		return kCVPixelFormatComponentRange_FullRange;
	case TRANSOM_RANGE_VIDEO:
		return kCVPixelFormatComponentRange_VideoRange;
	case TRANSOM_RANGE_WIDE:
		return kCVPixelFormatComponentRange_WideRange;
	default:
		return NULL;
	}
}

static CFDictionaryRef
describe(const struct transom_format *format)
{
	CFMutableDictionaryRef into = attributes_create();

	if (into == NULL)
		return NULL;
	set_and_release(into, kCVPixelFormatName,
			CFStringCreateWithCString(NULL, format->name, kCFStringEncodingUTF8));
	attributes_set_number(into, kCVPixelFormatConstant, format->code);
	attributes_set_number(into, kCVPixelFormatCodecType, format->code);
	if (format->drm != 0)
		attributes_set_number(into, kCVPixelFormatFourCC, format->drm);
	set_boolean(into, kCVPixelFormatContainsAlpha, format->alpha != TRANSOM_ALPHA_NONE);
	set_boolean(into, kCVPixelFormatContainsYCbCr, format->model == TRANSOM_MODEL_YCBCR);
	set_boolean(into, kCVPixelFormatContainsRGB, format->model == TRANSOM_MODEL_RGB);
	set_boolean(into, kCVPixelFormatContainsGrayscale, format->model == TRANSOM_MODEL_GREY);
	set_boolean(into, kCVPixelFormatContainsSenselArray, format->model == TRANSOM_MODEL_BAYER);
	if (get_range(format) != NULL)
		CFDictionarySetValue(into, kCVPixelFormatComponentRange, get_range(format));
	describe_planes(format, into);
	return into;
}

/* The caller's; NULL if nothing is registered under the number. */
static CFDictionaryRef
copy_registered(OSType pixelFormat)
{
	int64_t wide = pixelFormat;
	CFNumberRef number = CFNumberCreate(NULL, kCFNumberSInt64Type, &wide);
	CFDictionaryRef found = NULL;

	pthread_mutex_lock(&mutex);
	if (registered != NULL && number != NULL)
		found = CFDictionaryGetValue(registered, number);
	if (found != NULL)
		CFRetain(found);
	pthread_mutex_unlock(&mutex);
	CFRelease(number);
	return found;
}

CFDictionaryRef
CVPixelFormatDescriptionCreateWithPixelFormatType(CFAllocatorRef allocator, OSType pixelFormat)
{
	const struct transom_format *format = transom_format_get(pixelFormat);

	return format != NULL ? describe(format) : copy_registered(pixelFormat);
}

static void
append_key(const void *key, const void *value, void *context)
{
	CFArrayAppendValue(context, key);
}

CFArrayRef
CVPixelFormatDescriptionArrayCreateWithAllPixelFormatTypes(CFAllocatorRef allocator)
{
	CFMutableArrayRef all = CFArrayCreateMutable(allocator, 0, &kCFTypeArrayCallBacks);
	const struct transom_format *format;

	if (all == NULL)
		return NULL;
	for (size_t i = 0; (format = transom_format_get_at(i)) != NULL; i++) {
		int64_t wide = format->code;
		CFNumberRef number = CFNumberCreate(NULL, kCFNumberSInt64Type, &wide);

		if (number != NULL)
			CFArrayAppendValue(all, number);
		CFRelease(number);
	}
	pthread_mutex_lock(&mutex);
	if (registered != NULL)
		CFDictionaryApplyFunction(registered, append_key, all);
	pthread_mutex_unlock(&mutex);
	return all;
}

void
CVPixelFormatDescriptionRegisterDescriptionWithPixelFormatType(CFDictionaryRef description,
							       OSType pixelFormat)
{
	int64_t wide = pixelFormat;
	CFNumberRef number;

	if (description == NULL || CFGetTypeID(description) != CFDictionaryGetTypeID() ||
	    transom_format_get(pixelFormat) != NULL)
		return;
	number = CFNumberCreate(NULL, kCFNumberSInt64Type, &wide);
	pthread_mutex_lock(&mutex);
	if (registered == NULL)
		registered = attributes_create();
	if (registered != NULL && number != NULL)
		CFDictionarySetValue(registered, number, description);
	pthread_mutex_unlock(&mutex);
	CFRelease(number);
}

Boolean
CVIsCompressedPixelFormatAvailable(OSType pixelFormatType)
{
	return false;
}
