/* use.c - uses of a surface, its purgeable state, the limits of its properties, and who it is accounted
 * to. */
#include <CoreFoundation/CFString.h>

#include "IOSurface-private.h"

void
IOSurfaceIncrementUseCount(IOSurfaceRef buffer)
{
	transom_surface_begin_use(iosurface_get(buffer));
}

void
IOSurfaceDecrementUseCount(IOSurfaceRef buffer)
{
	transom_surface_end_use(iosurface_get(buffer));
}

int32_t
IOSurfaceGetUseCount(IOSurfaceRef buffer)
{
	uint32_t count = transom_surface_get_use_count(iosurface_get(buffer));

	return count > INT32_MAX ? INT32_MAX : (int32_t)count;
}

Boolean
IOSurfaceIsInUse(IOSurfaceRef buffer)
{
	return transom_surface_is_in_use(iosurface_get(buffer));
}

kern_return_t
IOSurfaceSetPurgeable(IOSurfaceRef buffer, uint32_t newState, uint32_t *oldState)
{
	struct transom_surface *surface = iosurface_get(buffer);
	enum transom_surface_purgeable old;
	int r;

	if (surface == NULL || newState > kIOSurfacePurgeableKeepCurrent)
		return kIOReturnBadArgument;
	r = transom_surface_set_purgeable(surface, (enum transom_surface_purgeable)newState, &old);
	if (r == 0 && oldState != NULL)
		*oldState = old;
	return iosurface_return(r);
}

/* Which property of Transom's a key is; 0 for one that has no limits. */
static enum transom_surface_property
get_property(CFStringRef key)
{
	const struct {
		CFStringRef key;
		enum transom_surface_property property;
	} properties[] = {
		{ kIOSurfaceWidth, TRANSOM_SURFACE_WIDTH },
		{ kIOSurfacePlaneWidth, TRANSOM_SURFACE_WIDTH },
		{ kIOSurfaceHeight, TRANSOM_SURFACE_HEIGHT },
		{ kIOSurfacePlaneHeight, TRANSOM_SURFACE_HEIGHT },
		{ kIOSurfaceBytesPerRow, TRANSOM_SURFACE_BYTES_PER_ROW },
		{ kIOSurfacePlaneBytesPerRow, TRANSOM_SURFACE_PLANE_BYTES_PER_ROW },
		{ kIOSurfaceBytesPerElement, TRANSOM_SURFACE_BYTES_PER_ELEMENT },
		{ kIOSurfacePlaneBytesPerElement, TRANSOM_SURFACE_BYTES_PER_ELEMENT },
		{ kIOSurfaceElementWidth, TRANSOM_SURFACE_ELEMENT_WIDTH },
		{ kIOSurfacePlaneElementWidth, TRANSOM_SURFACE_ELEMENT_WIDTH },
		{ kIOSurfaceElementHeight, TRANSOM_SURFACE_ELEMENT_HEIGHT },
		{ kIOSurfacePlaneElementHeight, TRANSOM_SURFACE_ELEMENT_HEIGHT },
		{ kIOSurfaceAllocSize, TRANSOM_SURFACE_ALLOCATION_SIZE },
		{ kIOSurfacePlaneInfo, TRANSOM_SURFACE_PLANE_COUNT },
		{ kIOSurfaceOffset, TRANSOM_SURFACE_PLANE_OFFSET },
		{ kIOSurfacePlaneOffset, TRANSOM_SURFACE_PLANE_OFFSET },
		{ kIOSurfacePlaneBase, TRANSOM_SURFACE_PLANE_OFFSET },
		{ kIOSurfacePlaneSize, TRANSOM_SURFACE_PLANE_SIZE },
	};

	for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++)
		if (key != NULL && CFEqual(key, properties[i].key))
			return properties[i].property;
	return (enum transom_surface_property)0;
}

size_t
IOSurfaceGetPropertyMaximum(CFStringRef property)
{
	return transom_surface_get_maximum(get_property(property));
}

size_t
IOSurfaceGetPropertyAlignment(CFStringRef property)
{
	return transom_surface_get_alignment(get_property(property));
}

size_t
IOSurfaceAlignProperty(CFStringRef property, size_t value)
{
	return transom_surface_align(get_property(property), value);
}

kern_return_t
IOSurfaceSetOwnershipIdentity(IOSurfaceRef buffer, task_id_token_t task_id_token, int newLedgerTag,
			      uint32_t newLedgerOptions)
{
	const uint32_t known = kIOSurfaceMemoryLedgerFlagNoFootprint;

	if (iosurface_get(buffer) == NULL || newLedgerTag < kIOSurfaceMemoryLedgerTagDefault ||
	    newLedgerTag > kIOSurfaceMemoryLedgerTagNeural || (newLedgerOptions & ~known) != 0)
		return kIOReturnBadArgument;
	return kIOReturnUnsupported;
}
