/* publisher.c - the side of a stream that draws: its life, its board, its name, and who may join without one. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fd-private.h"
#include "publisher-private.h"

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
	void *map;
	int fd, r;

	r = stream_create_file("transom-board", size, &fd);
	if (r < 0)
		return r;
	r = stream_map(fd, size, PROT_READ | PROT_WRITE, MAP_POPULATE, &map);
	if (r < 0)
		goto out;
	publisher->board = map;
	publisher->board_size = size;
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
fill_options(struct transom_publisher *publisher, const struct transom_publisher_options *options)
{
	publisher->options = *options;
	publisher->options.name = publisher->options.description = NULL; /* the caller's */
	if (!options->maximum_buffers)
		publisher->options.maximum_buffers = DEFAULT_BUFFERS;
	if (!options->own_buffers)
		publisher->options.own_buffers = DEFAULT_OWN;
	publisher_set_buffer_options(publisher, &options->buffer);
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
publisher_check(struct transom_publisher *publisher)
{
	if (!publisher)
		return -EINVAL;
	return publisher->generation == fork_generation() ? 0 : -ECHILD;
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
		publisher_wake_sleepers(publisher);
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

int
transom_publisher_set_description(struct transom_publisher *publisher, const char *description)
{
	int r = publisher_check(publisher);

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
transom_publisher_set_name(struct transom_publisher *publisher, const char *name)
{
	int r = publisher_check(publisher);

	if (r < 0)
		return r;
	pthread_mutex_lock(&publisher->lock);
	r = publisher->claim.lock < 0 ? -EINVAL : name_rename(&publisher->claim, name);
	pthread_mutex_unlock(&publisher->lock);
	return r;
}

int
transom_publisher_invite(struct transom_publisher *publisher, int *ret)
{
	int ends[2], r = publisher_check(publisher);

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
