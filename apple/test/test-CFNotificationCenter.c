/* test-CFNotificationCenter.c - who is told what. */
#include <pthread.h>

#include <CoreFoundation/CoreFoundation.h>

#include "harness.h"

static char told[64];

static void
note(CFNotificationCenterRef center, void *observer, CFNotificationName name, const void *object,
     CFDictionaryRef info)
{
	strncat(told, observer, 1);
	check(center == CFNotificationCenterGetLocalCenter());
	check(CFGetTypeID(name) == CFStringGetTypeID());
}

static void
add(const char *observer, CFStringRef name, const void *object)
{
	CFNotificationCenterAddObserver(CFNotificationCenterGetLocalCenter(), observer, note, name, object,
					CFNotificationSuspensionBehaviorDrop);
}

static void
check_told(CFStringRef name, const void *object, const char *expected)
{
	told[0] = '\0';
	CFNotificationCenterPostNotification(CFNotificationCenterGetLocalCenter(), name, object, NULL, true);
	if (strcmp(told, expected) != 0)
		fprintf(stderr, "told \"%s\", not \"%s\"\n", told, expected);
	check(strcmp(told, expected) == 0);
}

TEST(name_and_object_choose_who_is_told)
{
	CFNotificationCenterRef center = CFNotificationCenterGetLocalCenter();

	add("a", CFSTR("one"), NULL);
	add("b", NULL, kCFNull);
	add("c", CFSTR("one"), kCFNull);
	add("d", NULL, NULL);
	check_told(CFSTR("one"), NULL, "ad");
	check_told(CFSTR("one"), kCFNull, "abcd");
	check_told(CFSTR("two"), kCFNull, "bd");
	check_told(CFSTR("two"), kCFBooleanTrue, "d");
	CFNotificationCenterRemoveObserver(center, "a", CFSTR("two"), NULL);
	check_told(CFSTR("one"), NULL, "ad");
	CFNotificationCenterRemoveObserver(center, "a", CFSTR("one"), NULL);
	CFNotificationCenterRemoveEveryObserver(center, "d");
	check_told(CFSTR("one"), kCFNull, "bc");
	CFNotificationCenterRemoveEveryObserver(center, "b");
	CFNotificationCenterRemoveEveryObserver(center, "c");
	check_told(CFSTR("one"), kCFNull, "");
}

static void
remove_other(CFNotificationCenterRef center, void *observer, CFNotificationName name, const void *object,
	     CFDictionaryRef info)
{
	CFNotificationCenterRemoveEveryObserver(center, "b");
	CFNotificationCenterRemoveEveryObserver(center, observer);
	add("c", name, NULL);
}

TEST(observers_change_while_they_are_told)
{
	CFNotificationCenterRef center = CFNotificationCenterGetLocalCenter();

	CFNotificationCenterAddObserver(center, "x", remove_other, CFSTR("n"), NULL, 0);
	add("b", CFSTR("n"), NULL);
	check_told(CFSTR("n"), NULL, "");
	check_told(CFSTR("n"), NULL, "c");
	CFNotificationCenterRemoveEveryObserver(center, "c");
}

static void
see_info(CFNotificationCenterRef center, void *observer, CFNotificationName name, const void *object,
	 CFDictionaryRef info)
{
	*(CFDictionaryRef *)observer = info;
}

TEST(information_is_passed)
{
	CFNotificationCenterRef center = CFNotificationCenterGetLocalCenter();
	CFDictionaryRef seen = NULL, info = CFDictionaryCreate(NULL, NULL, NULL, 0, NULL, NULL);

	CFNotificationCenterAddObserver(center, &seen, see_info, CFSTR("n"), NULL, 0);
	CFNotificationCenterPostNotificationWithOptions(center, CFSTR("n"), NULL, info, 0);
	check(seen == info);
	CFNotificationCenterRemoveEveryObserver(center, &seen);
	CFRelease(info);
}

static void *
add_post_and_remove(void *observer)
{
	CFNotificationCenterRef center = CFNotificationCenterGetLocalCenter();
	CFDictionaryRef seen;

	for (int i = 0; i < 1000; i++) {
		CFNotificationCenterAddObserver(center, &seen, see_info, observer, NULL, 0);
		CFNotificationCenterPostNotification(center, observer, NULL, NULL, true);
		CFNotificationCenterRemoveEveryObserver(center, &seen);
	}
	return NULL;
}

TEST(threads_add_post_and_remove)
{
	CFStringRef names[] = { CFSTR("0"), CFSTR("1"), CFSTR("2") };
	pthread_t threads[3];

	for (int i = 0; i < 3; i++)
		check_eq(pthread_create(&threads[i], NULL, add_post_and_remove, (void *)names[i]), 0);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
}

static void
use_tables(void *unused)
{
	add("c", CFSTR("caf\u00e9"), NULL);
	check_told(CFSTR("caf\u00e9"), NULL, "c");
}

TEST(children_are_not_locked_out)
{
	pthread_t thread;

	check_eq(pthread_create(&thread, NULL, add_post_and_remove, (void *)CFSTR("n")), 0);
	for (int i = 0; i < 20; i++)
		check_eq(wait_for(spawn(use_tables, NULL)), 0);
	pthread_join(thread, NULL);
}

TEST(bad_arguments_tell_nobody)
{
	CFNotificationCenterRef center = CFNotificationCenterGetLocalCenter();

	check_eq(CFGetTypeID(center), CFNotificationCenterGetTypeID());
	CFNotificationCenterAddObserver(NULL, "a", note, NULL, NULL, 0);
	CFNotificationCenterAddObserver(center, "a", NULL, NULL, NULL, 0);
	add("b", NULL, NULL);
	CFNotificationCenterPostNotification(NULL, CFSTR("n"), NULL, NULL, true);
	CFNotificationCenterPostNotification(center, NULL, NULL, NULL, true);
	CFNotificationCenterPostNotification(center, (CFStringRef)kCFNull, NULL, NULL, true);
	check(told[0] == '\0');
	CFNotificationCenterRemoveEveryObserver(center, "b");
}
