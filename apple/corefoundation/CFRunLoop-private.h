/*
 * CFRunLoop-private.h - what the files of CFRunLoop share, and how other parts make sources of descriptors and of
 * Mach ports.
 */
#ifndef CF_RUN_LOOP_PRIVATE_H
#define CF_RUN_LOOP_PRIVATE_H

#include <stdint.h>

#include <CoreFoundation/CFRunLoop.h>

#include "CFBase-private.h"

/*
 * A source that is served while a descriptor can be read, as those of version 1 are while their port has messages.
 * Whoever serves it reads what there is: it is served again as long as there is more.
 */
struct cf_fd_source_context {
	void *info;
	const void *(*retain)(const void *info);
	void (*release)(const void *info);
	CFStringRef (*copy_description)(const void *info);
	/* Borrowed, and duplicated when the source is added to a mode; -1 for none. Any thread. */
	int (*get_fd)(void *info);
	void (*perform)(void *info);
};

/* The caller's; NULL without memory. */
CFRunLoopSourceRef
cf_run_loop_source_create_fd(CFAllocatorRef allocator, CFIndex order,
			     const struct cf_fd_source_context *context);

/* How sources of version 1 get at Mach ports. */
struct cf_port_hook {
	/* A descriptor that can be read while the port has messages; borrowed; -1 for what is no port. Any thread. */
	int (*get_fd)(unsigned int port);
	/* Receives a message, if there is one, has @context->perform handle it, and sends what that returns. */
	void (*serve)(unsigned int port, const CFRunLoopSourceContext1 *context, CFAllocatorRef allocator);
};

/* Once, before a source of version 1 is made; without it there can be none. */
void
cf_run_loop_install_port_hook(const struct cf_port_hook *hook);

/* All below is for CFRunLoop's own files. */

/* What a mode has lists of. */
enum item_kind { ITEM_SOURCE, ITEM_TIMER, ITEM_OBSERVER, ITEM_KINDS };

/* What these have in common, and begin with. */
struct run_loop_item {
	struct cf_object head;
	_Atomic(bool) is_valid;
	_Atomic(bool) is_busy; /* is being called: not to be called again from within */
	CFIndex order;
	struct run_loop *loop; /* of a timer or observer: the only one it is for; not retained, may be gone */
	void *info;
	void (*release)(const void *info);
	CFStringRef (*copy_description)(const void *info);
};

/* A descriptor of a source, in a mode. */
struct registration {
	CFRunLoopSourceRef source;
	int fd; /* a duplicate; -1 for none */
	uint64_t id;
};

struct run_loop_mode {
	struct run_loop_mode *next;
	CFStringRef name;
	CFMutableArrayRef items[ITEM_KINDS]; /* in the order in which they are called */
	struct registration *registrations;
	size_t registration_count;
	int epoll_fd, wake_fd, timer_fd; /* while there is something to wait for; else -1 */
	int64_t armed; /* when the timer goes off, which may be too early; INT64_MAX for never */
	unsigned generation; /* of forks, in which the descriptors were made */
};

/* A run in progress; the innermost is first. */
struct run {
	struct run *outer;
	struct run_loop_mode *mode;
	bool is_stopped;
};

struct run_loop {
	struct cf_object head;
	struct run_loop *next;
	struct run_loop_mode *modes;
	CFMutableArrayRef common_names;
	CFMutableArrayRef common_items[ITEM_KINDS];
	struct run *run;
	struct run_loop_mode *waiting_in;
	bool is_woken;
};

/* One lock for all run loops, held for moments and never while anything is called. */
void
run_loops_lock(void);
void
run_loops_unlock(void);

/* In a forked child, with the lock. */
void
run_loops_begin_in_child(void);

/* Times of the clock that nobody sets, in nanoseconds. */
int64_t
run_loop_now(void);
int64_t
run_loop_after(int64_t now, CFTimeInterval seconds);

/* Ours; NULL for what is no loop. */
struct run_loop *
run_loop_of(CFRunLoopRef loop);

/* Whether a name stands for all common modes. */
bool
run_loop_is_common(CFStringRef mode);

/* All these with the lock held, but for mode_wait(). */

/* The first of all loops. */
struct run_loop *
run_loops_first(void);

/* Ends the wait of a run, now or when it begins. */
void
run_loop_wake(struct run_loop *loop);

/* A mode is made when something is added to it, with @make. */
struct run_loop_mode *
run_loop_find_mode(struct run_loop *loop, CFStringRef name, bool make);

struct run_loop_mode *
mode_create(CFStringRef name);

/* Drops all in it, and it; without the lock: it calls what releases the items. */
void
mode_destroy(struct run_loop_mode *mode);

/* @fd goes to the mode, for a source; else -1. Returns whether it was not there before. */
bool
mode_add(struct run_loop_mode *mode, enum item_kind kind, struct run_loop_item *item, int fd);

bool
mode_remove(struct run_loop_mode *mode, enum item_kind kind, struct run_loop_item *item);

bool
mode_contains(const struct run_loop_mode *mode, enum item_kind kind, const struct run_loop_item *item);

/* Whether there is something that a run could wait for. */
bool
mode_is_empty(const struct run_loop_mode *mode);

/* Closes the descriptors if there is nothing to wait for. */
void
mode_settle(struct run_loop_mode *mode);

/* Ends a wait that is going on or about to begin. */
void
mode_wake(struct run_loop_mode *mode);

/* Sees to the descriptors that mode_wait() needs, and has it end at @deadline. */
void
mode_prepare(struct run_loop_mode *mode, int64_t deadline);

/* Waits, or only looks. Returns the id of a registration that is ready, or 0. Without the lock. */
uint64_t
mode_wait(struct run_loop_mode *mode, bool may_block);

/* The source that is ready, with a reference; NULL if it is gone. */
CFRunLoopSourceRef
mode_dup_source(struct run_loop_mode *mode, uint64_t id);

/* The items of a kind, as a row with a reference to each, to end with items_release(); any may be invalid. */
CFArrayRef
mode_dup_items(const struct run_loop_mode *mode, enum item_kind kind);

/* Takes an item out of every loop. Without the lock; with the caller's reference to it. */
void
item_invalidate(struct run_loop_item *item, enum item_kind kind);

/* What makes an item, after cf_object_create(). */
void
item_init(struct run_loop_item *item, CFIndex order, void *info, const void *(*retain)(const void *),
	  void (*release)(const void *), CFStringRef (*copy_description)(const void *));

/* An item of ours, valid or not; NULL for what is none. */
struct run_loop_item *
item_of(CFTypeRef object, CFTypeID type);

CFStringRef
item_copy_description(CFTypeRef object);

void
item_finalize(CFTypeRef object);

/* Wakes the loop that a timer is for. */
void
run_loop_wake_for(struct run_loop_item *item);

/* A descriptor of the source to wait for, the caller's; -1 for none. Without the lock. */
int
source_dup_fd(CFRunLoopSourceRef source);

/* Tells a source of version 0 of a loop that it was added to or taken out of. Without the lock. */
void
source_schedule(CFRunLoopSourceRef source, CFRunLoopRef loop, CFStringRef mode, bool is_added);

/* Serves a source if it is valid, and if it is of version 0 only if it was signalled. Returns whether it did. */
bool
source_serve(CFRunLoopSourceRef source);

/* Whether a source of version 0 was signalled. */
bool
source_is_signalled(CFRunLoopSourceRef source);

/* When a timer is due, in nanoseconds. With the lock held. */
int64_t
timer_get_due(CFRunLoopTimerRef timer);

/* Fires a timer that is due at @now. */
void
timer_fire(CFRunLoopTimerRef timer, int64_t now);

/* Calls an observer that has asked for @activity. */
void
observer_call(CFRunLoopObserverRef observer, CFRunLoopActivity activity);

extern const CFArrayCallBacks run_loop_item_callbacks;

/* Forks of this process since it began, as its children count them. */
unsigned
run_loop_generation(void);

#endif /* CF_RUN_LOOP_PRIVATE_H */
