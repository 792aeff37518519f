/* subscriber-private.h - a subscriber from within: its connection, what it knows of the publisher's buffers, its frames. */
#ifndef TRANSOM_SUBSCRIBER_PRIVATE_H
#define TRANSOM_SUBSCRIBER_PRIVATE_H

#include "fork-private.h"
#include "name-private.h"
#include "service-private.h"
#include "stream-private.h"

enum {
	/* How long an introduction, or fences, that must be on their way may take. */
	PATIENCE_MS = 100,
};

/* A buffer that the publisher has introduced. */
struct known {
	uint32_t generation;
	unsigned grants; /* of rights and uses, in this process, when a frame in it was released last */
	struct transom_surface *surface;
	struct stream_guard *guard; /* NULL: the publisher's own buffer */
};

/* Fences of a frame that was not acquired yet. */
struct early_fences {
	struct early_fences *next;
	uint64_t sequence;
	unsigned count;
	int fds[TRANSOM_STREAM_MAX_FENCES];
};

/* A connection. Frames of one that has ended stay good; their release then does nothing. */
struct stream_link {
	int socket;
	const struct stream_board *board;
	size_t board_size;
	uint32_t ring_size;
	void *page; /* the card's */
	struct stream_card *card;
	uint32_t granted, queue;
	struct known *known;
	uint32_t known_count;
	struct early_fences *fences; /* that came, the oldest first */
	uint32_t fences_count;
	uint64_t fences_for; /* the frame that the last of them are of */
	int64_t looked; /* at the socket */
	bool quiet; /* no news for QUIET_NS */
	unsigned
		in_vain; /* the more looks before sleeping found nothing, the more sleeps come without one: */
	unsigned skips; /* so many yet */
	struct service *service; /* since it first slept: tells of the publisher's end */
	atomic_bool hung_up; /* that it has told of */
	int error; /* why it ended, or 0 */
};

struct transom_subscriber {
	unsigned generation;
	struct link link_of_all; /* for fork */
	struct transom_subscriber_options options;
	char name[TRANSOM_NAME_MAX + 1];
	struct stream_link *link; /* NULL: none, or not yet */
	struct transom_name_watch *watch; /* while there is no link, and a name to follow */
	int epoll;
	bool polled; /* somebody has the descriptor: waiting must be said before he polls it */
	bool nudged; /* the descriptor is readable so that he looks once more */
	uint64_t seen; /* the newest sequence that was taken */
	uint64_t awaited; /* mode *latest*: the last frame whose buffer was not introduced in time */
	uint64_t cursor; /* mode *every frame*: the last that was taken or missed */
	uint64_t missed;
	uint32_t held;
	struct transom_frame frames[TRANSOM_STREAM_MAX_HELD];
};

/* stream-guard.c */

/* NULL is accepted. */
struct stream_guard *
stream_guard_ref(struct stream_guard *guard);

/* NULL. */
struct stream_guard *
stream_guard_unref(struct stream_guard *guard);

/* In a forked child: the use is the parent's. */
void
stream_guard_abandon(struct stream_guard *guard);

/* Takes the descriptor if it returns 0. */
int
stream_guard_create(int *fd, struct stream_guard **ret);

/* stream-link.c */

/* Takes @socket, also on failure. */
int
subscriber_join(struct transom_subscriber *subscriber, int socket, int64_t deadline);

/* Frames of a link that ends keep their surfaces, and forget their slots. */
void
subscriber_end_link(struct transom_subscriber *subscriber);

void
stream_link_free(struct stream_link *link);

/* From now on it counts; a publisher cannot take back what it has granted. */
void
stream_link_set_grant(struct stream_link *link, uint32_t granted, uint32_t queue);

/* subscriber-message.c */

/* Reads one message: 0, -EAGAIN or -ETIMEDOUT for none, else why the link has ended. */
int
subscriber_read_message(struct transom_subscriber *subscriber, int64_t deadline);

/* Reads all that is there. 0, or why the link has ended. */
int
subscriber_read_messages(struct transom_subscriber *subscriber);

/* The fences of a frame: 0 if they were lost on the way. Those of the frames before it are for nobody any more. */
unsigned
stream_link_take_fences(struct stream_link *link, uint64_t sequence, int ret[TRANSOM_STREAM_MAX_FENCES]);

void
stream_link_drop_fences(struct stream_link *link);

/* subscriber-acquire.c */

/* -EAGAIN if there is no new frame. */
int
subscriber_try_acquire(struct transom_subscriber *subscriber, struct transom_frame **ret);

/* subscriber-wait.c */

/* Whether acquire would find something that it did not find before. */
bool
subscriber_is_news(const struct transom_subscriber *subscriber);

/* The descriptor will be polled from now on, and nobody has said so yet. */
void
subscriber_begin_polling(struct transom_subscriber *subscriber);

/* After -EAGAIN: waits for news. 0 to try again. */
int
subscriber_wait(struct transom_subscriber *subscriber, int timeout_ms, int64_t deadline);

/* subscriber-follow.c */

int
subscriber_watch_names(struct transom_subscriber *subscriber);

/* Finds the publisher by its name and joins: -ENOENT if there is none, -EPIPE if it goes, or lets this one go, meanwhile. */
int
subscriber_connect(struct transom_subscriber *subscriber, int64_t deadline);

/* Without a link: waits until the name appears, and joins. 0, -EAGAIN, -ETIMEDOUT. */
int
subscriber_follow(struct transom_subscriber *subscriber, int timeout_ms, int64_t deadline);

#endif /* TRANSOM_SUBSCRIBER_PRIVATE_H */
