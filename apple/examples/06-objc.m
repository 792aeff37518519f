/*
 * 06-objc.m - 01-fork in Objective-C: attributes are an NSDictionary, and CoreFoundation's objects are sent messages.
 */
#import <Foundation/Foundation.h>

#include <sys/wait.h>
#include <unistd.h>

#include "picture.h"

static mach_port_t
create_port(void)
{
	mach_port_t port;

	if (mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port) != KERN_SUCCESS ||
	    mach_port_insert_right(mach_task_self(), port, port, MACH_MSG_TYPE_MAKE_SEND) != KERN_SUCCESS)
		fail("no port could be made", KERN_RESOURCE_SHORTAGE);
	return port;
}

static mach_port_t
receive_port(mach_port_t port)
{
	struct port_message message;
	kern_return_t err = mach_msg(&message.header, MACH_RCV_MSG, 0, sizeof(message), port, MACH_MSG_TIMEOUT_NONE,
				     MACH_PORT_NULL);

	if (err != MACH_MSG_SUCCESS)
		fail("receiving", err);
	return message.port.name;
}

static CVPixelBufferRef
draw(void)
{
	NSDictionary *attributes = [NSDictionary dictionaryWithObject:[NSDictionary dictionary]
							       forKey:(NSString *)kCVPixelBufferIOSurfacePropertiesKey];
	CVPixelBufferRef buffer = NULL;

	if (CVPixelBufferCreate(kCFAllocatorDefault, WIDTH, HEIGHT, kCVPixelFormatType_32BGRA,
				(CFDictionaryRef)attributes, &buffer) != kCVReturnSuccess)
		fail("no pixel buffer could be made", KERN_RESOURCE_SHORTAGE);
	visit_pixels(buffer, true);
	CVBufferSetAttachment(buffer, (CFStringRef)@"Title", (CFTypeRef)@"a picture", kCVAttachmentMode_ShouldPropagate);
	return buffer;
}

/* What the surface says of itself, read with Foundation's messages. */
static bool
has_title(CVPixelBufferRef buffer)
{
	CFDictionaryRef attachments = CVBufferCopyAttachments(buffer, kCVAttachmentMode_ShouldPropagate);
	bool found = [[(NSDictionary *)attachments objectForKey:@"Title"] isEqual:@"a picture"];

	[(id)attachments release];
	return found;
}

int
main(void)
{
	NSAutoreleasePool *pool = [NSAutoreleasePool new];
	mach_port_t own = create_port(), former, port;
	CVPixelBufferRef buffer;
	int status = 1;
	bool titled;
	pid_t pid;

	task_get_bootstrap_port(mach_task_self(), &former);
	task_set_bootstrap_port(mach_task_self(), own);
	pid = fork();
	if (pid == 0) {
		mach_port_t parent, mine = create_port();

		task_get_bootstrap_port(mach_task_self(), &parent);
		if (send_port(parent, mine) != MACH_MSG_SUCCESS)
			fail("the parent is gone", KERN_FAILURE);
		status = show_surface(receive_port(mine));
		fflush(stdout);
		_exit(status);
	}
	task_set_bootstrap_port(mach_task_self(), former);
	buffer = draw();
	titled = has_title(buffer);
	port = IOSurfaceCreateMachPort(CVPixelBufferGetIOSurface(buffer));
	if (send_port(receive_port(own), port) != MACH_MSG_SUCCESS)
		fail("the child is gone", KERN_FAILURE);
	mach_port_deallocate(mach_task_self(), port);
	[(id)buffer release]; /* from here on the message alone holds it */
	waitpid(pid, &status, 0);
	[pool release];
	return titled && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
