/* CFStringEncoding.c - text as bytes of an encoding, in both directions. */
#include <stdint.h>
#include <stdlib.h>

#include "CFString-private.h"
#include "CFStringTables-private.h"

#define NO_CHARACTER 0xffffffffu
#define MARK 0xfeff /* the byte order mark */

enum form { FORM_NONE, FORM_BYTES, FORM_UTF8, FORM_UTF16, FORM_UTF32 };

static enum form
form_of(CFStringEncoding encoding)
{
	switch (encoding) {
	case kCFStringEncodingMacRoman:
	case kCFStringEncodingWindowsLatin1:
	case kCFStringEncodingISOLatin1:
	case kCFStringEncodingASCII:
		return FORM_BYTES;
	case kCFStringEncodingUTF8:
		return FORM_UTF8;
	case kCFStringEncodingUTF16:
	case kCFStringEncodingUTF16BE:
	case kCFStringEncodingUTF16LE:
		return FORM_UTF16;
	case kCFStringEncodingUTF32:
	case kCFStringEncodingUTF32BE:
	case kCFStringEncodingUTF32LE:
		return FORM_UTF32;
	default:
		return FORM_NONE;
	}
}

Boolean
CFStringIsEncodingAvailable(CFStringEncoding encoding)
{
	return form_of(encoding) != FORM_NONE;
}

bool
encoding_is_like_ascii(CFStringEncoding encoding)
{
	return form_of(encoding) == FORM_BYTES || form_of(encoding) == FORM_UTF8;
}

/* Whether the encoding says itself which byte comes first; then the host's order, and a mark at the beginning. */
static bool
has_mark(CFStringEncoding encoding)
{
	return encoding == kCFStringEncodingUTF16 || encoding == kCFStringEncodingUTF32;
}

static bool
is_big_endian(CFStringEncoding encoding)
{
	return encoding == kCFStringEncodingUTF16BE || encoding == kCFStringEncodingUTF32BE ||
	       (has_mark(encoding) && TARGET_RT_BIG_ENDIAN);
}

static const UniChar *
table_of(CFStringEncoding encoding)
{
	return encoding == kCFStringEncodingMacRoman        ? mac_roman
	       : encoding == kCFStringEncodingWindowsLatin1 ? windows_latin1
							    : NULL;
}

static UTF32Char
character_of_byte(UInt8 byte, CFStringEncoding encoding)
{
	const UniChar *table = table_of(encoding);

	if (byte < 0x80 || encoding == kCFStringEncodingISOLatin1)
		return byte;
	return table && table[byte - 0x80] ? table[byte - 0x80] : NO_CHARACTER;
}

static UTF32Char
read_unit(const UInt8 *bytes, int size, bool big)
{
	UTF32Char unit = 0;

	for (int i = 0; i < size; i++)
		unit |= (UTF32Char)bytes[i] << 8 * (big ? size - 1 - i : i);
	return unit;
}

/* One character of UTF-8 of at most @room bytes; returns its bytes, 0 for what is none. */
static int
read_utf8(const UInt8 *bytes, CFIndex room, UTF32Char *ret)
{
	static const UTF32Char least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	int size = bytes[0] < 0x80   ? 1
		   : bytes[0] < 0xc0 ? 0
		   : bytes[0] < 0xe0 ? 2
		   : bytes[0] < 0xf0 ? 3
		   : bytes[0] < 0xf8 ? 4
				     : 0;
	UTF32Char character = size == 1 ? bytes[0] : bytes[0] & (0x7f >> size);

	if (size == 0 || size > room)
		return 0;
	for (int i = 1; i < size; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		character = character << 6 | (bytes[i] & 0x3f);
	}
	if (character < least[size] || character > 0x10ffff || (character >= 0xd800 && character < 0xe000))
		return 0;
	*ret = character;
	return size;
}

static bool
decode_all(const UInt8 *bytes, CFIndex length, CFStringEncoding encoding, bool big, struct text *text)
{
	enum form form = form_of(encoding);
	int size = form == FORM_UTF16 ? 2 : form == FORM_UTF32 ? 4 : 1;
	UTF32Char character = 0;

	for (CFIndex at = 0; at < length; at += size) {
		if (form == FORM_UTF8)
			size = read_utf8(bytes + at, length - at, &character);
		else if (form == FORM_BYTES)
			character = character_of_byte(bytes[at], encoding);
		else
			character = read_unit(bytes + at, size, big);
		if (size == 0 || character > 0x10ffff ||
		    (form == FORM_UTF32 && character >= 0xd800 && character < 0xe000))
			return false;
		text->length +=
			1 + CFStringGetSurrogatePairForLongCharacter(character, text->owned + text->length);
	}
	return true;
}

bool
text_decode(const UInt8 *bytes, CFIndex length, CFStringEncoding encoding, bool external, struct text *ret)
{
	enum form form = form_of(encoding);
	int size = form == FORM_UTF16 ? 2 : form == FORM_UTF32 ? 4 : 1;
	bool big = is_big_endian(encoding);
	struct text text = { .length = 0 };

	if (length % size || length > PTRDIFF_MAX / 4)
		return false;
	if (size > 1 && length && (external || has_mark(encoding))) {
		bool is_mark = read_unit(bytes, size, big) == MARK,
		     is_other = read_unit(bytes, size, !big) == MARK;

		big ^= is_other && has_mark(encoding);
		if (is_mark || (is_other && has_mark(encoding))) {
			bytes += size;
			length -= size;
		}
	} else if (form == FORM_UTF8 && external && length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
		bytes += 3;
		length -= 3;
	}
	text.owned = malloc((size_t)length * sizeof(UniChar) + 2 * sizeof(UniChar));
	if (!text.owned)
		return false;
	text.wide = text.owned;
	if (!decode_all(bytes, length, encoding, big, &text)) {
		text_close(&text);
		return false;
	}
	*ret = text;
	return true;
}

static int
write_unit(UTF32Char unit, int size, bool big, UInt8 *bytes)
{
	for (int i = 0; i < size; i++)
		bytes[i] = (UInt8)(unit >> 8 * (big ? size - 1 - i : i));
	return size;
}

static int
write_utf8(UTF32Char character, UInt8 bytes[static 4])
{
	static const UInt8 first[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	int size = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;

	if (character >= 0xd800 && character < 0xe000) /* half of a pair */
		return 0;
	for (int i = size - 1; i > 0; i--, character >>= 6)
		bytes[i] = (UInt8)(0x80 | (character & 0x3f));
	bytes[0] = (UInt8)(first[size] | character);
	return size;
}

static int
write_byte(UTF32Char character, CFStringEncoding encoding, UInt8 *bytes)
{
	for (unsigned byte = 0; byte < 256; byte++)
		if (character_of_byte((UInt8)byte, encoding) == character) {
			bytes[0] = (UInt8)byte;
			return 1;
		}
	return 0;
}

/* The bytes of a character; 0 if the encoding does not have it. */
static int
encode(UTF32Char character, CFStringEncoding encoding, UInt8 bytes[static 4])
{
	bool big = is_big_endian(encoding);
	UniChar pair[2];

	switch (form_of(encoding)) {
	case FORM_BYTES:
		if (character < 0x80)
			return write_unit(character, 1, big, bytes);
		return write_byte(character, encoding, bytes);
	case FORM_UTF8:
		return write_utf8(character, bytes);
	case FORM_UTF16:
		if (!CFStringGetSurrogatePairForLongCharacter(character, pair))
			return write_unit(pair[0], 2, big, bytes);
		return write_unit(pair[0], 2, big, bytes) + write_unit(pair[1], 2, big, bytes + 2);
	case FORM_UTF32:
		return character >= 0xd800 && character < 0xe000 ? 0 : write_unit(character, 4, big, bytes);
	default:
		return 0;
	}
}

/* The character at @index and how many code units it takes; half of a pair is one by itself. */
static int
next_character(const struct text *text, CFIndex index, CFIndex end, UTF32Char *ret)
{
	UniChar unit = text_at(text, index);

	*ret = unit;
	if (!CFStringIsSurrogateHighCharacter(unit) || index + 1 >= end ||
	    !CFStringIsSurrogateLowCharacter(text_at(text, index + 1)))
		return 1;
	*ret = CFStringGetLongCharacterForSurrogatePair(unit, text_at(text, index + 1));
	return 2;
}

/* Writes as CFStringGetBytes() does; @size is how much room there is at @buffer, which may be NULL. */
static CFIndex
encode_range(const struct text *text, CFRange range, CFStringEncoding encoding, UInt8 loss_byte,
	     UInt8 *buffer, CFIndex size, CFIndex *used)
{
	CFIndex end = range.location + range.length, at = range.location;

	while (at < end) {
		UTF32Char character;
		UInt8 bytes[4];
		int units = next_character(text, at, end, &character);
		int count = encode(character, encoding, bytes);

		if (count == 0 && loss_byte)
			count = encode(loss_byte, encoding, bytes);
		if (count == 0 || (buffer && count > size - *used))
			break;
		if (buffer)
			memcpy(buffer + *used, bytes, (size_t)count);
		*used += count;
		at += units;
	}
	return at - range.location;
}

CFIndex
CFStringGetBytes(CFStringRef string, CFRange range, CFStringEncoding encoding, UInt8 loss_byte,
		 Boolean external, UInt8 *buffer, CFIndex size, CFIndex *used_bytes)
{
	CFIndex used = 0, converted = 0;
	UInt8 mark[4];
	struct text text;

	if (text_open(string, &text) && text_has(&text, range) && CFStringIsEncodingAvailable(encoding)) {
		if (external && has_mark(encoding)) {
			used = encode(MARK, encoding, mark);
			if (buffer && used > size)
				used = range.length = 0;
			else if (buffer)
				memcpy(buffer, mark, (size_t)used);
		}
		converted = encode_range(&text, range, encoding, loss_byte, buffer, size, &used);
	}
	text_close(&text);
	if (used_bytes)
		*used_bytes = used;
	return converted;
}

Boolean
CFStringGetCString(CFStringRef string, char *buffer, CFIndex size, CFStringEncoding encoding)
{
	CFIndex length = CFStringGetLength(string), used;

	if (!buffer || size <= 0)
		return false;
	if (encoding_is_like_ascii(encoding) && CFGetTypeID(string) == CF_TYPE_STRING &&
	    CFStringGetBytes(string, CFRangeMake(0, length), encoding, 0, false, (UInt8 *)buffer, size - 1,
			     &used) == length) {
		buffer[used] = '\0';
		return true;
	}
	buffer[0] = '\0';
	return false;
}

Boolean
CFStringGetPascalString(CFStringRef string, StringPtr buffer, CFIndex size, CFStringEncoding encoding)
{
	CFIndex length = CFStringGetLength(string), used, room = size < 256 ? size - 1 : 255;

	if (!buffer || size <= 0)
		return false;
	if (encoding_is_like_ascii(encoding) && CFGetTypeID(string) == CF_TYPE_STRING &&
	    CFStringGetBytes(string, CFRangeMake(0, length), encoding, 0, false, buffer + 1, room, &used) ==
		    length) {
		buffer[0] = (UInt8)used;
		return true;
	}
	buffer[0] = 0;
	return false;
}

CFDataRef
CFStringCreateExternalRepresentation(CFAllocatorRef allocator, CFStringRef string, CFStringEncoding encoding,
				     UInt8 loss_byte)
{
	CFRange all = CFRangeMake(0, CFStringGetLength(string));
	CFIndex size;
	CFDataRef data;
	UInt8 *bytes;

	if (CFGetTypeID(string) != CF_TYPE_STRING || !CFStringIsEncodingAvailable(encoding) ||
	    CFStringGetBytes(string, all, encoding, loss_byte, true, NULL, 0, &size) != all.length)
		return NULL;
	bytes = malloc((size_t)size + 1);
	if (!bytes)
		return NULL;
	CFStringGetBytes(string, all, encoding, loss_byte, true, bytes, size, &size);
	data = CFDataCreate(allocator, bytes, size);
	free(bytes);
	return data;
}

CFIndex
CFStringGetMaximumSizeForEncoding(CFIndex length, CFStringEncoding encoding)
{
	static const CFIndex most[] = {
		[FORM_NONE] = 0, [FORM_BYTES] = 1, [FORM_UTF8] = 3, [FORM_UTF16] = 2, [FORM_UTF32] = 4
	};
	CFIndex size;

	if (length < 0 || __builtin_mul_overflow(length, most[form_of(encoding)], &size) ||
	    !CFStringIsEncodingAvailable(encoding))
		return kCFNotFound;
	return size;
}

CFStringEncoding
CFStringGetSmallestEncoding(CFStringRef string)
{
	CFRange all = CFRangeMake(0, CFStringGetLength(string));
	CFIndex size;

	if (CFStringGetBytes(string, all, kCFStringEncodingASCII, 0, false, NULL, 0, &size) == all.length)
		return kCFStringEncodingASCII;
	return kCFStringEncodingUTF16;
}

CFStringEncoding
CFStringGetFastestEncoding(CFStringRef string)
{
	return CFStringGetCStringPtr(string, kCFStringEncodingASCII) ? kCFStringEncodingASCII
								     : kCFStringEncodingUTF16;
}

CFStringEncoding
CFStringGetSystemEncoding(void)
{
	return kCFStringEncodingUTF8;
}
