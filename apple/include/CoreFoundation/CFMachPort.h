/*
 * CFMachPort.h - a Mach port as an object, whose messages a run loop hands to a function. CFBase.h says what holds
 * for all objects.
 *
 * A port has one such object at a time.
 *
 * Threads: any function from any thread.
 */
#ifndef TRANSOM_COREFOUNDATION_CFMACHPORT_H
#define TRANSOM_COREFOUNDATION_CFMACHPORT_H

#include <CoreFoundation/CFBase.h>
#include <CoreFoundation/CFRunLoop.h>
#include <mach/port.h>

CF_EXTERN_C_BEGIN

typedef struct __CFMachPort *CFMachPortRef;

typedef struct {
	CFIndex version; /* 0 */
	void *info;
	const void *(*retain)(const void *info);
	void (*release)(const void *info);
	CFStringRef (*copyDescription)(const void *info);
} CFMachPortContext;

/** A message, with its trailer; @size is msgh_size. What is in it is the function's to give up. */
typedef void (*CFMachPortCallBack)(CFMachPortRef port, void *msg, CFIndex size, void *info);
typedef void (*CFMachPortInvalidationCallBack)(CFMachPortRef port, void *info);

CF_EXPORT CFTypeID
CFMachPortGetTypeID(void);

/**
 * A new port, with a receive right and a send right that go with the object.
 *
 * @param shouldFreeInfo Set to whether @context was not used; may be NULL.
 *
 * Owns:    the caller has a reference; NULL without memory or descriptors.
 */
CF_EXPORT CFMachPortRef
CFMachPortCreate(CFAllocatorRef allocator, CFMachPortCallBack callout, CFMachPortContext *context,
		 Boolean *shouldFreeInfo);

/** For a port that there is; its rights stay the caller's. If it has an object, that one is the result. */
CF_EXPORT CFMachPortRef
CFMachPortCreateWithPort(CFAllocatorRef allocator, mach_port_t portNum, CFMachPortCallBack callout,
			 CFMachPortContext *context, Boolean *shouldFreeInfo);

/** The name of the port; MACH_PORT_NULL for what is no such object. */
CF_EXPORT mach_port_t
CFMachPortGetPort(CFMachPortRef port);

CF_EXPORT void
CFMachPortGetContext(CFMachPortRef port, CFMachPortContext *context);

/** No messages come any more; the run loop's source goes too, and the rights of CFMachPortCreate(). */
CF_EXPORT void
CFMachPortInvalidate(CFMachPortRef port);

/** Also finds out whether the port has died meanwhile, and makes the object invalid then. */
CF_EXPORT Boolean
CFMachPortIsValid(CFMachPortRef port);

CF_EXPORT CFMachPortInvalidationCallBack
CFMachPortGetInvalidationCallBack(CFMachPortRef port);

/** @callout is called when the object becomes invalid; at once if it is. */
CF_EXPORT void
CFMachPortSetInvalidationCallBack(CFMachPortRef port, CFMachPortInvalidationCallBack callout);

/** The source of the object, the same each time; NULL if it is invalid. */
CF_EXPORT CFRunLoopSourceRef
CFMachPortCreateRunLoopSource(CFAllocatorRef allocator, CFMachPortRef port, CFIndex order);

CF_EXTERN_C_END

#endif /* TRANSOM_COREFOUNDATION_CFMACHPORT_H */
