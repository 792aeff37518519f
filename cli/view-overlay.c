/* view-overlay.c - text by SDL2_gfx, whose font has 8 by 8 pixels and the characters of ASCII. */
#include <string.h>

#include <SDL2_gfxPrimitives.h>

#include "view-overlay.h"

#define CHARACTER 8
#define LINE 11
#define MARGIN 4

/* Each character that the font lacks becomes one question mark. */
static void
make_ascii(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; from++) {
		if ((*from & 0x80) == 0)
			*to++ = *from;
		else if ((*from & 0xc0) == 0xc0)
			*to++ = '?';
	}
	*to = '\0';
}

/* As large as is easy to read, as long as it fits. */
static int
choose_scale(SDL_Renderer *renderer, size_t characters)
{
	int width = 0, height = 0, scale = 3;

	SDL_GetRendererOutputSize(renderer, &width, &height);
	while (scale > 1 &&
	       ((int)characters * CHARACTER * scale + 4 * MARGIN * scale > width || height < 360 * scale / 2))
		scale--;
	return scale;
}

/* Lines at a place in the pixels of that scale, on a dark ground. */
static void
draw_lines(SDL_Renderer *renderer, char lines[][256], int count, int x, int y)
{
	size_t longest = 0;

	for (int i = 0; i < count; i++)
		longest = strlen(lines[i]) > longest ? strlen(lines[i]) : longest;
	boxRGBA(renderer, (Sint16)(x - MARGIN), (Sint16)(y - MARGIN),
		(Sint16)(x + (int)longest * CHARACTER + MARGIN - 1),
		(Sint16)(y + count * LINE - (LINE - CHARACTER) + MARGIN - 1), 0, 0, 0, 176);
	for (int i = 0; i < count; i++)
		stringRGBA(renderer, (Sint16)x, (Sint16)(y + i * LINE), lines[i], 255, 255, 255, 255);
}

void
view_overlay_draw_numbers(SDL_Renderer *renderer, struct view_source *source)
{
	char lines[4][256];
	size_t longest = 0;
	int count = 0, scale;

	while (count < 4 &&
	       view_source_describe_numbers(source, (unsigned)count, lines[count], sizeof(lines[0]))) {
		make_ascii(lines[count]);
		longest = strlen(lines[count]) > longest ? strlen(lines[count]) : longest;
		count++;
	}
	scale = choose_scale(renderer, longest);
	SDL_RenderSetScale(renderer, (float)scale, (float)scale);
	draw_lines(renderer, lines, count, 2 * MARGIN, 2 * MARGIN);
	SDL_RenderSetScale(renderer, 1, 1);
}

void
view_overlay_draw_line(SDL_Renderer *renderer, const char *text, int top)
{
	int width = 0, height = 0, scale;
	char line[1][256];

	snprintf(line[0], sizeof(line[0]), "%s", text);
	make_ascii(line[0]);
	scale = choose_scale(renderer, strlen(line[0]));
	SDL_GetRendererOutputSize(renderer, &width, &height);
	SDL_RenderSetScale(renderer, (float)scale, (float)scale);
	draw_lines(renderer, line, 1, (width / scale - (int)strlen(line[0]) * CHARACTER) / 2,
		   ((top + height) / scale - CHARACTER) / 2);
	SDL_RenderSetScale(renderer, 1, 1);
}
