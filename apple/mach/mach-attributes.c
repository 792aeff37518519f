/* mach-attributes.c - what can be asked of a receive right, and set: limits, counts, context, guard. */
#include <string.h>

#include "mach-message-private.h"

/* Begins a call upon a receive right. */
static kern_return_t
enter_receive(ipc_space_t task, mach_port_name_t name, struct receive **ret)
{
	struct entry *entry;
	kern_return_t kr = name_enter(task, name, &entry);

	if (kr != KERN_SUCCESS)
		return kr;
	*ret = entry->receive;
	return *ret ? KERN_SUCCESS : name_leave(KERN_INVALID_RIGHT);
}

kern_return_t
mach_port_guard(ipc_space_t task, mach_port_name_t name, mach_port_context_t guard, boolean_t strict)
{
	struct receive *receive;
	kern_return_t kr = enter_receive(task, name, &receive);

	if (kr != KERN_SUCCESS)
		return kr;
	if (receive->guarded || receive->context != 0)
		return name_leave(KERN_INVALID_ARGUMENT); /* the context is in use, or is a guard already */
	receive->context = guard;
	receive->guarded = true;
	receive->strict = strict;
	return name_leave(KERN_SUCCESS);
}

kern_return_t
mach_port_unguard(ipc_space_t task, mach_port_name_t name, mach_port_context_t guard)
{
	struct receive *receive;
	kern_return_t kr = enter_receive(task, name, &receive);

	if (kr != KERN_SUCCESS)
		return kr;
	if (!receive->guarded || receive->context != guard)
		return name_leave(KERN_INVALID_ARGUMENT);
	receive->context = 0;
	receive->guarded = receive->strict = false;
	return name_leave(KERN_SUCCESS);
}

kern_return_t
mach_port_get_context(ipc_space_t task, mach_port_name_t name, mach_port_context_t *context)
{
	struct receive *receive;
	kern_return_t kr;

	if (!context)
		return KERN_INVALID_ARGUMENT;
	kr = enter_receive(task, name, &receive);
	if (kr != KERN_SUCCESS)
		return kr;
	*context = receive->strict ? 0 : receive->context; /* a strict guard is nobody's to read */
	return name_leave(KERN_SUCCESS);
}

kern_return_t
mach_port_set_context(ipc_space_t task, mach_port_name_t name, mach_port_context_t context)
{
	struct receive *receive;
	kern_return_t kr = enter_receive(task, name, &receive);

	if (kr != KERN_SUCCESS)
		return kr;
	if (receive->strict)
		return name_leave(KERN_INVALID_ARGUMENT);
	receive->context = context;
	return name_leave(KERN_SUCCESS);
}

kern_return_t
mach_port_set_mscount(ipc_space_t task, mach_port_name_t name, mach_port_mscount_t count)
{
	struct receive *receive;
	kern_return_t kr = enter_receive(task, name, &receive);

	if (kr != KERN_SUCCESS)
		return kr;
	receive->mscount = count;
	return name_leave(KERN_SUCCESS);
}

kern_return_t
mach_port_set_seqno(ipc_space_t task, mach_port_name_t name, mach_port_seqno_t seqno)
{
	struct receive *receive;
	kern_return_t kr = enter_receive(task, name, &receive);

	if (kr != KERN_SUCCESS)
		return kr;
	receive->seqno = seqno;
	return name_leave(KERN_SUCCESS);
}

/* Of all queues; one that was put back is still queued. */
static uint32_t
count_messages(const struct receive *receive)
{
	uint32_t count = receive->pending ? 1 : 0;

	for (struct queue *queue = receive->queues; queue; queue = queue->next)
		count += gauge_get_queued(queue->gauge);
	return count;
}

static bool
has_senders(const struct receive *receive)
{
	if (receive->entry->urefs > 0)
		return true;
	for (struct queue *queue = receive->queues; queue; queue = queue->next)
		if (queue->kind == QUEUE_SENDERS && !transom_port_is_without_senders(queue->fd) &&
		    !(receive->entry->send && receive->mscount == 0))
			return true;
	return false;
}

static void
fill_status(const struct receive *receive, mach_port_status_t *ret)
{
	*ret = (mach_port_status_t){
		.mps_pset = receive_count_sets(receive),
		.mps_seqno = receive->seqno,
		.mps_mscount = receive->mscount,
		.mps_qlimit = receive->limit,
		.mps_msgcount = count_messages(receive),
		.mps_sorights = receive->once_count,
		.mps_srights = has_senders(receive),
		.mps_pdrequest = receive->destroyed.notify != NULL,
		.mps_nsrequest = receive->no_senders.notify != NULL,
		.mps_flags = (receive->guarded ? MACH_PORT_STATUS_FLAG_GUARDED : 0) |
			     (receive->strict ? MACH_PORT_STATUS_FLAG_STRICT_GUARD : 0),
	};
}

kern_return_t
mach_port_get_attributes(ipc_space_t task, mach_port_name_t name, mach_port_flavor_t flavor,
			 mach_port_info_t info, mach_msg_type_number_t *info_count)
{
	mach_port_limits_t limits;
	mach_port_status_t status;
	struct entry *entry;
	natural_t requests;
	const void *answer;
	kern_return_t kr;
	size_t count;

	if (!info || !info_count)
		return KERN_INVALID_ARGUMENT;
	kr = name_enter(task, name, &entry);
	if (kr != KERN_SUCCESS)
		return kr;
	if (flavor == MACH_PORT_DNREQUESTS_SIZE) {
		requests = entry->dead.notify ? 1 : 0;
		answer = &requests;
		count = MACH_PORT_DNREQUESTS_SIZE_COUNT;
	} else if (flavor != MACH_PORT_LIMITS_INFO && flavor != MACH_PORT_RECEIVE_STATUS) {
		return name_leave(KERN_INVALID_ARGUMENT);
	} else if (!entry->receive) {
		return name_leave(KERN_INVALID_RIGHT);
	} else if (flavor == MACH_PORT_LIMITS_INFO) {
		limits.mpl_qlimit = entry->receive->limit;
		answer = &limits;
		count = MACH_PORT_LIMITS_INFO_COUNT;
	} else {
		fill_status(entry->receive, &status);
		answer = &status;
		count = MACH_PORT_RECEIVE_STATUS_COUNT;
	}
	if (*info_count < count)
		return name_leave(KERN_FAILURE);
	memcpy(info, answer, count * sizeof(natural_t));
	*info_count = (mach_msg_type_number_t)count;
	return name_leave(KERN_SUCCESS);
}

kern_return_t
mach_port_set_attributes(ipc_space_t task, mach_port_name_t name, mach_port_flavor_t flavor,
			 mach_port_info_t info, mach_msg_type_number_t info_count)
{
	struct receive *receive;
	mach_port_limits_t limits;
	kern_return_t kr;

	if (!info || flavor != MACH_PORT_LIMITS_INFO)
		return KERN_INVALID_ARGUMENT;
	if (info_count < MACH_PORT_LIMITS_INFO_COUNT)
		return KERN_FAILURE;
	memcpy(&limits, info, sizeof(limits));
	if (limits.mpl_qlimit > MACH_PORT_QLIMIT_MAX)
		return KERN_INVALID_VALUE;
	kr = enter_receive(task, name, &receive);
	if (kr != KERN_SUCCESS)
		return kr;
	receive->limit = limits.mpl_qlimit;
	for (struct queue *queue = receive->queues; queue; queue = queue->next)
		gauge_set_limit(queue->gauge, receive->limit);
	return name_leave(KERN_SUCCESS);
}

/* The first message only: those behind it cannot be looked at without taking it. */
kern_return_t
mach_port_peek(ipc_space_t task, mach_port_name_t name, mach_msg_trailer_type_t trailer_type,
	       mach_port_seqno_t *seqno, mach_msg_size_t *size, mach_msg_id_t *id,
	       mach_msg_trailer_info_t trailer, mach_msg_type_number_t *trailer_size)
{
	struct wire_head head = { .id = MACH_NOTIFY_SEND_ONCE, .size = sizeof(mach_msg_header_t) };
	struct transom_message *message = NULL;
	struct receive *receive;
	struct incoming in;
	int r;
	kern_return_t kr = enter_receive(task, name, &receive);

	if (kr != KERN_SUCCESS)
		return kr;
	if (seqno && *seqno && *seqno != receive->seqno)
		return name_leave(KERN_FAILURE);
	kr = KERN_FAILURE;
	do
		r = receive_next(receive, &message);
	while (r == 0 && incoming_parse(message, &in) < 0);
	if (r == 0) {
		head = in.head;
		incoming_finish(&in);
	}
	if (r >= 0) {
		kr = receive_put_back(receive, r == 0 ? &message : NULL) < 0 ? KERN_RESOURCE_SHORTAGE
									     : KERN_SUCCESS;
		if (seqno)
			*seqno = receive->seqno;
		if (size)
			*size = head.size;
		if (id)
			*id = head.id;
	}
	if (kr == KERN_SUCCESS && trailer && trailer_size && *trailer_size >= sizeof(mach_msg_trailer_t)) {
		mach_msg_trailer_t minimal = { MACH_MSG_TRAILER_FORMAT_0, sizeof(minimal) };

		memcpy(trailer, &minimal, sizeof(minimal));
		*trailer_size = sizeof(minimal);
	}
	transom_message_unref(message);
	return name_leave(kr);
}
