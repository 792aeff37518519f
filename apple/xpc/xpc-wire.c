/* xpc-wire.c - objects as values, in which they travel, and back; what comes from others is checked here. */
#include <stdlib.h>
#include <string.h>

#include "xpc-private.h"

/*
 * What values have no type for is an array that begins with one of these. Strings, numbers that have a sign, reals,
 * booleans and data are values of those types; dictionaries are dictionaries.
 */
enum tag { TAG_ARRAY = 0, TAG_NULL = 1, TAG_UINT64 = 2, TAG_DATE = 3, TAG_UUID = 4, TAG_PORT = 5 };

static struct transom_value *
finish(int r, struct transom_value *value)
{
	return r == 0 ? value : NULL;
}

static struct transom_value *
make_integer(int64_t integer)
{
	struct transom_value *value = NULL;
	int r = transom_value_create_integer(integer, &value);

	return finish(r, value);
}

static struct transom_value *
make_data(const void *bytes, size_t size)
{
	struct transom_value *value = NULL;
	int r = transom_value_create_data(bytes, size, &value);

	return finish(r, value);
}

/* A tag and one more value, or none; takes that one. */
static struct transom_value *
make_tagged(enum tag tag, struct transom_value *contents, bool has_contents)
{
	struct transom_value *items[2] = { make_integer(tag), contents }, *value = NULL;
	int r = -1;

	if (items[0] && (contents || !has_contents))
		r = transom_value_create_array(items, has_contents ? 2 : 1, &value);
	transom_value_unref(items[0]);
	transom_value_unref(contents);
	return finish(r, value);
}

static struct transom_value *
make_port(mach_port_t port, struct xpc_ports *ports)
{
	if (ports->count >= XPC_MAX_PORTS)
		return NULL;
	ports->names[ports->count] = port;
	return make_tagged(TAG_PORT, make_integer(ports->count++), true);
}

static struct transom_value *
make_scalar(const struct xpc_object *object, struct xpc_ports *ports)
{
	struct transom_value *value = NULL;
	int r = -1;

	if (object->type == XPC_TYPE_INT64)
		return make_integer(object->integer);
	if (object->type == XPC_TYPE_STRING)
		r = transom_value_create_string(object->bytes, &value);
	else if (object->type == XPC_TYPE_DOUBLE)
		r = transom_value_create_real(object->real, &value);
	else if (object->type == XPC_TYPE_BOOL)
		r = transom_value_create_boolean(object->boolean, &value);
	if (r == 0)
		return value;
	if (object->type == XPC_TYPE_DATA)
		return make_data(object->bytes, object->size);
	if (object->type == XPC_TYPE_NULL)
		return make_tagged(TAG_NULL, NULL, false);
	if (object->type == XPC_TYPE_UINT64)
		return make_tagged(TAG_UINT64, make_integer(object->integer), true);
	if (object->type == XPC_TYPE_DATE)
		return make_tagged(TAG_DATE, make_integer(object->integer), true);
	if (object->type == XPC_TYPE_UUID)
		return make_tagged(TAG_UUID, make_data(object->uuid, sizeof(object->uuid)), true);
	return object->type == XPC_TYPE_MACH_SEND ? make_port(object->port, ports) : NULL;
}

static struct transom_value *
to_value(const struct xpc_object *object, struct xpc_ports *ports, int depth);

/* Values of the entries, behind @first if that is not NULL; takes @first. */
static struct transom_value *
make_container(const struct xpc_object *object, struct xpc_ports *ports, int depth,
	       struct transom_value *first)
{
	size_t count = object->entries.count, offset = first ? 1 : 0, made = 0;
	struct transom_value **values = calloc(count + 1, sizeof(*values)), *result = NULL;
	const char **keys = calloc(count + 1, sizeof(*keys));
	int r = -1;

	if (values && keys) {
		values[0] = first;
		for (; made < count; made++) {
			keys[made] = object->entries.items[made].key;
			values[made + offset] = to_value(object->entries.items[made].value, ports, depth);
			if (!values[made + offset])
				break;
		}
		if (made == count)
			r = first ? transom_value_create_array(values, count + 1, &result)
				  : transom_value_create_dictionary(keys, values, count, &result);
		for (size_t i = 0; i < made; i++)
			transom_value_unref(values[i + offset]);
	}
	transom_value_unref(first);
	free(values);
	free(keys);
	return finish(r, result);
}

static struct transom_value *
to_value(const struct xpc_object *object, struct xpc_ports *ports, int depth)
{
	struct transom_value *tag;

	if (depth > TRANSOM_VALUE_MAX_DEPTH)
		return NULL; /* what a container may hold is said by values */
	if (object->type == XPC_TYPE_DICTIONARY)
		return make_container(object, ports, depth + 1, NULL);
	if (object->type != XPC_TYPE_ARRAY)
		return make_scalar(object, ports);
	tag = make_integer(TAG_ARRAY);
	return tag ? make_container(object, ports, depth + 1, tag) : NULL;
}

struct transom_value *
xpc_to_value(xpc_object_t object, struct xpc_ports *ports)
{
	ports->count = 0;
	return xpc_get_type(object) ? to_value(object, ports, 0) : NULL;
}

static xpc_object_t
read_string(const struct transom_value *value)
{
	const char *text = transom_value_get_string(value);

	return text ? xpc_make_string(text, strlen(text)) : NULL;
}

static xpc_object_t
read_data(const struct transom_value *value)
{
	const void *bytes;
	size_t size;

	return transom_value_get_data(value, &bytes, &size) == 0 ? xpc_data_create(bytes, size) : NULL;
}

static xpc_object_t
read_uuid(const struct transom_value *value)
{
	const void *bytes;
	size_t size;

	return transom_value_get_data(value, &bytes, &size) == 0 && size == 16 ? xpc_uuid_create(bytes)
									       : NULL;
}

/* Each port of a message is in it once. */
static xpc_object_t
read_port(int64_t index, struct xpc_ports *ports)
{
	mach_port_t port;

	if (index < 0 || index >= ports->count || !MACH_PORT_VALID(ports->names[index]))
		return NULL;
	port = ports->names[index];
	ports->names[index] = MACH_PORT_NULL;
	return xpc_make_port(port);
}

static xpc_object_t
read_array(const struct transom_value *value, size_t count, struct xpc_ports *ports)
{
	struct xpc_object *array = xpc_array_create_empty();

	for (size_t i = 1; array && i < count; i++)
		if (!xpc_entries_add(&array->entries, NULL,
				     xpc_from_value(transom_value_get_item(value, i), ports))) {
			xpc_release(array);
			return NULL;
		}
	return array;
}

static xpc_object_t
read_tagged(const struct transom_value *value, struct xpc_ports *ports)
{
	int count = transom_value_get_count(value);
	struct transom_value *contents = count == 2 ? transom_value_get_item(value, 1) : NULL;
	int64_t tag, integer = 0;
	bool is_integer;

	if (count < 1 || transom_value_get_type(transom_value_get_item(value, 0)) != TRANSOM_VALUE_INTEGER ||
	    transom_value_get_integer(transom_value_get_item(value, 0), &tag) < 0)
		return NULL;
	is_integer = contents && transom_value_get_type(contents) == TRANSOM_VALUE_INTEGER &&
		     transom_value_get_integer(contents, &integer) == 0;
	switch (tag) {
	case TAG_ARRAY:
		return read_array(value, (size_t)count, ports);
	case TAG_NULL:
		return count == 1 ? xpc_null_create() : NULL;
	case TAG_UINT64:
		return is_integer ? xpc_uint64_create((uint64_t)integer) : NULL;
	case TAG_DATE:
		return is_integer ? xpc_date_create(integer) : NULL;
	case TAG_UUID:
		return contents ? read_uuid(contents) : NULL;
	case TAG_PORT:
		return is_integer ? read_port(integer, ports) : NULL;
	default:
		return NULL;
	}
}

/* The keys of a value are sorted, and each is there once. */
static xpc_object_t
read_dictionary(const struct transom_value *value, struct xpc_ports *ports)
{
	struct xpc_object *dictionary = xpc_dictionary_create_empty();
	int count = transom_value_get_count(value);

	for (int i = 0; dictionary && i < count; i++) {
		const char *key = transom_value_get_key(value, (size_t)i);
		char *copy = strdup(key);

		if (!copy || !xpc_entries_add(&dictionary->entries, copy,
					      xpc_from_value(transom_value_get_value(value, key), ports))) {
			xpc_release(dictionary);
			return NULL;
		}
	}
	return dictionary;
}

xpc_object_t
xpc_from_value(const struct transom_value *value, struct xpc_ports *ports)
{
	int64_t integer;
	bool boolean;
	double real;

	switch (transom_value_get_type(value)) {
	case TRANSOM_VALUE_STRING:
		return read_string(value);
	case TRANSOM_VALUE_INTEGER:
		return transom_value_get_integer(value, &integer) == 0 ? xpc_int64_create(integer) : NULL;
	case TRANSOM_VALUE_REAL:
		return transom_value_get_real(value, &real) == 0 ? xpc_double_create(real) : NULL;
	case TRANSOM_VALUE_BOOLEAN:
		return transom_value_get_boolean(value, &boolean) == 0 ? xpc_bool_create(boolean) : NULL;
	case TRANSOM_VALUE_DATA:
		return read_data(value);
	case TRANSOM_VALUE_ARRAY:
		return read_tagged(value, ports);
	case TRANSOM_VALUE_DICTIONARY:
		return read_dictionary(value, ports);
	default:
		return NULL;
	}
}

xpc_object_t
xpc_decode(const void *bytes, size_t size, struct xpc_ports *ports)
{
	struct transom_value *value;
	xpc_object_t object;

	if (transom_value_decode(bytes, size, &value) < 0)
		return NULL;
	object = xpc_from_value(value, ports);
	transom_value_unref(value);
	return object;
}
