/* NSMachPort-receive.m - messages of a Mach port on an NSRunLoop; what the port itself is, is NSMachPort.m's. */
#include <stdlib.h>
#include <string.h>

#import <Foundation/NSMachPort.h>
#import <Foundation/NSPortMessage.h>

#include <transom_apple_mach.h>

enum { FIRST_ROOM = 4096 };

/* A port of a message: the object has the right that came. */
static NSPort *
port_of(mach_port_t name, mach_msg_type_name_t disposition)
{
	return [NSMachPort portWithMachPort:(uint32_t)name
				    options:disposition == MACH_MSG_TYPE_PORT_RECEIVE ? NSMachPortDeallocateReceiveRight
										      : NSMachPortDeallocateSendRight];
}

/* Null and dead names are no ports, and left out. */
static void
add_ports(NSMutableArray *components, const mach_port_t *names, size_t count, mach_msg_type_name_t disposition)
{
	for (size_t i = 0; i < count; i++)
		if (MACH_PORT_VALID(names[i]))
			[components addObject:port_of(names[i], disposition)];
}

/* What one descriptor carries; returns where the next one is. */
static const char *
add_descriptor(NSMutableArray *components, const char *at)
{
	mach_msg_ool_ports_descriptor_t ports;
	mach_msg_port_descriptor_t port;
	mach_msg_ool_descriptor_t memory;

	memcpy(&port, at, sizeof(port)); /* the shortest: the type is at one place in all */
	switch (port.type) {
	case MACH_MSG_PORT_DESCRIPTOR:
		add_ports(components, &port.name, 1, port.disposition);
		return at + sizeof(port);
	case MACH_MSG_OOL_PORTS_DESCRIPTOR:
		memcpy(&ports, at, sizeof(ports));
		add_ports(components, ports.address, ports.count, ports.disposition);
		vm_deallocate(mach_task_self(), (vm_address_t)ports.address, ports.count * sizeof(mach_port_t));
		return at + sizeof(ports);
	default:
		memcpy(&memory, at, sizeof(memory));
		[components addObject:[NSData dataWithBytes:memory.address length:memory.size]];
		vm_deallocate(mach_task_self(), (vm_address_t)memory.address, memory.size);
		return at + sizeof(memory);
	}
}

/* mach_msg() has seen to it that all descriptors are there. */
static NSArray *
components_of(const mach_msg_header_t *message)
{
	NSMutableArray *components = [NSMutableArray array];
	const char *at = (const char *)(message + 1), *end = (const char *)message + message->msgh_size;

	if (MACH_MSGH_BITS_IS_COMPLEX(message->msgh_bits)) {
		mach_msg_body_t body;

		memcpy(&body, at, sizeof(body));
		at += sizeof(body);
		for (mach_msg_size_t i = 0; i < body.msgh_descriptor_count; i++)
			at = add_descriptor(components, at);
	}
	if (at < end)
		[components addObject:[NSData dataWithBytes:at length:(NSUInteger)(end - at)]];
	return components;
}

/* The next message in memory of its own; NULL if there is none. */
static mach_msg_header_t *
receive(mach_port_t name)
{
	const mach_msg_option_t option = MACH_RCV_MSG | MACH_RCV_LARGE | MACH_RCV_TIMEOUT |
					 MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT);
	mach_msg_size_t room = FIRST_ROOM;

	while (room) {
		mach_msg_header_t *message = malloc(room);
		mach_msg_return_t mr;

		if (!message)
			return NULL;
		mr = mach_msg(message, option, 0, room, name, 0, MACH_PORT_NULL);
		if (mr == MACH_MSG_SUCCESS)
			return message;
		room = mr == MACH_RCV_TOO_LARGE ? round_msg(message->msgh_size) + MAX_TRAILER_SIZE : 0;
		free(message);
	}
	return NULL;
}

@implementation NSMachPort (RunLoop)

- (void)scheduleInRunLoop:(NSRunLoop *)runLoop forMode:(NSString *)mode
{
	[runLoop addPort:self forMode:mode];
}

- (void)removeFromRunLoop:(NSRunLoop *)runLoop forMode:(NSString *)mode
{
	[runLoop removePort:self forMode:mode];
}

@end

@interface NSMachPort (Events) <RunLoopEvents>
@end

@implementation NSMachPort (Events)

/* GNUstep's run loop asks for what to wait at, before each wait. */
- (void)getFds:(NSInteger *)fds count:(NSInteger *)count
{
	int fd;

	*count = *count > 0 && transom_apple_get_mach_port_fd((mach_port_t)[self machPort], &fd) == KERN_SUCCESS;
	if (*count)
		fds[0] = fd;
}

- (void)handPortMessage:(mach_msg_header_t *)message
{
	NSPort *answer = MACH_PORT_VALID(message->msgh_remote_port)
				 ? port_of(message->msgh_remote_port, MACH_MSGH_BITS_REMOTE(message->msgh_bits))
				 : nil;
	NSPortMessage *made = [[NSPortMessage alloc] initWithSendPort:answer receivePort:self
							   components:components_of(message)];

	[made setMsgid:(unsigned)message->msgh_id];
	[[self delegate] handlePortMessage:made];
	[made release];
}

/* The delegate may let go of the port. What it raises goes on to the loop. */
- (void)receivedEvent:(void *)data type:(RunLoopEventType)type extra:(void *)extra forMode:(NSString *)mode
{
	mach_msg_header_t *message = receive((mach_port_t)[self machPort]);
	id delegate = [self delegate];

	(void)data, (void)type, (void)extra, (void)mode;
	if (!message)
		return;
	[[self retain] autorelease];
	@try {
		if ([delegate respondsToSelector:@selector(handleMachMessage:)])
			[delegate handleMachMessage:message];
		else if ([delegate respondsToSelector:@selector(handlePortMessage:)])
			[self handPortMessage:message];
		else
			mach_msg_destroy(message);
	} @finally {
		free(message);
	}
}

@end
