/* xpc-container.c - XPC's arrays and dictionaries. */
#include <stdlib.h>
#include <string.h>

#include <CoreFoundation/CFString.h>

#include "xpc-private.h"

static bool
make_room(struct xpc_entries *entries)
{
	size_t room = entries->room ? entries->room * 2 : 8;
	struct xpc_entry *items;

	if (entries->count < entries->room)
		return true;
	items = reallocarray(entries->items, room, sizeof(*items));
	if (!items)
		return false;
	entries->items = items;
	entries->room = room;
	return true;
}

static bool
insert(struct xpc_entries *entries, size_t index, char *key, xpc_object_t value)
{
	if (!value || !make_room(entries)) {
		free(key);
		xpc_release(value);
		return false;
	}
	memmove(entries->items + index + 1, entries->items + index,
		(entries->count - index) * sizeof(*entries->items));
	entries->items[index] = (struct xpc_entry){ key, value };
	entries->count++;
	return true;
}

bool
xpc_entries_add(struct xpc_entries *entries, char *key, xpc_object_t value)
{
	return insert(entries, entries->count, key, value);
}

void
xpc_entries_free(struct xpc_entries *entries)
{
	for (size_t i = 0; i < entries->count; i++) {
		free(entries->items[i].key);
		xpc_release(entries->items[i].value);
	}
	free(entries->items);
	*entries = (struct xpc_entries){ 0 };
}

/* Shorter keys come first: the order of values, in which dictionaries come from elsewhere. */
static int
compare(const char *a, const char *b)
{
	size_t a_size = strlen(a), b_size = strlen(b);

	return a_size == b_size ? strcmp(a, b) : a_size < b_size ? -1 : 1;
}

/* Where a key is, or would be. */
static bool
find(const struct xpc_entries *entries, const char *key, size_t *ret)
{
	size_t low = 0, high = entries->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare(entries->items[middle].key, key);

		if (order == 0) {
			*ret = middle;
			return true;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*ret = low;
	return false;
}

static void
append_entry(CFMutableStringRef text, const struct xpc_entry *entry)
{
	CFStringRef value = CFCopyDescription(entry->value);

	if (entry->key)
		CFStringAppendFormat(text, NULL, CFSTR(" \"%s\" = %@"), entry->key, value);
	else
		CFStringAppendFormat(text, NULL, CFSTR(" %@"), value);
	if (value)
		CFRelease(value);
}

CFStringRef
xpc_entries_copy_description(const struct xpc_object *object)
{
	CFMutableStringRef text = CFStringCreateMutable(NULL, 0);

	if (!text)
		return NULL;
	CFStringAppendFormat(text, NULL, CFSTR("<%s:"), object->type->name);
	for (size_t i = 0; i < object->entries.count; i++)
		append_entry(text, &object->entries.items[i]);
	CFStringAppend(text, CFSTR(">"));
	return text;
}

/* Nothing may be in itself, not even deep down: it would never be freed, nor could it be sent. */
static bool
contains(xpc_object_t object, const struct xpc_object *wanted)
{
	const struct xpc_object *own = object;
	xpc_type_t type = xpc_get_type(object);

	if (object == wanted)
		return true;
	if (type != XPC_TYPE_ARRAY && type != XPC_TYPE_DICTIONARY)
		return false;
	for (size_t i = 0; i < own->entries.count; i++)
		if (contains(own->entries.items[i].value, wanted))
			return true;
	return false;
}

static bool
can_hold(const struct xpc_object *container, xpc_object_t value)
{
	return container && xpc_get_type(value) && !contains(value, container);
}

xpc_object_t
xpc_array_create_empty(void)
{
	return xpc_make(XPC_TYPE_ARRAY);
}

xpc_object_t
xpc_array_create(xpc_object_t const *objects, size_t count)
{
	xpc_object_t made = xpc_array_create_empty();

	for (size_t i = 0; objects && i < count; i++)
		xpc_array_append_value(made, objects[i]);
	return made;
}

size_t
xpc_array_get_count(xpc_object_t xarray)
{
	struct xpc_object *array = xpc_get(xarray, XPC_TYPE_ARRAY);

	return array ? array->entries.count : 0;
}

xpc_object_t
xpc_array_get_value(xpc_object_t xarray, size_t index)
{
	struct xpc_object *array = xpc_get(xarray, XPC_TYPE_ARRAY);

	return array && index < array->entries.count ? array->entries.items[index].value : NULL;
}

void
xpc_array_set_value(xpc_object_t xarray, size_t index, xpc_object_t value)
{
	struct xpc_object *array = xpc_get(xarray, XPC_TYPE_ARRAY);
	xpc_object_t former;

	if (!can_hold(array, value) || (index >= array->entries.count && index != XPC_ARRAY_APPEND))
		return;
	xpc_retain(value);
	if (index == XPC_ARRAY_APPEND) {
		xpc_entries_add(&array->entries, NULL, value);
		return;
	}
	former = array->entries.items[index].value;
	array->entries.items[index].value = value;
	xpc_release(former);
}

void
xpc_array_append_value(xpc_object_t xarray, xpc_object_t value)
{
	xpc_array_set_value(xarray, XPC_ARRAY_APPEND, value);
}

xpc_object_t
xpc_dictionary_create_empty(void)
{
	return xpc_make(XPC_TYPE_DICTIONARY);
}

xpc_object_t
xpc_dictionary_create(const char *const *keys, xpc_object_t const *values, size_t count)
{
	xpc_object_t made = xpc_dictionary_create_empty();

	for (size_t i = 0; keys && values && i < count; i++)
		xpc_dictionary_set_value(made, keys[i], values[i]);
	return made;
}

xpc_object_t
xpc_dictionary_create_reply(xpc_object_t original)
{
	struct xpc_object *asked = xpc_get(original, XPC_TYPE_DICTIONARY), *made;

	if (!asked || !asked->reply)
		return NULL;
	made = xpc_dictionary_create_empty();
	if (!made)
		return NULL;
	made->reply = asked->reply;
	asked->reply = MACH_PORT_NULL;
	made->connection = xpc_retain(asked->connection);
	return made;
}

xpc_connection_t
xpc_dictionary_get_remote_connection(xpc_object_t xdict)
{
	struct xpc_object *dictionary = xpc_get(xdict, XPC_TYPE_DICTIONARY);

	return dictionary ? dictionary->connection : NULL;
}

size_t
xpc_dictionary_get_count(xpc_object_t xdict)
{
	struct xpc_object *dictionary = xpc_get(xdict, XPC_TYPE_DICTIONARY);

	return dictionary ? dictionary->entries.count : 0;
}

static void
remove_key(struct xpc_object *dictionary, const char *key)
{
	struct xpc_entry former;
	size_t at;

	if (!find(&dictionary->entries, key, &at))
		return;
	former = dictionary->entries.items[at];
	dictionary->entries.count--;
	memmove(dictionary->entries.items + at, dictionary->entries.items + at + 1,
		(dictionary->entries.count - at) * sizeof(former));
	free(former.key);
	xpc_release(former.value);
}

static void
set_key(struct xpc_object *dictionary, const char *key, xpc_object_t value)
{
	xpc_object_t text = xpc_string_create(key), former;
	size_t at;

	if (!text)
		return; /* keys are UTF-8, too */
	xpc_release(text);
	xpc_retain(value);
	if (find(&dictionary->entries, key, &at)) {
		former = dictionary->entries.items[at].value;
		dictionary->entries.items[at].value = value;
		xpc_release(former);
	} else {
		char *copy = strdup(key);

		if (copy)
			insert(&dictionary->entries, at, copy, value);
		else
			xpc_release(value);
	}
}

void
xpc_dictionary_set_value(xpc_object_t xdict, const char *key, xpc_object_t value)
{
	struct xpc_object *dictionary = xpc_get(xdict, XPC_TYPE_DICTIONARY);

	if (!dictionary || !key)
		return;
	if (!value)
		remove_key(dictionary, key);
	else if (can_hold(dictionary, value))
		set_key(dictionary, key, value);
}

xpc_object_t
xpc_dictionary_get_value(xpc_object_t xdict, const char *key)
{
	struct xpc_object *dictionary = xpc_get(xdict, XPC_TYPE_DICTIONARY);
	size_t at;

	if (!dictionary) /* an error has words, and is read the same way */
		dictionary = xpc_get(xdict, XPC_TYPE_ERROR);
	return dictionary && key && find(&dictionary->entries, key, &at) ? dictionary->entries.items[at].value
									 : NULL;
}

bool
xpc_dictionary_apply_f(xpc_object_t xdict, void *context,
		       bool (*apply)(const char *key, xpc_object_t value, void *context))
{
	struct xpc_object *dictionary = xpc_get(xdict, XPC_TYPE_DICTIONARY);

	if (!dictionary || !apply)
		return false;
	for (size_t i = 0; i < dictionary->entries.count; i++)
		if (!apply(dictionary->entries.items[i].key, dictionary->entries.items[i].value, context))
			return false;
	return true;
}

static bool
copy_entries(const struct xpc_entries *from, struct xpc_entries *to)
{
	for (size_t i = 0; i < from->count; i++) {
		char *key = from->items[i].key ? strdup(from->items[i].key) : NULL;

		if ((!key && from->items[i].key) || !xpc_entries_add(to, key, xpc_copy(from->items[i].value)))
			return false;
	}
	return true;
}

/* What cannot change is its own copy. */
xpc_object_t
xpc_copy(xpc_object_t object)
{
	const struct xpc_object *own = object;
	xpc_type_t type = xpc_get_type(object);
	struct xpc_object *made;

	if (type != XPC_TYPE_ARRAY && type != XPC_TYPE_DICTIONARY)
		return type ? xpc_retain(object) : NULL;
	made = xpc_make(type);
	if (made && !copy_entries(&own->entries, &made->entries)) {
		xpc_release(made);
		return NULL;
	}
	return made;
}
