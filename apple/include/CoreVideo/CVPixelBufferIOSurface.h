/*
 * CVPixelBufferIOSurface.h - pixel buffers on surfaces.
 */
#ifndef TRANSOM_COREVIDEO_CVPIXELBUFFERIOSURFACE_H
#define TRANSOM_COREVIDEO_CVPIXELBUFFERIOSURFACE_H

#include <CoreVideo/CVPixelBuffer.h>
#include <IOSurface/IOSurfaceRef.h>

CF_EXTERN_C_BEGIN

/* Attributes within kCVPixelBufferIOSurfacePropertiesKey; taken, and without a meaning here. */
CV_EXPORT const CFStringRef kCVPixelBufferIOSurfaceOpenGLTextureCompatibilityKey;
CV_EXPORT const CFStringRef kCVPixelBufferIOSurfaceOpenGLFBOCompatibilityKey;
CV_EXPORT const CFStringRef kCVPixelBufferIOSurfaceCoreAnimationCompatibilityKey;
CV_EXPORT const CFStringRef kCVPixelBufferIOSurfaceOpenGLESTextureCompatibilityKey;
CV_EXPORT const CFStringRef kCVPixelBufferIOSurfaceOpenGLESFBOCompatibilityKey;

/** The surface, borrowed; NULL for a buffer that is not on one. */
CV_EXPORT IOSurfaceRef
CVPixelBufferGetIOSurface(CVPixelBufferRef pixelBuffer);

/** A pixel buffer on a surface that is there; it is a use of it. */
CV_EXPORT CVReturn
CVPixelBufferCreateWithIOSurface(CFAllocatorRef allocator, IOSurfaceRef surface,
				 CFDictionaryRef pixelBufferAttributes, CVPixelBufferRef *pixelBufferOut);

CF_EXTERN_C_END

#endif /* TRANSOM_COREVIDEO_CVPIXELBUFFERIOSURFACE_H */
