/* test-shared-surface.c - what holds of one IOSurface in two processes: values, seeds, states and uses; a test a rule. */
#include <signal.h>

#include <CoreFoundation/CoreFoundation.h>
#include <IOSurface/IOSurface.h>
#include <mach/mach.h>

#include "harness.h"
#include "pictures.h"
#include "steps.h"
#include "test-mach.h"

/* A child that got the surface by its Mach port, and does what it is told, step by step. */
struct other {
	void (*body)(IOSurfaceRef surface, struct other *other);
	pid_t pid;
	struct steps steps;
};

/* Of the parent: lets the child do its next step, and waits until it is done. */
static void
next_step(struct other *other)
{
	go_on(&other->steps);
	await_step(&other->steps);
}

static void
look_up_and_run(void *argument)
{
	struct other *other = argument;
	mach_port_t parent, own, port;
	IOSurfaceRef surface;

	check_eq(task_get_bootstrap_port(mach_task_self(), &parent), KERN_SUCCESS);
	check_eq(setup_recv_port(&own), 0);
	check_eq(send_port(parent, own), 0);
	check_eq(recv_port(own, &port), 0);
	surface = IOSurfaceLookupFromMachPort(port);
	check(surface != NULL);
	check_eq(mach_port_deallocate(mach_task_self(), port), KERN_SUCCESS);
	mach_port_destroy(mach_task_self(), own);
	reach(&other->steps);
	other->body(surface, other);
	CFRelease(surface);
	say(other->steps.reached[1]);
}

/* Returns when the child has looked the surface up. */
static void
share(IOSurfaceRef surface, struct other *other)
{
	mach_port_t inbox, its, port = IOSurfaceCreateMachPort(surface);

	steps_open(&other->steps);
	check_eq(setup_recv_port(&inbox), 0);
	check_eq(task_set_bootstrap_port(mach_task_self(), inbox), KERN_SUCCESS);
	other->pid = spawn(look_up_and_run, other);
	check_eq(task_set_bootstrap_port(mach_task_self(), MACH_PORT_NULL), KERN_SUCCESS);
	check_eq(recv_port(inbox, &its), 0);
	check_eq(send_port(its, port), 0);
	await_step(&other->steps);
	mach_port_deallocate(mach_task_self(), port);
	mach_port_deallocate(mach_task_self(), its);
	mach_port_destroy(mach_task_self(), inbox);
}

/* @status is what the child ends with. */
static void
part(struct other *other, int status)
{
	check_eq(wait_for(other->pid), status);
	steps_close(&other->steps);
}

static void
set_and_see_values(IOSurfaceRef surface, struct other *other)
{
	CFTypeRef found = IOSurfaceCopyValue(surface, CFSTR("parent's"));

	check(CFEqual(found, CFSTR("one")));
	CFRelease(found);
	IOSurfaceSetValue(surface, CFSTR("child's"), kCFBooleanTrue);
	reach(&other->steps);
	check(IOSurfaceCopyValue(surface, CFSTR("parent's")) == NULL);
}

TEST(values_are_seen_by_every_holder_in_every_process)
{
	IOSurfaceRef surface = create_surface(16, 16, 'BGRA');
	struct other other = { .body = set_and_see_values };
	CFTypeRef found;

	IOSurfaceSetValue(surface, CFSTR("parent's"), CFSTR("one"));
	share(surface, &other);
	next_step(&other);
	found = IOSurfaceCopyValue(surface, CFSTR("child's"));
	check(found == kCFBooleanTrue);
	CFRelease(found);
	IOSurfaceRemoveValue(surface, CFSTR("parent's"));
	next_step(&other);
	part(&other, 0);
	CFRelease(surface);
}

TEST(values_do_not_change_the_surface)
{
	IOSurfaceRef surface = create_surface(16, 16, 'BGRA');
	CFNumberRef number = CFNumberCreate(NULL, kCFNumberIntType, &(int){ 99 });

	IOSurfaceSetValue(surface, kIOSurfaceWidth, number);
	IOSurfaceSetValue(surface, CFSTR("IOSurfaceColorSpace"), number); /* as programs pass it */
	check_eq(IOSurfaceGetWidth(surface), 16);
	CFRelease(number);
	CFRelease(surface);
}

TEST(a_surface_is_renamed_by_its_name_value)
{
	IOSurfaceRef surface = create_surface(16, 16, 'BGRA');
	CFStringRef text;

	IOSurfaceSetValue(surface, kIOSurfaceName, CFSTR("another name"));
	text = CFCopyDescription(surface);
	check(CFStringFind(text, CFSTR("another name"), 0).location != kCFNotFound);
	CFRelease(text);
	CFRelease(surface);
}

static void
draw(IOSurfaceRef surface, struct other *other)
{
	check_eq(IOSurfaceLock(surface, 0, NULL), 0);
	*(uint32_t *)IOSurfaceGetBaseAddress(surface) = 5;
	reach(&other->steps);
	check_eq(IOSurfaceUnlock(surface, 0, NULL), 0);
}

TEST(a_new_frame_is_seen_by_its_seed_without_a_lock)
{
	IOSurfaceRef surface = create_surface(16, 16, 'BGRA');
	struct other other = { .body = draw };
	uint32_t seed = IOSurfaceGetSeed(surface);

	share(surface, &other);
	next_step(&other);
	/* A lock excludes nobody. */
	check_eq(IOSurfaceLock(surface, kIOSurfaceLockReadOnly, NULL), 0);
	check_eq(*(uint32_t *)IOSurfaceGetBaseAddress(surface), 5);
	check_eq(IOSurfaceUnlock(surface, kIOSurfaceLockReadOnly, NULL), 0);
	check_eq(IOSurfaceGetSeed(surface), seed);
	next_step(&other);
	check_eq(IOSurfaceGetSeed(surface), seed + 1);
	part(&other, 0);
	CFRelease(surface);
}

static void
make_volatile(IOSurfaceRef surface, struct other *other)
{
	uint32_t old = 9;

	check_eq(IOSurfaceSetPurgeable(surface, kIOSurfacePurgeableVolatile, &old), 0);
	check_eq(old, kIOSurfacePurgeableNonVolatile);
}

TEST(purgeable_state_is_the_same_in_every_process)
{
	IOSurfaceRef surface = create_surface(16, 16, 'BGRA');
	struct other other = { .body = make_volatile };
	uint32_t old = 9;

	share(surface, &other);
	next_step(&other);
	part(&other, 0);
	check_eq(IOSurfaceSetPurgeable(surface, kIOSurfacePurgeableKeepCurrent, &old), 0);
	check_eq(old, kIOSurfacePurgeableVolatile);
	CFRelease(surface);
}

static void
use_twice(IOSurfaceRef surface, struct other *other)
{
	check_eq(IOSurfaceGetUseCount(surface), 0);
	IOSurfaceIncrementUseCount(surface);
	IOSurfaceIncrementUseCount(surface);
	check_eq(IOSurfaceGetUseCount(surface), 2);
	reach(&other->steps);
	IOSurfaceDecrementUseCount(surface);
	reach(&other->steps);
	IOSurfaceDecrementUseCount(surface);
	check(!IOSurfaceIsInUse(surface));
}

TEST(the_use_of_a_process_is_one_until_its_count_is_zero)
{
	IOSurfaceRef surface = create_surface(16, 16, 'BGRA');
	struct other other = { .body = use_twice };

	share(surface, &other);
	check(!IOSurfaceIsInUse(surface)); /* a reference is no use */
	for (int i = 0; i < 2; i++) {
		next_step(&other);
		check(IOSurfaceIsInUse(surface));
		check_eq(IOSurfaceGetUseCount(surface), 0); /* it is the other's */
	}
	next_step(&other);
	check(!IOSurfaceIsInUse(surface));
	part(&other, 0);
	CFRelease(surface);
}

TEST(a_use_ends_with_its_process)
{
	IOSurfaceRef surface = create_surface(16, 16, 'BGRA');
	struct other other = { .body = use_twice };

	share(surface, &other);
	next_step(&other);
	check(IOSurfaceIsInUse(surface));
	kill(other.pid, SIGKILL);
	part(&other, -SIGKILL);
	check(!IOSurfaceIsInUse(surface));
	CFRelease(surface);
}

TEST(uses_that_overlap_leave_no_gap)
{
	IOSurfaceRef surface = create_surface(16, 16, 'BGRA'),
		     same = IOSurfaceLookup(IOSurfaceGetID(surface));

	IOSurfaceIncrementUseCount(surface);
	IOSurfaceIncrementUseCount(same); /* the new before the old is dropped */
	IOSurfaceDecrementUseCount(surface);
	check(IOSurfaceIsInUse(surface));
	IOSurfaceDecrementUseCount(same);
	check(!IOSurfaceIsInUse(surface));
	CFRelease(same);
	CFRelease(surface);
}

TEST(a_right_in_flight_is_a_use)
{
	IOSurfaceRef surface = create_surface(16, 16, 'BGRA');
	mach_port_t queue, port = IOSurfaceCreateMachPort(surface);

	check_eq(setup_recv_port(&queue), 0);
	check_eq(send_port_as(queue, port, MACH_MSG_TYPE_MOVE_SEND), MACH_MSG_SUCCESS);
	check_eq(type_of(port), 0);
	check(IOSurfaceIsInUse(surface));
	check_eq(mach_port_destroy(mach_task_self(), queue), KERN_SUCCESS);
	check(!IOSurfaceIsInUse(surface));
	CFRelease(surface);
}

TEST(a_destroyed_message_gives_its_rights_back)
{
	IOSurfaceRef surface = create_surface(16, 16, 'BGRA');
	mach_port_t queue, port = IOSurfaceCreateMachPort(surface);
	struct port_message message;

	check_eq(setup_recv_port(&queue), 0);
	check_eq(send_port_as(queue, port, MACH_MSG_TYPE_MOVE_SEND), MACH_MSG_SUCCESS);
	check_eq(mach_msg(&message.header, MACH_RCV_MSG, 0, sizeof(message), queue, 0, 0), MACH_MSG_SUCCESS);
	check_eq(type_of(message.port.name), MACH_PORT_TYPE_SEND);
	mach_msg_destroy(&message.header);
	check_eq(type_of(message.port.name), 0);
	check(!IOSurfaceIsInUse(surface));
	mach_port_destroy(mach_task_self(), queue);
	CFRelease(surface);
}

TEST(a_dead_port_is_no_surface)
{
	mach_port_t port;

	check_eq(setup_recv_port(&port), 0);
	check_eq(mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_RECEIVE, -1), KERN_SUCCESS);
	check_eq(type_of(port), MACH_PORT_TYPE_DEAD_NAME);
	check(IOSurfaceLookupFromMachPort(port) == NULL);
	check_eq(mach_port_deallocate(mach_task_self(), port), KERN_SUCCESS);
}

TEST(elements_of_several_pixels_make_rows)
{
	CFMutableDictionaryRef properties = create_properties();
	IOSurfaceRef surface;

	set_number(properties, kIOSurfaceWidth, 101);
	set_number(properties, kIOSurfaceHeight, 10);
	set_number(properties, kIOSurfaceBytesPerElement, 4);
	set_number(properties, kIOSurfaceElementWidth, 2);
	surface = IOSurfaceCreate(properties);
	check_eq(IOSurfaceGetBytesPerRow(surface), 256); /* 51 elements of 4 bytes, rounded up to 64 */
	check_eq(IOSurfaceGetAllocSize(surface), 10 * 256);
	check_eq(IOSurfaceGetElementWidth(surface), 2);
	CFRelease(surface);
	CFRelease(properties);
}

TEST(what_is_not_said_of_a_picture_is_as_small_as_can_be)
{
	CFMutableDictionaryRef properties = create_properties();
	IOSurfaceRef surface;

	set_number(properties, kIOSurfaceWidth, 64);
	set_number(properties, kIOSurfaceHeight, 8);
	surface = IOSurfaceCreate(properties);
	check_eq(IOSurfaceGetBytesPerElement(surface), 1);
	check_eq(IOSurfaceGetElementWidth(surface), 1);
	check_eq(IOSurfaceGetElementHeight(surface), 1);
	check_eq(IOSurfaceGetBytesPerRow(surface), 64);
	check_eq(IOSurfaceGetPlaneCount(surface), 0);
	check_eq((uintptr_t)IOSurfaceGetBaseAddress(surface) % 4096, 0); /* no offset */
	CFRelease(surface);
	CFRelease(properties);
}

TEST(sizes_and_places_are_rounded_up_to_their_alignment)
{
	CFStringRef keys[] = { kIOSurfaceBytesPerRow,     kIOSurfaceOffset,    kIOSurfacePlaneBase,
			       kIOSurfacePlaneOffset,     kIOSurfaceAllocSize, kIOSurfacePlaneSize,
			       kIOSurfacePlaneBytesPerRow };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		size_t alignment = IOSurfaceGetPropertyAlignment(keys[i]);

		check(alignment > 0 && (alignment & (alignment - 1)) == 0);
		for (size_t value = 0; value < 3 * alignment; value += 1 + alignment / 3) {
			size_t aligned = IOSurfaceAlignProperty(keys[i], value);

			check(aligned % alignment == 0 && aligned >= value && aligned - value < alignment);
		}
	}
	check_eq(IOSurfaceGetPropertyAlignment(kIOSurfaceWidth), 1);
}
