/* test-CFDictionary.c - dictionaries and sets: their keys, their callbacks and their changes. */
#include <CoreFoundation/CoreFoundation.h>

#include "harness.h"

#define P(number) ((const void *)(intptr_t)(number))

static CFMutableDictionaryRef
create(void)
{
	return CFDictionaryCreateMutable(NULL, 0, &kCFTypeDictionaryKeyCallBacks,
					 &kCFTypeDictionaryValueCallBacks);
}

TEST(keys_find_values)
{
	const void *keys[] = { CFSTR("one"), CFSTR("two"), CFSTR("one") };
	const void *values[] = { CFSTR("1"), CFSTR("2"), CFSTR("3") }, *value;
	CFDictionaryRef dictionary = CFDictionaryCreate(NULL, keys, values, 3, &kCFTypeDictionaryKeyCallBacks,
							&kCFTypeDictionaryValueCallBacks);
	CFStringRef key = CFStringCreateWithCString(NULL, "two", kCFStringEncodingUTF8);

	check_eq(CFDictionaryGetCount(dictionary), 2);
	check(CFEqual(CFDictionaryGetValue(dictionary, CFSTR("one")), CFSTR("1")));
	check(CFDictionaryGetValueIfPresent(dictionary, key, &value) && CFEqual(value, CFSTR("2")));
	check(!CFDictionaryGetValueIfPresent(dictionary, CFSTR("three"), &value));
	check(CFDictionaryContainsKey(dictionary, key) &&
	      CFDictionaryGetCountOfKey(dictionary, CFSTR("x")) == 0);
	check(CFDictionaryContainsValue(dictionary, CFSTR("2")) &&
	      !CFDictionaryContainsValue(dictionary, CFSTR("3")));
	CFRelease(key);
	CFRelease(dictionary);
}

TEST(entries_are_added_set_replaced_and_removed)
{
	CFMutableDictionaryRef dictionary = create();

	CFDictionaryAddValue(dictionary, CFSTR("a"), CFSTR("1"));
	CFDictionaryAddValue(dictionary, CFSTR("a"), CFSTR("2"));
	check(CFEqual(CFDictionaryGetValue(dictionary, CFSTR("a")), CFSTR("1")));
	CFDictionaryReplaceValue(dictionary, CFSTR("b"), CFSTR("2"));
	check_eq(CFDictionaryGetCount(dictionary), 1);
	CFDictionaryReplaceValue(dictionary, CFSTR("a"), CFSTR("2"));
	CFDictionarySetValue(dictionary, CFSTR("b"), CFSTR("3"));
	CFDictionarySetValue(dictionary, CFSTR("b"), CFSTR("4"));
	check(CFEqual(CFDictionaryGetValue(dictionary, CFSTR("a")), CFSTR("2")));
	check(CFEqual(CFDictionaryGetValue(dictionary, CFSTR("b")), CFSTR("4")));
	CFDictionaryRemoveValue(dictionary, CFSTR("a"));
	CFDictionaryRemoveValue(dictionary, CFSTR("a"));
	check_eq(CFDictionaryGetCount(dictionary), 1);
	CFDictionaryRemoveAllValues(dictionary);
	check_eq(CFDictionaryGetCount(dictionary), 0);
	CFDictionarySetValue(dictionary, CFSTR("c"), CFSTR("5"));
	check_eq(CFDictionaryGetCount(dictionary), 1);
	CFRelease(dictionary);
}

TEST(references_are_taken_and_given_back)
{
	CFMutableDictionaryRef dictionary = create();
	CFDateRef key = CFDateCreate(NULL, 1), value = CFDateCreate(NULL, 2);

	CFDictionarySetValue(dictionary, key, value);
	check_eq(CFGetRetainCount(key), 2);
	check_eq(CFGetRetainCount(value), 2);
	CFDictionarySetValue(dictionary, key, value);
	check_eq(CFGetRetainCount(key), 2);
	check_eq(CFGetRetainCount(value), 2);
	CFDictionaryRemoveValue(dictionary, key);
	check_eq(CFGetRetainCount(key), 1);
	CFDictionarySetValue(dictionary, key, value);
	CFRelease(dictionary);
	check_eq(CFGetRetainCount(key), 1);
	check_eq(CFGetRetainCount(value), 1);
	CFRelease(key);
	CFRelease(value);
}

TEST(many_entries_come_in_their_order)
{
	CFMutableDictionaryRef dictionary = CFDictionaryCreateMutable(NULL, 0, NULL, NULL);
	const void *keys[1000], *values[1000];

	for (intptr_t i = 0; i < 10000; i++)
		CFDictionarySetValue(dictionary, P(i), P(i * 2));
	for (intptr_t i = 0; i < 10000; i++)
		if (i % 10)
			CFDictionaryRemoveValue(dictionary, P(i));
	check_eq(CFDictionaryGetCount(dictionary), 1000);
	CFDictionaryGetKeysAndValues(dictionary, keys, values);
	for (intptr_t i = 0; i < 1000; i++) {
		check(keys[i] == P(i * 10) && values[i] == P(i * 20));
		check(CFDictionaryGetValue(dictionary, P(i * 10)) == P(i * 20));
		check(!CFDictionaryContainsKey(dictionary, P(i * 10 + 1)));
	}
	for (intptr_t round = 0; round < 10000; round++) {
		CFDictionarySetValue(dictionary, P(100000 + round), P(1));
		CFDictionaryRemoveValue(dictionary, P(100000 + round));
	}
	check_eq(CFDictionaryGetCount(dictionary), 1000);
	CFRelease(dictionary);
}

TEST(null_is_a_key_and_a_value_of_pointers)
{
	CFMutableDictionaryRef dictionary = CFDictionaryCreateMutable(NULL, 0, NULL, NULL);
	const void *value = P(1);

	CFDictionarySetValue(dictionary, NULL, NULL);
	check(CFDictionaryGetValueIfPresent(dictionary, NULL, &value) && !value);
	check_eq(CFDictionaryGetCountOfValue(dictionary, NULL), 1);
	CFRelease(dictionary);
}

TEST(keys_that_can_change_are_copied)
{
	CFMutableDictionaryRef dictionary = CFDictionaryCreateMutable(
		NULL, 0, &kCFCopyStringDictionaryKeyCallBacks, &kCFTypeDictionaryValueCallBacks);
	CFMutableStringRef key = CFStringCreateMutable(NULL, 0);

	CFStringAppend(key, CFSTR("key"));
	CFDictionarySetValue(dictionary, key, kCFNull);
	CFStringAppend(key, CFSTR("s"));
	check(CFDictionaryContainsKey(dictionary, CFSTR("key")));
	check(!CFDictionaryContainsKey(dictionary, key));
	CFDictionarySetValue(dictionary, kCFNull, kCFNull); /* no string, so it cannot be copied */
	check_eq(CFDictionaryGetCount(dictionary), 1);
	CFRelease(key);
	CFRelease(dictionary);
}

static Boolean
equal_last_digit(const void *first, const void *second)
{
	return (intptr_t)first % 10 == (intptr_t)second % 10;
}

static CFHashCode
hash_all_alike(const void *key)
{
	return 1;
}

TEST(callbacks_decide_what_is_equal)
{
	CFDictionaryKeyCallBacks keys = { 0, NULL, NULL, NULL, equal_last_digit, hash_all_alike },
				 unknown = { .version = 1 };
	CFMutableDictionaryRef dictionary = CFDictionaryCreateMutable(NULL, 0, &keys, NULL);

	for (intptr_t i = 0; i < 100; i++)
		CFDictionarySetValue(dictionary, P(i), P(i));
	check_eq(CFDictionaryGetCount(dictionary), 10);
	check(CFDictionaryGetValue(dictionary, P(1003)) == P(93));
	CFRelease(dictionary);
	check(!CFDictionaryCreateMutable(NULL, 0, &unknown, NULL));
}

TEST(copies_are_equal_and_of_their_own)
{
	CFMutableDictionaryRef dictionary = create(), other;
	CFDictionaryRef copy, same;

	CFDictionarySetValue(dictionary, CFSTR("a"), CFSTR("1"));
	CFDictionarySetValue(dictionary, CFSTR("b"), CFSTR("2"));
	copy = CFDictionaryCreateCopy(NULL, dictionary);
	same = CFDictionaryCreateCopy(NULL, copy);
	check(same == copy && CFEqual(copy, dictionary) && CFHash(copy) == CFHash(dictionary));
	other = create();
	CFDictionarySetValue(other, CFSTR("b"), CFSTR("2"));
	check(!CFEqual(other, copy));
	CFDictionarySetValue(other, CFSTR("a"), CFSTR("1"));
	check(CFEqual(other, copy));
	CFDictionarySetValue(other, CFSTR("a"), CFSTR("x"));
	check(!CFEqual(other, copy));
	CFRelease(other);
	other = CFDictionaryCreateMutableCopy(NULL, 0, copy);
	CFDictionaryRemoveAllValues(other);
	check_eq(CFDictionaryGetCount(copy), 2);
	CFDictionarySetValue((CFMutableDictionaryRef)copy, CFSTR("c"), CFSTR("3"));
	CFDictionaryRemoveAllValues((CFMutableDictionaryRef)copy);
	check_eq(CFDictionaryGetCount(copy), 2);
	CFRelease(other);
	CFRelease(copy);
	CFRelease(same);
	CFRelease(dictionary);
}

static void
remove_each(const void *key, const void *value, void *dictionary)
{
	CFDictionaryRemoveValue(dictionary, key);
}

TEST(applied_function_may_change_the_dictionary)
{
	CFMutableDictionaryRef dictionary = create();

	CFDictionarySetValue(dictionary, CFSTR("a"), CFSTR("1"));
	CFDictionarySetValue(dictionary, CFSTR("b"), CFSTR("2"));
	CFDictionaryApplyFunction(dictionary, remove_each, dictionary);
	check_eq(CFDictionaryGetCount(dictionary), 0);
	CFRelease(dictionary);
}

TEST(bad_dictionaries_are_refused)
{
	const void *one[] = { kCFNull };

	check(!CFDictionaryCreate(NULL, NULL, NULL, 1, NULL, NULL));
	check(!CFDictionaryCreate(NULL, one, one, -1, NULL, NULL));
	check(!CFDictionaryCreateMutable(NULL, -1, NULL, NULL));
	check(!CFDictionaryCreateCopy(NULL, NULL) &&
	      !CFDictionaryCreateMutableCopy(NULL, 0, (CFDictionaryRef)kCFNull));
	check_eq(CFDictionaryGetCount(NULL), 0);
	check(!CFDictionaryGetValue(NULL, kCFNull));
	CFDictionarySetValue(NULL, kCFNull, kCFNull);
	CFDictionaryRemoveAllValues((CFMutableDictionaryRef)kCFNull);
	CFDictionaryGetKeysAndValues(NULL, NULL, NULL);
	CFDictionaryApplyFunction(NULL, remove_each, NULL);
}

TEST(sets_have_each_value_once)
{
	const void *values[] = { CFSTR("a"), CFSTR("b"), CFSTR("a") }, *value, *all[2];
	CFSetRef set = CFSetCreate(NULL, values, 3, &kCFTypeSetCallBacks), copy = CFSetCreateCopy(NULL, set);
	CFStringRef a = CFStringCreateWithCString(NULL, "a", kCFStringEncodingUTF8);

	check(copy == set);
	check_eq(CFSetGetCount(set), 2);
	check(CFSetContainsValue(set, a) && CFSetGetCountOfValue(set, CFSTR("c")) == 0);
	check(CFSetGetValueIfPresent(set, a, &value) && value == values[0]);
	check(CFSetGetValue(set, CFSTR("c")) == NULL);
	CFSetGetValues(set, all);
	check(all[0] == values[0] && all[1] == values[1]);
	CFRelease(a);
	CFRelease(copy);
	CFRelease(set);
}

static void
count_value(const void *value, void *context)
{
	++*(int *)context;
}

TEST(sets_change)
{
	CFMutableSetRef set = CFSetCreateMutable(NULL, 0, &kCFTypeSetCallBacks), copy;
	CFDateRef date = CFDateCreate(NULL, 1), same = CFDateCreate(NULL, 1);
	int count = 0;

	CFSetReplaceValue(set, date);
	check_eq(CFSetGetCount(set), 0);
	CFSetAddValue(set, date);
	CFSetAddValue(set, same);
	check(CFSetGetValue(set, same) == date);
	CFSetSetValue(set, same);
	check(CFSetGetValue(set, date) == same);
	check_eq(CFGetRetainCount(date), 1);
	CFSetAddValue(set, kCFNull);
	CFSetApplyFunction(set, count_value, &count);
	check_eq(count, 2);
	copy = CFSetCreateMutableCopy(NULL, 0, set);
	check(CFEqual(copy, set) && CFHash(copy) == CFHash(set));
	CFSetRemoveValue(copy, date);
	check(!CFEqual(copy, set) && CFSetGetCount(copy) == 1);
	CFSetRemoveAllValues(copy);
	check_eq(CFSetGetCount(copy), 0);
	CFRelease(copy);
	CFRelease(set);
	check_eq(CFGetRetainCount(same), 1);
	CFRelease(date);
	CFRelease(same);
	check_eq(CFSetGetCount(NULL), 0);
	CFSetAddValue(NULL, kCFNull);
	check(!CFSetCreate(NULL, NULL, 1, NULL) && !CFSetCreateCopy(NULL, (CFSetRef)kCFNull));
}
