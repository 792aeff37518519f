/* test-value.c - property-list values, their bytes, and what hostile bytes can do: nothing. */
#include <errno.h>
#include <locale.h>
#include <malloc.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include <transom/value.h>

#include "harness.h"

/* Every allocation of the room and of this file, counted; one of them can be made to fail. */
static atomic_long live, made, live_bytes, peak_bytes, fail_at;

void *
__real_malloc(size_t size);
void *
__real_calloc(size_t count, size_t size);
void *
__real_realloc(void *old, size_t size);
void
__real_free(void *memory);
void *
__wrap_malloc(size_t size);
void *
__wrap_calloc(size_t count, size_t size);
void *
__wrap_realloc(void *old, size_t size);
void
__wrap_free(void *memory);

static bool
must_fail(void)
{
	return atomic_fetch_add(&made, 1) + 1 == fail_at;
}

static void *
count_in(void *memory)
{
	long bytes;

	if (!memory)
		return NULL;
	live++;
	bytes = (long)malloc_usable_size(memory);
	bytes += atomic_fetch_add(&live_bytes, bytes);
	if (bytes > peak_bytes)
		peak_bytes = bytes;
	return memory;
}

static void
count_out(void *memory)
{
	if (!memory)
		return;
	live--;
	live_bytes -= (long)malloc_usable_size(memory);
}

void *
__wrap_malloc(size_t size)
{
	return must_fail() ? NULL : count_in(__real_malloc(size));
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return must_fail() ? NULL : count_in(__real_calloc(count, size));
}

void *
__wrap_realloc(void *old, size_t size)
{
	void *memory;

	if (must_fail())
		return NULL;
	count_out(old);
	memory = __real_realloc(old, size);
	return count_in(memory ? memory : old);
}

void
__wrap_free(void *memory)
{
	count_out(memory);
	__real_free(memory);
}

/* The long loops do less where everything is slow. */
static long
shortened(long count)
{
	const char *text = getenv("TRANSOM_TEST_SLOWNESS");

	return text && atoi(text) > 1 ? count / atoi(text) : count;
}

static struct transom_value *
string(const char *text)
{
	struct transom_value *v = NULL;

	check_eq(transom_value_create_string(text, &v), 0);
	return v;
}

static struct transom_value *
integer(int64_t number)
{
	struct transom_value *v = NULL;

	check_eq(transom_value_create_integer(number, &v), 0);
	return v;
}

static struct transom_value *
real(double number)
{
	struct transom_value *v = NULL;

	check_eq(transom_value_create_real(number, &v), 0);
	return v;
}

static struct transom_value *
date(double seconds)
{
	struct transom_value *v = NULL;

	check_eq(transom_value_create_date(seconds, &v), 0);
	return v;
}

/* An array of @count times the same item, which it takes. */
static struct transom_value *
array_of(struct transom_value *item, size_t count)
{
	struct transom_value **items = calloc(count ? count : 1, sizeof(*items)), *v = NULL;

	for (size_t i = 0; i < count; i++)
		items[i] = item;
	check_eq(transom_value_create_array(items, count, &v), 0);
	free(items);
	transom_value_unref(item);
	return v;
}

/* A dictionary with every type in it, nested. */
static struct transom_value *
everything(void)
{
	const char *inner_keys[] = { "primaries", "a", "" };
	const char *keys[] = {
		"string", "integer", "real", "boolean", "data", "date", "array", "dictionary"
	};
	struct transom_value *inner[3], *v[8] = { NULL }, *all = NULL;

	inner[0] = string("BT.2020 \xe6\xb0\xb4 \xf0\x90\x85\x91");
	inner[1] = array_of(real(0.5), 30);
	inner[2] = array_of(NULL, 0);
	v[0] = string("");
	v[1] = integer(-1000000000000);
	v[2] = real(1.1);
	check_eq(transom_value_create_boolean(true, &v[3]), 0);
	check_eq(transom_value_create_data("\0\1\xff", 3, &v[4]), 0);
	v[5] = date(1363896240.5);
	check_eq(transom_value_create_array(inner, 3, &v[6]), 0);
	check_eq(transom_value_create_dictionary(inner_keys, inner, 3, &v[7]), 0);
	check_eq(transom_value_create_dictionary(keys, v, 8, &all), 0);
	for (int i = 0; i < 3; i++)
		transom_value_unref(inner[i]);
	for (int i = 0; i < 8; i++)
		transom_value_unref(v[i]);
	return all;
}

static size_t
from_hex(const char *hex, unsigned char *bytes)
{
	size_t n = 0;
	unsigned byte;

	for (; sscanf(hex, "%2x", &byte) == 1; hex += 2)
		bytes[n++] = (unsigned char)byte;
	return n;
}

static size_t
encode(const struct transom_value *v, unsigned char *bytes, size_t room)
{
	size_t asked = 0, size = 0;

	check_eq(transom_value_encode(v, NULL, 0, &asked), 0);
	check_eq(transom_value_encode(v, bytes, room, &size), 0);
	check_eq(size, asked);
	return size;
}

static void
check_text(const struct transom_value *v, const char *want)
{
	char text[1024];

	check_eq(transom_value_describe(v, text, sizeof(text)), strlen(want));
	if (strcmp(text, want))
		fprintf(stderr, "have %s\nwant %s\n", text, want);
	check(!strcmp(text, want));
}

static void
check_bytes(const struct transom_value *v, const char *hex)
{
	unsigned char have[128], want[128];
	size_t size = encode(v, have, sizeof(have));

	check_eq(size, from_hex(hex, want));
	check(!memcmp(have, want, size));
}

/*
 * Decodes, and if that gives a value, checks that its encoding gives an equal one; whatever the
 * bytes, nothing stays allocated and nothing is written on failure.
 */
static int
try_bytes(const void *data, size_t size)
{
	static unsigned char bytes[TRANSOM_VALUE_MAX_SIZE];
	struct transom_value *const untouched = (struct transom_value *)&bytes, *first = untouched,
				    *second = untouched;
	long before = live;
	size_t encoded;
	int r = transom_value_decode(data, size, &first);

	if (r < 0) {
		check(first == untouched);
		check(r == -ENODATA || r == -EBADMSG || r == -E2BIG);
	} else {
		check_eq(r, 0);
		check_eq(transom_value_encode(first, bytes, sizeof(bytes), &encoded), 0);
		check_eq(transom_value_decode(bytes, encoded, &second), 0);
		check(transom_value_equal(first, second));
		transom_value_unref(first);
		transom_value_unref(second);
	}
	check_eq(live, before);
	return r;
}

TEST(leaves_keep_what_they_are_given)
{
	struct transom_value *v = string("text");
	const void *bytes = NULL;
	size_t size = 0;
	int64_t number = 0;
	double fraction = 0;
	bool truth = false;

	check(transom_value_get_type(v) == TRANSOM_VALUE_STRING);
	check(!strcmp(transom_value_get_string(v), "text"));
	v = transom_value_unref(v);
	v = integer(INT64_MIN);
	check(transom_value_get_type(v) == TRANSOM_VALUE_INTEGER);
	check(transom_value_get_integer(v, &number) == 0 && number == INT64_MIN);
	check(transom_value_get_real(v, &fraction) == -EINVAL && fraction == 0);
	v = transom_value_unref(v);
	v = real(-0.25);
	check(transom_value_get_type(v) == TRANSOM_VALUE_REAL);
	check(transom_value_get_real(v, &fraction) == 0 && fraction == -0.25);
	check(transom_value_get_date(v, &fraction) == -EINVAL);
	v = transom_value_unref(v);
	v = date(12.5);
	check(transom_value_get_type(v) == TRANSOM_VALUE_DATE);
	check(transom_value_get_date(v, &fraction) == 0 && fraction == 12.5);
	check(transom_value_get_real(v, &fraction) == -EINVAL);
	v = transom_value_unref(v);
	check_eq(transom_value_create_boolean(true, &v), 0);
	check(transom_value_get_type(v) == TRANSOM_VALUE_BOOLEAN);
	check(transom_value_get_boolean(v, &truth) == 0 && truth);
	check_eq(transom_value_get_count(v), -EINVAL);
	v = transom_value_unref(v);
	check_eq(transom_value_create_data("\0b", 2, &v), 0);
	check(transom_value_get_type(v) == TRANSOM_VALUE_DATA);
	check(transom_value_get_data(v, &bytes, &size) == 0 && size == 2 && !memcmp(bytes, "\0b", 2));
	check(!transom_value_get_string(v));
	v = transom_value_unref(v);
	check_eq(transom_value_create_data(NULL, 0, &v), 0);
	check(transom_value_get_data(v, &bytes, &size) == 0 && size == 0 && bytes);
	transom_value_unref(v);
	check_eq(live, 0);
}

TEST(collections_keep_what_they_are_given)
{
	struct transom_value *v = everything(), *array, *dictionary;

	check_eq(transom_value_get_count(v), 8);
	array = transom_value_get_value(v, "array");
	check(transom_value_get_type(array) == TRANSOM_VALUE_ARRAY);
	check_eq(transom_value_get_count(array), 3);
	check_eq(transom_value_get_count(transom_value_get_item(array, 1)), 30);
	check(!transom_value_get_item(array, 3));
	check(!transom_value_get_key(array, 0));
	check(!transom_value_get_value(array, "a"));
	dictionary = transom_value_get_value(v, "dictionary");
	check(transom_value_get_type(dictionary) == TRANSOM_VALUE_DICTIONARY);
	/* One and the same value in two places. */
	check(transom_value_get_value(dictionary, "a") == transom_value_get_item(array, 1));
	check(!transom_value_get_item(dictionary, 0));
	check(!transom_value_get_value(dictionary, "b"));
	check(!strcmp(transom_value_get_key(dictionary, 0), ""));
	check(!strcmp(transom_value_get_key(dictionary, 1), "a"));
	check(!strcmp(transom_value_get_key(dictionary, 2), "primaries"));
	check(!transom_value_get_key(dictionary, 3));
	transom_value_unref(v);
	check_eq(live, 0);
}

TEST(parts_outlive_their_whole_by_a_reference)
{
	struct transom_value *v = everything(),
			     *part = transom_value_ref(transom_value_get_value(v, "array"));

	transom_value_unref(v);
	check_eq(transom_value_get_count(part), 3);
	transom_value_unref(part);
	check_eq(live, 0);
}

TEST(wrong_arguments_are_refused)
{
	struct transom_value *const untouched = (struct transom_value *)&live, *v = untouched,
				    *one = integer(1);
	struct transom_value *holes[] = { one, NULL, one };
	const char *keys[] = { "a", NULL, "c" };
	const char *twice[] = { "b", "a", "b" };
	struct transom_value *ones[] = { one, one, one };
	const void *bytes;
	int64_t number;
	double fraction;
	bool truth;
	size_t size;
	char text[4] = "abc";

	check(!transom_value_ref(NULL));
	check(!transom_value_unref(NULL));
	check_eq(transom_value_create_string(NULL, &v), -EINVAL);
	check_eq(transom_value_create_string("", NULL), -EINVAL);
	check_eq(transom_value_create_integer(1, NULL), -EINVAL);
	check_eq(transom_value_create_real(1, NULL), -EINVAL);
	check_eq(transom_value_create_boolean(1, NULL), -EINVAL);
	check_eq(transom_value_create_date(1, NULL), -EINVAL);
	check_eq(transom_value_create_data(NULL, 1, &v), -EINVAL);
	check_eq(transom_value_create_data("", 1, NULL), -EINVAL);
	check_eq(transom_value_create_array(NULL, 1, &v), -EINVAL);
	check_eq(transom_value_create_array(holes, 3, &v), -EINVAL);
	check_eq(transom_value_create_array(ones, 3, NULL), -EINVAL);
	check_eq(transom_value_create_array(ones, SIZE_MAX, &v), -E2BIG);
	check_eq(transom_value_create_dictionary(NULL, ones, 3, &v), -EINVAL);
	check_eq(transom_value_create_dictionary(twice, NULL, 3, &v), -EINVAL);
	check_eq(transom_value_create_dictionary(keys, ones, 3, &v), -EINVAL);
	check_eq(transom_value_create_dictionary(twice, holes, 3, &v), -EINVAL);
	check_eq(transom_value_create_dictionary(twice, ones, 3, &v), -EINVAL);
	check_eq(transom_value_create_dictionary(twice, ones, 2, NULL), -EINVAL);
	check_eq(transom_value_create_dictionary(twice, ones, SIZE_MAX, &v), -E2BIG);
	check_eq(transom_value_with(NULL, "a", one, &v), -EINVAL);
	check_eq(transom_value_with(one, "a", one, &v), -EINVAL);
	check_eq(transom_value_without(NULL, "a", &v), -EINVAL);
	check_eq(transom_value_without(one, "a", &v), -EINVAL);
	check_eq((int)transom_value_get_type(NULL), 0);
	check(!transom_value_get_string(NULL));
	check_eq(transom_value_get_integer(NULL, &number), -EINVAL);
	check_eq(transom_value_get_integer(one, NULL), -EINVAL);
	check_eq(transom_value_get_real(NULL, &fraction), -EINVAL);
	check_eq(transom_value_get_boolean(NULL, &truth), -EINVAL);
	check_eq(transom_value_get_boolean(one, &truth), -EINVAL);
	check_eq(transom_value_get_data(NULL, &bytes, &size), -EINVAL);
	check_eq(transom_value_get_data(one, &bytes, &size), -EINVAL);
	check_eq(transom_value_get_date(NULL, &fraction), -EINVAL);
	check_eq(transom_value_get_count(NULL), -EINVAL);
	check(!transom_value_get_item(NULL, 0));
	check(!transom_value_get_key(NULL, 0));
	check(!transom_value_get_value(NULL, "a"));
	check(!transom_value_equal(NULL, NULL));
	check(!transom_value_equal(one, NULL));
	check(!transom_value_equal(NULL, one));
	check_eq(transom_value_describe(NULL, text, 4), -EINVAL);
	check_eq(transom_value_describe(one, NULL, 4), -EINVAL);
	check_eq(transom_value_encode(NULL, text, 4, &size), -EINVAL);
	check_eq(transom_value_encode(one, NULL, 4, &size), -EINVAL);
	check_eq(transom_value_encode(one, text, 4, NULL), -EINVAL);
	check_eq(transom_value_decode(NULL, 4, &v), -EINVAL);
	check_eq(transom_value_decode("\1", 1, NULL), -EINVAL);
	check_eq(transom_value_decode(NULL, 0, &v), -ENODATA);
	check_eq(transom_value_decode("", 0, &v), -ENODATA);
	check(v == untouched);
	check(!strcmp(text, "abc"));
	transom_value_unref(one);
	check_eq(live, 0);
}

/* Numbers and texts of RFC 8949, appendix A, in both directions. */
static const struct {
	const char *hex, *text;
} examples[] = {
	{ "00", "0" },
	{ "01", "1" },
	{ "0a", "10" },
	{ "17", "23" },
	{ "1818", "24" },
	{ "1819", "25" },
	{ "1864", "100" },
	{ "18ff", "255" },
	{ "190100", "256" },
	{ "1903e8", "1000" },
	{ "19ffff", "65535" },
	{ "1a00010000", "65536" },
	{ "1a000f4240", "1000000" },
	{ "1affffffff", "4294967295" },
	{ "1b0000000100000000", "4294967296" },
	{ "1b000000e8d4a51000", "1000000000000" },
	{ "1b7fffffffffffffff", "9223372036854775807" },
	{ "20", "-1" },
	{ "29", "-10" },
	{ "37", "-24" },
	{ "3818", "-25" },
	{ "3863", "-100" },
	{ "3903e7", "-1000" },
	{ "3b7fffffffffffffff", "-9223372036854775808" },
	{ "fb3ff199999999999a", "1.1" },
	{ "fb7e37e43c8800759c", "1e+300" },
	{ "fbc010666666666666", "-4.1" },
	{ "fb0000000000000000", "0.0" },
	{ "fb8000000000000000", "-0.0" },
	{ "fb7ff0000000000000", "inf" },
	{ "fbfff0000000000000", "-inf" },
	{ "fb7ff8000000000000", "nan" },
	{ "f4", "false" },
	{ "f5", "true" },
	{ "c1fb41d452d9ec200000", "date(2013-03-21T20:04:00.500Z)" },
	{ "40", "data()" },
	{ "4401020304", "data(01020304)" },
	{ "60", "\"\"" },
	{ "6161", "\"a\"" },
	{ "6449455446", "\"IETF\"" },
	{ "62225c", "\"\\\"\\\\\"" },
	{ "62c3bc", "\"\xc3\xbc\"" },
	{ "63e6b0b4", "\"\xe6\xb0\xb4\"" },
	{ "64f0908591", "\"\xf0\x90\x85\x91\"" },
	{ "80", "[]" },
	{ "83010203", "[1, 2, 3]" },
	{ "8301820203820405", "[1, [2, 3], [4, 5]]" },
	{ "98190102030405060708090a0b0c0d0e0f101112131415161718181819",
	  "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25]" },
	{ "a0", "{}" },
	{ "a26161016162820203", "{\"a\": 1, \"b\": [2, 3]}" },
	{ "826161a161626163", "[\"a\", {\"b\": \"c\"}]" },
	{ "a56161614161626142616361436164614461656145",
	  "{\"a\": \"A\", \"b\": \"B\", \"c\": \"C\", \"d\": \"D\", \"e\": \"E\"}" },
};

TEST(bytes_are_those_of_the_rfc)
{
	unsigned char bytes[128];

	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		struct transom_value *v = NULL;

		check_eq(transom_value_decode(bytes, from_hex(examples[i].hex, bytes), &v), 0);
		check_text(v, examples[i].text);
		check_bytes(v, examples[i].hex);
		transom_value_unref(v);
	}
	check_eq(live, 0);
}

TEST(made_values_have_the_bytes_of_the_rfc)
{
	const char *keys[] = { "b", "a" };
	struct transom_value *v[2] = { integer(1000), string("IETF") }, *all = NULL;

	check_bytes(v[0], "1903e8");
	check_bytes(v[1], "6449455446");
	check_eq(transom_value_create_dictionary(keys, v, 2, &all), 0);
	check_bytes(all, "a2616164494554466162"
			 "1903e8");
	transom_value_unref(all);
	transom_value_unref(v[0]);
	transom_value_unref(v[1]);
	all = date(1363896240.5);
	check_bytes(all, "c1fb41d452d9ec200000");
	transom_value_unref(all);
	all = integer(INT64_MIN);
	check_bytes(all, "3b7fffffffffffffff");
	transom_value_unref(all);
	check_eq(live, 0);
}

/* Other encoders write the same values in other ways. */
TEST(other_forms_are_read)
{
	static const struct {
		const char *hex, *text, *again;
	} others[] = {
		{ "1800", "0", "00" },
		{ "190001", "1", "01" },
		{ "1b0000000000000001", "1", "01" },
		{ "3b0000000000000000", "-1", "20" },
		{ "7a0000000161", "\"a\"", "6161" },
		{ "f93c00", "1.0", "fb3ff0000000000000" },
		{ "f90001", "5.9604644775390625e-08", "fb3e70000000000000" },
		{ "f97bff", "65504.0", "fb40effc0000000000" },
		{ "f97e00", "nan", "fb7ff8000000000000" },
		{ "fa47c35000", "100000.0", "fb40f86a0000000000" },
		{ "fb7ff0000000000001", "nan", "fb7ff8000000000000" },
		{ "fbfff8000000000000", "nan", "fb7ff8000000000000" },
		{ "c11a514b67b0", "date(2013-03-21T20:04:00.000Z)", "c1fb41d452d9ec000000" },
		{ "c120", "date(1969-12-31T23:59:59.000Z)", "c1fbbff0000000000000" },
		{ "d801f93c00", "date(1970-01-01T00:00:01.000Z)", "c1fb3ff0000000000000" },
		{ "a3616201616102606163", "{\"\": \"c\", \"a\": 2, \"b\": 1}", "a3606163616102616201" },
	};
	unsigned char bytes[128];

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct transom_value *v = NULL;

		check_eq(transom_value_decode(bytes, from_hex(others[i].hex, bytes), &v), 0);
		check_text(v, others[i].text);
		check_bytes(v, others[i].again);
		transom_value_unref(v);
	}
	check_eq(live, 0);
}

TEST(all_half_floats_are_read)
{
	for (unsigned bits = 0; bits < 0x10000; bits++) {
		unsigned char bytes[3] = { 0xf9, (unsigned char)(bits >> 8), (unsigned char)bits };
		int exponent = bits >> 10 & 31, fraction = bits & 1023;
		double want = exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24), have;
		struct transom_value *v = NULL;

		if (exponent == 31)
			want = fraction ? (double)NAN : HUGE_VAL;
		if (bits & 0x8000 && !isnan(want))
			want = -want;
		check_eq(transom_value_decode(bytes, 3, &v), 0);
		check_eq(transom_value_get_real(v, &have), 0);
		check(!memcmp(&have, &want, sizeof(have)));
		transom_value_unref(v);
	}
}

TEST(what_is_no_value_is_refused)
{
	static const struct {
		const char *hex;
		int error;
	} bad[] = {
		{ "18", -ENODATA },
		{ "62", -ENODATA },
		{ "6261", -ENODATA },
		{ "fb3ff19999", -ENODATA },
		{ "c1", -ENODATA },
		{ "8301", -ENODATA },
		{ "a1", -ENODATA },
		{ "a16161", -ENODATA },
		{ "0000", -EBADMSG }, /* bytes after it */
		{ "8000", -EBADMSG },
		{ "1c", -EBADMSG }, /* not well formed */
		{ "3f", -EBADMSG },
		{ "fc", -EBADMSG },
		{ "ff", -EBADMSG },
		{ "1b8000000000000000", -EBADMSG }, /* beyond int64_t */
		{ "1bffffffffffffffff", -EBADMSG },
		{ "3b8000000000000000", -EBADMSG },
		{ "3bffffffffffffffff", -EBADMSG },
		{ "f6", -EBADMSG }, /* null, undefined, simple values */
		{ "f7", -EBADMSG },
		{ "e0", -EBADMSG },
		{ "f0", -EBADMSG },
		{ "f820", -EBADMSG },
		{ "81f6", -EBADMSG },
		{ "5f4101ff", -EBADMSG }, /* lengths not given in advance */
		{ "7f6161ff", -EBADMSG },
		{ "9f01ff", -EBADMSG },
		{ "bf616101ff", -EBADMSG },
		{ "8001ff", -EBADMSG },
		{ "c000", -EBADMSG }, /* tags, and what may not follow that of a date */
		{ "c06131", -EBADMSG },
		{ "c201", -EBADMSG },
		{ "d9d9f700", -EBADMSG },
		{ "c1c100", -EBADMSG },
		{ "c1f4", -EBADMSG },
		{ "c16131", -EBADMSG },
		{ "c14131", -EBADMSG },
		{ "c180", -EBADMSG },
		{ "c1a0", -EBADMSG },
		{ "c1f6", -EBADMSG },
		{ "c11bffffffffffffffff", -EBADMSG },
		{ "a10001", -EBADMSG }, /* keys that are not text */
		{ "a1416101", -EBADMSG },
		{ "a1c10001", -EBADMSG },
		{ "a18001", -EBADMSG },
		{ "a1a001", -EBADMSG },
		{ "a1f401", -EBADMSG },
		{ "a1616180616100", -EBADMSG },
		{ "a2616101616102", -EBADMSG }, /* keys that are there twice */
		{ "a3616101616202616103", -EBADMSG },
		{ "a260006000", -EBADMSG },
		{ "6100", -EBADMSG }, /* text */
		{ "63610062", -EBADMSG },
		{ "61ff", -EBADMSG },
		{ "a161ff00", -EBADMSG },
	};
	unsigned char bytes[64];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int r = try_bytes(bytes, from_hex(bad[i].hex, bytes));

		if (r != bad[i].error)
			fprintf(stderr, "%s\n", bad[i].hex);
		check_eq(r, bad[i].error);
	}
}

TEST(text_is_utf8)
{
	static const struct {
		const char *text;
		bool valid;
	} texts[] = {
		{ "", true },
		{ "\x01\x7f", true },
		{ "\xc2\x80", true },
		{ "\xdf\xbf", true },
		{ "\xe0\xa0\x80", true },
		{ "\xed\x9f\xbf", true },
		{ "\xee\x80\x80", true },
		{ "\xef\xbf\xbf", true },
		{ "\xf0\x90\x80\x80", true },
		{ "\xf4\x8f\xbf\xbf", true },
		{ "\x80", false }, /* continuation first */
		{ "\xbf", false },
		{ "a\x80", false },
		{ "\xc0\x80", false }, /* overlong */
		{ "\xc1\xbf", false },
		{ "\xe0\x80\x80", false },
		{ "\xe0\x9f\xbf", false },
		{ "\xf0\x80\x80\x80", false },
		{ "\xf0\x8f\xbf\xbf", false },
		{ "\xed\xa0\x80", false }, /* surrogates */
		{ "\xed\xbf\xbf", false },
		{ "\xed\xa0\x80\xed\xb0\x80", false },
		{ "\xf4\x90\x80\x80", false }, /* beyond U+10FFFF */
		{ "\xf5\x80\x80\x80", false },
		{ "\xf8\x88\x80\x80\x80", false },
		{ "\xfc\x84\x80\x80\x80\x80", false },
		{ "\xfe", false },
		{ "\xff", false },
		{ "\xc2", false }, /* cut */
		{ "\xe6\xb0", false },
		{ "\xf0\x90\x85", false },
		{ "\xc2 ", false },
		{ "\xe6\xb0 ", false },
		{ "\xf0\x90\x85 ", false },
		{ "\xe6 \xb4", false },
	};
	struct transom_value *const untouched = (struct transom_value *)&live, *v = untouched,
				    *one = integer(1), *empty = NULL;
	unsigned char bytes[16];

	check_eq(transom_value_create_dictionary(NULL, NULL, 0, &empty), 0);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *key = texts[i].text;
		size_t size = strlen(key);

		bytes[0] = (unsigned char)(0x60 + size);
		memcpy(bytes + 1, key, size);
		check_eq(try_bytes(bytes, size + 1), texts[i].valid ? 0 : -EBADMSG);
		if (texts[i].valid) {
			v = string(key);
			check(!strcmp(transom_value_get_string(v), key));
			transom_value_unref(v);
			v = untouched;
			continue;
		}
		check_eq(transom_value_create_string(key, &v), -EINVAL);
		check_eq(transom_value_create_dictionary(&key, &one, 1, &v), -EINVAL);
		check_eq(transom_value_with(empty, key, one, &v), -EINVAL);
		check_eq(transom_value_without(empty, key, &v), -ENOENT);
		check(v == untouched);
	}
	transom_value_unref(one);
	transom_value_unref(empty);
	check_eq(live, 0);
}

TEST(every_truncation_is_refused)
{
	struct transom_value *v = everything();
	unsigned char bytes[1024];
	size_t size = encode(v, bytes, sizeof(bytes));

	for (size_t cut = 0; cut < size; cut++) {
		/* A copy of just that size, so that a checker of memory sees a read beyond it. */
		unsigned char *part = malloc(cut ? cut : 1);

		memcpy(part, bytes, cut);
		check_eq(try_bytes(part, cut), -ENODATA);
		free(part);
	}
	check_eq(try_bytes(bytes, size), 0);
	bytes[size] = 0;
	check_eq(try_bytes(bytes, size + 1), -EBADMSG);
	transom_value_unref(v);
}

TEST(a_round_trip_gives_an_equal_value)
{
	struct transom_value *v = everything(), *again = NULL;
	unsigned char bytes[1024];
	size_t size = encode(v, bytes, sizeof(bytes));

	check_eq(transom_value_decode(bytes, size, &again), 0);
	check(transom_value_equal(v, again));
	transom_value_unref(v);
	transom_value_unref(again);
	check_eq(live, 0);
}

TEST(encode_needs_room)
{
	struct transom_value *v = everything();
	unsigned char bytes[1024];
	size_t size = 0, asked = 77;

	check_eq(transom_value_encode(v, NULL, 0, &size), 0);
	memset(bytes, 0xaa, sizeof(bytes));
	check_eq(transom_value_encode(v, bytes, size - 1, &asked), -E2BIG);
	check_eq(transom_value_encode(v, bytes, 0, &asked), -E2BIG);
	check_eq(asked, 77);
	check(bytes[0] == 0xaa);
	check_eq(transom_value_encode(v, bytes, size + 10, &asked), 0);
	check_eq(asked, size);
	check(bytes[size] == 0xaa);
	transom_value_unref(v);
}

/* All inputs of one, two and three bytes. */
TEST_FOR(all_short_inputs_end_cleanly, 60)
{
	long stride = shortened(1) ? 1 : 251;

	for (unsigned long n = 0; n < 0x100; n++)
		try_bytes((unsigned char[]){ (unsigned char)n }, 1);
	for (unsigned long n = 0; n < 0x10000; n++)
		try_bytes((unsigned char[]){ (unsigned char)(n >> 8), (unsigned char)n }, 2);
	for (unsigned long n = 0; n < 0x1000000; n += (unsigned long)stride)
		try_bytes((unsigned char[]){ (unsigned char)(n >> 16), (unsigned char)(n >> 8),
					     (unsigned char)n },
			  3);
}

static uint32_t
next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

/* Changes a few bytes, or moves a piece of it elsewhere, or cuts it. */
static size_t
mutate(unsigned char *bytes, size_t size, uint64_t *state)
{
	size_t from, to, length;

	for (unsigned n = next_random(state) % 4; n > 0; n--)
		bytes[next_random(state) % size] = (unsigned char)next_random(state);
	if (next_random(state) % 4 == 0)
		bytes[next_random(state) % size] ^= (unsigned char)(1 << next_random(state) % 8);
	if (next_random(state) % 4 == 0) {
		from = next_random(state) % size;
		to = next_random(state) % size;
		length = next_random(state) % (size - (from > to ? from : to));
		memmove(bytes + to, bytes + from, length);
	}
	return next_random(state) % 8 ? size : 1 + next_random(state) % size;
}

TEST_FOR(mutations_end_cleanly_in_bounded_memory, 60)
{
	unsigned char valid[1024], bytes[1024];
	struct transom_value *v = everything();
	size_t size = encode(v, valid, sizeof(valid));
	uint64_t state = 1;
	long good = 0;

	transom_value_unref(v);
	for (long n = shortened(200000); n > 0; n--) {
		memcpy(bytes, valid, size);
		good += try_bytes(bytes, mutate(bytes, size, &state)) == 0;
	}
	check(good > 0);
	check(peak_bytes < 2 * 64 * (long)sizeof(bytes));
}

TEST(random_bytes_end_cleanly)
{
	static const unsigned char heads[] = { 0x81, 0x82, 0xa1, 0xa2, 0x60, 0x61,
					       0x62, 0x41, 0xc1, 0xf9, 0x00 };
	unsigned char bytes[64];
	uint64_t state = 2;

	/* Half of the bytes are heads that lead deeper. */
	for (long n = shortened(200000); n > 0; n--) {
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = next_random(&state) % 2 ? heads[next_random(&state) % sizeof(heads)]
							   : (unsigned char)next_random(&state);
		try_bytes(bytes, 1 + next_random(&state) % sizeof(bytes));
	}
}

TEST(depth_is_limited_when_made)
{
	struct transom_value *v = array_of(integer(1), 1), *dictionary = NULL,
			     *untouched = (struct transom_value *)&live, *ret = untouched;
	const char *key = "k";

	for (int depth = 1; depth < TRANSOM_VALUE_MAX_DEPTH; depth++)
		v = array_of(v, 1);
	check_eq(transom_value_create_array(&v, 1, &ret), -E2BIG);
	check_eq(transom_value_create_dictionary(&key, &v, 1, &ret), -E2BIG);
	check_eq(transom_value_create_dictionary(NULL, NULL, 0, &dictionary), 0);
	check_eq(transom_value_with(dictionary, key, v, &ret), -E2BIG);
	check(ret == untouched);
	check_eq(transom_value_with(dictionary, key, transom_value_get_item(v, 0), &ret), 0);
	transom_value_unref(ret);
	transom_value_unref(dictionary);
	transom_value_unref(v);
	check_eq(live, 0);
}

TEST(depth_is_limited_when_decoded)
{
	static unsigned char bytes[TRANSOM_VALUE_MAX_SIZE];
	struct transom_value *v = NULL;

	memset(bytes, 0x81, sizeof(bytes));
	bytes[TRANSOM_VALUE_MAX_DEPTH] = 1;
	check_eq(try_bytes(bytes, TRANSOM_VALUE_MAX_DEPTH + 1), 0);
	bytes[TRANSOM_VALUE_MAX_DEPTH - 1] = 0x80;
	check_eq(try_bytes(bytes, TRANSOM_VALUE_MAX_DEPTH), 0);
	memset(bytes, 0x81, sizeof(bytes));
	check_eq(try_bytes(bytes, TRANSOM_VALUE_MAX_DEPTH), -ENODATA);
	bytes[TRANSOM_VALUE_MAX_DEPTH + 1] = 1;
	check_eq(try_bytes(bytes, TRANSOM_VALUE_MAX_DEPTH + 2), -E2BIG);
	check_eq(try_bytes(bytes, sizeof(bytes)), -E2BIG);
	/* The same with dictionaries. */
	for (size_t i = 0; i + 1 < sizeof(bytes); i += 2) {
		bytes[i] = 0xa1;
		bytes[i + 1] = 0x60;
	}
	check_eq(try_bytes(bytes, sizeof(bytes)), -E2BIG);
	bytes[2 * TRANSOM_VALUE_MAX_DEPTH] = 0;
	check_eq(transom_value_decode(bytes, 2 * TRANSOM_VALUE_MAX_DEPTH + 1, &v), 0);
	check_text(v, "{\"\": {\"\": {\"\": {\"\": {\"\": {\"\": {\"\": {\"\": "
		      "{\"\": {\"\": {\"\": {\"\": {\"\": {\"\": {\"\": {\"\": "
		      "{\"\": {\"\": {\"\": {\"\": {\"\": {\"\": {\"\": {\"\": "
		      "{\"\": {\"\": {\"\": {\"\": {\"\": {\"\": {\"\": {\"\": 0"
		      "}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}");
	transom_value_unref(v);
}

/* A count or a length with nothing behind it must cost nothing. */
TEST(huge_claims_are_refused_before_any_allocation)
{
	static const char *const claims[] = {
		"9b1000000000000000", "9bffffffffffffffff", "bb1000000000000000",
		"bb8000000000000000", "bbffffffffffffffff", "9a7fffffff",
		"5b1000000000000000", "5bffffffffffffffff", "5bfffffffffffffff7",
		"7b1000000000000000", "7bffffffffffffffff", "7bfffffffffffffff7",
		"7bfffffffffffffff8", "5a7fffffff",         "8301",
	};
	unsigned char bytes[64];

	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		long before = made;
		size_t size = from_hex(claims[i], bytes);

		if (i + 1 < sizeof(claims) / sizeof(claims[0]))
			memset(bytes + size, 0, 9);
		check_eq(try_bytes(bytes, size + (i + 1 < sizeof(claims) / sizeof(claims[0]) ? 9 : 0)),
			 -ENODATA);
		check_eq(made, before);
	}
}

/* Each level claims all that is left: one by one they are plausible, together they are not. */
TEST(nested_claims_share_what_is_left)
{
	static unsigned char bytes[TRANSOM_VALUE_MAX_SIZE];

	for (size_t i = 0; i < TRANSOM_VALUE_MAX_DEPTH; i++) {
		size_t left = sizeof(bytes) - 5 * (i + 1);

		bytes[5 * i] = 0x9a;
		bytes[5 * i + 2] = (unsigned char)(left >> 16);
		bytes[5 * i + 3] = (unsigned char)(left >> 8);
		bytes[5 * i + 4] = (unsigned char)left;
	}
	check_eq(try_bytes(bytes, sizeof(bytes)), -ENODATA);
	check(peak_bytes < 16 * TRANSOM_VALUE_MAX_SIZE);
}

/* The worst in memory for each byte: small items, small keys, empty arrays. */
TEST(memory_is_proportional_to_the_bytes)
{
	static const unsigned char items[] = { 0x00, 0x60, 0x40, 0x80, 0xa0, 0xf4 };
	static unsigned char bytes[100000];
	struct transom_value *v = NULL;
	size_t size = 3;

	for (size_t i = 0; i < sizeof(items); i++) {
		memset(bytes, items[i], sizeof(bytes));
		memcpy(bytes, "\x9a\0\1\x86\x9b", 5); /* the other 99995 */
		peak_bytes = live_bytes;
		check_eq(transom_value_decode(bytes, sizeof(bytes), &v), 0);
		check_eq(transom_value_get_count(v), 99995);
		transom_value_unref(v);
		check(peak_bytes <= 64 * (long)sizeof(bytes));
		check_eq(live, 0);
	}
	/* Two characters a key are 1 + 2 + 1 bytes an entry. */
	memcpy(bytes, "\xb9\x38\x40", 3);
	for (int i = 0; i < 14400; i++, size += 4)
		memcpy(bytes + size,
		       (unsigned char[]){ 0x62, (unsigned char)(1 + i / 120), (unsigned char)(1 + i % 120),
					  0 },
		       4);
	peak_bytes = live_bytes;
	check_eq(transom_value_decode(bytes, size, &v), 0);
	transom_value_unref(v);
	check(peak_bytes <= 64 * (long)size);
}

TEST(size_is_limited)
{
	static unsigned char bytes[TRANSOM_VALUE_MAX_SIZE + 1];
	static char text[TRANSOM_VALUE_MAX_SIZE + 1];
	struct transom_value *untouched = (struct transom_value *)&live, *v = untouched, *half = NULL;
	struct transom_value *halves[2];
	size_t size;

	check_eq(transom_value_create_data(bytes, TRANSOM_VALUE_MAX_SIZE - 4, &v), -E2BIG);
	check_eq(transom_value_create_data(bytes, SIZE_MAX, &v), -E2BIG);
	memset(text, 'a', TRANSOM_VALUE_MAX_SIZE);
	check_eq(transom_value_create_string(text, &v), -E2BIG);
	check(v == untouched);
	check_eq(transom_value_create_data(bytes, TRANSOM_VALUE_MAX_SIZE - 5, &v), 0);
	check_eq(transom_value_encode(v, bytes, TRANSOM_VALUE_MAX_SIZE, &size), 0);
	check_eq(size, TRANSOM_VALUE_MAX_SIZE);
	check_eq(try_bytes(bytes, size), 0);
	check_eq(try_bytes(bytes, size + 1), -E2BIG);
	halves[0] = v;
	check_eq(transom_value_create_array(halves, 1, &half), -E2BIG);
	transom_value_unref(v);

	check_eq(transom_value_create_data(bytes, TRANSOM_VALUE_MAX_SIZE / 2 - 6, &half), 0);
	halves[0] = halves[1] = half;
	check_eq(transom_value_create_array(halves, 2, &v), 0);
	transom_value_unref(half);
	v = transom_value_unref(v);

	/* Half floats grow to three times their size. */
	for (size_t i = 5; i + 2 < TRANSOM_VALUE_MAX_SIZE; i += 3)
		memcpy(bytes + i, "\xf9\0\0", 3);
	memcpy(bytes, "\x9a\0\5\x55\x53", 5);
	check_eq(try_bytes(bytes, 5 + 3 * 0x55553), -E2BIG);
	check_eq(live, 0);
}

/* Without a limit on the whole, this would have 2^40 leaves. */
TEST(parts_held_many_times_count_each_time)
{
	struct transom_value *v = integer(1), *untouched = (struct transom_value *)&live, *ret = untouched;
	int levels = 0;

	while (levels < 19) {
		v = array_of(v, 2);
		levels++;
	}
	check(transom_value_equal(v, transom_value_get_item(v, 0)) == false);
	check_eq(transom_value_create_array((struct transom_value *[]){ v, v }, 2, &ret), -E2BIG);
	check(ret == untouched);
	check(transom_value_describe(v, NULL, 0) > 1 << levels);
	transom_value_unref(v);
	check_eq(live, 0);
}

TEST(keys_have_one_order)
{
	const char *keys[] = { "b", "aa", "", "a", "\xc3\xbc", "zz", "B" };
	struct transom_value *v[7], *one = NULL, *other = NULL;
	char name[4] = "x";

	for (int i = 0; i < 7; i++)
		v[i] = integer(i);
	check_eq(transom_value_create_dictionary(keys, v, 7, &one), 0);
	check_text(one, "{\"\": 2, \"B\": 6, \"a\": 3, \"b\": 0, \"aa\": 1, \"zz\": 5, \"\xc3\xbc\": 4}");
	for (int i = 0; i < 7; i++)
		check(transom_value_get_value(one, keys[i]) == v[i]);
	check_eq(transom_value_create_dictionary(NULL, NULL, 0, &other), 0);
	for (int i = 6; i >= 0; i--) {
		struct transom_value *next = NULL;

		check_eq(transom_value_with(other, keys[i], v[i], &next), 0);
		transom_value_unref(other);
		other = next;
	}
	check(transom_value_equal(one, other));
	for (name[0] = 'c'; name[0] <= 'z'; name[0]++)
		check(!transom_value_get_value(one, name));
	for (int i = 0; i < 7; i++)
		transom_value_unref(v[i]);
	transom_value_unref(one);
	transom_value_unref(other);
	check_eq(live, 0);
}

TEST(changed_dictionaries_share_and_leave_the_original)
{
	struct transom_value *v = everything(), *copy = everything(), *number = integer(7),
			     *untouched = (struct transom_value *)&live;
	struct transom_value *added = NULL, *replaced = NULL, *removed = NULL, *back = NULL, *ret = untouched;
	long before;

	check_eq(transom_value_with(v, "new", number, &added), 0);
	check_eq(transom_value_get_count(added), 9);
	check(transom_value_get_value(added, "new") == number);
	check(transom_value_get_value(added, "array") == transom_value_get_value(v, "array"));

	before = made;
	check_eq(transom_value_with(v, "array", number, &replaced), 0);
	check_eq(made, before + 1); /* the keys are shared too */
	check_eq(transom_value_get_count(replaced), 8);
	check(transom_value_get_value(replaced, "array") == number);

	check_eq(transom_value_without(added, "array", &removed), 0);
	check_eq(transom_value_get_count(removed), 8);
	check(!transom_value_get_value(removed, "array"));
	check(transom_value_get_value(removed, "date") == transom_value_get_value(v, "date"));
	check_eq(transom_value_without(removed, "array", &ret), -ENOENT);
	check_eq(transom_value_without(v, "new", &ret), -ENOENT);
	check(ret == untouched);

	check_eq(transom_value_without(added, "new", &back), 0);
	check(transom_value_equal(back, v));
	check(transom_value_equal(copy, v));
	check(!transom_value_equal(added, v));
	check(!transom_value_equal(replaced, v));

	transom_value_unref(v);
	check(transom_value_get_value(back, "integer"));
	transom_value_unref(added);
	transom_value_unref(replaced);
	transom_value_unref(removed);
	transom_value_unref(back);
	transom_value_unref(copy);
	transom_value_unref(number);
	check_eq(live, 0);
}

TEST(the_last_key_can_go)
{
	const char *key = "k";
	struct transom_value *one = integer(1), *v = NULL, *empty = NULL;

	check_eq(transom_value_create_dictionary(&key, &one, 1, &v), 0);
	check_eq(transom_value_without(v, key, &empty), 0);
	check_bytes(empty, "a0");
	transom_value_unref(v);
	transom_value_unref(one);
	transom_value_unref(empty);
	check_eq(live, 0);
}

/* Values are equal exactly when their bytes are; the examples are all different. */
TEST(equal_means_the_same_bytes)
{
	enum { COUNT = sizeof(examples) / sizeof(examples[0]) };
	struct transom_value *v[COUNT] = { NULL }, *again = NULL;
	unsigned char bytes[128];

	for (int i = 0; i < COUNT; i++)
		check_eq(transom_value_decode(bytes, from_hex(examples[i].hex, bytes), &v[i]), 0);
	for (int i = 0; i < COUNT; i++) {
		for (int j = 0; j < COUNT; j++)
			check(transom_value_equal(v[i], v[j]) == (i == j));
		check_eq(transom_value_decode(bytes, from_hex(examples[i].hex, bytes), &again), 0);
		check(transom_value_equal(v[i], again));
		transom_value_unref(again);
	}
	for (int i = 0; i < COUNT; i++)
		transom_value_unref(v[i]);
}

TEST(equal_tells_neighbours_apart)
{
	struct transom_value *pairs[][2] = {
		{ integer(1), real(1) },
		{ integer(1), date(1) },
		{ real(1), date(1) },
		{ real(0.0), real(-0.0) },
		{ string("a"), string("b") },
		{ string(""), array_of(NULL, 0) },
		{ array_of(integer(1), 2), array_of(integer(2), 2) },
	};
	struct transom_value *nan_one = real((double)NAN), *nan_two = real(-(double)NAN);

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		check(!transom_value_equal(pairs[i][0], pairs[i][1]));
		transom_value_unref(pairs[i][0]);
		transom_value_unref(pairs[i][1]);
	}
	check(transom_value_equal(nan_one, nan_two));
	transom_value_unref(nan_one);
	transom_value_unref(nan_two);
	check_eq(live, 0);
}

static void
check_description(struct transom_value *v, const char *want)
{
	check_text(v, want);
	transom_value_unref(v);
}

TEST(descriptions_are_for_people)
{
	check_description(string("a\n\t\r\x1b\x7f\"\\ \xc2\x80\xc2\x9f\xc2\xa0"),
			  "\"a\\n\\t\\u000d\\u001b\\u007f\\\"\\\\ \\u0080\\u009f\xc2\xa0\"");
	check_description(real(1), "1.0");
	check_description(real(0.1), "0.1");
	check_description(real(1.0 / 3), "0.3333333333333333");
	check_description(real(-1e-300), "-1e-300");
	check_description(real(5e-324), "4.94065645841247e-324");
	check_description(real(123456789012345), "123456789012345.0");
	check_description(date(0), "date(1970-01-01T00:00:00.000Z)");
	check_description(date(-0.25), "date(1969-12-31T23:59:59.750Z)");
	check_description(date(0.9996), "date(1970-01-01T00:00:01.000Z)");
	check_description(date(-62167219200), "date(0000-01-01T00:00:00.000Z)");
	check_description(date(253402300798.5), "date(9999-12-31T23:59:58.500Z)");
	check_description(date(1e300), "date(1e+300)");
	check_description(date(HUGE_VAL), "date(inf)");
	check_description(date((double)NAN), "date(nan)");
	check_description(array_of(string("x"), 2), "[\"x\", \"x\"]");
	check_description(
		everything(),
		"{\"data\": data(0001ff), \"date\": date(2013-03-21T20:04:00.500Z), \"real\": 1.1, "
		"\"array\": [\"BT.2020 \xe6\xb0\xb4 \xf0\x90\x85\x91\", "
		"[0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, "
		"0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5], []], "
		"\"string\": \"\", \"boolean\": true, \"integer\": -1000000000000, "
		"\"dictionary\": {\"\": [], "
		"\"a\": [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, "
		"0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5], "
		"\"primaries\": \"BT.2020 \xe6\xb0\xb4 \xf0\x90\x85\x91\"}}");
	check_eq(live, 0);
}

TEST(descriptions_do_not_depend_on_the_locale)
{
	if (!setlocale(LC_ALL, "de_DE.UTF-8"))
		skip("the locale de_DE.UTF-8 is not installed");
	check(localeconv()->decimal_point[0] == ',');
	check_description(real(0.1), "0.1");
	check_description(real(1.0 / 3), "0.3333333333333333");
	check_description(date(0.5), "date(1970-01-01T00:00:00.500Z)");
}

TEST(descriptions_are_cut_between_characters)
{
	struct transom_value *v = string("a\xe6\xb0\xb4\x01");
	char text[16];

	for (size_t size = 0; size <= sizeof(text); size++) {
		memset(text, 'x', sizeof(text));
		check_eq(transom_value_describe(v, size ? text : NULL, size), 12);
		if (size == 0)
			continue;
		check(size == sizeof(text) || text[size] == 'x');
		check(!strcmp(text, size > 12   ? "\"a\xe6\xb0\xb4\\u0001\""
				    : size > 11 ? "\"a\xe6\xb0\xb4\\u0001"
				    : size > 5  ? "\"a\xe6\xb0\xb4"
				    : size > 2  ? "\"a"
				    : size > 1  ? "\""
						: ""));
	}
	transom_value_unref(v);
}

static void *
use_shared(void *argument)
{
	struct transom_value *v = argument, *changed, *one = integer(1);
	unsigned char bytes[1024];

	for (long n = 0; n < 2000; n++) {
		transom_value_unref(transom_value_ref(v));
		changed = NULL;
		check_eq(transom_value_with(v, "one", one, &changed), 0);
		encode(changed, bytes, sizeof(bytes));
		transom_value_unref(changed);
	}
	transom_value_unref(one);
	return transom_value_unref(v);
}

TEST(threads_share_values)
{
	struct transom_value *v = everything();
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		check_eq(pthread_create(&threads[i], NULL, use_shared, transom_value_ref(v)), 0);
	transom_value_unref(v); /* the last thread frees it */
	for (int i = 0; i < 4; i++)
		check_eq(pthread_join(threads[i], NULL), 0);
	check_eq(live, 0);
}

static struct transom_value *shared;
static unsigned char shared_bytes[1024];
static size_t shared_size;

static int
make_string(struct transom_value **ret)
{
	return transom_value_create_string("text", ret);
}

static int
make_integer(struct transom_value **ret)
{
	return transom_value_create_integer(1, ret);
}

static int
make_real(struct transom_value **ret)
{
	return transom_value_create_real(1, ret);
}

static int
make_boolean(struct transom_value **ret)
{
	return transom_value_create_boolean(true, ret);
}

static int
make_data(struct transom_value **ret)
{
	return transom_value_create_data("data", 4, ret);
}

static int
make_date(struct transom_value **ret)
{
	return transom_value_create_date(1, ret);
}

static int
make_array(struct transom_value **ret)
{
	return transom_value_create_array((struct transom_value *[]){ shared, shared }, 2, ret);
}

static int
make_dictionary(struct transom_value **ret)
{
	return transom_value_create_dictionary((const char *[]){ "b", "a" },
					       (struct transom_value *[]){ shared, shared }, 2, ret);
}

static int
make_with(struct transom_value **ret)
{
	return transom_value_with(shared, "new", shared, ret);
}

static int
make_without(struct transom_value **ret)
{
	return transom_value_without(shared, "date", ret);
}

static int
make_decoded(struct transom_value **ret)
{
	return transom_value_decode(shared_bytes, shared_size, ret);
}

/* Fails the first allocation, then the second, and so on until the call has no more of them. */
TEST(no_memory_is_an_error_and_leaks_nothing)
{
	int (*const makers[])(struct transom_value **) = { make_string,  make_integer,    make_real,
							   make_boolean, make_data,       make_date,
							   make_array,   make_dictionary, make_with,
							   make_without, make_decoded };
	struct transom_value *const untouched = (struct transom_value *)&live;
	long before;

	shared = everything();
	shared_size = encode(shared, shared_bytes, sizeof(shared_bytes));
	before = live;
	for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
		struct transom_value *v = untouched;
		long failed = 0;
		int r;

		for (;;) {
			fail_at = made + failed + 1;
			r = makers[i](&v);
			fail_at = 0;
			if (r == 0)
				break;
			failed++;
			check_eq(r, -ENOMEM);
			check(v == untouched);
			check_eq(live, before);
		}
		check(failed > 0);
		check(makers[i] != make_decoded || failed > 60);
		transom_value_unref(v);
		check_eq(live, before);
	}
	transom_value_unref(shared);
}

/* What cannot fail for want of memory must not ask for any. */
TEST(reading_and_encoding_allocate_nothing)
{
	unsigned char bytes[1024];
	struct transom_value *v = everything(), *same = everything();
	char text[1024];
	long before = made;

	encode(v, bytes, sizeof(bytes));
	check(transom_value_equal(v, same));
	check(transom_value_describe(v, text, sizeof(text)) > 0);
	check(transom_value_get_value(v, "data"));
	check_eq(made, before);
	transom_value_unref(v);
	transom_value_unref(same);
}
