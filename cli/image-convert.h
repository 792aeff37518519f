/*
 * image-convert.h - an image as plain red, green, blue and alpha, of any size: by libswscale where that knows the format, else by
 * image-sample.h.
 */
#ifndef CLI_IMAGE_CONVERT_H
#define CLI_IMAGE_CONVERT_H

#include "image.h"

struct image_converter;

/* NULL: no memory. */
struct image_converter *
image_converter_create(void);

struct image_converter *
image_converter_unref(struct image_converter *converter);

/*
 * Converts an image to @width by @height pixels of four bytes: red, green, blue, alpha. Keeps what it has prepared for the
 * next one like it. 0 or -ENOMEM; the pixels are the converter's, until the next call.
 */
int
image_converter_run(struct image_converter *converter, const struct image *image, uint32_t width,
		    uint32_t height, const uint8_t **ret);

#endif /* CLI_IMAGE_CONVERT_H */
