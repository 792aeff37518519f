/* mach-space.c - the names of this task: what each stands for, and how rights to one port get one name. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "fd-private.h"
#include "mach-names-private.h"
#include "mach-private.h"

#define FIRST_NAME 0x303
#define NAME_STEP 0x100
#define BUCKETS 4096

mach_port_t mach_task_self_ = TASK_NAME;
mach_port_t bootstrap_port = BOOTSTRAP_NAME;

/* Names grow, so that one that was given up is not soon another thing's. */
static struct {
	pthread_mutex_t lock;
	pthread_once_t once;
	mach_port_name_t next_name;
	struct entry *names[BUCKETS];
	struct identity *identities[BUCKETS];
	struct entry task, bootstrap;
} space = { .lock = PTHREAD_MUTEX_INITIALIZER, .once = PTHREAD_ONCE_INIT, .next_name = FIRST_NAME };

static void
add_entry(struct entry *entry, mach_port_name_t name)
{
	struct entry **bucket = &space.names[(name >> 8) % BUCKETS];

	entry->name = name;
	entry->next = *bucket;
	*bucket = entry;
}

static void
take_out_entry(struct entry *entry)
{
	struct entry **at = &space.names[(entry->name >> 8) % BUCKETS];

	while (*at != entry)
		at = &(*at)->next;
	*at = entry->next;
}

static void
add_constants(void)
{
	space.task = (struct entry){ .kind = ENTRY_TASK, .urefs = 1 };
	add_entry(&space.task, TASK_NAME);
	space.bootstrap = (struct entry){ .kind = ENTRY_BOOTSTRAP, .urefs = 1 };
	add_entry(&space.bootstrap, BOOTSTRAP_NAME);
}

static void
lock_for_fork(void)
{
	pthread_mutex_lock(&space.lock);
}

static void
unlock_after_fork(void)
{
	pthread_mutex_unlock(&space.lock);
}

/* Of a child's own memory all is there, but no thread that could use it. */
static void
forget_entry(struct entry *entry)
{
	if (entry->receive) {
		receive_empty(entry->receive);
		receive_unref(entry->receive);
		entry->receive = NULL;
	}
	space_remove(entry);
}

static void
forget_waitable(struct waitable *waitable)
{
	waitable->references = 1;
	waitable->epoll = fd_close(waitable->epoll); /* the parent's too: nothing may be taken out of it */
}

static void
forget_requests(struct entry *entry, void *argument)
{
	if (entry->kind == ENTRY_SET)
		forget_waitable(&entry->set->waitable);
	if (entry->receive) {
		forget_waitable(&entry->receive->waitable);
		request_cancel(&entry->receive->no_senders);
		request_cancel(&entry->receive->destroyed);
	}
	request_cancel(&entry->dead);
}

/* A child has the special ports, and no other right: it is as if none had been there. */
static void
empty_in_child(void)
{
	watch_forget_all();
	bootstrap_forget();
	space_visit(forget_requests, NULL);
	for (unsigned i = 0; i < BUCKETS; i++)
		while (space.names[i])
			forget_entry(space.names[i]);
	observers_forget();
	pthread_mutex_init(&space.lock, NULL);
	add_constants();
	special_ports_inherit();
}

/* At the first call and not when the library is loaded: see CONTRIBUTING's fork handlers of the rooms, which
 * must be registered before, since this lock is taken before theirs. */
static void
begin(void)
{
	add_constants();
	pthread_atfork(lock_for_fork, unlock_after_fork, empty_in_child);
}

void
space_lock(void)
{
	pthread_once(&space.once, begin);
	pthread_mutex_lock(&space.lock);
}

void
space_unlock(void)
{
	struct observer *gone = observers_take();
	struct watch *cancelled;
	bool any = watch_take_cancelled(&cancelled);

	pthread_mutex_unlock(&space.lock);
	if (any)
		watch_free_cancelled(cancelled);
	observers_tell(gone);
}

struct entry *
space_find(mach_port_name_t name)
{
	struct entry *entry = space.names[(name >> 8) % BUCKETS];

	while (entry && entry->name != name)
		entry = entry->next;
	return entry;
}

static struct identity **
bucket_of(uint64_t cookie)
{
	return &space.identities[(cookie ^ cookie >> 12) % BUCKETS];
}

void
identity_add(struct identity *identity, struct entry *entry)
{
	struct identity **bucket = bucket_of(identity->cookie);

	if (identity->entry || !identity->cookie)
		return;
	identity->entry = entry;
	identity->next = *bucket;
	identity->previous = bucket;
	if (identity->next)
		identity->next->previous = &identity->next;
	*bucket = identity;
}

void
identity_remove(struct identity *identity)
{
	if (!identity->entry)
		return;
	*identity->previous = identity->next;
	if (identity->next)
		identity->next->previous = identity->previous;
	identity->entry = NULL;
}

/* Whether the name is that port's: a socket that came with a receive right is looked at first. */
static bool
is_port(const struct identity *identity, int send_fd)
{
	struct queue *queue;

	if (identity->entry->kind != ENTRY_PORT)
		return false;
	if (!identity->entry->receive)
		return true;
	queue = receive_find_queue(identity->entry->receive, identity->cookie);
	if (!queue || !queue->claimed)
		return true;
	if (send_fd < 0 || !sockets_are_pair(queue->fd, send_fd))
		return false;
	queue->claimed = false;
	return true;
}

struct entry *
space_find_port(uint64_t cookie, int send_fd)
{
	for (struct identity *at = *bucket_of(cookie); at; at = at->next)
		if (at->cookie == cookie && cookie && is_port(at, send_fd))
			return at->entry;
	return NULL;
}

struct entry *
space_find_surface(uint64_t identity)
{
	for (struct identity *at = *bucket_of(identity); at; at = at->next)
		if (at->cookie == identity && at->entry->kind == ENTRY_SURFACE)
			return at->entry;
	return NULL;
}

bool
space_name_is_usable(mach_port_name_t name)
{
	return MACH_PORT_VALID(name) && name >> 8;
}

static mach_port_name_t
choose_name(void)
{
	mach_port_name_t name;

	do {
		name = space.next_name;
		space.next_name += NAME_STEP;
		if (space.next_name < FIRST_NAME || space.next_name == (0xffffff00u | (FIRST_NAME & 0xff)))
			space.next_name = FIRST_NAME;
	} while (space_find(name));
	return name;
}

struct entry *
space_add(enum entry_kind kind, mach_port_name_t name)
{
	struct entry *entry;

	if (name && (!space_name_is_usable(name) || space_find(name)))
		return NULL;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return NULL;
	entry->kind = kind;
	add_entry(entry, name ? name : choose_name());
	return entry;
}

void
space_remove(struct entry *entry)
{
	if (entry->kind == ENTRY_SET) {
		set_empty(entry->set);
		waitable_end(&entry->set->waitable, WAITABLE_DIED);
		set_unref(entry->set);
	}
	if (entry->dead.notify)
		notify_deleted(entry);
	observer_port_is_gone(entry);
	identity_remove(&entry->identity);
	for (unsigned i = 0; i < entry->surface_count; i++)
		fd_close(entry->surfaces[i]);
	free(entry->surfaces);
	if (entry->send)
		identity_remove(&entry->send->identity);
	end_unref(entry->send);
	take_out_entry(entry);
	if (entry->kind != ENTRY_TASK && entry->kind != ENTRY_BOOTSTRAP)
		free(entry);
}

void
space_rename(struct entry *entry, mach_port_name_t name)
{
	observer_port_is_gone(entry);
	take_out_entry(entry);
	add_entry(entry, name);
}

void
space_visit(void (*visit)(struct entry *entry, void *argument), void *argument)
{
	for (unsigned i = 0; i < BUCKETS; i++)
		for (struct entry *entry = space.names[i], *next; entry; entry = next) {
			next = entry->next;
			visit(entry, argument);
		}
}

void
entry_become_dead(struct entry *entry)
{
	if (entry->send) {
		identity_remove(&entry->send->identity);
		entry->send = end_unref(entry->send);
	}
	entry->kind = ENTRY_DEAD;
	if (entry->dead.notify)
		notify_dead_name(entry);
	observer_port_is_gone(entry);
}

void
entry_refresh(struct entry *entry)
{
	if (!entry->receive && (entry->kind == ENTRY_PORT || entry->kind == ENTRY_SEND_ONCE) &&
	    transom_port_is_dead_name(entry->send->fd))
		entry_become_dead(entry);
}

static void
drop_surfaces(struct entry *entry)
{
	while (entry->surface_count > entry->urefs)
		fd_close(entry->surfaces[--entry->surface_count]);
}

void
entry_drop(struct entry *entry, uint32_t count)
{
	if (entry->kind == ENTRY_TASK || entry->kind == ENTRY_BOOTSTRAP)
		return; /* the task is there as long as itself */
	entry->urefs -= count;
	if (entry->kind == ENTRY_SURFACE)
		drop_surfaces(entry);
	if (entry->urefs == 0 && !entry->receive)
		space_remove(entry);
	else if (entry->urefs == 0)
		no_senders_look(entry->receive);
}

kern_return_t
entry_raise(struct entry *entry, uint32_t count)
{
	if (entry->kind == ENTRY_TASK || entry->kind == ENTRY_BOOTSTRAP)
		return KERN_SUCCESS;
	if (count > MACH_PORT_UREFS_MAX || entry->urefs > MACH_PORT_UREFS_MAX - count)
		return KERN_UREFS_OVERFLOW;
	entry->urefs += count;
	return KERN_SUCCESS;
}

struct receive *
entry_take_receive(struct entry *entry)
{
	struct receive *receive = entry->receive;

	receive_leave_sets(receive);
	for (struct queue *queue = receive->queues; queue; queue = queue->next)
		identity_remove(&queue->identity);
	receive->entry = NULL;
	entry->receive = NULL;
	return receive;
}

void
entry_keep_send(struct entry *entry)
{
	if (!entry->send)
		return;
	identity_add(&entry->send->identity, entry);
	observer_watch(entry); /* without a descriptor for it, its death is seen when it is asked for */
}

void
entry_destroy_receive(struct entry *entry)
{
	struct receive *receive = entry_take_receive(entry);
	bool moved = notify_destroyed(receive);

	waitable_end(&receive->waitable, moved ? WAITABLE_MOVED : WAITABLE_DIED);
	receive_empty(receive);
	receive_unref(receive);
	if (entry->urefs == 0)
		space_remove(entry);
	else if (moved)
		entry_keep_send(entry);
	else
		entry_become_dead(entry);
}

int
entry_get_maker(struct entry *entry, struct end **ret)
{
	int r;

	if (!entry->send) {
		r = receive_add_senders(entry->receive, &entry->send);
		if (r < 0)
			return r;
	}
	*ret = entry->send;
	return 0;
}

kern_return_t
entry_create_port(mach_port_name_t name, struct entry **ret)
{
	struct entry *entry = space_add(ENTRY_PORT, name);

	if (!entry)
		return KERN_RESOURCE_SHORTAGE;
	if (receive_create(&entry->receive) == 0) {
		entry->receive->entry = entry;
		if (receive_add_senders(entry->receive, &entry->send) == 0) {
			*ret = entry;
			return KERN_SUCCESS;
		}
		receive_unref(entry->receive);
		entry->receive = NULL;
	}
	space_remove(entry);
	return KERN_RESOURCE_SHORTAGE;
}

kern_return_t
entry_for_send(int fd, struct entry **ret)
{
	struct entry *entry = space_find_port(socket_cookie(fd), fd);
	struct end *end = NULL;

	if (entry && entry->send) {
		fd_close(fd);
	} else {
		end = end_create(fd);
		if (!end)
			return KERN_RESOURCE_SHORTAGE;
	}
	if (!entry) {
		entry = space_add(ENTRY_PORT, MACH_PORT_NULL);
		if (!entry) {
			end_unref(end);
			return KERN_RESOURCE_SHORTAGE;
		}
	}
	if (end) {
		entry->send = end;
		identity_add(&end->identity, entry);
	}
	if (entry->urefs < MACH_PORT_UREFS_MAX) /* more are not counted: it is never given up then */
		entry->urefs++;
	*ret = entry;
	return KERN_SUCCESS;
}

kern_return_t
entry_for_once(struct end *end, mach_port_name_t name, struct entry **ret)
{
	struct entry *entry = space_add(ENTRY_SEND_ONCE, name);

	if (!entry) {
		end_unref(end);
		return KERN_RESOURCE_SHORTAGE;
	}
	entry->send = end;
	entry->urefs = 1;
	*ret = entry;
	return KERN_SUCCESS;
}
