/*
 * CFArray.h - rows of pointers, of objects mostly. CFBase.h says what holds for all objects.
 */
#ifndef TRANSOM_COREFOUNDATION_CFARRAY_H
#define TRANSOM_COREFOUNDATION_CFARRAY_H

#include <CoreFoundation/CFBase.h>

CF_EXTERN_C_BEGIN

typedef const struct __CFArray *CFArrayRef;
typedef struct __CFArray *CFMutableArrayRef;

typedef const void *(*CFArrayRetainCallBack)(CFAllocatorRef allocator, const void *value);
typedef void (*CFArrayReleaseCallBack)(CFAllocatorRef allocator, const void *value);
typedef CFStringRef (*CFArrayCopyDescriptionCallBack)(const void *value);
typedef Boolean (*CFArrayEqualCallBack)(const void *first, const void *second);

/* What an array does with its values; a function that is NULL is left out, and values without equal are compared as pointers. */
typedef struct {
	CFIndex version;
	CFArrayRetainCallBack retain;
	CFArrayReleaseCallBack release;
	CFArrayCopyDescriptionCallBack copyDescription;
	CFArrayEqualCallBack equal;
} CFArrayCallBacks;

/** For values that are objects. */
CF_EXPORT const CFArrayCallBacks kCFTypeArrayCallBacks;

typedef void (*CFArrayApplierFunction)(const void *value, void *context);

CF_EXPORT CFTypeID
CFArrayGetTypeID(void);

/** An array of @count values; NULL callbacks for plain pointers. NULL for a negative count. */
CF_EXPORT CFArrayRef
CFArrayCreate(CFAllocatorRef allocator, const void **values, CFIndex count, const CFArrayCallBacks *callBacks);

CF_EXPORT CFArrayRef
CFArrayCreateCopy(CFAllocatorRef allocator, CFArrayRef array);

/** @capacity is a hint, and 0 always good. */
CF_EXPORT CFMutableArrayRef
CFArrayCreateMutable(CFAllocatorRef allocator, CFIndex capacity, const CFArrayCallBacks *callBacks);

CF_EXPORT CFMutableArrayRef
CFArrayCreateMutableCopy(CFAllocatorRef allocator, CFIndex capacity, CFArrayRef array);

CF_EXPORT CFIndex
CFArrayGetCount(CFArrayRef array);

CF_EXPORT CFIndex
CFArrayGetCountOfValue(CFArrayRef array, CFRange range, const void *value);

CF_EXPORT Boolean
CFArrayContainsValue(CFArrayRef array, CFRange range, const void *value);

/** NULL for an index that there is not. */
CF_EXPORT const void *
CFArrayGetValueAtIndex(CFArrayRef array, CFIndex index);

/** Copies the pointers of a range; none if it is not within the array. */
CF_EXPORT void
CFArrayGetValues(CFArrayRef array, CFRange range, const void **values);

/** Calls @applier for each value of a range. */
CF_EXPORT void
CFArrayApplyFunction(CFArrayRef array, CFRange range, CFArrayApplierFunction applier, void *context);

CF_EXPORT CFIndex
CFArrayGetFirstIndexOfValue(CFArrayRef array, CFRange range, const void *value);

CF_EXPORT CFIndex
CFArrayGetLastIndexOfValue(CFArrayRef array, CFRange range, const void *value);

/** Where @value is, or would be, in a range that is sorted. */
CF_EXPORT CFIndex
CFArrayBSearchValues(CFArrayRef array, CFRange range, const void *value, CFComparatorFunction comparator,
		     void *context);

/* Changing. An array that cannot change, or a place that there is not: nothing happens. */

CF_EXPORT void
CFArrayAppendValue(CFMutableArrayRef array, const void *value);

CF_EXPORT void
CFArrayInsertValueAtIndex(CFMutableArrayRef array, CFIndex index, const void *value);

/** @index may be the count, which appends. */
CF_EXPORT void
CFArraySetValueAtIndex(CFMutableArrayRef array, CFIndex index, const void *value);

CF_EXPORT void
CFArrayRemoveValueAtIndex(CFMutableArrayRef array, CFIndex index);

CF_EXPORT void
CFArrayRemoveAllValues(CFMutableArrayRef array);

CF_EXPORT void
CFArrayReplaceValues(CFMutableArrayRef array, CFRange range, const void **values, CFIndex count);

CF_EXPORT void
CFArrayExchangeValuesAtIndices(CFMutableArrayRef array, CFIndex first, CFIndex second);

/** Values that compare equal keep their order. */
CF_EXPORT void
CFArraySortValues(CFMutableArrayRef array, CFRange range, CFComparatorFunction comparator, void *context);

CF_EXPORT void
CFArrayAppendArray(CFMutableArrayRef array, CFArrayRef other, CFRange range);

CF_EXTERN_C_END

#endif /* TRANSOM_COREFOUNDATION_CFARRAY_H */
