/* test-CFMachPort.c - Mach ports on run loops. */
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <CoreFoundation/CoreFoundation.h>

#include "test-mach.h"

static int called, released;
static _Atomic int invalidated; /* may be told in another thread */
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
	check_eq(invalidated, 1);
	check(!CFMachPortIsValid(port));
	check_eq(invalidated, 1);
	CFRelease(port);
}

static void
give_port_and_pause(void *argument)
{
	mach_port_t parent, own;

	check_eq(task_get_bootstrap_port(mach_task_self(), &parent), KERN_SUCCESS);
	check_eq(setup_recv_port(&own), 0);
	check_eq(send_port(parent, own), 0);
	pause();
}

/* A child that has a port, of which @ret is a send right. */
static pid_t
start_owner(mach_port_t *ret)
{
	mach_port_t inbox;
	pid_t child;

	check_eq(setup_recv_port(&inbox), 0);
	check_eq(task_set_bootstrap_port(mach_task_self(), inbox), KERN_SUCCESS);
	child = spawn(give_port_and_pause, NULL);
	check_eq(task_set_bootstrap_port(mach_task_self(), MACH_PORT_NULL), KERN_SUCCESS);
	check_eq(recv_port(inbox, ret), 0);
	mach_port_destroy(mach_task_self(), inbox);
	return child;
}

static void
kill_and_wait(pid_t child)
{
	double start = seconds_since(0);

	kill(child, SIGKILL);
	check_eq(wait_for(child), -SIGKILL);
	while (!invalidated && seconds_since(start) < 15)
		usleep(1000);
}

TEST(the_callback_comes_when_the_owner_of_the_port_is_killed)
{
	mach_port_t its;
	pid_t child = start_owner(&its);
	CFMachPortRef port = CFMachPortCreateWithPort(NULL, its, on_message, &context, NULL);

	CFMachPortSetInvalidationCallBack(port, on_invalid);
	check(CFMachPortIsValid(port));
	kill_and_wait(child); /* and nobody asks */
	check_eq(invalidated, 1);
	check(!CFMachPortIsValid(port));
	check_eq(type_of(its), MACH_PORT_TYPE_DEAD_NAME);
	check(!CFMachPortCreateWithPort(NULL, its, on_message, &context, NULL));
	CFRelease(port);
	check_eq(invalidated, 1);
	mach_port_destroy(mach_task_self(), its);
}

/* What is received here dies elsewhere once it has moved. */
TEST(a_port_that_moved_dies_with_its_new_owner)
{
	CFMachPortRef port = CFMachPortCreate(NULL, on_message, &context, NULL);
	mach_port_t its;
	pid_t child = start_owner(&its);

	CFMachPortSetInvalidationCallBack(port, on_invalid);
	check_eq(send_port_as(its, CFMachPortGetPort(port), MACH_MSG_TYPE_MOVE_RECEIVE), MACH_MSG_SUCCESS);
	check_eq(type_of(CFMachPortGetPort(port)), MACH_PORT_TYPE_SEND);
	check_eq(invalidated, 0);
	kill_and_wait(child);
	check_eq(invalidated, 1);
	CFRelease(port);
	mach_port_destroy(mach_task_self(), its);
}

static void *
destroy(void *argument)
{
	mach_port_destroy(mach_task_self(), *(mach_port_t *)argument);
	return NULL;
}

TEST(a_run_loop_ends_with_its_last_port)
{
	CFMachPortRef port = CFMachPortCreate(NULL, on_message, &context, NULL);
	CFRunLoopSourceRef source = CFMachPortCreateRunLoopSource(NULL, port, 0);
	mach_port_t name = CFMachPortGetPort(port);
	pthread_t thread;

	CFMachPortSetInvalidationCallBack(port, on_invalid);
	CFRunLoopAddSource(CFRunLoopGetCurrent(), source, kCFRunLoopDefaultMode);
	check(pthread_create(&thread, NULL, destroy, &name) == 0);
	check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 15, false), kCFRunLoopRunFinished);
	pthread_join(thread, NULL);
	check_eq(invalidated, 1);
	check(!CFRunLoopSourceIsValid(source));
	CFRelease(source);
	CFRelease(port);
}

static void *
invalidate(void *argument)
{
	CFMachPortInvalidate(argument);
	return NULL;
}

/* Messages come while another thread makes the port invalid. */
TEST(a_port_may_become_invalid_while_it_is_served)
{
	for (int i = 0; i < 20; i++) {
		CFMachPortRef port = CFMachPortCreate(NULL, on_message, &context, NULL);
		CFRunLoopSourceRef source = CFMachPortCreateRunLoopSource(NULL, port, 0);
		pthread_t thread;

		CFRunLoopAddSource(CFRunLoopGetCurrent(), source, kCFRunLoopDefaultMode);
		for (uint32_t j = 0; j < 5; j++)
			check_eq(send_number(CFMachPortGetPort(port), MACH_MSG_TYPE_COPY_SEND, j, 0),
				 MACH_MSG_SUCCESS);
		check(pthread_create(&thread, NULL, invalidate, port) == 0);
		check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 15, false), kCFRunLoopRunFinished);
		pthread_join(thread, NULL);
		CFRelease(source);
		CFRelease(port);
	}
	check_eq(released, 20);
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
