/* test-bridge.c - objects of a bridge, as that to Objective-C is one, given where objects of ours are expected. */
#include <CoreFoundation/CoreFoundation.h>

#include "CFBase-private.h"
#include "harness.h"

/* What the bridge's objects are: one number or text, or two of them as a row or as key and value. */
static const int class_of_foreigners;
struct foreigner {
	const void *isa;
	CFTypeID type;
	int references;
	const char *text;
	const void *parts[2];
};
static const char classes[CF_TYPE_BRIDGED];

static struct foreigner
foreigner(CFTypeID type, const char *text)
{
	return (struct foreigner){ .isa = &class_of_foreigners, .type = type, .references = 1, .text = text };
}

static CFTypeID
get_type(CFTypeRef object)
{
	return ((const struct foreigner *)object)->type;
}

static CFTypeRef
retain(CFTypeRef object)
{
	((struct foreigner *)object)->references++;
	return object;
}

static void
release(CFTypeRef object)
{
	((struct foreigner *)object)->references--;
}

static CFTypeRef
autorelease(CFTypeRef object)
{
	return object;
}

static CFIndex
get_retain_count(CFTypeRef object)
{
	return ((const struct foreigner *)object)->references;
}

static CFIndex
string_get_length(CFStringRef string)
{
	return (CFIndex)strlen(((const struct foreigner *)(const void *)string)->text);
}

static void
string_get_characters(CFStringRef string, CFRange range, UniChar *buffer)
{
	for (CFIndex i = 0; i < range.length; i++)
		buffer[i] = (UInt8)((const struct foreigner *)(const void *)string)->text[range.location + i];
}

static Boolean
equal(CFTypeRef object, CFTypeRef other)
{
	if (get_type(object) != CFGetTypeID(other) || get_type(object) != CF_TYPE_STRING)
		return object == other;
	return CFStringCompare(object, other, 0) == kCFCompareEqualTo;
}

static CFHashCode
hash(CFTypeRef object)
{
	CFStringRef same = CFStringCreateCopy(NULL, object);
	CFHashCode number = CFHash(same);

	CFRelease(same);
	return number;
}

static CFStringRef
copy_description(CFTypeRef object)
{
	return CFStringCreateWithFormat(NULL, NULL, CFSTR("<foreign %s>"),
					((const struct foreigner *)object)->text);
}

static CFIndex
number_get_type(CFTypeRef number)
{
	return kCFNumberSInt32Type;
}

static void
number_get_value(CFTypeRef number, void *value)
{
	*(SInt32 *)value = atoi(((const struct foreigner *)number)->text);
}

static CFIndex
array_get_count(CFTypeRef array)
{
	return 2;
}

static const void *
array_get_value(CFTypeRef array, CFIndex index)
{
	return ((const struct foreigner *)array)->parts[index];
}

static CFIndex
dictionary_get_count(CFTypeRef dictionary)
{
	return 1;
}

static Boolean
dictionary_get_value(CFTypeRef dictionary, const void *key, const void **value)
{
	const struct foreigner *object = dictionary;

	*value = object->parts[1];
	return CFEqual(object->parts[0], key);
}

static void
dictionary_get_all(CFTypeRef dictionary, const void **keys, const void **values)
{
	*keys = ((const struct foreigner *)dictionary)->parts[0];
	*values = ((const struct foreigner *)dictionary)->parts[1];
}

static void
dictionary_set(CFTypeRef dictionary, const void *key, const void *value)
{
	((struct foreigner *)dictionary)->parts[1] = value;
}

static struct cf_bridge bridge = { .size = sizeof(bridge),
				   .get_type = get_type,
				   .retain = retain,
				   .release = release,
				   .autorelease = autorelease,
				   .get_retain_count = get_retain_count,
				   .equal = equal,
				   .hash = hash,
				   .copy_description = copy_description,
				   .string_get_length = string_get_length,
				   .string_get_characters = string_get_characters,
				   .number_get_type = number_get_type,
				   .number_get_value = number_get_value,
				   .array_get_count = array_get_count,
				   .array_get_value = array_get_value,
				   .dictionary_get_count = dictionary_get_count,
				   .dictionary_get_value = dictionary_get_value,
				   .dictionary_get_all = dictionary_get_all,
				   .dictionary_set = dictionary_set };

static void
install(void)
{
	for (int i = 0; i < CF_TYPE_BRIDGED; i++)
		bridge.classes[i] = &classes[i];
	check(transom_apple_install_bridge(&bridge));
}

TEST(foreign_objects_are_understood)
{
	struct foreigner text = foreigner(CF_TYPE_STRING, "abc"), number = foreigner(CF_TYPE_NUMBER, "42");
	struct foreigner array = foreigner(CF_TYPE_ARRAY, ""), dictionary = foreigner(CF_TYPE_DICTIONARY, "");
	CFArrayRef copy;
	int value;

	check_eq(CFGetTypeID(&text), 0);
	install();
	check_eq(CFGetTypeID(&text), CFStringGetTypeID());
	check(CFRetain(&text) == &text);
	check_eq(CFGetRetainCount(&text), 2);
	CFRelease(&text);
	check(CFEqual(&text, CFSTR("abc")) && CFEqual(CFSTR("abc"), &text) && !CFEqual(CFSTR("x"), &text));
	check_eq(CFHash(&text), CFHash(CFSTR("abc")));
	check_eq(CFStringGetLength((CFStringRef)(void *)&text), 3);
	check(CFStringHasPrefix((CFStringRef)(void *)&text, CFSTR("ab")));
	check(CFNumberGetValue((CFNumberRef)(void *)&number, kCFNumberIntType, &value) && value == 42);
	array.parts[0] = &text;
	array.parts[1] = &number;
	copy = CFArrayCreateCopy(NULL, (CFArrayRef)(void *)&array);
	check_eq(CFArrayGetCount(copy), 2);
	check_eq(text.references, 2);
	CFRelease(copy);
	check_eq(text.references, 1);
	dictionary.parts[0] = &text;
	dictionary.parts[1] = &number;
	check(CFDictionaryGetValue((CFDictionaryRef)(void *)&dictionary, CFSTR("abc")) == &number);
	CFDictionarySetValue((CFMutableDictionaryRef)(void *)&dictionary, CFSTR("abc"), kCFNull);
	check(CFDictionaryGetValue((CFDictionaryRef)(void *)&dictionary, CFSTR("abc")) == kCFNull);
}

TEST(own_objects_get_the_classes_of_the_bridge)
{
	CFStringRef before = CFStringCreateWithCString(NULL, "before", kCFStringEncodingUTF8), after;
	CFRunLoopSourceContext context = { .version = 0 };
	CFRunLoopSourceRef source;

	install();
	after = CFStringCreateWithCString(NULL, "after", kCFStringEncodingUTF8);
	source = CFRunLoopSourceCreate(NULL, 0, &context);
	check(*(const void *const *)(const void *)after == &classes[CF_TYPE_STRING]);
	check(*(const void *const *)(const void *)source == &classes[CF_TYPE_NONE]);
	check(*(const void *const *)(const void *)kCFNull == &classes[CF_TYPE_NULL]);
	check(*(const void *const *)(const void *)kCFBooleanTrue == &classes[CF_TYPE_BOOLEAN]);
	check_eq(CFStringGetLength(before), 6);
	check_eq(CFStringGetLength(after), 5);
	check_eq(CFGetTypeID(source), CFRunLoopSourceGetTypeID());
	CFRelease(source);
	CFRelease(before);
	CFRelease(after);
}

TEST(there_is_one_bridge)
{
	struct cf_bridge other = { .size = sizeof(other) - 1 };

	check(!transom_apple_install_bridge(NULL));
	check(!transom_apple_install_bridge(&other));
	install();
	check(!transom_apple_install_bridge(&bridge));
}
