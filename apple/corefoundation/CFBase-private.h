/*
 * CFBase-private.h - what an object is made of, and how a type is made known; for all parts of this library. No
 * type's own contents.
 */
#ifndef CF_BASE_PRIVATE_H
#define CF_BASE_PRIVATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <CoreFoundation/CFBase.h>

#include "bridge-private.h"

/*
 * The head of each object. The first word tells objects of ours from all else, so that nothing more is read of what
 * is none; where an Objective-C bridge is loaded it is the object's class, as Objective-C wants it.
 */
struct cf_object {
	const void *isa;
	_Atomic(CFIndex) references;
	CFAllocatorRef allocator; /* a reference; NULL for malloc(3) */
	CFTypeID type;
	bool is_constant; /* never freed, whatever the references */
	bool is_mutable;
	bool was_allocated_by_itself; /* an allocator of kCFAllocatorUseContext */
};

/* What is done with the objects of a type; what is NULL is done the plain way. */
struct cf_class {
	const char *name;
	void (*finalize)(CFTypeRef object); /* frees what it holds, not itself */
	Boolean (*equal)(CFTypeRef first, CFTypeRef second); /* both are of the type */
	CFHashCode (*hash)(CFTypeRef object);
	CFStringRef (*copy_description)(CFTypeRef object);
	CFStringRef (*copy_text)(CFTypeRef object); /* for %@, where that is not the description */
};

/* The number of a type, the same each time for the same class; 0 if there are too many. Any thread. */
CFTypeID
cf_type_register(const struct cf_class *class);

/*
 * A new object of @size bytes, the head included, all of it 0 but for the head; NULL without memory.
 * An @allocator that allocates nothing gives NULL.
 */
void *
cf_object_create(CFAllocatorRef allocator, CFTypeID type, size_t size);

/* Takes a reference unless the last one has just gone: for tables that hold objects without one. */
bool
cf_object_try_retain(CFTypeRef object);

/*
 * One lock for tables of the whole process, which may be taken twice. Held for moments; a run loop's is taken before
 * it. Both are free in a forked child.
 */
void
cf_lock(void);
void
cf_unlock(void);

/* Where an object comes from. */
enum cf_origin {
	CF_ORIGIN_NONE, /* nothing known */
	CF_ORIGIN_OWN, /* begins with struct cf_object */
	CF_ORIGIN_COMPILED, /* struct cf_compiled_string, made by a compiler */
	CF_ORIGIN_LITERAL, /* the bytes of CFSTR() where the compiler makes no objects */
	CF_ORIGIN_FOREIGN, /* the bridge's */
};

enum cf_origin
cf_origin(CFTypeRef object);

/* Whether it is an object of ours of that type. */
static inline bool
cf_is_own(CFTypeRef object, CFTypeID type)
{
	return cf_origin(object) == CF_ORIGIN_OWN && ((const struct cf_object *)object)->type == type;
}

/* Whether it is an object of ours of that type that can change. */
static inline bool
cf_is_own_mutable(CFTypeRef object, CFTypeID type)
{
	return cf_is_own(object, type) && ((const struct cf_object *)object)->is_mutable;
}

/* Whether it is of that type and the bridge's; then there is a bridge. */
bool
cf_is_foreign(CFTypeRef object, CFTypeID type);

extern const struct cf_bridge *cf_bridge;

/* What compilers make of CFSTR(), and we of the constants that we export. */
struct cf_compiled_string {
	const void *isa;
	int flags;
	const void *text;
	long length;
};
#define CF_COMPILED_ASCII 0x7c8
#define CF_COMPILED_UTF16 0x10 /* this bit instead: @text is UTF-16 */

/* Its address is the first word of such strings; a bridge has its class here. */
CF_EXPORT int __CFConstantStringClassReference[64];

/* Defines an exported constant: CF_STRING_CONSTANT(CFStringRef, kCFSomeKey, "text of ASCII"); */
#define CF_STRING_CONSTANT(type, name, ascii)                                                                \
	static struct cf_compiled_string string_##name __attribute__((section("cfstring"), aligned(8))) = {  \
		__CFConstantStringClassReference, CF_COMPILED_ASCII, ascii, sizeof(ascii) - 1                \
	};                                                                                                   \
	const type name = (type)&string_##name

/* The head of a constant object. */
#define CF_CONSTANT_HEAD(number)                                                                             \
	{                                                                                                    \
		.isa = &cf_plain_classes[(number) < CF_TYPE_BRIDGED ? (number) : CF_TYPE_NONE],              \
		.references = 1, .type = (number), .is_constant = true                                       \
	}
/* The first words of objects where there is no bridge: by type, and one for all types without a number below. */
extern const char cf_plain_classes[CF_TYPE_BRIDGED];

/* The text of @object as %@ has it; the caller's. */
CFStringRef
cf_copy_text(CFTypeRef object);

/* The reference that callbacks of collections of objects take and drop. */
const void *
cf_retain_callback(CFAllocatorRef allocator, const void *object);
void
cf_release_callback(CFAllocatorRef allocator, const void *object);

#endif /* CF_BASE_PRIVATE_H */
