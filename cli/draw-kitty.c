/* draw-kitty.c - a picture by the graphics protocol of kitty: through a file if the terminal can read ours, else as text. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base64.h"
#include "drawing.h"

/* Bytes of pixels in one piece of text; the protocol allows 4,096 characters. */
#define PIECE 3072
#define PATH_SIZE 256
#define FIRST_NUMBER 41
#define LAST_NUMBER 999999999

struct kitty {
	bool by_file;
	unsigned
		number; /* of the picture that is shown; each has its own, so that an answer that is late is known */
	char path[PATH_SIZE]; /* that the terminal has not read yet, by its answer; "" */
	uint8_t *packed;
	size_t size;
};

static void *
create(bool by_file)
{
	struct kitty *kitty = calloc(1, sizeof(*kitty));

	if (kitty != NULL)
		kitty->by_file = by_file;
	return kitty;
}

/* The terminal removes the file that it has read, most of them. */
static void
remove_file(struct kitty *kitty)
{
	if (kitty->path[0] != '\0')
		unlink(kitty->path);
	kitty->path[0] = '\0';
}

/* A file that the terminal met no more, or may not read after all: from then on it gets text. */
static enum drawing_answer
take_answer(void *state, unsigned number, bool shown)
{
	struct kitty *kitty = state;
	const bool by_file = kitty->by_file;

	if (number != kitty->number)
		return DRAWING_STALE;
	remove_file(kitty);
	kitty->by_file = by_file && shown;
	return by_file && !shown ? DRAWING_AGAIN : DRAWING_ANSWERED;
}

static void
finish(void *state, FILE *out)
{
	struct kitty *kitty = state;

	if (kitty->number != 0)
		fprintf(out, "\033_Ga=d,d=I,i=%u,q=2\033\\", kitty->number);
	remove_file(kitty);
	free(kitty->packed);
	free(kitty);
}

static int
pack(struct kitty *kitty, const struct drawing_picture *picture)
{
	const size_t count = (size_t)picture->width * picture->height;

	if (count * 3 > kitty->size) {
		free(kitty->packed);
		kitty->size = 0;
		kitty->packed = malloc(count * 3);
		if (kitty->packed == NULL)
			return -ENOMEM;
		kitty->size = count * 3;
	}
	drawing_pack(picture->pixels, count, kitty->packed);
	return 0;
}

/* All but the pixels. The cursor stays; the picture covers so many characters. */
static void
write_keys(const struct drawing_picture *picture, unsigned number, char medium, FILE *out)
{
	fprintf(out, "\033[%u;%uH\033_Ga=T,i=%u,p=1,f=24,t=%c,s=%u,v=%u,c=%u,r=%u,C=1", picture->row + 1,
		picture->column + 1, number, medium, picture->width, picture->height, picture->columns,
		picture->rows);
}

static int
draw_by_file(struct kitty *kitty, const struct drawing_picture *picture, unsigned number, FILE *out)
{
	const size_t size = (size_t)picture->width * picture->height * 3;
	char encoded[BASE64_SIZE(PATH_SIZE) + 1];
	int r;

	remove_file(kitty);
	r = drawing_make_file(kitty->packed, size, kitty->path, sizeof(kitty->path));
	if (r < 0)
		return r;
	base64_encode(kitty->path, strlen(kitty->path), encoded, sizeof(encoded));
	write_keys(picture, number, 't', out);
	fprintf(out, ";%s\033\\", encoded);
	return 0;
}

static void
draw_by_text(struct kitty *kitty, const struct drawing_picture *picture, unsigned number, FILE *out)
{
	const size_t size = (size_t)picture->width * picture->height * 3;
	char encoded[BASE64_SIZE(PIECE) + 1];

	for (size_t at = 0; at < size; at += PIECE) {
		const size_t piece = size - at < PIECE ? size - at : PIECE;

		base64_encode(kitty->packed + at, piece, encoded, sizeof(encoded));
		if (at == 0) {
			write_keys(picture, number, 'd', out);
			fputc(',', out);
		} else {
			fputs("\033_G", out);
		}
		fprintf(out, "m=%d;%s\033\\", at + piece < size, encoded);
	}
}

static int
draw(void *state, const struct drawing_picture *picture, FILE *out)
{
	struct kitty *kitty = state;
	const unsigned before = kitty->number;
	const unsigned number = before == 0 || before == LAST_NUMBER ? FIRST_NUMBER : before + 1;
	int r = pack(kitty, picture);

	if (r == 0 && kitty->by_file)
		r = draw_by_file(kitty, picture, number, out);
	else if (r == 0)
		draw_by_text(kitty, picture, number, out);
	if (r < 0)
		return r;
	if (before != 0)
		fprintf(out, "\033_Ga=d,d=I,i=%u,q=2\033\\", before);
	kitty->number = number;
	return 0;
}

const struct drawing_kind drawing_kitty = {
	.name = "kitty",
	.create = create,
	.draw = draw,
	.take_answer = take_answer,
	.finish = finish,
};
