/* stream-buffer.c - a publisher's buffers: making, introducing, recycling; who may join is stream-peer.c's. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "deadline-private.h"
#include "fd-private.h"
#include "lock-private.h"
#include "probe-private.h"
#include "publisher-private.h"
#include "surface-private.h"

enum {
	/* How long after an introduction that failed for want of descriptors it is tried again. */
	TRY_AGAIN_NS = 20000000,
	/* Frames after which a surface from elsewhere that was not shown again is forgotten. */
	REMEMBERED = 64,
	/* To draw this takes a hundred times as long as to look at a card, or at a buffer. */
	BYTES_A_LOOK = 65536,
};

void
stream_buffer_drop_fences(struct stream_buffer *buffer)
{
	while (buffer->fence_count)
		fd_close(buffer->fences[--buffer->fence_count]);
}

/* Lets subscribers forget a surface, so that its memory goes when they have released it. */
static void
forget_surface(struct transom_publisher *publisher, struct stream_buffer *buffer)
{
	for (uint32_t i = 0; i < publisher->peer_count; i++) {
		struct stream_peer *peer = publisher->peers[i];
		struct stream_introduce message = { .index = buffer->index,
						    .generation = buffer->generation };

		if (peer->joined && peer->introduced[buffer->index] == buffer->generation)
			stream_send(peer->socket, STREAM_FORGET, &message, sizeof(message), NULL, 0, 0);
	}
	buffer->guard = fd_close(buffer->guard);
	buffer->surface = transom_surface_unref(buffer->surface);
}

/*
 * A use that subscribers have a part in: each gets a copy of the descriptor with the introduction. So what they
 * hold stays in use when this process, and with it its own use, comes to an end.
 */
int
stream_buffer_guard(struct stream_buffer *buffer, struct transom_surface *surface)
{
	int r = 0;

	if (buffer->guard < 0)
		r = surface_create_reference(surface, &buffer->guard);
	if (r == 0)
		r = lock_byte_shared(buffer->guard, SURFACE_USE_BYTE);
	if (r < 0 && !buffer->surface)
		buffer->guard = fd_close(buffer->guard);
	return r;
}

/* The part of all subscribers. Whoever waits for the surface elsewhere is told, by a read: see surface_announce(). */
static void
end_guard(struct stream_buffer *buffer)
{
	char byte;

	if (buffer->guard < 0)
		return;
	lock_byte_release(buffer->guard, SURFACE_USE_BYTE);
	(void)!pread(buffer->guard, &byte, 1, 0);
}

/* The buffer is drawn into no more; its index stays known until somebody else needs it. */
void
stream_buffer_empty(struct transom_publisher *publisher, struct stream_buffer *buffer)
{
	stream_buffer_drop_fences(buffer);
	end_guard(buffer);
	buffer->pixel_buffer = transom_pixel_buffer_unref(buffer->pixel_buffer);
	buffer->state = NONE;
	publisher->living--;
	if (buffer->own) /* nobody publishes it again */
		forget_surface(publisher, buffer);
}

/* A place for a buffer: an unused one, or that of a surface that was not published for longest. */
struct stream_buffer *
stream_buffer_find_place(struct transom_publisher *publisher)
{
	struct stream_buffer *oldest = NULL, *buffer;

	if (publisher->living >= publisher->options.maximum_buffers)
		return NULL;
	if (publisher->buffer_count < publisher->options.maximum_buffers) {
		buffer = calloc(1, sizeof(*buffer));
		if (!buffer)
			return NULL;
		buffer->index = publisher->buffer_count;
		buffer->guard = -1;
		publisher->buffers[publisher->buffer_count++] = buffer;
		return buffer;
	}
	for (uint32_t i = 0; i < publisher->buffer_count; i++) {
		buffer = publisher->buffers[i];
		if (buffer->state == NONE && (!oldest || buffer->sequence < oldest->sequence))
			oldest = buffer;
	}
	if (oldest && oldest->surface)
		forget_surface(publisher, oldest);
	return oldest;
}

/* Puts a pixel buffer, whose reference it takes, into a place. */
void
stream_buffer_settle(struct transom_publisher *publisher, struct stream_buffer *buffer,
		     struct transom_pixel_buffer *pixel_buffer, bool own)
{
	buffer->pixel_buffer = pixel_buffer;
	buffer->own = own;
	buffer->stale = false;
	buffer->suspect = false;
	buffer->state = DRAWING;
	buffer->sequence = 0;
	if (!buffer->surface) {
		buffer->surface = transom_surface_ref(transom_pixel_buffer_get_surface(pixel_buffer));
		buffer->generation++;
		publisher->behind = true; /* nobody knows it yet */
		publisher->next_try = 0;
	}
	buffer->grants = surface_get_grants(buffer->surface);
	publisher->living++;
}

int
stream_buffer_make(struct transom_publisher *publisher, struct stream_buffer **ret)
{
	struct transom_pixel_buffer *pixel_buffer = NULL;
	struct stream_buffer *buffer;
	int r;

	if (publisher->living >= publisher->options.maximum_buffers)
		return -EAGAIN;
	r = transom_pixel_buffer_create(&publisher->options.buffer, &pixel_buffer);
	if (r < 0)
		return r;
	buffer = stream_buffer_find_place(publisher);
	if (!buffer) {
		transom_pixel_buffer_unref(pixel_buffer);
		return -ENOMEM;
	}
	if (buffer->surface) /* another one's, kept for its index */
		forget_surface(publisher, buffer);
	stream_buffer_settle(publisher, buffer, pixel_buffer, true);
	*ret = buffer;
	return 0;
}

/* The place of a surface that subscribers may know already. */
struct stream_buffer *
stream_buffer_find_surface(struct transom_publisher *publisher, const struct transom_surface *surface)
{
	for (uint32_t i = 0; i < publisher->buffer_count; i++)
		if (publisher->buffers[i]->surface == surface)
			return publisher->buffers[i];
	return NULL;
}

/* Introductions: every subscriber gets a descriptor of each buffer once. */

static int
introduce(struct stream_peer *peer, struct stream_buffer *buffer, int fd)
{
	struct stream_introduce message = { .index = buffer->index,
					    .generation = buffer->generation,
					    .flags = buffer->guard >= 0 ? STREAM_GUARDED : 0 };
	int r = stream_send(peer->socket, STREAM_INTRODUCE, &message, sizeof(message), &fd, 1, 0);

	if (r == 0)
		peer->introduced[buffer->index] = buffer->generation;
	return r;
}

static bool
is_introduced(const struct stream_peer *peer, const struct stream_buffer *buffer)
{
	return peer->introduced[buffer->index] == buffer->generation;
}

/* Who does not read his socket is tried again when there is room in it; other trouble passes by itself. */
static void
stay_behind(struct stream_peer *peer, int error)
{
	if (error != -EAGAIN) {
		peer->publisher->behind = true;
	} else if (!peer->behind) {
		peer->behind = true;
		service_change(peer->service, EPOLLIN | EPOLLOUT);
	}
}

/* To all who do not know it. */
static void
introduce_buffer(struct transom_publisher *publisher, struct stream_buffer *buffer)
{
	int fd = buffer->guard;

	for (uint32_t i = 0; i < publisher->peer_count; i++) {
		struct stream_peer *peer = publisher->peers[i];
		int r;

		if (!peer->joined || peer->behind || is_introduced(peer, buffer))
			continue;
		if (fd < 0 && surface_create_reference(buffer->surface, &fd) < 0) {
			publisher->behind = true;
			return;
		}
		r = introduce(peer, buffer, fd);
		if (r < 0)
			stay_behind(peer, r);
	}
	if (fd != buffer->guard)
		fd_close(fd);
}

/* There is room in the peer's socket again. */
void
stream_buffer_introduce_to(struct stream_peer *peer)
{
	struct transom_publisher *publisher = peer->publisher;

	peer->behind = false;
	service_change(peer->service, EPOLLIN);
	/* Those that others do not know either go to all. */
	for (uint32_t i = 0; i < publisher->buffer_count && !peer->behind; i++)
		if (publisher->buffers[i]->surface && !is_introduced(peer, publisher->buffers[i]))
			introduce_buffer(publisher, publisher->buffers[i]);
}

void
stream_buffer_introduce_all(struct transom_publisher *publisher)
{
	publisher->next_try = deadline_now() + TRY_AGAIN_NS;
	publisher->behind = false;
	/* Those that are remembered too: they may be shown again, and are not new then. */
	for (uint32_t i = 0; i < publisher->buffer_count; i++)
		if (publisher->buffers[i]->surface)
			introduce_buffer(publisher, publisher->buffers[i]);
}

/* Recycling */

static void
mark(struct transom_publisher *publisher, uint32_t index)
{
	if (index < publisher->buffer_count)
		publisher->marks[index / 64] |= (uint64_t)1 << index % 64;
}

static bool
is_marked(const struct transom_publisher *publisher, uint32_t index)
{
	return publisher->marks[index / 64] >> index % 64 & 1;
}

/* What a subscriber has made rights of; it is looked at once, from then on the buffer is suspect. */
void
stream_buffer_collect_kept(struct transom_publisher *publisher, struct stream_card *card)
{
	/* Acquire: kept is set before any_kept. It is reset before kept is read, so what comes later is seen the next time. */
	if (!atomic_load_explicit(&card->any_kept, memory_order_acquire))
		return;
	atomic_store(&card->any_kept, 0);
	for (uint32_t word = 0;
	     word <= publisher->buffer_count / 64 && word < TRANSOM_STREAM_MAX_BUFFERS / 64; word++) {
		uint64_t bits = atomic_exchange(&card->kept[word], 0);

		for (; bits; bits &= bits - 1) {
			uint32_t index = word * 64 + (uint32_t)__builtin_ctzll(bits);

			if (index < publisher->buffer_count)
				publisher->buffers[index]->suspect = true;
		}
	}
}

/* Who dies with a frame in hand has not said whether it has made rights of it. */
void
stream_buffer_suspect_held(struct transom_publisher *publisher, struct stream_card *card, uint32_t slots)
{
	for (uint32_t slot = 0; slot < slots; slot++) {
		/* The dead store nothing any more; their end came by a system call. */
		uint64_t held = atomic_load_explicit(&card->held[slot], memory_order_acquire);

		if (held && HELD_INDEX(held) < publisher->buffer_count)
			publisher->buffers[HELD_INDEX(held)]->suspect = true;
	}
}

/* Reads all cards: marks what is held; returns up to which frame all have read. */
static uint64_t
read_cards(struct transom_publisher *publisher)
{
	uint64_t read_by_all = UINT64_MAX;

	memset(publisher->marks, 0, (publisher->buffer_count + 63) / 64 * sizeof(*publisher->marks));
	/* FENCE: head was stored before the cards are read. */
	atomic_thread_fence(memory_order_seq_cst);
	for (uint32_t i = 0; i < publisher->peer_count; i++) {
		struct stream_card *card = publisher->cards[i];

		if (!card)
			continue;
		if (publisher->peers[i]->mode == TRANSOM_SUBSCRIBER_EVERY) {
			/* The cursor before held: a frame is in held before it is behind the cursor. */
			uint64_t position = stream_peer_get_position(publisher->peers[i]);

			read_by_all = position < read_by_all ? position : read_by_all;
		}
		for (uint32_t slot = 0; slot < publisher->peers[i]->granted; slot++) {
			/* Acquire: pairs with the release in let_go(): its last looks at the pixels are before our writes. */
			uint64_t held = atomic_load_explicit(&card->held[slot], memory_order_acquire);

			if (held)
				mark(publisher, HELD_INDEX(held));
		}
		/* After held: fences, and what was kept, are said before the hold is given up. */
		stream_peer_read_fences(publisher->peers[i]);
		stream_buffer_collect_kept(publisher, card);
	}
	return read_by_all;
}

/* Whether a right or a use holds a buffer that no card holds. */
static bool
is_kept(struct stream_buffer *buffer)
{
	unsigned grants = surface_get_grants(buffer->surface);

	if (grants != buffer->grants)
		buffer->suspect = true;
	buffer->grants = grants;
	if (!buffer->suspect)
		return false;
	/* One use is the pixel buffer's own. */
	buffer->suspect = transom_surface_is_in_use_elsewhere(buffer->surface) ||
			  transom_surface_get_use_count(buffer->surface) > 1;
	return buffer->suspect;
}

/* In the service's thread: a use of something that is kept may have ended. */
static void
uses_ready(void *context)
{
	struct transom_publisher *publisher = context;
	struct stream_buffer *buffer;

	pthread_mutex_lock(&publisher->lock);
	while ((buffer = use_watch_next(publisher->watch)))
		buffer->use_ended = true;
	publisher_change(publisher);
	pthread_mutex_unlock(&publisher->lock);
}

static int
begin_watch(struct transom_publisher *publisher)
{
	int r = 0;

	if (!publisher->watch)
		r = use_watch_create(&publisher->watch);
	if (r == 0 && !publisher->uses)
		r = service_add(use_watch_get_fd(publisher->watch), EPOLLIN, uses_ready, publisher,
				&publisher->uses);
	return r;
}

/* Has whoever waits for a buffer be told when this one is kept no longer. */
static void
watch_kept(struct transom_publisher *publisher, struct stream_buffer *buffer)
{
	/* The end of one of several uses in this process is no event. */
	if (transom_surface_get_use_count(buffer->surface) > 1)
		publisher->blind = true;
	if (buffer->watch) {
		if (buffer->use_ended)
			use_watch_look_again(buffer->watch);
	} else if (begin_watch(publisher) < 0 ||
		   use_watch_add(publisher->watch, buffer->surface, buffer, &buffer->watch) < 0) {
		publisher->blind = true;
	}
	buffer->use_ended = false;
}

static void
unwatch(struct stream_buffer *buffer)
{
	use_watch_remove(buffer->watch);
	buffer->watch = NULL;
}

/*
 * The newest frame's comes first: it is in the caches. But where fences have to be waited for the oldest does, for they
 * are the most likely to be over.
 */
static bool
comes_before(const struct stream_buffer *a, const struct stream_buffer *b)
{
	if (!a->fence_count != !b->fence_count)
		return !a->fence_count;
	return a->fence_count ? a->sequence < b->sequence : a->sequence > b->sequence;
}

void
stream_buffer_put_free(struct transom_publisher *publisher, struct stream_buffer *buffer)
{
	struct stream_buffer **place = &publisher->free;

	if (*place && comes_before(*place, buffer))
		place = &(*place)->next_free;
	buffer->state = FREE;
	buffer->next_free = *place;
	*place = buffer;
}

void
stream_buffer_give_back(struct stream_buffer *buffer)
{
	buffer->state = PUBLISHED; /* as a frame that is not the newest, and that all have read */
	buffer->sequence = 0;
}

/* Finds all buffers that nobody can have: to be drawn into again, or given up. */
void
stream_buffer_recycle(struct transom_publisher *publisher)
{
	uint64_t read_by_all = read_cards(publisher);

	for (uint32_t i = 0; i < publisher->buffer_count; i++) {
		struct stream_buffer *buffer = publisher->buffers[i];

		if (buffer->state == NONE && buffer->surface &&
		    buffer->sequence + REMEMBERED < publisher->head)
			forget_surface(publisher, buffer);
		if (buffer->state != PUBLISHED || (buffer->sequence && buffer->sequence == publisher->head) ||
		    buffer->sequence > read_by_all || is_marked(publisher, i))
			continue;
		/* Of others' buffers, rights are their own pool's business. */
		if (buffer->own && is_kept(buffer)) {
			if (publisher->waiters)
				watch_kept(publisher, buffer);
			continue;
		}
		unwatch(buffer);
		PROBE1(recycle, i);
		if (!buffer->own || buffer->stale)
			stream_buffer_empty(publisher, buffer);
		else
			stream_buffer_put_free(publisher, buffer);
	}
}

/*
 * Whether to find out what came back since, although buffers are free. Those have left the caches, which large frames
 * pay for; with small frames, or many readers, to look would cost more than it saves.
 */
static bool
is_worth_a_look(const struct transom_publisher *publisher)
{
	uint64_t looks = (uint64_t)publisher->peer_count + publisher->buffer_count;

	return !publisher->free->fence_count &&
	       publisher->free->surface->header.geometry.allocation_size >= looks * BYTES_A_LOOK;
}

/* A buffer to draw into: a free one, or a new one. -EAGAIN if there is none. */
int
stream_buffer_find(struct transom_publisher *publisher, struct stream_buffer **ret)
{
	if (!publisher->free || is_worth_a_look(publisher))
		stream_buffer_recycle(publisher);
	if (publisher->free) {
		*ret = publisher->free;
		publisher->free = (*ret)->next_free;
		(*ret)->state = DRAWING;
		publisher->statistics.recycled++;
		return 0;
	}
	return stream_buffer_make(publisher, ret);
}
