/* mach-message.c - mach_msg(): receiving, and waiting for messages; sending is mach-send.c's. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "deadline-private.h"
#include "mach-message-private.h"

int64_t
message_deadline(mach_msg_timeout_t timeout, bool counts)
{
	return counts ? deadline_now() + (int64_t)timeout * 1000000 : DEADLINE_NEVER;
}

struct receiving {
	mach_msg_header_t *msg;
	mach_msg_size_t room;
	mach_msg_option_t option;
	int64_t deadline;
};

/* One for the whole task, used with the lock held. */
static struct transom_message *received;

__attribute__((destructor)) static void
free_received(void)
{
	received = transom_message_unref(received);
}

static void
write_trailer(mach_msg_header_t *msg, struct receive *receive, const struct transom_sender *sender,
	      mach_msg_option_t option, uint32_t seqno)
{
	mach_msg_mac_trailer_t trailer;
	size_t size = REQUESTED_TRAILER_SIZE(option);

	memset(&trailer, 0, sizeof(trailer));
	trailer.msgh_trailer_size = (mach_msg_trailer_size_t)size;
	trailer.msgh_seqno = seqno;
	trailer.msgh_sender.val[0] = sender->uid;
	trailer.msgh_sender.val[1] = sender->gid;
	trailer.msgh_audit = (audit_token_t){ { sender->uid, sender->uid, sender->gid, sender->uid,
						sender->gid, (unsigned)sender->pid, 0, 0 } };
	trailer.msgh_context = receive->context;
	memcpy((char *)msg + round_msg(msg->msgh_size), &trailer, size);
}

/* What nobody took out of the message goes now, and not with the next one. */
static void
release_received(void)
{
	for (size_t i = 0; i < transom_message_get_right_count(received); i++)
		if (transom_message_get_right(received, i) >= 0) {
			received = transom_message_unref(received);
			return;
		}
}

/* A message that is too large tells what it needs. */
static mach_msg_return_t
refuse_large(struct receiving *to, struct receive *receive, mach_msg_size_t size)
{
	if (to->option & MACH_RCV_LARGE && receive_put_back(receive, &received) < 0)
		return MACH_RCV_BODY_ERROR; /* no descriptor left: the message is lost */
	release_received();
	if (to->room >= sizeof(*to->msg)) {
		memset(to->msg, 0, sizeof(*to->msg));
		to->msg->msgh_size = size;
		if (to->option & MACH_RCV_LARGE_IDENTITY)
			to->msg->msgh_local_port = receive->entry->name;
	}
	return MACH_RCV_TOO_LARGE;
}

/* A send-once right went unused: the message about that is made here. */
static mach_msg_return_t
deliver_send_once(struct receiving *to, struct receive *receive)
{
	struct transom_sender none = { .pidfd = -1 };
	mach_msg_size_t needed = sizeof(*to->msg) + REQUESTED_TRAILER_SIZE(to->option);

	if (to->room < needed) {
		if (to->option & MACH_RCV_LARGE && receive_put_back(receive, NULL) < 0)
			return MACH_RCV_BODY_ERROR;
		return MACH_RCV_TOO_LARGE;
	}
	receive->seqno++;
	*to->msg = (mach_msg_header_t){ .msgh_bits = MACH_MSGH_BITS(0, MACH_MSG_TYPE_PORT_SEND_ONCE),
					.msgh_size = sizeof(*to->msg),
					.msgh_local_port = receive->entry->name,
					.msgh_id = MACH_NOTIFY_SEND_ONCE };
	write_trailer(to->msg, receive, &none, to->option, receive->seqno - 1);
	return MACH_MSG_SUCCESS;
}

/* What receive_next() gave, into the caller's memory. -EAGAIN: it was no message of Mach's. */
static int
deliver(struct receiving *to, struct receive *receive, mach_msg_return_t *ret)
{
	struct transom_sender sender = { .pidfd = -1 };
	struct incoming in;
	size_t needed;
	int r = incoming_parse(received, &in);

	if (r < 0) {
		release_received();
		return -EAGAIN;
	}
	needed = round_msg(in.head.size) + REQUESTED_TRAILER_SIZE(to->option);
	if (to->room < needed) {
		uint32_t size = in.head.size;

		incoming_finish(&in);
		*ret = refuse_large(to, receive, size);
		return 0;
	}
	transom_message_get_sender(received, &sender);
	*ret = incoming_deliver(&in, receive, to->msg);
	write_trailer(to->msg, receive, &sender, to->option, receive->seqno++);
	incoming_finish(&in);
	release_received();
	return 0;
}

/* The port or the set that is received from. */
struct source {
	struct receive *receive;
	struct set *set;
	struct waitable *waitable;
};

static bool
find_source(mach_port_name_t name, struct source *ret)
{
	struct entry *entry = space_find(name);

	*ret = (struct source){ 0 };
	if (!entry || (!entry->receive && entry->kind != ENTRY_SET))
		return false;
	ret->receive = entry->receive;
	ret->set = entry->set;
	ret->waitable = entry->set ? &entry->set->waitable : &entry->receive->waitable;
	return true;
}

/* One look, with the lock held; false if there is nothing. */
static bool
try_receive(struct source *source, struct receiving *to, mach_msg_return_t *ret)
{
	for (int bad = 0; bad < BAD_MESSAGES; bad++) {
		struct receive *receive = source->receive;
		int r = source->set ? set_next(source->set, &received, &receive)
				    : receive_next(receive, &received);

		switch (r) {
		case 0:
			if (deliver(to, receive, ret) == 0)
				return true;
			break; /* no message of Mach's: the next one */
		case RECEIVE_SEND_ONCE_ENDED:
			*ret = deliver_send_once(to, receive);
			return true;
		case -EMFILE:
		case -ENOMEM:
			*ret = MACH_RCV_BODY_ERROR | MACH_MSG_IPC_KERNEL;
			return true;
		default:
			return false;
		}
	}
	return false;
}

/* Of a port that was seen empty. */
static void
forget_dead_senders(struct receive *receive)
{
	for (struct queue *queue = receive->queues; queue; queue = queue->next)
		gauge_reset(queue->gauge, receive->limit);
}

/* With the lock held, which is left while waiting. */
static mach_msg_return_t
wait_for_message(struct source *source, const struct receiving *to)
{
	int ms = deadline_remaining_ms(to->deadline), n, error;
	mach_msg_return_t mr = MACH_MSG_SUCCESS;
	struct epoll_event event;

	if (source->set)
		set_visit(source->set, forget_dead_senders);
	else
		forget_dead_senders(source->receive);
	if (ms == 0)
		return MACH_RCV_TIMED_OUT;
	if ((source->receive ? receive_prepare_wait(source->receive) : 0) < 0)
		return MACH_RCV_BODY_ERROR | MACH_MSG_IPC_KERNEL;
	source->waitable->references++;
	space_unlock();
	n = epoll_wait(source->waitable->epoll, &event, 1, ms < 0 || ms > SLICE_MS ? SLICE_MS : ms);
	error = errno;
	space_lock();
	if (source->waitable->state == WAITABLE_DIED)
		mr = MACH_RCV_PORT_DIED;
	else if (source->waitable->state == WAITABLE_MOVED)
		mr = MACH_RCV_PORT_CHANGED;
	else if (n < 0 && error == EINTR && to->option & MACH_RCV_INTERRUPT)
		mr = MACH_RCV_INTERRUPTED;
	if (source->set)
		set_unref(source->set);
	else
		receive_unref(source->receive);
	return mr;
}

static mach_msg_return_t
receive_message(mach_msg_header_t *msg, mach_msg_option_t option, mach_msg_size_t room, mach_port_name_t name,
		mach_msg_timeout_t timeout)
{
	struct receiving to = { msg, room, option, message_deadline(timeout, option & MACH_RCV_TIMEOUT) };
	mach_msg_return_t mr = MACH_MSG_SUCCESS;
	struct source source;

	if (!msg)
		return MACH_RCV_INVALID_DATA;
	if (GET_RCV_ELEMENTS(option) > MACH_RCV_TRAILER_LABELS || (unsigned)option >> 28)
		return MACH_RCV_INVALID_TRAILER;
	space_lock();
	if (!find_source(name, &source)) {
		space_unlock();
		return MACH_RCV_INVALID_NAME;
	}
	while (!try_receive(&source, &to, &mr)) {
		mr = wait_for_message(&source, &to);
		if (mr != MACH_MSG_SUCCESS)
			break;
	}
	space_unlock();
	return mr;
}

mach_msg_return_t
mach_msg_overwrite(mach_msg_header_t *msg, mach_msg_option_t option, mach_msg_size_t send_size,
		   mach_msg_size_t rcv_size, mach_port_name_t rcv_name, mach_msg_timeout_t timeout,
		   mach_port_name_t notify, mach_msg_header_t *rcv_msg, mach_msg_size_t rcv_limit)
{
	mach_msg_return_t mr = MACH_MSG_SUCCESS;

	if (option & MACH_SEND_MSG)
		mr = message_send(msg, option, send_size, timeout);
	if (mr == MACH_MSG_SUCCESS && option & MACH_RCV_MSG)
		mr = receive_message(rcv_msg ? rcv_msg : msg, option, rcv_size, rcv_name, timeout);
	return mr;
}

mach_msg_return_t
mach_msg(mach_msg_header_t *msg, mach_msg_option_t option, mach_msg_size_t send_size,
	 mach_msg_size_t rcv_size, mach_port_name_t rcv_name, mach_msg_timeout_t timeout,
	 mach_port_name_t notify)
{
	return mach_msg_overwrite(msg, option, send_size, rcv_size, rcv_name, timeout, notify, NULL, 0);
}

mach_msg_return_t
mach_msg_send(mach_msg_header_t *msg)
{
	return mach_msg(msg, MACH_SEND_MSG, msg ? msg->msgh_size : 0, 0, MACH_PORT_NULL, 0, MACH_PORT_NULL);
}

mach_msg_return_t
mach_msg_receive(mach_msg_header_t *msg)
{
	return mach_msg(msg, MACH_RCV_MSG, 0, msg ? msg->msgh_size : 0, msg ? msg->msgh_local_port : 0, 0,
			MACH_PORT_NULL);
}
