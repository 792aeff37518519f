/* CFRunLoopItem.c - adding sources, timers and observers to loops, and taking them out; not what they do. */
#include <unistd.h>

#include "CFRunLoop-private.h"
#include "types-private.h"

/* Adds to one mode. Without the lock. */
static void
add_to_mode(struct run_loop *loop, enum item_kind kind, struct run_loop_item *item, CFStringRef name)
{
	int fd = kind == ITEM_SOURCE ? source_dup_fd((CFRunLoopSourceRef)item) : -1;
	struct run_loop_mode *mode;
	bool is_added = false;

	run_loops_lock();
	mode = run_loop_find_mode(loop, name, true);
	if (mode && atomic_load(&item->is_valid))
		is_added = mode_add(mode, kind, item, fd);
	else if (fd >= 0)
		close(fd);
	if (is_added)
		run_loop_wake(loop);
	run_loops_unlock();
	if (is_added && kind == ITEM_SOURCE)
		source_schedule((CFRunLoopSourceRef)item, (CFRunLoopRef)loop, name, true);
}

/* Takes out of one mode. Without the lock, and with a reference of the caller's to the item. */
static void
remove_from_mode(struct run_loop *loop, enum item_kind kind, struct run_loop_item *item, CFStringRef name)
{
	struct run_loop_mode *mode;
	bool is_removed;

	run_loops_lock();
	mode = run_loop_find_mode(loop, name, false);
	is_removed = mode && mode_remove(mode, kind, item);
	if (is_removed && loop->waiting_in == mode)
		run_loop_wake(loop);
	else if (is_removed)
		mode_settle(mode);
	run_loops_unlock();
	if (is_removed && kind == ITEM_SOURCE)
		source_schedule((CFRunLoopSourceRef)item, (CFRunLoopRef)loop, name, false);
}

/* The names of the common modes, as they are now; the caller's. */
static CFArrayRef
dup_common_names(struct run_loop *loop)
{
	CFArrayRef names;

	run_loops_lock();
	names = CFArrayCreateMutableCopy(kCFAllocatorSystemDefault, 0, loop->common_names);
	run_loops_unlock();
	return names;
}

/* A timer or observer is for one loop only. */
static bool
belongs_to(struct run_loop *loop, enum item_kind kind, struct run_loop_item *item)
{
	bool fits;

	run_loops_lock();
	if (kind != ITEM_SOURCE && !item->loop)
		item->loop = loop;
	fits = kind == ITEM_SOURCE || item->loop == loop;
	run_loops_unlock();
	return fits;
}

static CFRange
all_of(CFArrayRef array)
{
	return CFRangeMake(0, CFArrayGetCount(array));
}

static void
add(CFRunLoopRef ref, enum item_kind kind, struct run_loop_item *item, CFStringRef mode)
{
	struct run_loop *loop = run_loop_of(ref);
	CFArrayRef names;

	if (!loop || !item || CFGetTypeID(mode) != CF_TYPE_STRING || !atomic_load(&item->is_valid) ||
	    !belongs_to(loop, kind, item))
		return;
	if (!run_loop_is_common(mode)) {
		add_to_mode(loop, kind, item, mode);
		return;
	}
	run_loops_lock();
	if (!CFArrayContainsValue(loop->common_items[kind], all_of(loop->common_items[kind]), item))
		CFArrayAppendValue(loop->common_items[kind], item);
	run_loops_unlock();
	names = dup_common_names(loop);
	for (CFIndex i = 0; i < CFArrayGetCount(names); i++)
		add_to_mode(loop, kind, item, CFArrayGetValueAtIndex(names, i));
	CFRelease(names);
}

/* With the lock held. */
static void
remove_common(struct run_loop *loop, enum item_kind kind, struct run_loop_item *item)
{
	CFMutableArrayRef items = loop->common_items[kind];
	CFIndex index = CFArrayGetFirstIndexOfValue(items, all_of(items), item);

	if (index != kCFNotFound)
		CFArrayRemoveValueAtIndex(items, index);
}

static void
take_out(CFRunLoopRef ref, enum item_kind kind, struct run_loop_item *item, CFStringRef mode)
{
	struct run_loop *loop = run_loop_of(ref);
	CFArrayRef names;

	if (!loop || !item || CFGetTypeID(mode) != CF_TYPE_STRING)
		return;
	if (!run_loop_is_common(mode)) {
		remove_from_mode(loop, kind, item, mode);
		return;
	}
	CFRetain(item);
	run_loops_lock();
	remove_common(loop, kind, item);
	run_loops_unlock();
	names = dup_common_names(loop);
	for (CFIndex i = 0; i < CFArrayGetCount(names); i++)
		remove_from_mode(loop, kind, item, CFArrayGetValueAtIndex(names, i));
	CFRelease(names);
	CFRelease(item);
}

static bool
contains(CFRunLoopRef ref, enum item_kind kind, struct run_loop_item *item, CFStringRef name)
{
	struct run_loop *loop = run_loop_of(ref);
	const struct run_loop_mode *mode;
	bool found = false;

	if (!loop || !item || CFGetTypeID(name) != CF_TYPE_STRING)
		return false;
	run_loops_lock();
	if (run_loop_is_common(name)) {
		found = CFArrayContainsValue(loop->common_items[kind], all_of(loop->common_items[kind]),
					     item);
	} else {
		mode = run_loop_find_mode(loop, name, false);
		found = mode && mode_contains(mode, kind, item);
	}
	run_loops_unlock();
	return found;
}

#define DEFINE_MEMBERS(Noun, type, kind)                                                                     \
	void CFRunLoopAdd##Noun(CFRunLoopRef loop, CFRunLoop##Noun##Ref item, CFRunLoopMode mode)            \
	{                                                                                                    \
		add(loop, kind, item_of(item, type), mode);                                                  \
	}                                                                                                    \
	void CFRunLoopRemove##Noun(CFRunLoopRef loop, CFRunLoop##Noun##Ref item, CFRunLoopMode mode)         \
	{                                                                                                    \
		take_out(loop, kind, item_of(item, type), mode);                                             \
	}                                                                                                    \
	Boolean CFRunLoopContains##Noun(CFRunLoopRef loop, CFRunLoop##Noun##Ref item, CFRunLoopMode mode)    \
	{                                                                                                    \
		return contains(loop, kind, item_of(item, type), mode);                                      \
	}
DEFINE_MEMBERS(Source, CF_TYPE_RUN_LOOP_SOURCE, ITEM_SOURCE)
DEFINE_MEMBERS(Timer, CF_TYPE_RUN_LOOP_TIMER, ITEM_TIMER)
DEFINE_MEMBERS(Observer, CF_TYPE_RUN_LOOP_OBSERVER, ITEM_OBSERVER)

/* A loop that has the item, with a reference, and the name of the mode, too; NULL if none has. */
static struct run_loop *
find_holder(enum item_kind kind, struct run_loop_item *item, CFStringRef *ret_mode)
{
	struct run_loop *holder = NULL;

	run_loops_lock();
	for (struct run_loop *loop = run_loops_first(); loop && !holder; loop = loop->next) {
		remove_common(loop, kind, item);
		for (const struct run_loop_mode *mode = loop->modes; mode && !holder; mode = mode->next)
			if (mode_contains(mode, kind, item) && cf_object_try_retain(loop)) {
				*ret_mode = CFRetain(mode->name);
				holder = loop;
			}
	}
	run_loops_unlock();
	return holder;
}

void
item_invalidate(struct run_loop_item *item, enum item_kind kind)
{
	struct run_loop *loop;
	CFStringRef mode;

	if (!atomic_exchange(&item->is_valid, false))
		return;
	CFRetain(item);
	while ((loop = find_holder(kind, item, &mode))) {
		remove_from_mode(loop, kind, item, mode);
		CFRelease(mode);
		CFRelease(loop);
	}
	if (kind != ITEM_SOURCE && item->release) { /* a source may be served by another thread just now */
		item->release(item->info);
		item->release = NULL;
	}
	CFRelease(item);
}

void
CFRunLoopAddCommonMode(CFRunLoopRef ref, CFRunLoopMode name)
{
	struct run_loop *loop = run_loop_of(ref);
	CFMutableArrayRef items[ITEM_KINDS] = { NULL };

	if (!loop || CFGetTypeID(name) != CF_TYPE_STRING || run_loop_is_common(name))
		return;
	run_loops_lock();
	if (!CFArrayContainsValue(loop->common_names, all_of(loop->common_names), name)) {
		CFArrayAppendValue(loop->common_names, name);
		for (int kind = 0; kind < ITEM_KINDS; kind++)
			items[kind] = CFArrayCreateMutableCopy(kCFAllocatorSystemDefault, 0,
							       loop->common_items[kind]);
	}
	run_loops_unlock();
	for (int kind = 0; kind < ITEM_KINDS; kind++) {
		for (CFIndex i = 0; i < CFArrayGetCount(items[kind]); i++)
			add_to_mode(loop, kind, (void *)CFArrayGetValueAtIndex(items[kind], i), name);
		CFRelease(items[kind]);
	}
}
