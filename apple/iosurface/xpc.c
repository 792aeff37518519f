/* xpc.c - surfaces as XPC objects: a Mach port of the surface, in a message. */
#include "IOSurface-private.h"
#include "xpc-private.h"

xpc_object_t
IOSurfaceCreateXPCObject(IOSurfaceRef aSurface)
{
	mach_port_t port = IOSurfaceCreateMachPort(aSurface);

	return MACH_PORT_VALID(port) ? xpc_make_port(port) : NULL;
}

IOSurfaceRef
IOSurfaceLookupFromXPCObject(xpc_object_t xobj)
{
	return IOSurfaceLookupFromMachPort(xpc_get_port(xobj));
}
