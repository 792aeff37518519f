/* checked-private.h - sums on sizes that a caller or a peer chose; each says whether it fitted. */
#ifndef TRANSOM_CHECKED_PRIVATE_H
#define TRANSOM_CHECKED_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

static inline bool
checked_add(uint64_t a, uint64_t b, uint64_t *ret)
{
	return !__builtin_add_overflow(a, b, ret);
}

static inline bool
checked_mul(uint64_t a, uint64_t b, uint64_t *ret)
{
	return !__builtin_mul_overflow(a, b, ret);
}

/* Rounds up to a multiple of @alignment, any number but 0. */
static inline bool
checked_align(uint64_t value, uint64_t alignment, uint64_t *ret)
{
	uint64_t rest = value % alignment;

	return checked_add(value, rest ? alignment - rest : 0, ret);
}

#endif /* TRANSOM_CHECKED_PRIVATE_H */
