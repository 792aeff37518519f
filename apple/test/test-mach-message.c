/* test-mach-message.c - messages: what they carry, limits, waiting, and errors; one test a rule. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bsm/libbsm.h>

#include "test-mach.h"

TEST(header_arrives_the_other_way_round)
{
	mach_port_t port, reply;
	struct number_message message = { .number = 9 };

	skip_under("qemu", "it does not tell the numbers of sockets");
	check_eq(setup_recv_port(&port), 0);
	check_eq(setup_recv_port(&reply), 0);
	message.header = (mach_msg_header_t){
		MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_COPY_SEND), 28, port, reply, 0, 1234
	};
	check_eq(mach_msg(&message.header, MACH_SEND_MSG, 28, 0, 0, 0, 0), MACH_MSG_SUCCESS);
	memset(&message, 0x55, sizeof(message));
	check_eq(mach_msg(&message.header, MACH_RCV_MSG, 0, sizeof(message), port, 0, 0), MACH_MSG_SUCCESS);
	check_eq(message.header.msgh_remote_port, reply);
	check_eq(message.header.msgh_local_port, port);
	check_eq(message.header.msgh_id, 1234);
	check_eq(message.header.msgh_size, 28);
	check_eq(message.header.msgh_bits, MACH_MSGH_BITS(MACH_MSG_TYPE_PORT_SEND, MACH_MSG_TYPE_PORT_SEND));
	check_eq(message.number, 9);
	check_eq(refs_of(reply, MACH_PORT_RIGHT_SEND), 2); /* the message's is the receiver's now */
	mach_port_destroy(mach_task_self(), port);
	mach_port_destroy(mach_task_self(), reply);
}

TEST(sizes_are_apples)
{
	check_eq(sizeof(mach_msg_header_t), 24);
	check_eq(sizeof(mach_msg_body_t), 4);
	check_eq(sizeof(mach_msg_port_descriptor_t), 12);
	check_eq(sizeof(mach_msg_ool_descriptor_t), 16);
	check_eq(sizeof(mach_msg_ool_ports_descriptor_t), 16);
	check_eq(sizeof(mach_msg_audit_trailer_t), 52);
	check_eq(MAX_TRAILER_SIZE, 68);
}

TEST(sending_and_receiving_in_one_call)
{
	mach_port_t port;
	struct number_message message = { .number = 5 };

	check_eq(setup_recv_port(&port), 0);
	message.header = (mach_msg_header_t){ MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0), 28, port, 0, 0, 3 };
	check_eq(mach_msg(&message.header, MACH_SEND_MSG | MACH_RCV_MSG, 28, sizeof(message), port, 0, 0),
		 MACH_MSG_SUCCESS);
	check_eq(message.number, 5);
	check_eq(message.header.msgh_remote_port, MACH_PORT_NULL);
	mach_port_destroy(mach_task_self(), port);
}

TEST(a_timeout_counts_only_with_its_option)
{
	mach_port_t port = new_port();
	struct number_message message;

	check_eq(mach_msg(&message.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof(message), port, 0, 0),
		 MACH_RCV_TIMED_OUT);
	check_eq(mach_msg(&message.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof(message), port, 30, 0),
		 MACH_RCV_TIMED_OUT);
	mach_port_destroy(mach_task_self(), port);
}

static void *
send_later(void *argument)
{
	usleep(50000);
	check_eq(send_number(*(mach_port_t *)argument, MACH_MSG_TYPE_COPY_SEND, 11, 0), MACH_MSG_SUCCESS);
	return NULL;
}

TEST(without_the_option_a_receive_waits)
{
	mach_port_t port;
	struct number_message message;
	pthread_t thread;

	check_eq(setup_recv_port(&port), 0);
	check(pthread_create(&thread, NULL, send_later, &port) == 0);
	check_eq(mach_msg(&message.header, MACH_RCV_MSG, 0, sizeof(message), port, 1, 0), MACH_MSG_SUCCESS);
	check_eq(message.number, 11);
	pthread_join(thread, NULL);
	mach_port_destroy(mach_task_self(), port);
}

TEST(the_sixth_message_finds_the_queue_full)
{
	mach_port_t port;
	mach_port_limits_t limits = { 1 };
	uint32_t number;

	check_eq(setup_recv_port(&port), 0);
	for (uint32_t i = 0; i < 5; i++)
		check_eq(send_number(port, MACH_MSG_TYPE_COPY_SEND, i, 0), MACH_MSG_SUCCESS);
	check_eq(send_number(port, MACH_MSG_TYPE_COPY_SEND, 5, 0), MACH_SEND_TIMED_OUT);
	check_eq(send_number(port, MACH_MSG_TYPE_COPY_SEND, 5, 20), MACH_SEND_TIMED_OUT);
	check_eq(refs_of(port, MACH_PORT_RIGHT_SEND), 1);
	check_eq(receive_number(port, &number, 0), MACH_MSG_SUCCESS);
	check_eq(send_number(port, MACH_MSG_TYPE_COPY_SEND, 5, 0), MACH_MSG_SUCCESS);
	for (uint32_t i = 1; i <= 5; i++) {
		check_eq(receive_number(port, &number, 0), MACH_MSG_SUCCESS);
		check_eq(number, i);
	}
	check_eq(mach_port_set_attributes(mach_task_self(), port, MACH_PORT_LIMITS_INFO,
					  (mach_port_info_t)&limits, MACH_PORT_LIMITS_INFO_COUNT),
		 KERN_SUCCESS);
	check_eq(send_number(port, MACH_MSG_TYPE_COPY_SEND, 1, 0), MACH_MSG_SUCCESS);
	check_eq(send_number(port, MACH_MSG_TYPE_COPY_SEND, 2, 0), MACH_SEND_TIMED_OUT);
	/* A send-once right is good however full the queue is. */
	check_eq(send_number(port, MACH_MSG_TYPE_MAKE_SEND_ONCE, 3, 0), MACH_MSG_SUCCESS);
	mach_port_destroy(mach_task_self(), port);
}

static void *
receive_later(void *argument)
{
	uint32_t number;

	usleep(50000);
	check_eq(receive_number(*(mach_port_t *)argument, &number, 0), MACH_MSG_SUCCESS);
	return NULL;
}

TEST(a_sender_waits_for_room)
{
	mach_port_t port;
	pthread_t thread;

	check_eq(setup_recv_port(&port), 0);
	for (uint32_t i = 0; i < 5; i++)
		check_eq(send_number(port, MACH_MSG_TYPE_COPY_SEND, i, 0), MACH_MSG_SUCCESS);
	check(pthread_create(&thread, NULL, receive_later, &port) == 0);
	check_eq(send_number(port, MACH_MSG_TYPE_COPY_SEND, 5, 10000), MACH_MSG_SUCCESS);
	pthread_join(thread, NULL);
	mach_port_destroy(mach_task_self(), port);
}

TEST(a_queue_of_1024_is_one)
{
	mach_port_limits_t limits = { MACH_PORT_QLIMIT_MAX };
	mach_port_t port;
	uint32_t number;
	int sent = 0;

	check_eq(setup_recv_port(&port), 0);
	check_eq(mach_port_set_attributes(mach_task_self(), port, MACH_PORT_LIMITS_INFO,
					  (mach_port_info_t)&limits, MACH_PORT_LIMITS_INFO_COUNT),
		 KERN_SUCCESS);
	while (sent < 2000 &&
	       send_number(port, MACH_MSG_TYPE_COPY_SEND, (uint32_t)sent, 0) == MACH_MSG_SUCCESS)
		sent++;
	check(sent <= 1024); /* the kernel's own limit of bytes may be less */
	check(sent >= 100);
	for (int i = 0; i < sent; i++) {
		check_eq(receive_number(port, &number, 0), MACH_MSG_SUCCESS);
		check_eq(number, i);
	}
	mach_port_destroy(mach_task_self(), port);
}

static void
on_signal(int number)
{
}

TEST(interrupts_end_a_wait_that_wishes_it)
{
	struct sigaction action = { .sa_handler = on_signal };
	mach_port_t port;
	struct number_message message = { .number = 0 };

	check_eq(setup_recv_port(&port), 0);
	begin_signals();
	check_eq(mach_msg(&message.header, MACH_RCV_MSG | MACH_RCV_INTERRUPT, 0, sizeof(message), port, 0, 0),
		 MACH_RCV_INTERRUPTED);
	check_eq(mach_msg(&message.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof(message), port, 50, 0),
		 MACH_RCV_TIMED_OUT);
	for (uint32_t i = 0; i < 5; i++)
		check_eq(send_number(port, MACH_MSG_TYPE_COPY_SEND, i, 0), MACH_MSG_SUCCESS);
	message.header = (mach_msg_header_t){ MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0), 28, port, 0, 0, 3 };
	check_eq(mach_msg(&message.header, MACH_SEND_MSG | MACH_SEND_INTERRUPT, 28, 0, 0, 0, 0),
		 MACH_SEND_INTERRUPTED);
	end_signals();
	check(sigaction(SIGUSR1, &action, NULL) == 0);
	mach_port_destroy(mach_task_self(), port);
}

TEST(a_message_that_is_too_large_is_lost_or_kept)
{
	mach_port_t port;
	struct number_message message;
	mach_msg_header_t small;
	uint32_t number;

	check_eq(setup_recv_port(&port), 0);
	check_eq(send_number(port, MACH_MSG_TYPE_COPY_SEND, 1, 0), MACH_MSG_SUCCESS);
	check_eq(send_number(port, MACH_MSG_TYPE_COPY_SEND, 2, 0), MACH_MSG_SUCCESS);
	check_eq(mach_msg(&small, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof(small), port, 0, 0),
		 MACH_RCV_TOO_LARGE);
	check_eq(small.msgh_size, 28);
	for (int i = 0; i < 2; i++) {
		check_eq(mach_msg(&small,
				  MACH_RCV_MSG | MACH_RCV_LARGE | MACH_RCV_LARGE_IDENTITY | MACH_RCV_TIMEOUT,
				  0, sizeof(small), port, 0, 0),
			 MACH_RCV_TOO_LARGE);
		check_eq(small.msgh_size, 28);
		check_eq(small.msgh_local_port, port);
	}
	check_eq(mach_msg(&message.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, 28 + 8, port, 0, 0),
		 MACH_MSG_SUCCESS);
	check_eq(message.number, 2);
	check_eq(receive_number(port, &number, 0), MACH_RCV_TIMED_OUT);
	mach_port_destroy(mach_task_self(), port);
}

TEST(a_trailer_tells_the_sender)
{
	mach_port_t port;
	struct {
		mach_msg_header_t header;
		uint32_t number;
		mach_msg_audit_trailer_t trailer;
	} message;
	mach_msg_option_t audit = MACH_RCV_TRAILER_TYPE(MACH_MSG_TRAILER_FORMAT_0) |
				  MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT);

	check_eq(setup_recv_port(&port), 0);
	for (uint32_t i = 0; i < 3; i++) {
		check_eq(send_number(port, MACH_MSG_TYPE_COPY_SEND, i, 0), MACH_MSG_SUCCESS);
		check_eq(mach_msg(&message.header, MACH_RCV_MSG | audit, 0, sizeof(message), port, 0, 0),
			 MACH_MSG_SUCCESS);
		check_eq(message.trailer.msgh_trailer_type, MACH_MSG_TRAILER_FORMAT_0);
		check_eq(message.trailer.msgh_trailer_size, 52);
		check_eq(message.trailer.msgh_seqno, i);
		check_eq(audit_token_to_pid(message.trailer.msgh_audit), getpid());
		check_eq(audit_token_to_euid(message.trailer.msgh_audit), geteuid());
		check_eq(audit_token_to_egid(message.trailer.msgh_audit), getegid());
		check_eq(message.trailer.msgh_sender.val[0], geteuid());
	}
	check_eq(mach_msg(&message.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT | MACH_RCV_TRAILER_TYPE(3), 0,
			  sizeof(message), port, 0, 0),
		 MACH_RCV_INVALID_TRAILER);
	mach_port_destroy(mach_task_self(), port);
}

static void
send_as_child(void *argument)
{
	mach_port_t parent;

	check_eq(task_get_bootstrap_port(mach_task_self(), &parent), KERN_SUCCESS);
	check_eq(send_number(parent, MACH_MSG_TYPE_COPY_SEND, 1, 5000), MACH_MSG_SUCCESS);
}

TEST(the_audit_token_is_the_childs)
{
	mach_port_t port;
	struct {
		mach_msg_header_t header;
		uint32_t number;
		mach_msg_audit_trailer_t trailer;
	} message;
	pid_t child;

	check_eq(setup_recv_port(&port), 0);
	check_eq(task_set_bootstrap_port(mach_task_self(), port), KERN_SUCCESS);
	child = spawn(send_as_child, NULL);
	check_eq(mach_msg(&message.header, MACH_RCV_MSG | MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT),
			  0, sizeof(message), port, 0, 0),
		 MACH_MSG_SUCCESS);
	check_eq(audit_token_to_pid(message.trailer.msgh_audit), child);
	check_eq(wait_for(child), 0);
	check_eq(task_set_bootstrap_port(mach_task_self(), MACH_PORT_NULL), KERN_SUCCESS);
	mach_port_destroy(mach_task_self(), port);
}

/* A message with several descriptors of each kind. */
struct full_message {
	mach_msg_header_t header;
	mach_msg_body_t body;
	mach_msg_port_descriptor_t port;
	mach_msg_ool_descriptor_t memory;
	mach_msg_ool_ports_descriptor_t ports;
	uint32_t number;
	mach_msg_mac_trailer_t trailer;
};

static struct full_message
make_full(mach_port_t remote, mach_port_t port, void *bytes, size_t size, mach_port_t *ports, unsigned count)
{
	struct full_message message;

	memset(&message, 0, sizeof(message));
	message.header.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0) | MACH_MSGH_BITS_COMPLEX;
	message.header.msgh_size = sizeof(message) - sizeof(message.trailer);
	message.header.msgh_remote_port = remote;
	message.body.msgh_descriptor_count = 3;
	message.port.name = port;
	message.port.disposition = MACH_MSG_TYPE_MAKE_SEND;
	message.memory.type = MACH_MSG_OOL_DESCRIPTOR;
	message.memory.address = bytes;
	message.memory.size = (mach_msg_size_t)size;
	message.memory.copy = MACH_MSG_VIRTUAL_COPY;
	message.ports.type = MACH_MSG_OOL_PORTS_DESCRIPTOR;
	message.ports.address = ports;
	message.ports.count = count;
	message.ports.disposition = MACH_MSG_TYPE_MAKE_SEND;
	message.number = 77;
	return message;
}

TEST(memory_and_arrays_of_ports_travel)
{
	enum { COUNT = 40, SIZE = 3 * 4096 + 17 };
	mach_port_t remote, port = new_port(), ports[COUNT];
	struct full_message message;
	unsigned char *bytes = malloc(SIZE), *got;
	mach_port_name_t *names;

	skip_under("qemu", "it does not tell the numbers of sockets");
	check_eq(setup_recv_port(&remote), 0);
	for (int i = 0; i < COUNT; i++)
		ports[i] = i % 8 == 7 ? MACH_PORT_NULL : new_port();
	for (int i = 0; i < SIZE; i++)
		bytes[i] = (unsigned char)(i * 13);
	message = make_full(remote, port, bytes, SIZE, ports, COUNT);
	check_eq(mach_msg_send(&message.header), MACH_MSG_SUCCESS);
	memset(bytes, 0, SIZE); /* it is a copy */
	memset(&message, 0, sizeof(message));
	check_eq(mach_msg(&message.header, MACH_RCV_MSG, 0, sizeof(message), remote, 0, 0), MACH_MSG_SUCCESS);
	check_eq(message.number, 77);
	check_eq(message.port.name, port);
	check_eq(message.port.disposition, MACH_MSG_TYPE_PORT_SEND);
	check_eq(message.memory.size, SIZE);
	got = message.memory.address;
	for (int i = 0; i < SIZE; i++)
		check_eq(got[i], (unsigned char)(i * 13));
	got[5] = 1; /* writable, and the receiver's alone */
	check_eq(message.ports.count, COUNT);
	names = message.ports.address;
	for (int i = 0; i < COUNT; i++)
		check_eq(names[i], ports[i]);
	check_eq(refs_of(ports[0], MACH_PORT_RIGHT_SEND), 1);
	mach_msg_destroy(&message.header);
	check_eq(refs_of(ports[0], MACH_PORT_RIGHT_SEND), 0);
	check_eq(refs_of(port, MACH_PORT_RIGHT_SEND), 0);
	for (int i = 0; i < COUNT; i++)
		mach_port_destroy(mach_task_self(), ports[i]);
	mach_port_destroy(mach_task_self(), port);
	mach_port_destroy(mach_task_self(), remote);
	free(bytes);
}

TEST(bad_memory_is_refused_and_nothing_is_taken)
{
	mach_port_t remote, port = new_port();
	struct full_message message;

	skip_under("qemu", "it does not tell of bad addresses");
	check_eq(setup_recv_port(&remote), 0);
	message = make_full(remote, port, (void *)16, 4096, NULL, 0);
	check_eq(mach_msg_send(&message.header), MACH_SEND_INVALID_MEMORY);
	message = make_full(remote, port, NULL, 0, (void *)16, 3);
	check_eq(mach_msg_send(&message.header), MACH_SEND_INVALID_MEMORY);
	check_eq(refs_of(port, MACH_PORT_RIGHT_SEND), 0);
	mach_port_destroy(mach_task_self(), port);
	mach_port_destroy(mach_task_self(), remote);
}

TEST(memory_given_up_goes_with_the_message)
{
	mach_port_t remote;
	struct full_message message;
	vm_address_t memory;

	check_eq(setup_recv_port(&remote), 0);
	check_eq(vm_allocate(mach_task_self(), &memory, 8192, VM_FLAGS_ANYWHERE), KERN_SUCCESS);
	message = make_full(remote, MACH_PORT_NULL, (void *)memory, 8192, NULL, 0);
	message.memory.deallocate = 1;
	check_eq(mach_msg_send(&message.header), MACH_MSG_SUCCESS);
	check(msync((void *)memory, 8192, MS_ASYNC) < 0 && errno == ENOMEM);
	mach_port_destroy(mach_task_self(), remote);
}

TEST(a_large_inline_message_travels)
{
	enum { SIZE = 1 << 20 };
	mach_msg_header_t *message = calloc(1, SIZE + 4096);
	mach_port_t port;

	check_eq(setup_recv_port(&port), 0);
	for (int i = 24; i < SIZE; i++)
		((unsigned char *)message)[i] = (unsigned char)(i * 5);
	*message = (mach_msg_header_t){ MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0), SIZE, port, 0, 0, 3 };
	check_eq(mach_msg_send(message), MACH_MSG_SUCCESS);
	memset(message, 0, SIZE);
	check_eq(mach_msg(message, MACH_RCV_MSG, 0, SIZE + 4096, port, 0, 0), MACH_MSG_SUCCESS);
	check_eq(message->msgh_size, SIZE);
	for (int i = 24; i < SIZE; i++)
		check_eq(((unsigned char *)message)[i], (unsigned char)(i * 5));
	free(message);
	mach_port_destroy(mach_task_self(), port);
}

TEST(bad_headers_are_refused)
{
	mach_port_t port = new_port(), set;
	struct number_message message = { .number = 0 };
	const struct {
		mach_msg_bits_t bits;
		mach_port_t remote, local;
		mach_msg_size_t size;
		mach_msg_return_t want;
	} cases[] = {
		{ MACH_MSGH_BITS(0, 0), port, 0, 28, MACH_SEND_INVALID_HEADER },
		{ MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_RECEIVE, 0), port, 0, 28, MACH_SEND_INVALID_HEADER },
		{ MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0), port, 0, 28, MACH_SEND_INVALID_DEST },
		{ MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0), 0, 0, 28, MACH_SEND_INVALID_DEST },
		{ MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0), MACH_PORT_DEAD, 0, 28, MACH_SEND_INVALID_DEST },
		{ MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0), 0x999903, 0, 28, MACH_SEND_INVALID_DEST },
		{ MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0), mach_task_self(), 0, 28,
		  MACH_SEND_INVALID_DEST },
		{ MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0), port, port, 28, MACH_SEND_INVALID_HEADER },
		{ MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, MACH_MSG_TYPE_COPY_SEND), port, port, 28,
		  MACH_SEND_INVALID_REPLY },
		{ MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, MACH_MSG_TYPE_MAKE_SEND), port, 0x999903, 28,
		  MACH_SEND_INVALID_REPLY },
		{ MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0), port, 0, 20, MACH_SEND_MSG_TOO_SMALL },
		{ MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0), port, 0, 26, MACH_SEND_MSG_TOO_SMALL },
		{ MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0), port, 0, 0xfffffffc, MACH_SEND_TOO_LARGE },
		{ MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0) | MACH_MSGH_BITS_COMPLEX, port, 0, 24,
		  MACH_SEND_MSG_TOO_SMALL },
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		message.header =
			(mach_msg_header_t){ cases[i].bits, 28, cases[i].remote, cases[i].local, 0, 1 };
		check_eq(mach_msg(&message.header, MACH_SEND_MSG, cases[i].size, 0, 0, 0, 0), cases[i].want);
	}
	check_eq(mach_msg(NULL, MACH_SEND_MSG, 28, 0, 0, 0, 0), MACH_SEND_INVALID_DATA);
	check_eq(mach_msg(NULL, MACH_RCV_MSG, 0, 100, port, 0, 0), MACH_RCV_INVALID_DATA);
	check_eq(mach_msg_send(NULL), MACH_SEND_INVALID_DATA);
	check_eq(mach_msg(&message.header, MACH_RCV_MSG, 0, 100, 0x999903, 0, 0), MACH_RCV_INVALID_NAME);
	check_eq(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_DEAD_NAME, &set), KERN_SUCCESS);
	check_eq(mach_msg(&message.header, MACH_RCV_MSG, 0, 100, set, 0, 0), MACH_RCV_INVALID_NAME);
	mach_port_destroy(mach_task_self(), set);
	mach_port_destroy(mach_task_self(), port);
}

TEST(wrong_dispositions_are_refused)
{
	mach_port_t remote, port = new_port();
	struct full_message message;

	check_eq(setup_recv_port(&remote), 0);
	check_eq(send_port_as(remote, port, MACH_MSG_TYPE_COPY_SEND), MACH_SEND_INVALID_RIGHT);
	check_eq(send_port_as(remote, port, MACH_MSG_TYPE_MOVE_SEND), MACH_SEND_INVALID_RIGHT);
	check_eq(send_port_as(remote, port, MACH_MSG_TYPE_MOVE_SEND_ONCE), MACH_SEND_INVALID_RIGHT);
	check_eq(send_port_as(remote, 0x999903, MACH_MSG_TYPE_COPY_SEND), MACH_SEND_INVALID_RIGHT);
	check_eq(send_port_as(remote, port, 99), MACH_SEND_INVALID_TYPE);
	check_eq(send_port_as(remote, mach_task_self(), MACH_MSG_TYPE_COPY_SEND), MACH_SEND_INVALID_RIGHT);
	message = make_full(remote, port, NULL, 0, NULL, 0);
	message.memory.type = 9;
	check_eq(mach_msg_send(&message.header), MACH_SEND_INVALID_TYPE);
	message = make_full(remote, port, NULL, 0, NULL, 0);
	message.body.msgh_descriptor_count = 50;
	check(mach_msg_send(&message.header) != MACH_MSG_SUCCESS);
	check_eq(refs_of(port, MACH_PORT_RIGHT_SEND), 0);
	mach_port_destroy(mach_task_self(), port);
	mach_port_destroy(mach_task_self(), remote);
}

TEST(more_rights_than_fit_are_refused)
{
	enum { COUNT = 254 };
	mach_port_t remote, port = new_port(), ports[COUNT];
	struct full_message message;
	int before = count_fds();

	skip_under("qemu", "it does not tell the numbers of sockets");
	check_eq(setup_recv_port(&remote), 0);
	for (int i = 0; i < COUNT; i++)
		ports[i] = port;
	message = make_full(remote, MACH_PORT_NULL, NULL, 0, ports, COUNT);
	check_eq(mach_msg_send(&message.header), MACH_SEND_NO_BUFFER);
	message.ports.count = COUNT - 1;
	check_eq(mach_msg_send(&message.header), MACH_MSG_SUCCESS);
	check_eq(mach_msg(&message.header, MACH_RCV_MSG, 0, sizeof(message), remote, 0, 0), MACH_MSG_SUCCESS);
	check_eq(refs_of(port, MACH_PORT_RIGHT_SEND), COUNT - 1);
	mach_msg_destroy(&message.header);
	mach_port_destroy(mach_task_self(), remote);
	check_eq(count_fds(), before);
	mach_port_destroy(mach_task_self(), port);
}

TEST(null_and_dead_travel_as_such)
{
	mach_port_t remote, dead, got = 1;

	check_eq(setup_recv_port(&remote), 0);
	check_eq(send_port(remote, MACH_PORT_NULL), 0);
	check_eq(recv_port(remote, &got), 0);
	check_eq(got, MACH_PORT_NULL);
	check_eq(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_DEAD_NAME, &dead), KERN_SUCCESS);
	check_eq(send_port(remote, dead), 0);
	check_eq(recv_port(remote, &got), 0);
	check_eq(got, MACH_PORT_DEAD);
	mach_port_destroy(mach_task_self(), dead);
	mach_port_destroy(mach_task_self(), remote);
}

TEST(moving_a_send_right_takes_a_reference)
{
	mach_port_t remote, port, got;

	skip_under("qemu", "it does not tell the numbers of sockets");
	check_eq(setup_recv_port(&remote), 0);
	check_eq(setup_recv_port(&port), 0);
	check_eq(mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_SEND, 1), KERN_SUCCESS);
	check_eq(send_port_as(remote, port, MACH_MSG_TYPE_MOVE_SEND), MACH_MSG_SUCCESS);
	check_eq(refs_of(port, MACH_PORT_RIGHT_SEND), 1);
	check_eq(recv_port(remote, &got), 0);
	check_eq(got, port);
	check_eq(refs_of(port, MACH_PORT_RIGHT_SEND), 2);
	mach_port_destroy(mach_task_self(), port);
	mach_port_destroy(mach_task_self(), remote);
}

TEST(a_receive_right_moves_with_its_queue)
{
	mach_port_t remote, port, got;
	uint32_t number;

	skip_under("qemu", "it does not tell the numbers of sockets");
	check_eq(setup_recv_port(&remote), 0);
	check_eq(setup_recv_port(&port), 0);
	for (uint32_t i = 0; i < 3; i++)
		check_eq(send_number(port, MACH_MSG_TYPE_COPY_SEND, i, 0), MACH_MSG_SUCCESS);
	check_eq(send_port_as(remote, port, MACH_MSG_TYPE_MOVE_RECEIVE), MACH_MSG_SUCCESS);
	check_eq(type_of(port), MACH_PORT_TYPE_SEND);
	check_eq(receive_number(port, &number, 0), MACH_RCV_INVALID_NAME);
	check_eq(send_number(port, MACH_MSG_TYPE_COPY_SEND, 3, 0), MACH_MSG_SUCCESS);
	check_eq(recv_port(remote, &got), 0);
	check_eq(got, port); /* its send right is here */
	check_eq(type_of(port), MACH_PORT_TYPE_SEND_RECEIVE);
	for (uint32_t i = 0; i < 4; i++) {
		check_eq(receive_number(port, &number, 0), MACH_MSG_SUCCESS);
		check_eq(number, i);
	}
	check_eq(mach_port_insert_right(mach_task_self(), port, port, MACH_MSG_TYPE_MAKE_SEND), KERN_SUCCESS);
	check_eq(refs_of(port, MACH_PORT_RIGHT_SEND), 2);
	mach_port_destroy(mach_task_self(), port);
	mach_port_destroy(mach_task_self(), remote);
}

TEST(a_message_put_back_moves_too)
{
	mach_port_t remote, port, got;
	mach_msg_header_t small;
	uint32_t number;

	skip_under("qemu", "it does not tell the numbers of sockets");
	check_eq(setup_recv_port(&remote), 0);
	check_eq(setup_recv_port(&port), 0);
	check_eq(send_number(port, MACH_MSG_TYPE_COPY_SEND, 1, 0), MACH_MSG_SUCCESS);
	check_eq(send_number(port, MACH_MSG_TYPE_COPY_SEND, 2, 0), MACH_MSG_SUCCESS);
	check_eq(mach_msg(&small, MACH_RCV_MSG | MACH_RCV_LARGE, 0, sizeof(small), port, 0, 0),
		 MACH_RCV_TOO_LARGE);
	check_eq(send_port_as(remote, port, MACH_MSG_TYPE_MOVE_RECEIVE), MACH_MSG_SUCCESS);
	check_eq(recv_port(remote, &got), 0);
	check_eq(got, port);
	for (uint32_t i = 1; i <= 2; i++) {
		check_eq(receive_number(port, &number, 0), MACH_MSG_SUCCESS);
		check_eq(number, i);
	}
	mach_port_destroy(mach_task_self(), port);
	mach_port_destroy(mach_task_self(), remote);
}

TEST(a_receive_right_sent_to_itself_is_gone)
{
	mach_port_t port;

	check_eq(setup_recv_port(&port), 0);
	check_eq(send_port_as(port, port, MACH_MSG_TYPE_MOVE_RECEIVE), MACH_MSG_SUCCESS);
	check(!(type_of(port) & MACH_PORT_TYPE_RECEIVE));
	mach_port_destroy(mach_task_self(), port);
}

static void *
destroy_later(void *argument)
{
	usleep(50000);
	check_eq(mach_port_destroy(mach_task_self(), *(mach_port_t *)argument), KERN_SUCCESS);
	return NULL;
}

TEST(a_blocked_receive_ends_when_the_port_dies)
{
	struct number_message message;
	mach_port_t port = new_port(), set;
	pthread_t thread;

	check(pthread_create(&thread, NULL, destroy_later, &port) == 0);
	check_eq(mach_msg(&message.header, MACH_RCV_MSG, 0, sizeof(message), port, 0, 0), MACH_RCV_PORT_DIED);
	pthread_join(thread, NULL);
	check_eq(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_PORT_SET, &set), KERN_SUCCESS);
	check(pthread_create(&thread, NULL, destroy_later, &set) == 0);
	check_eq(mach_msg(&message.header, MACH_RCV_MSG, 0, sizeof(message), set, 0, 0), MACH_RCV_PORT_DIED);
	pthread_join(thread, NULL);
}

struct mover {
	mach_port_t port, remote;
};

static void *
move_later(void *argument)
{
	struct mover *mover = argument;

	usleep(50000);
	check_eq(send_port_as(mover->remote, mover->port, MACH_MSG_TYPE_MOVE_RECEIVE), MACH_MSG_SUCCESS);
	return NULL;
}

TEST(a_blocked_receive_ends_when_the_right_moves)
{
	struct mover mover = { .port = new_port() };
	struct number_message message;
	pthread_t thread;

	check_eq(setup_recv_port(&mover.remote), 0);
	check(pthread_create(&thread, NULL, move_later, &mover) == 0);
	check_eq(mach_msg(&message.header, MACH_RCV_MSG, 0, sizeof(message), mover.port, 0, 0),
		 MACH_RCV_PORT_CHANGED);
	pthread_join(thread, NULL);
	mach_port_destroy(mach_task_self(), mover.remote);
}

TEST(a_set_receives_from_all_its_ports)
{
	mach_port_t set, ports[10];
	struct number_message message;
	unsigned seen = 0;

	check_eq(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_PORT_SET, &set), KERN_SUCCESS);
	for (int i = 0; i < 10; i++) {
		check_eq(setup_recv_port(&ports[i]), 0);
		if (i % 2)
			check_eq(mach_port_move_member(mach_task_self(), ports[i], set), KERN_SUCCESS);
		check_eq(send_number(ports[i], MACH_MSG_TYPE_COPY_SEND, (uint32_t)i, 0), MACH_MSG_SUCCESS);
		if (i % 2 == 0)
			check_eq(mach_port_move_member(mach_task_self(), ports[i], set), KERN_SUCCESS);
	}
	for (int i = 0; i < 10; i++) {
		check_eq(mach_msg(&message.header, MACH_RCV_MSG, 0, sizeof(message), set, 0, 0),
			 MACH_MSG_SUCCESS);
		check_eq(message.header.msgh_local_port, ports[message.number]);
		seen |= 1u << message.number;
	}
	check_eq(seen, 0x3ff);
	check_eq(mach_msg(&message.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof(message), set, 0, 0),
		 MACH_RCV_TIMED_OUT);
	for (int i = 0; i < 10; i++)
		mach_port_destroy(mach_task_self(), ports[i]);
	mach_port_destroy(mach_task_self(), set);
}

TEST(many_send_once_rights_are_one_port)
{
	enum { COUNT = 50 };
	mach_port_t port = new_port(), once[COUNT];
	mach_msg_type_name_t type;
	unsigned long seen = 0;
	uint32_t number;

	for (int i = 0; i < COUNT; i++)
		check_eq(mach_port_extract_right(mach_task_self(), port, MACH_MSG_TYPE_MAKE_SEND_ONCE,
						 &once[i], &type),
			 KERN_SUCCESS);
	for (int i = 0; i < COUNT; i++)
		check_eq(send_number(once[i], MACH_MSG_TYPE_MOVE_SEND_ONCE, (uint32_t)i, 0),
			 MACH_MSG_SUCCESS);
	check_eq(type_of(once[0]), 0);
	for (int i = 0; i < COUNT; i++) {
		check_eq(receive_number(port, &number, 0), MACH_MSG_SUCCESS);
		seen |= 1ul << number;
	}
	check_eq(seen, (1ul << COUNT) - 1);
	check_eq(receive_number(port, &number, 0), MACH_RCV_TIMED_OUT);
	mach_port_destroy(mach_task_self(), port);
}

TEST(destroying_a_port_destroys_its_messages)
{
	mach_port_t port, inner = new_port();
	int before = count_fds();

	check_eq(setup_recv_port(&port), 0);
	check_eq(send_port_as(port, inner, MACH_MSG_TYPE_MOVE_RECEIVE), MACH_MSG_SUCCESS);
	check_eq(mach_port_destroy(mach_task_self(), port), KERN_SUCCESS);
	check_eq(count_fds(), before - 3); /* the inner port's too */
}

static boolean_t
add_one(mach_msg_header_t *request, mach_msg_header_t *reply)
{
	mig_reply_error_t *answer = (mig_reply_error_t *)reply;

	if (request->msgh_id != 500)
		return FALSE;
	answer->RetCode = KERN_SUCCESS;
	answer->NDR.mig_vers = (unsigned char)(((struct number_message *)request)->number + 1);
	return TRUE;
}

static void *
serve_twice(void *argument)
{
	mach_port_t *port = argument;

	check_eq(mach_msg_server_once(add_one, 128, *port, 0), MACH_MSG_SUCCESS);
	check_eq(mach_msg_server_once(add_one, 128, *port, 0), MACH_MSG_SUCCESS);
	return NULL;
}

TEST(a_server_answers_requests)
{
	struct {
		mig_reply_error_t body;
		mach_msg_mac_trailer_t trailer;
	} message;
	mach_port_t port, reply = mach_reply_port();
	pthread_t thread;

	check_eq(setup_recv_port(&port), 0);
	check(pthread_create(&thread, NULL, serve_twice, &port) == 0);
	for (int i = 0; i < 2; i++) {
		memset(&message, 0, sizeof(message));
		message.body.Head = (mach_msg_header_t){
			MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE),
			28,
			port,
			reply,
			0,
			500 + i
		};
		((struct number_message *)&message)->number = 41;
		check_eq(mach_msg(&message.body.Head, MACH_SEND_MSG | MACH_RCV_MSG, 28, sizeof(message),
				  reply, 0, 0),
			 MACH_MSG_SUCCESS);
		check_eq(message.body.Head.msgh_id, 600 + i);
		check_eq(message.body.RetCode, i ? MIG_BAD_ID : KERN_SUCCESS);
		if (i == 0)
			check_eq(message.body.NDR.mig_vers, 42);
	}
	pthread_join(thread, NULL);
	mach_port_destroy(mach_task_self(), port);
	mach_port_destroy(mach_task_self(), reply);
}

/* Threads that send, receive, copy and give up the same names. */
static _Atomic unsigned done;

static void *
churn(void *argument)
{
	mach_port_t port = *(mach_port_t *)argument;
	uint32_t number;

	for (int i = 0; i < 500; i++) {
		mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_SEND, 1);
		send_number(port, MACH_MSG_TYPE_MOVE_SEND, 1, 100);
		send_number(port, MACH_MSG_TYPE_MAKE_SEND_ONCE, 1, 100);
		if (receive_number(port, &number, 0) == MACH_MSG_SUCCESS)
			done++;
		if (receive_number(port, &number, 0) == MACH_MSG_SUCCESS)
			done++;
	}
	return NULL;
}

TEST_FOR(threads_may_share_any_name, 60)
{
	pthread_t threads[4];
	mach_port_t port;

	check_eq(setup_recv_port(&port), 0);
	for (int i = 0; i < 4; i++)
		check(pthread_create(&threads[i], NULL, churn, &port) == 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	check(done > 1000);
	check_eq(refs_of(port, MACH_PORT_RIGHT_RECEIVE), 1);
	mach_port_destroy(mach_task_self(), port);
}

TEST(a_message_may_come_into_another_buffer)
{
	struct number_message out = { .number = 5 }, in = { .number = 0 };
	mach_port_t port;

	check_eq(setup_recv_port(&port), 0);
	out.header = (mach_msg_header_t){ MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0), 28, port, 0, 0, 3 };
	check_eq(mach_msg_overwrite(&out.header, MACH_SEND_MSG | MACH_RCV_MSG, 28, sizeof(in), port, 0, 0,
				    &in.header, 0),
		 MACH_MSG_SUCCESS);
	check_eq(in.number, 5);
	check_eq(out.header.msgh_remote_port, port); /* as it was */
	check_eq(send_number(port, MACH_MSG_TYPE_COPY_SEND, 6, 0), MACH_MSG_SUCCESS);
	in.header = (mach_msg_header_t){ .msgh_size = sizeof(in), .msgh_local_port = port };
	check_eq(mach_msg_receive(&in.header), MACH_MSG_SUCCESS);
	check_eq(in.number, 6);
	mach_port_destroy(mach_task_self(), port);
}

static void *
serve_on(void *argument)
{
	mach_msg_return_t *r = argument;

	*r = mach_msg_server(add_one, 128, (mach_port_t)*r, 0);
	return NULL;
}

TEST(a_server_ends_with_its_port)
{
	mach_msg_return_t r;
	mach_port_t port;
	pthread_t thread;

	check_eq(setup_recv_port(&port), 0);
	r = (mach_msg_return_t)port;
	check(pthread_create(&thread, NULL, serve_on, &r) == 0);
	usleep(10000);
	mach_port_destroy(mach_task_self(), port);
	check(pthread_join(thread, NULL) == 0);
	check(r == MACH_RCV_PORT_DIED || r == MACH_RCV_INVALID_NAME);
}

TEST(what_linux_does_not_tell_of_a_sender)
{
	struct {
		mach_msg_header_t header;
		uint32_t number;
		mach_msg_audit_trailer_t trailer;
	} in;
	mach_port_t port;

	check_eq(setup_recv_port(&port), 0);
	check_eq(send_number(port, MACH_MSG_TYPE_COPY_SEND, 6, 0), MACH_MSG_SUCCESS);
	check_eq(mach_msg(&in.header,
			  MACH_RCV_MSG | MACH_RCV_TRAILER_TYPE(MACH_MSG_TRAILER_FORMAT_0) |
				  MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT),
			  0, sizeof(in), port, 0, 0),
		 MACH_MSG_SUCCESS);
	check_eq(audit_token_to_ruid(in.trailer.msgh_audit), geteuid());
	check_eq(audit_token_to_auid(in.trailer.msgh_audit), geteuid());
	check_eq(audit_token_to_rgid(in.trailer.msgh_audit), getegid());
	check_eq(audit_token_to_asid(in.trailer.msgh_audit), 0);
	check_eq(audit_token_to_pidversion(in.trailer.msgh_audit), 0);
	mach_port_destroy(mach_task_self(), port);
	check(mach_error_type(MACH_RCV_TIMED_OUT) != NULL);
	mach_error("a test says on purpose", KERN_FAILURE);
}
