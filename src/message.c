/* message.c - a message that was received: it keeps bytes and rights, and gives the rights away. */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <transom/port.h>

#include "fd-private.h"
#include "message-private.h"

struct transom_message {
	atomic_uint references;
	bool received;
	size_t offset; /* of the caller's bytes in @buffer */
	struct wire_delivery delivery;
	uint8_t kinds[WIRE_MAX_FDS];
	_Alignas(8) unsigned char buffer[MESSAGE_MAX_SIZE];
};

int
transom_message_create(struct transom_message **ret)
{
	struct transom_message *message;

	if (!ret)
		return -EINVAL;
	message = malloc(sizeof(*message)); /* not cleared: the buffer's pages stay untouched */
	if (!message)
		return -ENOMEM;
	atomic_init(&message->references, 1);
	message->received = false;
	message->offset = 0;
	message->delivery.size = 0;
	message->delivery.fd_count = 0;
	message->delivery.sender.pidfd = -1;
	*ret = message;
	return 0;
}

struct transom_message *
transom_message_ref(struct transom_message *message)
{
	if (message)
		atomic_fetch_add_explicit(&message->references, 1, memory_order_relaxed);
	return message;
}

struct transom_message *
transom_message_unref(struct transom_message *message)
{
	if (message && atomic_fetch_sub_explicit(&message->references, 1, memory_order_acq_rel) == 1) {
		wire_drop(&message->delivery);
		free(message);
	}
	return NULL;
}

/* Reads the header from the private copy of the bytes. */
static int
parse(struct transom_message *message)
{
	struct wire_delivery *delivery = &message->delivery;
	struct message_header header;
	size_t kinds_size;

	if (delivery->size < sizeof(header))
		return -EBADMSG;
	memcpy(&header, message->buffer, sizeof(header));
	if (header.magic != MESSAGE_MAGIC)
		return -EBADMSG;
	if (header.version != MESSAGE_VERSION)
		return -EPROTONOSUPPORT;
	kinds_size = message_kinds_size(header.right_count);
	if (header.right_count != delivery->fd_count || delivery->size < sizeof(header) + kinds_size)
		return -EBADMSG;
	if (delivery->size - sizeof(header) - kinds_size > TRANSOM_PORT_MAX_BYTES)
		return -EBADMSG;
	memcpy(message->kinds, message->buffer + sizeof(header), header.right_count);
	for (unsigned i = 0; i < header.right_count; i++)
		if (message->kinds[i] < TRANSOM_RIGHT_SEND || message->kinds[i] > TRANSOM_RIGHT_FD)
			return -EBADMSG;
	message->offset = sizeof(header) + kinds_size;
	return 0;
}

int
message_receive(struct transom_message *message, int socket, int64_t deadline)
{
	int r;

	wire_drop(&message->delivery);
	message->received = false;
	message->offset = 0;
	message->delivery.size = 0;
	r = wire_receive(socket, message->buffer, sizeof(message->buffer), 0, deadline, &message->delivery);
	if (r == 0) {
		r = parse(message);
		if (r < 0)
			wire_drop(&message->delivery);
	}
	if (r < 0) {
		message->offset = 0;
		message->delivery.size = 0;
		return r;
	}
	message->received = true;
	return 0;
}

const void *
transom_message_get_bytes(const struct transom_message *message, size_t *ret_size)
{
	if (ret_size)
		*ret_size = message ? message->delivery.size - message->offset : 0;
	return message ? message->buffer + message->offset : NULL;
}

size_t
transom_message_get_right_count(const struct transom_message *message)
{
	return message ? message->delivery.fd_count : 0;
}

uint32_t
transom_message_get_right_kind(const struct transom_message *message, size_t index)
{
	return message && index < message->delivery.fd_count ? message->kinds[index] : 0;
}

int
transom_message_get_right(const struct transom_message *message, size_t index)
{
	return message && index < message->delivery.fd_count ? message->delivery.fds[index] : -1;
}

int
transom_message_take_right(struct transom_message *message, size_t index, enum transom_right_kind kind,
			   int *ret)
{
	int r;

	if (!message || !ret)
		return -EINVAL;
	if (transom_message_get_right(message, index) < 0)
		return -ENOENT;
	if (message->kinds[index] != kind)
		return -EBADMSG;
	if (kind == TRANSOM_RIGHT_SEND || kind == TRANSOM_RIGHT_RECEIVE) {
		r = transom_port_check_right(message->delivery.fds[index], kind);
		if (r < 0)
			return r;
	}
	*ret = message->delivery.fds[index];
	message->delivery.fds[index] = -1;
	return 0;
}

int
transom_message_get_sender(const struct transom_message *message, struct transom_sender *ret)
{
	if (!message || !ret)
		return -EINVAL;
	if (!message->received)
		return -ENODATA;
	ret->pid = message->delivery.sender.pid;
	ret->uid = message->delivery.sender.uid;
	ret->gid = message->delivery.sender.gid;
	ret->pidfd = message->delivery.sender.pidfd;
	return 0;
}
