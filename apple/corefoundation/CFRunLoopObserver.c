/* CFRunLoopObserver.c - observers of what a run is about to do. */
#include "CFRunLoop-private.h"
#include "types-private.h"

struct observer {
	struct run_loop_item item;
	CFRunLoopObserverContext context;
	CFRunLoopObserverCallBack call;
	CFOptionFlags activities;
	bool repeats;
};

const struct cf_class cf_run_loop_observer_class = { .name = "CFRunLoopObserver",
						     .finalize = item_finalize,
						     .copy_description = item_copy_description };

static struct observer *
observer_of(CFTypeRef ref)
{
	return (struct observer *)item_of(ref, CF_TYPE_RUN_LOOP_OBSERVER);
}

CFTypeID
CFRunLoopObserverGetTypeID(void)
{
	return CF_TYPE_RUN_LOOP_OBSERVER;
}

CFRunLoopObserverRef
CFRunLoopObserverCreate(CFAllocatorRef allocator, CFOptionFlags activities, Boolean repeats, CFIndex order,
			CFRunLoopObserverCallBack call, CFRunLoopObserverContext *context)
{
	static CFRunLoopObserverContext none;
	struct observer *observer;

	if (!context)
		context = &none;
	if (!call || context->version != 0)
		return NULL;
	observer = cf_object_create(allocator, CF_TYPE_RUN_LOOP_OBSERVER, sizeof(*observer));
	if (!observer)
		return NULL;
	item_init(&observer->item, order, context->info, context->retain, context->release,
		  context->copyDescription);
	observer->context = *context;
	observer->context.info = observer->item.info;
	observer->call = call;
	observer->activities = activities;
	observer->repeats = repeats;
	return (CFRunLoopObserverRef)observer;
}

CFOptionFlags
CFRunLoopObserverGetActivities(CFRunLoopObserverRef ref)
{
	const struct observer *observer = observer_of(ref);

	return observer ? observer->activities : 0;
}

Boolean
CFRunLoopObserverDoesRepeat(CFRunLoopObserverRef ref)
{
	const struct observer *observer = observer_of(ref);

	return observer && observer->repeats;
}

CFIndex
CFRunLoopObserverGetOrder(CFRunLoopObserverRef ref)
{
	const struct observer *observer = observer_of(ref);

	return observer ? observer->item.order : 0;
}

void
CFRunLoopObserverInvalidate(CFRunLoopObserverRef ref)
{
	if (observer_of(ref))
		item_invalidate(&observer_of(ref)->item, ITEM_OBSERVER);
}

Boolean
CFRunLoopObserverIsValid(CFRunLoopObserverRef ref)
{
	struct observer *observer = observer_of(ref);

	return observer && atomic_load(&observer->item.is_valid);
}

void
CFRunLoopObserverGetContext(CFRunLoopObserverRef ref, CFRunLoopObserverContext *context)
{
	const struct observer *observer = observer_of(ref);

	if (observer && context && context->version == 0)
		*context = observer->context;
}

void
observer_call(CFRunLoopObserverRef ref, CFRunLoopActivity activity)
{
	struct observer *observer = (struct observer *)ref;

	if (!(observer->activities & activity) || !atomic_load(&observer->item.is_valid) ||
	    atomic_exchange(&observer->item.is_busy, true))
		return;
	observer->call(ref, activity, observer->item.info);
	atomic_store(&observer->item.is_busy, false);
	if (!observer->repeats)
		item_invalidate(&observer->item, ITEM_OBSERVER);
}
