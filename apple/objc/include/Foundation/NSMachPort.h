/*
 * NSMachPort.h - Mach ports as ports of Foundation, to be sent and sent to. <Foundation/Foundation.h> of
 * GNUstep does not have this class; include this header beside it.
 *
 * Messages are received with mach_msg() or CFMachPort: such a port cannot be scheduled in an NSRunLoop.
 */
#ifndef TRANSOM_FOUNDATION_NSMACHPORT_H
#define TRANSOM_FOUNDATION_NSMACHPORT_H

#import <Foundation/Foundation.h>

#include <mach/mach.h>

/* Which rights of the port -invalidate, or the end of the object, gives up. */
enum {
	NSMachPortDeallocateNone = 0,
	NSMachPortDeallocateSendRight = 1,
	NSMachPortDeallocateReceiveRight = 2,
};
typedef NSUInteger NSMachPortOptions;

@interface NSMachPort : NSPort {
	@private
	mach_port_t machPort;
	NSMachPortOptions options;
}

/** A new port with both rights, which go with the object. */
- (id)init;

/** For a port that there is. Its receive right and one reference of its send right, if it has them, go with
 * the object. */
+ (NSPort *)portWithMachPort:(NSInteger)machPort;
- (id)initWithMachPort:(NSInteger)machPort;

/** For a port that there is; @options says what goes with the object. */
+ (NSPort *)portWithMachPort:(uint32_t)machPort options:(NSMachPortOptions)options;
- (id)initWithMachPort:(uint32_t)machPort options:(NSMachPortOptions)options;

- (NSInteger)machPort;

@end

#endif /* TRANSOM_FOUNDATION_NSMACHPORT_H */
