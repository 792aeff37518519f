/* pass.c - rights and, to compare, plain descriptors from hand to hand, here and between processes. */
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

struct peer {
	int raw; /* a socket to it */
	int send, receive; /* a port to it, and one back */
	struct transom_message *message;
	int file; /* what is passed raw */
};

void
raw_send(int socket, int fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	char bytes[8] = { 0 };
	struct iovec part = { bytes, sizeof(bytes) };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	must(sendmsg(socket, &message, MSG_NOSIGNAL) >= 0);
}

int
raw_receive(int socket)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	char bytes[8];
	struct iovec part = { bytes, sizeof(bytes) };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};
	int fd;

	must(recvmsg(socket, &message, MSG_CMSG_CLOEXEC) > 0);
	must(CMSG_FIRSTHDR(&message) && CMSG_FIRSTHDR(&message)->cmsg_type == SCM_RIGHTS);
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

/* Makes a right and sends it away: the sender keeps nothing of it. */
static void
send_right(int port, struct transom_surface *surface)
{
	struct transom_right right = { -1, TRANSOM_RIGHT_SURFACE };

	must(transom_surface_create_right(surface, &right.fd) == 0);
	must(transom_port_send(port, NULL, 0, &right, 1, -1) == 0);
	close(right.fd);
}

/* Receives a right, looks its surface up, and drops the right. */
static struct transom_surface *
receive_right(int port, struct transom_message *message)
{
	struct transom_surface *surface = NULL;
	int right;

	must(transom_port_receive(port, message, -1) == 0);
	must(transom_message_take_right(message, 0, TRANSOM_RIGHT_SURFACE, &right) == 0);
	must(transom_surface_look_up(right, &surface) == 0);
	close(right);
	return surface;
}

/* Each end of a peer serves until the other end goes. */
static void
serve_raw(void *argument)
{
	struct peer *peer = argument;

	for (;;) {
		close(raw_receive(peer->raw));
		raw_send(peer->raw, peer->file);
	}
}

static void
serve_rights(void *argument)
{
	struct peer *peer = argument;
	struct transom_surface *kept = NULL; /* as a reader keeps the surfaces that it sees again */

	must(transom_message_create(&peer->message) == 0);
	for (;;) {
		struct transom_surface *surface = receive_right(peer->receive, peer->message);

		send_right(peer->send, surface);
		transom_surface_unref(kept);
		kept = surface;
	}
}

struct peer *
peer_start(int core)
{
	struct peer *peer = calloc(1, sizeof(*peer)), partner = { 0 };
	int sockets[2];

	must(peer);
	peer->file = partner.file = memfd_create("raw", MFD_CLOEXEC);
	must(peer->file >= 0);
	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) == 0);
	must(transom_port_create(NULL, &partner.receive, &peer->send) == 0);
	must(transom_port_create(NULL, &peer->receive, &partner.send) == 0);
	must(transom_message_create(&peer->message) == 0);
	peer->raw = sockets[0];
	partner.raw = sockets[1];
	start_child(serve_raw, &partner, core);
	start_child(serve_rights, &partner, core);
	close(partner.raw);
	close(partner.receive);
	close(partner.send);
	return peer;
}

void
pass_raw_here(struct population *population, unsigned times)
{
	for (unsigned i = 0; i < times; i++) {
		raw_send(population->raw[0], population->one_core->file);
		close(raw_receive(population->raw[1]));
	}
}

void
pass_right_here(struct population *population, unsigned times)
{
	for (unsigned i = 0; i < times; i++) {
		send_right(population->send, population->subject);
		transom_surface_unref(receive_right(population->receive, population->message));
	}
}

void
pass_raw(struct peer *peer, unsigned times)
{
	for (unsigned i = 0; i < times; i++) {
		raw_send(peer->raw, peer->file);
		close(raw_receive(peer->raw));
	}
}

void
pass_right(struct peer *peer, struct population *population, unsigned times)
{
	for (unsigned i = 0; i < times; i++) {
		send_right(peer->send, population->subject);
		transom_surface_unref(receive_right(peer->receive, peer->message));
	}
}
