/* CVImageBuffer.c - how an image is to be shown, worked out of its attachments; and the code points of
 * colour. */
#include <CoreFoundation/CFNumber.h>
#include <CoreFoundation/CFString.h>

#include "CVBuffer-private.h"

/* ITU-T H.273: 2 is "unspecified". */
#define UNSPECIFIED 2

struct code_point {
	int code;
	const CFStringRef *string;
};

/* Of several rows with one code or one string, the first is the answer. */
static const struct code_point matrices[] = {
	{ 1, &kCVImageBufferYCbCrMatrix_ITU_R_709_2 }, { 6, &kCVImageBufferYCbCrMatrix_ITU_R_601_4 },
	{ 5, &kCVImageBufferYCbCrMatrix_ITU_R_601_4 }, { 7, &kCVImageBufferYCbCrMatrix_SMPTE_240M_1995 },
	{ 9, &kCVImageBufferYCbCrMatrix_ITU_R_2020 },  { 0 },
};
static const struct code_point primaries[] = {
	{ 1, &kCVImageBufferColorPrimaries_ITU_R_709_2 }, { 5, &kCVImageBufferColorPrimaries_EBU_3213 },
	{ 6, &kCVImageBufferColorPrimaries_SMPTE_C },     { 9, &kCVImageBufferColorPrimaries_ITU_R_2020 },
	{ 11, &kCVImageBufferColorPrimaries_DCI_P3 },     { 12, &kCVImageBufferColorPrimaries_P3_D65 },
	{ 22, &kCVImageBufferColorPrimaries_P22 },        { 0 },
};
static const struct code_point transfers[] = {
	{ 1, &kCVImageBufferTransferFunction_ITU_R_709_2 },
	{ 6, &kCVImageBufferTransferFunction_ITU_R_709_2 }, /* the curve of 601 is that of 709 */
	{ 7, &kCVImageBufferTransferFunction_SMPTE_240M_1995 },
	{ 8, &kCVImageBufferTransferFunction_Linear },
	{ 13, &kCVImageBufferTransferFunction_sRGB },
	{ 14, &kCVImageBufferTransferFunction_ITU_R_2020 },
	{ 15, &kCVImageBufferTransferFunction_ITU_R_2020 },
	{ 16, &kCVImageBufferTransferFunction_SMPTE_ST_2084_PQ },
	{ 17, &kCVImageBufferTransferFunction_SMPTE_ST_428_1 },
	{ 18, &kCVImageBufferTransferFunction_ITU_R_2100_HLG },
	{ 0 },
};

static int
get_code(const struct code_point *points, CFStringRef string)
{
	for (; string != NULL && points->string != NULL; points++)
		if (CFEqual(string, *points->string))
			return points->code;
	return UNSPECIFIED;
}

static CFStringRef
get_string(const struct code_point *points, int code)
{
	for (; points->string != NULL; points++)
		if (points->code == code)
			return *points->string;
	return NULL;
}

int
CVYCbCrMatrixGetIntegerCodePointForString(CFStringRef yCbCrMatrixString)
{
	return get_code(matrices, yCbCrMatrixString);
}

int
CVColorPrimariesGetIntegerCodePointForString(CFStringRef colorPrimariesString)
{
	return get_code(primaries, colorPrimariesString);
}

int
CVTransferFunctionGetIntegerCodePointForString(CFStringRef transferFunctionString)
{
	return get_code(transfers, transferFunctionString);
}

CFStringRef
CVYCbCrMatrixGetStringForIntegerCodePoint(int yCbCrMatrixCodePoint)
{
	return get_string(matrices, yCbCrMatrixCodePoint);
}

CFStringRef
CVColorPrimariesGetStringForIntegerCodePoint(int colorPrimariesCodePoint)
{
	return get_string(primaries, colorPrimariesCodePoint);
}

CFStringRef
CVTransferFunctionGetStringForIntegerCodePoint(int transferFunctionCodePoint)
{
	return get_string(transfers, transferFunctionCodePoint);
}

CGSize
CVImageBufferGetEncodedSize(CVImageBufferRef imageBuffer)
{
	return CGSizeMake((CGFloat)CVPixelBufferGetWidth(imageBuffer),
			  (CGFloat)CVPixelBufferGetHeight(imageBuffer));
}

/* Two numbers of a dictionary that is attached under @key; false unless both are there. A number may be a
 * fraction: an array of two. */
static bool
read_number(CFTypeRef dictionary, CFStringRef key, double *ret)
{
	CFTypeRef value = CFDictionaryGetValue(dictionary, key);
	double over = 1;

	if (value != NULL && CFGetTypeID(value) == CFArrayGetTypeID() && CFArrayGetCount(value) == 2) {
		if (!CFNumberGetValue(CFArrayGetValueAtIndex(value, 1), kCFNumberDoubleType, &over) ||
		    over == 0)
			return false;
		value = CFArrayGetValueAtIndex(value, 0);
	}
	if (value == NULL || CFGetTypeID(value) != CFNumberGetTypeID() ||
	    !CFNumberGetValue(value, kCFNumberDoubleType, ret))
		return false;
	*ret /= over;
	return true;
}

static bool
read_pair(CVImageBufferRef buffer, CFStringRef key, CFStringRef first, CFStringRef second, double ret[2])
{
	CFTypeRef dictionary = CVBufferCopyAttachment(buffer, key, NULL);
	bool found = dictionary != NULL && CFGetTypeID(dictionary) == CFDictionaryGetTypeID() &&
		     read_number(dictionary, first, &ret[0]) && read_number(dictionary, second, &ret[1]);

	CFRelease(dictionary);
	return found;
}

/* Offsets of the aperture are those of its centre from the image's. */
CGRect
CVImageBufferGetCleanRect(CVImageBufferRef imageBuffer)
{
	CGSize all = CVImageBufferGetEncodedSize(imageBuffer);
	double size[2], offset[2] = { 0, 0 };

	if (!read_pair(imageBuffer, kCVImageBufferCleanApertureKey, kCVImageBufferCleanApertureWidthKey,
		       kCVImageBufferCleanApertureHeightKey, size) ||
	    !(size[0] > 0 && size[1] > 0))
		return CGRectMake(0, 0, all.width, all.height);
	if (!read_pair(imageBuffer, kCVImageBufferCleanApertureKey,
		       kCVImageBufferCleanApertureHorizontalOffsetKey,
		       kCVImageBufferCleanApertureVerticalOffsetKey, offset))
		offset[0] = offset[1] = 0;
	return CGRectMake((all.width - size[0]) / 2 + offset[0], (all.height - size[1]) / 2 + offset[1],
			  size[0], size[1]);
}

CGSize
CVImageBufferGetDisplaySize(CVImageBufferRef imageBuffer)
{
	double size[2], spacing[2];
	CGSize shown;

	if (read_pair(imageBuffer, kCVImageBufferDisplayDimensionsKey, kCVImageBufferDisplayWidthKey,
		      kCVImageBufferDisplayHeightKey, size) &&
	    size[0] > 0 && size[1] > 0)
		return CGSizeMake(size[0], size[1]);
	shown = CVImageBufferGetCleanRect(imageBuffer).size;
	if (read_pair(imageBuffer, kCVImageBufferPixelAspectRatioKey,
		      kCVImageBufferPixelAspectRatioHorizontalSpacingKey,
		      kCVImageBufferPixelAspectRatioVerticalSpacingKey, spacing) &&
	    spacing[0] > 0 && spacing[1] > 0)
		shown.width = shown.width * spacing[0] / spacing[1];
	return shown;
}

Boolean
CVImageBufferIsFlipped(CVImageBufferRef imageBuffer)
{
	return buffer_get(imageBuffer) != NULL;
}

CGColorSpaceRef
CVImageBufferGetColorSpace(CVImageBufferRef imageBuffer)
{
	return (CGColorSpaceRef)(uintptr_t)CVBufferGetAttachment(imageBuffer, kCVImageBufferCGColorSpaceKey,
								 NULL);
}

CGColorSpaceRef
CVImageBufferCreateColorSpaceFromAttachments(CFDictionaryRef attachments)
{
	CFTypeRef space = NULL;

	if (attachments != NULL && CFGetTypeID(attachments) == CFDictionaryGetTypeID())
		space = CFDictionaryGetValue(attachments, kCVImageBufferCGColorSpaceKey);
	return space != NULL ? (CGColorSpaceRef)(uintptr_t)CFRetain(space) : NULL;
}
