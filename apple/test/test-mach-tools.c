/* test-mach-tools.c - what the tests of Mach share; no test is here. */
#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "test-mach.h"

mach_port_t
new_port(void)
{
	mach_port_t port = MACH_PORT_NULL;

	check_eq(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port), KERN_SUCCESS);
	check(MACH_PORT_VALID(port));
	return port;
}

int
setup_recv_port(mach_port_t *ret)
{
	if (mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, ret) != KERN_SUCCESS)
		return 1;
	return mach_port_insert_right(mach_task_self(), *ret, *ret, MACH_MSG_TYPE_MAKE_SEND) != KERN_SUCCESS;
}

mach_msg_return_t
send_port_as(mach_port_t remote, mach_port_t port, mach_msg_type_name_t disposition)
{
	struct port_message message;

	memset(&message, 0, sizeof(message));
	message.header.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0) | MACH_MSGH_BITS_COMPLEX;
	message.header.msgh_size = sizeof(message) - sizeof(message.trailer);
	message.header.msgh_remote_port = remote;
	message.body.msgh_descriptor_count = 1;
	message.port.name = port;
	message.port.disposition = disposition & 0xff;
	message.port.type = MACH_MSG_PORT_DESCRIPTOR;
	return mach_msg(&message.header, MACH_SEND_MSG | MACH_SEND_TIMEOUT, message.header.msgh_size, 0,
			MACH_PORT_NULL, 0, MACH_PORT_NULL);
}

int
send_port(mach_port_t remote, mach_port_t port)
{
	return send_port_as(remote, port, MACH_MSG_TYPE_COPY_SEND) != MACH_MSG_SUCCESS;
}

int
recv_port(mach_port_t receive, mach_port_t *ret)
{
	struct port_message message;

	if (mach_msg(&message.header, MACH_RCV_MSG, 0, sizeof(message), receive, MACH_MSG_TIMEOUT_NONE,
		     MACH_PORT_NULL) != MACH_MSG_SUCCESS)
		return 1;
	check(MACH_MSGH_BITS_IS_COMPLEX(message.header.msgh_bits));
	check_eq(message.body.msgh_descriptor_count, 1);
	*ret = message.port.name;
	return 0;
}

mach_msg_return_t
send_number(mach_port_t remote, mach_msg_type_name_t disposition, uint32_t number, mach_msg_timeout_t timeout)
{
	struct number_message message;

	memset(&message, 0, sizeof(message));
	message.header.msgh_bits = MACH_MSGH_BITS(disposition, 0);
	message.header.msgh_remote_port = remote;
	message.header.msgh_id = 7;
	message.number = number;
	return mach_msg(&message.header, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
			sizeof(message) - sizeof(message.trailer), 0, MACH_PORT_NULL, timeout,
			MACH_PORT_NULL);
}

mach_msg_return_t
receive_number(mach_port_t receive, uint32_t *ret, mach_msg_timeout_t timeout)
{
	struct number_message message;
	mach_msg_return_t mr;

	mr = mach_msg(&message.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof(message), receive, timeout,
		      MACH_PORT_NULL);
	if (mr == MACH_MSG_SUCCESS)
		*ret = message.number;
	return mr;
}

mach_msg_return_t
receive_notification(mach_port_t receive, mach_msg_header_t *message, size_t size)
{
	return mach_msg(message, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, (mach_msg_size_t)size, receive, 15000,
			MACH_PORT_NULL);
}

mach_port_type_t
type_of(mach_port_t name)
{
	mach_port_type_t type = 0;

	return mach_port_type(mach_task_self(), name, &type) == KERN_SUCCESS ? type : 0;
}

unsigned
refs_of(mach_port_t name, mach_port_right_t right)
{
	mach_port_urefs_t refs = 9999;

	return mach_port_get_refs(mach_task_self(), name, right, &refs) == KERN_SUCCESS ? refs : 9999;
}

static char runtime[] = "/tmp/transom-test-mach-XXXXXX";

void
use_runtime(void)
{
	check(mkdtemp(runtime));
	check(setenv("TRANSOM_RUNTIME_DIR", runtime, 1) == 0);
}

static void
remove_all(const char *path)
{
	DIR *opened = opendir(path);
	struct dirent *item;

	while (opened && (item = readdir(opened))) {
		char below[512];

		if (!strcmp(item->d_name, ".") || !strcmp(item->d_name, ".."))
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, item->d_name);
		if (unlink(below) < 0)
			remove_all(below);
	}
	if (opened)
		closedir(opened);
	rmdir(path);
}

void
drop_runtime(void)
{
	remove_all(runtime);
}
