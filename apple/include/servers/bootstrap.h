/*
 * bootstrap.h - names by which unrelated tasks find each other's ports.
 */
#ifndef _SERVERS_BOOTSTRAP_H_
#define _SERVERS_BOOTSTRAP_H_

#include <mach/mach_api.h>
#include <mach/mach_init.h>
#include <mach/mach_types.h>

#ifdef __cplusplus
extern "C" {
#endif
#define BOOTSTRAP_MAX_NAME_LEN 128
#define BOOTSTRAP_MAX_CMD_LEN 512

typedef char name_t[BOOTSTRAP_MAX_NAME_LEN];

#define BOOTSTRAP_MAX_LOOKUP_COUNT 20

#define BOOTSTRAP_SUCCESS 0
#define BOOTSTRAP_NOT_PRIVILEGED 1100
#define BOOTSTRAP_NAME_IN_USE 1101
#define BOOTSTRAP_UNKNOWN_SERVICE 1102
#define BOOTSTRAP_SERVICE_ACTIVE 1103
#define BOOTSTRAP_BAD_COUNT 1104
#define BOOTSTRAP_NO_MEMORY 1105
#define BOOTSTRAP_NO_CHILDREN 1106

/*
 * @bp is the bootstrap port of the system, which a task has unless its parent gave it another. A name
 * belongs to the task that made it known, until its port or the task dies; then it is free at once.
 * Names of more than 127 bytes are BOOTSTRAP_UNKNOWN_SERVICE or BOOTSTRAP_NOT_PRIVILEGED.
 */

/**
 * Make a port known by a name: a new one.
 *
 * Owns:    the receive right is the caller's.
 * Errors:  BOOTSTRAP_SERVICE_ACTIVE the name has a living owner, BOOTSTRAP_NOT_PRIVILEGED no name can be
 *          so, or @bp has no names, BOOTSTRAP_NO_MEMORY.
 * Threads: any.    Since: 0.1
 */
MACH_API kern_return_t
bootstrap_check_in(mach_port_t bp, const char *service_name, mach_port_t *sp);

/**
 * Make a port known by a name; MACH_PORT_NULL: no longer.
 *
 * Owns:    the send right is copied.
 * Errors:  BOOTSTRAP_NAME_IN_USE the name has a living owner, BOOTSTRAP_NOT_PRIVILEGED,
 *          BOOTSTRAP_UNKNOWN_SERVICE the name to be given up is not this task's, KERN_INVALID_RIGHT,
 *          KERN_INVALID_NAME, BOOTSTRAP_NO_MEMORY.
 * Threads: any.    Since: 0.1
 */
MACH_API kern_return_t
bootstrap_register(mach_port_t bp, const char *service_name, mach_port_t sp);

/**
 * A send right to the port of that name.
 *
 * Owns:    the right is the caller's.
 * Errors:  BOOTSTRAP_UNKNOWN_SERVICE, BOOTSTRAP_NOT_PRIVILEGED its owner is not to be trusted,
 *          BOOTSTRAP_NO_MEMORY.
 * Blocks:  until the owner's library answers, 10 seconds at most.    Threads: any.    Since: 0.1
 */
MACH_API kern_return_t
bootstrap_look_up(mach_port_t bp, const char *service_name, mach_port_t *sp);

/**
 * The bootstrap port above one: of the system's itself.
 *
 * Owns:    the right is the caller's.
 * Errors:  BOOTSTRAP_NOT_PRIVILEGED @bp is another port.
 * Threads: any.    Since: 0.1
 */
MACH_API kern_return_t
bootstrap_parent(mach_port_t bp, mach_port_t *parent_port);

/** An error of these calls in a few words. Owns: nothing. Threads: any. Since: 0.1 */
MACH_API const char *
bootstrap_strerror(kern_return_t r);

#ifdef __cplusplus
}
#endif

#endif /* _SERVERS_BOOTSTRAP_H_ */
