/* runtime-directory-private.h - the folder of this user in which living things have names. */
#ifndef TRANSOM_RUNTIME_DIRECTORY_PRIVATE_H
#define TRANSOM_RUNTIME_DIRECTORY_PRIVATE_H

#include <stdbool.h>

/*
 * Opens $TRANSOM_RUNTIME_DIR, else $XDG_RUNTIME_DIR/transom, else /tmp/transom-UID, and in it the
 * folder @name; makes what is missing (mode 0700) if @create, else -ENOENT. -EPERM if one of the
 * two is not this user's or others may enter it, -ENOTDIR if one is something else or a symbolic
 * link, -ENXIO if no such path is possible. The descriptor is the caller's, fit for *at() calls.
 */
int
runtime_directory_open(const char *name, bool create, int *ret);

#endif /* TRANSOM_RUNTIME_DIRECTORY_PRIVATE_H */
