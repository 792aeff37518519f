/*
 * CFData.h - bytes with no meaning of their own. CFBase.h says what holds for all objects.
 */
#ifndef TRANSOM_COREFOUNDATION_CFDATA_H
#define TRANSOM_COREFOUNDATION_CFDATA_H

#include <CoreFoundation/CFBase.h>

CF_EXTERN_C_BEGIN

typedef const struct __CFData *CFDataRef;
typedef struct __CFData *CFMutableDataRef;

typedef CF_OPTIONS(CFOptionFlags, CFDataSearchFlags) {
	kCFDataSearchBackwards = 1UL << 0,
	kCFDataSearchAnchored = 1UL << 1
};

CF_EXPORT CFTypeID
CFDataGetTypeID(void);

/** Copies @length bytes; NULL for a negative length, or NULL bytes with a length. */
CF_EXPORT CFDataRef
CFDataCreate(CFAllocatorRef allocator, const UInt8 *bytes, CFIndex length);

/** Keeps the bytes where they are, and has @deallocator free them at the end; kCFAllocatorNull does not. */
CF_EXPORT CFDataRef
CFDataCreateWithBytesNoCopy(CFAllocatorRef allocator, const UInt8 *bytes, CFIndex length,
			    CFAllocatorRef deallocator);

CF_EXPORT CFDataRef
CFDataCreateCopy(CFAllocatorRef allocator, CFDataRef data);

/** Data that can change. @maximum: the most bytes it may have; 0 for no limit. */
CF_EXPORT CFMutableDataRef
CFDataCreateMutable(CFAllocatorRef allocator, CFIndex maximum);

CF_EXPORT CFMutableDataRef
CFDataCreateMutableCopy(CFAllocatorRef allocator, CFIndex maximum, CFDataRef data);

CF_EXPORT CFIndex
CFDataGetLength(CFDataRef data);

/** Valid as long as the data lives and does not change its length. */
CF_EXPORT const UInt8 *
CFDataGetBytePtr(CFDataRef data);

CF_EXPORT UInt8 *
CFDataGetMutableBytePtr(CFMutableDataRef data);

/** Copies a range; none of it if it is not within the data. */
CF_EXPORT void
CFDataGetBytes(CFDataRef data, CFRange range, UInt8 *buffer);

/** New bytes are 0. */
CF_EXPORT void
CFDataSetLength(CFMutableDataRef data, CFIndex length);

CF_EXPORT void
CFDataIncreaseLength(CFMutableDataRef data, CFIndex extra);

CF_EXPORT void
CFDataAppendBytes(CFMutableDataRef data, const UInt8 *bytes, CFIndex length);

CF_EXPORT void
CFDataReplaceBytes(CFMutableDataRef data, CFRange range, const UInt8 *bytes, CFIndex length);

CF_EXPORT void
CFDataDeleteBytes(CFMutableDataRef data, CFRange range);

/** Where @wanted is in @range; {kCFNotFound, 0} if it is not, or is empty. */
CF_EXPORT CFRange
CFDataFind(CFDataRef data, CFDataRef wanted, CFRange range, CFDataSearchFlags options);

CF_EXTERN_C_END

#endif /* TRANSOM_COREFOUNDATION_CFDATA_H */
