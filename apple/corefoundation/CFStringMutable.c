/* CFStringMutable.c - strings that change. */
#include <stdint.h>
#include <stdlib.h>

#include "CFString-private.h"

CFMutableStringRef
CFStringCreateMutableCopy(CFAllocatorRef allocator, CFIndex maximum, CFStringRef string)
{
	CFMutableStringRef copy;

	if (CFGetTypeID(string) != CF_TYPE_STRING)
		return NULL;
	copy = CFStringCreateMutable(allocator, maximum);
	CFStringAppend(copy, string);
	if (copy && CFStringGetLength(copy) != CFStringGetLength(string)) {
		CFRelease(copy);
		return NULL;
	}
	return copy;
}

/* Puts an open text in the place of a range, if the string can change and has the range. */
static bool
replace(CFMutableStringRef string, CFRange range, const struct text *text)
{
	CFIndex length = CFStringGetLength(string);
	CFStringRef replacement;

	if (range.location < 0 || range.length < 0 || range.location > length ||
	    range.length > length - range.location)
		return false;
	if (cf_is_own_mutable(string, CF_TYPE_STRING))
		return string_replace(string, range, text);
	if (!cf_is_foreign(string, CF_TYPE_STRING))
		return false;
	replacement = string_create(NULL, text);
	if (!replacement)
		return false;
	cf_bridge->string_replace(string, range, replacement);
	CFRelease(replacement);
	return true;
}

void
CFStringReplace(CFMutableStringRef string, CFRange range, CFStringRef replacement)
{
	struct text text;

	if (text_open(replacement, &text))
		replace(string, range, &text);
	text_close(&text);
}

void
CFStringAppend(CFMutableStringRef string, CFStringRef appended)
{
	CFStringReplace(string, CFRangeMake(CFStringGetLength(string), 0), appended);
}

void
CFStringInsert(CFMutableStringRef string, CFIndex index, CFStringRef inserted)
{
	CFStringReplace(string, CFRangeMake(index, 0), inserted);
}

void
CFStringDelete(CFMutableStringRef string, CFRange range)
{
	CFStringReplace(string, range, CFSTR(""));
}

void
CFStringReplaceAll(CFMutableStringRef string, CFStringRef replacement)
{
	CFStringReplace(string, CFRangeMake(0, CFStringGetLength(string)), replacement);
}

void
CFStringAppendCharacters(CFMutableStringRef string, const UniChar *characters, CFIndex count)
{
	struct text text = { .wide = characters, .length = count };

	if (count > 0 && characters)
		replace(string, CFRangeMake(CFStringGetLength(string), 0), &text);
}

void
CFStringAppendCString(CFMutableStringRef string, const char *bytes, CFStringEncoding encoding)
{
	CFStringRef text = CFStringCreateWithCString(NULL, bytes, encoding);

	if (text)
		CFStringAppend(string, text);
	CFRelease(text);
}

CFIndex
CFStringFindAndReplace(CFMutableStringRef string, CFStringRef wanted, CFStringRef replacement, CFRange range,
		       CFStringCompareFlags options)
{
	CFIndex new_length = CFStringGetLength(replacement), count = 0, length;
	bool backwards = options & kCFCompareBackwards;
	CFRange found;

	while (CFStringFindWithOptions(string, wanted, range, options, &found)) {
		length = CFStringGetLength(string);
		CFStringReplace(string, found, replacement);
		if (CFStringGetLength(string) != length - found.length + new_length)
			break; /* it cannot change, or has no more room */
		count++;
		if (options & kCFCompareAnchored)
			break;
		if (backwards)
			range.length = found.location - range.location;
		else
			range = CFRangeMake(found.location + new_length,
					    range.location + range.length - found.location - found.length);
	}
	return count;
}

void
CFStringPad(CFMutableStringRef string, CFStringRef pad, CFIndex length, CFIndex index)
{
	CFIndex now = CFStringGetLength(string);
	struct text text, unit;

	if (length >= 0 && length < now) {
		CFStringDelete(string, CFRangeMake(length, now - length));
		return;
	}
	if (pad && text_open(pad, &text)) {
		for (; text.length > 0 && index >= 0 && now < length; now++, index++) {
			unit = text_part(&text, CFRangeMake(index % text.length, 1));
			if (!replace(string, CFRangeMake(now, 0), &unit))
				break;
		}
		text_close(&text);
	}
}

void
CFStringTrim(CFMutableStringRef string, CFStringRef trimmed)
{
	CFRange found;

	if (string == (CFMutableStringRef)trimmed || CFStringGetLength(trimmed) == 0)
		return;
	for (int end = 0; end < 2; end++)
		while (CFStringFindWithOptions(string, trimmed, CFRangeMake(0, CFStringGetLength(string)),
					       kCFCompareAnchored | (end ? kCFCompareBackwards : 0),
					       &found)) {
			CFIndex length = CFStringGetLength(string);

			CFStringDelete(string, found);
			if (CFStringGetLength(string) == length)
				return; /* it cannot change */
		}
}

static bool
is_space(UniChar character)
{
	return character == ' ' || (character >= 0x09 && character <= 0x0d) || character == 0x85 ||
	       character == 0xa0 || character == 0x1680 || (character >= 0x2000 && character <= 0x200a) ||
	       character == 0x2028 || character == 0x2029 || character == 0x202f || character == 0x205f ||
	       character == 0x3000;
}

void
CFStringTrimWhitespace(CFMutableStringRef string)
{
	CFIndex begin = 0, end;
	struct text text;

	text_open(string, &text);
	end = text.length;
	while (begin < end && is_space(text_at(&text, begin)))
		begin++;
	while (begin < end && is_space(text_at(&text, end - 1)))
		end--;
	text_close(&text);
	CFStringDelete(string, CFRangeMake(end, CFStringGetLength(string) - end));
	CFStringDelete(string, CFRangeMake(0, begin));
}
