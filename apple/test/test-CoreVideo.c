/* test-CoreVideo.c - what pixel buffers, images and formats of CoreVideo are documented to do, a test a rule. */
#include <endian.h>
#include <string.h>

#include <CoreFoundation/CoreFoundation.h>
#include <CoreVideo/CoreVideo.h>

#include "harness.h"
#include "pictures.h"

static CFDictionaryRef
surface_attributes(void)
{
	CFMutableDictionaryRef attributes = create_properties(), none = create_properties();

	CFDictionarySetValue(attributes, kCVPixelBufferIOSurfacePropertiesKey, none);
	CFRelease(none);
	return attributes;
}

static CVPixelBufferRef
create_buffer(size_t width, size_t height, OSType format, bool on_surface)
{
	CFDictionaryRef attributes = on_surface ? surface_attributes() : NULL;
	CVPixelBufferRef buffer = NULL;

	check_eq(CVPixelBufferCreate(NULL, width, height, format, attributes, &buffer), kCVReturnSuccess);
	CFRelease(attributes);
	return buffer;
}

TEST(a_packed_buffer_has_the_geometry_asked_for)
{
	CVPixelBufferRef buffer = create_buffer(33, 17, kCVPixelFormatType_32BGRA, false);

	check_eq(CFGetTypeID(buffer), CVPixelBufferGetTypeID());
	check_eq(CVPixelBufferGetWidth(buffer), 33);
	check_eq(CVPixelBufferGetHeight(buffer), 17);
	check_eq(CVPixelBufferGetPixelFormatType(buffer), kCVPixelFormatType_32BGRA);
	check(CVPixelBufferGetBytesPerRow(buffer) >= 33 * 4);
	check(CVPixelBufferGetDataSize(buffer) >= 17 * CVPixelBufferGetBytesPerRow(buffer) - 64);
	check(!CVPixelBufferIsPlanar(buffer));
	check_eq(CVPixelBufferGetPlaneCount(buffer), 0);
	check_eq(CVPixelBufferGetWidthOfPlane(buffer, 0),
		 0); /* plane getters give nothing for packed buffers */
	check_eq(CVPixelBufferGetBytesPerRowOfPlane(buffer, 0), 0);
	check(CVPixelBufferGetBaseAddressOfPlane(buffer, 0) == NULL);
	CVPixelBufferRelease(buffer);
}

TEST(a_base_address_is_good_while_locked_only)
{
	CVPixelBufferRef buffer = create_buffer(16, 16, kCVPixelFormatType_32BGRA, false);

	check(CVPixelBufferGetBaseAddress(buffer) == NULL);
	check_eq(CVPixelBufferLockBaseAddress(buffer, 0), kCVReturnSuccess);
	memset(CVPixelBufferGetBaseAddress(buffer), 1, 16 * CVPixelBufferGetBytesPerRow(buffer));
	check_eq(CVPixelBufferUnlockBaseAddress(buffer, 0), kCVReturnSuccess);
	check(CVPixelBufferGetBaseAddress(buffer) == NULL);
	CVPixelBufferRelease(buffer);
}

TEST(lock_and_unlock_are_symmetric)
{
	CVPixelBufferRef buffer = create_buffer(16, 16, kCVPixelFormatType_32BGRA, false);

	check(CVPixelBufferUnlockBaseAddress(buffer, 0) != kCVReturnSuccess);
	check_eq(CVPixelBufferLockBaseAddress(buffer, kCVPixelBufferLock_ReadOnly), kCVReturnSuccess);
	check(CVPixelBufferUnlockBaseAddress(buffer, 0) != kCVReturnSuccess);
	check_eq(CVPixelBufferUnlockBaseAddress(buffer, kCVPixelBufferLock_ReadOnly), kCVReturnSuccess);
	check(CVPixelBufferLockBaseAddress(buffer, 2) != kCVReturnSuccess);
	CVPixelBufferRelease(buffer);
}

TEST(the_base_of_a_planar_buffer_is_a_header)
{
	CVPixelBufferRef buffer = create_buffer(64, 32, kCVPixelFormatType_420YpCbCr8Planar, false);
	const CVPlanarPixelBufferInfo_YCbCrPlanar *info;

	check(CVPixelBufferIsPlanar(buffer));
	check_eq(CVPixelBufferGetPlaneCount(buffer), 3);
	check_eq(CVPixelBufferGetWidthOfPlane(buffer, 1), 32);
	check_eq(CVPixelBufferGetHeightOfPlane(buffer, 2), 16);
	check_eq(CVPixelBufferGetWidthOfPlane(buffer, 3), 0);
	check_eq(CVPixelBufferLockBaseAddress(buffer, 0), kCVReturnSuccess);
	info = CVPixelBufferGetBaseAddress(buffer);
	check_eq(be32toh(info->componentInfoCb.rowBytes), CVPixelBufferGetBytesPerRowOfPlane(buffer, 1));
	if (info->componentInfoY.offset != 0) /* near enough */
		check((const uint8_t *)info + (int32_t)be32toh((uint32_t)info->componentInfoY.offset) ==
		      CVPixelBufferGetBaseAddressOfPlane(buffer, 0));
	check_eq(CVPixelBufferUnlockBaseAddress(buffer, 0), kCVReturnSuccess);
	CVPixelBufferRelease(buffer);
}

TEST(a_buffer_is_on_a_surface_if_the_key_is_there)
{
	CVPixelBufferRef plain = create_buffer(16, 16, kCVPixelFormatType_32BGRA, false);
	CVPixelBufferRef shared = create_buffer(16, 16, kCVPixelFormatType_32BGRA, true);

	check(CVPixelBufferGetIOSurface(plain) == NULL);
	check(CVPixelBufferGetIOSurface(shared) != NULL);
	check(CVPixelBufferGetIOSurface(shared) == CVPixelBufferGetIOSurface(shared));
	check_eq(IOSurfaceGetWidth(CVPixelBufferGetIOSurface(shared)), 16);
	CVPixelBufferRelease(plain);
	CVPixelBufferRelease(shared);
}

TEST(a_living_wrapper_is_a_use)
{
	IOSurfaceRef surface = create_surface(16, 16, kCVPixelFormatType_32BGRA);
	CVPixelBufferRef first = NULL, second = NULL;

	check_eq(CVPixelBufferCreateWithIOSurface(NULL, surface, NULL, &first), kCVReturnSuccess);
	check_eq(IOSurfaceGetUseCount(surface), 1);
	check_eq(CVPixelBufferCreateWithIOSurface(NULL, surface, NULL, &second), kCVReturnSuccess);
	check_eq(IOSurfaceGetUseCount(surface), 2);
	CVPixelBufferRelease(first);
	check_eq(IOSurfaceGetUseCount(surface), 1);
	CVPixelBufferRelease(second);
	check_eq(IOSurfaceGetUseCount(surface), 0);
	check(!IOSurfaceIsInUse(surface));
	check_eq(CVPixelBufferCreateWithIOSurface(NULL, NULL, NULL, &first), kCVReturnInvalidArgument);
	check_eq(CVPixelBufferCreateWithIOSurface(NULL, surface, NULL, NULL), kCVReturnInvalidArgument);
	CFRelease(surface);
}

static int released;

static void
release_bytes(void *context, const void *base)
{
	check(context == &released);
	released++;
}

TEST(bytes_are_released_once)
{
	uint32_t bytes[8 * 8];
	CVPixelBufferRef buffer = NULL;

	check_eq(CVPixelBufferCreateWithBytes(NULL, 8, 8, kCVPixelFormatType_32BGRA, bytes, 32, release_bytes,
					      &released, NULL, &buffer),
		 kCVReturnSuccess);
	check_eq(CVPixelBufferLockBaseAddress(buffer, 0), kCVReturnSuccess);
	check(CVPixelBufferGetBaseAddress(buffer) == bytes);
	check_eq(CVPixelBufferUnlockBaseAddress(buffer, 0), kCVReturnSuccess);
	check_eq(released, 0);
	CVPixelBufferRelease(buffer);
	check_eq(released, 1);
	check(CVPixelBufferCreateWithBytes(NULL, 8, 8, kCVPixelFormatType_32BGRA, bytes, 31, release_bytes,
					   &released, NULL, &buffer) != kCVReturnSuccess);
	check_eq(CVPixelBufferCreateWithBytes(NULL, 8, 8, kCVPixelFormatType_32BGRA, NULL, 32, release_bytes,
					      &released, NULL, &buffer),
		 kCVReturnInvalidArgument);
	check_eq(released, 1);
}

static void
release_planes(void *context, const void *data, size_t size, size_t count, const void *addresses[])
{
	check(context == &released && data != NULL && size == 96 && count == 2);
	check(addresses[0] == data && addresses[1] == (const uint8_t *)data + 64);
	released++;
}

TEST(planar_bytes_are_released_once)
{
	uint8_t bytes[96];
	void *bases[] = { bytes, bytes + 64 };
	size_t widths[] = { 8, 4 }, heights[] = { 8, 4 }, rows[] = { 8, 8 };
	CVPixelBufferRef buffer = NULL;

	check_eq(CVPixelBufferCreateWithPlanarBytes(
			 NULL, 8, 8, kCVPixelFormatType_420YpCbCr8BiPlanarVideoRange, bytes, sizeof(bytes), 2,
			 bases, widths, heights, rows, release_planes, &released, NULL, &buffer),
		 kCVReturnSuccess);
	check_eq(CVPixelBufferGetPlaneCount(buffer), 2);
	CVPixelBufferRelease(buffer);
	check_eq(released, 1);
	widths[1] = 5;
	check_eq(CVPixelBufferCreateWithPlanarBytes(
			 NULL, 8, 8, kCVPixelFormatType_420YpCbCr8BiPlanarVideoRange, bytes, sizeof(bytes), 2,
			 bases, widths, heights, rows, release_planes, &released, NULL, &buffer),
		 kCVReturnInvalidArgument);
	check_eq(released, 1);
}

TEST(wrong_arguments_are_refused)
{
	CVPixelBufferRef buffer = (CVPixelBufferRef)&released;
	CFMutableDictionaryRef attributes = create_properties();

	check_eq(CVPixelBufferCreate(NULL, 8, 8, kCVPixelFormatType_32BGRA, NULL, NULL),
		 kCVReturnInvalidArgument);
	check_eq(CVPixelBufferCreate(NULL, 8, 8, 0x21212121, NULL, &buffer), kCVReturnInvalidPixelFormat);
	check_eq(CVPixelBufferCreate(NULL, 8, 8, kCVPixelFormatType_Lossless_32BGRA, NULL, &buffer),
		 kCVReturnInvalidPixelFormat);
	check_eq(CVPixelBufferCreate(NULL, 0, 8, kCVPixelFormatType_32BGRA, NULL, &buffer),
		 kCVReturnInvalidSize);
	check_eq(CVPixelBufferCreate(NULL, (size_t)1 << 33, 8, kCVPixelFormatType_32BGRA, NULL, &buffer),
		 kCVReturnInvalidSize);
	CFDictionarySetValue(attributes, kCVPixelBufferIOSurfacePropertiesKey, CFSTR("text"));
	check_eq(CVPixelBufferCreate(NULL, 8, 8, kCVPixelFormatType_32BGRA, attributes, &buffer),
		 kCVReturnInvalidPixelBufferAttributes);
	CFDictionaryRemoveAllValues(attributes);
	set_number(attributes, kCVPixelBufferBytesPerRowAlignmentKey, 3);
	check_eq(CVPixelBufferCreate(NULL, 8, 8, kCVPixelFormatType_32BGRA, attributes, &buffer),
		 kCVReturnInvalidPixelBufferAttributes);
	check(buffer == (CVPixelBufferRef)&released);
	CFRelease(attributes);
}

TEST(nothing_is_no_buffer)
{
	CFTypeRef others[] = { NULL, CFSTR("text"), kCFNull };

	for (int i = 0; i < 3; i++) {
		CVPixelBufferRef none = (CVPixelBufferRef)others[i];

		check_eq(CVPixelBufferGetWidth(none), 0);
		check_eq(CVPixelBufferGetPixelFormatType(none), 0);
		check(CVPixelBufferGetBaseAddress(none) == NULL);
		check(CVPixelBufferGetIOSurface(none) == NULL);
		check(!CVPixelBufferIsPlanar(none));
		check_eq(CVPixelBufferLockBaseAddress(none, 0), kCVReturnInvalidArgument);
		check_eq(CVPixelBufferFillExtendedPixels(none), kCVReturnInvalidArgument);
		check(CVPixelBufferCopyCreationAttributes(none) == NULL);
		check(CVBufferGetAttachment(none, CFSTR("key"), NULL) == NULL);
		check(CVBufferGetAttachments(none, kCVAttachmentMode_ShouldPropagate) == NULL);
		CVBufferSetAttachment(none, CFSTR("key"), CFSTR("value"), 0);
		CVBufferRemoveAllAttachments(none);
		check_eq(CVImageBufferGetEncodedSize(none).width, 0);
		check_eq(CVImageBufferGetCleanRect(none).size.height, 0);
		check(!CVImageBufferIsFlipped(none));
		CVPixelBufferPoolFlush((CVPixelBufferPoolRef)others[i], 0);
		check(CVPixelBufferPoolGetAttributes((CVPixelBufferPoolRef)others[i]) == NULL);
	}
	CVPixelBufferRelease(NULL);
	check(CVPixelBufferRetain(NULL) == NULL);
	check(CVPixelBufferPoolRetain(NULL) == NULL);
}

TEST(extended_pixels_repeat_the_edge)
{
	CFMutableDictionaryRef attributes = create_properties();
	size_t left = 9, right = 9, top = 9, bottom = 9;
	CVPixelBufferRef buffer = NULL;
	uint8_t *base;
	size_t row;

	set_number(attributes, kCVPixelBufferExtendedPixelsLeftKey, 2);
	set_number(attributes, kCVPixelBufferExtendedPixelsRightKey, 3);
	set_number(attributes, kCVPixelBufferExtendedPixelsTopKey, 1);
	check_eq(CVPixelBufferCreate(NULL, 4, 4, kCVPixelFormatType_OneComponent8, attributes, &buffer), 0);
	CVPixelBufferGetExtendedPixels(buffer, &left, &right, &top, &bottom);
	check(left == 2 && right == 3 && top == 1 && bottom == 0);
	CVPixelBufferGetExtendedPixels(buffer, NULL, NULL, NULL, NULL);
	check_eq(CVPixelBufferLockBaseAddress(buffer, 0), 0);
	base = CVPixelBufferGetBaseAddress(buffer);
	row = CVPixelBufferGetBytesPerRow(buffer);
	base[0] = 7;
	base[3] = 5;
	check_eq(CVPixelBufferFillExtendedPixels(buffer), 0);
	check_eq(base[-1], 7);
	check_eq(base[-2 - (ptrdiff_t)row], 7);
	check_eq(base[6], 5);
	check_eq(CVPixelBufferUnlockBaseAddress(buffer, 0), 0);
	CVPixelBufferRelease(buffer);
	CFRelease(attributes);
}

TEST(creation_attributes_make_another_one)
{
	CVPixelBufferRef buffer = create_buffer(40, 30, kCVPixelFormatType_32BGRA, true), again = NULL;
	CFDictionaryRef attributes = CVPixelBufferCopyCreationAttributes(buffer);

	check(CFDictionaryContainsKey(attributes, kCVPixelBufferIOSurfacePropertiesKey));
	check_eq(CVPixelBufferCreate(NULL, 40, 30, kCVPixelFormatType_32BGRA, attributes, &again), 0);
	check(CVPixelBufferGetIOSurface(again) != NULL);
	CFRelease(attributes);
	CVPixelBufferRelease(again);
	CVPixelBufferRelease(buffer);
}

/* Images. */

static void
attach_pair(CVPixelBufferRef buffer, CFStringRef key, CFStringRef first, int64_t a, CFStringRef second,
	    int64_t b)
{
	CFMutableDictionaryRef pair = create_properties();

	set_number(pair, first, a);
	set_number(pair, second, b);
	CVBufferSetAttachment(buffer, key, pair, kCVAttachmentMode_ShouldPropagate);
	CFRelease(pair);
}

TEST(the_display_size_follows_the_attachments)
{
	CVPixelBufferRef buffer = create_buffer(720, 576, kCVPixelFormatType_32BGRA, false);

	check_eq(CVImageBufferGetEncodedSize(buffer).width, 720);
	check_eq(CVImageBufferGetDisplaySize(buffer).height, 576);
	check(CVImageBufferIsFlipped(buffer));
	attach_pair(buffer, kCVImageBufferCleanApertureKey, kCVImageBufferCleanApertureWidthKey, 704,
		    kCVImageBufferCleanApertureHeightKey, 576);
	check_eq(CVImageBufferGetCleanRect(buffer).origin.x, 8);
	check_eq(CVImageBufferGetCleanRect(buffer).size.width, 704);
	attach_pair(buffer, kCVImageBufferPixelAspectRatioKey,
		    kCVImageBufferPixelAspectRatioHorizontalSpacingKey, 12,
		    kCVImageBufferPixelAspectRatioVerticalSpacingKey, 11);
	check_eq(CVImageBufferGetDisplaySize(buffer).width, 768);
	attach_pair(buffer, kCVImageBufferDisplayDimensionsKey, kCVImageBufferDisplayWidthKey, 1024,
		    kCVImageBufferDisplayHeightKey, 576);
	check_eq(CVImageBufferGetDisplaySize(buffer).width, 1024);
	CVBufferSetAttachment(buffer, kCVImageBufferDisplayDimensionsKey, CFSTR("nonsense"), 1);
	check_eq(CVImageBufferGetDisplaySize(buffer).width, 768);
	check(CVImageBufferGetColorSpace(buffer) == NULL);
	CVPixelBufferRelease(buffer);
}

TEST(code_points_are_those_of_h273)
{
	check_eq(CVYCbCrMatrixGetIntegerCodePointForString(kCVImageBufferYCbCrMatrix_ITU_R_709_2), 1);
	check_eq(CVYCbCrMatrixGetIntegerCodePointForString(kCVImageBufferYCbCrMatrix_ITU_R_601_4), 6);
	check_eq(CVYCbCrMatrixGetIntegerCodePointForString(kCVImageBufferYCbCrMatrix_ITU_R_2020), 9);
	check_eq(CVColorPrimariesGetIntegerCodePointForString(kCVImageBufferColorPrimaries_P3_D65), 12);
	check_eq(CVTransferFunctionGetIntegerCodePointForString(
			 kCVImageBufferTransferFunction_SMPTE_ST_2084_PQ),
		 16);
	check_eq(
		CVTransferFunctionGetIntegerCodePointForString(kCVImageBufferTransferFunction_ITU_R_2100_HLG),
		18);
	check_eq(CVTransferFunctionGetIntegerCodePointForString(CFSTR("nonsense")), 2);
	check_eq(CVTransferFunctionGetIntegerCodePointForString(NULL), 2);
	check(CFEqual(CVColorPrimariesGetStringForIntegerCodePoint(9),
		      kCVImageBufferColorPrimaries_ITU_R_2020));
	check(CFEqual(CVYCbCrMatrixGetStringForIntegerCodePoint(5), kCVImageBufferYCbCrMatrix_ITU_R_601_4));
	check(CVYCbCrMatrixGetStringForIntegerCodePoint(2) == NULL);
	check(CVTransferFunctionGetStringForIntegerCodePoint(-1) == NULL);
}

TEST(attributes_are_resolved)
{
	CFMutableDictionaryRef first = create_properties(), second = create_properties();
	const void *both[] = { first, second };
	CFDictionaryRef resolved = NULL;
	CFArrayRef list;
	int64_t number;

	set_number(first, kCVPixelBufferWidthKey, 100);
	set_number(second, kCVPixelBufferWidthKey, 200);
	set_number(first, kCVPixelBufferBytesPerRowAlignmentKey, 16);
	set_number(second, kCVPixelBufferBytesPerRowAlignmentKey, 64);
	set_number(second, kCVPixelBufferPixelFormatTypeKey, kCVPixelFormatType_32BGRA);
	list = CFArrayCreate(NULL, both, 2, &kCFTypeArrayCallBacks);
	check_eq(CVPixelBufferCreateResolvedAttributesDictionary(NULL, list, &resolved), kCVReturnSuccess);
	check(CFNumberGetValue(CFDictionaryGetValue(resolved, kCVPixelBufferWidthKey), kCFNumberSInt64Type,
			       &number));
	check_eq(number, 200);
	check(CFNumberGetValue(CFDictionaryGetValue(resolved, kCVPixelBufferBytesPerRowAlignmentKey),
			       kCFNumberSInt64Type, &number));
	check_eq(number, 64);
	CFRelease(resolved);
	resolved = NULL;
	set_number(first, kCVPixelBufferPixelFormatTypeKey, kCVPixelFormatType_32ARGB);
	check_eq(CVPixelBufferCreateResolvedAttributesDictionary(NULL, list, &resolved),
		 kCVReturnInvalidPixelBufferAttributes);
	check(resolved == NULL);
	CFRelease(list);
	CFRelease(first);
	CFRelease(second);
}

/* Formats. */

static int64_t
described(OSType format, CFStringRef key)
{
	CFDictionaryRef description = CVPixelFormatDescriptionCreateWithPixelFormatType(NULL, format);
	CFNumberRef value = CFDictionaryGetValue(description, key);
	int64_t number = -1;

	if (value != NULL)
		check(CFNumberGetValue(value, kCFNumberSInt64Type, &number));
	CFRelease(description);
	return number;
}

TEST(blocks_are_described)
{
	check_eq(described(kCVPixelFormatType_422YpCbCr10, kCVPixelFormatBlockWidth), 6);
	check_eq(described(kCVPixelFormatType_422YpCbCr10, kCVPixelFormatBitsPerBlock), 128);
	check_eq(described(kCVPixelFormatType_422YpCbCr8, kCVPixelFormatBlockWidth), 2);
	check_eq(described(kCVPixelFormatType_422YpCbCr8, kCVPixelFormatBitsPerBlock), 32);
	check_eq(described(kCVPixelFormatType_1Monochrome, kCVPixelFormatBlockWidth), 8);
	check_eq(described(kCVPixelFormatType_1Monochrome, kCVPixelFormatBitsPerBlock), 8);
	check_eq(described(kCVPixelFormatType_32BGRA, kCVPixelFormatBitsPerBlock), 32);
	check(CVPixelFormatDescriptionCreateWithPixelFormatType(NULL, kCVPixelFormatType_Lossy_32BGRA) ==
	      NULL);
	check(!CVIsCompressedPixelFormatAvailable(kCVPixelFormatType_Lossless_32BGRA));
}

TEST(registered_formats_are_found)
{
	CFMutableDictionaryRef description = create_properties();
	CFDictionaryRef found;
	CFArrayRef all;
	CFIndex before;

	all = CVPixelFormatDescriptionArrayCreateWithAllPixelFormatTypes(NULL);
	before = CFArrayGetCount(all);
	check(before >= 82);
	CFRelease(all);
	set_number(description, kCVPixelFormatBitsPerBlock, 24);
	CVPixelFormatDescriptionRegisterDescriptionWithPixelFormatType(description, 0x74657374);
	found = CVPixelFormatDescriptionCreateWithPixelFormatType(NULL, 0x74657374);
	check(CFEqual(found, description));
	CFRelease(found);
	all = CVPixelFormatDescriptionArrayCreateWithAllPixelFormatTypes(NULL);
	check_eq(CFArrayGetCount(all), before + 1);
	CFRelease(all);
	CFRelease(description);
}

TEST(time_goes_on)
{
	uint64_t before = CVGetCurrentHostTime();

	check(CVGetHostClockFrequency() > 0 && CVGetHostClockMinimumTimeDelta() > 0);
	check(CVGetCurrentHostTime() >= before);
}
