/* inquiry.c - whatever an owner of a stream's name answers, who asks has numbers that make sense or a clean error. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <transom/inquiry.h>
#include <transom/name.h>

#include "fuzz.h"
#include "still.h"
#include "stream-private.h"

/* Input: the owner's answers, one a turn. */
enum answer {
	STATUS, /* of the right form, spoiled or not */
	NOISE,
	OTHER_TYPE,
	HANG_UP,
	ANSWERS,
};

enum { WAIT_MS = 5 };

static struct {
	struct script script;
	int listener, socket;
	uint64_t number;
} world;

static void
hang_up(void)
{
	if (world.socket >= 0)
		close(world.socket);
	world.socket = -1;
}

static void
answer_status(void)
{
	struct stream_status status = {
		.header = { STREAM_MAGIC, STREAM_VERSION, STREAM_STATUS },
		.count = script_choose(&world.script, STREAM_STATUS_PEERS + 1),
		.maximum_buffers = 64,
		.buffers = 3,
		.free = 1,
		.geometry = { .width = 16, .height = 8 },
	};
	unsigned choice;
	int fd;

	status.more = status.count == STREAM_STATUS_PEERS;
	status.subscribers = status.count;
	for (uint32_t i = 0; i < status.count; i++)
		status.peers[i] =
			(struct stream_status_peer){ .number = ++world.number, .granted = 2, .held = 1 };
	script_spoil(&world.script, &status, sizeof(status));
	choice = script_choose(&world.script, 16);
	fd = make_any_descriptor(choice);
	send_packet(world.socket, &status, sizeof(status), &fd, choice == 15);
	close(fd);
	if (choice == 14) /* before the next question */
		hang_up();
}

static void
make_noise(void)
{
	const uint8_t *bytes;
	size_t size = script_take(&world.script, &bytes);

	send_packet(world.socket, bytes, size, NULL, 0);
}

static void
answer_other(void)
{
	struct stream_refused message = { .header = { STREAM_MAGIC, STREAM_VERSION,
						      script_choose(&world.script, 16) } };

	send_packet(world.socket, &message, sizeof(message), NULL, 0);
}

static bool
take_turn(void)
{
	if (!world.script.left)
		return false;
	if (world.socket < 0)
		world.socket = accept4(world.listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	switch ((enum answer)script_choose(&world.script, ANSWERS)) {
	case STATUS:
		answer_status();
		break;
	case NOISE:
		make_noise();
		break;
	case OTHER_TYPE:
		answer_other();
		break;
	default:
		hang_up();
	}
	return true;
}

static void
look(struct transom_inquiry *inquiry)
{
	struct transom_stream_status status = { .size = sizeof(status) };
	struct transom_subscriber_status peer = { .size = sizeof(peer) };
	uint64_t last = 0;

	insist(transom_inquiry_get_status(inquiry, &status) == 0);
	insist(status.pid == getpid() && status.statistics.free <= status.statistics.buffers);
	insist(status.maximum_buffers <= TRANSOM_STREAM_MAX_BUFFERS &&
	       status.geometry.plane_count <= TRANSOM_MAX_PLANES);
	for (size_t i = 0; i < transom_inquiry_get_subscriber_count(inquiry); i++) {
		insist(transom_inquiry_get_subscriber(inquiry, i, &peer) == 0);
		insist(peer.held <= peer.granted && peer.granted <= TRANSOM_STREAM_MAX_HELD);
		insist(transom_inquiry_get_subscriber_number(inquiry, i) > last);
		last = transom_inquiry_get_subscriber_number(inquiry, i);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *folder = use_own_runtime_directory();
	struct transom_inquiry *inquiry = NULL;
	struct possessions before = count_possessions();
	char path[256];
	int r;

	world.script = (struct script){ data, size };
	world.socket = -1;
	world.number = 0;
	world.listener = listen_at("streams/fuzz");
	insist(world.listener >= 0);
	still_set_others(take_turn);
	r = transom_inquiry_create("fuzz", WAIT_MS, &inquiry);
	still_set_others(NULL);
	insist_listed(r);
	insist((r == 0) == (inquiry != NULL));
	if (inquiry)
		look(inquiry);
	transom_inquiry_unref(inquiry);
	hang_up();
	close(world.listener);
	snprintf(path, sizeof(path), "%s/streams/fuzz", folder);
	insist(unlink(path) == 0);
	insist_on_same(before);
	return 0;
}
