/*
 * CFNumber.h - numbers and truth values. CFBase.h says what holds for all objects.
 */
#ifndef TRANSOM_COREFOUNDATION_CFNUMBER_H
#define TRANSOM_COREFOUNDATION_CFNUMBER_H

#include <CoreFoundation/CFBase.h>

CF_EXTERN_C_BEGIN

typedef const struct __CFBoolean *CFBooleanRef;
typedef const struct __CFNumber *CFNumberRef;

CF_EXPORT const CFBooleanRef kCFBooleanTrue;
CF_EXPORT const CFBooleanRef kCFBooleanFalse;

CF_EXPORT CFTypeID
CFBooleanGetTypeID(void);

CF_EXPORT Boolean
CFBooleanGetValue(CFBooleanRef boolean);

/* Those without a size in their name are stored as the one with that size. */
typedef CF_ENUM(CFIndex, CFNumberType) {
	kCFNumberSInt8Type = 1,
	kCFNumberSInt16Type = 2,
	kCFNumberSInt32Type = 3,
	kCFNumberSInt64Type = 4,
	kCFNumberFloat32Type = 5,
	kCFNumberFloat64Type = 6,
	kCFNumberCharType = 7,
	kCFNumberShortType = 8,
	kCFNumberIntType = 9,
	kCFNumberLongType = 10,
	kCFNumberLongLongType = 11,
	kCFNumberFloatType = 12,
	kCFNumberDoubleType = 13,
	kCFNumberCFIndexType = 14,
	kCFNumberNSIntegerType = 15,
	kCFNumberCGFloatType = 16,
	kCFNumberMaxType = 16
};

CF_EXPORT const CFNumberRef kCFNumberPositiveInfinity;
CF_EXPORT const CFNumberRef kCFNumberNegativeInfinity;
CF_EXPORT const CFNumberRef kCFNumberNaN;

CF_EXPORT CFTypeID
CFNumberGetTypeID(void);

/** A number of the value at @value, which is of the type; NULL for an unknown type. */
CF_EXPORT CFNumberRef
CFNumberCreate(CFAllocatorRef allocator, CFNumberType type, const void *value);

/** The type that it is stored as: one of those with a size in their name. */
CF_EXPORT CFNumberType
CFNumberGetType(CFNumberRef number);

/** The bytes of that type. */
CF_EXPORT CFIndex
CFNumberGetByteSize(CFNumberRef number);

CF_EXPORT Boolean
CFNumberIsFloatType(CFNumberRef number);

/**
 * Writes the number as @type. Returns whether nothing was lost; if something was, what is written is the
 * nearest for floats, and for integers the number cut towards 0 and then to the range of the type.
 */
CF_EXPORT Boolean
CFNumberGetValue(CFNumberRef number, CFNumberType type, void *value);

/** Exact, whatever the types. NaN is before all other numbers, and equal to itself. */
CF_EXPORT CFComparisonResult
CFNumberCompare(CFNumberRef number, CFNumberRef other, void *context);

CF_EXTERN_C_END

#endif /* TRANSOM_COREFOUNDATION_CFNUMBER_H */
