/*
 * runtime-directory.h - where this user's names are: the path alone. Whether the folder is to be trusted the library finds.
 */
#ifndef CLI_RUNTIME_DIRECTORY_H
#define CLI_RUNTIME_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>

/* The path, by the rules of transom(7). False if the environment names none that can be used. */
bool
runtime_directory_find(char *path, size_t size);

/* The variable that it comes from, or NULL if it is that of last resort in /tmp. */
const char *
runtime_directory_get_source(void);

#endif /* CLI_RUNTIME_DIRECTORY_H */
