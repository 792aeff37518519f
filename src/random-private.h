/* random-private.h - numbers that nobody can guess. */
#ifndef TRANSOM_RANDOM_PRIVATE_H
#define TRANSOM_RANDOM_PRIVATE_H

#include <stddef.h>

/* Fills @data, at most 256 bytes. */
int
random_bytes(void *data, size_t size);

#endif /* TRANSOM_RANDOM_PRIVATE_H */
