/*
 * av-format.h - FFmpeg's pixel formats and Transom's: which are the same bytes.
 */
#ifndef CLI_AV_FORMAT_H
#define CLI_AV_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libavutil/pixfmt.h>

/* The Transom format with the same planes and components; 0 if there is none. @full_range chooses between two that differ
 * in the range alone. */
uint32_t
av_format_to_transom(enum AVPixelFormat format, bool full_range);

/* AV_PIX_FMT_NONE if there is none. The range is the Transom format's, see av_format_range(). */
enum AVPixelFormat
av_format_from_transom(uint32_t format);

/* The range that a Transom format's code says; AVCOL_RANGE_UNSPECIFIED if it leaves that open. */
enum AVColorRange
av_format_range(uint32_t format);

/* FFmpeg's "yuvj420p" and the like are formats of full range: the same without the letter. */
enum AVPixelFormat
av_format_without_range(enum AVPixelFormat format, bool *full_range);

/* A format of Transom's that loses the least of @format; AV_PIX_FMT_NONE if there is no such thing. */
enum AVPixelFormat
av_format_nearest(enum AVPixelFormat format);

/* The pairs one after another; false past the last one. */
bool
av_format_get_pair(size_t index, enum AVPixelFormat *ret_av, uint32_t *ret_transom);

#endif /* CLI_AV_FORMAT_H */
