/* ipc-stream-publisher.c - the publishers of the torn-frame test: one that draws, and one that forwards. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <transom/port.h>

#include "harness.h"
#include "ipc-stream.h"

enum { TICK_MS = 5, SOME_FRAMES = 64 };

static uint32_t
count_subscribers(struct transom_publisher *publisher)
{
	struct transom_stream_statistics statistics = { .size = sizeof(statistics) };

	check_eq(transom_publisher_get_statistics(publisher, &statistics), 0);
	return statistics.subscribers;
}

/* What a publisher does beside publishing, every now and then. */
static void
attend(struct transom_publisher *publisher, enum stream stream)
{
	while (atomic_load(&tally->wanted[stream])) {
		struct transom_right right = { .kind = TRANSOM_RIGHT_FD };
		int r;

		atomic_fetch_sub(&tally->wanted[stream], 1);
		check_eq(transom_publisher_invite(publisher, &right.fd), 0);
		r = transom_port_send(plan.streams[stream].send, "", 1, &right, 1, 0);
		if (r < 0 && r != -EAGAIN)
			report_unexpected("sending an invitation", r);
		close(right.fd);
	}
	if (get_phase() == SETTLING && count_subscribers(publisher) == plan.streams[stream].subscribers)
		atomic_store(&tally->settled[stream], 1);
}

/* Calls @is_so until it is, or for much too long. */
static bool
wait_until(bool (*is_so)(struct transom_publisher *publisher), struct transom_publisher *publisher)
{
	double start = seconds_since(0);

	while (!is_so(publisher)) {
		if (seconds_since(start) > PATIENCE_S)
			return false;
		usleep(1000);
	}
	return true;
}

static bool
is_alone(struct transom_publisher *publisher)
{
	return count_subscribers(publisher) == 0;
}

static struct transom_publisher *
create_publisher(enum stream stream, uint32_t maximum, const struct transom_pixel_buffer_options *buffer)
{
	struct transom_publisher_options options = {
		.size = sizeof(options),
		.name = plan.streams[stream].name,
		.maximum_buffers = maximum,
		.laggard_policy = plan.variant->policy,
		.buffer = *buffer,
	};
	struct transom_publisher *publisher = NULL;

	check_eq(transom_publisher_create(&options, &publisher), 0);
	return publisher;
}

/* Drawing */

struct drawing {
	struct transom_publisher *publisher;
	struct transom_pixel_buffer_options buffer;
	struct note note; /* of the next frame */
	unsigned seed;
};

/* Returns whether it is another size than before. */
static bool
choose_buffer(struct drawing *drawing)
{
	uint32_t width, height;

	choose_size(&drawing->note, &width, &height);
	if (drawing->buffer.width == width && drawing->buffer.height == height)
		return false;
	drawing->buffer.width = width;
	drawing->buffer.height = height;
	return true;
}

static void
publish(struct drawing *drawing, struct transom_frame *frame)
{
	struct transom_frame_info info = { .size = sizeof(info), .user_size = sizeof(drawing->note) };
	uint64_t sequence = 0;

	draw_note(transom_frame_get_pixel_buffer(frame), &drawing->note);
	if (rand_r(&drawing->seed) % SOME_FRAMES == 0) {
		check_eq(transom_publisher_discard(drawing->publisher, frame), 0);
		return;
	}
	memcpy(info.user, &drawing->note, sizeof(drawing->note));
	check_eq(transom_publisher_publish(drawing->publisher, frame, &info, &sequence), 0);
	check_eq(sequence, drawing->note.sequence);
	drawing->note.sequence++;
	atomic_fetch_add(&tally->published[DRAWN], 1);
}

static void
draw_frames(const struct actor *actor, struct drawing *drawing)
{
	while (get_phase() != ENDING && !atomic_load(&actor->leave)) {
		struct transom_frame *frame;
		int r;

		attend(drawing->publisher, DRAWN);
		if (choose_buffer(drawing))
			check_eq(transom_publisher_set_buffers(drawing->publisher, &drawing->buffer), 0);
		r = transom_publisher_acquire(drawing->publisher, TICK_MS, &frame);
		if (r == 0)
			publish(drawing, frame);
		else if (r != -ETIMEDOUT)
			report_unexpected("acquire by the publisher", r);
	}
}

/* Whether all buffers go round: none is missing, and no more are made than may be. */
static bool
has_all_buffers(struct transom_publisher *publisher)
{
	struct transom_stream_statistics statistics = { .size = sizeof(statistics) };
	uint32_t most_free = 0;

	for (int i = 0; i < 2 * BUFFERS; i++) {
		struct transom_frame *frame;

		if (transom_publisher_acquire(publisher, 0, &frame) < 0)
			return false;
		check_eq(transom_publisher_publish(publisher, frame, NULL, NULL), 0);
		check_eq(transom_publisher_get_statistics(publisher, &statistics), 0);
		check(statistics.buffers <= BUFFERS);
		most_free = statistics.free > most_free ? statistics.free : most_free;
	}
	/* The newest frame is in one, and one was just drawn into when the others were found free. */
	return most_free + 2 >= statistics.buffers;
}

static void
end_drawing(struct transom_publisher *publisher)
{
	if (!wait_until(is_alone, publisher))
		atomic_fetch_add(&tally->miscounted, 1);
	if (!wait_until(has_all_buffers, publisher))
		atomic_fetch_add(&tally->retained, 1);
}

/* A publisher's life, from a name that may be a dead one's. */
static void
draw_once(struct actor *actor, unsigned seed)
{
	struct drawing drawing = {
		.buffer = { .size = sizeof(drawing.buffer), .format = TRANSOM_FORMAT_BGRA8 },
		.note = { .sequence = 1, .epoch = atomic_fetch_add(&tally->epochs, 1) + 1 },
		.seed = seed,
	};

	choose_buffer(&drawing);
	drawing.publisher = create_publisher(DRAWN, BUFFERS, &drawing.buffer);
	draw_frames(actor, &drawing);
	if (get_phase() == ENDING)
		end_drawing(drawing.publisher);
	transom_publisher_unref(drawing.publisher);
}

void
play_publisher(struct actor *actor)
{
	do {
		atomic_store(&actor->leave, false);
		draw_once(actor, choose_seed(actor));
	} while (get_phase() != ENDING);
}

/* Forwarding */

struct relay {
	struct actor *actor;
	uint32_t number; /* among all relays of the test */
	struct transom_publisher *publisher;
	struct transom_subscriber *subscriber;
};

static bool
is_done(const struct relay *relay)
{
	return get_phase() == ENDING || atomic_load(&relay->actor->leave);
}

/* Publishes a frame of the one stream in the other, without a copy; however long that takes. */
static void
forward(struct relay *relay, struct transom_frame *frame)
{
	struct transom_frame_info info = { .size = sizeof(info) };
	struct transom_pixel_buffer *buffer;
	struct note note;
	int r;

	check_eq(transom_frame_get_info(frame, &info), 0);
	check_eq(transom_pixel_buffer_create_with_surface(transom_frame_get_surface(frame), &buffer), 0);
	transom_frame_release(frame);
	memcpy(&note, info.user, sizeof(note));
	note.relay = relay->number;
	memcpy(info.user, &note, sizeof(note));
	do {
		attend(relay->publisher, RELAYED);
		r = transom_publisher_publish_buffer(relay->publisher, buffer, &info, TICK_MS, NULL);
	} while (r == -ETIMEDOUT && !is_done(relay));
	if (r == 0)
		atomic_fetch_add(&tally->published[RELAYED], 1);
	else if (r != -ETIMEDOUT)
		report_unexpected("forwarding", r);
	transom_pixel_buffer_unref(buffer);
}

static void
relay_frames(struct relay *relay)
{
	while (!is_done(relay)) {
		struct transom_frame *frame;
		int r;

		attend(relay->publisher, RELAYED);
		r = transom_subscriber_acquire(relay->subscriber, TICK_MS, &frame);
		if (r == 0)
			forward(relay, frame);
		else if (r != -EAGAIN && r != -ETIMEDOUT)
			report_unexpected("acquire by the relay", r);
	}
}

/* One that was killed a moment ago may still count, and leave no room. */
static bool
subscribe_to_drawn(struct relay *relay)
{
	struct transom_subscriber_options options = {
		.size = sizeof(options),
		.flags = TRANSOM_SUBSCRIBER_FOLLOW,
		.name = plan.streams[DRAWN].name,
		.mode = TRANSOM_SUBSCRIBER_EVERY,
	};

	while (!is_done(relay)) {
		int r = transom_subscriber_create(&options, &relay->subscriber);

		if (r == 0)
			return true;
		if (r == -EAGAIN || r == -ETIMEDOUT)
			atomic_fetch_add(&tally->refused, 1);
		else
			report_unexpected("joining by the relay", r);
		attend(relay->publisher, RELAYED);
		usleep(500);
	}
	return false;
}

/* A relay's life; the frames that its readers hold outlast it, however it ends. */
static void
relay_once(struct actor *actor)
{
	const struct transom_pixel_buffer_options none = { 0 };
	struct relay relay = {
		.actor = actor,
		.number = atomic_fetch_add(&tally->relays, 1) + 1,
		.publisher = create_publisher(RELAYED, RELAY_BUFFERS, &none),
	};

	if (subscribe_to_drawn(&relay))
		relay_frames(&relay);
	if (get_phase() == ENDING && !wait_until(is_alone, relay.publisher))
		atomic_fetch_add(&tally->miscounted, 1);
	transom_publisher_unref(relay.publisher);
	transom_subscriber_unref(relay.subscriber);
}

void
play_relay(struct actor *actor)
{
	do {
		atomic_store(&actor->leave, false);
		relay_once(actor);
	} while (get_phase() != ENDING);
}
