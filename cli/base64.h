/*
 * base64.h - bytes as text, for what a terminal is told. libc has no such function.
 */
#ifndef CLI_BASE64_H
#define CLI_BASE64_H

#include <stddef.h>

/* Characters that @size bytes need, without the NUL. */
#define BASE64_SIZE(size) (((size) + 2) / 3 * 4)

/* Encodes with padding and a NUL. Returns the length, 0 if it does not fit into @room. */
size_t
base64_encode(const void *bytes, size_t size, char *text, size_t room);

#endif /* CLI_BASE64_H */
