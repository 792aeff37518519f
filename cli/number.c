/* number.c - numbers, times, sizes and rates of the command line. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <transom/format.h>

#include "number.h"

enum { LONGEST_SECONDS = 1000000000 };

/* Reads digits only: no sign, no space. Moves @text behind them. */
static bool
read_digits(const char **text, int64_t *ret)
{
	char *end;

	if (**text < '0' || **text > '9')
		return false;
	errno = 0;
	*ret = strtoll(*text, &end, 10);
	*text = end;
	return errno == 0;
}

int64_t
number_parse(struct argp_state *state, const char *what, const char *text, int64_t least, int64_t most)
{
	const char *at = text;
	int64_t number = 0;

	if (!read_digits(&at, &number) || *at != '\0' || number < least || number > most)
		argp_error(state, "%s takes a number from %" PRId64 " to %" PRId64 ", not \"%s\"", what,
			   least, most, text);
	return number;
}

/* Digits, perhaps with a point and more of them; -1 if it is nothing of the kind. */
static double
read_decimal(const char *text)
{
	char *end;
	double number;

	if (text[strspn(text, "0123456789.")] != '\0' || text[strcspn(text, "0123456789")] == '\0')
		return -1;
	number = strtod(text, &end);
	return *end == '\0' ? number : -1;
}

int64_t
number_parse_time(struct argp_state *state, const char *what, const char *text)
{
	const char *at = text, *colon;
	int64_t minutes = 0;
	double seconds;

	for (int i = 0; i < 2 && (colon = strchr(at, ':')) != NULL; i++) {
		int64_t part = 0;

		if (!read_digits(&at, &part) || at != colon || part > LONGEST_SECONDS)
			break;
		minutes = minutes * 60 + part;
		at = colon + 1;
	}
	seconds = read_decimal(at) + (double)minutes * 60;
	if (read_decimal(at) < 0 || seconds > LONGEST_SECONDS)
		argp_error(state, "%s takes a time, such as 1.5 (seconds) or 1:30, not \"%s\"", what, text);
	return (int64_t)(seconds * 1e9);
}

void
number_parse_size(struct argp_state *state, const char *what, const char *text, uint32_t *ret_width,
		  uint32_t *ret_height)
{
	const char *at = text;
	int64_t width = 0, height = 0;

	if (!read_digits(&at, &width) || *at++ != 'x' || !read_digits(&at, &height) || *at != '\0' ||
	    width < 1 || height < 1 || width > 32768 || height > 32768) {
		argp_error(state, "%s takes a width and a height up to 32768, such as 1280x720, not \"%s\"",
			   what, text);
		return;
	}
	*ret_width = (uint32_t)width;
	*ret_height = (uint32_t)height;
}

/* 29.97 and the like are meant as n/1001. */
struct rate
number_rate_of(double frames)
{
	const double rounded = round(frames * 1001 / 1000);

	if (fabs(frames - round(frames)) < 1e-9)
		return (struct rate){ (int32_t)round(frames), 1 };
	if (rounded > 0 && fabs(rounded * 1000 / 1001 - frames) < 0.006)
		return (struct rate){ (int32_t)rounded * 1000, 1001 };
	return (struct rate){ (int32_t)round(frames * 1000), 1000 };
}

struct rate
number_parse_rate(struct argp_state *state, const char *what, const char *text)
{
	const char *at = text;
	int64_t numerator = 0, denominator = 1;
	double frames;

	if (strchr(text, '/') != NULL) {
		if (read_digits(&at, &numerator) && *at++ == '/' && read_digits(&at, &denominator) &&
		    *at == '\0' && numerator > 0 && numerator <= 10000000 && denominator > 0 &&
		    denominator <= 10000000)
			return (struct rate){ (int32_t)numerator, (int32_t)denominator };
		frames = -1;
	} else {
		frames = read_decimal(text);
	}
	if (frames < 0.001 || frames > 100000)
		argp_error(state, "%s takes frames a second, such as 25 or 30000/1001, not \"%s\"", what,
			   text);
	return number_rate_of(frames);
}

uint32_t
number_parse_format(struct argp_state *state, const char *what, const char *text)
{
	uint32_t format = 0;

	if (transom_format_find(text, &format) < 0)
		argp_error(state, "%s takes a pixel format, such as I420, NV12 or BGRA8, not \"%s\"", what,
			   text);
	return format;
}

int
number_parse_word(struct argp_state *state, const char *what, const char *text, const char *const *words,
		  int count)
{
	char list[256] = "";

	for (int i = 0; i < count; i++) {
		if (strcmp(words[i], text) == 0)
			return i;
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", i ? ", " : "", words[i]);
	}
	argp_error(state, "%s is one of %s, not \"%s\"", what, list, text);
	return 0;
}
