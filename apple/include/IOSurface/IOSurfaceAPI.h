/*
 * IOSurfaceAPI.h - surfaces in XPC messages.
 */
#ifndef TRANSOM_IOSURFACE_IOSURFACEAPI_H
#define TRANSOM_IOSURFACE_IOSURFACEAPI_H

#include <IOSurface/IOSurfaceRef.h>
#include <xpc/xpc.h>

CF_EXTERN_C_BEGIN

/** An object that stands for the surface, as a Mach port of it does: while it lives anywhere the surface is
 * in use. The caller's; NULL if that cannot be. */
IOSURFACE_EXPORT xpc_object_t
IOSurfaceCreateXPCObject(IOSurfaceRef aSurface);

/** The surface of such an object, which stays the caller's; NULL if it is none. The caller's. */
IOSURFACE_EXPORT IOSurfaceRef
IOSurfaceLookupFromXPCObject(xpc_object_t xobj);

CF_EXTERN_C_END

#endif /* TRANSOM_IOSURFACE_IOSURFACEAPI_H */
