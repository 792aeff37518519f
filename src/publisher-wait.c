/* publisher-wait.c - how a publisher waits for a buffer, and what tells it to look again. */
#include <errno.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "deadline-private.h"
#include "fd-private.h"
#include "publisher-private.h"

enum {
	/* How long a publisher looks for a buffer before it sleeps: waking up takes longer than most readers need. */
	SPIN_NS = 4000,
	RELAXED = 32,
	/* How long a publisher waits between two looks for a change that nothing tells of. */
	LOOK_NS = 1000000,
	EVENTS = 16,
};

void
publisher_change(struct transom_publisher *publisher)
{
	uint64_t one = 1;

	publisher->changes++;
	if (!publisher->waiters)
		return;
	pthread_cond_broadcast(&publisher->changed);
	if (publisher->polling)
		(void)!write(publisher->bell, &one, sizeof(one));
}

/* In the service's thread: the caller's pool may have a buffer again. */
static void
pool_ready(void *context)
{
	struct transom_publisher *publisher = context;

	pthread_mutex_lock(&publisher->lock);
	publisher_change(publisher);
	pthread_mutex_unlock(&publisher->lock);
}

/* Nothing is told of a pool before somebody asks, and then once. */
static void
watch_pool(struct transom_publisher *publisher)
{
	const uint32_t events = EPOLLIN | EPOLLONESHOT;
	int fd;

	if (publisher->pool) {
		service_change(publisher->pool, events);
		return;
	}
	fd = transom_pool_get_fd(publisher->options.pool);
	if (fd < 0 || service_add(fd, events, pool_ready, publisher, &publisher->pool) < 0)
		publisher->blind = true;
}

/* Something for the waiting thread to poll: what subscribers say reaches it without the service's thread. */
static int
open_poll(struct transom_publisher *publisher)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };

	if (publisher->poll >= 0)
		return 0;
	publisher->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	publisher->poll = epoll_create1(EPOLL_CLOEXEC);
	if (publisher->bell < 0 || publisher->poll < 0 ||
	    epoll_ctl(publisher->poll, EPOLL_CTL_ADD, publisher->bell, &event) < 0) {
		publisher->bell = fd_close(publisher->bell);
		publisher->poll = fd_close(publisher->poll);
		return -EMFILE;
	}
	for (uint32_t i = 0; i < publisher->peer_count; i++)
		publisher_poll_peer(publisher, publisher->peers[i]);
	return 0;
}

void
publisher_poll_peer(struct transom_publisher *publisher, struct stream_peer *peer)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = peer };

	/* If this fails the service tells of it. */
	if (publisher->poll >= 0)
		epoll_ctl(publisher->poll, EPOLL_CTL_ADD, peer->socket, &event);
}

void
publisher_forget_peer(struct transom_publisher *publisher, struct stream_peer *peer)
{
	if (publisher->poll >= 0)
		epoll_ctl(publisher->poll, EPOLL_CTL_DEL, peer->socket, NULL);
}

static bool
is_listed(const struct transom_publisher *publisher, const struct stream_peer *peer)
{
	for (uint32_t i = 0; i < publisher->peer_count; i++)
		if (publisher->peers[i] == peer)
			return true;
	return false;
}

/* With the lock held, which it gives up meanwhile. At most until @until. */
static void
poll_once(struct transom_publisher *publisher, int64_t until)
{
	struct epoll_event events[EVENTS];
	uint64_t count;
	int n;

	publisher->polling = true;
	pthread_mutex_unlock(&publisher->lock);
	n = epoll_wait(publisher->poll, events, EVENTS, deadline_remaining_ms(until));
	pthread_mutex_lock(&publisher->lock);
	publisher->polling = false;
	(void)!read(publisher->bell, &count, sizeof(count));
	for (int i = 0; i < n; i++) {
		struct stream_peer *peer = events[i].data.ptr;

		if (peer && is_listed(publisher, peer) && stream_peer_read(peer) < 0)
			publisher_forget_peer(publisher, peer); /* the service frees it, and tells */
	}
}

/*
 * With the lock held, which it gives up meanwhile: until there was a change after those of @changes.
 * -EAGAIN, to try again; -ETIMEDOUT. One thread polls; it, or the service, tells the others.
 */
static int
wait_for_change(struct transom_publisher *publisher, unsigned changes, int64_t deadline)
{
	int64_t now = deadline_now(), until = deadline;
	struct timespec time;

	publisher->statistics.waited++;
	if (publisher->blind && now + LOOK_NS < deadline)
		until = now + LOOK_NS;
	time = (struct timespec){ .tv_sec = until / 1000000000, .tv_nsec = until % 1000000000 };
	while (publisher->changes == changes && now < until) {
		if (!publisher->polling && open_poll(publisher) == 0)
			poll_once(publisher, until);
		else if (until == DEADLINE_NEVER)
			pthread_cond_wait(&publisher->changed, &publisher->lock);
		else
			pthread_cond_timedwait(&publisher->changed, &publisher->lock, &time);
		now = deadline_now();
	}
	return publisher->changes == changes && until == deadline ? -ETIMEDOUT : -EAGAIN;
}

/* With the lock held, which it gives up for a moment: tries for a little while, then lets a reader run. */
static int
try_busily(struct transom_publisher *publisher,
	   int (*try)(struct transom_publisher *publisher, void *argument), void *argument)
{
	int64_t until = deadline_now() + SPIN_NS;
	int r;

	do {
		/* Readers get on faster while nobody looks at their cards. */
		for (int i = 0; i < RELAXED; i++)
			stream_relax();
		r = try(publisher, argument);
	} while (r == -EAGAIN && deadline_now() < until);
	if (r == -EAGAIN) {
		pthread_mutex_unlock(&publisher->lock);
		sched_yield();
		pthread_mutex_lock(&publisher->lock);
	}
	return r;
}

/*
 * With the lock held: calls @try until it does not say -EAGAIN. Before it waits it says so on the board,
 * and tries once more: who releases a frame after that sees it there, and sends a message. That stays in its
 * socket until it is taken, here or by the service, which also notices deaths, and counted as a change: not
 * before this waits, for both need the lock.
 */
int
publisher_try(struct transom_publisher *publisher, int timeout_ms,
	      int (*try)(struct transom_publisher *publisher, void *argument), void *argument)
{
	int64_t deadline;
	int r = try(publisher, argument);

	if (r != -EAGAIN || timeout_ms == 0)
		return r;
	deadline = deadline_after(timeout_ms);
	r = try_busily(publisher, try, argument);
	if (r != -EAGAIN)
		return r;
	publisher->waiters++;
	do {
		unsigned changes = publisher->changes;

		atomic_store_explicit(&publisher->board->publisher_waits, 1, memory_order_relaxed);
		/* FENCE: publisher_waits is stored before the cards are read again. */
		atomic_thread_fence(memory_order_seq_cst);
		publisher->blind = false;
		if (publisher->options.pool)
			watch_pool(publisher);
		r = try(publisher, argument);
		if (r == -EAGAIN)
			r = wait_for_change(publisher, changes, deadline);
	} while (r == -EAGAIN);
	if (--publisher->waiters == 0) /* relaxed: who sees it late sends one message that nobody needs */
		atomic_store_explicit(&publisher->board->publisher_waits, 0, memory_order_relaxed);
	else
		pthread_cond_broadcast(&publisher->changed); /* another one polls from now on */
	return r;
}
