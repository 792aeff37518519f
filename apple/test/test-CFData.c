/* test-CFData.c - bytes, fixed, borrowed and growing; and moments. */
#include <CoreFoundation/CoreFoundation.h>

#include "harness.h"

#define BYTES(text) ((const UInt8 *)(text))

static bool
has(CFDataRef data, const char *text)
{
	return CFDataGetLength(data) == (CFIndex)strlen(text) &&
	       memcmp(CFDataGetBytePtr(data), text, strlen(text)) == 0;
}

TEST(bytes_are_copied)
{
	UInt8 bytes[] = "abc", part[2];
	CFDataRef data = CFDataCreate(NULL, bytes, 3), copy = CFDataCreateCopy(NULL, data);
	CFDataRef empty = CFDataCreate(NULL, NULL, 0);

	bytes[0] = 'x';
	check(has(data, "abc"));
	check(copy == data);
	CFDataGetBytes(data, CFRangeMake(1, 2), part);
	check(part[0] == 'b' && part[1] == 'c');
	CFDataGetBytes(data, CFRangeMake(2, 2), part);
	check(part[0] == 'b');
	check(CFDataGetBytePtr(empty) && CFDataGetLength(empty) == 0);
	CFRelease(data);
	CFRelease(copy);
	CFRelease(empty);
}

static int freed;

static void
note_free(void *bytes, void *info)
{
	freed++;
}

TEST(borrowed_bytes_are_freed_as_asked)
{
	CFAllocatorContext context = { .deallocate = note_free };
	CFAllocatorRef deallocator = CFAllocatorCreate(NULL, &context);
	static const UInt8 bytes[] = "abc";
	CFDataRef data = CFDataCreateWithBytesNoCopy(NULL, bytes, 3, deallocator);

	check(CFDataGetBytePtr(data) == bytes);
	CFRelease(deallocator);
	CFRelease(data);
	check_eq(freed, 1);
	data = CFDataCreateWithBytesNoCopy(NULL, bytes, 3, kCFAllocatorNull);
	CFRelease(data);
}

TEST(data_grows_and_shrinks)
{
	CFMutableDataRef data = CFDataCreateMutable(NULL, 0);

	CFDataAppendBytes(data, BYTES("hello"), 5);
	CFDataReplaceBytes(data, CFRangeMake(1, 3), BYTES("ipp"), 3);
	check(has(data, "hippo"));
	CFDataReplaceBytes(data, CFRangeMake(0, 0), BYTES(">> "), 3);
	CFDataDeleteBytes(data, CFRangeMake(0, 1));
	check(has(data, "> hippo"));
	CFDataAppendBytes(data, CFDataGetBytePtr(data), 7);
	check(has(data, "> hippo> hippo"));
	CFDataSetLength(data, 3);
	CFDataIncreaseLength(data, 2);
	check_eq(CFDataGetLength(data), 5);
	check(CFDataGetMutableBytePtr(data)[4] == 0);
	for (int i = 0; i < 10000; i++)
		CFDataAppendBytes(data, BYTES("0123456789"), 10);
	check_eq(CFDataGetLength(data), 100005);
	CFRelease(data);
}

TEST(maximum_is_kept)
{
	CFMutableDataRef data = CFDataCreateMutable(NULL, 4), copy;

	CFDataAppendBytes(data, BYTES("abc"), 3);
	CFDataAppendBytes(data, BYTES("de"), 2);
	check(has(data, "abc"));
	CFDataAppendBytes(data, BYTES("d"), 1);
	check(has(data, "abcd"));
	check(!CFDataCreateMutableCopy(NULL, 3, data));
	copy = CFDataCreateMutableCopy(NULL, 0, data);
	check(CFEqual(copy, data) && copy != data);
	check_eq(CFHash(copy), CFHash(data));
	CFRelease(copy);
	CFRelease(data);
}

TEST(bytes_are_found)
{
	CFDataRef data = CFDataCreate(NULL, BYTES("abcabc"), 6), wanted = CFDataCreate(NULL, BYTES("bc"), 2);
	CFRange all = CFRangeMake(0, 6);

	check_eq(CFDataFind(data, wanted, all, 0).location, 1);
	check_eq(CFDataFind(data, wanted, all, kCFDataSearchBackwards).location, 4);
	check_eq(CFDataFind(data, wanted, all, kCFDataSearchAnchored).location, kCFNotFound);
	check_eq(CFDataFind(data, wanted, all, kCFDataSearchAnchored | kCFDataSearchBackwards).location, 4);
	check_eq(CFDataFind(data, wanted, CFRangeMake(2, 3), 0).location, kCFNotFound);
	check_eq(CFDataFind(data, wanted, CFRangeMake(2, 30), 0).location, kCFNotFound);
	CFRelease(data);
	CFRelease(wanted);
}

TEST(bad_data_is_refused)
{
	CFDataRef fixed = CFDataCreate(NULL, BYTES("abc"), 3);
	CFMutableDataRef data = CFDataCreateMutable(NULL, 0);

	check(!CFDataCreate(NULL, NULL, 1) && !CFDataCreate(NULL, BYTES("a"), -1) &&
	      !CFDataCreateMutable(NULL, -1));
	check(!CFDataCreate(NULL, BYTES("a"), PTRDIFF_MAX));
	CFDataAppendBytes((CFMutableDataRef)fixed, BYTES("d"), 1);
	CFDataSetLength((CFMutableDataRef)fixed, 0);
	check(has(fixed, "abc"));
	check(!CFDataGetMutableBytePtr((CFMutableDataRef)fixed));
	CFDataReplaceBytes(data, CFRangeMake(1, 0), BYTES("x"), 1);
	CFDataReplaceBytes(data, CFRangeMake(-1, 1), BYTES("x"), 1);
	CFDataReplaceBytes(data, CFRangeMake(0, PTRDIFF_MAX), BYTES("x"), 1);
	CFDataSetLength(data, PTRDIFF_MAX);
	CFDataIncreaseLength(data, PTRDIFF_MAX);
	CFDataSetLength(data, -1);
	check_eq(CFDataGetLength(data), 0);
	check_eq(CFDataGetLength(NULL), 0);
	check(!CFDataGetBytePtr(NULL) && !CFDataGetBytePtr((CFDataRef)kCFNull));
	check(!CFDataCreateCopy(NULL, NULL) && !CFDataCreateMutableCopy(NULL, 0, NULL));
	CFRelease(fixed);
	CFRelease(data);
}

TEST(description_shows_the_first_bytes)
{
	CFDataRef data = CFDataCreate(NULL, BYTES("\x01\xff"), 2);
	CFStringRef text = CFCopyDescription(data);

	check(CFStringHasSuffix(text, CFSTR("{length = 2, capacity = 2, bytes = 0x01ff}")));
	CFRelease(text);
	CFRelease(data);
}

TEST(dates_are_moments)
{
	CFDateRef first = CFDateCreate(NULL, 0), second = CFDateCreate(NULL, 1.5),
		  same = CFDateCreate(NULL, 0);
	CFStringRef text = CFStringCreateWithFormat(NULL, NULL, CFSTR("%@"), first);
	CFAbsoluteTime now = CFAbsoluteTimeGetCurrent();

	check(CFDateGetAbsoluteTime(second) == 1.5);
	check(CFDateGetTimeIntervalSinceDate(second, first) == 1.5);
	check_eq(CFDateCompare(first, second, NULL), kCFCompareLessThan);
	check_eq(CFDateCompare(second, first, NULL), kCFCompareGreaterThan);
	check(CFEqual(first, same) && CFHash(first) == CFHash(same) && !CFEqual(first, second));
	check(CFEqual(text, CFSTR("2001-01-01 00:00:00 +0000")));
	check((double)time(NULL) - kCFAbsoluteTimeIntervalSince1970 - now < 2);
	check(CFDateGetAbsoluteTime(NULL) == 0);
	CFRelease(text);
	CFRelease(first);
	CFRelease(second);
	CFRelease(same);
	first = CFDateCreate(NULL, 1e300);
	text = CFCopyDescription(first);
	check(CFStringHasSuffix(text, CFSTR("{time = 1e+300}")));
	CFRelease(text);
	CFRelease(first);
}
