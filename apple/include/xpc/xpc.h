/*
 * xpc.h - objects and connections of XPC, as far as programs need them that send surfaces:
 * IOSurfaceCreateXPCObject() of <IOSurface/IOSurfaceAPI.h> puts one into a message. No services are
 * started: who is looked for must run.
 *
 * An object is a CoreFoundation object too. Strings and keys are UTF-8. A message, all in it, is 1 MiB at
 * most, and 253 ports; arrays and dictionaries lie at most 30 in each other.
 *
 * Owns:    a function with create, copy or retain in its name gives the caller a reference, for
 *          xpc_release(); one with get does not. Arrays and dictionaries take references to what is put
 *          into them.
 * Errors:  NULL, or an object of another type, gives NULL, 0 or false, and changes nothing.
 * Blocks:  no, but for what is said to.
 * Threads: references may be taken and given back from any thread; an array or dictionary that is being
 *          changed belongs to one thread; connections to any. After fork(2) the child has no connection.
 */
#ifndef TRANSOM_XPC_XPC_H
#define TRANSOM_XPC_XPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define XPC_EXPORT extern __attribute__((visibility("default")))

typedef void *xpc_object_t;
typedef const struct _xpc_type_s *xpc_type_t;
typedef struct _xpc_connection_s *xpc_connection_t;

/* There are no queues of dispatch: where one is asked for, it must be NULL, and events come in a thread of
 * the connection's own, one after another. */
#ifndef __DISPATCH_BASE__
typedef struct dispatch_queue_s *dispatch_queue_t;
#endif

typedef void (*xpc_finalizer_t)(void *value);

/** What xpc_connection_set_event_handler_f() and its like call. */
typedef void (*xpc_handler_function_t)(xpc_object_t object, void *context);

XPC_EXPORT const struct _xpc_type_s _xpc_type_connection;
XPC_EXPORT const struct _xpc_type_s _xpc_type_null;
XPC_EXPORT const struct _xpc_type_s _xpc_type_bool;
XPC_EXPORT const struct _xpc_type_s _xpc_type_int64;
XPC_EXPORT const struct _xpc_type_s _xpc_type_uint64;
XPC_EXPORT const struct _xpc_type_s _xpc_type_double;
XPC_EXPORT const struct _xpc_type_s _xpc_type_date;
XPC_EXPORT const struct _xpc_type_s _xpc_type_data;
XPC_EXPORT const struct _xpc_type_s _xpc_type_string;
XPC_EXPORT const struct _xpc_type_s _xpc_type_uuid;
XPC_EXPORT const struct _xpc_type_s _xpc_type_array;
XPC_EXPORT const struct _xpc_type_s _xpc_type_dictionary;
XPC_EXPORT const struct _xpc_type_s _xpc_type_error;
XPC_EXPORT const struct _xpc_type_s _xpc_type_mach_send;

#define XPC_TYPE_CONNECTION (&_xpc_type_connection)
#define XPC_TYPE_NULL (&_xpc_type_null)
#define XPC_TYPE_BOOL (&_xpc_type_bool)
#define XPC_TYPE_INT64 (&_xpc_type_int64)
#define XPC_TYPE_UINT64 (&_xpc_type_uint64)
#define XPC_TYPE_DOUBLE (&_xpc_type_double)
#define XPC_TYPE_DATE (&_xpc_type_date)
#define XPC_TYPE_DATA (&_xpc_type_data)
#define XPC_TYPE_STRING (&_xpc_type_string)
#define XPC_TYPE_UUID (&_xpc_type_uuid)
#define XPC_TYPE_ARRAY (&_xpc_type_array)
#define XPC_TYPE_DICTIONARY (&_xpc_type_dictionary)
#define XPC_TYPE_ERROR (&_xpc_type_error)
#define XPC_TYPE_MACH_SEND (&_xpc_type_mach_send) /* what IOSurfaceCreateXPCObject() makes */

/* Objects that are there always. */
struct _xpc_global_s;
XPC_EXPORT struct _xpc_global_s _xpc_bool_true;
XPC_EXPORT struct _xpc_global_s _xpc_bool_false;
XPC_EXPORT struct _xpc_global_s _xpc_error_connection_interrupted;
XPC_EXPORT struct _xpc_global_s _xpc_error_connection_invalid;
#define XPC_BOOL_TRUE ((xpc_object_t)&_xpc_bool_true)
#define XPC_BOOL_FALSE ((xpc_object_t)&_xpc_bool_false)

/* The other side is gone. A connection to a service looks for it again when the next message is sent. */
#define XPC_ERROR_CONNECTION_INTERRUPTED ((xpc_object_t)&_xpc_error_connection_interrupted)

/* The last event of a connection: it was cancelled, or there is nobody at the other side and never will
 * be. */
#define XPC_ERROR_CONNECTION_INVALID ((xpc_object_t)&_xpc_error_connection_invalid)

/** Its string says in words what an error is. */
#define XPC_ERROR_KEY_DESCRIPTION "XPCErrorDescription"

XPC_EXPORT xpc_object_t
xpc_retain(xpc_object_t object);
XPC_EXPORT void
xpc_release(xpc_object_t object);

/** NULL for what is no object. */
XPC_EXPORT xpc_type_t
xpc_get_type(xpc_object_t object);

/** A word for people; borrowed, good for ever. */
XPC_EXPORT const char *
xpc_type_get_name(xpc_type_t type);

/** A copy of an object and all in it; connections and what never changes are the same object. */
XPC_EXPORT xpc_object_t
xpc_copy(xpc_object_t object);
XPC_EXPORT bool
xpc_equal(xpc_object_t object1, xpc_object_t object2);
XPC_EXPORT size_t
xpc_hash(xpc_object_t object);

/** Text for people, for free(3). */
XPC_EXPORT char *
xpc_copy_description(xpc_object_t object);

XPC_EXPORT xpc_object_t
xpc_null_create(void);
XPC_EXPORT xpc_object_t
xpc_bool_create(bool value);
XPC_EXPORT bool
xpc_bool_get_value(xpc_object_t xbool);
XPC_EXPORT xpc_object_t
xpc_int64_create(int64_t value);
XPC_EXPORT int64_t
xpc_int64_get_value(xpc_object_t xint);
XPC_EXPORT xpc_object_t
xpc_uint64_create(uint64_t value);
XPC_EXPORT uint64_t
xpc_uint64_get_value(xpc_object_t xuint);
XPC_EXPORT xpc_object_t
xpc_double_create(double value);

/** NaN for what is no such object. */
XPC_EXPORT double
xpc_double_get_value(xpc_object_t xdouble);

/** Nanoseconds since 1970. */
XPC_EXPORT xpc_object_t
xpc_date_create(int64_t interval);
XPC_EXPORT xpc_object_t
xpc_date_create_from_current(void);
XPC_EXPORT int64_t
xpc_date_get_value(xpc_object_t xdate);
XPC_EXPORT xpc_object_t
xpc_data_create(const void *bytes, size_t length);
XPC_EXPORT size_t
xpc_data_get_length(xpc_object_t xdata);

/** Borrowed; NULL if there are no bytes. */
XPC_EXPORT const void *
xpc_data_get_bytes_ptr(xpc_object_t xdata);

/** How many bytes were copied. */
XPC_EXPORT size_t
xpc_data_get_bytes(xpc_object_t xdata, void *buffer, size_t off, size_t length);

/** NULL also for what is not UTF-8. */
XPC_EXPORT xpc_object_t
xpc_string_create(const char *string);
XPC_EXPORT xpc_object_t
xpc_string_create_with_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
XPC_EXPORT size_t
xpc_string_get_length(xpc_object_t xstring);

/** Borrowed. */
XPC_EXPORT const char *
xpc_string_get_string_ptr(xpc_object_t xstring);
XPC_EXPORT xpc_object_t
xpc_uuid_create(const uint8_t uuid[16]);
XPC_EXPORT const uint8_t *
xpc_uuid_get_bytes(xpc_object_t xuuid);

/* Arrays. An index of XPC_ARRAY_APPEND adds at the end. Setting beyond the end does nothing. */
#define XPC_ARRAY_APPEND ((size_t)-1)

XPC_EXPORT xpc_object_t
xpc_array_create(xpc_object_t const *objects, size_t count);
XPC_EXPORT xpc_object_t
xpc_array_create_empty(void);
XPC_EXPORT size_t
xpc_array_get_count(xpc_object_t xarray);
XPC_EXPORT xpc_object_t
xpc_array_get_value(xpc_object_t xarray, size_t index);
XPC_EXPORT void
xpc_array_set_value(xpc_object_t xarray, size_t index, xpc_object_t value);
XPC_EXPORT void
xpc_array_append_value(xpc_object_t xarray, xpc_object_t value);
XPC_EXPORT void
xpc_array_set_bool(xpc_object_t xarray, size_t index, bool value);
XPC_EXPORT void
xpc_array_set_int64(xpc_object_t xarray, size_t index, int64_t value);
XPC_EXPORT void
xpc_array_set_uint64(xpc_object_t xarray, size_t index, uint64_t value);
XPC_EXPORT void
xpc_array_set_double(xpc_object_t xarray, size_t index, double value);
XPC_EXPORT void
xpc_array_set_string(xpc_object_t xarray, size_t index, const char *value);
XPC_EXPORT void
xpc_array_set_data(xpc_object_t xarray, size_t index, const void *bytes, size_t length);
XPC_EXPORT bool
xpc_array_get_bool(xpc_object_t xarray, size_t index);
XPC_EXPORT int64_t
xpc_array_get_int64(xpc_object_t xarray, size_t index);
XPC_EXPORT uint64_t
xpc_array_get_uint64(xpc_object_t xarray, size_t index);
XPC_EXPORT double
xpc_array_get_double(xpc_object_t xarray, size_t index);
XPC_EXPORT const char *
xpc_array_get_string(xpc_object_t xarray, size_t index);
XPC_EXPORT const void *
xpc_array_get_data(xpc_object_t xarray, size_t index, size_t *length);

/* Dictionaries. */
XPC_EXPORT xpc_object_t
xpc_dictionary_create(const char *const *keys, xpc_object_t const *values, size_t count);
XPC_EXPORT xpc_object_t
xpc_dictionary_create_empty(void);

/** A dictionary to be sent as the answer to a message that was received and asked for one, once; NULL if it
 * did not. */
XPC_EXPORT xpc_object_t
xpc_dictionary_create_reply(xpc_object_t original);

/** The connection by which a message came; borrowed. */
XPC_EXPORT xpc_connection_t
xpc_dictionary_get_remote_connection(xpc_object_t xdict);
XPC_EXPORT size_t
xpc_dictionary_get_count(xpc_object_t xdict);

/** A value of NULL removes the key. */
XPC_EXPORT void
xpc_dictionary_set_value(xpc_object_t xdict, const char *key, xpc_object_t value);
XPC_EXPORT xpc_object_t
xpc_dictionary_get_value(xpc_object_t xdict, const char *key);
XPC_EXPORT void
xpc_dictionary_set_bool(xpc_object_t xdict, const char *key, bool value);
XPC_EXPORT void
xpc_dictionary_set_int64(xpc_object_t xdict, const char *key, int64_t value);
XPC_EXPORT void
xpc_dictionary_set_uint64(xpc_object_t xdict, const char *key, uint64_t value);
XPC_EXPORT void
xpc_dictionary_set_double(xpc_object_t xdict, const char *key, double value);
XPC_EXPORT void
xpc_dictionary_set_string(xpc_object_t xdict, const char *key, const char *string);
XPC_EXPORT void
xpc_dictionary_set_data(xpc_object_t xdict, const char *key, const void *bytes, size_t length);
XPC_EXPORT bool
xpc_dictionary_get_bool(xpc_object_t xdict, const char *key);
XPC_EXPORT int64_t
xpc_dictionary_get_int64(xpc_object_t xdict, const char *key);
XPC_EXPORT uint64_t
xpc_dictionary_get_uint64(xpc_object_t xdict, const char *key);
XPC_EXPORT double
xpc_dictionary_get_double(xpc_object_t xdict, const char *key);
XPC_EXPORT const char *
xpc_dictionary_get_string(xpc_object_t xdict, const char *key);
XPC_EXPORT const void *
xpc_dictionary_get_data(xpc_object_t xdict, const char *key, size_t *length);

/** Our own: what xpc_dictionary_apply() is for programs without blocks. Shorter keys come first; false from @apply
 * ends it. */
XPC_EXPORT bool
xpc_dictionary_apply_f(xpc_object_t xdict, void *context,
		       bool (*apply)(const char *key, xpc_object_t value, void *context));

/* Connections. */
#define XPC_CONNECTION_MACH_SERVICE_LISTENER (1 << 0)
#define XPC_CONNECTION_MACH_SERVICE_PRIVILEGED (1 << 1) /* says nothing here */

/**
 * A connection to the service of a name, or with XPC_CONNECTION_MACH_SERVICE_LISTENER the service itself,
 * whose events are the connections of others. It does nothing until it is resumed; then it lives until it
 * is cancelled, whatever its references, but for a connection that a listener got, which ends with its
 * other side.
 *
 * The name is one of <servers/bootstrap.h>: the same user's programs find it.
 */
XPC_EXPORT xpc_connection_t
xpc_connection_create_mach_service(const char *name, dispatch_queue_t targetq, uint64_t flags);

/** Our own: calls a function for each event: messages, connections of others, errors. Before the connection
 * is resumed. */
XPC_EXPORT void
xpc_connection_set_event_handler_f(xpc_connection_t connection, void *context,
				   xpc_handler_function_t handler);

/** Begins. A listener whose name is taken gets XPC_ERROR_CONNECTION_INVALID, as a connection does to whom
 * there is no such name. */
XPC_EXPORT void
xpc_connection_resume(xpc_connection_t connection);

/** The same. */
XPC_EXPORT void
xpc_connection_activate(xpc_connection_t connection);

/** Ends it; the handler is told XPC_ERROR_CONNECTION_INVALID, and nothing after. */
XPC_EXPORT void
xpc_connection_cancel(xpc_connection_t connection);

/** Sends a dictionary. What cannot be sent is lost; if that is since the other side is gone the handler
 * hears of it.
 * Blocks:  while 1024 messages wait at the other side. */
XPC_EXPORT void
xpc_connection_send_message(xpc_connection_t connection, xpc_object_t message);

/** The same, and the answer or an error goes to @handler, in the connection's thread, once. Our own. */
XPC_EXPORT void
xpc_connection_send_message_with_reply_f(xpc_connection_t connection, xpc_object_t message, void *context,
					 xpc_handler_function_t handler);

/** The same, and waits for the answer, or an error, which is the result; the caller's. Blocks: as long as
 * the other side is there and holds the message. */
XPC_EXPORT xpc_object_t
xpc_connection_send_message_with_reply_sync(xpc_connection_t connection, xpc_object_t message);

/** The name of the service; NULL for a connection that a listener got. Borrowed. */
XPC_EXPORT const char *
xpc_connection_get_name(xpc_connection_t connection);

/** Who the other side is, as the kernel said of its first message; 0, or an impossible number, until then. */
XPC_EXPORT pid_t
xpc_connection_get_pid(xpc_connection_t connection);
XPC_EXPORT uid_t
xpc_connection_get_euid(xpc_connection_t connection);
XPC_EXPORT gid_t
xpc_connection_get_egid(xpc_connection_t connection);

/** Something of the program's own; @finalizer is called with it when the connection is freed. */
XPC_EXPORT void
xpc_connection_set_context(xpc_connection_t connection, void *context);
XPC_EXPORT void *
xpc_connection_get_context(xpc_connection_t connection);
XPC_EXPORT void
xpc_connection_set_finalizer_f(xpc_connection_t connection, xpc_finalizer_t finalizer);

/* With clang's blocks (-fblocks, and its run-time library, which the program brings). */
#ifdef __BLOCKS__
typedef void (^xpc_handler_t)(xpc_object_t object);
typedef bool (^xpc_dictionary_applier_t)(const char *key, xpc_object_t value);
typedef bool (^xpc_array_applier_t)(size_t index, xpc_object_t value);

XPC_EXPORT void
xpc_connection_set_event_handler(xpc_connection_t connection, xpc_handler_t handler);
XPC_EXPORT void
xpc_connection_send_message_with_reply(xpc_connection_t connection, xpc_object_t message,
				       dispatch_queue_t replyq, xpc_handler_t handler);
XPC_EXPORT bool
xpc_dictionary_apply(xpc_object_t xdict, xpc_dictionary_applier_t applier);
XPC_EXPORT bool
xpc_array_apply(xpc_object_t xarray, xpc_array_applier_t applier);
#endif

#ifdef __cplusplus
}
#endif

#endif /* TRANSOM_XPC_XPC_H */
