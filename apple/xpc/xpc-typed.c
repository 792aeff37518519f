/* xpc-typed.c - reading and setting parts of arrays and dictionaries by the type of their contents. */
#include "xpc-private.h"

/* Puts a new object into a container, whose it is then. */
static void
put(xpc_object_t container, const char *key, size_t index, xpc_object_t made)
{
	if (!made)
		return;
	if (xpc_get_type(container) == XPC_TYPE_ARRAY)
		xpc_array_set_value(container, index, made);
	else
		xpc_dictionary_set_value(container, key, made);
	xpc_release(made);
}

void
xpc_array_set_bool(xpc_object_t xarray, size_t index, bool value)
{
	put(xpc_get(xarray, XPC_TYPE_ARRAY), NULL, index, xpc_bool_create(value));
}

void
xpc_array_set_int64(xpc_object_t xarray, size_t index, int64_t value)
{
	put(xpc_get(xarray, XPC_TYPE_ARRAY), NULL, index, xpc_int64_create(value));
}

void
xpc_array_set_uint64(xpc_object_t xarray, size_t index, uint64_t value)
{
	put(xpc_get(xarray, XPC_TYPE_ARRAY), NULL, index, xpc_uint64_create(value));
}

void
xpc_array_set_double(xpc_object_t xarray, size_t index, double value)
{
	put(xpc_get(xarray, XPC_TYPE_ARRAY), NULL, index, xpc_double_create(value));
}

void
xpc_array_set_string(xpc_object_t xarray, size_t index, const char *value)
{
	put(xpc_get(xarray, XPC_TYPE_ARRAY), NULL, index, xpc_string_create(value));
}

void
xpc_array_set_data(xpc_object_t xarray, size_t index, const void *bytes, size_t length)
{
	put(xpc_get(xarray, XPC_TYPE_ARRAY), NULL, index, xpc_data_create(bytes, length));
}

void
xpc_dictionary_set_bool(xpc_object_t xdict, const char *key, bool value)
{
	put(xpc_get(xdict, XPC_TYPE_DICTIONARY), key, 0, xpc_bool_create(value));
}

void
xpc_dictionary_set_int64(xpc_object_t xdict, const char *key, int64_t value)
{
	put(xpc_get(xdict, XPC_TYPE_DICTIONARY), key, 0, xpc_int64_create(value));
}

void
xpc_dictionary_set_uint64(xpc_object_t xdict, const char *key, uint64_t value)
{
	put(xpc_get(xdict, XPC_TYPE_DICTIONARY), key, 0, xpc_uint64_create(value));
}

void
xpc_dictionary_set_double(xpc_object_t xdict, const char *key, double value)
{
	put(xpc_get(xdict, XPC_TYPE_DICTIONARY), key, 0, xpc_double_create(value));
}

void
xpc_dictionary_set_string(xpc_object_t xdict, const char *key, const char *string)
{
	put(xpc_get(xdict, XPC_TYPE_DICTIONARY), key, 0, xpc_string_create(string));
}

void
xpc_dictionary_set_data(xpc_object_t xdict, const char *key, const void *bytes, size_t length)
{
	put(xpc_get(xdict, XPC_TYPE_DICTIONARY), key, 0, xpc_data_create(bytes, length));
}

static const void *
get_data(xpc_object_t value, size_t *length)
{
	if (length)
		*length = xpc_data_get_length(value);
	return xpc_data_get_bytes_ptr(value);
}

bool
xpc_array_get_bool(xpc_object_t xarray, size_t index)
{
	return xpc_bool_get_value(xpc_array_get_value(xarray, index));
}

int64_t
xpc_array_get_int64(xpc_object_t xarray, size_t index)
{
	return xpc_int64_get_value(xpc_array_get_value(xarray, index));
}

uint64_t
xpc_array_get_uint64(xpc_object_t xarray, size_t index)
{
	return xpc_uint64_get_value(xpc_array_get_value(xarray, index));
}

double
xpc_array_get_double(xpc_object_t xarray, size_t index)
{
	return xpc_double_get_value(xpc_array_get_value(xarray, index));
}

const char *
xpc_array_get_string(xpc_object_t xarray, size_t index)
{
	return xpc_string_get_string_ptr(xpc_array_get_value(xarray, index));
}

const void *
xpc_array_get_data(xpc_object_t xarray, size_t index, size_t *length)
{
	return get_data(xpc_array_get_value(xarray, index), length);
}

bool
xpc_dictionary_get_bool(xpc_object_t xdict, const char *key)
{
	return xpc_bool_get_value(xpc_dictionary_get_value(xdict, key));
}

int64_t
xpc_dictionary_get_int64(xpc_object_t xdict, const char *key)
{
	return xpc_int64_get_value(xpc_dictionary_get_value(xdict, key));
}

uint64_t
xpc_dictionary_get_uint64(xpc_object_t xdict, const char *key)
{
	return xpc_uint64_get_value(xpc_dictionary_get_value(xdict, key));
}

double
xpc_dictionary_get_double(xpc_object_t xdict, const char *key)
{
	return xpc_double_get_value(xpc_dictionary_get_value(xdict, key));
}

const char *
xpc_dictionary_get_string(xpc_object_t xdict, const char *key)
{
	return xpc_string_get_string_ptr(xpc_dictionary_get_value(xdict, key));
}

const void *
xpc_dictionary_get_data(xpc_object_t xdict, const char *key, size_t *length)
{
	return get_data(xpc_dictionary_get_value(xdict, key), length);
}
