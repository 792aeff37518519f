/*
 * IOSurface.h - all of IOSurface.
 */
#ifndef TRANSOM_IOSURFACE_IOSURFACE_H
#define TRANSOM_IOSURFACE_IOSURFACE_H

#include <IOSurface/IOSurfaceAPI.h>
#include <IOSurface/IOSurfaceRef.h>
#include <IOSurface/IOSurfaceTypes.h>

#endif /* TRANSOM_IOSURFACE_IOSURFACE_H */
