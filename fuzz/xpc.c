/* xpc.c - any bytes with any ports are an XPC object or nothing; each right is given up once, and an object comes back. */
#include <stdint.h>
#include <stdlib.h>

#include "xpc-private.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PORTS = 3 };

static void
insist(bool condition)
{
	if (!condition)
		abort();
}

static unsigned
count_references(mach_port_t port)
{
	mach_port_urefs_t count = 0;

	insist(mach_port_get_refs(mach_task_self(), port, MACH_PORT_RIGHT_SEND, &count) == KERN_SUCCESS);
	return count;
}

/* Encodes and decodes once more. */
static void
insist_on_return(xpc_object_t object)
{
	static unsigned char bytes[TRANSOM_VALUE_MAX_SIZE];
	struct transom_value *value;
	struct xpc_ports ports;
	xpc_object_t again;
	size_t encoded;

	value = xpc_to_value(object, &ports);
	insist(value && transom_value_encode(value, bytes, sizeof(bytes), &encoded) == 0);
	transom_value_unref(value);
	for (uint32_t i = 0; i < ports.count; i++)
		mach_port_mod_refs(mach_task_self(), ports.names[i], MACH_PORT_RIGHT_SEND, 1);
	again = xpc_decode(bytes, encoded, &ports);
	insist(again != NULL);
	insist(xpc_hash(again) == xpc_hash(object));
	xpc_release(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static mach_port_t port;
	struct xpc_ports ports = { .count = PORTS };
	xpc_object_t object;
	char *text;

	if (!port) {
		insist(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port) == KERN_SUCCESS);
		insist(mach_port_insert_right(mach_task_self(), port, port, MACH_MSG_TYPE_MAKE_SEND) ==
		       KERN_SUCCESS);
	}
	insist(mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_SEND, PORTS) == KERN_SUCCESS);
	for (int i = 0; i < PORTS; i++)
		ports.names[i] = port;
	object = xpc_decode(data, size, &ports);
	for (int i = 0; i < PORTS; i++)
		if (ports.names[i])
			mach_port_deallocate(mach_task_self(), port);
	if (object) {
		text = xpc_copy_description(object);
		insist(text);
		free(text);
		insist_on_return(object);
		xpc_release(object);
	}
	insist(count_references(port) == 1);
	return 0;
}
