/* attributes.c - dictionaries of attributes of pixel buffers: read, made, and several of them resolved
 * into one. */
#include <CoreFoundation/CFNumber.h>
#include <CoreFoundation/CFString.h>

#include "CVBuffer-private.h"
#include "IOSurface-private.h"

bool
attributes_read_number(CFDictionaryRef attributes, CFStringRef key, uint32_t *ret)
{
	CFTypeRef value = attributes != NULL ? CFDictionaryGetValue(attributes, key) : NULL;
	int64_t number;

	if (value == NULL)
		return true;
	if (CFGetTypeID(value) != CFNumberGetTypeID() ||
	    !CFNumberGetValue(value, kCFNumberSInt64Type, &number) || number < 0 || number > UINT32_MAX)
		return false;
	*ret = (uint32_t)number;
	return true;
}

/* The surface's own properties; its shape is the buffer's. */
static bool
read_surface(CFDictionaryRef properties, struct transom_pixel_buffer_options *ret, char *name)
{
	CFTypeRef value = CFDictionaryGetValue(properties, kIOSurfaceIsGlobal);

	if (value != NULL && CFGetTypeID(value) == CFBooleanGetTypeID() && CFBooleanGetValue(value))
		ret->surface_flags |= TRANSOM_SURFACE_GLOBAL;
	value = CFDictionaryGetValue(properties, kIOSurfaceName);
	if (value == NULL)
		return true;
	if (CFGetTypeID(value) != CFStringGetTypeID() ||
	    !CFStringGetCString(value, name, TRANSOM_SURFACE_MAX_NAME + 1, kCFStringEncodingUTF8))
		return false;
	ret->name = name;
	return true;
}

CVReturn
attributes_read(CFDictionaryRef attributes, struct transom_pixel_buffer_options *ret, bool *ret_surface,
		char *name)
{
	CFTypeRef surface;

	*ret = (struct transom_pixel_buffer_options){ .size = sizeof(*ret) };
	*ret_surface = false;
	if (attributes == NULL)
		return kCVReturnSuccess;
	if (CFGetTypeID(attributes) != CFDictionaryGetTypeID() ||
	    !attributes_read_number(attributes, kCVPixelBufferExtendedPixelsLeftKey, &ret->extended[0]) ||
	    !attributes_read_number(attributes, kCVPixelBufferExtendedPixelsRightKey, &ret->extended[1]) ||
	    !attributes_read_number(attributes, kCVPixelBufferExtendedPixelsTopKey, &ret->extended[2]) ||
	    !attributes_read_number(attributes, kCVPixelBufferExtendedPixelsBottomKey, &ret->extended[3]) ||
	    !attributes_read_number(attributes, kCVPixelBufferBytesPerRowAlignmentKey, &ret->row_alignment) ||
	    (ret->row_alignment & (ret->row_alignment - 1)) != 0)
		return kCVReturnInvalidPixelBufferAttributes;
	surface = CFDictionaryGetValue(attributes, kCVPixelBufferIOSurfacePropertiesKey);
	if (surface == NULL)
		return kCVReturnSuccess;
	*ret_surface = true;
	if (CFGetTypeID(surface) != CFDictionaryGetTypeID() || !read_surface(surface, ret, name))
		return kCVReturnInvalidPixelBufferAttributes;
	return kCVReturnSuccess;
}

void
attributes_set_number(CFMutableDictionaryRef attributes, CFStringRef key, int64_t number)
{
	CFNumberRef value = CFNumberCreate(NULL, kCFNumberSInt64Type, &number);

	if (value != NULL)
		CFDictionarySetValue(attributes, key, value);
	CFRelease(value);
}

CFMutableDictionaryRef
attributes_create(void)
{
	return CFDictionaryCreateMutable(NULL, 0, &kCFTypeDictionaryKeyCallBacks,
					 &kCFTypeDictionaryValueCallBacks);
}

CFDictionaryRef
CVPixelBufferCopyCreationAttributes(CVPixelBufferRef pixelBuffer)
{
	static const CFStringRef *const sides[4] = { &kCVPixelBufferExtendedPixelsLeftKey,
						     &kCVPixelBufferExtendedPixelsRightKey,
						     &kCVPixelBufferExtendedPixelsTopKey,
						     &kCVPixelBufferExtendedPixelsBottomKey };
	struct buffer *buffer = buffer_get(pixelBuffer);
	CFMutableDictionaryRef attributes, none;
	uint32_t extended[4] = { 0 };

	if (buffer == NULL)
		return NULL;
	attributes = attributes_create();
	if (attributes == NULL)
		return NULL;
	attributes_set_number(attributes, kCVPixelBufferPixelFormatTypeKey,
			      transom_pixel_buffer_get_format(buffer->pixels));
	attributes_set_number(attributes, kCVPixelBufferWidthKey,
			      transom_pixel_buffer_get_width(buffer->pixels));
	attributes_set_number(attributes, kCVPixelBufferHeightKey,
			      transom_pixel_buffer_get_height(buffer->pixels));
	transom_pixel_buffer_get_extended(buffer->pixels, extended);
	for (int i = 0; i < 4; i++)
		if (extended[i] > 0)
			attributes_set_number(attributes, *sides[i], extended[i]);
	none = buffer->shows_surface ? attributes_create() : NULL;
	if (none != NULL)
		CFDictionarySetValue(attributes, kCVPixelBufferIOSurfacePropertiesKey, none);
	CFRelease(none);
	return attributes;
}

/* Resolving. */

/* How two values of one attribute become one. */
enum rule {
	RULE_EQUAL, /* they must be */
	RULE_LARGEST, /* of numbers */
	RULE_COMMON, /* multiple of both: alignments */
	RULE_FORMATS, /* what is in both, a format or an array of them */
	RULE_EITHER, /* true if one is */
	RULE_MERGE, /* dictionaries: all keys of both */
};

static enum rule
get_rule(CFStringRef key)
{
	const struct {
		CFStringRef key;
		enum rule rule;
	} rules[] = {
		{ kCVPixelBufferPixelFormatTypeKey, RULE_FORMATS },
		{ kCVPixelBufferWidthKey, RULE_LARGEST },
		{ kCVPixelBufferHeightKey, RULE_LARGEST },
		{ kCVPixelBufferExtendedPixelsLeftKey, RULE_LARGEST },
		{ kCVPixelBufferExtendedPixelsRightKey, RULE_LARGEST },
		{ kCVPixelBufferExtendedPixelsTopKey, RULE_LARGEST },
		{ kCVPixelBufferExtendedPixelsBottomKey, RULE_LARGEST },
		{ kCVPixelBufferBytesPerRowAlignmentKey, RULE_COMMON },
		{ kCVPixelBufferPlaneAlignmentKey, RULE_COMMON },
		{ kCVPixelBufferCGBitmapContextCompatibilityKey, RULE_EITHER },
		{ kCVPixelBufferCGImageCompatibilityKey, RULE_EITHER },
		{ kCVPixelBufferOpenGLCompatibilityKey, RULE_EITHER },
		{ kCVPixelBufferOpenGLESCompatibilityKey, RULE_EITHER },
		{ kCVPixelBufferMetalCompatibilityKey, RULE_EITHER },
		{ kCVPixelBufferOpenGLTextureCacheCompatibilityKey, RULE_EITHER },
		{ kCVPixelBufferOpenGLESTextureCacheCompatibilityKey, RULE_EITHER },
		{ kCVPixelBufferIOSurfacePropertiesKey, RULE_MERGE },
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (CFEqual(key, rules[i].key))
			return rules[i].rule;
	return RULE_EQUAL;
}

static CFTypeRef
create_number(int64_t number)
{
	return CFNumberCreate(NULL, kCFNumberSInt64Type, &number);
}

static int64_t
greatest_common_divisor(int64_t a, int64_t b)
{
	while (b != 0) {
		int64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static CFTypeRef
resolve_numbers(CFTypeRef a, CFTypeRef b, enum rule rule)
{
	int64_t first, second;

	if (CFGetTypeID(a) != CFNumberGetTypeID() || CFGetTypeID(b) != CFNumberGetTypeID() ||
	    !CFNumberGetValue(a, kCFNumberSInt64Type, &first) ||
	    !CFNumberGetValue(b, kCFNumberSInt64Type, &second) || first < 0 || second < 0 ||
	    first > UINT32_MAX || second > UINT32_MAX)
		return NULL;
	if (rule == RULE_LARGEST)
		return create_number(first > second ? first : second);
	if (first == 0 || second == 0)
		return create_number(first + second);
	return create_number(first / greatest_common_divisor(first, second) * second);
}

static bool
has_format(CFTypeRef formats, CFTypeRef format)
{
	if (CFGetTypeID(formats) != CFArrayGetTypeID())
		return CFEqual(formats, format);
	return CFArrayContainsValue(formats, CFRangeMake(0, CFArrayGetCount(formats)), format);
}

/* In the order of @a; one format alone is no array. */
static CFTypeRef
resolve_formats(CFTypeRef a, CFTypeRef b)
{
	CFMutableArrayRef both;
	CFTypeRef only;

	if (CFGetTypeID(a) != CFArrayGetTypeID())
		return has_format(b, a) ? CFRetain(a) : NULL;
	both = CFArrayCreateMutable(NULL, 0, &kCFTypeArrayCallBacks);
	if (both == NULL)
		return NULL;
	for (CFIndex i = 0; i < CFArrayGetCount(a); i++)
		if (has_format(b, CFArrayGetValueAtIndex(a, i)))
			CFArrayAppendValue(both, CFArrayGetValueAtIndex(a, i));
	if (CFArrayGetCount(both) > 1)
		return both;
	only = CFArrayGetCount(both) == 1 ? CFRetain(CFArrayGetValueAtIndex(both, 0)) : NULL;
	CFRelease(both);
	return only;
}

struct resolving {
	CFMutableDictionaryRef into;
	bool failed;
};

static void
merge_one(const void *key, const void *value, void *context);

static CFTypeRef
resolve_dictionaries(CFTypeRef a, CFTypeRef b)
{
	struct resolving resolving = { 0 };

	if (CFGetTypeID(a) != CFDictionaryGetTypeID() || CFGetTypeID(b) != CFDictionaryGetTypeID())
		return NULL;
	resolving.into = CFDictionaryCreateMutableCopy(NULL, 0, a);
	if (resolving.into == NULL)
		return NULL;
	CFDictionaryApplyFunction(b, merge_one, &resolving);
	if (!resolving.failed)
		return resolving.into;
	CFRelease(resolving.into);
	return NULL;
}

/* The caller's; NULL if they exclude each other. */
static CFTypeRef
resolve(CFStringRef key, CFTypeRef a, CFTypeRef b)
{
	switch (get_rule(key)) {
	case RULE_LARGEST:
	case RULE_COMMON:
		return resolve_numbers(a, b, get_rule(key));
	case RULE_FORMATS:
		return resolve_formats(a, b);
	case RULE_EITHER:
		return CFRetain(CFEqual(a, kCFBooleanTrue) ? a : b);
	case RULE_MERGE:
		return resolve_dictionaries(a, b);
	default:
		return CFEqual(a, b) ? CFRetain(a) : NULL;
	}
}

static void
merge_one(const void *key, const void *value, void *context)
{
	struct resolving *resolving = context;
	CFTypeRef there = CFDictionaryGetValue(resolving->into, key);
	CFTypeRef resolved = there != NULL ? resolve(key, there, value) : CFRetain(value);

	if (resolved != NULL)
		CFDictionarySetValue(resolving->into, key, resolved);
	else
		resolving->failed = true;
	CFRelease(resolved);
}

CVReturn
CVPixelBufferCreateResolvedAttributesDictionary(CFAllocatorRef allocator, CFArrayRef attributes,
						CFDictionaryRef *resolvedDictionaryOut)
{
	struct resolving resolving = { 0 };

	if (resolvedDictionaryOut == NULL ||
	    (attributes != NULL && CFGetTypeID(attributes) != CFArrayGetTypeID()))
		return kCVReturnInvalidArgument;
	resolving.into = attributes_create();
	if (resolving.into == NULL)
		return kCVReturnAllocationFailed;
	for (CFIndex i = 0; attributes != NULL && i < CFArrayGetCount(attributes); i++) {
		CFTypeRef one = CFArrayGetValueAtIndex(attributes, i);

		if (CFGetTypeID(one) != CFDictionaryGetTypeID())
			resolving.failed = true;
		else
			CFDictionaryApplyFunction(one, merge_one, &resolving);
	}
	if (resolving.failed) {
		CFRelease(resolving.into);
		return kCVReturnInvalidPixelBufferAttributes;
	}
	*resolvedDictionaryOut = resolving.into;
	return kCVReturnSuccess;
}
