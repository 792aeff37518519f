/* CFRunLoop.c - the loops of threads: their modes, waking and stopping them; not what is in a mode, nor a run. */
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

struct run_loop *
run_loops_first(void)
{
	return loops;
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

struct run_loop *
run_loop_of(CFRunLoopRef loop)
{
	return cf_is_own(loop, CF_TYPE_RUN_LOOP) ? (struct run_loop *)loop : NULL;
}

struct run_loop_mode *
run_loop_find_mode(struct run_loop *loop, CFStringRef name, bool make)
{
	struct run_loop_mode **place = &loop->modes;

	while (*place && !CFEqual((*place)->name, name))
		place = &(*place)->next;
	if (!*place && make)
		*place = mode_create(name);
	return *place;
}

bool
run_loop_is_common(CFStringRef mode)
{
	return CFEqual(mode, kCFRunLoopCommonModes);
}

CFRunLoopMode
CFRunLoopCopyCurrentMode(CFRunLoopRef ref)
{
	struct run_loop *loop = run_loop_of(ref);
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
	struct run_loop *loop = run_loop_of(ref);
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

void
run_loop_wake(struct run_loop *loop)
{
	loop->is_woken = true;
	if (loop->waiting_in)
		mode_wake(loop->waiting_in);
}

void
run_loop_wake_for(struct run_loop_item *item)
{
	run_loops_lock();
	for (struct run_loop *loop = loops; loop; loop = loop->next)
		if (loop == item->loop)
			run_loop_wake(loop);
	run_loops_unlock();
}

Boolean
CFRunLoopIsWaiting(CFRunLoopRef ref)
{
	struct run_loop *loop = run_loop_of(ref);
	bool waits;

	run_loops_lock();
	waits = loop && loop->waiting_in && !loop->is_woken;
	run_loops_unlock();
	return waits;
}

void
CFRunLoopWakeUp(CFRunLoopRef ref)
{
	struct run_loop *loop = run_loop_of(ref);

	run_loops_lock();
	if (loop)
		run_loop_wake(loop);
	run_loops_unlock();
}

void
CFRunLoopStop(CFRunLoopRef ref)
{
	struct run_loop *loop = run_loop_of(ref);

	run_loops_lock();
	if (loop && loop->run) {
		loop->run->is_stopped = true;
		run_loop_wake(loop);
	}
	run_loops_unlock();
}
