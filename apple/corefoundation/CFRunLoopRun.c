/* CFRunLoopRun.c - a run of a loop in a mode: what is called, in which order, and how it ends; not the wait. */
#include "CFRunLoop-private.h"
#include "types-private.h"

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
	struct run_loop *loop = run_loop_of(ref);
	const struct run_loop_mode *mode;
	int64_t next = INT64_MAX;

	if (!loop || CFGetTypeID(name) != CF_TYPE_STRING)
		return 0;
	run_loops_lock();
	mode = run_loop_find_mode(loop, name, false);
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
		CFArraySortValues(timers, CFRangeMake(0, CFArrayGetCount(timers)), compare_due, NULL);
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
	struct run_loop *loop = run_loop_of(CFRunLoopGetCurrent());
	struct run run = { NULL };
	int64_t now = run_loop_now();
	CFRunLoopRunResult result;

	if (!loop || CFGetTypeID(name) != CF_TYPE_STRING)
		return kCFRunLoopRunFinished;
	run_loops_lock();
	run.mode = run_loop_is_common(name) ? NULL : run_loop_find_mode(loop, name, false);
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
