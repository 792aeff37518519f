/*
 * pictures.h - what tests of surfaces and pixel buffers share: properties, and memory that processes share.
 */
#ifndef APPLE_TEST_PICTURES_H
#define APPLE_TEST_PICTURES_H

#include <CoreFoundation/CoreFoundation.h>
#include <IOSurface/IOSurface.h>

/* A dictionary that can change, the caller's. */
CFMutableDictionaryRef
create_properties(void);

void
set_number(CFMutableDictionaryRef dictionary, CFStringRef key, int64_t number);

IOSurfaceRef
create_surface(int64_t width, int64_t height, OSType format);

/* Zeroed memory that forked children share. */
void *
map_shared(size_t size);

void
unmap_shared(void *memory, size_t size);

#endif /* APPLE_TEST_PICTURES_H */
