/*
 * mach-message-private.h - messages on their way, for the files that send and receive them: what they are in bytes and
 * descriptors, and how they are put together and taken apart.
 */
#ifndef TRANSOM_APPLE_MACH_MESSAGE_PRIVATE_H
#define TRANSOM_APPLE_MACH_MESSAGE_PRIVATE_H

#include "mach-private.h"

/* mach-wire.c, mach-copyin.c, mach-copyout.c: messages on their way. */

#define WIRE_MAGIC 0x4d43414du /* "MACM" */
#define WIRE_VERSION 1
#define WIRE_COMPLEX 1u
#define WIRE_SPILLED 2u
#define WIRE_MAX_SIZE (64u << 20) /* of a message's own bytes */

struct wire_head {
	uint32_t magic;
	uint16_t version;
	uint16_t flags;
	int32_t id;
	uint32_t size; /* of the message, with Mach's header */
	uint32_t record_count;
	uint8_t remote_type; /* by which kind of right it came */
	uint8_t local_type; /* which kind the reply right is; 0: none */
	uint16_t reserved;
};
_Static_assert(sizeof(struct wire_head) == 24, "part of the protocol");

enum record_kind {
	RECORD_NULL = 0,
	RECORD_DEAD = 1,
	RECORD_SEND = 2,
	RECORD_SEND_ONCE = 3,
	RECORD_RECEIVE = 4, /* @value records of its queues follow; @cookie is its queue limit */
	RECORD_SURFACE = 5,
	RECORD_MEMORY = 6,
	RECORD_QUEUE = 7, /* @value is its kind; a second descriptor is its gauge */
	RECORD_MAKER = 8, /* a send right to the same port, that has no reference */
};

struct record {
	uint8_t kind;
	uint8_t fd_count;
	uint16_t reserved;
	uint32_t value;
	uint64_t cookie;
};
_Static_assert(sizeof(struct record) == 16, "part of the protocol");

/* A message that is being sent. */
struct outgoing {
	struct transom_right rights[TRANSOM_PORT_MAX_RIGHTS];
	unsigned right_count;
	int owned[TRANSOM_PORT_MAX_RIGHTS]; /* descriptors that are closed afterwards */
	unsigned owned_count;
	struct record *records;
	unsigned record_count, record_room;
	int memory[TRANSOM_PORT_MAX_RIGHTS]; /* of out-of-line memory, in its order */
	unsigned memory_count;
	struct move *moves;
	unsigned move_count, move_room;
};

void
outgoing_init(struct outgoing *out);

/* Undoes what was taken, and closes; @sent: makes it so for good instead. */
void
outgoing_finish(struct outgoing *out, bool sent);
int
outgoing_add_record(struct outgoing *out, enum record_kind kind, unsigned fd_count, uint32_t value,
		    uint64_t cookie);
int
outgoing_add_fd(struct outgoing *out, int fd, enum transom_right_kind kind, bool owned);
mach_msg_return_t
outgoing_add_name(struct outgoing *out, mach_port_name_t name, mach_msg_type_name_t disposition);
int
outgoing_add_receive(struct outgoing *out, struct receive *receive, struct end *maker);

/* The send right that a destination is; a reference is the caller's. */
mach_msg_return_t
outgoing_set_destination(struct outgoing *out, mach_port_name_t name, mach_msg_type_name_t disposition,
			 struct end **ret);

/* What a right becomes in a message: MOVE_, 0 if the disposition is none. */
mach_msg_type_name_t
disposition_result(mach_msg_type_name_t disposition);

/* Puts head, records and body together, and sends them at once, or not: negative errno. */
int
outgoing_send(struct outgoing *out, struct end *end, struct wire_head *head, const void *body, size_t size);

/* A sealed memory file with a copy of @size bytes: -EFAULT if they are not there. */
int
memory_file(const void *data, size_t size, int *ret);

/* Whether a descriptor from elsewhere is sealed memory of @size bytes at least. */
int
memory_file_check(int fd, uint64_t size, bool unchanging);

/* One descriptor of a message's body, with what is in memory at its place. */
union descriptor {
	mach_msg_type_descriptor_t type;
	mach_msg_port_descriptor_t port;
	mach_msg_ool_descriptor_t memory;
	mach_msg_ool_ports_descriptor_t ports;
};

/* Copies the descriptor at @offset out of the body; its bytes, or 0 if it is not all there or unknown. */
size_t
descriptor_read(const void *body, size_t size, size_t offset, union descriptor *ret);

/* A message that was received, taken apart and checked. */
struct incoming {
	struct wire_head head;
	const struct record *records;
	const unsigned char *body; /* head.size - 24 bytes */
	struct transom_message *message;
	unsigned right; /* the next one */
	unsigned record; /* the next one */
	unsigned surface; /* which right is the first surface right, of which the number is known */
	uint64_t surface_identity;
	void *spill;
	size_t spill_size;
};

/* -EBADMSG: not one of ours, or it contradicts itself. */
int
incoming_parse(struct transom_message *message, struct incoming *ret);
void
incoming_finish(struct incoming *in);

/* Gives rights names and memory addresses, and fills @msg with the message. */
mach_msg_return_t
incoming_deliver(struct incoming *in, struct receive *receive, mach_msg_header_t *msg);

/* mach-send.c, mach-message.c */

/* Nobody sleeps longer at a time: what senders that were killed had counted is then forgotten. */
enum { SLICE_MS = 1000 };

/* When a time-out of mach_msg() is over; it may not count. */
int64_t
message_deadline(mach_msg_timeout_t timeout, bool counts);

mach_msg_return_t
message_send(mach_msg_header_t *msg, mach_msg_option_t option, mach_msg_size_t size,
	     mach_msg_timeout_t timeout);

/* Sends a message that the library itself makes, without names; never waits. */
int
send_made(struct end *end, mach_msg_id_t id, const void *body, size_t size, struct outgoing *out);

#endif /* TRANSOM_APPLE_MACH_MESSAGE_PRIVATE_H */
