/* interval.c - how long and how often, from the command line. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "interval.h"

enum { MOST_TIMES = 1000000 };

int
interval_parse(struct argp_state *state, const char *what, const char *text, double least, double most)
{
	double seconds = strtod(text, NULL);

	/* Digits and one point: strtod takes more, "inf" and "1e3" and "0x1" too. */
	if (text[0] == '\0' || text[strspn(text, "0123456789.")] != '\0' ||
	    strchr(text, '.') != strrchr(text, '.') || strcmp(text, ".") == 0 || !(seconds >= least) ||
	    !(seconds <= most))
		argp_error(state, "%s takes seconds from %g to %g, not \"%s\"", what, least, most, text);
	return (int)lround(seconds * 1000);
}

int
interval_parse_count(struct argp_state *state, const char *what, const char *text)
{
	const size_t length = strlen(text);
	const long count = length <= 7 ? strtol(text, NULL, 10) : 0;

	if (strspn(text, "0123456789") != length || count < 1 || count > MOST_TIMES)
		argp_error(state, "%s takes a number from 1 to %d, not \"%s\"", what, MOST_TIMES, text);
	return (int)count;
}
