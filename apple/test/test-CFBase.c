/* test-CFBase.c - references, equality, types and allocators of objects, and of what is none. */
#include <pthread.h>
#include <unistd.h>

#include <CoreFoundation/CoreFoundation.h>

#include "CFBase-private.h"
#include "harness.h"

TEST(null_is_no_object)
{
	check(CFRetain(NULL) == NULL);
	CFRelease(NULL);
	check_eq(CFGetTypeID(NULL), 0);
	check_eq(CFGetRetainCount(NULL), 0);
	check_eq(CFHash(NULL), 0);
	check(CFCopyDescription(NULL) == NULL);
	check(CFEqual(NULL, NULL));
	check(!CFEqual(NULL, kCFNull));
	check(!CFEqual(kCFNull, NULL));
	check(CFCopyTypeIDDescription(0) == NULL);
	check(CFCopyTypeIDDescription(12345) == NULL);
}

TEST(what_is_no_object_is_told)
{
	long words[8] = { 0x1234, 0x5678 };

	check_eq(CFGetTypeID(words), 0);
	check(CFRetain(words) == words);
	CFRelease(words);
	check(!CFEqual(words, kCFNull));
	check_eq(CFStringGetLength((CFStringRef)(void *)words), 0);
	check(CFDictionaryGetValue((CFDictionaryRef)(void *)words, words) == NULL);
	check_eq(words[0], 0x1234);
}

TEST(references_are_counted)
{
	CFDataRef data = CFDataCreate(NULL, (const UInt8 *)"abc", 3);

	check_eq(CFGetRetainCount(data), 1);
	check(CFRetain(data) == data);
	check_eq(CFGetRetainCount(data), 2);
	CFRelease(data);
	check_eq(CFGetRetainCount(data), 1);
	check(CFAutorelease(data) == data);
	CFRelease(data);
}

TEST(constants_are_never_freed)
{
	CFTypeRef constants[] = { kCFNull,       kCFBooleanTrue,        kCFNumberNaN,
				  CFSTR("text"), kCFRunLoopDefaultMode, kCFAllocatorMalloc };

	for (size_t i = 0; i < sizeof(constants) / sizeof(constants[0]); i++) {
		check_eq(CFGetRetainCount(constants[i]), INTPTR_MAX);
		for (int j = 0; j < 10; j++)
			CFRelease(constants[i]);
		check(CFRetain(constants[i]) == constants[i]);
		check(CFEqual(constants[i], constants[i]));
	}
}

TEST(types_have_names)
{
	CFStringRef name = CFCopyTypeIDDescription(CFArrayGetTypeID());

	check(CFEqual(name, CFSTR("CFArray")));
	CFRelease(name);
	check(CFStringGetTypeID() != CFDataGetTypeID());
	check_eq(CFGetTypeID(kCFNull), CFNullGetTypeID());
	check_eq(CFGetTypeID(CFSTR("x")), CFStringGetTypeID());
	check_eq(CFGetTypeID(kCFRunLoopCommonModes), CFStringGetTypeID());
	check_eq(CFGetTypeID(kCFAllocatorNull), CFAllocatorGetTypeID());
}

static int finalized;

static void
note_finalize(CFTypeRef object)
{
	finalized++;
}

TEST(types_of_other_parts_are_registered_once)
{
	static const struct cf_class class = { .name = "Mine", .finalize = note_finalize };
	CFTypeID type = cf_type_register(&class);
	struct cf_object *object;
	CFStringRef text;

	check(type >= CF_TYPE_BUILT_IN);
	check_eq(cf_type_register(&class), type);
	object = cf_object_create(NULL, type, sizeof(*object) + 100);
	check(cf_is_own(object, type));
	text = CFCopyDescription(object);
	check(CFStringHasPrefix(text, CFSTR("<Mine ")));
	CFRelease(text);
	check(cf_object_try_retain(object));
	CFRelease(object);
	check_eq(finalized, 0);
	CFRelease(object);
	check_eq(finalized, 1);
	check(cf_object_create(NULL, 9999, 100) == NULL);
}

static void *
retain_and_release(void *object)
{
	for (int i = 0; i < 10000; i++) {
		CFRetain(object);
		CFRelease(object);
	}
	CFRelease(object);
	return NULL;
}

TEST(threads_count_references)
{
	static const struct cf_class class = { .name = "Shared", .finalize = note_finalize };
	struct cf_object *object = cf_object_create(NULL, cf_type_register(&class), sizeof(*object));
	pthread_t threads[4];

	for (int i = 0; i < 4; i++) {
		CFRetain(object);
		check_eq(pthread_create(&threads[i], NULL, retain_and_release, object), 0);
	}
	CFRelease(object);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	check_eq(finalized, 1);
}

static int allocated, freed, info_retained, info_released;

static void *
allocate(CFIndex size, CFOptionFlags hint, void *info)
{
	allocated++;
	return malloc((size_t)size);
}

static void *
reallocate(void *bytes, CFIndex size, CFOptionFlags hint, void *info)
{
	return realloc(bytes, (size_t)size);
}

static void
deallocate(void *bytes, void *info)
{
	freed++;
	free(bytes);
}

static CFIndex
prefer(CFIndex size, CFOptionFlags hint, void *info)
{
	return (size + 15) / 16 * 16;
}

static const void *
retain_info(const void *info)
{
	info_retained++;
	return info;
}

static void
release_info(const void *info)
{
	info_released++;
}

static CFAllocatorContext counting = { 0,        NULL,       retain_info, release_info, NULL,
				       allocate, reallocate, deallocate,  prefer };

TEST(allocator_of_a_program_is_used)
{
	CFAllocatorRef allocator = CFAllocatorCreate(NULL, &counting), used;
	CFAllocatorContext same = { 0 };
	CFMutableArrayRef array = CFArrayCreateMutable(allocator, 0, NULL);

	check_eq(info_retained, 1);
	check_eq(allocated, 1);
	check(CFGetAllocator(array) == allocator);
	for (long i = 0; i < 100; i++)
		CFArrayAppendValue(array, (void *)i);
	check(allocated > 1);
	check_eq(CFAllocatorGetPreferredSizeForSize(allocator, 17, 0), 32);
	CFAllocatorGetContext(allocator, &same);
	check(same.allocate == allocate);
	CFRelease(allocator); /* the array keeps it */
	check_eq(info_released, 0);
	CFRelease(array);
	check_eq(freed, allocated);
	check_eq(info_released, 1);
	used = CFAllocatorCreate(kCFAllocatorUseContext, &counting);
	check(CFGetAllocator(used) == used);
	CFRelease(used);
	check_eq(freed, allocated);
	check_eq(info_released, 2);
}

TEST(default_allocator_is_of_the_thread)
{
	CFAllocatorRef allocator = CFAllocatorCreate(NULL, &counting);
	CFDateRef date;

	CFAllocatorSetDefault(allocator);
	check(CFAllocatorGetDefault() == allocator);
	date = CFDateCreate(NULL, 0);
	check(CFGetAllocator(date) == allocator);
	CFAllocatorSetDefault(kCFAllocatorSystemDefault);
	CFRelease(date);
	CFRelease(allocator);
	CFRelease(allocator); /* kept for ever by the default */
}

TEST(allocators_refuse_what_makes_no_sense)
{
	CFAllocatorContext unknown = { .version = 1 };
	void *bytes = CFAllocatorAllocate(NULL, 10, 0);

	check(CFAllocatorAllocate(kCFAllocatorNull, 10, 0) == NULL);
	check(CFDateCreate(kCFAllocatorNull, 0) == NULL);
	check(CFAllocatorAllocate(NULL, 0, 0) == NULL);
	check(CFAllocatorAllocate(NULL, -1, 0) == NULL);
	check(CFAllocatorAllocate((CFAllocatorRef)kCFNull, 1, 0) == NULL);
	check(CFAllocatorReallocate(NULL, bytes, -1, 0) == NULL);
	bytes = CFAllocatorReallocate(NULL, bytes, 100, 0);
	check(bytes && CFAllocatorReallocate(NULL, bytes, 0, 0) == NULL);
	check(!CFAllocatorCreate(NULL, NULL) && !CFAllocatorCreate(NULL, &unknown));
}

static void
use_after_release(void *argument)
{
	CFDataRef data;

	setenv("CFZombieLevel", "1", 1);
	fclose(stderr);
	data = CFDataCreate(NULL, NULL, 0);
	CFRelease(data);
	CFRelease(data);
}

TEST(released_too_often_is_told_on_request)
{
	check_eq(wait_for(spawn(use_after_release, NULL)), -6);
}

static void
show(void *ends)
{
	dup2(((int *)ends)[1], 2);
	CFShow(CFSTR("caf\u00e9"));
	CFShow(kCFBooleanTrue);
	CFShow(NULL);
}

TEST(show_writes_to_standard_error)
{
	char text[256] = "";
	int ends[2];

	check_eq(pipe(ends), 0);
	check_eq(wait_for(spawn(show, ends)), 0);
	check(read(ends[0], text, sizeof(text) - 1) > 0);
	check(strncmp(text, "caf\xc3\xa9\n<CFBoolean 0x", 18) == 0);
	check(strstr(text, "{value = true}\n(null)\n"));
	close(ends[0]);
	close(ends[1]);
}

TEST(types_have_numbers_of_their_own)
{
	CFTypeID types[] = { CFStringGetTypeID(),       CFNumberGetTypeID(),
			     CFBooleanGetTypeID(),      CFNullGetTypeID(),
			     CFDataGetTypeID(),         CFDateGetTypeID(),
			     CFArrayGetTypeID(),        CFDictionaryGetTypeID(),
			     CFSetGetTypeID(),          CFAllocatorGetTypeID(),
			     CFRunLoopGetTypeID(),      CFRunLoopSourceGetTypeID(),
			     CFRunLoopTimerGetTypeID(), CFRunLoopObserverGetTypeID() };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		CFStringRef name = CFCopyTypeIDDescription(types[i]);

		check(types[i] != 0 && name != NULL);
		CFRelease(name);
		for (size_t j = 0; j < i; j++)
			check(types[i] != types[j]);
	}
}

TEST(an_allocator_gives_and_takes)
{
	void *memory = CFAllocatorAllocate(kCFAllocatorDefault, 100, 0);

	check(memory != NULL);
	memset(memory, 1, 100);
	CFAllocatorDeallocate(kCFAllocatorDefault, memory);
	CFAllocatorDeallocate(kCFAllocatorDefault, NULL);
	memory = CFAllocatorAllocate(kCFAllocatorMalloc, 10, 0);
	check(memory != NULL);
	CFAllocatorDeallocate(kCFAllocatorMalloc, memory);
}
