/* frame.c - draws and checks frames, the same for every way to pass them; it passes none. */
#include <string.h>

#include "peer.h"

enum { TAIL = 64 };

#define MAGIC 0x5452414e534f4d31u

static uint64_t
mix(uint64_t value)
{
	value *= 0x9e3779b97f4a7c15u;
	return value ^ value >> 32;
}

static uint64_t
find_check(const struct header *header)
{
	return mix(header->magic ^ mix(header->sequence) ^ mix(header->bytes + 1) ^ mix(header->buffer + 2) ^
		   mix(header->work + 3) ^ mix(header->warm + 4) ^ mix(header->stamp_ns + 5));
}

/* Each frame has a word of its own, so that parts of two frames never pass for one. */
static uint64_t
find_pattern(uint64_t sequence)
{
	return mix(sequence) | 1;
}

/* Where the bytes begin that are drawn, behind the header. */
static size_t
find_start(const struct header *header)
{
	if (header->bytes <= sizeof(*header))
		return header->bytes;
	if (header->work == WORK_WHOLE || header->bytes < sizeof(*header) + TAIL)
		return sizeof(*header);
	return header->bytes - TAIL;
}

void
frame_draw(void *bytes, const struct header *header)
{
	uint64_t *words = bytes, pattern = find_pattern(header->sequence);

	memcpy(bytes, header, sizeof(*header));
	((struct header *)bytes)->magic = MAGIC;
	for (size_t i = find_start(header) / sizeof(*words); i < header->bytes / sizeof(*words); i++)
		words[i] = pattern;
}

void
frame_stamp(void *bytes)
{
	struct header *header = bytes;

	header->stamp_ns = now_ns();
	header->check = find_check(header);
}

bool
frame_check(const void *bytes, size_t size, struct header *ret)
{
	const uint64_t *words = bytes;
	uint64_t pattern, differs = 0;

	memcpy(ret, bytes, sizeof(*ret));
	if (ret->magic != MAGIC || ret->check != find_check(ret) || ret->bytes != size)
		return false;
	pattern = find_pattern(ret->sequence);
	for (size_t i = find_start(ret) / sizeof(*words); i < size / sizeof(*words); i++)
		differs |= words[i] ^ pattern;
	return differs == 0;
}
