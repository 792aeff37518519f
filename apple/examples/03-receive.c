/*
 * 03-receive.c - receives a picture under a name, from a program that it does not know.
 *
 * usage: 03-receive
 */
#include <servers/bootstrap.h>

#include "picture.h"

int
main(void)
{
	struct port_message message;
	mach_port_t service;
	kern_return_t err = bootstrap_check_in(bootstrap_port, SERVICE, &service);

	if (err != BOOTSTRAP_SUCCESS) {
		fprintf(stderr, "03-receive: %s: %s\n", SERVICE, bootstrap_strerror(err));
		return 1;
	}
	err = mach_msg(&message.header, MACH_RCV_MSG, 0, sizeof(message), service, MACH_MSG_TIMEOUT_NONE,
		       MACH_PORT_NULL);
	if (err != MACH_MSG_SUCCESS)
		fail("03-receive: receiving", err);
	return show_surface(message.port.name);
}
