/* picture.c - a still picture out of a PNG or JPEG file, panned and zoomed into frames. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include <libyuv.h>
#include <png.h>
#include <turbojpeg.h>

#include "../cli/complain.h"
#include "picture.h"

/* Frames of one journey out and back: of the zoom, across, and down. */
#define ZOOM_PERIOD 280
#define ACROSS_PERIOD 360
#define DOWN_PERIOD 300

static int
allocate(const char *path, uint32_t width, uint32_t height, struct picture *ret)
{
	if (!width || !height || width > PICTURE_MAX_SIDE || height > PICTURE_MAX_SIDE ||
	    (uint64_t)width * height > PICTURE_MAX_PIXELS) {
		return complain(
			EXIT_FAILED,
			"%s is too large: %u x %u, and the limit is %u on a side, %u million pixels in all",
			path, width, height, PICTURE_MAX_SIDE, PICTURE_MAX_PIXELS / 1000000);
	}
	/* A row more: a scaler that blends two rows may touch the one after the last. */
	ret->pixels = malloc((size_t)width * (height + 1) * 4 + 64);
	if (!ret->pixels)
		return complain_of(-ENOMEM, "cannot read %s", path);
	ret->width = width;
	ret->height = height;
	return EXIT_DONE;
}

/* What shines through is black. */
static void
make_opaque(const struct picture *picture)
{
	uint8_t *end = picture->pixels + (size_t)picture->width * picture->height * 4;

	for (uint8_t *p = picture->pixels; p < end; p += 4) {
		if (p[3] != 255)
			for (int i = 0; i < 3; i++)
				p[i] = (uint8_t)(p[i] * p[3] / 255);
		p[3] = 255;
	}
}

int
picture_read_png(const char *path, const uint8_t *bytes, size_t size, struct picture *ret)
{
	png_image image = { .version = PNG_IMAGE_VERSION };
	struct picture picture = { 0 };
	int code;

	if (!png_image_begin_read_from_memory(&image, bytes, size))
		goto damaged;
	image.format = PNG_FORMAT_BGRA;
	code = allocate(path, image.width, image.height, &picture);
	if (code != EXIT_DONE)
		goto fail;
	if (!png_image_finish_read(&image, NULL, picture.pixels, 0, NULL))
		goto damaged;
	make_opaque(&picture);
	*ret = picture;
	return EXIT_DONE;
damaged:
	code = complain(EXIT_BAD_DATA, "%s is a damaged PNG picture: %s", path, image.message);
fail:
	png_image_free(&image);
	picture_destroy(&picture);
	return code;
}

int
picture_read_jpeg(const char *path, const uint8_t *bytes, size_t size, struct picture *ret)
{
	struct picture picture = { 0 };
	int width = 0, height = 0, subsampling, colours, code;
	tjhandle decoder = tjInitDecompress();

	if (!decoder)
		return complain_of(-ENOMEM, "cannot read %s", path);
	if (tjDecompressHeader3(decoder, bytes, size, &width, &height, &subsampling, &colours) < 0)
		goto damaged;
	/* Tables without a picture are no error to the library. */
	if (width < 1 || height < 1) {
		code = complain(EXIT_BAD_DATA, "%s is a damaged JPEG picture: there is no picture in it",
				path);
		goto fail;
	}
	code = allocate(path, (uint32_t)width, (uint32_t)height, &picture);
	if (code != EXIT_DONE)
		goto fail;
	/* A warning is an error here: what ends too early is grey from there on. */
	if (tjDecompress2(decoder, bytes, size, picture.pixels, width, 0, height, TJPF_BGRA,
			  TJFLAG_LIMITSCANS) < 0)
		goto damaged;
	tjDestroy(decoder);
	*ret = picture;
	return EXIT_DONE;
damaged:
	code = complain(EXIT_BAD_DATA, "%s is a damaged JPEG picture: %s", path, tjGetErrorStr2(decoder));
fail:
	tjDestroy(decoder);
	picture_destroy(&picture);
	return code;
}

void
picture_destroy(struct picture *picture)
{
	free(picture->pixels);
	*picture = (struct picture){ 0 };
}

/* From 0 to 1 and back in a period. */
static double
swing(uint32_t number, uint32_t period)
{
	return 0.5 - 0.5 * cos(2 * M_PI * (number % period) / period);
}

static uint32_t
at_least_one(double length)
{
	return length < 1 ? 1 : (uint32_t)length;
}

bool
picture_draw(const struct picture *picture, uint32_t number, const struct view *view)
{
	const struct view_plane *plane = &view->planes[0];
	double aspect = (double)view->width / view->height;
	double zoom = 1 - 0.5 * swing(number, ZOOM_PERIOD);
	double width = picture->width, height = picture->height;
	uint32_t left, top, across, down;

	/* The largest part of the picture that has the shape of a frame, and then less of it. */
	if (width > height * aspect)
		width = height * aspect;
	else
		height = width / aspect;
	across = at_least_one(width * zoom);
	down = at_least_one(height * zoom);
	left = (uint32_t)((picture->width - across) * swing(number, ACROSS_PERIOD));
	top = (uint32_t)((picture->height - down) * swing(number, DOWN_PERIOD));

	if (ARGBScale(picture->pixels + ((size_t)top * picture->width + left) * 4, (int)picture->width * 4,
		      (int)across, (int)down, plane->base, (int)plane->stride, (int)view->width,
		      (int)view->height, kFilterBilinear)) {
		complain(EXIT_FAILED, "cannot scale the picture to %u x %u", view->width, view->height);
		return false;
	}
	return true;
}
