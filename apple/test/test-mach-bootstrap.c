/* test-mach-bootstrap.c - how processes find each other's ports: by fork, and by name; one test a rule. */
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <servers/bootstrap.h>
#include <transom_apple_mach.h>

#include "test-mach.h"

/* The usual demonstration: a child sends its port through the bootstrap port, and gets one back. */
static void
child_of_handover(void *argument)
{
	mach_port_t parent, own, got;

	check_eq(task_get_bootstrap_port(mach_task_self(), &parent), KERN_SUCCESS);
	check_eq(parent, bootstrap_port);
	check_eq(setup_recv_port(&own), 0);
	check_eq(send_port(parent, own), 0);
	check_eq(recv_port(own, &got), 0);
	check_eq(send_number(got, MACH_MSG_TYPE_COPY_SEND, 99, 5000), MACH_MSG_SUCCESS);
}

TEST(ports_are_handed_over_by_the_bootstrap_port)
{
	mach_port_t bootstrap, inbox, its, answer;
	uint32_t number;
	pid_t child;

	skip_under("qemu", "it does not tell the numbers of sockets");
	check_eq(task_get_bootstrap_port(mach_task_self(), &bootstrap), KERN_SUCCESS);
	check_eq(setup_recv_port(&inbox), 0);
	check_eq(task_set_bootstrap_port(mach_task_self(), inbox), KERN_SUCCESS);
	child = spawn(child_of_handover, NULL);
	check_eq(task_set_bootstrap_port(mach_task_self(), bootstrap), KERN_SUCCESS);
	check_eq(recv_port(inbox, &its), 0);
	check_eq(setup_recv_port(&answer), 0);
	check_eq(send_port(its, answer), 0);
	check_eq(receive_number(answer, &number, 10000), MACH_MSG_SUCCESS);
	check_eq(number, 99);
	check_eq(wait_for(child), 0);
	check_eq(type_of(its), MACH_PORT_TYPE_DEAD_NAME);
	check_eq(send_port(its, answer), 1);
	mach_port_destroy(mach_task_self(), its);
	mach_port_destroy(mach_task_self(), inbox);
	mach_port_destroy(mach_task_self(), answer);
}

static void
child_without_names(void *argument)
{
	mach_port_t *ports = argument, again;
	int fds = count_fds();

	check_eq(type_of(ports[0]), 0);
	check_eq(type_of(ports[1]), 0);
	check_eq(type_of(mach_task_self()), MACH_PORT_TYPE_SEND);
	check_eq(setup_recv_port(&again), 0);
	check_eq(send_number(again, MACH_MSG_TYPE_COPY_SEND, 1, 0), MACH_MSG_SUCCESS);
	check_eq(mach_port_destroy(mach_task_self(), again), KERN_SUCCESS);
	check_eq(count_fds(), fds);
}

TEST(names_are_not_inherited_over_fork)
{
	mach_port_t ports[2], notify = new_port(), previous;
	struct number_message message;
	uint32_t number;
	pid_t child;

	check_eq(setup_recv_port(&ports[0]), 0);
	check_eq(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_PORT_SET, &ports[1]), KERN_SUCCESS);
	check_eq(mach_port_move_member(mach_task_self(), ports[0], ports[1]), KERN_SUCCESS);
	check_eq(mach_port_request_notification(mach_task_self(), ports[0], MACH_NOTIFY_NO_SENDERS, 0, notify,
						MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous),
		 KERN_SUCCESS);
	child = spawn(child_without_names, ports);
	check_eq(wait_for(child), 0);
	/* Nothing of the parent's has changed: neither its set nor what it asked for. */
	check_eq(send_number(ports[0], MACH_MSG_TYPE_COPY_SEND, 3, 0), MACH_MSG_SUCCESS);
	check_eq(receive_number(ports[1], &number, 1000), MACH_MSG_SUCCESS);
	check_eq(number, 3);
	check_eq(receive_number(notify, &number, 20), MACH_RCV_TIMED_OUT);
	check_eq(mach_port_deallocate(mach_task_self(), ports[0]), KERN_SUCCESS);
	check_eq(receive_notification(notify, &message.header, sizeof(message)), MACH_MSG_SUCCESS);
	check_eq(message.header.msgh_id, MACH_NOTIFY_NO_SENDERS);
	mach_port_destroy(mach_task_self(), ports[0]);
	mach_port_destroy(mach_task_self(), ports[1]);
	mach_port_destroy(mach_task_self(), notify);
}

static void
hold(void *argument)
{
	pause();
}

TEST(a_child_does_not_keep_its_parents_ports_alive)
{
	mach_port_t port, its = new_port(), got;
	pid_t child;

	check_eq(setup_recv_port(&port), 0);
	check_eq(send_port_as(port, its, MACH_MSG_TYPE_MAKE_SEND), MACH_MSG_SUCCESS);
	child = spawn(hold, NULL);
	usleep(20000);
	check_eq(mach_port_mod_refs(mach_task_self(), its, MACH_PORT_RIGHT_RECEIVE, -1), KERN_SUCCESS);
	check_eq(recv_port(port, &got), 0);
	check_eq(got, MACH_PORT_DEAD);
	kill(child, SIGKILL);
	wait_for(child);
	mach_port_destroy(mach_task_self(), port);
}

static void
child_with_registered(void *argument)
{
	mach_msg_type_number_t count;
	mach_port_array_t ports;

	check_eq(mach_ports_lookup(mach_task_self(), &ports, &count), KERN_SUCCESS);
	check_eq(count, TASK_PORT_REGISTER_MAX);
	check_eq(ports[1], MACH_PORT_NULL);
	check_eq(send_number(ports[0], MACH_MSG_TYPE_COPY_SEND, 5, 1000), MACH_MSG_SUCCESS);
	vm_deallocate(mach_task_self(), (vm_address_t)ports, count * sizeof(*ports));
}

TEST(registered_ports_are_inherited)
{
	mach_port_t port;
	uint32_t number;
	pid_t child;

	check_eq(setup_recv_port(&port), 0);
	check_eq(mach_ports_register(mach_task_self(), &port, 4), KERN_INVALID_ARGUMENT);
	check_eq(mach_ports_register(mach_task_self(), &port, 1), KERN_SUCCESS);
	child = spawn(child_with_registered, NULL);
	check_eq(receive_number(port, &number, 10000), MACH_MSG_SUCCESS);
	check_eq(number, 5);
	check_eq(wait_for(child), 0);
	check_eq(mach_ports_register(mach_task_self(), NULL, 0), KERN_SUCCESS);
	mach_port_destroy(mach_task_self(), port);
}

TEST(special_ports_are_checked)
{
	mach_port_t port = new_port(), got;

	check_eq(task_get_special_port(mach_task_self(), TASK_KERNEL_PORT, &got), KERN_SUCCESS);
	check_eq(got, mach_task_self());
	check_eq(task_get_special_port(mach_task_self(), 99, &got), KERN_INVALID_ARGUMENT);
	check_eq(task_get_special_port(port, TASK_BOOTSTRAP_PORT, &got), KERN_INVALID_TASK);
	check_eq(task_set_bootstrap_port(mach_task_self(), port), KERN_INVALID_RIGHT);
	check_eq(task_set_bootstrap_port(mach_task_self(), 0x999903), KERN_INVALID_NAME);
	check_eq(task_set_special_port(mach_task_self(), TASK_KERNEL_PORT, port), KERN_INVALID_ARGUMENT);
	mach_port_destroy(mach_task_self(), port);
}

/* Rights to one port have one name, also when they come one by one from elsewhere. */
static void
child_that_sends_twice(void *argument)
{
	mach_port_t parent, one = new_port(), two = new_port();

	check_eq(task_get_bootstrap_port(mach_task_self(), &parent), KERN_SUCCESS);
	check_eq(send_port_as(parent, one, MACH_MSG_TYPE_MAKE_SEND), MACH_MSG_SUCCESS);
	check_eq(send_port_as(parent, two, MACH_MSG_TYPE_MAKE_SEND), MACH_MSG_SUCCESS);
	check_eq(send_port_as(parent, one, MACH_MSG_TYPE_MAKE_SEND), MACH_MSG_SUCCESS);
	check_eq(send_port_as(parent, parent, MACH_MSG_TYPE_COPY_SEND), MACH_MSG_SUCCESS);
	check_eq(send_port_as(parent, one, MACH_MSG_TYPE_MOVE_RECEIVE), MACH_MSG_SUCCESS);
	pause();
}

TEST(rights_to_one_port_coalesce_across_processes)
{
	mach_port_t inbox, one, two, again;
	pid_t child;

	skip_under("qemu", "it does not tell the numbers of sockets");
	check_eq(setup_recv_port(&inbox), 0);
	check_eq(task_set_bootstrap_port(mach_task_self(), inbox), KERN_SUCCESS);
	child = spawn(child_that_sends_twice, NULL);
	check_eq(task_set_bootstrap_port(mach_task_self(), MACH_PORT_NULL), KERN_SUCCESS);
	check_eq(recv_port(inbox, &one), 0);
	check_eq(recv_port(inbox, &two), 0);
	check_eq(recv_port(inbox, &again), 0);
	check(one != two);
	check_eq(one, again);
	check_eq(refs_of(one, MACH_PORT_RIGHT_SEND), 2);
	check_eq(recv_port(inbox, &again), 0);
	check_eq(again, inbox);
	check_eq(refs_of(inbox, MACH_PORT_RIGHT_SEND), 2);
	check_eq(recv_port(inbox, &again), 0); /* the receive right, to where a send right is */
	check_eq(again, one);
	check_eq(type_of(one), MACH_PORT_TYPE_SEND_RECEIVE);
	kill(child, SIGKILL);
	wait_for(child);
	check_eq(type_of(one), MACH_PORT_TYPE_SEND_RECEIVE); /* it lives here now */
	check_eq(type_of(two), MACH_PORT_TYPE_DEAD_NAME);
	mach_port_destroy(mach_task_self(), inbox);
	mach_port_destroy(mach_task_self(), one);
	mach_port_destroy(mach_task_self(), two);
}

/* The other order: the receive right first, then send rights from a third process. */
static void
child_that_sends_back(void *argument)
{
	mach_port_t parent, own, got;

	check_eq(task_get_bootstrap_port(mach_task_self(), &parent), KERN_SUCCESS);
	check_eq(setup_recv_port(&own), 0);
	check_eq(send_port(parent, own), 0);
	check_eq(recv_port(own, &got), 0);
	check_eq(send_port_as(parent, got, MACH_MSG_TYPE_MOVE_SEND), MACH_MSG_SUCCESS);
	pause();
}

static void
child_that_gives_a_port_away(void *argument)
{
	mach_port_t parent, port, other;

	check_eq(task_get_bootstrap_port(mach_task_self(), &parent), KERN_SUCCESS);
	check_eq(setup_recv_port(&port), 0);
	check_eq(setup_recv_port(&other), 0);
	check_eq(send_port(parent, other), 0);
	check_eq(recv_port(other, &other), 0); /* the third process */
	check_eq(send_port(other, port), 0);
	check_eq(send_port_as(parent, port, MACH_MSG_TYPE_MOVE_RECEIVE), MACH_MSG_SUCCESS);
	pause();
}

TEST(send_rights_that_come_after_the_receive_right_coalesce)
{
	mach_port_t inbox, third_inbox, maker_inbox, port, again;
	pid_t maker, third;

	skip_under("qemu", "it does not tell the numbers of sockets");
	check_eq(setup_recv_port(&inbox), 0);
	check_eq(task_set_bootstrap_port(mach_task_self(), inbox), KERN_SUCCESS);
	third = spawn(child_that_sends_back, NULL);
	check_eq(recv_port(inbox, &third_inbox), 0);
	maker = spawn(child_that_gives_a_port_away, NULL);
	check_eq(task_set_bootstrap_port(mach_task_self(), MACH_PORT_NULL), KERN_SUCCESS);
	check_eq(recv_port(inbox, &maker_inbox), 0);
	check_eq(send_port(maker_inbox, third_inbox), 0);
	check_eq(recv_port(inbox, &port), 0);
	check_eq(recv_port(inbox, &again), 0);
	check_eq(port, again);
	check_eq(type_of(port), MACH_PORT_TYPE_SEND_RECEIVE);
	kill(maker, SIGKILL);
	kill(third, SIGKILL);
	wait_for(maker);
	wait_for(third);
	mach_port_destroy(mach_task_self(), port);
	mach_port_destroy(mach_task_self(), inbox);
	mach_port_destroy(mach_task_self(), third_inbox);
	mach_port_destroy(mach_task_self(), maker_inbox);
}

/* Two unrelated processes find each other by a name alone. */
static void
serve_name(void *argument)
{
	mach_port_t port, got;

	check_eq(bootstrap_check_in(bootstrap_port, argument, &port), KERN_SUCCESS);
	check_eq(recv_port(port, &got), 0);
	check_eq(send_number(got, MACH_MSG_TYPE_COPY_SEND, 31, 5000), MACH_MSG_SUCCESS);
	check_eq(mach_port_destroy(mach_task_self(), port), KERN_SUCCESS);
}

static mach_port_t
look_up_soon(const char *name)
{
	mach_port_t port = MACH_PORT_NULL;

	for (int i = 0; i < 1000; i++) {
		kern_return_t kr = bootstrap_look_up(bootstrap_port, name, &port);

		if (kr == KERN_SUCCESS)
			return port;
		check_eq(kr, BOOTSTRAP_UNKNOWN_SERVICE);
		usleep(10000);
	}
	return port;
}

static void
talk(const char *name)
{
	mach_port_t service, answer;
	uint32_t number;
	pid_t server = spawn(serve_name, (void *)name);

	service = look_up_soon(name);
	check(MACH_PORT_VALID(service));
	check_eq(setup_recv_port(&answer), 0);
	check_eq(send_port(service, answer), 0);
	check_eq(receive_number(answer, &number, 10000), MACH_MSG_SUCCESS);
	check_eq(number, 31);
	check_eq(wait_for(server), 0);
	mach_port_destroy(mach_task_self(), service);
	mach_port_destroy(mach_task_self(), answer);
}

TEST(unrelated_processes_meet_by_name)
{
	use_runtime();
	talk("com.example.frames");
	talk("com.example.frames");
	drop_runtime();
}

TEST(names_of_any_kind_up_to_127_bytes)
{
	char name[140];
	mach_port_t port;

	use_runtime();
	talk("a name/with everything: ~ \303\244");
	talk(".hidden");
	memset(name, 'n', sizeof(name));
	name[127] = 0;
	talk(name);
	name[127] = 'n';
	name[128] = 0;
	check_eq(bootstrap_check_in(bootstrap_port, name, &port), BOOTSTRAP_NOT_PRIVILEGED);
	check_eq(bootstrap_look_up(bootstrap_port, name, &port), BOOTSTRAP_UNKNOWN_SERVICE);
	check_eq(bootstrap_look_up(bootstrap_port, "", &port), BOOTSTRAP_UNKNOWN_SERVICE);
	drop_runtime();
}

static void
check_in_and_wait(void *argument)
{
	mach_port_t port, parent;

	check_eq(bootstrap_check_in(0x203, "com.example.stale", &port), KERN_SUCCESS);
	check_eq(task_get_bootstrap_port(mach_task_self(), &parent), KERN_SUCCESS);
	check_eq(send_port(parent, MACH_PORT_NULL), 0);
	pause();
}

TEST(a_name_has_one_owner_and_a_dead_ones_is_taken_over)
{
	mach_port_t inbox, port, null;
	pid_t owner;

	use_runtime();
	check_eq(setup_recv_port(&inbox), 0);
	check_eq(task_set_bootstrap_port(mach_task_self(), inbox), KERN_SUCCESS);
	owner = spawn(check_in_and_wait, NULL);
	check_eq(recv_port(inbox, &null), 0);
	check_eq(bootstrap_check_in(bootstrap_port, "com.example.stale", &port), BOOTSTRAP_SERVICE_ACTIVE);
	check_eq(bootstrap_register(bootstrap_port, (char *)"com.example.stale", inbox),
		 BOOTSTRAP_NAME_IN_USE);
	kill(owner, SIGKILL);
	wait_for(owner);
	check_eq(bootstrap_look_up(bootstrap_port, "com.example.stale", &port), BOOTSTRAP_UNKNOWN_SERVICE);
	check_eq(bootstrap_check_in(bootstrap_port, "com.example.stale", &port), KERN_SUCCESS);
	mach_port_destroy(mach_task_self(), port);
	check_eq(bootstrap_check_in(bootstrap_port, "com.example.stale", &port), KERN_SUCCESS);
	mach_port_destroy(mach_task_self(), port);
	check_eq(bootstrap_look_up(bootstrap_port, "com.example.stale", &port), BOOTSTRAP_UNKNOWN_SERVICE);
	mach_port_destroy(mach_task_self(), inbox);
	drop_runtime();
}

TEST(register_makes_a_send_right_known)
{
	mach_port_t port, got;
	char name[] = "com.example.registered";

	skip_under("qemu", "it does not tell the numbers of sockets");
	use_runtime();
	check_eq(setup_recv_port(&port), 0);
	check_eq(bootstrap_register(bootstrap_port, name, 0x999903), KERN_INVALID_NAME);
	check_eq(bootstrap_register(bootstrap_port, name, port), KERN_SUCCESS);
	check_eq(bootstrap_look_up(bootstrap_port, name, &got), KERN_SUCCESS);
	check_eq(got, port);
	check_eq(bootstrap_register(bootstrap_port, name, MACH_PORT_NULL), KERN_SUCCESS);
	check_eq(bootstrap_register(bootstrap_port, name, MACH_PORT_NULL), BOOTSTRAP_UNKNOWN_SERVICE);
	check_eq(bootstrap_look_up(bootstrap_port, name, &got), BOOTSTRAP_UNKNOWN_SERVICE);
	check_eq(bootstrap_register(bootstrap_port, name, port), KERN_SUCCESS);
	mach_port_destroy(mach_task_self(), port);
	check_eq(bootstrap_look_up(bootstrap_port, name, &got), BOOTSTRAP_UNKNOWN_SERVICE);
	drop_runtime();
}

TEST(another_bootstrap_port_has_no_names)
{
	mach_port_t port, got;

	check_eq(setup_recv_port(&port), 0);
	check_eq(bootstrap_look_up(port, "x", &got), BOOTSTRAP_NOT_PRIVILEGED);
	check_eq(bootstrap_check_in(MACH_PORT_NULL, "x", &got), MACH_SEND_INVALID_DEST);
	check_eq(bootstrap_parent(port, &got), BOOTSTRAP_NOT_PRIVILEGED);
	check_eq(bootstrap_parent(bootstrap_port, &got), KERN_SUCCESS);
	check_eq(got, bootstrap_port);
	check(!strcmp(bootstrap_strerror(BOOTSTRAP_UNKNOWN_SERVICE), "Unknown service name"));
	check(!strcmp(bootstrap_strerror(KERN_INVALID_NAME), "(os/kern) invalid name"));
	mach_port_destroy(mach_task_self(), port);
}

TEST(names_and_descriptors_are_exchanged)
{
	struct transom_message *message;
	enum transom_right_kind kind;
	mach_port_t name, again;
	int receive, send, copy, before = count_fds();
	uint32_t number;

	skip_under("qemu", "it does not tell the numbers of sockets");
	check_eq(transom_port_create(NULL, &receive, &send), 0);
	check_eq(transom_apple_create_mach_port(send, TRANSOM_RIGHT_SEND, &name), KERN_SUCCESS);
	check_eq(transom_apple_create_mach_port(send, TRANSOM_RIGHT_SEND, &again), KERN_SUCCESS);
	check_eq(name, again);
	check_eq(refs_of(name, MACH_PORT_RIGHT_SEND), 2);
	check_eq(transom_apple_create_mach_port(send, TRANSOM_RIGHT_SURFACE, &again),
		 KERN_INVALID_CAPABILITY);
	check_eq(transom_apple_create_mach_port(send, TRANSOM_RIGHT_FD, &again), KERN_INVALID_VALUE);
	check_eq(transom_apple_create_mach_port(-1, TRANSOM_RIGHT_SEND, &again), KERN_INVALID_CAPABILITY);
	check_eq(transom_apple_create_mach_port(send, TRANSOM_RIGHT_SEND, NULL), KERN_INVALID_ARGUMENT);
	check_eq(transom_apple_dup_mach_port(name, &kind, &copy), KERN_SUCCESS);
	check_eq(kind, TRANSOM_RIGHT_SEND);
	check_eq(transom_port_send(copy, "x", 2, NULL, 0, 0), 0);
	check_eq(transom_message_create(&message), 0);
	check_eq(transom_port_receive(receive, message, 0), 0);
	transom_message_unref(message);
	close(copy);
	check_eq(transom_apple_create_mach_port(receive, TRANSOM_RIGHT_RECEIVE, &again), KERN_SUCCESS);
	close(receive);
	check_eq(send_number(name, MACH_MSG_TYPE_COPY_SEND, 6, 0), MACH_MSG_SUCCESS);
	check_eq(receive_number(again, &number, 1000), MACH_MSG_SUCCESS);
	check_eq(number, 6);
	check_eq(transom_apple_dup_mach_port(again, &kind, &copy), KERN_INVALID_RIGHT);
	mach_port_destroy(mach_task_self(), name);
	mach_port_destroy(mach_task_self(), again);
	close(send);
	check_eq(count_fds(), before);
}

static bool
can_be_read(int fd)
{
	return poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 0) == 1;
}

TEST(a_descriptor_tells_of_messages)
{
	mach_port_t port, set, names[2];
	uint32_t number;
	int fd = -1;

	check_eq(setup_recv_port(&port), 0);
	check_eq(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_PORT_SET, &set), KERN_SUCCESS);
	names[0] = port;
	names[1] = set;
	for (int i = 0; i < 2; i++) {
		check_eq(transom_apple_get_mach_port_fd(names[i], &fd), KERN_SUCCESS);
		if (names[i] == set)
			check_eq(mach_port_insert_member(mach_task_self(), port, set), KERN_SUCCESS);
		check(!can_be_read(fd));
		check_eq(send_number(port, MACH_MSG_TYPE_COPY_SEND, 1, 0), MACH_MSG_SUCCESS);
		check(can_be_read(fd));
		check_eq(receive_number(port, &number, 0), MACH_MSG_SUCCESS);
		check(!can_be_read(fd));
	}
	check_eq(transom_apple_get_mach_port_fd(port, NULL), KERN_INVALID_ARGUMENT);
	check_eq(transom_apple_get_mach_port_fd(0x999903, &fd), KERN_INVALID_NAME);
	check_eq(transom_apple_get_mach_port_fd(mach_task_self(), &fd), KERN_INVALID_RIGHT);
	mach_port_destroy(mach_task_self(), port);
	mach_port_destroy(mach_task_self(), set);
}
