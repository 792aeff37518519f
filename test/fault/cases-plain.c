/* cases-plain.c - faults in errors, formats and values: what makes no system calls but for memory. */
#include <string.h>

#include <transom/transom.h>

#include "../harness.h"
#include "fault.h"

static struct transom_value *text, *number, *real, *truth, *data, *date, *array, *dictionary;
static unsigned char encoded[256];
static size_t encoded_size;

/* One value of each type. */
static void
make_values(void)
{
	struct transom_value *items[2];
	const char *keys[] = { "first", "second" };

	check_eq(transom_value_create_string("text", &text), 0);
	check_eq(transom_value_create_integer(7, &number), 0);
	check_eq(transom_value_create_real(1.5, &real), 0);
	check_eq(transom_value_create_boolean(true, &truth), 0);
	check_eq(transom_value_create_data("data", 4, &data), 0);
	check_eq(transom_value_create_date(1.0, &date), 0);
	items[0] = text;
	items[1] = data;
	check_eq(transom_value_create_array(items, 2, &array), 0);
	items[1] = array;
	check_eq(transom_value_create_dictionary(keys, items, 2, &dictionary), 0);
	check_eq(transom_value_encode(dictionary, encoded, sizeof(encoded), &encoded_size), 0);
}

static void
drop_value(int r)
{
	if (r >= 0)
		transom_value_unref(out.pointer);
}

#define PLAIN(fn, expression)                                                                                \
	FAULT(fn, nothing, nothing, nothing_after)                                                           \
	{                                                                                                    \
		check(expression);                                                                           \
		return 0;                                                                                    \
	}
#define READS(fn, expression)                                                                                \
	FAULT(fn, make_values, nothing, nothing_after)                                                       \
	{                                                                                                    \
		check(expression);                                                                           \
		return 0;                                                                                    \
	}
#define MAKES(fn, ...)                                                                                       \
	FAULT(fn, make_values, nothing, drop_value)                                                          \
	{                                                                                                    \
		return fn(__VA_ARGS__, (struct transom_value **)&out.pointer);                               \
	}

PLAIN(transom_error_name, transom_error_name(-1)[0])
PLAIN(transom_error_describe, transom_error_describe(-1)[0])
PLAIN(transom_version, transom_version()[0])
PLAIN(transom_format_get, transom_format_get(TRANSOM_FORMAT_BGRA8))
PLAIN(transom_format_get_at, transom_format_get_at(0))
PLAIN(transom_format_find, transom_format_find("BGRA8", &out.word) <= 0)
PLAIN(transom_format_from_drm, transom_format_from_drm(0x34325258, TRANSOM_RANGE_FULL, &out.word) <= 0)
PLAIN(transom_format_to_drm, transom_format_to_drm(TRANSOM_FORMAT_BGRA8, &out.word) <= 0)
PLAIN(transom_format_from_apple, transom_format_from_apple(0x42475241, &out.word) <= 0)
PLAIN(transom_format_to_apple, transom_format_to_apple(TRANSOM_FORMAT_BGRA8, &out.word) <= 0)
PLAIN(transom_format_get_layout,
      transom_format_get_layout(TRANSOM_FORMAT_NV12, 64, 32, 0, (struct transom_layout *)(void *)&out) == 0)

MAKES(transom_value_create_string, "text")
MAKES(transom_value_create_integer, 7)
MAKES(transom_value_create_real, 1.5)
MAKES(transom_value_create_boolean, true)
MAKES(transom_value_create_data, "data", 4)
MAKES(transom_value_create_date, 1.0)
MAKES(transom_value_create_array, &number, 1)
MAKES(transom_value_create_dictionary, &(const char *){ "key" }, &number, 1)
MAKES(transom_value_with, dictionary, "third", number)
MAKES(transom_value_without, dictionary, "first")
MAKES(transom_value_decode, encoded, encoded_size)

FAULT(transom_value_ref, make_values, nothing, drop_value)
{
	out.pointer = transom_value_ref(text);
	return 0;
}

static void *taken;

static void
take_value(void)
{
	taken = transom_value_ref(dictionary);
}

FAULT(transom_value_unref, make_values, take_value, nothing_after)
{
	check(!transom_value_unref(taken));
	return 0;
}

READS(transom_value_get_type, transom_value_get_type(text) == TRANSOM_VALUE_STRING)
READS(transom_value_get_string, !strcmp(transom_value_get_string(text), "text"))
READS(transom_value_get_integer, transom_value_get_integer(number, (int64_t *)&out.number) == 0)
READS(transom_value_get_real, transom_value_get_real(real, (double *)(void *)&out) == 0)
READS(transom_value_get_boolean, transom_value_get_boolean(truth, (bool *)&out) == 0)
READS(transom_value_get_data, transom_value_get_data(data, &(const void *){ NULL }, &out.size) == 0)
READS(transom_value_get_date, transom_value_get_date(date, (double *)(void *)&out) == 0)
READS(transom_value_get_count, transom_value_get_count(array) == 2)
READS(transom_value_get_item, transom_value_get_item(array, 0) == text)
READS(transom_value_get_key, !strcmp(transom_value_get_key(dictionary, 0), "first"))
READS(transom_value_get_value, transom_value_get_value(dictionary, "first") == text)
READS(transom_value_equal, transom_value_equal(text, text))

FAULT(transom_value_describe, make_values, nothing, nothing_after)
{
	return transom_value_describe(dictionary, out.text, sizeof(out.text));
}

FAULT(transom_value_encode, make_values, nothing, nothing_after)
{
	return transom_value_encode(dictionary, out.bytes + sizeof(size_t), 256, &out.size);
}
