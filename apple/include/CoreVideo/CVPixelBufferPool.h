/*
 * CVPixelBufferPool.h - pools: buffers of one kind that are used again, never while anyone still uses them.
 */
#ifndef TRANSOM_COREVIDEO_CVPIXELBUFFERPOOL_H
#define TRANSOM_COREVIDEO_CVPIXELBUFFERPOOL_H

#include <CoreVideo/CVPixelBuffer.h>

CF_EXTERN_C_BEGIN

typedef struct __CVPixelBufferPool *CVPixelBufferPoolRef;

typedef CF_OPTIONS(CVOptionFlags, CVPixelBufferPoolFlushFlags) { kCVPixelBufferPoolFlushExcessBuffers = 1 };

CV_EXPORT const CFStringRef kCVPixelBufferPoolMinimumBufferCountKey;
CV_EXPORT const CFStringRef kCVPixelBufferPoolMaximumBufferAgeKey;
CV_EXPORT const CFStringRef kCVPixelBufferPoolAllocationThresholdKey;
CV_EXPORT const CFStringRef kCVPixelBufferPoolFreeBufferNotification;
CV_EXPORT CFTypeID
CVPixelBufferPoolGetTypeID(void);
CV_EXPORT CVPixelBufferPoolRef
CVPixelBufferPoolRetain(CVPixelBufferPoolRef pixelBufferPool);
CV_EXPORT void
CVPixelBufferPoolRelease(CVPixelBufferPoolRef pixelBufferPool);

/** Makes a pool; attributes of the pool may be NULL. Its buffers are on surfaces only if the buffers'
 * attributes ask for that. */
CV_EXPORT CVReturn
CVPixelBufferPoolCreate(CFAllocatorRef allocator, CFDictionaryRef poolAttributes,
			CFDictionaryRef pixelBufferAttributes, CVPixelBufferPoolRef *poolOut);

/** What it was made with; borrowed. */
CV_EXPORT CFDictionaryRef
CVPixelBufferPoolGetAttributes(CVPixelBufferPoolRef pool);
CV_EXPORT CFDictionaryRef
CVPixelBufferPoolGetPixelBufferAttributes(CVPixelBufferPoolRef pool);

/** A buffer that nobody uses, anywhere: one that came back, or a new one. Without attachments but for the
 * pool's defaults (kCVBufferPropagatedAttachmentsKey and …NonPropagated… among the attributes). The
 * caller's; the last release gives it back. */
CV_EXPORT CVReturn
CVPixelBufferPoolCreatePixelBuffer(CFAllocatorRef allocator, CVPixelBufferPoolRef pixelBufferPool,
				   CVPixelBufferRef *pixelBufferOut);

/** The same with a limit: kCVReturnWouldExceedAllocationThreshold rather than a new buffer when the pool
 * has kCVPixelBufferPoolAllocationThresholdKey of them. After that
 * kCVPixelBufferPoolFreeBufferNotification is posted, in a thread of the library's, when one becomes free. */
CV_EXPORT CVReturn
CVPixelBufferPoolCreatePixelBufferWithAuxAttributes(CFAllocatorRef allocator,
						    CVPixelBufferPoolRef pixelBufferPool,
						    CFDictionaryRef auxAttributes,
						    CVPixelBufferRef *pixelBufferOut);

/** Frees buffers that were not needed for the maximum age; with kCVPixelBufferPoolFlushExcessBuffers all
 * that nobody uses. */
CV_EXPORT void
CVPixelBufferPoolFlush(CVPixelBufferPoolRef pool, CVPixelBufferPoolFlushFlags options);

CF_EXTERN_C_END

#endif /* TRANSOM_COREVIDEO_CVPIXELBUFFERPOOL_H */
