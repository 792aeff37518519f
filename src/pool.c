/* pool.c - hands pixel buffers out again when nobody uses them, and makes new ones when none is free. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <transom/pool.h>

#include "deadline-private.h"
#include "fork-private.h"
#include "pixel-buffer-private.h"
#include "surface-private.h"

#define DEFAULT_AGE_MS 1000

/*
 * An entry is in one of three lists. OUT: somebody here has the buffer. IDLE: it came back, and may be
 * free. HELD: it came back, and a claim found its surface in use elsewhere; the watch brings it back to
 * IDLE when a use of it ends. So each acquire looks at few entries, however many there are.
 *
 * IDLE is a queue: the buffer that came back first is the one whose readers are most likely done.
 */
enum where { OUT, IDLE, HELD, PLACES };

struct entry {
	struct transom_pool *pool;
	struct transom_pixel_buffer *buffer;
	struct transom_surface *surface;
	struct use_watch_entry *watch; /* since its first time in HELD */
	enum where where;
	bool used; /* it was handed out before */
	int64_t since; /* when it came back */
	struct entry *next, *previous;
};

struct list {
	struct entry *first, *last;
	uint32_t count;
};

struct transom_pool {
	atomic_uint references;
	unsigned generation;
	struct link link; /* of all pools, for fork */
	struct transom_pool_options options;
	char name[TRANSOM_SURFACE_MAX_NAME + 1]; /* of its surfaces */
	int64_t age; /* nanoseconds; 0: never */

	pthread_mutex_t lock; /* for all that follows; taken before the surfaces' locks */
	bool closed; /* the last reference is gone; it goes with the last entry */
	struct list lists[PLACES];
	uint32_t making; /* entries that are being made, without the lock */
	struct use_watch *watch; /* since it was first needed */
	bool starving; /* somebody waits: what comes back must wake him */
	int64_t window; /* when the low-water mark was set last */
	uint32_t low; /* the smallest number of idle entries since then */
	struct transom_pool_statistics statistics;
};

/* All pools of this process, for fork. */
static struct fork_list pools = FORK_LIST_EMPTY;

static void
list_append(struct list *list, struct entry *entry)
{
	entry->next = NULL;
	entry->previous = list->last;
	*(list->last ? &list->last->next : &list->first) = entry;
	list->last = entry;
	list->count++;
}

static void
list_remove(struct list *list, struct entry *entry)
{
	*(entry->previous ? &entry->previous->next : &list->first) = entry->next;
	*(entry->next ? &entry->next->previous : &list->last) = entry->previous;
	list->count--;
}

static void
move(struct entry *entry, enum where where)
{
	list_remove(&entry->pool->lists[entry->where], entry);
	entry->where = where;
	list_append(&entry->pool->lists[where], entry);
}

static uint32_t
count_entries(const struct transom_pool *pool)
{
	return pool->lists[OUT].count + pool->lists[IDLE].count + pool->lists[HELD].count + pool->making;
}

static void
before_fork(void)
{
	fork_list_lock(&pools);
	for (struct link *l = pools.first; l; l = l->next)
		pthread_mutex_lock(&LINK_OBJECT(l, struct transom_pool, link)->lock);
}

static void
after_fork_in_parent(void)
{
	for (struct link *l = pools.first; l; l = l->next)
		pthread_mutex_unlock(&LINK_OBJECT(l, struct transom_pool, link)->lock);
	fork_list_unlock(&pools);
}

/* The child keeps what is idle, to free it; a buffer that is out is freed by who has it. */
static void
after_fork_in_child(void)
{
	for (struct link *l = pools.first; l; l = l->next) {
		struct transom_pool *pool = LINK_OBJECT(l, struct transom_pool, link);
		struct entry *entry;

		pthread_mutex_init(&pool->lock, NULL);
		pool->making = 0;
		while ((entry = pool->lists[OUT].first)) {
			list_remove(&pool->lists[OUT], entry);
			use_watch_remove(entry->watch);
			free(entry);
		}
	}
	fork_list_unlock_in_child(&pools);
}

__attribute__((constructor)) static void
register_fork_handlers(void)
{
	pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

/* With the lock held. */
static void
free_entry(struct entry *entry)
{
	struct transom_pool *pool = entry->pool;

	list_remove(&pool->lists[entry->where], entry);
	use_watch_remove(entry->watch);
	pixel_buffer_free(entry->buffer);
	free(entry);
	pool->statistics.freed++;
}

/* With the lock held: frees what is not out. */
static void
free_unused(struct transom_pool *pool)
{
	while (pool->lists[IDLE].first)
		free_entry(pool->lists[IDLE].first);
	while (pool->lists[HELD].first)
		free_entry(pool->lists[HELD].first);
}

static void
free_pool(struct transom_pool *pool)
{
	fork_list_remove(&pools, &pool->link);
	use_watch_free(pool->watch);
	transom_value_unref(pool->options.attachments);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

/* The last reference to a buffer is gone: it comes back. */
static void
recycle(struct transom_pixel_buffer *buffer, void *context)
{
	struct entry *entry = context;
	struct transom_pool *pool = entry->pool;
	bool last = false;

	transom_surface_end_use(entry->surface);
	pthread_mutex_lock(&pool->lock);
	entry->since = deadline_now();
	move(entry, IDLE);
	if (pool->closed) {
		free_entry(entry);
		last = !count_entries(pool);
	} else if (pool->starving) {
		pool->starving = false;
		use_watch_wake(pool->watch);
	}
	pthread_mutex_unlock(&pool->lock);
	if (last)
		free_pool(pool);
}

/* A new entry, in IDLE; its surface is not in use. Called without the lock: clearing memory takes time. */
static int
make_entry(struct transom_pool *pool, struct entry **ret)
{
	struct entry *entry = calloc(1, sizeof(*entry));
	int r;

	if (!entry)
		return -ENOMEM;
	entry->pool = pool;
	r = pixel_buffer_create_pooled(&pool->options.buffer, recycle, entry, &entry->buffer);
	if (r < 0) {
		free(entry);
		return r;
	}
	entry->surface = transom_pixel_buffer_get_surface(entry->buffer);
	entry->where = IDLE;
	entry->since = deadline_now();
	*ret = entry;
	return 0;
}

/* With the lock held, which it gives up meanwhile: makes one more. */
static int
add_entry(struct transom_pool *pool)
{
	struct entry *entry = NULL;
	int r;

	pool->making++;
	pthread_mutex_unlock(&pool->lock);
	r = make_entry(pool, &entry);
	pthread_mutex_lock(&pool->lock);
	pool->making--;
	if (r < 0)
		return r;
	list_append(&pool->lists[IDLE], entry);
	pool->statistics.created++;
	return 0;
}

static int
check_options(const struct transom_pool_options *options)
{
	if (!options || options->size < sizeof(*options) || options->reserved ||
	    options->flags & ~(uint32_t)TRANSOM_POOL_KEEP_FOREVER)
		return -EINVAL;
	if (options->maximum_count && options->minimum_count > options->maximum_count)
		return -EINVAL;
	if (options->buffer.name &&
	    strnlen(options->buffer.name, TRANSOM_SURFACE_MAX_NAME + 1) > TRANSOM_SURFACE_MAX_NAME)
		return -ENAMETOOLONG;
	if (options->attachments && transom_value_get_type(options->attachments) != TRANSOM_VALUE_DICTIONARY)
		return -EINVAL;
	return 0;
}

/* Makes what the pool shall have at once; at least one, so that bad options are refused now. */
static int
make_first(struct transom_pool *pool)
{
	uint32_t wanted = pool->options.minimum_count;
	int r = 0;

	pthread_mutex_lock(&pool->lock);
	for (uint32_t i = 0; i < (wanted ? wanted : 1) && r == 0; i++)
		r = add_entry(pool);
	pthread_mutex_unlock(&pool->lock);
	return r;
}

int
transom_pool_create(const struct transom_pool_options *options, struct transom_pool **ret)
{
	struct transom_pool *pool;
	int r;

	if (!ret)
		return -EINVAL;
	r = check_options(options);
	if (r < 0)
		return r;
	pool = calloc(1, sizeof(*pool));
	if (!pool)
		return -ENOMEM;
	atomic_init(&pool->references, 1);
	pool->generation = fork_generation();
	pthread_mutex_init(&pool->lock, NULL);
	pool->options = *options;
	if (options->buffer.name) {
		strcpy(pool->name, options->buffer.name);
		pool->options.buffer.name = pool->name;
	}
	transom_value_ref(pool->options.attachments);
	if (!(options->flags & TRANSOM_POOL_KEEP_FOREVER))
		pool->age = (int64_t)(options->maximum_age_ms ? options->maximum_age_ms : DEFAULT_AGE_MS) *
			    1000000;
	pool->window = deadline_now();
	fork_list_add(&pools, &pool->link);
	r = make_first(pool);
	if (r < 0) {
		transom_pool_unref(pool);
		return r;
	}
	*ret = pool;
	return 0;
}

struct transom_pool *
transom_pool_ref(struct transom_pool *pool)
{
	if (pool)
		atomic_fetch_add_explicit(&pool->references, 1, memory_order_relaxed);
	return pool;
}

struct transom_pool *
transom_pool_unref(struct transom_pool *pool)
{
	bool last;

	if (!pool || atomic_fetch_sub_explicit(&pool->references, 1, memory_order_acq_rel) != 1)
		return NULL;
	pthread_mutex_lock(&pool->lock);
	pool->closed = true;
	free_unused(pool);
	last = !count_entries(pool);
	pthread_mutex_unlock(&pool->lock);
	if (last)
		free_pool(pool);
	return NULL;
}

/* With the lock held: the watch, which the first who needs it makes. */
static int
need_watch(struct transom_pool *pool)
{
	return pool->watch ? 0 : use_watch_create(&pool->watch);
}

/* With the lock held: a claim found it in use elsewhere. The watch tells when that may have changed. */
static int
set_aside(struct entry *entry)
{
	int r;

	entry->pool->statistics.refused++;
	move(entry, HELD);
	if (entry->watch) {
		use_watch_look_again(entry->watch);
		return 0;
	}
	r = need_watch(entry->pool);
	if (r == 0) /* it is looked at once more: the use may have ended before the watch was there */
		r = use_watch_add(entry->pool->watch, entry->surface, entry, &entry->watch);
	if (r < 0)
		move(entry, IDLE); /* without a watch it must be looked at each time */
	return r;
}

/* With the lock held: those of which a use has ended go back to IDLE; true if there was one. */
static bool
take_back(struct transom_pool *pool)
{
	struct entry *entry;
	bool any = false;

	while (pool->watch && (entry = use_watch_next(pool->watch))) {
		if (entry->where != HELD)
			continue;
		move(entry, IDLE);
		any = true;
	}
	return any;
}

/*
 * With the lock held: claims the first idle entry that can be claimed, and makes the claim a use; -EAGAIN
 * if all are in use. Looks at each at most once, since those that are in use leave the list or go to its
 * end. Another error says nothing of the entry, which stays, and a new one would meet the same.
 */
static int
claim_idle(struct transom_pool *pool, struct entry **ret)
{
	for (uint32_t left = pool->lists[IDLE].count; left > 0; left--) {
		struct entry *entry = pool->lists[IDLE].first;
		int r = transom_surface_claim(entry->surface);

		if (r == -EBUSY) {
			set_aside(entry);
			continue;
		}
		if (r < 0)
			return r;
		r = transom_surface_begin_use(entry->surface);
		if (r < 0) {
			transom_surface_end_claim(entry->surface);
			return r;
		}
		move(entry, OUT);
		*ret = entry;
		return 0;
	}
	return -EAGAIN;
}

/* With the lock held: frees idle entries that came back before @limit, up to @most, but for the minimum. */
static int
free_old(struct transom_pool *pool, int64_t limit, uint32_t most, uint32_t minimum)
{
	int freed = 0;

	while (most-- > 0 && pool->lists[IDLE].first && pool->lists[IDLE].first->since <= limit &&
	       count_entries(pool) > minimum) {
		free_entry(pool->lists[IDLE].first);
		freed++;
	}
	return freed;
}

/*
 * With the lock held: what is older than the maximum age goes. And since a queue uses all its entries in
 * turn, so that none grows old, also as many as were left over at every moment of the last period.
 */
static void
trim(struct transom_pool *pool)
{
	uint32_t idle = pool->lists[IDLE].count, minimum = pool->options.minimum_count;
	int64_t now;

	if (idle < pool->low)
		pool->low = idle;
	if (!pool->age || !idle)
		return;
	now = deadline_now();
	free_old(pool, now - pool->age, UINT32_MAX, minimum);
	if (now - pool->window >= pool->age) {
		free_old(pool, now, pool->low, minimum);
		pool->low = pool->lists[IDLE].count;
		pool->window = now;
	}
}

/* With the lock held: hands an entry out. */
static void
hand_out(struct entry *entry, struct transom_pixel_buffer **ret)
{
	struct transom_pool *pool = entry->pool;

	pixel_buffer_revive(entry->buffer, pool->options.attachments);
	pool->statistics.recycled += entry->used;
	entry->used = true;
	trim(pool);
	*ret = entry->buffer;
}

/* With the lock held: a free entry, or a new one, or -EAGAIN. */
static int
find_entry(struct transom_pool *pool, uint32_t limit, struct entry **ret)
{
	int r = claim_idle(pool, ret);

	if (r == -EAGAIN && take_back(pool))
		r = claim_idle(pool, ret);
	while (r == -EAGAIN) {
		if (limit && count_entries(pool) >= limit)
			return -EAGAIN;
		r = add_entry(pool);
		if (r == 0)
			r = claim_idle(pool, ret);
	}
	return r;
}

/* With the lock held, which it gives up meanwhile: waits until an entry may be free. */
static int
wait_for_entry(struct transom_pool *pool, int64_t deadline)
{
	int fd, r;

	r = need_watch(pool);
	if (r < 0)
		return r;
	pool->starving = true;
	pool->statistics.waited++;
	fd = use_watch_get_fd(pool->watch);
	pthread_mutex_unlock(&pool->lock);
	r = deadline_poll(fd, POLLIN, deadline);
	pthread_mutex_lock(&pool->lock);
	return r < 0 ? r : r == 0 ? -ETIMEDOUT : 0;
}

int
transom_pool_acquire_below(struct transom_pool *pool, uint32_t threshold, int timeout_ms,
			   struct transom_pixel_buffer **ret)
{
	int64_t deadline = timeout_ms > 0 ? deadline_after(timeout_ms) : DEADLINE_NEVER;
	struct entry *entry;
	uint32_t limit;
	int r;

	if (!pool || !ret)
		return -EINVAL;
	if (pool->generation != fork_generation())
		return -ECHILD;
	limit = pool->options.maximum_count;
	if (threshold && (!limit || threshold < limit))
		limit = threshold;
	pthread_mutex_lock(&pool->lock);
	for (;;) {
		r = find_entry(pool, limit, &entry);
		if (r != -EAGAIN || !timeout_ms)
			break;
		r = wait_for_entry(pool, deadline);
		if (r < 0)
			break;
	}
	if (r == 0)
		hand_out(entry, ret);
	else if (r == -EAGAIN) /* who waits with the descriptor must be woken */
		pool->starving = pool->watch != NULL;
	pthread_mutex_unlock(&pool->lock);
	return r;
}

int
transom_pool_acquire(struct transom_pool *pool, int timeout_ms, struct transom_pixel_buffer **ret)
{
	return transom_pool_acquire_below(pool, 0, timeout_ms, ret);
}

int
transom_pool_flush(struct transom_pool *pool, uint32_t flags)
{
	struct entry *next;
	int freed = 0;

	if (!pool || flags & ~(uint32_t)TRANSOM_POOL_FLUSH_EXCESS)
		return -EINVAL;
	if (pool->generation != fork_generation())
		return -ECHILD;
	pthread_mutex_lock(&pool->lock);
	take_back(pool);
	if (flags & TRANSOM_POOL_FLUSH_EXCESS) {
		for (struct entry *entry = pool->lists[IDLE].first; entry; entry = next) {
			next = entry->next;
			if (!transom_surface_is_in_use(entry->surface)) {
				free_entry(entry);
				freed++;
			}
		}
	} else if (pool->age) {
		freed = free_old(pool, deadline_now() - pool->age, UINT32_MAX, pool->options.minimum_count);
	}
	pthread_mutex_unlock(&pool->lock);
	return freed;
}

int
transom_pool_get_fd(struct transom_pool *pool)
{
	int r;

	if (!pool)
		return -EINVAL;
	if (pool->generation != fork_generation())
		return -ECHILD;
	pthread_mutex_lock(&pool->lock);
	r = need_watch(pool);
	if (r == 0) {
		pool->starving = true;
		r = use_watch_get_fd(pool->watch);
	}
	pthread_mutex_unlock(&pool->lock);
	return r;
}

int
transom_pool_get_statistics(struct transom_pool *pool, struct transom_pool_statistics *ret)
{
	struct transom_pool_statistics now;

	if (!pool || !ret || ret->size < sizeof(*ret))
		return -EINVAL;
	pthread_mutex_lock(&pool->lock);
	now = pool->statistics;
	now.out = pool->lists[OUT].count;
	now.idle = pool->lists[IDLE].count;
	now.held = pool->lists[HELD].count;
	now.count = now.out + now.idle + now.held;
	pthread_mutex_unlock(&pool->lock);
	now.size = ret->size;
	*ret = now;
	return 0;
}
