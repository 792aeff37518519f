/*
 * mach.h - all of Mach: names, messages, memory.
 */
#ifndef _MACH_H_
#define _MACH_H_

#include <mach/mach_api.h>
#include <mach/mach_types.h>
#include <mach/mach_error.h>
#include <mach/mach_init.h>
#include <mach/mach_interface.h>
#include <mach/mach_port.h>
#include <mach/mig_errors.h>
#include <mach/vm_param.h>
#include <mach/vm_task.h>

#ifdef __cplusplus
extern "C" {
#endif
/**
 * Receive requests for ever, let @demux answer each, and send the answers. The reply is a
 * mig_reply_error_t: its RetCode, unless it is complex, says MIG_NO_REPLY to send none, or an error.
 *
 * @param demux    Fills the reply; false if it does not know the request.
 * @param max_size Bytes of the largest request and reply, without trailers.
 * @param rcv_name The receive right or port set.
 * @param options  Of mach_msg(), for the receives.
 *
 * Owns:    rights in requests that @demux refused are released.
 * Errors:  of mach_msg(), which end it; a reply that cannot be sent does not.
 * Blocks:  for ever.    Threads: any.    Since: 0.1
 */
MACH_API mach_msg_return_t
mach_msg_server(boolean_t (*demux)(mach_msg_header_t *request, mach_msg_header_t *reply),
		mach_msg_size_t max_size, mach_port_t rcv_name, mach_msg_options_t options);

/**
 * As mach_msg_server(), for one request.
 *
 * Owns:    as mach_msg_server().
 * Errors:  as mach_msg_server().
 * Blocks:  until there is one.    Threads: any.    Since: 0.1
 */
MACH_API mach_msg_return_t
mach_msg_server_once(boolean_t (*demux)(mach_msg_header_t *request, mach_msg_header_t *reply),
		     mach_msg_size_t max_size, mach_port_t rcv_name, mach_msg_options_t options);

#ifdef __cplusplus
}
#endif

#endif /* _MACH_H_ */
