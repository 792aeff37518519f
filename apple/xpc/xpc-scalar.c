/* xpc-scalar.c - XPC's objects that hold one thing: booleans, numbers, dates, data, strings, UUIDs and ports. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <CoreFoundation/CFString.h>

#include "xpc-private.h"

xpc_object_t
xpc_bool_create(bool value)
{
	return value ? XPC_BOOL_TRUE : XPC_BOOL_FALSE;
}

bool
xpc_bool_get_value(xpc_object_t xbool)
{
	struct xpc_object *object = xpc_get(xbool, XPC_TYPE_BOOL);

	return object && object->boolean;
}

xpc_object_t
xpc_int64_create(int64_t value)
{
	struct xpc_object *object = xpc_make(XPC_TYPE_INT64);

	if (object)
		object->integer = value;
	return object;
}

int64_t
xpc_int64_get_value(xpc_object_t xint)
{
	struct xpc_object *object = xpc_get(xint, XPC_TYPE_INT64);

	return object ? object->integer : 0;
}

xpc_object_t
xpc_uint64_create(uint64_t value)
{
	struct xpc_object *object = xpc_make(XPC_TYPE_UINT64);

	if (object)
		object->natural = value;
	return object;
}

uint64_t
xpc_uint64_get_value(xpc_object_t xuint)
{
	struct xpc_object *object = xpc_get(xuint, XPC_TYPE_UINT64);

	return object ? object->natural : 0;
}

xpc_object_t
xpc_double_create(double value)
{
	struct xpc_object *object = xpc_make(XPC_TYPE_DOUBLE);

	if (object)
		object->real = value;
	return object;
}

double
xpc_double_get_value(xpc_object_t xdouble)
{
	struct xpc_object *object = xpc_get(xdouble, XPC_TYPE_DOUBLE);

	return object ? object->real : (double)NAN;
}

xpc_object_t
xpc_date_create(int64_t interval)
{
	struct xpc_object *object = xpc_make(XPC_TYPE_DATE);

	if (object)
		object->integer = interval;
	return object;
}

xpc_object_t
xpc_date_create_from_current(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return xpc_date_create((int64_t)now.tv_sec * 1000000000 + now.tv_nsec);
}

int64_t
xpc_date_get_value(xpc_object_t xdate)
{
	struct xpc_object *object = xpc_get(xdate, XPC_TYPE_DATE);

	return object ? object->integer : 0;
}

static struct xpc_object *
make_with_bytes(xpc_type_t type, const void *bytes, size_t size)
{
	char *copy = size < SIZE_MAX ? malloc(size + 1) : NULL;
	struct xpc_object *object = copy ? xpc_make(type) : NULL;

	if (!object) {
		free(copy);
		return NULL;
	}
	if (size)
		memcpy(copy, bytes, size);
	copy[size] = '\0';
	object->bytes = copy;
	object->size = size;
	return object;
}

xpc_object_t
xpc_data_create(const void *bytes, size_t length)
{
	return bytes || length == 0 ? make_with_bytes(XPC_TYPE_DATA, bytes, length) : NULL;
}

size_t
xpc_data_get_length(xpc_object_t xdata)
{
	struct xpc_object *object = xpc_get(xdata, XPC_TYPE_DATA);

	return object ? object->size : 0;
}

const void *
xpc_data_get_bytes_ptr(xpc_object_t xdata)
{
	struct xpc_object *object = xpc_get(xdata, XPC_TYPE_DATA);

	return object && object->size ? object->bytes : NULL;
}

size_t
xpc_data_get_bytes(xpc_object_t xdata, void *buffer, size_t off, size_t length)
{
	struct xpc_object *object = xpc_get(xdata, XPC_TYPE_DATA);

	if (!object || !buffer || off >= object->size)
		return 0;
	if (length > object->size - off)
		length = object->size - off;
	memcpy(buffer, object->bytes + off, length);
	return length;
}

xpc_object_t
xpc_make_string(const char *text, size_t size)
{
	return make_with_bytes(XPC_TYPE_STRING, text, size);
}

xpc_object_t
xpc_string_create(const char *string)
{
	CFStringRef text = string ? CFStringCreateWithCString(NULL, string, kCFStringEncodingUTF8) : NULL;

	if (!text)
		return NULL; /* not UTF-8 */
	CFRelease(text);
	return xpc_make_string(string, strlen(string));
}

xpc_object_t
xpc_string_create_with_format(const char *fmt, ...)
{
	xpc_object_t made;
	char *text = NULL;
	va_list arguments;
	int size;

	if (!fmt)
		return NULL;
	va_start(arguments, fmt);
	size = vasprintf(&text, fmt, arguments);
	va_end(arguments);
	if (size < 0)
		return NULL;
	made = xpc_string_create(text);
	free(text);
	return made;
}

size_t
xpc_string_get_length(xpc_object_t xstring)
{
	struct xpc_object *object = xpc_get(xstring, XPC_TYPE_STRING);

	return object ? object->size : 0;
}

const char *
xpc_string_get_string_ptr(xpc_object_t xstring)
{
	struct xpc_object *object = xpc_get(xstring, XPC_TYPE_STRING);

	return object ? object->bytes : NULL;
}

xpc_object_t
xpc_uuid_create(const uint8_t uuid[16])
{
	struct xpc_object *object = uuid ? xpc_make(XPC_TYPE_UUID) : NULL;

	if (object)
		memcpy(object->uuid, uuid, sizeof(object->uuid));
	return object;
}

const uint8_t *
xpc_uuid_get_bytes(xpc_object_t xuuid)
{
	struct xpc_object *object = xpc_get(xuuid, XPC_TYPE_UUID);

	return object ? object->uuid : NULL;
}

xpc_object_t
xpc_make_port(mach_port_t port)
{
	struct xpc_object *object = xpc_make(XPC_TYPE_MACH_SEND);

	if (!object) {
		mach_port_deallocate(mach_task_self(), port);
		return NULL;
	}
	object->port = port;
	return object;
}

mach_port_t
xpc_get_port(xpc_object_t object)
{
	struct xpc_object *own = xpc_get(object, XPC_TYPE_MACH_SEND);

	return own ? own->port : MACH_PORT_NULL;
}
