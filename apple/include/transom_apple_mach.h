/*
 * transom_apple_mach.h - between Mach's names and Transom's descriptors, for programs that use both.
 */
#ifndef TRANSOM_APPLE_MACH_H
#define TRANSOM_APPLE_MACH_H

#include <mach/mach.h>
#include <transom/port.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Give a right of Transom's a name.
 *
 * A send right and a surface right become a send right of the name, one reference more if their port or
 * surface has a name already. A receive right becomes one; its queue takes what mach_msg() sends, and what
 * transom_port_send() sends is thrown away, for it is no Mach message.
 *
 * @param fd   The right.
 * @param kind TRANSOM_RIGHT_SEND, TRANSOM_RIGHT_RECEIVE or TRANSOM_RIGHT_SURFACE.
 * @param ret  The name.
 *
 * Owns:    the descriptor stays the caller's, the name is its too.
 * Errors:  KERN_INVALID_VALUE another kind, KERN_INVALID_CAPABILITY no right of that kind,
 *          KERN_INVALID_ARGUMENT NULL, KERN_RESOURCE_SHORTAGE.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API kern_return_t
transom_apple_create_mach_port(int fd, enum transom_right_kind kind, mach_port_t *ret);

/**
 * A descriptor of the send right or the surface right that a name stands for.
 *
 * @param name     The name; it keeps what it has.
 * @param ret_kind TRANSOM_RIGHT_SEND or TRANSOM_RIGHT_SURFACE.
 * @param ret      The right.
 *
 * Owns:    the descriptor is the caller's.
 * Errors:  KERN_INVALID_NAME, KERN_INVALID_RIGHT it has neither, KERN_INVALID_ARGUMENT NULL,
 *          KERN_RESOURCE_SHORTAGE.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API kern_return_t
transom_apple_dup_mach_port(mach_port_t name, enum transom_right_kind *ret_kind, int *ret);

/**
 * A descriptor for event loops of other kinds: it can be read, by poll(2) and its like, while mach_msg() would find
 * something at a port or a port set. It is not to be read from.
 *
 * @param name The name of a receive right or of a port set.
 * @param ret  The descriptor.
 *
 * Owns:    borrowed; it is good while the name has that right.
 * Errors:  KERN_INVALID_NAME, KERN_INVALID_RIGHT it has neither, KERN_INVALID_ARGUMENT NULL,
 *          KERN_RESOURCE_SHORTAGE.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API kern_return_t
transom_apple_get_mach_port_fd(mach_port_t name, int *ret);

#ifdef __cplusplus
}
#endif

#endif /* TRANSOM_APPLE_MACH_H */
