/* test-CFArray.c - rows of pointers: making, changing, finding and sorting. */
#include <CoreFoundation/CoreFoundation.h>

#include "harness.h"

static CFRange
all_of(CFArrayRef array)
{
	return CFRangeMake(0, CFArrayGetCount(array));
}

static bool
has(CFArrayRef array, const char *letters)
{
	if (CFArrayGetCount(array) != (CFIndex)strlen(letters))
		return false;
	for (CFIndex i = 0; letters[i]; i++)
		if ((intptr_t)CFArrayGetValueAtIndex(array, i) != letters[i])
			return false;
	return true;
}

#define LETTER(c) ((const void *)(intptr_t)(c))

TEST(array_keeps_its_objects)
{
	CFDateRef date = CFDateCreate(NULL, 5);
	const void *values[] = { date, CFSTR("x"), date };
	CFArrayRef array = CFArrayCreate(NULL, values, 3, &kCFTypeArrayCallBacks), copy;

	check_eq(CFGetRetainCount(date), 3);
	copy = CFArrayCreateCopy(NULL, array);
	check(copy == array);
	CFRelease(copy);
	check_eq(CFArrayGetCount(array), 3);
	check(CFArrayGetValueAtIndex(array, 2) == date);
	check(CFArrayGetValueAtIndex(array, 3) == NULL && CFArrayGetValueAtIndex(array, -1) == NULL);
	CFRelease(array);
	check_eq(CFGetRetainCount(date), 1);
	CFRelease(date);
}

TEST(array_changes)
{
	CFMutableArrayRef array = CFArrayCreateMutable(NULL, 0, NULL);
	const void *more[] = { LETTER('x'), LETTER('y'), LETTER('z') };

	CFArrayAppendValue(array, LETTER('a'));
	CFArrayAppendValue(array, LETTER('c'));
	CFArrayInsertValueAtIndex(array, 1, LETTER('b'));
	CFArraySetValueAtIndex(array, 3, LETTER('d'));
	check(has(array, "abcd"));
	CFArraySetValueAtIndex(array, 0, LETTER('A'));
	CFArrayRemoveValueAtIndex(array, 1);
	check(has(array, "Acd"));
	CFArrayReplaceValues(array, CFRangeMake(1, 1), more, 3);
	check(has(array, "Axyzd"));
	CFArrayExchangeValuesAtIndices(array, 0, 4);
	check(has(array, "dxyzA"));
	CFArrayAppendArray(array, array, CFRangeMake(1, 2));
	check(has(array, "dxyzAxy"));
	CFArrayRemoveAllValues(array);
	check(has(array, ""));
	for (intptr_t i = 0; i < 10000; i++)
		CFArrayInsertValueAtIndex(array, 0, LETTER(i));
	check_eq(CFArrayGetValueAtIndex(array, 9999), 0);
	CFRelease(array);
}

TEST(places_that_are_not_there_change_nothing)
{
	CFMutableArrayRef array = CFArrayCreateMutable(NULL, 0, NULL);
	const void *values[] = { LETTER('a') };
	CFArrayRef fixed = CFArrayCreate(NULL, values, 1, NULL);

	CFArrayAppendValue(array, LETTER('a'));
	CFArrayInsertValueAtIndex(array, 2, LETTER('x'));
	CFArrayInsertValueAtIndex(array, -1, LETTER('x'));
	CFArraySetValueAtIndex(array, 2, LETTER('x'));
	CFArrayRemoveValueAtIndex(array, 1);
	CFArrayExchangeValuesAtIndices(array, 0, 1);
	CFArrayReplaceValues(array, CFRangeMake(0, 2), NULL, 0);
	CFArrayReplaceValues(array, CFRangeMake(0, 1), values, -1);
	CFArrayReplaceValues(array, CFRangeMake(0, 1), NULL, 1);
	check(has(array, "a"));
	CFArrayAppendValue((CFMutableArrayRef)fixed, LETTER('x'));
	CFArrayRemoveAllValues((CFMutableArrayRef)fixed);
	check(has(fixed, "a"));
	CFArrayAppendValue(NULL, LETTER('x'));
	CFArrayAppendValue((CFMutableArrayRef)kCFNull, LETTER('x'));
	check_eq(CFArrayGetCount(NULL), 0);
	check(!CFArrayCreate(NULL, NULL, 1, NULL) && !CFArrayCreate(NULL, values, -1, NULL));
	check(!CFArrayCreate(NULL, values, PTRDIFF_MAX, NULL) && !CFArrayCreateMutable(NULL, -1, NULL));
	check(!CFArrayCreateCopy(NULL, NULL) && !CFArrayCreateMutableCopy(NULL, 0, (CFArrayRef)kCFNull));
	CFRelease(fixed);
	CFRelease(array);
}

TEST(values_are_found)
{
	const void *values[] = { CFSTR("a"), CFSTR("b"), CFSTR("a") };
	CFArrayRef array = CFArrayCreate(NULL, values, 3, &kCFTypeArrayCallBacks);
	CFStringRef a = CFStringCreateWithCString(NULL, "a", kCFStringEncodingUTF8);

	check_eq(CFArrayGetFirstIndexOfValue(array, all_of(array), a), 0);
	check_eq(CFArrayGetLastIndexOfValue(array, all_of(array), a), 2);
	check_eq(CFArrayGetCountOfValue(array, all_of(array), a), 2);
	check(CFArrayContainsValue(array, all_of(array), a));
	check_eq(CFArrayGetFirstIndexOfValue(array, CFRangeMake(1, 1), a), kCFNotFound);
	check_eq(CFArrayGetFirstIndexOfValue(array, CFRangeMake(0, 4), a), kCFNotFound);
	CFRelease(a);
	CFRelease(array);
}

static CFComparisonResult
compare_tens(const void *first, const void *second, void *context)
{
	intptr_t a = (intptr_t)first / 10, b = (intptr_t)second / 10;

	return a < b ? kCFCompareLessThan : a > b ? kCFCompareGreaterThan : kCFCompareEqualTo;
}

static CFComparisonResult
always_less(const void *first, const void *second, void *context)
{
	return kCFCompareLessThan;
}

TEST(sorting_keeps_the_order_of_equals)
{
	CFMutableArrayRef array = CFArrayCreateMutable(NULL, 0, NULL);
	intptr_t last = -1;

	for (intptr_t i = 0; i < 1000; i++)
		CFArrayAppendValue(array, LETTER((i * 7919 % 100) * 10 + i * 10 / 1000));
	CFArraySortValues(array, all_of(array), compare_tens, NULL);
	for (CFIndex i = 0; i < 1000; i++) {
		check((intptr_t)CFArrayGetValueAtIndex(array, i) >= last);
		last = (intptr_t)CFArrayGetValueAtIndex(array, i);
	}
	check_eq(CFArrayBSearchValues(array, all_of(array), LETTER(500), compare_tens, NULL), 500);
	check_eq(CFArrayBSearchValues(array, all_of(array), LETTER(99999), compare_tens, NULL), 1000);
	CFArraySortValues(array, all_of(array), always_less, NULL);
	CFArraySortValues(array, CFRangeMake(5, 9999), compare_tens, NULL);
	check_eq(CFArrayGetCount(array), 1000);
	CFRelease(array);
}

TEST(arrays_are_equal_by_their_values)
{
	const void *values[] = { CFSTR("a"), kCFNull };
	CFArrayRef fixed = CFArrayCreate(NULL, values, 2, &kCFTypeArrayCallBacks);
	CFMutableArrayRef other = CFArrayCreateMutableCopy(NULL, 0, fixed);

	check(CFEqual(fixed, other) && CFHash(fixed) == CFHash(other));
	CFArrayAppendValue(other, kCFNull);
	check(!CFEqual(fixed, other));
	CFRelease(other);
	CFRelease(fixed);
}

static void
sum(const void *value, void *context)
{
	*(intptr_t *)context += (intptr_t)value;
}

TEST(function_is_applied_to_a_range)
{
	const void *values[] = { LETTER(1), LETTER(2), LETTER(4) };
	CFArrayRef array = CFArrayCreate(NULL, values, 3, NULL);
	CFStringRef text = CFCopyDescription(array);
	intptr_t total = 0;

	CFArrayApplyFunction(array, CFRangeMake(1, 2), sum, &total);
	CFArrayApplyFunction(array, CFRangeMake(1, 3), sum, &total);
	check_eq(total, 6);
	check(CFStringFind(text, CFSTR("type = immutable, count = 3"), 0).location != kCFNotFound);
	CFRelease(text);
	CFRelease(array);
}

TEST(values_are_copied_out)
{
	const void *numbers[] = { CFSTR("a"), CFSTR("b"), CFSTR("c") }, *out[2] = { NULL, NULL };
	CFArrayRef array = CFArrayCreate(NULL, numbers, 3, &kCFTypeArrayCallBacks);

	CFArrayGetValues(array, CFRangeMake(1, 2), out);
	check(out[0] == CFArrayGetValueAtIndex(array, 1) && out[1] == CFArrayGetValueAtIndex(array, 2));
	out[0] = NULL;
	CFArrayGetValues(array, CFRangeMake(2, 2), out); /* beyond the end */
	check(out[0] == NULL);
	CFRelease(array);
}
