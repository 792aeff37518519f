/*
 * vm_page_size.h - the size of a page of this machine.
 */
#ifndef _MACH_VM_PAGE_SIZE_H_
#define _MACH_VM_PAGE_SIZE_H_

#include <mach/mach_api.h>
#include <mach/vm_types.h>

#ifdef __cplusplus
extern "C" {
#endif
MACH_API vm_size_t vm_page_size;
MACH_API vm_size_t vm_page_mask;
MACH_API int vm_page_shift;

#ifdef __cplusplus
}
#endif

#endif /* _MACH_VM_PAGE_SIZE_H_ */
