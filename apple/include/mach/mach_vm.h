/*
 * mach_vm.h - memory of this task, by 64-bit addresses.
 */
#ifndef _MACH_MACH_VM_H_
#define _MACH_MACH_VM_H_

#include <mach/mach_api.h>
#include <mach/mach_types.h>

#ifdef __cplusplus
extern "C" {
#endif
/*
 * The first argument is mach_task_self(); anything else is KERN_INVALID_TASK. Addresses are rounded down
 * to a page, ends up. Threads: any. Since: 0.1.
 */

/**
 * Allocate memory of zeros.
 *
 * @param address With VM_FLAGS_FIXED where; else the result.
 * @param flags   VM_FLAGS_ANYWHERE or VM_FLAGS_FIXED, with VM_FLAGS_OVERWRITE also where memory is already.
 *
 * Owns:    the memory is the caller's, until mach_vm_deallocate().
 * Errors:  KERN_NO_SPACE, KERN_INVALID_ADDRESS, KERN_INVALID_ARGUMENT. 0 bytes are address 0.
 */
MACH_API kern_return_t
mach_vm_allocate(vm_map_t target, mach_vm_address_t *address, mach_vm_size_t size, int flags);

/** Give memory back, however it came. Errors: KERN_INVALID_ARGUMENT. */
MACH_API kern_return_t
mach_vm_deallocate(vm_map_t target, mach_vm_address_t address, mach_vm_size_t size);

/**
 * Say what may be done with memory.
 *
 * @param set_maximum Not 0: the most that may ever be. It is not kept here: KERN_SUCCESS if what may be
 *                    done now is less.
 *
 * Errors:  KERN_INVALID_ADDRESS, KERN_PROTECTION_FAILURE, KERN_INVALID_ARGUMENT.
 */
MACH_API kern_return_t
mach_vm_protect(vm_map_t target, mach_vm_address_t address, mach_vm_size_t size, boolean_t set_maximum, vm_prot_t protection);

/** Say what becomes of memory in children of fork: VM_INHERIT_COPY or VM_INHERIT_NONE. */
MACH_API kern_return_t
mach_vm_inherit(vm_map_t target, mach_vm_address_t address, mach_vm_size_t size, vm_inherit_t inheritance);

/**
 * Copy memory into new memory.
 *
 * Owns:    the new memory is the caller's.
 * Errors:  KERN_INVALID_ADDRESS, KERN_NO_SPACE.
 */
MACH_API kern_return_t
mach_vm_read(vm_map_t target, mach_vm_address_t address, mach_vm_size_t size, vm_offset_t *data, mach_msg_type_number_t *data_count);

/** Copy memory to @data. Errors: KERN_INVALID_ADDRESS, and @out_size as far as it went. */
MACH_API kern_return_t
mach_vm_read_overwrite(vm_map_t target, mach_vm_address_t address, mach_vm_size_t size, mach_vm_address_t data, mach_vm_size_t *out_size);

/** Copy @data to @address. Errors: KERN_INVALID_ADDRESS. */
MACH_API kern_return_t
mach_vm_write(vm_map_t target, mach_vm_address_t address, vm_offset_t data, mach_msg_type_number_t data_count);

/** Copy memory within this task. Errors: KERN_INVALID_ADDRESS. */
MACH_API kern_return_t
mach_vm_copy(vm_map_t target, mach_vm_address_t source, mach_vm_size_t size, mach_vm_address_t destination);

#ifdef __cplusplus
}
#endif

#endif /* _MACH_MACH_VM_H_ */
