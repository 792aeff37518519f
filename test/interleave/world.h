/*
 * world.h - a publisher, its board, its subscribers and their cards, made by hand for the scheduler, and what the rest of the
 * library and the kernel are to them. The code that uses board and cards is the library's.
 */
#ifndef TEST_INTERLEAVE_WORLD_H
#define TEST_INTERLEAVE_WORLD_H

#include <stdbool.h>
#include <stdint.h>

enum { MAX_SUBSCRIBERS = 2 };

/* Who takes part, and what they do. */
struct scenario {
	const char *name;
	unsigned latest, every; /* subscribers, MAX_SUBSCRIBERS in all */
	unsigned frames, buffers, held, queue;
	uint32_t policy; /* for laggards */
	bool polls; /* subscribers sleep on their sockets, else on the futex */
	bool keeps_one; /* a subscriber has one frame while it acquires the next */
	bool publisher_dies, subscribers_die;
	bool calm, wild; /* one preemption less or more than elsewhere, by how much there is to try */
};

/* For explore(). */
extern const struct scenario *scenario;

void
world_begin(void);
const char *
world_end(void);
void
world_describe(const void *at, char text[64]);

#endif /* TEST_INTERLEAVE_WORLD_H */
