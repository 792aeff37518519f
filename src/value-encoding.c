/* value-encoding.c - values to and from bytes, in CBOR; libcbor knows the heads, this file the tree. */
#include <assert.h>
#include <cbor.h>
#include <errno.h>
#include <string.h>

#include "value-private.h"

/* Room for what is still to be written; it suffices, since the size was known before. */
struct output {
	unsigned char *at;
	size_t room;
};

static void
advance(struct output *output, size_t written)
{
	assert(written > 0 && written <= output->room);
	output->at += written;
	output->room -= written;
}

static void
write_bytes(struct output *output, const struct transom_value *value)
{
	if (!value->count)
		return;
	memcpy(output->at, value->bytes, value->count);
	advance(output, value->count);
}

static void
write_value(struct output *output, const struct transom_value *value)
{
	unsigned char *at = output->at;
	size_t room = output->room;

	switch ((enum transom_value_type)value->type) {
	case TRANSOM_VALUE_STRING:
		advance(output, cbor_encode_string_start(value->count, at, room));
		write_bytes(output, value);
		break;
	case TRANSOM_VALUE_INTEGER:
		if (value->integer < 0)
			advance(output, cbor_encode_negint((uint64_t)~value->integer, at, room));
		else
			advance(output, cbor_encode_uint((uint64_t)value->integer, at, room));
		break;
	case TRANSOM_VALUE_REAL:
		advance(output, cbor_encode_double(value->real, at, room));
		break;
	case TRANSOM_VALUE_BOOLEAN:
		advance(output, cbor_encode_bool(value->boolean, at, room));
		break;
	case TRANSOM_VALUE_DATA:
		advance(output, cbor_encode_bytestring_start(value->count, at, room));
		write_bytes(output, value);
		break;
	case TRANSOM_VALUE_DATE:
		advance(output, cbor_encode_tag(1, at, room));
		advance(output, cbor_encode_double(value->real, output->at, output->room));
		break;
	case TRANSOM_VALUE_ARRAY:
		advance(output, cbor_encode_array_start(value->count, at, room));
		break;
	case TRANSOM_VALUE_DICTIONARY:
		advance(output, cbor_encode_map_start(value->count, at, room));
		break;
	}
	for (size_t i = 0; i < value_slot_count(value); i++)
		write_value(output, value->slots[i]);
}

int
transom_value_encode(const struct transom_value *value, void *data, size_t size, size_t *ret_size)
{
	struct output output = { data, size };

	if (!value || (!data && size) || !ret_size)
		return -EINVAL;
	if (data) {
		if (size < value->encoded_size)
			return -E2BIG;
		output.room = value->encoded_size;
		write_value(&output, value);
		assert(output.room == 0);
	}
	*ret_size = value->encoded_size;
	return 0;
}

/* One head, and what follows it, as libcbor reads it. Zero is all that is refused. */
struct token {
	enum { REFUSED, POSITIVE, NEGATIVE, REAL, BOOLEAN, TEXT, BYTES, ARRAY, MAP, TAG } kind;
	uint64_t number; /* also a length, a count or a tag */
	double real;
	const unsigned char *bytes;
};

static void
on_positive(void *token, uint64_t number)
{
	*(struct token *)token = (struct token){ .kind = POSITIVE, .number = number };
}

static void
on_positive_8(void *token, uint8_t number)
{
	on_positive(token, number);
}

static void
on_positive_16(void *token, uint16_t number)
{
	on_positive(token, number);
}

static void
on_positive_32(void *token, uint32_t number)
{
	on_positive(token, number);
}

/* CBOR keeps -1 - n as n. */
static void
on_negative(void *token, uint64_t number)
{
	*(struct token *)token = (struct token){ .kind = NEGATIVE, .number = number };
}

static void
on_negative_8(void *token, uint8_t number)
{
	on_negative(token, number);
}

static void
on_negative_16(void *token, uint16_t number)
{
	on_negative(token, number);
}

static void
on_negative_32(void *token, uint32_t number)
{
	on_negative(token, number);
}

static void
on_double(void *token, double real)
{
	*(struct token *)token = (struct token){ .kind = REAL, .real = real };
}

static void
on_float(void *token, float real)
{
	on_double(token, (double)real);
}

static void
on_boolean(void *token, bool boolean)
{
	*(struct token *)token = (struct token){ .kind = BOOLEAN, .number = boolean };
}

static void
on_text(void *token, cbor_data bytes, size_t size)
{
	*(struct token *)token = (struct token){ .kind = TEXT, .number = size, .bytes = bytes };
}

static void
on_bytes(void *token, cbor_data bytes, size_t size)
{
	*(struct token *)token = (struct token){ .kind = BYTES, .number = size, .bytes = bytes };
}

static void
on_array(void *token, size_t count)
{
	*(struct token *)token = (struct token){ .kind = ARRAY, .number = count };
}

static void
on_map(void *token, size_t count)
{
	*(struct token *)token = (struct token){ .kind = MAP, .number = count };
}

static void
on_tag(void *token, uint64_t tag)
{
	*(struct token *)token = (struct token){ .kind = TAG, .number = tag };
}

static const struct cbor_callbacks callbacks = {
	.uint8 = on_positive_8,
	.uint16 = on_positive_16,
	.uint32 = on_positive_32,
	.uint64 = on_positive,
	.negint8 = on_negative_8,
	.negint16 = on_negative_16,
	.negint32 = on_negative_32,
	.negint64 = on_negative,
	.float2 = on_float,
	.float4 = on_float,
	.float8 = on_double,
	.boolean = on_boolean,
	.string = on_text,
	.byte_string = on_bytes,
	.array_start = on_array,
	.map_start = on_map,
	.tag = on_tag,
	/* Refused: */
	.byte_string_start = cbor_null_byte_string_start_callback,
	.string_start = cbor_null_string_start_callback,
	.indef_array_start = cbor_null_indef_array_start_callback,
	.indef_map_start = cbor_null_indef_map_start_callback,
	.indef_break = cbor_null_indef_break_callback,
	.null = cbor_null_null_callback,
	.undefined = cbor_null_undefined_callback,
};

/* The arrays and dictionaries that are not full yet, outermost first. */
struct decoder {
	struct {
		struct transom_value *container;
		size_t filled;
	} open[TRANSOM_VALUE_MAX_DEPTH];
	size_t depth;
	uint64_t owed; /* slots of theirs for which nothing was read yet */
	bool dated; /* a tag says that the next number is a date */
	struct transom_value *whole; /* the result, when all is read */
};

static bool
expects_key(const struct decoder *decoder)
{
	size_t top = decoder->depth - 1;

	return decoder->depth && decoder->open[top].container->type == TRANSOM_VALUE_DICTIONARY &&
	       decoder->open[top].filled % 2 == 0;
}

/* Puts a value into its place, and closes what it fills; takes the reference. */
static int
place(struct decoder *decoder, struct transom_value *value)
{
	while (decoder->depth) {
		size_t top = decoder->depth - 1;
		struct transom_value *container = decoder->open[top].container;
		int r;

		container->slots[decoder->open[top].filled++] = value;
		if (decoder->open[top].filled < value_slot_count(container))
			return 0;
		r = value_complete(container);
		if (r < 0)
			return r;
		decoder->depth--;
		value = container;
	}
	decoder->whole = value;
	return 0;
}

/*
 * Opens an array or a dictionary. Every slot that is owed takes a byte at least, so the bytes that are
 * @left bound the memory of all that is open, before any of it is allocated.
 */
static int
open_container(struct decoder *decoder, enum transom_value_type type, uint64_t count, size_t left)
{
	uint64_t slots = type == TRANSOM_VALUE_DICTIONARY ? 2 : 1;
	struct transom_value *container = NULL;
	int r;

	if (decoder->depth == TRANSOM_VALUE_MAX_DEPTH)
		return -E2BIG;
	if (count > left / slots || count * slots + decoder->owed > left)
		return -ENODATA;
	r = value_create_container(type, count, &container);
	if (r < 0)
		return r;
	if (count == 0) {
		r = value_complete(container);
		assert(r == 0);
		return place(decoder, container);
	}
	decoder->owed += count * slots;
	decoder->open[decoder->depth].container = container;
	decoder->open[decoder->depth++].filled = 0;
	return 0;
}

/* A value that has no parts. */
static int
create_leaf(const struct token *token, bool dated, struct transom_value **ret)
{
	double seconds = token->real;
	int64_t integer;

	switch (token->kind) {
	case POSITIVE:
	case NEGATIVE:
		if (token->number > INT64_MAX)
			return -EBADMSG;
		integer = token->kind == POSITIVE ? (int64_t)token->number : -1 - (int64_t)token->number;
		if (!dated)
			return transom_value_create_integer(integer, ret);
		seconds = (double)integer;
		__attribute__((fallthrough));
	case REAL:
		return dated ? transom_value_create_date(seconds, ret)
			     : transom_value_create_real(seconds, ret);
	case BOOLEAN:
		return transom_value_create_boolean(token->number, ret);
	case TEXT:
		return value_create_text(token->bytes, token->number, ret);
	case BYTES:
		return transom_value_create_data(token->bytes, token->number, ret);
	default:
		return -EBADMSG;
	}
}

/* Takes what was read, with @left bytes behind it. */
static int
take(struct decoder *decoder, const struct token *token, size_t left)
{
	struct transom_value *leaf = NULL;
	bool dated = decoder->dated;
	int r;

	if (expects_key(decoder) && token->kind != TEXT)
		return -EBADMSG;
	if (dated && token->kind != POSITIVE && token->kind != NEGATIVE && token->kind != REAL)
		return -EBADMSG;
	decoder->dated = token->kind == TAG;
	if (token->kind == TAG)
		return token->number == 1 ? 0 : -EBADMSG;
	if (decoder->depth)
		decoder->owed--;
	if (token->kind == ARRAY)
		return open_container(decoder, TRANSOM_VALUE_ARRAY, token->number, left);
	if (token->kind == MAP)
		return open_container(decoder, TRANSOM_VALUE_DICTIONARY, token->number, left);
	r = create_leaf(token, dated, &leaf);
	return r < 0 ? r : place(decoder, leaf);
}

int
transom_value_decode(const void *data, size_t size, struct transom_value **ret)
{
	const unsigned char *bytes = data;
	struct decoder decoder = { .depth = 0 };
	int r = 0;

	if ((!data && size) || !ret)
		return -EINVAL;
	if (size > TRANSOM_VALUE_MAX_SIZE)
		return -E2BIG;
	while (!decoder.whole) {
		struct token token = { REFUSED };
		struct cbor_decoder_result result;

		result = size ? cbor_stream_decode(bytes, size, &callbacks, &token)
			      : (struct cbor_decoder_result){ .status = CBOR_DECODER_NEDATA };
		if (result.status == CBOR_DECODER_FINISHED) {
			bytes += result.read;
			size -= result.read;
			r = take(&decoder, &token, size);
		} else {
			r = result.status == CBOR_DECODER_NEDATA ? -ENODATA : -EBADMSG;
		}
		if (r < 0)
			goto fail;
	}
	r = -EBADMSG;
	if (size > 0)
		goto fail;
	*ret = decoder.whole;
	return 0;

fail:
	while (decoder.depth)
		transom_value_unref(decoder.open[--decoder.depth].container);
	transom_value_unref(decoder.whole);
	return r == -EINVAL ? -EBADMSG : r; /* no argument of the caller's, but what was received */
}
