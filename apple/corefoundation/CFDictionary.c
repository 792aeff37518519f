/* CFDictionary.c - values found by keys. */
#include <stdint.h>
#include <stdlib.h>

#include <CoreFoundation/CFDictionary.h>
#include <CoreFoundation/CFString.h>

#include "CFBase-private.h"
#include "hash-table-private.h"
#include "types-private.h"

struct dictionary {
	struct cf_object head;
	CFDictionaryKeyCallBacks keys;
	CFDictionaryValueCallBacks values;
	struct hash_table table;
};

static const void *
copy_key(CFAllocatorRef allocator, const void *key)
{
	return CFStringCreateCopy(allocator, key);
}

const CFDictionaryKeyCallBacks kCFTypeDictionaryKeyCallBacks = {
	0, cf_retain_callback, cf_release_callback, CFCopyDescription, CFEqual, CFHash
};
const CFDictionaryKeyCallBacks kCFCopyStringDictionaryKeyCallBacks = {
	0, copy_key, cf_release_callback, CFCopyDescription, CFEqual, CFHash
};
const CFDictionaryValueCallBacks kCFTypeDictionaryValueCallBacks = { 0, cf_retain_callback,
								     cf_release_callback, CFCopyDescription,
								     CFEqual };

static bool
is_own(CFTypeRef object)
{
	return cf_is_own(object, CF_TYPE_DICTIONARY);
}

CFTypeID
CFDictionaryGetTypeID(void)
{
	return CF_TYPE_DICTIONARY;
}

static struct dictionary *
dictionary_create(CFAllocatorRef allocator, const CFDictionaryKeyCallBacks *keys,
		  const CFDictionaryValueCallBacks *values)
{
	struct dictionary *dictionary;

	if ((keys && keys->version != 0) || (values && values->version != 0))
		return NULL;
	dictionary = cf_object_create(allocator, CF_TYPE_DICTIONARY, sizeof(*dictionary));
	if (!dictionary)
		return NULL;
	if (keys)
		dictionary->keys = *keys;
	if (values)
		dictionary->values = *values;
	dictionary->table.allocator = CFGetAllocator(dictionary);
	dictionary->table.equal = dictionary->keys.equal;
	dictionary->table.hash = dictionary->keys.hash;
	return dictionary;
}

static const void *
retain_value(struct dictionary *dictionary, const void *value)
{
	return dictionary->values.retain ? dictionary->values.retain(CFGetAllocator(dictionary), value)
					 : value;
}

static void
release_key(const struct dictionary *dictionary, const void *key)
{
	if (dictionary->keys.release)
		dictionary->keys.release(CFGetAllocator(dictionary), key);
}

static void
release_value(const struct dictionary *dictionary, const void *value)
{
	if (dictionary->values.release)
		dictionary->values.release(CFGetAllocator(dictionary), value);
}

/* Adds a key that is not there. Returns false without memory. */
static bool
add(struct dictionary *dictionary, const void *key, const void *value)
{
	const void *retained =
		dictionary->keys.retain ? dictionary->keys.retain(CFGetAllocator(dictionary), key) : key;
	struct entry *entry = retained || !key ? hash_table_add(&dictionary->table, retained) : NULL;

	if (!entry) {
		release_key(dictionary, retained);
		return false;
	}
	entry->value = retain_value(dictionary, value);
	return true;
}

CFDictionaryRef
CFDictionaryCreate(CFAllocatorRef allocator, const void **keys, const void **values, CFIndex count,
		   const CFDictionaryKeyCallBacks *key_callbacks,
		   const CFDictionaryValueCallBacks *value_callbacks)
{
	struct dictionary *dictionary;

	if (count < 0 || (count && (!keys || !values)))
		return NULL;
	dictionary = dictionary_create(allocator, key_callbacks, value_callbacks);
	for (CFIndex i = 0; dictionary && i < count; i++)
		if (!hash_table_find(&dictionary->table, keys[i]) && !add(dictionary, keys[i], values[i])) {
			CFRelease(dictionary);
			return NULL;
		}
	return (CFDictionaryRef)dictionary;
}

CFMutableDictionaryRef
CFDictionaryCreateMutable(CFAllocatorRef allocator, CFIndex capacity, const CFDictionaryKeyCallBacks *keys,
			  const CFDictionaryValueCallBacks *values)
{
	struct dictionary *dictionary = capacity < 0 ? NULL : dictionary_create(allocator, keys, values);

	if (dictionary)
		dictionary->head.is_mutable = true;
	return (CFMutableDictionaryRef)dictionary;
}

/* The keys and, behind them, the values, to free(3). */
static const void **
dup_all(CFDictionaryRef dictionary, CFIndex count)
{
	const void **all = calloc((size_t)count * 2 + 1, sizeof(void *));

	if (all)
		CFDictionaryGetKeysAndValues(dictionary, all, all + count);
	return all;
}

static CFDictionaryRef
copy(CFAllocatorRef allocator, CFDictionaryRef dictionary)
{
	CFIndex count = CFDictionaryGetCount(dictionary);
	const struct dictionary *own = is_own(dictionary) ? (const struct dictionary *)dictionary : NULL;
	const void **all;
	CFDictionaryRef result;

	if (CFGetTypeID(dictionary) != CF_TYPE_DICTIONARY)
		return NULL;
	all = dup_all(dictionary, count);
	if (!all)
		return NULL;
	result = CFDictionaryCreate(allocator, all, all + count, count,
				    own ? &own->keys : &kCFTypeDictionaryKeyCallBacks,
				    own ? &own->values : &kCFTypeDictionaryValueCallBacks);
	free(all);
	return result;
}

CFDictionaryRef
CFDictionaryCreateCopy(CFAllocatorRef allocator, CFDictionaryRef dictionary)
{
	if (is_own(dictionary) && !((const struct dictionary *)dictionary)->head.is_mutable)
		return CFRetain(dictionary);
	return copy(allocator, dictionary);
}

CFMutableDictionaryRef
CFDictionaryCreateMutableCopy(CFAllocatorRef allocator, CFIndex capacity, CFDictionaryRef dictionary)
{
	struct dictionary *result = (struct dictionary *)copy(allocator, dictionary);

	if (result)
		result->head.is_mutable = true;
	return (CFMutableDictionaryRef)result;
}

CFIndex
CFDictionaryGetCount(CFDictionaryRef dictionary)
{
	if (is_own(dictionary))
		return ((const struct dictionary *)dictionary)->table.count;
	return cf_is_foreign(dictionary, CF_TYPE_DICTIONARY) ? cf_bridge->dictionary_get_count(dictionary)
							     : 0;
}

Boolean
CFDictionaryGetValueIfPresent(CFDictionaryRef dictionary, const void *key, const void **value)
{
	const void *found = NULL;
	const struct entry *entry;

	if (cf_is_foreign(dictionary, CF_TYPE_DICTIONARY)) {
		if (!cf_bridge->dictionary_get_value(dictionary, key, &found))
			return false;
	} else {
		entry = is_own(dictionary)
				? hash_table_find(&((const struct dictionary *)dictionary)->table, key)
				: NULL;
		if (!entry)
			return false;
		found = entry->value;
	}
	if (value)
		*value = found;
	return true;
}

const void *
CFDictionaryGetValue(CFDictionaryRef dictionary, const void *key)
{
	const void *value;

	return CFDictionaryGetValueIfPresent(dictionary, key, &value) ? value : NULL;
}

Boolean
CFDictionaryContainsKey(CFDictionaryRef dictionary, const void *key)
{
	return CFDictionaryGetValueIfPresent(dictionary, key, NULL);
}

CFIndex
CFDictionaryGetCountOfKey(CFDictionaryRef dictionary, const void *key)
{
	return CFDictionaryContainsKey(dictionary, key);
}

void
CFDictionaryGetKeysAndValues(CFDictionaryRef dictionary, const void **keys, const void **values)
{
	const struct dictionary *own = (const struct dictionary *)dictionary;
	const struct entry *entry = NULL;

	if (cf_is_foreign(dictionary, CF_TYPE_DICTIONARY)) {
		cf_bridge->dictionary_get_all(dictionary, keys, values);
		return;
	}
	while (is_own(dictionary) && (entry = hash_table_next(&own->table, entry))) {
		if (keys)
			*keys++ = entry->key;
		if (values)
			*values++ = entry->value;
	}
}

static bool
values_are_equal(CFDictionaryRef dictionary, const void *first, const void *second)
{
	CFDictionaryEqualCallBack equal =
		is_own(dictionary) ? ((const struct dictionary *)dictionary)->values.equal : CFEqual;

	return first == second || (equal && first && second && equal(first, second));
}

CFIndex
CFDictionaryGetCountOfValue(CFDictionaryRef dictionary, const void *value)
{
	CFIndex count = CFDictionaryGetCount(dictionary), found = 0;
	const void **all = dup_all(dictionary, count);

	for (CFIndex i = 0; all && i < count; i++)
		found += values_are_equal(dictionary, all[count + i], value);
	free(all);
	return found;
}

Boolean
CFDictionaryContainsValue(CFDictionaryRef dictionary, const void *value)
{
	return CFDictionaryGetCountOfValue(dictionary, value) > 0;
}

/* The applier may change the dictionary: it sees what was there at the beginning. */
void
CFDictionaryApplyFunction(CFDictionaryRef dictionary, CFDictionaryApplierFunction applier, void *context)
{
	CFIndex count = CFDictionaryGetCount(dictionary);
	const void **all = applier ? dup_all(dictionary, count) : NULL;

	for (CFIndex i = 0; all && i < count; i++)
		applier(all[i], all[count + i], context);
	free(all);
}

/* Puts @value under a key that is there, or that is not, or under any. */
static void
put(CFMutableDictionaryRef dictionary, const void *key, const void *value, bool if_there, bool if_not_there)
{
	struct dictionary *own = (struct dictionary *)dictionary;
	bool is_foreign = cf_is_foreign(dictionary, CF_TYPE_DICTIONARY);
	struct entry *entry;
	const void *old;

	if (is_foreign && (CFDictionaryContainsKey(dictionary, key) ? if_there : if_not_there))
		cf_bridge->dictionary_set(dictionary, key, value);
	if (!cf_is_own_mutable(dictionary, CF_TYPE_DICTIONARY))
		return;
	entry = hash_table_find(&own->table, key);
	if (entry && if_there) {
		old = entry->value;
		entry->value = retain_value(own, value);
		release_value(own, old);
	} else if (!entry && if_not_there) {
		add(own, key, value);
	}
}

void
CFDictionaryAddValue(CFMutableDictionaryRef dictionary, const void *key, const void *value)
{
	put(dictionary, key, value, false, true);
}

void
CFDictionarySetValue(CFMutableDictionaryRef dictionary, const void *key, const void *value)
{
	put(dictionary, key, value, true, true);
}

void
CFDictionaryReplaceValue(CFMutableDictionaryRef dictionary, const void *key, const void *value)
{
	put(dictionary, key, value, true, false);
}

void
CFDictionaryRemoveValue(CFMutableDictionaryRef dictionary, const void *key)
{
	struct dictionary *own = (struct dictionary *)dictionary;
	struct entry *entry, removed;

	if (cf_is_foreign(dictionary, CF_TYPE_DICTIONARY))
		cf_bridge->dictionary_remove(dictionary, key);
	if (!cf_is_own_mutable(dictionary, CF_TYPE_DICTIONARY))
		return;
	entry = hash_table_find(&own->table, key);
	if (!entry)
		return;
	removed = *entry;
	hash_table_remove(&own->table, entry);
	release_key(own, removed.key);
	release_value(own, removed.value);
}

/* The table is empty before anything is released, since that may call the program. */
static void
remove_all(struct dictionary *dictionary)
{
	struct hash_table old = dictionary->table;
	const struct entry *entry = NULL;

	dictionary->table.entries = NULL;
	dictionary->table.slots = NULL;
	dictionary->table.capacity = dictionary->table.used = dictionary->table.count = 0;
	while ((entry = hash_table_next(&old, entry))) {
		release_key(dictionary, entry->key);
		release_value(dictionary, entry->value);
	}
	hash_table_clear(&old);
}

void
CFDictionaryRemoveAllValues(CFMutableDictionaryRef dictionary)
{
	CFIndex count = CFDictionaryGetCount(dictionary);
	const void **all;

	if (cf_is_own_mutable(dictionary, CF_TYPE_DICTIONARY)) {
		remove_all((struct dictionary *)dictionary);
	} else if (cf_is_foreign(dictionary, CF_TYPE_DICTIONARY)) {
		all = dup_all(dictionary, count);
		for (CFIndex i = 0; all && i < count; i++)
			CFDictionaryRemoveValue(dictionary, all[i]);
		free(all);
	}
}

static void
dictionary_finalize(CFTypeRef object)
{
	remove_all((struct dictionary *)object);
}

static Boolean
dictionary_equal(CFTypeRef first, CFTypeRef second)
{
	const struct dictionary *a = first;
	const struct entry *entry = NULL;
	const void *value;

	if (a->table.count != CFDictionaryGetCount(second))
		return false;
	while ((entry = hash_table_next(&a->table, entry)))
		if (!CFDictionaryGetValueIfPresent(second, entry->key, &value) ||
		    !values_are_equal(first, entry->value, value))
			return false;
	return true;
}

static CFHashCode
dictionary_hash(CFTypeRef object)
{
	return (CFHashCode)CFDictionaryGetCount(object);
}

static CFStringRef
describe_part(CFStringRef (*describe)(const void *), const void *part)
{
	return describe && part ? describe(part) : CFStringCreateWithFormat(NULL, NULL, CFSTR("<%p>"), part);
}

static CFStringRef
dictionary_copy_description(CFTypeRef object)
{
	const struct dictionary *dictionary = object;
	const struct entry *entry = NULL;
	CFMutableStringRef text = CFStringCreateMutable(NULL, 0);
	CFIndex number = 0;

	CFStringAppendFormat(text, NULL, CFSTR("<CFDictionary %p [%p]>{type = %s, count = %ld, entries =>\n"),
			     object, CFGetAllocator(object),
			     dictionary->head.is_mutable ? "mutable" : "immutable", dictionary->table.count);
	while ((entry = hash_table_next(&dictionary->table, entry))) {
		CFStringRef key = describe_part(dictionary->keys.copyDescription, entry->key);
		CFStringRef value = describe_part(dictionary->values.copyDescription, entry->value);

		CFStringAppendFormat(text, NULL, CFSTR("\t%ld : %@ = %@\n"), number++, key, value);
		CFRelease(key);
		CFRelease(value);
	}
	CFStringAppend(text, CFSTR("}"));
	return text;
}

const struct cf_class cf_dictionary_class = { .name = "CFDictionary",
					      .finalize = dictionary_finalize,
					      .equal = dictionary_equal,
					      .hash = dictionary_hash,
					      .copy_description = dictionary_copy_description };
