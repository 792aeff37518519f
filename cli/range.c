/* range.c - brings samples into the range of their format: encoders index tables by them and trust that they fit. */
#include <stddef.h>
#include <stdint.h>

#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>

#include "range.h"

bool
range_may_be_left(enum AVPixelFormat format)
{
	const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(format);
	const uint64_t others = AV_PIX_FMT_FLAG_FLOAT | AV_PIX_FMT_FLAG_BE | AV_PIX_FMT_FLAG_BITSTREAM |
				AV_PIX_FMT_FLAG_HWACCEL;

	if (descriptor == NULL || descriptor->nb_components == 0 || (descriptor->flags & others) != 0)
		return false;
	for (int i = 0; i < descriptor->nb_components; i++) {
		const AVComponentDescriptor *component = &descriptor->comp[i];

		/* Words of their own, with the value in the lower bits. */
		if (component->depth <= 8 || component->depth >= 16 || component->shift != 0 ||
		    component->step % 2 != 0 || component->offset % 2 != 0)
			return false;
	}
	return true;
}

static void
copy_row(uint16_t *restrict to, const uint16_t *restrict from, int words, uint16_t most)
{
	for (int i = 0; i < words; i++) {
		const uint16_t sample = from[i];

		to[i] = sample < most ? sample : most;
	}
}

int
range_copy(AVFrame *to, const AVFrame *from)
{
	const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(from->format);
	const uint16_t most = (uint16_t)((1u << descriptor->comp[0].depth) - 1);
	int sizes[4];
	int r = av_image_fill_linesizes(sizes, from->format, from->width);

	for (int plane = 0; r >= 0 && plane < 4 && from->data[plane] != NULL && sizes[plane] > 0; plane++) {
		const bool is_chroma = plane == 1 || plane == 2;
		const int rows = AV_CEIL_RSHIFT(from->height, is_chroma ? descriptor->log2_chroma_h : 0);

		for (int y = 0; y < rows; y++)
			copy_row((uint16_t *)(void *)(to->data[plane] + (ptrdiff_t)y * to->linesize[plane]),
				 (const uint16_t *)(const void *)(from->data[plane] +
								  (ptrdiff_t)y * from->linesize[plane]),
				 sizes[plane] / 2, most);
	}
	return r < 0 ? r : 0;
}
