/*
 * colour.h - how colours are meant, between FFmpeg's frames and the values of a surface, which every reader sees.
 */
#ifndef CLI_COLOUR_H
#define CLI_COLOUR_H

#include <libavutil/frame.h>

#include <transom/surface.h>

#include "number.h"

/* Dictionary keys of a surface's values. Those of Apple's systems, with the words of CoreVideo, where there are any. */
#define COLOUR_KEY_MATRIX "IOSurfaceYCbCrMatrix"
#define COLOUR_KEY_PRIMARIES "IOSurfaceColorPrimaries"
#define COLOUR_KEY_TRANSFER "IOSurfaceTransferFunction"
#define COLOUR_KEY_CHROMA_LOCATION "IOSurfaceChromaLocationTopField"
#define COLOUR_KEY_RANGE "TransomColorRange" /* "full" or "video" */
#define COLOUR_KEY_PIXEL_ASPECT "TransomPixelAspectRatio" /* "4/3": a pixel is wider than high */
#define COLOUR_KEY_FRAME_RATE "TransomFrameRate" /* "30000/1001": as the input says */

/* Writes what is known into the surface's values; what is not known is removed. 0 or a negative errno. */
int
colour_set(struct transom_surface *surface, const AVFrame *frame, struct rate rate);

/* Reads what the values say into a frame, and the rate; anything that is not there or not known stays as it is. */
void
colour_get(struct transom_surface *surface, AVFrame *frame, struct rate *rate);

#endif /* CLI_COLOUR_H */
