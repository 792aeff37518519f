/*
 * json.h - facts as JSON: one document a line, and what of Transom's becomes which JSON.
 */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <jansson.h>

#include <transom/surface.h>
#include <transom/value.h>

/* Prints it to stdout as one line, and drops it. An exit code. */
int
json_print(json_t *json);

/* Text that may not be UTF-8. */
json_t *
json_text(const char *text);

/* A number of 64 bits, all of which counts: JSON's readers take it for a signed one. */
json_t *
json_number(uint64_t number);

/*
 * A value: strings, numbers, booleans, arrays and dictionaries as they are; data as {"data": hexadecimal digits}, dates as
 * {"date": seconds since 1970}, and reals that JSON lacks as {"real": "nan"}.
 */
json_t *
json_value(const struct transom_value *value);

json_t *
json_geometry(const struct transom_surface_geometry *geometry);

#endif /* CLI_JSON_H */
