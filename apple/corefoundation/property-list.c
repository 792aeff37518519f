/* property-list.c - objects as values that surfaces keep, and back. */
#include <errno.h>
#include <stdlib.h>

#include <CoreFoundation/CoreFoundation.h>

#include "CFBase-private.h"
#include "property-list-private.h"

static int
to_value(CFTypeRef object, int depth, struct transom_value **ret);

int
property_list_dup_text(CFTypeRef string, char **ret)
{
	CFRange all = CFRangeMake(0, CFStringGetLength(string));
	CFIndex size;
	char *text;

	if (CFGetTypeID(string) != CF_TYPE_STRING ||
	    CFStringGetBytes(string, all, kCFStringEncodingUTF8, 0, false, NULL, 0, &size) != all.length)
		return -EINVAL;
	text = malloc((size_t)size + 1);
	if (!text)
		return -ENOMEM;
	CFStringGetBytes(string, all, kCFStringEncodingUTF8, 0, false, (UInt8 *)text, size, &size);
	text[size] = '\0';
	if (memchr(text, 0, (size_t)size)) {
		free(text);
		return -EINVAL;
	}
	*ret = text;
	return 0;
}

char *
property_list_dup_key(CFTypeRef string)
{
	char *text = NULL;

	property_list_dup_text(string, &text);
	return text;
}

static int
string_to_value(CFTypeRef string, struct transom_value **ret)
{
	char *text;
	int r = property_list_dup_text(string, &text);

	if (r < 0)
		return r;
	r = transom_value_create_string(text, ret);
	free(text);
	return r;
}

static int
number_to_value(CFNumberRef number, struct transom_value **ret)
{
	int64_t integer;
	double real;

	if (CFNumberIsFloatType(number)) {
		CFNumberGetValue(number, kCFNumberFloat64Type, &real);
		return transom_value_create_real(real, ret);
	}
	CFNumberGetValue(number, kCFNumberSInt64Type, &integer);
	return transom_value_create_integer(integer, ret);
}

static void
unref_all(struct transom_value **values, CFIndex count)
{
	for (CFIndex i = 0; values && i < count; i++)
		transom_value_unref(values[i]);
	free(values);
}

static int
array_to_value(CFArrayRef array, int depth, struct transom_value **ret)
{
	CFIndex count = CFArrayGetCount(array), i;
	struct transom_value **items = calloc((size_t)count + 1, sizeof(*items));
	int r = items ? 0 : -ENOMEM;

	for (i = 0; r == 0 && i < count; i++)
		r = to_value(CFArrayGetValueAtIndex(array, i), depth, &items[i]);
	if (r == 0)
		r = transom_value_create_array(items, (size_t)count, ret);
	unref_all(items, count);
	return r;
}

static int
dictionary_to_value(CFDictionaryRef dictionary, int depth, struct transom_value **ret)
{
	CFIndex count = CFDictionaryGetCount(dictionary);
	const void **objects = calloc((size_t)count * 2 + 1, sizeof(*objects));
	char **keys = calloc((size_t)count + 1, sizeof(*keys));
	struct transom_value **values = calloc((size_t)count + 1, sizeof(*values));
	int r = objects && keys && values ? 0 : -ENOMEM;

	if (r == 0)
		CFDictionaryGetKeysAndValues(dictionary, objects, objects + count);
	for (CFIndex i = 0; r == 0 && i < count; i++) {
		r = property_list_dup_text(objects[i], &keys[i]);
		if (r == 0)
			r = to_value(objects[count + i], depth, &values[i]);
	}
	if (r == 0)
		r = transom_value_create_dictionary((const char *const *)keys, values, (size_t)count, ret);
	for (CFIndex i = 0; keys && i < count; i++)
		free(keys[i]);
	free(keys);
	free(objects);
	unref_all(values, count);
	return r;
}

static int
to_value(CFTypeRef object, int depth, struct transom_value **ret)
{
	switch (CFGetTypeID(object)) {
	case CF_TYPE_STRING:
		return string_to_value(object, ret);
	case CF_TYPE_NUMBER:
		return number_to_value(object, ret);
	case CF_TYPE_BOOLEAN:
		return transom_value_create_boolean(CFBooleanGetValue(object), ret);
	case CF_TYPE_DATA:
		return transom_value_create_data(CFDataGetBytePtr(object), (size_t)CFDataGetLength(object),
						 ret);
	case CF_TYPE_DATE:
		return transom_value_create_date(
			CFDateGetAbsoluteTime(object) + kCFAbsoluteTimeIntervalSince1970, ret);
	case CF_TYPE_ARRAY:
		return depth == 0 ? -E2BIG : array_to_value(object, depth - 1, ret);
	case CF_TYPE_DICTIONARY:
		return depth == 0 ? -E2BIG : dictionary_to_value(object, depth - 1, ret);
	default:
		return -EINVAL;
	}
}

int
property_list_to_value(CFTypeRef object, struct transom_value **ret)
{
	struct transom_value *value;
	int r = to_value(object, TRANSOM_VALUE_MAX_DEPTH, &value);

	if (r < 0)
		return r;
	*ret = value;
	return 0;
}

bool
property_list_is(CFTypeRef object)
{
	struct transom_value *value;
	int r = property_list_to_value(object, &value);

	if (r == 0)
		transom_value_unref(value);
	return r == 0 || r == -E2BIG;
}

static CFTypeRef
create_integer(CFAllocatorRef allocator, const struct transom_value *value)
{
	int64_t integer = 0;
	int32_t narrow;

	transom_value_get_integer(value, &integer);
	narrow = (int32_t)integer;
	if (narrow == integer)
		return CFNumberCreate(allocator, kCFNumberSInt32Type, &narrow);
	return CFNumberCreate(allocator, kCFNumberSInt64Type, &integer);
}

static CFTypeRef
create_data(CFAllocatorRef allocator, const struct transom_value *value)
{
	const void *bytes = NULL;
	size_t size = 0;

	transom_value_get_data(value, &bytes, &size);
	return CFDataCreate(allocator, bytes, (CFIndex)size);
}

/* The parts that were made belong to the collection, or are freed with it. */
static CFTypeRef
create_array(CFAllocatorRef allocator, const struct transom_value *value)
{
	int count = transom_value_get_count(value);
	CFMutableArrayRef array = CFArrayCreateMutable(allocator, 0, &kCFTypeArrayCallBacks);
	CFArrayRef result;

	for (int i = 0; i < count; i++) {
		CFTypeRef item = property_list_create(allocator, transom_value_get_item(value, (size_t)i));

		if (item)
			CFArrayAppendValue(array, item);
		CFRelease(item);
	}
	result = CFArrayGetCount(array) == count ? CFArrayCreateCopy(allocator, array) : NULL;
	CFRelease(array);
	return result;
}

static CFTypeRef
create_dictionary(CFAllocatorRef allocator, const struct transom_value *value)
{
	int count = transom_value_get_count(value);
	CFMutableDictionaryRef dictionary = CFDictionaryCreateMutable(
		allocator, 0, &kCFTypeDictionaryKeyCallBacks, &kCFTypeDictionaryValueCallBacks);
	CFDictionaryRef result;

	for (int i = 0; i < count; i++) {
		const char *text = transom_value_get_key(value, (size_t)i);
		CFStringRef key = CFStringCreateWithCString(allocator, text, kCFStringEncodingUTF8);
		CFTypeRef part = property_list_create(allocator, transom_value_get_value(value, text));

		if (key && part)
			CFDictionarySetValue(dictionary, key, part);
		CFRelease(key);
		CFRelease(part);
	}
	result = CFDictionaryGetCount(dictionary) == count ? CFDictionaryCreateCopy(allocator, dictionary)
							   : NULL;
	CFRelease(dictionary);
	return result;
}

CFTypeRef
property_list_create(CFAllocatorRef allocator, const struct transom_value *value)
{
	double real = 0;
	bool boolean = false;

	switch (transom_value_get_type(value)) {
	case TRANSOM_VALUE_STRING:
		return CFStringCreateWithCString(allocator, transom_value_get_string(value),
						 kCFStringEncodingUTF8);
	case TRANSOM_VALUE_INTEGER:
		return create_integer(allocator, value);
	case TRANSOM_VALUE_REAL:
		transom_value_get_real(value, &real);
		return CFNumberCreate(allocator, kCFNumberFloat64Type, &real);
	case TRANSOM_VALUE_BOOLEAN:
		transom_value_get_boolean(value, &boolean);
		return boolean ? kCFBooleanTrue : kCFBooleanFalse;
	case TRANSOM_VALUE_DATA:
		return create_data(allocator, value);
	case TRANSOM_VALUE_DATE:
		transom_value_get_date(value, &real);
		return CFDateCreate(allocator, real - kCFAbsoluteTimeIntervalSince1970);
	case TRANSOM_VALUE_ARRAY:
		return create_array(allocator, value);
	case TRANSOM_VALUE_DICTIONARY:
		return create_dictionary(allocator, value);
	}
	return NULL;
}
