/*
 * mach_init.h - what a task has from its beginning.
 */
#ifndef _MACH_MACH_INIT_H_
#define _MACH_MACH_INIT_H_

#include <mach/mach_api.h>
#include <mach/mach_types.h>
#include <mach/vm_page_size.h>

#ifdef __cplusplus
extern "C" {
#endif
MACH_API mach_port_t mach_task_self_;
#define mach_task_self() mach_task_self_
#define current_task() mach_task_self()

/** The bootstrap port that this task had at its beginning; a child of fork has its own name for it. */
MACH_API mach_port_t bootstrap_port;

/** A new receive right, to get replies by. MACH_PORT_NULL if there can be none. */
MACH_API mach_port_t
mach_reply_port(void);

#ifdef __cplusplus
}
#endif

#endif /* _MACH_MACH_INIT_H_ */
