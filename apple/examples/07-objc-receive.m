/*
 * 07-objc-receive.m - as 04-run-loop, in Objective-C: an NSMachPort on an NSRunLoop, whose delegate gets the picture.
 *
 * usage: 07-objc-receive
 */
#import <Foundation/Foundation.h>
#import <Foundation/NSMachPort.h>
#import <Foundation/NSPortMessage.h>

#include <servers/bootstrap.h>

#include "picture.h"

@interface Viewer : NSObject {
	@public
	int result;
	BOOL done;
}
@end

@implementation Viewer

- (void)handlePortMessage:(NSPortMessage *)message
{
	NSArray *parts = [message components];
	id port = [parts count] > 0 ? [parts objectAtIndex:0] : nil;

	if (![port isKindOfClass:[NSMachPort class]]) /* from another program */
		return;
	/* The object gives up its own reference. */
	mach_port_mod_refs(mach_task_self(), (mach_port_t)[port machPort], MACH_PORT_RIGHT_SEND, 1);
	result = show_surface((mach_port_t)[port machPort]);
	done = YES;
}

@end

int
main(void)
{
	NSAutoreleasePool *pool = [NSAutoreleasePool new];
	Viewer *viewer = [[Viewer new] autorelease];
	mach_port_t service;
	kern_return_t err = bootstrap_check_in(bootstrap_port, SERVICE, &service);
	NSPort *port;
	int result;

	if (err != BOOTSTRAP_SUCCESS) {
		fprintf(stderr, "07-objc-receive: %s: %s\n", SERVICE, bootstrap_strerror(err));
		return 1;
	}
	port = [NSMachPort portWithMachPort:(NSInteger)service];
	[port setDelegate:viewer];
	[[NSRunLoop currentRunLoop] addPort:port forMode:NSDefaultRunLoopMode];
	while (!viewer->done)
		[[NSRunLoop currentRunLoop] runMode:NSDefaultRunLoopMode beforeDate:[NSDate distantFuture]];
	[port invalidate];
	result = viewer->result;
	[pool release];
	return result;
}
