/*
 * picture.h - what the examples with two programs share: a picture in an IOSurface, and Mach ports in messages. Nothing
 * here is Transom's.
 */
#ifndef PICTURE_H
#define PICTURE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <CoreVideo/CoreVideo.h>
#include <IOSurface/IOSurface.h>
#include <mach/mach.h>
#include <servers/bootstrap.h>

#define WIDTH 320
#define HEIGHT 240
#define SERVICE "org.example.picture"

/* A message with one port. */
struct port_message {
	mach_msg_header_t header;
	mach_msg_body_t body;
	mach_msg_port_descriptor_t port;
	mach_msg_trailer_t trailer; /* when received */
};

static inline void
fail(const char *what, kern_return_t code)
{
	fprintf(stderr, "%s: %s\n", what, mach_error_string(code));
	exit(1);
}

static inline mach_msg_return_t
send_port(mach_port_t remote, mach_port_t port)
{
	struct port_message message = { 0 };

	message.header.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0) | MACH_MSGH_BITS_COMPLEX;
	message.header.msgh_size = sizeof(message) - sizeof(message.trailer);
	message.header.msgh_remote_port = remote;
	message.body.msgh_descriptor_count = 1;
	message.port.name = port;
	message.port.disposition = MACH_MSG_TYPE_COPY_SEND;
	message.port.type = MACH_MSG_PORT_DESCRIPTOR;
	return mach_msg_send(&message.header);
}

/* A send right to the receiver, which may be starting still. @program says what fails. */
static inline mach_port_t
find_service(const char *program)
{
	kern_return_t err = KERN_FAILURE;
	mach_port_t service;

	for (int tries = 0; tries < 200; tries++) {
		err = bootstrap_look_up(bootstrap_port, SERVICE, &service);
		if (err == BOOTSTRAP_SUCCESS)
			return service;
		usleep(50000);
	}
	fprintf(stderr, "%s: %s: %s\n", program, SERVICE, bootstrap_strerror(err));
	exit(1);
}

static inline uint32_t
pixel_at(size_t x, size_t y)
{
	return 0xff000000u | (uint32_t)(x << 8) | (uint32_t)y;
}

/* Goes through all pixels; writes them, or says how many are not as they should be. */
static inline int
visit_pixels(CVPixelBufferRef buffer, bool write)
{
	CVPixelBufferLockFlags flags = write ? 0 : kCVPixelBufferLock_ReadOnly;
	int wrong = 0;

	CVPixelBufferLockBaseAddress(buffer, flags);
	for (size_t y = 0; y < CVPixelBufferGetHeight(buffer); y++) {
		uint32_t *row = (void *)((char *)CVPixelBufferGetBaseAddress(buffer) +
					 y * CVPixelBufferGetBytesPerRow(buffer));

		for (size_t x = 0; x < CVPixelBufferGetWidth(buffer); x++) {
			if (write)
				row[x] = pixel_at(x, y);
			wrong += row[x] != pixel_at(x, y);
		}
	}
	CVPixelBufferUnlockBaseAddress(buffer, flags);
	return wrong;
}

/* Looks the surface of a port up, gives the port back, and checks the pixels: 0 if all are right. */
static inline int
show_surface(mach_port_t port)
{
	IOSurfaceRef surface = IOSurfaceLookupFromMachPort(port);
	CVPixelBufferRef buffer = NULL;
	int wrong;

	if (surface == NULL ||
	    CVPixelBufferCreateWithIOSurface(kCFAllocatorDefault, surface, NULL, &buffer) != 0)
		fail("no surface has come", KERN_INVALID_CAPABILITY);
	mach_port_deallocate(mach_task_self(), port); /* the pixel buffer is a use of its own */
	CFRelease(surface);
	wrong = visit_pixels(buffer, false);
	printf("received %zu x %zu pixels, %d of them wrong\n", CVPixelBufferGetWidth(buffer),
	       CVPixelBufferGetHeight(buffer), wrong);
	CVPixelBufferRelease(buffer);
	return wrong != 0;
}

#endif /* PICTURE_H */
