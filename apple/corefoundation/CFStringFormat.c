/* CFStringFormat.c - texts made of a format and arguments, as printf(3) makes them, objects among them. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "CFStringConversion-private.h"

static locale_t plain;

static void
make_plain_locale(void)
{
	plain = newlocale(LC_ALL_MASK, "C.UTF-8", 0);
	if (!plain)
		plain = newlocale(LC_ALL_MASK, "C", 0);
}

locale_t
plain_locale(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, make_plain_locale);
	return plain;
}

static void
fetch(const struct format *format, va_list list, union argument *arguments)
{
	va_list copy;

	va_copy(copy, list);
	for (int i = 0; i < format->count; i++)
		switch (format->kinds[i]) {
		case KIND_INT:
			arguments[i].integer = va_arg(copy, int);
			break;
		case KIND_LONG:
			arguments[i].integer = va_arg(copy, long);
			break;
		case KIND_DOUBLE:
			arguments[i].real = va_arg(copy, double);
			break;
		case KIND_LONG_DOUBLE:
			arguments[i].long_real = va_arg(copy, long double);
			break;
		default:
			arguments[i].pointer = va_arg(copy, const void *);
		}
	va_end(copy);
}

/* Appends text, cut to the precision and filled up to the width. */
static void
append_text(CFMutableStringRef out, const struct text *text, const struct conversion *conversion)
{
	CFIndex length = text->length;
	struct text part, space = { .ascii = (const UInt8 *)" ", .length = 1 };
	bool at_left = strchr(conversion->flags, '-');
	CFIndex fill;

	if (conversion->precision >= 0 && conversion->precision < length)
		length = conversion->precision;
	part = text_part(text, CFRangeMake(0, length));
	fill = conversion->width > length ? conversion->width - length : 0;
	for (CFIndex i = 0; i < fill && !at_left; i++)
		string_replace(out, CFRangeMake(CFStringGetLength(out), 0), &space);
	string_replace(out, CFRangeMake(CFStringGetLength(out), 0), &part);
	for (CFIndex i = 0; i < fill && at_left; i++)
		string_replace(out, CFRangeMake(CFStringGetLength(out), 0), &space);
}

static void
append_object(CFMutableStringRef out, CFTypeRef object, const struct conversion *conversion)
{
	CFStringRef string = cf_copy_text(object);
	struct text text;

	if (text_open(string, &text))
		append_text(out, &text, conversion);
	text_close(&text);
	CFRelease(string);
}

/* Bytes that are not UTF-8 are taken for ISO Latin 1. With a precision no more bytes are read. */
static void
append_bytes(CFMutableStringRef out, const char *bytes, const struct conversion *conversion)
{
	CFIndex length;
	struct text text;

	if (!bytes)
		bytes = "(null)";
	length = (CFIndex)(conversion->precision < 0 ? strlen(bytes)
						     : strnlen(bytes, (size_t)conversion->precision));
	if (text_decode((const UInt8 *)bytes, length, kCFStringEncodingUTF8, false, &text) ||
	    text_decode((const UInt8 *)bytes, length, kCFStringEncodingISOLatin1, false, &text)) {
		append_text(out, &text, conversion);
		text_close(&text);
	}
}

static void
append_wide(CFMutableStringRef out, const UniChar *wide, const struct conversion *conversion)
{
	static const UniChar null[] = { '(', 'n', 'u', 'l', 'l', ')', 0 };
	struct text text = { .wide = wide ? wide : null };

	while ((conversion->precision < 0 || text.length < conversion->precision) && text.wide[text.length])
		text.length++;
	append_text(out, &text, conversion);
}

static void
append_character(CFMutableStringRef out, UniChar character, const struct conversion *conversion)
{
	struct text text = { .wide = &character, .length = 1 };

	append_text(out, &text, conversion);
}

/* Has printf(3) write a number; -1 if it fails. */
static int
print(char *buffer, size_t size, const struct conversion *conversion, const union argument *argument)
{
	char format[32], letter = (char)conversion->letter;
	const char *length = "";

	if (conversion_kind(conversion) == KIND_LONG) {
		length = "l";
		letter = letter == 'D' ? 'd' : letter == 'U' ? 'u' : letter == 'O' ? 'o' : letter;
	} else if (conversion_kind(conversion) == KIND_LONG_DOUBLE) {
		length = "L";
	} else if (conversion_kind(conversion) == KIND_INT &&
		   (conversion->length == 'h' || conversion->length == 'H')) {
		length = conversion->length == 'h' ? "h" : "hh";
	}
	snprintf(format, sizeof(format), "%%%s*.*%s%c", conversion->flags, length, letter);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	switch (conversion_kind(conversion)) {
	case KIND_INT:
		return snprintf(buffer, size, format, conversion->width, conversion->precision,
				(int)argument->integer);
	case KIND_LONG:
		return snprintf(buffer, size, format, conversion->width, conversion->precision,
				(long)argument->integer);
	case KIND_DOUBLE:
		return snprintf(buffer, size, format, conversion->width, conversion->precision,
				argument->real);
	case KIND_LONG_DOUBLE:
		return snprintf(buffer, size, format, conversion->width, conversion->precision,
				argument->long_real);
	default:
		snprintf(format, sizeof(format), "%%%s*p", conversion->flags);
		return snprintf(buffer, size, format, conversion->width, argument->pointer);
	}
#pragma GCC diagnostic pop
}

static bool
append_number(CFMutableStringRef out, struct conversion conversion, const union argument *argument)
{
	locale_t before = uselocale(plain_locale());
	char small[128], *large = NULL;
	int length;

	if (conversion.width < 0)
		conversion.width = 0;
	length = print(small, sizeof(small), &conversion, argument);
	if (length >= (int)sizeof(small)) {
		large = malloc((size_t)length + 1);
		if (large)
			print(large, (size_t)length + 1, &conversion, argument);
	}
	uselocale(before);
	if (length < 0 || (length >= (int)sizeof(small) && !large))
		return false;
	CFStringAppendCString(out, large ? large : small, kCFStringEncodingUTF8);
	free(large);
	return true;
}

/* Puts the sizes that arguments have into a conversion; a negative width is one at the left. */
static bool
resolve_sizes(struct conversion *conversion, const union argument *arguments)
{
	if (conversion->width_argument >= 0) {
		conversion->width = (int)arguments[conversion->width_argument].integer;
		if (conversion->width < 0 && conversion->width >= -MAX_WIDTH) {
			conversion->width = -conversion->width;
			strcpy(conversion->flags, "-");
		}
	}
	if (conversion->precision_argument >= 0) {
		conversion->precision = (int)arguments[conversion->precision_argument].integer;
		if (conversion->precision < 0)
			conversion->precision = -1;
	}
	return conversion->width >= -1 && conversion->width <= MAX_WIDTH &&
	       conversion->precision <= MAX_WIDTH;
}

static bool
append_conversion(CFMutableStringRef out, struct conversion *conversion, const union argument *arguments)
{
	const union argument *argument;

	if (conversion->letter == '%') {
		append_character(out, '%', conversion);
		return true;
	}
	if (!resolve_sizes(conversion, arguments))
		return false;
	argument = &arguments[conversion->argument];
	switch (conversion->letter) {
	case '@':
		append_object(out, argument->pointer, conversion);
		return true;
	case 's':
		append_bytes(out, argument->pointer, conversion);
		return true;
	case 'S':
		append_wide(out, argument->pointer, conversion);
		return true;
	case 'c':
		append_character(out, (UInt8)argument->integer, conversion);
		return true;
	case 'C':
		append_character(out, (UniChar)argument->integer, conversion);
		return true;
	default:
		return append_number(out, *conversion, argument);
	}
}

/* Appends all of a format to a string of ours that can change; false for a format that is none. */
static bool
append_format(CFMutableStringRef out, const struct text *text, va_list list)
{
	struct format format = { .text = text };
	union argument arguments[MAX_ARGUMENTS];
	struct conversion conversion;
	CFIndex begin;

	if (!format_read_kinds(&format))
		return false;
	fetch(&format, list, arguments);
	format.at = format.next = 0;
	while (format.at < text->length) {
		struct text part;

		for (begin = format.at; format.at < text->length && text_at(text, format.at) != '%';
		     format.at++)
			;
		part = text_part(text, CFRangeMake(begin, format.at - begin));
		if (!string_replace(out, CFRangeMake(CFStringGetLength(out), 0), &part))
			return false;
		if (format.at++ < text->length && (!format_read_conversion(&format, &conversion) ||
						   !append_conversion(out, &conversion, arguments)))
			return false;
	}
	return true;
}

/* The text as a string that can still change; NULL for a format that is none. */
static CFMutableStringRef
create(CFStringRef format, va_list arguments)
{
	CFMutableStringRef out = CFStringCreateMutable(kCFAllocatorSystemDefault, 0);
	struct text text;

	if (!text_open(format, &text) || !out || !append_format(out, &text, arguments)) {
		CFRelease(out);
		out = NULL;
	}
	text_close(&text);
	return out;
}

CFStringRef
CFStringCreateWithFormatAndArguments(CFAllocatorRef allocator, CFDictionaryRef options, CFStringRef format,
				     va_list arguments)
{
	CFMutableStringRef out = create(format, arguments);
	CFStringRef string = out ? CFStringCreateCopy(allocator, out) : NULL;

	CFRelease(out);
	return string;
}

CFStringRef
CFStringCreateWithFormat(CFAllocatorRef allocator, CFDictionaryRef options, CFStringRef format, ...)
{
	CFStringRef string;
	va_list arguments;

	va_start(arguments, format);
	string = CFStringCreateWithFormatAndArguments(allocator, options, format, arguments);
	va_end(arguments);
	return string;
}

void
CFStringAppendFormatAndArguments(CFMutableStringRef string, CFDictionaryRef options, CFStringRef format,
				 va_list arguments)
{
	CFMutableStringRef out = create(format, arguments);

	if (out)
		CFStringAppend(string, out);
	CFRelease(out);
}

void
CFStringAppendFormat(CFMutableStringRef string, CFDictionaryRef options, CFStringRef format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	CFStringAppendFormatAndArguments(string, options, format, arguments);
	va_end(arguments);
}
