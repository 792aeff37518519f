/*
 * image.h - the pixels of a frame that is held, checked, where they lie: nothing is copied.
 */
#ifndef CLI_IMAGE_H
#define CLI_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include <transom/format.h>
#include <transom/pixel_buffer.h>
#include <transom/stream.h>

#include "image-colour.h"

struct image {
	const struct transom_format *format;
	uint32_t width, height;
	const uint8_t *planes[TRANSOM_MAX_PLANES]; /* the first visible pixel of each */
	uint32_t strides[TRANSOM_MAX_PLANES];
	struct image_colour colour;
	bool full_range; /* of luma and chroma: by the format, or if that leaves it open, by the colour */
	struct transom_pixel_buffer *buffer; /* locked for reading */
};

/*
 * Opens the pixels of a subscriber's frame, once its fences say that they are drawn. 0; -ENOENT its format is unknown,
 * -EPROTO its layout does not fit the format, -ETIMEDOUT it is not drawn within a second, or what else goes wrong.
 */
int
image_open(struct transom_frame *frame, struct image *ret);

/* Also for one that could not be opened. */
void
image_close(struct image *image);

/*
 * The size of the picture on a screen with square pixels: the width follows the shape of the image's pixels, the
 * height stays.
 */
void
image_get_shape(const struct image *image, uint32_t *ret_width, uint32_t *ret_height);

#endif /* CLI_IMAGE_H */
