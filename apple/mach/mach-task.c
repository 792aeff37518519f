/* mach-task.c - the special and the registered ports of a task, which its children inherit. */
#include <string.h>

#include "fd-private.h"
#include "mach-private.h"

/* A send right that the task has beside its names. Nothing: the port is MACH_PORT_NULL. */
struct kept {
	struct end *end;
	bool names; /* the namespace itself */
};

static struct kept special[TASK_MAX_SPECIAL_PORT + 1] = { [TASK_BOOTSTRAP_PORT] = { NULL, true } };
static struct kept registered[TASK_PORT_REGISTER_MAX];

/* The name of a kept right, one reference more. */
static kern_return_t
name_kept(const struct kept *kept, mach_port_t *ret)
{
	struct entry *entry;
	kern_return_t kr;
	int fd;

	*ret = MACH_PORT_NULL;
	if (kept->names) {
		*ret = BOOTSTRAP_NAME;
		return KERN_SUCCESS;
	}
	if (!kept->end)
		return KERN_SUCCESS;
	if (transom_port_is_dead_name(kept->end->fd)) {
		*ret = MACH_PORT_DEAD;
		return KERN_SUCCESS;
	}
	if (fd_dup(kept->end->fd, &fd) < 0)
		return KERN_RESOURCE_SHORTAGE;
	kr = entry_for_send(fd, &entry);
	if (kr == KERN_SUCCESS)
		*ret = entry->name;
	return kr;
}

/* A copy of the send right that a name stands for. */
static kern_return_t
keep(mach_port_t name, struct kept *ret)
{
	struct entry *entry;
	int fd;

	*ret = (struct kept){ 0 };
	if (!MACH_PORT_VALID(name))
		return KERN_SUCCESS;
	entry = space_find(name);
	if (!entry)
		return KERN_INVALID_NAME;
	entry_refresh(entry);
	if (entry->kind == ENTRY_BOOTSTRAP) {
		ret->names = true;
		return KERN_SUCCESS;
	}
	if (entry->kind != ENTRY_PORT || entry->urefs == 0)
		return KERN_INVALID_RIGHT;
	/* A descriptor of its own: the name may be given up, and a child keeps this one alone. */
	if (fd_dup(entry->send->fd, &fd) < 0)
		return KERN_RESOURCE_SHORTAGE;
	ret->end = end_create(fd);
	return ret->end ? KERN_SUCCESS : KERN_RESOURCE_SHORTAGE;
}

static void
replace(struct kept *kept, struct kept with)
{
	end_unref(kept->end);
	*kept = with;
}

kern_return_t
task_get_special_port(task_t task, int which, mach_port_t *special_port)
{
	kern_return_t kr;

	if (task != mach_task_self_)
		return KERN_INVALID_TASK;
	if (!special_port || which < TASK_KERNEL_PORT || which > TASK_MAX_SPECIAL_PORT)
		return KERN_INVALID_ARGUMENT;
	if (which == TASK_KERNEL_PORT || which == TASK_NAME_PORT) {
		*special_port = mach_task_self_;
		return KERN_SUCCESS;
	}
	space_lock();
	kr = name_kept(&special[which], special_port);
	space_unlock();
	return kr;
}

kern_return_t
task_set_special_port(task_t task, int which, mach_port_t special_port)
{
	struct kept kept;
	kern_return_t kr;

	if (task != mach_task_self_)
		return KERN_INVALID_TASK;
	if (which <= TASK_KERNEL_PORT || which > TASK_MAX_SPECIAL_PORT || which == TASK_NAME_PORT)
		return KERN_INVALID_ARGUMENT;
	space_lock();
	kr = keep(special_port, &kept);
	if (kr == KERN_SUCCESS)
		replace(&special[which], kept);
	space_unlock();
	return kr;
}

kern_return_t
mach_ports_register(task_t task, mach_port_array_t ports, mach_msg_type_number_t count)
{
	struct kept kept[TASK_PORT_REGISTER_MAX];
	kern_return_t kr = KERN_SUCCESS;
	unsigned i;

	if (task != mach_task_self_)
		return KERN_INVALID_TASK;
	if (count > TASK_PORT_REGISTER_MAX || (count && !ports))
		return KERN_INVALID_ARGUMENT;
	memset(kept, 0, sizeof(kept));
	space_lock();
	for (i = 0; kr == KERN_SUCCESS && i < count; i++)
		kr = keep(ports[i], &kept[i]);
	for (i = 0; i < TASK_PORT_REGISTER_MAX; i++)
		if (kr == KERN_SUCCESS)
			replace(&registered[i], kept[i]);
		else
			end_unref(kept[i].end);
	space_unlock();
	return kr;
}

kern_return_t
mach_ports_lookup(task_t task, mach_port_array_t *ports, mach_msg_type_number_t *count)
{
	kern_return_t kr = KERN_SUCCESS;
	vm_address_t array;

	if (task != mach_task_self_)
		return KERN_INVALID_TASK;
	if (!ports || !count)
		return KERN_INVALID_ARGUMENT;
	if (vm_allocate(task, &array, sizeof(mach_port_t) * TASK_PORT_REGISTER_MAX, VM_FLAGS_ANYWHERE))
		return KERN_RESOURCE_SHORTAGE;
	space_lock();
	for (unsigned i = 0; kr == KERN_SUCCESS && i < TASK_PORT_REGISTER_MAX; i++)
		kr = name_kept(&registered[i], (mach_port_t *)array + i);
	space_unlock();
	if (kr != KERN_SUCCESS) {
		vm_deallocate(task, array, sizeof(mach_port_t) * TASK_PORT_REGISTER_MAX);
		return kr;
	}
	*ports = (mach_port_t *)array;
	*count = TASK_PORT_REGISTER_MAX;
	return KERN_SUCCESS;
}

void
special_ports_inherit(void)
{
	if (name_kept(&special[TASK_BOOTSTRAP_PORT], &bootstrap_port) != KERN_SUCCESS)
		bootstrap_port = MACH_PORT_NULL;
}
