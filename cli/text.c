/* text.c - words for people. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include <transom/format.h>

#include "text.h"

/* The length of the character that @text begins with, or 0 if it is none that can be printed. */
static size_t
measure(const char *text, size_t length, int *ret_width)
{
	mbstate_t state = { 0 };
	wchar_t character;
	size_t n;

	if ((unsigned char)text[0] < 0x80) { /* in any locale */
		*ret_width = 1;
		return text[0] >= ' ' && text[0] < 0x7f;
	}
	n = mbrtowc(&character, text, length, &state);
	if (n == 0 || n > length || !iswprint((wint_t)character))
		return 0;
	*ret_width = wcwidth(character) < 0 ? 1 : wcwidth(character);
	return n;
}

void
text_make_plain(char *text)
{
	size_t length = strlen(text), n;
	int width;

	for (size_t i = 0; i < length; i += n) {
		n = measure(text + i, length - i, &width);
		if (n > 0)
			continue;
		text[i] = '?';
		n = 1;
	}
	while (length > 0 && text[length - 1] == ' ')
		text[--length] = '\0';
}

void
text_cut(const char *from, char *to, size_t size)
{
	size_t length = strlen(from);

	if (length >= size) {
		length = size - 1;
		while (length > 0 && ((unsigned char)from[length] & 0xc0) == 0x80)
			length--;
	}
	memmove(to, from, length);
	to[length] = '\0';
}

int
text_width(const char *text)
{
	size_t length = strlen(text), n;
	int columns = 0, width;

	for (size_t i = 0; i < length; i += n) {
		n = measure(text + i, length - i, &width);
		columns += n > 0 ? width : 1;
		n = n > 0 ? n : 1;
	}
	return columns;
}

void
text_fit(const char *from, int columns, char *to, size_t size)
{
	size_t length = strlen(from), at = 0, n;
	int width;

	for (; at < length; at += n) {
		n = measure(from + at, length - at, &width);
		width = n > 0 ? width : 1;
		n = n > 0 ? n : 1;
		if (width > columns || at + n >= size)
			break;
		columns -= width;
	}
	memcpy(to, from, at);
	to[at] = '\0';
}

const char *
text_bytes(uint64_t bytes, char text[TEXT_SIZE])
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
	double number = (double)bytes;
	size_t unit = 0;

	for (; number >= 999.5 && unit + 1 < sizeof(units) / sizeof(units[0]); unit++)
		number /= 1000;
	snprintf(text, TEXT_SIZE, unit > 0 && number < 99.95 ? "%.1f %s" : "%.0f %s", number, units[unit]);
	return text;
}

const char *
text_rate(double rate, char text[TEXT_SIZE])
{
	if (rate < 0)
		strcpy(text, "-");
	else
		snprintf(text, TEXT_SIZE, rate < 999.95 ? "%.1f" : "%.0f", rate);
	return text;
}

const char *
text_format(uint32_t format, char text[TEXT_SIZE])
{
	const struct transom_format *known = transom_format_get(format);

	if (format == 0)
		strcpy(text, "none");
	else if (known != NULL)
		snprintf(text, TEXT_SIZE, "%s", known->name);
	else
		snprintf(text, TEXT_SIZE, "0x%08" PRIx32, format);
	return text;
}

const char *
text_shape(uint32_t width, uint32_t height, uint32_t format, char text[TEXT_SIZE])
{
	char name[TEXT_SIZE];

	if (width == 0 || height == 0)
		strcpy(text, "-");
	else
		snprintf(text, TEXT_SIZE, "%" PRIu32 "x%" PRIu32 " %.30s", width, height,
			 text_format(format, name));
	return text;
}

const char *
text_count(uint64_t count, const char *noun, char text[TEXT_SIZE])
{
	snprintf(text, TEXT_SIZE, "%" PRIu64 " %.40s%s", count, noun, count == 1 ? "" : "s");
	return text;
}
