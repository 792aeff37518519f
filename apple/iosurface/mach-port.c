/* mach-port.c - surfaces as Mach ports: a name for a right, and back. */
#include "IOSurface-private.h"
#include "mach-names-private.h"

mach_port_t
IOSurfaceCreateMachPort(IOSurfaceRef buffer)
{
	mach_port_name_t name;
	int right;

	if (transom_surface_create_right(iosurface_get(buffer), &right) < 0)
		return MACH_PORT_NULL;
	return mach_name_for_surface(right, &((struct iosurface *)buffer)->mach_identity, &name) ==
			       KERN_SUCCESS
		       ? name
		       : MACH_PORT_NULL;
}

IOSurfaceRef
IOSurfaceLookupFromMachPort(mach_port_t port)
{
	struct transom_surface *surface;

	return mach_name_look_up_surface(port, &surface) == KERN_SUCCESS ? iosurface_take(0, surface) : NULL;
}
