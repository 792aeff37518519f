/* world-private.h - the state of the world, for world.c, which makes and checks it, and kernel.c, which answers its calls. */
#ifndef TEST_INTERLEAVE_WORLD_PRIVATE_H
#define TEST_INTERLEAVE_WORLD_PRIVATE_H

#include "publisher-private.h"
#include "subscriber-private.h"

#include "explore.h"
#include "world.h"

enum {
	MOST_BUFFERS = 8,
	RING = 4,
	PUBLISHER = 0, /* the number of its party; subscribers follow */
	NOBODY = 255,
	/* Descriptors: the ends of the sockets, by subscriber, and what the publisher polls. */
	PUBLISHER_END = 100,
	SUBSCRIBER_END = 200,
	POLL_FD = 300,
	BELL_FD = 301,
};

/* One subscriber, with all that the kernel knows of it. */
struct reader {
	struct transom_subscriber subscriber;
	struct stream_link link;
	struct known known[MOST_BUFFERS];
	unsigned party;
	unsigned to_publisher, to_subscriber; /* messages in the socket */
	bool asleep; /* on the futex */
	bool shut; /* the publisher's end is closed, or the publisher dead */
	bool unlisted; /* the publisher knows of its death */
	void (*told)(void *); /* what the service of its process does at the publisher's end */
	/* What it has, for the oracle: buffers and frames. */
	uint64_t held[MOST_BUFFERS]; /* by buffer: the frame, or 0 */
	uint64_t last;
};

extern struct reader readers[MAX_SUBSCRIBERS];
extern struct transom_publisher publisher;
extern struct stream_peer peers[MAX_SUBSCRIBERS];

static inline unsigned
count_readers(void)
{
	return scenario->latest + scenario->every;
}

/* Whether a subscriber's process has died. */
static inline bool
is_reader_dead(const struct reader *reader)
{
	return explore_is_dead(reader->party);
}

#endif /* TEST_INTERLEAVE_WORLD_PRIVATE_H */
