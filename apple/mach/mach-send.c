/* mach-send.c - sending a message, and waiting for room for it; what becomes of its rights is copyin's. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "deadline-private.h"
#include "fd-private.h"
#include "mach-memory-private.h"
#include "mach-message-private.h"

/* What goes over of a message that is being sent. */
struct sending {
	mach_msg_header_t header;
	const unsigned char *source; /* the caller's, behind the header */
	unsigned char *body; /* a copy without addresses and names */
	size_t size; /* of both */
	int64_t deadline;
	mach_msg_option_t option;
	struct outgoing out;
};

static mach_msg_return_t
check_header(const mach_msg_header_t *msg)
{
	mach_msg_type_name_t local = MACH_MSGH_BITS_LOCAL(msg->msgh_bits);
	mach_msg_type_name_t remote = MACH_MSGH_BITS_REMOTE(msg->msgh_bits);

	if (!MACH_MSG_TYPE_PORT_ANY_SEND(remote))
		return MACH_SEND_INVALID_HEADER;
	if (local == 0 ? msg->msgh_local_port != MACH_PORT_NULL : !MACH_MSG_TYPE_PORT_ANY_SEND(local))
		return MACH_SEND_INVALID_HEADER;
	if (MACH_MSGH_BITS_VOUCHER(msg->msgh_bits) && msg->msgh_voucher_port != MACH_PORT_NULL)
		return MACH_SEND_INVALID_VOUCHER;
	return MACH_MSG_SUCCESS;
}

static mach_msg_return_t
prepare_memory(struct outgoing *out, mach_msg_ool_descriptor_t *memory)
{
	int fd, r;

	if (memory->size > 0) {
		if (out->memory_count == TRANSOM_PORT_MAX_RIGHTS)
			return MACH_SEND_NO_BUFFER;
		r = memory_file(memory->address, memory->size, &fd);
		if (r < 0)
			return r == -EFAULT ? MACH_SEND_INVALID_MEMORY : MACH_SEND_NO_BUFFER;
		out->memory[out->memory_count++] = fd;
	}
	memory->address = NULL;
	memory->deallocate = 0;
	memory->pad1 = 0;
	return MACH_MSG_SUCCESS;
}

/* What a descriptor is to its receiver; out-of-line memory is copied. */
static mach_msg_return_t
prepare_descriptor(struct outgoing *out, union descriptor *descriptor)
{
	switch (descriptor->type.type) {
	case MACH_MSG_PORT_DESCRIPTOR:
		descriptor->port.name = MACH_PORT_NULL;
		descriptor->port.pad1 = 0;
		descriptor->port.pad2 = 0;
		descriptor->port.disposition = disposition_result(descriptor->port.disposition) & 0xff;
		return descriptor->port.disposition ? MACH_MSG_SUCCESS : MACH_SEND_INVALID_TYPE;
	case MACH_MSG_OOL_PORTS_DESCRIPTOR:
		if (descriptor->ports.count > WIRE_MAX_SIZE / sizeof(struct record))
			return MACH_SEND_TOO_LARGE;
		descriptor->ports.address = NULL;
		descriptor->ports.deallocate = 0;
		descriptor->ports.disposition = disposition_result(descriptor->ports.disposition) & 0xff;
		return descriptor->ports.disposition ? MACH_MSG_SUCCESS : MACH_SEND_INVALID_TYPE;
	default:
		return prepare_memory(out, &descriptor->memory);
	}
}

static mach_msg_return_t
prepare_body(struct sending *sending)
{
	size_t offset = sizeof(mach_msg_body_t);
	mach_msg_body_t body;

	memcpy(sending->body, sending->source, sending->size);
	if (!MACH_MSGH_BITS_IS_COMPLEX(sending->header.msgh_bits))
		return MACH_MSG_SUCCESS;
	if (sending->size < sizeof(body))
		return MACH_SEND_MSG_TOO_SMALL;
	memcpy(&body, sending->body, sizeof(body));
	for (mach_msg_size_t i = 0; i < body.msgh_descriptor_count; i++) {
		union descriptor descriptor;
		size_t length = descriptor_read(sending->body, sending->size, offset, &descriptor);
		mach_msg_return_t mr;

		if (length == 0)
			return sending->size - offset < sizeof(descriptor.port) ? MACH_SEND_MSG_TOO_SMALL
										: MACH_SEND_INVALID_TYPE;
		mr = prepare_descriptor(&sending->out, &descriptor);
		if (mr != MACH_MSG_SUCCESS)
			return mr;
		memcpy(sending->body + offset, &descriptor, length);
		offset += length;
	}
	return MACH_MSG_SUCCESS;
}

static mach_msg_return_t
add_port_array(struct outgoing *out, const mach_msg_ool_ports_descriptor_t *ports)
{
	mach_msg_return_t mr = MACH_MSG_SUCCESS;
	mach_port_name_t names[64];

	for (mach_msg_size_t i = 0; mr == MACH_MSG_SUCCESS && i < ports->count; i++) {
		mach_msg_size_t left = ports->count - i, n = left < 64 ? left : 64;

		if (i % 64 == 0 &&
		    !memory_copy(names, (const mach_port_name_t *)ports->address + i, n * sizeof(names[0])))
			return MACH_SEND_INVALID_MEMORY;
		mr = outgoing_add_name(out, names[i % 64], ports->disposition);
	}
	return mr;
}

/* The rights of the descriptors, in their order, with the lock held. */
static mach_msg_return_t
add_rights(struct sending *sending)
{
	size_t offset = sizeof(mach_msg_body_t), length;
	struct outgoing *out = &sending->out;
	mach_msg_return_t mr = MACH_MSG_SUCCESS;
	unsigned memory = 0;
	mach_msg_body_t body;
	int r = 0;

	if (!MACH_MSGH_BITS_IS_COMPLEX(sending->header.msgh_bits))
		return MACH_MSG_SUCCESS;
	memcpy(&body, sending->body, sizeof(body));
	for (mach_msg_size_t i = 0; mr == MACH_MSG_SUCCESS && i < body.msgh_descriptor_count; i++) {
		union descriptor descriptor;

		length = descriptor_read(sending->source, sending->size, offset, &descriptor);
		switch (length ? (int)descriptor.type.type : -1) {
		case MACH_MSG_PORT_DESCRIPTOR:
			mr = outgoing_add_name(out, descriptor.port.name, descriptor.port.disposition);
			break;
		case MACH_MSG_OOL_PORTS_DESCRIPTOR:
			mr = add_port_array(out, &descriptor.ports);
			break;
		case -1:
			return MACH_SEND_INVALID_DATA; /* somebody writes it while it is being sent */
		default:
			r = outgoing_add_record(out, RECORD_MEMORY, descriptor.memory.size > 0, 0, 0);
			if (r == 0 && descriptor.memory.size > 0)
				r = memory < out->memory_count ? outgoing_add_fd(out, out->memory[memory++],
										 TRANSOM_RIGHT_FD, false)
							       : -EINVAL;
			if (r < 0)
				mr = MACH_SEND_NO_BUFFER;
		}
		offset += length;
	}
	return mr;
}

static mach_msg_return_t
send_error(int r)
{
	switch (r) {
	case -EPIPE:
		return MACH_SEND_INVALID_DEST;
	case -EAGAIN:
		return MACH_SEND_TIMED_OUT;
	case -EMSGSIZE:
		return MACH_SEND_TOO_LARGE;
	case -EBADF:
		return MACH_SEND_INVALID_RIGHT;
	default:
		return r < 0 ? MACH_SEND_NO_BUFFER : MACH_MSG_SUCCESS;
	}
}

/* The queue was full: who asked to be told of room is told when there is some. */
static mach_msg_return_t
ask_for_room(mach_port_name_t name)
{
	struct entry *entry = space_find(name);

	return entry && send_possible_arm(entry) < 0 ? MACH_SEND_NO_BUFFER : MACH_SEND_TIMED_OUT;
}

/*
 * One attempt, with the lock held. MACH_SEND_TIMED_OUT: the queue is full, *@ret_end is where to wait, and its
 * reference the caller's; nothing was taken.
 */
static mach_msg_return_t
try_send(struct sending *sending, struct end **ret_end)
{
	const mach_msg_header_t *header = &sending->header;
	mach_msg_type_name_t remote = MACH_MSGH_BITS_REMOTE(header->msgh_bits);
	mach_msg_type_name_t local = MACH_MSGH_BITS_LOCAL(header->msgh_bits);
	struct outgoing *out = &sending->out;
	struct end *end = NULL;
	mach_msg_return_t mr;

	mr = outgoing_set_destination(out, header->msgh_remote_port, remote, &end);
	if (mr == MACH_MSG_SUCCESS && local) {
		mr = outgoing_add_name(out, header->msgh_local_port, local);
		if (mr == MACH_SEND_INVALID_RIGHT)
			mr = MACH_SEND_INVALID_REPLY;
	}
	if (mr == MACH_MSG_SUCCESS)
		mr = add_rights(sending);
	if (mr == MACH_MSG_SUCCESS && !gauge_take(end_get_gauge(end))) {
		mr = transom_port_is_dead_name(end->fd) ? MACH_SEND_INVALID_DEST : MACH_SEND_TIMED_OUT;
	} else if (mr == MACH_MSG_SUCCESS) {
		struct wire_head head = { .id = header->msgh_id,
					  .size = (uint32_t)(sizeof(*header) + sending->size),
					  .flags = MACH_MSGH_BITS_IS_COMPLEX(header->msgh_bits) ? WIRE_COMPLEX
												: 0,
					  .remote_type = (uint8_t)disposition_result(remote),
					  .local_type = (uint8_t)disposition_result(local) };

		mr = send_error(outgoing_send(out, end, &head, sending->body, sending->size));
		if (mr != MACH_MSG_SUCCESS)
			gauge_give(end_get_gauge(end));
	}
	outgoing_finish(out, mr == MACH_MSG_SUCCESS);
	if (mr == MACH_SEND_INVALID_DEST && MACH_PORT_VALID(header->msgh_remote_port)) {
		struct entry *entry = space_find(header->msgh_remote_port);

		if (entry)
			entry_refresh(entry);
	}
	if (mr == MACH_SEND_TIMED_OUT && sending->option & MACH_SEND_NOTIFY)
		mr = ask_for_room(header->msgh_remote_port);
	if (mr == MACH_SEND_TIMED_OUT)
		*ret_end = end;
	else
		end_unref(end);
	return mr;
}

/* Waits, without the lock, until it is worth trying again. */
static mach_msg_return_t
wait_for_room(struct end *end, struct gauge *gauge, const struct sending *sending)
{
	int ms = deadline_remaining_ms(sending->deadline), r;
	struct pollfd entry = { .fd = end->fd, .events = POLLOUT };

	if (ms == 0)
		return MACH_SEND_TIMED_OUT;
	if (gauge && gauge_get_queued(gauge) >= atomic_load(&gauge->page->limit)) {
		r = gauge_wait(gauge, ms);
	} else {
		r = poll(&entry, 1, ms < 0 || ms > SLICE_MS ? SLICE_MS : ms);
		r = r < 0 ? -errno : 0;
	}
	return r == -EINTR && sending->option & MACH_SEND_INTERRUPT ? MACH_SEND_INTERRUPTED
								    : MACH_MSG_SUCCESS;
}

/* What the sender wished to give up is given up once it has gone. */
static void
deallocate_sent(const struct sending *sending)
{
	size_t offset = sizeof(mach_msg_body_t), length;
	union descriptor descriptor;
	mach_msg_body_t body;

	if (!MACH_MSGH_BITS_IS_COMPLEX(sending->header.msgh_bits))
		return;
	memcpy(&body, sending->body, sizeof(body));
	for (mach_msg_size_t i = 0; i < body.msgh_descriptor_count; i++, offset += length) {
		size_t size;

		length = descriptor_read(sending->source, sending->size, offset, &descriptor);
		if (length == 0)
			return;
		if (descriptor.type.type == MACH_MSG_PORT_DESCRIPTOR || !descriptor.memory.deallocate)
			continue;
		size = descriptor.type.type == MACH_MSG_OOL_PORTS_DESCRIPTOR
			       ? descriptor.ports.count * sizeof(mach_port_name_t)
			       : descriptor.memory.size;
		vm_deallocate(mach_task_self_, (vm_address_t)descriptor.memory.address, size);
	}
}

static mach_msg_return_t
send_until(struct sending *sending)
{
	struct end *end = NULL;
	mach_msg_return_t mr;

	for (;;) {
		struct gauge *gauge;

		space_lock();
		end_unref(end);
		end = NULL;
		mr = try_send(sending, &end);
		gauge = end ? end->gauge : NULL; /* lives as long as @end */
		space_unlock();
		if (mr != MACH_SEND_TIMED_OUT)
			return mr;
		mr = wait_for_room(end, gauge, sending);
		if (mr != MACH_MSG_SUCCESS)
			break;
	}
	space_lock();
	end_unref(end);
	space_unlock();
	return mr;
}

mach_msg_return_t
message_send(mach_msg_header_t *msg, mach_msg_option_t option, mach_msg_size_t size,
	     mach_msg_timeout_t timeout)
{
	unsigned char small[1024];
	struct sending sending;
	mach_msg_return_t mr;

	if (!msg)
		return MACH_SEND_INVALID_DATA;
	if (size < sizeof(*msg) || size & 3)
		return MACH_SEND_MSG_TOO_SMALL;
	if (size > WIRE_MAX_SIZE)
		return MACH_SEND_TOO_LARGE;
	sending.header = *msg;
	sending.source = (const unsigned char *)(msg + 1);
	sending.size = size - sizeof(*msg);
	sending.option = option;
	mr = check_header(&sending.header);
	if (mr != MACH_MSG_SUCCESS)
		return mr;
	sending.body = sending.size <= sizeof(small) ? small : malloc(sending.size);
	if (!sending.body)
		return MACH_SEND_NO_BUFFER;
	outgoing_init(&sending.out);
	mr = prepare_body(&sending);
	sending.deadline = message_deadline(timeout, option & MACH_SEND_TIMEOUT);
	if (mr == MACH_MSG_SUCCESS)
		mr = send_until(&sending);
	if (mr == MACH_MSG_SUCCESS)
		deallocate_sent(&sending);
	for (unsigned i = 0; i < sending.out.memory_count; i++)
		fd_close(sending.out.memory[i]);
	if (sending.body != small)
		free(sending.body);
	return mr;
}

int
send_made(struct end *end, mach_msg_id_t id, const void *body, size_t size, struct outgoing *out)
{
	struct wire_head head = { .id = id,
				  .size = (uint32_t)(sizeof(mach_msg_header_t) + size),
				  .flags = out ? WIRE_COMPLEX : 0,
				  .remote_type = MACH_MSG_TYPE_PORT_SEND_ONCE };
	struct outgoing none;

	if (!out) {
		out = &none;
		outgoing_init(out);
	}
	return outgoing_send(out, end, &head, body, size);
}
