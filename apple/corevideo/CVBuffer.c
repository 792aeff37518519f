/* CVBuffer.c - what all buffers have: references and attachments. */
#include <errno.h>
#include <stdlib.h>

#include <CoreFoundation/CFNumber.h>
#include <CoreFoundation/CFString.h>

#include "CVBuffer-private.h"
#include "property-list-private.h"

CVBufferRef
CVBufferRetain(CVBufferRef buffer)
{
	return buffer != NULL ? (CVBufferRef)(uintptr_t)CFRetain(buffer) : NULL;
}

void
CVBufferRelease(CVBufferRef buffer)
{
	CFRelease(buffer);
}

static bool
is_mode(CVAttachmentMode mode)
{
	return mode == kCVAttachmentMode_ShouldNotPropagate || mode == kCVAttachmentMode_ShouldPropagate;
}

static const void *
ref_value(CFAllocatorRef allocator, const void *value)
{
	return transom_value_ref((struct transom_value *)(uintptr_t)value);
}

static void
unref_value(CFAllocatorRef allocator, const void *value)
{
	transom_value_unref((struct transom_value *)(uintptr_t)value);
}

static bool
make_tables(struct buffer *buffer)
{
	const CFDictionaryValueCallBacks values = { .retain = ref_value, .release = unref_value };

	if (buffer->objects == NULL)
		buffer->objects = CFDictionaryCreateMutable(NULL, 0, &kCFCopyStringDictionaryKeyCallBacks,
							    &kCFTypeDictionaryValueCallBacks);
	if (buffer->values == NULL)
		buffer->values =
			CFDictionaryCreateMutable(NULL, 0, &kCFCopyStringDictionaryKeyCallBacks, &values);
	if (buffer->other_modes == NULL)
		buffer->other_modes = CFDictionaryCreateMutable(NULL, 0, &kCFCopyStringDictionaryKeyCallBacks,
								&kCFTypeDictionaryValueCallBacks);
	return buffer->objects != NULL && buffer->values != NULL && buffer->other_modes != NULL;
}

void
attachments_release(struct buffer *buffer)
{
	CFRelease(buffer->objects);
	CFRelease(buffer->values);
	CFRelease(buffer->other_modes);
	CFRelease(buffer->borrowed[0]);
	CFRelease(buffer->borrowed[1]);
}

static void
forget(struct buffer *buffer, CFStringRef key)
{
	if (buffer->objects == NULL)
		return;
	CFDictionaryRemoveValue(buffer->objects, key);
	CFDictionaryRemoveValue(buffer->values, key);
	CFDictionaryRemoveValue(buffer->other_modes, key);
}

/* A property list is an attachment of the pixel buffer itself; anything else is kept here alone. */
static void
attach(struct buffer *buffer, CFStringRef key, CFTypeRef object, CVAttachmentMode mode)
{
	struct transom_value *value = NULL;
	char *name = property_list_dup_key(key);

	if (name == NULL || !make_tables(buffer)) {
		free(name);
		return;
	}
	forget(buffer, key);
	if (property_list_to_value(object, &value) == 0 &&
	    transom_pixel_buffer_set_attachment(buffer->pixels, name, value,
						(enum transom_attachment_mode)mode) == 0) {
		CFDictionarySetValue(buffer->values, key, value);
	} else {
		transom_pixel_buffer_remove_attachment(buffer->pixels, name);
		CFDictionarySetValue(buffer->other_modes, key,
				     mode == kCVAttachmentMode_ShouldPropagate ? kCFBooleanTrue
									       : kCFBooleanFalse);
	}
	CFDictionarySetValue(buffer->objects, key, object);
	transom_value_unref(value);
	free(name);
}

void
CVBufferSetAttachment(CVBufferRef buffer, CFStringRef key, CFTypeRef value, CVAttachmentMode attachmentMode)
{
	struct buffer *own = buffer_get(buffer);

	if (own == NULL || value == NULL || !is_mode(attachmentMode) ||
	    CFGetTypeID(key) != CFStringGetTypeID())
		return;
	pthread_mutex_lock(&own->mutex);
	attach(own, key, value, attachmentMode);
	pthread_mutex_unlock(&own->mutex);
}

/* The object of an attachment that is a property list: the one that was given, if it still is what is
 * attached. */
static CFTypeRef
get_object(struct buffer *buffer, CFStringRef key, struct transom_value *value)
{
	CFTypeRef object;

	if (!make_tables(buffer))
		return NULL;
	if (CFDictionaryGetValue(buffer->values, key) == value)
		return CFDictionaryGetValue(buffer->objects, key);
	object = property_list_create(NULL, value);
	if (object == NULL)
		return NULL;
	forget(buffer, key);
	CFDictionarySetValue(buffer->values, key, value);
	CFDictionarySetValue(buffer->objects, key, object);
	CFRelease(object);
	return object;
}

/* Borrowed; the mutex is held. */
static CFTypeRef
find(struct buffer *buffer, CFStringRef key, CVAttachmentMode *mode)
{
	struct transom_value *value = NULL;
	enum transom_attachment_mode found;
	char *name = property_list_dup_key(key);
	CFTypeRef object = NULL, other;
	int r = -EINVAL;

	if (name != NULL)
		r = transom_pixel_buffer_dup_attachment(buffer->pixels, name, &found, &value);
	free(name);
	if (r == 0) {
		object = get_object(buffer, key, value);
		*mode = (CVAttachmentMode)found;
		transom_value_unref(value);
		return object;
	}
	other = buffer->other_modes != NULL ? CFDictionaryGetValue(buffer->other_modes, key) : NULL;
	if (other == NULL)
		return NULL;
	*mode = CFBooleanGetValue(other);
	return CFDictionaryGetValue(buffer->objects, key);
}

CFTypeRef
CVBufferCopyAttachment(CVBufferRef buffer, CFStringRef key, CVAttachmentMode *attachmentMode)
{
	struct buffer *own = buffer_get(buffer);
	CVAttachmentMode mode = kCVAttachmentMode_ShouldNotPropagate;
	CFTypeRef object;

	if (own == NULL || CFGetTypeID(key) != CFStringGetTypeID())
		return NULL;
	pthread_mutex_lock(&own->mutex);
	object = find(own, key, &mode);
	if (object != NULL)
		CFRetain(object);
	pthread_mutex_unlock(&own->mutex);
	if (object != NULL && attachmentMode != NULL)
		*attachmentMode = mode;
	return object;
}

CFTypeRef
CVBufferGetAttachment(CVBufferRef buffer, CFStringRef key, CVAttachmentMode *attachmentMode)
{
	CFTypeRef object = CVBufferCopyAttachment(buffer, key, attachmentMode);

	CFRelease(object); /* the buffer holds it */
	return object;
}

Boolean
CVBufferHasAttachment(CVBufferRef buffer, CFStringRef key)
{
	CFTypeRef object = CVBufferCopyAttachment(buffer, key, NULL);

	CFRelease(object);
	return object != NULL;
}

void
CVBufferRemoveAttachment(CVBufferRef buffer, CFStringRef key)
{
	struct buffer *own = buffer_get(buffer);
	char *name;

	if (own == NULL)
		return;
	name = property_list_dup_key(key);
	if (name == NULL)
		return;
	pthread_mutex_lock(&own->mutex);
	transom_pixel_buffer_remove_attachment(own->pixels, name);
	forget(own, key);
	pthread_mutex_unlock(&own->mutex);
	free(name);
}

void
CVBufferRemoveAllAttachments(CVBufferRef buffer)
{
	struct buffer *own = buffer_get(buffer);

	if (own == NULL)
		return;
	pthread_mutex_lock(&own->mutex);
	transom_pixel_buffer_remove_all_attachments(own->pixels);
	if (own->objects != NULL) {
		CFDictionaryRemoveAllValues(own->objects);
		CFDictionaryRemoveAllValues(own->values);
		CFDictionaryRemoveAllValues(own->other_modes);
	}
	pthread_mutex_unlock(&own->mutex);
}

struct collection {
	struct buffer *buffer;
	CFMutableDictionaryRef result;
	CVAttachmentMode mode;
};

static void
collect_other(const void *key, const void *propagates, void *context)
{
	struct collection *collection = context;

	if ((CVAttachmentMode)CFBooleanGetValue(propagates) == collection->mode)
		CFDictionarySetValue(collection->result, key,
				     CFDictionaryGetValue(collection->buffer->objects, key));
}

static void
collect_values(struct collection *collection, struct transom_value *values)
{
	for (int i = 0; i < transom_value_get_count(values); i++) {
		const char *name = transom_value_get_key(values, (size_t)i);
		CFStringRef key = CFStringCreateWithCString(NULL, name, kCFStringEncodingUTF8);
		CFTypeRef object = NULL;

		if (key != NULL)
			object = get_object(collection->buffer, key, transom_value_get_value(values, name));
		if (object != NULL)
			CFDictionarySetValue(collection->result, key, object);
		CFRelease(key);
	}
}

/* All of one mode, the caller's; the mutex is held. */
static CFDictionaryRef
copy_all(struct buffer *buffer, CVAttachmentMode mode)
{
	struct collection collection = { .buffer = buffer, .mode = mode };
	struct transom_value *values = NULL;

	collection.result = CFDictionaryCreateMutable(NULL, 0, &kCFTypeDictionaryKeyCallBacks,
						      &kCFTypeDictionaryValueCallBacks);
	if (collection.result == NULL)
		return NULL;
	if (transom_pixel_buffer_dup_attachments(buffer->pixels, (enum transom_attachment_mode)mode,
						 &values) == 0)
		collect_values(&collection, values);
	if (buffer->other_modes != NULL)
		CFDictionaryApplyFunction(buffer->other_modes, collect_other, &collection);
	transom_value_unref(values);
	return collection.result;
}

CFDictionaryRef
CVBufferCopyAttachments(CVBufferRef buffer, CVAttachmentMode attachmentMode)
{
	struct buffer *own = buffer_get(buffer);
	CFDictionaryRef all;

	if (own == NULL || !is_mode(attachmentMode))
		return NULL;
	pthread_mutex_lock(&own->mutex);
	all = copy_all(own, attachmentMode);
	pthread_mutex_unlock(&own->mutex);
	if (CFDictionaryGetCount(all) > 0)
		return all;
	CFRelease(all);
	return NULL;
}

CFDictionaryRef
CVBufferGetAttachments(CVBufferRef buffer, CVAttachmentMode attachmentMode)
{
	struct buffer *own = buffer_get(buffer);
	CFDictionaryRef all, kept;

	if (own == NULL || !is_mode(attachmentMode))
		return NULL;
	pthread_mutex_lock(&own->mutex);
	all = copy_all(own, attachmentMode);
	kept = own->borrowed[attachmentMode];
	/* What was given out before stays good as long as it is still true. */
	if (kept == NULL || !CFEqual(kept, all)) {
		own->borrowed[attachmentMode] = all;
		all = kept;
	}
	kept = own->borrowed[attachmentMode];
	pthread_mutex_unlock(&own->mutex);
	CFRelease(all);
	return kept;
}

struct attaching {
	struct buffer *buffer;
	CVAttachmentMode mode;
};

static void
attach_one(const void *key, const void *value, void *context)
{
	const struct attaching *attaching = context;

	if (value != NULL && CFGetTypeID(key) == CFStringGetTypeID())
		attach(attaching->buffer, key, value, attaching->mode);
}

void
CVBufferSetAttachments(CVBufferRef buffer, CFDictionaryRef theAttachments, CVAttachmentMode attachmentMode)
{
	struct attaching attaching = { .buffer = buffer_get(buffer), .mode = attachmentMode };

	if (attaching.buffer == NULL || !is_mode(attachmentMode) ||
	    CFGetTypeID(theAttachments) != CFDictionaryGetTypeID())
		return;
	pthread_mutex_lock(&attaching.buffer->mutex);
	CFDictionaryApplyFunction(theAttachments, attach_one, &attaching);
	pthread_mutex_unlock(&attaching.buffer->mutex);
}

void
CVBufferPropagateAttachments(CVBufferRef sourceBuffer, CVBufferRef destinationBuffer)
{
	CFDictionaryRef all = CVBufferCopyAttachments(sourceBuffer, kCVAttachmentMode_ShouldPropagate);

	if (all != NULL)
		CVBufferSetAttachments(destinationBuffer, all, kCVAttachmentMode_ShouldPropagate);
	CFRelease(all);
}
