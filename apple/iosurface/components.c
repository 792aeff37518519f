/* components.c - what each component of a plane is: by the pixel format, or by the maker's word where it
 * gave one. */
#include <CoreFoundation/CFArray.h>
#include <CoreFoundation/CFNumber.h>

#include "IOSurface-private.h"

/* What a maker may say of the components of a plane, each in an array by component. */
static const CFStringRef *const plane_keys[] = {
	&kIOSurfacePlaneComponentBitDepths, &kIOSurfacePlaneComponentBitOffsets,
	&kIOSurfacePlaneComponentNames,     &kIOSurfacePlaneComponentTypes,
	&kIOSurfacePlaneComponentRanges,
};

static CFTypeRef
get_typed(CFTypeRef dictionary, CFStringRef key, CFTypeID type)
{
	CFTypeRef value = NULL;

	if (dictionary != NULL && CFGetTypeID(dictionary) == CFDictionaryGetTypeID())
		value = CFDictionaryGetValue(dictionary, key);
	return value != NULL && CFGetTypeID(value) == type ? value : NULL;
}

/* Part @index of an array under a key; anything may be missing. */
static CFTypeRef
get_at(CFTypeRef dictionary, CFStringRef key, size_t index)
{
	CFArrayRef array = get_typed(dictionary, key, CFArrayGetTypeID());

	return array != NULL && index < (size_t)CFArrayGetCount(array)
		       ? CFArrayGetValueAtIndex(array, (CFIndex)index)
		       : NULL;
}

/* The part of a plane's description that is about components; NULL if there is none. */
static CFDictionaryRef
copy_components(CFTypeRef plane)
{
	CFMutableDictionaryRef kept = NULL;

	for (size_t i = 0; i < sizeof(plane_keys) / sizeof(plane_keys[0]); i++) {
		CFTypeRef value = get_typed(plane, *plane_keys[i], CFArrayGetTypeID());

		if (value == NULL)
			continue;
		if (kept == NULL)
			kept = CFDictionaryCreateMutable(NULL, 0, &kCFTypeDictionaryKeyCallBacks,
							 &kCFTypeDictionaryValueCallBacks);
		CFDictionarySetValue(kept, *plane_keys[i], value);
	}
	return kept;
}

static void
keep_planes(CFDictionaryRef properties, CFMutableDictionaryRef kept)
{
	CFArrayRef planes = get_typed(properties, kIOSurfacePlaneInfo, CFArrayGetTypeID());
	CFMutableArrayRef all;
	bool any = false;

	if (planes == NULL)
		return;
	all = CFArrayCreateMutable(NULL, 0, &kCFTypeArrayCallBacks);
	for (CFIndex i = 0; i < CFArrayGetCount(planes); i++) {
		CFDictionaryRef plane = copy_components(CFArrayGetValueAtIndex(planes, i));

		any |= plane != NULL;
		if (plane == NULL)
			plane = CFDictionaryCreate(NULL, NULL, NULL, 0, &kCFTypeDictionaryKeyCallBacks,
						   &kCFTypeDictionaryValueCallBacks);
		CFArrayAppendValue(all, plane);
		CFRelease(plane);
	}
	if (any)
		CFDictionarySetValue(kept, kIOSurfacePlaneInfo, all);
	CFRelease(all);
}

CFDictionaryRef
iosurface_copy_makers_word(CFDictionaryRef properties)
{
	static const CFStringRef *const keys[] = { &kIOSurfaceSubsampling,
						   &kIOSurfacePixelSizeCastingAllowed };
	CFMutableDictionaryRef kept;

	kept = CFDictionaryCreateMutable(NULL, 0, &kCFTypeDictionaryKeyCallBacks,
					 &kCFTypeDictionaryValueCallBacks);
	if (kept == NULL)
		return NULL;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		CFTypeRef value = CFDictionaryGetValue(properties, *keys[i]);

		if (value != NULL)
			CFDictionarySetValue(kept, *keys[i], value);
	}
	keep_planes(properties, kept);
	return kept;
}

/* The maker's number for a component, or for the whole if @key is no key of planes; false if it gave none. */
static bool
get_makers_number(IOSurfaceRef buffer, CFStringRef key, size_t plane, size_t component, int32_t *ret)
{
	CFTypeRef word = IOSurfaceCopyValue(buffer, IOSURFACE_COMPONENTS_KEY), number;
	bool found;

	if (word == NULL)
		return false;
	number = get_typed(word, key, CFNumberGetTypeID());
	if (number == NULL)
		number = get_at(get_at(word, kIOSurfacePlaneInfo, plane), key, component);
	found = number != NULL && CFGetTypeID(number) == CFNumberGetTypeID() &&
		CFNumberGetValue(number, kCFNumberSInt32Type, ret);
	CFRelease(word);
	return found;
}

static const struct transom_format *
get_format(IOSurfaceRef buffer)
{
	return transom_format_get(IOSurfaceGetPixelFormat(buffer));
}

static const struct transom_format_component *
get_component(IOSurfaceRef buffer, size_t plane, size_t component)
{
	const struct transom_format *format = get_format(buffer);

	if (format == NULL || plane >= format->plane_count ||
	    component >= format->planes[plane].component_count)
		return NULL;
	return &format->planes[plane].components[component];
}

size_t
IOSurfaceGetNumberOfComponentsOfPlane(IOSurfaceRef buffer, size_t planeIndex)
{
	const struct transom_format *format = get_format(buffer);
	CFTypeRef word, depths;
	CFIndex count = 0;

	word = IOSurfaceCopyValue(buffer, IOSURFACE_COMPONENTS_KEY);
	depths = get_typed(get_at(word, kIOSurfacePlaneInfo, planeIndex), kIOSurfacePlaneComponentBitDepths,
			   CFArrayGetTypeID());
	if (depths != NULL)
		count = CFArrayGetCount(depths);
	CFRelease(word);
	if (count > 0)
		return (size_t)count;
	return format != NULL && planeIndex < format->plane_count ? format->planes[planeIndex].component_count
								  : 0;
}

IOSurfaceComponentName
IOSurfaceGetNameOfComponentOfPlane(IOSurfaceRef buffer, size_t planeIndex, size_t componentIndex)
{
	const struct transom_format_component *component = get_component(buffer, planeIndex, componentIndex);
	int32_t name;

	if (get_makers_number(buffer, kIOSurfacePlaneComponentNames, planeIndex, componentIndex, &name))
		return name;
	/* Transom knows more kinds than Apple has names for. */
	return component != NULL && component->name <= TRANSOM_COMPONENT_CHROMA_BLUE
		       ? component->name
		       : kIOSurfaceComponentNameUnknown;
}

IOSurfaceComponentType
IOSurfaceGetTypeOfComponentOfPlane(IOSurfaceRef buffer, size_t planeIndex, size_t componentIndex)
{
	const struct transom_format_component *component = get_component(buffer, planeIndex, componentIndex);
	int32_t type;

	if (get_makers_number(buffer, kIOSurfacePlaneComponentTypes, planeIndex, componentIndex, &type))
		return type;
	return component != NULL ? component->type : kIOSurfaceComponentTypeUnknown;
}

IOSurfaceComponentRange
IOSurfaceGetRangeOfComponentOfPlane(IOSurfaceRef buffer, size_t planeIndex, size_t componentIndex)
{
	const struct transom_format_component *component = get_component(buffer, planeIndex, componentIndex);
	int32_t range;

	if (get_makers_number(buffer, kIOSurfacePlaneComponentRanges, planeIndex, componentIndex, &range))
		return range;
	return component != NULL ? component->range : kIOSurfaceComponentRangeUnknown;
}

size_t
IOSurfaceGetBitDepthOfComponentOfPlane(IOSurfaceRef buffer, size_t planeIndex, size_t componentIndex)
{
	const struct transom_format_component *component = get_component(buffer, planeIndex, componentIndex);
	int32_t depth;

	if (get_makers_number(buffer, kIOSurfacePlaneComponentBitDepths, planeIndex, componentIndex, &depth))
		return depth > 0 ? (size_t)depth : 0;
	return component != NULL ? component->depth : 0;
}

size_t
IOSurfaceGetBitOffsetOfComponentOfPlane(IOSurfaceRef buffer, size_t planeIndex, size_t componentIndex)
{
	const struct transom_format_component *component = get_component(buffer, planeIndex, componentIndex);
	int32_t offset;

	if (get_makers_number(buffer, kIOSurfacePlaneComponentBitOffsets, planeIndex, componentIndex,
			      &offset))
		return offset > 0 ? (size_t)offset : 0;
	return component != NULL ? component->offset : 0;
}

IOSurfaceSubsampling
IOSurfaceGetSubsampling(IOSurfaceRef buffer)
{
	const struct transom_format *format = get_format(buffer);
	int32_t subsampling;

	if (get_makers_number(buffer, kIOSurfaceSubsampling, 0, 0, &subsampling))
		return subsampling;
	return format != NULL && format->subsampling <= TRANSOM_SUBSAMPLING_411
		       ? format->subsampling
		       : kIOSurfaceSubsamplingUnknown;
}

Boolean
IOSurfaceAllowsPixelSizeCasting(IOSurfaceRef buffer)
{
	CFTypeRef word, allowed;
	Boolean answer = iosurface_get(buffer) != NULL;

	word = IOSurfaceCopyValue(buffer, IOSURFACE_COMPONENTS_KEY);
	allowed = get_typed(word, kIOSurfacePixelSizeCastingAllowed, CFBooleanGetTypeID());
	if (allowed != NULL)
		answer = CFBooleanGetValue(allowed);
	CFRelease(word);
	return answer;
}
