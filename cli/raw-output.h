/*
 * raw-output.h - frames as bytes into a descriptor, straight from where they lie: Y4M, or nothing but pixels.
 */
#ifndef CLI_RAW_OUTPUT_H
#define CLI_RAW_OUTPUT_H

#include <libavcodec/avcodec.h>

/* Pixel formats that Y4M has a name for; the last one is AV_PIX_FMT_NONE. */
extern const enum AVPixelFormat raw_output_y4m_formats[];

/* The header of a Y4M file for frames of a codec's size, format, rate and so on. 0 or FFmpeg's error. */
int
raw_output_write_y4m_header(int fd, const AVCodecContext *codec);

/* A frame; @mark is what Y4M has before each, or "". 0 or FFmpeg's error. */
int
raw_output_write_frame(int fd, const char *mark, const AVFrame *frame);

#endif /* CLI_RAW_OUTPUT_H */
