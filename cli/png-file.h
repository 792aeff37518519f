/*
 * png-file.h - pixels into a PNG file.
 */
#ifndef CLI_PNG_FILE_H
#define CLI_PNG_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Writes pixels of four bytes (red, green, blue, alpha) to an open file; without @with_alpha all are opaque. 0 or a negative
 * errno. */
int
png_file_write(FILE *file, const uint8_t *pixels, uint32_t width, uint32_t height, bool with_alpha);

#endif /* CLI_PNG_FILE_H */
