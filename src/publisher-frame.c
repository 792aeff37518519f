/* publisher-frame.c - drawing and publishing: a frame's way from a free buffer to the board. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "deadline-private.h"
#include "fd-private.h"
#include "probe-private.h"
#include "publisher-private.h"
#include "surface-private.h"

static struct transom_frame *
find_frame(struct transom_publisher *publisher)
{
	for (uint32_t i = 0; i < publisher->options.own_buffers; i++)
		if (!publisher->frames[i].in_use)
			return &publisher->frames[i];
	return NULL;
}

/* Fills a frame with a buffer to draw into. */
static int
try_acquire(struct transom_publisher *publisher, void *argument)
{
	struct transom_frame *frame = argument;
	struct stream_buffer *buffer = NULL;
	int r;

	r = stream_peer_check_laggards(publisher, publisher->head + publisher->drawing + 1);
	if (r < 0)
		return r;
	if (publisher->options.pool) {
		stream_buffer_recycle(publisher); /* what it gives up goes back to the pool */
		r = transom_pool_acquire(publisher->options.pool, 0, &frame->pixel_buffer);
	} else {
		r = stream_buffer_find(publisher, &buffer);
		if (r == 0)
			frame->pixel_buffer = buffer->pixel_buffer;
	}
	if (r < 0)
		return r;
	frame->buffer = buffer;
	frame->surface = transom_pixel_buffer_get_surface(frame->pixel_buffer);
	if (buffer) {
		memcpy(frame->fences, buffer->fences, sizeof(frame->fences));
		frame->fence_count = buffer->fence_count;
		buffer->fence_count = 0;
	}
	return 0;
}

int
transom_publisher_acquire(struct transom_publisher *publisher, int timeout_ms, struct transom_frame **ret)
{
	struct transom_frame *frame;
	int r = publisher_check(publisher);

	if (r < 0)
		return r;
	if (!ret || (!publisher->options.pool && !publisher->options.buffer.size))
		return -EINVAL;
	pthread_mutex_lock(&publisher->lock);
	frame = find_frame(publisher);
	if (!frame) {
		r = -E2BIG;
	} else {
		frame->publisher = publisher;
		frame->generation = publisher->generation;
		frame->in_use = true;
		r = publisher_try(publisher, timeout_ms, try_acquire, frame);
		frame->in_use = r == 0;
	}
	if (r == 0) {
		publisher->drawing++;
		*ret = frame;
	}
	pthread_mutex_unlock(&publisher->lock);
	return r;
}

static int
check_info(const struct transom_frame_info *info)
{
	if (!info)
		return 0;
	return info->size >= sizeof(*info) && info->damage_count <= TRANSOM_STREAM_MAX_DAMAGE &&
			       info->user_size <= TRANSOM_STREAM_MAX_USER_DATA
		       ? 0
		       : -EINVAL;
}

static void
fill_record(struct stream_record *record, const struct stream_buffer *buffer,
	    const struct transom_frame_info *info, int64_t now, unsigned fence_count)
{
	record->index = buffer->index;
	record->generation = buffer->generation;
	record->fence_count = fence_count;
	record->flags = info ? info->flags : 0;
	record->damage_count = info ? (uint16_t)info->damage_count : 0;
	record->user_size = info ? (uint16_t)info->user_size : 0;
	record->timestamp = info && info->timestamp ? info->timestamp : now;
	if (info && info->damage_count)
		memcpy(record->damage, info->damage, info->damage_count * sizeof(info->damage[0]));
	if (info && info->user_size)
		memcpy(record->user, info->user, info->user_size);
}

/* Fences come before the head: who sees the frame finds them in its socket. */
static void
send_fences(struct transom_publisher *publisher, uint64_t sequence, const struct stream_buffer *buffer,
	    const int *fences, unsigned count)
{
	for (uint32_t i = 0; i < publisher->peer_count; i++) {
		struct stream_fences message = { .sequence = sequence,
						 .index = buffer->index,
						 .count = count };

		if (publisher->peers[i]->joined)
			stream_send(publisher->peers[i]->socket, STREAM_FENCES, &message, sizeof(message),
				    fences, count, 0);
	}
}

/* Wakes whoever said on its card that it sleeps. */
void
publisher_wake_sleepers(struct transom_publisher *publisher)
{
	unsigned woken = 0;

	for (uint32_t i = 0; i < publisher->peer_count; i++) {
		const struct stream_card *card = publisher->cards[i];

		/* Relaxed: the caller's fence stands between its news and this load. */
		if (card && atomic_load_explicit(&card->waiting, memory_order_relaxed) != AWAKE)
			woken += stream_peer_wake(publisher->peers[i]);
	}
	publisher->statistics.wakes += woken;
	if (woken)
		PROBE1(wake, woken);
}

/* With the lock held: the step that makes a frame be seen. */
static uint64_t
show(struct transom_publisher *publisher, struct stream_buffer *buffer, const struct transom_frame_info *info,
     const int *fences, unsigned fence_count)
{
	struct stream_board *board = publisher->board;
	uint64_t sequence = publisher->head + 1;
	struct stream_record *record = &board->ring[sequence & (board->ring_size - 1)];
	/* Before the record is written to: a reader that polls fetches its line whenever it can. */
	int64_t now = deadline_now();

	if (publisher->behind && now >= publisher->next_try)
		stream_buffer_introduce_all(publisher);
	if (fence_count)
		send_fences(publisher, sequence, buffer, fences, fence_count);
	atomic_store_explicit(&record->sequence, 0, memory_order_relaxed);
	atomic_thread_fence(memory_order_release); /* who sees a new field sees the 0, or a later number */
	fill_record(record, buffer, info, now, fence_count);
	/* Release: pairs with the acquire load in copy_record(), which so copies this record or finds that it did not. */
	atomic_store_explicit(&record->sequence, sequence, memory_order_release);
	buffer->sequence = sequence;
	buffer->state = PUBLISHED;
	publisher->head = sequence;
	/* Release: who sees head sees the record, and the pixels. */
	atomic_store_explicit(&board->head, sequence, memory_order_release);
	PROBE2(publish, sequence, buffer->index);
	/* FENCE: head is stored before waiting is read, and before held is read by read_cards(). */
	atomic_thread_fence(memory_order_seq_cst);
	publisher_wake_sleepers(publisher);
	publisher->statistics.published++;
	return sequence;
}

static void
end_frame(struct transom_publisher *publisher, struct transom_frame *frame)
{
	while (frame->fence_count)
		fd_close(frame->fences[--frame->fence_count]);
	while (frame->new_fence_count)
		fd_close(frame->new_fences[--frame->new_fence_count]);
	frame->in_use = false;
	frame->buffer = NULL;
	frame->pixel_buffer = NULL;
	frame->surface = NULL;
	publisher->drawing--;
}

/* The place for a pixel buffer that is not the stream's own; takes a reference to it. */
static int
place_buffer(struct transom_publisher *publisher, struct transom_pixel_buffer *pixel_buffer,
	     struct stream_buffer **ret)
{
	struct transom_surface *surface = transom_pixel_buffer_get_surface(pixel_buffer);
	struct stream_buffer *buffer = stream_buffer_find_surface(publisher, surface);
	int r;

	if (buffer && buffer->state != NONE) { /* shown already, and shown again */
		*ret = buffer;
		return 0;
	}
	stream_buffer_recycle(
		publisher); /* at once: what others own must not be kept for longer than needed */
	if (publisher->living >= publisher->options.maximum_buffers)
		return -EAGAIN;
	if (!buffer)
		buffer = stream_buffer_find_place(publisher);
	if (!buffer)
		return -ENOMEM;
	r = stream_buffer_guard(buffer, surface);
	if (r < 0)
		return r;
	stream_buffer_settle(publisher, buffer, transom_pixel_buffer_ref(pixel_buffer), false);
	*ret = buffer;
	return 0;
}

static bool
is_acquired(const struct transom_publisher *publisher, const struct transom_frame *frame)
{
	return frame >= publisher->frames && frame < publisher->frames + publisher->options.own_buffers &&
	       frame->in_use;
}

int
transom_publisher_publish(struct transom_publisher *publisher, struct transom_frame *frame,
			  const struct transom_frame_info *info, uint64_t *ret_sequence)
{
	uint64_t sequence = 0;
	int r = publisher_check(publisher);

	if (r == 0)
		r = check_info(info);
	if (r < 0)
		return r;
	pthread_mutex_lock(&publisher->lock);
	if (!frame || !is_acquired(publisher, frame)) {
		r = -EINVAL;
	} else if (!frame->buffer) { /* from the caller's pool */
		r = place_buffer(publisher, frame->pixel_buffer, &frame->buffer);
		if (r == 0)
			transom_pixel_buffer_unref(frame->pixel_buffer);
	}
	if (r == 0) {
		sequence = show(publisher, frame->buffer, info, frame->new_fences, frame->new_fence_count);
		end_frame(publisher, frame);
	}
	pthread_mutex_unlock(&publisher->lock);
	if (r == 0 && ret_sequence)
		*ret_sequence = sequence;
	return r;
}

int
transom_publisher_discard(struct transom_publisher *publisher, struct transom_frame *frame)
{
	int r = publisher_check(publisher);

	if (r < 0)
		return r;
	pthread_mutex_lock(&publisher->lock);
	if (!frame || !is_acquired(publisher, frame)) {
		r = -EINVAL;
	} else {
		if (!frame->buffer)
			transom_pixel_buffer_unref(frame->pixel_buffer);
		else
			stream_buffer_give_back(frame->buffer);
		end_frame(publisher, frame);
	}
	pthread_mutex_unlock(&publisher->lock);
	return r;
}

struct placing {
	struct transom_pixel_buffer *pixel_buffer;
	struct stream_buffer *buffer;
};

static int
try_place(struct transom_publisher *publisher, void *argument)
{
	struct placing *placing = argument;
	int r = stream_peer_check_laggards(publisher, publisher->head + publisher->drawing + 1);

	return r < 0 ? r : place_buffer(publisher, placing->pixel_buffer, &placing->buffer);
}

int
transom_publisher_publish_buffer(struct transom_publisher *publisher, struct transom_pixel_buffer *buffer,
				 const struct transom_frame_info *info, int timeout_ms,
				 uint64_t *ret_sequence)
{
	struct placing placing = { .pixel_buffer = buffer };
	uint64_t sequence = 0;
	int r = publisher_check(publisher);

	if (r == 0)
		r = check_info(info);
	if (r < 0)
		return r;
	if (!transom_pixel_buffer_get_surface(buffer))
		return -EINVAL;
	pthread_mutex_lock(&publisher->lock);
	r = publisher_try(publisher, timeout_ms, try_place, &placing);
	if (r == 0)
		sequence = show(publisher, placing.buffer, info, NULL, 0);
	pthread_mutex_unlock(&publisher->lock);
	if (r == 0 && ret_sequence)
		*ret_sequence = sequence;
	return r;
}
