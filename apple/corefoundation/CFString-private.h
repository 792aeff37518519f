/*
 * CFString-private.h - what the files of CFString share: how a string's text is read, whatever made it, and how
 * bytes of an encoding become text.
 */
#ifndef CF_STRING_PRIVATE_H
#define CF_STRING_PRIVATE_H

#include <locale.h>

#include <CoreFoundation/CFString.h>

#include "CFBase-private.h"

/* The text of a string, while it is open: either bytes of ASCII or code units of UTF-16. */
struct text {
	const UInt8 *ascii;
	const UniChar *wide;
	CFIndex length;
	UniChar *owned; /* what text_close() frees */
};

/* Returns false for what is no string, or without memory; then the text is empty, and closing it is allowed. */
bool
text_open(CFTypeRef string, struct text *text);

void
text_close(struct text *text);

static inline UniChar
text_at(const struct text *text, CFIndex index)
{
	return text->ascii ? text->ascii[index] : text->wide[index];
}

static inline bool
text_has(const struct text *text, CFRange range)
{
	return range.location >= 0 && range.length >= 0 && range.location <= text->length &&
	       range.length <= text->length - range.location;
}

/* The part of an open text; it closes nothing. */
struct text
text_part(const struct text *text, CFRange range);

/* A string of a text. */
CFStringRef
string_create(CFAllocatorRef allocator, const struct text *text);

/* Puts a text in the place of a range of a string of ours that can change; false if that cannot be. */
bool
string_replace(CFMutableStringRef string, CFRange range, const struct text *text);

/* Reads text out of bytes, into memory of its own for text_close(); false if they are none, or without memory. */
bool
text_decode(const UInt8 *bytes, CFIndex length, CFStringEncoding encoding, bool external, struct text *ret);

/* Whether the encoding has ASCII in single bytes, and all else in others. */
bool
encoding_is_like_ascii(CFStringEncoding encoding);

/* Compares as CFStringCompare() does. */
CFComparisonResult
text_compare(const struct text *first, const struct text *second, CFStringCompareFlags options);

/* Numbers are read and written the same in all locales. */
locale_t
plain_locale(void);

#endif /* CF_STRING_PRIVATE_H */
