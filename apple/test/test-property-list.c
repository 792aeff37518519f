/* test-property-list.c - objects become values that surfaces keep, and come back equal. */
#include <errno.h>

#include <CoreFoundation/CoreFoundation.h>

#include "harness.h"
#include "property-list-private.h"

/* Takes the object. */
static void
check_comes_back(CFTypeRef object)
{
	struct transom_value *value;
	CFTypeRef back;

	check_eq(property_list_to_value(object, &value), 0);
	back = property_list_create(NULL, value);
	check(CFEqual(object, back));
	check_eq(CFGetTypeID(object), CFGetTypeID(back));
	check(property_list_is(object));
	CFRelease(back);
	CFRelease(object);
	transom_value_unref(value);
}

TEST(all_types_come_back)
{
	const void *keys[] = { CFSTR("k\u00e9y"), CFSTR("") };
	const void *values[] = { CFSTR("\U0001f600"), kCFBooleanFalse };
	CFDictionaryRef dictionary = CFDictionaryCreate(NULL, keys, values, 2, &kCFTypeDictionaryKeyCallBacks,
							&kCFTypeDictionaryValueCallBacks);
	const void *items[] = { dictionary, CFSTR("x"), kCFBooleanTrue };

	check_comes_back(CFSTR(""));
	check_comes_back(CFSTR("text"));
	check_comes_back(kCFBooleanTrue);
	check_comes_back(kCFBooleanFalse);
	check_comes_back(kCFNumberPositiveInfinity);
	check_comes_back(kCFNumberNaN);
	check_comes_back(CFNumberCreate(NULL, kCFNumberSInt8Type, &(SInt8){ -5 }));
	check_comes_back(CFNumberCreate(NULL, kCFNumberSInt64Type, &(SInt64){ INT64_MIN }));
	check_comes_back(CFNumberCreate(NULL, kCFNumberFloat32Type, &(float){ 0.1f }));
	check_comes_back(CFNumberCreate(NULL, kCFNumberFloat64Type, &(double){ 0.1 }));
	check_comes_back(CFDataCreate(NULL, (const UInt8 *)"\0\1", 2));
	check_comes_back(CFDataCreate(NULL, NULL, 0));
	check_comes_back(CFDateCreate(NULL, 123456789));
	check_comes_back(CFArrayCreate(NULL, items, 3, &kCFTypeArrayCallBacks));
	check_comes_back(CFArrayCreate(NULL, NULL, 0, NULL));
	check_comes_back(CFRetain(dictionary));
	CFRelease(dictionary);
}

TEST(types_stay_what_they_are)
{
	struct transom_value *value;

	check_eq(property_list_to_value(kCFNumberPositiveInfinity, &value), 0);
	check_eq(transom_value_get_type(value), TRANSOM_VALUE_REAL);
	transom_value_unref(value);
	check_eq(property_list_to_value(kCFBooleanTrue, &value), 0);
	check_eq(transom_value_get_type(value), TRANSOM_VALUE_BOOLEAN);
	transom_value_unref(value);
}

TEST(integers_have_the_type_that_they_fit)
{
	struct transom_value *value;
	CFNumberRef number;

	check_eq(transom_value_create_integer(INT32_MIN, &value), 0);
	number = property_list_create(NULL, value);
	check_eq(CFNumberGetType(number), kCFNumberSInt32Type);
	CFRelease(number);
	transom_value_unref(value);
	check_eq(transom_value_create_integer((int64_t)INT32_MAX + 1, &value), 0);
	number = property_list_create(NULL, value);
	check_eq(CFNumberGetType(number), kCFNumberSInt64Type);
	CFRelease(number);
	transom_value_unref(value);
}

TEST(copies_are_deep)
{
	CFMutableStringRef text = CFStringCreateMutableCopy(NULL, 0, CFSTR("before"));
	const void *items[] = { text };
	CFArrayRef array = CFArrayCreate(NULL, items, 1, &kCFTypeArrayCallBacks), back;
	struct transom_value *value;

	check_eq(property_list_to_value(array, &value), 0);
	CFStringReplaceAll(text, CFSTR("after"));
	back = property_list_create(NULL, value);
	check(CFEqual(CFArrayGetValueAtIndex(back, 0), CFSTR("before")));
	CFRelease(back);
	CFRelease(array);
	CFRelease(text);
	transom_value_unref(value);
}

/* Takes the object. */
static void
check_refused(CFTypeRef object, int error)
{
	struct transom_value *value = (void *)1;

	check_eq(property_list_to_value(object, &value), error);
	check(value == (void *)1);
	CFRelease(object);
}

static CFArrayRef
array_of(CFTypeRef object)
{
	return CFArrayCreate(NULL, &object, 1, &kCFTypeArrayCallBacks);
}

TEST(what_is_no_property_list_is_refused)
{
	static const UniChar half = 0xd800, nul[] = { 'a', 0, 'b' };
	const void *number = kCFNumberNaN, *null = kCFNull;

	check_refused(NULL, -EINVAL);
	check_refused(kCFNull, -EINVAL);
	check_refused(kCFAllocatorNull, -EINVAL);
	check_refused(CFStringCreateWithCharacters(NULL, &half, 1), -EINVAL);
	check_refused(CFStringCreateWithCharacters(NULL, nul, 3), -EINVAL);
	check_refused(array_of(kCFNull), -EINVAL);
	check_refused(CFDictionaryCreate(NULL, &number, &number, 1, &kCFTypeDictionaryKeyCallBacks,
					 &kCFTypeDictionaryValueCallBacks),
		      -EINVAL);
	number = CFSTR("key");
	check_refused(CFDictionaryCreate(NULL, &number, &null, 1, &kCFTypeDictionaryKeyCallBacks,
					 &kCFTypeDictionaryValueCallBacks),
		      -EINVAL);
	check(!property_list_is(kCFNull));
	check(!property_list_create(NULL, NULL));
}

TEST(what_is_too_deep_or_too_large_is_refused)
{
	CFMutableArrayRef cycle = CFArrayCreateMutable(NULL, 0, &kCFTypeArrayCallBacks);
	CFMutableDataRef large = CFDataCreateMutable(NULL, 0);
	CFTypeRef nested = CFRetain(kCFBooleanTrue);

	CFArrayAppendValue(cycle, cycle);
	CFArrayAppendValue(cycle, cycle);
	check_refused(CFRetain(cycle), -E2BIG);
	CFArrayRemoveAllValues(cycle);
	CFRelease(cycle);
	CFDataSetLength(large, TRANSOM_VALUE_MAX_SIZE);
	check_refused(large, -E2BIG);
	for (int i = 0; i < TRANSOM_VALUE_MAX_DEPTH; i++) {
		CFArrayRef outer = array_of(nested);

		CFRelease(nested);
		nested = outer;
	}
	check_comes_back(CFRetain(nested));
	check_refused(array_of(nested), -E2BIG);
	CFRelease(nested);
}
