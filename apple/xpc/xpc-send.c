/* xpc-send.c - messages by a connection, with an answer to come or without; what comes is xpc-connection.c's. */
#include <stdlib.h>

#include "xpc-connection-private.h"
#include "xpc-message-private.h"

/* A right of one's own to the other side, so that it is not waited for with the lock held. */
static mach_port_t
copy_remote(xpc_connection_t connection)
{
	xpc_connection_t own = xpc_connection_of(connection);
	mach_port_t remote = MACH_PORT_NULL;

	if (!own)
		return MACH_PORT_NULL;
	pthread_mutex_lock(&own->lock);
	if (connection_has_remote(own) &&
	    mach_port_mod_refs(mach_task_self(), own->remote, MACH_PORT_RIGHT_SEND, 1) == KERN_SUCCESS)
		remote = own->remote;
	pthread_mutex_unlock(&own->lock);
	return remote;
}

/* An answer goes to who asked, any other message to the other side. */
void
xpc_connection_send_message(xpc_connection_t connection, xpc_object_t message)
{
	struct xpc_object *dictionary = xpc_get(message, XPC_TYPE_DICTIONARY);
	mach_port_t remote;

	if (!xpc_connection_of(connection) || !dictionary)
		return;
	remote = dictionary->reply;
	dictionary->reply = MACH_PORT_NULL;
	if (remote) {
		if (xpc_message_send(remote, MACH_MSG_TYPE_MOVE_SEND_ONCE, MACH_PORT_NULL, message) !=
		    MACH_MSG_SUCCESS)
			mach_port_deallocate(mach_task_self(), remote);
		return;
	}
	remote = copy_remote(connection);
	if (remote)
		xpc_message_send(remote, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, message);
	connection_drop_right(&remote);
}

static mach_msg_return_t
ask(xpc_connection_t connection, xpc_object_t message, mach_port_t reply)
{
	mach_port_t remote = copy_remote(connection);
	mach_msg_return_t r = MACH_SEND_INVALID_DEST;

	if (remote)
		r = xpc_message_send(remote, MACH_MSG_TYPE_COPY_SEND, reply, message);
	connection_drop_right(&remote);
	return r;
}

/* Into the list before it is asked: the answer may be there at once. */
static bool
expect(xpc_connection_t connection, struct answer *answer)
{
	bool done;

	pthread_mutex_lock(&connection->lock);
	done = connection->set &&
	       mach_port_move_member(mach_task_self(), answer->port, connection->set) == KERN_SUCCESS;
	if (done) {
		answer->next = connection->answers;
		connection->answers = answer;
	}
	pthread_mutex_unlock(&connection->lock);
	return done;
}

static void
send_with_handler(xpc_connection_t connection, xpc_object_t message, struct handler handler)
{
	xpc_connection_t own = xpc_connection_of(connection);
	struct answer *answer = own ? calloc(1, sizeof(*answer)) : NULL;
	mach_port_t port = answer ? connection_port_create() : MACH_PORT_NULL;

	if (!port) {
		free(answer);
		handler_call(&handler, XPC_ERROR_CONNECTION_INVALID);
		xpc_block_release(handler.block);
		return;
	}
	*answer = (struct answer){ .port = port, .handler = handler };
	if (!expect(own, answer))
		answer_finish(answer, XPC_ERROR_CONNECTION_INVALID);
	else if (ask(own, message, port) != MACH_MSG_SUCCESS && (answer = connection_take_answer(own, port)))
		answer_finish(answer, XPC_ERROR_CONNECTION_INVALID);
}

void
xpc_connection_send_message_with_reply_f(xpc_connection_t connection, xpc_object_t message, void *context,
					 xpc_handler_function_t handler)
{
	send_with_handler(connection, message, (struct handler){ .function = handler, .context = context });
}

void
xpc_connection_send_message_with_reply(xpc_connection_t connection, xpc_object_t message,
				       dispatch_queue_t replyq, const void *handler)
{
	if (!replyq)
		send_with_handler(connection, message, (struct handler){ .block = xpc_block_copy(handler) });
}

xpc_object_t
xpc_connection_send_message_with_reply_sync(xpc_connection_t connection, xpc_object_t message)
{
	mach_port_t port = xpc_connection_of(connection) ? connection_port_create() : MACH_PORT_NULL;
	struct xpc_delivery delivery = { 0 };
	mach_msg_return_t r;

	if (!port || ask(connection, message, port) != MACH_MSG_SUCCESS) {
		connection_port_destroy(&port);
		return XPC_ERROR_CONNECTION_INVALID;
	}
	r = xpc_message_receive(port, true, &delivery);
	if (r == MACH_MSG_SUCCESS && delivery.id == XPC_HELLO) {
		connection_port_destroy(&delivery.ports[0]);
		connection_drop_right(&delivery.ports[1]);
	}
	connection_port_destroy(&port);
	connection_drop_right(&delivery.reply);
	return delivery.object ? delivery.object : XPC_ERROR_CONNECTION_INTERRUPTED;
}
