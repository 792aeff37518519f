/*
 * view-texture.h - an image as a texture of SDL's: uploaded as it is if SDL knows the format, which is the only copy that is
 * made of a frame; else converted first.
 */
#ifndef CLI_VIEW_TEXTURE_H
#define CLI_VIEW_TEXTURE_H

#include <SDL.h>

#include "image.h"

struct view_texture;

/* NULL: no memory. */
struct view_texture *
view_texture_create(SDL_Renderer *renderer);

struct view_texture *
view_texture_unref(struct view_texture *texture);

/* Makes it show @image. 0, or a negative errno: then it shows nothing. */
int
view_texture_upload(struct view_texture *texture, const struct image *image);

/* What to draw; NULL if there is nothing. */
SDL_Texture *
view_texture_get(const struct view_texture *texture);

/* Whether the last image went up as it is. */
bool
view_texture_is_direct(const struct view_texture *texture);

/* The graphics device was reset: all textures are lost. */
void
view_texture_lose(struct view_texture *texture);

#endif /* CLI_VIEW_TEXTURE_H */
