/*
 * xpc-message-private.h - dictionaries as Mach messages, for connections.
 */
#ifndef XPC_MESSAGE_PRIVATE_H
#define XPC_MESSAGE_PRIVATE_H

#include <bsm/libbsm.h>

#include "xpc-private.h"

/* Ids of messages. */
#define XPC_HELLO                                                                                            \
	0x58504348 /* two ports: a receive right for what the client sends, and where to send to it */
#define XPC_MESSAGE 0x5850434d

/* What came: a message, or Mach's word of the end of something. */
struct xpc_delivery {
	mach_msg_id_t id;
	mach_port_t port; /* at which */
	mach_port_t reply; /* the receiver's, or MACH_PORT_NULL */
	xpc_object_t object; /* XPC_MESSAGE: a dictionary, the receiver's; NULL: none that is one */
	mach_port_t ports[2]; /* XPC_HELLO: rights, the receiver's */
	audit_token_t sender;
};

/* Sends a dictionary by a disposition; the answer goes to @reply if that is a port of the caller's. */
mach_msg_return_t
xpc_message_send(mach_port_t remote, mach_msg_type_name_t disposition, mach_port_t reply,
		 xpc_object_t object);

/* Sends the two ports of a new connection: the receive right of @inbound, and a send right to @own. */
mach_msg_return_t
xpc_message_send_hello(mach_port_t service, mach_port_t inbound, mach_port_t own);

/* Receives, waiting for as long as the port or port set is there, or not at all. */
mach_msg_return_t
xpc_message_receive(mach_port_t port, bool wait, struct xpc_delivery *ret);

#endif /* XPC_MESSAGE_PRIVATE_H */
