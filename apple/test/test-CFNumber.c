/* test-CFNumber.c - numbers of all types, what is lost between them, and truth values. */
#include <CoreFoundation/CoreFoundation.h>

#include "harness.h"

#define NUMBER(ctype, type, value) CFNumberCreate(NULL, type, &(ctype){ value })

TEST(all_types_give_their_value_back)
{
	struct {
		CFNumberType type, stored;
		CFIndex size;
	} types[] = { { kCFNumberSInt8Type, kCFNumberSInt8Type, 1 },
		      { kCFNumberSInt16Type, kCFNumberSInt16Type, 2 },
		      { kCFNumberSInt32Type, kCFNumberSInt32Type, 4 },
		      { kCFNumberSInt64Type, kCFNumberSInt64Type, 8 },
		      { kCFNumberCharType, kCFNumberSInt8Type, 1 },
		      { kCFNumberShortType, kCFNumberSInt16Type, 2 },
		      { kCFNumberIntType, kCFNumberSInt32Type, 4 },
		      { kCFNumberLongType, kCFNumberSInt64Type, 8 },
		      { kCFNumberLongLongType, kCFNumberSInt64Type, 8 },
		      { kCFNumberCFIndexType, kCFNumberSInt64Type, 8 },
		      { kCFNumberNSIntegerType, kCFNumberSInt64Type, 8 } };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		int64_t value = -100, back = 0;
		CFNumberRef number = CFNumberCreate(NULL, types[i].type, &value);

		check_eq(CFNumberGetType(number), types[i].stored);
		check_eq(CFNumberGetByteSize(number), types[i].size);
		check(!CFNumberIsFloatType(number));
		check(CFNumberGetValue(number, kCFNumberSInt64Type, &back));
		check_eq(back, -100);
		CFRelease(number);
	}
}

TEST(floats_give_their_value_back)
{
	float f = 0.1f, f_back;
	double d = 0.1, d_back;
	CFNumberRef narrow = CFNumberCreate(NULL, kCFNumberFloatType, &f);
	CFNumberRef wide = CFNumberCreate(NULL, kCFNumberCGFloatType, &d);

	check_eq(CFNumberGetType(narrow), kCFNumberFloat32Type);
	check_eq(CFNumberGetType(wide), kCFNumberFloat64Type);
	check(CFNumberIsFloatType(narrow) && CFNumberIsFloatType(wide));
	check(CFNumberGetValue(narrow, kCFNumberFloatType, &f_back) && f_back == f);
	check(CFNumberGetValue(wide, kCFNumberDoubleType, &d_back) && d_back == d);
	check(!CFNumberGetValue(wide, kCFNumberFloat32Type, &f_back) && f_back == f);
	check(!CFEqual(narrow, wide));
	CFRelease(narrow);
	CFRelease(wide);
}

TEST(what_is_lost_is_told)
{
	CFNumberRef large = NUMBER(int64_t, kCFNumberSInt64Type, INT64_MAX),
		    half = NUMBER(double, kCFNumberDoubleType, -2.5);
	CFNumberRef huge = NUMBER(double, kCFNumberDoubleType, 1e300);
	int8_t i8;
	int32_t i32;
	int64_t i64;
	double real;

	check(!CFNumberGetValue(large, kCFNumberSInt8Type, &i8) && i8 == INT8_MAX);
	check(!CFNumberGetValue(large, kCFNumberDoubleType, &real) && real == 0x1p63);
	check(!CFNumberGetValue(half, kCFNumberIntType, &i32) && i32 == -2);
	check(!CFNumberGetValue(huge, kCFNumberSInt64Type, &i64) && i64 == INT64_MAX);
	check(!CFNumberGetValue(kCFNumberNaN, kCFNumberIntType, &i32) && i32 == 0);
	check(CFNumberGetValue(kCFNumberNaN, kCFNumberDoubleType, &real) && real != real);
	CFRelease(large);
	CFRelease(half);
	CFRelease(huge);
}

static void
check_order(CFNumberRef less, CFNumberRef more)
{
	check_eq(CFNumberCompare(less, more, NULL), kCFCompareLessThan);
	check_eq(CFNumberCompare(more, less, NULL), kCFCompareGreaterThan);
	check_eq(CFNumberCompare(less, less, NULL), kCFCompareEqualTo);
	check(!CFEqual(less, more));
}

TEST(comparison_is_exact_across_types)
{
	CFNumberRef numbers[] = { CFRetain(kCFNumberNaN),
				  CFRetain(kCFNumberNegativeInfinity),
				  NUMBER(int64_t, kCFNumberSInt64Type, INT64_MIN),
				  NUMBER(double, kCFNumberDoubleType, -0.5),
				  NUMBER(int8_t, kCFNumberSInt8Type, 0),
				  NUMBER(double, kCFNumberDoubleType, 0.5),
				  NUMBER(double, kCFNumberDoubleType, 0x1p53),
				  NUMBER(int64_t, kCFNumberSInt64Type, (INT64_C(1) << 53) + 1),
				  NUMBER(int64_t, kCFNumberSInt64Type, INT64_MAX),
				  NUMBER(double, kCFNumberDoubleType, 0x1p63),
				  CFRetain(kCFNumberPositiveInfinity) };
	size_t count = sizeof(numbers) / sizeof(numbers[0]);

	for (size_t i = 0; i < count; i++)
		for (size_t j = i + 1; j < count; j++)
			check_order(numbers[i], numbers[j]);
	for (size_t i = 0; i < count; i++)
		CFRelease(numbers[i]);
}

TEST(equal_numbers_have_one_hash)
{
	CFNumberRef numbers[] = { NUMBER(int8_t, kCFNumberSInt8Type, 7),
				  NUMBER(int64_t, kCFNumberSInt64Type, 7),
				  NUMBER(float, kCFNumberFloat32Type, 7),
				  NUMBER(double, kCFNumberFloat64Type, 7) };

	for (int i = 0; i < 4; i++) {
		check(CFEqual(numbers[0], numbers[i]));
		check_eq(CFHash(numbers[0]), CFHash(numbers[i]));
	}
	for (int i = 0; i < 4; i++)
		CFRelease(numbers[i]);
}

TEST(booleans_are_two)
{
	CFStringRef text =
		CFStringCreateWithFormat(NULL, NULL, CFSTR("%@ %@"), kCFBooleanTrue, kCFBooleanFalse);

	check(CFBooleanGetValue(kCFBooleanTrue) && !CFBooleanGetValue(kCFBooleanFalse));
	check(!CFBooleanGetValue(NULL));
	check(!CFEqual(kCFBooleanTrue, kCFBooleanFalse));
	check_eq(CFGetTypeID(kCFBooleanTrue), CFBooleanGetTypeID());
	check(CFEqual(text, CFSTR("true false")));
	CFRelease(text);
}

TEST(texts_of_numbers)
{
	CFNumberRef real = NUMBER(double, kCFNumberDoubleType, 0.1),
		    integer = NUMBER(int, kCFNumberIntType, -3);
	CFStringRef text = CFStringCreateWithFormat(NULL, NULL, CFSTR("%@ %@"), real, integer);
	CFStringRef description = CFCopyDescription(integer);

	check(CFEqual(text, CFSTR("0.1 -3")));
	check(CFStringHasSuffix(description, CFSTR("{value = -3, type = kCFNumberSInt32Type}")));
	CFRelease(real);
	CFRelease(integer);
	CFRelease(text);
	CFRelease(description);
}

TEST(bad_numbers_are_refused)
{
	int value = 5;

	check(!CFNumberCreate(NULL, 0, &value) && !CFNumberCreate(NULL, 17, &value) &&
	      !CFNumberCreate(NULL, -1, &value));
	check(!CFNumberCreate(NULL, kCFNumberIntType, NULL));
	check(!CFNumberGetValue(NULL, kCFNumberIntType, &value));
	check(!CFNumberGetValue((CFNumberRef)CFSTR("1"), kCFNumberIntType, &value));
	check(!CFNumberGetValue(kCFNumberNaN, 99, &value));
	check_eq(value, 5);
	check_eq(CFNumberGetType(NULL), 0);
	check_eq(CFNumberGetByteSize(NULL), 0);
	check_eq(CFNumberCompare(NULL, NULL, NULL), kCFCompareEqualTo);
	check_eq(CFNumberCompare(NULL, kCFNumberNaN, NULL), kCFCompareLessThan);
}
