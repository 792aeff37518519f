/* subscriber.c - whatever a publisher answers, says, and writes on its board, a subscriber has whole frames or a clean error. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <transom/pixel_buffer.h>
#include <transom/stream.h>

#include "fuzz.h"
#include "stand-in.h"
#include "still.h"
#include "stream-private.h"

/*
 * Input: three bytes of options for the subscriber; then actions, of the publisher's and of the program's, one after
 * the other. While the subscriber waits, and while it looks at the board, it is the publisher's turn.
 */
enum {
	RING = 4,
	PAGE = 4096,
	BOARD_SIZE = sizeof(struct stream_board) + RING * sizeof(struct stream_record),
	WAIT_MS = 10,
};

enum action {
	/* the publisher's */
	WELCOME,
	FRAME, /* a good record, spoiled or not, and the head */
	INTRODUCE,
	SAY, /* any other message */
	NOISE, /* any bytes, and descriptors */
	HEAD,
	WRITE_BOARD,
	WRITE_CARD,
	BECOME_QUIET, /* what follows is not before the subscriber looks at the board again */
	HANG_UP,
	/* the program's */
	ACQUIRE,
	PUBLISHER_ACTIONS = ACQUIRE,
	WAIT,
	RELEASE,
	ADD_FENCE,
	TAKE_FENCE,
	WRAP,
	POLL,
	ACTIONS,
};

static struct {
	struct script script;
	int socket; /* the publisher's end, or -1 */
	int board_fd, card_fd;
	struct stream_board *board;
	struct stream_card *card;
	uint32_t generation;
	struct transom_subscriber *subscriber;
	uint32_t most_held;
	struct transom_frame *frames[TRANSOM_STREAM_MAX_HELD];
	uint64_t last; /* sequence */
} world;

/* The publisher, by hand */

static void
map_files(void)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

	world.board_fd = make_file(BOARD_SIZE, NULL, 0, seals);
	world.board = mmap(NULL, BOARD_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, world.board_fd, 0);
	world.card_fd = make_file(PAGE, NULL, 0, seals);
	world.card = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, world.card_fd, 0);
	insist(world.board != MAP_FAILED && world.card != MAP_FAILED);
	world.board->magic = BOARD_MAGIC;
	world.board->version = STREAM_VERSION;
	world.board->ring_size = RING;
}

static void
unmap_files(void)
{
	munmap(world.board, BOARD_SIZE);
	munmap(world.card, PAGE);
	close(world.board_fd);
	close(world.card_fd);
}

/* A message that the script may spoil, its header too. */
static void
say(enum stream_message_type type, void *message, size_t size, const int *fds, unsigned count)
{
	struct stream_header header = { STREAM_MAGIC, STREAM_VERSION, (uint16_t)type };

	memcpy(message, &header, sizeof(header));
	script_spoil(&world.script, message, size);
	if (world.socket >= 0)
		send_packet(world.socket, message, size, fds, count);
}

/* The file at which a welcome points: mostly the right one. */
static int
choose_file(int good, size_t size)
{
	unsigned sort = script_choose(&world.script, 16);

	switch (sort) {
	case 8:
		return make_file(size, NULL, 0, F_SEAL_SHRINK | F_SEAL_GROW); /* more seals could come */
	case 9:
		return make_file(size / 2, NULL, 0, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	case 10: /* nobody may map it for writing */
		return make_file(size, NULL, 0, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL | F_SEAL_WRITE);
	case 11:
	case 12:
	case 13:
	case 14:
	case 15:
		return make_any_descriptor(sort - 9);
	default:
		return fcntl(good, F_DUPFD_CLOEXEC, 0);
	}
}

static void
welcome(void)
{
	struct stream_welcome message = { .board_size = BOARD_SIZE,
					  .granted = TRANSOM_STREAM_MAX_HELD,
					  .queue = RING / 2,
					  .joined = world.board->head };
	int fds[2];

	fds[0] = choose_file(world.board_fd, BOARD_SIZE);
	fds[1] = choose_file(world.card_fd, PAGE);
	say(STREAM_WELCOME, &message, sizeof(message), fds, 2);
	close_all(fds, 2);
}

static void
introduce(void)
{
	uint8_t choice = script_byte(&world.script);
	struct stream_introduce message = { .index = choice % 8,
					    .generation = world.generation,
					    .flags = choice & 8 ? STREAM_GUARDED : 0 };
	int fd = choice & 16 ? make_any_descriptor(choice >> 5) : stand_in_make(&world.script);

	say(STREAM_INTRODUCE, &message, sizeof(message), &fd, 1);
	close(fd);
}

static void
show_frame(void)
{
	uint8_t choice = script_byte(&world.script);
	uint64_t sequence = world.board->head + 1;
	struct stream_record *record = &world.board->ring[sequence % RING];

	atomic_store(&record->sequence, sequence);
	record->index = choice % 8;
	record->generation = world.generation;
	record->damage_count = choice >> 3 & 1;
	record->user_size = choice >> 4 & 1;
	record->fence_count = choice >> 5 & 1;
	script_spoil(&world.script, record, sizeof(*record));
	if (record->fence_count) {
		struct stream_fences message = { .sequence = sequence, .index = record->index, .count = 1 };
		int fd = make_any_descriptor(choice);

		say(STREAM_FENCES, &message, sizeof(message), &fd, 1);
		close(fd);
	}
	atomic_store(&world.board->head, sequence);
}

/* A message of any type, as if it were of that; a forgotten buffer's number may be given anew. */
static void
say_any(void)
{
	static const size_t sizes[] = { [STREAM_REFUSED] = sizeof(struct stream_refused),
					[STREAM_FORGET] = sizeof(struct stream_introduce),
					[STREAM_WAKE] = sizeof(struct stream_header),
					[STREAM_GRANT] = sizeof(struct stream_grant),
					[STREAM_BYE] = sizeof(struct stream_refused),
					[STREAM_STATUS] = sizeof(struct stream_status) };
	unsigned type = script_choose(&world.script, COUNT(sizes));
	size_t size = sizes[type] ? sizes[type] : sizeof(union stream_message);
	struct stream_status message = { .count = 0 };
	uint64_t numbers[2];

	numbers[0] = script_number(&world.script);
	numbers[1] = script_number(&world.script);
	memcpy(&message.more, numbers, sizeof(numbers));
	if (type == STREAM_FORGET)
		world.generation += numbers[1] & 1;
	say(type, &message, size, NULL, 0);
}

static void
make_noise(void)
{
	unsigned count = script_choose(&world.script, 6);
	const uint8_t *bytes;
	size_t size = script_take(&world.script, &bytes);
	int fds[5];

	make_any_descriptors(&world.script, fds, count);
	if (world.socket >= 0)
		send_packet(world.socket, bytes, size, fds, count);
	close_all(fds, count);
}

static void
act_as_publisher(enum action action);

/* The next action, if it is the publisher's. */
static void
go_on(void)
{
	act_as_publisher(script_choose(&world.script, PUBLISHER_ACTIONS));
}

static void
act_as_publisher(enum action action)
{
	uint64_t number;

	switch (action) {
	case WELCOME:
		welcome();
		break;
	case FRAME:
		show_frame();
		break;
	case INTRODUCE:
		introduce();
		break;
	case SAY:
		say_any();
		break;
	case NOISE:
		make_noise();
		break;
	case HEAD:
		number = script_number(&world.script);
		atomic_store(&world.board->head, number < 128 ? world.board->head + number - 64 : number);
		break;
	case WRITE_BOARD:
		script_spoil(&world.script, world.board, BOARD_SIZE);
		break;
	case WRITE_CARD:
		script_spoil(&world.script, world.card, sizeof(*world.card));
		break;
	case BECOME_QUIET:
		still_change_after(script_byte(&world.script), go_on);
		break;
	default:
		if (world.socket >= 0)
			close(world.socket);
		world.socket = -1;
	}
}

static bool
take_turn(void)
{
	if (!world.script.left)
		return false;
	go_on();
	return true;
}

/* The program */

static void
look_at_frame(struct transom_frame *frame)
{
	struct transom_frame_info info = { .size = sizeof(info) };

	insist(transom_frame_get_info(frame, &info) == 0);
	insist(info.sequence > world.last && info.damage_count <= TRANSOM_STREAM_MAX_DAMAGE &&
	       info.user_size <= TRANSOM_STREAM_MAX_USER_DATA);
	world.last = info.sequence;
	stand_in_read(transom_frame_get_surface(frame));
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
	look_at_frame(frame);
	for (uint32_t i = 0; i < TRANSOM_STREAM_MAX_HELD; i++) {
		insist(world.frames[i] != frame);
		if (!world.frames[i]) {
			world.frames[i] = frame;
			return;
		}
	}
	insist(false); /* more than anyone may hold */
}

/* The pixels in an image's shape, which has checks of its own. */
static void
wrap(const struct transom_frame *frame)
{
	struct transom_pixel_buffer *buffer = NULL;
	struct transom_value *values = NULL;
	int r;

	r = transom_pixel_buffer_create_with_surface(transom_frame_get_surface(frame), &buffer);
	insist_listed(r);
	insist((r == 0) == (buffer != NULL));
	transom_pixel_buffer_unref(buffer);
	insist_listed(transom_surface_dup_all_values(transom_frame_get_surface(frame), &values));
	transom_value_unref(values);
}

static void
act_on_frame(enum action action)
{
	unsigned place = script_choose(&world.script, TRANSOM_STREAM_MAX_HELD);
	struct transom_frame *frame = world.frames[place];
	int fd = -1;

	if (!frame)
		return;
	switch (action) {
	case ADD_FENCE:
		fd = make_any_descriptor(place);
		insist_listed(transom_frame_add_fence(frame, fd));
		break;
	case TAKE_FENCE:
		insist_listed(transom_frame_take_fence(frame, &fd));
		break;
	case WRAP:
		wrap(frame);
		break;
	default:
		transom_frame_release(frame);
		world.frames[place] = NULL;
	}
	if (fd >= 0)
		close(fd);
}

static void
act(void)
{
	enum action action = script_choose(&world.script, ACTIONS);

	if (action < PUBLISHER_ACTIONS)
		act_as_publisher(action);
	else if (action == ACQUIRE)
		acquire(0);
	else if (action == WAIT)
		acquire(WAIT_MS);
	else if (action == POLL)
		insist(transom_subscriber_get_fd(world.subscriber) >= 0);
	else
		act_on_frame(action);
	still_serve();
	insist(transom_subscriber_get_granted(world.subscriber) <= TRANSOM_STREAM_MAX_HELD);
}

static int
subscribe(int socket)
{
	const uint32_t flags =
		TRANSOM_SUBSCRIBER_BUSY_POLL | TRANSOM_SUBSCRIBER_NO_THREAD | TRANSOM_SUBSCRIBER_PREFAULT;
	uint8_t choice = script_byte(&world.script);
	struct transom_subscriber_options options = { .size = sizeof(options),
						      .flags = (uint32_t)choice & flags,
						      .mode = choice & 1,
						      .timeout_ms = WAIT_MS };
	int other, r;

	options.held = script_choose(&world.script, TRANSOM_STREAM_MAX_HELD + 1);
	options.queue = script_byte(&world.script);
	if (choice & 128) { /* what is no socket at all, perhaps */
		other = make_any_descriptor(options.queue);
		insist(transom_subscriber_create_from_fd(other, &options, &world.subscriber) < 0);
		close(other);
	}
	r = transom_subscriber_create_from_fd(socket, &options, &world.subscriber);
	insist_listed(r);
	insist((r == 0) == (world.subscriber != NULL));
	return r;
}

static void
leave(void)
{
	for (uint32_t i = 0; i < TRANSOM_STREAM_MAX_HELD; i++)
		world.frames[i] = transom_frame_release(world.frames[i]);
	world.subscriber = transom_subscriber_unref(world.subscriber);
	if (world.socket >= 0)
		close(world.socket);
	unmap_files();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct possessions before;
	int ends[2], r;

	stand_in_learn();
	before = count_possessions();
	memset(&world, 0, sizeof(world));
	world.script = (struct script){ data, size };
	world.generation = 1;
	map_files();
	insist(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
	world.socket = ends[0];
	still_set_others(take_turn);
	r = subscribe(ends[1]);
	close(ends[1]);
	while (r == 0 && world.script.left)
		act();
	still_change_after(0, NULL);
	still_set_others(NULL);
	leave();
	insist_on_same(before);
	return 0;
}
