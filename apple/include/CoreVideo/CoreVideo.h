/*
 * CoreVideo.h - all of CoreVideo that does not need a display or a GPU.
 */
#ifndef TRANSOM_COREVIDEO_COREVIDEO_H
#define TRANSOM_COREVIDEO_COREVIDEO_H

#include <CoreVideo/CVBase.h>
#include <CoreVideo/CVBuffer.h>
#include <CoreVideo/CVHostTime.h>
#include <CoreVideo/CVImageBuffer.h>
#include <CoreVideo/CVPixelBuffer.h>
#include <CoreVideo/CVPixelBufferIOSurface.h>
#include <CoreVideo/CVPixelBufferPool.h>
#include <CoreVideo/CVPixelFormatDescription.h>
#include <CoreVideo/CVReturn.h>

#endif /* TRANSOM_COREVIDEO_COREVIDEO_H */
