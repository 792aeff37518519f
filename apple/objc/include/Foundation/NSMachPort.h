/*
 * NSMachPort.h - Mach ports as ports of Foundation, to be sent, sent to, and received from on an NSRunLoop.
 * <Foundation/Foundation.h> of GNUstep does not have this class; include this header beside it.
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

/**
 * What the delegate of a port on a run loop is sent for each message, the first of these two that it has:
 *
 * -handleMachMessage: the message as mach_msg() gives it, with an audit trailer. Its rights and memory are the
 * delegate's, to be given up by mach_msg_destroy() or one by one; the bytes are not.
 *
 * -handlePortMessage: ports and memory as objects, which give up their rights when they go, in the order of the
 * descriptors; bytes behind them are data at the end. The port to answer to is -sendPort, or nil.
 */
@protocol NSMachPortDelegate <NSObject>
@optional
- (void)handleMachMessage:(void *)msg;
- (void)handlePortMessage:(NSPortMessage *)message;
@end

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

@interface NSMachPort (RunLoop)

/** The delegate gets what comes to the port while the loop runs in that mode; as -[NSRunLoop addPort:forMode:]. */
- (void)scheduleInRunLoop:(NSRunLoop *)runLoop forMode:(NSString *)mode;
- (void)removeFromRunLoop:(NSRunLoop *)runLoop forMode:(NSString *)mode;

@end

#endif /* TRANSOM_FOUNDATION_NSMACHPORT_H */
