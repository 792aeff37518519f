/*
 * IOSurfaceRef.h - surfaces: memory for pixels that several processes see. On Transom's surfaces
 * (<transom/surface.h>), which say what is promised; transom_apple.h goes from one to the other.
 *
 * A reference keeps the memory mapped and is no use. A use (IOSurfaceIncrementUseCount(), a pixel buffer,
 * a living Mach port of the surface) is what keeps pools from handing the surface out again. Whoever dies
 * gives up all it held.
 *
 * Errors:  getters give 0, or NULL, for NULL and for a plane that is not there; plane 0 of a surface that
 *          is not planar is the whole.
 * Blocks:  no, but for moments in which somebody else claims the surface, or writes its values.
 * Threads: any. Fork: the child has the surfaces but uses none.
 */
#ifndef TRANSOM_IOSURFACE_IOSURFACEREF_H
#define TRANSOM_IOSURFACE_IOSURFACEREF_H

#include <stddef.h>
#include <stdint.h>

#include <CoreFoundation/CoreFoundation.h>
#include <IOKit/IOReturn.h>
#include <IOSurface/IOSurfaceTypes.h>
#include <mach/kern_return.h>
#include <mach/mach_types.h>

#define IOSURFACE_EXPORT CF_EXPORT

CF_EXTERN_C_BEGIN

typedef struct __IOSurface *IOSurfaceRef;

/*
 * Properties for IOSurfaceCreate(), numbers unless said otherwise. AllocSize alone makes bytes without a
 * shape. Width and height with BytesPerElement, or with a PixelFormat that is known, make a picture;
 * PlaneInfo, an array of dictionaries, a planar one. What is left out is worked out: rows are rounded up
 * to 64 bytes, planes follow each other.
 */
CF_EXPORT const CFStringRef kIOSurfaceAllocSize;
CF_EXPORT const CFStringRef kIOSurfaceWidth;
CF_EXPORT const CFStringRef kIOSurfaceHeight;
CF_EXPORT const CFStringRef kIOSurfaceBytesPerRow;
CF_EXPORT const CFStringRef kIOSurfaceBytesPerElement;
CF_EXPORT const CFStringRef kIOSurfaceElementWidth;
CF_EXPORT const CFStringRef kIOSurfaceElementHeight;
CF_EXPORT const CFStringRef kIOSurfaceOffset;
CF_EXPORT const CFStringRef kIOSurfacePlaneInfo;
CF_EXPORT const CFStringRef kIOSurfacePlaneWidth;
CF_EXPORT const CFStringRef kIOSurfacePlaneHeight;
CF_EXPORT const CFStringRef kIOSurfacePlaneBytesPerRow;
CF_EXPORT const CFStringRef kIOSurfacePlaneOffset;
CF_EXPORT const CFStringRef kIOSurfacePlaneSize;
CF_EXPORT const CFStringRef kIOSurfacePlaneBase;
CF_EXPORT const CFStringRef kIOSurfacePlaneBitsPerElement;
CF_EXPORT const CFStringRef kIOSurfacePlaneBytesPerElement;
CF_EXPORT const CFStringRef kIOSurfacePlaneElementWidth;
CF_EXPORT const CFStringRef kIOSurfacePlaneElementHeight;
CF_EXPORT const CFStringRef kIOSurfaceCacheMode;
CF_EXPORT const CFStringRef kIOSurfaceIsGlobal;
CF_EXPORT const CFStringRef kIOSurfacePixelFormat;
CF_EXPORT const CFStringRef kIOSurfacePixelSizeCastingAllowed;
CF_EXPORT const CFStringRef kIOSurfacePlaneComponentBitDepths;
CF_EXPORT const CFStringRef kIOSurfacePlaneComponentBitOffsets;
CF_EXPORT const CFStringRef kIOSurfaceName;
CF_EXPORT const CFStringRef kIOSurfacePlaneComponentNames;
CF_EXPORT const CFStringRef kIOSurfacePlaneComponentTypes;
CF_EXPORT const CFStringRef kIOSurfacePlaneComponentRanges;
CF_EXPORT const CFStringRef kIOSurfaceSubsampling;
CF_EXPORT const CFStringRef kIOSurfaceColorSpace;
CF_EXPORT const CFStringRef kIOSurfaceICCProfile;

/** The CoreFoundation type of surfaces. */
IOSURFACE_EXPORT CFTypeID
IOSurfaceGetTypeID(void);

/** Makes a surface by a dictionary of the keys above: all 0, in memory that other processes can be given.
 * NULL if the properties are missing, contradict each other or are too large, or there is no memory. The
 * caller's. */
IOSURFACE_EXPORT IOSurfaceRef
IOSurfaceCreate(CFDictionaryRef properties);

/** The surface of an ID: one of this process, or one that was made with kIOSurfaceIsGlobal; NULL if there
 * is none. The caller's. Two lookups of one surface need not give one pointer: compare with CFEqual(). An
 * ID is not a use: between the lookup and what follows the surface may be used for something else. A Mach
 * port has no such gap. */
IOSURFACE_EXPORT IOSurfaceRef
IOSurfaceLookup(IOSurfaceID csid);

/** A number that no other living surface of this user has; 0 for NULL. */
IOSURFACE_EXPORT IOSurfaceID
IOSurfaceGetID(IOSurfaceRef buffer);

/** Begins access by the processor: the base address is good until the unlock. Locks nest and exclude
 * nobody. @seed, which may be NULL, gets the seed. The same kIOSurfaceLockReadOnly belongs to both.
 * kIOReturnNotPermitted: this process may only read it. */
IOSURFACE_EXPORT kern_return_t
IOSurfaceLock(IOSurfaceRef buffer, IOSurfaceLockOptions options, uint32_t *seed);

/** Ends access. After access that was not read-only the seed is one higher, and @seed, which may be NULL,
 * gets it. kIOReturnNotOpen: it is not locked so. */
IOSURFACE_EXPORT kern_return_t
IOSurfaceUnlock(IOSurfaceRef buffer, IOSurfaceLockOptions options, uint32_t *seed);

/** Bytes in all. */
IOSURFACE_EXPORT size_t
IOSurfaceGetAllocSize(IOSurfaceRef buffer);

IOSURFACE_EXPORT size_t
IOSurfaceGetWidth(IOSurfaceRef buffer);
IOSURFACE_EXPORT size_t
IOSurfaceGetHeight(IOSurfaceRef buffer);
IOSURFACE_EXPORT size_t
IOSurfaceGetBytesPerElement(IOSurfaceRef buffer);
IOSURFACE_EXPORT size_t
IOSurfaceGetBytesPerRow(IOSurfaceRef buffer);

/** Where the pixels are; of a planar surface where the memory begins. Maps it if need be. */
IOSURFACE_EXPORT void *
IOSurfaceGetBaseAddress(IOSurfaceRef buffer);
IOSURFACE_EXPORT size_t
IOSurfaceGetElementWidth(IOSurfaceRef buffer);
IOSURFACE_EXPORT size_t
IOSurfaceGetElementHeight(IOSurfaceRef buffer);
IOSURFACE_EXPORT OSType
IOSurfaceGetPixelFormat(IOSurfaceRef buffer);

/** A number that changes when somebody has written; no lock is needed to look for new contents. */
IOSURFACE_EXPORT uint32_t
IOSurfaceGetSeed(IOSurfaceRef buffer);

/** 0 for a surface that is not planar. */
IOSURFACE_EXPORT size_t
IOSurfaceGetPlaneCount(IOSurfaceRef buffer);

IOSURFACE_EXPORT size_t
IOSurfaceGetWidthOfPlane(IOSurfaceRef buffer, size_t planeIndex);
IOSURFACE_EXPORT size_t
IOSurfaceGetHeightOfPlane(IOSurfaceRef buffer, size_t planeIndex);
IOSURFACE_EXPORT size_t
IOSurfaceGetBytesPerElementOfPlane(IOSurfaceRef buffer, size_t planeIndex);
IOSURFACE_EXPORT size_t
IOSurfaceGetBytesPerRowOfPlane(IOSurfaceRef buffer, size_t planeIndex);
IOSURFACE_EXPORT void *
IOSurfaceGetBaseAddressOfPlane(IOSurfaceRef buffer, size_t planeIndex);
IOSURFACE_EXPORT size_t
IOSurfaceGetElementWidthOfPlane(IOSurfaceRef buffer, size_t planeIndex);
IOSURFACE_EXPORT size_t
IOSurfaceGetElementHeightOfPlane(IOSurfaceRef buffer, size_t planeIndex);

/** Components of the planes of known pixel formats, or as the maker has said; else 0 and "unknown". */
IOSURFACE_EXPORT size_t
IOSurfaceGetNumberOfComponentsOfPlane(IOSurfaceRef buffer, size_t planeIndex);
IOSURFACE_EXPORT IOSurfaceComponentName
IOSurfaceGetNameOfComponentOfPlane(IOSurfaceRef buffer, size_t planeIndex, size_t componentIndex);
IOSURFACE_EXPORT IOSurfaceComponentType
IOSurfaceGetTypeOfComponentOfPlane(IOSurfaceRef buffer, size_t planeIndex, size_t componentIndex);
IOSURFACE_EXPORT IOSurfaceComponentRange
IOSurfaceGetRangeOfComponentOfPlane(IOSurfaceRef buffer, size_t planeIndex, size_t componentIndex);
IOSURFACE_EXPORT size_t
IOSurfaceGetBitDepthOfComponentOfPlane(IOSurfaceRef buffer, size_t planeIndex, size_t componentIndex);
IOSURFACE_EXPORT size_t
IOSurfaceGetBitOffsetOfComponentOfPlane(IOSurfaceRef buffer, size_t planeIndex, size_t componentIndex);
IOSURFACE_EXPORT IOSurfaceSubsampling
IOSurfaceGetSubsampling(IOSurfaceRef buffer);

/** Attaches a property-list value, for all processes to see. One that is no property list, or does not fit,
 * changes nothing. kIOSurfaceName gives the surface a name. */
IOSURFACE_EXPORT void
IOSurfaceSetValue(IOSurfaceRef buffer, CFStringRef key, CFTypeRef value);

/** The value of a key, or NULL; the caller's. */
IOSURFACE_EXPORT CFTypeRef
IOSurfaceCopyValue(IOSurfaceRef buffer, CFStringRef key);

IOSURFACE_EXPORT void
IOSurfaceRemoveValue(IOSurfaceRef buffer, CFStringRef key);

/** All at once: nobody sees some of them without the others. */
IOSURFACE_EXPORT void
IOSurfaceSetValues(IOSurfaceRef buffer, CFDictionaryRef keysAndValues);

/** All values of one moment; the caller's. NULL only for NULL or what was broken by others. */
IOSURFACE_EXPORT CFDictionaryRef
IOSurfaceCopyAllValues(IOSurfaceRef buffer);

IOSURFACE_EXPORT void
IOSurfaceRemoveAllValues(IOSurfaceRef buffer);

/** A send right that stands for the surface. While any copy of it lives, in flight and in other processes
 * too, the surface is in use. MACH_PORT_NULL if that cannot be. To be given back with
 * mach_port_deallocate(). */
IOSURFACE_EXPORT mach_port_t
IOSurfaceCreateMachPort(IOSurfaceRef buffer);

/** The surface of such a right, which stays the caller's; NULL if it is none. The caller's. Begin a use, or
 * make a pixel buffer, before giving the right back. */
IOSURFACE_EXPORT IOSurfaceRef
IOSurfaceLookupFromMachPort(mach_port_t port);

/** The largest value of a property; 0 for none. */
IOSURFACE_EXPORT size_t
IOSurfaceGetPropertyMaximum(CFStringRef property);

/** What a property's value should be a multiple of; 1 for anything. */
IOSURFACE_EXPORT size_t
IOSurfaceGetPropertyAlignment(CFStringRef property);

/** Rounds up to that alignment. */
IOSURFACE_EXPORT size_t
IOSurfaceAlignProperty(CFStringRef property, size_t value);

/** Begins a use by this process, which all processes see. */
IOSURFACE_EXPORT void
IOSurfaceIncrementUseCount(IOSurfaceRef buffer);

/** Ends one. Without one nothing happens. */
IOSURFACE_EXPORT void
IOSurfaceDecrementUseCount(IOSurfaceRef buffer);

/** Uses of this process. */
IOSURFACE_EXPORT int32_t
IOSurfaceGetUseCount(IOSurfaceRef buffer);

/** Whether any process or right, anywhere, uses it. */
IOSURFACE_EXPORT Boolean
IOSurfaceIsInUse(IOSurfaceRef buffer);

/** Whether the maker said so, with kIOSurfacePixelSizeCastingAllowed or by saying nothing. */
IOSURFACE_EXPORT Boolean
IOSurfaceAllowsPixelSizeCasting(IOSurfaceRef buffer);

/** Says whether the contents may be discarded while nobody uses the surface, and tells in @oldState, which
 * may be NULL, what was so before. */
IOSURFACE_EXPORT kern_return_t
IOSurfaceSetPurgeable(IOSurfaceRef buffer, uint32_t newState, uint32_t *oldState);

/** Does nothing but check: Linux accounts memory to whom touches it first. */
IOSURFACE_EXPORT kern_return_t
IOSurfaceSetOwnershipIdentity(IOSurfaceRef buffer, task_id_token_t task_id_token, int newLedgerTag,
			      uint32_t newLedgerOptions);

CF_EXTERN_C_END

#endif /* TRANSOM_IOSURFACE_IOSURFACEREF_H */
