/*
 * 01-fork.c - a picture given to a child process, as programs write it for macOS: nothing here is
 * Transom's.
 *
 * The parent draws a pixel buffer, makes a Mach port of its IOSurface, sends it and drops all it has. The
 * child looks the surface up, wraps it and checks the pixels. The port to talk over is handed to the child
 * as its bootstrap port.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CoreVideo/CoreVideo.h>
#include <IOSurface/IOSurface.h>
#include <mach/mach.h>
#include <servers/bootstrap.h>

#define WIDTH 320
#define HEIGHT 240

static void
fail(const char *what, int code)
{
	fprintf(stderr, "01-fork: %s: %s\n", what, mach_error_string(code));
	exit(1);
}

static int
setup_recv_port(mach_port_t *recv_port)
{
	mach_port_t port = MACH_PORT_NULL;
	kern_return_t err = mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port);

	if (err != KERN_SUCCESS)
		return err;
	err = mach_port_insert_right(mach_task_self(), port, port, MACH_MSG_TYPE_MAKE_SEND);
	if (err != KERN_SUCCESS)
		return err;
	*recv_port = port;
	return 0;
}

static int
send_port(mach_port_t remote_port, mach_port_t port)
{
	struct {
		mach_msg_header_t header;
		mach_msg_body_t body;
		mach_msg_port_descriptor_t task_port;
	} msg;

	msg.header.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0) | MACH_MSGH_BITS_COMPLEX;
	msg.header.msgh_size = sizeof(msg);
	msg.header.msgh_remote_port = remote_port;
	msg.header.msgh_local_port = MACH_PORT_NULL;
	msg.header.msgh_voucher_port = MACH_PORT_NULL;
	msg.header.msgh_id = 0;
	msg.body.msgh_descriptor_count = 1;
	msg.task_port.name = port;
	msg.task_port.disposition = MACH_MSG_TYPE_COPY_SEND;
	msg.task_port.type = MACH_MSG_PORT_DESCRIPTOR;
	return mach_msg_send(&msg.header);
}

static int
recv_port(mach_port_t recv_port, mach_port_t *port)
{
	struct {
		mach_msg_header_t header;
		mach_msg_body_t body;
		mach_msg_port_descriptor_t task_port;
		mach_msg_trailer_t trailer;
	} msg;
	kern_return_t err = mach_msg(&msg.header, MACH_RCV_MSG, 0, sizeof(msg), recv_port,
				     MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);

	if (err != KERN_SUCCESS)
		return err;
	*port = msg.task_port.name;
	return 0;
}

/* Forks so that the child has @give as its bootstrap port. */
static pid_t
fork_with_port(mach_port_t give)
{
	mach_port_t bootstrap;
	pid_t pid;

	task_get_bootstrap_port(mach_task_self(), &bootstrap);
	task_set_bootstrap_port(mach_task_self(), give);
	pid = fork();
	if (pid != 0)
		task_set_bootstrap_port(mach_task_self(), bootstrap);
	return pid;
}

static uint32_t
pixel_at(size_t x, size_t y)
{
	return 0xff000000u | (uint32_t)(x << 8) | (uint32_t)y;
}

static CVPixelBufferRef
draw(void)
{
	CFDictionaryRef none =
		CFDictionaryCreate(kCFAllocatorDefault, NULL, NULL, 0, &kCFTypeDictionaryKeyCallBacks,
				   &kCFTypeDictionaryValueCallBacks);
	const void *key = kCVPixelBufferIOSurfacePropertiesKey, *value = none;
	CFDictionaryRef attributes =
		CFDictionaryCreate(kCFAllocatorDefault, &key, &value, 1, &kCFTypeDictionaryKeyCallBacks,
				   &kCFTypeDictionaryValueCallBacks);
	CVPixelBufferRef buffer = NULL;
	CVReturn err = CVPixelBufferCreate(kCFAllocatorDefault, WIDTH, HEIGHT, kCVPixelFormatType_32BGRA,
					   attributes, &buffer);

	CFRelease(attributes);
	CFRelease(none);
	if (err != kCVReturnSuccess)
		fail("CVPixelBufferCreate", err);
	CVPixelBufferLockBaseAddress(buffer, 0);
	for (size_t y = 0; y < HEIGHT; y++) {
		uint32_t *row = (void *)((char *)CVPixelBufferGetBaseAddress(buffer) +
					 y * CVPixelBufferGetBytesPerRow(buffer));

		for (size_t x = 0; x < WIDTH; x++)
			row[x] = pixel_at(x, y);
	}
	CVPixelBufferUnlockBaseAddress(buffer, 0);
	return buffer;
}

static int
count_wrong_pixels(CVPixelBufferRef buffer)
{
	int wrong = 0;

	CVPixelBufferLockBaseAddress(buffer, kCVPixelBufferLock_ReadOnly);
	for (size_t y = 0; y < HEIGHT; y++) {
		const uint32_t *row = (const void *)((const char *)CVPixelBufferGetBaseAddress(buffer) +
						     y * CVPixelBufferGetBytesPerRow(buffer));

		for (size_t x = 0; x < WIDTH; x++)
			wrong += row[x] != pixel_at(x, y);
	}
	CVPixelBufferUnlockBaseAddress(buffer, kCVPixelBufferLock_ReadOnly);
	return wrong;
}

static int
child(void)
{
	mach_port_t parent, own, port;
	CVPixelBufferRef buffer = NULL;
	IOSurfaceRef surface;
	int err, wrong;

	task_get_bootstrap_port(mach_task_self(), &parent);
	if ((err = setup_recv_port(&own)) != 0 || (err = send_port(parent, own)) != 0)
		fail("sending the child's port", err);
	if ((err = recv_port(own, &port)) != 0)
		fail("receiving the surface's port", err);
	surface = IOSurfaceLookupFromMachPort(port);
	if (surface == NULL ||
	    CVPixelBufferCreateWithIOSurface(kCFAllocatorDefault, surface, NULL, &buffer) != 0)
		fail("looking the surface up", KERN_FAILURE);
	mach_port_deallocate(mach_task_self(), port); /* the pixel buffer is a use of its own */
	CFRelease(surface);
	wrong = count_wrong_pixels(buffer);
	printf("child: %zu x %zu pixels, %d of them wrong\n", CVPixelBufferGetWidth(buffer),
	       CVPixelBufferGetHeight(buffer), wrong);
	CVPixelBufferRelease(buffer);
	return wrong != 0;
}

int
main(void)
{
	mach_port_t own, to_child, port;
	CVPixelBufferRef buffer;
	int err, status;
	pid_t pid;

	if ((err = setup_recv_port(&own)) != 0)
		fail("making a port", err);
	pid = fork_with_port(own);
	if (pid == 0)
		exit(child());
	if ((err = recv_port(own, &to_child)) != 0)
		fail("receiving the child's port", err);
	buffer = draw();
	port = IOSurfaceCreateMachPort(CVPixelBufferGetIOSurface(buffer));
	if ((err = send_port(to_child, port)) != 0)
		fail("sending the surface's port", err);
	mach_port_deallocate(mach_task_self(), port);
	CVPixelBufferRelease(buffer); /* from here on the message alone holds it */
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
