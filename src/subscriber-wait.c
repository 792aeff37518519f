/* subscriber-wait.c - how a subscriber waits for a frame: spinning, asleep, or polled by the program. */
#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>

#include "deadline-private.h"
#include "subscriber-private.h"

enum {
	/* Without news for this long, who waits and is not told asks its socket whether the publisher still lives. */
	QUIET_NS = 20000000,
	/* With news it looks there this often, for what no frame needs. */
	LOOK_NS = 500000000,
	/* Spins between two looks at the clock. */
	SPINS = 256,
	/* How long it looks before it sleeps: to be woken takes longer, and costs the publisher a system call. */
	BRIEFLY_NS = 4000,
	BRIEF_SPINS = 16,
	/* Sleeps without that look after one that was in vain, at most. */
	MOST_SKIPS = 255,
};

/* Whether acquire would find something that it did not find before. */
bool
subscriber_is_news(const struct transom_subscriber *subscriber)
{
	const struct stream_board *board = subscriber->link->board;
	/* Acquire: who acts upon this head may read its record. Relaxed for ended: the callers' fences order it. */
	uint64_t head = atomic_load_explicit(&board->head, memory_order_acquire);

	/* A floor may be above the head while frames are drawn, and a head that goes back is no news either. */
	return (subscriber->options.mode == TRANSOM_SUBSCRIBER_EVERY ? head > subscriber->cursor
								     : head != subscriber->seen) ||
	       atomic_load_explicit(&board->ended, memory_order_relaxed);
}

/* 0 when there is news or it was quiet for long, -ETIMEDOUT. */
static int
spin(struct transom_subscriber *subscriber, int64_t now, int64_t deadline)
{
	const struct stream_link *link = subscriber->link;
	uint64_t read =
		subscriber->options.mode == TRANSOM_SUBSCRIBER_EVERY ? subscriber->cursor : subscriber->seen;
	const struct stream_record *next = &link->board->ring[(read + 1) & (link->ring_size - 1)];
	int64_t until = now + QUIET_NS;

	for (;;) {
		for (int i = 0; i < SPINS; i++) {
			/* What the next frame needs comes along with the news, not after them. */
			__builtin_prefetch(next);
			__builtin_prefetch(subscriber->link->card->held, 1);
			if (subscriber_is_news(subscriber))
				return 0;
			stream_relax();
		}
		now = deadline_now();
		if (now >= deadline)
			return -ETIMEDOUT;
		if (now >= until) {
			subscriber->link->quiet = true;
			return 0;
		}
	}
}

/*
 * In the service's thread: the publisher has ended, or died. It sees waiting, or who is about to sleep sees that
 * it has hung up: the fences.
 */
static void
link_ready(void *context)
{
	struct stream_link *link = context;

	atomic_store_explicit(&link->hung_up, true, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst);
	/* Whatever was there: a publisher may have died after its exchange, and before its wake. */
	atomic_exchange(&link->card->waiting, AWAKE);
	stream_futex_wake(&link->card->waiting);
}

/* Has the service wake who sleeps when the publisher goes: a futex does not end with who should wake it. */
static void
watch_link(const struct transom_subscriber *subscriber)
{
	struct stream_link *link = subscriber->link;

	if (!link->service && !(subscriber->options.flags & TRANSOM_SUBSCRIBER_NO_THREAD))
		service_add(link->socket, EPOLLRDHUP | EPOLLONESHOT, link_ready, link, &link->service);
}

static bool
has_hung_up(const struct stream_link *link)
{
	/* Relaxed: the fences of link_ready(), and of who is about to sleep, order it. */
	return atomic_load_explicit(&link->hung_up, memory_order_relaxed);
}

/*
 * Whether there is news before it would sleep. Where the publisher cannot run meanwhile, or is slow, looking is in vain:
 * then it is hardly ever done.
 */
static bool
look_briefly(const struct transom_subscriber *subscriber, int64_t now)
{
	struct stream_link *link = subscriber->link;
	int64_t until = now + BRIEFLY_NS;

	if (link->skips) {
		link->skips--;
		return false;
	}
	do {
		for (int i = 0; i < BRIEF_SPINS; i++) {
			if (subscriber_is_news(subscriber)) {
				link->in_vain = 0;
				return true;
			}
			stream_relax();
		}
	} while (deadline_now() < until);
	link->in_vain = link->in_vain < MOST_SKIPS / 2 ? 2 * link->in_vain + 1 : MOST_SKIPS;
	link->skips = link->in_vain;
	return false;
}

/* Sleeps until waiting changes. The publisher sees waiting, or this side sees its new head: the fences. */
static int
sleep_on_card(struct transom_subscriber *subscriber, int64_t now, int64_t deadline)
{
	struct stream_card *card = subscriber->link->card;

	if (now >= deadline)
		return -ETIMEDOUT;
	if (look_briefly(subscriber, now))
		return 0;
	watch_link(subscriber);
	if (!subscriber->link->service && deadline - now > QUIET_NS)
		deadline = now + QUIET_NS; /* nobody tells of the publisher's end */
	atomic_store_explicit(&card->waiting, WAITS_ON_FUTEX, memory_order_relaxed);
	/* FENCE: waiting is stored before head, and whether it has hung up, is loaded again. */
	atomic_thread_fence(memory_order_seq_cst);
	if (!subscriber_is_news(subscriber) && !has_hung_up(subscriber->link)) {
		stream_futex_wait(&card->waiting, WAITS_ON_FUTEX, deadline);
		subscriber->link->quiet = !subscriber->link->service && !subscriber_is_news(subscriber);
	}
	/* Relaxed: seen late, it costs a wake-up in vain. */
	atomic_store_explicit(&card->waiting, AWAKE, memory_order_relaxed);
	return 0;
}

/* Says that the descriptor will be polled; true if there is no need to. */
static bool
arm_descriptor(struct transom_subscriber *subscriber)
{
	atomic_store_explicit(&subscriber->link->card->waiting, WAITS_ON_SOCKET, memory_order_relaxed);
	/* FENCE: as in sleep_on_card(). */
	atomic_thread_fence(memory_order_seq_cst);
	return subscriber_is_news(subscriber);
}

/* Makes the descriptor readable without a message: there is room in the socket, as a rule. */
static void
nudge(struct transom_subscriber *subscriber, bool nudged)
{
	struct epoll_event event = { .events = nudged ? EPOLLIN | EPOLLOUT : EPOLLIN };

	subscriber->nudged = nudged;
	epoll_ctl(subscriber->epoll, EPOLL_CTL_MOD, subscriber->link->socket, &event);
}

void
subscriber_begin_polling(struct transom_subscriber *subscriber)
{
	subscriber->polled = true;
	if (subscriber->link && arm_descriptor(subscriber))
		nudge(subscriber, true);
}

/*
 * What is on the socket can wait: introductions and fences are read when a frame needs them, and the end of
 * the stream is on the board. But who has the descriptor must not sleep over a message, and who does not
 * wait may not come again soon.
 */
static bool
must_look(const struct transom_subscriber *subscriber, int timeout_ms, int64_t now)
{
	const struct stream_link *link = subscriber->link;

	return timeout_ms == 0 || subscriber->polled || link->error || link->quiet || has_hung_up(link) ||
	       now - link->looked >= LOOK_NS ||
	       atomic_load_explicit(&link->board->ended, memory_order_relaxed);
}

/* Whether the only news is a frame whose buffer is not introduced yet, which the socket tells. */
static bool
is_awaiting(const struct transom_subscriber *subscriber)
{
	return subscriber->awaited > subscriber->seen &&
	       subscriber->awaited ==
		       atomic_load_explicit(&subscriber->link->board->head, memory_order_acquire);
}

static int
await_introduction(struct transom_subscriber *subscriber, int64_t now, int64_t deadline)
{
	int64_t until = now + PATIENCE_MS * 1000000;
	int r;

	if (now >= deadline)
		return -ETIMEDOUT;
	r = deadline_poll(subscriber->link->socket, POLLIN, until < deadline ? until : deadline);
	return r < 0 ? r : 0;
}

/* After -EAGAIN: waits for news. 0 to try again. */
int
subscriber_wait(struct transom_subscriber *subscriber, int timeout_ms, int64_t deadline)
{
	int64_t now = deadline_now();

	if (must_look(subscriber, timeout_ms, now)) {
		int r = subscriber_read_messages(subscriber);

		if (r < 0)
			return r;
		if (atomic_load_explicit(&subscriber->link->board->ended, memory_order_relaxed))
			return -EPIPE;
	}
	if (timeout_ms == 0) {
		if (subscriber->nudged)
			nudge(subscriber, false);
		if (subscriber->polled && arm_descriptor(subscriber) && !is_awaiting(subscriber))
			return 0;
		return -EAGAIN;
	}
	if (is_awaiting(subscriber))
		return await_introduction(subscriber, now, deadline);
	if (subscriber->options.flags & TRANSOM_SUBSCRIBER_BUSY_POLL)
		return spin(subscriber, now, deadline);
	return sleep_on_card(subscriber, now, deadline);
}
