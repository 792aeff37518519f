/*
 * number.h - numbers, times, sizes and rates as people write them on the command line, checked; for parsers of argp. What is
 * wrong ends the program with a sentence and EXIT_USAGE.
 */
#ifndef CLI_NUMBER_H
#define CLI_NUMBER_H

#include <argp.h>
#include <stdint.h>

/* Frames a second, as a fraction. 0/1: not given. */
struct rate {
	int32_t numerator;
	int32_t denominator;
};

/* A whole number from @least to @most; @what is the option or argument, for the sentence. */
int64_t
number_parse(struct argp_state *state, const char *what, const char *text, int64_t least, int64_t most);

/* "1.5" or "90" in seconds, "1:30", "0:01:30.25": nanoseconds. */
int64_t
number_parse_time(struct argp_state *state, const char *what, const char *text);

/* "1920x1080". */
void
number_parse_size(struct argp_state *state, const char *what, const char *text, uint32_t *ret_width,
		  uint32_t *ret_height);

/* "25", "29.97" or "30000/1001". */
struct rate
number_parse_rate(struct argp_state *state, const char *what, const char *text);

/* The rate that is meant by so many frames a second, which may be measured or rounded. */
struct rate
number_rate_of(double frames);

/* A name or fourcc of format.h. */
uint32_t
number_parse_format(struct argp_state *state, const char *what, const char *text);

/* Which of the @count words it is. */
int
number_parse_word(struct argp_state *state, const char *what, const char *text, const char *const *words,
		  int count);

#endif /* CLI_NUMBER_H */
