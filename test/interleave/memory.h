/*
 * memory.h - the memory that parties share, as each of them sees it: stores of its own at once, those of others when they
 * are shown. Which are shown when is explore.c's.
 */
#ifndef TEST_INTERLEAVE_MEMORY_H
#define TEST_INTERLEAVE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STORE_BUFFER_DEPTH = 8 };

/* A store that its own party sees, and the others do not. */
struct delayed {
	unsigned char *at;
	size_t size;
	uint64_t value;
	bool release;
};

/* A party's, the oldest first. */
struct store_buffer {
	struct delayed stores[STORE_BUFFER_DEPTH];
	unsigned count;
	bool walled; /* stores from here on come after those that are there: a release fence */
};

bool
memory_is_shared(const volatile void *at);

/* What was made before the parties begin is seen by all. */
void
memory_show_beginning(void);

/* Shows one of the stores to the others, @current being whose view of memory it is; or all. */
void
memory_show(struct store_buffer *of, unsigned i, const struct store_buffer *current);
void
memory_show_all(struct store_buffer *of, const struct store_buffer *current);

/* Makes memory what all see, instead of what the owner of the buffer sees; and back. */
void
memory_hide(const struct store_buffer *buffer);
void
memory_reveal(const struct store_buffer *buffer);

/* Whether a delayed store may be seen before those that were made earlier, on memory that is weak. */
bool
memory_may_pass(const struct store_buffer *buffer, unsigned i);

/* Whether a store must wait behind those that are there. */
bool
memory_must_wait(const struct store_buffer *buffer, const struct delayed *store, bool weak);

/* All see it as it was before a store that the current party has made itself. */
void
memory_take_back(unsigned char *at, size_t size, const struct store_buffer *current);

#endif /* TEST_INTERLEAVE_MEMORY_H */
