/*
 * publisher-private.h - a publisher from within: its buffers (stream-buffer.c) and its subscribers
 * (stream-peer.c). All functions here are called with the publisher's lock held, but for those that say
 * otherwise.
 */
#ifndef TRANSOM_PUBLISHER_PRIVATE_H
#define TRANSOM_PUBLISHER_PRIVATE_H

#include <pthread.h>
#include <sys/socket.h>

#include "fork-private.h"
#include "name-private.h"
#include "service-private.h"
#include "stream-private.h"
#include "surface-private.h"

/* Where a buffer is. Its surface is kept in NONE too: subscribers still know it by its index. */
enum stream_buffer_state { NONE, FREE, DRAWING, PUBLISHED };

struct stream_buffer {
	uint32_t index, generation;
	enum stream_buffer_state state;
	bool own; /* made here, to be drawn into again */
	bool stale; /* made for a size or format that is no longer wanted */
	bool suspect; /* somebody may have a right to it, or a use of it, without a hold */
	unsigned grants; /* of rights and uses, in this process, when it was looked at last */
	uint64_t sequence; /* of the newest frame in it */
	struct transom_pixel_buffer *pixel_buffer;
	struct transom_surface *surface;
	int guard; /* one that is not @own: a descriptor with a use that subscribers share, or -1 */
	struct use_watch_entry *watch; /* while it is kept and somebody waits, or NULL */
	bool use_ended; /* the watch says so */
	int fences[TRANSOM_STREAM_MAX_FENCES]; /* to wait for before it is drawn into */
	unsigned fence_count;
	struct stream_buffer *next_free;
};

/* One subscriber, or a connection that may become one. */
struct stream_peer {
	struct transom_publisher *publisher;
	struct service *service;
	int socket;
	int64_t since; /* when it connected */
	bool invited, listed, joined, shut_out;
	bool behind; /* an introduction did not fit into the socket: tried again when there is room */
	uint32_t mode;
	uint32_t wished, least, granted, queue;
	uint64_t joined_at, floor, dropped, fences_received;
	uint64_t number; /* of those that joined */
	uint64_t position; /* when it was looked at last: up to there it has read, and further by now */
	struct ucred identity;
	void *page; /* the card's */
	struct stream_card *card;
	uint32_t *introduced; /* by index: the generation that it knows */
};

struct transom_publisher {
	atomic_uint references;
	unsigned generation;
	struct link link; /* of all publishers, for fork */
	struct transom_publisher_options options;
	char surface_name[TRANSOM_SURFACE_MAX_NAME + 1];
	struct name_claim claim;
	struct service *listener;
	int board_fd; /* for reading only */
	size_t board_size;
	struct stream_board *board;

	pthread_mutex_t lock; /* for all that follows */
	bool closed;
	uint64_t head;
	struct stream_buffer **buffers; /* options.maximum_buffers places */
	uint32_t buffer_count; /* places that were ever used */
	uint32_t living; /* buffers with a pixel buffer */
	struct stream_buffer *free;
	struct transom_frame *frames; /* options.own_buffers of them */
	uint32_t drawing;
	uint64_t *marks; /* a bit a buffer: held by somebody */
	struct stream_peer **peers;
	struct stream_card **cards; /* the same order; NULL for strangers */
	uint32_t peer_count, peer_room, strangers;
	uint32_t leaving; /* peers that the service is freeing */
	pthread_cond_t changed; /* for who waits for a buffer, or for those who leave */
	unsigned changes; /* how often there was reason to look for a buffer again */
	unsigned waiters; /* threads that wait for one */
	bool polling; /* one of them polls the subscribers' sockets, and @bell */
	int poll, bell; /* since they were first needed */
	bool blind; /* something may change that nothing tells of: look by the clock */
	struct use_watch *watch; /* of what is kept, since it was first needed */
	struct service *uses, *pool; /* that wait for it, and for the caller's pool */
	uint32_t granted; /* in sum */
	uint64_t joins; /* ever */
	bool behind; /* somebody does not know all buffers */
	int64_t next_try; /* to introduce them, if no socket will say when */
	struct transom_stream_statistics statistics;
};

/* publisher.c */

/* Without the lock: -EINVAL, or -ECHILD in a forked child. */
int
publisher_check(struct transom_publisher *publisher);

/* publisher-buffers.c */

void
publisher_set_buffer_options(struct transom_publisher *publisher,
			     const struct transom_pixel_buffer_options *buffer);

/* publisher-frame.c */

/* Wakes whoever said on its card that it sleeps. */
void
publisher_wake_sleepers(struct transom_publisher *publisher);

/* stream-buffer.c */

void
stream_buffer_drop_fences(struct stream_buffer *buffer);

void
stream_buffer_empty(struct transom_publisher *publisher, struct stream_buffer *buffer);

int
stream_buffer_make(struct transom_publisher *publisher, struct stream_buffer **ret);

struct stream_buffer *
stream_buffer_find_place(struct transom_publisher *publisher);

void
stream_buffer_settle(struct transom_publisher *publisher, struct stream_buffer *buffer,
		     struct transom_pixel_buffer *pixel_buffer, bool own);

/* Lets a surface from elsewhere be used by those to whom it is shown: -EMFILE, -ENFILE, -ENXIO. */
int
stream_buffer_guard(struct stream_buffer *buffer, struct transom_surface *surface);

struct stream_buffer *
stream_buffer_find_surface(struct transom_publisher *publisher, const struct transom_surface *surface);

void
stream_buffer_introduce_to(struct stream_peer *peer);

void
stream_buffer_introduce_all(struct transom_publisher *publisher);

void
stream_buffer_recycle(struct transom_publisher *publisher);

int
stream_buffer_find(struct transom_publisher *publisher, struct stream_buffer **ret);

/* It was drawn into and not shown; recycling finds out whether there are rights to it. */
void
stream_buffer_give_back(struct stream_buffer *buffer);

void
stream_buffer_put_free(struct transom_publisher *publisher, struct stream_buffer *buffer);

void
stream_buffer_collect_kept(struct transom_publisher *publisher, struct stream_card *card);

void
stream_buffer_suspect_held(struct transom_publisher *publisher, struct stream_card *card, uint32_t slots);

/* publisher-statistics.c; all but @size. */

void
publisher_fill_statistics(const struct transom_publisher *publisher, struct transom_stream_statistics *ret);

void
stream_peer_fill_status(const struct stream_peer *peer, struct transom_subscriber_status *ret);

/* stream-inquiry.c */

/* Answers one who has not joined. -EAGAIN when it is answered: it is others' turn, however much he asks. */
int
stream_inquiry_answer(struct stream_peer *peer, const struct stream_inquire *question);

/* publisher-wait.c */

/* Whoever waits for a buffer looks again. */
void
publisher_change(struct transom_publisher *publisher);

/* Has what comes from a subscriber wake the publisher itself, and no longer. */
void
publisher_poll_peer(struct transom_publisher *publisher, struct stream_peer *peer);
void
publisher_forget_peer(struct transom_publisher *publisher, struct stream_peer *peer);

/* Calls @try until it does not say -EAGAIN, or the time is over: -ETIMEDOUT. */
int
publisher_try(struct transom_publisher *publisher, int timeout_ms,
	      int (*try)(struct transom_publisher *publisher, void *argument), void *argument);

/* stream-peer.c */

/* Wakes a subscriber if it sleeps, or polls; whether that was needed. */
bool
stream_peer_wake(struct stream_peer *peer);

/* Reads some of what has come from it: 0, or why it must go. */
int
stream_peer_read(struct stream_peer *peer);

/* Makes room for a connection by dropping one that has not said for long what it wants. */
bool
stream_peer_drop_stranger(struct transom_publisher *publisher);

uint64_t
stream_peer_get_position(struct stream_peer *peer);

void
stream_peer_read_fences(struct stream_peer *peer);

int
stream_peer_check_laggards(struct transom_publisher *publisher, uint64_t next);

void
stream_peer_grant_more(struct transom_publisher *publisher);

int
stream_peer_add(struct transom_publisher *publisher, int socket, bool invited);

void
stream_peer_free(struct stream_peer *peer);

#endif /* TRANSOM_PUBLISHER_PRIVATE_H */
