/*
 * text.h - words for people: sizes, formats, rates, and texts of others made harmless for a terminal.
 */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Enough for each of these. */
#define TEXT_SIZE 64

/* Puts '?' in the place of what a terminal would obey, and of what is not UTF-8; spaces at the end go. */
void
text_make_plain(char *text);

/* Copies as much of UTF-8 as fits, whole characters only. */
void
text_cut(const char *from, char *to, size_t size);

/* "8.3 MB"; returns @text. */
const char *
text_bytes(uint64_t bytes, char text[TEXT_SIZE]);

/* "29.97", or "-" for a negative one: unknown. */
const char *
text_rate(double rate, char text[TEXT_SIZE]);

/* "1920x1080 NV12", or "-" for what has no shape. */
const char *
text_shape(uint32_t width, uint32_t height, uint32_t format, char text[TEXT_SIZE]);

/* "NV12"; the code in hexadecimal if it is unknown, "none" for 0. */
const char *
text_format(uint32_t format, char text[TEXT_SIZE]);

/* "1 subscriber", "3 subscribers". */
const char *
text_count(uint64_t count, const char *noun, char text[TEXT_SIZE]);

/* Copies as many characters as fit into @columns of a terminal, and into @size bytes. */
void
text_fit(const char *from, int columns, char *to, size_t size);

/* Columns that it takes on a terminal. */
int
text_width(const char *text);

#endif /* CLI_TEXT_H */
