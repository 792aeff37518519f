/* blocks.c - XPC with clang's blocks: a listener and a client in one process, and the parts of containers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xpc/xpc.h>

static void
insist(bool condition, const char *what)
{
	if (condition)
		return;
	printf("not ok 1 %s\n", what);
	exit(1);
}

static void
apply(void)
{
	xpc_object_t dictionary = xpc_dictionary_create(NULL, NULL, 0), array = xpc_array_create(NULL, 0);
	__block int64_t sum = 0;
	int64_t factor = 10;

	xpc_dictionary_set_int64(dictionary, "a", 1);
	xpc_dictionary_set_int64(dictionary, "b", 2);
	xpc_array_set_int64(array, XPC_ARRAY_APPEND, 3);
	insist(xpc_dictionary_apply(dictionary,
				    ^bool(const char *key, xpc_object_t value) {
				      sum += factor * xpc_int64_get_value(value);
				      return strlen(key) == 1;
				    }),
	       "a dictionary is gone through");
	xpc_array_apply(array, ^bool(size_t index, xpc_object_t value) {
	  sum += xpc_int64_get_value(value) + (int64_t)index;
	  return true;
	});
	insist(sum == 33, "each part is seen");
	xpc_release(dictionary);
	xpc_release(array);
}

static xpc_connection_t
listen_as(const char *name)
{
	xpc_connection_t listener;

	listener = xpc_connection_create_mach_service(name, NULL, XPC_CONNECTION_MACH_SERVICE_LISTENER);
	xpc_connection_set_event_handler(listener, ^(xpc_object_t peer) {
	  if (xpc_get_type(peer) != XPC_TYPE_CONNECTION)
		  return;
	  xpc_connection_set_event_handler((xpc_connection_t)peer, ^(xpc_object_t event) {
	    xpc_object_t reply = xpc_dictionary_create_reply(event);

	    if (reply) {
		    xpc_dictionary_set_string(reply, "name", name);
		    xpc_connection_send_message((xpc_connection_t)peer, reply);
		    xpc_release(reply);
	    }
	  });
	  xpc_connection_resume((xpc_connection_t)peer);
	});
	xpc_connection_resume(listener);
	return listener;
}

int
main(void)
{
	xpc_connection_t listener = listen_as("org.example.blocks"), client;
	xpc_object_t question = xpc_dictionary_create(NULL, NULL, 0);
	int ends[2], out;
	char byte = 0;

	printf("1..1\n");
	apply();
	insist(pipe(ends) == 0, "a pipe");
	out = ends[1];
	client = xpc_connection_create_mach_service("org.example.blocks", NULL, 0);
	xpc_connection_set_event_handler(client, ^(xpc_object_t event) {
	  (void)event;
	});
	xpc_connection_resume(client);
	xpc_connection_send_message_with_reply(client, question, NULL, ^(xpc_object_t answer) {
	  const char *name = xpc_dictionary_get_string(answer, "name");

	  insist(name && strcmp(name, "org.example.blocks") == 0, "an answer");
	  insist(write(out, "x", 1) == 1, "a word of it");
	});
	insist(read(ends[0], &byte, 1) == 1 && byte == 'x', "an answer comes");
	xpc_connection_cancel(client);
	xpc_connection_cancel(listener);
	xpc_release(client);
	xpc_release(listener);
	xpc_release(question);
	printf("ok 1 blocks are called\n");
	return 0;
}
