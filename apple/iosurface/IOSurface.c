/* IOSurface.c - surfaces as CoreFoundation objects: making, finding, geometry, pixels. What is done,
 * <transom/surface.h> does. */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include <CoreFoundation/CFString.h>

#include "IOSurface-private.h"

static void
finalize(CFTypeRef object)
{
	transom_surface_unref(((const struct iosurface *)object)->surface);
}

static Boolean
equal(CFTypeRef first, CFTypeRef second)
{
	const struct iosurface *a = first, *b = second;

	return memcmp(transom_surface_get_identity(a->surface), transom_surface_get_identity(b->surface),
		      16) == 0;
}

static CFHashCode
hash(CFTypeRef object)
{
	return transom_surface_get_id(((const struct iosurface *)object)->surface);
}

static CFStringRef
copy_description(CFTypeRef object)
{
	struct transom_surface *surface = ((const struct iosurface *)object)->surface;
	char text[4096];

	if (transom_surface_describe(surface, text, sizeof(text)) < 0)
		text[0] = '\0';
	return CFStringCreateWithFormat(NULL, NULL, CFSTR("<IOSurface %p> {%s}"), object, text);
}

static const struct cf_class class = {
	.name = "IOSurface",
	.finalize = finalize,
	.equal = equal,
	.hash = hash,
	.copy_description = copy_description,
};

CFTypeID
IOSurfaceGetTypeID(void)
{
	return cf_type_register(&class);
}

IOSurfaceRef
iosurface_wrap(struct transom_surface *surface)
{
	struct iosurface *made;

	if (surface == NULL)
		return NULL;
	made = cf_object_create(NULL, IOSurfaceGetTypeID(), sizeof(*made));
	if (made != NULL)
		made->surface = transom_surface_ref(surface);
	return (IOSurfaceRef)made;
}

struct transom_surface *
iosurface_get(IOSurfaceRef buffer)
{
	return cf_is_own(buffer, IOSurfaceGetTypeID()) ? ((const struct iosurface *)buffer)->surface : NULL;
}

IOSurfaceRef
iosurface_take(int r, struct transom_surface *surface)
{
	IOSurfaceRef made;

	if (r < 0)
		return NULL;
	made = iosurface_wrap(surface);
	transom_surface_unref(surface);
	return made;
}

/* What the maker says about components is for all holders, so it is a value of the surface. */
static bool
keep_makers_word(IOSurfaceRef buffer, CFDictionaryRef properties)
{
	CFDictionaryRef word = iosurface_copy_makers_word(properties);
	bool done = word != NULL;

	if (done && CFDictionaryGetCount(word) > 0)
		done = iosurface_set_value(buffer, IOSURFACE_COMPONENTS_KEY, word) == 0;
	CFRelease(word);
	return done;
}

IOSurfaceRef
IOSurfaceCreate(CFDictionaryRef properties)
{
	char name[TRANSOM_SURFACE_MAX_NAME + 1];
	struct transom_surface_options options;
	struct transom_surface *surface = NULL;
	IOSurfaceRef made;
	int r;

	if (!iosurface_read_properties(properties, &options, name))
		return NULL;
	r = transom_surface_create(&options, &surface);
	made = iosurface_take(r, surface);
	if (made != NULL && !keep_makers_word(made, properties)) {
		CFRelease(made);
		return NULL;
	}
	return made;
}

IOSurfaceRef
IOSurfaceLookup(IOSurfaceID csid)
{
	struct transom_surface *surface = NULL;
	int r = transom_surface_look_up_id(csid, &surface);

	return iosurface_take(r, surface);
}

IOSurfaceID
IOSurfaceGetID(IOSurfaceRef buffer)
{
	return transom_surface_get_id(iosurface_get(buffer));
}

kern_return_t
iosurface_return(int r)
{
	switch (r) {
	case 0:
		return kIOReturnSuccess;
	case -EINVAL:
		return kIOReturnBadArgument;
	case -EACCES:
	case -EPERM:
		return kIOReturnNotPermitted;
	case -EBUSY:
		return kIOReturnBusy;
	case -ENOMEM:
		return kIOReturnNoMemory;
	case -EMFILE:
	case -ENFILE:
		return kIOReturnNoResources;
	case -EOPNOTSUPP:
		return kIOReturnUnsupported;
	default:
		return kIOReturnError;
	}
}

static uint32_t
lock_flags(IOSurfaceLockOptions options)
{
	return (options & kIOSurfaceLockReadOnly ? TRANSOM_SURFACE_LOCK_READ : TRANSOM_SURFACE_LOCK_WRITE) |
	       (options & kIOSurfaceLockAvoidSync ? TRANSOM_SURFACE_LOCK_NONBLOCK : 0);
}

static bool
are_lock_options(IOSurfaceLockOptions options)
{
	return (options & ~(IOSurfaceLockOptions)(kIOSurfaceLockReadOnly | kIOSurfaceLockAvoidSync)) == 0;
}

kern_return_t
IOSurfaceLock(IOSurfaceRef buffer, IOSurfaceLockOptions options, uint32_t *seed)
{
	struct transom_surface *surface = iosurface_get(buffer);
	int r;

	if (surface == NULL || !are_lock_options(options))
		return kIOReturnBadArgument;
	r = transom_surface_lock(surface, lock_flags(options), seed);
	return r == -EAGAIN ? kIOReturnCannotLock : iosurface_return(r);
}

kern_return_t
IOSurfaceUnlock(IOSurfaceRef buffer, IOSurfaceLockOptions options, uint32_t *seed)
{
	struct transom_surface *surface = iosurface_get(buffer);
	int r;

	if (surface == NULL || !are_lock_options(options))
		return kIOReturnBadArgument;
	r = transom_surface_unlock(surface, lock_flags(options), seed);
	return r == -EINVAL ? kIOReturnNotOpen : iosurface_return(r);
}

uint32_t
IOSurfaceGetSeed(IOSurfaceRef buffer)
{
	return transom_surface_get_seed(iosurface_get(buffer));
}

/* Programs take the address before they lock. A lock that ends at once maps the memory and changes
 * nothing. */
static void
map(struct transom_surface *surface)
{
	if (surface != NULL && transom_surface_get_base(surface) == NULL &&
	    transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL) == 0)
		transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_READ, NULL);
}

void *
IOSurfaceGetBaseAddress(IOSurfaceRef buffer)
{
	struct transom_surface *surface = iosurface_get(buffer);

	map(surface);
	return IOSurfaceGetPlaneCount(buffer) > 0 ? transom_surface_get_base(surface)
						  : IOSurfaceGetBaseAddressOfPlane(buffer, 0);
}

void *
IOSurfaceGetBaseAddressOfPlane(IOSurfaceRef buffer, size_t planeIndex)
{
	struct transom_surface *surface = iosurface_get(buffer);
	struct transom_surface_geometry geometry;

	if (planeIndex >= TRANSOM_MAX_PLANES || transom_surface_get_geometry(surface, &geometry) < 0)
		return NULL;
	map(surface);
	if (geometry.width == 0) /* bytes without a shape have no plane */
		return planeIndex == 0 ? transom_surface_get_base(surface) : NULL;
	return transom_surface_get_plane_base(surface, (uint32_t)planeIndex);
}

static struct transom_surface_geometry
get_geometry(IOSurfaceRef buffer)
{
	struct transom_surface_geometry geometry = { 0 };

	transom_surface_get_geometry(iosurface_get(buffer), &geometry);
	return geometry;
}

static struct transom_plane_layout
get_plane(IOSurfaceRef buffer, size_t index)
{
	struct transom_plane_layout plane = { 0 };

	if (index < TRANSOM_MAX_PLANES)
		transom_surface_get_plane(iosurface_get(buffer), (uint32_t)index, &plane);
	return plane;
}

size_t
IOSurfaceGetAllocSize(IOSurfaceRef buffer)
{
	return get_geometry(buffer).allocation_size;
}

size_t
IOSurfaceGetWidth(IOSurfaceRef buffer)
{
	return get_geometry(buffer).width;
}

size_t
IOSurfaceGetHeight(IOSurfaceRef buffer)
{
	return get_geometry(buffer).height;
}

size_t
IOSurfaceGetBytesPerElement(IOSurfaceRef buffer)
{
	return get_geometry(buffer).bytes_per_element;
}

size_t
IOSurfaceGetBytesPerRow(IOSurfaceRef buffer)
{
	return get_geometry(buffer).bytes_per_row;
}

size_t
IOSurfaceGetElementWidth(IOSurfaceRef buffer)
{
	return get_geometry(buffer).element_width;
}

size_t
IOSurfaceGetElementHeight(IOSurfaceRef buffer)
{
	return get_geometry(buffer).element_height;
}

OSType
IOSurfaceGetPixelFormat(IOSurfaceRef buffer)
{
	return get_geometry(buffer).format;
}

size_t
IOSurfaceGetPlaneCount(IOSurfaceRef buffer)
{
	return get_geometry(buffer).plane_count;
}

size_t
IOSurfaceGetWidthOfPlane(IOSurfaceRef buffer, size_t planeIndex)
{
	return get_plane(buffer, planeIndex).width;
}

size_t
IOSurfaceGetHeightOfPlane(IOSurfaceRef buffer, size_t planeIndex)
{
	return get_plane(buffer, planeIndex).height;
}

size_t
IOSurfaceGetBytesPerElementOfPlane(IOSurfaceRef buffer, size_t planeIndex)
{
	return get_plane(buffer, planeIndex).bytes_per_element;
}

size_t
IOSurfaceGetBytesPerRowOfPlane(IOSurfaceRef buffer, size_t planeIndex)
{
	return get_plane(buffer, planeIndex).bytes_per_row;
}

size_t
IOSurfaceGetElementWidthOfPlane(IOSurfaceRef buffer, size_t planeIndex)
{
	return get_plane(buffer, planeIndex).element_width;
}

size_t
IOSurfaceGetElementHeightOfPlane(IOSurfaceRef buffer, size_t planeIndex)
{
	return get_plane(buffer, planeIndex).element_height;
}
