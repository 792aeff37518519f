/*
 * task.h - the special ports of a task, which its children inherit.
 */
#ifndef _MACH_TASK_H_
#define _MACH_TASK_H_

#include <mach/mach_api.h>
#include <mach/mach_types.h>

#ifdef __cplusplus
extern "C" {
#endif
#define TASK_PORT_REGISTER_MAX 3

/**
 * A send right to a special port: TASK_KERNEL_PORT is the task, TASK_BOOTSTRAP_PORT the bootstrap port, the
 * others are what was set, or MACH_PORT_NULL.
 *
 * Owns:    the right is the caller's.
 * Errors:  KERN_INVALID_TASK, KERN_INVALID_ARGUMENT no such special port, KERN_RESOURCE_SHORTAGE.
 * Threads: any.    Since: 0.1
 */
MACH_API kern_return_t
task_get_special_port(task_t task, int which, mach_port_t *special_port);

/**
 * Set a special port. Children made by fork from now on have it; of all rights they inherit these alone,
 * and those of mach_ports_register().
 *
 * Owns:    the send right is copied.
 * Errors:  KERN_INVALID_TASK, KERN_INVALID_ARGUMENT no such special port, or one that cannot be set,
 *          KERN_INVALID_NAME, KERN_INVALID_RIGHT, KERN_RESOURCE_SHORTAGE.
 * Threads: any.    Since: 0.1
 */
MACH_API kern_return_t
task_set_special_port(task_t task, int which, mach_port_t special_port);

/**
 * Register up to TASK_PORT_REGISTER_MAX send rights that children find with mach_ports_lookup().
 *
 * Owns:    the send rights are copied.
 * Errors:  KERN_INVALID_TASK, KERN_INVALID_ARGUMENT too many, KERN_INVALID_NAME, KERN_INVALID_RIGHT.
 * Threads: any.    Since: 0.1
 */
MACH_API kern_return_t
mach_ports_register(task_t task, mach_port_array_t ports, mach_msg_type_number_t count);

/**
 * The ports that were registered; those that were not are MACH_PORT_NULL.
 *
 * Owns:    the rights are the caller's, and so is the array, to be given up by vm_deallocate().
 * Errors:  KERN_INVALID_TASK, KERN_INVALID_ARGUMENT, KERN_RESOURCE_SHORTAGE.
 * Threads: any.    Since: 0.1
 */
MACH_API kern_return_t
mach_ports_lookup(task_t task, mach_port_array_t *ports, mach_msg_type_number_t *count);

#ifdef __cplusplus
}
#endif

#endif /* _MACH_TASK_H_ */
