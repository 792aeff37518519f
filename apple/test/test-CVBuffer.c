/* test-CVBuffer.c - what attachments of CoreVideo's buffers are documented to do, a test a rule. */
#include <CoreFoundation/CoreFoundation.h>
#include <CoreVideo/CoreVideo.h>

#include "harness.h"
#include "pictures.h"

static CVPixelBufferRef
create_buffer(void)
{
	CVPixelBufferRef buffer = NULL;

	check_eq(CVPixelBufferCreate(NULL, 8, 8, kCVPixelFormatType_32BGRA, NULL, &buffer), kCVReturnSuccess);
	return buffer;
}

TEST(a_key_lives_in_one_mode_at_a_time)
{
	CVPixelBufferRef buffer = create_buffer();
	CVAttachmentMode mode = 9;

	CVBufferSetAttachment(buffer, CFSTR("key"), CFSTR("one"), kCVAttachmentMode_ShouldPropagate);
	check(CFEqual(CVBufferGetAttachment(buffer, CFSTR("key"), &mode), CFSTR("one")));
	check_eq(mode, kCVAttachmentMode_ShouldPropagate);
	CVBufferSetAttachment(buffer, CFSTR("key"), CFSTR("two"), kCVAttachmentMode_ShouldNotPropagate);
	check(CFEqual(CVBufferGetAttachment(buffer, CFSTR("key"), &mode), CFSTR("two")));
	check_eq(mode, kCVAttachmentMode_ShouldNotPropagate);
	check(CVBufferCopyAttachments(buffer, kCVAttachmentMode_ShouldPropagate) == NULL);
	check(CVBufferHasAttachment(buffer, CFSTR("key")));
	CVBufferRemoveAttachment(buffer, CFSTR("key"));
	check(!CVBufferHasAttachment(buffer, CFSTR("key")));
	CVPixelBufferRelease(buffer);
}

TEST(the_very_object_comes_back)
{
	CVPixelBufferRef buffer = create_buffer();
	CFMutableArrayRef list = CFArrayCreateMutable(NULL, 0, &kCFTypeArrayCallBacks);

	CVBufferSetAttachment(buffer, CFSTR("list"), list, kCVAttachmentMode_ShouldPropagate);
	check(CVBufferGetAttachment(buffer, CFSTR("list"), NULL) == list);
	check_eq(CFGetRetainCount(list), 2); /* get is not retained */
	CVPixelBufferRelease(buffer);
	check_eq(CFGetRetainCount(list), 1);
	CFRelease(list);
}

TEST(an_attachment_may_be_any_object)
{
	CVPixelBufferRef buffer = create_buffer();
	CVPixelBufferRef other = create_buffer();
	CFDictionaryRef all;

	CVBufferSetAttachment(buffer, CFSTR("other"), other, kCVAttachmentMode_ShouldPropagate);
	check(CVBufferGetAttachment(buffer, CFSTR("other"), NULL) == other);
	all = CVBufferCopyAttachments(buffer, kCVAttachmentMode_ShouldPropagate);
	check(CFDictionaryGetValue(all, CFSTR("other")) == other);
	CFRelease(all);
	CVBufferSetAttachment(buffer, CFSTR("other"), CFSTR("text"), kCVAttachmentMode_ShouldPropagate);
	check_eq(CFGetRetainCount(other), 1);
	CVBufferSetAttachment(buffer, CFSTR("other"), other, kCVAttachmentMode_ShouldNotPropagate);
	check(CVBufferCopyAttachments(buffer, kCVAttachmentMode_ShouldPropagate) == NULL);
	CVBufferRemoveAllAttachments(buffer);
	check_eq(CFGetRetainCount(other), 1);
	CVPixelBufferRelease(other);
	CVPixelBufferRelease(buffer);
}

TEST(attachments_of_a_mode_are_empty_or_null)
{
	CVPixelBufferRef buffer = create_buffer();

	check_eq(CFDictionaryGetCount(CVBufferGetAttachments(buffer, kCVAttachmentMode_ShouldPropagate)), 0);
	check(CVBufferGetAttachments(buffer, 2) == NULL);
	check(CVBufferCopyAttachments(buffer, kCVAttachmentMode_ShouldPropagate) == NULL);
	check(CVBufferCopyAttachments(buffer, 2) == NULL);
	CVBufferSetAttachment(buffer, CFSTR("key"), CFSTR("one"), kCVAttachmentMode_ShouldPropagate);
	check_eq(CFDictionaryGetCount(CVBufferGetAttachments(buffer, kCVAttachmentMode_ShouldPropagate)), 1);
	check(CVBufferGetAttachments(buffer, 1) == CVBufferGetAttachments(buffer, 1));
	CVPixelBufferRelease(buffer);
}

TEST(attachments_propagate)
{
	CVPixelBufferRef from = create_buffer();
	CVPixelBufferRef to = create_buffer();
	CVAttachmentMode mode;

	CVBufferSetAttachment(from, CFSTR("goes"), CFSTR("a"), kCVAttachmentMode_ShouldPropagate);
	CVBufferSetAttachment(from, CFSTR("stays"), CFSTR("b"), kCVAttachmentMode_ShouldNotPropagate);
	CVBufferSetAttachment(to, CFSTR("own"), CFSTR("c"), kCVAttachmentMode_ShouldNotPropagate);
	CVBufferPropagateAttachments(from, to);
	check(CFEqual(CVBufferGetAttachment(to, CFSTR("goes"), &mode), CFSTR("a")));
	check_eq(mode, kCVAttachmentMode_ShouldPropagate);
	check(!CVBufferHasAttachment(to, CFSTR("stays")));
	check(CVBufferHasAttachment(to, CFSTR("own")));
	CVPixelBufferRelease(from);
	CVPixelBufferRelease(to);
}

TEST(attachments_can_be_set_together)
{
	CFMutableDictionaryRef attributes = create_properties(), attachments = create_properties();
	CVPixelBufferRef buffer;
	CVAttachmentMode mode = kCVAttachmentMode_ShouldNotPropagate;
	CFTypeRef value;

	check_eq(CVPixelBufferCreate(NULL, 16, 16, kCVPixelFormatType_32BGRA, attributes, &buffer), 0);
	check(CVBufferRetain(buffer) == buffer);
	CVBufferRelease(buffer);
	CFDictionarySetValue(attachments, CFSTR("one"), CFSTR("1"));
	CFDictionarySetValue(attachments, CFSTR("two"), CFSTR("2"));
	CVBufferSetAttachments(buffer, attachments, kCVAttachmentMode_ShouldPropagate);
	value = CVBufferCopyAttachment(buffer, CFSTR("two"), &mode);
	check(CFEqual(value, CFSTR("2")));
	check_eq(mode, kCVAttachmentMode_ShouldPropagate);
	CFRelease(value);
	check(CVBufferCopyAttachment(buffer, CFSTR("three"), NULL) == NULL);
	check(CVImageBufferCreateColorSpaceFromAttachments(attachments) == NULL); /* it has none */
	CVBufferRelease(buffer);
	CFRelease(attributes);
	CFRelease(attachments);
}
