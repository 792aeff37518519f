/* mach-copyout.c - rights and memory of a received message into names and addresses of this task. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "fd-private.h"
#include "mach-message-private.h"

/* The next right of the message, of which incoming_parse() has seen that it is there. */
static int
take_fd(struct incoming *in, enum transom_right_kind kind)
{
	int fd = -1;

	if (transom_message_take_right(in->message, in->right++, kind, &fd) < 0)
		return -1;
	return fd;
}

static mach_port_name_t
name_send(struct incoming *in, bool once)
{
	int fd = take_fd(in, TRANSOM_RIGHT_SEND);
	struct entry *entry;
	kern_return_t kr;

	if (fd < 0)
		return MACH_PORT_NULL;
	if (transom_port_is_dead_name(fd)) {
		fd_close(fd);
		return MACH_PORT_DEAD;
	}
	if (once) {
		struct end *end = end_create(fd);

		kr = end ? entry_for_once(end, MACH_PORT_NULL, &entry) : KERN_RESOURCE_SHORTAGE;
	} else {
		kr = entry_for_send(fd, &entry);
	}
	return kr == KERN_SUCCESS ? entry->name : MACH_PORT_NULL;
}

static mach_port_name_t
name_surface(struct incoming *in)
{
	unsigned right = in->right;
	int fd = take_fd(in, TRANSOM_RIGHT_SURFACE);
	struct entry *entry;
	uint64_t identity;

	if (fd < 0)
		return MACH_PORT_NULL;
	identity = right == in->surface && in->surface_identity ? in->surface_identity : surface_identity(fd);
	return entry_for_surface(fd, identity, &entry) == KERN_SUCCESS ? entry->name : MACH_PORT_NULL;
}

static int
add_queue(struct incoming *in, struct receive *receive, const struct record *record)
{
	int fd = take_fd(in, TRANSOM_RIGHT_RECEIVE), gauge_fd = -1, r;
	struct queue *queue;

	if (record->fd_count == 2)
		gauge_fd = take_fd(in, TRANSOM_RIGHT_FD);
	r = receive_add_queue(receive, (enum queue_kind)record->value, fd, gauge_fd, record->cookie, &queue);
	if (r < 0)
		return r;
	queue->claimed = true;
	if (gauge_fd >= 0 && gauge_adopt(gauge_fd, &queue->gauge) < 0)
		queue->gauge = NULL;
	return 0;
}

/* The send right that came along is believed if it is one to a queue that came along. */
static struct end *
check_maker(struct receive *receive, int fd)
{
	uint64_t cookie = socket_cookie(fd);
	struct queue *queue = receive_find_queue(receive, cookie);

	if (!queue || !sockets_are_pair(queue->fd, fd)) {
		fd_close(fd);
		return NULL;
	}
	queue->claimed = false;
	return end_create(fd);
}

/* The name that send rights to the port have here already, if any. */
static struct entry *
find_sender(struct receive *receive)
{
	for (struct queue *queue = receive->queues; queue; queue = queue->next) {
		struct entry *entry = space_find_port(queue->identity.cookie, -1);

		if (entry && !entry->receive && entry->send && sockets_are_pair(queue->fd, entry->send->fd)) {
			queue->claimed = false;
			return entry;
		}
	}
	return NULL;
}

static mach_port_name_t
name_receive_right(struct receive *receive, struct end *maker)
{
	struct entry *entry = find_sender(receive);

	if (entry) {
		identity_remove(&entry->send->identity); /* the queue has it from now on */
		observer_unwatch(entry);
		end_unref(maker);
	} else {
		entry = space_add(ENTRY_PORT, MACH_PORT_NULL);
		if (!entry) {
			end_unref(maker);
			return MACH_PORT_NULL;
		}
		entry->send = maker;
	}
	entry->receive = receive;
	receive->entry = entry;
	for (struct queue *queue = receive->queues; queue; queue = queue->next)
		identity_add(&queue->identity, entry);
	return entry->name;
}

static mach_port_name_t
name_receive(struct incoming *in, const struct record *record)
{
	struct receive *receive = NULL;
	mach_port_name_t name = MACH_PORT_NULL;
	struct end *maker = NULL;
	int maker_fd = -1, r;

	r = receive_create(&receive);
	for (uint32_t i = 1; i <= record->value; i++) {
		in->record++;
		if (r < 0)
			in->right += record[i].fd_count; /* they stay the message's */
		else if (record[i].kind == RECORD_MAKER && maker_fd < 0)
			maker_fd = take_fd(in, TRANSOM_RIGHT_SEND);
		else if (record[i].kind == RECORD_MAKER)
			in->right++;
		else
			r = add_queue(in, receive, &record[i]);
	}
	if (!receive)
		return MACH_PORT_NULL;
	receive->limit =
		record->cookie > MACH_PORT_QLIMIT_MAX ? MACH_PORT_QLIMIT_DEFAULT : (uint32_t)record->cookie;
	if (maker_fd >= 0)
		maker = check_maker(receive, maker_fd);
	if (r == 0)
		name = name_receive_right(receive, maker);
	else
		end_unref(maker);
	if (name == MACH_PORT_NULL) {
		receive_empty(receive);
		receive_unref(receive);
	}
	return name;
}

/* The next right as a name. *@bad is set if there could be none. */
static mach_port_name_t
next_name(struct incoming *in, bool *bad)
{
	const struct record *record = &in->records[in->record++];
	mach_port_name_t name;

	switch (record->kind) {
	case RECORD_NULL:
		return MACH_PORT_NULL;
	case RECORD_DEAD:
		return MACH_PORT_DEAD;
	case RECORD_SURFACE:
		name = name_surface(in);
		break;
	case RECORD_RECEIVE:
		name = name_receive(in, record);
		break;
	default:
		name = name_send(in, record->kind == RECORD_SEND_ONCE);
	}
	if (name == MACH_PORT_NULL)
		*bad = true;
	return name;
}

static mach_msg_return_t
deliver_memory(struct incoming *in, mach_msg_ool_descriptor_t *memory)
{
	const struct record *record = &in->records[in->record++];
	void *address;

	memory->address = NULL;
	memory->deallocate = 0;
	if (record->fd_count == 0)
		return MACH_MSG_SUCCESS;
	address = mmap(NULL, memory->size, PROT_READ | PROT_WRITE, MAP_PRIVATE,
		       transom_message_get_right(in->message, in->right++), 0);
	if (address == MAP_FAILED) {
		memory->size = 0;
		return MACH_RCV_BODY_ERROR | MACH_MSG_VM_SPACE;
	}
	memory->address = address;
	return MACH_MSG_SUCCESS;
}

static mach_msg_return_t
deliver_ports(struct incoming *in, mach_msg_ool_ports_descriptor_t *ports)
{
	vm_address_t array = 0;
	bool bad = false;

	ports->address = NULL;
	ports->deallocate = 0;
	if (ports->count == 0)
		return MACH_MSG_SUCCESS;
	if (vm_allocate(mach_task_self_, &array, ports->count * sizeof(mach_port_name_t),
			VM_FLAGS_ANYWHERE)) {
		for (uint32_t i = 0; i < ports->count; i++) { /* they stay the message's, and go with it */
			const struct record *record = &in->records[in->record++];

			in->right += record->fd_count;
			for (uint32_t j = 0; record->kind == RECORD_RECEIVE && j < record->value; j++)
				in->right += in->records[in->record++].fd_count;
		}
		ports->count = 0;
		return MACH_RCV_BODY_ERROR | MACH_MSG_VM_SPACE;
	}
	for (uint32_t i = 0; i < ports->count; i++)
		((mach_port_name_t *)array)[i] = next_name(in, &bad);
	ports->address = (void *)array;
	return bad ? MACH_RCV_BODY_ERROR | MACH_MSG_IPC_SPACE : MACH_MSG_SUCCESS;
}

static mach_msg_return_t
deliver_descriptor(struct incoming *in, union descriptor *descriptor)
{
	bool bad = false;

	switch (descriptor->type.type) {
	case MACH_MSG_PORT_DESCRIPTOR:
		descriptor->port.name = next_name(in, &bad);
		return bad ? MACH_RCV_BODY_ERROR | MACH_MSG_IPC_SPACE : MACH_MSG_SUCCESS;
	case MACH_MSG_OOL_PORTS_DESCRIPTOR:
		return deliver_ports(in, &descriptor->ports);
	default:
		return deliver_memory(in, &descriptor->memory);
	}
}

mach_msg_return_t
incoming_deliver(struct incoming *in, struct receive *receive, mach_msg_header_t *msg)
{
	size_t size = in->head.size - sizeof(*msg), offset = sizeof(mach_msg_body_t);
	unsigned char *body = (unsigned char *)(msg + 1);
	mach_msg_return_t mr = MACH_MSG_SUCCESS;
	mach_msg_body_t count = { 0 };
	bool bad = false;

	msg->msgh_bits = MACH_MSGH_BITS(in->head.local_type, in->head.remote_type) |
			 (in->head.flags & WIRE_COMPLEX ? MACH_MSGH_BITS_COMPLEX : 0);
	msg->msgh_size = in->head.size;
	msg->msgh_local_port = receive->entry->name;
	msg->msgh_voucher_port = MACH_PORT_NULL;
	msg->msgh_id = in->head.id;
	msg->msgh_remote_port = in->head.local_type ? next_name(in, &bad) : MACH_PORT_NULL;
	if (bad)
		mr = MACH_RCV_HEADER_ERROR | MACH_MSG_IPC_SPACE;
	memcpy(body, in->body, size);
	if (in->head.flags & WIRE_COMPLEX)
		memcpy(&count, body, sizeof(count));
	for (uint32_t i = 0; i < count.msgh_descriptor_count; i++) {
		union descriptor descriptor;
		size_t length = descriptor_read(body, size, offset, &descriptor);

		mr |= deliver_descriptor(in, &descriptor);
		memcpy(body + offset, &descriptor, length);
		offset += length;
	}
	return mr;
}
