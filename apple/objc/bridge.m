/* bridge.m - what CoreFoundation does with objects of GNUstep's: which of its types they are like, and their contents. */
#include <string.h>

#include "bridge-private.h"
#include "classes-private.h"

/* What programs refer to, so that they are linked with this library. */
extern const int transom_apple_objc_bridge;
__attribute__((visibility("default"))) const int transom_apple_objc_bridge = 1;

static Class bool_class; /* of numbers that are truth values */

static id
object_of(CFTypeRef object)
{
	return (id)object;
}

static CFTypeID
get_type(CFTypeRef ref)
{
	id object = object_of(ref);

	if ([object isKindOfClass:[NSString class]])
		return CF_TYPE_STRING;
	if (bool_class && [object isKindOfClass:bool_class])
		return CF_TYPE_BOOLEAN;
	if ([object isKindOfClass:[NSNumber class]])
		return CF_TYPE_NUMBER;
	if ([object isKindOfClass:[NSDictionary class]])
		return CF_TYPE_DICTIONARY;
	if ([object isKindOfClass:[NSArray class]])
		return CF_TYPE_ARRAY;
	if ([object isKindOfClass:[NSData class]])
		return CF_TYPE_DATA;
	if ([object isKindOfClass:[NSDate class]])
		return CF_TYPE_DATE;
	if ([object isKindOfClass:[NSSet class]])
		return CF_TYPE_SET;
	return [object isKindOfClass:[NSNull class]] ? CF_TYPE_NULL : CF_TYPE_NONE;
}

static CFTypeRef
retain(CFTypeRef object)
{
	return [object_of(object) retain];
}

static void
release(CFTypeRef object)
{
	[object_of(object) release];
}

static CFTypeRef
autorelease(CFTypeRef object)
{
	return [object_of(object) autorelease];
}

static CFIndex
get_retain_count(CFTypeRef object)
{
	return (CFIndex)[object_of(object) retainCount];
}

static Boolean
equal(CFTypeRef object, CFTypeRef other)
{
	if (get_type(object) == CF_TYPE_NULL) /* GNUstep compares pointers */
		return CFGetTypeID(other) == CF_TYPE_NULL;
	return [object_of(object) isEqual:object_of(other)];
}

static CFStringRef
copy_description(CFTypeRef object)
{
	return (CFStringRef)[[object_of(object) description] copy];
}

static NSRange
ns_range(CFRange range)
{
	return NSMakeRange((NSUInteger)range.location, (NSUInteger)range.length);
}

static CFIndex
string_get_length(CFStringRef string)
{
	return (CFIndex)[(NSString *)string length];
}

static void
string_get_characters(CFStringRef string, CFRange range, UniChar *buffer)
{
	[(NSString *)string getCharacters:buffer range:ns_range(range)];
}

static void
string_replace(CFStringRef string, CFRange range, CFStringRef replacement)
{
	if ([(id)string isKindOfClass:[NSMutableString class]])
		[(NSMutableString *)string replaceCharactersInRange:ns_range(range) withString:(NSString *)replacement];
}

static CFIndex
number_get_type(CFTypeRef number)
{
	char type = *[(NSNumber *)number objCType];

	switch (type) {
	case 'f':
		return kCFNumberFloat32Type;
	case 'd':
		return kCFNumberFloat64Type;
	case 'c':
	case 'B':
		return kCFNumberSInt8Type;
	case 'C':
	case 's':
		return kCFNumberSInt16Type;
	case 'S':
	case 'i':
		return kCFNumberSInt32Type;
	default:
		return kCFNumberSInt64Type;
	}
}

static void
number_get_value(CFTypeRef ref, void *value)
{
	NSNumber *number = object_of(ref);

	switch (number_get_type(ref)) {
	case kCFNumberFloat32Type:
		*(float *)value = [number floatValue];
		break;
	case kCFNumberFloat64Type:
		*(double *)value = [number doubleValue];
		break;
	case kCFNumberSInt8Type:
		*(SInt8 *)value = (SInt8)[number charValue];
		break;
	case kCFNumberSInt16Type:
		*(SInt16 *)value = [number shortValue];
		break;
	case kCFNumberSInt32Type:
		*(SInt32 *)value = [number intValue];
		break;
	default:
		*(SInt64 *)value = [number longLongValue];
	}
}

/* GNUstep's hashes are others than ours: an object of ours with the same contents has the one that is wanted. */
static CFHashCode
hash(CFTypeRef object)
{
	CFTypeRef same = NULL;
	CFHashCode number;
	UInt64 value;

	switch (get_type(object)) {
	case CF_TYPE_STRING:
		same = CFStringCreateCopy(NULL, object);
		break;
	case CF_TYPE_NUMBER:
		number_get_value(object, &value);
		same = CFNumberCreate(NULL, number_get_type(object), &value);
		break;
	case CF_TYPE_BOOLEAN:
		return [object_of(object) boolValue];
	case CF_TYPE_DATA:
		same = CFDataCreateCopy(NULL, object);
		break;
	case CF_TYPE_DATE:
		same = CFDateCreate(NULL, [object_of(object) timeIntervalSinceReferenceDate]);
		break;
	case CF_TYPE_NULL:
		return CFHash(kCFNull);
	case CF_TYPE_ARRAY:
	case CF_TYPE_DICTIONARY:
	case CF_TYPE_SET:
		return (CFHashCode)[object_of(object) count];
	default:
		return [object_of(object) hash];
	}
	number = CFHash(same);
	CFRelease(same);
	return number;
}

static Boolean
boolean_get_value(CFTypeRef boolean)
{
	return [object_of(boolean) boolValue];
}

static CFIndex
data_get_length(CFTypeRef data)
{
	return (CFIndex)[(NSData *)data length];
}

static const UInt8 *
data_get_bytes(CFTypeRef data)
{
	return [(NSData *)data bytes];
}

static void
data_replace(CFTypeRef data, CFRange range, const UInt8 *bytes, CFIndex length)
{
	if ([object_of(data) isKindOfClass:[NSMutableData class]])
		[(NSMutableData *)data replaceBytesInRange:ns_range(range) withBytes:bytes length:(NSUInteger)length];
}

static double
date_get_absolute_time(CFTypeRef date)
{
	return [(NSDate *)date timeIntervalSinceReferenceDate];
}

static CFIndex
get_count(CFTypeRef collection)
{
	return (CFIndex)[(NSArray *)collection count];
}

static const void *
array_get_value(CFTypeRef array, CFIndex index)
{
	return [(NSArray *)array objectAtIndex:(NSUInteger)index];
}

static void
array_replace(CFTypeRef array, CFRange range, const void **values, CFIndex count)
{
	if ([object_of(array) isKindOfClass:[NSMutableArray class]])
		[(NSMutableArray *)array
			replaceObjectsInRange:ns_range(range)
			 withObjectsFromArray:[NSArray arrayWithObjects:(id *)values count:(NSUInteger)count]];
}

static Boolean
dictionary_get_value(CFTypeRef dictionary, const void *key, const void **value)
{
	if (key)
		*value = [(NSDictionary *)dictionary objectForKey:object_of(key)];
	return key && *value;
}

static void
dictionary_get_all(CFTypeRef dictionary, const void **keys, const void **values)
{
	NSEnumerator *all = [(NSDictionary *)dictionary keyEnumerator];
	id key;

	while ((key = [all nextObject])) {
		if (keys)
			*keys++ = key;
		if (values)
			*values++ = [(NSDictionary *)dictionary objectForKey:key];
	}
}

static void
dictionary_set(CFTypeRef dictionary, const void *key, const void *value)
{
	if (key && value && [object_of(dictionary) isKindOfClass:[NSMutableDictionary class]])
		[(NSMutableDictionary *)dictionary setObject:object_of(value) forKey:object_of(key)];
}

static void
dictionary_remove(CFTypeRef dictionary, const void *key)
{
	if (key && [object_of(dictionary) isKindOfClass:[NSMutableDictionary class]])
		[(NSMutableDictionary *)dictionary removeObjectForKey:object_of(key)];
}

static Boolean
set_get_value(CFTypeRef set, const void *candidate, const void **value)
{
	if (candidate)
		*value = [(NSSet *)set member:object_of(candidate)];
	return candidate && *value;
}

static void
set_get_all(CFTypeRef set, const void **values)
{
	NSEnumerator *all = [(NSSet *)set objectEnumerator];
	id value;

	while ((value = [all nextObject]))
		*values++ = value;
}

static void
set_add(CFTypeRef set, const void *value)
{
	if (value && [object_of(set) isKindOfClass:[NSMutableSet class]]) {
		[(NSMutableSet *)set removeObject:object_of(value)];
		[(NSMutableSet *)set addObject:object_of(value)];
	}
}

static void
set_remove(CFTypeRef set, const void *value)
{
	if (value && [object_of(set) isKindOfClass:[NSMutableSet class]])
		[(NSMutableSet *)set removeObject:object_of(value)];
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
				   .string_replace = string_replace,
				   .number_get_type = number_get_type,
				   .number_get_value = number_get_value,
				   .boolean_get_value = boolean_get_value,
				   .data_get_length = data_get_length,
				   .data_get_bytes = data_get_bytes,
				   .data_replace = data_replace,
				   .date_get_absolute_time = date_get_absolute_time,
				   .array_get_count = get_count,
				   .array_get_value = array_get_value,
				   .array_replace = array_replace,
				   .dictionary_get_count = get_count,
				   .dictionary_get_value = dictionary_get_value,
				   .dictionary_get_all = dictionary_get_all,
				   .dictionary_set = dictionary_set,
				   .dictionary_remove = dictionary_remove,
				   .set_get_count = get_count,
				   .set_get_value = set_get_value,
				   .set_get_all = set_get_all,
				   .set_add = set_add,
				   .set_remove = set_remove };

void
bridge_install(void)
{
	NSAutoreleasePool *pool = [NSAutoreleasePool new];
	Class classes[CF_TYPE_BRIDGED] = { [CF_TYPE_NONE] = [TransomObject class],
					   [CF_TYPE_STRING] = [TransomString class],
					   [CF_TYPE_NUMBER] = [TransomNumber class],
					   [CF_TYPE_BOOLEAN] = [TransomBoolean class],
					   [CF_TYPE_NULL] = [TransomNull class],
					   [CF_TYPE_DATA] = [TransomData class],
					   [CF_TYPE_DATE] = [TransomDate class],
					   [CF_TYPE_ARRAY] = [TransomArray class],
					   [CF_TYPE_DICTIONARY] = [TransomDictionary class],
					   [CF_TYPE_SET] = [TransomSet class] };

	[TransomConstantString class];
	bool_class = [[NSNumber numberWithBool:YES] class];
	if (bool_class == [[NSNumber numberWithInt:1000000] class])
		bool_class = Nil;
	memcpy(bridge.classes, classes, sizeof(classes));
	transom_apple_install_bridge(&bridge);
	[pool release];
}
