/* test-cli-av-format.c - the table of pixel formats that FFmpeg and Transom share, against what both sides say. */
#include <string.h>

#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>

#include <transom/format.h>

#include "../cli/av-format.h"
#include "harness.h"

TEST(pairs_have_the_same_planes)
{
	enum AVPixelFormat av;
	uint32_t code;
	size_t i;

	for (i = 0; av_format_get_pair(i, &av, &code); i++) {
		const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(av);
		const struct transom_format *f = transom_format_get(code);

		check(d != NULL && f != NULL);
		check_eq(f->plane_count, av_pix_fmt_count_planes(av));
		check_eq(f->big_endian, (d->flags & AV_PIX_FMT_FLAG_BE) != 0);
		check_eq(f->alpha != TRANSOM_ALPHA_NONE, (d->flags & AV_PIX_FMT_FLAG_ALPHA) != 0);
		for (int k = 0; k < d->nb_components; k++) {
			const struct transom_format_plane *plane = &f->planes[d->comp[k].plane];
			bool found = false;

			for (unsigned m = 0; m < plane->component_count; m++)
				found |= plane->components[m].depth == d->comp[k].depth;
			check(found);
		}
	}
	check(i > 60);
}

TEST(pairs_have_the_same_sizes_and_strides)
{
	enum AVPixelFormat av;
	uint32_t code;

	for (size_t i = 0; av_format_get_pair(i, &av, &code); i++) {
		for (int width = 1; width < 70; width += 3) {
			const int height = 1 + width % 7;
			struct transom_layout layout;
			ptrdiff_t strides[4];
			size_t sizes[4];
			int lines[4];

			check_eq(transom_format_get_layout(code, (uint32_t)width, (uint32_t)height, 1,
							   &layout),
				 0);
			check(av_image_fill_linesizes(lines, av, width) >= 0);
			for (int k = 0; k < 4; k++)
				strides[k] = lines[k];
			check(av_image_fill_plane_sizes(sizes, av, height, strides) >= 0);
			for (uint32_t k = 0; k < layout.plane_count; k++) {
				check_eq(layout.planes[k].bytes_per_row, lines[k]);
				check_eq(layout.planes[k].size, sizes[k]);
			}
		}
	}
}

TEST(there_and_back)
{
	enum AVPixelFormat av;
	uint32_t code;

	for (size_t i = 0; av_format_get_pair(i, &av, &code); i++) {
		const bool full = av_format_range(code) == AVCOL_RANGE_JPEG;
		const uint32_t back = av_format_to_transom(av, full);

		check_eq(av_format_from_transom(code), av);
		check_eq(av_format_from_transom(back), av);
		check(av_format_range(back) == av_format_range(code) ||
		      av_format_range(code) != AVCOL_RANGE_JPEG);
	}
	check_eq(av_format_to_transom(AV_PIX_FMT_YUVJ420P, false), TRANSOM_FORMAT_I420_FULL);
	check_eq(av_format_to_transom(AV_PIX_FMT_YUV420P, false), TRANSOM_FORMAT_I420);
	check_eq(av_format_to_transom(AV_PIX_FMT_YUV420P, true), TRANSOM_FORMAT_I420_FULL);
	check_eq(av_format_to_transom(AV_PIX_FMT_PAL8, false), 0); /* its colours would be lost */
	check_eq(av_format_from_transom(TRANSOM_FORMAT_V210), AV_PIX_FMT_NONE);
	check_eq(av_format_from_transom(0), AV_PIX_FMT_NONE);
}

/* Whatever a decoder may give has something near it here, with alpha if it has alpha, and of no fewer bits. */
TEST(the_nearest_is_near)
{
	static const struct {
		enum AVPixelFormat from, to;
	} pairs[] = {
		{ AV_PIX_FMT_PAL8, AV_PIX_FMT_BGRA },
		{ AV_PIX_FMT_GBRP, AV_PIX_FMT_RGB24 },
		{ AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV420P },
	};
	const AVPixFmtDescriptor *from = NULL;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		const AVPixFmtDescriptor *to = av_pix_fmt_desc_get(av_format_nearest(pairs[i].from));
		const AVPixFmtDescriptor *wanted = av_pix_fmt_desc_get(pairs[i].to);

		check(to != NULL);
		check_eq(to->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_ALPHA),
			 wanted->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_ALPHA));
		check(to->comp[0].depth >= wanted->comp[0].depth);
	}
	while ((from = av_pix_fmt_desc_next(from)) != NULL) {
		const enum AVPixelFormat near = av_format_nearest(av_pix_fmt_desc_get_id(from));

		if ((from->flags & AV_PIX_FMT_FLAG_HWACCEL) == 0)
			check(near == AV_PIX_FMT_NONE || av_format_to_transom(near, false) != 0);
	}
	check_eq(av_format_nearest(AV_PIX_FMT_NONE), AV_PIX_FMT_NONE);
}
