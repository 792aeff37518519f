/* cases-port.c - faults in ports, messages and names. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <transom/transom.h>

#include "../harness.h"
#include "fault.h"

static int receive = -1, send = -1;
static struct transom_message *message;
static struct transom_name *name;
static struct transom_name_list *list;
static struct transom_name_watch *watch;

static void
make_port(void)
{
	check_eq(transom_port_create(NULL, &receive, &send), 0);
	check_eq(transom_message_create(&message), 0);
}

static void
send_something(void)
{
	struct transom_right rights[] = { { send, TRANSOM_RIGHT_SEND }, { STDERR_FILENO, TRANSOM_RIGHT_FD } };

	check_eq(transom_port_send(send, "hello", 5, rights, 2, 0), 0);
}

/* What is left in the queue. */
static void
drain(int r)
{
	int left;

	do
		left = transom_port_receive(receive, message, 0);
	while (left == 0 || left == -EBADMSG);
	check_eq(left, -EAGAIN);
}

/* Empties the message as well. */
static void
drain_and_forget(int r)
{
	drain(r);
	message = transom_message_unref(message);
	check_eq(transom_message_create(&message), 0);
}

static void
get_something(void)
{
	send_something();
	check_eq(transom_port_receive(receive, message, 0), 0);
}

static void
close_both(int r)
{
	if (r >= 0) {
		close(out.fds[0]);
		close(out.fds[1]);
	}
}

FAULT(transom_port_create, nothing, nothing, close_both)
{
	const struct transom_port_options options = { .size = sizeof(options), .queue_bytes = 65536 };

	return transom_port_create(&options, &out.fds[0], &out.fds[1]);
}

FAULT(transom_port_set_queue_limit, make_port, nothing, nothing_after)
{
	return transom_port_set_queue_limit(send, 65536);
}

FAULT(transom_port_send, make_port, nothing, drain)
{
	struct transom_right right = { send, TRANSOM_RIGHT_SEND };

	return transom_port_send(send, "hello", 5, &right, 1, 1000);
}

FAULT(transom_port_receive, make_port, send_something, drain_and_forget)
{
	return transom_port_receive(receive, message, 1000);
}

FAULT(transom_port_is_dead_name, make_port, nothing, nothing_after)
{
	return transom_port_is_dead_name(send);
}

FAULT(transom_port_is_without_senders, make_port, nothing, nothing_after)
{
	return transom_port_is_without_senders(receive);
}

FAULT(transom_port_check_right, make_port, nothing, nothing_after)
{
	return transom_port_check_right(send, TRANSOM_RIGHT_SEND);
}

static void
drop_message(int r)
{
	if (r >= 0)
		transom_message_unref(out.pointer);
}

FAULT(transom_message_create, nothing, nothing, drop_message)
{
	return transom_message_create((struct transom_message **)&out.pointer);
}

FAULT(transom_message_ref, make_port, nothing, drop_message)
{
	out.pointer = transom_message_ref(message);
	return 0;
}

static struct transom_message *full;

static void
make_full_message(void)
{
	send_something();
	check_eq(transom_message_create(&full), 0);
	check_eq(transom_port_receive(receive, full, 0), 0);
}

FAULT(transom_message_unref, make_port, make_full_message, nothing_after)
{
	full = transom_message_unref(full);
	return 0;
}

FAULT(transom_message_get_bytes, make_port, get_something, drain_and_forget)
{
	check(transom_message_get_bytes(message, &out.size));
	return 0;
}

FAULT(transom_message_get_right_count, make_port, get_something, drain_and_forget)
{
	return (int)transom_message_get_right_count(message);
}

FAULT(transom_message_get_right_kind, make_port, get_something, drain_and_forget)
{
	return (int)transom_message_get_right_kind(message, 0);
}

FAULT(transom_message_get_right, make_port, get_something, drain_and_forget)
{
	return transom_message_get_right(message, 0);
}

static void
close_right(int r)
{
	if (r >= 0)
		close(out.fds[0]);
	drain_and_forget(r);
}

FAULT(transom_message_take_right, make_port, get_something, close_right)
{
	return transom_message_take_right(message, 0, TRANSOM_RIGHT_SEND, &out.fds[0]);
}

FAULT(transom_message_get_sender, make_port, get_something, drain_and_forget)
{
	return transom_message_get_sender(message, (struct transom_sender *)(void *)&out);
}

/* Names */

static void
drop_name(int r)
{
	if (r >= 0)
		transom_name_unref(out.pointer);
}

static void
check_in(void)
{
	check_eq(transom_name_check_in("fault", send, &name), 0);
}

static void
make_name(void)
{
	make_port();
	check_in();
	check_eq(transom_name_list_create(&list), 0);
	check_eq(transom_name_list_get_count(list), 1);
}

FAULT(transom_name_check_in, make_port, nothing, drop_name)
{
	return transom_name_check_in("fault", send, (struct transom_name **)&out.pointer);
}

FAULT(transom_name_ref, make_name, nothing, drop_name)
{
	out.pointer = transom_name_ref(name);
	return 0;
}

FAULT(transom_name_unref, make_port, check_in, nothing_after)
{
	name = transom_name_unref(name);
	return 0;
}

static void
close_one(int r)
{
	if (r >= 0)
		close(out.fds[0]);
}

FAULT(transom_name_look_up, make_name, nothing, close_one)
{
	return transom_name_look_up("fault", 5000, &out.fds[0]);
}

static void
drop_list(int r)
{
	if (r >= 0)
		transom_name_list_unref(out.pointer);
}

FAULT(transom_name_list_create, make_name, nothing, drop_list)
{
	return transom_name_list_create((struct transom_name_list **)&out.pointer);
}

FAULT(transom_name_list_ref, make_name, nothing, drop_list)
{
	out.pointer = transom_name_list_ref(list);
	return 0;
}

static struct transom_name_list *other;

static void
make_list(void)
{
	check_eq(transom_name_list_create(&other), 0);
}

FAULT(transom_name_list_unref, make_name, make_list, nothing_after)
{
	other = transom_name_list_unref(other);
	return 0;
}

FAULT(transom_name_list_get_count, make_name, nothing, nothing_after)
{
	return (int)transom_name_list_get_count(list);
}

FAULT(transom_name_list_get_name, make_name, nothing, nothing_after)
{
	return strcmp(transom_name_list_get_name(list, 0), "fault") == 0 ? 0 : -1;
}

FAULT(transom_name_list_get_pid, make_name, nothing, nothing_after)
{
	return transom_name_list_get_pid(list, 0) == getpid() ? 0 : -1;
}

FAULT(transom_name_list_get_description, make_name, nothing, nothing_after)
{
	return transom_name_list_get_description(list, 0)[0];
}

static void
drop_watch(int r)
{
	if (r >= 0)
		transom_name_watch_unref(out.pointer);
}

FAULT(transom_name_watch_create, make_name, nothing, drop_watch)
{
	return transom_name_watch_create((struct transom_name_watch **)&out.pointer);
}

static void
make_watch(void)
{
	check_eq(transom_name_watch_create(&watch), 0);
}

static void
unmake_watch(int r)
{
	watch = transom_name_watch_unref(watch);
}

FAULT(transom_name_watch_unref, make_name, make_watch, nothing_after)
{
	watch = transom_name_watch_unref(watch);
	return 0;
}

FAULT(transom_name_watch_get_fd, make_name, make_watch, unmake_watch)
{
	return transom_name_watch_get_fd(watch);
}

FAULT(transom_name_watch_next, make_name, make_watch, unmake_watch)
{
	return transom_name_watch_next(watch, 1000, (struct transom_name_event *)(void *)&out);
}

FAULT(transom_name_watch_next_with_renames, make_name, make_watch, unmake_watch)
{
	const size_t size = sizeof(struct transom_name_event);

	return transom_name_watch_next_with_renames(watch, 1000, (struct transom_name_event *)(void *)&out,
						    out.text + size);
}

/* Lists and watches of streams are names' too. */

FAULT(transom_stream_list_create, make_name, nothing, drop_list)
{
	return transom_stream_list_create((struct transom_name_list **)&out.pointer);
}

FAULT(transom_stream_watch_create, make_name, nothing, drop_watch)
{
	return transom_stream_watch_create((struct transom_name_watch **)&out.pointer);
}
