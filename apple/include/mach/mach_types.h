/*
 * mach_types.h - the types of Mach's calls, all of them.
 */
#ifndef _MACH_MACH_TYPES_H_
#define _MACH_MACH_TYPES_H_

#include <stdint.h>

#include <mach/boolean.h>
#include <mach/kern_return.h>
#include <mach/message.h>
#include <mach/notify.h>
#include <mach/port.h>
#include <mach/task_special_ports.h>
#include <mach/vm_inherit.h>
#include <mach/vm_prot.h>
#include <mach/vm_statistics.h>
#include <mach/vm_types.h>

typedef mach_port_t task_t;
typedef mach_port_t task_name_t;
typedef mach_port_t task_inspect_t;
typedef mach_port_t task_read_t;
typedef mach_port_t task_id_token_t;
typedef mach_port_t vm_task_entry_t;
typedef mach_port_t vm_map_t;
typedef mach_port_t mem_entry_name_port_t;
typedef mach_port_t host_t;
typedef mach_port_t thread_t;
typedef mach_port_t thread_act_t;
typedef mach_port_t semaphore_t;

#define TASK_NULL ((task_t)0)
#define VM_MAP_NULL ((vm_map_t)0)

#endif /* _MACH_MACH_TYPES_H_ */
