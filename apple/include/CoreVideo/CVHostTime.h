/*
 * CVHostTime.h - the clock that time stamps are of: CLOCK_MONOTONIC, in nanoseconds.
 */
#ifndef TRANSOM_COREVIDEO_CVHOSTTIME_H
#define TRANSOM_COREVIDEO_CVHOSTTIME_H

#include <CoreVideo/CVBase.h>

CF_EXTERN_C_BEGIN

/** Now. */
CV_EXPORT uint64_t
CVGetCurrentHostTime(void);

/** Ticks a second. */
CV_EXPORT double
CVGetHostClockFrequency(void);

/** The smallest difference that the clock shows, in ticks. */
CV_EXPORT uint32_t
CVGetHostClockMinimumTimeDelta(void);

CF_EXTERN_C_END

#endif /* TRANSOM_COREVIDEO_CVHOSTTIME_H */
