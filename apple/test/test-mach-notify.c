/* test-mach-notify.c - what a task is told of its rights; one test a rule. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "test-mach.h"

/* Room for any notification. */
union notification {
	mach_msg_header_t header;
	mach_dead_name_notification_t dead;
	mach_no_senders_notification_t no_senders;
	mach_port_destroyed_notification_t destroyed;
	char room[256];
};

static kern_return_t
ask(mach_port_t name, mach_msg_id_t id, unsigned sync, mach_port_t notify, mach_port_t *previous)
{
	return mach_port_request_notification(mach_task_self(), name, id, sync, notify,
					      MACH_MSG_TYPE_MAKE_SEND_ONCE, previous);
}

static void
expect(mach_port_t notify, mach_msg_id_t id, union notification *ret)
{
	memset(ret, 0, sizeof(*ret));
	check_eq(receive_notification(notify, &ret->header, sizeof(*ret)), MACH_MSG_SUCCESS);
	check_eq(ret->header.msgh_id, id);
	check_eq(ret->header.msgh_local_port, notify);
}

static void
expect_nothing(mach_port_t notify)
{
	union notification message;

	check_eq(
		mach_msg(&message.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof(message), notify, 60, 0),
		MACH_RCV_TIMED_OUT);
}

/* What an idle thread of the library still has open is closed by the next call; the tests count. */
static void
settle(mach_port_t notify)
{
	mach_port_destroy(mach_task_self(), notify);
}

TEST(ids_are_those_of_mach)
{
	check_eq(MACH_NOTIFY_PORT_DELETED, 65);
	check_eq(MACH_NOTIFY_SEND_POSSIBLE, 66);
	check_eq(MACH_NOTIFY_PORT_DESTROYED, 69);
	check_eq(MACH_NOTIFY_NO_SENDERS, 70);
	check_eq(MACH_NOTIFY_SEND_ONCE, 71);
	check_eq(MACH_NOTIFY_DEAD_NAME, 72);
}

TEST(no_senders_when_the_last_send_right_goes)
{
	mach_port_t port, notify = new_port(), previous = 1;
	union notification message;

	check_eq(setup_recv_port(&port), 0);
	check_eq(ask(port, MACH_NOTIFY_NO_SENDERS, 0, notify, &previous), KERN_SUCCESS);
	check_eq(previous, MACH_PORT_NULL);
	expect_nothing(notify);
	check_eq(mach_port_deallocate(mach_task_self(), port), KERN_SUCCESS);
	expect(notify, MACH_NOTIFY_NO_SENDERS, &message);
	check_eq(message.no_senders.not_count, 1);
	check_eq(message.header.msgh_size,
		 sizeof(mach_no_senders_notification_t) - sizeof(mach_msg_format_0_trailer_t));
	expect_nothing(notify);
	mach_port_destroy(mach_task_self(), port);
	settle(notify);
}

TEST(no_senders_at_once_if_there_is_none)
{
	mach_port_t port = new_port(), notify = new_port(), previous;
	union notification message;

	check_eq(ask(port, MACH_NOTIFY_NO_SENDERS, 0, notify, &previous), KERN_SUCCESS);
	expect(notify, MACH_NOTIFY_NO_SENDERS, &message);
	check_eq(message.no_senders.not_count, 0);
	mach_port_destroy(mach_task_self(), port);
	settle(notify);
}

TEST(no_senders_waits_for_the_make_send_count)
{
	mach_port_t port = new_port(), notify = new_port(), previous, other;
	union notification message;

	check_eq(setup_recv_port(&other), 0);
	check_eq(ask(port, MACH_NOTIFY_NO_SENDERS, 1, notify, &previous), KERN_SUCCESS);
	expect_nothing(notify);
	check_eq(send_port_as(other, port, MACH_MSG_TYPE_MAKE_SEND), MACH_MSG_SUCCESS);
	expect_nothing(notify); /* in flight is held */
	mach_port_destroy(mach_task_self(), other);
	expect(notify, MACH_NOTIFY_NO_SENDERS, &message);
	check_eq(message.no_senders.not_count, 1);
	/* A port without senders can have new ones. */
	check_eq(mach_port_insert_right(mach_task_self(), port, port, MACH_MSG_TYPE_MAKE_SEND), KERN_SUCCESS);
	check_eq(send_number(port, MACH_MSG_TYPE_COPY_SEND, 1, 0), MACH_MSG_SUCCESS);
	check_eq(ask(port, MACH_NOTIFY_NO_SENDERS, 2, notify, &previous), KERN_SUCCESS);
	check_eq(mach_port_deallocate(mach_task_self(), port), KERN_SUCCESS);
	expect(notify, MACH_NOTIFY_NO_SENDERS, &message);
	check_eq(message.no_senders.not_count, 2);
	mach_port_destroy(mach_task_self(), port);
	settle(notify);
}

static void
hold_and_die(void *argument)
{
	mach_port_t parent, own, got;

	check_eq(task_get_bootstrap_port(mach_task_self(), &parent), KERN_SUCCESS);
	check_eq(setup_recv_port(&own), 0);
	check_eq(send_port(parent, own), 0);
	check_eq(recv_port(own, &got), 0);
	check_eq(type_of(got), got ? MACH_PORT_TYPE_SEND : 0);
	check_eq(send_port(parent, MACH_PORT_NULL), 0);
	pause();
}

/* A child that has a port of ours, and says so; @ret_its is a port of its. */
static pid_t
give_to_child(mach_port_t port, mach_msg_type_name_t disposition, mach_port_t *ret_its)
{
	mach_port_t inbox, null;
	pid_t child;

	check_eq(setup_recv_port(&inbox), 0);
	check_eq(task_set_bootstrap_port(mach_task_self(), inbox), KERN_SUCCESS);
	child = spawn(hold_and_die, NULL);
	check_eq(task_set_bootstrap_port(mach_task_self(), MACH_PORT_NULL), KERN_SUCCESS);
	check_eq(recv_port(inbox, ret_its), 0);
	check_eq(send_port_as(*ret_its, port, disposition), MACH_MSG_SUCCESS);
	check_eq(recv_port(inbox, &null), 0);
	mach_port_destroy(mach_task_self(), inbox);
	return child;
}

TEST(no_senders_when_the_last_holder_is_killed)
{
	mach_port_t port = new_port(), notify = new_port(), previous, its;
	union notification message;
	pid_t child;

	check_eq(ask(port, MACH_NOTIFY_NO_SENDERS, 1, notify, &previous), KERN_SUCCESS);
	child = give_to_child(port, MACH_MSG_TYPE_MAKE_SEND, &its);
	expect_nothing(notify);
	kill(child, 9);
	check_eq(wait_for(child), -9);
	expect(notify, MACH_NOTIFY_NO_SENDERS, &message);
	mach_port_destroy(mach_task_self(), port);
	mach_port_destroy(mach_task_self(), its);
	settle(notify);
}

TEST(a_right_made_while_no_senders_is_awaited_counts)
{
	mach_port_t port = new_port(), notify = new_port(), previous, its, other;
	union notification message;
	pid_t child;

	check_eq(setup_recv_port(&other), 0);
	check_eq(ask(port, MACH_NOTIFY_NO_SENDERS, 1, notify, &previous), KERN_SUCCESS);
	child = give_to_child(port, MACH_MSG_TYPE_MAKE_SEND, &its);
	check_eq(send_port_as(other, port, MACH_MSG_TYPE_MAKE_SEND), MACH_MSG_SUCCESS);
	kill(child, 9);
	check_eq(wait_for(child), -9);
	expect_nothing(notify); /* the second is still in flight */
	mach_port_destroy(mach_task_self(), other);
	expect(notify, MACH_NOTIFY_NO_SENDERS, &message);
	check_eq(message.no_senders.not_count, 2);
	mach_port_destroy(mach_task_self(), port);
	mach_port_destroy(mach_task_self(), its);
	settle(notify);
}

TEST(dead_name_raises_the_references_by_one)
{
	mach_port_t notify = new_port(), previous, its, port = new_port();
	union notification message;
	pid_t child = give_to_child(port, MACH_MSG_TYPE_MAKE_SEND, &its);

	check_eq(ask(its, MACH_NOTIFY_DEAD_NAME, 0, notify, &previous), KERN_SUCCESS);
	check_eq(type_of(its), MACH_PORT_TYPE_SEND | MACH_PORT_TYPE_DNREQUEST);
	check_eq(refs_of(its, MACH_PORT_RIGHT_SEND), 1);
	expect_nothing(notify);
	kill(child, 9);
	check_eq(wait_for(child), -9);
	expect(notify, MACH_NOTIFY_DEAD_NAME, &message);
	check_eq(message.dead.not_port, its);
	check_eq(type_of(its), MACH_PORT_TYPE_DEAD_NAME);
	check_eq(refs_of(its, MACH_PORT_RIGHT_DEAD_NAME), 2);
	check_eq(send_number(its, MACH_MSG_TYPE_COPY_SEND, 1, 0), MACH_SEND_INVALID_DEST);
	mach_port_destroy(mach_task_self(), its);
	mach_port_destroy(mach_task_self(), port);
	settle(notify);
}

TEST(dead_name_by_ones_own_hand)
{
	mach_port_t notify = new_port(), previous, port;
	union notification message;

	check_eq(setup_recv_port(&port), 0);
	check_eq(ask(port, MACH_NOTIFY_DEAD_NAME, 0, notify, &previous), KERN_SUCCESS);
	check_eq(mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_RECEIVE, -1), KERN_SUCCESS);
	expect(notify, MACH_NOTIFY_DEAD_NAME, &message);
	check_eq(message.dead.not_port, port);
	check_eq(refs_of(port, MACH_PORT_RIGHT_DEAD_NAME), 2);
	check_eq(ask(port, MACH_NOTIFY_DEAD_NAME, 0, notify, &previous), KERN_INVALID_ARGUMENT);
	check_eq(ask(port, MACH_NOTIFY_DEAD_NAME, 1, notify, &previous), KERN_SUCCESS);
	expect(notify, MACH_NOTIFY_DEAD_NAME, &message);
	mach_port_destroy(mach_task_self(), port);
	settle(notify);
}

static void
fill(mach_port_t port)
{
	while (send_number(port, MACH_MSG_TYPE_COPY_SEND, 1, 0) == MACH_MSG_SUCCESS)
		;
}

static mach_msg_return_t
send_with_notify(mach_port_t port)
{
	mach_msg_header_t header = { .msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0),
				     .msgh_remote_port = port };

	return mach_msg(&header, MACH_SEND_MSG | MACH_SEND_TIMEOUT | MACH_SEND_NOTIFY, sizeof(header), 0, 0,
			0, 0);
}

TEST(send_possible_at_once_if_there_is_room)
{
	mach_port_t notify = new_port(), previous, port;
	union notification message;

	check_eq(setup_recv_port(&port), 0);
	check_eq(ask(port, MACH_NOTIFY_SEND_POSSIBLE, 1, notify, &previous), KERN_SUCCESS);
	expect(notify, MACH_NOTIFY_SEND_POSSIBLE, &message);
	check_eq(message.dead.not_port, port);
	check_eq(message.header.msgh_size,
		 sizeof(mach_send_possible_notification_t) - sizeof(mach_msg_format_0_trailer_t));
	check_eq(type_of(port), MACH_PORT_TYPE_SEND_RECEIVE); /* and is used up */
	mach_port_destroy(mach_task_self(), port);
	settle(notify);
}

TEST(send_possible_when_a_full_queue_has_room)
{
	mach_port_t notify = new_port(), previous, port;
	union notification message;
	uint32_t number;

	check_eq(setup_recv_port(&port), 0);
	fill(port);
	check_eq(ask(port, MACH_NOTIFY_SEND_POSSIBLE, 1, notify, &previous), KERN_SUCCESS);
	check_eq(type_of(port),
		 MACH_PORT_TYPE_SEND_RECEIVE | MACH_PORT_TYPE_DNREQUEST | MACH_PORT_TYPE_SPREQUEST);
	expect_nothing(notify);
	check_eq(receive_number(port, &number, 0), MACH_MSG_SUCCESS);
	expect(notify, MACH_NOTIFY_SEND_POSSIBLE, &message);
	check_eq(message.dead.not_port, port);
	check_eq(send_number(port, MACH_MSG_TYPE_COPY_SEND, 1, 0), MACH_MSG_SUCCESS);
	expect_nothing(notify); /* once */
	mach_port_destroy(mach_task_self(), port);
	settle(notify);
}

TEST(send_possible_waits_for_a_send_that_wishes_it)
{
	mach_port_t notify = new_port(), previous, port;
	union notification message;
	uint32_t number;

	check_eq(setup_recv_port(&port), 0);
	check_eq(ask(port, MACH_NOTIFY_SEND_POSSIBLE, 0, notify, &previous), KERN_SUCCESS);
	check_eq(type_of(port), MACH_PORT_TYPE_SEND_RECEIVE | MACH_PORT_TYPE_DNREQUEST |
					MACH_PORT_TYPE_SPREQUEST | MACH_PORT_TYPE_SPREQUEST_DELAYED);
	check_eq(send_with_notify(port), MACH_MSG_SUCCESS);
	fill(port); /* without the option */
	check_eq(receive_number(port, &number, 0), MACH_MSG_SUCCESS);
	expect_nothing(notify);
	fill(port);
	check_eq(send_with_notify(port), MACH_SEND_TIMED_OUT);
	check(!(type_of(port) & MACH_PORT_TYPE_SPREQUEST_DELAYED));
	check_eq(receive_number(port, &number, 0), MACH_MSG_SUCCESS);
	expect(notify, MACH_NOTIFY_SEND_POSSIBLE, &message);
	mach_port_destroy(mach_task_self(), port);
	settle(notify);
}

TEST(send_possible_is_a_dead_name_if_the_port_dies)
{
	mach_port_t notify = new_port(), previous, its, port = new_port();
	union notification message;

	for (uint32_t sync = 0; sync < 2; sync++) {
		pid_t child = give_to_child(port, MACH_MSG_TYPE_MAKE_SEND, &its);

		fill(its);
		check_eq(ask(its, MACH_NOTIFY_SEND_POSSIBLE, sync, notify, &previous), KERN_SUCCESS);
		kill(child, 9);
		check_eq(wait_for(child), -9);
		expect(notify, MACH_NOTIFY_DEAD_NAME, &message);
		check_eq(message.dead.not_port, its);
		check_eq(refs_of(its, MACH_PORT_RIGHT_DEAD_NAME), 2);
		check_eq(ask(its, MACH_NOTIFY_SEND_POSSIBLE, 0, notify, &previous), KERN_SUCCESS);
		expect(notify, MACH_NOTIFY_DEAD_NAME, &message); /* told at once in any case */
		mach_port_destroy(mach_task_self(), its);
	}
	mach_port_destroy(mach_task_self(), port);
	settle(notify);
}

TEST(send_possible_and_dead_name_are_one_request)
{
	mach_port_t notify = new_port(), previous, port;
	union notification message;
	uint32_t number;

	check_eq(setup_recv_port(&port), 0);
	fill(port);
	check_eq(ask(port, MACH_NOTIFY_SEND_POSSIBLE, 1, notify, &previous), KERN_SUCCESS);
	check_eq(previous, MACH_PORT_NULL);
	check_eq(ask(port, MACH_NOTIFY_DEAD_NAME, 0, notify, &previous), KERN_SUCCESS);
	check_eq(type_of(previous), MACH_PORT_TYPE_SEND_ONCE);
	check_eq(type_of(port), MACH_PORT_TYPE_SEND_RECEIVE | MACH_PORT_TYPE_DNREQUEST);
	check_eq(mach_port_deallocate(mach_task_self(), previous), KERN_SUCCESS);
	expect(notify, MACH_NOTIFY_SEND_ONCE, &message);
	check_eq(receive_number(port, &number, 0), MACH_MSG_SUCCESS);
	expect_nothing(notify);
	check_eq(ask(port, MACH_NOTIFY_SEND_POSSIBLE, 0, MACH_PORT_NULL, &previous), KERN_SUCCESS);
	check_eq(mach_port_deallocate(mach_task_self(), previous), KERN_SUCCESS);
	mach_port_destroy(mach_task_self(), port);
	settle(notify);
}

TEST(a_deleted_name_is_told)
{
	mach_port_t notify = new_port(), previous, its, port = new_port();
	union notification message;
	pid_t child = give_to_child(port, MACH_MSG_TYPE_MAKE_SEND, &its);

	check_eq(ask(its, MACH_NOTIFY_DEAD_NAME, 0, notify, &previous), KERN_SUCCESS);
	check_eq(mach_port_deallocate(mach_task_self(), its), KERN_SUCCESS);
	expect(notify, MACH_NOTIFY_PORT_DELETED, &message);
	check_eq(message.dead.not_port, its);
	kill(child, 9);
	wait_for(child);
	mach_port_destroy(mach_task_self(), port);
	settle(notify);
}

TEST(a_send_once_right_that_goes_unused_is_told)
{
	mach_port_t port = new_port(), once;
	union notification message;
	mach_msg_type_name_t type;

	check_eq(mach_port_extract_right(mach_task_self(), port, MACH_MSG_TYPE_MAKE_SEND_ONCE, &once, &type),
		 0);
	check_eq(mach_port_deallocate(mach_task_self(), once), KERN_SUCCESS);
	expect(port, MACH_NOTIFY_SEND_ONCE, &message);
	check_eq(message.header.msgh_size, sizeof(mach_msg_header_t));
	expect_nothing(port);
	mach_port_destroy(mach_task_self(), port);
}

TEST(a_killed_holder_of_a_send_once_right_is_told)
{
	mach_port_t port = new_port(), its;
	union notification message;
	pid_t child;

	check_eq(setup_recv_port(&its), 0);
	mach_port_destroy(mach_task_self(), its);
	child = give_to_child(MACH_PORT_NULL, MACH_MSG_TYPE_MAKE_SEND, &its);
	/* It waits and never reads this. */
	check_eq(send_port_as(its, port, MACH_MSG_TYPE_MAKE_SEND_ONCE), MACH_MSG_SUCCESS);
	expect_nothing(port);
	kill(child, 9);
	check_eq(wait_for(child), -9);
	expect(port, MACH_NOTIFY_SEND_ONCE, &message);
	mach_port_destroy(mach_task_self(), port);
	mach_port_destroy(mach_task_self(), its);
}

TEST(a_receive_right_given_up_comes_back_by_port_destroyed)
{
	mach_port_t port, notify = new_port(), previous;
	union notification message;
	uint32_t number;

	skip_under("qemu", "it does not tell the numbers of sockets");
	check_eq(setup_recv_port(&port), 0);
	check_eq(send_number(port, MACH_MSG_TYPE_COPY_SEND, 8, 0), MACH_MSG_SUCCESS);
	check_eq(ask(port, MACH_NOTIFY_PORT_DESTROYED, 0, notify, &previous), KERN_SUCCESS);
	check_eq(mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_RECEIVE, -1), KERN_SUCCESS);
	check_eq(type_of(port), MACH_PORT_TYPE_SEND);
	expect(notify, MACH_NOTIFY_PORT_DESTROYED, &message);
	check_eq(message.destroyed.not_port.disposition, MACH_MSG_TYPE_PORT_RECEIVE);
	check_eq(message.destroyed.not_port.name, port);
	check_eq(receive_number(port, &number, 0), MACH_MSG_SUCCESS);
	check_eq(number, 8);
	mach_port_destroy(mach_task_self(), port);
	settle(notify);
}

TEST(the_previous_request_comes_back)
{
	mach_port_t port, notify = new_port(), previous, again;
	union notification message;

	check_eq(setup_recv_port(&port), 0);
	check_eq(ask(port, MACH_NOTIFY_NO_SENDERS, 0, notify, &previous), KERN_SUCCESS);
	check_eq(ask(port, MACH_NOTIFY_NO_SENDERS, 0, notify, &previous), KERN_SUCCESS);
	check_eq(type_of(previous), MACH_PORT_TYPE_SEND_ONCE);
	/* Moved instead of made, and called off. */
	check_eq(mach_port_request_notification(mach_task_self(), port, MACH_NOTIFY_NO_SENDERS, 0, previous,
						MACH_MSG_TYPE_MOVE_SEND_ONCE, &again),
		 KERN_SUCCESS);
	check_eq(type_of(previous), 0);
	check_eq(mach_port_deallocate(mach_task_self(), again), KERN_SUCCESS);
	expect(notify, MACH_NOTIFY_SEND_ONCE, &message);
	check_eq(ask(port, MACH_NOTIFY_NO_SENDERS, 0, MACH_PORT_NULL, &previous), KERN_SUCCESS);
	check_eq(mach_port_deallocate(mach_task_self(), previous), KERN_SUCCESS);
	expect(notify, MACH_NOTIFY_SEND_ONCE, &message);
	check_eq(mach_port_deallocate(mach_task_self(), port), KERN_SUCCESS);
	expect_nothing(notify);
	mach_port_destroy(mach_task_self(), port);
	settle(notify);
}

TEST(bad_requests_are_refused)
{
	mach_port_t port = new_port(), previous, its;

	check_eq(setup_recv_port(&its), 0);
	check_eq(ask(port, 99, 0, port, &previous), KERN_INVALID_VALUE);
	check_eq(ask(0x999903, MACH_NOTIFY_NO_SENDERS, 0, port, &previous), KERN_INVALID_NAME);
	check_eq(ask(port, MACH_NOTIFY_NO_SENDERS, 0, 0x999903, &previous), KERN_INVALID_NAME);
	check_eq(ask(port, MACH_NOTIFY_NO_SENDERS, 0, port, NULL), KERN_INVALID_ARGUMENT);
	check_eq(mach_port_request_notification(mach_task_self(), port, MACH_NOTIFY_NO_SENDERS, 0, port,
						MACH_MSG_TYPE_COPY_SEND, &previous),
		 KERN_INVALID_CAPABILITY);
	check_eq(mach_port_request_notification(mach_task_self(), port, MACH_NOTIFY_NO_SENDERS, 0, port,
						MACH_MSG_TYPE_MOVE_SEND_ONCE, &previous),
		 KERN_INVALID_RIGHT);
	mach_port_destroy(mach_task_self(), port);
	mach_port_destroy(mach_task_self(), its);
}
