/* CFStringConversion.c - reading a format: its conversions, and what its arguments are; not following it. */
#include <string.h>

#include "CFStringConversion-private.h"

#define BAD (-2)

static UniChar
peek(const struct format *format)
{
	return format->at < format->text->length ? text_at(format->text, format->at) : 0;
}

/* Digits; -1 if there are none, or too many. */
static int
read_number(struct format *format)
{
	int number = -1;

	while (peek(format) >= '0' && peek(format) <= '9') {
		number = (number < 0 ? 0 : number) * 10 + (peek(format) - '0');
		if (number > MAX_WIDTH)
			return -1;
		format->at++;
	}
	return number;
}

/* "3$" where it stands: the argument's number; else the next one in turn, or -1. BAD for one that there cannot be. */
static int
read_argument_number(struct format *format, bool may_be_next)
{
	CFIndex begin = format->at;
	int number = read_number(format);

	if (number > 0 && peek(format) == '$') {
		format->at++;
		return number <= MAX_ARGUMENTS ? number - 1 : BAD;
	}
	format->at = begin;
	return may_be_next && format->next < MAX_ARGUMENTS ? format->next++ : -1;
}

/* Notes what an argument is; false if it was said to be something else. */
static bool
note(struct format *format, int argument, enum kind kind)
{
	if (argument < 0 || kind == KIND_NONE || (format->kinds[argument] && format->kinds[argument] != kind))
		return false;
	format->kinds[argument] = kind;
	if (argument >= format->count)
		format->count = argument + 1;
	return true;
}

static bool
read_flags(struct format *format, struct conversion *conversion)
{
	size_t count = 0;

	while (peek(format) && peek(format) < 0x80 && strchr("-+ #0'", peek(format))) {
		if (count == sizeof(conversion->flags) - 1)
			return false;
		conversion->flags[count++] = (char)peek(format);
		format->at++;
	}
	return true;
}

/* A width or precision: digits, or an argument. */
static bool
read_size(struct format *format, int *size, int *argument)
{
	if (peek(format) != '*') {
		*size = read_number(format);
		return *size >= 0 || peek(format) < '0' || peek(format) > '9';
	}
	format->at++;
	*argument = read_argument_number(format, true);
	return note(format, *argument, KIND_INT);
}

static void
read_length(struct format *format, struct conversion *conversion)
{
	static const char marks[] = "hlqjztL";

	while (peek(format) && peek(format) < 0x80 && strchr(marks, peek(format))) {
		char mark = (char)peek(format);

		conversion->length = mark == 'h' && conversion->length == 'h'    ? 'H'
				     : mark == 'l' && conversion->length == 'l'  ? 'q'
				     : mark == 'j' || mark == 'z' || mark == 't' ? 'q'
										 : mark;
		format->at++;
	}
}

enum kind
conversion_kind(const struct conversion *conversion)
{
	bool is_long = conversion->length == 'l' || conversion->length == 'q';

	switch (conversion->letter) {
	case 'd':
	case 'i':
	case 'u':
	case 'o':
	case 'x':
	case 'X':
		return is_long ? KIND_LONG : KIND_INT;
	case 'D':
	case 'U':
	case 'O':
		return KIND_LONG;
	case 'c':
	case 'C':
		return KIND_INT;
	case 'a':
	case 'A':
	case 'e':
	case 'E':
	case 'f':
	case 'F':
	case 'g':
	case 'G':
		return conversion->length == 'L' ? KIND_LONG_DOUBLE : KIND_DOUBLE;
	case '@':
	case 's':
	case 'S':
	case 'p':
		return KIND_POINTER;
	default:
		return KIND_NONE;
	}
}

bool
format_read_conversion(struct format *format, struct conversion *conversion)
{
	int number;

	*conversion = (struct conversion){
		.width = -1, .precision = -1, .width_argument = -1, .precision_argument = -1, .argument = -1
	};
	if (peek(format) == '%') {
		conversion->letter = '%';
		format->at++;
		return true;
	}
	number = read_argument_number(format, false);
	if (number == BAD || !read_flags(format, conversion) ||
	    !read_size(format, &conversion->width, &conversion->width_argument))
		return false;
	if (peek(format) == '.') {
		format->at++;
		if (!read_size(format, &conversion->precision, &conversion->precision_argument))
			return false;
		if (conversion->precision < 0 && conversion->precision_argument < 0)
			conversion->precision = 0;
	}
	read_length(format, conversion);
	conversion->letter = peek(format);
	format->at++;
	conversion->argument = number >= 0 ? number : format->next < MAX_ARGUMENTS ? format->next++ : -1;
	return note(format, conversion->argument, conversion_kind(conversion));
}

bool
format_read_kinds(struct format *format)
{
	struct conversion conversion;

	while (format->at < format->text->length)
		if (text_at(format->text, format->at++) == '%' &&
		    !format_read_conversion(format, &conversion))
			return false;
	for (int i = 0; i < format->count; i++)
		if (!format->kinds[i])
			return false; /* its size is not known, so neither is where the next one is */
	return true;
}
