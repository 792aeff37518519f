/*
 * stream-private.h - the board and the cards: the memory through which a publisher and its subscribers
 * speak without system calls; and the messages of the socket between them, for everything rare.
 *
 * The names are those of the model, model/stream.pml.
 *
 * The board is the publisher's: one memory file that only it can write, ever. It has the number of the
 * newest frame, the *head*, and a ring with a record of each of the last frames.
 *
 * A card is one subscriber's: a page that it shares with the publisher alone. It has what the subscriber
 * holds, how far it has read, and whether it sleeps. The publisher believes of it only "this buffer is
 * held", for as many buffers as it has granted, so that garbage on a card harms its owner alone.
 *
 *   publish:  fill the record of head + 1; store head; FENCE; wake who is waiting.
 *   acquire:  (latest) load head; copy its record; store held; FENCE; load head again: if it is still the
 *             same, the frame is held, else once more.
 *             (every) s = cursor + 1; copy its record; store held; store cursor = s; FENCE; if floor < s, the
 *             frame is held.
 *   release:  store held = 0; FENCE; if publisher_waits, send STREAM_WAKE. The same after cursor.
 *   recycle:  a buffer is free if it is not the head's, if no cursor or floor of a subscriber of the mode
 *             *every frame* is before its frame, and if it is in nobody's held. The head was stored, and
 *             a FENCE made, before the cards are read; of a card the cursor is read before held.
 *   drop:     (laggards) store floor; FENCE; from now on the frames up to it count as read.
 *   sleep:    store waiting; FENCE; load head again: if there is nothing new, sleep on waiting.
 *   wake:     exchange waiting for AWAKE; then wake who sleeps on it.
 *   wait:     (the publisher, for a buffer) store publisher_waits = 1; FENCE; recycle again: if there is still
 *             none, wait for a message of a subscriber, or for one to go.
 *
 * Why it holds: in acquire (latest) the fence stands between the store of held and the second load of
 * head; in the publisher one stands between the store of a new head and the reading of held. So either
 * the publisher sees held, or the subscriber sees the new head and tries again. It is the same with
 * floor and held, and with head and waiting. A frame that is no longer the head is not acquired by
 * anyone new, so what was once found free stays free.
 *
 * Sleepers wait for a change of waiting itself, and not of head: a publisher that is late may set waiting
 * back for a frame that the subscriber has seen already, and head would not change before the next one.
 *
 * Nobody sleeps on the board, which all subscribers have: who can read a futex can move those who sleep on
 * it to another (FUTEX_REQUEUE). A subscriber sleeps on its own card, and the publisher where no subscriber is.
 */
#ifndef TRANSOM_STREAM_PRIVATE_H
#define TRANSOM_STREAM_PRIVATE_H

#include <stdatomic.h>
#include <stdint.h>

#include <transom/stream.h>

#include "wire-private.h"

#define STREAM_FOLDER "streams"
#define STREAM_VERSION 2

/* Cores fetch two lines of 64 bytes at once; some have lines of 128. */
#define STREAM_LINE 128

#define BOARD_MAGIC 0x31647262736e7274u /* "trnsbrd1", little-endian */

struct stream_record {
	_Atomic uint64_t sequence; /* 0 while it is being written */
	uint32_t index;
	uint32_t generation;
	int64_t timestamp;
	uint32_t flags;
	uint16_t damage_count;
	uint16_t user_size;
	uint32_t fence_count;
	uint32_t reserved;
	struct transom_damage damage[TRANSOM_STREAM_MAX_DAMAGE];
	uint8_t user[TRANSOM_STREAM_MAX_USER_DATA];
	uint8_t padding[24];
};
_Static_assert(sizeof(struct stream_record) == 256, "a record is part of the protocol");

struct stream_board {
	uint64_t magic;
	uint32_t version;
	uint32_t ring_size; /* records; a power of two */
	uint8_t padding[STREAM_LINE - 16];
	_Atomic uint64_t head; /* the newest sequence; 0: none yet */
	uint8_t padding2[STREAM_LINE - 8];
	_Atomic uint32_t publisher_waits; /* for a buffer: who releases one, or reads on, says STREAM_WAKE */
	_Atomic uint32_t ended;
	uint8_t padding3[STREAM_LINE - 8];
	struct stream_record ring[];
};
_Static_assert(sizeof(struct stream_board) == 3 * STREAM_LINE, "the board is part of the protocol");

/* A held slot: which frame, and in which buffer. */
#define HELD_INDEX_BITS 12
#define HELD(sequence, index) ((sequence) << HELD_INDEX_BITS | (index))
#define HELD_INDEX(held) ((uint32_t)((held) & ((1u << HELD_INDEX_BITS) - 1)))
_Static_assert(TRANSOM_STREAM_MAX_BUFFERS == 1 << HELD_INDEX_BITS, "an index fits into a held slot");

enum stream_waiting { AWAKE = 0, WAITS_ON_FUTEX = 1, WAITS_ON_SOCKET = 2 };

#define STREAM_SHUT_OUT UINT64_MAX

/* Each group of fields has lines of its own, by who writes it how often. */
struct stream_card {
	_Atomic uint32_t waiting; /* enum stream_waiting; the publisher sets it back to AWAKE, then wakes */
	uint8_t padding[STREAM_LINE - 4];

	_Atomic uint64_t held[TRANSOM_STREAM_MAX_HELD];

	_Atomic uint64_t cursor; /* mode *every frame*: the last sequence that was taken */
	_Atomic uint64_t acquired; /* the last sequence that was taken, for people */
	_Atomic uint64_t fences; /* messages with fences that were sent */
	_Atomic uint32_t any_kept; /* some bit of @kept was set */
	uint8_t padding2[STREAM_LINE - 28];

	/* The publisher's: frames up to it are not kept for this subscriber; STREAM_SHUT_OUT: none ever. */
	_Atomic uint64_t floor;
	uint8_t padding3[STREAM_LINE - 8];

	/* Buffers of which the subscriber has made a right or a use that may outlast its hold. */
	_Atomic uint64_t kept[TRANSOM_STREAM_MAX_BUFFERS / 64];
};
_Static_assert(sizeof(struct stream_card) == 1024, "a card is part of the protocol");

/*
 * Messages. Each begins with this header; what follows is by type. Numbers are in the machine's byte
 * order.
 */
#define STREAM_MAGIC 0x4d735473u /* "sTsM" */

enum stream_message_type {
	/* subscriber to publisher */
	STREAM_HELLO = 1, /* struct stream_hello; once, first */
	STREAM_FENCES = 2, /* struct stream_fences, with fences; both ways */
	STREAM_WAKE = 7, /* nothing; both ways */
	/* publisher to subscriber */
	STREAM_WELCOME = 3, /* struct stream_welcome, with the board's and the card's file; once, first */
	STREAM_REFUSED = 4, /* struct stream_refused; instead of it */
	STREAM_INTRODUCE = 5, /* struct stream_introduce, with the surface's file */
	STREAM_FORGET = 6, /* struct stream_introduce */
	STREAM_GRANT = 8, /* struct stream_grant */
	STREAM_BYE = 9, /* struct stream_refused; the last one */
	/* who asks, without joining, and the publisher's answer */
	STREAM_INQUIRE = 10, /* struct stream_inquire */
	STREAM_STATUS = 11, /* struct stream_status */
};

struct stream_header {
	uint32_t magic;
	uint16_t version;
	uint16_t type;
};

struct stream_hello {
	struct stream_header header;
	uint32_t mode;
	uint32_t held;
	uint32_t least_held;
	uint32_t queue;
};

struct stream_fences {
	struct stream_header header;
	uint64_t sequence;
	uint32_t index;
	uint32_t count;
};

struct stream_welcome {
	struct stream_header header;
	uint64_t board_size;
	uint32_t card_offset; /* in its page: cards are spread over the sets of the caches */
	uint32_t granted;
	uint32_t queue;
	uint32_t reserved;
	uint64_t joined; /* the head at that moment */
};

struct stream_refused {
	struct stream_header header;
	int32_t error; /* a negative errno */
	uint32_t spare; /* frames that could be granted */
};

/* The surface's descriptor holds a use as long as somebody has a copy: a subscriber keeps one while it holds. */
#define STREAM_GUARDED 1u

struct stream_introduce {
	struct stream_header header;
	uint32_t index;
	uint32_t generation;
	uint32_t flags; /* STREAM_GUARDED */
	uint32_t reserved;
};

struct stream_grant {
	struct stream_header header;
	uint32_t granted;
	uint32_t queue;
};

struct stream_inquire {
	struct stream_header header;
	uint64_t after; /* tell of subscribers with higher numbers than this */
};

struct stream_status_peer {
	uint64_t number; /* from 1 on; never given twice */
	uint64_t joined;
	uint64_t acquired;
	uint64_t dropped;
	int32_t pid;
	uint32_t uid;
	uint32_t mode;
	uint32_t granted;
	uint32_t queue;
	uint32_t held;
	uint32_t asleep;
	uint32_t reserved;
};

/* Subscribers in one answer. */
#define STREAM_STATUS_PEERS 16

struct stream_status {
	struct stream_header header;
	uint32_t more; /* 1: there are subscribers with higher numbers */
	uint32_t count; /* of @peers */
	uint64_t head;
	int64_t timestamp;
	int64_t time;
	uint64_t memory;
	uint64_t published;
	uint64_t recycled;
	uint64_t waited;
	uint64_t wakes;
	uint64_t evicted;
	uint64_t refused;
	uint32_t subscribers;
	uint32_t buffers;
	uint32_t free;
	uint32_t maximum_buffers;
	uint32_t own_buffers;
	uint32_t granted;
	uint32_t laggard_policy;
	uint32_t flags;
	struct transom_surface_geometry geometry;
	struct stream_status_peer peers[STREAM_STATUS_PEERS]; /* by number */
};

/* A received message, aligned for any of them but the status, which only who asked for it receives. */
union stream_message {
	struct stream_header header;
	struct stream_hello hello;
	struct stream_fences fences;
	struct stream_welcome welcome;
	struct stream_refused refused;
	struct stream_introduce introduce;
	struct stream_grant grant;
	struct stream_inquire inquire;
};

/* stream-message.c */

/* Fills the header and sends; @size is that of the whole message. Errors as wire_send(). */
int
stream_send(int socket, enum stream_message_type type, void *message, size_t size, const int *fds,
	    unsigned fd_count, int64_t deadline);

/*
 * Receives one message; the size and the number of descriptors are those that its type has, else -EBADMSG
 * (its descriptors are closed then). Errors as wire_receive().
 */
int
stream_receive(int socket, int64_t deadline, union stream_message *ret, struct wire_delivery *ret_delivery);

/* The same for one who takes other types too: @ret has room for @size bytes. */
int
stream_receive_any(int socket, int64_t deadline, void *ret, size_t size, struct wire_delivery *ret_delivery);

/* For loops that wait for another processor. */
static inline void
stream_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
	__asm__ __volatile__("yield");
#endif
}

/* Sleeps while *@word is @expected, until @deadline at most; spurious wake-ups happen. */
void
stream_futex_wait(const _Atomic uint32_t *word, uint32_t expected, int64_t deadline);

/* Wakes all sleepers. */
void
stream_futex_wake(const _Atomic uint32_t *word);

/* A memory file that can be sealed. */
int
stream_create_file(const char *name, size_t size, int *ret);

/*
 * Maps a board's file, or a card's, as forked children do not inherit it; @flags beside MAP_SHARED. What may not be
 * mapped like this is -EACCES; memory that must be locked and may not be is no memory, -ENOMEM.
 */
int
stream_map(int fd, size_t size, int protection, int flags, void **ret);

/*
 * A copy of a descriptor by which a surface from elsewhere is in use: that use lasts until the publisher ends
 * it, or until nobody has a copy any more, the publisher dead or not.
 */
struct stream_guard {
	unsigned references; /* of one subscriber */
	int fd;
};

/* A frame in someone's hands: the publisher's fields, or the subscriber's. */
struct transom_frame {
	struct transom_publisher *publisher; /* NULL: a subscriber's */
	struct transom_subscriber *subscriber;
	struct transom_surface *surface;
	unsigned generation; /* of forks */
	bool in_use;
	int fences[TRANSOM_STREAM_MAX_FENCES];
	unsigned fence_count;
	int new_fences[TRANSOM_STREAM_MAX_FENCES]; /* that the holder added */
	unsigned new_fence_count;
	/* publisher */
	struct transom_pixel_buffer *pixel_buffer;
	struct stream_buffer *buffer;
	/* subscriber */
	struct stream_link *link; /* the connection that it came by; not owned */
	struct stream_guard *guard; /* or NULL */
	unsigned slot;
	uint32_t index;
	struct transom_frame_info info;
};

void
subscriber_release(struct transom_frame *frame);
int
subscriber_send_fences(struct transom_frame *frame, const int *fds, unsigned count);

#endif /* TRANSOM_STREAM_PRIVATE_H */
