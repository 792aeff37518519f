/*
 * IOSurfaceTypes.h - numbers of <IOSurface/IOSurfaceRef.h>.
 */
#ifndef TRANSOM_IOSURFACE_IOSURFACETYPES_H
#define TRANSOM_IOSURFACE_IOSURFACETYPES_H

#include <stdint.h>

#include <CoreFoundation/CFBase.h>

typedef uint32_t IOSurfaceID;

enum { kIOSurfaceSuccess = 0 };

typedef CF_OPTIONS(uint32_t, IOSurfaceLockOptions) {
	kIOSurfaceLockReadOnly = 0x00000001,
	/* Fail with kIOReturnCannotLock rather than wait for a device; here no lock ever waits for one. */
	kIOSurfaceLockAvoidSync = 0x00000002
};

typedef CF_OPTIONS(uint32_t, IOSurfacePurgeabilityState) {
	kIOSurfacePurgeableNonVolatile = 0,
	kIOSurfacePurgeableVolatile = 1,
	kIOSurfacePurgeableEmpty = 2,
	kIOSurfacePurgeableKeepCurrent = 3
};

enum {
	kIOSurfaceDefaultCache = 0,
	kIOSurfaceInhibitCache = 1,
	kIOSurfaceWriteThruCache = 2,
	kIOSurfaceCopybackCache = 3,
	kIOSurfaceWriteCombineCache = 4,
	kIOSurfaceCopybackInnerCache = 5
};

/* How memory is cached is the kernel's affair here: the key is taken and means nothing. */
enum {
	kIOSurfaceMapCacheShift = 8,
	kIOSurfaceMapDefaultCache = kIOSurfaceDefaultCache << kIOSurfaceMapCacheShift,
	kIOSurfaceMapInhibitCache = kIOSurfaceInhibitCache << kIOSurfaceMapCacheShift,
	kIOSurfaceMapWriteThruCache = kIOSurfaceWriteThruCache << kIOSurfaceMapCacheShift,
	kIOSurfaceMapCopybackCache = kIOSurfaceCopybackCache << kIOSurfaceMapCacheShift,
	kIOSurfaceMapWriteCombineCache = kIOSurfaceWriteCombineCache << kIOSurfaceMapCacheShift,
	kIOSurfaceMapCopybackInnerCache = kIOSurfaceCopybackInnerCache << kIOSurfaceMapCacheShift
};

typedef CF_ENUM(int32_t, IOSurfaceComponentName) {
	kIOSurfaceComponentNameUnknown = 0,
	kIOSurfaceComponentNameAlpha = 1,
	kIOSurfaceComponentNameRed = 2,
	kIOSurfaceComponentNameGreen = 3,
	kIOSurfaceComponentNameBlue = 4,
	kIOSurfaceComponentNameLuma = 5,
	kIOSurfaceComponentNameChromaRed = 6,
	kIOSurfaceComponentNameChromaBlue = 7
};

typedef CF_ENUM(int32_t, IOSurfaceComponentType) {
	kIOSurfaceComponentTypeUnknown = 0,
	kIOSurfaceComponentTypeUnsignedInteger = 1,
	kIOSurfaceComponentTypeSignedInteger = 2,
	kIOSurfaceComponentTypeFloat = 3,
	kIOSurfaceComponentTypeSignedNormalized = 4
};

typedef CF_ENUM(int32_t, IOSurfaceComponentRange) {
	kIOSurfaceComponentRangeUnknown = 0,
	kIOSurfaceComponentRangeFullRange = 1,
	kIOSurfaceComponentRangeVideoRange = 2,
	kIOSurfaceComponentRangeWideRange = 3
};

typedef CF_ENUM(int32_t, IOSurfaceSubsampling) {
	kIOSurfaceSubsamplingUnknown = 0,
	kIOSurfaceSubsamplingNone = 1,
	kIOSurfaceSubsampling422 = 2,
	kIOSurfaceSubsampling420 = 3,
	kIOSurfaceSubsampling411 = 4
};

/* Whose memory a surface is accounted to. Linux accounts it to who touches it first, so these change
 * nothing. */
typedef CF_ENUM(int, IOSurfaceMemoryLedgerTags) {
	kIOSurfaceMemoryLedgerTagDefault = 0x00000001,
	kIOSurfaceMemoryLedgerTagNetwork = 0x00000002,
	kIOSurfaceMemoryLedgerTagMedia = 0x00000003,
	kIOSurfaceMemoryLedgerTagGraphics = 0x00000004,
	kIOSurfaceMemoryLedgerTagNeural = 0x00000005
};

typedef CF_OPTIONS(uint32_t, IOSurfaceMemoryLedgerFlags) { kIOSurfaceMemoryLedgerFlagNoFootprint = (1 << 0) };

#endif /* TRANSOM_IOSURFACE_IOSURFACETYPES_H */
