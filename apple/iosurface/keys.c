/* keys.c - the names of properties and values. Programs also pass the texts themselves, so these are
 * Apple's. */
#include <IOSurface/IOSurfaceRef.h>

#include "CFBase-private.h"

CF_STRING_CONSTANT(CFStringRef, kIOSurfaceAllocSize, "IOSurfaceAllocSize");
CF_STRING_CONSTANT(CFStringRef, kIOSurfaceWidth, "IOSurfaceWidth");
CF_STRING_CONSTANT(CFStringRef, kIOSurfaceHeight, "IOSurfaceHeight");
CF_STRING_CONSTANT(CFStringRef, kIOSurfaceBytesPerRow, "IOSurfaceBytesPerRow");
CF_STRING_CONSTANT(CFStringRef, kIOSurfaceBytesPerElement, "IOSurfaceBytesPerElement");
CF_STRING_CONSTANT(CFStringRef, kIOSurfaceElementWidth, "IOSurfaceElementWidth");
CF_STRING_CONSTANT(CFStringRef, kIOSurfaceElementHeight, "IOSurfaceElementHeight");
CF_STRING_CONSTANT(CFStringRef, kIOSurfaceOffset, "IOSurfaceOffset");
CF_STRING_CONSTANT(CFStringRef, kIOSurfacePlaneInfo, "IOSurfacePlaneInfo");
CF_STRING_CONSTANT(CFStringRef, kIOSurfacePlaneWidth, "IOSurfacePlaneWidth");
CF_STRING_CONSTANT(CFStringRef, kIOSurfacePlaneHeight, "IOSurfacePlaneHeight");
CF_STRING_CONSTANT(CFStringRef, kIOSurfacePlaneBytesPerRow, "IOSurfacePlaneBytesPerRow");
CF_STRING_CONSTANT(CFStringRef, kIOSurfacePlaneOffset, "IOSurfacePlaneOffset");
CF_STRING_CONSTANT(CFStringRef, kIOSurfacePlaneSize, "IOSurfacePlaneSize");
CF_STRING_CONSTANT(CFStringRef, kIOSurfacePlaneBase, "IOSurfacePlaneBase");
CF_STRING_CONSTANT(CFStringRef, kIOSurfacePlaneBitsPerElement, "IOSurfacePlaneBitsPerElement");
CF_STRING_CONSTANT(CFStringRef, kIOSurfacePlaneBytesPerElement, "IOSurfacePlaneBytesPerElement");
CF_STRING_CONSTANT(CFStringRef, kIOSurfacePlaneElementWidth, "IOSurfacePlaneElementWidth");
CF_STRING_CONSTANT(CFStringRef, kIOSurfacePlaneElementHeight, "IOSurfacePlaneElementHeight");
CF_STRING_CONSTANT(CFStringRef, kIOSurfaceCacheMode, "IOSurfaceCacheMode");
CF_STRING_CONSTANT(CFStringRef, kIOSurfaceIsGlobal, "IOSurfaceIsGlobal");
CF_STRING_CONSTANT(CFStringRef, kIOSurfacePixelFormat, "IOSurfacePixelFormat");
CF_STRING_CONSTANT(CFStringRef, kIOSurfacePixelSizeCastingAllowed, "IOSurfacePixelSizeCastingAllowed");
CF_STRING_CONSTANT(CFStringRef, kIOSurfacePlaneComponentBitDepths, "IOSurfacePlaneComponentBitDepths");
CF_STRING_CONSTANT(CFStringRef, kIOSurfacePlaneComponentBitOffsets, "IOSurfacePlaneComponentBitOffsets");
CF_STRING_CONSTANT(CFStringRef, kIOSurfaceName, "IOSurfaceName");
CF_STRING_CONSTANT(CFStringRef, kIOSurfacePlaneComponentNames, "IOSurfacePlaneComponentNames");
CF_STRING_CONSTANT(CFStringRef, kIOSurfacePlaneComponentTypes, "IOSurfacePlaneComponentTypes");
CF_STRING_CONSTANT(CFStringRef, kIOSurfacePlaneComponentRanges, "IOSurfacePlaneComponentRanges");
CF_STRING_CONSTANT(CFStringRef, kIOSurfaceSubsampling, "IOSurfaceSubsampling");
CF_STRING_CONSTANT(CFStringRef, kIOSurfaceColorSpace, "IOSurfaceColorSpace");
CF_STRING_CONSTANT(CFStringRef, kIOSurfaceICCProfile, "IOSurfaceICCProfile");
