/*
 * wire-private.h - one message and its descriptors over one Unix socket of type SOCK_SEQPACKET;
 * what the bytes mean is the caller's business.
 */
#ifndef TRANSOM_WIRE_PRIVATE_H
#define TRANSOM_WIRE_PRIVATE_H

#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

/* The kernel's SCM_MAX_FD: more descriptors do not go into one message. */
#define WIRE_MAX_FDS 253

/* Who sent a message, as the kernel saw it. */
struct wire_sender {
	pid_t pid; /* 0: sent from a pid namespace that is not visible here */
	uid_t uid;
	gid_t gid;
	int pidfd; /* -1: not asked for, or the kernel does not give it */
};

/* What arrived. The descriptors are the receiver's: every one of them is close-on-exec. */
struct wire_delivery {
	size_t size;
	unsigned fd_count;
	int fds[WIRE_MAX_FDS];
	struct wire_sender sender;
};

/* Makes the kernel attach the sender's identity to what @socket receives, and a pidfd if it can. */
int
wire_ask_for_sender(int socket, int with_pidfd);

/*
 * Sends the parts as one message, with copies of the descriptors. 0, or -EAGAIN (@deadline 0),
 * -ETIMEDOUT, -EPIPE, -EMSGSIZE, -E2BIG (too many descriptors), -ETOOMANYREFS, -EBADF.
 */
int
wire_send(int socket, const struct iovec *parts, unsigned part_count, const int *fds, unsigned fd_count,
	  int64_t deadline);

/*
 * Receives one message into @buffer. 0, or -EAGAIN (@deadline 0), -ETIMEDOUT, -ENOTCONN (end of
 * file), -EBADMSG (empty, or larger than the buffer), -EMFILE (no room for its descriptors), -EBADF.
 * A message that fails is consumed, and its descriptors are closed. With MSG_PEEK in @flags the
 * message stays in the queue and the descriptors are fresh copies.
 * The socket must have been through wire_ask_for_sender(), or an empty message reads as end of file.
 */
int
wire_receive(int socket, void *buffer, size_t size, int flags, int64_t deadline, struct wire_delivery *ret);

/* Closes all descriptors of a delivery. */
void
wire_drop(struct wire_delivery *delivery);

#endif /* TRANSOM_WIRE_PRIVATE_H */
