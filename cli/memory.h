/*
 * memory.h - memory for small things of this program, which says so and ends when there is none.
 */
#ifndef CLI_MEMORY_H
#define CLI_MEMORY_H

#include <stddef.h>

/* Zeros. */
void *
memory_get(size_t count, size_t size);

void *
memory_grow(void *memory, size_t count, size_t size);

char *
memory_copy(const char *text);

#endif /* CLI_MEMORY_H */
