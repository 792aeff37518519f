/* message-private.h - the bytes of a port's message, and a received one from within. */
#ifndef TRANSOM_MESSAGE_PRIVATE_H
#define TRANSOM_MESSAGE_PRIVATE_H

#include <stdint.h>

#include <transom/port.h>

#include "wire-private.h"

/*
 * On the wire: this header, the kind of each right (one byte each), zeros up to a multiple of 8, the
 * caller's bytes. The numbers are in the byte order of the machine: both ends are on it.
 */
#define MESSAGE_MAGIC 0x4d734f50u /* "POsM" */
#define MESSAGE_VERSION 1

struct message_header {
	uint32_t magic;
	uint16_t version;
	uint16_t right_count;
};
_Static_assert(sizeof(struct message_header) == 8, "message header is part of the protocol");

#define MESSAGE_MAX_KINDS 256 /* TRANSOM_PORT_MAX_RIGHTS rounded up to 8 */
#define MESSAGE_MAX_SIZE (sizeof(struct message_header) + MESSAGE_MAX_KINDS + TRANSOM_PORT_MAX_BYTES)

/* Bytes between the header and the caller's bytes. */
static inline size_t
message_kinds_size(size_t right_count)
{
	return (right_count + 7) & ~(size_t)7;
}

/* Receives into the message whatever the socket gives: transom_port_receive() without its checks. */
int
message_receive(struct transom_message *message, int socket, int64_t deadline);

#endif /* TRANSOM_MESSAGE_PRIVATE_H */
