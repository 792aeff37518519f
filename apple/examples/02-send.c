/*
 * 02-send.c - sends a picture to a program that it knows by name alone: 03-receive or 04-run-loop.
 *
 * usage: 02-send
 */
#include "picture.h"

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
	if (err != kCVReturnSuccess) {
		fprintf(stderr, "02-send: no pixel buffer could be made: %d\n", err);
		exit(1);
	}
	visit_pixels(buffer, true);
	return buffer;
}

int
main(void)
{
	mach_port_t service = find_service("02-send"), port;
	CVPixelBufferRef buffer = draw();
	mach_msg_return_t err;

	port = IOSurfaceCreateMachPort(CVPixelBufferGetIOSurface(buffer));
	err = send_port(service, port);
	if (err != MACH_MSG_SUCCESS)
		fail("02-send: sending the surface's port", err);
	mach_port_deallocate(mach_task_self(), port);
	CVPixelBufferRelease(buffer); /* from here on the message alone holds it */
	return 0;
}
