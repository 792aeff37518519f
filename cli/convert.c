/* convert.c - scales and converts frames with libswscale; where the memory is from is not its business. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <libavutil/imgutils.h>
#include <libavutil/mathematics.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

#include "av-format.h"
#include "convert.h"

/* What a context was made for; the colours are set once. */
struct setting {
	int source_width, source_height, destination_width, destination_height;
	enum AVPixelFormat source_format, destination_format;
	int matrix;
	bool source_full, destination_full;
};

struct converter {
	enum convert_scale scale;
	struct SwsContext *context;
	struct setting setting;
	AVFrame *from, *to; /* the parts of both frames that belong together */
};

struct converter *
converter_create(enum convert_scale scale)
{
	struct converter *converter = calloc(1, sizeof(*converter));

	if (converter == NULL)
		return NULL;
	converter->scale = scale;
	converter->from = av_frame_alloc();
	converter->to = av_frame_alloc();
	if (converter->from == NULL || converter->to == NULL) {
		converter_free(converter);
		return NULL;
	}
	return converter;
}

void
converter_free(struct converter *converter)
{
	if (converter == NULL)
		return;
	sws_freeContext(converter->context);
	av_frame_free(&converter->from);
	av_frame_free(&converter->to);
	free(converter);
}

/* The same frame, borrowed: its memory is not counted. */
static void
borrow(AVFrame *view, const AVFrame *frame)
{
	av_frame_unref(view);
	view->format = frame->format;
	view->width = frame->width;
	view->height = frame->height;
	memcpy(view->data, frame->data, sizeof(view->data));
	memcpy(view->linesize, frame->linesize, sizeof(view->linesize));
}

/* Leaves out what is beside the middle @width by @height of a frame, at places where all planes have a pixel. */
static int
crop_to(AVFrame *view, int width, int height)
{
	const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(view->format);
	const int left = (view->width - width) / 2 >> descriptor->log2_chroma_w << descriptor->log2_chroma_w;
	const int top = (view->height - height) / 2 >> descriptor->log2_chroma_h << descriptor->log2_chroma_h;

	view->crop_left = (size_t)left;
	view->crop_top = (size_t)top;
	view->crop_right = (size_t)(view->width - width - left);
	view->crop_bottom = (size_t)(view->height - height - top);
	return av_frame_apply_cropping(view, AV_FRAME_CROP_UNALIGNED);
}

static int
at_least_one(int64_t value)
{
	return value < 1 ? 1 : (int)value;
}

static int
clear(const AVFrame *frame)
{
	ptrdiff_t strides[4] = { frame->linesize[0], frame->linesize[1], frame->linesize[2],
				 frame->linesize[3] };

	return av_image_fill_black((uint8_t **)frame->data, strides, frame->format, frame->color_range,
				   frame->width, frame->height);
}

/* Chooses the parts: both whole, or a part of the destination (fit), or of the source (fill). */
static int
choose_parts(struct converter *converter, const AVFrame *source, const AVFrame *destination)
{
	const AVRational aspect =
		source->sample_aspect_ratio.num > 0 ? source->sample_aspect_ratio : (AVRational){ 1, 1 };
	/* The source's width and height as they are seen, against the destination's. */
	const int64_t wide = (int64_t)source->width * aspect.num * destination->height;
	const int64_t high = (int64_t)source->height * aspect.den * destination->width;
	int r;

	borrow(converter->from, source);
	borrow(converter->to, destination);
	if (wide == high || converter->scale == CONVERT_STRETCH)
		return 0;
	if (converter->scale == CONVERT_FIT) {
		r = clear(destination);
		if (r < 0)
			return r;
		if (wide > high)
			return crop_to(converter->to, destination->width,
				       at_least_one(av_rescale(destination->height, high, wide)));
		return crop_to(converter->to, at_least_one(av_rescale(destination->width, wide, high)),
			       destination->height);
	}
	if (wide > high)
		return crop_to(converter->from, at_least_one(av_rescale(source->width, high, wide)),
			       source->height);
	return crop_to(converter->from, source->width, at_least_one(av_rescale(source->height, wide, high)));
}

static int
matrix_of(const AVFrame *source, const AVFrame *destination)
{
	const enum AVColorSpace space =
		destination->colorspace != AVCOL_SPC_UNSPECIFIED && destination->colorspace != AVCOL_SPC_RGB
			? destination->colorspace
			: source->colorspace;

	switch (space) {
	case AVCOL_SPC_BT709:
		return SWS_CS_ITU709;
	case AVCOL_SPC_FCC:
		return SWS_CS_FCC;
	case AVCOL_SPC_BT470BG:
	case AVCOL_SPC_SMPTE170M:
		return SWS_CS_ITU601;
	case AVCOL_SPC_SMPTE240M:
		return SWS_CS_SMPTE240M;
	case AVCOL_SPC_BT2020_NCL:
	case AVCOL_SPC_BT2020_CL:
		return SWS_CS_BT2020;
	default: /* by custom */
		return source->height >= 720 ? SWS_CS_ITU709 : SWS_CS_ITU601;
	}
}

static bool
is_full(const AVFrame *frame, enum AVPixelFormat *ret_format)
{
	bool full = frame->color_range == AVCOL_RANGE_JPEG;

	*ret_format = av_format_without_range(frame->format, &full);
	return full;
}

static int
prepare(struct converter *converter, const AVFrame *source, const AVFrame *destination)
{
	struct setting now;
	int r;

	memset(&now, 0, sizeof(now)); /* it is compared, gaps too */
	now.source_width = converter->from->width;
	now.source_height = converter->from->height;
	now.destination_width = converter->to->width;
	now.destination_height = converter->to->height;
	now.matrix = matrix_of(source, destination);
	now.source_full = is_full(source, &now.source_format);
	now.destination_full = is_full(destination, &now.destination_format);
	if (converter->context != NULL && memcmp(&now, &converter->setting, sizeof(now)) == 0)
		return 0;
	sws_freeContext(converter->context);
	converter->context =
		sws_getContext(now.source_width, now.source_height, now.source_format, now.destination_width,
			       now.destination_height, now.destination_format,
			       SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT, NULL, NULL, NULL);
	if (converter->context == NULL)
		return AVERROR(EINVAL);
	r = sws_setColorspaceDetails(converter->context, sws_getCoefficients(now.matrix), now.source_full,
				     sws_getCoefficients(now.matrix), now.destination_full, 0, 1 << 16,
				     1 << 16);
	(void)r; /* -1: formats without a matrix */
	converter->setting = now;
	return 0;
}

static bool
is_same(const AVFrame *a, const AVFrame *b)
{
	enum AVPixelFormat a_format, b_format;
	const bool a_full = is_full(a, &a_format), b_full = is_full(b, &b_format);

	return a->width == b->width && a->height == b->height && a_format == b_format && a_full == b_full;
}

int
converter_run(struct converter *converter, const AVFrame *source, AVFrame *destination)
{
	int r;

	if (is_same(source, destination)) {
		av_image_copy(destination->data, destination->linesize, (const uint8_t **)source->data,
			      source->linesize, source->format, source->width, source->height);
		return 0;
	}
	r = choose_parts(converter, source, destination);
	if (r == 0)
		r = prepare(converter, source, destination);
	if (r < 0)
		return r;
	r = sws_scale(converter->context, (const uint8_t *const *)converter->from->data,
		      converter->from->linesize, 0, converter->from->height, converter->to->data,
		      converter->to->linesize);
	return r < 0 ? r : 1;
}
