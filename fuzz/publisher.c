/* publisher.c - whatever subscribers say, write on their cards and leave, a publisher goes on, and an honest one loses nothing. */
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <transom/inquiry.h>
#include <transom/stream.h>

#include "fuzz.h"
#include "honest.h"
#include "still.h"
#include "stream-private.h"

/*
 * Input: four bytes of options for the publisher and its honest subscriber; then actions of the enemies and of the
 * program, one after the other. While the publisher waits, and while it looks at cards, it is the enemies' turn.
 */
enum {
	ENEMIES = 4,
	CROWD = 70,
	PAGE = 4096,
	WAIT_MS = 5,
};

enum action {
	/* of an enemy */
	CONNECT,
	HELLO,
	SAY,
	NOISE,
	READ,
	WRITE_CARD,
	HOLD, /* writes a card as a subscriber would */
	BECOME_QUIET, /* what follows is not before the publisher looks at the cards again */
	HANG_UP,
	/* of the program */
	SERVE,
	ENEMY_ACTIONS = SERVE,
	PUBLISH,
	PUBLISH_WAITING,
	PUBLISH_OTHERS,
	DISCARD,
	CHANGE_BUFFERS,
	LOOK,
	GATHER,
	PASS_TIME,
	ACTIONS,
};

struct enemy {
	int socket; /* or -1 */
	char *page; /* or NULL */
	struct stream_card *card;
};

static struct {
	struct script script;
	struct honest honest;
	bool named;
	bool busy; /* the library: it is the enemies' turn in the midst of a call */
	struct enemy enemies[ENEMIES];
	int crowd[CROWD];
} world;

/* Enemies, by hand */

static void
hang_up(struct enemy *enemy)
{
	if (enemy->page)
		munmap(enemy->page, PAGE);
	if (enemy->socket >= 0)
		close(enemy->socket);
	*enemy = (struct enemy){ .socket = -1 };
}

static void
connect_enemy(struct enemy *enemy)
{
	if (world.busy) /* it would be waited for */
		return;
	hang_up(enemy);
	if (world.named)
		insist_listed(transom_stream_connect("fuzz", 0, &enemy->socket));
	else
		insist_listed(transom_publisher_invite(world.honest.publisher, &enemy->socket));
}

static void
say(const struct enemy *enemy, enum stream_message_type type, void *message, size_t size)
{
	struct stream_header header = { STREAM_MAGIC, STREAM_VERSION, (uint16_t)type };
	unsigned count = script_choose(&world.script, 8);
	int fds[8];

	count = count < 5 ? count : 0;
	memcpy(message, &header, sizeof(header));
	script_spoil(&world.script, message, size);
	make_any_descriptors(&world.script, fds, count);
	send_packet(enemy->socket, message, size, fds, count);
	close_all(fds, count);
}

static void
say_hello(const struct enemy *enemy)
{
	uint8_t choice = script_byte(&world.script);
	struct stream_hello hello = { .mode = choice & 1, .held = choice >> 1 & 15, .queue = choice >> 5 };

	say(enemy, STREAM_HELLO, &hello, sizeof(hello));
}

static void
say_any(const struct enemy *enemy)
{
	static const size_t sizes[] = { [STREAM_HELLO] = sizeof(struct stream_hello),
					[STREAM_FENCES] = sizeof(struct stream_fences),
					[STREAM_WAKE] = sizeof(struct stream_header),
					[STREAM_INQUIRE] = sizeof(struct stream_inquire) };
	unsigned type = script_choose(&world.script, COUNT(sizes));
	union stream_message message = { .fences = { .index = script_byte(&world.script) } };

	say(enemy, type, &message, sizes[type] ? sizes[type] : sizeof(message));
}

static void
make_noise(const struct enemy *enemy)
{
	const uint8_t *bytes;
	size_t size = script_take(&world.script, &bytes);

	send_packet(enemy->socket, bytes, size, NULL, 0);
}

/* Takes a message, and the card if it brings one. */
static void
read_message(struct enemy *enemy)
{
	union stream_message message;
	struct stream_status status;
	struct wire_delivery delivery;
	void *page;

	if (stream_receive_any(enemy->socket, 0, &status, sizeof(status), &delivery) < 0)
		return;
	memcpy(&message, &status, sizeof(message));
	if (message.header.type == STREAM_WELCOME && !enemy->page) {
		insist(message.welcome.card_offset <= PAGE - sizeof(struct stream_card));
		insist(mmap(NULL, message.welcome.board_size, PROT_READ | PROT_WRITE, MAP_SHARED,
			    delivery.fds[0], 0) == MAP_FAILED);
		page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, delivery.fds[1], 0);
		insist(page != MAP_FAILED);
		enemy->page = page;
		enemy->card = (struct stream_card *)(void *)(enemy->page + message.welcome.card_offset);
	}
	wire_drop(&delivery);
}

static void
hold(struct stream_card *card)
{
	uint8_t choice = script_byte(&world.script);
	uint64_t number = script_number(&world.script);
	unsigned index = script_byte(&world.script);

	switch (choice % 8) {
	case 0:
		atomic_store(&card->cursor, number);
		break;
	case 1:
		atomic_fetch_add(&card->fences, number);
		break;
	case 2:
		atomic_store(&card->any_kept, 1);
		atomic_fetch_or(&card->kept[index % COUNT(card->kept)], number);
		break;
	case 3:
		atomic_store(&card->waiting, (uint32_t)number);
		break;
	default:
		atomic_store(&card->held[choice >> 4], HELD(number, index));
	}
}

static void
act_as_enemy(enum action action)
{
	struct enemy *enemy = &world.enemies[script_choose(&world.script, ENEMIES)];

	if (action == CONNECT || enemy->socket < 0) {
		connect_enemy(enemy);
		return;
	}
	switch (action) {
	case HELLO:
		say_hello(enemy);
		break;
	case SAY:
		say_any(enemy);
		break;
	case NOISE:
		make_noise(enemy);
		break;
	case READ:
		read_message(enemy);
		break;
	case WRITE_CARD:
		if (enemy->card)
			script_spoil(&world.script, enemy->page, PAGE);
		break;
	case HOLD:
		if (enemy->card)
			hold(enemy->card);
		break;
	default:
		hang_up(enemy);
	}
}

static void
go_on(void)
{
	enum action action = script_choose(&world.script, ENEMY_ACTIONS);

	if (action == BECOME_QUIET) {
		still_change_after(script_byte(&world.script), go_on);
		return;
	}
	world.busy = true;
	act_as_enemy(action);
	world.busy = false;
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

/* What is told of the enemies must make sense; an inquiry goes the way of their bytes. */
static void
look(void)
{
	struct transom_subscriber_status status = { .size = sizeof(status) };
	struct transom_inquiry *inquiry;
	size_t joined = 0;

	still_serve();
	while (transom_publisher_get_subscriber(world.honest.publisher, joined, &status) == 0) {
		insist(status.granted <= TRANSOM_STREAM_MAX_HELD && status.held <= status.granted);
		insist(status.mode <= TRANSOM_SUBSCRIBER_EVERY && status.asleep <= 1);
		joined++;
	}
	insist(joined >= 1 && joined <= ENEMIES + 1u);
	if (world.named && transom_inquiry_create("fuzz", WAIT_MS, &inquiry) == 0) {
		insist(transom_inquiry_get_subscriber_count(inquiry) >=
		       1); /* enemies come and go meanwhile */
		transom_inquiry_unref(inquiry);
	}
}

/* More who say nothing than may come. */
static void
gather(void)
{
	for (int i = 0; i < CROWD; i++) {
		if (world.crowd[i] >= 0)
			close(world.crowd[i]);
		world.crowd[i] = -1;
		if (world.named)
			insist_listed(transom_stream_connect("fuzz", 0, &world.crowd[i]));
	}
	still_pass_time(script_byte(&world.script) * 10000000ll);
}

static void
act(void)
{
	enum action action = script_choose(&world.script, ACTIONS);

	switch (action) {
	case PUBLISH:
		honest_publish(&world.honest, &world.script, 0);
		break;
	case PUBLISH_WAITING:
		honest_publish(&world.honest, &world.script, WAIT_MS);
		break;
	case PUBLISH_OTHERS:
		honest_publish_others(&world.honest, &world.script);
		break;
	case DISCARD:
		honest_discard(&world.honest);
		break;
	case CHANGE_BUFFERS:
		honest_change_buffers(&world.honest, 8 + script_choose(&world.script, 8));
		break;
	case LOOK:
		look();
		break;
	case GATHER:
		gather();
		break;
	case PASS_TIME:
		still_pass_time(script_byte(&world.script) * 10000000ll);
		break;
	case SERVE:
		still_serve();
		break;
	case BECOME_QUIET:
		still_change_after(script_byte(&world.script), go_on);
		break;
	default:
		act_as_enemy(action);
	}
}

static void
end(void)
{
	for (int i = 0; i < CROWD; i++)
		if (world.crowd[i] >= 0)
			close(world.crowd[i]);
	/* Some have gone before the publisher, some go after it. */
	hang_up(&world.enemies[0]);
	still_serve();
	honest_end(&world.honest);
	for (int i = 1; i < ENEMIES; i++)
		hang_up(&world.enemies[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct possessions before;

	use_own_runtime_directory();
	before = count_possessions();
	memset(&world, 0, sizeof(world));
	for (int i = 0; i < ENEMIES; i++)
		world.enemies[i].socket = -1;
	for (int i = 0; i < CROWD; i++)
		world.crowd[i] = -1;
	world.script = (struct script){ data, size };
	world.named = script_byte(&world.script) & 1;
	honest_begin(&world.honest, &world.script, world.named ? "fuzz" : NULL);
	still_set_others(take_turn);
	while (world.script.left)
		act();
	still_change_after(0, NULL);
	still_set_others(NULL);
	end();
	insist_on_same(before);
	return 0;
}
