/* publisher.c - the side of a stream that draws: its life, its board, acquiring and publishing. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "deadline-private.h"
#include "fd-private.h"
#include "probe-private.h"
#include "publisher-private.h"
#include "surface-private.h"

enum {
	DEFAULT_BUFFERS = 64,
	DEFAULT_OWN = 1,
	SMALLEST_RING = 64,
	LARGEST_RING = 4096,
	/* Connections that have not said what they want. */
	MAX_STRANGERS = 64,
};

static struct fork_list publishers = FORK_LIST_EMPTY;

static void
init_condition(pthread_cond_t *ret)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC); /* as that of deadlines */
	pthread_cond_init(ret, &attributes);
	pthread_condattr_destroy(&attributes);
}

static void
before_fork(void)
{
	fork_list_lock(&publishers);
	for (struct link *l = publishers.first; l; l = l->next)
		pthread_mutex_lock(&LINK_OBJECT(l, struct transom_publisher, link)->lock);
}

static void
after_fork_in_parent(void)
{
	for (struct link *l = publishers.first; l; l = l->next)
		pthread_mutex_unlock(&LINK_OBJECT(l, struct transom_publisher, link)->lock);
	fork_list_unlock(&publishers);
}

/* The child closes its copies, or they would keep the stream alive. Board and cards are not inherited. */
static void
after_fork_in_child(void)
{
	for (struct link *l = publishers.first; l; l = l->next) {
		struct transom_publisher *p = LINK_OBJECT(l, struct transom_publisher, link);

		pthread_mutex_init(&p->lock, NULL);
		init_condition(&p->changed); /* whoever waits does so in the parent */
		p->waiters = 0;
		p->poll = fd_close(p->poll);
		p->bell = fd_close(p->bell);
		name_abandon(&p->claim);
		p->board = NULL;
		p->board_fd = fd_close(p->board_fd);
		for (uint32_t i = 0; i < p->buffer_count; i++)
			p->buffers[i]->guard = fd_close(p->buffers[i]->guard);
		for (uint32_t i = 0; i < p->peer_count; i++) {
			p->peers[i]->socket = fd_close(p->peers[i]->socket);
			p->peers[i]->page = NULL;
		}
	}
	fork_list_unlock_in_child(&publishers);
}

__attribute__((constructor)) static void
register_fork_handlers(void)
{
	pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

/* In the service's thread: somebody connects. */
static void
listener_ready(void *context)
{
	struct transom_publisher *publisher = context;
	int fd = accept4(publisher->claim.socket, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0) {
		if (errno != EAGAIN && errno != ECONNABORTED)
			service_pause(); /* no descriptor left: who connects waits in the backlog */
		return;
	}
	pthread_mutex_lock(&publisher->lock);
	if (publisher->closed || name_check_peer(fd) < 0 ||
	    (publisher->strangers >= MAX_STRANGERS && !stream_peer_drop_stranger(publisher)))
		fd_close(fd);
	else
		stream_peer_add(publisher, fd, false);
	pthread_mutex_unlock(&publisher->lock);
}

/* Life */

static int
check_options(const struct transom_publisher_options *options)
{
	int r;

	if (!options || options->size < sizeof(*options) ||
	    options->flags & ~(uint32_t)TRANSOM_PUBLISHER_SHARED_WRITE ||
	    options->laggard_policy > TRANSOM_LAGGARD_EVICT)
		return -EINVAL;
	/* All that are drawn, and a queue of half the ring, must fit into the ring. */
	if (options->maximum_buffers > TRANSOM_STREAM_MAX_BUFFERS ||
	    options->own_buffers > TRANSOM_STREAM_MAX_OWN_BUFFERS)
		return -E2BIG;
	if (options->pool && options->buffer.size)
		return -EINVAL;
	if (options->buffer.name && strlen(options->buffer.name) > TRANSOM_SURFACE_MAX_NAME)
		return -ENAMETOOLONG;
	r = name_owner_check(options->description);
	return r == 0 && options->name ? name_check(options->name) : r;
}

static uint32_t
choose_ring(uint32_t buffers)
{
	uint32_t size = SMALLEST_RING;

	while (size < 2 * buffers && size < LARGEST_RING)
		size *= 2;
	return size;
}

/* The board: only the mapping that is made here can ever be written through. */
static int
make_board(struct transom_publisher *publisher)
{
	uint32_t ring_size = choose_ring(publisher->options.maximum_buffers);
	size_t size = sizeof(struct stream_board) + ring_size * sizeof(struct stream_record);
	int fd, r;

	r = stream_create_file("transom-board", size, &fd);
	if (r < 0)
		return r;
	publisher->board = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (publisher->board == MAP_FAILED) {
		r = -errno;
		publisher->board = NULL;
		goto out;
	}
	publisher->board_size = size;
	madvise(publisher->board, size, MADV_DONTFORK);
	publisher->board->magic = BOARD_MAGIC;
	publisher->board->version = STREAM_VERSION;
	publisher->board->ring_size = ring_size;
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) < 0) {
		r = -errno;
		goto out;
	}
	r = fd_reopen(fd, O_RDONLY, &publisher->board_fd);
out:
	fd_close(fd);
	return r;
}

static void
set_buffer_options(struct transom_publisher *publisher, const struct transom_pixel_buffer_options *buffer)
{
	publisher->options.buffer = *buffer;
	if (buffer->name) {
		memmove(publisher->surface_name, buffer->name, strlen(buffer->name) + 1);
		publisher->options.buffer.name = publisher->surface_name;
	}
	if (!(publisher->options.flags & TRANSOM_PUBLISHER_SHARED_WRITE))
		publisher->options.buffer.surface_flags |= TRANSOM_SURFACE_MAKER_WRITES;
}

static void
fill_options(struct transom_publisher *publisher, const struct transom_publisher_options *options)
{
	publisher->options = *options;
	publisher->options.name = publisher->options.description = NULL; /* the caller's */
	if (!options->maximum_buffers)
		publisher->options.maximum_buffers = DEFAULT_BUFFERS;
	if (!options->own_buffers)
		publisher->options.own_buffers = DEFAULT_OWN;
	set_buffer_options(publisher, &options->buffer);
	transom_pool_ref(publisher->options.pool);
}

static int
allocate(struct transom_publisher *publisher)
{
	uint32_t maximum = publisher->options.maximum_buffers;

	publisher->buffers = calloc(maximum, sizeof(struct stream_buffer *));
	publisher->marks = calloc((maximum + 63) / 64, sizeof(*publisher->marks));
	publisher->frames = calloc(publisher->options.own_buffers, sizeof(*publisher->frames));
	return publisher->buffers && publisher->marks && publisher->frames ? 0 : -ENOMEM;
}

/* Makes the first buffer, so that bad options are refused now and the first frame is quick. */
static int
make_first(struct transom_publisher *publisher)
{
	struct stream_buffer *buffer;
	int r;

	if (!publisher->options.buffer.size)
		return 0;
	pthread_mutex_lock(&publisher->lock);
	r = stream_buffer_make(publisher, &buffer);
	if (r == 0)
		stream_buffer_put_free(publisher, buffer);
	pthread_mutex_unlock(&publisher->lock);
	return r;
}

int
transom_publisher_create(const struct transom_publisher_options *options, struct transom_publisher **ret)
{
	struct transom_publisher *publisher;
	int r;

	if (!ret)
		return -EINVAL;
	r = check_options(options);
	if (r < 0)
		return r;
	publisher = calloc(1, sizeof(*publisher));
	if (!publisher)
		return -ENOMEM;
	atomic_init(&publisher->references, 1);
	publisher->generation = fork_generation();
	pthread_mutex_init(&publisher->lock, NULL);
	init_condition(&publisher->changed);
	publisher->claim = NAME_CLAIM_NONE;
	publisher->board_fd = publisher->poll = publisher->bell = -1;
	fork_list_add(&publishers, &publisher->link);
	fill_options(publisher, options);
	if (publisher->options.own_buffers + 1 > publisher->options.maximum_buffers) {
		r = -EINVAL;
		goto fail;
	}
	r = allocate(publisher);
	if (r < 0)
		goto fail;
	r = make_board(publisher);
	if (r < 0)
		goto fail;
	r = make_first(publisher);
	if (r < 0)
		goto fail;
	if (options->name) {
		r = name_claim(STREAM_FOLDER, options->name, options->description, &publisher->claim);
		if (r < 0)
			goto fail;
		r = service_add(publisher->claim.socket, EPOLLIN, listener_ready, publisher,
				&publisher->listener);
		if (r < 0)
			goto fail;
	}
	*ret = publisher;
	return 0;
fail:
	transom_publisher_unref(publisher);
	return r;
}

struct transom_publisher *
transom_publisher_ref(struct transom_publisher *publisher)
{
	if (publisher)
		atomic_fetch_add_explicit(&publisher->references, 1, memory_order_relaxed);
	return publisher;
}

/* Wakes whoever said on its card that it sleeps. */
static void
wake_sleepers(struct transom_publisher *publisher)
{
	unsigned woken = 0;

	for (uint32_t i = 0; i < publisher->peer_count; i++) {
		const struct stream_card *card = publisher->cards[i];

		if (card && atomic_load_explicit(&card->waiting, memory_order_relaxed) != AWAKE)
			woken += stream_peer_wake(publisher->peers[i]);
	}
	publisher->statistics.wakes += woken;
	if (woken)
		PROBE1(wake, woken);
}

/* Tells all subscribers that it is over. With the lock held. */
static void
end_stream(struct transom_publisher *publisher)
{
	struct stream_refused message = { .error = -EPIPE };

	publisher->closed = true;
	if (publisher->board) {
		atomic_store(&publisher->board->ended, 1);
		/* FENCE: ended is stored before waiting is read. */
		atomic_thread_fence(memory_order_seq_cst);
		wake_sleepers(publisher);
	}
	for (uint32_t i = 0; i < publisher->peer_count; i++) {
		publisher->peers[i]->listed = false;
		stream_send(publisher->peers[i]->socket, STREAM_BYE, &message, sizeof(message), NULL, 0, 0);
	}
}

static void
free_publisher(struct transom_publisher *publisher)
{
	for (uint32_t i = 0; i < publisher->peer_count; i++)
		stream_peer_free(publisher->peers[i]);
	free(publisher->peers);
	free(publisher->cards);
	for (uint32_t i = 0; i < publisher->buffer_count; i++) {
		stream_buffer_drop_fences(publisher->buffers[i]);
		use_watch_remove(publisher->buffers[i]->watch);
		/* Not unlocked: subscribers may hold it. */
		fd_close(publisher->buffers[i]->guard);
		transom_pixel_buffer_unref(publisher->buffers[i]->pixel_buffer);
		transom_surface_unref(publisher->buffers[i]->surface);
		free(publisher->buffers[i]);
	}
	use_watch_free(publisher->watch);
	free(publisher->buffers);
	free(publisher->marks);
	free(publisher->frames);
	if (publisher->board)
		munmap(publisher->board, publisher->board_size);
	fd_close(publisher->board_fd);
	transom_pool_unref(publisher->options.pool);
	fd_close(publisher->poll);
	fd_close(publisher->bell);
	pthread_cond_destroy(&publisher->changed);
	pthread_mutex_destroy(&publisher->lock);
	free(publisher);
}

struct transom_publisher *
transom_publisher_unref(struct transom_publisher *publisher)
{
	if (!publisher || atomic_fetch_sub_explicit(&publisher->references, 1, memory_order_acq_rel) != 1)
		return NULL;
	fork_list_remove(&publishers, &publisher->link);
	service_remove(publisher->listener);
	service_remove(publisher->uses);
	service_remove(publisher->pool);
	if (publisher->generation == fork_generation()) {
		name_release(&publisher->claim);
		pthread_mutex_lock(&publisher->lock);
		end_stream(publisher);
		while (publisher->leaving)
			pthread_cond_wait(&publisher->changed, &publisher->lock);
		pthread_mutex_unlock(&publisher->lock);
	}
	free_publisher(publisher);
	service_remove(NULL); /* the service may have nothing left to do */
	return NULL;
}

/* Drawing and publishing */

static int
check_publisher(struct transom_publisher *publisher)
{
	if (!publisher)
		return -EINVAL;
	return publisher->generation == fork_generation() ? 0 : -ECHILD;
}

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
	int r = check_publisher(publisher);

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
	    const struct transom_frame_info *info, unsigned fence_count)
{
	struct timespec now;

	record->index = buffer->index;
	record->generation = buffer->generation;
	record->fence_count = fence_count;
	record->flags = info ? info->flags : 0;
	record->damage_count = info ? (uint16_t)info->damage_count : 0;
	record->user_size = info ? (uint16_t)info->user_size : 0;
	if (info && info->timestamp) {
		record->timestamp = info->timestamp;
	} else {
		clock_gettime(CLOCK_MONOTONIC, &now);
		record->timestamp = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
	}
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

/* With the lock held: the step that makes a frame be seen. */
static uint64_t
show(struct transom_publisher *publisher, struct stream_buffer *buffer, const struct transom_frame_info *info,
     const int *fences, unsigned fence_count)
{
	struct stream_board *board = publisher->board;
	uint64_t sequence = publisher->head + 1;
	struct stream_record *record = &board->ring[sequence & (board->ring_size - 1)];

	if (publisher->behind && deadline_now() >= publisher->next_try)
		stream_buffer_introduce_all(publisher);
	if (fence_count)
		send_fences(publisher, sequence, buffer, fences, fence_count);
	atomic_store_explicit(&record->sequence, 0, memory_order_relaxed);
	atomic_thread_fence(memory_order_release); /* who sees a new field sees the 0, or a later number */
	fill_record(record, buffer, info, fence_count);
	atomic_store_explicit(&record->sequence, sequence, memory_order_release);
	buffer->sequence = sequence;
	buffer->state = PUBLISHED;
	publisher->head = sequence;
	atomic_store_explicit(&board->head, sequence, memory_order_release);
	PROBE2(publish, sequence, buffer->index);
	/* FENCE: head is stored before waiting is read, and before held is read by read_cards(). */
	atomic_thread_fence(memory_order_seq_cst);
	wake_sleepers(publisher);
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
	int r = check_publisher(publisher);

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
	int r = check_publisher(publisher);

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
	int r = check_publisher(publisher);

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

int
transom_publisher_set_buffers(struct transom_publisher *publisher,
			      const struct transom_pixel_buffer_options *buffer)
{
	int r = check_publisher(publisher);

	if (r < 0)
		return r;
	if (!buffer || buffer->size < sizeof(*buffer) || publisher->options.pool ||
	    (buffer->name && strlen(buffer->name) > TRANSOM_SURFACE_MAX_NAME))
		return -EINVAL;
	pthread_mutex_lock(&publisher->lock);
	set_buffer_options(publisher, buffer);
	publisher->free = NULL;
	for (uint32_t i = 0; i < publisher->buffer_count; i++) {
		struct stream_buffer *old = publisher->buffers[i];

		old->stale = old->own;
		if (old->state == FREE)
			stream_buffer_empty(publisher, old);
	}
	pthread_mutex_unlock(&publisher->lock);
	return 0;
}

/* With the lock held: room for more buffers, everywhere. */
static int
make_room(struct transom_publisher *publisher, uint32_t maximum)
{
	struct stream_buffer **buffers = reallocarray(publisher->buffers, maximum, sizeof(*buffers));
	uint64_t *marks;

	if (!buffers)
		return -ENOMEM;
	publisher->buffers = buffers;
	marks = reallocarray(publisher->marks, (maximum + 63) / 64, sizeof(*marks));
	if (!marks)
		return -ENOMEM;
	publisher->marks = marks;
	for (uint32_t i = 0; i < publisher->peer_count; i++) {
		struct stream_peer *peer = publisher->peers[i];
		uint32_t before = publisher->options.maximum_buffers, *introduced;

		if (!peer->introduced)
			continue;
		introduced = reallocarray(peer->introduced, maximum, sizeof(*introduced));
		if (!introduced)
			return -ENOMEM;
		memset(introduced + before, 0, (maximum - before) * sizeof(*introduced));
		peer->introduced = introduced;
	}
	return 0;
}

int
transom_publisher_set_maximum_buffers(struct transom_publisher *publisher, uint32_t maximum)
{
	int r = check_publisher(publisher);

	if (r < 0)
		return r;
	if (maximum > TRANSOM_STREAM_MAX_BUFFERS)
		return -E2BIG;
	pthread_mutex_lock(&publisher->lock);
	if (maximum < publisher->options.maximum_buffers)
		r = -EINVAL;
	else
		r = make_room(publisher, maximum);
	if (r == 0) {
		publisher->options.maximum_buffers = maximum;
		stream_peer_grant_more(publisher);
	}
	pthread_mutex_unlock(&publisher->lock);
	return r;
}

int
transom_publisher_set_description(struct transom_publisher *publisher, const char *description)
{
	int r = check_publisher(publisher);

	if (r < 0)
		return r;
	pthread_mutex_lock(&publisher->lock);
	if (publisher->claim.lock < 0) /* no name, and so nobody who looks */
		r = name_owner_check(description);
	else
		r = name_describe(&publisher->claim, description);
	pthread_mutex_unlock(&publisher->lock);
	return r;
}

int
transom_publisher_invite(struct transom_publisher *publisher, int *ret)
{
	int ends[2], r = check_publisher(publisher);

	if (r < 0)
		return r;
	if (!ret)
		return -EINVAL;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	pthread_mutex_lock(&publisher->lock);
	r = stream_peer_add(publisher, ends[0], true);
	pthread_mutex_unlock(&publisher->lock);
	if (r < 0) {
		fd_close(ends[1]);
		return r;
	}
	*ret = ends[1];
	return 0;
}

void
publisher_fill_statistics(const struct transom_publisher *publisher, struct transom_stream_statistics *ret)
{
	*ret = publisher->statistics;
	ret->buffers = publisher->living;
	ret->free = 0;
	for (const struct stream_buffer *b = publisher->free; b; b = b->next_free)
		ret->free++;
}

int
transom_publisher_get_statistics(struct transom_publisher *publisher, struct transom_stream_statistics *ret)
{
	struct transom_stream_statistics now;
	int r = check_publisher(publisher);

	if (r < 0)
		return r;
	if (!ret || ret->size < sizeof(*ret))
		return -EINVAL;
	pthread_mutex_lock(&publisher->lock);
	publisher_fill_statistics(publisher, &now);
	pthread_mutex_unlock(&publisher->lock);
	now.size = ret->size;
	*ret = now;
	return 0;
}

void
stream_peer_fill_status(const struct stream_peer *peer, struct transom_subscriber_status *ret)
{
	ret->mode = peer->mode;
	ret->pid = peer->identity.pid;
	ret->uid = peer->identity.uid;
	ret->granted = peer->granted;
	ret->queue = peer->queue;
	ret->joined = peer->joined_at;
	ret->dropped = peer->dropped;
	ret->acquired = atomic_load_explicit(&peer->card->acquired, memory_order_relaxed);
	ret->asleep = atomic_load_explicit(&peer->card->waiting, memory_order_relaxed) != AWAKE;
	ret->held = 0;
	for (uint32_t i = 0; i < peer->granted; i++)
		ret->held += atomic_load_explicit(&peer->card->held[i], memory_order_relaxed) != 0;
}

int
transom_publisher_get_subscriber(struct transom_publisher *publisher, size_t index,
				 struct transom_subscriber_status *ret)
{
	int r = -ENOENT;

	if (!publisher || !ret || ret->size < sizeof(*ret))
		return -EINVAL;
	if (publisher->generation != fork_generation())
		return -ECHILD;
	pthread_mutex_lock(&publisher->lock);
	for (uint32_t i = 0; i < publisher->peer_count && r < 0; i++) {
		if (!publisher->peers[i]->joined || index-- > 0)
			continue;
		stream_peer_fill_status(publisher->peers[i], ret);
		r = 0;
	}
	pthread_mutex_unlock(&publisher->lock);
	return r;
}
