/* xpc-message.c - dictionaries as Mach messages: ports as descriptors, then the size of the value's bytes, then these. */
#include <stdlib.h>
#include <string.h>

#include <mach/notify.h>

#include "xpc-message-private.h"

struct head {
	mach_msg_header_t header;
	mach_msg_body_t body;
};

/* Room for most messages; others say how much they need. */
#define FIRST_ROOM 4096

static size_t
round_up(size_t size)
{
	return (size + 3) & ~(size_t)3;
}

/* Descriptors, size and bytes behind @head, which has room for them. */
static void
fill(struct head *head, const struct xpc_ports *ports, const void *bytes, uint32_t size)
{
	mach_msg_port_descriptor_t descriptor = { .disposition = MACH_MSG_TYPE_COPY_SEND,
						  .type = MACH_MSG_PORT_DESCRIPTOR };
	char *at = (char *)(head + 1);

	head->body.msgh_descriptor_count = ports->count;
	for (uint32_t i = 0; i < ports->count; i++) {
		descriptor.name = ports->names[i];
		memcpy(at, &descriptor, sizeof(descriptor));
		at += sizeof(descriptor);
	}
	memcpy(at, &size, sizeof(size));
	memcpy(at + sizeof(size), bytes, size);
}

static mach_msg_return_t
send_bytes(mach_port_t remote, mach_msg_type_name_t disposition, mach_port_t reply,
	   const struct xpc_ports *ports, const void *bytes, size_t bytes_size)
{
	size_t size = sizeof(struct head) + ports->count * sizeof(mach_msg_port_descriptor_t) +
		      sizeof(uint32_t) + round_up(bytes_size);
	struct head *head = calloc(1, size);
	mach_msg_return_t r;

	if (!head)
		return MACH_SEND_NO_BUFFER;
	head->header.msgh_bits = MACH_MSGH_BITS(disposition, reply ? MACH_MSG_TYPE_MAKE_SEND_ONCE : 0) |
				 MACH_MSGH_BITS_COMPLEX;
	head->header.msgh_size = (mach_msg_size_t)size;
	head->header.msgh_remote_port = remote;
	head->header.msgh_local_port = reply;
	head->header.msgh_id = XPC_MESSAGE;
	fill(head, ports, bytes, (uint32_t)bytes_size);
	r = mach_msg(&head->header, MACH_SEND_MSG, (mach_msg_size_t)size, 0, MACH_PORT_NULL, 0,
		     MACH_PORT_NULL);
	free(head);
	return r;
}

mach_msg_return_t
xpc_message_send(mach_port_t remote, mach_msg_type_name_t disposition, mach_port_t reply, xpc_object_t object)
{
	struct xpc_ports ports;
	struct transom_value *value =
		xpc_get(object, XPC_TYPE_DICTIONARY) ? xpc_to_value(object, &ports) : NULL;
	void *bytes = value ? malloc(TRANSOM_VALUE_MAX_SIZE) : NULL;
	mach_msg_return_t r = MACH_SEND_INVALID_DATA;
	size_t size;

	if (bytes && transom_value_encode(value, bytes, TRANSOM_VALUE_MAX_SIZE, &size) == 0)
		r = send_bytes(remote, disposition, reply, &ports, bytes, size);
	free(bytes);
	transom_value_unref(value);
	return r;
}

mach_msg_return_t
xpc_message_send_hello(mach_port_t service, mach_port_t inbound, mach_port_t own)
{
	struct {
		struct head head;
		mach_msg_port_descriptor_t ports[2];
	} message = { 0 };

	message.head.header.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0) | MACH_MSGH_BITS_COMPLEX;
	message.head.header.msgh_size = sizeof(message);
	message.head.header.msgh_remote_port = service;
	message.head.header.msgh_id = XPC_HELLO;
	message.head.body.msgh_descriptor_count = 2;
	message.ports[0].name = inbound;
	message.ports[0].disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
	message.ports[1].name = own;
	message.ports[1].disposition = MACH_MSG_TYPE_MAKE_SEND;
	return mach_msg(&message.head.header, MACH_SEND_MSG, sizeof(message), 0, MACH_PORT_NULL, 0,
			MACH_PORT_NULL);
}

/* The ports of a message, if they are all that it has; they stay the message's. */
static bool
read_ports(const struct head *head, mach_msg_type_name_t last, struct xpc_ports *ret, size_t *ret_end)
{
	uint32_t count = head->body.msgh_descriptor_count;
	const char *at = (const char *)(head + 1);

	if (!(head->header.msgh_bits & MACH_MSGH_BITS_COMPLEX) || count > XPC_MAX_PORTS ||
	    head->header.msgh_size < sizeof(*head) + count * sizeof(mach_msg_port_descriptor_t))
		return false;
	for (uint32_t i = 0; i < count; i++, at += sizeof(mach_msg_port_descriptor_t)) {
		mach_msg_port_descriptor_t descriptor;

		memcpy(&descriptor, at, sizeof(descriptor));
		if (descriptor.type != MACH_MSG_PORT_DESCRIPTOR ||
		    descriptor.disposition != (i == 0 && last ? last : MACH_MSG_TYPE_PORT_SEND))
			return false;
		ret->names[i] = descriptor.name;
	}
	ret->count = count;
	*ret_end = (size_t)(at - (const char *)head);
	return true;
}

static xpc_object_t
read_object(const struct head *head, struct xpc_ports *ports, size_t end)
{
	uint32_t size;
	xpc_object_t object;

	if (head->header.msgh_size - end < sizeof(size))
		return NULL;
	memcpy(&size, (const char *)head + end, sizeof(size));
	end += sizeof(size);
	if (size > head->header.msgh_size - end)
		return NULL;
	object = xpc_decode((const char *)head + end, size, ports);
	if (xpc_get(object, XPC_TYPE_DICTIONARY))
		return object;
	xpc_release(object);
	return NULL;
}

static void
drop_ports(const struct xpc_ports *ports)
{
	for (uint32_t i = 0; i < ports->count; i++)
		if (MACH_PORT_VALID(ports->names[i]))
			mach_port_deallocate(mach_task_self(), ports->names[i]);
}

/* Takes the message apart: what is of use moves into @ret, the rest is given up. */
static void
take_apart(struct head *head, struct xpc_delivery *ret)
{
	struct xpc_ports ports;
	size_t end;

	if (ret->id == XPC_HELLO && read_ports(head, MACH_MSG_TYPE_PORT_RECEIVE, &ports, &end) &&
	    ports.count == 2 && MACH_PORT_VALID(ports.names[0]) && MACH_PORT_VALID(ports.names[1])) {
		memcpy(ret->ports, ports.names, sizeof(ret->ports));
		return;
	}
	if (ret->id == XPC_MESSAGE && read_ports(head, 0, &ports, &end)) {
		ret->object = read_object(head, &ports, end);
		drop_ports(&ports); /* those that nothing refers to */
		if (MACH_MSGH_BITS_REMOTE(head->header.msgh_bits) == MACH_MSG_TYPE_PORT_SEND_ONCE) {
			ret->reply = head->header.msgh_remote_port;
			return;
		}
		head->header.msgh_bits &= ~MACH_MSGH_BITS_COMPLEX; /* the descriptors are done with */
	} else if (ret->id == XPC_HELLO || ret->id == XPC_MESSAGE) {
		ret->id = 0;
	}
	mach_msg_destroy(&head->header);
}

/* MACH_RCV_TOO_LARGE leaves the message there and says how long it is. */
static mach_msg_return_t
receive(mach_port_t port, mach_msg_option_t options, struct head **ret)
{
	size_t room = FIRST_ROOM;
	mach_msg_return_t r;
	struct head *head;

	for (;;) {
		head = calloc(1, room);
		if (!head)
			return MACH_RCV_BODY_ERROR;
		r = mach_msg(&head->header, options, 0, (mach_msg_size_t)room, port, 0, MACH_PORT_NULL);
		if (r == MACH_MSG_SUCCESS) {
			*ret = head;
			return r;
		}
		room = head->header.msgh_size + MAX_TRAILER_SIZE;
		free(head);
		if (r != MACH_RCV_TOO_LARGE && r != MACH_RCV_INTERRUPTED)
			return r;
		if (room < FIRST_ROOM)
			room = FIRST_ROOM;
	}
}

mach_msg_return_t
xpc_message_receive(mach_port_t port, bool wait, struct xpc_delivery *ret)
{
	mach_msg_option_t options = MACH_RCV_MSG | MACH_RCV_LARGE |
				    MACH_RCV_TRAILER_TYPE(MACH_MSG_TRAILER_FORMAT_0) |
				    MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT);
	mach_msg_audit_trailer_t trailer;
	struct head *head;
	mach_msg_return_t r = receive(port, wait ? options : options | MACH_RCV_TIMEOUT, &head);

	if (r != MACH_MSG_SUCCESS)
		return r;
	*ret = (struct xpc_delivery){ .id = head->header.msgh_id, .port = head->header.msgh_local_port };
	memcpy(&trailer, (char *)head + round_up(head->header.msgh_size), sizeof(trailer));
	ret->sender = trailer.msgh_audit;
	take_apart(head, ret);
	free(head);
	return r;
}
