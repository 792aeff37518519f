/* test-CFString.c - text: encodings, formats, comparing, finding and changing. */
#include <CoreFoundation/CoreFoundation.h>

#include "harness.h"

static const CFStringRef at_file_scope = CFSTR("file scope");
static const CFStringRef in_a_table[] = { CFSTR("a"), CFSTR("\u00e9\U0001f600") };

static bool
is(CFStringRef string, const char *utf8)
{
	char text[512];

	return CFStringGetCString(string, text, sizeof(text), kCFStringEncodingUTF8) &&
	       strcmp(text, utf8) == 0;
}

/* Takes the string. */
static void
check_is(CFStringRef string, const char *utf8)
{
	if (!is(string, utf8))
		CFShow(string);
	check(is(string, utf8));
	CFRelease(string);
}

static CFStringRef
utf8(const char *text)
{
	return CFStringCreateWithCString(NULL, text, kCFStringEncodingUTF8);
}

TEST(constants_stand_anywhere)
{
	CFStringRef made = utf8("\u00e9\U0001f600");

	check(is(at_file_scope, "file scope"));
	check(strcmp(CFStringGetCStringPtr(at_file_scope, kCFStringEncodingUTF8), "file scope") == 0);
	check_eq(CFStringGetLength(in_a_table[0]), 1);
	check_eq(CFStringGetLength(in_a_table[1]), 3);
	check(CFEqual(in_a_table[1], made) && CFHash(in_a_table[1]) == CFHash(made));
	check(CFStringGetCStringPtr(in_a_table[1], kCFStringEncodingUTF8) == NULL);
	check(CFEqual(CFSTR(""), CFSTR("")) && CFStringGetLength(CFSTR("")) == 0);
	check(is(kCFRunLoopDefaultMode, "kCFRunLoopDefaultMode"));
	CFRelease(made);
}

TEST(length_is_in_code_units)
{
	CFStringRef string = utf8("a\u20ac\U0001f600");
	UniChar units[4] = { 0 };

	check_eq(CFStringGetLength(string), 4);
	CFStringGetCharacters(string, CFRangeMake(0, 4), units);
	check(units[0] == 'a' && units[1] == 0x20ac && units[2] == 0xd83d && units[3] == 0xde00);
	check(CFStringIsSurrogateHighCharacter(units[2]) && CFStringIsSurrogateLowCharacter(units[3]));
	check_eq(CFStringGetLongCharacterForSurrogatePair(units[2], units[3]), 0x1f600);
	check(CFStringGetCharactersPtr(string) && CFStringGetCharactersPtr(string)[1] == 0x20ac);
	check_eq(CFStringGetCharacterAtIndex(string, 1), 0x20ac);
	check_eq(CFStringGetCharacterAtIndex(string, 4), 0);
	check_eq(CFStringGetCharacterAtIndex(string, -1), 0);
	CFRelease(string);
}

TEST(text_that_is_none_is_refused)
{
	static const char *const bad[] = { "\xff",  "\xc3",    "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
					   "a\x80", "\xe2\x82" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check(!utf8(bad[i]));
	check(!CFStringCreateWithCString(NULL, "\x80", kCFStringEncodingASCII));
	check(!CFStringCreateWithCString(NULL, "a", 0x12345));
	check(!CFStringCreateWithCString(NULL, NULL, kCFStringEncodingUTF8));
	check(!CFStringCreateWithBytes(NULL, (const UInt8 *)"abc", 3, kCFStringEncodingUTF16, false));
	check(!CFStringCreateWithBytes(NULL, (const UInt8 *)"\0\0\xd8\0", 4, kCFStringEncodingUTF32BE,
				       false));
	check(!CFStringCreateWithBytes(NULL, (const UInt8 *)"\0\x20\0\0", 4, kCFStringEncodingUTF32BE,
				       false));
	check(!CFStringCreateWithBytes(NULL, (const UInt8 *)"a", -1, kCFStringEncodingUTF8, false));
	check(!CFStringCreateWithBytes(NULL, NULL, 1, kCFStringEncodingUTF8, false));
}

TEST(encodings_go_both_ways)
{
	static const struct {
		CFStringEncoding encoding;
		const char *bytes;
		CFIndex size;
	} same[] = { { kCFStringEncodingUTF8, "\xc3\xa9", 2 },
		     { kCFStringEncodingISOLatin1, "\xe9", 1 },
		     { kCFStringEncodingMacRoman, "\x8e", 1 },
		     { kCFStringEncodingWindowsLatin1, "\xe9", 1 },
		     { kCFStringEncodingUTF16BE, "\0\xe9", 2 },
		     { kCFStringEncodingUTF16LE, "\xe9\0", 2 },
		     { kCFStringEncodingUTF32BE, "\0\0\0\xe9", 4 },
		     { kCFStringEncodingUTF32LE, "\xe9\0\0\0", 4 },
		     { kCFStringEncodingUTF16, "\xfe\xff\0\xe9", 4 },
		     { kCFStringEncodingUTF16, "\xff\xfe\xe9\0", 4 } };

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		CFStringRef string = CFStringCreateWithBytes(NULL, (const UInt8 *)same[i].bytes, same[i].size,
							     same[i].encoding, true);
		UInt8 bytes[8];
		CFIndex size;

		check_eq(CFStringGetLength(string), 1);
		check_eq(CFStringGetCharacterAtIndex(string, 0), 0xe9);
		check_eq(CFStringGetBytes(string, CFRangeMake(0, 1), same[i].encoding, 0, false, bytes, 8,
					  &size),
			 1);
		if (same[i].encoding != kCFStringEncodingUTF16)
			check(size == same[i].size && memcmp(bytes, same[i].bytes, (size_t)size) == 0);
		CFRelease(string);
	}
	check_is(CFStringCreateWithCString(NULL, "\x80", kCFStringEncodingWindowsLatin1), "\u20ac");
	check_is(
		CFStringCreateWithBytes(NULL, (const UInt8 *)"\xef\xbb\xbfx", 4, kCFStringEncodingUTF8, true),
		"x");
}

TEST(external_representation_has_a_mark)
{
	CFStringRef string = utf8("a\U0001f600"), back;
	CFDataRef data = CFStringCreateExternalRepresentation(NULL, string, kCFStringEncodingUTF16, 0);

	check_eq(CFDataGetLength(data), 8);
	check_eq(*(const UniChar *)(const void *)CFDataGetBytePtr(data), 0xfeff);
	back = CFStringCreateFromExternalRepresentation(NULL, data, kCFStringEncodingUTF16);
	check(CFEqual(string, back));
	CFRelease(back);
	CFRelease(data);
	check(!CFStringCreateExternalRepresentation(NULL, string, kCFStringEncodingASCII, 0));
	data = CFStringCreateExternalRepresentation(NULL, string, kCFStringEncodingASCII, '?');
	check(CFDataGetLength(data) == 2 && memcmp(CFDataGetBytePtr(data), "a?", 2) == 0);
	CFRelease(data);
	CFRelease(string);
}

TEST(bytes_come_in_whole_characters)
{
	CFStringRef string = utf8("\u00e9\U0001f600x");
	UInt8 bytes[8];
	CFIndex size;

	check_eq(
		CFStringGetBytes(string, CFRangeMake(0, 4), kCFStringEncodingUTF8, 0, false, bytes, 5, &size),
		1);
	check_eq(size, 2);
	check_eq(
		CFStringGetBytes(string, CFRangeMake(0, 4), kCFStringEncodingUTF8, 0, false, bytes, 6, &size),
		3);
	check_eq(CFStringGetBytes(string, CFRangeMake(0, 4), kCFStringEncodingUTF8, 0, false, NULL, 0, &size),
		 4);
	check_eq(size, 7);
	check_eq(CFStringGetBytes(string, CFRangeMake(0, 4), kCFStringEncodingASCII, '?', false, bytes, 8,
				  &size),
		 4);
	check(size == 3 && memcmp(bytes, "??x", 3) == 0);
	check_eq(CFStringGetBytes(string, CFRangeMake(2, 3), kCFStringEncodingUTF8, 0, false, NULL, 0, &size),
		 0);
	check_eq(CFStringGetBytes(string, CFRangeMake(1, 1), kCFStringEncodingUTF8, 0, false, NULL, 0, &size),
		 0);
	CFRelease(string);
}

TEST(c_string_fits_or_is_empty)
{
	char text[4] = "xyz";

	check(CFStringGetCString(CFSTR("abc"), text, 4, kCFStringEncodingASCII) && strcmp(text, "abc") == 0);
	check(!CFStringGetCString(CFSTR("abcd"), text, 4, kCFStringEncodingASCII) && text[0] == '\0');
	check(!CFStringGetCString(in_a_table[1], text, 4, kCFStringEncodingASCII));
	check(!CFStringGetCString(CFSTR("a"), NULL, 4, kCFStringEncodingASCII));
	check(!CFStringGetCString(CFSTR("a"), text, 0, kCFStringEncodingASCII));
	check(!CFStringGetCString(NULL, text, 4, kCFStringEncodingASCII));
	check(!CFStringGetCString((CFStringRef)kCFNull, text, 4, kCFStringEncodingASCII));
	check_eq(CFStringGetMaximumSizeForEncoding(10, kCFStringEncodingUTF8), 30);
	check_eq(CFStringGetMaximumSizeForEncoding(PTRDIFF_MAX, kCFStringEncodingUTF8), kCFNotFound);
	check_eq(CFStringGetMaximumSizeForEncoding(1, 0x12345), kCFNotFound);
	check_eq(CFStringGetSmallestEncoding(CFSTR("a")), kCFStringEncodingASCII);
	check_eq(CFStringGetSmallestEncoding(in_a_table[1]), kCFStringEncodingUTF16);
}

TEST(pascal_strings_begin_with_their_length)
{
	UInt8 text[8];

	check(CFStringGetPascalString(CFSTR("abc"), text, 8, kCFStringEncodingMacRoman));
	check(text[0] == 3 && memcmp(text + 1, "abc", 3) == 0);
	check(!CFStringGetPascalString(CFSTR("abcdefgh"), text, 8, kCFStringEncodingMacRoman));
	check_is(CFStringCreateWithPascalString(NULL, (const UInt8 *)"\2ok", kCFStringEncodingMacRoman),
		 "ok");
}

#define FORMAT(...) CFStringCreateWithFormat(NULL, NULL, __VA_ARGS__)

TEST(formats_are_those_of_printf)
{
	CFStringRef wide;

	check_is(FORMAT(CFSTR("%d|%5d|%-5d|%05d|%+d|%x|%#X|%o|%u"), 1, 2, 3, 4, 5, 255, 255, 8, 4294967295u),
		 "1|    2|3    |00004|+5|ff|0XFF|10|4294967295");
	check_is(FORMAT(CFSTR("%ld %lld %zu %qd %hhd %hd"), -1L, -2LL, (size_t)3, 4LL, 257, 65537),
		 "-1 -2 3 4 1 1");
	check_is(FORMAT(CFSTR("%f|%.2f|%8.3f|%e|%g|%Lf"), 1.5, 2.345, 3.0, 1e10, 1e-5, (long double)4.5),
		 "1.500000|2.35|   3.000|1.000000e+10|1e-05|4.500000");
	check_is(FORMAT(CFSTR("%s|%10s|%-4s|%.2s|%c|%%"), "abc", "right", "l", "cut", 'x'),
		 "abc|     right|l   |cu|x|%");
	check_is(FORMAT(CFSTR("%*d|%-*d|%.*f|%*d"), 4, 1, 4, 2, 1, 3.14159, -4, 5), "   1|2   |3.1|5   ");
	check_is(FORMAT(CFSTR("%p"), (void *)0x1234), "0x1234");
	check_is(FORMAT(CFSTR("%s"), (char *)NULL), "(null)");
	wide = FORMAT(CFSTR("%300d"), 7);
	check(CFStringGetLength(wide) == 300 && CFStringHasSuffix(wide, CFSTR(" 7")));
	CFRelease(wide);
	check_is(FORMAT(CFSTR("")), "");
}

TEST(formats_have_objects_and_code_units)
{
	static const UniChar wide[] = { 0x20ac, 'x', 0 };
	const void *values[] = { CFSTR("in"), kCFBooleanTrue };
	CFArrayRef array = CFArrayCreate(NULL, values, 2, &kCFTypeArrayCallBacks);
	CFStringRef text = FORMAT(CFSTR("%@"), array);

	check_is(FORMAT(CFSTR("%@|%5@|%-5@|%.1@"), CFSTR("ab"), CFSTR("cd"), CFSTR("ef"), CFSTR("gh")),
		 "ab|   cd|ef   |g");
	check_is(FORMAT(CFSTR("%@"), NULL), "(null)");
	check_is(FORMAT(CFSTR("%@"), in_a_table[1]), "\u00e9\U0001f600");
	check_is(FORMAT(CFSTR("%S %C"), wide, 0x20ac), "\u20acx \u20ac");
	check_is(FORMAT(CFSTR("\u00e9%d"), 1), "\u00e91");
	check_is(FORMAT(CFSTR("%s"), "\u20ac"), "\u20ac");
	check(CFStringFind(text, CFSTR("contents = \"in\""), 0).location != kCFNotFound);
	CFRelease(text);
	CFRelease(array);
}

TEST(formats_number_their_arguments)
{
	check_is(FORMAT(CFSTR("%2$@ %1$d %2$@"), 7, CFSTR("x")), "x 7 x");
	check_is(FORMAT(CFSTR("%1$*2$d|%3$f"), 7, 4, 1.5), "   7|1.500000");
}

TEST(formats_that_are_none_are_refused)
{
	check(!FORMAT(CFSTR("%")));
	check(!FORMAT(CFSTR("%n"), NULL));
	check(!FORMAT(CFSTR("%y"), 1));
	check(!FORMAT(CFSTR("%2$d"), 1, 2)); /* what the first is, is not said */
	check(!FORMAT(CFSTR("%1$d %1$f"), 1));
	check(!FORMAT(CFSTR("%99$d"), 1));
	check(!FORMAT(CFSTR("%999999999d"), 1));
	check(!FORMAT(CFSTR("%*d"), 1 << 30, 1));
	check(!FORMAT(CFSTR("%-+ #0'-+d"), 1));
	check(!FORMAT(NULL));
	check(!FORMAT((CFStringRef)kCFNull));
}

TEST(comparison_has_options)
{
	check_eq(CFStringCompare(CFSTR("a"), CFSTR("b"), 0), kCFCompareLessThan);
	check_eq(CFStringCompare(CFSTR("b"), CFSTR("a"), 0), kCFCompareGreaterThan);
	check_eq(CFStringCompare(CFSTR("a"), CFSTR("ab"), 0), kCFCompareLessThan);
	check_eq(CFStringCompare(CFSTR("ABC"), CFSTR("abc"), 0), kCFCompareLessThan);
	check_eq(CFStringCompare(CFSTR("ABC"), CFSTR("abc"), kCFCompareCaseInsensitive), kCFCompareEqualTo);
	check_eq(CFStringCompare(CFSTR("\u00c9"), CFSTR("\u00e9"), kCFCompareCaseInsensitive),
		 kCFCompareEqualTo);
	check_eq(CFStringCompare(CFSTR("f10"), CFSTR("f9"), 0), kCFCompareLessThan);
	check_eq(CFStringCompare(CFSTR("f10"), CFSTR("f9"), kCFCompareNumerically), kCFCompareGreaterThan);
	check_eq(CFStringCompare(CFSTR("f007"), CFSTR("f7"), kCFCompareNumerically), kCFCompareEqualTo);
	check_eq(CFStringCompareWithOptions(CFSTR("xaby"), CFSTR("ab"), CFRangeMake(1, 2), 0),
		 kCFCompareEqualTo);
	check_eq(CFStringCompare(NULL, CFSTR("a"), 0), kCFCompareLessThan);
	check_eq(CFStringCompare(CFSTR("\U0001f600"), CFSTR("\uffff"), 0), kCFCompareGreaterThan);
}

static void
check_found(CFStringRef wanted, CFStringCompareFlags options, CFIndex location)
{
	CFRange found = CFStringFind(CFSTR("one two One"), wanted, options);

	check_eq(found.location, location);
	check_eq(found.length, location == kCFNotFound ? 0 : CFStringGetLength(wanted));
}

TEST(strings_are_found)
{
	CFArrayRef all;
	CFStringRef text;

	check_found(CFSTR("one"), 0, 0);
	check_found(CFSTR("One"), 0, 8);
	check_found(CFSTR("one"), kCFCompareBackwards, 0);
	check_found(CFSTR("one"), kCFCompareBackwards | kCFCompareCaseInsensitive, 8);
	check_found(CFSTR("two"), kCFCompareAnchored, kCFNotFound);
	check_found(CFSTR("One"), kCFCompareAnchored | kCFCompareBackwards, 8);
	check_found(CFSTR("three"), 0, kCFNotFound);
	check_found(CFSTR(""), 0, kCFNotFound);
	check_found(NULL, 0, kCFNotFound);
	check(CFStringHasPrefix(CFSTR("one two"), CFSTR("one")) &&
	      !CFStringHasPrefix(CFSTR("one"), CFSTR("one two")));
	check(CFStringHasSuffix(CFSTR("one two"), CFSTR("two")) &&
	      !CFStringHasSuffix(CFSTR("one"), CFSTR("two")));
	check(!CFStringFindWithOptions(CFSTR("abc"), CFSTR("c"), CFRangeMake(0, 2), 0, NULL));
	check(!CFStringFindWithOptions(CFSTR("abc"), CFSTR("c"), CFRangeMake(0, 4), 0, NULL));
	text = utf8("aXbXc");
	all = CFStringCreateArrayWithFindResults(NULL, text, CFSTR("X"), CFRangeMake(0, 5), 0);
	CFRelease(text);
	check_eq(CFArrayGetCount(all), 2);
	check_eq(((const CFRange *)CFArrayGetValueAtIndex(all, 1))->location, 3);
	CFRelease(all);
	check(!CFStringCreateArrayWithFindResults(NULL, CFSTR("abc"), CFSTR("x"), CFRangeMake(0, 3), 0));
}

TEST(strings_are_taken_apart_and_together)
{
	CFArrayRef parts = CFStringCreateArrayBySeparatingStrings(NULL, CFSTR("a, b,, c"), CFSTR(", "));

	check_eq(CFArrayGetCount(parts), 3);
	check(is(CFArrayGetValueAtIndex(parts, 1), "b,"));
	check_is(CFStringCreateByCombiningStrings(NULL, parts, CFSTR("+")), "a+b,+c");
	CFRelease(parts);
	parts = CFStringCreateArrayBySeparatingStrings(NULL, CFSTR(""), CFSTR(","));
	check_eq(CFArrayGetCount(parts), 1);
	CFRelease(parts);
	check_is(CFStringCreateWithSubstring(NULL, CFSTR("abcdef"), CFRangeMake(2, 3)), "cde");
	check(!CFStringCreateWithSubstring(NULL, CFSTR("abc"), CFRangeMake(2, 2)));
	check(!CFStringCreateArrayBySeparatingStrings(NULL, NULL, CFSTR(",")));
	check(!CFStringCreateByCombiningStrings(NULL, NULL, CFSTR(",")));
}

TEST(strings_change)
{
	CFMutableStringRef string = CFStringCreateMutableCopy(NULL, 0, CFSTR("hello"));
	static const UniChar more[] = { '!', 0x20ac };

	CFStringAppend(string, CFSTR(" world"));
	CFStringAppendCharacters(string, more, 2);
	CFStringAppendCString(string, "x", kCFStringEncodingASCII);
	CFStringAppendFormat(string, NULL, CFSTR("%d"), 5);
	check(is(string, "hello world!\u20acx5"));
	CFStringDelete(string, CFRangeMake(11, 4));
	CFStringInsert(string, 5, CFSTR(","));
	CFStringReplace(string, CFRangeMake(0, 1), CFSTR("J"));
	check(is(string, "Jello, world"));
	check_eq(CFStringFindAndReplace(string, CFSTR("l"), CFSTR("LL"), CFRangeMake(0, 12), 0), 3);
	check(is(string, "JeLLLLo, worLLd"));
	check_eq(CFStringFindAndReplace(string, CFSTR("L"), CFSTR(""), CFRangeMake(0, 15),
					kCFCompareBackwards),
		 6);
	check(is(string, "Jeo, word"));
	CFStringAppend(string, string);
	check(is(string, "Jeo, wordJeo, word"));
	CFStringReplaceAll(string, CFSTR(" \n x \t"));
	CFStringTrimWhitespace(string);
	check(is(string, "x"));
	CFStringPad(string, CFSTR("ab"), 6, 1);
	check(is(string, "xbabab"));
	CFStringTrim(string, CFSTR("ab"));
	check(is(string, "xb"));
	CFStringPad(string, NULL, 1, 0);
	check(is(string, "x"));
	CFRelease(string);
}

TEST(changes_that_cannot_be_are_left_out)
{
	CFMutableStringRef limited = CFStringCreateMutable(NULL, 3);
	CFStringRef fixed = utf8("abc");

	CFStringAppend(limited, CFSTR("abcd"));
	check(is(limited, ""));
	CFStringAppend(limited, CFSTR("abc"));
	CFStringAppend(limited, CFSTR("d"));
	CFStringDelete(limited, CFRangeMake(2, 2));
	CFStringInsert(limited, 9, CFSTR(""));
	CFStringReplace(limited, CFRangeMake(0, 1), NULL);
	CFStringReplace(limited, CFRangeMake(0, PTRDIFF_MAX), CFSTR(""));
	check(is(limited, "abc"));
	check_eq(CFStringFindAndReplace(limited, CFSTR("a"), CFSTR("aa"), CFRangeMake(0, 3), 0), 0);
	CFStringAppend((CFMutableStringRef)fixed, CFSTR("d"));
	CFStringAppend((CFMutableStringRef)CFSTR("constant"), CFSTR("d"));
	CFStringTrim((CFMutableStringRef)fixed, CFSTR("a"));
	check(is(fixed, "abc"));
	CFStringAppend(NULL, CFSTR("d"));
	check(!CFStringCreateMutable(NULL, -1) && !CFStringCreateMutableCopy(NULL, 2, CFSTR("abc")));
	check(!CFStringCreateMutableCopy(NULL, 0, NULL));
	CFRelease(limited);
	CFRelease(fixed);
}

TEST(copies_of_fixed_strings_are_the_same)
{
	CFMutableStringRef string = CFStringCreateMutableCopy(NULL, 0, CFSTR("abc"));
	CFStringRef copy = CFStringCreateCopy(NULL, string), same = CFStringCreateCopy(NULL, copy);

	check(copy != (CFStringRef)string && same == copy);
	check(CFStringCreateCopy(NULL, at_file_scope) == at_file_scope);
	CFStringAppend(string, CFSTR("d"));
	check(is(copy, "abc"));
	check(CFStringGetCStringPtr(copy, kCFStringEncodingASCII) &&
	      !CFStringGetCStringPtr(string, kCFStringEncodingASCII));
	check(!CFStringCreateCopy(NULL, NULL));
	CFRelease(string);
	CFRelease(copy);
	CFRelease(same);
}

TEST(numbers_are_read_from_text)
{
	check_eq(CFStringGetIntValue(CFSTR("  42abc")), 42);
	check_eq(CFStringGetIntValue(CFSTR("-7")), -7);
	check_eq(CFStringGetIntValue(CFSTR("99999999999")), INT32_MAX);
	check_eq(CFStringGetIntValue(CFSTR("x")), 0);
	check_eq(CFStringGetIntValue(NULL), 0);
	check(CFStringGetDoubleValue(CFSTR("2.5e3!")) == 2500);
}

TEST(bytes_given_to_keep_are_freed)
{
	char *bytes = strdup("abc");

	check_is(CFStringCreateWithCStringNoCopy(NULL, bytes, kCFStringEncodingUTF8, kCFAllocatorMalloc),
		 "abc");
	check_is(CFStringCreateWithCStringNoCopy(NULL, "def", kCFStringEncodingUTF8, kCFAllocatorNull),
		 "def");
}

static CFStringRef
create_with(CFStringRef format, ...)
{
	CFStringRef made;
	va_list arguments;

	va_start(arguments, format);
	made = CFStringCreateWithFormatAndArguments(NULL, NULL, format, arguments);
	va_end(arguments);
	return made;
}

static void
append_with(CFMutableStringRef string, CFStringRef format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	CFStringAppendFormatAndArguments(string, NULL, format, arguments);
	va_end(arguments);
}

TEST(formats_take_lists_of_arguments)
{
	CFStringRef text = create_with(CFSTR("%d %s"), 5, "x");
	CFMutableStringRef longer = CFStringCreateMutableCopy(NULL, 0, text);

	check(CFEqual(text, CFSTR("5 x")));
	append_with(longer, CFSTR(" %@"), text);
	check(CFEqual(longer, CFSTR("5 x 5 x")));
	CFRelease(text);
	CFRelease(longer);
}

TEST(characters_that_are_not_copied_are_freed_by_their_allocator)
{
	UInt8 *bytes = CFAllocatorAllocate(kCFAllocatorMalloc, 3, 0);
	UniChar *characters = CFAllocatorAllocate(kCFAllocatorMalloc, 2 * sizeof(*characters), 0);
	CFStringRef text;

	memcpy(bytes, "abc", 3);
	text = CFStringCreateWithBytesNoCopy(NULL, bytes, 3, kCFStringEncodingUTF8, false,
					     kCFAllocatorMalloc);
	check(CFEqual(text, CFSTR("abc")));
	CFRelease(text);
	characters[0] = 'x';
	characters[1] = 'y';
	text = CFStringCreateWithCharactersNoCopy(NULL, characters, 2, kCFAllocatorMalloc);
	check(CFEqual(text, CFSTR("xy")));
	CFRelease(text);
}

TEST(encodings_are_those_documented)
{
	check_eq(CFStringGetSystemEncoding(), kCFStringEncodingUTF8);
	check(CFStringIsEncodingAvailable(kCFStringEncodingUTF16));
	check(!CFStringIsEncodingAvailable(0x7ffffff));
	check(CFStringIsEncodingAvailable(CFStringGetFastestEncoding(CFSTR("text"))));
	CFShowStr(CFSTR("text"));
	CFShowStr(NULL);
}
