/* stories-mach.c - a task that is told by notifications what became of a victim's ports, wherever the victim died. */
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "../../apple/test/test-mach.h"
#include "kill.h"

enum { PATIENCE_MS = 15000 };

/* Room for any message here. */
union message {
	mach_msg_header_t header;
	struct port_message port;
	mach_dead_name_notification_t dead;
	mach_no_senders_notification_t no_senders;
	char room[256];
};

static mach_port_t to_watcher;
static pid_t watcher;

static kern_return_t
ask(mach_port_t name, mach_msg_id_t id, mach_port_t notify)
{
	mach_port_t previous;

	return mach_port_request_notification(mach_task_self(), name, id, 1, notify,
					      MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous);
}

static mach_msg_return_t
receive_any(mach_port_t from, mach_msg_timeout_t timeout, union message *ret)
{
	memset(ret, 0, sizeof(*ret));
	return mach_msg(&ret->header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof(*ret), from, timeout,
			MACH_PORT_NULL);
}

/* What the watcher is owed: a notification for each right that it has asked about, or given away. */
struct watch {
	mach_port_t port, notify, set;
	int dead_names, send_onces;
	bool is_over; /* nobody has a send right to its port any more */
};

/* The victim has sent a port of its own: it gets a right to send once, and its end is asked for. */
static void
greet(struct watch *watch, mach_port_t its)
{
	if (type_of(its) != MACH_PORT_TYPE_SEND)
		return; /* it is dead already */
	watch->dead_names += ask(its, MACH_NOTIFY_DEAD_NAME, watch->notify) == KERN_SUCCESS;
	watch->send_onces += send_port_as(its, watch->port, MACH_MSG_TYPE_MAKE_SEND_ONCE) == MACH_MSG_SUCCESS;
}

static void
handle(struct watch *watch, const union message *message)
{
	switch (message->header.msgh_id) {
	case MACH_NOTIFY_DEAD_NAME:
		watch->dead_names--;
		break;
	case MACH_NOTIFY_SEND_ONCE:
		watch->send_onces--;
		break;
	case MACH_NOTIFY_NO_SENDERS:
		watch->is_over = true;
		break;
	default: /* of another port: it may come after the news that there will be none */
		check(MACH_MSGH_BITS_IS_COMPLEX(message->header.msgh_bits));
		greet(watch, message->port.port.name);
	}
}

/* In a process of its own, until all that it is owed has come, and nothing is left. */
static void
watch_victim(void *argument)
{
	struct watch watch = { .notify = new_port() };
	mach_port_t parent;
	union message message;

	check_eq(task_get_bootstrap_port(mach_task_self(), &parent), KERN_SUCCESS);
	check_eq(setup_recv_port(&watch.port), 0);
	check_eq(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_PORT_SET, &watch.set), KERN_SUCCESS);
	check_eq(mach_port_move_member(mach_task_self(), watch.port, watch.set), KERN_SUCCESS);
	check_eq(mach_port_move_member(mach_task_self(), watch.notify, watch.set), KERN_SUCCESS);
	check_eq(send_port(parent, watch.port), 0);
	check_eq(mach_port_deallocate(mach_task_self(), watch.port), KERN_SUCCESS);
	check_eq(ask(watch.port, MACH_NOTIFY_NO_SENDERS, watch.notify), KERN_SUCCESS);
	for (;;) {
		bool has_all = watch.is_over && !watch.dead_names && !watch.send_onces;
		mach_msg_return_t mr = receive_any(watch.set, has_all ? 0 : PATIENCE_MS, &message);

		if (has_all && mr == MACH_RCV_TIMED_OUT)
			break;
		check_eq(mr, MACH_MSG_SUCCESS);
		handle(&watch, &message);
	}
}

static void
prepare_watcher(void)
{
	mach_port_t inbox;

	check_eq(setup_recv_port(&inbox), 0);
	check_eq(task_set_bootstrap_port(mach_task_self(), inbox), KERN_SUCCESS);
	watcher = spawn(watch_victim, NULL);
	check_eq(recv_port(inbox, &to_watcher), 0);
	check_eq(task_set_bootstrap_port(mach_task_self(), to_watcher), KERN_SUCCESS);
	mach_port_destroy(mach_task_self(), inbox);
}

static void
hold_rights(void)
{
	mach_port_t parent, own = new_port();
	union message message;

	check_eq(task_get_bootstrap_port(mach_task_self(), &parent), KERN_SUCCESS);
	check_eq(send_port_as(parent, own, MACH_MSG_TYPE_MAKE_SEND), MACH_MSG_SUCCESS);
	check_eq(receive_any(own, PATIENCE_MS, &message), MACH_MSG_SUCCESS);
	check_eq(type_of(message.port.port.name), MACH_PORT_TYPE_SEND_ONCE);
	check_eq(mach_port_deallocate(mach_task_self(), message.port.port.name), KERN_SUCCESS);
	mach_port_destroy(mach_task_self(), own);
}

/* When the survivor's right goes too, the watcher is told that there are no senders, and ends. */
static void
check_watcher(void)
{
	check_eq(task_set_bootstrap_port(mach_task_self(), MACH_PORT_NULL), KERN_SUCCESS);
	check_eq(mach_port_deallocate(mach_task_self(), to_watcher), KERN_SUCCESS);
	check_eq(wait_for(watcher), 0);
}

static const struct kill_story stories[] = {
	{ "mach_notifications", prepare_watcher, hold_rights, check_watcher, NONE },
	{ NULL },
};

const struct kill_story *const kill_stories[] = { stories, NULL };
