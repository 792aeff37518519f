/* CFStringConversion-private.h - what a format says: its conversions, and the kinds of its arguments. */
#ifndef CF_STRING_CONVERSION_PRIVATE_H
#define CF_STRING_CONVERSION_PRIVATE_H

#include <stdint.h>

#include "CFString-private.h"

#define MAX_ARGUMENTS 64
#define MAX_WIDTH 65536 /* a format with more is none: it would only take memory */

enum kind { KIND_NONE, KIND_INT, KIND_LONG, KIND_DOUBLE, KIND_LONG_DOUBLE, KIND_POINTER };

union argument {
	intmax_t integer;
	double real;
	long double long_real;
	const void *pointer;
};

/* One conversion; numbers of arguments are from 0, -1 for none. */
struct conversion {
	char flags[8];
	int width, precision; /* -1 for none */
	int width_argument, precision_argument, argument;
	char length; /* 'H' for hh, 'L' for L, 'q' for ll, j, z and t are 'q' and 'l' too; 0 for none */
	UniChar letter;
};

struct format {
	const struct text *text;
	CFIndex at;
	int next; /* argument without a number of its own */
	int count; /* of arguments, the highest number + 1 */
	enum kind kinds[MAX_ARGUMENTS];
};

/* Finds out what the arguments are; false for a format that is none. */
bool
format_read_kinds(struct format *format);

/* Reads what follows a '%'. "%%" has no argument. False for what is no conversion. */
bool
format_read_conversion(struct format *format, struct conversion *conversion);

/* Of its argument, by letter and length. */
enum kind
conversion_kind(const struct conversion *conversion);

#endif /* CF_STRING_CONVERSION_PRIVATE_H */
