/* mach-wire.c - what a Mach message is between two processes: a head, a record for each right, the body. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fd-private.h"
#include "mach-message-private.h"

#define HEADER_SIZE sizeof(mach_msg_header_t)

int
memory_file(const void *data, size_t size, int *ret)
{
	const char *at = data;
	int r = 0, fd = memfd_create("transom-mach-memory", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -errno;
	while (size > 0 && r == 0) {
		ssize_t n =
			write(fd, at, size); /* says what a bad address is, where memcpy(3) would end us */

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			r = n < 0 ? -errno : -ENOSPC;
			break;
		}
		at += n;
		size -= (size_t)n;
	}
	if (r == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
		r = -errno;
	if (r < 0) {
		fd_close(fd);
		return r;
	}
	*ret = fd;
	return 0;
}

size_t
descriptor_read(const void *body, size_t size, size_t offset, union descriptor *ret)
{
	const unsigned char *at = (const unsigned char *)body + offset;
	size_t length;

	if (offset > size || size - offset < sizeof(ret->port))
		return 0;
	memset(ret, 0, sizeof(*ret));
	memcpy(&ret->type, at, sizeof(ret->type));
	switch (ret->type.type) {
	case MACH_MSG_PORT_DESCRIPTOR:
		length = sizeof(ret->port);
		break;
	case MACH_MSG_OOL_DESCRIPTOR:
	case MACH_MSG_OOL_VOLATILE_DESCRIPTOR:
		length = sizeof(ret->memory);
		break;
	case MACH_MSG_OOL_PORTS_DESCRIPTOR:
		length = sizeof(ret->ports);
		break;
	default:
		return 0;
	}
	if (size - offset < length)
		return 0;
	memcpy(ret, at, length);
	return length;
}

int
outgoing_send(struct outgoing *out, struct end *end, struct wire_head *head, const void *body, size_t size)
{
	size_t records = out->record_count * sizeof(struct record), total = sizeof(*head) + records + size;
	unsigned char small[4096], *bytes = small;
	int r, spill = -1;

	head->magic = WIRE_MAGIC;
	head->version = WIRE_VERSION;
	head->record_count = out->record_count;
	if (total > sizeof(small)) {
		bytes = malloc(total);
		if (!bytes)
			return -ENOMEM;
	}
	if (records)
		memcpy(bytes + sizeof(*head), out->records, records);
	if (size)
		memcpy(bytes + sizeof(*head) + records, body, size);
	if (total > TRANSOM_PORT_MAX_BYTES) {
		r = memory_file(bytes + sizeof(*head), total - sizeof(*head), &spill);
		if (r == 0)
			r = outgoing_add_fd(out, spill, TRANSOM_RIGHT_FD, true);
		if (r < 0) {
			free(bytes);
			return r;
		}
		head->flags |= WIRE_SPILLED;
		total = sizeof(*head);
	}
	memcpy(bytes, head, sizeof(*head));
	r = transom_port_send(end->fd, bytes, total, out->rights, out->right_count, 0);
	if (bytes != small)
		free(bytes);
	return r;
}

/* Records and body are in a memory file, the last right, that nobody can change any more. */
static int
map_spill(struct transom_message *message, struct incoming *in)
{
	size_t last = transom_message_get_right_count(message), size;
	int fd;

	size = in->head.record_count * sizeof(struct record) + in->head.size - HEADER_SIZE;
	if (last == 0 || transom_message_get_right_kind(message, last - 1) != TRANSOM_RIGHT_FD)
		return -EBADMSG;
	fd = transom_message_get_right(message, last - 1);
	if (size == 0 || memory_file_check(fd, size, true) < 0)
		return -EBADMSG;
	in->spill = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (in->spill == MAP_FAILED) {
		in->spill = NULL;
		return -ENOMEM;
	}
	in->spill_size = size;
	in->records = in->spill;
	return 0;
}

/* What kind of right each descriptor of a record must have come as. */
static enum transom_right_kind
kind_of(const struct record *record)
{
	switch (record->kind) {
	case RECORD_SEND:
	case RECORD_SEND_ONCE:
	case RECORD_MAKER:
		return TRANSOM_RIGHT_SEND;
	case RECORD_QUEUE:
		return TRANSOM_RIGHT_RECEIVE;
	case RECORD_SURFACE:
		return TRANSOM_RIGHT_SURFACE;
	default:
		return TRANSOM_RIGHT_FD;
	}
}

static bool
count_is_good(const struct record *record)
{
	switch (record->kind) {
	case RECORD_NULL:
	case RECORD_DEAD:
	case RECORD_RECEIVE:
		return record->fd_count == 0;
	case RECORD_SEND:
	case RECORD_SEND_ONCE:
	case RECORD_SURFACE:
	case RECORD_MAKER:
		return record->fd_count == 1;
	case RECORD_MEMORY:
		return record->fd_count <= 1;
	case RECORD_QUEUE:
		return (record->fd_count == 1 || record->fd_count == 2) && record->value >= QUEUE_SENDERS &&
		       record->value <= QUEUE_LEFTOVER;
	default:
		return false;
	}
}

/* The rest is the look-up's to see. */
static bool
surface_is_good(struct incoming *in, unsigned right, int fd)
{
	uint64_t identity = surface_identity(fd);

	if (!in->surface_identity) {
		in->surface = right;
		in->surface_identity = identity;
	}
	return identity != 0;
}

static bool
fd_is_good(struct incoming *in, const struct record *record, unsigned i, unsigned right)
{
	int fd = transom_message_get_right(in->message, right);

	switch (record->kind) {
	case RECORD_SURFACE:
		return surface_is_good(in, right, fd);
	case RECORD_MEMORY:
		return true; /* its size is known with the descriptor */
	case RECORD_QUEUE:
		return i > 0 || transom_port_check_right(fd, TRANSOM_RIGHT_RECEIVE) == 0;
	default:
		return transom_port_check_right(fd, TRANSOM_RIGHT_SEND) == 0;
	}
}

/* Each record with its descriptors, and the queues of each receive right behind it. */
static int
check_records(struct incoming *in)
{
	unsigned right = 0, queues = 0;
	unsigned rights = (unsigned)transom_message_get_right_count(in->message) - (in->spill ? 1 : 0);

	for (uint32_t i = 0; i < in->head.record_count; i++) {
		const struct record *record = &in->records[i];
		bool of_receive = record->kind == RECORD_QUEUE || record->kind == RECORD_MAKER;

		if (!count_is_good(record) || of_receive != (queues > 0) || record->reserved)
			return -EBADMSG;
		queues -= of_receive;
		if (record->kind == RECORD_RECEIVE) {
			if (record->value > TRANSOM_PORT_MAX_RIGHTS)
				return -EBADMSG;
			queues = record->value;
		}
		for (unsigned j = 0; j < record->fd_count; j++, right++) {
			enum transom_right_kind kind = j == 1 ? TRANSOM_RIGHT_FD : kind_of(record);

			if (right >= rights || transom_message_get_right_kind(in->message, right) != kind ||
			    !fd_is_good(in, record, j, right))
				return -EBADMSG;
		}
	}
	return queues == 0 && right == rights ? 0 : -EBADMSG;
}

/* Takes the record that comes next, and those that belong to it; its kind, or -1. */
static int
next_record(struct incoming *in, const struct record **ret)
{
	const struct record *record;

	if (in->record >= in->head.record_count)
		return -1;
	record = &in->records[in->record++];
	in->right += record->fd_count;
	if (record->kind == RECORD_RECEIVE)
		for (uint32_t i = 0; i < record->value; i++)
			in->right += in->records[in->record++].fd_count;
	*ret = record;
	return record->kind;
}

static bool
kind_fits(int kind, mach_msg_type_name_t type)
{
	switch (type) {
	case MACH_MSG_TYPE_PORT_SEND:
		return kind == RECORD_SEND || kind == RECORD_SURFACE || kind == RECORD_NULL ||
		       kind == RECORD_DEAD;
	case MACH_MSG_TYPE_PORT_SEND_ONCE:
		return kind == RECORD_SEND_ONCE || kind == RECORD_NULL || kind == RECORD_DEAD;
	case MACH_MSG_TYPE_PORT_RECEIVE:
		return kind == RECORD_RECEIVE || kind == RECORD_NULL || kind == RECORD_DEAD;
	default:
		return false;
	}
}

static int
check_descriptor(struct incoming *in, const union descriptor *descriptor)
{
	const struct record *record;

	switch (descriptor->type.type) {
	case MACH_MSG_PORT_DESCRIPTOR:
		return kind_fits(next_record(in, &record), descriptor->port.disposition) ? 0 : -EBADMSG;
	case MACH_MSG_OOL_PORTS_DESCRIPTOR:
		for (uint32_t i = 0; i < descriptor->ports.count; i++)
			if (!kind_fits(next_record(in, &record), descriptor->ports.disposition))
				return -EBADMSG;
		return 0;
	default:
		if (next_record(in, &record) != RECORD_MEMORY ||
		    (record->fd_count == 1) != (descriptor->memory.size > 0))
			return -EBADMSG;
		if (record->fd_count == 0)
			return 0;
		return memory_file_check(transom_message_get_right(in->message, in->right - 1),
					 descriptor->memory.size, true);
	}
}

/* Whether the descriptors of the body fit the records. Bytes first: they decide what is looked at. */
static int
check_body(struct incoming *in)
{
	size_t size = in->head.size - HEADER_SIZE, offset = sizeof(mach_msg_body_t);
	const struct record *record;
	mach_msg_body_t body;

	if (in->head.local_type && !kind_fits(next_record(in, &record), in->head.local_type))
		return -EBADMSG;
	if (in->head.flags & WIRE_COMPLEX) {
		if (size < sizeof(body))
			return -EBADMSG;
		memcpy(&body, in->body, sizeof(body));
		for (uint32_t i = 0; i < body.msgh_descriptor_count; i++) {
			union descriptor descriptor;
			size_t length = descriptor_read(in->body, size, offset, &descriptor);

			if (length == 0 || check_descriptor(in, &descriptor) < 0)
				return -EBADMSG;
			offset += length;
		}
	}
	return in->record == in->head.record_count ? 0 : -EBADMSG;
}

static int
parse_head(struct transom_message *message, struct incoming *in)
{
	size_t size;
	const unsigned char *bytes = transom_message_get_bytes(message, &size);
	struct wire_head *head = &in->head;

	if (size < sizeof(*head))
		return -EBADMSG;
	memcpy(head, bytes, sizeof(*head));
	if (head->magic != WIRE_MAGIC || head->version != WIRE_VERSION ||
	    head->flags & ~(WIRE_COMPLEX | WIRE_SPILLED) || head->reserved)
		return -EBADMSG;
	if (head->size < HEADER_SIZE || head->size > WIRE_MAX_SIZE ||
	    head->record_count > WIRE_MAX_SIZE / sizeof(struct record))
		return -EBADMSG;
	if (head->remote_type != MACH_MSG_TYPE_PORT_SEND && head->remote_type != MACH_MSG_TYPE_PORT_SEND_ONCE)
		return -EBADMSG;
	if (head->local_type != 0 && head->local_type != MACH_MSG_TYPE_PORT_SEND &&
	    head->local_type != MACH_MSG_TYPE_PORT_SEND_ONCE)
		return -EBADMSG;
	if (head->flags & WIRE_SPILLED)
		return size == sizeof(*head) ? map_spill(message, in) : -EBADMSG;
	in->records = (const struct record *)(const void *)(bytes + sizeof(*head)); /* aligned to 8 bytes */
	return size - sizeof(*head) == head->record_count * sizeof(struct record) + head->size - HEADER_SIZE
		       ? 0
		       : -EBADMSG;
}

int
incoming_parse(struct transom_message *message, struct incoming *ret)
{
	int r;

	memset(ret, 0, sizeof(*ret));
	ret->message = message;
	r = parse_head(message, ret);
	if (r == 0) {
		ret->body = (const unsigned char *)(ret->records + ret->head.record_count);
		r = check_records(ret);
	}
	if (r == 0)
		r = check_body(ret);
	if (r < 0)
		incoming_finish(ret);
	ret->record = ret->right = 0;
	return r;
}

void
incoming_finish(struct incoming *in)
{
	if (in->spill)
		munmap(in->spill, in->spill_size);
	in->spill = NULL;
}
