/* utf8.c - whether bytes are text; what the text says does not matter here. */
#include <stdint.h>

#include "utf8-private.h"

/* Bytes of the character that @text begins with, which goes to @ret_point; 0 if that is no UTF-8, or a NUL. */
static size_t
read_character(const unsigned char *text, size_t size, uint32_t *ret_point)
{
	static const uint32_t least[] = { 0, 1, 0x80, 0x800, 0x10000 };
	size_t length = text[0] < 0x80 ? 1 : text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
	uint32_t point = length == 1 ? text[0] : text[0] & (0x7f >> length);

	if ((text[0] & 0xc0) == 0x80 || text[0] >= 0xf8 || length > size)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (text[i] & 0x3f);
	}
	if (point < least[length] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
		return 0;
	*ret_point = point;
	return length;
}

static bool
is_control(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0);
}

static bool
check(const void *bytes, size_t size, bool with_controls)
{
	const unsigned char *text = bytes;
	uint32_t point;
	size_t length;

	for (; size > 0; text += length, size -= length) {
		length = read_character(text, size, &point);
		if (!length || (!with_controls && is_control(point)))
			return false;
	}
	return true;
}

bool
utf8_is_text(const void *bytes, size_t size)
{
	return check(bytes, size, true);
}

bool
utf8_is_printable(const void *bytes, size_t size)
{
	return check(bytes, size, false);
}
