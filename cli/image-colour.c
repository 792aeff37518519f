/* image-colour.c - reads a surface's values on colours: any process may have written them. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <transom/value.h>

#include "image-colour.h"

/* CoreVideo's words, which a surface has under the first key. */
static const struct {
	const char *word;
	enum image_matrix matrix;
} matrices[] = {
	{ "ITU_R_709_2", IMAGE_MATRIX_BT709 },
	{ "ITU_R_601_4", IMAGE_MATRIX_BT601 },
	{ "SMPTE_240M_1995", IMAGE_MATRIX_SMPTE240M },
	{ "ITU_R_2020", IMAGE_MATRIX_BT2020 },
};

static enum image_matrix
get_matrix(const struct transom_value *values)
{
	const char *word = transom_value_get_string(transom_value_get_value(values, "IOSurfaceYCbCrMatrix"));

	for (size_t i = 0; word != NULL && i < sizeof(matrices) / sizeof(matrices[0]); i++) {
		if (strcmp(matrices[i].word, word) == 0)
			return matrices[i].matrix;
	}
	return IMAGE_MATRIX_UNSPECIFIED;
}

static bool
get_full_range(const struct transom_value *values)
{
	const char *word = transom_value_get_string(transom_value_get_value(values, "TransomColorRange"));

	return word != NULL && strcmp(word, "full") == 0;
}

/* "4/3"; from 1:100 to 100:1, for anything else is a mistake. */
static void
get_aspect(const struct transom_value *values, struct image_colour *ret)
{
	const char *ratio =
		transom_value_get_string(transom_value_get_value(values, "TransomPixelAspectRatio"));
	unsigned width, height;
	char more;

	if (ratio == NULL || strlen(ratio) > 20 || sscanf(ratio, "%9u/%9u%c", &width, &height, &more) != 2)
		return;
	if (width == 0 || height == 0 || width / height >= 100 || height / width >= 100)
		return;
	ret->aspect_width = width;
	ret->aspect_height = height;
}

void
image_colour_get(struct transom_surface *surface, struct image_colour *ret)
{
	struct transom_value *values;

	*ret = (struct image_colour){ IMAGE_MATRIX_UNSPECIFIED, false, 1, 1 };
	if (transom_surface_dup_all_values(surface, &values) < 0)
		return;
	ret->matrix = get_matrix(values);
	ret->full_range = get_full_range(values);
	get_aspect(values, ret);
	transom_value_unref(values);
}

enum image_matrix
image_colour_choose_matrix(const struct image_colour *colour, uint32_t height)
{
	if (colour->matrix != IMAGE_MATRIX_UNSPECIFIED)
		return colour->matrix;
	return height > 576 ? IMAGE_MATRIX_BT709 : IMAGE_MATRIX_BT601;
}
