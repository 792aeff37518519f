/* CFStringCompare.c - comparing strings, finding one in another, and taking them apart and together. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <wctype.h>

#include "CFString-private.h"

static wint_t
fold(UTF32Char character)
{
	if (character < 0x80)
		return character >= 'A' && character <= 'Z' ? character + 32 : character;
	return towlower_l(character, plain_locale());
}

static bool
is_digit(UTF32Char character)
{
	return character >= '0' && character <= '9';
}

/* The character at @at, and the place after it; half of a pair is one by itself. */
static UTF32Char
take(const struct text *text, CFIndex *at)
{
	UniChar unit = text_at(text, (*at)++);

	if (!CFStringIsSurrogateHighCharacter(unit) || *at == text->length ||
	    !CFStringIsSurrogateLowCharacter(text_at(text, *at)))
		return unit;
	return CFStringGetLongCharacterForSurrogatePair(unit, text_at(text, (*at)++));
}

/* The end of the digits from @at on, and where they begin to count, after zeros. */
static CFIndex
skip_digits(const struct text *text, CFIndex at, CFIndex *first)
{
	while (at < text->length && text_at(text, at) == '0')
		at++;
	*first = at;
	while (at < text->length && is_digit(text_at(text, at)))
		at++;
	return at;
}

/* Compares two numbers of any length, and moves to their ends. */
static int
compare_numbers(const struct text *a, CFIndex *i, const struct text *b, CFIndex *j)
{
	CFIndex a_first, b_first;
	int order = 0;

	*i = skip_digits(a, *i, &a_first);
	*j = skip_digits(b, *j, &b_first);
	if (*i - a_first != *j - b_first)
		return *i - a_first < *j - b_first ? -1 : 1;
	for (CFIndex k = 0; order == 0 && k < *i - a_first; k++)
		order = text_at(a, a_first + k) - text_at(b, b_first + k);
	return order;
}

CFComparisonResult
text_compare(const struct text *a, const struct text *b, CFStringCompareFlags options)
{
	CFIndex i = 0, j = 0;

	while (i < a->length && j < b->length) {
		UTF32Char first, second;
		int order;

		if ((options & kCFCompareNumerically) && is_digit(text_at(a, i)) && is_digit(text_at(b, j))) {
			order = compare_numbers(a, &i, b, &j);
			if (order)
				return order < 0 ? kCFCompareLessThan : kCFCompareGreaterThan;
			continue;
		}
		first = take(a, &i);
		second = take(b, &j);
		if (first != second && (options & kCFCompareCaseInsensitive)) {
			first = fold(first);
			second = fold(second);
		}
		if (first != second)
			return first < second ? kCFCompareLessThan : kCFCompareGreaterThan;
	}
	return i < a->length ? kCFCompareGreaterThan : j < b->length ? kCFCompareLessThan : kCFCompareEqualTo;
}

CFComparisonResult
CFStringCompareWithOptions(CFStringRef first, CFStringRef second, CFRange range, CFStringCompareFlags options)
{
	CFComparisonResult result = kCFCompareLessThan;
	struct text a, b, part;

	text_open(first, &a);
	text_open(second, &b);
	if (text_has(&a, range)) {
		part = text_part(&a, range);
		result = text_compare(&part, &b, options);
	}
	text_close(&a);
	text_close(&b);
	return result;
}

CFComparisonResult
CFStringCompare(CFStringRef first, CFStringRef second, CFStringCompareFlags options)
{
	return CFStringCompareWithOptions(first, second, CFRangeMake(0, CFStringGetLength(first)), options);
}

/* Whether @wanted is at @at; its case does not matter with kCFCompareCaseInsensitive, nor how many units that takes. */
static bool
is_at(const struct text *text, CFIndex at, const struct text *wanted, CFStringCompareFlags options)
{
	struct text part = text_part(text, CFRangeMake(at, wanted->length));

	return text_compare(&part, wanted, options & kCFCompareCaseInsensitive) == kCFCompareEqualTo;
}

/* Where @wanted is in a range; kCFNotFound if it is not, or is empty. */
static CFIndex
find(const struct text *text, const struct text *wanted, CFRange range, CFStringCompareFlags options)
{
	CFIndex tries = range.length - wanted->length + 1;

	if (wanted->length == 0 || tries <= 0 || !text_has(text, range))
		return kCFNotFound;
	if (options & kCFCompareAnchored)
		tries = 1;
	for (CFIndex i = 0; i < tries; i++) {
		CFIndex at = range.location +
			     (options & kCFCompareBackwards ? range.length - wanted->length - i : i);

		if (is_at(text, at, wanted, options))
			return at;
	}
	return kCFNotFound;
}

Boolean
CFStringFindWithOptions(CFStringRef string, CFStringRef wanted, CFRange range, CFStringCompareFlags options,
			CFRange *result)
{
	struct text text, what;
	CFIndex at;

	text_open(string, &text);
	text_open(wanted, &what);
	at = find(&text, &what, range, options);
	if (at != kCFNotFound && result)
		*result = CFRangeMake(at, what.length);
	text_close(&text);
	text_close(&what);
	return at != kCFNotFound;
}

CFRange
CFStringFind(CFStringRef string, CFStringRef wanted, CFStringCompareFlags options)
{
	CFRange found = CFRangeMake(kCFNotFound, 0);

	CFStringFindWithOptions(string, wanted, CFRangeMake(0, CFStringGetLength(string)), options, &found);
	return found;
}

Boolean
CFStringHasPrefix(CFStringRef string, CFStringRef prefix)
{
	return CFStringFindWithOptions(string, prefix, CFRangeMake(0, CFStringGetLength(string)),
				       kCFCompareAnchored, NULL);
}

Boolean
CFStringHasSuffix(CFStringRef string, CFStringRef suffix)
{
	return CFStringFindWithOptions(string, suffix, CFRangeMake(0, CFStringGetLength(string)),
				       kCFCompareAnchored | kCFCompareBackwards, NULL);
}

/* Ranges in an array are data objects, whose bytes they are. */
static const void *
retain_range(CFAllocatorRef allocator, const void *range)
{
	CFRange *copy = malloc(sizeof(*copy));

	if (copy)
		*copy = *(const CFRange *)range;
	return copy;
}

static void
release_range(CFAllocatorRef allocator, const void *range)
{
	free((void *)range);
}

static CFStringRef
describe_range(const void *range)
{
	const CFRange *r = range;

	return CFStringCreateWithFormat(NULL, NULL, CFSTR("{%ld, %ld}"), r->location, r->length);
}

static Boolean
ranges_are_equal(const void *first, const void *second)
{
	const CFRange *a = first, *b = second;

	return a->location == b->location && a->length == b->length;
}

CFArrayRef
CFStringCreateArrayWithFindResults(CFAllocatorRef allocator, CFStringRef string, CFStringRef wanted,
				   CFRange range, CFStringCompareFlags options)
{
	static const CFArrayCallBacks callbacks = { 0, retain_range, release_range, describe_range,
						    ranges_are_equal };
	CFMutableArrayRef results = NULL;
	CFRange found;
	CFIndex end = range.location + range.length;

	while (CFStringFindWithOptions(string, wanted, range, options, &found)) {
		if (!results)
			results = CFArrayCreateMutable(allocator, 0, &callbacks);
		CFArrayAppendValue(results, &found);
		if (options & kCFCompareBackwards)
			range.length = found.location - range.location;
		else
			range = CFRangeMake(found.location + found.length,
					    end - found.location - found.length);
	}
	return results;
}

CFStringRef
CFStringCreateByCombiningStrings(CFAllocatorRef allocator, CFArrayRef strings, CFStringRef separator)
{
	CFIndex count = CFArrayGetCount(strings);
	CFMutableStringRef all;
	CFStringRef result;

	if (CFGetTypeID(strings) != CF_TYPE_ARRAY)
		return NULL;
	all = CFStringCreateMutable(NULL, 0);
	for (CFIndex i = 0; i < count; i++) {
		if (i > 0)
			CFStringAppend(all, separator);
		CFStringAppend(all, CFArrayGetValueAtIndex(strings, i));
	}
	result = CFStringCreateCopy(allocator, all);
	CFRelease(all);
	return result;
}

CFArrayRef
CFStringCreateArrayBySeparatingStrings(CFAllocatorRef allocator, CFStringRef string, CFStringRef separator)
{
	CFIndex length = CFStringGetLength(string);
	CFMutableArrayRef parts;
	CFRange rest = CFRangeMake(0, length), found = rest;
	bool is_found;

	if (CFGetTypeID(string) != CF_TYPE_STRING || CFGetTypeID(separator) != CF_TYPE_STRING)
		return NULL;
	parts = CFArrayCreateMutable(allocator, 0, &kCFTypeArrayCallBacks);
	do {
		CFStringRef part;

		is_found = CFStringFindWithOptions(string, separator, rest, 0, &found);
		part = CFStringCreateWithSubstring(
			allocator, string,
			CFRangeMake(rest.location, is_found ? found.location - rest.location : rest.length));
		CFArrayAppendValue(parts, part);
		CFRelease(part);
		rest.location = found.location + found.length;
		rest.length = length - rest.location;
	} while (is_found);
	return parts;
}

/* The beginning of a string as ASCII, as far as a number can be. */
static void
get_beginning(CFStringRef string, char text[static 128])
{
	struct text open;
	CFIndex i, from = 0;

	text_open(string, &open);
	while (from < open.length && (text_at(&open, from) == ' ' || text_at(&open, from) - 9u < 5))
		from++;
	for (i = 0; i < 127 && from + i < open.length && text_at(&open, from + i) < 0x80; i++)
		text[i] = (char)text_at(&open, from + i);
	text[i] = '\0';
	text_close(&open);
}

SInt32
CFStringGetIntValue(CFStringRef string)
{
	char text[128];
	long number;

	get_beginning(string, text);
	number = strtol(text, NULL, 10);
	return number > INT32_MAX ? INT32_MAX : number < INT32_MIN ? INT32_MIN : (SInt32)number;
}

double
CFStringGetDoubleValue(CFStringRef string)
{
	char text[128];

	get_beginning(string, text);
	return strtod_l(text, NULL, plain_locale());
}

void
CFShowStr(CFStringRef string)
{
	fprintf(stderr, "Length %ld\n", CFStringGetLength(string));
	CFShow(string);
}
