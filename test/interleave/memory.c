/* memory.c - ranges of shared memory, what all see of them, and stores that wait in the buffer of their party. */
#include <string.h>

#include "../harness.h"
#include "explore.h"
#include "memory.h"

enum { MAX_SHARED = 8 << 10, MAX_ALSO = 4 };

/*
 * Shared memory is what the current party sees of it. What all see, with no store that is delayed, is in @seen, in the
 * same places.
 */
static struct range {
	unsigned char *at;
	size_t size;
	unsigned char *seen;
} ranges[1 + MAX_ALSO];
static unsigned range_count;
static unsigned char all_seen[MAX_SHARED];
static size_t seen_size;

static struct range *
find_range(const volatile void *at)
{
	for (unsigned i = 0; i < range_count; i++)
		if ((uintptr_t)at - (uintptr_t)ranges[i].at < ranges[i].size)
			return &ranges[i];
	return NULL;
}

bool
memory_is_shared(const volatile void *at)
{
	return find_range(at) != NULL;
}

static unsigned char *
get_seen(const unsigned char *at)
{
	const struct range *range = find_range(at);

	return range->seen + (at - range->at);
}

void
explore_share_also(void *at, size_t size)
{
	check(range_count < 1 + MAX_ALSO && seen_size + size <= MAX_SHARED);
	ranges[range_count] = (struct range){ at, size, all_seen + seen_size };
	memcpy(ranges[range_count++].seen, at, size);
	seen_size += size;
}

void
explore_share(void *memory, size_t size)
{
	memset(memory, 0, size);
	range_count = 0;
	seen_size = 0;
	explore_share_also(memory, size);
}

void
memory_show_beginning(void)
{
	for (unsigned i = 0; i < range_count; i++)
		memcpy(ranges[i].seen, ranges[i].at, ranges[i].size);
}

void
memory_show(struct store_buffer *of, unsigned i, const struct store_buffer *current)
{
	struct delayed store = of->stores[i];

	memcpy(get_seen(store.at), &store.value, store.size);
	of->count--;
	memmove(&of->stores[i], &of->stores[i + 1], (of->count - i) * sizeof(store));
	if (of == current) /* it has the store already */
		return;
	memcpy(store.at, &store.value, store.size);
	memory_reveal(current); /* its own, to the same place, are newer */
}

void
memory_show_all(struct store_buffer *of, const struct store_buffer *current)
{
	while (of->count)
		memory_show(of, 0, current);
}

void
memory_hide(const struct store_buffer *buffer)
{
	for (unsigned i = 0; i < buffer->count; i++)
		memcpy(buffer->stores[i].at, get_seen(buffer->stores[i].at), buffer->stores[i].size);
}

void
memory_reveal(const struct store_buffer *buffer)
{
	for (unsigned i = 0; i < buffer->count; i++)
		memcpy(buffer->stores[i].at, &buffer->stores[i].value, buffer->stores[i].size);
}

static bool
overlaps(const struct delayed *a, const struct delayed *b)
{
	return a->at < b->at + b->size && b->at < a->at + a->size;
}

bool
memory_may_pass(const struct store_buffer *buffer, unsigned i)
{
	if (i > 0 && buffer->stores[i].release)
		return false;
	for (unsigned k = 0; k < i; k++)
		if (overlaps(&buffer->stores[k], &buffer->stores[i]))
			return false;
	return true;
}

bool
memory_must_wait(const struct store_buffer *buffer, const struct delayed *store, bool weak)
{
	for (unsigned i = 0; i < buffer->count; i++)
		if (!weak || store->release || overlaps(&buffer->stores[i], store))
			return true;
	return false;
}

void
memory_take_back(unsigned char *at, size_t size, const struct store_buffer *current)
{
	memcpy(at, get_seen(at), size);
	memory_reveal(current); /* what was seen here before */
}

uint64_t
explore_peek(const volatile void *at, size_t size)
{
	uint64_t value = 0;

	memcpy(&value, get_seen((const unsigned char *)(uintptr_t)at), size);
	return value;
}

void
explore_poke(volatile void *at, size_t size, uint64_t value)
{
	explore_trace("stores, in one step,", at, value);
	memcpy((void *)(uintptr_t)at, &value, size);
	memcpy(get_seen((const unsigned char *)(uintptr_t)at), &value, size);
}
