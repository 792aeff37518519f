/*
 * convert.h - one frame into the memory of another: a copy where format and size are the same, libswscale where they are not.
 */
#ifndef CLI_CONVERT_H
#define CLI_CONVERT_H

#include <libavutil/frame.h>

/* How a picture gets into another shape. */
enum convert_scale {
	CONVERT_FIT = 0, /* all of it, black around */
	CONVERT_FILL = 1, /* all of the new shape, what is over is cut off */
	CONVERT_STRETCH = 2,
};

struct converter;

/* NULL: no memory. */
struct converter *
converter_create(enum convert_scale scale);

void
converter_free(struct converter *converter);

/*
 * Writes @source into the memory of @destination, which has a format, a size and a colour range. 1 if it was converted, 0 if it
 * was copied, or FFmpeg's error.
 */
int
converter_run(struct converter *converter, const AVFrame *source, AVFrame *destination);

#endif /* CLI_CONVERT_H */
