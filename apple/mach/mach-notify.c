/* mach-notify.c - messages by which the library tells a task what became of a right. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "mach-message-private.h"

void
request_cancel(struct request *request)
{
	request->watch = watch_cancel(request->watch);
	request->notify = end_unref(request->notify);
}

/* The request is used up, whether or not there is still somebody to tell. */
static void
tell(struct request *request, mach_msg_id_t id, const void *body, size_t size, struct outgoing *out)
{
	struct end *notify = request->notify;

	request->notify = NULL;
	request->watch = watch_cancel(request->watch);
	send_made(notify, id, body, size, out);
	end_unref(notify);
}

static void
tell_number(struct request *request, mach_msg_id_t id, uint32_t number)
{
	struct {
		NDR_record_t ndr;
		uint32_t number;
	} body;

	memset(&body, 0, sizeof(body));
	body.ndr.int_rep = 1; /* little-endian */
	body.number = number;
	tell(request, id, &body, sizeof(body), NULL);
}

void
notify_dead_name(struct entry *entry)
{
	if (entry->urefs < MACH_PORT_UREFS_MAX)
		entry->urefs++; /* for whoever gets the message */
	tell_number(&entry->dead, MACH_NOTIFY_DEAD_NAME, entry->name);
}

void
notify_send_possible(struct entry *entry)
{
	tell_number(&entry->dead, MACH_NOTIFY_SEND_POSSIBLE, entry->name);
}

void
notify_deleted(struct entry *entry)
{
	tell_number(&entry->dead, MACH_NOTIFY_PORT_DELETED, entry->name);
}

void
notify_no_senders(struct receive *receive)
{
	tell_number(&receive->no_senders, MACH_NOTIFY_NO_SENDERS, receive->mscount);
}

bool
notify_destroyed(struct receive *receive)
{
	struct {
		mach_msg_body_t body;
		mach_msg_port_descriptor_t port;
	} body = { { 1 }, { .disposition = MACH_MSG_TYPE_PORT_RECEIVE, .type = MACH_MSG_PORT_DESCRIPTOR } };
	struct outgoing out;
	bool moved;

	if (!receive->destroyed.notify)
		return false;
	outgoing_init(&out);
	moved = outgoing_add_receive(&out, receive, NULL) == 0;
	tell(&receive->destroyed, MACH_NOTIFY_PORT_DESTROYED, &body, sizeof(body), &out);
	outgoing_finish(&out, true);
	return moved;
}

/* No-senders. The library's own copies of the send right must not count. */

static void
senders_have_gone(void *owner)
{
	struct queue *queue = owner;

	queue->watch = NULL;
	no_senders_look(queue->receive);
}

/* Whether somebody may still send into one of its queues; those that can are watched. */
static bool
has_senders(struct receive *receive)
{
	bool any = false;

	for (struct queue *queue = receive->queues; queue; queue = queue->next) {
		if (queue->kind != QUEUE_SENDERS || transom_port_is_without_senders(queue->fd))
			continue;
		any = true;
		if (!queue->watch)
			watch_create(queue->fd, 0, senders_have_gone, queue, &queue->watch);
	}
	return any;
}

/* Gives up the library's own send right, if the queue that it is for is the last one with senders. */
static void
drop_maker(struct receive *receive)
{
	struct end *maker = receive->entry->send;

	for (struct queue *queue = receive->queues; maker && queue; queue = queue->next)
		if (queue->kind == QUEUE_SENDERS && queue->identity.cookie != maker->identity.cookie &&
		    !transom_port_is_without_senders(queue->fd))
			return;
	receive->entry->send = end_unref(maker);
}

void
no_senders_look(struct receive *receive)
{
	if (!receive->entry || !receive->no_senders.notify || receive->entry->urefs > 0)
		return;
	drop_maker(receive);
	if (!has_senders(receive) && receive->mscount >= receive->no_senders.sync)
		notify_no_senders(receive);
}

/* Dead names. */

static void
port_has_died(void *owner)
{
	struct entry *entry = owner;

	entry->dead.watch = NULL;
	entry_refresh(entry);
}

static kern_return_t
request_dead_name(struct entry *entry, uint32_t sync)
{
	entry_refresh(entry);
	if (entry->kind == ENTRY_DEAD) {
		if (!sync) {
			request_cancel(&entry->dead);
			return KERN_INVALID_ARGUMENT;
		}
		notify_dead_name(entry);
		return KERN_SUCCESS;
	}
	if (entry->receive || (entry->kind != ENTRY_PORT && entry->kind != ENTRY_SEND_ONCE))
		return KERN_SUCCESS; /* it dies by this task's hand, or never */
	if (watch_create(entry->send->fd, 0, port_has_died, entry, &entry->dead.watch) < 0) {
		request_cancel(&entry->dead);
		return KERN_RESOURCE_SHORTAGE;
	}
	return KERN_SUCCESS;
}

/* At once if there is room, else when there is. */
static kern_return_t
request_send_possible(struct entry *entry)
{
	if (!entry->dead.notify)
		return KERN_SUCCESS; /* the name was dead, which was told instead */
	if (entry_has_room(entry)) {
		notify_send_possible(entry);
		return KERN_SUCCESS;
	}
	if (send_possible_arm(entry) < 0) {
		request_cancel(&entry->dead);
		return KERN_RESOURCE_SHORTAGE;
	}
	return KERN_SUCCESS;
}

/* The send-once right that a caller gives for a notification. */
static kern_return_t
take_notify(mach_port_t name, mach_msg_type_name_t type, struct end **ret)
{
	struct entry *entry;

	if (name == MACH_PORT_NULL) {
		*ret = NULL;
		return KERN_SUCCESS;
	}
	entry = space_find(name);
	if (!entry)
		return name == MACH_PORT_DEAD ? KERN_INVALID_CAPABILITY : KERN_INVALID_NAME;
	if (type == MACH_MSG_TYPE_MAKE_SEND_ONCE) {
		if (!entry->receive)
			return KERN_INVALID_RIGHT;
		return receive_add_once(entry->receive, ret) < 0 ? KERN_RESOURCE_SHORTAGE : KERN_SUCCESS;
	}
	if (type != MACH_MSG_TYPE_MOVE_SEND_ONCE)
		return KERN_INVALID_CAPABILITY;
	if (entry->kind != ENTRY_SEND_ONCE)
		return KERN_INVALID_RIGHT;
	*ret = end_ref(entry->send);
	entry_drop(entry, 1);
	return KERN_SUCCESS;
}

/* Where the request of that kind is kept; NULL if the name has no such right. */
static kern_return_t
find_request(struct entry *entry, mach_msg_id_t id, struct request **ret)
{
	if (id == MACH_NOTIFY_NO_SENDERS || id == MACH_NOTIFY_PORT_DESTROYED) {
		if (!entry->receive)
			return KERN_INVALID_RIGHT;
		*ret = id == MACH_NOTIFY_NO_SENDERS ? &entry->receive->no_senders
						    : &entry->receive->destroyed;
		return KERN_SUCCESS;
	}
	if (id != MACH_NOTIFY_DEAD_NAME && id != MACH_NOTIFY_SEND_POSSIBLE)
		return KERN_INVALID_VALUE;
	if (entry->kind == ENTRY_SET)
		return KERN_INVALID_RIGHT;
	*ret = &entry->dead;
	return KERN_SUCCESS;
}

/* The right of the request before goes back to the caller. */
static kern_return_t
give_previous(struct request *request, mach_port_t *previous)
{
	struct entry *entry;
	kern_return_t kr;

	request->watch = watch_cancel(request->watch);
	*previous = MACH_PORT_NULL;
	if (!request->notify)
		return KERN_SUCCESS;
	kr = entry_for_once(request->notify, MACH_PORT_NULL, &entry);
	request->notify = NULL;
	if (kr == KERN_SUCCESS)
		*previous = entry->name;
	return kr;
}

static kern_return_t
request_notification(mach_port_name_t name, mach_msg_id_t id, uint32_t sync, mach_port_t notify,
		     mach_msg_type_name_t type, mach_port_t *previous)
{
	struct entry *entry = space_find(name);
	struct request *request;
	struct end *end;
	kern_return_t kr;

	if (!entry)
		return KERN_INVALID_NAME;
	kr = find_request(entry, id, &request);
	if (kr != KERN_SUCCESS)
		return kr;
	entry_refresh(entry);
	if (id == MACH_NOTIFY_SEND_POSSIBLE && entry->kind == ENTRY_DEAD)
		sync = 1; /* a dead name is told in any case */
	if (id == MACH_NOTIFY_DEAD_NAME && entry->kind == ENTRY_DEAD && !sync && notify)
		return KERN_INVALID_ARGUMENT;
	kr = take_notify(notify, type, &end);
	if (kr != KERN_SUCCESS)
		return kr;
	kr = give_previous(request, previous);
	request->notify = end;
	request->sync = sync;
	request->possible = id == MACH_NOTIFY_SEND_POSSIBLE;
	request->armed = false;
	if (kr != KERN_SUCCESS || !end)
		return kr;
	if (id == MACH_NOTIFY_NO_SENDERS)
		no_senders_look(entry->receive);
	else if (id != MACH_NOTIFY_PORT_DESTROYED)
		kr = request_dead_name(entry, sync);
	if (kr == KERN_SUCCESS && id == MACH_NOTIFY_SEND_POSSIBLE && sync)
		kr = request_send_possible(entry);
	return kr;
}

kern_return_t
mach_port_request_notification(ipc_space_t task, mach_port_name_t name, mach_msg_id_t id,
			       mach_port_mscount_t sync, mach_port_t notify, mach_msg_type_name_t notify_type,
			       mach_port_t *previous)
{
	kern_return_t kr;

	if (!previous)
		return KERN_INVALID_ARGUMENT;
	if (task != mach_task_self_)
		return KERN_INVALID_TASK;
	space_lock();
	kr = request_notification(name, id, sync, notify, notify_type, previous);
	space_unlock();
	return kr;
}
