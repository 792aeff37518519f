/* CVPixelBuffer.c - pixel buffers as CoreFoundation objects. What is done, <transom/pixel_buffer.h> does. */
#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include <CoreFoundation/CFNumber.h>
#include <CoreFoundation/CFString.h>

#include "CVBuffer-private.h"
#include "IOSurface-private.h"

static void
finalize(CFTypeRef object)
{
	struct buffer *buffer = (struct buffer *)(uintptr_t)object;

	attachments_release(buffer);
	CFRelease(buffer->surface);
	transom_pixel_buffer_unref(buffer->pixels);
	pthread_mutex_destroy(&buffer->mutex);
}

static CFStringRef
copy_description(CFTypeRef object)
{
	const struct buffer *buffer = object;
	const struct transom_format *format =
		transom_format_get(transom_pixel_buffer_get_format(buffer->pixels));

	return CFStringCreateWithFormat(NULL, NULL, CFSTR("<CVPixelBuffer %p>{%ux%u %s, %u planes%s}"),
					object, transom_pixel_buffer_get_width(buffer->pixels),
					transom_pixel_buffer_get_height(buffer->pixels),
					format != NULL ? format->name : "?",
					transom_pixel_buffer_get_plane_count(buffer->pixels),
					buffer->shows_surface ? ", on an IOSurface" : "");
}

static const struct cf_class class = {
	.name = "CVPixelBuffer",
	.finalize = finalize,
	.copy_description = copy_description,
};

CFTypeID
CVPixelBufferGetTypeID(void)
{
	return cf_type_register(&class);
}

struct buffer *
buffer_get(CVBufferRef buffer)
{
	return cf_is_own(buffer, CVPixelBufferGetTypeID()) ? (struct buffer *)buffer : NULL;
}

struct transom_pixel_buffer *
buffer_get_pixels(CVBufferRef buffer)
{
	struct buffer *own = buffer_get(buffer);

	return own != NULL ? own->pixels : NULL;
}

/* Offsets from the base address, that is from the header itself, are not known before the buffer is
 * locked: see there. */
CVPixelBufferRef
buffer_take(struct transom_pixel_buffer *pixels, bool shows_surface)
{
	struct buffer *buffer = cf_object_create(NULL, CVPixelBufferGetTypeID(), sizeof(*buffer));

	if (buffer == NULL) {
		transom_pixel_buffer_unref(pixels);
		return NULL;
	}
	pthread_mutex_init(&buffer->mutex, NULL);
	buffer->pixels = pixels;
	buffer->shows_surface = shows_surface;
	return (CVPixelBufferRef)buffer;
}

CVPixelBufferRef
CVPixelBufferRetain(CVPixelBufferRef texture)
{
	return CVBufferRetain(texture);
}

void
CVPixelBufferRelease(CVPixelBufferRef texture)
{
	CVBufferRelease(texture);
}

CVReturn
cv_return(int r)
{
	switch (r) {
	case 0:
		return kCVReturnSuccess;
	case -ENOENT:
		return kCVReturnInvalidPixelFormat;
	case -E2BIG:
	case -ERANGE:
	case -EOVERFLOW:
		return kCVReturnInvalidSize;
	case -EINVAL:
		return kCVReturnInvalidArgument;
	case -ENOMEM:
	case -EMFILE:
	case -ENFILE:
		return kCVReturnAllocationFailed;
	case -EAGAIN:
	case -EBUSY:
		return kCVReturnRetry;
	case -EOPNOTSUPP:
		return kCVReturnUnsupported;
	default:
		return kCVReturnError;
	}
}

/* Hands over what a call has made. */
static CVReturn
give(int r, struct transom_pixel_buffer *pixels, bool shows_surface, CVPixelBufferRef *ret)
{
	CVPixelBufferRef made;

	if (r < 0)
		return cv_return(r);
	made = buffer_take(pixels, shows_surface);
	if (made == NULL)
		return kCVReturnAllocationFailed;
	*ret = made;
	return kCVReturnSuccess;
}

static bool
is_size(size_t width, size_t height)
{
	return width > 0 && height > 0 && width <= TRANSOM_MAX_DIMENSION && height <= TRANSOM_MAX_DIMENSION;
}

static CVReturn
check_arguments(size_t width, size_t height, OSType format, const CVPixelBufferRef *out)
{
	if (out == NULL)
		return kCVReturnInvalidArgument;
	if (transom_format_get(format) == NULL)
		return kCVReturnInvalidPixelFormat;
	return is_size(width, height) ? kCVReturnSuccess : kCVReturnInvalidSize;
}

CVReturn
CVPixelBufferCreate(CFAllocatorRef allocator, size_t width, size_t height, OSType pixelFormatType,
		    CFDictionaryRef pixelBufferAttributes, CVPixelBufferRef *pixelBufferOut)
{
	char name[TRANSOM_SURFACE_MAX_NAME + 1];
	struct transom_pixel_buffer_options options;
	struct transom_pixel_buffer *pixels = NULL;
	bool on_surface = false;
	CVReturn checked;
	int r;

	checked = check_arguments(width, height, pixelFormatType, pixelBufferOut);
	if (checked == kCVReturnSuccess)
		checked = attributes_read(pixelBufferAttributes, &options, &on_surface, name);
	if (checked != kCVReturnSuccess)
		return checked;
	options.format = pixelFormatType;
	options.width = (uint32_t)width;
	options.height = (uint32_t)height;
	if (!on_surface)
		options.flags |= TRANSOM_PIXEL_BUFFER_PLAIN;
	r = transom_pixel_buffer_create(&options, &pixels);
	return give(r, pixels, on_surface, pixelBufferOut);
}

CVReturn
CVPixelBufferCreateWithBytes(CFAllocatorRef allocator, size_t width, size_t height, OSType pixelFormatType,
			     void *baseAddress, size_t bytesPerRow,
			     CVPixelBufferReleaseBytesCallback releaseCallback, void *releaseRefCon,
			     CFDictionaryRef pixelBufferAttributes, CVPixelBufferRef *pixelBufferOut)
{
	struct transom_pixel_buffer *pixels = NULL;
	CVReturn checked = check_arguments(width, height, pixelFormatType, pixelBufferOut);
	int r;

	if (checked != kCVReturnSuccess)
		return checked;
	if (baseAddress == NULL || bytesPerRow > UINT32_MAX)
		return kCVReturnInvalidArgument;
	r = transom_pixel_buffer_create_with_bytes(pixelFormatType, (uint32_t)width, (uint32_t)height,
						   baseAddress, (uint32_t)bytesPerRow, releaseCallback,
						   releaseRefCon, &pixels);
	return give(r, pixels, false, pixelBufferOut);
}

/* Apple's callback has an array of plain pointers. */
struct planar_release {
	CVPixelBufferReleasePlanarBytesCallback callback;
	void *context;
};

static void
release_planar(void *context, const void *data, size_t size, size_t plane_count, const void *const *bases)
{
	struct planar_release *release = context;
	const void *addresses[TRANSOM_MAX_PLANES] = { NULL };

	for (size_t i = 0; i < plane_count && i < TRANSOM_MAX_PLANES; i++)
		addresses[i] = bases[i];
	if (release->callback != NULL)
		release->callback(release->context, data, size, plane_count, addresses);
	free(release);
}

static bool
are_planes(OSType format, size_t width, size_t height, size_t count, const size_t *widths,
	   const size_t *heights)
{
	struct transom_layout layout;

	if (transom_format_get_layout(format, (uint32_t)width, (uint32_t)height, 0, &layout) < 0 ||
	    layout.plane_count != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (widths[i] != layout.planes[i].width || heights[i] != layout.planes[i].height)
			return false;
	return true;
}

CVReturn
CVPixelBufferCreateWithPlanarBytes(CFAllocatorRef allocator, size_t width, size_t height,
				   OSType pixelFormatType, void *dataPtr, size_t dataSize,
				   size_t numberOfPlanes, void *planeBaseAddress[], size_t planeWidth[],
				   size_t planeHeight[], size_t planeBytesPerRow[],
				   CVPixelBufferReleasePlanarBytesCallback releaseCallback,
				   void *releaseRefCon, CFDictionaryRef pixelBufferAttributes,
				   CVPixelBufferRef *pixelBufferOut)
{
	CVReturn checked = check_arguments(width, height, pixelFormatType, pixelBufferOut);
	struct transom_pixel_buffer *pixels = NULL;
	uint32_t rows[TRANSOM_MAX_PLANES];
	struct planar_release *release;
	int r;

	if (checked != kCVReturnSuccess)
		return checked;
	if (planeBaseAddress == NULL || planeWidth == NULL || planeHeight == NULL ||
	    planeBytesPerRow == NULL || numberOfPlanes > TRANSOM_MAX_PLANES ||
	    !are_planes(pixelFormatType, width, height, numberOfPlanes, planeWidth, planeHeight))
		return kCVReturnInvalidArgument;
	for (size_t i = 0; i < numberOfPlanes; i++) {
		if (planeBytesPerRow[i] > UINT32_MAX)
			return kCVReturnInvalidArgument;
		rows[i] = (uint32_t)planeBytesPerRow[i];
	}
	release = malloc(sizeof(*release));
	if (release == NULL)
		return kCVReturnAllocationFailed;
	*release = (struct planar_release){ releaseCallback, releaseRefCon };
	r = transom_pixel_buffer_create_with_planar_bytes(
		pixelFormatType, (uint32_t)width, (uint32_t)height, dataPtr, dataPtr != NULL ? dataSize : 0,
		(uint32_t)numberOfPlanes, planeBaseAddress, rows, release_planar, release, &pixels);
	if (r < 0)
		free(release);
	return give(r, pixels, false, pixelBufferOut);
}

static uint32_t
lock_flags(CVPixelBufferLockFlags flags)
{
	return flags & kCVPixelBufferLock_ReadOnly ? TRANSOM_SURFACE_LOCK_READ : TRANSOM_SURFACE_LOCK_WRITE;
}

CVReturn
CVPixelBufferLockBaseAddress(CVPixelBufferRef pixelBuffer, CVPixelBufferLockFlags lockFlags)
{
	struct transom_pixel_buffer *pixels = buffer_get_pixels(pixelBuffer);

	if (pixels == NULL || (lockFlags & ~(CVPixelBufferLockFlags)kCVPixelBufferLock_ReadOnly) != 0)
		return kCVReturnInvalidArgument;
	return cv_return(transom_pixel_buffer_lock(pixels, lock_flags(lockFlags), NULL));
}

CVReturn
CVPixelBufferUnlockBaseAddress(CVPixelBufferRef pixelBuffer, CVPixelBufferLockFlags unlockFlags)
{
	struct transom_pixel_buffer *pixels = buffer_get_pixels(pixelBuffer);

	if (pixels == NULL || (unlockFlags & ~(CVPixelBufferLockFlags)kCVPixelBufferLock_ReadOnly) != 0)
		return kCVReturnInvalidArgument;
	return cv_return(transom_pixel_buffer_unlock(pixels, lock_flags(unlockFlags), NULL));
}

size_t
CVPixelBufferGetWidth(CVPixelBufferRef pixelBuffer)
{
	return transom_pixel_buffer_get_width(buffer_get_pixels(pixelBuffer));
}

size_t
CVPixelBufferGetHeight(CVPixelBufferRef pixelBuffer)
{
	return transom_pixel_buffer_get_height(buffer_get_pixels(pixelBuffer));
}

OSType
CVPixelBufferGetPixelFormatType(CVPixelBufferRef pixelBuffer)
{
	return transom_pixel_buffer_get_format(buffer_get_pixels(pixelBuffer));
}

/* The planes may lie before the header as well as after it, as they are in other memory; further than 2
 * GiB away an offset cannot say where. */
static void *
fill_planar_info(struct buffer *buffer)
{
	uint32_t count = transom_pixel_buffer_get_plane_count(buffer->pixels);
	struct transom_plane_layout plane;

	for (uint32_t i = 0; i < count; i++) {
		intptr_t offset = (intptr_t)transom_pixel_buffer_get_plane_base(buffer->pixels, i) -
				  (intptr_t)&buffer->planar;

		if (transom_pixel_buffer_get_plane(buffer->pixels, i, &plane) < 0)
			return NULL;
		if (offset != (int32_t)offset)
			offset = 0;
		buffer->planar.planes[i].offset = (int32_t)htobe32((uint32_t)offset);
		buffer->planar.planes[i].rowBytes = htobe32(plane.bytes_per_row);
	}
	return &buffer->planar;
}

void *
CVPixelBufferGetBaseAddress(CVPixelBufferRef pixelBuffer)
{
	struct buffer *buffer = buffer_get(pixelBuffer);
	void *base = transom_pixel_buffer_get_base(buffer_get_pixels(pixelBuffer)), *info;

	if (base == NULL || !transom_pixel_buffer_is_planar(buffer->pixels))
		return base;
	pthread_mutex_lock(&buffer->mutex);
	info = fill_planar_info(buffer);
	pthread_mutex_unlock(&buffer->mutex);
	return info;
}

size_t
CVPixelBufferGetBytesPerRow(CVPixelBufferRef pixelBuffer)
{
	return transom_pixel_buffer_get_bytes_per_row(buffer_get_pixels(pixelBuffer));
}

size_t
CVPixelBufferGetDataSize(CVPixelBufferRef pixelBuffer)
{
	return transom_pixel_buffer_get_size(buffer_get_pixels(pixelBuffer));
}

Boolean
CVPixelBufferIsPlanar(CVPixelBufferRef pixelBuffer)
{
	return transom_pixel_buffer_is_planar(buffer_get_pixels(pixelBuffer));
}

size_t
CVPixelBufferGetPlaneCount(CVPixelBufferRef pixelBuffer)
{
	return transom_pixel_buffer_get_plane_count(buffer_get_pixels(pixelBuffer));
}

/* Zero for a buffer without planes. */
static struct transom_plane_layout
get_plane(CVPixelBufferRef pixelBuffer, size_t index)
{
	struct transom_plane_layout plane = { 0 };

	if (index < CVPixelBufferGetPlaneCount(pixelBuffer))
		transom_pixel_buffer_get_plane(buffer_get_pixels(pixelBuffer), (uint32_t)index, &plane);
	return plane;
}

size_t
CVPixelBufferGetWidthOfPlane(CVPixelBufferRef pixelBuffer, size_t planeIndex)
{
	return get_plane(pixelBuffer, planeIndex).width;
}

size_t
CVPixelBufferGetHeightOfPlane(CVPixelBufferRef pixelBuffer, size_t planeIndex)
{
	return get_plane(pixelBuffer, planeIndex).height;
}

size_t
CVPixelBufferGetBytesPerRowOfPlane(CVPixelBufferRef pixelBuffer, size_t planeIndex)
{
	return get_plane(pixelBuffer, planeIndex).bytes_per_row;
}

void *
CVPixelBufferGetBaseAddressOfPlane(CVPixelBufferRef pixelBuffer, size_t planeIndex)
{
	if (planeIndex >= CVPixelBufferGetPlaneCount(pixelBuffer))
		return NULL;
	return transom_pixel_buffer_get_plane_base(buffer_get_pixels(pixelBuffer), (uint32_t)planeIndex);
}

void
CVPixelBufferGetExtendedPixels(CVPixelBufferRef pixelBuffer, size_t *extraColumnsOnLeft,
			       size_t *extraColumnsOnRight, size_t *extraRowsOnTop, size_t *extraRowsOnBottom)
{
	size_t *const out[4] = { extraColumnsOnLeft, extraColumnsOnRight, extraRowsOnTop, extraRowsOnBottom };
	uint32_t extended[4] = { 0 };

	transom_pixel_buffer_get_extended(buffer_get_pixels(pixelBuffer), extended);
	for (int i = 0; i < 4; i++)
		if (out[i] != NULL)
			*out[i] = extended[i];
}

/* Transom fills what is locked for writing; here no lock is asked for. */
CVReturn
CVPixelBufferFillExtendedPixels(CVPixelBufferRef pixelBuffer)
{
	struct transom_pixel_buffer *pixels = buffer_get_pixels(pixelBuffer);
	int r;

	if (pixels == NULL)
		return kCVReturnInvalidArgument;
	r = transom_pixel_buffer_lock(pixels, TRANSOM_SURFACE_LOCK_WRITE, NULL);
	if (r < 0)
		return cv_return(r);
	r = transom_pixel_buffer_fill_extended(pixels);
	transom_pixel_buffer_unlock(pixels, TRANSOM_SURFACE_LOCK_WRITE, NULL);
	return cv_return(r);
}

IOSurfaceRef
CVPixelBufferGetIOSurface(CVPixelBufferRef pixelBuffer)
{
	struct buffer *buffer = buffer_get(pixelBuffer);
	IOSurfaceRef surface;

	if (buffer == NULL || !buffer->shows_surface)
		return NULL;
	pthread_mutex_lock(&buffer->mutex);
	if (buffer->surface == NULL)
		buffer->surface = iosurface_wrap(transom_pixel_buffer_get_surface(buffer->pixels));
	surface = buffer->surface;
	pthread_mutex_unlock(&buffer->mutex);
	return surface;
}

CVReturn
CVPixelBufferCreateWithIOSurface(CFAllocatorRef allocator, IOSurfaceRef surface,
				 CFDictionaryRef pixelBufferAttributes, CVPixelBufferRef *pixelBufferOut)
{
	struct transom_surface *own = iosurface_get(surface);
	struct transom_pixel_buffer *pixels = NULL;
	int r;

	if (own == NULL || pixelBufferOut == NULL)
		return kCVReturnInvalidArgument;
	r = transom_pixel_buffer_create_with_surface(own, &pixels);
	return give(r == -EPROTO ? -EINVAL : r, pixels, true, pixelBufferOut);
}
