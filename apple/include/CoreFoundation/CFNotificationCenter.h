/*
 * CFNotificationCenter.h - tells those in this process who asked for it that something happened. CFBase.h says
 * what holds for all objects.
 *
 * Threads: any function, from any thread. An observer is called on the thread that posts, before the post
 * returns, without a lock held: it may add, remove and post.
 */
#ifndef TRANSOM_COREFOUNDATION_CFNOTIFICATIONCENTER_H
#define TRANSOM_COREFOUNDATION_CFNOTIFICATIONCENTER_H

#include <CoreFoundation/CFBase.h>
#include <CoreFoundation/CFDictionary.h>

CF_EXTERN_C_BEGIN

typedef CFStringRef CFNotificationName;
typedef struct __CFNotificationCenter *CFNotificationCenterRef;

typedef void (*CFNotificationCallback)(CFNotificationCenterRef center, void *observer, CFNotificationName name,
				       const void *object, CFDictionaryRef userInfo);

/* For centers that reach other processes; the local one has no use for it. */
typedef CF_ENUM(CFIndex, CFNotificationSuspensionBehavior) {
	CFNotificationSuspensionBehaviorDrop = 1,
	CFNotificationSuspensionBehaviorCoalesce = 2,
	CFNotificationSuspensionBehaviorHold = 3,
	CFNotificationSuspensionBehaviorDeliverImmediately = 4
};

enum {
	kCFNotificationDeliverImmediately = 1UL << 0,
	kCFNotificationPostToAllSessions = 1UL << 1
};

CF_EXPORT CFTypeID
CFNotificationCenterGetTypeID(void);

/** The one of this process. */
CF_EXPORT CFNotificationCenterRef
CFNotificationCenterGetLocalCenter(void);

/** @name and @object choose what is told; NULL for any. @observer is not retained, and may be NULL. */
CF_EXPORT void
CFNotificationCenterAddObserver(CFNotificationCenterRef center, const void *observer,
				CFNotificationCallback callback, CFNotificationName name, const void *object,
				CFNotificationSuspensionBehavior behavior);

/** Ends what was asked for by @observer with this @name and @object; NULL for any. */
CF_EXPORT void
CFNotificationCenterRemoveObserver(CFNotificationCenterRef center, const void *observer, CFNotificationName name,
				   const void *object);

CF_EXPORT void
CFNotificationCenterRemoveEveryObserver(CFNotificationCenterRef center, const void *observer);

CF_EXPORT void
CFNotificationCenterPostNotification(CFNotificationCenterRef center, CFNotificationName name, const void *object,
				     CFDictionaryRef userInfo, Boolean immediately);

CF_EXPORT void
CFNotificationCenterPostNotificationWithOptions(CFNotificationCenterRef center, CFNotificationName name,
						const void *object, CFDictionaryRef userInfo, CFOptionFlags options);

CF_EXTERN_C_END

#endif /* TRANSOM_COREFOUNDATION_CFNOTIFICATIONCENTER_H */
