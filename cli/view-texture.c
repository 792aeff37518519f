/* view-texture.c - images to textures, each by the shortest way. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "image-convert.h"
#include "view-texture.h"

/* Where the renderer has no limit of its own. */
#define MOST_PIXELS 16384

struct view_texture {
	SDL_Renderer *renderer;
	SDL_Texture *texture;
	Uint32 format;
	int width, height; /* of the texture */
	int most_width, most_height;
	bool direct;
	struct image_converter *converter;
};

/* Formats of the same layout. SDL's names of packed pixels are numbers of the machine, ours are bytes in memory. */
static const struct {
	uint32_t code;
	Uint32 sdl;
} formats[] = {
	{ TRANSOM_FORMAT_BGRA8, SDL_PIXELFORMAT_BGRA32 },
	{ TRANSOM_FORMAT_RGBA8, SDL_PIXELFORMAT_RGBA32 },
	{ TRANSOM_FORMAT_ARGB8, SDL_PIXELFORMAT_ARGB32 },
	{ TRANSOM_FORMAT_ABGR8, SDL_PIXELFORMAT_ABGR32 },
	/* Alpha is not looked at, so formats with it will do. */
	{ TRANSOM_FORMAT_BGRX8, SDL_PIXELFORMAT_BGRA32 },
	{ TRANSOM_FORMAT_RGBX8, SDL_PIXELFORMAT_RGBA32 },
	{ TRANSOM_FORMAT_XRGB8, SDL_PIXELFORMAT_ARGB32 },
	{ TRANSOM_FORMAT_XBGR8, SDL_PIXELFORMAT_ABGR32 },
	{ TRANSOM_FORMAT_RGB8, SDL_PIXELFORMAT_RGB24 },
	{ TRANSOM_FORMAT_BGR8, SDL_PIXELFORMAT_BGR24 },
#if SDL_BYTEORDER == SDL_LIL_ENDIAN
	{ TRANSOM_FORMAT_RGB565, SDL_PIXELFORMAT_RGB565 },
	{ TRANSOM_FORMAT_BGR565, SDL_PIXELFORMAT_BGR565 },
	{ TRANSOM_FORMAT_XRGB1555, SDL_PIXELFORMAT_RGB555 },
	{ TRANSOM_FORMAT_ARGB2101010, SDL_PIXELFORMAT_ARGB2101010 },
	{ TRANSOM_FORMAT_XRGB2101010, SDL_PIXELFORMAT_ARGB2101010 },
#endif
	{ TRANSOM_FORMAT_I420, SDL_PIXELFORMAT_IYUV },
	{ TRANSOM_FORMAT_I420_FULL, SDL_PIXELFORMAT_IYUV },
	{ TRANSOM_FORMAT_YV12, SDL_PIXELFORMAT_YV12 },
	{ TRANSOM_FORMAT_NV12, SDL_PIXELFORMAT_NV12 },
	{ TRANSOM_FORMAT_NV12_FULL, SDL_PIXELFORMAT_NV12 },
	{ TRANSOM_FORMAT_NV21, SDL_PIXELFORMAT_NV21 },
	{ TRANSOM_FORMAT_YUYV, SDL_PIXELFORMAT_YUY2 },
	{ TRANSOM_FORMAT_YUYV_FULL, SDL_PIXELFORMAT_YUY2 },
	{ TRANSOM_FORMAT_UYVY, SDL_PIXELFORMAT_UYVY },
	{ TRANSOM_FORMAT_YVYU, SDL_PIXELFORMAT_YVYU },
};

/* The way from YCbCr to RGB; false if SDL does not know it. */
static bool
find_conversion(const struct image *image, SDL_YUV_CONVERSION_MODE *ret)
{
	const bool full = image->full_range;

	switch (image_colour_choose_matrix(&image->colour, image->height)) {
	case IMAGE_MATRIX_BT601:
		*ret = full ? SDL_YUV_CONVERSION_JPEG : SDL_YUV_CONVERSION_BT601;
		return true;
	case IMAGE_MATRIX_BT709:
		*ret = SDL_YUV_CONVERSION_BT709;
		return !full;
	default:
		return false;
	}
}

/* SDL's format for an image that can be uploaded as it is; SDL_PIXELFORMAT_UNKNOWN if it cannot. */
static Uint32
find_format(const struct view_texture *texture, const struct image *image, SDL_YUV_CONVERSION_MODE *ret_mode)
{
	if (image->width > (uint32_t)texture->most_width || image->height > (uint32_t)texture->most_height)
		return SDL_PIXELFORMAT_UNKNOWN;
	for (uint32_t i = 0; i < image->format->plane_count; i++) {
		if (image->strides[i] > INT_MAX)
			return SDL_PIXELFORMAT_UNKNOWN;
	}
	if (image->format->model == TRANSOM_MODEL_YCBCR && !find_conversion(image, ret_mode))
		return SDL_PIXELFORMAT_UNKNOWN;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (formats[i].code == image->format->code)
			return formats[i].sdl;
	}
	return SDL_PIXELFORMAT_UNKNOWN;
}

struct view_texture *
view_texture_create(SDL_Renderer *renderer)
{
	struct view_texture *texture = calloc(1, sizeof(*texture));
	SDL_RendererInfo info;

	if (texture == NULL)
		return NULL;
	texture->renderer = renderer;
	texture->most_width = texture->most_height = MOST_PIXELS;
	if (SDL_GetRendererInfo(renderer, &info) == 0 && info.max_texture_width > 0 &&
	    info.max_texture_width < MOST_PIXELS)
		texture->most_width = info.max_texture_width;
	if (SDL_GetRendererInfo(renderer, &info) == 0 && info.max_texture_height > 0 &&
	    info.max_texture_height < MOST_PIXELS)
		texture->most_height = info.max_texture_height;
	texture->converter = image_converter_create();
	return texture->converter != NULL ? texture : view_texture_unref(texture);
}

void
view_texture_lose(struct view_texture *texture)
{
	if (texture->texture != NULL)
		SDL_DestroyTexture(texture->texture);
	texture->texture = NULL;
}

struct view_texture *
view_texture_unref(struct view_texture *texture)
{
	if (texture == NULL)
		return NULL;
	view_texture_lose(texture);
	image_converter_unref(texture->converter);
	free(texture);
	return NULL;
}

/* A texture of that kind; the one that is there if it is one. */
static int
prepare(struct view_texture *texture, Uint32 format, int width, int height)
{
	if (texture->texture != NULL && texture->format == format && texture->width == width &&
	    texture->height == height)
		return 0;
	view_texture_lose(texture);
	texture->texture =
		SDL_CreateTexture(texture->renderer, format, SDL_TEXTUREACCESS_STREAMING, width, height);
	if (texture->texture == NULL)
		return -ENOMEM;
	SDL_SetTextureBlendMode(texture->texture, SDL_BLENDMODE_NONE);
	SDL_SetTextureScaleMode(texture->texture, SDL_ScaleModeLinear);
	texture->format = format;
	texture->width = width;
	texture->height = height;
	return 0;
}

/* SDL wants luma, Cb, Cr; the planes of YV12 are the other way round. */
static int
update(SDL_Texture *texture, Uint32 format, const struct image *image)
{
	const int u = format == SDL_PIXELFORMAT_YV12 ? 2 : 1, v = 3 - u;

	switch (format) {
	case SDL_PIXELFORMAT_IYUV:
	case SDL_PIXELFORMAT_YV12:
		return SDL_UpdateYUVTexture(texture, NULL, image->planes[0], (int)image->strides[0],
					    image->planes[u], (int)image->strides[u], image->planes[v],
					    (int)image->strides[v]);
	case SDL_PIXELFORMAT_NV12:
	case SDL_PIXELFORMAT_NV21:
		return SDL_UpdateNVTexture(texture, NULL, image->planes[0], (int)image->strides[0],
					   image->planes[1], (int)image->strides[1]);
	default:
		return SDL_UpdateTexture(texture, NULL, image->planes[0], (int)image->strides[0]);
	}
}

/* What is too large for a texture is made smaller at once. */
static int
upload_converted(struct view_texture *texture, const struct image *image)
{
	const int width =
		image->width > (uint32_t)texture->most_width ? texture->most_width : (int)image->width;
	const int height =
		image->height > (uint32_t)texture->most_height ? texture->most_height : (int)image->height;
	const uint8_t *pixels;
	int r = prepare(texture, SDL_PIXELFORMAT_RGBA32, width, height);

	if (r == 0)
		r = image_converter_run(texture->converter, image, (uint32_t)width, (uint32_t)height,
					&pixels);
	if (r == 0 && SDL_UpdateTexture(texture->texture, NULL, pixels, width * 4) < 0)
		r = -ENOMEM;
	return r;
}

int
view_texture_upload(struct view_texture *texture, const struct image *image)
{
	SDL_YUV_CONVERSION_MODE mode = SDL_YUV_CONVERSION_AUTOMATIC;
	const Uint32 format = find_format(texture, image, &mode);
	int r;

	texture->direct = format != SDL_PIXELFORMAT_UNKNOWN;
	if (texture->direct) {
		SDL_SetYUVConversionMode(mode);
		r = prepare(texture, format, (int)image->width, (int)image->height);
		if (r == 0 && update(texture->texture, format, image) < 0)
			r = -ENOMEM;
	} else {
		r = upload_converted(texture, image);
	}
	if (r < 0)
		view_texture_lose(texture);
	return r;
}

SDL_Texture *
view_texture_get(const struct view_texture *texture)
{
	return texture->texture;
}

bool
view_texture_is_direct(const struct view_texture *texture)
{
	return texture->direct;
}
