/*
 * 08-objc-send.m - as 02-send, in Objective-C: attributes are an NSDictionary, and the picture goes in an NSPortMessage.
 *
 * usage: 08-objc-send
 */
#import <Foundation/Foundation.h>
#import <Foundation/NSMachPort.h>
#import <Foundation/NSPortMessage.h>

#include "picture.h"

static CVPixelBufferRef
draw(void)
{
	NSDictionary *attributes = [NSDictionary dictionaryWithObject:[NSDictionary dictionary]
							       forKey:(NSString *)kCVPixelBufferIOSurfacePropertiesKey];
	CVPixelBufferRef buffer = NULL;

	if (CVPixelBufferCreate(kCFAllocatorDefault, WIDTH, HEIGHT, kCVPixelFormatType_32BGRA,
				(CFDictionaryRef)attributes, &buffer) != kCVReturnSuccess)
		fail("08-objc-send: no pixel buffer could be made", KERN_RESOURCE_SHORTAGE);
	visit_pixels(buffer, true);
	return buffer;
}

int
main(void)
{
	NSAutoreleasePool *pool = [NSAutoreleasePool new];
	NSPort *service = [NSMachPort portWithMachPort:find_service("08-objc-send")
					       options:NSMachPortDeallocateSendRight];
	CVPixelBufferRef buffer = draw();
	NSPort *picture = [NSMachPort portWithMachPort:IOSurfaceCreateMachPort(CVPixelBufferGetIOSurface(buffer))
					       options:NSMachPortDeallocateSendRight];
	NSPortMessage *message = [[NSPortMessage alloc] initWithSendPort:service receivePort:nil
							      components:[NSArray arrayWithObject:picture]];
	BOOL sent = [message sendBeforeDate:[NSDate distantFuture]];

	if (!sent)
		fprintf(stderr, "08-objc-send: the receiver is gone\n");
	[message release];
	[(id)buffer release];
	[pool release]; /* and with it the port: from here on the message alone holds the picture */
	return !sent;
}
