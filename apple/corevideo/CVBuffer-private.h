/*
 * CVBuffer-private.h - the object behind a CVPixelBufferRef, for the files of CoreVideo and the way
 * between both worlds.
 */
#ifndef CVBUFFER_PRIVATE_H
#define CVBUFFER_PRIVATE_H

#include <pthread.h>

#include <CoreVideo/CoreVideo.h>
#include <transom/pixel_buffer.h>

#include "CFBase-private.h"

/* What a planar buffer's base address points at; CVPlanarPixelBufferInfo… of as many planes as there may
 * be. */
struct planar_info {
	CVPlanarComponentInfo planes[TRANSOM_MAX_PLANES];
};

struct buffer {
	struct cf_object head;
	struct transom_pixel_buffer *pixels; /* a reference */
	bool shows_surface; /* the attributes asked for one, or it was made of one */
	struct planar_info planar;

	pthread_mutex_t mutex; /* for what follows */
	IOSurfaceRef surface; /* made when asked for */
	/* Attachments as objects. Those that are property lists are attachments of @pixels too, and these
	 * are what was made of them: good as long as that value is the attachment. */
	CFMutableDictionaryRef objects; /* by key */
	CFMutableDictionaryRef
		values; /* by key: the struct transom_value, a reference; NULL for other objects */
	CFMutableDictionaryRef other_modes; /* by key: of other objects, kCFBooleanTrue if they propagate */
	CFDictionaryRef borrowed[2]; /* by mode: what CVBufferGetAttachments() has given */
};

/* A new object for a pixel buffer, whose reference it takes over, also if it fails; NULL without memory. */
CVPixelBufferRef
buffer_take(struct transom_pixel_buffer *pixels, bool shows_surface);

/* The object, or NULL for what is none. */
struct buffer *
buffer_get(CVBufferRef buffer);

/* The pixel buffer behind it, borrowed; NULL for what is none. */
struct transom_pixel_buffer *
buffer_get_pixels(CVBufferRef buffer);

/* Frees what the attachments hold. */
void
attachments_release(struct buffer *buffer);

/* CoreVideo's word for a negative errno. */
CVReturn
cv_return(int r);

/* Numbers among attributes: false if one is there that is none, or is negative or too large; else @ret
 * stays if it is not there. */
bool
attributes_read_number(CFDictionaryRef attributes, CFStringRef key, uint32_t *ret);

/* How a buffer shall be by its attributes. kCVReturnInvalidPixelBufferAttributes if they make no sense.
 * @name has TRANSOM_SURFACE_MAX_NAME + 1 bytes. */
CVReturn
attributes_read(CFDictionaryRef attributes, struct transom_pixel_buffer_options *ret, bool *ret_surface,
		char *name);

/* A dictionary that can change, the caller's; NULL without memory. */
CFMutableDictionaryRef
attributes_create(void);

/* Without memory the key is left out. */
void
attributes_set_number(CFMutableDictionaryRef attributes, CFStringRef key, int64_t number);

#endif /* CVBUFFER_PRIVATE_H */
