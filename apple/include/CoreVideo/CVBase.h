/*
 * CVBase.h - what all of CoreVideo uses.
 */
#ifndef TRANSOM_COREVIDEO_CVBASE_H
#define TRANSOM_COREVIDEO_CVBASE_H

#include <stdint.h>
#include <CoreFoundation/CoreFoundation.h>
#include <CoreVideo/CVReturn.h>

CF_EXTERN_C_BEGIN

#define CV_EXPORT CF_EXPORT
#define CV_INLINE CF_INLINE

typedef uint64_t CVOptionFlags;

typedef struct CVSMPTETime {
	SInt16 subframes;
	SInt16 subframeDivisor;
	UInt32 counter;
	UInt32 type;
	UInt32 flags;
	SInt16 hours;
	SInt16 minutes;
	SInt16 seconds;
	SInt16 frames;
} CVSMPTETime;

enum { kCVTimeIsIndefinite = 1 << 0 };

typedef struct {
	int64_t timeValue;
	int32_t timeScale;
	int32_t flags;
} CVTime;

CF_EXTERN_C_END

#endif /* TRANSOM_COREVIDEO_CVBASE_H */
