/* draw-sixel.c - a picture as sixels, by libsixel: 256 colours, chosen for each picture. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include <sixel.h>

#include "drawing.h"

struct sixels {
	uint8_t *packed;
	size_t size;
};

static void *
create(bool by_file)
{
	return calloc(1, sizeof(struct sixels));
}

static void
finish(void *state, FILE *out)
{
	struct sixels *sixels = state;

	free(sixels->packed);
	free(sixels);
}

static int
write_text(char *text, int size, void *out)
{
	return fwrite(text, 1, (size_t)size, out) == (size_t)size ? size : -1;
}

static int
pack(struct sixels *sixels, const struct drawing_picture *picture)
{
	const size_t count = (size_t)picture->width * picture->height;

	if (count * 3 > sixels->size) {
		free(sixels->packed);
		sixels->size = 0;
		sixels->packed = malloc(count * 3);
		if (sixels->packed == NULL)
			return -ENOMEM;
		sixels->size = count * 3;
	}
	drawing_pack(picture->pixels, count, sixels->packed);
	return 0;
}

static SIXELSTATUS
encode(struct sixels *sixels, int width, int height, FILE *out)
{
	sixel_output_t *output = NULL;
	sixel_dither_t *dither = NULL;
	SIXELSTATUS status = sixel_output_new(&output, write_text, out, NULL);

	if (SIXEL_SUCCEEDED(status))
		status = sixel_dither_new(&dither, 256, NULL);
	if (SIXEL_SUCCEEDED(status))
		status = sixel_dither_initialize(dither, sixels->packed, width, height,
						 SIXEL_PIXELFORMAT_RGB888, SIXEL_LARGE_NORM,
						 SIXEL_REP_CENTER_BOX, SIXEL_QUALITY_LOW);
	if (SIXEL_SUCCEEDED(status))
		status = sixel_encode(sixels->packed, width, height, 3, dither, output);
	sixel_dither_unref(dither);
	sixel_output_unref(output);
	return status;
}

static int
draw(void *state, const struct drawing_picture *picture, FILE *out)
{
	struct sixels *sixels = state;
	int r = pack(sixels, picture);

	if (r < 0)
		return r;
	fprintf(out, "\033[%u;%uH", picture->row + 1, picture->column + 1);
	return SIXEL_SUCCEEDED(encode(sixels, (int)picture->width, (int)picture->height, out)) ? 0 : -ENOMEM;
}

const struct drawing_kind drawing_sixel = {
	.name = "sixel",
	.create = create,
	.draw = draw,
	.finish = finish,
};
