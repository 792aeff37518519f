/* mach-memory-private.h - copying from addresses that may be bad. */
#ifndef TRANSOM_APPLE_MACH_MEMORY_PRIVATE_H
#define TRANSOM_APPLE_MACH_MEMORY_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

/* False if one of the two is not this task's memory, or not to be read or written. */
bool
memory_copy(void *to, const void *from, size_t size);

#endif /* TRANSOM_APPLE_MACH_MEMORY_PRIVATE_H */
