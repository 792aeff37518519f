/* value.c - property-list values in memory; of their bytes it knows only how many they are. */
#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "utf8-private.h"
#include "value-private.h"

_Static_assert(sizeof(struct transom_value) <= 24, "what decoding takes for each byte depends on it");
_Static_assert(TRANSOM_VALUE_MAX_DEPTH <= 64, "walks recurse to this depth");

/* Bytes that CBOR takes to say a type and a number. */
static uint64_t
head_size(uint64_t number)
{
	if (number < 24)
		return 1;
	if (number <= UINT8_MAX)
		return 2;
	if (number <= UINT16_MAX)
		return 3;
	return number <= UINT32_MAX ? 5 : 9;
}

/* A value of one reference, with @more zeroed bytes behind it. */
static struct transom_value *
allocate(enum transom_value_type type, uint64_t encoded_size, size_t more)
{
	struct transom_value *value = calloc(1, sizeof(*value) + more);

	if (!value)
		return NULL;
	atomic_init(&value->references, 1);
	value->type = type;
	value->encoded_size = encoded_size;
	return value;
}

/* A string or data; the NUL behind it is not counted. */
static int
create_bytes(enum transom_value_type type, const void *bytes, size_t size, struct transom_value **ret)
{
	struct transom_value *value;

	if (size > TRANSOM_VALUE_MAX_SIZE || head_size(size) + size > TRANSOM_VALUE_MAX_SIZE)
		return -E2BIG;
	value = allocate(type, head_size(size) + size, size + 1);
	if (!value)
		return -ENOMEM;
	value->count = size;
	value->bytes = (char *)(value + 1);
	if (size)
		memcpy(value->bytes, bytes, size);
	*ret = value;
	return 0;
}

int
value_create_text(const void *bytes, size_t size, struct transom_value **ret)
{
	struct transom_value *value = NULL;
	int r = create_bytes(TRANSOM_VALUE_STRING, bytes, size, &value);

	if (r < 0)
		return r;
	if (!utf8_is_text(value->bytes, size)) {
		transom_value_unref(value);
		return -EINVAL;
	}
	*ret = value;
	return 0;
}

size_t
value_slot_count(const struct transom_value *value)
{
	if (value->type == TRANSOM_VALUE_ARRAY)
		return value->count;
	return value->type == TRANSOM_VALUE_DICTIONARY ? 2 * (size_t)value->count : 0;
}

int
value_create_container(enum transom_value_type type, size_t count, struct transom_value **ret)
{
	size_t slots = type == TRANSOM_VALUE_DICTIONARY ? 2 : 1;
	struct transom_value *value;

	if (count > TRANSOM_VALUE_MAX_SIZE)
		return -E2BIG; /* each slot takes a byte at least */
	value = allocate(type, 0, count * slots * sizeof(value));
	if (!value)
		return -ENOMEM;
	value->count = count;
	value->slots = (struct transom_value **)(value + 1);
	*ret = value;
	return 0;
}

/* The order of RFC 8949, 4.2.1, which compares encoded keys: the length is what they begin with. */
static int
compare_text(const char *a, size_t a_size, const char *b, size_t b_size)
{
	if (a_size != b_size)
		return a_size < b_size ? -1 : 1;
	return memcmp(a, b, a_size);
}

static int
compare_entries(const void *a, const void *b)
{
	const struct transom_value *x = *(struct transom_value *const *)a;
	const struct transom_value *y = *(struct transom_value *const *)b;

	return compare_text(x->bytes, x->count, y->bytes, y->count);
}

/* Whether each key is above the one before it. */
static bool
is_sorted(const struct transom_value *dictionary)
{
	for (size_t i = 1; i < dictionary->count; i++)
		if (compare_entries(dictionary->slots + 2 * i - 2, dictionary->slots + 2 * i) >= 0)
			return false;
	return true;
}

int
value_complete(struct transom_value *container)
{
	uint64_t size = head_size(container->count);
	unsigned depth = 0;

	for (size_t i = 0; i < value_slot_count(container); i++) {
		size += container->slots[i]->encoded_size;
		if (container->slots[i]->depth > depth)
			depth = container->slots[i]->depth;
	}
	if (size > TRANSOM_VALUE_MAX_SIZE || depth + 1 > TRANSOM_VALUE_MAX_DEPTH)
		return -E2BIG;
	container->encoded_size = size;
	container->depth = depth + 1;

	if (container->type != TRANSOM_VALUE_DICTIONARY || is_sorted(container))
		return 0;
	qsort(container->slots, container->count, 2 * sizeof(container->slots[0]), compare_entries);
	return is_sorted(container) ? 0 : -EINVAL;
}

struct transom_value *
transom_value_ref(struct transom_value *value)
{
	if (value)
		atomic_fetch_add_explicit(&value->references, 1, memory_order_relaxed);
	return value;
}

struct transom_value *
transom_value_unref(struct transom_value *value)
{
	if (!value)
		return NULL;
	/* Release what this thread read before another frees it; acquire what others read. */
	if (atomic_fetch_sub_explicit(&value->references, 1, memory_order_acq_rel) > 1)
		return NULL;
	for (size_t i = 0; i < value_slot_count(value); i++)
		transom_value_unref(value->slots[i]);
	free(value);
	return NULL;
}

int
transom_value_create_string(const char *text, struct transom_value **ret)
{
	if (!text || !ret)
		return -EINVAL;
	return value_create_text(text, strlen(text), ret);
}

int
transom_value_create_integer(int64_t integer, struct transom_value **ret)
{
	struct transom_value *value;

	if (!ret)
		return -EINVAL;
	value = allocate(TRANSOM_VALUE_INTEGER, head_size(integer < 0 ? ~integer : integer), 0);
	if (!value)
		return -ENOMEM;
	value->integer = integer;
	*ret = value;
	return 0;
}

/* One NaN only, since a NaN's other bits do not survive every processor and every libcbor. */
static int
create_real(enum transom_value_type type, uint64_t size, double real, struct transom_value **ret)
{
	struct transom_value *value;

	if (!ret)
		return -EINVAL;
	value = allocate(type, size, 0);
	if (!value)
		return -ENOMEM;
	value->real = isnan(real) ? (double)NAN : real;
	*ret = value;
	return 0;
}

int
transom_value_create_real(double real, struct transom_value **ret)
{
	return create_real(TRANSOM_VALUE_REAL, 9, real, ret);
}

int
transom_value_create_date(double seconds, struct transom_value **ret)
{
	return create_real(TRANSOM_VALUE_DATE, 10, seconds, ret);
}

int
transom_value_create_boolean(bool boolean, struct transom_value **ret)
{
	struct transom_value *value;

	if (!ret)
		return -EINVAL;
	value = allocate(TRANSOM_VALUE_BOOLEAN, 1, 0);
	if (!value)
		return -ENOMEM;
	value->boolean = boolean;
	*ret = value;
	return 0;
}

int
transom_value_create_data(const void *bytes, size_t size, struct transom_value **ret)
{
	if ((!bytes && size) || !ret)
		return -EINVAL;
	return create_bytes(TRANSOM_VALUE_DATA, bytes, size, ret);
}

int
transom_value_create_array(struct transom_value *const *items, size_t count, struct transom_value **ret)
{
	struct transom_value *array = NULL;
	int r;

	if ((!items && count) || !ret)
		return -EINVAL;
	r = value_create_container(TRANSOM_VALUE_ARRAY, count, &array);
	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++) {
		r = -EINVAL;
		if (!items[i])
			goto fail;
		array->slots[i] = transom_value_ref(items[i]);
	}
	r = value_complete(array);
	if (r < 0)
		goto fail;
	*ret = array;
	return 0;

fail:
	transom_value_unref(array);
	return r;
}

int
transom_value_create_dictionary(const char *const *keys, struct transom_value *const *values, size_t count,
				struct transom_value **ret)
{
	struct transom_value *dictionary = NULL;
	int r;

	if (((!keys || !values) && count) || !ret)
		return -EINVAL;
	r = value_create_container(TRANSOM_VALUE_DICTIONARY, count, &dictionary);
	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++) {
		r = values[i] ? transom_value_create_string(keys[i], &dictionary->slots[2 * i]) : -EINVAL;
		if (r < 0)
			goto fail;
		dictionary->slots[2 * i + 1] = transom_value_ref(values[i]);
	}
	r = value_complete(dictionary);
	if (r < 0)
		goto fail;
	*ret = dictionary;
	return 0;

fail:
	transom_value_unref(dictionary);
	return r;
}

static bool
is_of_type(const struct transom_value *value, enum transom_value_type type)
{
	return value && value->type == type;
}

/* The entry of @key, or, if @found becomes false, the one before which it belongs. */
static size_t
find_entry(const struct transom_value *dictionary, const char *key, bool *found)
{
	size_t low = 0, high = dictionary->count, size = strlen(key);

	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct transom_value *here = dictionary->slots[2 * middle];
		int order = compare_text(here->bytes, here->count, key, size);

		if (order == 0) {
			*found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*found = false;
	return low;
}

/* Puts references to @count slots of @from into @to. */
static void
share_slots(struct transom_value **to, struct transom_value *const *from, size_t count)
{
	for (size_t i = 0; i < count; i++)
		to[i] = transom_value_ref(from[i]);
}

int
transom_value_with(struct transom_value *dictionary, const char *key, struct transom_value *value,
		   struct transom_value **ret)
{
	struct transom_value *changed = NULL;
	size_t at, rest;
	bool found;
	int r;

	if (!is_of_type(dictionary, TRANSOM_VALUE_DICTIONARY) || !key || !value || !ret)
		return -EINVAL;
	at = find_entry(dictionary, key, &found);
	rest = found ? at + 1 : at;
	r = value_create_container(TRANSOM_VALUE_DICTIONARY, dictionary->count + !found, &changed);
	if (r < 0)
		return r;
	share_slots(changed->slots, dictionary->slots, 2 * at);
	share_slots(changed->slots + 2 * at + 2, dictionary->slots + 2 * rest,
		    2 * (dictionary->count - rest));
	changed->slots[2 * at + 1] = transom_value_ref(value);
	if (found)
		changed->slots[2 * at] = transom_value_ref(dictionary->slots[2 * at]);
	else
		r = transom_value_create_string(key, &changed->slots[2 * at]);
	if (r < 0)
		goto fail;
	r = value_complete(changed);
	if (r < 0)
		goto fail;
	*ret = changed;
	return 0;

fail:
	transom_value_unref(changed);
	return r;
}

int
transom_value_without(struct transom_value *dictionary, const char *key, struct transom_value **ret)
{
	struct transom_value *changed = NULL;
	size_t at, rest;
	bool found;
	int r;

	if (!is_of_type(dictionary, TRANSOM_VALUE_DICTIONARY) || !key || !ret)
		return -EINVAL;
	at = find_entry(dictionary, key, &found);
	if (!found)
		return -ENOENT;
	rest = dictionary->count - at - 1;
	r = value_create_container(TRANSOM_VALUE_DICTIONARY, dictionary->count - 1, &changed);
	if (r < 0)
		return r;
	share_slots(changed->slots, dictionary->slots, 2 * at);
	share_slots(changed->slots + 2 * at, dictionary->slots + 2 * at + 2, 2 * rest);
	r = value_complete(changed);
	assert(r == 0); /* it is a smaller one */
	*ret = changed;
	return 0;
}

enum transom_value_type
transom_value_get_type(const struct transom_value *value)
{
	return value ? (enum transom_value_type)value->type : (enum transom_value_type)0;
}

const char *
transom_value_get_string(const struct transom_value *value)
{
	return is_of_type(value, TRANSOM_VALUE_STRING) ? value->bytes : NULL;
}

int
transom_value_get_integer(const struct transom_value *value, int64_t *ret)
{
	if (!is_of_type(value, TRANSOM_VALUE_INTEGER) || !ret)
		return -EINVAL;
	*ret = value->integer;
	return 0;
}

int
transom_value_get_real(const struct transom_value *value, double *ret)
{
	if (!is_of_type(value, TRANSOM_VALUE_REAL) || !ret)
		return -EINVAL;
	*ret = value->real;
	return 0;
}

int
transom_value_get_boolean(const struct transom_value *value, bool *ret)
{
	if (!is_of_type(value, TRANSOM_VALUE_BOOLEAN) || !ret)
		return -EINVAL;
	*ret = value->boolean;
	return 0;
}

int
transom_value_get_data(const struct transom_value *value, const void **ret, size_t *ret_size)
{
	if (!is_of_type(value, TRANSOM_VALUE_DATA) || !ret || !ret_size)
		return -EINVAL;
	*ret = value->bytes;
	*ret_size = value->count;
	return 0;
}

int
transom_value_get_date(const struct transom_value *value, double *ret)
{
	if (!is_of_type(value, TRANSOM_VALUE_DATE) || !ret)
		return -EINVAL;
	*ret = value->real;
	return 0;
}

int
transom_value_get_count(const struct transom_value *value)
{
	if (!is_of_type(value, TRANSOM_VALUE_ARRAY) && !is_of_type(value, TRANSOM_VALUE_DICTIONARY))
		return -EINVAL;
	return (int)value->count;
}

struct transom_value *
transom_value_get_item(const struct transom_value *array, size_t index)
{
	if (!is_of_type(array, TRANSOM_VALUE_ARRAY) || index >= array->count)
		return NULL;
	return array->slots[index];
}

const char *
transom_value_get_key(const struct transom_value *dictionary, size_t index)
{
	if (!is_of_type(dictionary, TRANSOM_VALUE_DICTIONARY) || index >= dictionary->count)
		return NULL;
	return dictionary->slots[2 * index]->bytes;
}

struct transom_value *
transom_value_get_value(const struct transom_value *dictionary, const char *key)
{
	bool found;
	size_t at;

	if (!is_of_type(dictionary, TRANSOM_VALUE_DICTIONARY) || !key)
		return NULL;
	at = find_entry(dictionary, key, &found);
	return found ? dictionary->slots[2 * at + 1] : NULL;
}

bool
transom_value_equal(const struct transom_value *a, const struct transom_value *b)
{
	if (!a || !b || a->type != b->type || a->encoded_size != b->encoded_size || a->count != b->count)
		return false;
	if (a == b)
		return true;
	switch ((enum transom_value_type)a->type) {
	case TRANSOM_VALUE_STRING:
	case TRANSOM_VALUE_DATA:
		return memcmp(a->bytes, b->bytes, a->count) == 0;
	case TRANSOM_VALUE_INTEGER:
		return a->integer == b->integer;
	case TRANSOM_VALUE_REAL:
	case TRANSOM_VALUE_DATE:
		return memcmp(&a->real, &b->real, sizeof(a->real)) == 0;
	case TRANSOM_VALUE_BOOLEAN:
		return a->boolean == b->boolean;
	case TRANSOM_VALUE_ARRAY:
	case TRANSOM_VALUE_DICTIONARY:
		break;
	}
	for (size_t i = 0; i < value_slot_count(a); i++)
		if (!transom_value_equal(a->slots[i], b->slots[i]))
			return false;
	return true;
}
