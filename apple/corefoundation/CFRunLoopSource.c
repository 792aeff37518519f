/* CFRunLoopSource.c - sources: signalled by hand, of Mach ports, and of descriptors; and what all items share. */
#include <fcntl.h>
#include <unistd.h>

#include "CFRunLoop-private.h"
#include "types-private.h"

enum source_kind { SOURCE_SIGNALLED, SOURCE_PORT, SOURCE_FD };

struct source {
	struct run_loop_item item;
	enum source_kind kind;
	_Atomic(bool) is_signalled;
	union {
		CFRunLoopSourceContext signalled;
		CFRunLoopSourceContext1 port;
		struct cf_fd_source_context fd;
	};
};

static const struct cf_port_hook *port_hook;

void
cf_run_loop_install_port_hook(const struct cf_port_hook *hook)
{
	port_hook = hook;
}

void
item_init(struct run_loop_item *item, CFIndex order, void *info, const void *(*retain)(const void *),
	  void (*release)(const void *), CFStringRef (*copy_description)(const void *))
{
	atomic_init(&item->is_valid, true);
	item->order = order;
	item->info = retain ? (void *)retain(info) : info;
	item->release = release;
	item->copy_description = copy_description;
}

struct run_loop_item *
item_of(CFTypeRef object, CFTypeID type)
{
	return cf_is_own(object, type) ? (struct run_loop_item *)object : NULL;
}

CFStringRef
item_copy_description(CFTypeRef object)
{
	const struct run_loop_item *item = object;
	CFStringRef name = CFCopyTypeIDDescription(item->head.type), text, info = NULL;

	if (item->copy_description && item->info)
		info = item->copy_description(item->info);
	text = CFStringCreateWithFormat(NULL, NULL, CFSTR("<%@ %p [%p]>{valid = %s, order = %ld, info = %@}"),
					name, object, CFGetAllocator(object),
					atomic_load((_Atomic(bool) *)&item->is_valid) ? "Yes" : "No",
					item->order, info);
	CFRelease(info);
	CFRelease(name);
	return text;
}

void
item_finalize(CFTypeRef object)
{
	const struct run_loop_item *item = object;

	if (item->release)
		item->release(item->info);
}

/* Sources with the same context may be equal by what it says itself. */
static Boolean
source_equal(CFTypeRef first, CFTypeRef second)
{
	const struct source *a = first, *b = second;

	return a->kind == SOURCE_SIGNALLED && b->kind == SOURCE_SIGNALLED && a->item.order == b->item.order &&
	       a->signalled.perform == b->signalled.perform && a->signalled.equal &&
	       a->signalled.equal == b->signalled.equal && a->signalled.equal(a->item.info, b->item.info);
}

static CFHashCode
source_hash(CFTypeRef object)
{
	const struct source *source = object;

	if (source->kind == SOURCE_SIGNALLED && source->signalled.equal)
		return source->signalled.hash ? source->signalled.hash(source->item.info) : 0;
	return (CFHashCode)object >> 4;
}

const struct cf_class cf_run_loop_source_class = { .name = "CFRunLoopSource",
						   .finalize = item_finalize,
						   .equal = source_equal,
						   .hash = source_hash,
						   .copy_description = item_copy_description };

static struct source *
source_of(CFTypeRef ref)
{
	return (struct source *)item_of(ref, CF_TYPE_RUN_LOOP_SOURCE);
}

CFTypeID
CFRunLoopSourceGetTypeID(void)
{
	return CF_TYPE_RUN_LOOP_SOURCE;
}

static struct source *
source_create(CFAllocatorRef allocator, enum source_kind kind)
{
	struct source *source = cf_object_create(allocator, CF_TYPE_RUN_LOOP_SOURCE, sizeof(*source));

	if (source)
		source->kind = kind;
	return source;
}

/* Both contexts begin alike. */
CFRunLoopSourceRef
CFRunLoopSourceCreate(CFAllocatorRef allocator, CFIndex order, CFRunLoopSourceContext *context)
{
	struct source *source;

	if (!context || context->version < 0 || context->version > 1 ||
	    (context->version == 1 && (!port_hook || !((CFRunLoopSourceContext1 *)context)->getPort)))
		return NULL;
	source = source_create(allocator, context->version ? SOURCE_PORT : SOURCE_SIGNALLED);
	if (!source)
		return NULL;
	if (context->version)
		source->port = *(CFRunLoopSourceContext1 *)context;
	else
		source->signalled = *context;
	item_init(&source->item, order, context->info, context->retain, context->release,
		  context->copyDescription);
	source->signalled.info = source->item.info;
	return (CFRunLoopSourceRef)source;
}

CFRunLoopSourceRef
cf_run_loop_source_create_fd(CFAllocatorRef allocator, CFIndex order,
			     const struct cf_fd_source_context *context)
{
	struct source *source = source_create(allocator, SOURCE_FD);

	if (!source)
		return NULL;
	source->fd = *context;
	item_init(&source->item, order, context->info, context->retain, context->release,
		  context->copy_description);
	source->fd.info = source->item.info;
	return (CFRunLoopSourceRef)source;
}

CFIndex
CFRunLoopSourceGetOrder(CFRunLoopSourceRef ref)
{
	const struct source *source = source_of(ref);

	return source ? source->item.order : 0;
}

Boolean
CFRunLoopSourceIsValid(CFRunLoopSourceRef ref)
{
	struct source *source = source_of(ref);

	return source && atomic_load(&source->item.is_valid);
}

void
CFRunLoopSourceInvalidate(CFRunLoopSourceRef ref)
{
	if (source_of(ref))
		item_invalidate(&source_of(ref)->item, ITEM_SOURCE);
}

void
CFRunLoopSourceGetContext(CFRunLoopSourceRef ref, CFRunLoopSourceContext *context)
{
	const struct source *source = source_of(ref);

	if (!source || !context)
		return;
	if (source->kind == SOURCE_SIGNALLED && context->version == 0)
		*context = source->signalled;
	else if (source->kind == SOURCE_PORT && context->version == 1)
		*(CFRunLoopSourceContext1 *)context = source->port;
}

void
CFRunLoopSourceSignal(CFRunLoopSourceRef ref)
{
	struct source *source = source_of(ref);

	if (source && source->kind == SOURCE_SIGNALLED && atomic_load(&source->item.is_valid))
		atomic_store(&source->is_signalled, true);
}

int
source_dup_fd(CFRunLoopSourceRef ref)
{
	const struct source *source = source_of(ref);
	int fd = -1;

	if (source && source->kind == SOURCE_FD)
		fd = source->fd.get_fd(source->item.info);
	else if (source && source->kind == SOURCE_PORT && port_hook)
		fd = port_hook->get_fd(source->port.getPort(source->item.info));
	return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

void
source_schedule(CFRunLoopSourceRef ref, CFRunLoopRef loop, CFStringRef mode, bool is_added)
{
	const struct source *source = source_of(ref);

	if (source->kind != SOURCE_SIGNALLED)
		return;
	if (is_added && source->signalled.schedule)
		source->signalled.schedule(source->item.info, loop, mode);
	else if (!is_added && source->signalled.cancel)
		source->signalled.cancel(source->item.info, loop, mode);
}

bool
source_is_signalled(CFRunLoopSourceRef ref)
{
	return atomic_load(&((struct source *)ref)->is_signalled);
}

bool
source_serve(CFRunLoopSourceRef ref)
{
	struct source *source = source_of(ref);

	if (!atomic_load(&source->item.is_valid))
		return false;
	switch (source->kind) {
	case SOURCE_SIGNALLED:
		if (!atomic_exchange(&source->is_signalled, false))
			return false;
		if (source->signalled.perform)
			source->signalled.perform(source->item.info);
		return true;
	case SOURCE_PORT:
		port_hook->serve(source->port.getPort(source->item.info), &source->port, CFGetAllocator(ref));
		return true;
	case SOURCE_FD:
		source->fd.perform(source->item.info);
		return true;
	}
	return false;
}
