/*
 * interval.h - how long and how often, as people write it on the command line; for parsers of argp.
 */
#ifndef CLI_INTERVAL_H
#define CLI_INTERVAL_H

#include <argp.h>

/*
 * Seconds with or without a fraction, of that range, as milliseconds. @what is the option, for the sentence with which the
 * program ends if it is anything else.
 */
int
interval_parse(struct argp_state *state, const char *what, const char *text, double least, double most);

/* How many times: 1 to a million. */
int
interval_parse_count(struct argp_state *state, const char *what, const char *text);

#endif /* CLI_INTERVAL_H */
