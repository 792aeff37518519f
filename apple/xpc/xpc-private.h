/*
 * xpc-private.h - what XPC's objects are made of, for the files of XPC, and ports as objects, for surfaces.
 */
#ifndef XPC_PRIVATE_H
#define XPC_PRIVATE_H

#include <mach/mach.h>
#include <transom/value.h>
#include <xpc/xpc.h>

#include "CFBase-private.h"

struct _xpc_type_s {
	const char *name;
};

struct xpc_entry {
	char *key; /* NULL in arrays */
	xpc_object_t value; /* a reference */
};

/* Those of dictionaries are sorted by key. */
struct xpc_entries {
	struct xpc_entry *items;
	size_t count, room;
};

struct xpc_object {
	struct cf_object head;
	xpc_type_t type;
	union {
		bool boolean;
		int64_t integer; /* of a date too */
		uint64_t natural;
		double real;
		uint8_t uuid[16];
		mach_port_t port; /* a send right */
		struct { /* of data and strings; a NUL is behind the bytes */
			char *bytes;
			size_t size;
		};
		struct {
			struct xpc_entries entries; /* of arrays, dictionaries and errors */
			mach_port_t reply; /* a send-once right for the answer, or none */
			xpc_connection_t connection; /* a reference: by which it came; or NULL */
		};
	};
};

/* One that is there always. */
struct _xpc_global_s {
	struct xpc_object object;
};

/* A new object of a type, all 0; NULL without memory. */
struct xpc_object *
xpc_make(xpc_type_t type);

/* The same for a connection, which begins as others and is larger. */
void *
xpc_make_sized(xpc_type_t type, size_t size);

/* The object if it is of that type, else NULL. */
struct xpc_object *
xpc_get(xpc_object_t object, xpc_type_t type);

/* A string of @size bytes of UTF-8. */
xpc_object_t
xpc_make_string(const char *text, size_t size);

/* A send right as an object; takes one reference of it, also on failure. */
xpc_object_t
xpc_make_port(mach_port_t port);

/* The right, which stays the object's; MACH_PORT_NULL for another object. */
mach_port_t
xpc_get_port(xpc_object_t object);

/* xpc-container.c: adds at the end, without a look at the order. Takes both, also on failure; NULL is a failure. */
bool
xpc_entries_add(struct xpc_entries *entries, char *key, xpc_object_t value);
void
xpc_entries_free(struct xpc_entries *entries);
CFStringRef
xpc_entries_copy_description(const struct xpc_object *object);

/* xpc-wire.c */

#define XPC_MAX_PORTS 250 /* with those of the message itself within what a Mach message takes */

struct xpc_ports {
	mach_port_t names[XPC_MAX_PORTS];
	uint32_t count;
};

/*
 * An object as a value, and the ports in it, which stay its own. NULL if it cannot be sent: it is a connection or
 * an error, or too much.
 */
struct transom_value *
xpc_to_value(xpc_object_t object, struct xpc_ports *ports);

/*
 * The object of a value that came from another process; NULL if it is none. Takes a reference of each port that it
 * uses, and makes it MACH_PORT_NULL in @ports.
 */
xpc_object_t
xpc_from_value(const struct transom_value *value, struct xpc_ports *ports);

/* The same of encoded bytes. */
xpc_object_t
xpc_decode(const void *bytes, size_t size, struct xpc_ports *ports);

/* xpc-connection.c */
void
xpc_connection_finalize(struct xpc_object *object);

/* xpc-block.c: clang's blocks, as their makers' interface has them. */
const void *
xpc_block_copy(const void *block);
void
xpc_block_release(const void *block);
void
xpc_block_call(const void *block, xpc_object_t object);

/* What has blocks in its prototype, which only some compilers know. */
XPC_EXPORT void
xpc_connection_set_event_handler(xpc_connection_t connection, const void *handler);
XPC_EXPORT void
xpc_connection_send_message_with_reply(xpc_connection_t connection, xpc_object_t message,
				       dispatch_queue_t replyq, const void *handler);
XPC_EXPORT bool
xpc_dictionary_apply(xpc_object_t xdict, const void *applier);
XPC_EXPORT bool
xpc_array_apply(xpc_object_t xarray, const void *applier);

#endif /* XPC_PRIVATE_H */
