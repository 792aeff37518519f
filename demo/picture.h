/*
 * picture.h - a still picture out of a PNG or JPEG file, panned and zoomed into frames.
 */
#ifndef DEMO_PICTURE_H
#define DEMO_PICTURE_H

#include "view.h"

/* Pixels on a side, and in all. */
#define PICTURE_MAX_SIDE 16384
#define PICTURE_MAX_PIXELS (128u << 20)

/* What frames are made of it. */
#define PICTURE_FRAME_WIDTH 1280
#define PICTURE_FRAME_HEIGHT 720

/* BGRA, opaque, rows without gaps. */
struct picture {
	uint32_t width;
	uint32_t height;
	uint8_t *pixels;
};

/* Each reads a file that is in memory: 0, or an exit code after a complaint. */
int
picture_read_png(const char *path, const uint8_t *bytes, size_t size, struct picture *ret);
int
picture_read_jpeg(const char *path, const uint8_t *bytes, size_t size, struct picture *ret);

void
picture_destroy(struct picture *picture);

/* Fills a view of TRANSOM_FORMAT_BGRA8 with the part of the picture that the frame shows. */
bool
picture_draw(const struct picture *picture, uint32_t number, const struct view *view);

#endif /* DEMO_PICTURE_H */
