/* CFAllocator.c - where the memory of objects comes from: malloc(3), nowhere, or a program's own functions. */
#include <errno.h>
#include <stdlib.h>

#include <CoreFoundation/CFString.h>

#include "CFBase-private.h"
#include "types-private.h"

/* More than there is: a size beyond it is a mistake of the program. */
#define MAX_SIZE (INT64_C(1) << 39)

struct allocator {
	struct cf_object head;
	CFAllocatorContext context;
};

static void *
allocate_by_malloc(CFIndex size, CFOptionFlags hint, void *info)
{
	return malloc((size_t)size);
}

static void *
reallocate_by_malloc(void *bytes, CFIndex size, CFOptionFlags hint, void *info)
{
	return realloc(bytes, (size_t)size);
}

static void
free_by_malloc(void *bytes, void *info)
{
	free(bytes);
}

#define BY_MALLOC                                                                                            \
	{                                                                                                    \
		.allocate = allocate_by_malloc, .reallocate = reallocate_by_malloc,                          \
		.deallocate = free_by_malloc                                                                 \
	}
#define DEFINE_ALLOCATOR(name, functions)                                                                    \
	static struct allocator the_##name = { CF_CONSTANT_HEAD(CF_TYPE_ALLOCATOR), functions };             \
	const CFAllocatorRef name = (CFAllocatorRef)&the_##name
#define NO_FUNCTIONS                                                                                         \
	{                                                                                                    \
		.version = 0                                                                                 \
	}

const CFAllocatorRef kCFAllocatorDefault = NULL;
DEFINE_ALLOCATOR(kCFAllocatorSystemDefault, BY_MALLOC);
DEFINE_ALLOCATOR(kCFAllocatorMalloc, BY_MALLOC);
DEFINE_ALLOCATOR(kCFAllocatorMallocZone, BY_MALLOC);
DEFINE_ALLOCATOR(kCFAllocatorNull, NO_FUNCTIONS);
DEFINE_ALLOCATOR(kCFAllocatorUseContext, NO_FUNCTIONS);

static _Thread_local CFAllocatorRef default_allocator;

static void
allocator_finalize(CFTypeRef object)
{
	const struct allocator *allocator = object;
	CFAllocatorContext context = allocator->context;

	if (allocator->head.was_allocated_by_itself && context.deallocate)
		context.deallocate((void *)object, context.info);
	if (context.release)
		context.release(context.info);
}

const struct cf_class cf_allocator_class = { .name = "CFAllocator", .finalize = allocator_finalize };

CFTypeID
CFAllocatorGetTypeID(void)
{
	return CF_TYPE_ALLOCATOR;
}

CFAllocatorRef
CFAllocatorGetDefault(void)
{
	return default_allocator ? default_allocator : kCFAllocatorSystemDefault;
}

void
CFAllocatorSetDefault(CFAllocatorRef allocator)
{
	if (cf_is_own(allocator, CF_TYPE_ALLOCATOR))
		default_allocator = CFRetain(allocator); /* never given back, as documented */
}

/* The functions of an allocator, of the default one for NULL; NULL for what is none. */
static const CFAllocatorContext *
context_of(CFAllocatorRef allocator)
{
	if (!allocator)
		allocator = CFAllocatorGetDefault();
	if (!cf_is_own(allocator, CF_TYPE_ALLOCATOR))
		return NULL;
	return &((const struct allocator *)allocator)->context;
}

/* An allocator in memory of its own. */
static struct allocator *
create_in_own_memory(const CFAllocatorContext *context)
{
	struct allocator *created;

	created = context->allocate ? context->allocate(sizeof(*created), 0, context->info) : NULL;
	if (!created)
		return NULL;
	*created = (struct allocator){ CF_CONSTANT_HEAD(CF_TYPE_ALLOCATOR), *context };
	created->head.is_constant = false;
	created->head.was_allocated_by_itself = true;
	return created;
}

CFAllocatorRef
CFAllocatorCreate(CFAllocatorRef allocator, CFAllocatorContext *context)
{
	struct allocator *created;

	if (!context || context->version != 0)
		return NULL;
	if (allocator == kCFAllocatorUseContext)
		created = create_in_own_memory(context);
	else
		created = cf_object_create(allocator, CF_TYPE_ALLOCATOR, sizeof(*created));
	if (!created)
		return NULL;
	created->context = *context;
	if (context->retain)
		created->context.info = (void *)context->retain(context->info);
	return (CFAllocatorRef)created;
}

void *
CFAllocatorAllocate(CFAllocatorRef allocator, CFIndex size, CFOptionFlags hint)
{
	const CFAllocatorContext *context = context_of(allocator);

	if (!context || !context->allocate || size <= 0 || size > MAX_SIZE)
		return NULL;
	return context->allocate(size, hint, context->info);
}

void *
CFAllocatorReallocate(CFAllocatorRef allocator, void *bytes, CFIndex size, CFOptionFlags hint)
{
	const CFAllocatorContext *context = context_of(allocator);

	if (!context || size < 0 || size > MAX_SIZE)
		return NULL;
	if (!bytes)
		return CFAllocatorAllocate(allocator, size, hint);
	if (size > 0)
		return context->reallocate ? context->reallocate(bytes, size, hint, context->info) : NULL;
	CFAllocatorDeallocate(allocator, bytes);
	return NULL;
}

void
CFAllocatorDeallocate(CFAllocatorRef allocator, void *bytes)
{
	const CFAllocatorContext *context = context_of(allocator);

	if (bytes && context && context->deallocate)
		context->deallocate(bytes, context->info);
}

CFIndex
CFAllocatorGetPreferredSizeForSize(CFAllocatorRef allocator, CFIndex size, CFOptionFlags hint)
{
	const CFAllocatorContext *context = context_of(allocator);
	CFIndex preferred;

	if (!context || !context->preferredSize || size <= 0)
		return size < 0 ? 0 : size;
	preferred = context->preferredSize(size, hint, context->info);
	return preferred > size ? preferred : size;
}

void
CFAllocatorGetContext(CFAllocatorRef allocator, CFAllocatorContext *context)
{
	const CFAllocatorContext *own = context_of(allocator);

	if (own && context && context->version == 0)
		*context = *own;
}
