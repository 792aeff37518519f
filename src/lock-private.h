/*
 * lock-private.h - locks on one byte of a file, owned by an open file description: copies of the
 * descriptor share the lock, and the kernel drops it when the last of them is closed, in whatever
 * process or socket queue that one is.
 */
#ifndef TRANSOM_LOCK_PRIVATE_H
#define TRANSOM_LOCK_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

/* Take the byte's lock for reading or writing, or change it from one to the other in one step,
 * without waiting: -EBUSY if a description holds a lock that forbids it. Reading needs a readable
 * description, writing a writable one (-EBADF). */
int
lock_byte_shared(int fd, uint64_t byte);
int
lock_byte_exclusive(int fd, uint64_t byte);

int
lock_byte_release(int fd, uint64_t byte);

/* 1 if a description other than @fd's holds any lock on the byte, 0 if none. */
int
lock_byte_is_held(int fd, uint64_t byte);

#endif /* TRANSOM_LOCK_PRIVATE_H */
