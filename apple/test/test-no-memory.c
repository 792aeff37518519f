/* test-no-memory.c - every allocation fails once: nothing crashes, leaks or is half changed. */
#include <pthread.h>

#include <CoreFoundation/CoreFoundation.h>

#include "harness.h"
#include "property-list-private.h"

void *
__real_malloc(size_t size);
void *
__real_calloc(size_t count, size_t size);
void *
__real_realloc(void *old, size_t size);
void *
__wrap_malloc(size_t size);
void *
__wrap_calloc(size_t count, size_t size);
void *
__wrap_realloc(void *old, size_t size);

static long left = -1; /* allocations until the one that fails; below 0 for never */

static bool
fails(void)
{
	return left >= 0 && left-- == 0;
}

void *
__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

/* Has each allocation of @story fail in turn, until it comes to its end; it returns whether it got all. */
static void
fail_each(bool (*story)(void))
{
	bool done = false;
	long count;

	check(story()); /* what is made once is there now */
	for (count = 0; !done; count++) {
		left = count;
		done = story();
		check(count < 10000);
		if (left >= 0)
			check(done);
		else
			done = false;
	}
	left = -1;
	check(count > 1);
}

static bool
strings(void)
{
	CFStringRef text =
		CFStringCreateWithFormat(NULL, NULL, CFSTR("%@ %s %300d"), CFSTR("a"), "caf\u00e9", 5);
	CFMutableStringRef changed = CFStringCreateMutableCopy(NULL, 0, CFSTR("text"));
	CFDataRef data;
	CFIndex length;
	bool all = text && changed;

	CFStringAppend(changed, CFSTR(" that is longer than it was before"));
	length = CFStringGetLength(changed);
	check(length == 0 || length == 4 || length == 38);
	all &= length == 38;
	data = CFStringCreateExternalRepresentation(NULL, changed, kCFStringEncodingUTF16, 0);
	all &= data != NULL;
	CFRelease(data);
	CFRelease(changed);
	CFRelease(text);
	return all;
}

TEST(strings_do_without)
{
	fail_each(strings);
}

static bool
collections(void)
{
	CFMutableDictionaryRef dictionary = CFDictionaryCreateMutable(NULL, 0, &kCFTypeDictionaryKeyCallBacks,
								      &kCFTypeDictionaryValueCallBacks);
	CFMutableArrayRef array = CFArrayCreateMutable(NULL, 0, &kCFTypeArrayCallBacks);
	CFMutableSetRef set = CFSetCreateMutable(NULL, 0, &kCFTypeSetCallBacks);
	CFDictionaryRef copy;
	CFStringRef text;
	bool all;

	for (int i = 0; i < 20; i++) {
		CFNumberRef number = CFNumberCreate(NULL, kCFNumberIntType, &i);

		CFDictionarySetValue(dictionary, number, kCFNull);
		CFArrayAppendValue(array, number);
		CFSetAddValue(set, number);
		CFRelease(number);
	}
	all = CFDictionaryGetCount(dictionary) == 20 && CFArrayGetCount(array) == 20 &&
	      CFSetGetCount(set) == 20 && !CFArrayContainsValue(array, CFRangeMake(0, 20), NULL);
	copy = CFDictionaryCreateCopy(NULL, dictionary);
	all &= copy && CFDictionaryGetCount(copy) == 20;
	text = CFCopyDescription(copy);
	all &= text && CFStringFind(text, CFSTR("value = +19"), 0).location != kCFNotFound;
	CFRelease(text);
	CFRelease(copy);
	CFRelease(set);
	CFRelease(array);
	CFRelease(dictionary);
	return all;
}

TEST(collections_do_without)
{
	fail_each(collections);
}

static CFTypeRef plist;

static bool
values(void)
{
	struct transom_value *value = NULL;
	CFTypeRef back;
	bool same;

	if (property_list_to_value(plist, &value) < 0)
		return false;
	back = property_list_create(NULL, value);
	transom_value_unref(value);
	same = back && CFEqual(back, plist);
	check(same || !back || left < 0);
	CFRelease(back);
	return same;
}

TEST(property_lists_do_without)
{
	const void *keys[] = { CFSTR("a"), CFSTR("b") }, *parts[] = { CFSTR("\u00e9"), kCFBooleanTrue };
	const void *items[2];

	items[0] = CFDictionaryCreate(NULL, keys, parts, 2, &kCFTypeDictionaryKeyCallBacks,
				      &kCFTypeDictionaryValueCallBacks);
	items[1] = CFDateCreate(NULL, 5);
	plist = CFArrayCreate(NULL, items, 2, &kCFTypeArrayCallBacks);
	fail_each(values);
	CFRelease(items[0]);
	CFRelease(items[1]);
	CFRelease(plist);
}

static void
fire(CFRunLoopTimerRef timer, void *info)
{
	++*(int *)info;
}

static bool is_all;

static void *
run_loop(void *argument)
{
	CFRunLoopSourceContext nothing = { .version = 0 };
	int fired = 0;
	CFRunLoopTimerContext context = { .info = &fired };
	CFRunLoopSourceRef source;
	CFRunLoopTimerRef timer;

	left = *(const long *)argument;
	source = CFRunLoopSourceCreate(NULL, 0, &nothing);
	timer = CFRunLoopTimerCreate(NULL, 0, 0, 0, 0, fire, &context);
	CFRunLoopAddSource(CFRunLoopGetCurrent(), source, kCFRunLoopCommonModes);
	CFRunLoopAddTimer(CFRunLoopGetCurrent(), timer, kCFRunLoopDefaultMode);
	CFRunLoopSourceSignal(source);
	is_all = CFRunLoopRunInMode(kCFRunLoopDefaultMode, 0, true) == kCFRunLoopRunHandledSource &&
		 fired == 1;
	CFRunLoopSourceInvalidate(source);
	CFRunLoopTimerInvalidate(timer);
	CFRelease(source);
	CFRelease(timer);
	return NULL;
}

static bool
run_loops(void)
{
	long wanted = left;
	pthread_t thread;

	left = -1; /* not the thread itself, which sets it when it runs */
	check_eq(pthread_create(&thread, NULL, run_loop, &wanted), 0);
	pthread_join(thread, NULL);
	return is_all;
}

TEST(run_loops_do_without)
{
	fail_each(run_loops);
}
