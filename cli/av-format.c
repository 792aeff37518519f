/* av-format.c - the table of pixel formats that FFmpeg and Transom share; data, and look-ups in it. */
#include <libavcodec/avcodec.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

#include <transom/format.h>

#include "av-format.h"

/* Of two that one side does not tell apart, the usual one comes first. */
static const struct {
	enum AVPixelFormat av;
	uint32_t transom;
} pairs[] = {
	{ AV_PIX_FMT_YUV420P, TRANSOM_FORMAT_I420 },
	{ AV_PIX_FMT_YUV420P, TRANSOM_FORMAT_I420_FULL },
	{ AV_PIX_FMT_YUV422P, TRANSOM_FORMAT_I422 },
	{ AV_PIX_FMT_YUV444P, TRANSOM_FORMAT_I444 },
	{ AV_PIX_FMT_YUV410P, TRANSOM_FORMAT_I410 },
	{ AV_PIX_FMT_YUV411P, TRANSOM_FORMAT_I411 },
	{ AV_PIX_FMT_YUV420P10LE, TRANSOM_FORMAT_S010 },
	{ AV_PIX_FMT_YUV422P10LE, TRANSOM_FORMAT_S210 },
	{ AV_PIX_FMT_YUV444P10LE, TRANSOM_FORMAT_S410 },
	{ AV_PIX_FMT_YUV420P12LE, TRANSOM_FORMAT_S012 },
	{ AV_PIX_FMT_YUV422P12LE, TRANSOM_FORMAT_S212 },
	{ AV_PIX_FMT_YUV444P12LE, TRANSOM_FORMAT_S412 },
	{ AV_PIX_FMT_YUV420P16LE, TRANSOM_FORMAT_S016 },
	{ AV_PIX_FMT_YUV422P16LE, TRANSOM_FORMAT_S216 },
	{ AV_PIX_FMT_YUV444P16LE, TRANSOM_FORMAT_S416 },
	{ AV_PIX_FMT_NV12, TRANSOM_FORMAT_NV12 },
	{ AV_PIX_FMT_NV12, TRANSOM_FORMAT_NV12_FULL },
	{ AV_PIX_FMT_NV21, TRANSOM_FORMAT_NV21 },
	{ AV_PIX_FMT_NV16, TRANSOM_FORMAT_NV16 },
	{ AV_PIX_FMT_NV16, TRANSOM_FORMAT_NV16_FULL },
	{ AV_PIX_FMT_NV24, TRANSOM_FORMAT_NV24 },
	{ AV_PIX_FMT_NV24, TRANSOM_FORMAT_NV24_FULL },
	{ AV_PIX_FMT_NV42, TRANSOM_FORMAT_NV42 },
	{ AV_PIX_FMT_P010LE, TRANSOM_FORMAT_P010 },
	{ AV_PIX_FMT_P010LE, TRANSOM_FORMAT_P010_FULL },
	{ AV_PIX_FMT_P016LE, TRANSOM_FORMAT_P016 },
	{ AV_PIX_FMT_P210LE, TRANSOM_FORMAT_P210 },
	{ AV_PIX_FMT_P210LE, TRANSOM_FORMAT_P210_FULL },
	{ AV_PIX_FMT_P410LE, TRANSOM_FORMAT_P410 },
	{ AV_PIX_FMT_P410LE, TRANSOM_FORMAT_P410_FULL },
	{ AV_PIX_FMT_P216LE, TRANSOM_FORMAT_P216 },
	{ AV_PIX_FMT_P416LE, TRANSOM_FORMAT_P416 },
	{ AV_PIX_FMT_YUYV422, TRANSOM_FORMAT_YUYV },
	{ AV_PIX_FMT_YUYV422, TRANSOM_FORMAT_YUYV_FULL },
	{ AV_PIX_FMT_YVYU422, TRANSOM_FORMAT_YVYU },
	{ AV_PIX_FMT_UYVY422, TRANSOM_FORMAT_UYVY },
	{ AV_PIX_FMT_Y210LE, TRANSOM_FORMAT_Y210 },
	{ AV_PIX_FMT_AYUV64LE, TRANSOM_FORMAT_AYUV16 },
	{ AV_PIX_FMT_BGRA, TRANSOM_FORMAT_BGRA8 },
	{ AV_PIX_FMT_RGBA, TRANSOM_FORMAT_RGBA8 },
	{ AV_PIX_FMT_ARGB, TRANSOM_FORMAT_ARGB8 },
	{ AV_PIX_FMT_ABGR, TRANSOM_FORMAT_ABGR8 },
	{ AV_PIX_FMT_BGR0, TRANSOM_FORMAT_BGRX8 },
	{ AV_PIX_FMT_RGB0, TRANSOM_FORMAT_RGBX8 },
	{ AV_PIX_FMT_0RGB, TRANSOM_FORMAT_XRGB8 },
	{ AV_PIX_FMT_0BGR, TRANSOM_FORMAT_XBGR8 },
	{ AV_PIX_FMT_RGB24, TRANSOM_FORMAT_RGB8 },
	{ AV_PIX_FMT_BGR24, TRANSOM_FORMAT_BGR8 },
	{ AV_PIX_FMT_X2RGB10LE, TRANSOM_FORMAT_XRGB2101010 },
	{ AV_PIX_FMT_X2BGR10LE, TRANSOM_FORMAT_XBGR2101010 },
	{ AV_PIX_FMT_RGBA64LE, TRANSOM_FORMAT_RGBA16 },
	{ AV_PIX_FMT_BGRA64LE, TRANSOM_FORMAT_BGRA16 },
	{ AV_PIX_FMT_RGB48LE, TRANSOM_FORMAT_RGB16 },
	{ AV_PIX_FMT_BGR48LE, TRANSOM_FORMAT_BGR16 },
	{ AV_PIX_FMT_RGB48BE, TRANSOM_FORMAT_RGB16_BE },
	{ AV_PIX_FMT_RGB565LE, TRANSOM_FORMAT_RGB565 },
	{ AV_PIX_FMT_BGR565LE, TRANSOM_FORMAT_BGR565 },
	{ AV_PIX_FMT_RGB565BE, TRANSOM_FORMAT_RGB565_BE },
	{ AV_PIX_FMT_RGB555LE, TRANSOM_FORMAT_XRGB1555 },
	{ AV_PIX_FMT_BGR555LE, TRANSOM_FORMAT_XBGR1555 },
	{ AV_PIX_FMT_RGB555BE, TRANSOM_FORMAT_XRGB1555_BE },
	{ AV_PIX_FMT_RGB444LE, TRANSOM_FORMAT_XRGB4444 },
	{ AV_PIX_FMT_BGR444LE, TRANSOM_FORMAT_XBGR4444 },
	{ AV_PIX_FMT_GRAY8, TRANSOM_FORMAT_L8 },
	{ AV_PIX_FMT_GRAY8, TRANSOM_FORMAT_Y8 },
	{ AV_PIX_FMT_GRAY10LE, TRANSOM_FORMAT_X6L10 },
	{ AV_PIX_FMT_GRAY12LE, TRANSOM_FORMAT_X4L12 },
	{ AV_PIX_FMT_GRAY16LE, TRANSOM_FORMAT_L16 },
	{ AV_PIX_FMT_GRAY16BE, TRANSOM_FORMAT_L16_BE },
	{ AV_PIX_FMT_GRAYF32LE, TRANSOM_FORMAT_L32F },
	{ AV_PIX_FMT_MONOBLACK, TRANSOM_FORMAT_L1 },
	{ AV_PIX_FMT_MONOWHITE, TRANSOM_FORMAT_D1 },
};

enum { PAIRS = sizeof(pairs) / sizeof(pairs[0]) };

enum AVPixelFormat
av_format_without_range(enum AVPixelFormat format, bool *full_range)
{
	static const struct {
		enum AVPixelFormat full, plain;
	} twins[] = {
		{ AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUV420P }, { AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUV422P },
		{ AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_YUV444P }, { AV_PIX_FMT_YUVJ411P, AV_PIX_FMT_YUV411P },
		{ AV_PIX_FMT_YUVJ440P, AV_PIX_FMT_YUV440P },
	};

	for (size_t i = 0; i < sizeof(twins) / sizeof(twins[0]); i++) {
		if (twins[i].full == format) {
			*full_range = true;
			return twins[i].plain;
		}
	}
	return format;
}

enum AVColorRange
av_format_range(uint32_t format)
{
	const struct transom_format *f = transom_format_get(format);

	if (f == NULL)
		return AVCOL_RANGE_UNSPECIFIED;
	switch (f->range) {
	case TRANSOM_RANGE_FULL:
		return AVCOL_RANGE_JPEG;
	case TRANSOM_RANGE_VIDEO:
		return AVCOL_RANGE_MPEG;
	default:
		return AVCOL_RANGE_UNSPECIFIED;
	}
}

uint32_t
av_format_to_transom(enum AVPixelFormat format, bool full_range)
{
	uint32_t found = 0;

	format = av_format_without_range(format, &full_range);
	for (size_t i = 0; i < PAIRS; i++) {
		if (pairs[i].av != format)
			continue;
		if (found == 0)
			found = pairs[i].transom;
		if (full_range && av_format_range(pairs[i].transom) == AVCOL_RANGE_JPEG)
			return pairs[i].transom;
	}
	return found;
}

enum AVPixelFormat
av_format_from_transom(uint32_t format)
{
	for (size_t i = 0; i < PAIRS; i++) {
		if (pairs[i].transom == format)
			return pairs[i].av;
	}
	return AV_PIX_FMT_NONE;
}

enum AVPixelFormat
av_format_nearest(enum AVPixelFormat format)
{
	enum AVPixelFormat list[PAIRS + 1];
	const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(format);
	size_t count = 0;

	if (descriptor == NULL)
		return AV_PIX_FMT_NONE;
	for (size_t i = 0; i < PAIRS; i++) {
		if (sws_isSupportedOutput(pairs[i].av))
			list[count++] = pairs[i].av;
	}
	list[count] = AV_PIX_FMT_NONE;
	return avcodec_find_best_pix_fmt_of_list(
		list, format, (descriptor->flags & (AV_PIX_FMT_FLAG_ALPHA | AV_PIX_FMT_FLAG_PAL)) != 0, NULL);
}

bool
av_format_get_pair(size_t index, enum AVPixelFormat *ret_av, uint32_t *ret_transom)
{
	if (index >= PAIRS)
		return false;
	*ret_av = pairs[index].av;
	*ret_transom = pairs[index].transom;
	return true;
}
