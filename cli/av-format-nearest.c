/* av-format-nearest.c - the format to convert to, where there is none that is the same; the formats are av-format.c's. */
#include <stdbool.h>
#include <stddef.h>

#include <libavcodec/avcodec.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

#include "av-format.h"

enum { MAXIMUM_FORMATS = 256 };

enum AVPixelFormat
av_format_nearest(enum AVPixelFormat format)
{
	const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(format);
	enum AVPixelFormat list[MAXIMUM_FORMATS + 1], pair;
	size_t count = 0;
	uint32_t transom;

	if (descriptor == NULL)
		return AV_PIX_FMT_NONE;
	for (size_t i = 0; count < MAXIMUM_FORMATS && av_format_get_pair(i, &pair, &transom); i++) {
		if (sws_isSupportedOutput(pair))
			list[count++] = pair;
	}
	list[count] = AV_PIX_FMT_NONE;
	return avcodec_find_best_pix_fmt_of_list(
		list, format, (descriptor->flags & (AV_PIX_FMT_FLAG_ALPHA | AV_PIX_FMT_FLAG_PAL)) != 0, NULL);
}
