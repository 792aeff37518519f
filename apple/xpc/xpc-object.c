/* xpc-object.c - what all of XPC's objects have: types, references, comparing, describing; not what they hold. */
#include <stdlib.h>
#include <string.h>

#include <CoreFoundation/CFData.h>
#include <CoreFoundation/CFString.h>

#include "xpc-private.h"

const struct _xpc_type_s _xpc_type_connection = { "connection" };
const struct _xpc_type_s _xpc_type_null = { "null" };
const struct _xpc_type_s _xpc_type_bool = { "bool" };
const struct _xpc_type_s _xpc_type_int64 = { "int64" };
const struct _xpc_type_s _xpc_type_uint64 = { "uint64" };
const struct _xpc_type_s _xpc_type_double = { "double" };
const struct _xpc_type_s _xpc_type_date = { "date" };
const struct _xpc_type_s _xpc_type_data = { "data" };
const struct _xpc_type_s _xpc_type_string = { "string" };
const struct _xpc_type_s _xpc_type_uuid = { "uuid" };
const struct _xpc_type_s _xpc_type_array = { "array" };
const struct _xpc_type_s _xpc_type_dictionary = { "dictionary" };
const struct _xpc_type_s _xpc_type_error = { "error" };
const struct _xpc_type_s _xpc_type_mach_send = { "mach send right" };

static struct _xpc_global_s null = { { CF_CONSTANT_HEAD(CF_TYPE_NONE), XPC_TYPE_NULL, { 0 } } };
struct _xpc_global_s _xpc_bool_true = {
	{ CF_CONSTANT_HEAD(CF_TYPE_NONE), XPC_TYPE_BOOL, { .boolean = true } }
};
struct _xpc_global_s _xpc_bool_false = {
	{ CF_CONSTANT_HEAD(CF_TYPE_NONE), XPC_TYPE_BOOL, { .boolean = false } }
};

/* The words of errors, as they come out of errors' dictionaries. */
static struct xpc_entry interrupted_entry, invalid_entry;
#define ERROR_OBJECT(entry)                                                                                  \
	{                                                                                                    \
		{                                                                                            \
			CF_CONSTANT_HEAD(CF_TYPE_NONE), XPC_TYPE_ERROR,                                      \
			{                                                                                    \
				.entries = { &(entry), 1, 1 }                                                \
			}                                                                                    \
		}                                                                                            \
	}
struct _xpc_global_s _xpc_error_connection_interrupted = ERROR_OBJECT(interrupted_entry);
struct _xpc_global_s _xpc_error_connection_invalid = ERROR_OBJECT(invalid_entry);

static bool
has_bytes(const struct xpc_object *object)
{
	return object->type == XPC_TYPE_DATA || object->type == XPC_TYPE_STRING;
}

static bool
has_entries(const struct xpc_object *object)
{
	return object->type == XPC_TYPE_ARRAY || object->type == XPC_TYPE_DICTIONARY ||
	       object->type == XPC_TYPE_ERROR;
}

static void
finalize(CFTypeRef reference)
{
	struct xpc_object *object = (struct xpc_object *)(uintptr_t)reference;

	if (has_bytes(object))
		free(object->bytes);
	if (object->type == XPC_TYPE_MACH_SEND)
		mach_port_deallocate(mach_task_self(), object->port);
	if (object->type == XPC_TYPE_CONNECTION)
		xpc_connection_finalize(object);
	if (has_entries(object)) {
		xpc_entries_free(&object->entries);
		if (object->reply)
			mach_port_deallocate(mach_task_self(), object->reply);
		xpc_release(object->connection);
	}
}

static Boolean
equal_entries(const struct xpc_entries *a, const struct xpc_entries *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if ((a->items[i].key && strcmp(a->items[i].key, b->items[i].key) != 0) ||
		    !xpc_equal(a->items[i].value, b->items[i].value))
			return false;
	return true;
}

static Boolean
equal(CFTypeRef first, CFTypeRef second)
{
	const struct xpc_object *a = first, *b = second;

	if (a == b || a->type != b->type)
		return a == b;
	if (has_bytes(a))
		return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
	if (a->type == XPC_TYPE_ARRAY || a->type == XPC_TYPE_DICTIONARY)
		return equal_entries(&a->entries, &b->entries);
	if (a->type == XPC_TYPE_UUID)
		return memcmp(a->uuid, b->uuid, sizeof(a->uuid)) == 0;
	if (a->type == XPC_TYPE_BOOL)
		return a->boolean == b->boolean;
	if (a->type == XPC_TYPE_DOUBLE)
		return a->real == b->real;
	if (a->type == XPC_TYPE_MACH_SEND)
		return a->port == b->port;
	return (a->type == XPC_TYPE_INT64 || a->type == XPC_TYPE_UINT64 || a->type == XPC_TYPE_DATE) &&
	       a->natural == b->natural;
}

static CFHashCode
hash_bytes(const void *bytes, size_t size)
{
	CFHashCode code = 14695981039346656037u; /* FNV-1a */

	for (size_t i = 0; i < size; i++)
		code = (code ^ ((const uint8_t *)bytes)[i]) * 1099511628211u;
	return code;
}

static CFHashCode
hash(CFTypeRef reference)
{
	const struct xpc_object *object = reference;

	if (has_bytes(object))
		return hash_bytes(object->bytes, object->size);
	if (object->type == XPC_TYPE_UUID)
		return hash_bytes(object->uuid, sizeof(object->uuid));
	if (has_entries(object))
		return object->entries.count;
	if (object->type == XPC_TYPE_BOOL)
		return object->boolean;
	if (object->type == XPC_TYPE_DOUBLE)
		return object->real == 0 ? 0 : hash_bytes(&object->real, sizeof(object->real));
	return object->type == XPC_TYPE_CONNECTION ? (CFHashCode)(uintptr_t)object
						   : (CFHashCode)object->natural;
}

static CFStringRef
copy_data_description(const struct xpc_object *object)
{
	CFDataRef data = CFDataCreate(NULL, (const UInt8 *)object->bytes, (CFIndex)object->size);
	CFStringRef text = CFCopyDescription(data);

	CFRelease(data);
	return text;
}

static CFStringRef
copy_description(CFTypeRef reference)
{
	const struct xpc_object *object = reference;
	const char *name = object->type->name;

	if (has_entries(object))
		return xpc_entries_copy_description(object);
	if (object->type == XPC_TYPE_DATA)
		return copy_data_description(object);
	if (object->type == XPC_TYPE_STRING)
		return CFStringCreateWithFormat(NULL, NULL, CFSTR("\"%s\""), object->bytes);
	if (object->type == XPC_TYPE_BOOL)
		return CFStringCreateWithFormat(NULL, NULL, CFSTR("<%s: %s>"), name,
						object->boolean ? "true" : "false");
	if (object->type == XPC_TYPE_INT64 || object->type == XPC_TYPE_DATE)
		return CFStringCreateWithFormat(NULL, NULL, CFSTR("<%s: %lld>"), name,
						(long long)object->integer);
	if (object->type == XPC_TYPE_UINT64)
		return CFStringCreateWithFormat(NULL, NULL, CFSTR("<%s: %llu>"), name,
						(unsigned long long)object->natural);
	if (object->type == XPC_TYPE_DOUBLE)
		return CFStringCreateWithFormat(NULL, NULL, CFSTR("<%s: %g>"), name, object->real);
	if (object->type == XPC_TYPE_MACH_SEND)
		return CFStringCreateWithFormat(NULL, NULL, CFSTR("<%s: 0x%x>"), name, object->port);
	return CFStringCreateWithFormat(NULL, NULL, CFSTR("<%s>"), name);
}

static const struct cf_class class = {
	.name = "XPCObject",
	.finalize = finalize,
	.equal = equal,
	.hash = hash,
	.copy_description = copy_description,
};

/* The objects that are there always are looked at by CoreFoundation before any function here has run. */
static void __attribute__((constructor)) complete_globals(void)
{
	static char key[] = XPC_ERROR_KEY_DESCRIPTION, interrupted[] = "Connection interrupted",
		    invalid[] = "Connection invalid";
	static struct _xpc_global_s words[2] = {
		{ { CF_CONSTANT_HEAD(CF_TYPE_NONE), XPC_TYPE_STRING, { .bytes = interrupted, .size = 22 } } },
		{ { CF_CONSTANT_HEAD(CF_TYPE_NONE), XPC_TYPE_STRING, { .bytes = invalid, .size = 18 } } },
	};
	CFTypeID type = cf_type_register(&class);

	words[0].object.head.type = words[1].object.head.type = type;
	interrupted_entry = (struct xpc_entry){ key, &words[0] };
	invalid_entry = (struct xpc_entry){ key, &words[1] };
	null.object.head.type = type;
	_xpc_bool_true.object.head.type = type;
	_xpc_bool_false.object.head.type = type;
	_xpc_error_connection_interrupted.object.head.type = type;
	_xpc_error_connection_invalid.object.head.type = type;
}

void *
xpc_make_sized(xpc_type_t type, size_t size)
{
	struct xpc_object *made = cf_object_create(NULL, cf_type_register(&class), size);

	if (made)
		made->type = type;
	return made;
}

struct xpc_object *
xpc_make(xpc_type_t type)
{
	return xpc_make_sized(type, sizeof(struct xpc_object));
}

struct xpc_object *
xpc_get(xpc_object_t object, xpc_type_t type)
{
	return xpc_get_type(object) == type ? object : NULL;
}

xpc_object_t
xpc_retain(xpc_object_t object)
{
	return object ? (xpc_object_t)(uintptr_t)CFRetain(object) : NULL;
}

void
xpc_release(xpc_object_t object)
{
	if (object)
		CFRelease(object);
}

xpc_type_t
xpc_get_type(xpc_object_t object)
{
	return cf_is_own(object, cf_type_register(&class)) ? ((struct xpc_object *)object)->type : NULL;
}

const char *
xpc_type_get_name(xpc_type_t type)
{
	return type ? type->name : NULL;
}

bool
xpc_equal(xpc_object_t object1, xpc_object_t object2)
{
	return xpc_get_type(object1) && xpc_get_type(object2) && CFEqual(object1, object2);
}

size_t
xpc_hash(xpc_object_t object)
{
	return xpc_get_type(object) ? CFHash(object) : 0;
}

char *
xpc_copy_description(xpc_object_t object)
{
	CFStringRef text = xpc_get_type(object) ? CFCopyDescription(object) : NULL;
	CFIndex size =
		text ? CFStringGetMaximumSizeForEncoding(CFStringGetLength(text), kCFStringEncodingUTF8) + 1
		     : 0;
	char *bytes = text ? malloc((size_t)size) : NULL;

	if (bytes && !CFStringGetCString(text, bytes, size, kCFStringEncodingUTF8))
		bytes[0] = '\0';
	if (text)
		CFRelease(text);
	return bytes;
}

xpc_object_t
xpc_null_create(void)
{
	return &null;
}
