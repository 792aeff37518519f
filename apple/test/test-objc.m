/* test-objc.m - GNUstep's objects given to CoreFoundation, and CoreFoundation's objects sent messages. */
#import <Foundation/Foundation.h>
#import <Foundation/NSMachPort.h>
#import <Foundation/NSPortMessage.h>

#include <CoreFoundation/CoreFoundation.h>
#include <CoreVideo/CoreVideo.h>
#include <IOSurface/IOSurface.h>
#include <mach/mach.h>

#include "harness.h"

static CFStringRef const constant = CFSTR("constant");

TEST(gnustep_objects_are_understood)
{
	NSAutoreleasePool *pool = [NSAutoreleasePool new];
	NSDictionary *dictionary = [NSDictionary dictionaryWithObject:[NSDictionary dictionary]
							       forKey:(id)kCFRunLoopDefaultMode];
	NSArray *array = [NSArray arrayWithObjects:@"a", [NSNumber numberWithInt:5], [NSNull null], nil];
	int value;

	check_eq(CFGetTypeID(dictionary), CFDictionaryGetTypeID());
	check_eq(CFDictionaryGetCount((CFDictionaryRef)dictionary), 1);
	check(CFDictionaryGetValue((CFDictionaryRef)dictionary, kCFRunLoopDefaultMode) != NULL);
	check(CFDictionaryContainsKey((CFDictionaryRef)dictionary, CFSTR("kCFRunLoopDefaultMode")));
	check_eq(CFArrayGetCount((CFArrayRef)array), 3);
	check(CFEqual(CFArrayGetValueAtIndex((CFArrayRef)array, 0), CFSTR("a")));
	check(CFNumberGetValue(CFArrayGetValueAtIndex((CFArrayRef)array, 1), kCFNumberIntType, &value) && value == 5);
	check(CFEqual(CFArrayGetValueAtIndex((CFArrayRef)array, 2), kCFNull));
	check(CFEqual(kCFNull, [NSNull null]));
	check_eq(CFGetTypeID([NSNumber numberWithBool:YES]), CFBooleanGetTypeID());
	check(CFBooleanGetValue((CFBooleanRef)[NSNumber numberWithBool:YES]));
	check_eq(CFGetTypeID([NSData data]), CFDataGetTypeID());
	check_eq(CFGetTypeID([NSDate date]), CFDateGetTypeID());
	check_eq(CFGetTypeID([NSSet set]), CFSetGetTypeID());
	[pool release];
}

TEST(strings_of_both_are_equal)
{
	NSAutoreleasePool *pool = [NSAutoreleasePool new];
	CFStringRef own = CFStringCreateWithCString(NULL, "caf\xc3\xa9", kCFStringEncodingUTF8);
	NSString *theirs = [NSString stringWithUTF8String:"caf\xc3\xa9"];

	check(CFEqual(own, theirs) && CFEqual(theirs, own));
	check([theirs isEqual:(id)own] && [(id)own isEqual:theirs]);
	check_eq(CFHash(own), CFHash(theirs));
	check_eq([(id)own hash], [theirs hash]);
	check(CFStringCompare((CFStringRef)theirs, own, 0) == kCFCompareEqualTo);
	check(strcmp([(NSString *)own UTF8String], "caf\xc3\xa9") == 0);
	check([[(NSString *)own stringByAppendingString:@"!"] length] == 5);
	check_eq([(id)constant length], 8);
	check([(id)constant isEqual:@"constant"]);
	check_eq([(id)kCFRunLoopDefaultMode length], 21);
	check([@"kCFRunLoopDefaultMode" isEqual:(id)kCFRunLoopDefaultMode]);
	check_eq([(id)kCFRunLoopDefaultMode hash], [@"kCFRunLoopDefaultMode" hash]);
	CFRelease(own);
	[pool release];
}

TEST(own_objects_are_messaged)
{
	NSAutoreleasePool *pool = [NSAutoreleasePool new];
	CFMutableDictionaryRef dictionary = CFDictionaryCreateMutable(NULL, 0, &kCFTypeDictionaryKeyCallBacks,
								      &kCFTypeDictionaryValueCallBacks);
	NSMutableDictionary *same = (NSMutableDictionary *)dictionary;
	CFMutableArrayRef array = CFArrayCreateMutable(NULL, 0, &kCFTypeArrayCallBacks);
	CFNumberRef number = CFNumberCreate(NULL, kCFNumberIntType, &(int){ 42 });

	CFDictionarySetValue(dictionary, CFSTR("width"), number);
	check([[same objectForKey:@"width"] intValue] == 42);
	[same setObject:@"text" forKey:@"key"];
	check(CFEqual(CFDictionaryGetValue(dictionary, CFSTR("key")), CFSTR("text")));
	check_eq([[same allKeys] count], 2);
	[same removeObjectForKey:@"key"];
	check_eq([same count], 1);
	check([same isEqual:[NSDictionary dictionaryWithObject:[NSNumber numberWithInt:42] forKey:@"width"]]);
	check([[same description] rangeOfString:@"width"].length == 5);
	[(NSMutableArray *)array addObject:@"x"];
	[(NSMutableArray *)array insertObject:(id)number atIndex:0];
	check_eq(CFArrayGetCount(array), 2);
	check_eq([[(id)array objectAtIndex:0] integerValue], 42);
	check([(id)number isEqual:[NSNumber numberWithInt:42]] && [[NSNumber numberWithInt:42] isEqual:(id)number]);
	check_eq([(id)number hash], [[NSNumber numberWithInt:42] hash]);
	check([(id)kCFBooleanTrue boolValue] && ![(id)kCFBooleanFalse boolValue]);
	check([(id)kCFNull isKindOfClass:[NSNull class]]);
	[pool release];
	check_eq(CFGetRetainCount(dictionary), 1);
	CFRelease(dictionary);
	CFRelease(array);
	check_eq(CFGetRetainCount(number), 1);
	CFRelease(number);
}

TEST(references_are_shared)
{
	NSAutoreleasePool *pool = [NSAutoreleasePool new];
	CFDateRef date = CFDateCreate(NULL, 5);
	NSObject *object = [NSObject new];

	[(id)date retain];
	check_eq(CFGetRetainCount(date), 2);
	[(id)date release];
	CFAutorelease(CFRetain(date));
	check_eq([(id)date retainCount], 2);
	CFRetain(object);
	check_eq([object retainCount], 2);
	CFRelease(object);
	check([(id)date timeIntervalSinceReferenceDate] == 5);
	[pool release];
	check_eq(CFGetRetainCount(date), 1);
	CFRelease(date);
	[object release];
}

TEST(changes_go_both_ways)
{
	NSAutoreleasePool *pool = [NSAutoreleasePool new];
	NSMutableDictionary *dictionary = [NSMutableDictionary dictionary];
	NSMutableArray *array = [NSMutableArray array];
	NSMutableString *string = [NSMutableString string];
	CFMutableDataRef data = CFDataCreateMutable(NULL, 0);
	NSArray *fixed = [NSArray array];

	CFDictionarySetValue((CFMutableDictionaryRef)dictionary, CFSTR("k"), kCFBooleanTrue);
	check([[dictionary objectForKey:@"k"] boolValue]);
	CFDictionaryRemoveAllValues((CFMutableDictionaryRef)dictionary);
	check_eq([dictionary count], 0);
	CFArrayAppendValue((CFMutableArrayRef)array, CFSTR("x"));
	check([[array lastObject] isEqual:@"x"]);
	CFStringAppendFormat((CFMutableStringRef)string, NULL, CFSTR("%@-%d"), @"n", 5);
	check([string isEqual:@"n-5"]);
	[(NSMutableData *)data appendBytes:"abc" length:3];
	check_eq(CFDataGetLength(data), 3);
	CFArrayAppendValue((CFMutableArrayRef)fixed, CFSTR("x"));
	check_eq([fixed count], 0);
	CFRelease(data);
	[pool release];
}

TEST(fixed_objects_raise_when_they_are_changed)
{
	NSAutoreleasePool *pool = [NSAutoreleasePool new];
	CFArrayRef array = CFArrayCreate(NULL, NULL, 0, &kCFTypeArrayCallBacks);
	int raised = 0;

	@try {
		[(NSMutableArray *)array addObject:@"x"];
	} @catch (NSException *exception) {
		raised++;
	}
	@try {
		[(NSArray *)array objectAtIndex:5];
	} @catch (NSException *exception) {
		raised++;
	}
	check_eq(raised, 2);
	CFRelease(array);
	[pool release];
}

static unsigned
count_refs(NSInteger name)
{
	mach_port_urefs_t refs = 0;

	mach_port_get_refs(mach_task_self(), (mach_port_t)name, MACH_PORT_RIGHT_SEND, &refs);
	return refs;
}

TEST(a_port_goes_in_a_message_of_ports)
{
	NSAutoreleasePool *pool = [NSAutoreleasePool new];
	NSMachPort *receiver = (NSMachPort *)[NSMachPort port], *other = (NSMachPort *)[NSMachPort port];
	NSArray *parts = [NSArray arrayWithObjects:other, [NSData dataWithBytes:"abc" length:3], nil];
	NSPortMessage *message = [[[NSPortMessage alloc] initWithSendPort:receiver receivePort:other
							       components:parts] autorelease];
	struct {
		mach_msg_header_t header;
		mach_msg_body_t body;
		mach_msg_port_descriptor_t port;
		mach_msg_ool_descriptor_t memory;
		mach_msg_trailer_t trailer;
	} in;

	[message setMsgid:77];
	check([message sendBeforeDate:[NSDate dateWithTimeIntervalSinceNow:5]]);
	check_eq(mach_msg(&in.header, MACH_RCV_MSG, 0, sizeof(in), (mach_port_t)[receiver machPort], 0, 0), 0);
	check_eq(in.header.msgh_id, 77);
	check_eq(in.body.msgh_descriptor_count, 2);
	check_eq(in.port.name, [other machPort]);
	check_eq(in.header.msgh_remote_port, [other machPort]); /* to answer to */
	check(in.memory.size == 3 && memcmp(in.memory.address, "abc", 3) == 0);
	mach_msg_destroy(&in.header);
	check([[NSMachPort portWithMachPort:[other machPort] options:NSMachPortDeallocateNone] isEqual:other]);
	check([NSMachPort portWithMachPort:0] == nil);
	[pool release];
}

TEST(a_port_that_is_full_or_gone_takes_no_message)
{
	NSAutoreleasePool *pool = [NSAutoreleasePool new];
	NSMachPort *receiver = (NSMachPort *)[NSMachPort port];
	NSMutableArray *none = [NSMutableArray array];
	NSUInteger sent = 0;
	BOOL raised = NO;

	check([receiver isValid]);
	while ([receiver sendBeforeDate:[NSDate date] msgid:1 components:none from:nil reserved:0])
		sent++;
	check_eq(sent, MACH_PORT_QLIMIT_DEFAULT);
	check(![receiver sendBeforeDate:[NSDate date] components:[NSMutableArray arrayWithObject:@"no port"] from:nil
			       reserved:0]);
	[receiver invalidate];
	check(![receiver isValid]);
	@try {
		[receiver sendBeforeDate:[NSDate date] components:none from:nil reserved:0];
	} @catch (NSException *exception) {
		raised = YES;
	}
	check(raised);
	[pool release];
}

/* What a delegate has been told. */
@interface Listener : NSObject {
	@public
	NSMutableArray *messages;
	NSMachPort *gone; /* is let go of while it is told */
}
@end

@implementation Listener
/* A run loop keeps descriptors of its own, which tests would count if it were not there before them. */
+ (void)load
{
	NSAutoreleasePool *pool = [NSAutoreleasePool new];

	[NSRunLoop currentRunLoop];
	[pool release];
}
- (id)init
{
	messages = [NSMutableArray new];
	return self;
}
- (void)dealloc
{
	[messages release];
	[super dealloc];
}
- (void)handlePortMessage:(NSPortMessage *)message
{
	[messages addObject:message];
	[gone invalidate];
}
@end

@interface RawListener : NSObject <NSMachPortDelegate> {
	@public
	int number;
}
@end

@implementation RawListener
- (void)handleMachMessage:(void *)message
{
	number = ((mach_msg_header_t *)message)->msgh_id;
	mach_msg_destroy(message);
}
@end

static void
run_once(void)
{
	check([[NSRunLoop currentRunLoop] runMode:NSDefaultRunLoopMode
				       beforeDate:[NSDate dateWithTimeIntervalSinceNow:15]]);
}

TEST(a_delegate_gets_messages_of_a_port_on_a_run_loop)
{
	NSAutoreleasePool *pool = [NSAutoreleasePool new];
	NSMachPort *receiver = (NSMachPort *)[NSMachPort port], *other = (NSMachPort *)[NSMachPort port];
	NSMutableArray *parts = [NSMutableArray arrayWithObjects:other, [NSData dataWithBytes:"abc" length:3], nil];
	Listener *listener = [[Listener new] autorelease];
	NSPortMessage *got;

	[receiver setDelegate:listener];
	[[NSRunLoop currentRunLoop] addPort:receiver forMode:NSDefaultRunLoopMode];
	for (NSInteger i = 1; i <= 3; i++) {
		check([receiver sendBeforeDate:[NSDate date] msgid:i components:parts from:other reserved:0]);
		while ([listener->messages count] < (NSUInteger)i)
			run_once();
	}
	got = [listener->messages objectAtIndex:0];
	check_eq([got msgid], 1);
	check([got receivePort] == receiver && [[got sendPort] isEqual:other]);
	check_eq([[got components] count], 2);
	check([[[got components] objectAtIndex:0] isEqual:other]);
	check([[[got components] objectAtIndex:1] isEqual:[NSData dataWithBytes:"abc" length:3]]);
	check(count_refs([other machPort]) == 1 + 3 * 2); /* a port and an answer of each message */
	[listener->messages removeAllObjects];
	[[NSRunLoop currentRunLoop] removePort:receiver forMode:NSDefaultRunLoopMode];
	[pool release];
}

TEST(a_delegate_may_take_messages_as_they_are)
{
	NSAutoreleasePool *pool = [NSAutoreleasePool new];
	NSMachPort *receiver = (NSMachPort *)[NSMachPort port];
	RawListener *listener = [[RawListener new] autorelease];
	mach_msg_header_t header = { .msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0),
				     .msgh_size = sizeof(header),
				     .msgh_remote_port = (mach_port_t)[receiver machPort],
				     .msgh_id = 55 };

	[receiver setDelegate:listener];
	[receiver scheduleInRunLoop:[NSRunLoop currentRunLoop] forMode:NSDefaultRunLoopMode];
	check_eq(mach_msg_send(&header), MACH_MSG_SUCCESS);
	while (!listener->number)
		run_once();
	check_eq(listener->number, 55);
	[receiver removeFromRunLoop:[NSRunLoop currentRunLoop] forMode:NSDefaultRunLoopMode];
	[pool release];
}

/* One of each kind that a program in C may send, and a send-once right to answer to. */
TEST(messages_of_programs_in_c_are_understood)
{
	NSAutoreleasePool *pool = [NSAutoreleasePool new];
	NSMachPort *receiver = (NSMachPort *)[NSMachPort port];
	Listener *listener = [[Listener new] autorelease];
	mach_port_t answers = mach_reply_port(), moved = mach_reply_port(), ports[] = { answers, MACH_PORT_NULL };
	struct {
		mach_msg_header_t header;
		mach_msg_body_t body;
		mach_msg_port_descriptor_t port;
		mach_msg_ool_ports_descriptor_t ports;
		char bytes[8];
	} message = { .header = { .msgh_bits = MACH_MSGH_BITS_COMPLEX | MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND,
										       MACH_MSG_TYPE_MAKE_SEND_ONCE),
				  .msgh_size = sizeof(message),
				  .msgh_remote_port = (mach_port_t)[receiver machPort],
				  .msgh_local_port = answers },
		      .body = { 2 },
		      .port = { .name = moved, .disposition = MACH_MSG_TYPE_MOVE_RECEIVE },
		      .ports = { .address = ports, .count = 2, .disposition = MACH_MSG_TYPE_MAKE_SEND,
				 .type = MACH_MSG_OOL_PORTS_DESCRIPTOR },
		      .bytes = "7 bytes" };
	NSArray *parts;
	char room[256];

	listener->gone = receiver;
	[receiver setDelegate:listener];
	[[NSRunLoop currentRunLoop] addPort:receiver forMode:NSDefaultRunLoopMode];
	check_eq(mach_msg_send(&message.header), MACH_MSG_SUCCESS);
	while ([listener->messages count] == 0)
		run_once();
	check(![receiver isValid]);
	parts = [[listener->messages objectAtIndex:0] components];
	check_eq([parts count], 3);
	check_eq([[parts objectAtIndex:1] machPort], answers);
	check([[parts objectAtIndex:2] isEqual:[NSData dataWithBytes:"7 bytes" length:8]]);
	check([[[listener->messages objectAtIndex:0] sendPort] sendBeforeDate:[NSDate date] msgid:9
								   components:nil from:nil reserved:0]);
	check_eq(mach_msg((mach_msg_header_t *)room, MACH_RCV_MSG, 0, sizeof(room), answers, 0, 0), MACH_MSG_SUCCESS);
	check_eq(((mach_msg_header_t *)room)->msgh_id, 9);
	mach_port_destroy(mach_task_self(), answers);
	[pool release];
}

TEST(surfaces_are_made_by_dictionaries_of_foundation)
{
	NSAutoreleasePool *pool = [NSAutoreleasePool new];
	NSDictionary *properties = [NSDictionary
		dictionaryWithObjectsAndKeys:[NSNumber numberWithInt:64], (id)kIOSurfaceWidth,
					     [NSNumber numberWithInt:32], (id)kIOSurfaceHeight,
					     [NSNumber numberWithUnsignedInt:'BGRA'], (id)kIOSurfacePixelFormat,
					     @"a name", (id)kIOSurfaceName, nil];
	IOSurfaceRef surface = IOSurfaceCreate((CFDictionaryRef)properties);
	id value;

	check_eq(IOSurfaceGetWidth(surface), 64);
	IOSurfaceSetValue(surface, (CFStringRef)@"list",
			  (CFTypeRef)[NSArray arrayWithObjects:@"a", [NSNumber numberWithDouble:0.5], nil]);
	value = (id)IOSurfaceCopyValue(surface, (CFStringRef)@"list");
	check([[value objectAtIndex:0] isEqual:@"a"] && [[value objectAtIndex:1] doubleValue] == 0.5);
	[value release];
	check([[(id)surface description] length] > 0);
	[(id)surface release];
	[pool release];
}
