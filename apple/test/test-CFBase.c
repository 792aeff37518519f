/* test-CFBase.c - references, equality and allocators of objects of all types. */
#include <CoreFoundation/CoreFoundation.h>

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
}

TEST(references_are_counted)
{
	CFDataRef data = CFDataCreate(NULL, (const UInt8 *)"abc", 3);

	check_eq(CFGetRetainCount(data), 1);
	check(CFRetain(data) == data);
	check_eq(CFGetRetainCount(data), 2);
	CFRelease(data);
	check_eq(CFGetRetainCount(data), 1);
	CFRelease(data);
}
