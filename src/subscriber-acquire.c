/* subscriber-acquire.c - holding the next frame and letting go of it, without a system call; it never waits for one. */
#include <errno.h>
#include <string.h>

#include "deadline-private.h"
#include "fd-private.h"
#include "probe-private.h"
#include "subscriber-private.h"
#include "surface-private.h"

enum {
	/* How often a publisher may overtake an acquire, one after the other. */
	OVERTAKINGS = 100000,
};

static struct transom_frame *
find_frame(struct transom_subscriber *subscriber)
{
	/* Relaxed: nobody else stores to held. */
	for (unsigned i = 0; i < subscriber->link->granted; i++)
		if (!subscriber->frames[i].in_use &&
		    !atomic_load_explicit(&subscriber->link->card->held[i], memory_order_relaxed))
			return &subscriber->frames[i];
	return NULL;
}

/* What a record said at one moment. */
struct seen_record {
	uint32_t index, generation, fence_count;
	struct transom_frame_info info;
};

/* Copies the record of a frame; false if it is another's, or is being written. */
static bool
copy_record(const struct stream_link *link, uint64_t sequence, struct seen_record *ret)
{
	const struct stream_record *record = &link->board->ring[sequence & (link->ring_size - 1)];
	uint32_t damage, user;

	/* Acquire: what follows is of this record or of a later one; pairs with the release store in show(). */
	if (atomic_load_explicit(&record->sequence, memory_order_acquire) != sequence)
		return false;
	ret->index = record->index;
	ret->generation = record->generation;
	ret->fence_count = record->fence_count;
	ret->info.size = sizeof(ret->info);
	ret->info.flags = record->flags;
	ret->info.sequence = sequence;
	ret->info.timestamp = record->timestamp;
	damage = record->damage_count;
	user = record->user_size;
	/* Whatever is there, no more than there is room for; what is wrong is refused below. */
	ret->info.damage_count = damage;
	ret->info.user_size = user;
	if (damage && damage <= TRANSOM_STREAM_MAX_DAMAGE)
		memcpy(ret->info.damage, record->damage, damage * sizeof(record->damage[0]));
	if (user && user <= TRANSOM_STREAM_MAX_USER_DATA)
		memcpy(ret->info.user, record->user, user);
	/* Who has copied a field of a later record sees the 0 before it: pairs with the release fence in show(). */
	atomic_thread_fence(memory_order_acquire);
	return atomic_load_explicit(&record->sequence, memory_order_relaxed) == sequence;
}

static int
check_record(const struct seen_record *record)
{
	return record->index < TRANSOM_STREAM_MAX_BUFFERS &&
			       record->info.damage_count <= TRANSOM_STREAM_MAX_DAMAGE &&
			       record->info.user_size <= TRANSOM_STREAM_MAX_USER_DATA &&
			       record->fence_count <= TRANSOM_STREAM_MAX_FENCES
		       ? 0
		       : -EPROTO;
}

/* After a fence that comes after a store to held or cursor. If the socket is full the publisher has enough to read. */
static void
tell_publisher(struct stream_link *link)
{
	struct stream_header message;

	if (atomic_load_explicit(&link->board->publisher_waits, memory_order_relaxed))
		stream_send(link->socket, STREAM_WAKE, &message, sizeof(message), NULL, 0, 0);
}

static void
let_go(struct stream_link *link, unsigned slot)
{
	/* Release: looks at the pixels come before; pairs with the acquire load in read_cards(). */
	atomic_store_explicit(&link->card->held[slot], 0, memory_order_release);
	/* FENCE: held is stored before publisher_waits is loaded. */
	atomic_thread_fence(memory_order_seq_cst);
	tell_publisher(link);
}

/* Holds the newest frame. -EAGAIN if there is no new one. */
static int
acquire_latest(struct transom_subscriber *subscriber, unsigned slot, struct seen_record *ret)
{
	struct stream_link *link = subscriber->link;
	/* Acquire: its record is copied after it. */
	uint64_t head = atomic_load_explicit(&link->board->head, memory_order_acquire);

	if (head == subscriber->seen)
		return -EAGAIN;
	for (int i = 0; i < OVERTAKINGS; i++) {
		uint64_t again;

		if (head < subscriber->seen)
			break;
		if (copy_record(link, head, ret)) {
			if (check_record(ret) < 0)
				break;
			atomic_store_explicit(&link->card->held[slot], HELD(head, ret->index),
					      memory_order_relaxed);
			/* FENCE: held is stored before head is loaded again. */
			atomic_thread_fence(memory_order_seq_cst);
			again = atomic_load_explicit(&link->board->head, memory_order_acquire);
			if (again == head)
				return 0;
		} else {
			again = atomic_load_explicit(&link->board->head, memory_order_acquire);
			if (again == head) /* the record of the newest frame must be there */
				break;
		}
		head = again;
	}
	let_go(link, slot);
	return -EPROTO;
}

/* What has been dropped by the publisher counts as missed. */
static bool
skip_dropped(struct transom_subscriber *subscriber)
{
	struct stream_card *card = subscriber->link->card;
	/* Acquire: the record of a frame above the floor is looked for after it. */
	uint64_t floor = atomic_load_explicit(&card->floor, memory_order_acquire);

	if (floor <= subscriber->cursor || floor == STREAM_SHUT_OUT)
		return false;
	subscriber->missed += floor - subscriber->cursor;
	subscriber->cursor = floor;
	atomic_store_explicit(&card->cursor, floor, memory_order_release); /* after what was held before */
	return true;
}

/* Holds the next frame. */
static int
acquire_every(struct transom_subscriber *subscriber, unsigned slot, struct seen_record *ret)
{
	struct stream_link *link = subscriber->link;

	for (int i = 0; i < OVERTAKINGS; i++) {
		uint64_t head = atomic_load_explicit(&link->board->head, memory_order_acquire);
		uint64_t next;

		if (atomic_load_explicit(&link->card->floor, memory_order_acquire) == STREAM_SHUT_OUT) {
			let_go(link, slot);
			return -ECONNRESET;
		}
		skip_dropped(subscriber);
		if (head <= subscriber->cursor)
			return -EAGAIN;
		next = subscriber->cursor + 1;
		if (!copy_record(link, next, ret)) {
			/* Only the record of a frame that is not kept may be gone. */
			if (atomic_load_explicit(&link->card->floor, memory_order_acquire) < next)
				break;
			continue;
		}
		if (check_record(ret) < 0)
			break;
		atomic_store_explicit(&link->card->held[slot], HELD(next, ret->index), memory_order_relaxed);
		/* Release: held is stored before cursor. A cursor that is not beyond floor says nothing. */
		atomic_store_explicit(&link->card->cursor, next, memory_order_release);
		/* FENCE: held is stored before floor is loaded, and cursor before publisher_waits. */
		atomic_thread_fence(memory_order_seq_cst);
		if (atomic_load_explicit(&link->card->floor, memory_order_acquire) >= next) {
			let_go(link, slot);
			continue;
		}
		subscriber->cursor = next;
		tell_publisher(link);
		return 0;
	}
	let_go(link, slot);
	return -EPROTO;
}

static bool
is_known(const struct stream_link *link, const struct seen_record *record)
{
	return record->index < link->known_count && link->known[record->index].surface &&
	       link->known[record->index].generation == record->generation;
}

/* The introduction of the frame's buffer, and its fences, came before the frame; here they are read. */
static int
read_what_belongs(struct transom_subscriber *subscriber, const struct seen_record *record)
{
	const struct stream_link *link = subscriber->link;
	/* Once a frame: after that it is for subscriber_wait() to wait. */
	int64_t deadline = subscriber->awaited == record->info.sequence ? 0 : deadline_after(PATIENCE_MS);
	int r = 0;

	while (r == 0 && !is_known(link, record))
		r = subscriber_read_message(subscriber, deadline);
	while (r == 0 && record->fence_count && link->fences_for < record->info.sequence)
		r = subscriber_read_message(subscriber, deadline);
	return r == -EAGAIN ? -ETIMEDOUT : r;
}

static void
fill_frame(struct transom_subscriber *subscriber, struct transom_frame *frame, unsigned slot,
	   const struct seen_record *record)
{
	struct stream_link *link = subscriber->link;

	frame->subscriber = subscriber;
	frame->generation = subscriber->generation;
	frame->in_use = true;
	frame->link = link;
	frame->slot = slot;
	frame->index = record->index;
	frame->surface = transom_surface_ref(link->known[record->index].surface);
	frame->guard = stream_guard_ref(link->known[record->index].guard);
	frame->info.size = record->info.size;
	frame->info.flags = record->info.flags;
	frame->info.sequence = record->info.sequence;
	frame->info.timestamp = record->info.timestamp;
	frame->info.damage_count = record->info.damage_count;
	frame->info.user_size = record->info.user_size;
	memcpy(frame->info.damage, record->info.damage,
	       record->info.damage_count * sizeof(frame->info.damage[0]));
	memcpy(frame->info.user, record->info.user, record->info.user_size);
	frame->new_fence_count = 0;
	subscriber->held++;
}

/*
 * A frame that cannot be shown is a frame that was missed. But the newest one is awaited if its buffer alone is not known
 * yet: whoever joins a picture that stands still gets no other.
 */
static int
miss(struct transom_subscriber *subscriber, const struct seen_record *record)
{
	if (subscriber->options.mode == TRANSOM_SUBSCRIBER_EVERY)
		subscriber->missed++;
	else if (is_known(subscriber->link, record))
		subscriber->seen = record->info.sequence;
	else
		subscriber->awaited = record->info.sequence;
	return -EAGAIN;
}

int
subscriber_try_acquire(struct transom_subscriber *subscriber, struct transom_frame **ret)
{
	struct stream_link *link = subscriber->link;
	struct transom_frame *frame;
	struct seen_record record;
	unsigned slot;
	int r;

	/* Before anything else: who has a frame but no place for it keeps it for later. */
	frame = find_frame(subscriber);
	if (!frame)
		return -E2BIG;
	slot = (unsigned)(frame - subscriber->frames);
	if (subscriber->options.mode == TRANSOM_SUBSCRIBER_EVERY)
		r = acquire_every(subscriber, slot, &record);
	else
		r = acquire_latest(subscriber, slot, &record);
	if (r < 0)
		return r;
	if (!is_known(link, &record) || record.fence_count) {
		r = read_what_belongs(subscriber, &record);
		if (r == 0 && record.fence_count) {
			frame->fence_count =
				stream_link_take_fences(link, record.info.sequence, frame->fences);
			if (!frame->fence_count)
				r = -ETIMEDOUT; /* they did not fit into the socket: as if the frame did not */
		}
		if (r < 0) {
			let_go(link, slot);
			return r == -ETIMEDOUT ? miss(subscriber, &record) : r;
		}
	}
	if (subscriber->options.mode == TRANSOM_SUBSCRIBER_LATEST) {
		subscriber->missed += record.info.sequence - subscriber->seen - 1;
		subscriber->seen = record.info.sequence;
	}
	/* Relaxed: a number for people. */
	atomic_store_explicit(&link->card->acquired, record.info.sequence, memory_order_relaxed);
	fill_frame(subscriber, frame, slot, &record);
	PROBE2(acquire, record.info.sequence, slot);
	*ret = frame;
	return 0;
}

void
subscriber_release(struct transom_frame *frame)
{
	struct stream_link *link = frame->link;

	PROBE2(release, frame->info.sequence, frame->slot);
	frame->in_use = false;
	frame->subscriber->held--;
	while (frame->fence_count)
		fd_close(frame->fences[--frame->fence_count]);
	if (link && link->card) {
		struct known *known = frame->index < link->known_count ? &link->known[frame->index] : NULL;
		unsigned grants = surface_get_grants(frame->surface);

		/* Rights and uses that were made may outlast the hold: said before it is given up. */
		if (!known || known->surface != frame->surface || known->grants != grants) {
			atomic_fetch_or(&link->card->kept[frame->index / 64],
					(uint64_t)1 << frame->index % 64);
			atomic_store(&link->card->any_kept, 1);
		}
		if (known && known->surface == frame->surface)
			known->grants = grants;
		let_go(link, frame->slot);
	}
	frame->link = NULL;
	frame->surface = transom_surface_unref(frame->surface);
	frame->guard = stream_guard_unref(frame->guard);
}

int
subscriber_send_fences(struct transom_frame *frame, const int *fds, unsigned count)
{
	struct stream_fences message = { .sequence = frame->info.sequence,
					 .index = frame->index,
					 .count = count };
	int r;

	if (!frame->link)
		return -EPIPE;
	atomic_fetch_add(&frame->link->card->fences, 1);
	r = stream_send(frame->link->socket, STREAM_FENCES, &message, sizeof(message), fds, count, 0);
	if (r < 0)
		atomic_fetch_sub(&frame->link->card->fences, 1);
	return r;
}
