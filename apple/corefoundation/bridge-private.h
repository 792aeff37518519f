/*
 * bridge-private.h - what a library that knows Objective-C puts into this one: the classes of our objects, and
 * functions that read and change its own. Without one, what is not ours is no object.
 */
#ifndef CF_BRIDGE_PRIVATE_H
#define CF_BRIDGE_PRIVATE_H

#include <stddef.h>

#include <CoreFoundation/CFBase.h>

/* Types with a class of their own in Objective-C; those of other parts get higher numbers as they come. */
enum cf_type {
	CF_TYPE_NONE,
	CF_TYPE_STRING,
	CF_TYPE_NUMBER,
	CF_TYPE_BOOLEAN,
	CF_TYPE_NULL,
	CF_TYPE_DATA,
	CF_TYPE_DATE,
	CF_TYPE_ARRAY,
	CF_TYPE_DICTIONARY,
	CF_TYPE_SET,
	CF_TYPE_BRIDGED, /* the number of those above */
	CF_TYPE_ALLOCATOR = CF_TYPE_BRIDGED,
	CF_TYPE_NOTIFICATION_CENTER,
	CF_TYPE_RUN_LOOP,
	CF_TYPE_RUN_LOOP_SOURCE,
	CF_TYPE_RUN_LOOP_OBSERVER,
	CF_TYPE_RUN_LOOP_TIMER,
	CF_TYPE_BUILT_IN, /* the number of those above */
};

/*
 * Each function gets objects of the bridge's only, whose type it has said itself; indices and ranges are not checked
 * before. A function that changes an object that cannot change does nothing.
 */
struct cf_bridge {
	size_t size; /* of this struct */

	/* The first word of new objects: by type, and for types without a number in cf_type that of CF_TYPE_NONE. */
	const void *classes[CF_TYPE_BRIDGED];

	CFTypeID (*get_type)(CFTypeRef object); /* CF_TYPE_NONE for an object that is like none of ours */
	CFTypeRef (*retain)(CFTypeRef object);
	void (*release)(CFTypeRef object);
	CFTypeRef (*autorelease)(CFTypeRef object); /* of ours, too */
	CFIndex (*get_retain_count)(CFTypeRef object);
	Boolean (*equal)(CFTypeRef object, CFTypeRef other); /* @other may be ours */
	CFHashCode (*hash)(CFTypeRef object); /* that of an equal object of ours */
	CFStringRef (*copy_description)(CFTypeRef object);

	CFIndex (*string_get_length)(CFStringRef string);
	void (*string_get_characters)(CFStringRef string, CFRange range, UniChar *buffer);
	void (*string_replace)(CFStringRef string, CFRange range, CFStringRef replacement);

	CFIndex (*number_get_type)(CFTypeRef number); /* a CFNumberType with a size in its name */
	void (*number_get_value)(CFTypeRef number, void *value); /* of that type */
	Boolean (*boolean_get_value)(CFTypeRef boolean);

	CFIndex (*data_get_length)(CFTypeRef data);
	const UInt8 *(*data_get_bytes)(CFTypeRef data);
	void (*data_replace)(CFTypeRef data, CFRange range, const UInt8 *bytes, CFIndex length);

	double (*date_get_absolute_time)(CFTypeRef date);

	CFIndex (*array_get_count)(CFTypeRef array);
	const void *(*array_get_value)(CFTypeRef array, CFIndex index);
	void (*array_replace)(CFTypeRef array, CFRange range, const void **values, CFIndex count);

	CFIndex (*dictionary_get_count)(CFTypeRef dictionary);
	Boolean (*dictionary_get_value)(CFTypeRef dictionary, const void *key, const void **value);
	void (*dictionary_get_all)(CFTypeRef dictionary, const void **keys,
				   const void **values); /* either may be NULL */
	void (*dictionary_set)(CFTypeRef dictionary, const void *key, const void *value);
	void (*dictionary_remove)(CFTypeRef dictionary, const void *key);

	CFIndex (*set_get_count)(CFTypeRef set);
	Boolean (*set_get_value)(CFTypeRef set, const void *candidate, const void **value);
	void (*set_get_all)(CFTypeRef set, const void **values);
	void (*set_add)(CFTypeRef set, const void *value);
	void (*set_remove)(CFTypeRef set, const void *value);
};

/*
 * Puts a bridge in, once, before other threads and before @bridge's objects are given to this library; it stays.
 * Returns false for another size or a second bridge. Constants of ours get its classes too, objects that exist
 * already do not.
 */
CF_EXPORT Boolean
transom_apple_install_bridge(const struct cf_bridge *bridge);

#endif /* CF_BRIDGE_PRIVATE_H */
