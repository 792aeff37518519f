/* ipc-story.c - the promise by Apple's names, step by step, with two processes; either side killed at every step. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <CoreFoundation/CoreFoundation.h>
#include <CoreVideo/CoreVideo.h>
#include <IOSurface/IOSurface.h>
#include <mach/mach.h>

#include "harness.h"
#include "pictures.h"
#include "steps.h"
#include "test-mach.h"

#define WIDTH 64
#define HEIGHT 48

struct story {
	mach_port_t own; /* this process's */
	mach_port_t other; /* where to send to */
	mach_port_t former; /* bootstrap port */
	struct steps steps;
	CVPixelBufferPoolRef pool;
	bool on_loop; /* ports are received by a CFMachPort on a run loop */
};

static uint32_t
pixel_at(size_t x, size_t y)
{
	return 0xff000000u | (uint32_t)(x << 8) | (uint32_t)y;
}

static void
draw(CVPixelBufferRef buffer)
{
	check_eq(CVPixelBufferLockBaseAddress(buffer, 0), kCVReturnSuccess);
	for (size_t y = 0; y < HEIGHT; y++) {
		uint32_t *row = (void *)((char *)CVPixelBufferGetBaseAddress(buffer) +
					 y * CVPixelBufferGetBytesPerRow(buffer));

		for (size_t x = 0; x < WIDTH; x++)
			row[x] = pixel_at(x, y);
	}
	check_eq(CVPixelBufferUnlockBaseAddress(buffer, 0), kCVReturnSuccess);
}

static void
check_pixels(CVPixelBufferRef buffer)
{
	check_eq(CVPixelBufferLockBaseAddress(buffer, kCVPixelBufferLock_ReadOnly), kCVReturnSuccess);
	for (size_t y = 0; y < HEIGHT; y++) {
		const uint32_t *row = (const void *)((const char *)CVPixelBufferGetBaseAddress(buffer) +
						     y * CVPixelBufferGetBytesPerRow(buffer));

		for (size_t x = 0; x < WIDTH; x++)
			check_eq(row[x], pixel_at(x, y));
	}
	check_eq(CVPixelBufferUnlockBaseAddress(buffer, kCVPixelBufferLock_ReadOnly), kCVReturnSuccess);
}

static CVPixelBufferPoolRef
create_pool(void)
{
	CFMutableDictionaryRef attributes = create_properties(), none = create_properties();
	CVPixelBufferPoolRef pool;

	set_number(attributes, kCVPixelBufferWidthKey, WIDTH);
	set_number(attributes, kCVPixelBufferHeightKey, HEIGHT);
	set_number(attributes, kCVPixelBufferPixelFormatTypeKey, kCVPixelFormatType_32BGRA);
	CFDictionarySetValue(attributes, kCVPixelBufferIOSurfacePropertiesKey, none);
	check_eq(CVPixelBufferPoolCreate(NULL, NULL, attributes, &pool), kCVReturnSuccess);
	CFRelease(attributes);
	CFRelease(none);
	return pool;
}

/* A buffer of a pool that may have one. */
static CVReturn
take_buffer(struct story *story, CVPixelBufferRef *ret)
{
	CFMutableDictionaryRef limits = create_properties();
	CVReturn r;

	set_number(limits, kCVPixelBufferPoolAllocationThresholdKey, 1);
	r = CVPixelBufferPoolCreatePixelBufferWithAuxAttributes(NULL, story->pool, limits, ret);
	CFRelease(limits);
	return r;
}

static bool
pool_is_empty(struct story *story)
{
	CVPixelBufferRef buffer = NULL;
	CVReturn r = take_buffer(story, &buffer);

	check(r == kCVReturnSuccess || r == kCVReturnWouldExceedAllocationThreshold);
	CVPixelBufferRelease(buffer);
	return r != kCVReturnSuccess;
}

static void
pool_gets_it_back(struct story *story)
{
	double start = seconds_since(0);

	while (pool_is_empty(story)) {
		check(seconds_since(start) < 15);
		usleep(1000);
	}
}

/* What the pool's threshold has made wait for a free buffer holds it too, until there is one. */
static void
release_pool(CVPixelBufferPoolRef pool)
{
	while (CFGetRetainCount(pool) > 1)
		usleep(1000);
	CVPixelBufferPoolRelease(pool);
}

static void
on_message(CFMachPortRef port, void *message, CFIndex size, void *info)
{
	check(size >= (CFIndex)sizeof(struct port_message) - (CFIndex)sizeof(mach_msg_mac_trailer_t));
	*(mach_port_t *)info = ((struct port_message *)message)->port.name;
	CFRunLoopStop(CFRunLoopGetCurrent());
}

static mach_port_t
receive_on_loop(mach_port_t own)
{
	mach_port_t received = MACH_PORT_NULL;
	CFMachPortContext context = { .info = &received };
	CFMachPortRef port = CFMachPortCreateWithPort(NULL, own, on_message, &context, NULL);
	CFRunLoopSourceRef source = CFMachPortCreateRunLoopSource(NULL, port, 0);

	CFRunLoopAddSource(CFRunLoopGetCurrent(), source, kCFRunLoopDefaultMode);
	while (!received)
		CFRunLoopRunInMode(kCFRunLoopDefaultMode, 1e9, false);
	CFRelease(source);
	CFMachPortInvalidate(port);
	CFRelease(port);
	return received;
}

static mach_port_t
receive_port(const struct story *story, mach_port_t own)
{
	mach_port_t port = MACH_PORT_NULL;

	if (story->on_loop)
		return receive_on_loop(own);
	check_eq(recv_port(own, &port), 0);
	return port;
}

static void
receive_in_steps(void *argument)
{
	struct story *story = argument;
	CVPixelBufferRef buffer;
	mach_port_t parent, own, port;
	IOSurfaceRef surface;

	check_eq(task_get_bootstrap_port(mach_task_self(), &parent), KERN_SUCCESS);
	check_eq(setup_recv_port(&own), 0);
	check_eq(send_port(parent, own), 0);
	reach(&story->steps);
	port = receive_port(story, own);
	reach(&story->steps);
	surface = IOSurfaceLookupFromMachPort(port);
	check(surface != NULL);
	reach(&story->steps);
	check_eq(CVPixelBufferCreateWithIOSurface(NULL, surface, NULL, &buffer), kCVReturnSuccess);
	CFRelease(surface);
	check_eq(mach_port_deallocate(mach_task_self(), port), KERN_SUCCESS);
	check_pixels(buffer);
	reach(&story->steps);
	check_eq(CVPixelBufferLockBaseAddress(buffer, kCVPixelBufferLock_ReadOnly), kCVReturnSuccess);
	reach(&story->steps);
	check_eq(CVPixelBufferUnlockBaseAddress(buffer, kCVPixelBufferLock_ReadOnly), kCVReturnSuccess);
	CVPixelBufferRelease(buffer);
	reach(&story->steps);
	mach_port_destroy(mach_task_self(), own);
}

/* Forks so that the child has this process's port as its bootstrap port, and hears from it. */
static pid_t
open_story(struct story *story, void (*body)(void *))
{
	pid_t child;

	steps_open(&story->steps);
	check_eq(setup_recv_port(&story->own), 0);
	check_eq(task_get_bootstrap_port(mach_task_self(), &story->former), KERN_SUCCESS);
	check_eq(task_set_bootstrap_port(mach_task_self(), story->own), KERN_SUCCESS);
	child = spawn(body, story);
	check_eq(task_set_bootstrap_port(mach_task_self(), story->former), KERN_SUCCESS);
	return child;
}

static void
close_story(struct story *story)
{
	if (story->other)
		mach_port_deallocate(mach_task_self(), story->other);
	mach_port_destroy(mach_task_self(), story->own);
	steps_close(&story->steps);
}

/* Draws, makes the port, sends it, gives everything of its own back. */
static void
render(struct story *story)
{
	CVPixelBufferRef buffer;
	mach_port_t port;

	check_eq(take_buffer(story, &buffer), kCVReturnSuccess);
	draw(buffer);
	port = IOSurfaceCreateMachPort(CVPixelBufferGetIOSurface(buffer));
	check(MACH_PORT_VALID(port));
	check_eq(send_port(story->other, port), 0);
	check_eq(mach_port_deallocate(mach_task_self(), port), KERN_SUCCESS);
	CVPixelBufferRelease(buffer);
}

TEST(pool_waits_for_every_step_of_the_receiver)
{
	struct story story = { .pool = create_pool() };
	pid_t child = open_story(&story, receive_in_steps);

	await_step(&story.steps);
	check_eq(recv_port(story.own, &story.other), 0);
	render(&story);
	for (enum step step = IN_FLIGHT; step < DROPPED; step++) {
		check(pool_is_empty(&story));
		go_on(&story.steps);
		await_step(&story.steps);
	}
	pool_gets_it_back(&story);
	go_on(&story.steps);
	check_eq(wait_for(child), 0);
	close_story(&story);
	release_pool(story.pool);
}

static void
kill_receiver_at_every_step(bool on_loop)
{
	CVPixelBufferPoolRef pool = create_pool();

	for (enum step last = IN_FLIGHT; last < STEPS; last++) {
		struct story story = { .pool = pool, .on_loop = on_loop };
		pid_t child = open_story(&story, receive_in_steps);

		await_step(&story.steps);
		check_eq(recv_port(story.own, &story.other), 0);
		render(&story);
		for (enum step step = IN_FLIGHT; step < last; step++) {
			go_on(&story.steps);
			await_step(&story.steps);
		}
		check(last == DROPPED || pool_is_empty(&story));
		kill(child, SIGKILL);
		check_eq(wait_for(child), -SIGKILL);
		pool_gets_it_back(&story);
		check_eq(type_of(story.other), MACH_PORT_TYPE_DEAD_NAME);
		close_story(&story);
	}
	release_pool(pool);
}

TEST_FOR(receiver_killed_at_every_step, 60)
{
	kill_receiver_at_every_step(false);
}

TEST_FOR(receiver_on_a_run_loop_killed_at_every_step, 60)
{
	kill_receiver_at_every_step(true);
}

/* The renderer as a process of its own, killed before and after each thing it does. */
static void
render_and_die(void *argument)
{
	struct story *story = argument;
	CVPixelBufferRef buffer;
	mach_port_t port;

	check_eq(task_get_bootstrap_port(mach_task_self(), &story->other), KERN_SUCCESS);
	story->pool = create_pool();
	check_eq(take_buffer(story, &buffer), kCVReturnSuccess);
	draw(buffer);
	reach(&story->steps);
	port = IOSurfaceCreateMachPort(CVPixelBufferGetIOSurface(buffer));
	check_eq(send_port(story->other, port), 0);
	reach(&story->steps);
	check_eq(mach_port_deallocate(mach_task_self(), port), KERN_SUCCESS);
	CVPixelBufferRelease(buffer);
	reach(&story->steps);
	CVPixelBufferPoolRelease(story->pool);
	reach(&story->steps);
}

static void
receive_picture(struct story *story)
{
	CVPixelBufferRef buffer;
	IOSurfaceRef surface;
	mach_port_t port = receive_port(story, story->own);

	surface = IOSurfaceLookupFromMachPort(port);
	check(surface != NULL);
	check_eq(CVPixelBufferCreateWithIOSurface(NULL, surface, NULL, &buffer), kCVReturnSuccess);
	check_eq(IOSurfaceGetUseCount(surface), 1);
	check_eq(mach_port_deallocate(mach_task_self(), port), KERN_SUCCESS);
	CFRelease(surface);
	check_pixels(buffer); /* the pages live as long as anybody has them */
	CVPixelBufferRelease(buffer);
}

static void
kill_renderer_at_every_step(bool on_loop)
{
	for (int last = 0; last < 4; last++) {
		struct story story = { .on_loop = on_loop };
		pid_t child = open_story(&story, render_and_die);

		await_step(&story.steps);
		for (int step = 0; step < last; step++) {
			go_on(&story.steps);
			await_step(&story.steps);
		}
		kill(child, SIGKILL);
		check_eq(wait_for(child), -SIGKILL);
		if (last > 0)
			receive_picture(&story);
		else
			check_eq(mach_port_peek(mach_task_self(), story.own, 0, NULL, NULL, NULL, NULL, NULL),
				 KERN_FAILURE);
		close_story(&story);
	}
}

TEST_FOR(renderer_killed_at_every_step, 60)
{
	kill_renderer_at_every_step(false);
}

TEST_FOR(renderer_of_a_run_loop_killed_at_every_step, 60)
{
	kill_renderer_at_every_step(true);
}

/* A port that nobody receives any more gives back what was queued at it. */
TEST(a_destroyed_port_gives_back_what_is_queued)
{
	struct story story = { .pool = create_pool() };

	check_eq(setup_recv_port(&story.other), 0);
	render(&story);
	check(pool_is_empty(&story));
	check_eq(mach_port_destroy(mach_task_self(), story.other), KERN_SUCCESS);
	pool_gets_it_back(&story);
	release_pool(story.pool);
}
