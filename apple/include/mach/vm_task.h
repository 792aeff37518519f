/*
 * vm_task.h - the calls upon memory, under their older header.
 */
#ifndef _MACH_VM_TASK_H_
#define _MACH_VM_TASK_H_

#include <mach/vm_map.h>

#endif /* _MACH_VM_TASK_H_ */
