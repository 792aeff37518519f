/* test-mach.h - what the tests of Mach share: ports, messages of one port each, and a runtime directory. */
#ifndef TEST_MACH_H
#define TEST_MACH_H

#include <mach/mach.h>

#include "harness.h"

/* A message with one port, and with room for any trailer. */
struct port_message {
	mach_msg_header_t header;
	mach_msg_body_t body;
	mach_msg_port_descriptor_t port;
	mach_msg_mac_trailer_t trailer;
};

/* A message with one number. */
struct number_message {
	mach_msg_header_t header;
	uint32_t number;
	mach_msg_mac_trailer_t trailer;
};

mach_port_t
new_port(void);

/* As programs have it: a receive right, and a send right on the same name. */
int
setup_recv_port(mach_port_t *ret);
int
send_port(mach_port_t remote, mach_port_t port);
int
recv_port(mach_port_t receive, mach_port_t *ret);

/* Sends one port by a disposition. */
mach_msg_return_t
send_port_as(mach_port_t remote, mach_port_t port, mach_msg_type_name_t disposition);
mach_msg_return_t
send_number(mach_port_t remote, mach_msg_type_name_t disposition, uint32_t number,
	    mach_msg_timeout_t timeout);
mach_msg_return_t
receive_number(mach_port_t receive, uint32_t *ret, mach_msg_timeout_t timeout);

/* Receives a notification: waits some seconds for it. */
mach_msg_return_t
receive_notification(mach_port_t receive, mach_msg_header_t *message, size_t size);

mach_port_type_t
type_of(mach_port_t name);
unsigned
refs_of(mach_port_t name, mach_port_right_t right);

/* An empty runtime directory, which is removed with what is in it by drop_runtime(). */
void
use_runtime(void);
void
drop_runtime(void);

#endif /* TEST_MACH_H */
