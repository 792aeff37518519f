/* interop.c - from objects of Apple's names to those of Transom, and back. */
#include <errno.h>

#include <transom_apple.h>

#include "CVBuffer-private.h"
#include "IOSurface-private.h"

int
transom_apple_create_iosurface(struct transom_surface *surface, IOSurfaceRef *ret)
{
	IOSurfaceRef made;

	if (!surface || !ret)
		return -EINVAL;
	made = iosurface_wrap(surface);
	if (!made)
		return -ENOMEM;
	*ret = made;
	return 0;
}

struct transom_surface *
transom_apple_get_surface(IOSurfaceRef object)
{
	return iosurface_get(object);
}

int
transom_apple_create_pixel_buffer(struct transom_pixel_buffer *buffer, CVPixelBufferRef *ret)
{
	CVPixelBufferRef made;

	if (!buffer || !ret)
		return -EINVAL;
	made = buffer_take(transom_pixel_buffer_ref(buffer),
			   transom_pixel_buffer_get_surface(buffer) != NULL);
	if (!made)
		return -ENOMEM;
	*ret = made;
	return 0;
}

struct transom_pixel_buffer *
transom_apple_get_pixel_buffer(CVPixelBufferRef object)
{
	return buffer_get_pixels(object);
}
