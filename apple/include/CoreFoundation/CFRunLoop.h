/*
 * CFRunLoop.h - a thread's wait for what may happen: sources, timers, and observers of the wait itself. CFBase.h
 * says what holds for all objects.
 *
 * A thread has one run loop, made when it is first asked for. It runs in one mode at a time and serves what was
 * added to that mode. kCFRunLoopCommonModes stands for all modes that were declared common: the default mode, and
 * those of CFRunLoopAddCommonMode(). A run keeps what it serves, and calls it without a lock held.
 *
 * Blocks:  CFRunLoopRun() and CFRunLoopRunInMode(), until there is something to serve.
 * Threads: any function from any thread, but that a run is always the calling thread's. A source that another
 *          thread signals is served once the loop is woken with CFRunLoopWakeUp(). After fork(2) only the loop of
 *          the thread that forked goes on in the child.
 */
#ifndef TRANSOM_COREFOUNDATION_CFRUNLOOP_H
#define TRANSOM_COREFOUNDATION_CFRUNLOOP_H

#include <CoreFoundation/CFArray.h>
#include <CoreFoundation/CFBase.h>
#include <CoreFoundation/CFDate.h>
#include <CoreFoundation/CFString.h>

CF_EXTERN_C_BEGIN

typedef CFStringRef CFRunLoopMode;
typedef struct __CFRunLoop *CFRunLoopRef;
typedef struct __CFRunLoopSource *CFRunLoopSourceRef;
typedef struct __CFRunLoopObserver *CFRunLoopObserverRef;
typedef struct __CFRunLoopTimer *CFRunLoopTimerRef;

typedef CF_ENUM(SInt32, CFRunLoopRunResult) {
	kCFRunLoopRunFinished = 1,
	kCFRunLoopRunStopped = 2,
	kCFRunLoopRunTimedOut = 3,
	kCFRunLoopRunHandledSource = 4
};

typedef CF_OPTIONS(CFOptionFlags, CFRunLoopActivity) {
	kCFRunLoopEntry = 1UL << 0,
	kCFRunLoopBeforeTimers = 1UL << 1,
	kCFRunLoopBeforeSources = 1UL << 2,
	kCFRunLoopBeforeWaiting = 1UL << 5,
	kCFRunLoopAfterWaiting = 1UL << 6,
	kCFRunLoopExit = 1UL << 7,
	kCFRunLoopAllActivities = 0x0fffffffUL
};

CF_EXPORT const CFRunLoopMode kCFRunLoopDefaultMode;
CF_EXPORT const CFRunLoopMode kCFRunLoopCommonModes;

CF_EXPORT CFTypeID
CFRunLoopGetTypeID(void);

/** That of the calling thread. */
CF_EXPORT CFRunLoopRef
CFRunLoopGetCurrent(void);

/** That of the process's first thread. */
CF_EXPORT CFRunLoopRef
CFRunLoopGetMain(void);

/** The mode that the loop runs in; NULL if it does not run. */
CF_EXPORT CFRunLoopMode
CFRunLoopCopyCurrentMode(CFRunLoopRef loop);

CF_EXPORT CFArrayRef
CFRunLoopCopyAllModes(CFRunLoopRef loop);

CF_EXPORT void
CFRunLoopAddCommonMode(CFRunLoopRef loop, CFRunLoopMode mode);

/** When the next timer of the mode is due; 0 if there is none. */
CF_EXPORT CFAbsoluteTime
CFRunLoopGetNextTimerFireDate(CFRunLoopRef loop, CFRunLoopMode mode);

/** Runs in the default mode until it is stopped or nothing is left in it to wait for. */
CF_EXPORT void
CFRunLoopRun(void);

/**
 * Runs for @seconds, or with 0 serves what there is. Finished: the mode has no source and no timer. Stopped: by
 * CFRunLoopStop(). HandledSource: a source was served, and @returnAfterSourceHandled asked to return then.
 */
CF_EXPORT CFRunLoopRunResult
CFRunLoopRunInMode(CFRunLoopMode mode, CFTimeInterval seconds, Boolean returnAfterSourceHandled);

/** Whether it runs, and has nothing to do. */
CF_EXPORT Boolean
CFRunLoopIsWaiting(CFRunLoopRef loop);

CF_EXPORT void
CFRunLoopWakeUp(CFRunLoopRef loop);

/** Ends the innermost run; one that has not begun is not stopped. */
CF_EXPORT void
CFRunLoopStop(CFRunLoopRef loop);

CF_EXPORT Boolean
CFRunLoopContainsSource(CFRunLoopRef loop, CFRunLoopSourceRef source, CFRunLoopMode mode);
CF_EXPORT void
CFRunLoopAddSource(CFRunLoopRef loop, CFRunLoopSourceRef source, CFRunLoopMode mode);
CF_EXPORT void
CFRunLoopRemoveSource(CFRunLoopRef loop, CFRunLoopSourceRef source, CFRunLoopMode mode);

/** An observer is of one loop only, which it gets with the first that it is added to. */
CF_EXPORT Boolean
CFRunLoopContainsObserver(CFRunLoopRef loop, CFRunLoopObserverRef observer, CFRunLoopMode mode);
CF_EXPORT void
CFRunLoopAddObserver(CFRunLoopRef loop, CFRunLoopObserverRef observer, CFRunLoopMode mode);
CF_EXPORT void
CFRunLoopRemoveObserver(CFRunLoopRef loop, CFRunLoopObserverRef observer, CFRunLoopMode mode);

/** So is a timer. */
CF_EXPORT Boolean
CFRunLoopContainsTimer(CFRunLoopRef loop, CFRunLoopTimerRef timer, CFRunLoopMode mode);
CF_EXPORT void
CFRunLoopAddTimer(CFRunLoopRef loop, CFRunLoopTimerRef timer, CFRunLoopMode mode);
CF_EXPORT void
CFRunLoopRemoveTimer(CFRunLoopRef loop, CFRunLoopTimerRef timer, CFRunLoopMode mode);

/* Sources. Version 0: somebody calls CFRunLoopSourceSignal(). */
typedef struct {
	CFIndex version;
	void *info;
	const void *(*retain)(const void *info);
	void (*release)(const void *info);
	CFStringRef (*copyDescription)(const void *info);
	Boolean (*equal)(const void *first, const void *second);
	CFHashCode (*hash)(const void *info);
	void (*schedule)(void *info, CFRunLoopRef loop, CFRunLoopMode mode);
	void (*cancel)(void *info, CFRunLoopRef loop, CFRunLoopMode mode);
	void (*perform)(void *info);
} CFRunLoopSourceContext;

/* Version 1: a message comes to a Mach port. What @getPort returns is a mach_port_t, of a receive right or a port set. */
typedef struct {
	CFIndex version;
	void *info;
	const void *(*retain)(const void *info);
	void (*release)(const void *info);
	CFStringRef (*copyDescription)(const void *info);
	Boolean (*equal)(const void *first, const void *second);
	CFHashCode (*hash)(const void *info);
	unsigned int (*getPort)(void *info);
	void *(*perform)(void *message, CFIndex size, CFAllocatorRef allocator, void *info);
} CFRunLoopSourceContext1;

CF_EXPORT CFTypeID
CFRunLoopSourceGetTypeID(void);

/**
 * Of ready sources of version 0 the one with the lower @order is served first; those of version 1 take turns. NULL
 * for an unknown version.
 */
CF_EXPORT CFRunLoopSourceRef
CFRunLoopSourceCreate(CFAllocatorRef allocator, CFIndex order, CFRunLoopSourceContext *context);

CF_EXPORT CFIndex
CFRunLoopSourceGetOrder(CFRunLoopSourceRef source);

/** Takes it out of all loops, for ever. */
CF_EXPORT void
CFRunLoopSourceInvalidate(CFRunLoopSourceRef source);

CF_EXPORT Boolean
CFRunLoopSourceIsValid(CFRunLoopSourceRef source);

/** @context says with its version which of the two it is. */
CF_EXPORT void
CFRunLoopSourceGetContext(CFRunLoopSourceRef source, CFRunLoopSourceContext *context);

/** Marks a source of version 0 as ready. */
CF_EXPORT void
CFRunLoopSourceSignal(CFRunLoopSourceRef source);

/* Observers: called when a run reaches one of the activities asked for. */
typedef struct {
	CFIndex version;
	void *info;
	const void *(*retain)(const void *info);
	void (*release)(const void *info);
	CFStringRef (*copyDescription)(const void *info);
} CFRunLoopObserverContext;

typedef void (*CFRunLoopObserverCallBack)(CFRunLoopObserverRef observer, CFRunLoopActivity activity, void *info);

CF_EXPORT CFTypeID
CFRunLoopObserverGetTypeID(void);

/** One that does not repeat is invalid after its first call. */
CF_EXPORT CFRunLoopObserverRef
CFRunLoopObserverCreate(CFAllocatorRef allocator, CFOptionFlags activities, Boolean repeats, CFIndex order,
			CFRunLoopObserverCallBack callBack, CFRunLoopObserverContext *context);

CF_EXPORT CFOptionFlags
CFRunLoopObserverGetActivities(CFRunLoopObserverRef observer);
CF_EXPORT Boolean
CFRunLoopObserverDoesRepeat(CFRunLoopObserverRef observer);
CF_EXPORT CFIndex
CFRunLoopObserverGetOrder(CFRunLoopObserverRef observer);
CF_EXPORT void
CFRunLoopObserverInvalidate(CFRunLoopObserverRef observer);
CF_EXPORT Boolean
CFRunLoopObserverIsValid(CFRunLoopObserverRef observer);
CF_EXPORT void
CFRunLoopObserverGetContext(CFRunLoopObserverRef observer, CFRunLoopObserverContext *context);

/* Timers: called when their moment has come. */
typedef struct {
	CFIndex version;
	void *info;
	const void *(*retain)(const void *info);
	void (*release)(const void *info);
	CFStringRef (*copyDescription)(const void *info);
} CFRunLoopTimerContext;

typedef void (*CFRunLoopTimerCallBack)(CFRunLoopTimerRef timer, void *info);

CF_EXPORT CFTypeID
CFRunLoopTimerGetTypeID(void);

/**
 * Fires at @fireDate, and then every @interval seconds if that is above 0; moments that a busy loop missed are left
 * out. One that does not repeat is invalid once it has fired.
 */
CF_EXPORT CFRunLoopTimerRef
CFRunLoopTimerCreate(CFAllocatorRef allocator, CFAbsoluteTime fireDate, CFTimeInterval interval, CFOptionFlags flags,
		     CFIndex order, CFRunLoopTimerCallBack callBack, CFRunLoopTimerContext *context);

CF_EXPORT CFAbsoluteTime
CFRunLoopTimerGetNextFireDate(CFRunLoopTimerRef timer);
CF_EXPORT void
CFRunLoopTimerSetNextFireDate(CFRunLoopTimerRef timer, CFAbsoluteTime fireDate);
CF_EXPORT CFTimeInterval
CFRunLoopTimerGetInterval(CFRunLoopTimerRef timer);
CF_EXPORT Boolean
CFRunLoopTimerDoesRepeat(CFRunLoopTimerRef timer);
CF_EXPORT CFIndex
CFRunLoopTimerGetOrder(CFRunLoopTimerRef timer);
CF_EXPORT void
CFRunLoopTimerInvalidate(CFRunLoopTimerRef timer);
CF_EXPORT Boolean
CFRunLoopTimerIsValid(CFRunLoopTimerRef timer);
CF_EXPORT void
CFRunLoopTimerGetContext(CFRunLoopTimerRef timer, CFRunLoopTimerContext *context);
/** How much later a timer may fire, in seconds. It is kept, and not made use of: timers fire when they are due. */
CF_EXPORT CFTimeInterval
CFRunLoopTimerGetTolerance(CFRunLoopTimerRef timer);
CF_EXPORT void
CFRunLoopTimerSetTolerance(CFRunLoopTimerRef timer, CFTimeInterval tolerance);

CF_EXTERN_C_END

#endif /* TRANSOM_COREFOUNDATION_CFRUNLOOP_H */
