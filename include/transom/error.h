/*
 * error.h - what a negative return value means, and the marks of a public function.
 */
#ifndef TRANSOM_ERROR_H
#define TRANSOM_ERROR_H

#if defined(__GNUC__)
#define TRANSOM_API __attribute__((visibility("default")))
#else
#define TRANSOM_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Every function of Transom that can fail returns an int: 0 (or a count) for success, a negative
 * errno for failure. On failure its outputs are untouched. These are all the codes, and what each
 * means here; no function gives one of them another meaning. None is -EINTR: what a signal interrupts
 * is done again, and waiting goes on.
 *
 *  -EINVAL           an argument is not usable: NULL, out of its range, an unknown flag, an unlock
 *                    without a lock
 *  -EBADF            not an open file descriptor, or not a right of the kind the call needs
 *  -EOVERFLOW        a size does not fit: the arithmetic would overflow
 *  -E2BIG            more than a stated maximum of this library, or than the room the caller gave, or
 *                    than the frames of a stream that the caller may hold
 *  -ERANGE           a size, a stride or an offset contradicts the memory behind it
 *  -ENOMEM           no memory
 *  -EMFILE, -ENFILE  no file descriptor left in this process, in the system
 *  -ETOOMANYREFS     too many descriptors of this user are in flight in socket queues
 *  -EAGAIN           not now: the queue is empty, or full, or the pool has nothing free, and the
 *                    caller did not wish to wait; or the system cannot start a thread now
 *  -ETIMEDOUT        the time allowed for waiting is over
 *  -EBUSY            someone uses the surface, or is claiming it, or is writing its values and does
 *                    not end
 *  -EPIPE            dead name: the receive right is gone; of a stream: its publisher is
 *  -ECONNRESET       shut out: the publisher no longer gives this subscriber frames
 *  -ENOTCONN         no senders: the last send right is gone and the queue is empty
 *  -EMSGSIZE         the message is larger than a message may be; nothing was sent
 *  -EADDRINUSE       the name has a living owner
 *  -ENOENT           nothing of that name, key or ID
 *  -ENAMETOOLONG     the name is too long
 *  -EPERM            the owner or the mode of a file forbids to trust it, or a memory or a capsule that
 *                    was received is not sealed
 *  -EACCES           reading is all that this holder may do, or the kernel refused the access
 *  -EROFS            the file system of the runtime directory is read-only
 *  -ENOSPC, -EDQUOT  that file system has no room, or this user has used up his quota there
 *  -EIO              that file system is broken
 *  -ENOLCK           that file system has no locks, or the kernel has no memory for one
 *  -ENOTDIR          a part of the runtime directory's path is not a directory
 *  -ENXIO            this process has no runtime directory, or no procfs, and the call needs one
 *  -EMEDIUMTYPE      the descriptor received is not a memory file, nor a dma-buf or a capsule where
 *                    those will do
 *  -ENODATA          what was received ends before it is complete, or nothing was received yet
 *  -EBADMSG          what was received is not what it claims to be
 *  -EPROTO           what was received contradicts itself
 *  -EPROTONOSUPPORT  what was received is of a version that this library does not know
 *  -EOPNOTSUPP       the kernel, or this kind of object, cannot do that
 *  -ECHILD           the object was made before a fork and lives on in the parent only
 */

/**
 * The name of an error, "EPIPE" for -EPIPE.
 *
 * @param error A negative errno, as the functions return it; its positive twin will do.
 *
 * Owns:    nothing; the string lives for ever.
 * Errors:  none; "?" for a number that is no errno.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API const char *
transom_error_name(int error);

/**
 * What an error means in Transom, in a few words and without a full stop, for a message to a
 * person: "dead name: the receiver is gone".
 *
 * @param error A negative errno, as the functions return it; its positive twin will do.
 *
 * Owns:    nothing; the string lives for ever.
 * Errors:  none; an errno that the list above lacks is described by strerrordesc_np(3), and a
 *          number that is no errno by "unknown error".
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API const char *
transom_error_describe(int error);

/**
 * The version of the library that is running, "0.1.0".
 *
 * Owns:    nothing; the string lives for ever.
 * Errors:  none.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API const char *
transom_version(void);

#ifdef __cplusplus
}
#endif

#endif /* TRANSOM_ERROR_H */
