/*
 * image-colour.h - what a surface's values say of its colours and of the shape of its pixels, as far as showing them needs it.
 */
#ifndef CLI_IMAGE_COLOUR_H
#define CLI_IMAGE_COLOUR_H

#include <stdbool.h>
#include <stdint.h>

#include <transom/surface.h>

/* How luma and chroma are made of colours: code points of ITU-T H.273. */
enum image_matrix {
	IMAGE_MATRIX_BT709 = 1,
	IMAGE_MATRIX_UNSPECIFIED = 2,
	IMAGE_MATRIX_BT601 = 6,
	IMAGE_MATRIX_SMPTE240M = 7,
	IMAGE_MATRIX_BT2020 = 9,
};

struct image_colour {
	enum image_matrix matrix;
	bool full_range; /* of YCbCr whose format does not say it */
	uint32_t aspect_width, aspect_height; /* of one pixel; 1 and 1 if nothing is said */
};

/* What is not said, or is wrong, is as if unsaid. */
void
image_colour_get(struct transom_surface *surface, struct image_colour *ret);

/* The matrix to go by: what is said, or what everybody assumes for a picture of that height. */
enum image_matrix
image_colour_choose_matrix(const struct image_colour *colour, uint32_t height);

#endif /* CLI_IMAGE_COLOUR_H */
