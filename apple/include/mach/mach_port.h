/*
 * mach_port.h - the calls upon names and rights of this task.
 */
#ifndef _MACH_MACH_PORT_H_
#define _MACH_MACH_PORT_H_

#include <mach/mach_api.h>
#include <mach/mach_types.h>

#ifdef __cplusplus
extern "C" {
#endif
/*
 * The first argument of each call is mach_task_self(): there is no right to another task here, so that
 * anything else is KERN_INVALID_TASK. Errors that all of them have: KERN_INVALID_NAME the name stands for
 * nothing, KERN_INVALID_RIGHT it has no right of the kind needed, KERN_INVALID_ARGUMENT a NULL,
 * KERN_RESOURCE_SHORTAGE no memory or no file descriptor. Threads: any. Since: 0.1. None blocks.
 */

/**
 * Make a new right: MACH_PORT_RIGHT_RECEIVE, a port; MACH_PORT_RIGHT_PORT_SET; MACH_PORT_RIGHT_DEAD_NAME.
 *
 * Owns:    the right is the caller's.
 * Errors:  KERN_INVALID_VALUE another right.
 */
MACH_API kern_return_t
mach_port_allocate(ipc_space_t task, mach_port_right_t right, mach_port_name_t *name);

/**
 * As mach_port_allocate(), under a name that the caller chooses.
 *
 * Errors:  KERN_NAME_EXISTS, KERN_INVALID_VALUE not usable as a name.
 */
MACH_API kern_return_t
mach_port_allocate_name(ipc_space_t task, mach_port_right_t right, mach_port_name_t name);

/** Drop one send, send-once or dead-name reference. */
MACH_API kern_return_t
mach_port_deallocate(ipc_space_t task, mach_port_name_t name);

/** Give up all that a name stands for. A port whose receive right goes dies, with what is queued. */
MACH_API kern_return_t
mach_port_destroy(ipc_space_t task, mach_port_name_t name);

/**
 * Add @delta to the references of one kind of right; at 0 the right is given up.
 *
 * Errors:  KERN_INVALID_VALUE no such kind, or fewer references than that; KERN_UREFS_OVERFLOW.
 */
MACH_API kern_return_t
mach_port_mod_refs(ipc_space_t task, mach_port_name_t name, mach_port_right_t right, mach_port_delta_t delta);

/** How many references a name has of one kind of right; 0 if it is of another kind. */
MACH_API kern_return_t
mach_port_get_refs(ipc_space_t task, mach_port_name_t name, mach_port_right_t right, mach_port_urefs_t *refs);

/** Which rights a name stands for: MACH_PORT_TYPE_... */
MACH_API kern_return_t
mach_port_type(ipc_space_t task, mach_port_name_t name, mach_port_type_t *type);

/**
 * All names of this task, and their types.
 *
 * Owns:    both arrays are the caller's, to be given up by vm_deallocate().
 */
MACH_API kern_return_t
mach_port_names(ipc_space_t task, mach_port_name_array_t *names, mach_msg_type_number_t *names_count,
		mach_port_type_array_t *types, mach_msg_type_number_t *types_count);

/** Give a right another name. Errors: KERN_NAME_EXISTS. */
MACH_API kern_return_t
mach_port_rename(ipc_space_t task, mach_port_name_t old_name, mach_port_name_t new_name);

/**
 * Make, copy or move the right of @poly as the disposition says, and give it the name @name. Rights to one
 * port have one name, so that @name is @poly but for send-once rights.
 *
 * Errors:  KERN_RIGHT_EXISTS the port has another name, KERN_NAME_EXISTS, KERN_INVALID_VALUE no
 *          disposition, KERN_UREFS_OVERFLOW, KERN_INVALID_CAPABILITY @poly is no port.
 */
MACH_API kern_return_t
mach_port_insert_right(ipc_space_t task, mach_port_name_t name, mach_port_t poly, mach_msg_type_name_t poly_type);

/** Take a right out of a name as the disposition says. */
MACH_API kern_return_t
mach_port_extract_right(ipc_space_t task, mach_port_name_t name, mach_msg_type_name_t type, mach_port_t *poly,
			mach_msg_type_name_t *poly_type);

/** Put a receive right into a port set. Errors: KERN_ALREADY_IN_SET. */
MACH_API kern_return_t
mach_port_insert_member(ipc_space_t task, mach_port_name_t name, mach_port_name_t set);

/** Take a receive right out of a port set. Errors: KERN_NOT_IN_SET. */
MACH_API kern_return_t
mach_port_extract_member(ipc_space_t task, mach_port_name_t name, mach_port_name_t set);

/** Take a receive right out of all port sets and put it into one; MACH_PORT_NULL: into none. */
MACH_API kern_return_t
mach_port_move_member(ipc_space_t task, mach_port_name_t member, mach_port_name_t after);

/**
 * The members of a port set.
 *
 * Owns:    the array is the caller's, to be given up by vm_deallocate().
 */
MACH_API kern_return_t
mach_port_get_set_status(ipc_space_t task, mach_port_name_t name, mach_port_name_array_t *members,
			 mach_msg_type_number_t *members_count);

/**
 * Ask for a message when a right changes: MACH_NOTIFY_DEAD_NAME, MACH_NOTIFY_NO_SENDERS,
 * MACH_NOTIFY_PORT_DESTROYED, MACH_NOTIFY_SEND_POSSIBLE. What was asked for before is called off. DEAD_NAME and
 * SEND_POSSIBLE are one request: a port that dies is told of either way, as a dead name. SEND_POSSIBLE with a
 * @sync of 0 waits for a message that finds the queue full, sent with MACH_SEND_NOTIFY.
 *
 * @param sync      NO_SENDERS: the make-send count that must be reached. DEAD_NAME, SEND_POSSIBLE: not 0:
 *                  tell at once if it is so already.
 * @param notify    Where to send it; MACH_PORT_NULL: nowhere.
 * @param notify_type MACH_MSG_TYPE_MAKE_SEND_ONCE or MACH_MSG_TYPE_MOVE_SEND_ONCE.
 * @param previous  The send-once right of the request before, or MACH_PORT_NULL.
 *
 * Owns:    @previous is the caller's.
 * Errors:  KERN_INVALID_VALUE no such notification, KERN_INVALID_CAPABILITY @notify is no such right.
 */
MACH_API kern_return_t
mach_port_request_notification(ipc_space_t task, mach_port_name_t name, mach_msg_id_t id,
			       mach_port_mscount_t sync, mach_port_t notify, mach_msg_type_name_t notify_type,
			       mach_port_t *previous);

/** MACH_PORT_LIMITS_INFO, MACH_PORT_RECEIVE_STATUS or MACH_PORT_DNREQUESTS_SIZE of a name. */
MACH_API kern_return_t
mach_port_get_attributes(ipc_space_t task, mach_port_name_t name, mach_port_flavor_t flavor,
			 mach_port_info_t info, mach_msg_type_number_t *info_count);

/** Set MACH_PORT_LIMITS_INFO; a queue limit above MACH_PORT_QLIMIT_MAX is KERN_INVALID_VALUE. */
MACH_API kern_return_t
mach_port_set_attributes(ipc_space_t task, mach_port_name_t name, mach_port_flavor_t flavor,
			 mach_port_info_t info, mach_msg_type_number_t info_count);

/** Set the make-send count of a receive right. */
MACH_API kern_return_t
mach_port_set_mscount(ipc_space_t task, mach_port_name_t name, mach_port_mscount_t count);

/** Set the sequence number that the next message will have. */
MACH_API kern_return_t
mach_port_set_seqno(ipc_space_t task, mach_port_name_t name, mach_port_seqno_t seqno);

/**
 * Look at the next message without taking it.
 *
 * @param trailer_type What trailer is wished for, as MACH_RCV_TRAILER_ELEMENTS() gives it.
 * @param seqno        In: which message, 0 for the first. Out: its sequence number.
 *
 * Errors:  KERN_FAILURE there is none.
 */
MACH_API kern_return_t
mach_port_peek(ipc_space_t task, mach_port_name_t name, mach_msg_trailer_type_t trailer_type,
	       mach_port_seqno_t *seqno, mach_msg_size_t *size, mach_msg_id_t *id, mach_msg_trailer_info_t trailer,
	       mach_msg_type_number_t *trailer_size);

/**
 * Make a port with options, of MPO_...
 *
 * @param context With MPO_CONTEXT_AS_GUARD the guard; else what mach_port_get_context() gives.
 *
 * Owns:    the receive right is the caller's, and one send right with MPO_INSERT_SEND_RIGHT.
 */
MACH_API kern_return_t
mach_port_construct(ipc_space_t task, mach_port_options_ptr_t options, mach_port_context_t context,
		    mach_port_name_t *name);

/**
 * Give up a receive right and @send_delta (0 or less) send rights of a name at once.
 *
 * Errors:  KERN_INVALID_ARGUMENT the guard is another.
 */
MACH_API kern_return_t
mach_port_destruct(ipc_space_t task, mach_port_name_t name, mach_port_delta_t send_delta,
		   mach_port_context_t guard);

/** Guard a receive right: it can then be given up by mach_port_destruct() with that guard only. */
MACH_API kern_return_t
mach_port_guard(ipc_space_t task, mach_port_name_t name, mach_port_context_t guard, boolean_t strict);

/** End that. Errors: KERN_INVALID_ARGUMENT not guarded, or by another guard. */
MACH_API kern_return_t
mach_port_unguard(ipc_space_t task, mach_port_name_t name, mach_port_context_t guard);

/** The number that was given to a receive right. */
MACH_API kern_return_t
mach_port_get_context(ipc_space_t task, mach_port_name_t name, mach_port_context_t *context);

/** Give a receive right a number. */
MACH_API kern_return_t
mach_port_set_context(ipc_space_t task, mach_port_name_t name, mach_port_context_t context);

#ifdef __cplusplus
}
#endif

#endif /* _MACH_MACH_PORT_H_ */
