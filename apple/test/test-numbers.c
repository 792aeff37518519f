/* test-numbers.c - numbers that programs have compiled in, and sizes of what they lay out themselves; nothing runs. */
#include <CoreFoundation/CoreFoundation.h>
#include <CoreVideo/CoreVideo.h>
#include <IOKit/IOReturn.h>
#include <IOSurface/IOSurface.h>
#include <mach/mach.h>
#include <servers/bootstrap.h>

#include "harness.h"

TEST(numbers_of_surfaces_are_those_documented)
{
	check_eq(kIOSurfaceSuccess, 0);
	check(kIOSurfaceLockReadOnly == 1 && kIOSurfaceLockAvoidSync == 2);
	check(kIOSurfacePurgeableNonVolatile == 0 && kIOSurfacePurgeableVolatile == 1 &&
	      kIOSurfacePurgeableEmpty == 2 && kIOSurfacePurgeableKeepCurrent == 3);
	check(kIOSurfaceComponentNameAlpha == 1 && kIOSurfaceComponentNameRed == 2 &&
	      kIOSurfaceComponentNameGreen == 3 && kIOSurfaceComponentNameBlue == 4 &&
	      kIOSurfaceComponentNameLuma == 5 && kIOSurfaceComponentNameChromaRed == 6 &&
	      kIOSurfaceComponentNameChromaBlue == 7);
	check(kIOSurfaceComponentTypeUnsignedInteger == 1 && kIOSurfaceComponentTypeSignedInteger == 2 &&
	      kIOSurfaceComponentTypeFloat == 3 && kIOSurfaceComponentTypeSignedNormalized == 4);
	check(kIOSurfaceComponentRangeFullRange == 1 && kIOSurfaceComponentRangeVideoRange == 2 &&
	      kIOSurfaceComponentRangeWideRange == 3);
	check(kIOSurfaceSubsamplingNone == 1 && kIOSurfaceSubsampling422 == 2 &&
	      kIOSurfaceSubsampling420 == 3 && kIOSurfaceSubsampling411 == 4);
	check(kIOSurfaceMapInhibitCache == 1 << 8 && kIOSurfaceMapWriteThruCache == 2 << 8 &&
	      kIOSurfaceMapCopybackCache == 3 << 8 && kIOSurfaceMapWriteCombineCache == 4 << 8 &&
	      kIOSurfaceMapCopybackInnerCache == 5 << 8);
	check(kIOSurfaceMemoryLedgerTagDefault == 1 && kIOSurfaceMemoryLedgerTagNeural == 5);
	check_eq((uint32_t)kIOReturnCannotLock, 0xe00002cc);
	check_eq(sizeof(IOSurfaceID), 4);
}

TEST(numbers_of_pixel_buffers_are_those_documented)
{
	check(kCVReturnSuccess == 0 && kCVReturnError == -6660 && kCVReturnInvalidArgument == -6661 &&
	      kCVReturnAllocationFailed == -6662 && kCVReturnUnsupported == -6663);
	check(kCVReturnInvalidPixelFormat == -6680 && kCVReturnInvalidSize == -6681 &&
	      kCVReturnInvalidPixelBufferAttributes == -6682 &&
	      kCVReturnPixelBufferNotOpenGLCompatible == -6683 &&
	      kCVReturnPixelBufferNotMetalCompatible == -6684);
	check(kCVReturnWouldExceedAllocationThreshold == -6689 && kCVReturnPoolAllocationFailed == -6690 &&
	      kCVReturnInvalidPoolAttributes == -6691 && kCVReturnRetry == -6692);
	check(kCVAttachmentMode_ShouldNotPropagate == 0 && kCVAttachmentMode_ShouldPropagate == 1);
	check(kCVPixelBufferLock_ReadOnly == 1 && kCVPixelBufferPoolFlushExcessBuffers == 1);
	check_eq(sizeof(CVOptionFlags), 8);
}

TEST(numbers_of_rights_are_those_documented)
{
	check(MACH_PORT_RIGHT_SEND == 0 && MACH_PORT_RIGHT_RECEIVE == 1 && MACH_PORT_RIGHT_SEND_ONCE == 2 &&
	      MACH_PORT_RIGHT_PORT_SET == 3 && MACH_PORT_RIGHT_DEAD_NAME == 4);
	check(MACH_PORT_NULL == 0 && MACH_PORT_DEAD == ~(mach_port_t)0);
	check(MACH_PORT_QLIMIT_DEFAULT == 5 && MACH_PORT_QLIMIT_MAX == 1024);
	check(MACH_MSG_TYPE_MOVE_RECEIVE == 16 && MACH_MSG_TYPE_MOVE_SEND == 17 &&
	      MACH_MSG_TYPE_MOVE_SEND_ONCE == 18 && MACH_MSG_TYPE_COPY_SEND == 19 &&
	      MACH_MSG_TYPE_MAKE_SEND == 20 && MACH_MSG_TYPE_MAKE_SEND_ONCE == 21);
	check(TASK_BOOTSTRAP_PORT == 4 && BOOTSTRAP_MAX_NAME_LEN == 128);
	check(BOOTSTRAP_NOT_PRIVILEGED == 1100 && BOOTSTRAP_NAME_IN_USE == 1101 &&
	      BOOTSTRAP_UNKNOWN_SERVICE == 1102 && BOOTSTRAP_SERVICE_ACTIVE == 1103 &&
	      BOOTSTRAP_NO_MEMORY == 1105);
}

TEST(numbers_of_messages_are_those_documented)
{
	check(MACH_MSGH_BITS_COMPLEX == 0x80000000);
	check(MACH_MSG_PORT_DESCRIPTOR == 0 && MACH_MSG_OOL_DESCRIPTOR == 1 &&
	      MACH_MSG_OOL_PORTS_DESCRIPTOR == 2 && MACH_MSG_OOL_VOLATILE_DESCRIPTOR == 3);
	check(MACH_SEND_MSG == 1 && MACH_RCV_MSG == 2 && MACH_RCV_LARGE == 4 && MACH_SEND_TIMEOUT == 0x10 &&
	      MACH_SEND_INTERRUPT == 0x40 && MACH_RCV_TIMEOUT == 0x100 && MACH_RCV_INTERRUPT == 0x400);
	check(MACH_SEND_INVALID_DEST == 0x10000003 && MACH_SEND_TIMED_OUT == 0x10000004 &&
	      MACH_SEND_INVALID_RIGHT == 0x1000000a);
	check(MACH_RCV_INVALID_NAME == 0x10004002 && MACH_RCV_TIMED_OUT == 0x10004003 &&
	      MACH_RCV_TOO_LARGE == 0x10004004 && MACH_RCV_INTERRUPTED == 0x10004005 &&
	      MACH_RCV_PORT_DIED == 0x10004009);
	check(MACH_RCV_TRAILER_AUDIT == 3);
}
