/*
 * view-overlay.h - text over the picture, in a font that is always there.
 */
#ifndef CLI_VIEW_OVERLAY_H
#define CLI_VIEW_OVERLAY_H

#include <SDL.h>

#include "view-source.h"

/* The numbers, at the top left. */
void
view_overlay_draw_numbers(SDL_Renderer *renderer, struct view_source *source);

/* One line, in the middle of what is below @top. */
void
view_overlay_draw_line(SDL_Renderer *renderer, const char *text, int top);

#endif /* CLI_VIEW_OVERLAY_H */
