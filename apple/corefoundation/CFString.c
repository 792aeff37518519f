/* CFString.c - what strings are, how they are made, and how they are read; not how they change or compare. */
#include <stdint.h>
#include <stdlib.h>

#include <CoreFoundation/CFString.h>

#include "CFString-private.h"
#include "hash-table-private.h"
#include "types-private.h"

#define LITERAL_HEAD 8 /* bytes before the text of a CFSTR() that no compiler made an object of */

/* Strings that can change are always wide. */
struct string {
	struct cf_object head;
	CFIndex length;
	CFIndex capacity; /* of one that can change */
	CFIndex maximum; /* 0 for none */
	UInt8 *ascii; /* ends with a NUL; NULL if it is wide */
	UniChar *wide;
};

CFTypeID
CFStringGetTypeID(void)
{
	return CF_TYPE_STRING;
}

static bool
is_ascii(const UInt8 *bytes, CFIndex length)
{
	UInt8 all = 0;

	for (CFIndex i = 0; i < length; i++)
		all |= bytes[i];
	return all < 0x80;
}

/* Literals with more than ASCII in them, by their address, as strings that live for ever. */
static struct string *
find_literal(const char *literal, CFIndex length)
{
	static struct hash_table literals;
	const UInt8 *bytes = (const UInt8 *)literal + LITERAL_HEAD;
	struct entry *entry;
	CFStringRef made = NULL;

	cf_lock();
	literals.allocator = kCFAllocatorSystemDefault;
	entry = hash_table_find(&literals, literal);
	if (!entry) {
		made = CFStringCreateWithBytes(kCFAllocatorSystemDefault, bytes, length,
					       kCFStringEncodingUTF8, false);
		if (!made) /* of a source file that is not UTF-8 */
			made = CFStringCreateWithBytes(kCFAllocatorSystemDefault, bytes, length,
						       kCFStringEncodingISOLatin1, false);
		entry = made ? hash_table_add(&literals, literal) : NULL;
		if (entry)
			entry->value = made;
	}
	cf_unlock();
	return entry ? (struct string *)entry->value : NULL;
}

static bool
open_own(const struct string *string, struct text *text)
{
	*text = (struct text){ .ascii = string->ascii, .wide = string->wide, .length = string->length };
	return true;
}

static bool
open_literal(const char *literal, struct text *text)
{
	const char *bytes = literal + LITERAL_HEAD;
	struct string *string;

	*text = (struct text){ .ascii = (const UInt8 *)bytes, .length = (CFIndex)strlen(bytes) };
	if (is_ascii(text->ascii, text->length))
		return true;
	string = find_literal(literal, text->length);
	if (string)
		return open_own(string, text);
	*text = (struct text){ .ascii = (const UInt8 *)"" };
	return false;
}

static bool
open_compiled(const struct cf_compiled_string *string, struct text *text)
{
	bool is_wide = string->flags & CF_COMPILED_UTF16;

	*text = (struct text){ .ascii = is_wide ? NULL : string->text,
			       .wide = is_wide ? string->text : NULL,
			       .length = string->length };
	return true;
}

static bool
open_foreign(CFTypeRef string, struct text *text)
{
	CFIndex length;

	if (cf_bridge->get_type(string) != CF_TYPE_STRING)
		return false;
	length = cf_bridge->string_get_length(string);
	text->owned = length < 0 ? NULL : malloc((size_t)length * sizeof(UniChar) + 1);
	if (!text->owned)
		return false;
	cf_bridge->string_get_characters(string, CFRangeMake(0, length), text->owned);
	text->ascii = NULL;
	text->wide = text->owned;
	text->length = length;
	return true;
}

bool
text_open(CFTypeRef string, struct text *text)
{
	*text = (struct text){ .ascii = (const UInt8 *)"" };
	switch (cf_origin(string)) {
	case CF_ORIGIN_OWN:
		return ((const struct cf_object *)string)->type == CF_TYPE_STRING && open_own(string, text);
	case CF_ORIGIN_COMPILED:
		return open_compiled(string, text);
	case CF_ORIGIN_LITERAL:
		return open_literal(string, text);
	case CF_ORIGIN_FOREIGN:
		return open_foreign(string, text);
	case CF_ORIGIN_NONE:
		break;
	}
	return false;
}

void
text_close(struct text *text)
{
	free(text->owned);
	text->owned = NULL;
}

struct text
text_part(const struct text *text, CFRange range)
{
	return (struct text){ .ascii = text->ascii ? text->ascii + range.location : NULL,
			      .wide = text->wide ? text->wide + range.location : NULL,
			      .length = range.length };
}

static bool
text_is_ascii(const struct text *text)
{
	UniChar all = 0;

	for (CFIndex i = 0; !text->ascii && i < text->length; i++)
		all |= text->wide[i];
	return all < 0x80;
}

CFStringRef
string_create(CFAllocatorRef allocator, const struct text *text)
{
	bool narrow = text_is_ascii(text);
	size_t unit = narrow ? 1 : sizeof(UniChar);
	struct string *string;

	if (text->length < 0 || text->length > PTRDIFF_MAX / 4)
		return NULL;
	string = cf_object_create(allocator, CF_TYPE_STRING,
				  sizeof(*string) + ((size_t)text->length + 1) * unit);
	if (!string)
		return NULL;
	string->length = text->length;
	if (narrow)
		string->ascii = (UInt8 *)(string + 1);
	else
		string->wide = (UniChar *)(string + 1);
	for (CFIndex i = 0; i < text->length; i++) {
		if (narrow)
			string->ascii[i] = (UInt8)text_at(text, i);
		else
			string->wide[i] = text_at(text, i);
	}
	return (CFStringRef)string;
}

CFStringRef
CFStringCreateWithBytes(CFAllocatorRef allocator, const UInt8 *bytes, CFIndex length,
			CFStringEncoding encoding, Boolean external)
{
	struct text text = { .ascii = bytes, .length = length };
	CFStringRef string;

	if (length < 0 || (length && !bytes) || !CFStringIsEncodingAvailable(encoding))
		return NULL;
	if (encoding_is_like_ascii(encoding) && is_ascii(bytes, length)) {
		text.ascii = bytes ? bytes : (const UInt8 *)"";
		return string_create(allocator, &text);
	}
	if (!text_decode(bytes, length, encoding, external, &text))
		return NULL;
	string = string_create(allocator, &text);
	text_close(&text);
	return string;
}

/* Bytes given to keep are freed at once: they have been copied. A string that could not be made leaves them. */
static CFStringRef
take(CFStringRef string, const void *bytes, CFAllocatorRef deallocator)
{
	if (string)
		CFAllocatorDeallocate(deallocator, (void *)bytes);
	return string;
}

CFStringRef
CFStringCreateWithBytesNoCopy(CFAllocatorRef allocator, const UInt8 *bytes, CFIndex length,
			      CFStringEncoding encoding, Boolean external, CFAllocatorRef deallocator)
{
	return take(CFStringCreateWithBytes(allocator, bytes, length, encoding, external), bytes,
		    deallocator);
}

CFStringRef
CFStringCreateWithCString(CFAllocatorRef allocator, const char *text, CFStringEncoding encoding)
{
	if (!text)
		return NULL;
	return CFStringCreateWithBytes(allocator, (const UInt8 *)text, (CFIndex)strlen(text), encoding,
				       false);
}

CFStringRef
CFStringCreateWithCStringNoCopy(CFAllocatorRef allocator, const char *text, CFStringEncoding encoding,
				CFAllocatorRef deallocator)
{
	return take(CFStringCreateWithCString(allocator, text, encoding), text, deallocator);
}

CFStringRef
CFStringCreateWithPascalString(CFAllocatorRef allocator, ConstStr255Param text, CFStringEncoding encoding)
{
	return text ? CFStringCreateWithBytes(allocator, text + 1, text[0], encoding, false) : NULL;
}

CFStringRef
CFStringCreateWithCharacters(CFAllocatorRef allocator, const UniChar *characters, CFIndex length)
{
	struct text text = { .wide = characters, .length = length };

	return length < 0 || (length && !characters) ? NULL : string_create(allocator, &text);
}

CFStringRef
CFStringCreateWithCharactersNoCopy(CFAllocatorRef allocator, const UniChar *characters, CFIndex length,
				   CFAllocatorRef deallocator)
{
	return take(CFStringCreateWithCharacters(allocator, characters, length), characters, deallocator);
}

CFStringRef
CFStringCreateWithSubstring(CFAllocatorRef allocator, CFStringRef string, CFRange range)
{
	CFStringRef part = NULL;
	struct text text, cut;

	if (text_open(string, &text) && text_has(&text, range)) {
		cut = text_part(&text, range);
		part = string_create(allocator, &cut);
	}
	text_close(&text);
	return part;
}

CFStringRef
CFStringCreateCopy(CFAllocatorRef allocator, CFStringRef string)
{
	enum cf_origin origin = cf_origin(string);
	CFStringRef copy = NULL;
	struct text text;

	if (origin == CF_ORIGIN_COMPILED || origin == CF_ORIGIN_LITERAL)
		return string;
	if (cf_is_own(string, CF_TYPE_STRING) && !((const struct string *)string)->head.is_mutable)
		return CFRetain(string);
	if (text_open(string, &text))
		copy = string_create(allocator, &text);
	text_close(&text);
	return copy;
}

CFStringRef
CFStringCreateFromExternalRepresentation(CFAllocatorRef allocator, CFDataRef data, CFStringEncoding encoding)
{
	if (CFGetTypeID(data) != CF_TYPE_DATA)
		return NULL;
	return CFStringCreateWithBytes(allocator, CFDataGetBytePtr(data), CFDataGetLength(data), encoding,
				       true);
}

CFMutableStringRef
CFStringCreateMutable(CFAllocatorRef allocator, CFIndex maximum)
{
	struct string *string =
		maximum < 0 ? NULL : cf_object_create(allocator, CF_TYPE_STRING, sizeof(*string));

	if (!string)
		return NULL;
	string->head.is_mutable = true;
	string->maximum = maximum;
	string->capacity = 16;
	string->wide =
		CFAllocatorAllocate(CFGetAllocator(string), string->capacity * (CFIndex)sizeof(UniChar), 0);
	if (!string->wide) {
		CFRelease(string);
		return NULL;
	}
	return (CFMutableStringRef)string;
}

static bool
reserve(struct string *string, CFIndex length)
{
	CFIndex capacity = string->capacity;
	UniChar *wide;

	if (length > PTRDIFF_MAX / 4 || (string->maximum && length > string->maximum))
		return false;
	while (capacity < length)
		capacity *= 2;
	if (capacity == string->capacity)
		return true;
	wide = CFAllocatorReallocate(CFGetAllocator(string), string->wide,
				     capacity * (CFIndex)sizeof(UniChar), 0);
	if (!wide)
		return false;
	string->wide = wide;
	string->capacity = capacity;
	return true;
}

bool
string_replace(CFMutableStringRef ref, CFRange range, const struct text *text)
{
	struct string *string = (struct string *)ref;
	UniChar *copy = malloc(((size_t)text->length + 1) * sizeof(UniChar)), *place;
	CFIndex rest = string->length - range.location - range.length;
	CFIndex length = string->length - range.length + text->length;

	/* A copy, since the text may be of this very string. */
	for (CFIndex i = 0; copy && i < text->length; i++)
		copy[i] = text_at(text, i);
	if (!copy || !reserve(string, length)) {
		free(copy);
		return false;
	}
	place = string->wide + range.location;
	memmove(place + text->length, place + range.length, (size_t)rest * sizeof(UniChar));
	memcpy(place, copy, (size_t)text->length * sizeof(UniChar));
	string->length = length;
	free(copy);
	return true;
}

CFIndex
CFStringGetLength(CFStringRef string)
{
	CFIndex length;
	struct text text;

	if (cf_is_foreign(string, CF_TYPE_STRING))
		return cf_bridge->string_get_length(string);
	text_open(string, &text);
	length = text.length;
	text_close(&text);
	return length;
}

UniChar
CFStringGetCharacterAtIndex(CFStringRef string, CFIndex index)
{
	UniChar character = 0;

	CFStringGetCharacters(string, CFRangeMake(index, 1), &character);
	return character;
}

void
CFStringGetCharacters(CFStringRef string, CFRange range, UniChar *buffer)
{
	struct text text;

	text_open(string, &text);
	if (buffer && range.location >= 0 && range.location <= text.length) {
		if (range.length > text.length - range.location)
			range.length = text.length - range.location;
		for (CFIndex i = 0; i < range.length; i++)
			buffer[i] = text_at(&text, range.location + i);
	}
	text_close(&text);
}

const UniChar *
CFStringGetCharactersPtr(CFStringRef string)
{
	const UniChar *wide;
	struct text text;

	text_open(string, &text);
	wide = text.owned ? NULL : text.wide;
	text_close(&text);
	return wide;
}

const char *
CFStringGetCStringPtr(CFStringRef string, CFStringEncoding encoding)
{
	const UInt8 *ascii = NULL;
	struct text text;

	if (encoding_is_like_ascii(encoding) && text_open(string, &text)) {
		if (text.ascii && !memchr(text.ascii, 0, (size_t)text.length))
			ascii = text.ascii;
		text_close(&text);
	}
	return (const char *)ascii;
}

static void
string_finalize(CFTypeRef object)
{
	const struct string *string = object;

	if (string->head.is_mutable)
		CFAllocatorDeallocate(CFGetAllocator(string), string->wide);
}

static Boolean
string_equal(CFTypeRef first, CFTypeRef second)
{
	struct text a, b;
	bool equal;

	text_open(first, &a);
	text_open(second, &b);
	equal = a.length == b.length;
	for (CFIndex i = 0; equal && i < a.length; i++)
		equal = text_at(&a, i) == text_at(&b, i);
	text_close(&a);
	text_close(&b);
	return equal;
}

static CFHashCode
string_hash(CFTypeRef object)
{
	CFHashCode hash = 0xcbf29ce484222325;
	struct text text;

	text_open(object, &text);
	for (CFIndex i = 0; i < text.length; i++)
		hash = (hash ^ text_at(&text, i)) * 0x100000001b3;
	text_close(&text);
	return hash;
}

static CFStringRef
string_copy_text(CFTypeRef object)
{
	return CFStringCreateCopy(NULL, object);
}

static CFStringRef
string_copy_description(CFTypeRef object)
{
	return CFStringCreateWithFormat(NULL, NULL, CFSTR("<CFString %p [%p]>{contents = \"%@\"}"), object,
					CFGetAllocator(object), object);
}

const struct cf_class cf_string_class = { .name = "CFString",
					  .finalize = string_finalize,
					  .equal = string_equal,
					  .hash = string_hash,
					  .copy_description = string_copy_description,
					  .copy_text = string_copy_text };
