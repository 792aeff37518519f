/* CFRunLoopTimer.c - timers: when they are due, and what they call. */
#include "CFRunLoop-private.h"
#include "types-private.h"

struct timer {
	struct run_loop_item item;
	CFRunLoopTimerContext context;
	CFRunLoopTimerCallBack call;
	CFTimeInterval interval; /* 0 for one that does not repeat */
	CFTimeInterval tolerance;
	CFAbsoluteTime date; /* of the next time; this and @due with the loops' lock */
	int64_t due;
};

const struct cf_class cf_run_loop_timer_class = { .name = "CFRunLoopTimer",
						  .finalize = item_finalize,
						  .copy_description = item_copy_description };

static struct timer *
timer_of(CFTypeRef ref)
{
	return (struct timer *)item_of(ref, CF_TYPE_RUN_LOOP_TIMER);
}

CFTypeID
CFRunLoopTimerGetTypeID(void)
{
	return CF_TYPE_RUN_LOOP_TIMER;
}

/* A date goes by the clock that people set, and waiting by the one that nobody sets. */
static void
set_date(struct timer *timer, CFAbsoluteTime date)
{
	timer->date = date;
	timer->due = run_loop_after(run_loop_now(), date - CFAbsoluteTimeGetCurrent());
}

CFRunLoopTimerRef
CFRunLoopTimerCreate(CFAllocatorRef allocator, CFAbsoluteTime date, CFTimeInterval interval,
		     CFOptionFlags flags, CFIndex order, CFRunLoopTimerCallBack call,
		     CFRunLoopTimerContext *context)
{
	static CFRunLoopTimerContext none;
	struct timer *timer;

	if (!context)
		context = &none;
	if (!call || context->version != 0)
		return NULL;
	timer = cf_object_create(allocator, CF_TYPE_RUN_LOOP_TIMER, sizeof(*timer));
	if (!timer)
		return NULL;
	item_init(&timer->item, order, context->info, context->retain, context->release,
		  context->copyDescription);
	timer->context = *context;
	timer->context.info = timer->item.info;
	timer->call = call;
	timer->interval = interval > 0 ? interval : 0;
	set_date(timer, date);
	return (CFRunLoopTimerRef)timer;
}

CFAbsoluteTime
CFRunLoopTimerGetNextFireDate(CFRunLoopTimerRef ref)
{
	const struct timer *timer = timer_of(ref);
	CFAbsoluteTime date = 0;

	run_loops_lock();
	if (timer && CFRunLoopTimerIsValid(ref))
		date = timer->date;
	run_loops_unlock();
	return date;
}

void
CFRunLoopTimerSetNextFireDate(CFRunLoopTimerRef ref, CFAbsoluteTime date)
{
	struct timer *timer = timer_of(ref);

	if (!timer || !CFRunLoopTimerIsValid(ref))
		return;
	run_loops_lock();
	set_date(timer, date);
	run_loops_unlock();
	run_loop_wake_for(&timer->item);
}

CFTimeInterval
CFRunLoopTimerGetInterval(CFRunLoopTimerRef ref)
{
	const struct timer *timer = timer_of(ref);

	return timer ? timer->interval : 0;
}

Boolean
CFRunLoopTimerDoesRepeat(CFRunLoopTimerRef ref)
{
	return CFRunLoopTimerGetInterval(ref) > 0;
}

CFIndex
CFRunLoopTimerGetOrder(CFRunLoopTimerRef ref)
{
	const struct timer *timer = timer_of(ref);

	return timer ? timer->item.order : 0;
}

void
CFRunLoopTimerInvalidate(CFRunLoopTimerRef ref)
{
	if (timer_of(ref))
		item_invalidate(&timer_of(ref)->item, ITEM_TIMER);
}

Boolean
CFRunLoopTimerIsValid(CFRunLoopTimerRef ref)
{
	struct timer *timer = timer_of(ref);

	return timer && atomic_load(&timer->item.is_valid);
}

void
CFRunLoopTimerGetContext(CFRunLoopTimerRef ref, CFRunLoopTimerContext *context)
{
	const struct timer *timer = timer_of(ref);

	if (timer && context && context->version == 0)
		*context = timer->context;
}

CFTimeInterval
CFRunLoopTimerGetTolerance(CFRunLoopTimerRef ref)
{
	const struct timer *timer = timer_of(ref);

	return timer ? timer->tolerance : 0;
}

void
CFRunLoopTimerSetTolerance(CFRunLoopTimerRef ref, CFTimeInterval tolerance)
{
	struct timer *timer = timer_of(ref);

	if (timer)
		timer->tolerance = tolerance > 0 ? tolerance : 0;
}

int64_t
timer_get_due(CFRunLoopTimerRef ref)
{
	struct timer *timer = (struct timer *)ref;

	return atomic_load(&timer->item.is_valid) && !atomic_load(&timer->item.is_busy) ? timer->due
											: INT64_MAX;
}

/* The first moment of the timer's row that is still to come. With the lock held. */
static void
advance(struct timer *timer, int64_t now)
{
	double missed = (double)(now - timer->due) / 1e9, steps = 1;

	if (missed > timer->interval)
		steps += (double)(int64_t)(missed / timer->interval < 0x1p62 ? missed / timer->interval
									     : 0x1p62);
	timer->date += steps * timer->interval;
	timer->due = run_loop_after(timer->due, steps * timer->interval);
	if (timer->due <= now) /* intervals below a nanosecond */
		timer->due = now + 1;
}

void
timer_fire(CFRunLoopTimerRef ref, int64_t now)
{
	struct timer *timer = (struct timer *)ref;
	bool is_due;

	run_loops_lock();
	is_due = timer_get_due(ref) <= now;
	if (is_due && timer->interval > 0)
		advance(timer, now);
	run_loops_unlock();
	if (!is_due)
		return;
	atomic_store(&timer->item.is_busy, true);
	timer->call(ref, timer->item.info);
	atomic_store(&timer->item.is_busy, false);
	if (timer->interval == 0)
		item_invalidate(&timer->item, ITEM_TIMER);
}
