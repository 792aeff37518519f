/* mach-set.c - port sets: receiving from whichever port has a message. */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "fd-private.h"
#include "mach-private.h"

/* That one port is in one set; in the list of each. */
struct member {
	struct set *set;
	struct receive *receive;
	struct member *next_in_set, *next_in_receive;
};

int
set_create(struct set **ret)
{
	struct set *set = calloc(1, sizeof(*set));
	int r;

	if (!set)
		return -ENOMEM;
	set->waitable = (struct waitable){ .references = 1, .epoll = -1, .bell = -1 };
	r = waitable_prepare(&set->waitable);
	if (r < 0) {
		free(set);
		return r;
	}
	*ret = set;
	return 0;
}

void
set_unref(struct set *set)
{
	if (--set->waitable.references > 0)
		return;
	fd_close(set->waitable.epoll);
	fd_close(set->waitable.bell);
	free(set);
}

static struct member *
find_member(const struct set *set, const struct receive *receive)
{
	struct member *member = set->members;

	while (member && member->receive != receive)
		member = member->next_in_set;
	return member;
}

bool
set_has(const struct set *set, const struct receive *receive)
{
	return find_member(set, receive) != NULL;
}

unsigned
receive_count_sets(const struct receive *receive)
{
	unsigned count = 0;

	for (struct member *member = receive->members; member; member = member->next_in_receive)
		count++;
	return count;
}

static int
add_member(struct set *set, struct receive *receive)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = receive };
	struct member *member = calloc(1, sizeof(*member));
	int r;

	if (!member)
		return -ENOMEM;
	r = receive_prepare_wait(receive);
	if (r == 0 && epoll_ctl(set->waitable.epoll, EPOLL_CTL_ADD, receive->waitable.epoll, &event) < 0)
		r = -errno;
	if (r < 0) {
		free(member);
		return r;
	}
	*member = (struct member){ set, receive, set->members, receive->members };
	set->members = receive->members = member;
	return 0;
}

static void
remove_member(struct member *member)
{
	struct member **in_set = &member->set->members, **in_receive = &member->receive->members;

	while (*in_set != member)
		in_set = &(*in_set)->next_in_set;
	*in_set = member->next_in_set;
	while (*in_receive != member)
		in_receive = &(*in_receive)->next_in_receive;
	*in_receive = member->next_in_receive;
	epoll_ctl(member->set->waitable.epoll, EPOLL_CTL_DEL, member->receive->waitable.epoll, NULL);
	free(member);
}

void
receive_leave_sets(struct receive *receive)
{
	while (receive->members)
		remove_member(receive->members);
}

void
set_empty(struct set *set)
{
	while (set->members)
		remove_member(set->members);
}

int
set_next(struct set *set, struct transom_message **message, struct receive **ret)
{
	struct epoll_event events[8];
	int n = epoll_wait(set->waitable.epoll, events, 8, 0);

	for (int i = 0; i < n; i++) {
		struct receive *receive = events[i].data.ptr;
		int r;

		/* A port that ended while another one was looked at has left the set. */
		if (!receive || !set_has(set, receive))
			continue;
		r = receive_next(receive, message);
		if (r != -EAGAIN) {
			*ret = receive;
			return r;
		}
	}
	return -EAGAIN;
}

void
set_visit(struct set *set, void (*visit)(struct receive *receive))
{
	for (struct member *member = set->members; member; member = member->next_in_set)
		visit(member->receive);
}

/* Both names, or what is wrong with them. */
static kern_return_t
find_both(ipc_space_t task, mach_port_name_t name, mach_port_name_t set, struct receive **ret_receive,
	  struct set **ret_set)
{
	struct entry *port = space_find(name), *group = space_find(set);

	if (task != mach_task_self_)
		return KERN_INVALID_TASK;
	if (!port || !group)
		return KERN_INVALID_NAME;
	if (!port->receive || group->kind != ENTRY_SET)
		return KERN_INVALID_RIGHT;
	*ret_receive = port->receive;
	*ret_set = group->set;
	return KERN_SUCCESS;
}

kern_return_t
mach_port_insert_member(ipc_space_t task, mach_port_name_t name, mach_port_name_t set_name)
{
	struct receive *receive;
	struct set *set;
	kern_return_t kr;

	space_lock();
	kr = find_both(task, name, set_name, &receive, &set);
	if (kr == KERN_SUCCESS && set_has(set, receive))
		kr = KERN_ALREADY_IN_SET;
	if (kr == KERN_SUCCESS && add_member(set, receive) < 0)
		kr = KERN_RESOURCE_SHORTAGE;
	space_unlock();
	return kr;
}

kern_return_t
mach_port_extract_member(ipc_space_t task, mach_port_name_t name, mach_port_name_t set_name)
{
	struct receive *receive;
	struct set *set;
	kern_return_t kr;

	space_lock();
	kr = find_both(task, name, set_name, &receive, &set);
	if (kr == KERN_SUCCESS && !set_has(set, receive))
		kr = KERN_NOT_IN_SET;
	if (kr == KERN_SUCCESS)
		remove_member(find_member(set, receive));
	space_unlock();
	return kr;
}

static kern_return_t
leave_all(mach_port_name_t name)
{
	struct entry *port = space_find(name);

	if (!port)
		return KERN_INVALID_NAME;
	if (!port->receive)
		return KERN_INVALID_RIGHT;
	if (!port->receive->members)
		return KERN_NOT_IN_SET;
	receive_leave_sets(port->receive);
	return KERN_SUCCESS;
}

kern_return_t
mach_port_move_member(ipc_space_t task, mach_port_name_t member, mach_port_name_t after)
{
	struct receive *receive;
	struct set *set;
	kern_return_t kr;

	space_lock();
	if (after == MACH_PORT_NULL) {
		kr = task == mach_task_self_ ? leave_all(member) : KERN_INVALID_TASK;
		space_unlock();
		return kr;
	}
	kr = find_both(task, member, after, &receive, &set);
	if (kr == KERN_SUCCESS) {
		bool was_in = set_has(set, receive);

		for (struct member *at = receive->members, *next; at; at = next) {
			next = at->next_in_receive;
			if (at->set != set)
				remove_member(at);
		}
		if (!was_in && add_member(set, receive) < 0)
			kr = KERN_RESOURCE_SHORTAGE;
	}
	space_unlock();
	return kr;
}

kern_return_t
mach_port_get_set_status(ipc_space_t task, mach_port_name_t name, mach_port_name_array_t *members,
			 mach_msg_type_number_t *members_count)
{
	kern_return_t kr = KERN_SUCCESS;
	vm_address_t array = 0;
	struct entry *entry;
	unsigned count = 0;

	if (!members || !members_count)
		return KERN_INVALID_ARGUMENT;
	if (task != mach_task_self_)
		return KERN_INVALID_TASK;
	space_lock();
	entry = space_find(name);
	if (!entry)
		kr = KERN_INVALID_NAME;
	else if (entry->kind != ENTRY_SET)
		kr = KERN_INVALID_RIGHT;
	for (struct member *at = kr ? NULL : entry->set->members; at; at = at->next_in_set)
		count++;
	if (count &&
	    vm_allocate(mach_task_self_, &array, count * sizeof(mach_port_name_t), VM_FLAGS_ANYWHERE))
		kr = KERN_RESOURCE_SHORTAGE;
	if (kr == KERN_SUCCESS) {
		*members = (mach_port_name_t *)array;
		*members_count = count;
		for (struct member *at = entry->set->members; at; at = at->next_in_set)
			*(mach_port_name_t *)array = at->receive->entry->name,
					   array += sizeof(mach_port_name_t);
	}
	space_unlock();
	return kr;
}
