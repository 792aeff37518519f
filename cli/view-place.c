/* view-place.c - where in its window a picture is shown: fitted, zoomed or moved; it draws nothing. */
#include "view-place.h"

#define LEAST_ZOOM 0.01
#define MOST_ZOOM 100.0

/* The zoom with which it fills what there is. */
static double
get_fit(const struct view_place *place, int width, int height)
{
	const double across = (double)width / place->width, down = (double)height / place->height;

	return across < down ? across : down;
}

static int
clamp(int value, int limit)
{
	return value > limit ? limit : value < -limit ? -limit : value;
}

void
view_place_get(const struct view_place *place, SDL_Renderer *renderer, SDL_Rect *ret)
{
	int width = 0, height = 0;
	double scale;

	SDL_GetRendererOutputSize(renderer, &width, &height);
	scale = place->zoom > 0 ? place->zoom : get_fit(place, width, height);
	ret->w = (int)(place->width * scale + 0.5);
	ret->h = (int)(place->height * scale + 0.5);
	ret->w = ret->w < 1 ? 1 : ret->w;
	ret->h = ret->h < 1 ? 1 : ret->h;
	ret->x = (width - ret->w) / 2 + place->x;
	ret->y = (height - ret->h) / 2 + place->y;
}

void
view_place_set_zoom(struct view_place *place, double zoom)
{
	place->zoom = zoom;
	place->x = place->y = 0;
}

void
view_place_zoom_by(struct view_place *place, SDL_Renderer *renderer, double factor)
{
	int width = 0, height = 0;

	if (place->width == 0)
		return;
	SDL_GetRendererOutputSize(renderer, &width, &height);
	if (place->zoom <= 0)
		place->zoom = get_fit(place, width, height);
	place->zoom *= factor;
	place->zoom = place->zoom < LEAST_ZOOM  ? LEAST_ZOOM
		      : place->zoom > MOST_ZOOM ? MOST_ZOOM
						: place->zoom;
}

void
view_place_move(struct view_place *place, SDL_Renderer *renderer, int x, int y)
{
	SDL_Rect shown;

	if (place->width == 0)
		return;
	view_place_get(place, renderer, &shown);
	place->x = clamp(place->x + x * shown.w / 16, shown.w);
	place->y = clamp(place->y + y * shown.h / 16, shown.h);
}
