/* test-xpc.c - XPC's objects, what they become on their way, and connections that carry surfaces. */
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <IOSurface/IOSurface.h>
#include <servers/bootstrap.h>
#include <xpc/xpc.h>

#include "harness.h"
#include "pictures.h"
#include "test-mach.h"
#include "xpc-private.h"

TEST(numbers_and_texts_are_kept)
{
	const uint8_t uuid[16] = { 1, 2, 3 };
	xpc_object_t object = xpc_int64_create(INT64_MIN);

	check_eq(xpc_int64_get_value(object), INT64_MIN);
	check_eq(xpc_uint64_get_value(object), 0); /* another type */
	check(xpc_get_type(object) == XPC_TYPE_INT64);
	xpc_release(object);
	object = xpc_uint64_create(UINT64_MAX);
	check(xpc_uint64_get_value(object) == UINT64_MAX);
	xpc_release(object);
	object = xpc_double_create(0.5);
	check(xpc_double_get_value(object) == 0.5 && isnan(xpc_double_get_value(XPC_BOOL_TRUE)));
	xpc_release(object);
	object = xpc_string_create("f\xc3\xbcr");
	check_eq(xpc_string_get_length(object), 4);
	check(strcmp(xpc_string_get_string_ptr(object), "f\xc3\xbcr") == 0);
	xpc_release(object);
	check(xpc_string_create("\xff") == NULL);
	object = xpc_string_create_with_format("%d-%s", 5, "x");
	check(strcmp(xpc_string_get_string_ptr(object), "5-x") == 0);
	xpc_release(object);
	object = xpc_uuid_create(uuid);
	check(memcmp(xpc_uuid_get_bytes(object), uuid, 16) == 0);
	xpc_release(object);
	check(xpc_bool_create(true) == XPC_BOOL_TRUE && !xpc_bool_get_value(XPC_BOOL_FALSE));
	check(xpc_get_type(xpc_null_create()) == XPC_TYPE_NULL);
	check(xpc_get_type(NULL) == NULL);
}

TEST(data_is_read_in_parts)
{
	xpc_object_t data = xpc_data_create("abcdef", 6);
	char bytes[4] = "...";

	check_eq(xpc_data_get_length(data), 6);
	check_eq(xpc_data_get_bytes(data, bytes, 4, 3), 2);
	check(memcmp(bytes, "ef.", 3) == 0);
	check_eq(xpc_data_get_bytes(data, bytes, 6, 3), 0);
	check_eq(xpc_data_get_bytes(data, bytes, SIZE_MAX, 3), 0);
	xpc_release(data);
	data = xpc_data_create(NULL, 0);
	check(data && xpc_data_get_bytes_ptr(data) == NULL);
	check(xpc_data_create(NULL, 1) == NULL);
	xpc_release(data);
}

TEST(arrays_are_set_where_there_is_something)
{
	xpc_object_t array = xpc_array_create_empty();

	xpc_array_set_string(array, XPC_ARRAY_APPEND, "first");
	xpc_array_set_int64(array, XPC_ARRAY_APPEND, 2);
	xpc_array_set_int64(array, 2, 3); /* beyond the end */
	check_eq(xpc_array_get_count(array), 2);
	xpc_array_set_bool(array, 0, true);
	check(xpc_array_get_bool(array, 0) && xpc_array_get_string(array, 0) == NULL);
	check_eq(xpc_array_get_int64(array, 1), 2);
	check(xpc_array_get_value(array, 2) == NULL);
	xpc_release(array);
}

TEST(dictionaries_have_each_key_once)
{
	xpc_object_t dictionary = xpc_dictionary_create_empty();
	size_t length;

	xpc_dictionary_set_int64(dictionary, "number", 1);
	xpc_dictionary_set_uint64(dictionary, "number", 2);
	xpc_dictionary_set_data(dictionary, "data", "xy", 2);
	xpc_dictionary_set_bool(dictionary, "yes", true);
	xpc_dictionary_set_double(dictionary, "half", 0.5);
	xpc_dictionary_set_string(dictionary, "text", "words");
	check_eq(xpc_dictionary_get_count(dictionary), 5);
	check_eq(xpc_dictionary_get_uint64(dictionary, "number"), 2);
	check_eq(xpc_dictionary_get_int64(dictionary, "number"), 0);
	check(memcmp(xpc_dictionary_get_data(dictionary, "data", &length), "xy", 2) == 0 && length == 2);
	check(xpc_dictionary_get_bool(dictionary, "yes") &&
	      xpc_dictionary_get_double(dictionary, "half") == 0.5);
	check(strcmp(xpc_dictionary_get_string(dictionary, "text"), "words") == 0);
	xpc_dictionary_set_value(dictionary, "text", NULL);
	check(xpc_dictionary_get_value(dictionary, "text") == NULL);
	xpc_dictionary_set_value(dictionary, "\xff", XPC_BOOL_TRUE);
	xpc_dictionary_set_value(dictionary, NULL, XPC_BOOL_TRUE);
	check_eq(xpc_dictionary_get_count(dictionary), 4);
	xpc_release(dictionary);
}

TEST(nothing_can_be_in_itself)
{
	xpc_object_t outer = xpc_array_create_empty(), inner = xpc_dictionary_create_empty();

	xpc_array_append_value(outer, inner);
	xpc_dictionary_set_value(inner, "outer", outer);
	check_eq(xpc_dictionary_get_count(inner), 0);
	xpc_array_append_value(outer, outer);
	check_eq(xpc_array_get_count(outer), 1);
	xpc_release(inner);
	xpc_release(outer);
}

static xpc_object_t
create_everything(void)
{
	const uint8_t uuid[16] = "sixteen bytes..";
	xpc_object_t all = xpc_dictionary_create_empty(), array = xpc_array_create_empty();
	xpc_object_t scalars[] = { xpc_null_create(),
				   xpc_bool_create(false),
				   xpc_int64_create(-5),
				   xpc_uint64_create(UINT64_MAX),
				   xpc_double_create(1.5),
				   xpc_date_create(123456789),
				   xpc_data_create("\0\1", 2),
				   xpc_string_create(""),
				   xpc_uuid_create(uuid),
				   xpc_array_create_empty(),
				   xpc_dictionary_create_empty() };

	for (size_t i = 0; i < sizeof(scalars) / sizeof(scalars[0]); i++) {
		xpc_array_append_value(array, scalars[i]);
		xpc_release(scalars[i]);
	}
	xpc_dictionary_set_value(all, "array", array);
	xpc_dictionary_set_string(all, "z", "short keys come first");
	xpc_release(array);
	return all;
}

static xpc_object_t
there_and_back(xpc_object_t object, struct xpc_ports *ports)
{
	struct transom_value *value = xpc_to_value(object, ports);
	static uint8_t bytes[TRANSOM_VALUE_MAX_SIZE];
	size_t size;

	check(value != NULL);
	check_eq(transom_value_encode(value, bytes, sizeof(bytes), &size), 0);
	transom_value_unref(value);
	return xpc_decode(bytes, size, ports);
}

TEST(every_type_comes_back_equal)
{
	xpc_object_t all = create_everything(), copy = xpc_copy(all), back;
	struct xpc_ports ports;
	char *text;

	back = there_and_back(all, &ports);
	check(xpc_equal(all, back) && xpc_equal(all, copy));
	check_eq(xpc_hash(all), xpc_hash(back));
	check(xpc_get_type(xpc_array_get_value(xpc_dictionary_get_value(back, "array"), 3)) ==
	      XPC_TYPE_UINT64);
	text = xpc_copy_description(back);
	check(strstr(text, "short keys come first"));
	free(text);
	xpc_dictionary_set_bool(copy, "more", true);
	check(!xpc_equal(all, copy));
	xpc_release(all);
	xpc_release(copy);
	xpc_release(back);
}

/* 0 to 7 are small integers in CBOR, 0x82 begins an array of two. */
TEST(bytes_that_are_no_message_are_refused)
{
	static const struct {
		const char *bytes;
		size_t size;
	} bad[] = {
		{ "", 0 },
		{ "\x80", 1 }, /* an array without a tag */
		{ "\x81\x07", 2 }, /* an unknown tag */
		{ "\x81\x02", 2 }, /* a uint64 of nothing */
		{ "\x82\x02\x61\x61", 4 }, /* of text */
		{ "\x82\x01\x00", 3 }, /* null, and something */
		{ "\x82\x04\x41\x00", 4 }, /* a uuid of one byte */
		{ "\x82\x05\x00", 3 }, /* a port where there is none */
		{ "\x82\x05\x20", 3 }, /* port -1 */
		{ "\x82\x00\x81\x07", 4 }, /* deeper down */
		{ "\xa1\x61\x61\x81\x07", 5 }, /* in a dictionary */
	};
	struct xpc_ports ports = { .count = 0 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check(xpc_decode(bad[i].bytes, bad[i].size, &ports) == NULL);
}

TEST(a_port_can_be_in_a_message_once)
{
	mach_port_t port;
	struct xpc_ports ports = { .count = 1 };
	xpc_object_t made;

	check_eq(setup_recv_port(&port), 0);
	ports.names[0] = port;
	check(xpc_decode("\x83\x00\x82\x05\x00\x82\x05\x00", 8, &ports) == NULL);
	check_eq(refs_of(port, MACH_PORT_RIGHT_SEND), 0); /* the first had it, and is gone */
	check_eq(mach_port_insert_right(mach_task_self(), port, port, MACH_MSG_TYPE_MAKE_SEND), 0);
	ports.names[0] = port;
	made = xpc_decode("\x82\x05\x00", 3, &ports);
	check(xpc_get_type(made) == XPC_TYPE_MACH_SEND && ports.names[0] == MACH_PORT_NULL);
	xpc_release(made);
	mach_port_destroy(mach_task_self(), port);
}

/* What may come may be sent on: so many arrays, and something in the innermost. */
TEST(what_is_just_not_too_deep_is_sent)
{
	xpc_object_t inner = xpc_int64_create(7), outer, again;
	static unsigned char bytes[1024];
	struct transom_value *value;
	struct xpc_ports ports;
	size_t size;

	for (int i = 0; i < TRANSOM_VALUE_MAX_DEPTH; i++) {
		outer = xpc_array_create_empty();
		xpc_array_append_value(outer, inner);
		xpc_release(inner);
		inner = outer;
	}
	value = xpc_to_value(inner, &ports);
	check(value);
	check_eq(transom_value_encode(value, bytes, sizeof(bytes), &size), 0);
	again = xpc_decode(bytes, size, &ports);
	check(again && xpc_equal(again, inner));
	transom_value_unref(value);
	xpc_release(again);
	xpc_release(inner);
}

TEST(what_is_too_deep_is_not_sent)
{
	xpc_object_t inner = xpc_array_create_empty(), outer;
	struct xpc_ports ports;

	for (int i = 0; i < 40; i++) {
		outer = xpc_array_create_empty();
		xpc_array_append_value(outer, inner);
		xpc_release(inner);
		inner = outer;
	}
	check(xpc_to_value(inner, &ports) == NULL);
	xpc_release(inner);
}

TEST(a_surface_is_an_object_and_in_use_while_it_lives)
{
	IOSurfaceRef surface = create_surface(16, 16, 'BGRA'), found;
	xpc_object_t object = IOSurfaceCreateXPCObject(surface);

	check(xpc_get_type(object) == XPC_TYPE_MACH_SEND);
	check(IOSurfaceIsInUse(surface));
	found = IOSurfaceLookupFromXPCObject(object);
	check(found && CFEqual(found, surface));
	CFRelease(found);
	xpc_release(object);
	check(!IOSurfaceIsInUse(surface));
	check(IOSurfaceCreateXPCObject(NULL) == NULL);
	check(IOSurfaceLookupFromXPCObject(NULL) == NULL);
	check(IOSurfaceLookupFromXPCObject(XPC_BOOL_TRUE) == NULL);
	CFRelease(surface);
}

/* A service that answers with what it was sent, and sends the first pixel of a surface. */
static void
answer_message(xpc_object_t event, void *context)
{
	xpc_object_t reply, picture;
	IOSurfaceRef surface;

	if (xpc_get_type(event) != XPC_TYPE_DICTIONARY)
		return;
	if (xpc_dictionary_get_bool(event, "die"))
		_exit(0);
	reply = xpc_dictionary_create_reply(event);
	if (!reply) {
		picture = xpc_dictionary_create_empty();
		xpc_dictionary_set_string(picture, "said", xpc_dictionary_get_string(event, "say"));
		xpc_connection_send_message(xpc_dictionary_get_remote_connection(event), picture);
		xpc_release(picture);
		return;
	}
	check(xpc_dictionary_create_reply(event) == NULL); /* once */
	surface = IOSurfaceLookupFromXPCObject(xpc_dictionary_get_value(event, "surface"));
	if (surface) {
		IOSurfaceLock(surface, 0, NULL);
		xpc_dictionary_set_uint64(reply, "pixel", *(uint32_t *)IOSurfaceGetBaseAddress(surface));
		*(uint32_t *)IOSurfaceGetBaseAddress(surface) = 77;
		IOSurfaceUnlock(surface, 0, NULL);
		CFRelease(surface);
	}
	xpc_dictionary_set_value(reply, "event", xpc_dictionary_get_value(event, "what"));
	xpc_dictionary_set_int64(reply, "pid",
				 xpc_connection_get_pid(xpc_dictionary_get_remote_connection(event)));
	xpc_connection_send_message(xpc_dictionary_get_remote_connection(event), reply);
	xpc_release(reply);
}

static void
accept_peer(xpc_object_t event, void *context)
{
	if (xpc_get_type(event) == XPC_TYPE_ERROR)
		_exit(9);
	xpc_connection_set_event_handler_f(event, NULL, answer_message);
	xpc_connection_resume(event);
}

static void
serve(void *argument)
{
	xpc_connection_t listener;

	listener = xpc_connection_create_mach_service("org.example.pictures", NULL,
						      XPC_CONNECTION_MACH_SERVICE_LISTENER);
	xpc_connection_set_event_handler_f(listener, NULL, accept_peer);
	xpc_connection_resume(listener);
	check(write(*(int *)argument, "x", 1) == 1);
	for (;;)
		pause();
}

static pid_t
start_service(void)
{
	int ends[2];
	char byte;
	pid_t child;

	check(pipe(ends) == 0);
	child = spawn(serve, &ends[1]);
	check(read(ends[0], &byte, 1) == 1);
	close(ends[0]);
	close(ends[1]);
	return child;
}

static void
stop_service(pid_t child)
{
	kill(child, SIGKILL);
	wait_for(child);
}

/* Events in the order in which they come. */
struct events {
	pthread_mutex_t lock;
	int fd;
	xpc_object_t list[16];
	unsigned count, seen;
};

static void
note(xpc_object_t event, void *context)
{
	struct events *events = context;

	pthread_mutex_lock(&events->lock);
	check(events->count < 16);
	events->list[events->count++] = xpc_retain(event);
	pthread_mutex_unlock(&events->lock);
	check_eq(eventfd_write(events->fd, 1), 0);
}

/* The next event, the caller's. */
static xpc_object_t
next_event(struct events *events)
{
	xpc_object_t event;
	eventfd_t one;

	check_eq(eventfd_read(events->fd, &one), 0);
	pthread_mutex_lock(&events->lock);
	event = events->list[events->seen++];
	pthread_mutex_unlock(&events->lock);
	return event;
}

static void
open_events(struct events *events)
{
	*events = (struct events){ .lock = PTHREAD_MUTEX_INITIALIZER,
				   .fd = eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE) };
	check(events->fd >= 0);
}

static xpc_connection_t
open_client(struct events *events)
{
	xpc_connection_t client = xpc_connection_create_mach_service("org.example.pictures", NULL, 0);

	open_events(events);
	xpc_connection_set_event_handler_f(client, events, note);
	xpc_connection_resume(client);
	return client;
}

static void
close_client(xpc_connection_t client, struct events *events)
{
	xpc_object_t last;

	xpc_connection_cancel(client);
	last = next_event(events);
	check(last == XPC_ERROR_CONNECTION_INVALID);
	while (CFGetRetainCount(client) > 1) /* its thread is on its way out */
		usleep(1000);
	xpc_release(client);
	close(events->fd);
}

TEST(a_question_with_a_surface_is_answered)
{
	IOSurfaceRef surface = create_surface(16, 16, 'BGRA');
	xpc_object_t question = xpc_dictionary_create_empty(), object = IOSurfaceCreateXPCObject(surface);
	xpc_object_t answer, all = create_everything();
	xpc_connection_t client;
	struct events events;
	pid_t child;

	skip_under("qemu", "it does not outlive forks beside threads");
	use_runtime();
	child = start_service();
	client = open_client(&events);
	xpc_dictionary_set_value(question, "surface", object);
	xpc_release(object);
	xpc_dictionary_set_value(question, "what", all);
	IOSurfaceLock(surface, 0, NULL);
	*(uint32_t *)IOSurfaceGetBaseAddress(surface) = 0x12345678;
	IOSurfaceUnlock(surface, 0, NULL);
	answer = xpc_connection_send_message_with_reply_sync(client, question);
	check(xpc_get_type(answer) == XPC_TYPE_DICTIONARY);
	check_eq(xpc_dictionary_get_uint64(answer, "pixel"), 0x12345678);
	check_eq(xpc_dictionary_get_int64(answer, "pid"), getpid());
	check(xpc_equal(xpc_dictionary_get_value(answer, "event"), all));
	IOSurfaceLock(surface, kIOSurfaceLockReadOnly, NULL);
	check_eq(*(uint32_t *)IOSurfaceGetBaseAddress(surface), 77);
	IOSurfaceUnlock(surface, kIOSurfaceLockReadOnly, NULL);
	xpc_release(answer);
	xpc_release(all);
	xpc_release(question);
	close_client(client, &events);
	stop_service(child);
	check(!IOSurfaceIsInUse(surface));
	CFRelease(surface);
	drop_runtime();
}

TEST(answers_and_messages_come_as_events)
{
	xpc_object_t question = xpc_dictionary_create_empty(), event;
	struct events events, answers;
	xpc_connection_t client;
	pid_t child;

	skip_under("qemu", "it does not outlive forks beside threads");
	use_runtime();
	child = start_service();
	client = open_client(&events);
	open_events(&answers);
	xpc_dictionary_set_string(question, "say", "hello");
	xpc_connection_send_message(client, question);
	event = next_event(&events);
	check(strcmp(xpc_dictionary_get_string(event, "said"), "hello") == 0);
	check_eq(xpc_connection_get_pid(client), child);
	check_eq(xpc_connection_get_euid(client), geteuid());
	xpc_release(event);
	xpc_connection_send_message_with_reply_f(client, question, &answers, note);
	event = next_event(&answers);
	check(xpc_get_type(event) == XPC_TYPE_DICTIONARY);
	xpc_release(event);
	xpc_release(question);
	close_client(client, &events);
	close(answers.fd);
	stop_service(child);
	drop_runtime();
}

TEST(a_service_that_dies_is_told_and_found_again)
{
	xpc_object_t die = xpc_dictionary_create_empty(), question = xpc_dictionary_create_empty(), event;
	struct events events, answers;
	xpc_connection_t client;
	pid_t child;

	skip_under("qemu", "it does not outlive forks beside threads");
	use_runtime();
	child = start_service();
	client = open_client(&events);
	open_events(&answers);
	xpc_dictionary_set_bool(die, "die", true);
	xpc_connection_send_message_with_reply_f(client, die, &answers, note);
	check(next_event(&answers) == XPC_ERROR_CONNECTION_INTERRUPTED);
	check_eq(wait_for(child), 0);
	event = next_event(&events);
	check(event == XPC_ERROR_CONNECTION_INTERRUPTED);
	check(xpc_dictionary_get_string(event, XPC_ERROR_KEY_DESCRIPTION) != NULL);
	check(xpc_connection_send_message_with_reply_sync(client, question) == XPC_ERROR_CONNECTION_INVALID);
	child = start_service();
	event = xpc_connection_send_message_with_reply_sync(client, question);
	check(xpc_get_type(event) == XPC_TYPE_DICTIONARY);
	xpc_release(event);
	xpc_connection_send_message(client, die);
	check(next_event(&events) == XPC_ERROR_CONNECTION_INTERRUPTED);
	check_eq(wait_for(child), 0);
	xpc_release(die);
	xpc_release(question);
	close_client(client, &events);
	close(answers.fd);
	drop_runtime();
}

TEST(a_name_that_nobody_has_is_invalid)
{
	struct events events;
	xpc_connection_t client;

	skip_under("qemu", "it does not outlive forks beside threads");
	use_runtime();
	client = open_client(&events);
	check(next_event(&events) == XPC_ERROR_CONNECTION_INVALID);
	while (CFGetRetainCount(client) > 1)
		usleep(1000);
	xpc_connection_cancel(client); /* it is over already */
	xpc_release(client);
	close(events.fd);
	check(xpc_connection_create_mach_service(NULL, NULL, 0) == NULL);
	check(xpc_connection_create_mach_service("x", NULL, 1 << 20) == NULL);
	check(xpc_connection_send_message_with_reply_sync(NULL, NULL) == XPC_ERROR_CONNECTION_INVALID);
	xpc_connection_send_message(NULL, NULL);
	xpc_connection_resume(NULL);
	drop_runtime();
}

/* Somebody who speaks Mach, not XPC, at the service's port. */
TEST(a_service_outlives_what_is_no_message)
{
	struct port_message message = { 0 };
	struct events events;
	xpc_object_t question = xpc_dictionary_create_empty(), answer;
	xpc_connection_t client;
	mach_port_t service;
	pid_t child;

	skip_under("qemu", "it does not outlive forks beside threads");
	use_runtime();
	child = start_service();
	check_eq(bootstrap_look_up(bootstrap_port, "org.example.pictures", &service), 0);
	check_eq(send_number(service, MACH_MSG_TYPE_COPY_SEND, 5, 0), MACH_MSG_SUCCESS);
	check_eq(send_port(service, service), 0);
	for (int id = 0x58504348; id < 0x58504350;
	     id++) { /* hello, message and others, with a port too few */
		message.header = (mach_msg_header_t){
			MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0) | MACH_MSGH_BITS_COMPLEX,
			40,
			service,
			0,
			0,
			id
		};
		message.body.msgh_descriptor_count = 1;
		message.port = (mach_msg_port_descriptor_t){ .name = service,
							     .disposition = MACH_MSG_TYPE_COPY_SEND,
							     .type = MACH_MSG_PORT_DESCRIPTOR };
		check_eq(mach_msg(&message.header, MACH_SEND_MSG, 40, 0, 0, 0, 0), MACH_MSG_SUCCESS);
	}
	mach_port_deallocate(mach_task_self(), service);
	client = open_client(&events);
	answer = xpc_connection_send_message_with_reply_sync(client, question);
	check(xpc_get_type(answer) == XPC_TYPE_DICTIONARY);
	xpc_release(answer);
	xpc_release(question);
	close_client(client, &events);
	stop_service(child);
	drop_runtime();
}

TEST(arrays_hold_every_type)
{
	xpc_object_t array = xpc_array_create(NULL, 0), date = xpc_date_create_from_current();
	size_t length;

	check(xpc_date_get_value(date) > 0);
	xpc_array_set_uint64(array, XPC_ARRAY_APPEND, UINT64_MAX);
	xpc_array_set_double(array, XPC_ARRAY_APPEND, 0.25);
	xpc_array_set_data(array, XPC_ARRAY_APPEND, "abc", 3);
	xpc_array_set_value(array, XPC_ARRAY_APPEND, date);
	xpc_array_set_value(array, 0, NULL); /* changes nothing */
	check(xpc_array_get_uint64(array, 0) == UINT64_MAX && xpc_array_get_double(array, 1) == 0.25);
	check(memcmp(xpc_array_get_data(array, 2, &length), "abc", 3) == 0 && length == 3);
	check(strcmp(xpc_type_get_name(xpc_get_type(array)), "array") == 0);
	xpc_release(date);
	xpc_release(array);
}

static bool
count_keys(const char *key, xpc_object_t value, void *context)
{
	*(int *)context += (int)xpc_int64_get_value(value) + (int)strlen(key);
	return *(int *)context < 5;
}

TEST(a_dictionary_is_gone_through_until_it_is_enough)
{
	xpc_object_t dictionary = xpc_dictionary_create(NULL, NULL, 0);
	int sum = 0;

	xpc_dictionary_set_int64(dictionary, "long", 10);
	xpc_dictionary_set_int64(dictionary, "a", 1);
	check(!xpc_dictionary_apply_f(dictionary, &sum, count_keys)); /* 2, then 16 */
	check_eq(sum, 16);
	check(!xpc_dictionary_apply_f(NULL, &sum, count_keys));
	xpc_release(dictionary);
}

static void
finalize_context(void *context)
{
	*(bool *)context = true;
}

TEST(a_connection_has_a_context)
{
	xpc_connection_t connection = xpc_connection_create_mach_service("org.example.none", NULL, 0);
	bool finalized = false;

	xpc_connection_set_context(connection, &finalized);
	xpc_connection_set_finalizer_f(connection, finalize_context);
	check(xpc_connection_get_context(connection) == &finalized);
	check(strcmp(xpc_connection_get_name(connection), "org.example.none") == 0);
	check_eq(xpc_connection_get_egid(NULL), (gid_t)-1);
	xpc_connection_activate(NULL);
	xpc_release(connection); /* it was never begun */
	check(finalized);
}
