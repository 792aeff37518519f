/* mach-port.c - the calls upon one name: making, counting, telling of and giving up rights; inserting is not here. */
#include "mach-private.h"

kern_return_t
name_enter(ipc_space_t task, mach_port_name_t name, struct entry **ret)
{
	if (task != mach_task_self_)
		return KERN_INVALID_TASK;
	space_lock();
	*ret = space_find(name);
	if (*ret) {
		entry_refresh(*ret);
		return KERN_SUCCESS;
	}
	space_unlock();
	return KERN_INVALID_NAME;
}

kern_return_t
name_leave(kern_return_t kr)
{
	space_unlock();
	return kr;
}

static kern_return_t
allocate(mach_port_right_t right, mach_port_name_t wish, mach_port_name_t *ret)
{
	struct entry *entry = NULL;
	kern_return_t kr = KERN_SUCCESS;

	switch (right) {
	case MACH_PORT_RIGHT_RECEIVE:
		kr = entry_create_port(wish, &entry);
		break;
	case MACH_PORT_RIGHT_DEAD_NAME:
		entry = space_add(ENTRY_DEAD, wish);
		if (entry)
			entry->urefs = 1;
		break;
	case MACH_PORT_RIGHT_PORT_SET: {
		struct set *set;

		if (set_create(&set) < 0)
			return KERN_RESOURCE_SHORTAGE;
		entry = space_add(ENTRY_SET, wish);
		if (entry)
			entry->set = set;
		else
			set_unref(set);
		break;
	}
	default:
		return KERN_INVALID_VALUE;
	}
	if (!entry)
		return kr ? kr : KERN_RESOURCE_SHORTAGE;
	*ret = entry->name;
	return KERN_SUCCESS;
}

kern_return_t
mach_port_allocate(ipc_space_t task, mach_port_right_t right, mach_port_name_t *name)
{
	if (!name)
		return KERN_INVALID_ARGUMENT;
	if (task != mach_task_self_)
		return KERN_INVALID_TASK;
	space_lock();
	return name_leave(allocate(right, MACH_PORT_NULL, name));
}

kern_return_t
mach_port_allocate_name(ipc_space_t task, mach_port_right_t right, mach_port_name_t name)
{
	if (task != mach_task_self_)
		return KERN_INVALID_TASK;
	if (!space_name_is_usable(name))
		return KERN_INVALID_VALUE;
	space_lock();
	return name_leave(space_find(name) ? KERN_NAME_EXISTS : allocate(right, name, &name));
}

mach_port_t
mach_reply_port(void)
{
	mach_port_t name = MACH_PORT_NULL;

	mach_port_allocate(mach_task_self_, MACH_PORT_RIGHT_RECEIVE, &name);
	return name;
}

kern_return_t
mach_port_deallocate(ipc_space_t task, mach_port_name_t name)
{
	struct entry *entry;
	kern_return_t kr = name_enter(task, name, &entry);

	if (kr != KERN_SUCCESS)
		return kr;
	if (entry->kind == ENTRY_SET || entry->urefs == 0)
		return name_leave(KERN_INVALID_RIGHT);
	entry_drop(entry, 1);
	return name_leave(KERN_SUCCESS);
}

kern_return_t
mach_port_destroy(ipc_space_t task, mach_port_name_t name)
{
	struct entry *entry;
	kern_return_t kr = name_enter(task, name, &entry);

	if (kr != KERN_SUCCESS)
		return kr;
	if (entry->kind == ENTRY_TASK || entry->kind == ENTRY_BOOTSTRAP)
		return name_leave(KERN_SUCCESS);
	if (entry->receive && entry->receive->guarded)
		return name_leave(KERN_INVALID_RIGHT);
	if (entry->receive) {
		entry->urefs = 0; /* the name goes with it */
		entry_destroy_receive(entry);
	} else {
		space_remove(entry);
	}
	return name_leave(KERN_SUCCESS);
}

mach_port_right_t
entry_counted_right(const struct entry *entry)
{
	switch (entry->kind) {
	case ENTRY_SEND_ONCE:
		return MACH_PORT_RIGHT_SEND_ONCE;
	case ENTRY_DEAD:
		return MACH_PORT_RIGHT_DEAD_NAME;
	case ENTRY_SET:
		return MACH_PORT_RIGHT_NUMBER;
	default:
		return entry->urefs > 0 ? MACH_PORT_RIGHT_SEND : MACH_PORT_RIGHT_NUMBER;
	}
}

static uint32_t
count_refs(const struct entry *entry, mach_port_right_t right)
{
	if (right == MACH_PORT_RIGHT_RECEIVE)
		return entry->receive ? 1 : 0;
	if (right == MACH_PORT_RIGHT_PORT_SET)
		return entry->kind == ENTRY_SET ? 1 : 0;
	return entry_counted_right(entry) == right ? entry->urefs : 0;
}

kern_return_t
mach_port_get_refs(ipc_space_t task, mach_port_name_t name, mach_port_right_t right, mach_port_urefs_t *refs)
{
	struct entry *entry;
	kern_return_t kr;

	if (!refs)
		return KERN_INVALID_ARGUMENT;
	if (right >= MACH_PORT_RIGHT_NUMBER)
		return KERN_INVALID_VALUE;
	kr = name_enter(task, name, &entry);
	if (kr != KERN_SUCCESS)
		return kr;
	*refs = count_refs(entry, right);
	return name_leave(KERN_SUCCESS);
}

/* Receive rights and sets have one reference. */
static kern_return_t
change_single(struct entry *entry, mach_port_delta_t delta)
{
	if (delta == 0)
		return KERN_SUCCESS;
	if (delta != -1)
		return KERN_INVALID_VALUE;
	if (entry->kind == ENTRY_SET)
		space_remove(entry);
	else if (entry->receive->guarded)
		return KERN_INVALID_RIGHT;
	else
		entry_destroy_receive(entry);
	return KERN_SUCCESS;
}

kern_return_t
mach_port_mod_refs(ipc_space_t task, mach_port_name_t name, mach_port_right_t right, mach_port_delta_t delta)
{
	struct entry *entry;
	uint32_t refs;
	kern_return_t kr;

	if (right >= MACH_PORT_RIGHT_NUMBER)
		return KERN_INVALID_VALUE;
	kr = name_enter(task, name, &entry);
	if (kr != KERN_SUCCESS)
		return kr;
	refs = count_refs(entry, right);
	if (refs == 0)
		return name_leave(KERN_INVALID_RIGHT);
	if (right == MACH_PORT_RIGHT_RECEIVE || right == MACH_PORT_RIGHT_PORT_SET)
		return name_leave(change_single(entry, delta));
	if (delta > 0)
		return name_leave(right == MACH_PORT_RIGHT_SEND_ONCE ? KERN_INVALID_VALUE
								     : entry_raise(entry, (uint32_t)delta));
	if ((uint32_t) - (int64_t)delta > refs)
		return name_leave(KERN_INVALID_VALUE);
	if (delta < 0)
		entry_drop(entry, (uint32_t) - (int64_t)delta);
	return name_leave(KERN_SUCCESS);
}

static mach_port_type_t
type_of(const struct entry *entry)
{
	mach_port_right_t counted = entry_counted_right(entry);
	mach_port_type_t type = counted == MACH_PORT_RIGHT_NUMBER ? 0 : MACH_PORT_TYPE(counted);

	if (entry->receive)
		type |= MACH_PORT_TYPE_RECEIVE;
	if (entry->kind == ENTRY_SET)
		type |= MACH_PORT_TYPE_PORT_SET;
	if (entry->dead.notify)
		type |= MACH_PORT_TYPE_DNREQUEST;
	if (entry->dead.notify && entry->dead.possible)
		type |= MACH_PORT_TYPE_SPREQUEST | (entry->dead.armed ? 0 : MACH_PORT_TYPE_SPREQUEST_DELAYED);
	return type;
}

kern_return_t
mach_port_type(ipc_space_t task, mach_port_name_t name, mach_port_type_t *type)
{
	struct entry *entry;
	kern_return_t kr;

	if (!type)
		return KERN_INVALID_ARGUMENT;
	kr = name_enter(task, name, &entry);
	if (kr != KERN_SUCCESS)
		return kr;
	*type = type_of(entry);
	return name_leave(KERN_SUCCESS);
}

struct listing {
	unsigned count, room;
	mach_port_name_t *names;
	mach_port_type_t *types;
};

static void
list_one(struct entry *entry, void *argument)
{
	struct listing *listing = argument;

	if (listing->names && listing->count < listing->room) {
		entry_refresh(entry);
		listing->names[listing->count] = entry->name;
		listing->types[listing->count] = type_of(entry);
	}
	listing->count++;
}

kern_return_t
mach_port_names(ipc_space_t task, mach_port_name_array_t *names, mach_msg_type_number_t *names_count,
		mach_port_type_array_t *types, mach_msg_type_number_t *types_count)
{
	struct listing listing = { 0 };
	vm_address_t arrays[2];
	vm_size_t size;

	if (!names || !names_count || !types || !types_count)
		return KERN_INVALID_ARGUMENT;
	if (task != mach_task_self_)
		return KERN_INVALID_TASK;
	space_lock();
	space_visit(list_one, &listing);
	size = listing.count * sizeof(mach_port_name_t);
	if (vm_allocate(task, &arrays[0], size, VM_FLAGS_ANYWHERE))
		return name_leave(KERN_RESOURCE_SHORTAGE);
	if (vm_allocate(task, &arrays[1], size, VM_FLAGS_ANYWHERE)) {
		vm_deallocate(task, arrays[0], size);
		return name_leave(KERN_RESOURCE_SHORTAGE);
	}
	listing = (struct listing){ 0, listing.count, (mach_port_name_t *)arrays[0],
				    (mach_port_type_t *)arrays[1] };
	space_visit(list_one, &listing);
	*names = listing.names;
	*types = listing.types;
	*names_count = *types_count = listing.count;
	return name_leave(KERN_SUCCESS);
}

kern_return_t
mach_port_rename(ipc_space_t task, mach_port_name_t old_name, mach_port_name_t new_name)
{
	struct entry *entry;
	kern_return_t kr;

	if (!space_name_is_usable(new_name))
		return KERN_INVALID_VALUE;
	kr = name_enter(task, old_name, &entry);
	if (kr != KERN_SUCCESS)
		return kr;
	if (space_find(new_name))
		return name_leave(KERN_NAME_EXISTS);
	if (entry->kind == ENTRY_TASK || entry->kind == ENTRY_BOOTSTRAP)
		return name_leave(KERN_INVALID_RIGHT);
	space_rename(entry, new_name);
	return name_leave(KERN_SUCCESS);
}
