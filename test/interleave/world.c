/* world.c - a publisher and its subscribers, made by hand; what they do, and what must be true of it whatever the order. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../harness.h"
#include "calls.h"
#include "world-private.h"

enum { SMALL = 64 };

const struct scenario *scenario;
struct reader readers[MAX_SUBSCRIBERS];
struct transom_publisher publisher;
struct stream_peer peers[MAX_SUBSCRIBERS];

static struct {
	unsigned char board[sizeof(struct stream_board) + RING * sizeof(struct stream_record)];
	struct stream_card cards[MAX_SUBSCRIBERS];
} memory __attribute__((aligned(STREAM_LINE)));

static struct stream_board *const board = (struct stream_board *)(void *)memory.board;

static struct stream_buffer buffers[MOST_BUFFERS], *buffer_places[MOST_BUFFERS];
static struct transom_frame frames[1];
static uint64_t marks[1];
static struct stream_peer *peer_places[MAX_SUBSCRIBERS];
static struct stream_card *card_places[MAX_SUBSCRIBERS];
static uint32_t introduced[MAX_SUBSCRIBERS][MOST_BUFFERS];
static uint64_t contents[MOST_BUFFERS]; /* the frame whose pixels a buffer has; 0: being drawn */

/* The pixel buffers, and surfaces, of the world are places in this. */
static char things[MOST_BUFFERS];

/* The parties */

static uint32_t
index_of(const struct transom_surface *surface)
{
	return (uint32_t)((const char *)surface - things);
}

static void
check_not_held(uint32_t index)
{
	for (unsigned i = 0; i < count_readers(); i++)
		if (readers[i].held[index] && !is_reader_dead(&readers[i]))
			explore_fail("a buffer is drawn into that a subscriber holds");
}

/* Everything that goes with a frame follows from its number. */
static struct transom_frame_info
make_info(uint64_t sequence)
{
	struct transom_frame_info info = { .size = sizeof(info),
					   .flags = (uint32_t)sequence << 16,
					   .timestamp = (int64_t)sequence * 1000,
					   .damage_count = 1,
					   .user_size = 16 };

	info.damage[0].x = info.damage[0].width = (uint32_t)sequence;
	memset(info.user, (int)sequence, 16);
	return info;
}

static void
publish_all(void *argument)
{
	for (uint64_t sequence = 1; sequence <= scenario->frames; sequence++) {
		struct transom_frame_info info = make_info(sequence);
		struct transom_frame *frame;
		uint64_t published;
		uint32_t index;

		if (transom_publisher_acquire(&publisher, -1, &frame) < 0)
			explore_fail("the publisher gets no buffer");
		index = index_of(frame->surface);
		check_not_held(index);
		contents[index] = 0;
		explore_point("draws");
		check_not_held(index);
		contents[index] = sequence;
		if (transom_publisher_publish(&publisher, frame, &info, &published) < 0 ||
		    published != sequence)
			explore_fail("publishing fails");
	}
}

static void
check_frame(const struct transom_frame *frame)
{
	uint64_t sequence = frame->info.sequence;
	struct transom_frame_info info = make_info(sequence);

	if (index_of(frame->surface) >= scenario->buffers)
		explore_fail("a frame is in no buffer");
	if (contents[index_of(frame->surface)] != sequence)
		explore_fail("a subscriber holds a buffer with another frame");
	info.sequence = sequence;
	if (frame->info.flags != info.flags || frame->info.timestamp != info.timestamp ||
	    frame->info.damage_count != 1 || frame->info.user_size != 16 ||
	    memcmp(&frame->info.damage[0], &info.damage[0], sizeof(info.damage[0])) != 0 ||
	    memcmp(frame->info.user, info.user, 16) != 0)
		explore_fail("what goes with a frame is torn");
}

/* Frames come in order; which are missed is known; without a policy that drops none is. */
static void
check_order(struct reader *reader, uint64_t sequence)
{
	bool every = reader->subscriber.options.mode == TRANSOM_SUBSCRIBER_EVERY;

	if (sequence <= reader->last)
		explore_fail("a frame comes twice, or too late");
	if (every && scenario->policy == TRANSOM_LAGGARD_WAIT && sequence != reader->last + 1)
		explore_fail("a frame is missed");
	if (transom_subscriber_get_missed(&reader->subscriber) != sequence - reader->last - 1)
		explore_fail("frames that were missed are miscounted");
	reader->subscriber.missed = 0;
	reader->last = sequence;
}

static void
take(struct reader *reader, const struct transom_frame *frame)
{
	check_frame(frame);
	check_order(reader, frame->info.sequence);
	reader->held[index_of(frame->surface)] = frame->info.sequence;
}

static void
release(struct reader *reader, struct transom_frame *frame)
{
	explore_point("reads");
	check_frame(frame);
	reader->held[index_of(frame->surface)] = 0;
	subscriber_release(frame);
}

static bool
is_readable(void *argument)
{
	const struct reader *reader = argument;

	return reader->to_subscriber || reader->shut || reader->subscriber.nudged;
}

/* One frame, by either way to wait for it. */
static int
acquire(struct reader *reader, struct transom_frame **ret)
{
	int r;

	if (!scenario->polls)
		return transom_subscriber_acquire(&reader->subscriber, -1, ret);
	while ((r = transom_subscriber_acquire(&reader->subscriber, 0, ret)) == -EAGAIN)
		explore_wait(is_readable, reader, "polls");
	return r;
}

static void
read_all(void *argument)
{
	struct reader *reader = argument;
	struct transom_frame *frame, *kept = NULL;

	if (scenario->polls)
		transom_subscriber_get_fd(&reader->subscriber);
	while (reader->last < scenario->frames) {
		int r = acquire(reader, &frame);

		if (r == -EPIPE && scenario->publisher_dies)
			return;
		if (r < 0)
			explore_fail(r == -EPROTO ? "a subscriber finds the board wrong" : "acquiring fails");
		take(reader, frame);
		if (!scenario->keeps_one) {
			release(reader, frame);
			continue;
		}
		if (kept)
			release(reader, kept);
		kept = frame;
	}
	if (kept)
		release(reader, kept);
}

/* The services, which notice deaths. */

static bool
is_publisher_dead(void *argument)
{
	return explore_is_dead(PUBLISHER);
}

static bool
is_watched(void *argument)
{
	return ((const struct reader *)argument)->told != NULL;
}

static void
notice_publisher(void *argument)
{
	struct reader *reader = argument;

	explore_wait(is_publisher_dead, NULL, "waits for the publisher's end");
	reader->shut = true;
	explore_wait(is_watched, reader, "waits for somebody to tell");
	reader->told(&reader->link);
}

static bool
is_its_reader_dead(void *argument)
{
	return is_reader_dead(argument);
}

/* What stream-peer.c's peer_ready() does when a subscriber has gone, but for freeing it. */
static void
notice_reader(void *argument)
{
	struct reader *reader = argument;

	explore_wait(is_its_reader_dead, reader, "waits for a subscriber's end");
	explore_mutex_lock(&publisher.lock);
	for (unsigned i = 0; i < publisher.peer_count; i++)
		if (publisher.peers[i] == &peers[reader - readers])
			publisher.cards[i] = NULL;
	peers[reader - readers].joined = false;
	reader->unlisted = true;
	publisher_change(&publisher);
	explore_mutex_unlock(&publisher.lock);
}

/* Making it */

static void
make_buffers(void)
{
	memset(buffers, 0, sizeof(buffers));
	memset(contents, 0, sizeof(contents));
	for (uint32_t i = scenario->buffers; i-- > 0;) {
		buffers[i] = (struct stream_buffer){ .index = i,
						     .generation = 1,
						     .own = true,
						     .guard = -1,
						     .pixel_buffer = (void *)&things[i],
						     .surface = (void *)&things[i] };
		buffer_places[i] = &buffers[i];
		stream_buffer_give_back(&buffers[i]);
	}
	/* The others must be found. */
	stream_buffer_put_free(&publisher, &buffers[0]);
}

static void
make_publisher(void)
{
	memset(&publisher, 0, sizeof(publisher));
	memset(frames, 0, sizeof(frames));
	publisher.options.buffer.size = sizeof(publisher.options.buffer);
	publisher.options.maximum_buffers = scenario->buffers;
	publisher.options.own_buffers = 1;
	publisher.options.laggard_policy = scenario->policy;
	publisher.board = board;
	publisher.buffers = buffer_places;
	publisher.buffer_count = publisher.living = scenario->buffers;
	publisher.frames = frames;
	publisher.marks = marks;
	publisher.peers = peer_places;
	publisher.cards = card_places;
	publisher.peer_count = count_readers();
	publisher.poll = POLL_FD;
	publisher.bell = BELL_FD;
	board->ring_size = RING;
}

static void
make_reader(unsigned i)
{
	uint32_t mode = i < scenario->latest ? TRANSOM_SUBSCRIBER_LATEST : TRANSOM_SUBSCRIBER_EVERY;
	struct reader *reader = &readers[i];

	memset(reader, 0, sizeof(*reader));
	reader->party = i + 1;
	reader->link = (struct stream_link){ .socket = SUBSCRIBER_END + (int)i,
					     .board = board,
					     .ring_size = RING,
					     .card = &memory.cards[i],
					     .granted = scenario->held,
					     .queue = scenario->queue,
					     .known = reader->known,
					     .known_count = scenario->buffers,
					     .skips = UINT32_MAX /* no looks before a sleep */ };
	for (uint32_t k = 0; k < scenario->buffers; k++)
		reader->known[k] = (struct known){ .generation = 1, .surface = (void *)&things[k] };
	reader->subscriber.link = &reader->link;
	reader->subscriber.options.mode = mode;
	memset(introduced[i], 0, sizeof(introduced[i]));
	for (uint32_t k = 0; k < scenario->buffers; k++)
		introduced[i][k] = 1;
	peers[i] = (struct stream_peer){ .publisher = &publisher,
					 .socket = PUBLISHER_END + (int)i,
					 .listed = true,
					 .joined = true,
					 .mode = mode,
					 .granted = scenario->held,
					 .queue = mode == TRANSOM_SUBSCRIBER_EVERY ? scenario->queue : 0,
					 .card = &memory.cards[i],
					 .introduced = introduced[i] };
	peer_places[i] = &peers[i];
	card_places[i] = &memory.cards[i];
}

void
world_begin(void)
{
	static const char *const names[] = { "subscriber 1", "subscriber 2" };

	explore_share(&memory, sizeof(memory));
	kernel_begin();
	make_publisher();
	make_buffers();
	for (unsigned i = 0; i < count_readers(); i++) {
		make_reader(i);
		explore_share_also((void *)&readers[i].link.hung_up, sizeof(readers[i].link.hung_up));
	}
	explore_add("publisher", publish_all, NULL, scenario->publisher_dies ? MAY_DIE : LIVES);
	for (unsigned i = 0; i < count_readers(); i++)
		explore_add(names[i], read_all, &readers[i], scenario->subscribers_die ? MAY_DIE : LIVES);
	for (unsigned i = 0; i < count_readers() && scenario->publisher_dies; i++)
		explore_add("a subscriber's service", notice_publisher, &readers[i], SERVES);
	for (unsigned i = 0; i < count_readers() && scenario->subscribers_die; i++)
		explore_add("the publisher's service", notice_reader, &readers[i], SERVES);
}

const char *
world_end(void)
{
	for (unsigned i = 0; i < count_readers(); i++)
		if (!is_reader_dead(&readers[i]) && !explore_is_dead(PUBLISHER) &&
		    readers[i].last != scenario->frames)
			return "a subscriber has not seen the last frame";
	if (!scenario->every && publisher.statistics.waited)
		return "the publisher has waited for subscribers of the newest frame";
	return NULL;
}

/* Names of places */

static void
describe_card(const struct stream_card *card, size_t offset, char text[SMALL])
{
	static const struct {
		const char *name;
		size_t at;
	} fields[] = { { "waiting", offsetof(struct stream_card, waiting) },
		       { "held[0]", offsetof(struct stream_card, held[0]) },
		       { "held[1]", offsetof(struct stream_card, held[1]) },
		       { "cursor", offsetof(struct stream_card, cursor) },
		       { "acquired", offsetof(struct stream_card, acquired) },
		       { "fences", offsetof(struct stream_card, fences) },
		       { "any_kept", offsetof(struct stream_card, any_kept) },
		       { "floor", offsetof(struct stream_card, floor) } };

	snprintf(text, SMALL, "card %d +%zu", (int)(card - memory.cards) + 1, offset);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (fields[i].at == offset)
			snprintf(text, SMALL, "%s of card %d", fields[i].name,
				 (int)(card - memory.cards) + 1);
}

void
world_describe(const void *at, char text[SMALL])
{
	size_t offset = (size_t)((const char *)at - (const char *)&memory);

	if (offset >= sizeof(memory))
		snprintf(text, SMALL, "hung_up");
	else if (at == &board->head)
		snprintf(text, SMALL, "head");
	else if (at == &board->publisher_waits)
		snprintf(text, SMALL, "publisher_waits");
	else if (at == &board->ended)
		snprintf(text, SMALL, "ended");
	else if ((const char *)at < (const char *)memory.cards)
		snprintf(text, SMALL, "record %zu +%zu", (offset - sizeof(*board)) / sizeof(board->ring[0]),
			 (offset - sizeof(*board)) % sizeof(board->ring[0]));
	else
		describe_card(
			&memory.cards[(offset - offsetof(typeof(memory), cards)) / sizeof(memory.cards[0])],
			(offset - offsetof(typeof(memory), cards)) % sizeof(memory.cards[0]), text);
}
