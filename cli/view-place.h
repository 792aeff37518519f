/*
 * view-place.h - where in its window a picture is shown, and how large.
 */
#ifndef CLI_VIEW_PLACE_H
#define CLI_VIEW_PLACE_H

#include <stdint.h>

#include <SDL.h>

/* All zero is a picture that fills the window as far as its shape allows. */
struct view_place {
	uint32_t width, height; /* of the picture, in square pixels; 0: there was none */
	double zoom; /* pixels of the screen for one of the picture; 0: fit */
	int x, y; /* how far it was moved out of the middle */
};

/* There must have been a picture. */
void
view_place_get(const struct view_place *place, SDL_Renderer *renderer, SDL_Rect *ret);

/* Sets the zoom, and the picture into the middle. */
void
view_place_set_zoom(struct view_place *place, double zoom);

/* Nothing happens without a picture. */
void
view_place_zoom_by(struct view_place *place, SDL_Renderer *renderer, double factor);

/* By sixteenths of its size. Nothing happens without a picture. */
void
view_place_move(struct view_place *place, SDL_Renderer *renderer, int x, int y);

#endif /* CLI_VIEW_PLACE_H */
