/*
 * CFBase.h - what all CoreFoundation objects have in common: types, references, equality, descriptions,
 * and the allocators that their memory comes from.
 *
 * Owns:    a function with Create or Copy in its name gives the caller a reference to give back with
 *          CFRelease(); one with Get does not.
 * Errors:  NULL, or an object of another type than a function is for, gives NULL, 0 or false, and changes
 *          nothing.
 * Blocks:  no, but for CFRunLoop.h.
 * Threads: references may be taken and given back, and immutable objects used, from any thread; an object
 *          that can change belongs to one thread at a time.
 */
#ifndef TRANSOM_COREFOUNDATION_CFBASE_H
#define TRANSOM_COREFOUNDATION_CFBASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <CoreFoundation/CFAvailability.h>
#include <MacTypes.h>

#if defined(__cplusplus)
#define CF_EXTERN_C_BEGIN extern "C" {
#define CF_EXTERN_C_END }
#else
#define CF_EXTERN_C_BEGIN
#define CF_EXTERN_C_END
#endif

#define CF_EXPORT extern __attribute__((visibility("default")))
#define CF_INLINE static __inline__ __attribute__((always_inline, unused))

#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif

/* Marks for Apple's compiler and analyser. */
#define CF_RETURNS_RETAINED
#define CF_RETURNS_NOT_RETAINED
#define CF_CONSUMED
#define CF_RELEASES_ARGUMENT
#define CF_BRIDGED_TYPE(type)
#define CF_BRIDGED_MUTABLE_TYPE(type)
#define CF_RELATED_TYPE(type, create, getter)
#define CF_ASSUME_NONNULL_BEGIN
#define CF_ASSUME_NONNULL_END
#define CF_IMPLICIT_BRIDGING_ENABLED
#define CF_IMPLICIT_BRIDGING_DISABLED
#define CF_NOESCAPE
#define CF_WARN_UNUSED_RESULT __attribute__((warn_unused_result))
#define CF_FORMAT_FUNCTION(format, first)
#define CF_FORMAT_ARGUMENT(index)
#define CF_NO_TAIL_CALL
#if !defined(__clang__)
#ifndef _Nullable
#define _Nullable
#endif
#ifndef _Nonnull
#define _Nonnull
#endif
#ifndef _Null_unspecified
#define _Null_unspecified
#endif
#endif

CF_EXTERN_C_BEGIN

#if defined(TRANSOM_APPLE_OBJC)
/* Programs name nothing in the bridge to Objective-C, and linkers leave out what nobody names. */
extern const int transom_apple_objc_bridge;
static const int *const transom_apple_objc_bridge_is_needed __attribute__((used)) = &transom_apple_objc_bridge;
#endif

typedef unsigned long CFTypeID;
typedef unsigned long CFOptionFlags;
typedef unsigned long CFHashCode;
typedef signed long CFIndex;

typedef const void *CFTypeRef;
typedef const struct __CFString *CFStringRef;
typedef struct __CFString *CFMutableStringRef;
typedef const struct __CFAllocator *CFAllocatorRef;
typedef const struct __CFNull *CFNullRef;
typedef CFTypeRef CFPropertyListRef;

typedef CF_ENUM(CFIndex, CFComparisonResult) {
	kCFCompareLessThan = -1L,
	kCFCompareEqualTo = 0,
	kCFCompareGreaterThan = 1
};

typedef CFComparisonResult (*CFComparatorFunction)(const void *first, const void *second, void *context);

static const CFIndex kCFNotFound __attribute__((unused)) = -1;

typedef struct {
	CFIndex location;
	CFIndex length;
} CFRange;

CF_INLINE CFRange
CFRangeMake(CFIndex location, CFIndex length)
{
	CFRange range;

	range.location = location;
	range.length = length;
	return range;
}

/* This many thousands of CoreFoundation's own numbering; the functions here are what 10.15 and later have. */
CF_EXPORT double kCFCoreFoundationVersionNumber;
#define kCFCoreFoundationVersionNumber10_9 855.11
#define kCFCoreFoundationVersionNumber10_10 1151.16
#define kCFCoreFoundationVersionNumber10_11 1253

/** The one type of kCFNull. */
CF_EXPORT CFTypeID
CFNullGetTypeID(void);

/** Stands for "nothing" where NULL cannot stand, as in an array. */
CF_EXPORT const CFNullRef kCFNull;

/* Allocators. NULL is the default one of the thread. */
CF_EXPORT const CFAllocatorRef kCFAllocatorDefault;
CF_EXPORT const CFAllocatorRef kCFAllocatorSystemDefault;
CF_EXPORT const CFAllocatorRef kCFAllocatorMalloc;
CF_EXPORT const CFAllocatorRef kCFAllocatorMallocZone;
/** Allocates nothing, and frees nothing: for bytes that somebody else owns. */
CF_EXPORT const CFAllocatorRef kCFAllocatorNull;
/** For CFAllocatorCreate() only: the new allocator allocates itself. */
CF_EXPORT const CFAllocatorRef kCFAllocatorUseContext;

typedef const void *(*CFAllocatorRetainCallBack)(const void *info);
typedef void (*CFAllocatorReleaseCallBack)(const void *info);
typedef CFStringRef (*CFAllocatorCopyDescriptionCallBack)(const void *info);
typedef void *(*CFAllocatorAllocateCallBack)(CFIndex size, CFOptionFlags hint, void *info);
typedef void *(*CFAllocatorReallocateCallBack)(void *bytes, CFIndex size, CFOptionFlags hint, void *info);
typedef void (*CFAllocatorDeallocateCallBack)(void *bytes, void *info);
typedef CFIndex (*CFAllocatorPreferredSizeCallBack)(CFIndex size, CFOptionFlags hint, void *info);

typedef struct {
	CFIndex version;
	void *info;
	CFAllocatorRetainCallBack retain;
	CFAllocatorReleaseCallBack release;
	CFAllocatorCopyDescriptionCallBack copyDescription;
	CFAllocatorAllocateCallBack allocate;
	CFAllocatorReallocateCallBack reallocate;
	CFAllocatorDeallocateCallBack deallocate;
	CFAllocatorPreferredSizeCallBack preferredSize;
} CFAllocatorContext;

CF_EXPORT CFTypeID
CFAllocatorGetTypeID(void);

/** Makes @allocator the default of this thread; it is kept for ever. */
CF_EXPORT void
CFAllocatorSetDefault(CFAllocatorRef allocator);

CF_EXPORT CFAllocatorRef
CFAllocatorGetDefault(void);

/** Makes an allocator of the functions in @context, itself allocated by @allocator; NULL for an unknown version. */
CF_EXPORT CFAllocatorRef
CFAllocatorCreate(CFAllocatorRef allocator, CFAllocatorContext *context);

/** @size bytes; NULL if @size is not positive or there is no memory. */
CF_EXPORT void *
CFAllocatorAllocate(CFAllocatorRef allocator, CFIndex size, CFOptionFlags hint);

/** Changes the size; NULL bytes allocate, a @size of 0 frees. The old bytes stay if there is no memory. */
CF_EXPORT void *
CFAllocatorReallocate(CFAllocatorRef allocator, void *bytes, CFIndex size, CFOptionFlags hint);

CF_EXPORT void
CFAllocatorDeallocate(CFAllocatorRef allocator, void *bytes);

/** How many bytes the allocator would really take for @size. */
CF_EXPORT CFIndex
CFAllocatorGetPreferredSizeForSize(CFAllocatorRef allocator, CFIndex size, CFOptionFlags hint);

CF_EXPORT void
CFAllocatorGetContext(CFAllocatorRef allocator, CFAllocatorContext *context);

/* Any object. */

/** The type of an object; 0, which is no type, for what is none. */
CF_EXPORT CFTypeID
CFGetTypeID(CFTypeRef object);

/** The name of a type, such as "CFString". */
CF_EXPORT CFStringRef
CFCopyTypeIDDescription(CFTypeID type);

/** Takes one more reference, and returns @object. */
CF_EXPORT CFTypeRef
CFRetain(CFTypeRef object);

/** Gives a reference back; the last one frees the object. NULL is let pass. */
CF_EXPORT void
CFRelease(CFTypeRef object);

/** CFRelease() at the end of a pool of Objective-C's; with no Objective-C bridge loaded, never. */
CF_EXPORT CFTypeRef
CFAutorelease(CFTypeRef object);

/** The number of references; the largest CFIndex for an object that is never freed. */
CF_EXPORT CFIndex
CFGetRetainCount(CFTypeRef object);

/** Whether two objects are of one type and have equal contents. Two NULLs are equal. */
CF_EXPORT Boolean
CFEqual(CFTypeRef first, CFTypeRef second);

/** A number that is the same for equal objects. */
CF_EXPORT CFHashCode
CFHash(CFTypeRef object);

/** A text about the object for people who look for a mistake. */
CF_EXPORT CFStringRef
CFCopyDescription(CFTypeRef object);

/** The allocator that the object's memory came from. */
CF_EXPORT CFAllocatorRef
CFGetAllocator(CFTypeRef object);

/** Writes CFCopyDescription()'s text, or a string's own, to the standard error stream. */
CF_EXPORT void
CFShow(CFTypeRef object);

CF_EXTERN_C_END

#endif /* TRANSOM_COREFOUNDATION_CFBASE_H */
