/* base64.c - bytes as text, by RFC 4648. */
#include <stdint.h>

#include "base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t
base64_encode(const void *bytes, size_t size, char *text, size_t room)
{
	const uint8_t *in = bytes;
	char *out = text;

	if (room < BASE64_SIZE(size) + 1)
		return 0;
	for (; size >= 3; in += 3, size -= 3) {
		*out++ = digits[in[0] >> 2];
		*out++ = digits[(in[0] & 3) << 4 | in[1] >> 4];
		*out++ = digits[(in[1] & 15) << 2 | in[2] >> 6];
		*out++ = digits[in[2] & 63];
	}
	if (size > 0) {
		*out++ = digits[in[0] >> 2];
		*out++ = digits[(in[0] & 3) << 4 | (size > 1 ? in[1] >> 4 : 0)];
		*out++ = size > 1 ? digits[(in[1] & 15) << 2] : '=';
		*out++ = '=';
	}
	*out = '\0';
	return (size_t)(out - text);
}
