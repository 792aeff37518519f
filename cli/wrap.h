/*
 * wrap.h - a stream's frames as frames of FFmpeg's, in the stream's own memory.
 */
#ifndef CLI_WRAP_H
#define CLI_WRAP_H

#include <libavutil/frame.h>

#include "number.h"
#include "reader.h"

struct wrapper; /* the frames of one reader that FFmpeg has */

/* NULL: no memory. */
struct wrapper *
wrapper_create(void);

/* Waits for nobody: whatever FFmpeg has still must be gone. */
void
wrapper_free(struct wrapper *wrapper);

/*
 * The next frame of the reader. It is released when @frame and all references to it are gone, in whichever thread, and
 * wrapper_acquire() is called again. When so many are held that no other could be had, @frame is a copy. @frame->pts is the
 * frame's timestamp in nanoseconds; @rate is set if the stream says it. 0; the errors of reader_acquire(); -EOPNOTSUPP: FFmpeg
 * has no such pixel format.
 */
int
wrapper_acquire(struct wrapper *wrapper, struct reader *reader, AVFrame *frame, struct rate *rate);

#endif /* CLI_WRAP_H */
