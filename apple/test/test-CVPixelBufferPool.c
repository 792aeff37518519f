/* test-CVPixelBufferPool.c - what pools of pixel buffers are documented to do, a test a rule. */
#include <unistd.h>

#include <CoreFoundation/CoreFoundation.h>
#include <CoreVideo/CoreVideo.h>
#include <mach/mach.h>

#include "harness.h"
#include "pictures.h"

static CVPixelBufferPoolRef
create_pool(double age, int64_t minimum, CFDictionaryRef propagated)
{
	CFMutableDictionaryRef attributes = create_properties(), buffers = create_properties(),
			       none = create_properties();
	CFNumberRef seconds = CFNumberCreate(NULL, kCFNumberDoubleType, &age);
	CVPixelBufferPoolRef pool = NULL;

	set_number(buffers, kCVPixelBufferWidthKey, 64);
	set_number(buffers, kCVPixelBufferHeightKey, 48);
	set_number(buffers, kCVPixelBufferPixelFormatTypeKey, kCVPixelFormatType_32BGRA);
	CFDictionarySetValue(buffers, kCVPixelBufferIOSurfacePropertiesKey, none);
	if (propagated != NULL)
		CFDictionarySetValue(buffers, kCVBufferPropagatedAttachmentsKey, propagated);
	CFDictionarySetValue(attributes, kCVPixelBufferPoolMaximumBufferAgeKey, seconds);
	set_number(attributes, kCVPixelBufferPoolMinimumBufferCountKey, minimum);
	check_eq(CVPixelBufferPoolCreate(NULL, attributes, buffers, &pool), kCVReturnSuccess);
	check(CFEqual(CVPixelBufferPoolGetPixelBufferAttributes(pool), buffers));
	check(CFEqual(CVPixelBufferPoolGetAttributes(pool), attributes));
	CFRelease(seconds);
	CFRelease(attributes);
	CFRelease(buffers);
	CFRelease(none);
	return pool;
}

static CVPixelBufferRef
take(CVPixelBufferPoolRef pool)
{
	CVPixelBufferRef buffer = NULL;

	check_eq(CVPixelBufferPoolCreatePixelBuffer(NULL, pool, &buffer), kCVReturnSuccess);
	return buffer;
}

static IOSurfaceID
id_of(CVPixelBufferRef buffer)
{
	return IOSurfaceGetID(CVPixelBufferGetIOSurface(buffer));
}

TEST(a_pool_hands_out_what_nobody_uses)
{
	CVPixelBufferPoolRef pool = create_pool(0, 0, NULL);
	CVPixelBufferRef buffer = take(pool), other;
	IOSurfaceRef surface = (IOSurfaceRef)CFRetain(CVPixelBufferGetIOSurface(buffer));
	mach_port_t port = IOSurfaceCreateMachPort(surface);
	IOSurfaceID id = id_of(buffer);

	CVPixelBufferRelease(buffer);
	other = take(pool); /* the right keeps the first one in use */
	check(id_of(other) != id);
	CVPixelBufferRelease(other);
	check_eq(mach_port_deallocate(mach_task_self(), port), KERN_SUCCESS);
	buffer = take(pool);
	other = take(pool);
	check(id_of(buffer) == id || id_of(other) == id); /* a reference to the surface is no use */
	CVPixelBufferRelease(buffer);
	CVPixelBufferRelease(other);
	CFRelease(surface);
	CVPixelBufferPoolRelease(pool);
}

TEST(buffers_of_a_pool_come_with_its_defaults_only)
{
	const void *key = kCVImageBufferYCbCrMatrixKey, *value = kCVImageBufferYCbCrMatrix_ITU_R_709_2;
	CFDictionaryRef defaults = CFDictionaryCreate(NULL, &key, &value, 1, &kCFTypeDictionaryKeyCallBacks,
						      &kCFTypeDictionaryValueCallBacks);
	CVPixelBufferPoolRef pool = create_pool(0, 0, defaults);
	CVPixelBufferRef buffer = take(pool);
	IOSurfaceID id = id_of(buffer);

	CVBufferSetAttachment(buffer, CFSTR("mine"), CFSTR("x"), kCVAttachmentMode_ShouldPropagate);
	CVBufferRemoveAttachment(buffer, kCVImageBufferYCbCrMatrixKey);
	CVPixelBufferRelease(buffer);
	buffer = take(pool);
	check_eq(id_of(buffer), id);
	check(!CVBufferHasAttachment(buffer, CFSTR("mine")));
	check(CFEqual(CVBufferGetAttachment(buffer, kCVImageBufferYCbCrMatrixKey, NULL), value));
	CVPixelBufferRelease(buffer);
	CVPixelBufferPoolRelease(pool);
	CFRelease(defaults);
}

static int told;

static void
on_free_buffer(CFNotificationCenterRef center, void *observer, CFNotificationName name, const void *object,
	       CFDictionaryRef info)
{
	__atomic_add_fetch(&told, 1, __ATOMIC_SEQ_CST);
}

TEST(the_threshold_stops_new_buffers_and_tells_of_free_ones)
{
	CVPixelBufferPoolRef pool = create_pool(0, 0, NULL);
	CVPixelBufferRef first = take(pool), second = take(pool), third = NULL;
	CFMutableDictionaryRef limits = create_properties();

	CFNotificationCenterAddObserver(CFNotificationCenterGetLocalCenter(), &told, on_free_buffer,
					kCVPixelBufferPoolFreeBufferNotification, pool,
					CFNotificationSuspensionBehaviorDeliverImmediately);
	set_number(limits, kCVPixelBufferPoolAllocationThresholdKey, 2);
	check_eq(CVPixelBufferPoolCreatePixelBufferWithAuxAttributes(NULL, pool, limits, &third),
		 kCVReturnWouldExceedAllocationThreshold);
	check(third == NULL);
	check_eq(__atomic_load_n(&told, __ATOMIC_SEQ_CST), 0);
	CVPixelBufferRelease(first);
	while (__atomic_load_n(&told, __ATOMIC_SEQ_CST) == 0)
		usleep(1000);
	check_eq(CVPixelBufferPoolCreatePixelBufferWithAuxAttributes(NULL, pool, limits, &third),
		 kCVReturnSuccess);
	CFNotificationCenterRemoveEveryObserver(CFNotificationCenterGetLocalCenter(), &told);
	CVPixelBufferRelease(second);
	CVPixelBufferRelease(third);
	CVPixelBufferPoolRelease(pool);
	CFRelease(limits);
}

TEST_FOR(a_free_buffer_can_be_had_while_it_is_told_of, 60)
{
	CVPixelBufferPoolRef pool = create_pool(0, 0, NULL);
	CFMutableDictionaryRef limits = create_properties();
	CVPixelBufferRef buffer = NULL, none = NULL;

	set_number(limits, kCVPixelBufferPoolAllocationThresholdKey, 1);
	for (int i = 0; i < 60; i++) {
		check_eq(CVPixelBufferPoolCreatePixelBufferWithAuxAttributes(NULL, pool, limits, &buffer),
			 kCVReturnSuccess);
		check_eq(CVPixelBufferPoolCreatePixelBufferWithAuxAttributes(NULL, pool, limits, &none),
			 kCVReturnWouldExceedAllocationThreshold);
		CVPixelBufferRelease(buffer);
		/* Now and then it is being looked at when it is asked for. */
		for (volatile int j = 0; j < i * 1500; j++)
			;
	}
	while (CFGetRetainCount(pool) > 1) /* who tells of it is on its way out */
		usleep(1000);
	CVPixelBufferPoolRelease(pool);
	CFRelease(limits);
}

TEST(a_buffer_may_outlive_its_pool)
{
	CVPixelBufferPoolRef pool = create_pool(1, 2, NULL);
	CVPixelBufferRef buffer = take(pool);

	CVPixelBufferPoolFlush(pool, kCVPixelBufferPoolFlushExcessBuffers);
	CVPixelBufferPoolRelease(pool);
	check_eq(CVPixelBufferLockBaseAddress(buffer, 0), kCVReturnSuccess);
	check(CVPixelBufferGetBaseAddress(buffer) != NULL);
	check_eq(CVPixelBufferUnlockBaseAddress(buffer, 0), kCVReturnSuccess);
	CVPixelBufferRelease(buffer);
}

TEST(pools_refuse_bad_attributes)
{
	CFMutableDictionaryRef buffers = create_properties(), attributes = create_properties();
	CVPixelBufferPoolRef pool = NULL;

	check_eq(CVPixelBufferPoolCreate(NULL, NULL, NULL, &pool), kCVReturnInvalidPixelFormat);
	set_number(buffers, kCVPixelBufferPixelFormatTypeKey, kCVPixelFormatType_32BGRA);
	check_eq(CVPixelBufferPoolCreate(NULL, NULL, buffers, &pool), kCVReturnInvalidSize);
	set_number(buffers, kCVPixelBufferWidthKey, 16);
	set_number(buffers, kCVPixelBufferHeightKey, 16);
	check_eq(CVPixelBufferPoolCreate(NULL, NULL, buffers, NULL), kCVReturnInvalidArgument);
	set_number(attributes, kCVPixelBufferPoolMaximumBufferAgeKey, -1);
	check_eq(CVPixelBufferPoolCreate(NULL, attributes, buffers, &pool), kCVReturnInvalidPoolAttributes);
	check(pool == NULL);
	CFRelease(buffers);
	CFRelease(attributes);
}

/* Gives back what a pool had handed out, and waits until it is older than @ms. */
static IOSurfaceID
give_back_and_age(CVPixelBufferRef buffer, unsigned ms)
{
	IOSurfaceID id = id_of(buffer);

	CVPixelBufferRelease(buffer);
	usleep(1000 * (ms + 20));
	return id;
}

static bool
has_still(CVPixelBufferPoolRef pool, IOSurfaceID id)
{
	CVPixelBufferRef buffer = take(pool);
	bool same = id_of(buffer) == id;

	CVPixelBufferRelease(buffer);
	return same;
}

TEST(idle_buffers_age_out)
{
	CVPixelBufferPoolRef pool = create_pool(0.01, 0, NULL);
	IOSurfaceID id = give_back_and_age(take(pool), 10);

	CVPixelBufferPoolFlush(pool, 0);
	check(!has_still(pool, id));
	CVPixelBufferPoolRelease(pool);
}

TEST(idle_buffers_age_out_after_a_second_if_nothing_is_said)
{
	CFMutableDictionaryRef buffers = create_properties(), none = create_properties();
	CVPixelBufferPoolRef pool = NULL;
	IOSurfaceID id;

	set_number(buffers, kCVPixelBufferWidthKey, 64);
	set_number(buffers, kCVPixelBufferHeightKey, 48);
	set_number(buffers, kCVPixelBufferPixelFormatTypeKey, kCVPixelFormatType_32BGRA);
	CFDictionarySetValue(buffers, kCVPixelBufferIOSurfacePropertiesKey, none);
	check_eq(CVPixelBufferPoolCreate(NULL, NULL, buffers, &pool), kCVReturnSuccess);
	id = give_back_and_age(take(pool), 1000);
	CVPixelBufferPoolFlush(pool, 0);
	check(!has_still(pool, id));
	CVPixelBufferPoolRelease(pool);
	CFRelease(none);
	CFRelease(buffers);
}

TEST(an_age_of_0_keeps_buffers_for_ever)
{
	CVPixelBufferPoolRef pool = create_pool(0, 0, NULL);
	IOSurfaceID id = give_back_and_age(take(pool), 0);

	CVPixelBufferPoolFlush(pool, 0);
	check(has_still(pool, id));
	CVPixelBufferPoolFlush(pool, kCVPixelBufferPoolFlushExcessBuffers); /* all that nobody uses */
	check(!has_still(pool, id));
	CVPixelBufferPoolRelease(pool);
}

TEST(a_minimum_of_buffers_does_not_age_out)
{
	CVPixelBufferPoolRef pool = create_pool(0.01, 1, NULL);
	CVPixelBufferRef first = take(pool), second = take(pool), again, other;
	IOSurfaceID ids[] = { id_of(first), id_of(second) };

	CVPixelBufferRelease(first);
	give_back_and_age(second, 10);
	CVPixelBufferPoolFlush(pool, 0);
	again = take(pool);
	other = take(pool);
	/* One of the two was kept. */
	check_eq((id_of(again) == ids[0]) + (id_of(again) == ids[1]) + (id_of(other) == ids[0]) +
			 (id_of(other) == ids[1]),
		 1);
	CVPixelBufferRelease(again);
	CVPixelBufferRelease(other);
	CVPixelBufferPoolRelease(pool);
}

TEST(recycling_is_not_stopped_by_the_threshold)
{
	CVPixelBufferPoolRef pool = create_pool(0, 0, NULL);
	CVPixelBufferRef first = take(pool), second = take(pool), again = NULL;
	CFMutableDictionaryRef limits = create_properties();
	IOSurfaceID id = id_of(first);

	set_number(limits, kCVPixelBufferPoolAllocationThresholdKey, 1); /* there are more already */
	CVPixelBufferRelease(first);
	check_eq(CVPixelBufferPoolCreatePixelBufferWithAuxAttributes(NULL, pool, limits, &again),
		 kCVReturnSuccess);
	check_eq(id_of(again), id);
	CVPixelBufferRelease(again);
	CVPixelBufferRelease(second);
	CVPixelBufferPoolRelease(pool);
	CFRelease(limits);
}

TEST(a_buffer_is_the_first_use_of_its_surface)
{
	CVPixelBufferPoolRef pool = create_pool(0, 0, NULL);
	CVPixelBufferRef buffer = take(pool);
	IOSurfaceRef surface = CVPixelBufferGetIOSurface(buffer);
	CFIndex count = CFGetRetainCount(surface);

	check(CVPixelBufferGetIOSurface(buffer) == surface);
	check_eq(CFGetRetainCount(surface), count); /* it is not retained */
	check_eq(IOSurfaceGetUseCount(surface), 1);
	CFRetain(surface);
	CVPixelBufferRelease(buffer);
	check_eq(IOSurfaceGetUseCount(surface), 0);
	CFRelease(surface);
	check(CVPixelBufferPoolGetTypeID() != CVPixelBufferGetTypeID());
	CVPixelBufferPoolRelease(pool);
}
