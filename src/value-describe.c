/* value-describe.c - values as text for people; nothing reads it back. */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "value-private.h"

/* No byte of an encoding becomes more text than this: \u0000 for a control character. */
_Static_assert(TRANSOM_VALUE_MAX_SIZE < INT_MAX / 32, "the length of the text fits an int");

struct output {
	char *text;
	size_t size;
	size_t length; /* of all, also of what found no room */
	bool full;
};

/* All of the bytes or none, so that no character and no escape is cut. */
static void
put(struct output *output, const char *bytes, size_t count)
{
	if (!output->full && count < output->size - output->length) {
		memcpy(output->text + output->length, bytes, count);
		output->text[output->length + count] = '\0';
	} else {
		output->full = true;
	}
	output->length += count;
}

static void
put_string(struct output *output, const char *text)
{
	put(output, text, strlen(text));
}

static void
put_escaped(struct output *output, unsigned character)
{
	char text[8];

	switch (character) {
	case '\n':
		put_string(output, "\\n");
		return;
	case '\t':
		put_string(output, "\\t");
		return;
	case '"':
		put_string(output, "\\\"");
		return;
	case '\\':
		put_string(output, "\\\\");
		return;
	default:
		snprintf(text, sizeof(text), "\\u%04x", character & 0xffff);
		put_string(output, text);
	}
}

static void
put_quoted(struct output *output, const char *text, size_t size)
{
	const unsigned char *bytes = (const unsigned char *)text;

	put_string(output, "\"");
	for (size_t i = 0, length; i < size; i += length) {
		for (length = 1; i + length < size && (bytes[i + length] & 0xc0) == 0x80;)
			length++;
		if (bytes[i] < ' ' || bytes[i] == 0x7f || bytes[i] == '"' || bytes[i] == '\\')
			put_escaped(output, bytes[i]);
		else if (bytes[i] == 0xc2 && bytes[i + 1] < 0xa0)
			put_escaped(output, bytes[i + 1]); /* U+0080 to U+009f: controls as well */
		else
			put(output, text + i, length);
	}
	put_string(output, "\"");
}

/* The shortest digits that give the number back, with a point in every locale. */
static void
put_real(struct output *output, double real)
{
	char digits[40], text[40];
	size_t length = 0;

	if (!isfinite(real)) {
		put_string(output, isnan(real) ? "nan" : real < 0 ? "-inf" : "inf");
		return;
	}
	for (int precision = 15; precision <= 17; precision++) {
		snprintf(digits, sizeof(digits), "%.*g", precision, real);
		if (strtod(digits, NULL) == real)
			break;
	}
	for (const char *digit = digits; *digit; digit++) {
		if (strchr("+-0123456789e", *digit))
			text[length++] = *digit;
		else if (length == 0 || text[length - 1] != '.') /* a locale's point may be many bytes */
			text[length++] = '.';
	}
	text[length] = '\0';
	put(output, text, length);
	if (!strpbrk(text, ".e"))
		put_string(output, ".0");
}

static void
put_date(struct output *output, double seconds)
{
	char text[64];
	int64_t milliseconds;
	int rest;
	time_t whole;
	struct tm tm;

	/* From the year 0 to 9999, to be read at a glance; others, and no moment, as the number they are. */
	put_string(output, "date(");
	if (seconds >= -62167219200.0 && seconds < 253402300799.0) {
		milliseconds = (int64_t)(seconds * 1000 + (seconds < 0 ? -0.5 : 0.5));
		rest = (int)((milliseconds % 1000 + 1000) % 1000);
		whole = (time_t)((milliseconds - rest) / 1000);
		gmtime_r(&whole, &tm);
		snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900,
			 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, rest);
		put_string(output, text);
	} else {
		put_real(output, seconds);
	}
	put_string(output, ")");
}

static void
put_data(struct output *output, const struct transom_value *value)
{
	static const char digits[] = "0123456789abcdef";

	put_string(output, "data(");
	for (size_t i = 0; i < value->count; i++) {
		unsigned char byte = (unsigned char)value->bytes[i];

		put(output, (char[]){ digits[byte >> 4], digits[byte & 15] }, 2);
	}
	put_string(output, ")");
}

static void
put_value(struct output *output, const struct transom_value *value)
{
	char text[32];

	switch ((enum transom_value_type)value->type) {
	case TRANSOM_VALUE_STRING:
		put_quoted(output, value->bytes, value->count);
		break;
	case TRANSOM_VALUE_INTEGER:
		snprintf(text, sizeof(text), "%lld", (long long)value->integer);
		put_string(output, text);
		break;
	case TRANSOM_VALUE_REAL:
		put_real(output, value->real);
		break;
	case TRANSOM_VALUE_BOOLEAN:
		put_string(output, value->boolean ? "true" : "false");
		break;
	case TRANSOM_VALUE_DATA:
		put_data(output, value);
		break;
	case TRANSOM_VALUE_DATE:
		put_date(output, value->real);
		break;
	case TRANSOM_VALUE_ARRAY:
		put_string(output, "[");
		for (size_t i = 0; i < value->count; i++) {
			put_string(output, i ? ", " : "");
			put_value(output, value->slots[i]);
		}
		put_string(output, "]");
		break;
	case TRANSOM_VALUE_DICTIONARY:
		put_string(output, "{");
		for (size_t i = 0; i < value->count; i++) {
			put_string(output, i ? ", " : "");
			put_value(output, value->slots[2 * i]);
			put_string(output, ": ");
			put_value(output, value->slots[2 * i + 1]);
		}
		put_string(output, "}");
		break;
	}
}

int
transom_value_describe(const struct transom_value *value, char *text, size_t size)
{
	struct output output = { .text = text, .size = size, .full = size == 0 };

	if (!value || (!text && size))
		return -EINVAL;
	if (size)
		text[0] = '\0';
	put_value(&output, value);
	return (int)output.length;
}
