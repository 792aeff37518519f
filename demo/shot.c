/* shot.c - one frame as a PNG file. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libyuv.h>
#include <png.h>

#include "../cli/complain.h"
#include "shot.h"

/* A video does not say which matrix it is of; by custom that follows from its height. */
static void
convert(const struct view *view, uint8_t *pixels)
{
	const struct YuvConstants *matrix = view->height >= 720 ? &kYuvH709Constants : &kYuvI601Constants;
	const struct view_plane *y = &view->planes[0], *u = &view->planes[1], *v = &view->planes[2];
	int width = (int)view->width, height = (int)view->height, stride = width * 4;

	switch (view->format) {
	case TRANSOM_FORMAT_I420:
		I420ToARGBMatrix(y->base, (int)y->stride, u->base, (int)u->stride, v->base, (int)v->stride,
				 pixels, stride, matrix, width, height);
		break;
	case TRANSOM_FORMAT_I422:
		I422ToARGBMatrix(y->base, (int)y->stride, u->base, (int)u->stride, v->base, (int)v->stride,
				 pixels, stride, matrix, width, height);
		break;
	case TRANSOM_FORMAT_I444:
		I444ToARGBMatrix(y->base, (int)y->stride, u->base, (int)u->stride, v->base, (int)v->stride,
				 pixels, stride, matrix, width, height);
		break;
	default:
		I400ToARGBMatrix(y->base, (int)y->stride, pixels, stride, matrix, width, height);
	}
}

static bool
write_png(const struct view *view, const void *pixels, uint32_t stride, const char *path)
{
	char part[PATH_MAX];
	png_image image = {
		.version = PNG_IMAGE_VERSION,
		.width = view->width,
		.height = view->height,
		.format = PNG_FORMAT_BGRA,
	};
	bool good;
	FILE *file;

	if (snprintf(part, sizeof(part), "%s%s", path, SHOT_SUFFIX) >= (int)sizeof(part)) {
		complain_of(-ENAMETOOLONG, "cannot write %s", path);
		return false;
	}
	file = fopen(part, "we");
	if (!file) {
		complain(EXIT_FAILED, "cannot write %s: %s", path, strerror(errno));
		return false;
	}
	good = png_image_write_to_stdio(&image, file, 0, pixels, (png_int_32)stride, NULL);
	if (!good)
		complain(EXIT_FAILED, "cannot write %s: %s", path, image.message);
	if (fclose(file) && good) {
		complain(EXIT_FAILED, "cannot write %s: %s", path, strerror(errno));
		good = false;
	}
	if (good && rename(part, path)) {
		complain(EXIT_FAILED, "cannot write %s: %s", path, strerror(errno));
		good = false;
	}
	if (!good)
		unlink(part);
	return good;
}

bool
shot_write(const struct view *view, const char *path)
{
	uint8_t *pixels;
	bool good;

	if (view->format == TRANSOM_FORMAT_BGRA8)
		return write_png(view, view->planes[0].base, view->planes[0].stride, path);
	pixels = malloc((size_t)view->width * view->height * 4);
	if (!pixels) {
		complain_of(-ENOMEM, "cannot write %s", path);
		return false;
	}
	convert(view, pixels);
	good = write_png(view, pixels, view->width * 4, path);
	free(pixels);
	return good;
}
