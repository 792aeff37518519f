/* CFSet.c - values of which each is there once. */
#include <stdint.h>
#include <stdlib.h>

#include <CoreFoundation/CFSet.h>
#include <CoreFoundation/CFString.h>

#include "CFBase-private.h"
#include "hash-table-private.h"
#include "types-private.h"

struct set {
	struct cf_object head;
	CFSetCallBacks callbacks;
	struct hash_table table;
};

static const void *
copy_string(CFAllocatorRef allocator, const void *string)
{
	return CFStringCreateCopy(allocator, string);
}

const CFSetCallBacks kCFTypeSetCallBacks = {
	0, cf_retain_callback, cf_release_callback, CFCopyDescription, CFEqual, CFHash
};
const CFSetCallBacks kCFCopyStringSetCallBacks = {
	0, copy_string, cf_release_callback, CFCopyDescription, CFEqual, CFHash
};

static bool
is_own(CFTypeRef object)
{
	return cf_is_own(object, CF_TYPE_SET);
}

CFTypeID
CFSetGetTypeID(void)
{
	return CF_TYPE_SET;
}

static struct set *
set_create(CFAllocatorRef allocator, const CFSetCallBacks *callbacks)
{
	struct set *set;

	if (callbacks && callbacks->version != 0)
		return NULL;
	set = cf_object_create(allocator, CF_TYPE_SET, sizeof(*set));
	if (!set)
		return NULL;
	if (callbacks)
		set->callbacks = *callbacks;
	set->table.allocator = CFGetAllocator(set);
	set->table.equal = set->callbacks.equal;
	set->table.hash = set->callbacks.hash;
	return set;
}

static const void *
retain(const struct set *set, const void *value)
{
	return set->callbacks.retain ? set->callbacks.retain(CFGetAllocator(set), value) : value;
}

static void
release(const struct set *set, const void *value)
{
	if (set->callbacks.release)
		set->callbacks.release(CFGetAllocator(set), value);
}

/* Adds a value that is not there. Returns false without memory. */
static bool
add(struct set *set, const void *value)
{
	const void *retained = retain(set, value);

	if ((retained || !value) && hash_table_add(&set->table, retained))
		return true;
	release(set, retained);
	return false;
}

CFSetRef
CFSetCreate(CFAllocatorRef allocator, const void **values, CFIndex count, const CFSetCallBacks *callbacks)
{
	struct set *set = count < 0 || (count && !values) ? NULL : set_create(allocator, callbacks);

	for (CFIndex i = 0; set && i < count; i++)
		if (!hash_table_find(&set->table, values[i]) && !add(set, values[i])) {
			CFRelease(set);
			return NULL;
		}
	return (CFSetRef)set;
}

CFMutableSetRef
CFSetCreateMutable(CFAllocatorRef allocator, CFIndex capacity, const CFSetCallBacks *callbacks)
{
	struct set *set = capacity < 0 ? NULL : set_create(allocator, callbacks);

	if (set)
		set->head.is_mutable = true;
	return (CFMutableSetRef)set;
}

/* The values, to free(3). */
static const void **
dup_values(CFSetRef set)
{
	const void **values = calloc((size_t)CFSetGetCount(set) + 1, sizeof(void *));

	if (values)
		CFSetGetValues(set, values);
	return values;
}

static CFSetRef
copy(CFAllocatorRef allocator, CFSetRef set)
{
	const CFSetCallBacks *callbacks =
		is_own(set) ? &((const struct set *)set)->callbacks : &kCFTypeSetCallBacks;
	const void **values;
	CFSetRef result;

	if (CFGetTypeID(set) != CF_TYPE_SET)
		return NULL;
	values = dup_values(set);
	if (!values)
		return NULL;
	result = CFSetCreate(allocator, values, CFSetGetCount(set), callbacks);
	free(values);
	return result;
}

CFSetRef
CFSetCreateCopy(CFAllocatorRef allocator, CFSetRef set)
{
	if (is_own(set) && !((const struct set *)set)->head.is_mutable)
		return CFRetain(set);
	return copy(allocator, set);
}

CFMutableSetRef
CFSetCreateMutableCopy(CFAllocatorRef allocator, CFIndex capacity, CFSetRef set)
{
	struct set *result = (struct set *)copy(allocator, set);

	if (result)
		result->head.is_mutable = true;
	return (CFMutableSetRef)result;
}

CFIndex
CFSetGetCount(CFSetRef set)
{
	if (is_own(set))
		return ((const struct set *)set)->table.count;
	return cf_is_foreign(set, CF_TYPE_SET) ? cf_bridge->set_get_count(set) : 0;
}

Boolean
CFSetGetValueIfPresent(CFSetRef set, const void *candidate, const void **value)
{
	const void *found = NULL;
	const struct entry *entry;

	if (cf_is_foreign(set, CF_TYPE_SET)) {
		if (!cf_bridge->set_get_value(set, candidate, &found))
			return false;
	} else {
		entry = is_own(set) ? hash_table_find(&((const struct set *)set)->table, candidate) : NULL;
		if (!entry)
			return false;
		found = entry->key;
	}
	if (value)
		*value = found;
	return true;
}

const void *
CFSetGetValue(CFSetRef set, const void *value)
{
	const void *found;

	return CFSetGetValueIfPresent(set, value, &found) ? found : NULL;
}

Boolean
CFSetContainsValue(CFSetRef set, const void *value)
{
	return CFSetGetValueIfPresent(set, value, NULL);
}

CFIndex
CFSetGetCountOfValue(CFSetRef set, const void *value)
{
	return CFSetContainsValue(set, value);
}

void
CFSetGetValues(CFSetRef set, const void **values)
{
	const struct entry *entry = NULL;

	if (!values)
		return;
	if (cf_is_foreign(set, CF_TYPE_SET)) {
		cf_bridge->set_get_all(set, values);
		return;
	}
	while (is_own(set) && (entry = hash_table_next(&((const struct set *)set)->table, entry)))
		*values++ = entry->key;
}

/* The applier may change the set: it sees what was there at the beginning. */
void
CFSetApplyFunction(CFSetRef set, CFSetApplierFunction applier, void *context)
{
	CFIndex count = CFSetGetCount(set);
	const void **values = applier ? dup_values(set) : NULL;

	for (CFIndex i = 0; values && i < count; i++)
		applier(values[i], context);
	free(values);
}

/* Takes @value for one that is there, or that is not, or for any. */
static void
put(CFMutableSetRef ref, const void *value, bool if_there, bool if_not_there)
{
	struct set *set = (struct set *)ref;
	struct entry *entry;
	const void *old;

	if (cf_is_foreign(ref, CF_TYPE_SET) && (CFSetContainsValue(ref, value) ? if_there : if_not_there))
		cf_bridge->set_add(ref, value);
	if (!cf_is_own_mutable(ref, CF_TYPE_SET))
		return;
	entry = hash_table_find(&set->table, value);
	if (entry && if_there) {
		old = entry->key;
		entry->key = retain(set, value);
		release(set, old);
	} else if (!entry && if_not_there) {
		add(set, value);
	}
}

void
CFSetAddValue(CFMutableSetRef set, const void *value)
{
	put(set, value, false, true);
}

void
CFSetReplaceValue(CFMutableSetRef set, const void *value)
{
	put(set, value, true, false);
}

void
CFSetSetValue(CFMutableSetRef set, const void *value)
{
	put(set, value, true, true);
}

void
CFSetRemoveValue(CFMutableSetRef ref, const void *value)
{
	struct set *set = (struct set *)ref;
	struct entry *entry;
	const void *old;

	if (cf_is_foreign(ref, CF_TYPE_SET))
		cf_bridge->set_remove(ref, value);
	if (!cf_is_own_mutable(ref, CF_TYPE_SET))
		return;
	entry = hash_table_find(&set->table, value);
	if (!entry)
		return;
	old = entry->key;
	hash_table_remove(&set->table, entry);
	release(set, old);
}

/* The table is empty before anything is released, since that may call the program. */
static void
remove_all(struct set *set)
{
	struct hash_table old = set->table;
	const struct entry *entry = NULL;

	set->table.entries = NULL;
	set->table.slots = NULL;
	set->table.capacity = set->table.used = set->table.count = 0;
	while ((entry = hash_table_next(&old, entry)))
		release(set, entry->key);
	hash_table_clear(&old);
}

void
CFSetRemoveAllValues(CFMutableSetRef set)
{
	CFIndex count = CFSetGetCount(set);
	const void **values;

	if (cf_is_own_mutable(set, CF_TYPE_SET)) {
		remove_all((struct set *)set);
	} else if (cf_is_foreign(set, CF_TYPE_SET)) {
		values = dup_values(set);
		for (CFIndex i = 0; values && i < count; i++)
			CFSetRemoveValue(set, values[i]);
		free(values);
	}
}

static void
set_finalize(CFTypeRef object)
{
	remove_all((struct set *)object);
}

static Boolean
set_equal(CFTypeRef first, CFTypeRef second)
{
	const struct set *a = first;
	const struct entry *entry = NULL;

	if (a->table.count != CFSetGetCount(second))
		return false;
	while ((entry = hash_table_next(&a->table, entry)))
		if (!CFSetContainsValue(second, entry->key))
			return false;
	return true;
}

static CFHashCode
set_hash(CFTypeRef object)
{
	return (CFHashCode)CFSetGetCount(object);
}

static CFStringRef
set_copy_description(CFTypeRef object)
{
	const struct set *set = object;
	const struct entry *entry = NULL;
	CFMutableStringRef text = CFStringCreateMutable(NULL, 0);
	CFIndex number = 0;

	CFStringAppendFormat(text, NULL, CFSTR("<CFSet %p [%p]>{count = %ld, values =>\n"), object,
			     CFGetAllocator(object), set->table.count);
	while ((entry = hash_table_next(&set->table, entry))) {
		CFStringRef part = set->callbacks.copyDescription && entry->key
					   ? set->callbacks.copyDescription(entry->key)
					   : CFStringCreateWithFormat(NULL, NULL, CFSTR("<%p>"), entry->key);

		CFStringAppendFormat(text, NULL, CFSTR("\t%ld : %@\n"), number++, part);
		CFRelease(part);
	}
	CFStringAppend(text, CFSTR("}"));
	return text;
}

const struct cf_class cf_set_class = { .name = "CFSet",
				       .finalize = set_finalize,
				       .equal = set_equal,
				       .hash = set_hash,
				       .copy_description = set_copy_description };
