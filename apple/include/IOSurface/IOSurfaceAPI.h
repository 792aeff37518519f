/*
 * IOSurfaceAPI.h - IOSurface by the name that older programs include it under.
 */
#ifndef TRANSOM_IOSURFACE_IOSURFACEAPI_H
#define TRANSOM_IOSURFACE_IOSURFACEAPI_H

#include <IOSurface/IOSurfaceRef.h>

#endif /* TRANSOM_IOSURFACE_IOSURFACEAPI_H */
