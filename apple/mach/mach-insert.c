/* mach-insert.c - rights put under names and taken from them, and ports that are made with rights at once. */
#include "mach-message-private.h"

/* A send-once right gets a name of its own. */
static kern_return_t
insert_once(struct entry *entry, mach_port_name_t name, mach_msg_type_name_t type)
{
	struct end *end;

	if (type == MACH_MSG_TYPE_MAKE_SEND_ONCE) {
		if (!entry->receive)
			return KERN_INVALID_RIGHT;
		if (space_find(name))
			return KERN_NAME_EXISTS;
		if (receive_add_once(entry->receive, &end) < 0)
			return KERN_RESOURCE_SHORTAGE;
		return entry_for_once(end, name, &entry);
	}
	if (entry->kind != ENTRY_SEND_ONCE)
		return KERN_INVALID_RIGHT;
	if (entry->name == name)
		return KERN_SUCCESS;
	if (space_find(name))
		return KERN_NAME_EXISTS;
	space_rename(entry, name);
	return KERN_SUCCESS;
}

static kern_return_t
insert_send(struct entry *entry, mach_msg_type_name_t type)
{
	kern_return_t kr;
	struct end *end;

	if (type == MACH_MSG_TYPE_MAKE_SEND) {
		if (!entry->receive)
			return KERN_INVALID_RIGHT;
		if (entry_get_maker(entry, &end) < 0)
			return KERN_RESOURCE_SHORTAGE;
		kr = entry_raise(entry, 1);
		if (kr == KERN_SUCCESS)
			entry->receive->mscount++;
		return kr;
	}
	if (entry_counted_right(entry) != MACH_PORT_RIGHT_SEND)
		return KERN_INVALID_RIGHT;
	return type == MACH_MSG_TYPE_COPY_SEND ? entry_raise(entry, 1) : KERN_SUCCESS; /* moved to itself */
}

static kern_return_t
insert_right(mach_port_name_t name, mach_port_t poly, mach_msg_type_name_t type)
{
	struct entry *entry;

	if (!MACH_MSG_TYPE_PORT_ANY(type))
		return KERN_INVALID_VALUE;
	if (!space_name_is_usable(name))
		return KERN_INVALID_VALUE;
	entry = MACH_PORT_VALID(poly) ? space_find(poly) : NULL;
	if (!entry)
		return KERN_INVALID_CAPABILITY;
	entry_refresh(entry);
	if (type == MACH_MSG_TYPE_MAKE_SEND_ONCE || type == MACH_MSG_TYPE_MOVE_SEND_ONCE)
		return insert_once(entry, name, type);
	if (entry->kind == ENTRY_SEND_ONCE || entry->kind == ENTRY_SET || entry->kind == ENTRY_DEAD)
		return KERN_INVALID_RIGHT;
	if (name != poly)
		return KERN_RIGHT_EXISTS;
	if (type == MACH_MSG_TYPE_MOVE_RECEIVE)
		return entry->receive ? KERN_SUCCESS : KERN_INVALID_RIGHT;
	return insert_send(entry, type);
}

kern_return_t
mach_port_insert_right(ipc_space_t task, mach_port_name_t name, mach_port_t poly,
		       mach_msg_type_name_t poly_type)
{
	if (task != mach_task_self_)
		return KERN_INVALID_TASK;
	space_lock();
	return name_leave(insert_right(name, poly, poly_type));
}

/*
 * What is extracted stays in this task, under the name that its port has here: a send right is one reference
 * more, or none more if it is moved.
 */
static kern_return_t
extract_right(struct entry *entry, mach_msg_type_name_t type, mach_port_t *poly)
{
	kern_return_t kr;
	struct end *end;

	*poly = entry->name;
	switch (type) {
	case MACH_MSG_TYPE_MOVE_RECEIVE:
		return entry->receive ? KERN_SUCCESS : KERN_INVALID_RIGHT;
	case MACH_MSG_TYPE_MAKE_SEND_ONCE:
		if (!entry->receive)
			return KERN_INVALID_RIGHT;
		if (receive_add_once(entry->receive, &end) < 0)
			return KERN_RESOURCE_SHORTAGE;
		kr = entry_for_once(end, MACH_PORT_NULL, &entry);
		if (kr == KERN_SUCCESS)
			*poly = entry->name;
		return kr;
	case MACH_MSG_TYPE_MOVE_SEND_ONCE:
		return entry->kind == ENTRY_SEND_ONCE ? KERN_SUCCESS : KERN_INVALID_RIGHT;
	default:
		if (entry->kind == ENTRY_DEAD && type != MACH_MSG_TYPE_MAKE_SEND) {
			*poly = MACH_PORT_DEAD;
			if (type == MACH_MSG_TYPE_MOVE_SEND)
				entry_drop(entry, 1);
			return KERN_SUCCESS;
		}
		return insert_send(entry, type);
	}
}

kern_return_t
mach_port_extract_right(ipc_space_t task, mach_port_name_t name, mach_msg_type_name_t type, mach_port_t *poly,
			mach_msg_type_name_t *poly_type)
{
	struct entry *entry;
	kern_return_t kr;

	if (!poly || !poly_type)
		return KERN_INVALID_ARGUMENT;
	if (!MACH_MSG_TYPE_PORT_ANY(type))
		return KERN_INVALID_VALUE;
	kr = name_enter(task, name, &entry);
	if (kr != KERN_SUCCESS)
		return kr;
	kr = extract_right(entry, type, poly);
	if (kr == KERN_SUCCESS)
		*poly_type = disposition_result(type);
	return name_leave(kr);
}

kern_return_t
mach_port_construct(ipc_space_t task, mach_port_options_ptr_t options, mach_port_context_t context,
		    mach_port_name_t *name)
{
	const uint32_t known = MPO_CONTEXT_AS_GUARD | MPO_QLIMIT | MPO_TEMPOWNER | MPO_IMPORTANCE_RECEIVER |
			       MPO_INSERT_SEND_RIGHT | MPO_STRICT | MPO_DENAP_RECEIVER;
	mach_port_options_t chosen;
	struct entry *entry;
	kern_return_t kr;

	if (!options || !name)
		return KERN_INVALID_ARGUMENT;
	chosen = *options;
	if (task != mach_task_self_)
		return KERN_INVALID_TASK;
	if (chosen.flags & ~known)
		return KERN_INVALID_ARGUMENT;
	if (chosen.flags & MPO_QLIMIT && chosen.mpl.mpl_qlimit > MACH_PORT_QLIMIT_MAX)
		return KERN_INVALID_VALUE;
	space_lock();
	kr = entry_create_port(MACH_PORT_NULL, &entry);
	if (kr != KERN_SUCCESS)
		return name_leave(kr);
	entry->receive->context = context;
	entry->receive->guarded = chosen.flags & MPO_CONTEXT_AS_GUARD;
	entry->receive->strict = chosen.flags & MPO_STRICT;
	if (chosen.flags & MPO_QLIMIT) {
		entry->receive->limit = chosen.mpl.mpl_qlimit;
		gauge_set_limit(entry->receive->queues->gauge, entry->receive->limit);
	}
	if (chosen.flags & MPO_INSERT_SEND_RIGHT)
		insert_send(entry, MACH_MSG_TYPE_MAKE_SEND);
	*name = entry->name;
	return name_leave(KERN_SUCCESS);
}

kern_return_t
mach_port_destruct(ipc_space_t task, mach_port_name_t name, mach_port_delta_t send_delta,
		   mach_port_context_t guard)
{
	struct entry *entry;
	kern_return_t kr = name_enter(task, name, &entry);
	int64_t dropped = -(int64_t)send_delta;

	if (kr != KERN_SUCCESS)
		return kr;
	if (!entry->receive)
		return name_leave(KERN_INVALID_RIGHT);
	if (entry->receive->guarded && entry->receive->context != guard)
		return name_leave(KERN_INVALID_ARGUMENT);
	if (dropped < 0)
		return name_leave(KERN_INVALID_VALUE);
	if (dropped > 0 && entry->urefs == 0)
		return name_leave(KERN_INVALID_RIGHT);
	if (dropped > entry->urefs)
		return name_leave(KERN_INVALID_VALUE);
	entry->urefs -= (uint32_t)dropped;
	entry_destroy_receive(entry);
	return name_leave(KERN_SUCCESS);
}
