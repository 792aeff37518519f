/*
 * mach-private.h - the names of this task, the rights behind them, and what the files of Mach do for each
 * other.
 */
#ifndef TRANSOM_APPLE_MACH_PRIVATE_H
#define TRANSOM_APPLE_MACH_PRIVATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <transom/port.h>

#include <mach/mach.h>

/*
 * One lock is over all of it. It is never held while waiting: what would wait leaves the lock, waits, and
 * begins anew. References are counted under it.
 */
void
space_lock(void);

/* Also frees what was cancelled meanwhile, which cannot be done with the lock held. */
void
space_unlock(void);

/* mach-gauge.c: how many messages are queued at a port; a page that all its senders share. */

struct gauge_page {
	uint32_t magic;
	_Atomic uint32_t limit;
	_Atomic uint32_t queued;
	_Atomic uint32_t waiters;
};

struct gauge {
	unsigned references;
	struct gauge_page *page;
};

/* Makes one; @ret_fd is its memory file, to hand on. */
int
gauge_create(uint32_t limit, struct gauge **ret, int *ret_fd);

/* Maps another's; refused unless it is sealed memory that cannot shrink. Leaves @fd to the caller. */
int
gauge_adopt(int fd, struct gauge **ret);

struct gauge *
gauge_ref(struct gauge *gauge);
struct gauge *
gauge_unref(struct gauge *gauge);

/* Counts one message more; false if the queue is full. A NULL gauge has no limit. */
bool
gauge_take(struct gauge *gauge);

/* Counts one less; wakes who waits. */
void
gauge_give(struct gauge *gauge);

/* The queue was seen empty: what senders that died had counted is forgotten. */
void
gauge_reset(struct gauge *gauge, uint32_t limit);
void
gauge_set_limit(struct gauge *gauge, uint32_t limit);
uint32_t
gauge_get_queued(const struct gauge *gauge);

/* Waits for room, @ms at most (-1: for long); spurious returns happen. -EINTR by a signal. */
int
gauge_wait(struct gauge *gauge, int ms);

/* mach-end.c: the descriptor of a send right. */

struct entry;

/* A port as seen from one of its descriptors: how the same port is known again. */
struct identity {
	uint64_t cookie; /* of the socket that sends: the kernel never gives one twice */
	struct entry *entry; /* NULL: not in the table */
	struct identity *next, **previous;
};

struct end {
	unsigned references;
	int fd;
	bool asked; /* for the gauge */
	struct gauge *gauge;
	struct identity identity;
};

/* Takes @fd, also on failure. */
struct end *
end_create(int fd);
struct end *
end_ref(struct end *end);
struct end *
end_unref(struct end *end);

/* The gauge of the port, which its maker left to be read at the send right; NULL if there is none. */
struct gauge *
end_get_gauge(struct end *end);

/* The kernel's number of a socket; 0 if it is none. */
uint64_t
socket_cookie(int fd);

/* Gives the receiving end an address, by which sockets_are_pair() knows it. */
void
socket_bind(int receive);

/* Whether the two are the ends of one port, by the kernel's word. */
bool
sockets_are_pair(int receive, int send);

/* mach-watch.c: something to be done when a descriptor's other end is gone. */

struct watch;

/* Calls @fire(owner) with the lock held, in a thread of the library, once. Copies @fd. With the lock held. */
int
watch_create(int fd, uint32_t events, void (*fire)(void *owner), void *owner, struct watch **ret);

/* The same once @look(owner) says so, which is asked every few milliseconds, with the lock held. */
int
watch_create_looking(bool (*look)(void *owner), void (*fire)(void *owner), void *owner, struct watch **ret);

/* NULL is accepted; returns NULL. With the lock held. */
struct watch *
watch_cancel(struct watch *watch);

/* For space_unlock(): what is to be freed once the lock is not held; whether there is anything to do. */
bool
watch_take_cancelled(struct watch **ret);
void
watch_free_cancelled(struct watch *list);
void
watch_forget_all(void);

/* mach-death.c: whose object is to be told when an entry's port is gone. With the lock held, but for telling. */

struct observer;

/* Of a port that is received elsewhere, which dies unseen. */
int
observer_watch(struct entry *entry);

/* What watches has a copy of the send right, which must not count where the port is received here. */
void
observer_unwatch(struct entry *entry);
void
observer_port_is_gone(struct entry *entry);

/* For space_unlock(): who is to be told when the lock is not held. */
struct observer *
observers_take(void);
void
observers_tell(struct observer *list);
void
observers_forget(void);

/* mach-receive.c: the receive right of a port. */

/* What a thread waits at: a port, or a set of ports. */
enum waitable_state { WAITABLE_LIVES, WAITABLE_DIED, WAITABLE_MOVED };
struct waitable {
	unsigned references;
	enum waitable_state state;
	int epoll; /* -1 until somebody waits */
	int bell; /* -1, or readable always: look again */
};

enum queue_kind {
	QUEUE_SENDERS = 1, /* for send rights */
	QUEUE_ONCE = 2, /* for one send-once right: a message, or its end, which is a notification */
	QUEUE_LEFTOVER = 3, /* of messages that were read and came back; nothing more will come */
};

struct queue {
	struct queue *next;
	struct receive *receive;
	enum queue_kind kind;
	int fd;
	int gauge_fd;
	struct gauge *gauge;
	struct identity identity; /* SENDERS: the socket that sends into it */
	bool claimed; /* the identity is the word of who sent the receive right */
	struct watch *watch; /* for no-senders */
};

struct request {
	struct end *notify; /* NULL: none */
	uint32_t sync;
	bool possible, armed; /* for send-possible; it is due when there is room again */
	struct watch *watch;
};

struct member;
struct receive {
	struct waitable waitable;
	struct entry *entry; /* NULL once the right is gone */
	struct queue *queues; /* oldest first */
	unsigned queue_count, once_count;
	struct transom_message *pending; /* taken from a queue, and not from the port */
	unsigned once_ended; /* the same with send-once rights that ended */
	uint32_t limit;
	uint32_t seqno, mscount;
	uint64_t context;
	bool guarded, strict;
	struct request no_senders, destroyed;
	struct member *members;
};

/* A receive right without queues. */
int
receive_create(struct receive **ret);
struct receive *
receive_ref(struct receive *receive);
void
receive_unref(struct receive *receive);

/* A new queue and its send right. */
int
receive_add_senders(struct receive *receive, struct end **ret);
int
receive_add_once(struct receive *receive, struct end **ret);

/* A queue of which the receiving end came from elsewhere. Takes both descriptors, also on failure. */
int
receive_add_queue(struct receive *receive, enum queue_kind kind, int fd, int gauge_fd, uint64_t cookie,
		  struct queue **ret);
void
receive_remove_queue(struct receive *receive, struct queue *queue);

/* The queue that a send right's socket sends into, or NULL. */
struct queue *
receive_find_queue(struct receive *receive, uint64_t cookie);

enum { RECEIVE_SEND_ONCE_ENDED = 1 };

/* What is no message is thrown away, so many at a time: the lock is held. */
enum { BAD_MESSAGES = 64 };

/*
 * The next message, into *@message, which may be exchanged for another one. 0; RECEIVE_SEND_ONCE_ENDED:
 * instead of a message, a send-once right is gone unused; -EAGAIN; -EMFILE: a message was lost.
 */
int
receive_next(struct receive *receive, struct transom_message **message);

/* Puts a message back, to be the next; NULL: the end of a send-once right. */
int
receive_put_back(struct receive *receive, struct transom_message **message);

/* What to wait for. */
int
waitable_prepare(struct waitable *waitable);
int
receive_prepare_wait(struct receive *receive);

/* Everybody who waits there leaves. */
void
waitable_end(struct waitable *waitable, enum waitable_state state);

/* What was put back becomes a queue, so that it can go with the receive right. */
int
receive_flush_pending(struct receive *receive);

/* Takes all away from it: descriptors close, what is queued is released. */
void
receive_empty(struct receive *receive);

/* mach-set.c */

struct set {
	struct waitable waitable;
	struct member *members;
};

int
set_create(struct set **ret);
void
set_unref(struct set *set);
void
set_empty(struct set *set);
void
set_visit(struct set *set, void (*visit)(struct receive *receive));
bool
set_has(const struct set *set, const struct receive *receive);
unsigned
receive_count_sets(const struct receive *receive);
void
receive_leave_sets(struct receive *receive);

/* As receive_next(), from any member. */
int
set_next(struct set *set, struct transom_message **message, struct receive **ret);

/* mach-port.c */

/* Which right a name has references of; MACH_PORT_RIGHT_NUMBER for none. */
mach_port_right_t
entry_counted_right(const struct entry *entry);

/* Begins a call upon a name: the lock is held if it returns KERN_SUCCESS. */
kern_return_t
name_enter(ipc_space_t task, mach_port_name_t name, struct entry **ret);

/* Ends it, and returns @kr. */
kern_return_t
name_leave(kern_return_t kr);

/* mach-space.c */

enum entry_kind {
	ENTRY_PORT = 1, /* send, receive or both */
	ENTRY_SEND_ONCE,
	ENTRY_DEAD,
	ENTRY_SET,
	ENTRY_SURFACE, /* a surface right for each reference, or fewer */
	ENTRY_TASK,
	ENTRY_BOOTSTRAP, /* the namespace of the runtime directory */
};

struct entry {
	struct entry *next;
	mach_port_name_t name;
	enum entry_kind kind;
	uint32_t urefs; /* send, send-once or dead-name references */
	uint32_t moving; /* of them, those in a message that is being sent */
	struct end *send; /* PORT: kept for the receiver without references too, to make more of */
	struct receive *receive;
	struct set *set;
	int *surfaces;
	unsigned surface_count;
	struct identity identity; /* SURFACE */
	struct request dead;
	struct observer *observer; /* NULL: nobody is to be told of its death */
};

/* What every task has. */
#define TASK_NAME 0x103
#define BOOTSTRAP_NAME 0x203

/* NULL if the name stands for nothing. */
struct entry *
space_find(mach_port_name_t name);

/* The port that a socket sends to, if it has a name here. */
struct entry *
space_find_port(uint64_t cookie, int send_fd);
struct entry *
space_find_surface(uint64_t identity);

/* With @name MACH_PORT_NULL under a new name. NULL: no memory, or the name is used. */
struct entry *
space_add(enum entry_kind kind, mach_port_name_t name);

/* Removes the name, and gives up all behind it but a receive right, which the caller has seen to. */
void
space_remove(struct entry *entry);
void
space_rename(struct entry *entry, mach_port_name_t name);
bool
space_name_is_usable(mach_port_name_t name);
void
space_visit(void (*visit)(struct entry *entry, void *argument), void *argument);

void
identity_add(struct identity *identity, struct entry *entry);
void
identity_remove(struct identity *identity);

/* Whether the port behind a send right has died meanwhile; then the name is a dead one. */
void
entry_refresh(struct entry *entry);
void
entry_become_dead(struct entry *entry);

/* Drops send, send-once, surface or dead-name references that it has. */
void
entry_drop(struct entry *entry, uint32_t count);
kern_return_t
entry_raise(struct entry *entry, uint32_t count);

/* Gives up the receive right: the port dies. */
void
entry_destroy_receive(struct entry *entry);

/* After the receive right has gone elsewhere: what is left is a send right. */
void
entry_keep_send(struct entry *entry);

/* The receive right leaves, for a message: the caller has it. */
struct receive *
entry_take_receive(struct entry *entry);

/* The send right to make copies of, for a port that is received here. */
int
entry_get_maker(struct entry *entry, struct end **ret);

/* A name for a send right, one reference more; takes the descriptor or the end, also on failure. */
kern_return_t
entry_for_send(int fd, struct entry **ret);
kern_return_t
entry_for_once(struct end *end, mach_port_name_t name, struct entry **ret);

/* mach-surface.c: what all copies of a right, and mostly all rights to its surface, have in common; 0 if a
 * descriptor from elsewhere can be no surface right: the look-up sees the rest. Never waits. With the lock held. */
uint64_t
surface_identity(int fd);

/* As entry_for_send(). */
kern_return_t
entry_for_surface(int fd, uint64_t identity, struct entry **ret);

/* A port with both rights, the send right without references. */
kern_return_t
entry_create_port(mach_port_name_t name, struct entry **ret);

/* mach-notify.c */

/* Sends one, and uses up the request. */
void
notify_dead_name(struct entry *entry);
void
notify_send_possible(struct entry *entry);
void
notify_deleted(struct entry *entry);
void
notify_no_senders(struct receive *receive);
/* Whether there was a request: the receive right is on its way then. */
bool
notify_destroyed(struct receive *receive);
void
request_cancel(struct request *request);

/* mach-possible.c: whether a message would find room; what has no queue always has some. */
bool
entry_has_room(struct entry *entry);

/* From now on there is to be told when there is room; what was armed already stays so. */
int
send_possible_arm(struct entry *entry);

/* When send references or rights have changed: whether no-senders is due. */
void
no_senders_look(struct receive *receive);

/* mach-task.c */

void
special_ports_inherit(void);

/* mach-bootstrap.c */

void
bootstrap_forget(void);

#endif /* TRANSOM_APPLE_MACH_PRIVATE_H */
