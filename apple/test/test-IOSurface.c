/* test-IOSurface.c - what IOSurface's functions are documented to do, a test a rule. */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CoreFoundation/CoreFoundation.h>
#include <IOSurface/IOSurface.h>
#include <mach/mach.h>

#include "harness.h"
#include "pictures.h"

TEST(a_picture_has_the_geometry_asked_for)
{
	IOSurfaceRef surface = create_surface(640, 480, 'BGRA');

	check_eq(IOSurfaceGetWidth(surface), 640);
	check_eq(IOSurfaceGetHeight(surface), 480);
	check_eq(IOSurfaceGetBytesPerElement(surface), 4);
	check_eq(IOSurfaceGetBytesPerRow(surface), 640 * 4);
	check_eq(IOSurfaceGetElementWidth(surface), 1);
	check_eq(IOSurfaceGetElementHeight(surface), 1);
	check_eq(IOSurfaceGetPixelFormat(surface), 'BGRA');
	check_eq(IOSurfaceGetPlaneCount(surface), 0);
	check(IOSurfaceGetAllocSize(surface) >= 640 * 480 * 4);
	check(IOSurfaceGetID(surface) != 0);
	check_eq(CFGetTypeID(surface), IOSurfaceGetTypeID());
	CFRelease(surface);
}

TEST(bytes_per_row_is_worked_out_and_aligned)
{
	CFMutableDictionaryRef properties = create_properties();
	IOSurfaceRef surface;

	set_number(properties, kIOSurfaceWidth, 33);
	set_number(properties, kIOSurfaceHeight, 10);
	set_number(properties, kIOSurfaceBytesPerElement, 3);
	surface = IOSurfaceCreate(properties);
	check_eq(IOSurfaceGetBytesPerRow(surface), 128); /* 99, rounded up to 64 */
	check_eq(IOSurfaceGetAllocSize(surface), 1280);
	check_eq(IOSurfaceGetPixelFormat(surface), 0);
	CFRelease(surface);
	CFRelease(properties);
}

TEST(bytes_per_row_given_is_kept)
{
	CFMutableDictionaryRef properties = create_properties();
	IOSurfaceRef surface;

	set_number(properties, kIOSurfaceWidth, 10);
	set_number(properties, kIOSurfaceHeight, 10);
	set_number(properties, kIOSurfaceBytesPerElement, 4);
	set_number(properties, kIOSurfaceBytesPerRow, 44);
	surface = IOSurfaceCreate(properties);
	check_eq(IOSurfaceGetBytesPerRow(surface), 44);
	CFRelease(surface);
	CFRelease(properties);
}

TEST(an_offset_comes_before_the_pixels)
{
	CFMutableDictionaryRef properties = create_properties();
	IOSurfaceRef surface;

	set_number(properties, kIOSurfaceWidth, 16);
	set_number(properties, kIOSurfaceHeight, 8);
	set_number(properties, kIOSurfaceBytesPerElement, 4);
	set_number(properties, kIOSurfaceOffset, 256);
	surface = IOSurfaceCreate(properties);
	check_eq(IOSurfaceGetAllocSize(surface), 256 + 8 * 64);
	check_eq((uintptr_t)IOSurfaceGetBaseAddress(surface) % 4096, 256);
	CFRelease(surface);
	set_number(properties, kIOSurfaceAllocSize, 8 * 64); /* not enough */
	check(IOSurfaceCreate(properties) == NULL);
	set_number(properties, kIOSurfaceOffset, INT64_MAX);
	check(IOSurfaceCreate(properties) == NULL);
	CFRelease(properties);
}

TEST(bytes_without_a_shape_need_a_size)
{
	CFMutableDictionaryRef properties = create_properties();
	IOSurfaceRef surface;

	check(IOSurfaceCreate(properties) == NULL);
	set_number(properties, kIOSurfaceAllocSize, 5000);
	surface = IOSurfaceCreate(properties);
	check_eq(IOSurfaceGetAllocSize(surface), 5000);
	check_eq(IOSurfaceGetWidth(surface), 0);
	check(IOSurfaceGetBaseAddress(surface) != NULL);
	CFRelease(surface);
	CFRelease(properties);
}

TEST(new_contents_are_zero)
{
	IOSurfaceRef surface = create_surface(64, 64, 'BGRA');
	const uint8_t *bytes;

	check_eq(IOSurfaceLock(surface, kIOSurfaceLockReadOnly, NULL), 0);
	bytes = IOSurfaceGetBaseAddress(surface);
	for (size_t i = 0; i < IOSurfaceGetAllocSize(surface); i++)
		check_eq(bytes[i], 0);
	check_eq(IOSurfaceUnlock(surface, kIOSurfaceLockReadOnly, NULL), 0);
	CFRelease(surface);
}

/* Planes of 4:2:0 as programs describe them; with @offsets they are placed by hand. */
static IOSurfaceRef
create_planar(bool offsets)
{
	CFMutableDictionaryRef properties = create_properties(), planes[2];
	IOSurfaceRef surface;
	CFArrayRef info;

	for (int i = 0; i < 2; i++) {
		planes[i] = create_properties();
		set_number(planes[i], kIOSurfacePlaneWidth, i == 0 ? 100 : 50);
		set_number(planes[i], kIOSurfacePlaneHeight, i == 0 ? 60 : 30);
		set_number(planes[i], kIOSurfacePlaneBytesPerElement, i == 0 ? 1 : 2);
		if (offsets) {
			set_number(planes[i], kIOSurfacePlaneOffset, i == 0 ? 0 : 16384);
			set_number(planes[i], kIOSurfacePlaneBytesPerRow, 192);
			set_number(planes[i], kIOSurfacePlaneSize, i == 0 ? 16384 : 8192);
		}
	}
	info = CFArrayCreate(NULL, (const void **)planes, 2, &kCFTypeArrayCallBacks);
	set_number(properties, kIOSurfaceWidth, 100);
	set_number(properties, kIOSurfaceHeight, 60);
	set_number(properties, kIOSurfacePixelFormat, '420v');
	CFDictionarySetValue(properties, kIOSurfacePlaneInfo, info);
	surface = IOSurfaceCreate(properties);
	for (int i = 0; i < 2; i++)
		CFRelease(planes[i]);
	CFRelease(info);
	CFRelease(properties);
	return surface;
}

TEST(planes_follow_one_another_unless_placed)
{
	IOSurfaceRef surface = create_planar(false);
	uint8_t *base = IOSurfaceGetBaseAddress(surface);

	check_eq(IOSurfaceGetPlaneCount(surface), 2);
	check(IOSurfaceGetBaseAddressOfPlane(surface, 0) == base);
	check_eq(IOSurfaceGetBytesPerRowOfPlane(surface, 0), 128);
	check((uint8_t *)IOSurfaceGetBaseAddressOfPlane(surface, 1) >= base + 60 * 128);
	CFRelease(surface);
	surface = create_planar(true);
	base = IOSurfaceGetBaseAddress(surface);
	check((uint8_t *)IOSurfaceGetBaseAddressOfPlane(surface, 1) == base + 16384);
	check_eq(IOSurfaceGetBytesPerRowOfPlane(surface, 1), 192);
	check_eq(IOSurfaceGetWidthOfPlane(surface, 1), 50);
	check_eq(IOSurfaceGetHeightOfPlane(surface, 1), 30);
	check_eq(IOSurfaceGetBytesPerElementOfPlane(surface, 1), 2);
	CFRelease(surface);
}

TEST(plane_info_needs_an_entry_and_a_picture)
{
	CFMutableDictionaryRef properties = create_properties();
	CFArrayRef none = CFArrayCreate(NULL, NULL, 0, &kCFTypeArrayCallBacks);
	IOSurfaceRef planar;

	set_number(properties, kIOSurfaceAllocSize, 65536);
	CFDictionarySetValue(properties, kIOSurfacePlaneInfo, none);
	check(IOSurfaceCreate(properties) == NULL);
	set_number(properties, kIOSurfaceWidth, 16);
	set_number(properties, kIOSurfaceHeight, 16);
	check(IOSurfaceCreate(properties) == NULL);
	CFRelease(none);
	CFRelease(properties);
	planar = create_planar(false);
	check(planar != NULL);
	CFRelease(planar);
}

TEST(getters_give_nothing_for_null_or_another_type)
{
	CFTypeRef others[] = { NULL, CFSTR("no surface"), kCFNull };

	for (int i = 0; i < 3; i++) {
		IOSurfaceRef none = (IOSurfaceRef)others[i];
		uint32_t old = 7;

		check_eq(IOSurfaceGetID(none), 0);
		check_eq(IOSurfaceGetAllocSize(none), 0);
		check_eq(IOSurfaceGetWidth(none), 0);
		check(IOSurfaceGetBaseAddress(none) == NULL);
		check(IOSurfaceGetBaseAddressOfPlane(none, 0) == NULL);
		check_eq(IOSurfaceGetPlaneCount(none), 0);
		check_eq(IOSurfaceGetSeed(none), 0);
		check_eq(IOSurfaceGetUseCount(none), 0);
		check(!IOSurfaceIsInUse(none));
		check(!IOSurfaceAllowsPixelSizeCasting(none));
		check(IOSurfaceCopyValue(none, CFSTR("key")) == NULL);
		check(IOSurfaceCopyAllValues(none) == NULL);
		IOSurfaceSetValue(none, CFSTR("key"), CFSTR("value"));
		IOSurfaceRemoveValue(none, CFSTR("key"));
		IOSurfaceRemoveAllValues(none);
		IOSurfaceIncrementUseCount(none);
		IOSurfaceDecrementUseCount(none);
		check(IOSurfaceLock(none, 0, NULL) != 0);
		check(IOSurfaceUnlock(none, 0, NULL) != 0);
		check(IOSurfaceSetPurgeable(none, kIOSurfacePurgeableVolatile, &old) != 0);
		check_eq(old, 7);
		check_eq(IOSurfaceCreateMachPort(none), MACH_PORT_NULL);
		check_eq(IOSurfaceGetSubsampling(none), kIOSurfaceSubsamplingUnknown);
		check_eq(IOSurfaceGetNumberOfComponentsOfPlane(none, 0), 0);
	}
	check(IOSurfaceCreate(NULL) == NULL);
	check(IOSurfaceLookup(0) == NULL);
	check(IOSurfaceLookupFromMachPort(MACH_PORT_NULL) == NULL);
	check(IOSurfaceLookupFromMachPort(MACH_PORT_DEAD) == NULL);
	check(IOSurfaceLookupFromMachPort(12345) == NULL);
}

TEST(plane_0_of_a_packed_surface_is_the_whole)
{
	IOSurfaceRef surface = create_surface(32, 16, 'BGRA');

	check_eq(IOSurfaceGetWidthOfPlane(surface, 0), 32);
	check_eq(IOSurfaceGetHeightOfPlane(surface, 0), 16);
	check_eq(IOSurfaceGetBytesPerRowOfPlane(surface, 0), 128);
	check(IOSurfaceGetBaseAddressOfPlane(surface, 0) == IOSurfaceGetBaseAddress(surface));
	check_eq(IOSurfaceGetWidthOfPlane(surface, 1), 0);
	check_eq(IOSurfaceGetWidthOfPlane(surface, (size_t)1 << 32), 0);
	check(IOSurfaceGetBaseAddressOfPlane(surface, 1) == NULL);
	CFRelease(surface);
}

TEST(bad_properties_make_no_surface)
{
	static const struct {
		const CFStringRef *key;
		int64_t value;
	} bad[] = {
		{ &kIOSurfaceWidth, -1 },
		{ &kIOSurfaceWidth, 0 },
		{ &kIOSurfaceWidth, (int64_t)1 << 40 },
		{ &kIOSurfaceHeight, 1 << 21 },
		{ &kIOSurfaceBytesPerRow, 8 },
		{ &kIOSurfaceAllocSize, 16 },
		{ &kIOSurfaceAllocSize, -5 },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CFMutableDictionaryRef properties = create_properties();

		set_number(properties, kIOSurfaceWidth, 64);
		set_number(properties, kIOSurfaceHeight, 64);
		set_number(properties, kIOSurfaceBytesPerElement, 4);
		set_number(properties, *bad[i].key, bad[i].value);
		check(IOSurfaceCreate(properties) == NULL);
		set_number(properties, *bad[i].key, bad[i].key == &kIOSurfaceAllocSize ? 16384 : 256);
		CFDictionarySetValue(properties, kIOSurfaceHeight, CFSTR("64"));
		check(IOSurfaceCreate(properties) == NULL);
		CFRelease(properties);
	}
	check(IOSurfaceCreate((CFDictionaryRef)CFSTR("text")) == NULL);
}

TEST(locks_keep_the_seed)
{
	IOSurfaceRef surface = create_surface(16, 16, 'BGRA');
	uint32_t before = 99, after = 99;

	check_eq(IOSurfaceLock(surface, kIOSurfaceLockReadOnly, &before), 0);
	check_eq(IOSurfaceUnlock(surface, kIOSurfaceLockReadOnly, &after), 0);
	check_eq(after, before);
	check_eq(IOSurfaceLock(surface, 0, &before), 0);
	check_eq(IOSurfaceUnlock(surface, 0, &after), 0);
	check_eq(after, before + 1);
	check_eq(IOSurfaceGetSeed(surface), after);
	CFRelease(surface);
}

TEST(read_only_belongs_to_lock_and_unlock)
{
	IOSurfaceRef surface = create_surface(16, 16, 'BGRA');

	check_eq(IOSurfaceLock(surface, kIOSurfaceLockReadOnly, NULL), 0);
	check_eq(IOSurfaceUnlock(surface, 0, NULL), kIOReturnNotOpen);
	check_eq(IOSurfaceUnlock(surface, kIOSurfaceLockReadOnly, NULL), 0);
	check_eq(IOSurfaceUnlock(surface, kIOSurfaceLockReadOnly, NULL), kIOReturnNotOpen);
	check_eq(IOSurfaceLock(surface, 0x80, NULL), kIOReturnBadArgument);
	check_eq(IOSurfaceLock(surface, kIOSurfaceLockAvoidSync, NULL), 0);
	check_eq(IOSurfaceUnlock(surface, kIOSurfaceLockAvoidSync, NULL), 0);
	CFRelease(surface);
}

TEST(two_lookups_are_equal_but_need_not_be_one)
{
	IOSurfaceRef surface = create_surface(16, 16, 'BGRA'), other = create_surface(16, 16, 'BGRA');
	IOSurfaceRef found = IOSurfaceLookup(IOSurfaceGetID(surface));

	check(CFEqual(found, surface));
	check_eq(CFHash(found), CFHash(surface));
	check(!CFEqual(other, surface));
	CFRelease(found);
	CFRelease(other);
	CFRelease(surface);
}

static void
look_up_in_child(void *argument)
{
	const IOSurfaceID *ids = argument;
	IOSurfaceRef global = IOSurfaceLookup(ids[0]), local = IOSurfaceLookup(ids[1]);

	check(global != NULL);
	check_eq(IOSurfaceGetWidth(global), 16);
	check(local == NULL);
	CFRelease(global);
}

/* A program that has not inherited them: exec'd, so to say, by a child that drops all it has. */
TEST(only_a_global_surface_is_found_by_another_process)
{
	IOSurfaceID *ids = map_shared(2 * sizeof(*ids));
	int ready[2];
	pid_t child;
	char byte;

	use_folder();
	check_eq(pipe(ready), 0);
	child = fork(); /* before there are surfaces */
	if (child == 0) {
		check_eq(read(ready[0], &byte, 1), 1);
		look_up_in_child(ids);
		_exit(0);
	}
	{
		CFMutableDictionaryRef properties = create_properties();
		IOSurfaceRef global, local = create_surface(16, 16, 'BGRA');

		set_number(properties, kIOSurfaceWidth, 16);
		set_number(properties, kIOSurfaceHeight, 16);
		set_number(properties, kIOSurfacePixelFormat, 'BGRA');
		CFDictionarySetValue(properties, kIOSurfaceIsGlobal, kCFBooleanTrue);
		global = IOSurfaceCreate(properties);
		check(global != NULL);
		ids[0] = IOSurfaceGetID(global);
		ids[1] = IOSurfaceGetID(local);
		check_eq(write(ready[1], "x", 1), 1);
		check_eq(wait_for(child), 0);
		CFRelease(global);
		CFRelease(local);
		CFRelease(properties);
	}
	close(ready[0]);
	close(ready[1]);
	unmap_shared(ids, 2 * sizeof(*ids));
	drop_folder("surfaces");
}

TEST(values_are_property_lists)
{
	IOSurfaceRef surface = create_surface(16, 16, 'BGRA');
	const void *keys[] = { CFSTR("text"), CFSTR("list") }, *values[2];
	CFDictionaryRef all, given;
	CFTypeRef found;

	values[0] = CFSTR("\xc3\xa9t\xc3\xa9");
	values[1] = CFArrayCreate(NULL, (const void **)&kCFBooleanTrue, 1, &kCFTypeArrayCallBacks);
	given = CFDictionaryCreate(NULL, keys, values, 2, &kCFTypeDictionaryKeyCallBacks,
				   &kCFTypeDictionaryValueCallBacks);
	IOSurfaceSetValues(surface, given);
	found = IOSurfaceCopyValue(surface, CFSTR("text"));
	check(CFEqual(found, values[0]));
	CFRelease(found);
	IOSurfaceSetValue(surface, CFSTR("none"), surface); /* no property list */
	check(IOSurfaceCopyValue(surface, CFSTR("none")) == NULL);
	all = IOSurfaceCopyAllValues(surface);
	check(CFEqual(all, given));
	CFRelease(all);
	IOSurfaceRemoveValue(surface, CFSTR("text"));
	check(IOSurfaceCopyValue(surface, CFSTR("text")) == NULL);
	IOSurfaceRemoveAllValues(surface);
	all = IOSurfaceCopyAllValues(surface);
	check_eq(CFDictionaryGetCount(all), 0);
	CFRelease(all);
	CFRelease(given);
	CFRelease(values[1]);
	CFRelease(surface);
}

TEST(keys_are_the_texts_that_programs_pass)
{
	check(CFEqual(kIOSurfaceWidth, CFSTR("IOSurfaceWidth")));
	check(CFEqual(kIOSurfaceColorSpace, CFSTR("IOSurfaceColorSpace")));
	check(CFEqual(kIOSurfacePlaneInfo, CFSTR("IOSurfacePlaneInfo")));
	check(CFEqual(kIOSurfaceName, CFSTR("IOSurfaceName")));
}

TEST(a_reference_is_no_use)
{
	IOSurfaceRef surface = create_surface(16, 16, 'BGRA');

	check_eq(IOSurfaceGetUseCount(surface), 0);
	check(!IOSurfaceIsInUse(surface));
	IOSurfaceIncrementUseCount(surface);
	IOSurfaceIncrementUseCount(surface);
	check_eq(IOSurfaceGetUseCount(surface), 2);
	check(IOSurfaceIsInUse(surface));
	IOSurfaceDecrementUseCount(surface);
	check(IOSurfaceIsInUse(surface));
	IOSurfaceDecrementUseCount(surface);
	check(!IOSurfaceIsInUse(surface));
	IOSurfaceDecrementUseCount(surface);
	check_eq(IOSurfaceGetUseCount(surface), 0);
	CFRelease(surface);
}

TEST(a_mach_port_is_a_use_while_any_copy_lives)
{
	IOSurfaceRef surface = create_surface(16, 16, 'BGRA'), found;
	mach_port_t port = IOSurfaceCreateMachPort(surface);

	check(MACH_PORT_VALID(port));
	check(IOSurfaceIsInUse(surface));
	check_eq(IOSurfaceGetUseCount(surface), 0); /* it is not this process's count */
	found = IOSurfaceLookupFromMachPort(port);
	check(CFEqual(found, surface));
	CFRelease(found);
	found = IOSurfaceLookupFromMachPort(port); /* the right was not consumed */
	check(CFEqual(found, surface));
	CFRelease(found);
	check_eq(mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_SEND, 1), KERN_SUCCESS);
	check_eq(mach_port_deallocate(mach_task_self(), port), KERN_SUCCESS);
	check(IOSurfaceIsInUse(surface));
	check_eq(mach_port_deallocate(mach_task_self(), port), KERN_SUCCESS);
	check(!IOSurfaceIsInUse(surface));
	CFRelease(surface);
}

TEST(a_port_of_something_else_is_no_surface)
{
	mach_port_t port;

	check_eq(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port), KERN_SUCCESS);
	check(IOSurfaceLookupFromMachPort(port) == NULL);
	check_eq(mach_port_insert_right(mach_task_self(), port, port, MACH_MSG_TYPE_MAKE_SEND), KERN_SUCCESS);
	check(IOSurfaceLookupFromMachPort(port) == NULL);
	check_eq(mach_port_destroy(mach_task_self(), port), KERN_SUCCESS);
}

TEST(limits_and_alignments)
{
	check_eq(IOSurfaceGetPropertyAlignment(kIOSurfaceBytesPerRow), 64);
	check_eq(IOSurfaceGetPropertyAlignment(kIOSurfacePlaneBytesPerRow), 64);
	check_eq(IOSurfaceAlignProperty(kIOSurfaceBytesPerRow, 100), 128);
	check_eq(IOSurfaceAlignProperty(kIOSurfaceBytesPerRow, 128), 128);
	check(IOSurfaceAlignProperty(kIOSurfaceAllocSize, 1000) >= 1000);
	check_eq(IOSurfaceGetPropertyMaximum(kIOSurfaceWidth), 1 << 20);
	check_eq(IOSurfaceGetPropertyMaximum(CFSTR("nonsense")), 0);
	check_eq(IOSurfaceGetPropertyAlignment(CFSTR("nonsense")), 1);
	check_eq(IOSurfaceGetPropertyAlignment(NULL), 1);
	check_eq(IOSurfaceAlignProperty(CFSTR("nonsense"), 77), 77);
}

TEST(purgeable_state_belongs_to_the_surface)
{
	IOSurfaceRef surface = create_surface(16, 16, 'BGRA');
	uint32_t old = 99;

	check_eq(IOSurfaceSetPurgeable(surface, kIOSurfacePurgeableKeepCurrent, &old), 0);
	check_eq(old, kIOSurfacePurgeableNonVolatile);
	check_eq(IOSurfaceSetPurgeable(surface, kIOSurfacePurgeableVolatile, &old), 0);
	check_eq(IOSurfaceSetPurgeable(surface, kIOSurfacePurgeableNonVolatile, &old), 0);
	check_eq(old, kIOSurfacePurgeableVolatile);
	check_eq(IOSurfaceSetPurgeable(surface, kIOSurfacePurgeableEmpty, NULL), 0);
	check_eq(IOSurfaceSetPurgeable(surface, kIOSurfacePurgeableNonVolatile, &old), 0);
	check_eq(old, kIOSurfacePurgeableEmpty);
	check_eq(IOSurfaceSetPurgeable(surface, 4, &old), kIOReturnBadArgument);
	IOSurfaceIncrementUseCount(surface);
	IOSurfaceIncrementUseCount(surface);
	check(IOSurfaceSetPurgeable(surface, kIOSurfacePurgeableEmpty, NULL) !=
	      0); /* in use: it keeps its contents */
	IOSurfaceDecrementUseCount(surface);
	IOSurfaceDecrementUseCount(surface);
	CFRelease(surface);
}

TEST(components_follow_the_pixel_format)
{
	IOSurfaceRef surface = create_surface(16, 16, '420v');

	check_eq(IOSurfaceGetPlaneCount(surface), 2);
	check_eq(IOSurfaceGetSubsampling(surface), kIOSurfaceSubsampling420);
	check_eq(IOSurfaceGetNumberOfComponentsOfPlane(surface, 0), 1);
	check_eq(IOSurfaceGetNumberOfComponentsOfPlane(surface, 1), 2);
	check_eq(IOSurfaceGetNameOfComponentOfPlane(surface, 0, 0), kIOSurfaceComponentNameLuma);
	check_eq(IOSurfaceGetNameOfComponentOfPlane(surface, 1, 0), kIOSurfaceComponentNameChromaBlue);
	check_eq(IOSurfaceGetNameOfComponentOfPlane(surface, 1, 1), kIOSurfaceComponentNameChromaRed);
	check_eq(IOSurfaceGetTypeOfComponentOfPlane(surface, 0, 0), kIOSurfaceComponentTypeUnsignedInteger);
	check_eq(IOSurfaceGetRangeOfComponentOfPlane(surface, 0, 0), kIOSurfaceComponentRangeVideoRange);
	check_eq(IOSurfaceGetBitDepthOfComponentOfPlane(surface, 1, 1), 8);
	check_eq(IOSurfaceGetBitOffsetOfComponentOfPlane(surface, 1, 1), 8);
	check_eq(IOSurfaceGetNameOfComponentOfPlane(surface, 1, 2), kIOSurfaceComponentNameUnknown);
	check_eq(IOSurfaceGetBitDepthOfComponentOfPlane(surface, 9, 0), 0);
	CFRelease(surface);
}

TEST(components_are_what_their_maker_says)
{
	CFMutableDictionaryRef properties = create_properties(), plane = create_properties();
	int32_t depth = 12;
	CFNumberRef number = CFNumberCreate(NULL, kCFNumberSInt32Type, &depth);
	CFArrayRef one = CFArrayCreate(NULL, (const void **)&number, 1, &kCFTypeArrayCallBacks), info;
	IOSurfaceRef surface;

	set_number(plane, kIOSurfacePlaneWidth, 8);
	set_number(plane, kIOSurfacePlaneHeight, 8);
	set_number(plane, kIOSurfacePlaneBytesPerElement, 2);
	CFDictionarySetValue(plane, kIOSurfacePlaneComponentBitDepths, one);
	info = CFArrayCreate(NULL, (const void **)&plane, 1, &kCFTypeArrayCallBacks);
	set_number(properties, kIOSurfaceWidth, 8);
	set_number(properties, kIOSurfaceHeight, 8);
	CFDictionarySetValue(properties, kIOSurfacePlaneInfo, info);
	CFDictionarySetValue(properties, kIOSurfacePixelSizeCastingAllowed, kCFBooleanFalse);
	surface = IOSurfaceCreate(properties);
	check_eq(IOSurfaceGetNumberOfComponentsOfPlane(surface, 0), 1);
	check_eq(IOSurfaceGetBitDepthOfComponentOfPlane(surface, 0, 0), 12);
	check(!IOSurfaceAllowsPixelSizeCasting(surface));
	CFRelease(surface);
	CFRelease(info);
	CFRelease(one);
	CFRelease(number);
	CFRelease(plane);
	CFRelease(properties);
}

TEST(ownership_is_not_accounted)
{
	IOSurfaceRef surface = create_surface(16, 16, 'BGRA');

	check_eq(IOSurfaceSetOwnershipIdentity(surface, 0, kIOSurfaceMemoryLedgerTagMedia, 0),
		 kIOReturnUnsupported);
	check_eq(IOSurfaceSetOwnershipIdentity(surface, 0, 9, 0), kIOReturnBadArgument);
	check_eq(IOSurfaceSetOwnershipIdentity(NULL, 0, 1, 0), kIOReturnBadArgument);
	CFRelease(surface);
}

TEST(a_description_is_for_people)
{
	IOSurfaceRef surface = create_surface(16, 12, 'BGRA');
	CFStringRef text = CFCopyDescription(surface);

	check(CFStringFind(text, CFSTR("16"), 0).location != kCFNotFound);
	CFRelease(text);
	CFRelease(surface);
}

TEST(elements_of_planes_are_the_formats)
{
	IOSurfaceRef surface = create_surface(32, 32, '420v');

	check_eq(IOSurfaceGetElementWidthOfPlane(surface, 0), 1);
	check_eq(IOSurfaceGetElementHeightOfPlane(surface, 1), 1);
	check_eq(IOSurfaceGetElementWidthOfPlane(surface, 2), 0);
	check_eq(IOSurfaceGetElementHeightOfPlane(NULL, 0), 0);
	CFRelease(surface);
}
