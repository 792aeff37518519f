/*
 * port.h - ports: one-way message queues whose ends are rights, and rights are file descriptors.
 */
#ifndef TRANSOM_PORT_H
#define TRANSOM_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <transom/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A port is a queue of messages with one receive right and any number of send rights. Each right is
 * one file descriptor of the kernel's, so the kernel keeps their count, takes them back when their
 * process dies, carries them inside messages, and lets every event loop wait for them:
 *
 *   right     made by                 copied by       given up by   poll(2) tells
 *   send      transom_port_create()   dup(2)          close(2)      POLLOUT: room in the queue;
 *                                                                   POLLHUP: dead name
 *   receive   transom_port_create()   never: one      close(2)      POLLIN: a message, or none will come;
 *                                     receiver reads                POLLHUP: no senders
 *                                     each message
 *
 * A copy of a send right that is in flight in a message, or queued in a port, counts as held.
 * When the receive right is gone, what is queued is released and senders get -EPIPE (dead name).
 * When the last send right is gone and the queue is empty, the receiver gets -ENOTCONN (no senders).
 * Do not read from or write to these descriptors; O_NONBLOCK on them changes nothing. A send right is
 * always ready for POLLIN, since nothing will ever come there: ask it for POLLOUT, or for no events,
 * which still tells POLLHUP.
 *
 * Threads: rights may be used by any thread at any time. A message sent is atomic; a message is
 * received by one thread, whichever comes first.
 * Fork: a child inherits copies of all rights, like all descriptors, and holds them until it closes
 * them or calls exec (all are close-on-exec).
 */

/** Bytes that fit into one message. */
#define TRANSOM_PORT_MAX_BYTES 65536

/** Rights that fit into one message: the kernel's limit of descriptors. */
#define TRANSOM_PORT_MAX_RIGHTS 253

/** What a right in a message is. */
enum transom_right_kind {
	TRANSOM_RIGHT_SEND = 1,    /**< A port's send right. */
	TRANSOM_RIGHT_RECEIVE = 2, /**< A port's receive right, with all that is queued. */
	TRANSOM_RIGHT_SURFACE = 3, /**< A surface right, see surface.h. */
	TRANSOM_RIGHT_FD = 4,      /**< Any other descriptor: a fence, a pipe, a file. */
};

/** One right that goes into a message. */
struct transom_right {
	int32_t fd;    /**< The descriptor; it stays the caller's. */
	uint32_t kind; /**< One of enum transom_right_kind. */
};

/** Flags of a port. */
enum transom_port_flags {
	/** Messages carry a pidfd of their sender (Linux 6.5 and later). */
	TRANSOM_PORT_PIDFD = 1 << 0,
};

/** How a port shall be. Set @size to sizeof(struct transom_port_options); zero means the default. */
struct transom_port_options {
	uint32_t size;        /**< Bytes of this struct that the caller knows. */
	uint32_t flags;       /**< Of enum transom_port_flags. */
	uint32_t queue_bytes; /**< See transom_port_set_queue_limit(). */
	uint32_t reserved;    /**< Zero. */
};

/** Who sent a message: what the kernel saw, not what the sender said. */
struct transom_sender {
	int32_t pid;   /**< 0 if it is in a pid namespace that cannot be seen from here. */
	uint32_t uid;  /**< Effective user. A sender with CAP_SETUID may name another. */
	uint32_t gid;  /**< Effective group. A sender with CAP_SETGID may name another. */
	int32_t pidfd; /**< The message's, or -1; duplicate it to keep it. */
};

/**
 * A message that was received: bytes, rights and the sender. One object serves for any number of
 * messages, one after the other. Threads: owned.
 * Fork: the child has a copy, and copies of the rights in it, until it unreferences it.
 */
struct transom_message;

/**
 * Make a port.
 *
 * @param options     NULL for the defaults.
 * @param ret_receive The receive right.
 * @param ret_send    The first send right.
 *
 * Owns:    both rights are the caller's; close(2) gives them up.
 * Errors:  -EINVAL bad options, -EOPNOTSUPP this kernel gives no pidfds, -EMFILE, -ENFILE, -ENOMEM.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_port_create(const struct transom_port_options *options, int *ret_receive, int *ret_send);

/**
 * Limit what may be queued: a message is refused (or waited with) when messages of this many bytes
 * are waiting already. The kernel counts its own bookkeeping in, about 1 KiB a message; it rounds
 * small limits up to about 4 messages, and caps large ones at net.core.wmem_max (212,992 by
 * default, about 165 messages without bytes), from which on only a receiver that reads helps.
 * The limit belongs to the port: all copies of its send right share it.
 *
 * @param send  A send right.
 * @param bytes The limit; a message of more than this is refused with -EMSGSIZE.
 *
 * Owns:    nothing.
 * Errors:  -EINVAL 0 or above 2^30, -EBADF.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_port_set_queue_limit(int send, uint32_t bytes);

/**
 * Send one message: all of its bytes and rights arrive together, or nothing does.
 *
 * @param send       A send right.
 * @param bytes      May be NULL if @size is 0.
 * @param size       At most TRANSOM_PORT_MAX_BYTES.
 * @param rights     The message gets copies; NULL if @count is 0.
 * @param count      At most TRANSOM_PORT_MAX_RIGHTS.
 * @param timeout_ms How long to wait for room in the queue: 0 not at all, negative for ever.
 *
 * Owns:    nothing; close the caller's own rights afterwards to move them instead of copying.
 * Errors:  -EPIPE dead name, -EAGAIN the queue is full (time-out 0), -ETIMEDOUT, -EMSGSIZE too many
 *          bytes or rights (nothing was sent), -ETOOMANYREFS more descriptors of this user are in
 *          flight than RLIMIT_NOFILE allows, -EBADF not a send right or a closed right in @rights,
 *          -EINVAL, -ENOMEM.
 * Blocks:  up to the time-out.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_port_send(int send, const void *bytes, size_t size, const struct transom_right *rights, size_t count,
                  int timeout_ms);

/**
 * Receive the next message. What @message held before is released first, whatever the outcome.
 *
 * @param receive    A receive right.
 * @param message    Where it goes.
 * @param timeout_ms How long to wait for one: 0 not at all, negative for ever.
 *
 * Owns:    @message owns the rights until they are taken out of it.
 * Errors:  -ENOTCONN no senders, -EAGAIN nothing there (time-out 0), -ETIMEDOUT, -EBADMSG or
 *          -EPROTONOSUPPORT what came is no message of Transom's (it was thrown away; the next may
 *          be one), -EMFILE this process had no descriptors left for the message's rights (it was
 *          thrown away, and its rights with it), -EBADF not a receive right, -EINVAL, -ENOMEM.
 * Blocks:  up to the time-out.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_port_receive(int receive, struct transom_message *message, int timeout_ms);

/**
 * Whether the receive right of a port is gone: sending can only fail.
 *
 * @param send A send right.
 *
 * Owns:    nothing.
 * Errors:  none; true for what is no open descriptor.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API bool
transom_port_is_dead_name(int send);

/**
 * Whether no send right of a port is left anywhere. Messages may still be queued.
 *
 * @param receive A receive right.
 *
 * Owns:    nothing.
 * Errors:  none; true for what is no open descriptor.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API bool
transom_port_is_without_senders(int receive);

/**
 * Check that a descriptor from elsewhere is a send right or a receive right. When the other end is gone
 * the two cannot be told apart any more, and it is accepted as either; as a send right it is then a
 * dead name, as a receive right one without senders.
 *
 * @param fd   A descriptor that came from somewhere.
 * @param kind TRANSOM_RIGHT_SEND or TRANSOM_RIGHT_RECEIVE.
 *
 * Owns:    nothing.
 * Errors:  -EBADF it is not one, -EINVAL another kind.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_port_check_right(int fd, enum transom_right_kind kind);

/**
 * Make an empty message to receive into; it takes about 64 KiB.
 *
 * @param ret The message.
 *
 * Owns:    the caller holds one reference.
 * Errors:  -EINVAL, -ENOMEM.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_message_create(struct transom_message **ret);

/**
 * Take a reference.
 *
 * Owns:    the caller holds one more reference; returns @message. NULL is accepted.
 * Errors:  none.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API struct transom_message *
transom_message_ref(struct transom_message *message);

/**
 * Drop a reference; with the last one the rights that are still inside are given up.
 *
 * Owns:    always returns NULL. NULL is accepted.
 * Errors:  none.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API struct transom_message *
transom_message_unref(struct transom_message *message);

/**
 * The bytes of the message that was received last.
 *
 * @param message  A message.
 * @param ret_size Their number; may be NULL.
 *
 * Owns:    borrowed until the next receive; aligned to 8 bytes; never NULL but for a NULL message.
 * Errors:  none.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API const void *
transom_message_get_bytes(const struct transom_message *message, size_t *ret_size);

/**
 * How many rights came with the message, those taken included.
 *
 * Owns:    nothing.
 * Errors:  none; 0 for NULL.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API size_t
transom_message_get_right_count(const struct transom_message *message);

/**
 * What the sender says that a right is; 0 if there is no such right.
 *
 * Owns:    nothing.
 * Errors:  none.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API uint32_t
transom_message_get_right_kind(const struct transom_message *message, size_t index);

/**
 * A right that stays the message's: to look up or copy, not to close. -1 if there is none, or it
 * was taken. What it is has not been checked.
 *
 * Owns:    borrowed until the next receive.
 * Errors:  none.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API int
transom_message_get_right(const struct transom_message *message, size_t index);

/**
 * Take a right out of the message. Send and receive rights are checked to be such; what a surface
 * right is, transom_surface_look_up() checks.
 *
 * @param message A message.
 * @param index   Which one, from 0.
 * @param kind    What the caller expects.
 * @param ret     The right.
 *
 * Owns:    the right is the caller's.
 * Errors:  -ENOENT no such right, or taken before, -EBADMSG it is announced as something else,
 *          -EBADF it is announced as one, but is none; -EINVAL. A right that fails stays in the
 *          message.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API int
transom_message_take_right(struct transom_message *message, size_t index, enum transom_right_kind kind,
                           int *ret);

/**
 * Who sent the message, by the kernel's word.
 *
 * @param message A message that was received.
 * @param ret     The sender; its pidfd is borrowed until the next receive.
 *
 * Owns:    nothing.
 * Errors:  -ENODATA nothing was received yet, -EINVAL.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API int
transom_message_get_sender(const struct transom_message *message, struct transom_sender *ret);

#ifdef __cplusplus
}
#endif

#endif /* TRANSOM_PORT_H */
