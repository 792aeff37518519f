/* values.c - what is attached to a surface, for all processes to see. */
#include <errno.h>
#include <stdlib.h>

#include <CoreFoundation/CFString.h>

#include "IOSurface-private.h"
#include "property-list-private.h"

int
iosurface_set_value(IOSurfaceRef buffer, CFStringRef key, CFTypeRef value)
{
	struct transom_surface *surface = iosurface_get(buffer);
	struct transom_value *made = NULL;
	char *name = property_list_dup_key(key);
	int r = -EINVAL;

	if (surface != NULL && name != NULL)
		r = property_list_to_value(value, &made);
	if (made != NULL)
		r = transom_surface_set_value(surface, name, made);
	transom_value_unref(made);
	free(name);
	return r;
}

void
IOSurfaceSetValue(IOSurfaceRef buffer, CFStringRef key, CFTypeRef value)
{
	iosurface_set_value(buffer, key, value);
}

CFTypeRef
IOSurfaceCopyValue(IOSurfaceRef buffer, CFStringRef key)
{
	struct transom_value *value = NULL;
	CFTypeRef made = NULL;
	char *name = property_list_dup_key(key);

	if (name != NULL && transom_surface_dup_value(iosurface_get(buffer), name, &value) == 0)
		made = property_list_create(NULL, value);
	transom_value_unref(value);
	free(name);
	return made;
}

void
IOSurfaceRemoveValue(IOSurfaceRef buffer, CFStringRef key)
{
	char *name = property_list_dup_key(key);

	if (name != NULL)
		transom_surface_remove_value(iosurface_get(buffer), name);
	free(name);
}

void
IOSurfaceSetValues(IOSurfaceRef buffer, CFDictionaryRef keysAndValues)
{
	struct transom_value *values = NULL;

	if (CFGetTypeID(keysAndValues) != CFDictionaryGetTypeID() ||
	    property_list_to_value(keysAndValues, &values) < 0)
		return;
	transom_surface_set_values(iosurface_get(buffer), values);
	transom_value_unref(values);
}

CFDictionaryRef
IOSurfaceCopyAllValues(IOSurfaceRef buffer)
{
	struct transom_value *values = NULL;
	CFTypeRef made = NULL;

	if (transom_surface_dup_all_values(iosurface_get(buffer), &values) == 0)
		made = property_list_create(NULL, values);
	transom_value_unref(values);
	return made;
}

void
IOSurfaceRemoveAllValues(IOSurfaceRef buffer)
{
	transom_surface_remove_all_values(iosurface_get(buffer));
}
