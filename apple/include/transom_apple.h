/*
 * transom_apple.h - between the objects of Apple's names and those of Transom, for programs that use both:
 * what one side made, the other works on. Descriptors and Mach's names: transom_apple_mach.h.
 *
 * Both are the same surface and the same pixel buffer: uses, locks, values and attachments are shared.
 */
#ifndef TRANSOM_APPLE_H
#define TRANSOM_APPLE_H

#include <transom/pixel_buffer.h>
#include <transom/surface.h>

#include <CoreVideo/CoreVideo.h>
#include <IOSurface/IOSurface.h>
#include <transom_apple_mach.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Make an IOSurface object for a surface.
 *
 * Each call makes another object; CFEqual() says that they are one surface. It is a reference, no use.
 *
 * @param surface The surface.
 * @param ret     The object.
 *
 * Owns:    the caller has a reference to the object, which has one to the surface.
 * Errors:  -EINVAL NULL, -ENOMEM.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_apple_create_iosurface(struct transom_surface *surface, IOSurfaceRef *ret);

/**
 * The surface behind an IOSurface object, or NULL for what is none.
 *
 * Owns:    borrowed: good as long as the object.
 * Threads: any.    Since: 0.1
 */
TRANSOM_API struct transom_surface *
transom_apple_get_surface(IOSurfaceRef object);

/**
 * Make a CoreVideo object for a pixel buffer: one of a stream's frames, say, to draw into.
 *
 * CVPixelBufferGetIOSurface() gives its surface if it has one. While the object lives, the buffer does: a
 * pool or a stream does not hand it out again. What is attached to the object and is no property list is
 * the object's alone.
 *
 * @param buffer The pixel buffer. @param ret    The object.
 *
 * Owns:    the caller has a reference to the object, which has one to the buffer.
 * Errors:  -EINVAL NULL, -ENOMEM.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_apple_create_pixel_buffer(struct transom_pixel_buffer *buffer, CVPixelBufferRef *ret);

/**
 * The pixel buffer behind a CoreVideo object, or NULL for what is none.
 *
 * Owns:    borrowed: good as long as the object.
 * Threads: any.    Since: 0.1
 */
TRANSOM_API struct transom_pixel_buffer *
transom_apple_get_pixel_buffer(CVPixelBufferRef object);

#ifdef __cplusplus
}
#endif

#endif /* TRANSOM_APPLE_H */
