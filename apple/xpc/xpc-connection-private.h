/*
 * xpc-connection-private.h - what connections are made of, for the files that serve them and that send by them.
 */
#ifndef XPC_CONNECTION_PRIVATE_H
#define XPC_CONNECTION_PRIVATE_H

#include <pthread.h>

#include "xpc-private.h"

/* What is called with an event: a block or a function. */
struct handler {
	const void *block;
	xpc_handler_function_t function;
	void *context;
};

/* An answer that is waited for. */
struct answer {
	struct answer *next;
	mach_port_t port;
	struct handler handler;
};

struct _xpc_connection_s {
	struct xpc_object object;
	pthread_mutex_t lock; /* for what follows */
	char *name; /* of the service; NULL: a listener's child */
	bool is_listener, is_running, is_over;
	mach_port_t own; /* receives */
	mach_port_t remote; /* sends; MACH_PORT_NULL: nobody there */
	mach_port_t set; /* @own and those of answers */
	struct answer *answers;
	struct handler handler;
	void *context;
	xpc_finalizer_t finalizer;
	pid_t pid;
	uid_t euid;
	gid_t egid;
};

/* NULL for what is no connection. */
xpc_connection_t
xpc_connection_of(xpc_connection_t connection);

/* Without the lock: the handler may do anything. */
void
handler_call(const struct handler *handler, xpc_object_t event);

/* A receive right with a long queue; MACH_PORT_NULL if there can be none. */
mach_port_t
connection_port_create(void);

/* Both accept MACH_PORT_NULL, and leave that. */
void
connection_port_destroy(mach_port_t *port);
void
connection_drop_right(mach_port_t *port);

/* With the lock held; a connection to a service looks for it again. */
bool
connection_has_remote(xpc_connection_t connection);

/* The answer that is waited for at a port, out of the list; NULL if there is none. */
struct answer *
connection_take_answer(xpc_connection_t connection, mach_port_t port);

/* Calls the handler, and frees the answer. */
void
answer_finish(struct answer *answer, xpc_object_t event);

#endif /* XPC_CONNECTION_PRIVATE_H */
