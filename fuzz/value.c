/* value.c - any bytes are a value or a clean error; what is a value survives its own encoding. */
#include <stdint.h>
#include <stdlib.h>

#include <transom/value.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
insist(bool condition)
{
	if (!condition)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned char bytes[TRANSOM_VALUE_MAX_SIZE];
	struct transom_value *value = NULL, *again = NULL;
	size_t encoded = 0;
	char text[256];

	if (transom_value_decode(data, size, &value) < 0) {
		insist(!value);
		return 0;
	}
	insist(transom_value_describe(value, text, sizeof(text)) > 0);
	insist(transom_value_encode(value, bytes, sizeof(bytes), &encoded) == 0);
	insist(transom_value_decode(bytes, encoded, &again) == 0);
	insist(transom_value_equal(value, again));
	transom_value_unref(value);
	transom_value_unref(again);
	return 0;
}
