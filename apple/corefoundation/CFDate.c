/* CFDate.c - moments, and the clock. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <CoreFoundation/CFDate.h>
#include <CoreFoundation/CFString.h>

#include "CFBase-private.h"
#include "types-private.h"

const CFTimeInterval kCFAbsoluteTimeIntervalSince1970 = 978307200.0;
const CFTimeInterval kCFAbsoluteTimeIntervalSince1904 = 3061152000.0;

struct date {
	struct cf_object head;
	CFAbsoluteTime at;
};

CFAbsoluteTime
CFAbsoluteTimeGetCurrent(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (double)now.tv_sec - kCFAbsoluteTimeIntervalSince1970 + (double)now.tv_nsec / 1e9;
}

CFTypeID
CFDateGetTypeID(void)
{
	return CF_TYPE_DATE;
}

CFDateRef
CFDateCreate(CFAllocatorRef allocator, CFAbsoluteTime at)
{
	struct date *date = cf_object_create(allocator, CF_TYPE_DATE, sizeof(*date));

	if (date)
		date->at = at;
	return (CFDateRef)date;
}

CFAbsoluteTime
CFDateGetAbsoluteTime(CFDateRef date)
{
	if (cf_is_own(date, CF_TYPE_DATE))
		return ((const struct date *)date)->at;
	return cf_is_foreign(date, CF_TYPE_DATE) ? cf_bridge->date_get_absolute_time(date) : 0;
}

CFTimeInterval
CFDateGetTimeIntervalSinceDate(CFDateRef date, CFDateRef other)
{
	return CFDateGetAbsoluteTime(date) - CFDateGetAbsoluteTime(other);
}

CFComparisonResult
CFDateCompare(CFDateRef date, CFDateRef other, void *context)
{
	CFAbsoluteTime first = CFDateGetAbsoluteTime(date), second = CFDateGetAbsoluteTime(other);

	return first < second   ? kCFCompareLessThan
	       : first > second ? kCFCompareGreaterThan
				: kCFCompareEqualTo;
}

static Boolean
date_equal(CFTypeRef first, CFTypeRef second)
{
	return CFDateGetAbsoluteTime(first) == CFDateGetAbsoluteTime(second);
}

static CFHashCode
date_hash(CFTypeRef object)
{
	double at = CFDateGetAbsoluteTime(object);

	return fabs(at) < 0x1p62 ? (CFHashCode)(int64_t)at : 1;
}

/* As 2001-02-03 04:05:06 +0000; far moments as their number. */
static CFStringRef
date_copy_text(CFTypeRef object)
{
	double at = CFDateGetAbsoluteTime(object) + kCFAbsoluteTimeIntervalSince1970;
	struct tm parts;
	char text[64];
	time_t seconds;

	if (!(fabs(at) < 1e12))
		return CFStringCreateWithFormat(NULL, NULL, CFSTR("%g"),
						at - kCFAbsoluteTimeIntervalSince1970);
	seconds = (time_t)floor(at);
	gmtime_r(&seconds, &parts);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S +0000", &parts);
	return CFStringCreateWithCString(NULL, text, kCFStringEncodingUTF8);
}

static CFStringRef
date_copy_description(CFTypeRef object)
{
	CFStringRef text = date_copy_text(object), description;

	description = CFStringCreateWithFormat(NULL, NULL, CFSTR("<CFDate %p [%p]>{time = %@}"), object,
					       CFGetAllocator(object), text);
	CFRelease(text);
	return description;
}

const struct cf_class cf_date_class = { .name = "CFDate",
					.equal = date_equal,
					.hash = date_hash,
					.copy_description = date_copy_description,
					.copy_text = date_copy_text };
