/*
 * 04-run-loop.c - as 03-receive, with the port on a run loop.
 *
 * usage: 04-run-loop
 */
#include <CoreFoundation/CoreFoundation.h>
#include <servers/bootstrap.h>

#include "picture.h"

static void
on_message(CFMachPortRef port, void *msg, CFIndex size, void *info)
{
	struct port_message *message = msg;

	(void)port;
	if (size < (CFIndex)(sizeof(*message) - sizeof(message->trailer)) ||
	    message->body.msgh_descriptor_count != 1) { /* not from 02-send */
		mach_msg_destroy(&message->header);
		return;
	}
	*(int *)info = show_surface(message->port.name);
	CFRunLoopStop(CFRunLoopGetCurrent());
}

int
main(void)
{
	int result = 1;
	CFMachPortContext context = { 0, &result, NULL, NULL, NULL };
	mach_port_t service;
	kern_return_t err = bootstrap_check_in(bootstrap_port, SERVICE, &service);
	CFRunLoopSourceRef source;
	CFMachPortRef port;

	if (err != BOOTSTRAP_SUCCESS) {
		fprintf(stderr, "04-run-loop: %s: %s\n", SERVICE, bootstrap_strerror(err));
		return 1;
	}
	port = CFMachPortCreateWithPort(kCFAllocatorDefault, service, on_message, &context, NULL);
	source = CFMachPortCreateRunLoopSource(kCFAllocatorDefault, port, 0);
	CFRunLoopAddSource(CFRunLoopGetCurrent(), source, kCFRunLoopDefaultMode);
	CFRunLoopRun();
	CFRelease(source);
	CFMachPortInvalidate(port);
	CFRelease(port);
	return result;
}
