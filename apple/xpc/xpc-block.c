/* xpc-block.c - calls clang's blocks from C that has none; the program brings their run-time library. */
#include "xpc-private.h"

/* The beginning of a block, by the interface that its compilers agree on. */
struct block {
	const void *isa;
	int flags;
	int reserved;
	void (*invoke)(void);
};

/* A program without blocks has no such functions. */
extern void *
_Block_copy(const void *block) __attribute__((weak));
extern void
_Block_release(const void *block) __attribute__((weak));

const void *
xpc_block_copy(const void *block)
{
	return block && _Block_copy ? _Block_copy(block) : block;
}

void
xpc_block_release(const void *block)
{
	if (block && _Block_release)
		_Block_release(block);
}

void
xpc_block_call(const void *block, xpc_object_t object)
{
	((void (*)(const void *, xpc_object_t))((const struct block *)block)->invoke)(block, object);
}

static bool
call_with_key(const char *key, xpc_object_t value, void *block)
{
	return ((bool (*)(const void *, const char *, xpc_object_t))((const struct block *)block)->invoke)(
		block, key, value);
}

bool
xpc_dictionary_apply(xpc_object_t xdict, const void *applier)
{
	return applier && xpc_dictionary_apply_f(xdict, (void *)(uintptr_t)applier, call_with_key);
}

bool
xpc_array_apply(xpc_object_t xarray, const void *applier)
{
	const struct block *block = applier;

	if (!block || !xpc_get(xarray, XPC_TYPE_ARRAY))
		return false;
	for (size_t i = 0; i < xpc_array_get_count(xarray); i++)
		if (!((bool (*)(const void *, size_t, xpc_object_t))block->invoke)(
			    applier, i, xpc_array_get_value(xarray, i)))
			return false;
	return true;
}
