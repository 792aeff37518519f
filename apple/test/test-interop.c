/* test-interop.c - from Apple's objects to Transom's and back, and surfaces of several files as Mach ports. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <transom_apple.h>

#include <transom/stream.h>

#include "harness.h"
#include "pictures.h"
#include "test-mach.h"

#define BYTES 65536

static int
create_memory(uint8_t value)
{
	int fd = memfd_create("elsewhere", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	uint8_t bytes[BYTES];

	memset(bytes, value, sizeof(bytes));
	check(fd >= 0 && write(fd, bytes, sizeof(bytes)) == (ssize_t)sizeof(bytes) &&
	      fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
	return fd;
}

/* A picture whose two planes lie in two files. */
static IOSurfaceRef
create_surface_of_two_files(void)
{
	int luma = create_memory(1), chroma = create_memory(2);
	struct transom_surface_memory_options options = {
		.size = sizeof(options),
		.format = TRANSOM_FORMAT_NV12,
		.width = 64,
		.height = 64,
		.plane_count = 2,
		.planes = { { .fd = luma }, { .fd = chroma } },
	};
	struct transom_surface *surface;
	IOSurfaceRef object;

	check_eq(transom_surface_create_with_memory(&options, &surface), 0);
	check_eq(transom_apple_create_iosurface(surface, &object), 0);
	transom_surface_unref(surface);
	close(luma);
	close(chroma);
	return object;
}

TEST(a_surface_and_its_object_are_one)
{
	IOSurfaceRef object = create_surface(16, 16, 'BGRA'), again;
	struct transom_surface *surface = transom_apple_get_surface(object);

	check_eq(transom_surface_get_id(surface), IOSurfaceGetID(object));
	IOSurfaceIncrementUseCount(object);
	check_eq(transom_surface_get_use_count(surface), 1);
	check_eq(transom_apple_create_iosurface(surface, &again), 0);
	check_eq(IOSurfaceGetUseCount(again), 1);
	check(CFEqual(object, again));
	IOSurfaceDecrementUseCount(again);
	CFRelease(object);
	check_eq(IOSurfaceGetWidth(again), 16); /* has a reference of its own */
	CFRelease(again);
}

TEST(a_pixel_buffer_and_its_object_are_one)
{
	struct transom_pixel_buffer_options options = {
		.size = sizeof(options), .format = TRANSOM_FORMAT_BGRA8, .width = 16, .height = 8
	};
	struct transom_pixel_buffer *buffer;
	CVPixelBufferRef object;

	check_eq(transom_pixel_buffer_create(&options, &buffer), 0);
	check_eq(transom_apple_create_pixel_buffer(buffer, &object), 0);
	check(transom_apple_get_pixel_buffer(object) == buffer);
	check_eq(CVPixelBufferGetHeight(object), 8);
	check(transom_apple_get_surface(CVPixelBufferGetIOSurface(object)) ==
	      transom_pixel_buffer_get_surface(buffer));
	transom_pixel_buffer_unref(buffer);
	check_eq(CVPixelBufferLockBaseAddress(object, 0), kCVReturnSuccess);
	memset(CVPixelBufferGetBaseAddress(object), 9, 16 * 4);
	check_eq(CVPixelBufferUnlockBaseAddress(object, 0), kCVReturnSuccess);
	CVPixelBufferRelease(object);
}

TEST(what_is_no_object_has_nothing_behind_it)
{
	IOSurfaceRef surface = create_surface(16, 16, 'BGRA'), made;
	CVPixelBufferRef buffer;

	check(transom_apple_get_surface(NULL) == NULL);
	check(transom_apple_get_surface((IOSurfaceRef)(uintptr_t)CFSTR("text")) == NULL);
	check(transom_apple_get_pixel_buffer(NULL) == NULL);
	check(transom_apple_get_pixel_buffer((CVPixelBufferRef)surface) == NULL);
	check_eq(transom_apple_create_iosurface(NULL, &made), -EINVAL);
	check_eq(transom_apple_create_iosurface(transom_apple_get_surface(surface), NULL), -EINVAL);
	check_eq(transom_apple_create_pixel_buffer(NULL, &buffer), -EINVAL);
	CFRelease(surface);
}

TEST(a_buffer_of_a_pool_can_be_published)
{
	CFMutableDictionaryRef attributes = create_properties(), none = create_properties();
	struct transom_publisher_options options = { .size = sizeof(options), .name = "ported" };
	struct transom_subscriber_options wishes = { .size = sizeof(wishes), .name = "ported" };
	struct transom_publisher *publisher;
	struct transom_subscriber *subscriber;
	struct transom_frame *frame;
	CVPixelBufferRef buffer;
	IOSurfaceRef seen;

	use_runtime();
	CFDictionarySetValue(attributes, kCVPixelBufferIOSurfacePropertiesKey, none);
	check_eq(CVPixelBufferCreate(NULL, 32, 32, kCVPixelFormatType_32BGRA, attributes, &buffer), 0);
	check_eq(transom_publisher_create(&options, &publisher), 0);
	check_eq(transom_subscriber_create(&wishes, &subscriber), 0);
	check_eq(transom_publisher_publish_buffer(publisher, transom_apple_get_pixel_buffer(buffer), NULL, -1,
						  NULL),
		 0);
	check_eq(transom_subscriber_acquire(subscriber, 10000, &frame), 0);
	check_eq(transom_apple_create_iosurface(transom_frame_get_surface(frame), &seen), 0);
	check(CFEqual(seen, CVPixelBufferGetIOSurface(buffer)));
	CFRelease(seen);
	transom_frame_release(frame);
	transom_subscriber_unref(subscriber);
	transom_publisher_unref(publisher);
	CVPixelBufferRelease(buffer);
	CFRelease(attributes);
	CFRelease(none);
	drop_runtime();
}

static void
look_at_two_files(void *argument)
{
	mach_port_t parent, own, port;
	IOSurfaceRef surface;

	task_get_bootstrap_port(mach_task_self(), &parent);
	check_eq(setup_recv_port(&own), 0);
	check_eq(send_port(parent, own), 0);
	check_eq(recv_port(own, &port), 0);
	surface = IOSurfaceLookupFromMachPort(port);
	check(surface != NULL);
	check_eq(mach_port_deallocate(mach_task_self(), port), KERN_SUCCESS);
	check_eq(IOSurfaceGetPlaneCount(surface), 2);
	check_eq(IOSurfaceLock(surface, kIOSurfaceLockReadOnly, NULL), kIOReturnSuccess);
	check_eq(*(const uint8_t *)IOSurfaceGetBaseAddressOfPlane(surface, 0), 1);
	check_eq(*(const uint8_t *)IOSurfaceGetBaseAddressOfPlane(surface, 1), 2);
	check_eq(IOSurfaceUnlock(surface, kIOSurfaceLockReadOnly, NULL), kIOReturnSuccess);
	CFRelease(surface);
	mach_port_destroy(mach_task_self(), own);
}

TEST(a_surface_of_several_files_goes_through_a_port)
{
	mach_port_t own, child_port, port, former;
	IOSurfaceRef surface = create_surface_of_two_files();
	pid_t child;

	check_eq(setup_recv_port(&own), 0);
	task_get_bootstrap_port(mach_task_self(), &former);
	task_set_bootstrap_port(mach_task_self(), own);
	child = spawn(look_at_two_files, NULL);
	task_set_bootstrap_port(mach_task_self(), former);
	check_eq(recv_port(own, &child_port), 0);
	port = IOSurfaceCreateMachPort(surface);
	check(MACH_PORT_VALID(port));
	check(IOSurfaceIsInUse(surface));
	check_eq(send_port(child_port, port), 0);
	check_eq(mach_port_deallocate(mach_task_self(), port), KERN_SUCCESS);
	check_eq(wait_for(child), 0);
	mach_port_deallocate(mach_task_self(), child_port);
	mach_port_destroy(mach_task_self(), own);
	check(!IOSurfaceIsInUse(surface));
	CFRelease(surface);
}

TEST(copies_of_a_right_of_several_files_have_one_name)
{
	IOSurfaceRef surface = create_surface_of_two_files(), found;
	mach_port_t port = IOSurfaceCreateMachPort(surface), other, again;
	enum transom_right_kind kind;
	int fd;

	check_eq(transom_apple_dup_mach_port(port, &kind, &fd), KERN_SUCCESS);
	check_eq(kind, TRANSOM_RIGHT_SURFACE);
	check_eq(transom_apple_create_mach_port(fd, kind, &again), KERN_SUCCESS);
	check_eq(again, port);
	check_eq(refs_of(port, MACH_PORT_RIGHT_SEND), 2);
	close(fd);
	other = IOSurfaceCreateMachPort(surface); /* another right: see docs/apple.md */
	check(other != port);
	found = IOSurfaceLookupFromMachPort(other);
	check(CFEqual(found, surface));
	CFRelease(found);
	mach_port_destroy(mach_task_self(), other);
	mach_port_destroy(mach_task_self(), port);
	check(!IOSurfaceIsInUse(surface));
	CFRelease(surface);
}

TEST(what_does_not_look_like_a_surface_right_gets_no_name)
{
	mach_port_t name = 77;
	int ends[2], pipe_ends[2];

	check_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	check_eq(pipe(pipe_ends), 0);
	check_eq(transom_apple_create_mach_port(ends[0], TRANSOM_RIGHT_SURFACE, &name),
		 KERN_INVALID_CAPABILITY);
	check_eq(transom_apple_create_mach_port(pipe_ends[0], TRANSOM_RIGHT_SURFACE, &name),
		 KERN_INVALID_CAPABILITY);
	check_eq(transom_apple_create_mach_port(-1, TRANSOM_RIGHT_SURFACE, &name), KERN_INVALID_CAPABILITY);
	check_eq(name, 77);
	close(ends[1]); /* now it looks like a capsule; there is nothing in it */
	check_eq(transom_apple_create_mach_port(ends[0], TRANSOM_RIGHT_SURFACE, &name), KERN_SUCCESS);
	check(IOSurfaceLookupFromMachPort(name) == NULL);
	check_eq(mach_port_deallocate(mach_task_self(), name), KERN_SUCCESS);
	close(ends[0]);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
}
