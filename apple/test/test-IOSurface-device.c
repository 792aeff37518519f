/* test-IOSurface-device.c - locks of a surface that a device has not done with; a stand-in is the device. */
#include <errno.h>

#include <IOKit/IOReturn.h>
#include <IOSurface/IOSurface.h>
#include <transom/surface.h>

#include "harness.h"
#include "pictures.h"

static bool device_is_busy;
static unsigned waits;

int
__real_transom_surface_lock(struct transom_surface *surface, uint32_t flags, uint32_t *ret_seed);
int
__wrap_transom_surface_lock(struct transom_surface *surface, uint32_t flags, uint32_t *ret_seed);

/* As transom_surface_lock() is documented for a dma-buf. */
int
__wrap_transom_surface_lock(struct transom_surface *surface, uint32_t flags, uint32_t *ret_seed)
{
	if (device_is_busy && flags & TRANSOM_SURFACE_LOCK_NONBLOCK)
		return -EAGAIN;
	waits += device_is_busy;
	device_is_busy = false;
	return __real_transom_surface_lock(surface, flags, ret_seed);
}

TEST(avoid_sync_cannot_lock_where_a_device_would_be_waited_for)
{
	const IOSurfaceLockOptions options[] = { kIOSurfaceLockAvoidSync,
						 kIOSurfaceLockAvoidSync | kIOSurfaceLockReadOnly };
	IOSurfaceRef surface = create_surface(16, 16, 'BGRA');
	uint32_t seed = 77;

	for (int i = 0; i < 2; i++) {
		device_is_busy = true;
		check_eq(IOSurfaceLock(surface, options[i], &seed), kIOReturnCannotLock);
		check_eq(kIOReturnCannotLock & 0xfff, 0x2cc);
		check_eq(seed, 77);
		check_eq(IOSurfaceUnlock(surface, options[i], NULL), kIOReturnNotOpen); /* it is not locked */
		device_is_busy = false;
		check_eq(IOSurfaceLock(surface, options[i], NULL), kIOReturnSuccess);
		check_eq(IOSurfaceUnlock(surface, options[i], NULL), kIOReturnSuccess);
	}
	check_eq(waits, 0);
	CFRelease(surface);
}

TEST(without_avoid_sync_the_device_is_waited_for)
{
	IOSurfaceRef surface = create_surface(16, 16, 'BGRA');

	device_is_busy = true;
	check_eq(IOSurfaceLock(surface, kIOSurfaceLockReadOnly, NULL), kIOReturnSuccess);
	check_eq(waits, 1);
	check_eq(IOSurfaceUnlock(surface, kIOSurfaceLockReadOnly, NULL), kIOReturnSuccess);
	CFRelease(surface);
}
