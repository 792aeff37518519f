/* mach-server.c - answering requests in a loop, and giving up what is in a message. */
#include <stdlib.h>
#include <string.h>

#include "mach-message-private.h"

static void
destroy_right(mach_port_name_t name, mach_msg_type_name_t disposition)
{
	if (!MACH_PORT_VALID(name))
		return;
	switch (disposition) {
	case MACH_MSG_TYPE_MOVE_SEND:
	case MACH_MSG_TYPE_MOVE_SEND_ONCE:
		mach_port_deallocate(mach_task_self_, name);
		break;
	case MACH_MSG_TYPE_MOVE_RECEIVE:
		mach_port_mod_refs(mach_task_self_, name, MACH_PORT_RIGHT_RECEIVE, -1);
		break;
	default:
		break; /* it would have been made or copied: nothing is there to give up */
	}
}

static void
destroy_ports(const mach_msg_ool_ports_descriptor_t *ports)
{
	const mach_port_name_t *names = ports->address;

	if (!names)
		return;
	for (mach_msg_size_t i = 0; i < ports->count; i++)
		destroy_right(names[i], ports->disposition);
	if (ports->deallocate || ports->copy == MACH_MSG_ALLOCATE || ports->copy == MACH_MSG_VIRTUAL_COPY ||
	    ports->copy == MACH_MSG_PHYSICAL_COPY)
		vm_deallocate(mach_task_self_, (vm_address_t)names, ports->count * sizeof(*names));
}

static void
destroy_body(mach_msg_header_t *msg)
{
	size_t size = msg->msgh_size - sizeof(*msg), offset = sizeof(mach_msg_body_t);
	mach_msg_body_t body;

	if (size < sizeof(body))
		return;
	memcpy(&body, msg + 1, sizeof(body));
	for (mach_msg_size_t i = 0; i < body.msgh_descriptor_count; i++) {
		union descriptor descriptor;
		size_t length = descriptor_read(msg + 1, size, offset, &descriptor);

		if (length == 0)
			return;
		if (descriptor.type.type == MACH_MSG_PORT_DESCRIPTOR)
			destroy_right(descriptor.port.name, descriptor.port.disposition);
		else if (descriptor.type.type == MACH_MSG_OOL_PORTS_DESCRIPTOR)
			destroy_ports(&descriptor.ports);
		else if (descriptor.memory.address)
			vm_deallocate(mach_task_self_, (vm_address_t)descriptor.memory.address,
				      descriptor.memory.size);
		offset += length;
	}
}

void
mach_msg_destroy(mach_msg_header_t *msg)
{
	if (!msg)
		return;
	destroy_right(msg->msgh_remote_port, MACH_MSGH_BITS_REMOTE(msg->msgh_bits));
	if (MACH_MSGH_BITS_IS_COMPLEX(msg->msgh_bits) && msg->msgh_size >= sizeof(*msg))
		destroy_body(msg);
}

/* Sends what @demux made of the request. A client that does not listen must not hold the server up. */
static void
answer(mach_msg_header_t *request, mach_msg_header_t *reply, bool known)
{
	const mig_reply_error_t *error = (const mig_reply_error_t *)reply;
	mach_msg_option_t option = MACH_SEND_MSG;

	if (!known || (!MACH_MSGH_BITS_IS_COMPLEX(reply->msgh_bits) && error->RetCode != KERN_SUCCESS)) {
		if (known && error->RetCode == MIG_NO_REPLY) {
			reply->msgh_remote_port = MACH_PORT_NULL;
		} else {
			/* The reply port is the reply's to use: the rest of the request goes. */
			request->msgh_remote_port = MACH_PORT_NULL;
			mach_msg_destroy(request);
		}
	}
	if (reply->msgh_remote_port == MACH_PORT_NULL) {
		if (MACH_MSGH_BITS_IS_COMPLEX(reply->msgh_bits))
			mach_msg_destroy(reply);
		return;
	}
	if (MACH_MSGH_BITS_REMOTE(reply->msgh_bits) != MACH_MSG_TYPE_MOVE_SEND_ONCE)
		option |= MACH_SEND_TIMEOUT;
	if (mach_msg(reply, option, reply->msgh_size, 0, MACH_PORT_NULL, 0, MACH_PORT_NULL) !=
	    MACH_MSG_SUCCESS)
		mach_msg_destroy(reply);
}

/* What a reply is before @demux fills it: an error, to whoever asked. */
static void
prepare_reply(const mach_msg_header_t *request, mig_reply_error_t *reply)
{
	memset(reply, 0, sizeof(*reply));
	reply->Head.msgh_bits = MACH_MSGH_BITS(MACH_MSGH_BITS_REMOTE(request->msgh_bits), 0);
	reply->Head.msgh_size = sizeof(*reply);
	reply->Head.msgh_remote_port = request->msgh_remote_port;
	reply->Head.msgh_id = request->msgh_id + 100;
	reply->NDR.int_rep = 1;
	reply->RetCode = MIG_BAD_ID;
}

static mach_msg_return_t
serve(boolean_t (*demux)(mach_msg_header_t *, mach_msg_header_t *), mach_msg_size_t max_size,
      mach_port_t rcv_name, mach_msg_options_t options, bool once)
{
	size_t size = round_msg(max_size) + MAX_TRAILER_SIZE;
	mach_msg_header_t *request, *reply;
	mach_msg_return_t mr;

	if (!demux || max_size > WIRE_MAX_SIZE)
		return MACH_RCV_INVALID_DATA;
	if (size < sizeof(mig_reply_error_t) + MAX_TRAILER_SIZE)
		size = sizeof(mig_reply_error_t) + MAX_TRAILER_SIZE;
	request = calloc(1, size);
	reply = calloc(1, size);
	mr = request && reply ? MACH_MSG_SUCCESS : KERN_RESOURCE_SHORTAGE;
	while (mr == MACH_MSG_SUCCESS) {
		mr = mach_msg(request, (options & ~MACH_SEND_MSG) | MACH_RCV_MSG, 0, (mach_msg_size_t)size,
			      rcv_name, 0, MACH_PORT_NULL);
		if (mr != MACH_MSG_SUCCESS)
			break;
		prepare_reply(request, (mig_reply_error_t *)reply);
		answer(request, reply, demux(request, reply));
		if (once)
			break;
	}
	free(request);
	free(reply);
	return mr;
}

mach_msg_return_t
mach_msg_server(boolean_t (*demux)(mach_msg_header_t *request, mach_msg_header_t *reply),
		mach_msg_size_t max_size, mach_port_t rcv_name, mach_msg_options_t options)
{
	return serve(demux, max_size, rcv_name, options, false);
}

mach_msg_return_t
mach_msg_server_once(boolean_t (*demux)(mach_msg_header_t *request, mach_msg_header_t *reply),
		     mach_msg_size_t max_size, mach_port_t rcv_name, mach_msg_options_t options)
{
	return serve(demux, max_size, rcv_name, options, true);
}
