/* memory.c - memory that is there, or the program ends. */
#include <stdlib.h>
#include <string.h>

#include "complain.h"
#include "memory.h"

static void *
check(void *memory)
{
	if (memory == NULL)
		exit(complain(EXIT_FAILED, "there is no memory left"));
	return memory;
}

void *
memory_get(size_t count, size_t size)
{
	return check(calloc(count > 0 ? count : 1, size));
}

void *
memory_grow(void *memory, size_t count, size_t size)
{
	return check(reallocarray(memory, count > 0 ? count : 1, size));
}

char *
memory_copy(const char *text)
{
	return check(strdup(text));
}
