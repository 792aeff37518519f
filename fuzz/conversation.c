/* conversation.c - a publisher and a subscriber speak through somebody who changes, keeps and adds what they say: both go on. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <transom/stream.h>

#include "fuzz.h"
#include "honest.h"
#include "still.h"
#include "stream-private.h"

/*
 * Input: four bytes of options; then actions of the one between them and of the two programs. While one of them waits,
 * and while the library looks at board and cards, it is the turn of the one between. What goes through him unchanged
 * must have the effect that it has without him.
 */
enum {
	MESSAGES = 4, /* that he keeps */
	PAGE = 4096,
	WAIT_MS = 10,
	MOST_BOARD = 1 << 16,
};

enum action {
	/* of the one between */
	PASS_UP, /* to the publisher */
	PASS_DOWN,
	PASS_DOWN_ALL,
	SPOIL_UP,
	SPOIL_DOWN,
	KEEP_UP, /* to say it later, again, or never */
	KEEP_DOWN,
	SAY_KEPT,
	FORGE_BOARD, /* the next welcome has a board of his own */
	WRITE_BOARD, /* that one */
	WRITE_CARD,
	NOISE,
	BECOME_QUIET, /* what follows is not before somebody looks at memory again */
	HANG_UP,
	/* of the programs */
	PUBLISH,
	OTHERS_ACTIONS = PUBLISH,
	PUBLISH_OTHERS,
	CHANGE_BUFFERS,
	ACQUIRE,
	WAIT,
	RELEASE,
	ADD_FENCE,
	POLL,
	ACTIONS,
};

/* A message in his hands. */
struct kept {
	bool down;
	unsigned char bytes[sizeof(struct stream_status)];
	struct wire_delivery delivery;
};

static struct {
	struct script script;
	struct honest honest;
	int up, down; /* his sockets, or -1 */
	bool tampered; /* he has changed something that the subscriber sees */
	bool forge;
	struct stream_board *board; /* forged */
	char *card; /* the page */
	struct kept kept[MESSAGES];
	unsigned next_kept;
	struct transom_subscriber *subscriber;
	struct transom_frame *frames[TRANSOM_STREAM_MAX_HELD];
} world;

/* The one between */

static bool
receive(bool down, struct kept *ret)
{
	int socket = down ? world.up : world.down;

	ret->down = down;
	ret->delivery.fd_count = 0;
	ret->delivery.sender.pidfd = -1;
	return socket >= 0 && wire_receive(socket, ret->bytes, sizeof(ret->bytes), 0, 0, &ret->delivery) == 0;
}

static void
say(const struct kept *message)
{
	int socket = message->down ? world.down : world.up;

	if (socket >= 0)
		send_packet(socket, message->bytes, message->delivery.size, message->delivery.fds,
			    message->delivery.fd_count);
}

/* A board like the publisher's at this moment, that can be written. */
static int
forge_board(int real, size_t size)
{
	const void *map = mmap(NULL, size, PROT_READ, MAP_SHARED, real, 0);
	int fd;

	insist(map != MAP_FAILED);
	fd = make_file(size, map, size, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	munmap((void *)map, size);
	map = mmap(NULL, MOST_BOARD, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	insist(map != MAP_FAILED);
	world.board = (struct stream_board *)map;
	return fd;
}

/* What he learns from a message that he has not changed yet. */
static void
look_at(struct kept *message)
{
	struct stream_welcome welcome;
	void *page;

	memcpy(&welcome, message->bytes, sizeof(welcome));
	if (!message->down || message->delivery.size != sizeof(welcome) ||
	    welcome.header.type != STREAM_WELCOME || world.card)
		return;
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, message->delivery.fds[1], 0);
	insist(page != MAP_FAILED);
	world.card = page;
	if (world.forge && welcome.board_size <= MOST_BOARD) {
		int fd = forge_board(message->delivery.fds[0], welcome.board_size);

		close(message->delivery.fds[0]);
		message->delivery.fds[0] = fd;
		world.tampered = true;
	}
}

static bool
pass(bool down, bool spoil)
{
	static struct kept message;

	if (!receive(down, &message))
		return false;
	look_at(&message);
	if (spoil) {
		world.tampered = true;
		script_spoil(&world.script, message.bytes, message.delivery.size);
		if (script_byte(&world.script) & 1 && message.delivery.fd_count) {
			int *last = &message.delivery.fds[message.delivery.fd_count - 1];

			close(*last);
			*last = make_any_descriptor(script_byte(&world.script));
		}
	}
	say(&message);
	wire_drop(&message.delivery);
	return true;
}

static void
keep(bool down)
{
	struct kept *place = &world.kept[world.next_kept % MESSAGES];

	wire_drop(&place->delivery);
	place->delivery.size = 0;
	if (!receive(down, place))
		return;
	look_at(place);
	world.tampered = true;
	world.next_kept++;
}

static void
say_kept(void)
{
	const struct kept *message = &world.kept[script_choose(&world.script, MESSAGES)];

	world.tampered = true;
	if (message->delivery.size)
		say(message);
}

static void
make_noise(void)
{
	bool down = script_byte(&world.script) & 1;
	int socket = down ? world.down : world.up;
	const uint8_t *bytes;
	size_t size = script_take(&world.script, &bytes);

	world.tampered = true;
	if (socket >= 0)
		send_packet(socket, bytes, size, NULL, 0);
}

static void
hang_up(int *socket)
{
	world.tampered = true;
	if (*socket >= 0)
		close(*socket);
	*socket = -1;
}

static void
write_memory(void *memory, size_t size)
{
	if (!memory)
		return;
	world.tampered = true;
	script_spoil(&world.script, memory, size);
}

static void
go_on(void);

static void
act_between(enum action action)
{
	switch (action) {
	case PASS_UP:
	case PASS_DOWN:
		pass(action == PASS_DOWN, false);
		break;
	case PASS_DOWN_ALL:
		while (pass(true, false))
			;
		break;
	case SPOIL_UP:
	case SPOIL_DOWN:
		pass(action == SPOIL_DOWN, true);
		break;
	case KEEP_UP:
	case KEEP_DOWN:
		keep(action == KEEP_DOWN);
		break;
	case SAY_KEPT:
		say_kept();
		break;
	case FORGE_BOARD:
		world.forge = true;
		break;
	case WRITE_BOARD:
		write_memory(world.board, sizeof(*world.board) + 8 * sizeof(world.board->ring[0]));
		break;
	case WRITE_CARD:
		write_memory(world.card, PAGE);
		break;
	case NOISE:
		make_noise();
		break;
	case BECOME_QUIET:
		still_change_after(script_byte(&world.script), go_on);
		break;
	default:
		hang_up(script_byte(&world.script) & 1 ? &world.up : &world.down);
	}
}

static void
go_on(void)
{
	act_between(script_choose(&world.script, OTHERS_ACTIONS));
}

static bool
take_turn(void)
{
	if (!world.script.left)
		return false;
	go_on();
	return true;
}

/* The subscriber, who knows nothing of him */

static void
keep_frame(struct transom_frame *frame)
{
	for (uint32_t i = 0; i < TRANSOM_STREAM_MAX_HELD; i++)
		if (!world.frames[i]) {
			world.frames[i] = frame;
			return;
		}
	insist(false); /* more than anyone may hold */
}

static void
acquire(int timeout_ms)
{
	struct transom_frame *frame = NULL;
	int r = transom_subscriber_acquire(world.subscriber, timeout_ms, &frame);

	insist_listed(r);
	insist((r == 0) == (frame != NULL));
	if (r < 0)
		return;
	insist(honest_read_number(frame) == transom_frame_get_sequence(frame) || world.tampered);
	keep_frame(frame);
}

/* What it holds nobody draws over, as long as all is as it was said. */
static void
look_at_frames(void)
{
	for (uint32_t i = 0; i < TRANSOM_STREAM_MAX_HELD && !world.tampered; i++)
		insist(!world.frames[i] ||
		       honest_read_number(world.frames[i]) == transom_frame_get_sequence(world.frames[i]));
}

static void
add_fence(struct transom_frame *frame)
{
	int fd = make_any_descriptor(script_byte(&world.script));

	insist_listed(transom_frame_add_fence(frame, fd));
	close(fd);
}

static void
act_on_frame(enum action action)
{
	unsigned place = script_choose(&world.script, TRANSOM_STREAM_MAX_HELD);

	if (!world.frames[place])
		return;
	if (action == ADD_FENCE)
		add_fence(world.frames[place]);
	else
		world.frames[place] = transom_frame_release(world.frames[place]);
}

static void
act(void)
{
	enum action action = script_choose(&world.script, ACTIONS);

	switch (action) {
	case PUBLISH:
		honest_publish(&world.honest, &world.script, 0);
		break;
	case PUBLISH_OTHERS:
		honest_publish_others(&world.honest, &world.script);
		break;
	case CHANGE_BUFFERS:
		honest_change_buffers(&world.honest, 8 + script_choose(&world.script, 8));
		break;
	case ACQUIRE:
		acquire(0);
		break;
	case WAIT:
		acquire(WAIT_MS);
		break;
	case POLL:
		insist(transom_subscriber_get_fd(world.subscriber) >= 0);
		break;
	case RELEASE:
	case ADD_FENCE:
		act_on_frame(action);
		break;
	default:
		act_between(action);
	}
	still_serve();
	look_at_frames();
}

static int
subscribe(void)
{
	uint8_t choice = script_byte(&world.script);
	struct transom_subscriber_options options = {
		.size = sizeof(options),
		.mode = choice & 1,
		.held = choice >> 1 & 7,
		.queue = choice >> 4 & 7,
		.timeout_ms = WAIT_MS,
	};
	int ends[2], r;

	insist(transom_publisher_invite(world.honest.publisher, &world.up) == 0);
	insist(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
	world.down = ends[0];
	insist(wire_ask_for_sender(world.up, 0) == 0 && wire_ask_for_sender(world.down, 0) == 0);
	r = transom_subscriber_create_from_fd(ends[1], &options, &world.subscriber);
	close(ends[1]);
	insist_listed(r);
	insist((r == 0) == (world.subscriber != NULL));
	return r;
}

static void
end(void)
{
	bool first = script_byte(&world.script) & 1;

	if (first)
		honest_end(&world.honest);
	for (uint32_t i = 0; i < TRANSOM_STREAM_MAX_HELD; i++)
		transom_frame_release(world.frames[i]);
	transom_subscriber_unref(world.subscriber);
	hang_up(&world.up);
	hang_up(&world.down);
	still_serve();
	if (!first)
		honest_end(&world.honest);
	for (int i = 0; i < MESSAGES; i++)
		wire_drop(&world.kept[i].delivery);
	if (world.board)
		munmap(world.board, MOST_BOARD);
	if (world.card)
		munmap(world.card, PAGE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct possessions before = count_possessions();
	int r;

	memset(&world, 0, sizeof(world));
	for (int i = 0; i < MESSAGES; i++)
		world.kept[i].delivery.sender.pidfd = -1;
	world.script = (struct script){ data, size };
	honest_begin(&world.honest, &world.script, NULL);
	still_set_others(take_turn);
	r = subscribe();
	while (r == 0 && world.script.left)
		act();
	still_change_after(0, NULL);
	still_set_others(NULL);
	end();
	insist_on_same(before);
	return 0;
}
