/* CFNotificationCenter.c - the center of this process: who asked for what, and telling them. */
#include <stdlib.h>

#include <CoreFoundation/CFNotificationCenter.h>
#include <CoreFoundation/CFString.h>

#include "CFBase-private.h"
#include "types-private.h"

/* One question of an observer's. A post that goes on holds those that it tells. */
struct interest {
	struct interest *next;
	_Atomic(int) references;
	_Atomic(bool) is_removed;
	const void *observer;
	CFNotificationCallback call;
	CFStringRef name; /* NULL for any */
	const void *object; /* NULL for any */
};

struct center {
	struct cf_object head;
	struct interest *interests; /* in the order in which they came; with cf_lock() */
};

static struct center the_center = { CF_CONSTANT_HEAD(CF_TYPE_NOTIFICATION_CENTER), NULL };

const struct cf_class cf_notification_center_class = { .name = "CFNotificationCenter" };

CFTypeID
CFNotificationCenterGetTypeID(void)
{
	return CF_TYPE_NOTIFICATION_CENTER;
}

CFNotificationCenterRef
CFNotificationCenterGetLocalCenter(void)
{
	return (CFNotificationCenterRef)&the_center;
}

static void
interest_unref(struct interest *interest)
{
	if (atomic_fetch_sub(&interest->references, 1) > 1)
		return;
	CFRelease(interest->name);
	free(interest);
}

void
CFNotificationCenterAddObserver(CFNotificationCenterRef center, const void *observer,
				CFNotificationCallback call, CFNotificationName name, const void *object,
				CFNotificationSuspensionBehavior behavior)
{
	struct interest *interest, **place = &the_center.interests;

	if (center != CFNotificationCenterGetLocalCenter() || !call)
		return;
	interest = calloc(1, sizeof(*interest));
	if (!interest)
		return;
	atomic_init(&interest->references, 1);
	interest->observer = observer;
	interest->call = call;
	interest->name = name ? CFStringCreateCopy(kCFAllocatorSystemDefault, name) : NULL;
	interest->object = object;
	cf_lock();
	while (*place)
		place = &(*place)->next;
	*place = interest;
	cf_unlock();
}

/* Ends the interests of @observer that have this name and object; NULL for any. */
static void
remove_interests(const void *observer, CFStringRef name, const void *object)
{
	struct interest **place = &the_center.interests, *removed = NULL, *interest;

	cf_lock();
	while ((interest = *place)) {
		if (interest->observer != observer || (object && interest->object != object) ||
		    (name && !(interest->name && CFEqual(interest->name, name)))) {
			place = &interest->next;
			continue;
		}
		*place = interest->next;
		interest->next = removed;
		removed = interest;
	}
	cf_unlock();
	while ((interest = removed)) {
		removed = interest->next;
		atomic_store(&interest->is_removed, true);
		interest_unref(interest);
	}
}

void
CFNotificationCenterRemoveObserver(CFNotificationCenterRef center, const void *observer,
				   CFNotificationName name, const void *object)
{
	if (center == CFNotificationCenterGetLocalCenter())
		remove_interests(observer, name, object);
}

void
CFNotificationCenterRemoveEveryObserver(CFNotificationCenterRef center, const void *observer)
{
	CFNotificationCenterRemoveObserver(center, observer, NULL, NULL);
}

static bool
is_wanted(const struct interest *interest, CFStringRef name, const void *object)
{
	return (!interest->name || CFEqual(interest->name, name)) &&
	       (!interest->object || interest->object == object);
}

/* Those who want to know, with a reference to each, to free(3). */
static struct interest **
dup_interests(CFStringRef name, const void *object, size_t *count)
{
	struct interest **wanted;
	size_t all = 0;

	*count = 0;
	cf_lock();
	for (const struct interest *i = the_center.interests; i; i = i->next)
		all++;
	wanted = malloc((all + 1) * sizeof(*wanted));
	for (struct interest *i = the_center.interests; wanted && i; i = i->next)
		if (is_wanted(i, name, object)) {
			atomic_fetch_add(&i->references, 1);
			wanted[(*count)++] = i;
		}
	cf_unlock();
	return wanted;
}

void
CFNotificationCenterPostNotificationWithOptions(CFNotificationCenterRef center, CFNotificationName name,
						const void *object, CFDictionaryRef user_info,
						CFOptionFlags options)
{
	struct interest **wanted;
	size_t count;

	if (center != CFNotificationCenterGetLocalCenter() || CFGetTypeID(name) != CF_TYPE_STRING)
		return;
	wanted = dup_interests(name, object, &count);
	for (size_t i = 0; i < count; i++) {
		if (!atomic_load(&wanted[i]->is_removed)) /* by one that was told before it */
			wanted[i]->call(center, (void *)wanted[i]->observer, name, object, user_info);
		interest_unref(wanted[i]);
	}
	free(wanted);
}

void
CFNotificationCenterPostNotification(CFNotificationCenterRef center, CFNotificationName name,
				     const void *object, CFDictionaryRef user_info, Boolean immediately)
{
	CFNotificationCenterPostNotificationWithOptions(center, name, object, user_info,
							immediately ? kCFNotificationDeliverImmediately : 0);
}
