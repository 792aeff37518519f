/* mach-death.c - objects of this library are told that the port behind their name is gone; messages are mach-notify.c's. */
#include <stdlib.h>

#include "mach-names-private.h"
#include "mach-private.h"

/* Of an entry while its port lives, then of the list of those that are to be told. */
struct observer {
	struct observer *next;
	mach_port_name_t name;
	struct watch *watch; /* of a port that is received elsewhere */
};

static struct observer *gone;
static void (*hook)(mach_port_name_t name);

void
mach_name_install_death_hook(void (*installed)(mach_port_name_t name))
{
	hook = installed;
}

static void
port_has_died(void *owner)
{
	struct entry *entry = owner;

	entry->observer->watch = NULL;
	entry_refresh(entry);
}

int
observer_watch(struct entry *entry)
{
	struct observer *observer = entry->observer;

	if (!observer || observer->watch || entry->receive || !entry->send)
		return 0;
	return watch_create(entry->send->fd, 0, port_has_died, entry, &observer->watch);
}

void
observer_unwatch(struct entry *entry)
{
	if (entry->observer)
		entry->observer->watch = watch_cancel(entry->observer->watch);
}

void
observer_port_is_gone(struct entry *entry)
{
	struct observer *observer = entry->observer;

	if (!observer)
		return;
	observer_unwatch(entry);
	entry->observer = NULL;
	observer->name = entry->name;
	observer->next = gone;
	gone = observer;
}

struct observer *
observers_take(void)
{
	struct observer *list = gone;

	gone = NULL;
	return list;
}

void
observers_tell(struct observer *list)
{
	while (list) {
		struct observer *next = list->next;

		hook(list->name);
		free(list);
		list = next;
	}
}

void
observers_forget(void)
{
	struct observer *list = observers_take();

	while (list) {
		struct observer *next = list->next;

		free(list);
		list = next;
	}
}

kern_return_t
mach_name_observe(mach_port_name_t name)
{
	struct entry *entry;
	kern_return_t kr = name_enter(mach_task_self_, name, &entry);

	if (kr != KERN_SUCCESS)
		return kr;
	if (entry->kind == ENTRY_DEAD)
		return name_leave(KERN_INVALID_RIGHT);
	if (entry->observer)
		return name_leave(KERN_SUCCESS);
	entry->observer = calloc(1, sizeof(*entry->observer));
	if (entry->observer && observer_watch(entry) == 0)
		return name_leave(KERN_SUCCESS);
	free(entry->observer);
	entry->observer = NULL;
	return name_leave(KERN_RESOURCE_SHORTAGE);
}
