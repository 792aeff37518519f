/*
 * CFDate.h - moments: seconds since the beginning of 2001, UTC, without leap seconds. CFBase.h says what holds
 * for all objects.
 */
#ifndef TRANSOM_COREFOUNDATION_CFDATE_H
#define TRANSOM_COREFOUNDATION_CFDATE_H

#include <CoreFoundation/CFBase.h>

CF_EXTERN_C_BEGIN

typedef double CFTimeInterval;
typedef CFTimeInterval CFAbsoluteTime;
typedef const struct __CFDate *CFDateRef;

/** Seconds between the beginnings of 1970 and 2001, and of 1904 and 2001. */
CF_EXPORT const CFTimeInterval kCFAbsoluteTimeIntervalSince1970;
CF_EXPORT const CFTimeInterval kCFAbsoluteTimeIntervalSince1904;

/** Now, by the clock that people set. */
CF_EXPORT CFAbsoluteTime
CFAbsoluteTimeGetCurrent(void);

CF_EXPORT CFTypeID
CFDateGetTypeID(void);

CF_EXPORT CFDateRef
CFDateCreate(CFAllocatorRef allocator, CFAbsoluteTime at);

CF_EXPORT CFAbsoluteTime
CFDateGetAbsoluteTime(CFDateRef date);

CF_EXPORT CFTimeInterval
CFDateGetTimeIntervalSinceDate(CFDateRef date, CFDateRef other);

CF_EXPORT CFComparisonResult
CFDateCompare(CFDateRef date, CFDateRef other, void *context);

CF_EXTERN_C_END

#endif /* TRANSOM_COREFOUNDATION_CFDATE_H */
