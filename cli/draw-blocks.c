/* draw-blocks.c - a picture as characters: each is the upper half of its cell, and so shows two pixels of 24 bits. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "drawing.h"

/* What the terminal shows, so that only what changes is written. */
struct blocks {
	uint8_t *shown;
	size_t size;
	uint32_t width, height;
};

static void *
create(bool by_file)
{
	return calloc(1, sizeof(struct blocks));
}

static void
finish(void *state, FILE *out)
{
	struct blocks *blocks = state;

	free(blocks->shown);
	free(blocks);
}

/* True if nothing of what is shown can be kept. */
static int
begin(struct blocks *blocks, const struct drawing_picture *picture, bool *ret_anew)
{
	const size_t size = (size_t)picture->width * picture->height * 4;

	*ret_anew = picture->anew || blocks->shown == NULL || blocks->width != picture->width ||
		    blocks->height != picture->height;
	if (size > blocks->size) {
		free(blocks->shown);
		blocks->size = 0;
		blocks->shown = malloc(size);
		if (blocks->shown == NULL)
			return -ENOMEM;
		blocks->size = size;
	}
	blocks->width = picture->width;
	blocks->height = picture->height;
	return 0;
}

static void
set_colour(FILE *out, const char *which, const uint8_t *pixel, const uint8_t *last, bool first)
{
	if (first || memcmp(pixel, last, 3) != 0)
		fprintf(out, "\033[%s;2;%d;%d;%dm", which, pixel[0], pixel[1], pixel[2]);
}

/* One line of characters. Runs of what has not changed are jumped over. */
static void
draw_line(const struct blocks *blocks, const struct drawing_picture *picture, unsigned line, bool anew,
	  FILE *out)
{
	const size_t pitch = (size_t)picture->width * 4, top = 2 * line * pitch;
	const uint8_t *above = NULL, *below = NULL;
	bool here = false;

	for (uint32_t x = 0; x < picture->width; x++) {
		const size_t at = top + (size_t)x * 4;
		const uint8_t *upper = picture->pixels + at, *lower = upper + pitch;

		if (!anew && memcmp(upper, blocks->shown + at, 3) == 0 &&
		    memcmp(lower, blocks->shown + at + pitch, 3) == 0) {
			here = false;
			continue;
		}
		if (!here)
			fprintf(out, "\033[%u;%uH", picture->row + line + 1, picture->column + x + 1);
		set_colour(out, "38", upper, above, above == NULL);
		set_colour(out, "48", lower, below, below == NULL);
		fputs("\xe2\x96\x80", out); /* U+2580, upper half block */
		above = upper;
		below = lower;
		here = true;
	}
}

static int
draw(void *state, const struct drawing_picture *picture, FILE *out)
{
	struct blocks *blocks = state;
	bool anew;
	int r = begin(blocks, picture, &anew);

	if (r < 0)
		return r;
	for (unsigned line = 0; line < picture->height / 2; line++)
		draw_line(blocks, picture, line, anew, out);
	fputs("\033[0m", out);
	memcpy(blocks->shown, picture->pixels, (size_t)picture->width * picture->height * 4);
	return 0;
}

const struct drawing_kind drawing_blocks = {
	.name = "blocks",
	.by_character = true,
	.create = create,
	.draw = draw,
	.finish = finish,
};
