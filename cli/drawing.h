/*
 * drawing.h - the ways to put a picture into a terminal's text, one a file: draw-blocks.c, draw-kitty.c, draw-sixel.c.
 */
#ifndef CLI_DRAWING_H
#define CLI_DRAWING_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct drawing_picture {
	const uint8_t *pixels; /* four bytes each: red, green, blue, alpha, which does not count */
	uint32_t width, height;
	unsigned column, row, columns, rows; /* the characters that it covers, from 0 on */
	bool anew; /* the screen was cleared, or its size is another */
};

enum drawing_answer {
	DRAWING_STALE, /* about a picture that is not the last one */
	DRAWING_ANSWERED,
	DRAWING_AGAIN, /* the last one could not be shown; drawn again it may be, since another way is taken */
};

struct drawing_kind {
	const char *name;
	bool by_character; /* a character has one pixel across and two down; otherwise as many as it has on the screen */
	/* NULL: no memory. */
	void *(*create)(bool by_file);
	/* Writes the text of a picture to @out. 0 or a negative errno. */
	int (*draw)(void *state, const struct drawing_picture *picture, FILE *out);
	/* The terminal has answered that picture @number is there, or cannot be. NULL: it does not. */
	enum drawing_answer (*take_answer)(void *state, unsigned number, bool shown);
	/* Writes what takes the last picture away, and frees the state. */
	void (*finish)(void *state, FILE *out);
};

extern const struct drawing_kind drawing_blocks, drawing_kitty, drawing_sixel;

/* By enum view_drawing; NULL for VIEW_DRAWING_AUTO, and for what this program was built without. */
extern const struct drawing_kind *const drawing_kinds[];

/* Without alpha: three bytes each. */
void
drawing_pack(const uint8_t *pixels, size_t count, uint8_t *ret);

/* Makes a file that a terminal may read and remove, and writes @size bytes to it; its path goes to @path. 0 or a negative
 * errno. */
int
drawing_make_file(const void *bytes, size_t size, char *path, size_t path_size);

#endif /* CLI_DRAWING_H */
