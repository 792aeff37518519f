/* test-mach-port.c - names and rights: one test a rule. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "test-mach.h"

TEST(allocate_makes_a_receive_right)
{
	mach_port_t port = new_port();

	check_eq(type_of(port), MACH_PORT_TYPE_RECEIVE);
	check_eq(refs_of(port, MACH_PORT_RIGHT_RECEIVE), 1);
	check_eq(refs_of(port, MACH_PORT_RIGHT_SEND), 0);
	check(fcntl((int)port, F_GETFD) < 0); /* no descriptor */
	check_eq(mach_port_destroy(mach_task_self(), port), KERN_SUCCESS);
	check_eq(mach_port_destroy(mach_task_self(), port), KERN_INVALID_NAME);
}

TEST(a_queue_limit_of_five_is_the_default)
{
	mach_port_t port = new_port();
	mach_port_limits_t limits = { 0 };
	mach_msg_type_number_t count = MACH_PORT_LIMITS_INFO_COUNT;

	check_eq(mach_port_get_attributes(mach_task_self(), port, MACH_PORT_LIMITS_INFO,
					  (mach_port_info_t)&limits, &count),
		 KERN_SUCCESS);
	check_eq(limits.mpl_qlimit, 5);
	limits.mpl_qlimit = 1024;
	check_eq(mach_port_set_attributes(mach_task_self(), port, MACH_PORT_LIMITS_INFO,
					  (mach_port_info_t)&limits, count),
		 KERN_SUCCESS);
	limits.mpl_qlimit = 1025;
	check_eq(mach_port_set_attributes(mach_task_self(), port, MACH_PORT_LIMITS_INFO,
					  (mach_port_info_t)&limits, count),
		 KERN_INVALID_VALUE);
	mach_port_destroy(mach_task_self(), port);
}

TEST(send_and_receive_share_a_name_and_send_rights_count)
{
	mach_port_t port = new_port();

	for (unsigned i = 1; i <= 3; i++) {
		check_eq(mach_port_insert_right(mach_task_self(), port, port, MACH_MSG_TYPE_MAKE_SEND),
			 KERN_SUCCESS);
		check_eq(refs_of(port, MACH_PORT_RIGHT_SEND), i);
	}
	check_eq(type_of(port), MACH_PORT_TYPE_SEND_RECEIVE);
	check_eq(mach_port_insert_right(mach_task_self(), port, port, MACH_MSG_TYPE_COPY_SEND), KERN_SUCCESS);
	check_eq(refs_of(port, MACH_PORT_RIGHT_SEND), 4);
	check_eq(mach_port_deallocate(mach_task_self(), port), KERN_SUCCESS);
	check_eq(refs_of(port, MACH_PORT_RIGHT_SEND), 3);
	check_eq(mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_SEND, 5), KERN_SUCCESS);
	check_eq(refs_of(port, MACH_PORT_RIGHT_SEND), 8);
	check_eq(mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_SEND, -9), KERN_INVALID_VALUE);
	check_eq(mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_SEND, -8), KERN_SUCCESS);
	check_eq(type_of(port), MACH_PORT_TYPE_RECEIVE);
	check_eq(mach_port_deallocate(mach_task_self(), port), KERN_INVALID_RIGHT);
	mach_port_destroy(mach_task_self(), port);
}

TEST(references_do_not_overflow)
{
	mach_port_t port;

	check_eq(setup_recv_port(&port), 0);
	check_eq(mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_SEND, MACH_PORT_UREFS_MAX - 1),
		 KERN_SUCCESS);
	check_eq(mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_SEND, 1), KERN_UREFS_OVERFLOW);
	check_eq(mach_port_insert_right(mach_task_self(), port, port, MACH_MSG_TYPE_MAKE_SEND),
		 KERN_UREFS_OVERFLOW);
	check_eq(mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_SEND, INT32_MIN),
		 KERN_INVALID_VALUE);
	mach_port_destroy(mach_task_self(), port);
}

TEST(insert_right_on_a_used_name_is_right_exists)
{
	mach_port_t one = new_port(), two = new_port();

	check_eq(mach_port_insert_right(mach_task_self(), one, two, MACH_MSG_TYPE_MAKE_SEND),
		 KERN_RIGHT_EXISTS);
	check_eq(mach_port_insert_right(mach_task_self(), 0x7f03, two, MACH_MSG_TYPE_MAKE_SEND),
		 KERN_RIGHT_EXISTS);
	check_eq(mach_port_insert_right(mach_task_self(), one, one, 99), KERN_INVALID_VALUE);
	check_eq(mach_port_insert_right(mach_task_self(), one, one, MACH_MSG_TYPE_COPY_SEND),
		 KERN_INVALID_RIGHT);
	check_eq(mach_port_insert_right(mach_task_self(), one, MACH_PORT_NULL, MACH_MSG_TYPE_MAKE_SEND),
		 KERN_INVALID_CAPABILITY);
	check_eq(mach_port_insert_right(mach_task_self(), one, MACH_PORT_DEAD, MACH_MSG_TYPE_MAKE_SEND),
		 KERN_INVALID_CAPABILITY);
	mach_port_destroy(mach_task_self(), one);
	mach_port_destroy(mach_task_self(), two);
}

TEST(errors_are_those_documented)
{
	mach_port_t port = new_port(), set, out;
	mach_msg_type_name_t type;
	mach_port_urefs_t refs;
	mach_port_type_t kind;

	check_eq(mach_port_allocate(mach_task_self(), 9, &out), KERN_INVALID_VALUE);
	check_eq(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_SEND, &out), KERN_INVALID_VALUE);
	check_eq(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, NULL), KERN_INVALID_ARGUMENT);
	check_eq(mach_port_allocate(port, MACH_PORT_RIGHT_RECEIVE, &out), KERN_INVALID_TASK);
	check_eq(mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_SEND, -1), KERN_INVALID_RIGHT);
	check_eq(mach_port_mod_refs(mach_task_self(), port, 17, -1), KERN_INVALID_VALUE);
	check_eq(mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_RECEIVE, 1), KERN_INVALID_VALUE);
	check_eq(mach_port_get_refs(mach_task_self(), 0x999903, MACH_PORT_RIGHT_SEND, &refs),
		 KERN_INVALID_NAME);
	check_eq(mach_port_get_refs(mach_task_self(), port, 5, &refs), KERN_INVALID_VALUE);
	check_eq(mach_port_get_refs(mach_task_self(), port, MACH_PORT_RIGHT_SEND, NULL),
		 KERN_INVALID_ARGUMENT);
	check_eq(mach_port_type(mach_task_self(), MACH_PORT_NULL, &kind), KERN_INVALID_NAME);
	check_eq(mach_port_type(mach_task_self(), MACH_PORT_DEAD, &kind), KERN_INVALID_NAME);
	check_eq(mach_port_deallocate(mach_task_self(), MACH_PORT_DEAD), KERN_INVALID_NAME);
	check_eq(mach_port_extract_right(mach_task_self(), port, MACH_MSG_TYPE_COPY_SEND, &out, &type),
		 KERN_INVALID_RIGHT);
	check_eq(mach_port_extract_right(mach_task_self(), port, 3, &out, &type), KERN_INVALID_VALUE);
	check_eq(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_PORT_SET, &set), KERN_SUCCESS);
	check_eq(mach_port_deallocate(mach_task_self(), set), KERN_INVALID_RIGHT);
	check_eq(mach_port_insert_right(mach_task_self(), set, set, MACH_MSG_TYPE_MAKE_SEND),
		 KERN_INVALID_RIGHT);
	check_eq(mach_port_mod_refs(mach_task_self(), set, MACH_PORT_RIGHT_PORT_SET, -1), KERN_SUCCESS);
	check_eq(type_of(set), 0);
	mach_port_destroy(mach_task_self(), port);
}

TEST(a_name_that_was_given_up_is_not_soon_anothers)
{
	mach_port_t first = new_port(), next;

	mach_port_destroy(mach_task_self(), first);
	for (int i = 0; i < 100; i++) {
		next = new_port();
		check(next != first);
		mach_port_destroy(mach_task_self(), next);
	}
}

TEST(a_dead_name_counts_and_goes)
{
	mach_port_t port;

	check_eq(setup_recv_port(&port), 0);
	check_eq(mach_port_insert_right(mach_task_self(), port, port, MACH_MSG_TYPE_MAKE_SEND), KERN_SUCCESS);
	check_eq(mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_RECEIVE, -1), KERN_SUCCESS);
	check_eq(type_of(port), MACH_PORT_TYPE_DEAD_NAME);
	check_eq(refs_of(port, MACH_PORT_RIGHT_DEAD_NAME), 2);
	check_eq(refs_of(port, MACH_PORT_RIGHT_SEND), 0);
	check_eq(mach_port_insert_right(mach_task_self(), port, port, MACH_MSG_TYPE_COPY_SEND),
		 KERN_INVALID_RIGHT);
	check_eq(mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_DEAD_NAME, 3), KERN_SUCCESS);
	check_eq(mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_DEAD_NAME, -4), KERN_SUCCESS);
	check_eq(mach_port_deallocate(mach_task_self(), port), KERN_SUCCESS);
	check_eq(type_of(port), 0);
}

TEST(names_lists_all)
{
	mach_port_t one, two = new_port();
	mach_msg_type_number_t count = 0, types_count = 0;
	mach_port_name_array_t names;
	mach_port_type_array_t types;
	int found = 0;

	check_eq(setup_recv_port(&one), 0);
	check_eq(mach_port_names(mach_task_self(), &names, &count, &types, &types_count), KERN_SUCCESS);
	check_eq(count, types_count);
	for (unsigned i = 0; i < count; i++) {
		found += names[i] == one && types[i] == MACH_PORT_TYPE_SEND_RECEIVE;
		found += names[i] == two && types[i] == MACH_PORT_TYPE_RECEIVE;
		found += names[i] == mach_task_self() && types[i] == MACH_PORT_TYPE_SEND;
	}
	check_eq(found, 3);
	vm_deallocate(mach_task_self(), (vm_address_t)names, count * sizeof(*names));
	vm_deallocate(mach_task_self(), (vm_address_t)types, count * sizeof(*types));
	mach_port_destroy(mach_task_self(), one);
	mach_port_destroy(mach_task_self(), two);
}

TEST(construct_does_it_in_one_and_destruct_undoes_it)
{
	mach_port_options_t options = { .flags = MPO_INSERT_SEND_RIGHT | MPO_QLIMIT | MPO_CONTEXT_AS_GUARD,
					.mpl = { .mpl_qlimit = 2 } };
	mach_port_limits_t limits;
	mach_msg_type_number_t count = MACH_PORT_LIMITS_INFO_COUNT;
	mach_port_t port;

	check_eq(mach_port_construct(mach_task_self(), &options, 0x1234, &port), KERN_SUCCESS);
	check_eq(type_of(port), MACH_PORT_TYPE_SEND_RECEIVE);
	check_eq(mach_port_get_attributes(mach_task_self(), port, MACH_PORT_LIMITS_INFO,
					  (mach_port_info_t)&limits, &count),
		 KERN_SUCCESS);
	check_eq(limits.mpl_qlimit, 2);
	check_eq(mach_port_destroy(mach_task_self(), port), KERN_INVALID_RIGHT);
	check_eq(mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_RECEIVE, -1), KERN_INVALID_RIGHT);
	check_eq(mach_port_destruct(mach_task_self(), port, -1, 0x4321), KERN_INVALID_ARGUMENT);
	check_eq(mach_port_destruct(mach_task_self(), port, -2, 0x1234), KERN_INVALID_VALUE);
	check_eq(mach_port_destruct(mach_task_self(), port, -1, 0x1234), KERN_SUCCESS);
	check_eq(type_of(port), 0);
	options.flags = 1u << 30;
	check_eq(mach_port_construct(mach_task_self(), &options, 0, &port), KERN_INVALID_ARGUMENT);
}

TEST(a_guard_keeps_the_receive_right)
{
	mach_port_t port = new_port();
	mach_port_context_t context = 0;

	check_eq(mach_port_set_context(mach_task_self(), port, 77), KERN_SUCCESS);
	check_eq(mach_port_get_context(mach_task_self(), port, &context), KERN_SUCCESS);
	check_eq(context, 77);
	check_eq(mach_port_guard(mach_task_self(), port, 5, 0), KERN_INVALID_ARGUMENT);
	check_eq(mach_port_set_context(mach_task_self(), port, 0), KERN_SUCCESS);
	check_eq(mach_port_guard(mach_task_self(), port, 5, 1), KERN_SUCCESS);
	check_eq(mach_port_set_context(mach_task_self(), port, 1), KERN_INVALID_ARGUMENT);
	check_eq(mach_port_destroy(mach_task_self(), port), KERN_INVALID_RIGHT);
	check_eq(mach_port_unguard(mach_task_self(), port, 6), KERN_INVALID_ARGUMENT);
	check_eq(mach_port_unguard(mach_task_self(), port, 5), KERN_SUCCESS);
	check_eq(mach_port_destroy(mach_task_self(), port), KERN_SUCCESS);
}

TEST(a_send_once_right_has_a_name_of_its_own)
{
	mach_port_t port = new_port(), one, two;
	mach_msg_type_name_t type;

	check_eq(mach_port_extract_right(mach_task_self(), port, MACH_MSG_TYPE_MAKE_SEND_ONCE, &one, &type),
		 KERN_SUCCESS);
	check_eq(type, MACH_MSG_TYPE_PORT_SEND_ONCE);
	check_eq(mach_port_extract_right(mach_task_self(), port, MACH_MSG_TYPE_MAKE_SEND_ONCE, &two, &type),
		 KERN_SUCCESS);
	check(one != two && one != port);
	check_eq(type_of(one), MACH_PORT_TYPE_SEND_ONCE);
	check_eq(mach_port_mod_refs(mach_task_self(), one, MACH_PORT_RIGHT_SEND_ONCE, 1), KERN_INVALID_VALUE);
	check_eq(mach_port_insert_right(mach_task_self(), 0x55503, port, MACH_MSG_TYPE_MAKE_SEND_ONCE),
		 KERN_SUCCESS);
	check_eq(type_of(0x55503), MACH_PORT_TYPE_SEND_ONCE);
	check_eq(mach_port_insert_right(mach_task_self(), 0x55503, port, MACH_MSG_TYPE_MAKE_SEND_ONCE),
		 KERN_NAME_EXISTS);
	check_eq(mach_port_deallocate(mach_task_self(), one), KERN_SUCCESS);
	mach_port_destroy(mach_task_self(), port);
	check_eq(type_of(two), MACH_PORT_TYPE_DEAD_NAME);
	mach_port_destroy(mach_task_self(), two);
	mach_port_destroy(mach_task_self(), 0x55503);
}

TEST(names_can_be_chosen_and_changed)
{
	mach_port_t port = 0x44403;

	check_eq(mach_port_allocate_name(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, port), KERN_SUCCESS);
	check_eq(mach_port_allocate_name(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, port), KERN_NAME_EXISTS);
	check_eq(mach_port_allocate_name(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, 0), KERN_INVALID_VALUE);
	check_eq(mach_port_rename(mach_task_self(), port, 0x66603), KERN_SUCCESS);
	check_eq(type_of(port), 0);
	check_eq(type_of(0x66603), MACH_PORT_TYPE_RECEIVE);
	check_eq(mach_port_rename(mach_task_self(), 0x66603, mach_task_self()), KERN_NAME_EXISTS);
	mach_port_destroy(mach_task_self(), 0x66603);
}

TEST(the_task_port_stays)
{
	check_eq(mach_port_deallocate(mach_task_self(), mach_task_self()), KERN_SUCCESS);
	check_eq(mach_port_destroy(mach_task_self(), mach_task_self()), KERN_SUCCESS);
	check_eq(type_of(mach_task_self()), MACH_PORT_TYPE_SEND);
}

TEST(receive_status_tells_counts)
{
	mach_port_status_t status;
	mach_msg_type_number_t count = MACH_PORT_RECEIVE_STATUS_COUNT;
	mach_port_t port, set, once;
	mach_msg_type_name_t type;
	uint32_t number;

	check_eq(setup_recv_port(&port), 0);
	check_eq(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_PORT_SET, &set), KERN_SUCCESS);
	check_eq(mach_port_insert_member(mach_task_self(), port, set), KERN_SUCCESS);
	check_eq(mach_port_extract_right(mach_task_self(), port, MACH_MSG_TYPE_MAKE_SEND_ONCE, &once, &type),
		 0);
	for (uint32_t i = 0; i < 4; i++)
		check_eq(send_number(port, MACH_MSG_TYPE_COPY_SEND, i, 0), MACH_MSG_SUCCESS);
	check_eq(receive_number(port, &number, 0), MACH_MSG_SUCCESS);
	check_eq(number, 0);
	check_eq(mach_port_get_attributes(mach_task_self(), port, MACH_PORT_RECEIVE_STATUS,
					  (mach_port_info_t)&status, &count),
		 KERN_SUCCESS);
	check_eq(status.mps_pset, 1);
	check_eq(status.mps_seqno, 1);
	check_eq(status.mps_mscount, 1);
	check_eq(status.mps_qlimit, 5);
	check_eq(status.mps_msgcount, 3);
	check_eq(status.mps_sorights, 1);
	check_eq(status.mps_srights, 1);
	check_eq(status.mps_nsrequest, 0);
	count = 2;
	check_eq(mach_port_get_attributes(mach_task_self(), port, MACH_PORT_RECEIVE_STATUS,
					  (mach_port_info_t)&status, &count),
		 KERN_FAILURE);
	mach_port_destroy(mach_task_self(), port);
	mach_port_destroy(mach_task_self(), set);
	mach_port_destroy(mach_task_self(), once);
}

TEST(a_port_can_be_in_sets)
{
	mach_port_t port = new_port(), one, two;
	mach_port_name_array_t members;
	mach_msg_type_number_t count;

	check_eq(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_PORT_SET, &one), KERN_SUCCESS);
	check_eq(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_PORT_SET, &two), KERN_SUCCESS);
	check_eq(mach_port_insert_member(mach_task_self(), port, port), KERN_INVALID_RIGHT);
	check_eq(mach_port_insert_member(mach_task_self(), port, 0x999903), KERN_INVALID_NAME);
	check_eq(mach_port_extract_member(mach_task_self(), port, one), KERN_NOT_IN_SET);
	check_eq(mach_port_insert_member(mach_task_self(), port, one), KERN_SUCCESS);
	check_eq(mach_port_insert_member(mach_task_self(), port, one), KERN_ALREADY_IN_SET);
	check_eq(mach_port_insert_member(mach_task_self(), port, two), KERN_SUCCESS);
	check_eq(mach_port_move_member(mach_task_self(), port, two), KERN_SUCCESS);
	check_eq(mach_port_extract_member(mach_task_self(), port, one), KERN_NOT_IN_SET);
	check_eq(mach_port_get_set_status(mach_task_self(), two, &members, &count), KERN_SUCCESS);
	check_eq(count, 1);
	check_eq(members[0], port);
	vm_deallocate(mach_task_self(), (vm_address_t)members, count * sizeof(*members));
	check_eq(mach_port_move_member(mach_task_self(), port, MACH_PORT_NULL), KERN_SUCCESS);
	check_eq(mach_port_move_member(mach_task_self(), port, MACH_PORT_NULL), KERN_NOT_IN_SET);
	check_eq(mach_port_insert_member(mach_task_self(), port, one), KERN_SUCCESS);
	mach_port_destroy(mach_task_self(), port);
	mach_port_destroy(mach_task_self(), one);
	mach_port_destroy(mach_task_self(), two);
}

TEST(peek_looks_and_takes_nothing)
{
	mach_port_t port;
	mach_port_seqno_t seqno = 0;
	mach_msg_size_t size;
	mach_msg_id_t id;
	uint32_t number;

	check_eq(setup_recv_port(&port), 0);
	check_eq(mach_port_peek(mach_task_self(), port, 0, &seqno, &size, &id, NULL, NULL), KERN_FAILURE);
	check_eq(send_number(port, MACH_MSG_TYPE_COPY_SEND, 42, 0), MACH_MSG_SUCCESS);
	for (int i = 0; i < 2; i++) {
		seqno = 0;
		check_eq(mach_port_peek(mach_task_self(), port, 0, &seqno, &size, &id, NULL, NULL),
			 KERN_SUCCESS);
		check_eq(id, 7);
		check_eq(size, 28);
	}
	check_eq(receive_number(port, &number, 0), MACH_MSG_SUCCESS);
	check_eq(number, 42);
	mach_port_destroy(mach_task_self(), port);
}

TEST(mach_error_string_has_words)
{
	check(!strcmp(mach_error_string(KERN_SUCCESS), "(os/kern) successful"));
	check(strstr(mach_error_string(MACH_SEND_INVALID_DEST), "destination"));
	check(strstr(mach_error_string(MACH_RCV_BODY_ERROR | MACH_MSG_VM_SPACE), "body"));
	check(!strcmp(mach_error_string(123456), "unknown error code"));
}

TEST(counts_of_a_port_can_be_set)
{
	mach_port_status_t status;
	mach_msg_type_number_t count = MACH_PORT_RECEIVE_STATUS_COUNT;
	mach_port_t port = new_port();

	check_eq(mach_port_set_mscount(mach_task_self(), port, 5), KERN_SUCCESS);
	check_eq(mach_port_set_seqno(mach_task_self(), port, 9), KERN_SUCCESS);
	check_eq(mach_port_get_attributes(mach_task_self(), port, MACH_PORT_RECEIVE_STATUS,
					  (mach_port_info_t)&status, &count),
		 KERN_SUCCESS);
	check_eq(status.mps_mscount, 5);
	check_eq(status.mps_seqno, 9);
	check_eq(mach_port_set_seqno(mach_task_self(), 12345, 9), KERN_INVALID_NAME);
	mach_port_destroy(mach_task_self(), port);
}
