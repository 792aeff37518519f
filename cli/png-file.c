/* png-file.c - pixels into a PNG file, by libpng, row by row. */
#include <errno.h>
#include <stdlib.h>

#include <png.h>

#include "png-file.h"

/* libpng's messages are not for people. */
static void
say_nothing(png_structp png, png_const_charp text)
{
}

static void
fail(png_structp png, png_const_charp text)
{
	longjmp(png_jmpbuf(png), 1);
}

/* Comes back by longjmp when something fails. */
static void
write_rows(png_structp png, png_infop info, FILE *file, const uint8_t *pixels, uint32_t width,
	   uint32_t height, bool with_alpha)
{
	png_init_io(png, file);
	png_set_compression_level(png, 3);
	png_set_IHDR(png, info, width, height, 8, with_alpha ? PNG_COLOR_TYPE_RGB_ALPHA : PNG_COLOR_TYPE_RGB,
		     PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_write_info(png, info);
	if (!with_alpha)
		png_set_filler(png, 0, PNG_FILLER_AFTER);
	for (uint32_t y = 0; y < height; y++)
		png_write_row(png, pixels + (size_t)y * width * 4);
	png_write_end(png, info);
}

int
png_file_write(FILE *file, const uint8_t *pixels, uint32_t width, uint32_t height, bool with_alpha)
{
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, fail, say_nothing);
	png_infop info = png != NULL ? png_create_info_struct(png) : NULL;
	volatile int r = -ENOMEM;

	if (info != NULL) {
		png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
		errno = 0;
		r = 0;
		if (setjmp(png_jmpbuf(png)) == 0)
			write_rows(png, info, file, pixels, width, height, with_alpha);
		else
			r = errno != 0 ? -errno : -EIO;
	}
	png_destroy_write_struct(&png, &info);
	return r;
}
