/* CFMachPort.c - Mach ports as objects, and their messages in run loops; what a message is, is mach-message.c's. */
#include <pthread.h>
#include <stdlib.h>

#include <CoreFoundation/CFMachPort.h>
#include <CoreFoundation/CFString.h>
#include <mach/mach.h>
#include <transom_apple_mach.h>

#include "CFBase-private.h"
#include "CFRunLoop-private.h"
#include "mach-names-private.h"

enum { FIRST_ROOM = 4096 };

/* The list has no references: an object leaves it when it becomes invalid, or goes. */
struct port {
	struct cf_object head;
	struct port *next;
	mach_port_t name;
	bool is_owner; /* of the rights */
	bool is_valid; /* in the list */
	CFMachPortCallBack callout;
	CFMachPortInvalidationCallBack invalidated;
	CFMachPortContext context;
	CFRunLoopSourceRef source;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct port *ports;

static void
finalize(CFTypeRef object)
{
	CFMachPortInvalidate((CFMachPortRef)object);
}

static CFStringRef
copy_description(CFTypeRef object)
{
	const struct port *port = object;

	return CFStringCreateWithFormat(NULL, NULL, CFSTR("<CFMachPort %p>{valid = %s, port = %x}"), object,
					port->is_valid ? "Yes" : "No", port->name);
}

CFTypeID
CFMachPortGetTypeID(void)
{
	static const struct cf_class class = { .name = "CFMachPort",
					       .finalize = finalize,
					       .copy_description = copy_description };

	return cf_type_register(&class);
}

static struct port *
port_of(CFMachPortRef ref)
{
	return cf_is_own(ref, CFMachPortGetTypeID()) ? (struct port *)ref : NULL;
}

/* How a version 1 source gets at Mach. */

static int
get_fd(unsigned int name)
{
	int fd;

	return transom_apple_get_mach_port_fd(name, &fd) == KERN_SUCCESS ? fd : -1;
}

/* The next message in memory of its own; NULL if there is none. */
static mach_msg_header_t *
receive(mach_port_t name)
{
	mach_msg_option_t option = MACH_RCV_MSG | MACH_RCV_LARGE | MACH_RCV_TIMEOUT |
				   MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT);
	mach_msg_size_t room = FIRST_ROOM;

	for (;;) {
		mach_msg_header_t *message = malloc(room);
		mach_msg_return_t mr;

		if (!message)
			return NULL;
		mr = mach_msg(message, option, 0, room, name, 0, MACH_PORT_NULL);
		if (mr == MACH_MSG_SUCCESS)
			return message;
		room = mr == MACH_RCV_TOO_LARGE ? round_msg(message->msgh_size) + MAX_TRAILER_SIZE : 0;
		free(message);
		if (!room)
			return NULL;
	}
}

static void
serve(unsigned int name, const CFRunLoopSourceContext1 *context, CFAllocatorRef allocator)
{
	mach_msg_header_t *message = receive(name), *reply = NULL;

	if (!message)
		return;
	if (context->perform)
		reply = context->perform(message, (CFIndex)message->msgh_size, allocator, context->info);
	free(message);
	if (!reply)
		return;
	if (mach_msg(reply, MACH_SEND_MSG, reply->msgh_size, 0, MACH_PORT_NULL, 0, MACH_PORT_NULL) !=
	    MACH_MSG_SUCCESS)
		mach_msg_destroy(reply);
	CFAllocatorDeallocate(allocator, reply);
}

static const struct cf_port_hook hook = { .get_fd = get_fd, .serve = serve };

/* Before a child can be forked that has the lock of a thread that it does not have. */
static void
lock_ports(void)
{
	pthread_mutex_lock(&lock);
}

static void
unlock_ports(void)
{
	pthread_mutex_unlock(&lock);
}

static void
renew_lock(void)
{
	pthread_mutex_init(&lock, NULL);
}

/* The object of a port, with one more reference. */
static struct port *
find(mach_port_t name)
{
	struct port *port;

	pthread_mutex_lock(&lock);
	for (port = ports; port; port = port->next)
		if (port->name == name && cf_object_try_retain(port))
			break;
	pthread_mutex_unlock(&lock);
	return port;
}

/* An object becomes invalid when its port does. */
static void
port_is_gone(mach_port_name_t name)
{
	struct port *port = find(name);

	if (!port)
		return;
	CFMachPortInvalidate((CFMachPortRef)port);
	CFRelease(port);
}

__attribute__((constructor)) static void
install(void)
{
	cf_run_loop_install_port_hook(&hook);
	mach_name_install_death_hook(port_is_gone);
	pthread_atfork(lock_ports, unlock_ports, renew_lock);
}

static CFMachPortRef
create(CFAllocatorRef allocator, mach_port_t name, bool is_owner, CFMachPortCallBack callout,
       CFMachPortContext *context, Boolean *ret_free_info)
{
	struct port *port = find(name);

	if (ret_free_info)
		*ret_free_info = true;
	if (port)
		return (CFMachPortRef)port;
	port = cf_object_create(allocator, CFMachPortGetTypeID(), sizeof(*port));
	if (!port)
		return NULL;
	port->name = name;
	port->is_owner = is_owner;
	port->callout = callout;
	if (context) {
		port->context = *context;
		if (context->retain)
			port->context.info = (void *)context->retain(context->info);
	}
	pthread_mutex_lock(&lock);
	port->is_valid = true;
	port->next = ports;
	ports = port;
	pthread_mutex_unlock(&lock);
	if (mach_name_observe(name) != KERN_SUCCESS) {
		port->is_owner = false;
		CFRelease(port);
		return NULL;
	}
	if (ret_free_info)
		*ret_free_info = false;
	return (CFMachPortRef)port;
}

static void
give_up_rights(mach_port_t name)
{
	mach_port_mod_refs(mach_task_self(), name, MACH_PORT_RIGHT_RECEIVE, -1);
	mach_port_deallocate(mach_task_self(), name);
}

CFMachPortRef
CFMachPortCreate(CFAllocatorRef allocator, CFMachPortCallBack callout, CFMachPortContext *context,
		 Boolean *shouldFreeInfo)
{
	CFMachPortRef port = NULL;
	mach_port_t name;

	if (shouldFreeInfo)
		*shouldFreeInfo = true;
	if (mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &name) != KERN_SUCCESS)
		return NULL;
	if (mach_port_insert_right(mach_task_self(), name, name, MACH_MSG_TYPE_MAKE_SEND) == KERN_SUCCESS)
		port = create(allocator, name, true, callout, context, shouldFreeInfo);
	if (!port)
		give_up_rights(name);
	return port;
}

CFMachPortRef
CFMachPortCreateWithPort(CFAllocatorRef allocator, mach_port_t portNum, CFMachPortCallBack callout,
			 CFMachPortContext *context, Boolean *shouldFreeInfo)
{
	mach_port_type_t type;

	if (shouldFreeInfo)
		*shouldFreeInfo = true;
	if (mach_port_type(mach_task_self(), portNum, &type) != KERN_SUCCESS ||
	    !(type & MACH_PORT_TYPE_PORT_RIGHTS))
		return NULL;
	return create(allocator, portNum, false, callout, context, shouldFreeInfo);
}

mach_port_t
CFMachPortGetPort(CFMachPortRef ref)
{
	const struct port *port = port_of(ref);

	return port ? port->name : MACH_PORT_NULL;
}

void
CFMachPortGetContext(CFMachPortRef ref, CFMachPortContext *context)
{
	const struct port *port = port_of(ref);

	pthread_mutex_lock(&lock);
	if (port && context)
		*context = port->context;
	pthread_mutex_unlock(&lock);
}

/* Out of the list; false if it is not in it. */
static bool
take_out(struct port *port)
{
	bool was_valid;

	pthread_mutex_lock(&lock);
	was_valid = port->is_valid;
	port->is_valid = false;
	for (struct port **at = &ports; was_valid && *at; at = &(*at)->next)
		if (*at == port) {
			*at = port->next;
			break;
		}
	pthread_mutex_unlock(&lock);
	return was_valid;
}

/* What it calls may use the object; nothing of its own is locked. */
void
CFMachPortInvalidate(CFMachPortRef ref)
{
	struct port *port = port_of(ref);
	CFMachPortInvalidationCallBack invalidated;
	CFRunLoopSourceRef source;
	void *info;

	if (!port || !take_out(port))
		return;
	pthread_mutex_lock(&lock);
	info = port->context.info;
	invalidated = port->invalidated;
	source = port->source;
	port->source = NULL;
	pthread_mutex_unlock(&lock);
	if (invalidated)
		invalidated(ref, info);
	if (source) {
		CFRunLoopSourceInvalidate(source);
		CFRelease(source);
	}
	pthread_mutex_lock(&lock);
	port->context.info = NULL;
	pthread_mutex_unlock(&lock);
	if (port->context.release)
		port->context.release(info);
	if (port->is_owner)
		give_up_rights(port->name);
}

Boolean
CFMachPortIsValid(CFMachPortRef ref)
{
	struct port *port = port_of(ref);
	mach_port_type_t type;
	bool is_valid;

	if (!port)
		return false;
	pthread_mutex_lock(&lock);
	is_valid = port->is_valid;
	pthread_mutex_unlock(&lock);
	if (is_valid && (mach_port_type(mach_task_self(), port->name, &type) != KERN_SUCCESS ||
			 !(type & MACH_PORT_TYPE_PORT_RIGHTS))) {
		CFMachPortInvalidate(ref);
		return false;
	}
	return is_valid;
}

CFMachPortInvalidationCallBack
CFMachPortGetInvalidationCallBack(CFMachPortRef ref)
{
	const struct port *port = port_of(ref);
	CFMachPortInvalidationCallBack callout = NULL;

	pthread_mutex_lock(&lock);
	if (port)
		callout = port->invalidated;
	pthread_mutex_unlock(&lock);
	return callout;
}

void
CFMachPortSetInvalidationCallBack(CFMachPortRef ref, CFMachPortInvalidationCallBack callout)
{
	struct port *port = port_of(ref);
	bool is_valid;

	if (!port)
		return;
	CFMachPortIsValid(ref); /* its death may not have been seen */
	pthread_mutex_lock(&lock);
	is_valid = port->is_valid;
	port->invalidated = is_valid ? callout : NULL;
	pthread_mutex_unlock(&lock);
	if (!is_valid && callout)
		callout(ref, NULL);
}

/* The source. It does not keep the object, which keeps it: what it calls finds the object by its name. */

static unsigned int
source_get_port(void *info)
{
	return (unsigned int)(uintptr_t)info;
}

/* Another thread may make the port invalid while its message is handled; false if one has. */
static bool
keep_info(struct port *port, void **ret)
{
	bool is_valid;

	pthread_mutex_lock(&lock);
	is_valid = port->is_valid;
	*ret = port->context.info;
	if (is_valid && port->context.retain)
		*ret = (void *)port->context.retain(*ret);
	pthread_mutex_unlock(&lock);
	return is_valid;
}

static void *
source_perform(void *message, CFIndex size, CFAllocatorRef allocator, void *info)
{
	struct port *port = find((mach_port_t)(uintptr_t)info);
	void *kept;

	if (!port || !port->callout || !keep_info(port, &kept)) {
		mach_msg_destroy(message);
	} else {
		port->callout((CFMachPortRef)port, message, size, kept);
		if (port->context.retain && port->context.release)
			port->context.release(kept);
	}
	CFRelease(port);
	return NULL;
}

CFRunLoopSourceRef
CFMachPortCreateRunLoopSource(CFAllocatorRef allocator, CFMachPortRef ref, CFIndex order)
{
	struct port *port = port_of(ref);
	CFRunLoopSourceRef made, source = NULL;
	CFRunLoopSourceContext1 context = { .version = 1,
					    .getPort = source_get_port,
					    .perform = source_perform };

	if (!CFMachPortIsValid(ref))
		return NULL;
	context.info = (void *)(uintptr_t)port->name;
	made = CFRunLoopSourceCreate(allocator, order, (CFRunLoopSourceContext *)&context);
	if (!made)
		return NULL;
	pthread_mutex_lock(&lock);
	if (!port->source && port->is_valid)
		port->source = (CFRunLoopSourceRef)CFRetain(made);
	if (port->source)
		source = (CFRunLoopSourceRef)CFRetain(port->source);
	pthread_mutex_unlock(&lock);
	CFRelease(made);
	return source;
}
