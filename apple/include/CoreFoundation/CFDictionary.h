/*
 * CFDictionary.h - values found by keys. Keys come in the order in which they were added. CFBase.h says what
 * holds for all objects.
 */
#ifndef TRANSOM_COREFOUNDATION_CFDICTIONARY_H
#define TRANSOM_COREFOUNDATION_CFDICTIONARY_H

#include <CoreFoundation/CFBase.h>

CF_EXTERN_C_BEGIN

typedef const struct __CFDictionary *CFDictionaryRef;
typedef struct __CFDictionary *CFMutableDictionaryRef;

typedef const void *(*CFDictionaryRetainCallBack)(CFAllocatorRef allocator, const void *value);
typedef void (*CFDictionaryReleaseCallBack)(CFAllocatorRef allocator, const void *value);
typedef CFStringRef (*CFDictionaryCopyDescriptionCallBack)(const void *value);
typedef Boolean (*CFDictionaryEqualCallBack)(const void *first, const void *second);
typedef CFHashCode (*CFDictionaryHashCallBack)(const void *value);

/* What a dictionary does with its keys and values; a function that is NULL is left out: pointers are compared, and hashed. */
typedef struct {
	CFIndex version;
	CFDictionaryRetainCallBack retain;
	CFDictionaryReleaseCallBack release;
	CFDictionaryCopyDescriptionCallBack copyDescription;
	CFDictionaryEqualCallBack equal;
	CFDictionaryHashCallBack hash;
} CFDictionaryKeyCallBacks;

typedef struct {
	CFIndex version;
	CFDictionaryRetainCallBack retain;
	CFDictionaryReleaseCallBack release;
	CFDictionaryCopyDescriptionCallBack copyDescription;
	CFDictionaryEqualCallBack equal;
} CFDictionaryValueCallBacks;

/** For keys that are objects. */
CF_EXPORT const CFDictionaryKeyCallBacks kCFTypeDictionaryKeyCallBacks;
/** For keys that are strings, which are copied, so that they cannot change. */
CF_EXPORT const CFDictionaryKeyCallBacks kCFCopyStringDictionaryKeyCallBacks;
/** For values that are objects. */
CF_EXPORT const CFDictionaryValueCallBacks kCFTypeDictionaryValueCallBacks;

typedef void (*CFDictionaryApplierFunction)(const void *key, const void *value, void *context);

CF_EXPORT CFTypeID
CFDictionaryGetTypeID(void);

/** Of keys that are there twice the first counts. NULL callbacks for plain pointers. */
CF_EXPORT CFDictionaryRef
CFDictionaryCreate(CFAllocatorRef allocator, const void **keys, const void **values, CFIndex count,
		   const CFDictionaryKeyCallBacks *keyCallBacks, const CFDictionaryValueCallBacks *valueCallBacks);

CF_EXPORT CFDictionaryRef
CFDictionaryCreateCopy(CFAllocatorRef allocator, CFDictionaryRef dictionary);

/** @capacity is a hint, and 0 always good. */
CF_EXPORT CFMutableDictionaryRef
CFDictionaryCreateMutable(CFAllocatorRef allocator, CFIndex capacity, const CFDictionaryKeyCallBacks *keyCallBacks,
			  const CFDictionaryValueCallBacks *valueCallBacks);

CF_EXPORT CFMutableDictionaryRef
CFDictionaryCreateMutableCopy(CFAllocatorRef allocator, CFIndex capacity, CFDictionaryRef dictionary);

CF_EXPORT CFIndex
CFDictionaryGetCount(CFDictionaryRef dictionary);

/** 1 or 0. */
CF_EXPORT CFIndex
CFDictionaryGetCountOfKey(CFDictionaryRef dictionary, const void *key);

CF_EXPORT CFIndex
CFDictionaryGetCountOfValue(CFDictionaryRef dictionary, const void *value);

CF_EXPORT Boolean
CFDictionaryContainsKey(CFDictionaryRef dictionary, const void *key);

CF_EXPORT Boolean
CFDictionaryContainsValue(CFDictionaryRef dictionary, const void *value);

/** NULL if the key is not there. */
CF_EXPORT const void *
CFDictionaryGetValue(CFDictionaryRef dictionary, const void *key);

/** Tells a key whose value is NULL from one that is not there. */
CF_EXPORT Boolean
CFDictionaryGetValueIfPresent(CFDictionaryRef dictionary, const void *key, const void **value);

/** Either may be NULL; else it has room for the count. */
CF_EXPORT void
CFDictionaryGetKeysAndValues(CFDictionaryRef dictionary, const void **keys, const void **values);

CF_EXPORT void
CFDictionaryApplyFunction(CFDictionaryRef dictionary, CFDictionaryApplierFunction applier, void *context);

/* Changing. A dictionary that cannot change: nothing happens. */

/** Only if the key is not there yet. */
CF_EXPORT void
CFDictionaryAddValue(CFMutableDictionaryRef dictionary, const void *key, const void *value);

/** Whether the key is there or not. */
CF_EXPORT void
CFDictionarySetValue(CFMutableDictionaryRef dictionary, const void *key, const void *value);

/** Only if the key is there already. */
CF_EXPORT void
CFDictionaryReplaceValue(CFMutableDictionaryRef dictionary, const void *key, const void *value);

CF_EXPORT void
CFDictionaryRemoveValue(CFMutableDictionaryRef dictionary, const void *key);

CF_EXPORT void
CFDictionaryRemoveAllValues(CFMutableDictionaryRef dictionary);

CF_EXTERN_C_END

#endif /* TRANSOM_COREFOUNDATION_CFDICTIONARY_H */
