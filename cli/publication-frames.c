/* publication-frames.c - the frames of a publication: read or drawn, and given the shape in which they are shown. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libavutil/error.h>
#include <libavutil/imgutils.h>

#include "av-format.h"
#include "colour.h"
#include "pattern.h"
#include "publication-private.h"

/* Reading */

static int
draw(struct publication *publication)
{
	const struct publication_options *o = publication->options;
	const bool direct = o->format == 0 || pattern_can_draw(o->format);
	const struct picture_shape shape = {
		.format = !direct          ? TRANSOM_FORMAT_BGRA8
			  : o->format != 0 ? o->format
					   : TRANSOM_FORMAT_I420,
		.width = o->width != 0 ? o->width : 1280,
		.height = o->height != 0 ? o->height : 720,
	};
	AVFrame *frame = publication->read;
	int r;

	av_frame_unref(frame);
	r = picture_pool_acquire(publication->pool, &shape, frame);
	if (r < 0)
		return r;
	frame->format = av_format_from_transom(shape.format);
	frame->width = (int)shape.width;
	frame->height = (int)shape.height;
	frame->color_range = av_format_range(shape.format);
	frame->colorspace = direct && transom_format_get(shape.format)->model == TRANSOM_MODEL_YCBCR
				    ? AVCOL_SPC_BT709
				    : AVCOL_SPC_UNSPECIFIED;
	frame->color_primaries = AVCOL_PRI_BT709;
	frame->color_trc = AVCOL_TRC_BT709;
	frame->sample_aspect_ratio = (AVRational){ 1, 1 };
	pattern_draw(shape.format, frame, (uint32_t)publication->frames, publication->rate);
	frame->pts = av_rescale(publication->frames, 1000000000LL * publication->rate.denominator,
				publication->rate.numerator);
	return 0;
}

static bool
is_one_picture(const struct publication *publication)
{
	return publication->frames == 1 && input_is_still(publication->input);
}

/* From the start, once more. */
static int
begin_again(struct publication *publication)
{
	int r;

	if (publication->loops_left == 1)
		return AVERROR_EOF;
	if (publication->loops_left > 0)
		publication->loops_left--;
	r = input_check(publication->input);
	input_close(publication->input);
	publication->input = NULL;
	if (r == 0)
		r = input_open(&publication->input_options, publication->pool, &publication->input);
	if (r != 0)
		return AVERROR_INVALIDDATA; /* it has been said why */
	publication->loop_ns = publication->media_ns +
			       1000000000LL * publication->rate.denominator / publication->rate.numerator;
	publication->flags = TRANSOM_FRAME_DISCONTINUITY;
	return 0;
}

int
publication_read(struct publication *publication)
{
	int r;

	if (publication->is_pattern) {
		r = draw(publication);
	} else {
		r = input_read(publication->input, publication->read);
		if (r == AVERROR_EOF && publication->frames > 0 && !is_one_picture(publication)) {
			r = begin_again(publication);
			if (r == 0)
				r = input_read(publication->input, publication->read);
		}
	}
	if (r < 0)
		return r;
	publication->media_ns = publication->loop_ns + publication->read->pts;
	if ((publication->read->flags & AV_FRAME_FLAG_CORRUPT) != 0)
		publication->flags |= TRANSOM_FRAME_CORRUPT;
	return 0;
}

/* Showing */

static bool
is_same_colour(const struct remembered_colour *a, const struct remembered_colour *b)
{
	return memcmp(a->identity, b->identity, sizeof(a->identity)) == 0 && a->matrix == b->matrix &&
	       a->primaries == b->primaries && a->transfer == b->transfer && a->range == b->range &&
	       a->location == b->location && a->aspect.num == b->aspect.num && a->aspect.den == b->aspect.den;
}

/* Readers see it; a frame whose colours cannot be told is shown all the same. */
static void
tell_colour(struct publication *publication, struct transom_pixel_buffer *buffer)
{
	struct transom_surface *surface = transom_pixel_buffer_get_surface(buffer);
	const AVFrame *frame = publication->shown;
	const uint8_t *identity = transom_surface_get_identity(surface);
	struct remembered_colour now = {
		.matrix = frame->colorspace,
		.primaries = frame->color_primaries,
		.transfer = frame->color_trc,
		.range = frame->color_range,
		.location = frame->chroma_location,
		.aspect = frame->sample_aspect_ratio,
	};
	struct remembered_colour *before = &publication->remembered[identity[0] % REMEMBERED_SURFACES];

	memcpy(now.identity, identity, sizeof(now.identity));
	if (!is_same_colour(&now, before) && colour_set(surface, frame, publication->rate) == 0)
		*before = now;
}

/* How the frame shall be shown; 0 if it cannot be. */
static uint32_t
choose_format(const struct publication *publication)
{
	const AVFrame *frame = publication->read;
	const uint32_t wish = publication->options->format;
	uint32_t format;

	if (wish != 0)
		return wish;
	format = av_format_to_transom(frame->format, frame->color_range == AVCOL_RANGE_JPEG);
	return format != 0 ? format : av_format_to_transom(av_format_nearest(frame->format), false);
}

static void
choose_colours(AVFrame *frame, uint32_t format)
{
	bool full = false;
	const enum AVColorRange range = av_format_range(format);

	if (av_format_without_range(frame->format, &full), full)
		frame->color_range = AVCOL_RANGE_JPEG;
	if (range != AVCOL_RANGE_UNSPECIFIED)
		frame->color_range = range;
	frame->format = av_format_from_transom(format);
	if (transom_format_get(format)->model != TRANSOM_MODEL_YCBCR) {
		frame->colorspace = AVCOL_SPC_UNSPECIFIED;
		frame->chroma_location = AVCHROMA_LOC_UNSPECIFIED;
	}
}

/* Bytes of an image without padding. */
static uint64_t
count_bytes(const AVFrame *frame)
{
	const int size = av_image_get_buffer_size(frame->format, frame->width, frame->height, 1);

	return size > 0 ? (uint64_t)size : 0;
}

/* Into a picture: what was decoded elsewhere, or shall be shown otherwise. */
static int
transfer(struct publication *publication, const struct picture_shape *shape)
{
	AVFrame *shown = publication->shown;
	int r = av_frame_copy_props(shown, publication->read);

	if (r == 0)
		r = picture_pool_acquire(publication->pool, shape, shown);
	if (r < 0)
		return r;
	shown->format = publication->read->format;
	choose_colours(shown, shape->format);
	if (publication->options->width != 0 && publication->options->scale != CONVERT_STRETCH)
		shown->sample_aspect_ratio = (AVRational){ 1, 1 };
	shown->width = (int)shape->width;
	shown->height = (int)shape->height;
	r = converter_run(publication->converter, publication->read, shown);
	if (r < 0)
		return r;
	if (r == 1) {
		publication->converted++;
	} else {
		publication->copied++;
		publication->copied_bytes += count_bytes(shown);
	}
	return 0;
}

int
publication_make(struct publication *publication, struct transom_pixel_buffer **ret)
{
	const struct publication_options *o = publication->options;
	const AVFrame *read = publication->read;
	const bool resize = o->width != 0 && !publication->is_pattern && o->input.raw_format == 0;
	const struct picture_shape shape = {
		.format = choose_format(publication),
		.width = resize ? o->width : (uint32_t)read->width,
		.height = resize ? o->height : (uint32_t)read->height,
	};
	struct transom_pixel_buffer *buffer = picture_pool_show(publication->pool, read);
	int r = 0;

	if (shape.format == 0)
		return -EOPNOTSUPP;
	av_frame_unref(publication->shown);
	if (buffer != NULL && transom_pixel_buffer_get_format(buffer) == shape.format &&
	    transom_pixel_buffer_get_width(buffer) == shape.width &&
	    transom_pixel_buffer_get_height(buffer) == shape.height) {
		r = av_frame_ref(publication->shown, read);
	} else {
		r = transfer(publication, &shape);
		buffer = picture_pool_show(publication->pool, publication->shown);
	}
	if (r < 0 || buffer == NULL)
		return r < 0 ? r : -EINVAL;
	publication->width = shape.width;
	publication->height = shape.height;
	publication->format = shape.format;
	tell_colour(publication, buffer);
	*ret = buffer;
	return 0;
}
