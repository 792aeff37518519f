/* image-convert.c - an image as plain red, green, blue and alpha. */
#include <errno.h>
#include <stdlib.h>

#ifdef HAVE_FFMPEG
#include <libavutil/log.h>
#include <libswscale/swscale.h>

#include "av-format.h"
#endif

#include "image-convert.h"
#include "image-sample.h"

/* What libswscale may write beyond the last pixel, or read: a register of the processor. */
#define SPARE 64

struct image_converter {
	uint8_t *pixels;
	size_t size;
#ifdef HAVE_FFMPEG
	struct SwsContext *context;
#endif
};

struct image_converter *
image_converter_create(void)
{
#ifdef HAVE_FFMPEG
	av_log_set_level(AV_LOG_QUIET);
#endif
	return calloc(1, sizeof(struct image_converter));
}

struct image_converter *
image_converter_unref(struct image_converter *converter)
{
	if (converter == NULL)
		return NULL;
#ifdef HAVE_FFMPEG
	sws_freeContext(converter->context);
#endif
	free(converter->pixels);
	free(converter);
	return NULL;
}

static int
make_room(struct image_converter *converter, size_t size)
{
	size = (size + SPARE + 63) / 64 * 64;
	if (size <= converter->size)
		return 0;
	free(converter->pixels);
	converter->size = 0;
	converter->pixels = aligned_alloc(64, size);
	if (converter->pixels == NULL)
		return -ENOMEM;
	converter->size = size;
	return 0;
}

#ifdef HAVE_FFMPEG

static const int *
get_coefficients(enum image_matrix matrix)
{
	switch (matrix) {
	case IMAGE_MATRIX_BT709:
		return sws_getCoefficients(SWS_CS_ITU709);
	case IMAGE_MATRIX_SMPTE240M:
		return sws_getCoefficients(SWS_CS_SMPTE240M);
	case IMAGE_MATRIX_BT2020:
		return sws_getCoefficients(SWS_CS_BT2020);
	default:
		return sws_getCoefficients(SWS_CS_ITU601);
	}
}

/* Whether a few bytes can be read after each plane: the memory goes on to the end of its page at least. */
static bool
has_spare_bytes(const struct image *image)
{
	struct transom_surface *surface = transom_pixel_buffer_get_surface(image->buffer);
	const uintptr_t end =
		(uintptr_t)transom_surface_get_base(surface) + transom_pixel_buffer_get_size(image->buffer);
	struct transom_plane_layout layout;

	for (uint32_t i = 0; i < image->format->plane_count; i++) {
		if (transom_pixel_buffer_get_plane(image->buffer, i, &layout) < 0 ||
		    (uintptr_t)image->planes[i] + layout.size + SPARE > (end + 4095) / 4096 * 4096)
			return false;
	}
	return true;
}

static bool
prepare(struct image_converter *converter, const struct image *image, uint32_t width, uint32_t height)
{
	const enum AVPixelFormat format = av_format_from_transom(image->format->code);
	const bool same = width == image->width && height == image->height;
	const int *matrix = get_coefficients(image_colour_choose_matrix(&image->colour, image->height));

	if (format == AV_PIX_FMT_NONE || !sws_isSupportedInput(format) || !has_spare_bytes(image))
		return false;
	converter->context = sws_getCachedContext(
		converter->context, (int)image->width, (int)image->height, format, (int)width, (int)height,
		AV_PIX_FMT_RGBA, (same ? SWS_BILINEAR : SWS_AREA) | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT,
		NULL, NULL, NULL);
	/* The answer is -1 where there is no matrix: then it needs none. */
	if (converter->context != NULL)
		sws_setColorspaceDetails(converter->context, matrix, image->full_range,
					 sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, 1 << 16, 1 << 16);
	return converter->context != NULL;
}

static bool
scale(struct image_converter *converter, const struct image *image, uint32_t width, uint32_t height)
{
	uint8_t *const out[4] = { converter->pixels };
	const int pitch[4] = { (int)width * 4 };
	int strides[4] = { 0 };

	for (uint32_t i = 0; i < image->format->plane_count; i++) {
		if (image->strides[i] > INT32_MAX)
			return false;
		strides[i] = (int)image->strides[i];
	}
	return prepare(converter, image, width, height) &&
	       sws_scale(converter->context, image->planes, strides, 0, (int)image->height, out, pitch) ==
		       (int)height;
}

#else

static bool
scale(struct image_converter *converter, const struct image *image, uint32_t width, uint32_t height)
{
	return false;
}

#endif

int
image_converter_run(struct image_converter *converter, const struct image *image, uint32_t width,
		    uint32_t height, const uint8_t **ret)
{
	const int r = make_room(converter, (size_t)width * height * 4);

	if (r < 0)
		return r;
	if (!scale(converter, image, width, height))
		image_sample(image, width, height, converter->pixels);
	*ret = converter->pixels;
	return 0;
}
