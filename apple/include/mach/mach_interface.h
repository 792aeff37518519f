/*
 * mach_interface.h - all calls upon the task itself.
 */
#ifndef _MACH_INTERFACE_H_
#define _MACH_INTERFACE_H_

#include <mach/mach_port.h>
#include <mach/mach_vm.h>
#include <mach/notify.h>
#include <mach/task.h>
#include <mach/vm_map.h>

#endif /* _MACH_INTERFACE_H_ */
