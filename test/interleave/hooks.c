/*
 * hooks.c - where the compiler's instrumentation for ThreadSanitizer (-fsanitize=thread) leads instead of to its library: each
 * access of the tested code to shared memory is the scheduler's. So the code is tested as it is.
 */
#include <string.h>

#include "calls.h"
#include "explore.h"

#define HOOK_OF(type) __attribute__((visibility("default"))) type
#define HOOK HOOK_OF(void)
#define DECLARE_AND(...)                                                                                     \
	__VA_ARGS__;                                                                                         \
	__VA_ARGS__

/* Called by the compiler's constructor, and at each function. */
DECLARE_AND(HOOK __tsan_init(void))
{
}
DECLARE_AND(HOOK __tsan_func_entry(void *caller))
{
}
DECLARE_AND(HOOK __tsan_func_exit(void))
{
}

/* Accesses that are not atomic: the code makes them itself, after the hook. */

static void
read_plain(const void *at, size_t size)
{
	if (explore_is_shared(at))
		explore_load(at, size, PLAIN);
}

static void
write_plain(void *at, size_t size)
{
	if (explore_is_shared(at))
		explore_announce_store(at, size);
}

#define PLAIN_HOOKS(size)                                                                                    \
	DECLARE_AND(HOOK __tsan_read##size(void *at))                                                        \
	{                                                                                                    \
		read_plain(at, size);                                                                        \
	}                                                                                                    \
	DECLARE_AND(HOOK __tsan_write##size(void *at))                                                       \
	{                                                                                                    \
		write_plain(at, size);                                                                       \
	}                                                                                                    \
	DECLARE_AND(HOOK __tsan_unaligned_read##size(void *at))                                              \
	{                                                                                                    \
		read_plain(at, size);                                                                        \
	}                                                                                                    \
	DECLARE_AND(HOOK __tsan_unaligned_write##size(void *at))                                             \
	{                                                                                                    \
		write_plain(at, size);                                                                       \
	}
PLAIN_HOOKS(1)
PLAIN_HOOKS(2)
PLAIN_HOOKS(4)
PLAIN_HOOKS(8)
PLAIN_HOOKS(16)

DECLARE_AND(HOOK __tsan_read_range(void *at, unsigned long size))
{
	read_plain(at, size);
}

/* A whole struct at once: none is shared. */
DECLARE_AND(HOOK __tsan_write_range(void *at, unsigned long size))
{
	if (explore_is_shared(at))
		explore_fail("a shared struct is stored as a whole");
}

/* The code's memcpy(3), whose pieces are accesses of their own. */
void *
explore_copy(void *to, const void *from, size_t size)
{
	unsigned char *out = to;
	const unsigned char *in = from;

	while (size) {
		size_t piece = size < 8 ? 1 : 8;
		uint64_t value = 0;

		read_plain(in, piece);
		memcpy(&value, in, piece);
		if (explore_is_shared(out))
			explore_store(out, piece, value, PLAIN);
		else
			memcpy(out, &value, piece);
		in += piece;
		out += piece;
		size -= piece;
	}
	return to;
}

/* Atomic accesses. The orders are numbers of the compiler's: __ATOMIC_RELAXED and so on. */

static enum order
order_of(int order)
{
	return order == __ATOMIC_RELEASE || order == __ATOMIC_SEQ_CST ? RELEASE : RELAXED;
}

static void
store_atomic(volatile void *at, size_t size, uint64_t value, int order)
{
	explore_store(at, size, value, order_of(order));
	if (order == __ATOMIC_SEQ_CST)
		explore_barrier();
}

/* Reads, modifies and writes in one step that all see. */
static uint64_t
modify(volatile void *at, size_t size, uint64_t (*change)(uint64_t old, uint64_t operand), uint64_t operand)
{
	uint64_t old;

	explore_point("modifies");
	explore_barrier();
	old = explore_peek(at, size);
	explore_poke(at, size, change(old, operand));
	return old;
}

static uint64_t
exchange(uint64_t old, uint64_t operand)
{
	return operand;
}

static uint64_t
add(uint64_t old, uint64_t operand)
{
	return old + operand;
}

static uint64_t
subtract(uint64_t old, uint64_t operand)
{
	return old - operand;
}

static uint64_t
set_bits(uint64_t old, uint64_t operand)
{
	return old | operand;
}

#define MODIFY_HOOK(bits, name, change, builtin)                                                             \
	DECLARE_AND(HOOK_OF(uint##bits##_t) __tsan_atomic##bits##_##name(volatile uint##bits##_t *at,        \
									 uint##bits##_t operand, int order)) \
	{                                                                                                    \
		if (!explore_is_shared(at))                                                                  \
			return builtin(at, operand, __ATOMIC_SEQ_CST);                                       \
		return (uint##bits##_t)modify(at, bits / 8, change, operand);                                \
	}

#define ATOMIC_HOOKS(bits)                                                                                   \
	DECLARE_AND(HOOK_OF(uint##bits##_t)                                                                  \
			    __tsan_atomic##bits##_load(const volatile uint##bits##_t *at, int order))        \
	{                                                                                                    \
		if (!explore_is_shared(at))                                                                  \
			return __atomic_load_n(at, __ATOMIC_SEQ_CST);                                        \
		return (uint##bits##_t)explore_load(at, bits / 8, RELAXED);                                  \
	}                                                                                                    \
	DECLARE_AND(HOOK __tsan_atomic##bits##_store(volatile uint##bits##_t *at, uint##bits##_t value,      \
						     int order))                                             \
	{                                                                                                    \
		if (!explore_is_shared(at))                                                                  \
			__atomic_store_n(at, value, __ATOMIC_SEQ_CST);                                       \
		else                                                                                         \
			store_atomic(at, bits / 8, value, order);                                            \
	}                                                                                                    \
	MODIFY_HOOK(bits, exchange, exchange, __atomic_exchange_n)                                           \
	MODIFY_HOOK(bits, fetch_add, add, __atomic_fetch_add)                                                \
	MODIFY_HOOK(bits, fetch_sub, subtract, __atomic_fetch_sub)                                           \
	MODIFY_HOOK(bits, fetch_or, set_bits, __atomic_fetch_or)
ATOMIC_HOOKS(8)
ATOMIC_HOOKS(32)
ATOMIC_HOOKS(64)

DECLARE_AND(HOOK __tsan_atomic_thread_fence(int order))
{
	if (order == __ATOMIC_SEQ_CST)
		explore_barrier();
	else if (order == __ATOMIC_RELEASE)
		explore_release();
}
