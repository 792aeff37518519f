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

static int
fail_to_write(const char *path, int error)
{
	return complain(exit_code_of(-error), "cannot write %s: %s", path, strerror(error));
}

/* Writes into a file that is open, and closes it: 0, or an exit code after a complaint. */
static int
write_file(const struct view *view, const void *pixels, uint32_t stride, const char *path, FILE *file)
{
	png_image image = {
		.version = PNG_IMAGE_VERSION,
		.width = view->width,
		.height = view->height,
		.format = PNG_FORMAT_BGRA,
	};
	int code = EXIT_DONE;

	if (!png_image_write_to_stdio(&image, file, 0, pixels, (png_int_32)stride, NULL))
		code = complain(EXIT_FAILED, "cannot write %s: %s", path, image.message);
	if (fclose(file) && code == EXIT_DONE)
		code = fail_to_write(path, errno);
	return code;
}

static int
write_png(const struct view *view, const void *pixels, uint32_t stride, const char *path)
{
	char part[PATH_MAX];
	FILE *file;
	int code;

	if (snprintf(part, sizeof(part), "%s%s", path, SHOT_SUFFIX) >= (int)sizeof(part))
		return complain_of(-ENAMETOOLONG, "cannot write %s", path);
	file = fopen(part, "we");
	if (!file)
		return fail_to_write(path, errno);
	code = write_file(view, pixels, stride, path, file);
	if (code == EXIT_DONE && rename(part, path))
		code = fail_to_write(path, errno);
	if (code != EXIT_DONE)
		unlink(part);
	return code;
}

int
shot_write(const struct view *view, const char *path)
{
	uint8_t *pixels;
	int code;

	if (view->format == TRANSOM_FORMAT_BGRA8)
		return write_png(view, view->planes[0].base, view->planes[0].stride, path);
	pixels = malloc((size_t)view->width * view->height * 4);
	if (!pixels)
		return complain_of(-ENOMEM, "cannot write %s", path);
	convert(view, pixels);
	code = write_png(view, pixels, view->width * 4, path);
	free(pixels);
	return code;
}
