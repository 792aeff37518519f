/* NSMachPort.m - Mach ports as objects: what they hold, and messages of data and ports to them. */
#include <string.h>

#import <Foundation/NSMachPort.h>

/* Ports of a message and memory of it, which all have descriptors of one size or the other. */
struct writer {
	NSMutableData *body;
	mach_msg_body_t head;
};

/* How a name sends, by the rights that it has. */
static mach_msg_type_name_t
disposition_of(mach_port_t name)
{
	mach_port_type_t type = MACH_PORT_TYPE_NONE;

	mach_port_type(mach_task_self(), name, &type);
	if (type & MACH_PORT_TYPE_SEND_ONCE)
		return MACH_MSG_TYPE_MOVE_SEND_ONCE;
	return (type & MACH_PORT_TYPE_SEND_RECEIVE) == MACH_PORT_TYPE_RECEIVE ? MACH_MSG_TYPE_MAKE_SEND
									      : MACH_MSG_TYPE_COPY_SEND;
}

static BOOL
add_component(struct writer *writer, id component)
{
	if ([component isKindOfClass:[NSMachPort class]]) {
		mach_port_t name = (mach_port_t)[component machPort];
		mach_msg_port_descriptor_t port = { .name = name,
						    .disposition = disposition_of(name) & 0xff,
						    .type = MACH_MSG_PORT_DESCRIPTOR };

		[writer->body appendBytes:&port length:sizeof(port)];
	} else if ([component isKindOfClass:[NSData class]]) {
		mach_msg_ool_descriptor_t memory = { .address = (void *)[component bytes],
						     .size = (mach_msg_size_t)[component length],
						     .copy = MACH_MSG_VIRTUAL_COPY,
						     .type = MACH_MSG_OOL_DESCRIPTOR };

		if ([component length] > UINT32_MAX)
			return NO;
		[writer->body appendBytes:&memory length:sizeof(memory)];
	} else {
		return NO; /* ports of other kinds have no Mach port */
	}
	writer->head.msgh_descriptor_count++;
	return YES;
}

static mach_msg_timeout_t
time_until(NSDate *when)
{
	NSTimeInterval seconds = [when timeIntervalSinceNow];

	if (seconds <= 0)
		return 0;
	return seconds > 1e6 ? 1000000000u : (mach_msg_timeout_t)(seconds * 1000) + 1;
}

@implementation NSMachPort

+ (NSPort *)port
{
	return [[[self alloc] init] autorelease];
}

+ (NSPort *)portWithMachPort:(NSInteger)port
{
	return [[[self alloc] initWithMachPort:port] autorelease];
}

+ (NSPort *)portWithMachPort:(uint32_t)port options:(NSMachPortOptions)wanted
{
	return [[[self alloc] initWithMachPort:port options:wanted] autorelease];
}

- (id)initWithMachPort:(uint32_t)port options:(NSMachPortOptions)wanted
{
	self = [super init];
	if (!self)
		return nil;
	if (!MACH_PORT_VALID(port)) {
		[self release];
		return nil;
	}
	machPort = port;
	options = wanted;
	return self;
}

- (id)initWithMachPort:(NSInteger)port
{
	return [self initWithMachPort:(uint32_t)port
			      options:NSMachPortDeallocateSendRight | NSMachPortDeallocateReceiveRight];
}

- (id)init
{
	mach_port_t port;

	if (mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port) != KERN_SUCCESS) {
		[self release];
		return nil;
	}
	if (mach_port_insert_right(mach_task_self(), port, port, MACH_MSG_TYPE_MAKE_SEND) != KERN_SUCCESS) {
		mach_port_destroy(mach_task_self(), port);
		[self release];
		return nil;
	}
	return [self initWithMachPort:(NSInteger)port];
}

- (NSInteger)machPort
{
	return (NSInteger)machPort;
}

/* The rights that are there: either may be missing. */
- (void)giveUp
{
	mach_port_type_t type;

	if (!machPort || mach_port_type(mach_task_self(), machPort, &type) != KERN_SUCCESS)
		return;
	if (options & NSMachPortDeallocateSendRight && type & (MACH_PORT_TYPE_SEND_RIGHTS | MACH_PORT_TYPE_DEAD_NAME))
		mach_port_deallocate(mach_task_self(), machPort);
	if (options & NSMachPortDeallocateReceiveRight && type & MACH_PORT_TYPE_RECEIVE)
		mach_port_mod_refs(mach_task_self(), machPort, MACH_PORT_RIGHT_RECEIVE, -1);
}

- (void)invalidate
{
	[self giveUp];
	machPort = MACH_PORT_NULL;
	[super invalidate];
}

- (BOOL)isValid
{
	return machPort != MACH_PORT_NULL;
}

- (void)dealloc
{
	[self giveUp];
	machPort = MACH_PORT_NULL;
	[super dealloc];
}

/* One port, one object's worth: as ports of Foundation are compared. */
- (BOOL)isEqual:(id)other
{
	return other == self ||
	       ([other isKindOfClass:[NSMachPort class]] && machPort && [other machPort] == [self machPort]);
}

- (NSUInteger)hash
{
	return machPort;
}

- (id)copyWithZone:(NSZone *)zone
{
	(void)zone;
	return [self retain];
}

- (NSUInteger)reservedSpaceLength
{
	return sizeof(mach_msg_header_t);
}

- (BOOL)sendBeforeDate:(NSDate *)when
		 msgid:(NSInteger)msgid
	    components:(NSMutableArray *)components
		  from:(NSPort *)receivingPort
	      reserved:(NSUInteger)length
{
	struct writer writer = { .body = [NSMutableData dataWithLength:sizeof(mach_msg_header_t) + sizeof(mach_msg_body_t)] };
	mach_port_t reply = [receivingPort isKindOfClass:[NSMachPort class]] ? (mach_port_t)[receivingPort machPort]
									     : MACH_PORT_NULL;
	mach_msg_header_t *header;

	(void)length;
	if (!machPort)
		[NSException raise:NSInvalidSendPortException format:@"the port is not valid any more"];
	for (NSUInteger i = 0; i < [components count]; i++)
		if (!add_component(&writer, [components objectAtIndex:i]))
			return NO;
	header = [writer.body mutableBytes];
	header->msgh_bits = MACH_MSGH_BITS(disposition_of(machPort), reply ? MACH_MSG_TYPE_MAKE_SEND : 0) |
			    MACH_MSGH_BITS_COMPLEX;
	header->msgh_size = (mach_msg_size_t)[writer.body length];
	header->msgh_remote_port = machPort;
	header->msgh_local_port = reply;
	header->msgh_id = (mach_msg_id_t)msgid;
	memcpy(header + 1, &writer.head, sizeof(writer.head));
	return mach_msg(header, MACH_SEND_MSG | MACH_SEND_TIMEOUT, header->msgh_size, 0, MACH_PORT_NULL, time_until(when),
			MACH_PORT_NULL) == MACH_MSG_SUCCESS;
}

- (BOOL)sendBeforeDate:(NSDate *)when
	    components:(NSMutableArray *)components
		  from:(NSPort *)receivingPort
	      reserved:(NSUInteger)length
{
	return [self sendBeforeDate:when msgid:0 components:components from:receivingPort reserved:length];
}

@end
