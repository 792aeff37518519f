/* CFRunLoop.c - the loops of threads, what is added to them, and a run; not the wait, nor what is called. */
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "CFRunLoop-private.h"
#include "types-private.h"

CF_STRING_CONSTANT(CFRunLoopMode, kCFRunLoopDefaultMode, "kCFRunLoopDefaultMode");
CF_STRING_CONSTANT(CFRunLoopMode, kCFRunLoopCommonModes, "kCFRunLoopCommonModes");

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key; /* the thread's own loop */
static _Thread_local struct run_loop *own_loop;
static struct run_loop *loops; /* all of them */
static struct run_loop *main_loop;
static _Atomic(unsigned) generation;

unsigned
run_loop_generation(void)
{
	return atomic_load(&generation);
}

void
run_loops_lock(void)
{
	pthread_mutex_lock(&lock);
}

void
run_loops_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

int64_t
run_loop_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int64_t
run_loop_after(int64_t now, CFTimeInterval seconds)
{
	if (!(seconds < 9e9)) /* three hundred years, or NaN */
		return INT64_MAX;
	return seconds < -9e9 ? 0 : now + (int64_t)(seconds * 1e9);
}

/* The thread that forked is the only one of the child, and so its first. */
void
run_loops_begin_in_child(void)
{
	atomic_fetch_add(&generation, 1);
	main_loop = own_loop;
}

static bool
items_create(CFMutableArrayRef items[static ITEM_KINDS])
{
	for (int kind = 0; kind < ITEM_KINDS; kind++) {
		items[kind] = CFArrayCreateMutable(kCFAllocatorSystemDefault, 0, &run_loop_item_callbacks);
		if (!items[kind])
			return false;
	}
	return true;
}

static void
loop_finalize(CFTypeRef object)
{
	struct run_loop *loop = (struct run_loop *)object;
	struct run_loop_mode *mode;

	run_loops_lock();
	for (struct run_loop **place = &loops; *place; place = &(*place)->next)
		if (*place == loop) {
			*place = loop->next;
			break;
		}
	run_loops_unlock();
	while ((mode = loop->modes)) {
		loop->modes = mode->next;
		mode_destroy(mode);
	}
	for (int kind = 0; kind < ITEM_KINDS; kind++)
		CFRelease(loop->common_items[kind]);
	CFRelease(loop->common_names);
}

/* Takes all sources out of a loop whose thread ends, and invalidates its timers and observers. */
static void
loop_clear(struct run_loop *loop)
{
	for (int kind = 0; kind < ITEM_KINDS; kind++)
		for (;;) {
			CFArrayRef items = NULL;
			CFStringRef name = NULL;

			run_loops_lock();
			for (struct run_loop_mode *mode = loop->modes; mode && !items; mode = mode->next) {
				items = mode_dup_items(mode, kind);
				name = mode->name;
			}
			run_loops_unlock();
			if (!items)
				break;
			for (CFIndex i = 0; i < CFArrayGetCount(items); i++) {
				void *item = (void *)CFArrayGetValueAtIndex(items, i);

				if (kind == ITEM_SOURCE)
					CFRunLoopRemoveSource((CFRunLoopRef)loop, item, name);
				else
					item_invalidate(item, kind);
			}
			CFRelease(items);
		}
}

static void
end_of_thread(void *loop)
{
	loop_clear(loop);
	own_loop = NULL;
	CFRelease(loop);
}

static void
initialize(void)
{
	pthread_key_create(&key, end_of_thread);
}

static struct run_loop *
loop_create(void)
{
	struct run_loop *loop = cf_object_create(kCFAllocatorSystemDefault, CF_TYPE_RUN_LOOP, sizeof(*loop));

	if (!loop)
		return NULL;
	loop->common_names = CFArrayCreateMutable(kCFAllocatorSystemDefault, 0, &kCFTypeArrayCallBacks);
	if (!loop->common_names || !items_create(loop->common_items)) {
		CFRelease(loop);
		return NULL;
	}
	CFArrayAppendValue(loop->common_names, kCFRunLoopDefaultMode);
	run_loops_lock();
	loop->next = loops;
	loops = loop;
	run_loops_unlock();
	return loop;
}

const struct cf_class cf_run_loop_class = { .name = "CFRunLoop", .finalize = loop_finalize };

CFTypeID
CFRunLoopGetTypeID(void)
{
	return CF_TYPE_RUN_LOOP;
}

static bool
is_first_thread(void)
{
	return gettid() == getpid();
}

CFRunLoopRef
CFRunLoopGetMain(void)
{
	struct run_loop *made = NULL, *loop;

	pthread_once(&once, initialize);
	run_loops_lock();
	loop = main_loop;
	run_loops_unlock();
	if (loop)
		return (CFRunLoopRef)loop;
	made = loop_create();
	run_loops_lock();
	if (!main_loop && made) {
		main_loop = made;
		made = NULL;
	}
	loop = main_loop;
	run_loops_unlock();
	CFRelease(made); /* another thread was faster */
	return (CFRunLoopRef)loop;
}

CFRunLoopRef
CFRunLoopGetCurrent(void)
{
	pthread_once(&once, initialize);
	if (own_loop)
		return (CFRunLoopRef)own_loop;
	if (is_first_thread()) {
		own_loop = (struct run_loop *)CFRunLoopGetMain();
	} else {
		own_loop = loop_create();
		pthread_setspecific(key, own_loop);
	}
	return (CFRunLoopRef)own_loop;
}

static struct run_loop *
loop_of(CFRunLoopRef loop)
{
	return cf_is_own(loop, CF_TYPE_RUN_LOOP) ? (struct run_loop *)loop : NULL;
}

/* With the lock held. A mode is made when something is added to it, or with @make. */
static struct run_loop_mode *
find_mode(struct run_loop *loop, CFStringRef name, bool make)
{
	struct run_loop_mode **place = &loop->modes;

	while (*place && !CFEqual((*place)->name, name))
		place = &(*place)->next;
	if (!*place && make)
		*place = mode_create(name);
	return *place;
}

CFRunLoopMode
CFRunLoopCopyCurrentMode(CFRunLoopRef ref)
{
	struct run_loop *loop = loop_of(ref);
	CFStringRef name = NULL;

	run_loops_lock();
	if (loop && loop->run)
		name = CFRetain(loop->run->mode->name);
	run_loops_unlock();
	return name;
}

CFArrayRef
CFRunLoopCopyAllModes(CFRunLoopRef ref)
{
	struct run_loop *loop = loop_of(ref);
	CFMutableArrayRef names;

	if (!loop)
		return NULL;
	names = CFArrayCreateMutable(NULL, 0, &kCFTypeArrayCallBacks);
	run_loops_lock();
	for (const struct run_loop_mode *mode = loop->modes; mode; mode = mode->next)
		CFArrayAppendValue(names, mode->name);
	run_loops_unlock();
	return names;
}

static void
wake(struct run_loop *loop)
{
	loop->is_woken = true;
	if (loop->waiting_in)
		mode_wake(loop->waiting_in);
}

/* Adds to one mode. Without the lock. */
static void
add_to_mode(struct run_loop *loop, enum item_kind kind, struct run_loop_item *item, CFStringRef name)
{
	int fd = kind == ITEM_SOURCE ? source_dup_fd((CFRunLoopSourceRef)item) : -1;
	struct run_loop_mode *mode;
	bool is_added = false;

	run_loops_lock();
	mode = find_mode(loop, name, true);
	if (mode && atomic_load(&item->is_valid))
		is_added = mode_add(mode, kind, item, fd);
	else if (fd >= 0)
		close(fd);
	if (is_added)
		wake(loop);
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
	mode = find_mode(loop, name, false);
	is_removed = mode && mode_remove(mode, kind, item);
	if (is_removed && loop->waiting_in == mode)
		wake(loop);
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

static bool
is_common(CFStringRef mode)
{
	return CFEqual(mode, kCFRunLoopCommonModes);
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
	struct run_loop *loop = loop_of(ref);
	CFArrayRef names;

	if (!loop || !item || CFGetTypeID(mode) != CF_TYPE_STRING || !atomic_load(&item->is_valid) ||
	    !belongs_to(loop, kind, item))
		return;
	if (!is_common(mode)) {
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
	struct run_loop *loop = loop_of(ref);
	CFArrayRef names;

	if (!loop || !item || CFGetTypeID(mode) != CF_TYPE_STRING)
		return;
	if (!is_common(mode)) {
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
	struct run_loop *loop = loop_of(ref);
	const struct run_loop_mode *mode;
	bool found = false;

	if (!loop || !item || CFGetTypeID(name) != CF_TYPE_STRING)
		return false;
	run_loops_lock();
	if (is_common(name)) {
		found = CFArrayContainsValue(loop->common_items[kind], all_of(loop->common_items[kind]),
					     item);
	} else {
		mode = find_mode(loop, name, false);
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
	for (struct run_loop *loop = loops; loop && !holder; loop = loop->next) {
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
run_loop_wake_for(struct run_loop_item *item)
{
	run_loops_lock();
	for (struct run_loop *loop = loops; loop; loop = loop->next)
		if (loop == item->loop)
			wake(loop);
	run_loops_unlock();
}

void
CFRunLoopAddCommonMode(CFRunLoopRef ref, CFRunLoopMode name)
{
	struct run_loop *loop = loop_of(ref);
	CFMutableArrayRef items[ITEM_KINDS] = { NULL };

	if (!loop || CFGetTypeID(name) != CF_TYPE_STRING || is_common(name))
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

Boolean
CFRunLoopIsWaiting(CFRunLoopRef ref)
{
	struct run_loop *loop = loop_of(ref);
	bool waits;

	run_loops_lock();
	waits = loop && loop->waiting_in && !loop->is_woken;
	run_loops_unlock();
	return waits;
}

void
CFRunLoopWakeUp(CFRunLoopRef ref)
{
	struct run_loop *loop = loop_of(ref);

	run_loops_lock();
	if (loop)
		wake(loop);
	run_loops_unlock();
}

void
CFRunLoopStop(CFRunLoopRef ref)
{
	struct run_loop *loop = loop_of(ref);

	run_loops_lock();
	if (loop && loop->run) {
		loop->run->is_stopped = true;
		wake(loop);
	}
	run_loops_unlock();
}

/* When the next timer is due; INT64_MAX if there is none. With the lock held. */
static int64_t
next_due(const struct run_loop_mode *mode)
{
	int64_t next = INT64_MAX;

	for (CFIndex i = 0; i < CFArrayGetCount(mode->items[ITEM_TIMER]); i++) {
		int64_t due =
			timer_get_due((CFRunLoopTimerRef)CFArrayGetValueAtIndex(mode->items[ITEM_TIMER], i));

		next = due < next ? due : next;
	}
	return next;
}

CFAbsoluteTime
CFRunLoopGetNextTimerFireDate(CFRunLoopRef ref, CFRunLoopMode name)
{
	struct run_loop *loop = loop_of(ref);
	const struct run_loop_mode *mode;
	int64_t next = INT64_MAX;

	if (!loop || CFGetTypeID(name) != CF_TYPE_STRING)
		return 0;
	run_loops_lock();
	mode = find_mode(loop, name, false);
	if (mode)
		next = next_due(mode);
	run_loops_unlock();
	if (next == INT64_MAX)
		return 0;
	return CFAbsoluteTimeGetCurrent() + (double)(next - run_loop_now()) / 1e9;
}

/* The items of a kind in a mode, with references, that are called without the lock. */
static CFArrayRef
dup_items(struct run_loop_mode *mode, enum item_kind kind)
{
	CFArrayRef items;

	run_loops_lock();
	items = mode_dup_items(mode, kind);
	run_loops_unlock();
	return items;
}

static void
tell_observers(struct run_loop_mode *mode, CFRunLoopActivity activity)
{
	CFArrayRef observers = dup_items(mode, ITEM_OBSERVER);

	for (CFIndex i = 0; i < CFArrayGetCount(observers); i++)
		observer_call((CFRunLoopObserverRef)CFArrayGetValueAtIndex(observers, i), activity);
	CFRelease(observers);
}

/* Serves the sources of version 0 that were signalled. Returns whether there was one. */
static bool
serve_signalled(struct run_loop_mode *mode)
{
	CFArrayRef sources = dup_items(mode, ITEM_SOURCE);
	bool served = false;

	for (CFIndex i = 0; i < CFArrayGetCount(sources); i++) {
		CFRunLoopSourceRef source = (CFRunLoopSourceRef)CFArrayGetValueAtIndex(sources, i);

		if (source_is_signalled(source))
			served |= source_serve(source);
	}
	CFRelease(sources);
	return served;
}

static CFComparisonResult
compare_due(const void *first, const void *second, void *context)
{
	int64_t a = timer_get_due((CFRunLoopTimerRef)first), b = timer_get_due((CFRunLoopTimerRef)second);

	return a < b ? kCFCompareLessThan : a > b ? kCFCompareGreaterThan : kCFCompareEqualTo;
}

static void
fire_timers(struct run_loop_mode *mode)
{
	int64_t now = run_loop_now();
	CFMutableArrayRef timers = NULL;
	int64_t due;

	run_loops_lock();
	due = next_due(mode);
	if (due <= now) {
		timers = (CFMutableArrayRef)mode_dup_items(mode, ITEM_TIMER);
		CFArraySortValues(timers, all_of(timers), compare_due, NULL);
	}
	run_loops_unlock();
	for (CFIndex i = 0; i < CFArrayGetCount(timers); i++)
		timer_fire((CFRunLoopTimerRef)CFArrayGetValueAtIndex(timers, i), now);
	CFRelease(timers);
}

/* Sleeps until something happens, or only looks. Serves the source that is ready; returns whether there was one. */
static bool
wait_and_serve(struct run_loop *loop, struct run_loop_mode *mode, int64_t deadline, bool may_block)
{
	CFRunLoopSourceRef source = NULL;
	bool served = false, blocks;
	int64_t due;
	uint64_t id;

	if (may_block)
		tell_observers(mode, kCFRunLoopBeforeWaiting);
	run_loops_lock();
	due = next_due(mode);
	mode_prepare(mode, due < deadline ? due : deadline);
	blocks = may_block && !loop->is_woken && !loop->run->is_stopped && !mode_is_empty(mode);
	loop->waiting_in = mode;
	run_loops_unlock();
	id = mode_wait(mode, blocks);
	run_loops_lock();
	loop->waiting_in = NULL;
	loop->is_woken = false;
	if (id)
		source = mode_dup_source(mode, id);
	run_loops_unlock();
	if (may_block)
		tell_observers(mode, kCFRunLoopAfterWaiting);
	fire_timers(mode);
	if (source)
		served = source_serve(source);
	CFRelease(source);
	return served;
}

/* Whether the run is to end, and how; 0 if it goes on. */
static CFRunLoopRunResult
result_of(struct run *run, bool served, bool return_after_source, int64_t deadline)
{
	CFRunLoopRunResult result = 0;

	run_loops_lock();
	if (served && return_after_source)
		result = kCFRunLoopRunHandledSource;
	else if (deadline <= run_loop_now())
		result = kCFRunLoopRunTimedOut;
	else if (run->is_stopped)
		result = kCFRunLoopRunStopped;
	else if (mode_is_empty(run->mode))
		result = kCFRunLoopRunFinished;
	run_loops_unlock();
	return result;
}

static CFRunLoopRunResult
run_until(struct run_loop *loop, struct run *run, int64_t deadline, bool return_after_source)
{
	struct run_loop_mode *mode = run->mode;
	CFRunLoopRunResult result;
	bool served;

	do {
		tell_observers(mode, kCFRunLoopBeforeTimers);
		tell_observers(mode, kCFRunLoopBeforeSources);
		served = serve_signalled(mode);
		served |= wait_and_serve(loop, mode, deadline, !served && deadline > run_loop_now());
		result = result_of(run, served, return_after_source, deadline);
	} while (!result);
	return result;
}

CFRunLoopRunResult
CFRunLoopRunInMode(CFRunLoopMode name, CFTimeInterval seconds, Boolean return_after_source)
{
	struct run_loop *loop = loop_of(CFRunLoopGetCurrent());
	struct run run = { NULL };
	int64_t now = run_loop_now();
	CFRunLoopRunResult result;

	if (!loop || CFGetTypeID(name) != CF_TYPE_STRING)
		return kCFRunLoopRunFinished;
	run_loops_lock();
	run.mode = is_common(name) ? NULL : find_mode(loop, name, false);
	if (!run.mode || mode_is_empty(run.mode)) {
		run_loops_unlock();
		return kCFRunLoopRunFinished;
	}
	run.outer = loop->run;
	loop->run = &run;
	run_loops_unlock();
	tell_observers(run.mode, kCFRunLoopEntry);
	result = run_until(loop, &run, seconds > 0 ? run_loop_after(now, seconds) : now, return_after_source);
	tell_observers(run.mode, kCFRunLoopExit);
	run_loops_lock();
	loop->run = run.outer;
	mode_settle(run.mode);
	run_loops_unlock();
	return result;
}

void
CFRunLoopRun(void)
{
	CFRunLoopRunResult result;

	do
		result = CFRunLoopRunInMode(kCFRunLoopDefaultMode, 1e10, false);
	while (result != kCFRunLoopRunStopped && result != kCFRunLoopRunFinished);
}
