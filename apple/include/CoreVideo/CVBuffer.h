/*
 * CVBuffer.h - buffers of any kind, and what is attached to them. An attachment may be any object; it
 * belongs to the buffer and is not seen by other processes.
 *
 * Errors:  NULL, or what is no buffer, changes nothing and gives NULL or false.
 * Threads: any; what was only borrowed lives until another thread changes it.
 */
#ifndef TRANSOM_COREVIDEO_CVBUFFER_H
#define TRANSOM_COREVIDEO_CVBUFFER_H

#include <CoreFoundation/CFDictionary.h>
#include <CoreVideo/CVBase.h>

CF_EXTERN_C_BEGIN

typedef struct __CVBuffer *CVBufferRef;

typedef CF_ENUM(uint32_t, CVAttachmentMode) {
	kCVAttachmentMode_ShouldNotPropagate = 0,
	kCVAttachmentMode_ShouldPropagate = 1
};

CV_EXPORT const CFStringRef kCVBufferPropagatedAttachmentsKey;
CV_EXPORT const CFStringRef kCVBufferNonPropagatedAttachmentsKey;
CV_EXPORT const CFStringRef kCVBufferMovieTimeKey;
CV_EXPORT const CFStringRef kCVBufferTimeValueKey;
CV_EXPORT const CFStringRef kCVBufferTimeScaleKey;

/** CFRetain() for buffers; NULL is let pass. */
CV_EXPORT CVBufferRef
CVBufferRetain(CVBufferRef buffer);

/** CFRelease() for buffers; NULL is let pass. */
CV_EXPORT void
CVBufferRelease(CVBufferRef buffer);

/** Attaches a value under a key, instead of what was there in either mode. Takes a reference to it. */
CV_EXPORT void
CVBufferSetAttachment(CVBufferRef buffer, CFStringRef key, CFTypeRef value, CVAttachmentMode attachmentMode);

/** The value of a key, whatever its mode, which @attachmentMode gets if it is not NULL. Borrowed: it is
 * good until the attachment is changed. NULL if there is none. */
CV_EXPORT CFTypeRef
CVBufferGetAttachment(CVBufferRef buffer, CFStringRef key, CVAttachmentMode *attachmentMode);
CV_EXPORT void
CVBufferRemoveAttachment(CVBufferRef buffer, CFStringRef key);
CV_EXPORT void
CVBufferRemoveAllAttachments(CVBufferRef buffer);

/** All of one mode: a dictionary that is the buffer's, good until its attachments change; empty if there
 * are none. NULL for a bad mode. */
CV_EXPORT CFDictionaryRef
CVBufferGetAttachments(CVBufferRef buffer, CVAttachmentMode attachmentMode);

/** All of a dictionary at once. */
CV_EXPORT void
CVBufferSetAttachments(CVBufferRef buffer, CFDictionaryRef theAttachments, CVAttachmentMode attachmentMode);

/** Attaches what @sourceBuffer has of kCVAttachmentMode_ShouldPropagate to @destinationBuffer. */
CV_EXPORT void
CVBufferPropagateAttachments(CVBufferRef sourceBuffer, CVBufferRef destinationBuffer);

/** All of one mode; the caller's. NULL if there are none, and for a bad mode. */
CV_EXPORT CFDictionaryRef
CVBufferCopyAttachments(CVBufferRef buffer, CVAttachmentMode attachmentMode);

/** As CVBufferGetAttachment(), but the caller's. */
CV_EXPORT CFTypeRef
CVBufferCopyAttachment(CVBufferRef buffer, CFStringRef key, CVAttachmentMode *attachmentMode);
CV_EXPORT Boolean
CVBufferHasAttachment(CVBufferRef buffer, CFStringRef key);

CF_EXTERN_C_END

#endif /* TRANSOM_COREVIDEO_CVBUFFER_H */
