/*
 * vm_param.h - the size of a page, and rounding to it.
 */
#ifndef _MACH_VM_PARAM_H_
#define _MACH_VM_PARAM_H_

#include <mach/vm_page_size.h>

#define mach_vm_round_page(x) (((mach_vm_offset_t)(x) + vm_page_mask) & ~((mach_vm_offset_t)vm_page_mask))
#define mach_vm_trunc_page(x) ((mach_vm_offset_t)(x) & ~((mach_vm_offset_t)vm_page_mask))
#define round_page(x) (((vm_offset_t)(x) + vm_page_mask) & ~((vm_offset_t)vm_page_mask))
#define trunc_page(x) ((vm_offset_t)(x) & ~((vm_offset_t)vm_page_mask))

#endif /* _MACH_VM_PARAM_H_ */
