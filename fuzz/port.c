/* port.c - any packet with any descriptors at a port is the message that was meant, or nothing; no descriptor stays open. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <transom/port.h>
#include <transom/surface.h>

#include "fuzz.h"
#include "message-private.h"
#include "stand-in.h"
#include "still.h"

/* Input: actions, one after the other. */
enum action {
	SEND, /* a packet of the right form, spoiled or not */
	NOISE, /* any bytes, and descriptors */
	SEND_EMPTY,
	ASK, /* whether any descriptor is a right */
	HANG_UP,
	ACTIONS,
};

enum { MOST_FDS = 6, WAIT_MS = 1 };

static struct {
	struct script script;
	int receive, send;
	struct transom_message *message;
	/* what was sent last */
	unsigned char packet[sizeof(struct message_header) + 8 + 256];
	size_t size;
	unsigned fd_count;
} world;

static void
send_world(const int *fds)
{
	if (world.send >= 0)
		send_packet(world.send, world.packet, world.size, fds, world.fd_count);
}

/* Rights that are what they say, more or less. */
static int
make_right(uint8_t choice, uint8_t *ret_kind)
{
	int receive, send;

	*ret_kind = 1 + (choice & 3);
	switch (choice >> 2 & 3) {
	case 0:
		insist(transom_port_create(NULL, &receive, &send) == 0);
		close(choice & 1 ? send : receive);
		return choice & 1 ? receive : send;
	case 1:
		return stand_in_make(&world.script);
	case 2: /* the port's own: a message in itself */
		return dup(world.send >= 0 ? world.send : world.receive);
	default:
		return make_any_descriptor(choice >> 4);
	}
}

static void
send_message(void)
{
	struct message_header header = { MESSAGE_MAGIC, MESSAGE_VERSION, 0 };
	uint8_t kinds[8] = { 0 };
	const uint8_t *bytes;
	int fds[MOST_FDS];
	size_t count;

	world.fd_count = script_choose(&world.script, MOST_FDS);
	for (unsigned i = 0; i < world.fd_count; i++)
		fds[i] = make_right(script_byte(&world.script), &kinds[i]);
	header.right_count = (uint16_t)world.fd_count;
	memcpy(world.packet, &header, sizeof(header));
	memcpy(world.packet + sizeof(header), kinds, sizeof(kinds));
	world.size = sizeof(header) + (world.fd_count ? sizeof(kinds) : 0);
	count = script_take(&world.script, &bytes);
	memcpy(world.packet + world.size, bytes, count);
	world.size += count;
	script_spoil(&world.script, world.packet, world.size);
	send_world(fds);
	close_all(fds, world.fd_count);
}

static void
make_noise(void)
{
	const uint8_t *bytes;
	int fds[MOST_FDS];

	world.fd_count = script_choose(&world.script, MOST_FDS);
	make_any_descriptors(&world.script, fds, world.fd_count);
	world.size = script_take(&world.script, &bytes);
	memcpy(world.packet, bytes, world.size);
	send_world(fds);
	close_all(fds, world.fd_count);
}

static void
take(size_t index)
{
	uint32_t kind = transom_message_get_right_kind(world.message, index);
	struct transom_surface *surface = NULL;
	int fd = -1, r;

	insist(kind >= TRANSOM_RIGHT_SEND && kind <= TRANSOM_RIGHT_FD);
	r = transom_message_take_right(world.message, index, kind, &fd);
	insist_listed(r);
	insist((r == 0) == (fd >= 0));
	if (r < 0)
		return;
	insist(transom_message_get_right(world.message, index) < 0);
	if (kind == TRANSOM_RIGHT_SURFACE && transom_surface_look_up(fd, &surface) == 0) {
		stand_in_read(surface);
		transom_surface_unref(surface);
	}
	close(fd);
}

/* What has come is what was sent, byte by byte. */
static void
look_at_message(void)
{
	struct transom_sender sender;
	size_t size;
	const void *bytes = transom_message_get_bytes(world.message, &size);

	insist(transom_message_get_right_count(world.message) == world.fd_count);
	insist(size <= world.size && !memcmp(bytes, world.packet + world.size - size, size));
	insist(size == world.size - sizeof(struct message_header) - message_kinds_size(world.fd_count));
	insist(transom_message_get_sender(world.message, &sender) == 0 && sender.pid == getpid());
	for (size_t i = 0; i < world.fd_count; i++)
		take(i);
}

static void
receive(void)
{
	struct transom_sender sender;
	size_t size;
	int r = transom_port_receive(world.receive, world.message, WAIT_MS);

	insist_listed(r);
	if (r == 0) {
		look_at_message();
		return;
	}
	insist(transom_message_get_right_count(world.message) == 0);
	transom_message_get_bytes(world.message, &size);
	insist(size == 0 && transom_message_get_sender(world.message, &sender) == -ENODATA);
	insist((r == -ENOTCONN) == (world.send < 0 && transom_port_is_without_senders(world.receive)));
}

static void
ask(void)
{
	uint8_t choice = script_byte(&world.script);
	int fd = make_any_descriptor(choice);

	insist_listed(transom_port_check_right(fd, choice >> 4 & 3));
	insist_listed(transom_port_receive(fd, world.message, 0));
	transom_port_is_dead_name(fd);
	close(fd);
}

static void
act(void)
{
	switch ((enum action)script_choose(&world.script, ACTIONS)) {
	case SEND:
		send_message();
		receive();
		break;
	case NOISE:
		make_noise();
		receive();
		break;
	case SEND_EMPTY:
		world.size = world.fd_count = 0;
		send_world(NULL);
		receive();
		break;
	case ASK:
		ask();
		break;
	default:
		if (world.send >= 0)
			close(world.send);
		world.send = -1;
		receive();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct possessions before;

	stand_in_learn();
	before = count_possessions();
	world.script = (struct script){ data, size };
	insist(transom_port_create(NULL, &world.receive, &world.send) == 0);
	insist(transom_message_create(&world.message) == 0);
	while (world.script.left)
		act();
	transom_message_unref(world.message);
	close(world.receive);
	if (world.send >= 0)
		close(world.send);
	insist_on_same(before);
	return 0;
}
