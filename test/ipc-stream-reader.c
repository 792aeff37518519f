/* ipc-stream-reader.c - a reader of the torn-frame test: joins, reads, verifies, keeps, leaves, again. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <transom/port.h>

#include "harness.h"
#include "ipc-stream.h"

enum { MOST_HELD = 3, MOST_KEPT = 2, TICK_MS = 20 };

/* A frame that the reader holds. */
struct reading {
	struct transom_frame *frame;
	struct note note;
};

/* A frame that it has released, and still has by a right or by a use. */
struct keepsake {
	int right; /* or -1 */
	struct transom_pixel_buffer *buffer; /* or NULL */
	struct note note;
};

struct reader {
	struct actor *actor;
	unsigned seed;
	uint32_t mode;
	bool follows, slow, keeps, polls;
	struct transom_message *message;
	struct transom_subscriber *subscriber;
	struct reading held[MOST_HELD];
	unsigned held_count;
	struct keepsake kept[MOST_KEPT];
	unsigned kept_count;
	uint64_t last, last_missed; /* of the stream; 0: none yet */
	struct note last_note;
};

static bool
one_in(struct reader *reader, unsigned n)
{
	return (unsigned)rand_r(&reader->seed) % n == 0;
}

static bool
is_done(const struct reader *reader)
{
	return get_phase() == ENDING || atomic_load(&reader->actor->leave);
}

/* Reading */

static void
verify(struct reader *reader, struct transom_surface *surface, const struct note *note, const char *when)
{
	atomic_fetch_add(&tally->readings[reader->mode], 1);
	if (verify_note(surface, note, &reader->seed))
		return;
	if (atomic_fetch_add(&tally->torn, 1) < 5 && !plan.release_early)
		fprintf(stderr, "reader %u of %s: frame %llu of publisher %u is torn when it is %s\n",
			reader->actor->number, plan.streams[reader->actor->stream].name,
			(unsigned long long)note->sequence, note->epoch, when);
}

static void
report_order(struct reader *reader, atomic_ulong *count, uint64_t sequence, uint64_t last)
{
	if (atomic_fetch_add(count, 1) < 5)
		fprintf(stderr, "reader %u of %s: frame %llu follows on %llu\n", reader->actor->number,
			plan.streams[reader->actor->stream].name, (unsigned long long)sequence,
			(unsigned long long)last);
}

static void
check_order(struct reader *reader, uint64_t sequence, uint64_t last)
{
	if (sequence <= last)
		report_order(reader, &tally->wrong, sequence, last);
	else if (sequence != last + 1 && reader->mode == TRANSOM_SUBSCRIBER_EVERY &&
		 plan.variant->policy == TRANSOM_LAGGARD_WAIT)
		report_order(reader, &tally->lost, sequence, last);
}

/* The number of a frame, and how many were missed, against those of the frame before. */
static void
check_number(struct reader *reader, uint64_t sequence, const struct note *note)
{
	uint64_t missed = transom_subscriber_get_missed(reader->subscriber);
	bool same_relay = note->relay == reader->last_note.relay;
	bool same_publisher = same_relay && note->epoch == reader->last_note.epoch;

	if (reader->actor->stream == DRAWN && note->sequence != sequence)
		report_order(reader, &tally->wrong, note->sequence, sequence);
	if (reader->last && same_publisher)
		check_order(reader, note->sequence, reader->last_note.sequence);
	if (reader->last && (same_publisher || (same_relay && reader->actor->stream == RELAYED))) {
		check_order(reader, sequence, reader->last);
		if (missed - reader->last_missed != sequence - reader->last - 1)
			report_order(reader, &tally->wrong, sequence, reader->last);
		atomic_fetch_add(&tally->missed, missed - reader->last_missed);
	}
	reader->last = sequence;
	reader->last_missed = missed;
	reader->last_note = *note;
}

static void
drop_keepsake(struct reader *reader, unsigned index)
{
	struct keepsake *keepsake = &reader->kept[index];
	struct transom_surface *surface;

	if (keepsake->right >= 0) {
		check_eq(transom_surface_look_up(keepsake->right, &surface), 0);
		check(surface);
	} else {
		surface = transom_surface_ref(transom_pixel_buffer_get_surface(keepsake->buffer));
	}
	atomic_fetch_add(&tally->kept, 1);
	if (!verify_note(surface, &keepsake->note, &reader->seed))
		atomic_fetch_add(&tally->kept_torn, 1);
	transom_surface_unref(surface);
	if (keepsake->right >= 0)
		close(keepsake->right);
	transom_pixel_buffer_unref(keepsake->buffer);
	*keepsake = reader->kept[--reader->kept_count];
}

/* Makes a right to a frame's surface, or a use of it, that outlasts the hold. */
static void
keep(struct reader *reader, const struct reading *reading)
{
	struct keepsake *keepsake = &reader->kept[reader->kept_count];
	struct transom_surface *surface = transom_frame_get_surface(reading->frame);

	*keepsake = (struct keepsake){ .right = -1, .note = reading->note };
	if (one_in(reader, 2))
		check_eq(transom_surface_create_right(surface, &keepsake->right), 0);
	else
		check_eq(transom_pixel_buffer_create_with_surface(surface, &keepsake->buffer), 0);
	reader->kept_count++;
}

/* The proof that the test can fail: reads what nothing holds. */
static void
release_and_verify(struct reader *reader, const struct reading *reading)
{
	struct transom_surface *surface = transom_surface_ref(transom_frame_get_surface(reading->frame));

	transom_frame_release(reading->frame);
	usleep((unsigned)rand_r(&reader->seed) % 500);
	verify(reader, surface, &reading->note, "released");
	transom_surface_unref(surface);
}

static void
drop(struct reader *reader, unsigned index)
{
	struct reading reading = reader->held[index];

	reader->held[index] = reader->held[--reader->held_count];
	if (plan.release_early) {
		release_and_verify(reader, &reading);
		return;
	}
	verify(reader, transom_frame_get_surface(reading.frame), &reading.note, "released");
	if (reader->keeps && reader->kept_count < MOST_KEPT && one_in(reader, 8))
		keep(reader, &reading);
	transom_frame_release(reading.frame);
}

static void
drop_any(struct reader *reader)
{
	if (reader->held_count)
		drop(reader, (unsigned)rand_r(&reader->seed) % reader->held_count);
}

static void
take(struct reader *reader, struct transom_frame *frame)
{
	struct transom_frame_info info = { .size = sizeof(info) };
	struct reading *reading = &reader->held[reader->held_count++];

	reading->frame = frame;
	check_eq(transom_frame_get_info(frame, &info), 0);
	check_eq(info.sequence, transom_frame_get_sequence(frame));
	check_eq(info.user_size, sizeof(reading->note));
	memcpy(&reading->note, info.user, sizeof(reading->note));
	check_number(reader, info.sequence, &reading->note);
	if (!plan.release_early)
		verify(reader, transom_frame_get_surface(frame), &reading->note, "acquired");
}

static void
dawdle(struct reader *reader)
{
	unsigned longest = 1000;

	if (!reader->slow || !one_in(reader, 8))
		return;
	if (reader->mode == TRANSOM_SUBSCRIBER_LATEST || plan.variant->policy != TRANSOM_LAGGARD_WAIT)
		longest = 5000;
	usleep((unsigned)rand_r(&reader->seed) % longest);
}

static int
acquire(struct reader *reader, struct transom_frame **ret)
{
	struct pollfd entry = { .events = POLLIN };
	int r;

	if (!reader->polls)
		return transom_subscriber_acquire(reader->subscriber, TICK_MS, ret);
	entry.fd = transom_subscriber_get_fd(reader->subscriber);
	r = transom_subscriber_acquire(reader->subscriber, 0, ret);
	if (r == -EAGAIN)
		poll(&entry, 1, TICK_MS);
	return r;
}

/* Until the stream ends for this subscriber, or the reader is done. */
static void
read_frames(struct reader *reader)
{
	while (!is_done(reader) && !(get_phase() == RUNNING && one_in(reader, 4096))) {
		struct transom_frame *frame = NULL;
		int r = acquire(reader, &frame);

		if (r == 0) {
			take(reader, frame);
			dawdle(reader);
			while (reader->held_count == MOST_HELD || (reader->held_count && one_in(reader, 2)))
				drop_any(reader);
		} else if (r == -E2BIG) {
			drop_any(reader);
		} else if (r == -EPIPE && !reader->follows) {
			return;
		} else if (r == -ECONNRESET && plan.variant->policy == TRANSOM_LAGGARD_EVICT &&
			   reader->mode == TRANSOM_SUBSCRIBER_EVERY) {
			atomic_fetch_add(&tally->shut_out, 1);
			return;
		} else if (r != -EAGAIN && r != -ETIMEDOUT) {
			report_unexpected("acquire by a reader", r);
			return;
		}
		if (reader->kept_count && one_in(reader, 16))
			drop_keepsake(reader, (unsigned)rand_r(&reader->seed) % reader->kept_count);
	}
}

/* Joining */

/* An invitation, from whatever publisher is there; it may be one that has died since. */
static int
receive_invitation(struct reader *reader)
{
	enum stream stream = reader->actor->stream;
	int r, fd = -1;

	atomic_fetch_add(&tally->wanted[stream], 1);
	r = transom_port_receive(plan.streams[stream].receive, reader->message, 5 * TICK_MS);
	if (r < 0) {
		if (r != -ETIMEDOUT && r != -EAGAIN)
			report_unexpected("receive of an invitation", r);
		return -1;
	}
	check_eq(transom_message_take_right(reader->message, 0, TRANSOM_RIGHT_FD, &fd), 0);
	return fd;
}

static int
join_by_invitation(struct reader *reader, const struct transom_subscriber_options *options)
{
	int r, fd = receive_invitation(reader);

	if (fd < 0)
		return -EAGAIN;
	r = transom_subscriber_create_from_fd(fd, options, &reader->subscriber);
	close(fd);
	return r;
}

static bool
join(struct reader *reader)
{
	struct transom_subscriber_options options = {
		.size = sizeof(options),
		.mode = reader->mode,
		.held = 1 + reader->actor->number % MOST_HELD,
		.least_held = 1,
	};
	int r;

	if (reader->follows) {
		options.flags = TRANSOM_SUBSCRIBER_FOLLOW;
		options.name = plan.streams[reader->actor->stream].name;
		r = transom_subscriber_create(&options, &reader->subscriber);
	} else {
		r = join_by_invitation(reader, &options);
	}
	if (r == 0)
		return true;
	if (r == -EAGAIN || r == -ETIMEDOUT)
		atomic_fetch_add(&tally->refused, 1); /* those killed a moment ago still count, for example */
	else if (r != -EPIPE)
		report_unexpected("joining", r);
	usleep(500);
	return false;
}

/* Half of those who leave do not release what they hold, and those made to leave do not either. */
static void
leave(struct reader *reader)
{
	bool in_order = !atomic_load(&reader->actor->leave) && one_in(reader, 2);

	while (in_order && reader->held_count)
		drop_any(reader);
	if (plan.release_early)
		reader->held_count = 0;
	while (reader->held_count) {
		struct reading *reading = &reader->held[--reader->held_count];

		verify(reader, transom_frame_get_surface(reading->frame), &reading->note, "left");
	}
	reader->subscriber = transom_subscriber_unref(reader->subscriber);
	reader->last = 0;
	atomic_store(&reader->actor->leave, false);
}

void
play_reader(struct actor *actor)
{
	unsigned number = actor->number;
	struct reader reader = {
		.actor = actor,
		.seed = choose_seed(actor),
		.mode = number % 2 ? TRANSOM_SUBSCRIBER_EVERY : TRANSOM_SUBSCRIBER_LATEST,
		.follows = number & 2,
		.slow = number & 4,
		.keeps = number % 3 == 0,
		.polls = number == 4 || number == 7,
	};

	check_eq(transom_message_create(&reader.message), 0);
	while (get_phase() != ENDING) {
		if (!join(&reader))
			continue;
		read_frames(&reader);
		leave(&reader);
	}
	while (reader.kept_count)
		drop_keepsake(&reader, 0);
	transom_message_unref(reader.message);
}
