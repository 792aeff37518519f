/* json.c - facts as JSON. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "complain.h"
#include "json.h"
#include "memory.h"
#include "text.h"

int
json_print(json_t *json)
{
	int r = json == NULL ? -1 : json_dumpf(json, stdout, JSON_COMPACT | JSON_REAL_PRECISION(15));

	json_decref(json);
	if (r < 0)
		return complain(EXIT_FAILED, "the output could not be written");
	putchar('\n');
	return fflush(stdout) == 0 ? EXIT_DONE : complain(EXIT_FAILED, "the output could not be written");
}

json_t *
json_text(const char *text)
{
	json_t *json = json_string(text);
	char *plain;

	if (json != NULL)
		return json;
	plain = memory_copy(text);
	text_make_plain(plain);
	json = json_string(plain);
	free(plain);
	return json;
}

json_t *
json_number(uint64_t number)
{
	return json_integer((json_int_t)number);
}

static json_t *
make_data(const struct transom_value *value)
{
	const unsigned char *bytes;
	const void *data;
	json_t *json;
	size_t size;
	char *digits;

	if (transom_value_get_data(value, &data, &size) < 0)
		return json_null();
	bytes = data;
	digits = memory_get(2 * size + 1, 1);
	for (size_t i = 0; i < size; i++)
		sprintf(digits + 2 * i, "%02x", bytes[i]);
	json = json_pack("{s:s}", "data", digits);
	free(digits);
	return json;
}

static json_t *
make_real(const char *name, double real)
{
	json_t *json = isfinite(real) ? json_real(real) : NULL;

	if (json == NULL) /* JSON has no such number */
		json = json_string(isnan(real) ? "nan" : real > 0 ? "inf" : "-inf");
	return isfinite(real) && strcmp(name, "real") == 0 ? json : json_pack("{s:o}", name, json);
}

static json_t *
make_array(const struct transom_value *value)
{
	json_t *json = json_array();
	int count = transom_value_get_count(value);

	for (int i = 0; i < count; i++)
		json_array_append_new(json, json_value(transom_value_get_item(value, (size_t)i)));
	return json;
}

static json_t *
make_object(const struct transom_value *value)
{
	json_t *json = json_object();
	int count = transom_value_get_count(value);

	for (int i = 0; i < count; i++) {
		const char *key = transom_value_get_key(value, (size_t)i);

		json_object_set_new(json, key, json_value(transom_value_get_value(value, key)));
	}
	return json;
}

json_t *
json_value(const struct transom_value *value)
{
	bool boolean = false;
	int64_t integer = 0;
	double real = 0;

	switch (transom_value_get_type(value)) {
	case TRANSOM_VALUE_STRING:
		return json_text(transom_value_get_string(value));
	case TRANSOM_VALUE_INTEGER:
		transom_value_get_integer(value, &integer);
		return json_integer(integer);
	case TRANSOM_VALUE_REAL:
		transom_value_get_real(value, &real);
		return make_real("real", real);
	case TRANSOM_VALUE_BOOLEAN:
		transom_value_get_boolean(value, &boolean);
		return json_boolean(boolean);
	case TRANSOM_VALUE_DATE:
		transom_value_get_date(value, &real);
		return make_real("date", real);
	case TRANSOM_VALUE_DATA:
		return make_data(value);
	case TRANSOM_VALUE_ARRAY:
		return make_array(value);
	case TRANSOM_VALUE_DICTIONARY:
		return make_object(value);
	}
	return json_null();
}

json_t *
json_geometry(const struct transom_surface_geometry *geometry)
{
	char format[TEXT_SIZE];

	return json_pack("{s:I, s:I, s:s, s:I, s:I, s:I, s:I, s:[I,I,I,I]}", "width",
			 (json_int_t)geometry->width, "height", (json_int_t)geometry->height, "format",
			 text_format(geometry->format, format), "format_code", (json_int_t)geometry->format,
			 "bytes_per_row", (json_int_t)geometry->bytes_per_row, "planes",
			 (json_int_t)geometry->plane_count, "bytes", (json_int_t)geometry->allocation_size,
			 "extended", (json_int_t)geometry->extended[0], (json_int_t)geometry->extended[1],
			 (json_int_t)geometry->extended[2], (json_int_t)geometry->extended[3]);
}
