/* protocol-values.h - compares what docs/protocol.md says of encoded values with the source: protocol.py
 * makes a program of its tables that includes this. */
#include <errno.h>
#include <string.h>

#include "harness.h"

static const struct row {
	const char *text, *digits;
} written[] = { WRITTEN }, also_read[] = { READ };

static const struct {
	int error;
	const char *digits;
} refused[] = { REFUSED };

/* Bytes of hexadecimal digits, with spaces between some of them. */
static size_t
parse(const char *digits, unsigned char bytes[64])
{
	size_t size = 0;

	for (; *digits; digits++) {
		char pair[3] = { digits[0], digits[0] == ' ' ? 0 : digits[1] };

		if (*digits == ' ')
			continue;
		check(size < 64);
		bytes[size++] = (unsigned char)strtoul(pair, NULL, 16);
		digits++;
	}
	return size;
}

/* The value of the row's bytes, after a look whether it is the one of its text. */
static struct transom_value *
read_row(const struct row *row)
{
	struct transom_value *value = NULL;
	unsigned char bytes[64];
	char text[128];

	check_eq(transom_value_decode(bytes, parse(row->digits, bytes), &value), 0);
	check(transom_value_describe(value, text, sizeof(text)) < (int)sizeof(text));
	if (strcmp(text, row->text))
		fprintf(stderr, "%s is %s\n", row->digits, text);
	check(!strcmp(text, row->text));
	return value;
}

TEST(values_are_written_as_documented)
{
	for (size_t i = 0; i < sizeof(written) / sizeof(written[0]); i++) {
		struct transom_value *value = read_row(&written[i]);
		unsigned char want[64], have[64];
		size_t size;

		check_eq(transom_value_encode(value, have, sizeof(have), &size), 0);
		check_eq(size, parse(written[i].digits, want));
		check(!memcmp(have, want, size));
		transom_value_unref(value);
	}
}

TEST(values_are_read_as_documented)
{
	for (size_t i = 0; i < sizeof(also_read) / sizeof(also_read[0]); i++)
		transom_value_unref(read_row(&also_read[i]));
}

TEST(values_are_refused_as_documented)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct transom_value *value = NULL;
		unsigned char bytes[64];

		check_eq(transom_value_decode(bytes, parse(refused[i].digits, bytes), &value),
			 -refused[i].error);
		check(!value);
	}
}
