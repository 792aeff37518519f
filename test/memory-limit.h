/* memory-limit.h - memory cgroups for tests, of either version, where this process may make one. */
#ifndef TEST_MEMORY_LIMIT_H
#define TEST_MEMORY_LIMIT_H

#include <stdbool.h>

struct memory_limit {
	char path[512];
};

/* A cgroup in which @bytes of memory can be had, and no swap; false if none can be made. */
bool
memory_limit_create(unsigned long bytes, struct memory_limit *ret);

/* This process and its children from now on are in it. */
void
memory_limit_enter(const struct memory_limit *limit);

/* Nobody must be in it but the dying. */
void
memory_limit_remove(const struct memory_limit *limit);

#endif /* TEST_MEMORY_LIMIT_H */
