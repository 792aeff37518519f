/*
 * image-sample.h - any pixel of an image of any format as red, green, blue and alpha. Slow and general; image-convert.h is fast where it
 * can be.
 */
#ifndef CLI_IMAGE_SAMPLE_H
#define CLI_IMAGE_SAMPLE_H

#include "image.h"

/*
 * Writes the image as @width by @height pixels of four bytes: red, green, blue, alpha. Smaller ones are averages,
 * of at most sixteen pixels each; larger ones repeat pixels. Indices, sensor data and distances, which have no colour,
 * become grey.
 */
void
image_sample(const struct image *image, uint32_t width, uint32_t height, uint8_t *ret);

#endif /* CLI_IMAGE_SAMPLE_H */
