/*
 * IOSurface-private.h - the object behind an IOSurfaceRef, for CoreVideo and the way between both worlds.
 */
#ifndef IOSURFACE_PRIVATE_H
#define IOSURFACE_PRIVATE_H

#include <CoreFoundation/CFString.h>
#include <IOSurface/IOSurface.h>
#include <transom/surface.h>

#include "CFBase-private.h"

struct iosurface {
	struct cf_object head;
	struct transom_surface *surface; /* a reference */
	_Atomic uint64_t mach_identity; /* mach_name_for_surface()'s */
};

/* A new object for a surface; takes a reference of its own. NULL for NULL or without memory. */
IOSurfaceRef
iosurface_wrap(struct transom_surface *surface);

/* Wraps what a call that answered @r has given, and drops the reference; NULL if it failed. */
IOSurfaceRef
iosurface_take(int r, struct transom_surface *surface);

/* Sets a value; a negative errno as transom_surface_set_value(), -EINVAL for what is no property list. */
int
iosurface_set_value(IOSurfaceRef buffer, CFStringRef key, CFTypeRef value);

/* The surface behind it, borrowed; NULL for what is no surface. */
struct transom_surface *
iosurface_get(IOSurfaceRef buffer);

/* What to make by a dictionary of properties. False if it makes no sense; what is not checked here
 * transom_surface_create() checks. @name has TRANSOM_SURFACE_MAX_NAME + 1 bytes and must live as long as
 * @ret. */
bool
iosurface_read_properties(CFDictionaryRef properties, struct transom_surface_options *ret, char *name);

/* Of a dictionary of properties, what holders want to know and Transom has no place for. The caller's;
 * NULL without memory. */
CFDictionaryRef
iosurface_copy_makers_word(CFDictionaryRef properties);

/* I/O Kit's word for a negative errno. */
kern_return_t
iosurface_return(int r);

/* The key of a surface's value in which the maker's word about its components is kept. */
#define IOSURFACE_COMPONENTS_KEY CFSTR("CreationProperties")

#endif /* IOSURFACE_PRIVATE_H */
