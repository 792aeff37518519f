/*
 * range.h - samples of 9 to 15 bits in words of 16, whose other bits another process may have set.
 */
#ifndef CLI_RANGE_H
#define CLI_RANGE_H

#include <stdbool.h>

#include <libavutil/frame.h>

/* Whether a sample of this format may be more than its bits say. */
bool
range_may_be_left(enum AVPixelFormat format);

/*
 * Copies a frame into one of the same format and size, and cuts what is too large. It is a copy since what another process
 * writes may change after a look at it. 0 or FFmpeg's error.
 */
int
range_copy(AVFrame *to, const AVFrame *from);

#endif /* CLI_RANGE_H */
