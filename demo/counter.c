/* counter.c - a frame's number, burnt into its pixels. */
#include <string.h>

#include "counter.h"

#define DIGITS 6
/* In dots of the font: a digit is 5 by 7, a cell 6 wide, and there is a margin of 2 around all. */
#define CELL 6
#define MARGIN 2
#define DOTS_WIDE (DIGITS * CELL - 1 + 2 * MARGIN)
#define DOTS_HIGH (7 + 2 * MARGIN)

/* Rows from the top, the leftmost dot in bit 4. */
static const uint8_t font[10][7] = {
	{ 0x0e, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0e }, { 0x04, 0x0c, 0x14, 0x04, 0x04, 0x04, 0x1f },
	{ 0x0e, 0x11, 0x01, 0x06, 0x08, 0x10, 0x1f }, { 0x1f, 0x02, 0x04, 0x0e, 0x01, 0x11, 0x0e },
	{ 0x02, 0x06, 0x0a, 0x12, 0x1f, 0x02, 0x02 }, { 0x1f, 0x10, 0x1e, 0x01, 0x01, 0x11, 0x0e },
	{ 0x06, 0x08, 0x10, 0x1e, 0x11, 0x11, 0x0e }, { 0x1f, 0x01, 0x02, 0x02, 0x04, 0x04, 0x04 },
	{ 0x0e, 0x11, 0x11, 0x0e, 0x11, 0x11, 0x0e }, { 0x0e, 0x11, 0x11, 0x0f, 0x01, 0x02, 0x0c },
};

static uint32_t
at_most(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static bool
is_lit(const uint8_t *digits, uint32_t x, uint32_t y)
{
	if (x < MARGIN || y < MARGIN || y >= MARGIN + 7)
		return false;
	x -= MARGIN;
	if (x / CELL >= DIGITS || x % CELL == 5)
		return false;
	return font[digits[x / CELL]][y - MARGIN] >> (4 - x % CELL) & 1;
}

void
counter_burn(const struct view *view, uint32_t number)
{
	const struct view_plane *plane = &view->planes[0];
	bool rgb = view->format == TRANSOM_FORMAT_BGRA8;
	uint32_t scale = view->height >= 180 ? view->height / 90 : 1;
	uint32_t width = at_most(DOTS_WIDE * scale, view->width);
	uint32_t height = at_most(DOTS_HIGH * scale, view->height);
	uint8_t digits[DIGITS];

	for (int i = DIGITS - 1; i >= 0; i--, number /= 10)
		digits[i] = (uint8_t)(number % 10);
	for (uint32_t y = 0; y < height; y++) {
		uint8_t *row = plane->base + (size_t)y * plane->stride;

		for (uint32_t x = 0; x < width; x++) {
			bool lit = is_lit(digits, x / scale, y / scale);

			if (rgb)
				memcpy(row + (size_t)x * 4, lit ? "\xff\xff\xff\xff" : "\0\0\0\xff", 4);
			else
				row[x] = lit ? 235 : 16;
		}
	}

	/* No colour there: chroma has its zero in the middle. */
	for (uint32_t i = 1; i < view->plane_count; i++) {
		const struct view_plane *chroma = &view->planes[i];
		uint32_t rows =
			(uint32_t)(((uint64_t)height * chroma->rows + view->height - 1) / view->height);
		uint32_t columns =
			(uint32_t)(((uint64_t)width * chroma->width + view->width - 1) / view->width);

		for (uint32_t y = 0; y < rows; y++)
			memset(chroma->base + (size_t)y * chroma->stride, 128, columns);
	}
}
