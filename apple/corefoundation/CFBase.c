/* CFBase.c - objects of all types: their heads, their references, and what the types are. */
#include <inttypes.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <CoreFoundation/CoreFoundation.h>

#include "CFRunLoop-private.h"
#include "types-private.h"

#define MAX_TYPES 256
#define LITERAL_MARK "\177CFSTR8\177"

double kCFCoreFoundationVersionNumber = kCFCoreFoundationVersionNumber10_11;
int __CFConstantStringClassReference[64];
const char cf_plain_classes[CF_TYPE_BRIDGED];
/* The first word of objects that are gone, where they are kept to find mistakes. */
static const char zombie_class;
const struct cf_bridge *cf_bridge;

struct null {
	struct cf_object head;
};
static const struct cf_class null_class = { .name = "CFNull" };
static struct null the_null = { CF_CONSTANT_HEAD(CF_TYPE_NULL) };
const CFNullRef kCFNull = (CFNullRef)&the_null;

/* Each place is written once, before the number of it is known to anyone. */
static const struct cf_class *_Atomic classes[MAX_TYPES] = {
	[CF_TYPE_STRING] = &cf_string_class,
	[CF_TYPE_NUMBER] = &cf_number_class,
	[CF_TYPE_BOOLEAN] = &cf_boolean_class,
	[CF_TYPE_NULL] = &null_class,
	[CF_TYPE_DATA] = &cf_data_class,
	[CF_TYPE_DATE] = &cf_date_class,
	[CF_TYPE_ARRAY] = &cf_array_class,
	[CF_TYPE_DICTIONARY] = &cf_dictionary_class,
	[CF_TYPE_SET] = &cf_set_class,
	[CF_TYPE_ALLOCATOR] = &cf_allocator_class,
	[CF_TYPE_NOTIFICATION_CENTER] = &cf_notification_center_class,
	[CF_TYPE_RUN_LOOP] = &cf_run_loop_class,
	[CF_TYPE_RUN_LOOP_SOURCE] = &cf_run_loop_source_class,
	[CF_TYPE_RUN_LOOP_OBSERVER] = &cf_run_loop_observer_class,
	[CF_TYPE_RUN_LOOP_TIMER] = &cf_run_loop_timer_class,
};
static CFTypeID type_count = CF_TYPE_BUILT_IN;

/* Not a recursive mutex, which a child could not unlock: its thread has another number. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local int lock_depth;

void
cf_lock(void)
{
	if (lock_depth++ == 0)
		pthread_mutex_lock(&lock);
}

void
cf_unlock(void)
{
	if (--lock_depth == 0)
		pthread_mutex_unlock(&lock);
}

static void
before_fork(void)
{
	run_loops_lock();
	cf_lock();
}

static void
after_fork(void)
{
	cf_unlock();
	run_loops_unlock();
}

static void
begin_in_child(void)
{
	run_loops_begin_in_child();
	after_fork();
}

__attribute__((constructor)) static void
prepare_forks(void)
{
	pthread_atfork(before_fork, after_fork, begin_in_child);
}

CFTypeID
cf_type_register(const struct cf_class *class)
{
	CFTypeID type = CF_TYPE_BUILT_IN;

	cf_lock();
	while (type < type_count && atomic_load(&classes[type]) != class)
		type++;
	if (type == type_count && type_count < MAX_TYPES)
		atomic_store(&classes[type_count++], class);
	cf_unlock();
	return type < MAX_TYPES ? type : 0;
}

static const struct cf_class *
class_of(CFTypeID type)
{
	return type < MAX_TYPES ? atomic_load_explicit(&classes[type], memory_order_acquire) : NULL;
}

/* Where objects are never really freed, so that who uses one that is gone can be told. */
static bool
zombies_are_kept(void)
{
	static _Atomic(int) kept = -1;
	int answer = atomic_load_explicit(&kept, memory_order_relaxed);

	if (answer < 0) {
		const char *wish = getenv("CFZombieLevel");

		answer = wish && *wish && strcmp(wish, "0") != 0;
		atomic_store_explicit(&kept, answer, memory_order_relaxed);
	}
	return answer;
}

static _Noreturn void
report_zombie(CFTypeRef object)
{
	const struct cf_class *class = class_of(((const struct cf_object *)object)->type);

	fprintf(stderr, "CoreFoundation: a %s at %p is used after its last reference was released\n",
		class ? class->name : "object", object);
	abort();
}

static bool
is_class_of_bridge(const void *isa)
{
	if (cf_bridge)
		for (int i = 0; i < CF_TYPE_BRIDGED; i++)
			if (isa == cf_bridge->classes[i])
				return true;
	return false;
}

enum cf_origin
cf_origin(CFTypeRef object)
{
	const void *isa;

	if (!object)
		return CF_ORIGIN_NONE;
	memcpy(&isa, object, sizeof(isa)); /* a literal has no alignment */
	if ((uintptr_t)isa - (uintptr_t)cf_plain_classes < sizeof(cf_plain_classes))
		return CF_ORIGIN_OWN;
	if (isa == __CFConstantStringClassReference)
		return CF_ORIGIN_COMPILED;
	if (memcmp(&isa, LITERAL_MARK, sizeof(isa)) == 0)
		return CF_ORIGIN_LITERAL;
	if (isa == &zombie_class)
		report_zombie(object);
	if (is_class_of_bridge(isa))
		return CF_ORIGIN_OWN;
	return cf_bridge ? CF_ORIGIN_FOREIGN : CF_ORIGIN_NONE;
}

bool
cf_is_foreign(CFTypeRef object, CFTypeID type)
{
	return cf_origin(object) == CF_ORIGIN_FOREIGN && cf_bridge->get_type(object) == type;
}

CFTypeID
CFGetTypeID(CFTypeRef object)
{
	switch (cf_origin(object)) {
	case CF_ORIGIN_OWN:
		return ((const struct cf_object *)object)->type;
	case CF_ORIGIN_COMPILED:
	case CF_ORIGIN_LITERAL:
		return CF_TYPE_STRING;
	case CF_ORIGIN_FOREIGN:
		return cf_bridge->get_type(object);
	case CF_ORIGIN_NONE:
		break;
	}
	return CF_TYPE_NONE;
}

void *
cf_object_create(CFAllocatorRef allocator, CFTypeID type, size_t size)
{
	struct cf_object *object;

	if (!class_of(type) || size > PTRDIFF_MAX)
		return NULL;
	if (!allocator)
		allocator = CFAllocatorGetDefault();
	object = CFAllocatorAllocate(allocator, (CFIndex)size, 0);
	if (!object)
		return NULL;
	memset(object, 0, size);
	object->isa = cf_bridge ? cf_bridge->classes[type < CF_TYPE_BRIDGED ? type : CF_TYPE_NONE]
				: &cf_plain_classes[type < CF_TYPE_BRIDGED ? type : CF_TYPE_NONE];
	atomic_init(&object->references, 1);
	object->type = type;
	if (allocator != kCFAllocatorSystemDefault)
		object->allocator = CFRetain(allocator);
	return object;
}

static void
object_free(struct cf_object *object)
{
	const struct cf_class *class = class_of(object->type);
	CFAllocatorRef allocator = object->allocator;
	bool frees_itself = object->was_allocated_by_itself;

	if (class->finalize)
		class->finalize(object);
	if (frees_itself)
		return;
	if (zombies_are_kept()) {
		object->isa = &zombie_class;
		return;
	}
	object->isa = NULL;
	CFAllocatorDeallocate(allocator ? allocator : kCFAllocatorSystemDefault, object);
	if (allocator)
		CFRelease(allocator);
}

bool
cf_object_try_retain(CFTypeRef ref)
{
	struct cf_object *object = (struct cf_object *)ref;
	CFIndex count = atomic_load_explicit(&object->references, memory_order_relaxed);

	do {
		if (count <= 0)
			return false;
	} while (!atomic_compare_exchange_weak_explicit(&object->references, &count, count + 1,
							memory_order_relaxed, memory_order_relaxed));
	return true;
}

CFTypeRef
CFRetain(CFTypeRef ref)
{
	struct cf_object *object = (struct cf_object *)ref;

	switch (cf_origin(ref)) {
	case CF_ORIGIN_OWN:
		if (!object->is_constant)
			atomic_fetch_add_explicit(&object->references, 1, memory_order_relaxed);
		return ref;
	case CF_ORIGIN_FOREIGN:
		return cf_bridge->retain(ref);
	default:
		return ref;
	}
}

static void
object_release(struct cf_object *object)
{
	CFIndex before;

	if (object->is_constant)
		return;
	before = atomic_fetch_sub_explicit(&object->references, 1, memory_order_acq_rel);
	if (before == 1)
		object_free(object);
	else if (before < 1)
		atomic_fetch_add_explicit(&object->references, 1, memory_order_relaxed);
}

void
CFRelease(CFTypeRef object)
{
	switch (cf_origin(object)) {
	case CF_ORIGIN_OWN:
		object_release((struct cf_object *)object);
		break;
	case CF_ORIGIN_FOREIGN:
		cf_bridge->release(object);
		break;
	default:
		break;
	}
}

CFTypeRef
CFAutorelease(CFTypeRef object)
{
	return object && cf_bridge ? cf_bridge->autorelease(object) : object;
}

CFIndex
CFGetRetainCount(CFTypeRef ref)
{
	const struct cf_object *object = ref;

	switch (cf_origin(ref)) {
	case CF_ORIGIN_OWN:
		return object->is_constant ? INTPTR_MAX
					   : atomic_load((_Atomic(CFIndex) *)&object->references);
	case CF_ORIGIN_FOREIGN:
		return cf_bridge->get_retain_count(ref);
	case CF_ORIGIN_NONE:
		return 0;
	default:
		return INTPTR_MAX;
	}
}

Boolean
CFEqual(CFTypeRef first, CFTypeRef second)
{
	const struct cf_class *class;
	CFTypeID type;

	if (first == second)
		return true;
	if (cf_origin(first) == CF_ORIGIN_FOREIGN && second)
		return cf_bridge->equal(first, second);
	if (cf_origin(second) == CF_ORIGIN_FOREIGN && first)
		return cf_bridge->equal(second, first);
	type = CFGetTypeID(first);
	if (!type || type != CFGetTypeID(second))
		return false;
	class = class_of(type);
	return class->equal && class->equal(first, second);
}

CFHashCode
CFHash(CFTypeRef object)
{
	const struct cf_class *class;

	switch (cf_origin(object)) {
	case CF_ORIGIN_NONE:
		return 0;
	case CF_ORIGIN_FOREIGN:
		return cf_bridge->hash(object);
	default:
		class = class_of(CFGetTypeID(object));
		return class->hash ? class->hash(object) : (CFHashCode)object >> 4;
	}
}

static CFStringRef
copy_plain_description(CFTypeRef object, const struct cf_class *class)
{
	return CFStringCreateWithFormat(NULL, NULL, CFSTR("<%s %p [%p]>"), class->name, object,
					CFGetAllocator(object));
}

CFStringRef
CFCopyDescription(CFTypeRef object)
{
	const struct cf_class *class;

	switch (cf_origin(object)) {
	case CF_ORIGIN_NONE:
		return object ? CFSTR("<not an object>") : NULL;
	case CF_ORIGIN_FOREIGN:
		return cf_bridge->copy_description(object);
	default:
		class = class_of(CFGetTypeID(object));
		return class->copy_description ? class->copy_description(object)
					       : copy_plain_description(object, class);
	}
}

CFStringRef
cf_copy_text(CFTypeRef object)
{
	enum cf_origin origin = cf_origin(object);
	const struct cf_class *class = NULL;

	if (!object)
		return CFSTR("(null)");
	if (origin != CF_ORIGIN_NONE && origin != CF_ORIGIN_FOREIGN)
		class = class_of(CFGetTypeID(object));
	return class && class->copy_text ? class->copy_text(object) : CFCopyDescription(object);
}

CFStringRef
CFCopyTypeIDDescription(CFTypeID type)
{
	const struct cf_class *class = class_of(type);

	return class ? CFStringCreateWithCString(NULL, class->name, kCFStringEncodingUTF8) : NULL;
}

CFAllocatorRef
CFGetAllocator(CFTypeRef object)
{
	const struct cf_object *own = object;

	if (cf_origin(object) != CF_ORIGIN_OWN)
		return kCFAllocatorSystemDefault;
	if (own->was_allocated_by_itself)
		return object;
	return own->allocator ? own->allocator : kCFAllocatorSystemDefault;
}

void
CFShow(CFTypeRef object)
{
	CFStringRef text =
		CFGetTypeID(object) == CF_TYPE_STRING ? CFRetain(object) : CFCopyDescription(object);
	CFDataRef bytes = CFStringCreateExternalRepresentation(NULL, text ? text : CFSTR("(null)"),
							       kCFStringEncodingUTF8, '?');

	if (bytes) {
		flockfile(stderr);
		fwrite(CFDataGetBytePtr(bytes), 1, (size_t)CFDataGetLength(bytes), stderr);
		fputc('\n', stderr);
		funlockfile(stderr);
	}
	CFRelease(bytes);
	CFRelease(text);
}

CFTypeID
CFNullGetTypeID(void)
{
	return CF_TYPE_NULL;
}

const void *
cf_retain_callback(CFAllocatorRef allocator, const void *object)
{
	return CFRetain(object);
}

void
cf_release_callback(CFAllocatorRef allocator, const void *object)
{
	CFRelease(object);
}

Boolean
transom_apple_install_bridge(const struct cf_bridge *bridge)
{
	struct cf_object *constants[] = { &the_null.head,          cf_boolean_constants[0],
					  cf_boolean_constants[1], cf_number_constants[0],
					  cf_number_constants[1],  cf_number_constants[2] };

	if (!bridge || bridge->size != sizeof(*bridge) || cf_bridge)
		return false;
	for (size_t i = 0; i < sizeof(constants) / sizeof(constants[0]); i++)
		constants[i]->isa = bridge->classes[constants[i]->type];
	cf_bridge = bridge;
	return true;
}
