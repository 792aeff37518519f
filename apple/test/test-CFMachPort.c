/* test-CFMachPort.c - Mach ports on run loops. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <CoreFoundation/CoreFoundation.h>

#include "test-mach.h"

static int called, released, invalidated;
static uint32_t last;

static void
on_message(CFMachPortRef port, void *msg, CFIndex size, void *info)
{
	struct number_message *message = msg;

	check_eq(size, message->header.msgh_size);
	check_eq(message->header.msgh_local_port, CFMachPortGetPort(port));
	check(info == &called);
	called++;
	last = message->number;
	mach_msg_destroy(&message->header);
}

static void
on_release(const void *info)
{
	released++;
}

static void
on_invalid(CFMachPortRef port, void *info)
{
	check(info == &called);
	invalidated++;
}

static CFMachPortContext context = { 0, &called, NULL, on_release, NULL };

TEST(a_message_wakes_the_run_loop)
{
	Boolean free_info = true;
	CFMachPortRef port = CFMachPortCreate(NULL, on_message, &context, &free_info);
	CFRunLoopSourceRef source;

	check(port && !free_info);
	check_eq(CFGetTypeID(port), CFMachPortGetTypeID());
	check_eq(type_of(CFMachPortGetPort(port)), MACH_PORT_TYPE_SEND_RECEIVE);
	source = CFMachPortCreateRunLoopSource(NULL, port, 0);
	check(source);
	CFRunLoopAddSource(CFRunLoopGetCurrent(), source, kCFRunLoopDefaultMode);
	check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 0.02, true), kCFRunLoopRunTimedOut);
	for (uint32_t i = 1; i <= 3; i++) {
		check_eq(send_number(CFMachPortGetPort(port), MACH_MSG_TYPE_COPY_SEND, i, 0),
			 MACH_MSG_SUCCESS);
		check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 10, true), kCFRunLoopRunHandledSource);
		check_eq(called, i);
		check_eq(last, i);
	}
	CFRelease(source);
	CFMachPortSetInvalidationCallBack(port, on_invalid);
	check(CFMachPortGetInvalidationCallBack(port) == on_invalid);
	CFMachPortInvalidate(port);
	check_eq(invalidated, 1);
	check_eq(released, 1);
	check(!CFMachPortIsValid(port));
	check(!CFMachPortCreateRunLoopSource(NULL, port, 0));
	check_eq(type_of(CFMachPortGetPort(port)), 0);
	check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 0, true), kCFRunLoopRunFinished);
	CFRelease(port);
	check_eq(invalidated, 1);
}

TEST(a_port_has_one_object)
{
	mach_port_t name;
	CFMachPortRef port, again;
	Boolean free_info;

	check_eq(setup_recv_port(&name), 0);
	port = CFMachPortCreateWithPort(NULL, name, on_message, &context, &free_info);
	check(port && !free_info);
	again = CFMachPortCreateWithPort(NULL, name, on_message, &context, &free_info);
	check(again == port && free_info);
	CFRelease(again);
	CFMachPortContext got;
	CFMachPortGetContext(port, &got);
	check(got.info == &called);
	CFRelease(port);
	check_eq(released, 1);
	check_eq(type_of(name), MACH_PORT_TYPE_SEND_RECEIVE); /* the rights are the caller's */
	port = CFMachPortCreateWithPort(NULL, name, on_message, &context, &free_info);
	CFMachPortSetInvalidationCallBack(port, on_invalid);
	mach_port_destroy(mach_task_self(), name);
	check(!CFMachPortIsValid(port));
	check_eq(invalidated, 1);
	CFRelease(port);
}

TEST(what_is_no_port_is_refused)
{
	check(!CFMachPortCreateWithPort(NULL, 0x999903, on_message, NULL, NULL));
	check_eq(CFMachPortGetPort(NULL), MACH_PORT_NULL);
	check(!CFMachPortIsValid(NULL));
	check_eq(CFMachPortGetPort((CFMachPortRef)CFSTR("text")), MACH_PORT_NULL);
	check(!CFMachPortCreateRunLoopSource(NULL, NULL, 0));
	CFMachPortInvalidate(NULL);
}

static void
send_to_parent(void *argument)
{
	mach_port_t parent;

	check_eq(task_get_bootstrap_port(mach_task_self(), &parent), KERN_SUCCESS);
	check_eq(send_number(parent, MACH_MSG_TYPE_COPY_SEND, 71, 5000), MACH_MSG_SUCCESS);
}

TEST(a_child_wakes_the_run_loop_of_its_parent)
{
	CFMachPortRef port = CFMachPortCreate(NULL, on_message, &context, NULL);
	CFRunLoopSourceRef source = CFMachPortCreateRunLoopSource(NULL, port, 0);
	pid_t child;

	CFRunLoopAddSource(CFRunLoopGetCurrent(), source, kCFRunLoopCommonModes);
	check_eq(task_set_bootstrap_port(mach_task_self(), CFMachPortGetPort(port)), KERN_SUCCESS);
	child = spawn(send_to_parent, NULL);
	check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 15, true), kCFRunLoopRunHandledSource);
	check_eq(last, 71);
	check_eq(wait_for(child), 0);
	check_eq(task_set_bootstrap_port(mach_task_self(), MACH_PORT_NULL), KERN_SUCCESS);
	CFRelease(source);
	CFMachPortInvalidate(port);
	CFRelease(port);
}
