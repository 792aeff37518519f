/* pictures.c - properties of surfaces, and memory that processes share, for tests. */
#include <sys/mman.h>

#include "harness.h"
#include "pictures.h"

CFMutableDictionaryRef
create_properties(void)
{
	return CFDictionaryCreateMutable(NULL, 0, &kCFTypeDictionaryKeyCallBacks,
					 &kCFTypeDictionaryValueCallBacks);
}

void
set_number(CFMutableDictionaryRef dictionary, CFStringRef key, int64_t number)
{
	CFNumberRef value = CFNumberCreate(NULL, kCFNumberSInt64Type, &number);

	CFDictionarySetValue(dictionary, key, value);
	CFRelease(value);
}

IOSurfaceRef
create_surface(int64_t width, int64_t height, OSType format)
{
	CFMutableDictionaryRef properties = create_properties();
	IOSurfaceRef surface;

	set_number(properties, kIOSurfaceWidth, width);
	set_number(properties, kIOSurfaceHeight, height);
	set_number(properties, kIOSurfacePixelFormat, format);
	surface = IOSurfaceCreate(properties);
	CFRelease(properties);
	check(surface != NULL);
	return surface;
}

void *
map_shared(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	check(memory != MAP_FAILED);
	return memory;
}

void
unmap_shared(void *memory, size_t size)
{
	munmap(memory, size);
}
