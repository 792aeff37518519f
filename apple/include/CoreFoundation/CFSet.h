/*
 * CFSet.h - values of which each is there once. CFBase.h says what holds for all objects.
 */
#ifndef TRANSOM_COREFOUNDATION_CFSET_H
#define TRANSOM_COREFOUNDATION_CFSET_H

#include <CoreFoundation/CFBase.h>

CF_EXTERN_C_BEGIN

typedef const struct __CFSet *CFSetRef;
typedef struct __CFSet *CFMutableSetRef;

typedef const void *(*CFSetRetainCallBack)(CFAllocatorRef allocator, const void *value);
typedef void (*CFSetReleaseCallBack)(CFAllocatorRef allocator, const void *value);
typedef CFStringRef (*CFSetCopyDescriptionCallBack)(const void *value);
typedef Boolean (*CFSetEqualCallBack)(const void *first, const void *second);
typedef CFHashCode (*CFSetHashCallBack)(const void *value);

/* What a set does with its values; a function that is NULL is left out: pointers are compared, and hashed. */
typedef struct {
	CFIndex version;
	CFSetRetainCallBack retain;
	CFSetReleaseCallBack release;
	CFSetCopyDescriptionCallBack copyDescription;
	CFSetEqualCallBack equal;
	CFSetHashCallBack hash;
} CFSetCallBacks;

/** For values that are objects. */
CF_EXPORT const CFSetCallBacks kCFTypeSetCallBacks;
/** For values that are strings, which are copied, so that they cannot change. */
CF_EXPORT const CFSetCallBacks kCFCopyStringSetCallBacks;

typedef void (*CFSetApplierFunction)(const void *value, void *context);

CF_EXPORT CFTypeID
CFSetGetTypeID(void);

CF_EXPORT CFSetRef
CFSetCreate(CFAllocatorRef allocator, const void **values, CFIndex count, const CFSetCallBacks *callBacks);

CF_EXPORT CFSetRef
CFSetCreateCopy(CFAllocatorRef allocator, CFSetRef set);

/** @capacity is a hint, and 0 always good. */
CF_EXPORT CFMutableSetRef
CFSetCreateMutable(CFAllocatorRef allocator, CFIndex capacity, const CFSetCallBacks *callBacks);

CF_EXPORT CFMutableSetRef
CFSetCreateMutableCopy(CFAllocatorRef allocator, CFIndex capacity, CFSetRef set);

CF_EXPORT CFIndex
CFSetGetCount(CFSetRef set);

/** 1 or 0. */
CF_EXPORT CFIndex
CFSetGetCountOfValue(CFSetRef set, const void *value);

CF_EXPORT Boolean
CFSetContainsValue(CFSetRef set, const void *value);

/** The value in the set that is equal; NULL if there is none. */
CF_EXPORT const void *
CFSetGetValue(CFSetRef set, const void *value);

CF_EXPORT Boolean
CFSetGetValueIfPresent(CFSetRef set, const void *candidate, const void **value);

CF_EXPORT void
CFSetGetValues(CFSetRef set, const void **values);

CF_EXPORT void
CFSetApplyFunction(CFSetRef set, CFSetApplierFunction applier, void *context);

/* Changing. A set that cannot change: nothing happens. */

/** Only if no equal value is there yet. */
CF_EXPORT void
CFSetAddValue(CFMutableSetRef set, const void *value);

/** Only if an equal value is there already. */
CF_EXPORT void
CFSetReplaceValue(CFMutableSetRef set, const void *value);

CF_EXPORT void
CFSetSetValue(CFMutableSetRef set, const void *value);

CF_EXPORT void
CFSetRemoveValue(CFMutableSetRef set, const void *value);

CF_EXPORT void
CFSetRemoveAllValues(CFMutableSetRef set);

CF_EXTERN_C_END

#endif /* TRANSOM_COREFOUNDATION_CFSET_H */
