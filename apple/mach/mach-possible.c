/* mach-possible.c - waiting until a message would find room at a port; who is told is mach-notify.c's. */
#include <poll.h>

#include "mach-private.h"

bool
entry_has_room(struct entry *entry)
{
	struct pollfd at = { .events = POLLOUT };
	const struct gauge *gauge;

	if (entry->kind != ENTRY_PORT || !entry->send)
		return true; /* it has no queue of its own */
	gauge = end_get_gauge(entry->send);
	if (gauge && gauge_get_queued(gauge) >= atomic_load(&gauge->page->limit))
		return false;
	at.fd = entry->send->fd;
	return poll(&at, 1, 0) > 0;
}

/* A port that dies has no room, and is told of as well. */
static bool
is_over(void *owner)
{
	struct entry *entry = owner;

	return entry_has_room(entry) || (!entry->receive && transom_port_is_dead_name(entry->send->fd));
}

static void
tell(void *owner)
{
	struct entry *entry = owner;

	entry->dead.watch = NULL;
	entry_refresh(entry);
	if (entry->dead.notify)
		notify_send_possible(entry);
}

int
send_possible_arm(struct entry *entry)
{
	struct watch *watch;
	int r;

	if (!entry->dead.notify || !entry->dead.possible || entry->dead.armed)
		return 0;
	r = watch_create_looking(is_over, tell, entry, &watch);
	if (r < 0)
		return r;
	watch_cancel(entry->dead.watch); /* for its death alone */
	entry->dead.watch = watch;
	entry->dead.armed = true;
	return 0;
}
