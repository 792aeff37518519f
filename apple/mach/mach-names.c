/* mach-names.c - between descriptors and names, for programs; those of surfaces are mach-surface.c's. */
#include <errno.h>

#include <transom_apple_mach.h>

#include "fd-private.h"
#include "mach-names-private.h"
#include "mach-private.h"

kern_return_t
transom_apple_get_mach_port_fd(mach_port_t name, int *ret)
{
	struct waitable *waitable;
	struct entry *entry;
	kern_return_t kr;

	if (!ret)
		return KERN_INVALID_ARGUMENT;
	kr = name_enter(mach_task_self_, name, &entry);
	if (kr != KERN_SUCCESS)
		return kr;
	if (!entry->receive && entry->kind != ENTRY_SET)
		return name_leave(KERN_INVALID_RIGHT);
	waitable = entry->receive ? &entry->receive->waitable : &entry->set->waitable;
	if ((entry->receive ? receive_prepare_wait(entry->receive) : waitable_prepare(waitable)) < 0)
		return name_leave(KERN_RESOURCE_SHORTAGE);
	*ret = waitable->epoll;
	return name_leave(KERN_SUCCESS);
}

static kern_return_t
name_receive(int fd, mach_port_name_t *ret)
{
	struct receive *receive;
	struct entry *entry;
	struct queue *queue;

	if (receive_create(&receive) < 0) {
		fd_close(fd);
		return KERN_RESOURCE_SHORTAGE;
	}
	if (receive_add_queue(receive, QUEUE_SENDERS, fd, -1, 0, &queue) < 0) {
		receive_unref(receive);
		return KERN_RESOURCE_SHORTAGE;
	}
	queue->claimed = true;
	entry = space_add(ENTRY_PORT, MACH_PORT_NULL);
	if (!entry) {
		receive_empty(receive);
		receive_unref(receive);
		return KERN_RESOURCE_SHORTAGE;
	}
	entry->receive = receive;
	receive->entry = entry;
	*ret = entry->name;
	return KERN_SUCCESS;
}

/* A copy of @fd, checked to be what it is said to be; a surface right is when it is named. */
static kern_return_t
dup_right(int fd, enum transom_right_kind kind, int *ret)
{
	int r;

	r = kind == TRANSOM_RIGHT_SURFACE ? 0 : transom_port_check_right(fd, kind);
	if (r < 0)
		return r == -EINVAL ? KERN_INVALID_VALUE : KERN_INVALID_CAPABILITY;
	r = fd_dup(fd, ret);
	return r == -EBADF ? KERN_INVALID_CAPABILITY : r < 0 ? KERN_RESOURCE_SHORTAGE : KERN_SUCCESS;
}

/* With the lock held. */
static kern_return_t
name_surface(int fd, struct entry **ret)
{
	uint64_t identity = surface_identity(fd);

	if (identity)
		return entry_for_surface(fd, identity, ret);
	fd_close(fd);
	return KERN_INVALID_CAPABILITY;
}

kern_return_t
transom_apple_create_mach_port(int fd, enum transom_right_kind kind, mach_port_t *ret)
{
	struct entry *entry = NULL;
	kern_return_t kr;
	int copy;

	if (!ret)
		return KERN_INVALID_ARGUMENT;
	kr = dup_right(fd, kind, &copy);
	if (kr != KERN_SUCCESS)
		return kr;
	space_lock();
	if (kind == TRANSOM_RIGHT_RECEIVE)
		return name_leave(name_receive(copy, ret));
	kr = kind == TRANSOM_RIGHT_SURFACE ? name_surface(copy, &entry) : entry_for_send(copy, &entry);
	if (kr == KERN_SUCCESS)
		*ret = entry->name;
	return name_leave(kr);
}

kern_return_t
transom_apple_dup_mach_port(mach_port_t name, enum transom_right_kind *ret_kind, int *ret)
{
	struct entry *entry;
	kern_return_t kr;

	if (!ret_kind || !ret)
		return KERN_INVALID_ARGUMENT;
	kr = name_enter(mach_task_self_, name, &entry);
	if (kr != KERN_SUCCESS)
		return kr;
	if (entry->kind == ENTRY_SURFACE) {
		kr = fd_dup(entry->surfaces[entry->surface_count - 1], ret) < 0 ? KERN_RESOURCE_SHORTAGE
										: KERN_SUCCESS;
		if (kr == KERN_SUCCESS)
			*ret_kind = TRANSOM_RIGHT_SURFACE;
		return name_leave(kr);
	}
	if (entry->kind != ENTRY_PORT || entry->urefs == 0)
		return name_leave(KERN_INVALID_RIGHT);
	kr = fd_dup(entry->send->fd, ret) < 0 ? KERN_RESOURCE_SHORTAGE : KERN_SUCCESS;
	if (kr == KERN_SUCCESS)
		*ret_kind = TRANSOM_RIGHT_SEND;
	return name_leave(kr);
}
