/* xpc-connection.c - connections: their ports, the thread that has their events, what they are asked; not sending. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <mach/notify.h>
#include <servers/bootstrap.h>

#include "xpc-connection-private.h"
#include "xpc-message-private.h"

#define QUEUE_LIMIT 1024

xpc_connection_t
xpc_connection_of(xpc_connection_t connection)
{
	return (xpc_connection_t)xpc_get(connection, XPC_TYPE_CONNECTION);
}

void
handler_call(const struct handler *handler, xpc_object_t event)
{
	if (handler->block)
		xpc_block_call(handler->block, event);
	else if (handler->function)
		handler->function(event, handler->context);
}

/* Without the lock: the handler may do anything. */
static void
tell(xpc_connection_t connection, xpc_object_t event)
{
	struct handler handler;

	pthread_mutex_lock(&connection->lock);
	handler = connection->handler;
	handler.block = xpc_block_copy(handler.block);
	pthread_mutex_unlock(&connection->lock);
	handler_call(&handler, event);
	xpc_block_release(handler.block);
}

mach_port_t
connection_port_create(void)
{
	mach_port_limits_t limits = { QUEUE_LIMIT };
	mach_port_t port;

	if (mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port) != KERN_SUCCESS)
		return MACH_PORT_NULL;
	mach_port_set_attributes(mach_task_self(), port, MACH_PORT_LIMITS_INFO, (mach_port_info_t)&limits,
				 MACH_PORT_LIMITS_INFO_COUNT);
	return port;
}

void
connection_port_destroy(mach_port_t *port)
{
	if (*port)
		mach_port_mod_refs(mach_task_self(), *port, MACH_PORT_RIGHT_RECEIVE, -1);
	*port = MACH_PORT_NULL;
}

void
connection_drop_right(mach_port_t *port)
{
	if (*port)
		mach_port_deallocate(mach_task_self(), *port);
	*port = MACH_PORT_NULL;
}

static xpc_connection_t
make_connection(void)
{
	xpc_connection_t made = xpc_make_sized(XPC_TYPE_CONNECTION, sizeof(*made));

	if (made)
		pthread_mutex_init(&made->lock, NULL);
	return made;
}

void
xpc_connection_finalize(struct xpc_object *object)
{
	xpc_connection_t connection = (xpc_connection_t)object;

	if (connection->finalizer)
		connection->finalizer(connection->context);
	connection_port_destroy(&connection->own);
	connection_drop_right(&connection->remote);
	xpc_block_release(connection->handler.block);
	free(connection->name);
	pthread_mutex_destroy(&connection->lock);
}

/* Says when the other side is gone, at the own port. With the lock held. */
static bool
watch_remote(xpc_connection_t connection)
{
	mach_port_t previous = MACH_PORT_NULL;
	kern_return_t kr =
		mach_port_request_notification(mach_task_self(), connection->remote, MACH_NOTIFY_DEAD_NAME, 1,
					       connection->own, MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous);

	return kr == KERN_SUCCESS;
}

/*
 * Gives the service a port to receive at and a right to the own port, in one message: nothing comes back, so that
 * messages can follow at once. With the lock held.
 */
static bool
connect_to_service(xpc_connection_t connection)
{
	mach_port_t service, inbound;
	bool done;

	if (bootstrap_look_up(bootstrap_port, connection->name, &service) != KERN_SUCCESS)
		return false;
	inbound = connection_port_create();
	done = inbound &&
	       mach_port_insert_right(mach_task_self(), inbound, inbound, MACH_MSG_TYPE_MAKE_SEND) ==
		       KERN_SUCCESS &&
	       xpc_message_send_hello(service, inbound, connection->own) == MACH_MSG_SUCCESS;
	mach_port_deallocate(mach_task_self(), service);
	if (!done && inbound)
		mach_port_destroy(mach_task_self(), inbound);
	if (!done)
		return false;
	connection->remote = inbound; /* the send right is left */
	return watch_remote(connection);
}

bool
connection_has_remote(xpc_connection_t connection)
{
	if (connection->is_over || !connection->is_running || connection->is_listener)
		return false;
	return connection->remote || (connection->name && connect_to_service(connection));
}

static void
remember_sender(xpc_connection_t connection, audit_token_t sender)
{
	pthread_mutex_lock(&connection->lock);
	connection->pid = audit_token_to_pid(sender);
	connection->euid = audit_token_to_euid(sender);
	connection->egid = audit_token_to_egid(sender);
	pthread_mutex_unlock(&connection->lock);
}

/* Takes the rights of the message, whatever becomes of it. */
static void
welcome(xpc_connection_t listener, struct xpc_delivery *delivery)
{
	xpc_connection_t made = make_connection();

	if (!made) {
		connection_port_destroy(&delivery->ports[0]);
		connection_drop_right(&delivery->ports[1]);
		return;
	}
	made->own = delivery->ports[0];
	made->remote = delivery->ports[1];
	remember_sender(made, delivery->sender);
	if (watch_remote(made))
		tell(listener, made);
	xpc_release(made);
}

struct answer *
connection_take_answer(xpc_connection_t connection, mach_port_t port)
{
	struct answer **at = &connection->answers, *found;

	pthread_mutex_lock(&connection->lock);
	while (*at && (*at)->port != port)
		at = &(*at)->next;
	found = *at;
	if (found)
		*at = found->next;
	pthread_mutex_unlock(&connection->lock);
	return found;
}

void
answer_finish(struct answer *answer, xpc_object_t event)
{
	handler_call(&answer->handler, event);
	xpc_block_release(answer->handler.block);
	connection_port_destroy(&answer->port);
	free(answer);
}

static void
serve_message(xpc_connection_t connection, struct xpc_delivery *delivery)
{
	struct answer *answer = connection_take_answer(connection, delivery->port);
	struct xpc_object *message = delivery->object;

	if (message) {
		message->reply = delivery->reply;
		message->connection = xpc_retain(connection);
	} else {
		connection_drop_right(&delivery->reply); /* who asked is told that there is no answer */
	}
	remember_sender(connection, delivery->sender);
	if (answer)
		answer_finish(answer, message ? message : XPC_ERROR_CONNECTION_INTERRUPTED);
	else if (message)
		tell(connection, message);
	xpc_release(message);
}

/* Whether the other side is gone. */
static bool
serve(xpc_connection_t connection, struct xpc_delivery *delivery)
{
	struct answer *answer;

	if (delivery->id == XPC_HELLO && connection->is_listener) {
		welcome(connection, delivery);
	} else if (delivery->id == XPC_HELLO) {
		connection_port_destroy(&delivery->ports[0]);
		connection_drop_right(&delivery->ports[1]);
	} else if (delivery->id == XPC_MESSAGE) {
		serve_message(connection, delivery);
	} else if (delivery->id == MACH_NOTIFY_SEND_ONCE) {
		answer = connection_take_answer(connection, delivery->port);
		if (answer)
			answer_finish(answer, XPC_ERROR_CONNECTION_INTERRUPTED);
	}
	return delivery->id == MACH_NOTIFY_DEAD_NAME && delivery->port == connection->own;
}

/* What the other side sent before it went comes first. Whether the connection goes on. */
static bool
lose_remote(xpc_connection_t connection)
{
	struct xpc_delivery delivery;

	while (xpc_message_receive(connection->set, false, &delivery) == MACH_MSG_SUCCESS)
		serve(connection, &delivery);
	pthread_mutex_lock(&connection->lock);
	if (connection->remote) /* the notification made one reference more */
		mach_port_deallocate(mach_task_self(), connection->remote);
	connection_drop_right(&connection->remote);
	pthread_mutex_unlock(&connection->lock);
	if (!connection->name)
		return false;
	tell(connection, XPC_ERROR_CONNECTION_INTERRUPTED);
	return true;
}

static bool
is_over(xpc_connection_t connection)
{
	bool over;

	pthread_mutex_lock(&connection->lock);
	over = connection->is_over;
	pthread_mutex_unlock(&connection->lock);
	return over;
}

static void
end(xpc_connection_t connection)
{
	struct answer *answers;
	mach_port_t set;

	pthread_mutex_lock(&connection->lock);
	connection->is_over = true;
	answers = connection->answers;
	connection->answers = NULL;
	set = connection->set;
	connection->set = MACH_PORT_NULL;
	connection_port_destroy(&connection->own);
	connection_drop_right(&connection->remote);
	pthread_mutex_unlock(&connection->lock);
	if (set)
		mach_port_mod_refs(mach_task_self(), set, MACH_PORT_RIGHT_PORT_SET, -1);
	while (answers) {
		struct answer *next = answers->next;

		answer_finish(answers, XPC_ERROR_CONNECTION_INVALID);
		answers = next;
	}
	tell(connection, XPC_ERROR_CONNECTION_INVALID);
	xpc_release(connection);
}

static void *
run(void *argument)
{
	xpc_connection_t connection = argument;
	mach_port_t set = connection->set;
	struct xpc_delivery delivery;
	bool goes_on = set != MACH_PORT_NULL;

	while (goes_on && !is_over(connection) &&
	       xpc_message_receive(set, true, &delivery) == MACH_MSG_SUCCESS)
		if (serve(connection, &delivery))
			goes_on = lose_remote(connection);
	end(connection);
	return NULL;
}

/* With the lock held. */
static bool
open_ports(xpc_connection_t connection)
{
	if (connection->is_listener) {
		if (bootstrap_check_in(bootstrap_port, connection->name, &connection->own) != KERN_SUCCESS)
			return false;
	} else if (!connection->own) {
		connection->own = connection_port_create();
	}
	if (!connection->own ||
	    mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_PORT_SET, &connection->set) != KERN_SUCCESS)
		return false;
	if (mach_port_move_member(mach_task_self(), connection->own, connection->set) != KERN_SUCCESS ||
	    (!connection->is_listener && !connection->remote && !connect_to_service(connection))) {
		mach_port_mod_refs(mach_task_self(), connection->set, MACH_PORT_RIGHT_PORT_SET, -1);
		connection->set = MACH_PORT_NULL;
		return false;
	}
	return true;
}

void
xpc_connection_resume(xpc_connection_t connection)
{
	xpc_connection_t own = xpc_connection_of(connection);
	sigset_t all, former;
	pthread_t thread;

	if (!own)
		return;
	pthread_mutex_lock(&own->lock);
	if (own->is_running || own->is_over) {
		pthread_mutex_unlock(&own->lock);
		return;
	}
	own->is_running = true;
	open_ports(own); /* if it fails there is no set, and the thread tells the handler so */
	pthread_mutex_unlock(&own->lock);
	xpc_retain(own);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &former);
	if (pthread_create(&thread, NULL, run, own) == 0)
		pthread_detach(thread);
	else
		end(own);
	pthread_sigmask(SIG_SETMASK, &former, NULL);
}

void
xpc_connection_activate(xpc_connection_t connection)
{
	xpc_connection_resume(connection);
}

void
xpc_connection_cancel(xpc_connection_t connection)
{
	xpc_connection_t own = xpc_connection_of(connection);
	mach_port_t set = MACH_PORT_NULL;

	if (!own)
		return;
	pthread_mutex_lock(&own->lock);
	if (!own->is_over) {
		own->is_over = true;
		set = own->set;
		own->set = MACH_PORT_NULL;
	}
	pthread_mutex_unlock(&own->lock);
	if (set) /* the thread sees that, and ends */
		mach_port_mod_refs(mach_task_self(), set, MACH_PORT_RIGHT_PORT_SET, -1);
}

xpc_connection_t
xpc_connection_create_mach_service(const char *name, dispatch_queue_t targetq, uint64_t flags)
{
	const uint64_t known = XPC_CONNECTION_MACH_SERVICE_LISTENER | XPC_CONNECTION_MACH_SERVICE_PRIVILEGED;
	xpc_connection_t made;

	if (!name || targetq || flags & ~known)
		return NULL;
	made = make_connection();
	if (!made)
		return NULL;
	made->name = strdup(name);
	made->is_listener = flags & XPC_CONNECTION_MACH_SERVICE_LISTENER;
	if (!made->name) {
		xpc_release(made);
		return NULL;
	}
	return made;
}

static void
set_handler(xpc_connection_t connection, struct handler handler)
{
	xpc_connection_t own = xpc_connection_of(connection);
	const void *former;

	if (!own) {
		xpc_block_release(handler.block);
		return;
	}
	pthread_mutex_lock(&own->lock);
	former = own->handler.block;
	own->handler = handler;
	pthread_mutex_unlock(&own->lock);
	xpc_block_release(former);
}

void
xpc_connection_set_event_handler_f(xpc_connection_t connection, void *context, xpc_handler_function_t handler)
{
	set_handler(connection, (struct handler){ .function = handler, .context = context });
}

void
xpc_connection_set_event_handler(xpc_connection_t connection, const void *handler)
{
	set_handler(connection, (struct handler){ .block = xpc_block_copy(handler) });
}

const char *
xpc_connection_get_name(xpc_connection_t connection)
{
	xpc_connection_t own = xpc_connection_of(connection);

	return own ? own->name : NULL;
}

pid_t
xpc_connection_get_pid(xpc_connection_t connection)
{
	xpc_connection_t own = xpc_connection_of(connection);

	return own ? own->pid : 0;
}

uid_t
xpc_connection_get_euid(xpc_connection_t connection)
{
	xpc_connection_t own = xpc_connection_of(connection);

	return own ? own->euid : (uid_t)-1;
}

gid_t
xpc_connection_get_egid(xpc_connection_t connection)
{
	xpc_connection_t own = xpc_connection_of(connection);

	return own ? own->egid : (gid_t)-1;
}

void
xpc_connection_set_context(xpc_connection_t connection, void *context)
{
	xpc_connection_t own = xpc_connection_of(connection);

	if (own)
		own->context = context;
}

void *
xpc_connection_get_context(xpc_connection_t connection)
{
	xpc_connection_t own = xpc_connection_of(connection);

	return own ? own->context : NULL;
}

void
xpc_connection_set_finalizer_f(xpc_connection_t connection, xpc_finalizer_t finalizer)
{
	xpc_connection_t own = xpc_connection_of(connection);

	if (own)
		own->finalizer = finalizer;
}
