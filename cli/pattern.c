/* pattern.c - draws a test pattern: colour bars, a box that moves, and a time code, a counter and a checksum for eyes and programs. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <libavutil/crc.h>

#include <transom/format.h>

#include "pattern.h"

enum { GLYPH_WIDTH = 5, GLYPH_HEIGHT = 7, MAXIMUM_BLOCK = 8, STRIP_BITS = 64, BARS = 8 };

/* Rows of five dots, the leftmost in the highest bit. */
static const uint8_t glyphs[128][GLYPH_HEIGHT] = {
	['0'] = { 0x0e, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0e },
	['1'] = { 0x04, 0x0c, 0x04, 0x04, 0x04, 0x04, 0x0e },
	['2'] = { 0x0e, 0x11, 0x01, 0x06, 0x08, 0x10, 0x1f },
	['3'] = { 0x1e, 0x01, 0x01, 0x0e, 0x01, 0x01, 0x1e },
	['4'] = { 0x02, 0x06, 0x0a, 0x12, 0x1f, 0x02, 0x02 },
	['5'] = { 0x1f, 0x10, 0x1e, 0x01, 0x01, 0x11, 0x0e },
	['6'] = { 0x06, 0x08, 0x10, 0x1e, 0x11, 0x11, 0x0e },
	['7'] = { 0x1f, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08 },
	['8'] = { 0x0e, 0x11, 0x11, 0x0e, 0x11, 0x11, 0x0e },
	['9'] = { 0x0e, 0x11, 0x11, 0x0f, 0x01, 0x02, 0x0c },
	['a'] = { 0x00, 0x00, 0x0e, 0x01, 0x0f, 0x11, 0x0f },
	['b'] = { 0x10, 0x10, 0x1e, 0x11, 0x11, 0x11, 0x1e },
	['c'] = { 0x00, 0x00, 0x0e, 0x10, 0x10, 0x11, 0x0e },
	['d'] = { 0x01, 0x01, 0x0f, 0x11, 0x11, 0x11, 0x0f },
	['e'] = { 0x00, 0x00, 0x0e, 0x11, 0x1f, 0x10, 0x0e },
	['f'] = { 0x06, 0x09, 0x08, 0x1c, 0x08, 0x08, 0x08 },
	[':'] = { 0x00, 0x04, 0x04, 0x00, 0x04, 0x04, 0x00 },
	['#'] = { 0x0a, 0x0a, 0x1f, 0x0a, 0x1f, 0x0a, 0x0a },
};

struct colour {
	uint8_t red, green, blue;
};

static const struct colour white = { 255, 255, 255 }, black = { 0, 0, 0 };

static const struct colour bars[BARS] = {
	{ 191, 191, 191 }, { 191, 191, 0 }, { 0, 191, 191 }, { 0, 191, 0 },
	{ 191, 0, 191 },   { 191, 0, 0 },   { 0, 0, 191 },   { 64, 64, 64 },
};

struct canvas {
	const struct transom_format *format;
	const AVFrame *frame;
};

bool
pattern_can_draw(uint32_t format)
{
	const struct transom_format *f = transom_format_get(format);

	if (f == NULL || (f->model != TRANSOM_MODEL_RGB && f->model != TRANSOM_MODEL_YCBCR &&
			  f->model != TRANSOM_MODEL_GREY))
		return false;
	for (uint32_t i = 0; i < f->plane_count; i++) {
		const struct transom_format_plane *plane = &f->planes[i];

		if (plane->block_width != 1 || plane->block_height != 1 ||
		    plane->bytes_per_block > MAXIMUM_BLOCK)
			return false;
		for (uint32_t k = 0; k < plane->component_count; k++) {
			if (plane->components[k].type != TRANSOM_COMPONENT_TYPE_UNSIGNED ||
			    plane->components[k].depth > 16 ||
			    plane->components[k].name == TRANSOM_COMPONENT_DARKNESS)
				return false;
		}
	}
	return true;
}

/* Colours: BT.709 */

static double
luma_of(const struct colour *c)
{
	return (0.2126 * c->red + 0.7152 * c->green + 0.0722 * c->blue) / 255;
}

static uint64_t
scale(double value, double begin, double end, int depth)
{
	const double top = (double)((1u << depth) - 1), step = (double)(1u << depth) / 256;

	return end == 0 ? (uint64_t)(value * top + 0.5)
			: (uint64_t)((begin + value * (end - begin)) * step + 0.5);
}

static uint64_t
component_value(const struct transom_format_component *component, const struct colour *c, bool full)
{
	const double y = luma_of(c), b = (c->blue / 255.0 - y) / 1.8556, r = (c->red / 255.0 - y) / 1.5748;
	const int depth = component->depth;

	switch (component->name) {
	case TRANSOM_COMPONENT_RED:
		return scale(c->red / 255.0, 0, 0, depth);
	case TRANSOM_COMPONENT_GREEN:
		return scale(c->green / 255.0, 0, 0, depth);
	case TRANSOM_COMPONENT_BLUE:
		return scale(c->blue / 255.0, 0, 0, depth);
	case TRANSOM_COMPONENT_LUMA:
		return full ? scale(y, 0, 0, depth) : scale(y, 16, 235, depth);
	case TRANSOM_COMPONENT_CHROMA_BLUE:
	case TRANSOM_COMPONENT_CHROMA_RED: {
		const double value = component->name == TRANSOM_COMPONENT_CHROMA_BLUE ? b : r;

		return full ? scale(value + 128.0 / 255, 0, 0, depth) : scale(value + 0.5, 16, 240, depth);
	}
	default:
		return scale(1, 0, 0, depth);
	}
}

/* One block of a plane in one colour, as bytes. */
static void
make_block(const struct transom_format *format, const struct transom_format_plane *plane,
	   const struct colour *colour, uint8_t *block)
{
	const bool full = format->range == TRANSOM_RANGE_FULL;
	uint64_t bits = 0;

	for (uint32_t i = 0; i < plane->component_count; i++)
		bits |= component_value(&plane->components[i], colour, full) << plane->components[i].offset;
	for (uint32_t i = 0; i < plane->bytes_per_block; i++) {
		const uint32_t byte = format->big_endian ? plane->bytes_per_block - 1u - i : i;

		block[i] = (uint8_t)(bits >> 8 * byte);
	}
}

/* Drawing */

static int
divide_up(int value, int by)
{
	return (value + by - 1) / by;
}

static void
fill_row(uint8_t *row, size_t count, const uint8_t *block, size_t size)
{
	if (size == 1) {
		memset(row, block[0], count);
		return;
	}
	for (size_t i = 0; i < count; i++)
		memcpy(row + i * size, block, size);
}

static void
fill_plane(const struct canvas *canvas, uint32_t index, int x, int y, int width, int height,
	   const struct colour *colour)
{
	const struct transom_format_plane *plane = &canvas->format->planes[index];
	const int h = plane->horizontal_subsampling, v = plane->vertical_subsampling;
	const int left = x / h, right = divide_up(x + width, h), top = y / v,
		  bottom = divide_up(y + height, v);
	const size_t stride = (size_t)canvas->frame->linesize[index];
	uint8_t *first =
		canvas->frame->data[index] + (size_t)top * stride + (size_t)left * plane->bytes_per_block;
	const size_t bytes = (size_t)(right - left) * plane->bytes_per_block;
	uint8_t block[MAXIMUM_BLOCK];

	make_block(canvas->format, plane, colour, block);
	fill_row(first, (size_t)(right - left), block, plane->bytes_per_block);
	for (int i = 1; i < bottom - top; i++)
		memcpy(first + (size_t)i * stride, first, bytes);
}

/* Cut to the picture. */
static void
fill(const struct canvas *canvas, int x, int y, int width, int height, const struct colour *colour)
{
	width = x + width > canvas->frame->width ? canvas->frame->width - x : width;
	height = y + height > canvas->frame->height ? canvas->frame->height - y : height;
	if (x < 0 || y < 0 || width <= 0 || height <= 0)
		return;
	for (uint32_t i = 0; i < canvas->format->plane_count; i++)
		fill_plane(canvas, i, x, y, width, height, colour);
}

static void
draw_text(const struct canvas *canvas, int x, int y, int dot, const char *text)
{
	fill(canvas, x, y, (int)strlen(text) * 6 * dot + dot, 9 * dot, &black);
	for (; *text != '\0'; text++, x += 6 * dot) {
		const uint8_t *rows = glyphs[(unsigned char)*text & 127];

		for (int bit = 0; bit < GLYPH_WIDTH * GLYPH_HEIGHT; bit++) {
			const int column = bit % GLYPH_WIDTH, row = bit / GLYPH_WIDTH;

			if (rows[row] >> (GLYPH_WIDTH - 1 - column) & 1)
				fill(canvas, x + (column + 1) * dot, y + (row + 1) * dot, dot, dot, &white);
		}
	}
}

/* The same at the top and at the bottom: of a torn frame they differ. */
static void
draw_strip(const struct canvas *canvas, int y, int height, uint64_t bits)
{
	const int cell = canvas->frame->width / STRIP_BITS;

	for (int i = 0; cell > 0 && i < STRIP_BITS; i++)
		fill(canvas, i * cell, y, cell, height, bits >> (STRIP_BITS - 1 - i) & 1 ? &white : &black);
}

static void
draw_background(const struct canvas *canvas, uint64_t counter)
{
	const int width = canvas->frame->width, height = canvas->frame->height;
	const int bar = divide_up(width, BARS * 4) * 4, box = height / 8 / 4 * 4 + 4;
	const int steps = width / 4 > 0 ? width / 4 : 1;

	for (int i = 0; i < BARS; i++)
		fill(canvas, i * bar, 0, bar, height, &bars[i]);
	fill(canvas, (int)(counter % (uint64_t)steps) * 4, height / 2 / 4 * 4, box, box, &white);
}

void
pattern_draw(uint32_t format, const AVFrame *frame, uint32_t counter, struct rate rate)
{
	const struct canvas canvas = { .format = transom_format_get(format), .frame = frame };
	/* The longer line has 20 characters of 6 dots, and 4 dots on each side. Fours and twos suit chroma of less resolution. */
	const int dot = frame->width / 528 > 0 ? frame->width / 528 * 4 : 2;
	const int top = frame->height / 5 / 4 * 4;
	const int strip = frame->height / 32 / 4 * 4 + 4;
	const uint32_t a_second = (uint32_t)((rate.numerator + rate.denominator - 1) / rate.denominator);
	const uint32_t seconds = counter / a_second;
	char time[32], line[32];
	uint32_t checksum;

	snprintf(time, sizeof(time), "%02" PRIu32 ":%02" PRIu32 ":%02" PRIu32 ":%02" PRIu32,
		 seconds / 3600 % 100, seconds / 60 % 60, seconds % 60, counter % a_second);
	snprintf(line, sizeof(line), "#%010" PRIu32, counter);
	checksum =
		av_crc(av_crc_get_table(AV_CRC_32_IEEE_LE), UINT32_MAX, (const uint8_t *)time, strlen(time));
	checksum =
		~av_crc(av_crc_get_table(AV_CRC_32_IEEE_LE), checksum, (const uint8_t *)line, strlen(line));
	snprintf(line + strlen(line), sizeof(line) - strlen(line), " %08" PRIx32, checksum);
	draw_background(&canvas, counter);
	draw_text(&canvas, 4 * dot, top, dot, time);
	draw_text(&canvas, 4 * dot, top + 12 * dot, dot, line);
	draw_strip(&canvas, 0, strip, (uint64_t)counter << 32 | checksum);
	draw_strip(&canvas, (frame->height - strip) / 4 * 4, strip, (uint64_t)counter << 32 | checksum);
}
