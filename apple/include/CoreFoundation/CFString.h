/*
 * CFString.h - text as a row of UTF-16 code units: constant, immutable and mutable. CFBase.h says what holds
 * for all objects.
 */
#ifndef TRANSOM_COREFOUNDATION_CFSTRING_H
#define TRANSOM_COREFOUNDATION_CFSTRING_H

#include <stdarg.h>

#include <CoreFoundation/CFArray.h>
#include <CoreFoundation/CFBase.h>
#include <CoreFoundation/CFData.h>
#include <CoreFoundation/CFDictionary.h>

CF_EXTERN_C_BEGIN

/*
 * CFSTR("text") is a string that is never freed and takes no memory at run time; it may stand wherever a
 * constant may. The text is UTF-8.
 */
#if defined(__OBJC__) && defined(TRANSOM_APPLE_OBJC) && !defined(__clang__)
#define CFSTR(text) ((CFStringRef)(const void *)@"" text)
#elif defined(__clang__)
#define CFSTR(text) ((CFStringRef)__builtin___CFStringMakeConstantString("" text ""))
#else
/* The bytes before the text tell such a string from all other objects: no pointer looks like them. */
#define CFSTR(text) ((CFStringRef)(const void *)("\177CFSTR8\177" text))
#endif

typedef UInt32 CFStringEncoding;
#define kCFStringEncodingInvalidId (0xffffffffU)
enum {
	kCFStringEncodingMacRoman = 0,
	kCFStringEncodingWindowsLatin1 = 0x0500,
	kCFStringEncodingISOLatin1 = 0x0201,
	kCFStringEncodingASCII = 0x0600,
	kCFStringEncodingUTF8 = 0x08000100,
	kCFStringEncodingUTF16 = 0x0100,
	kCFStringEncodingUnicode = 0x0100,
	kCFStringEncodingUTF16BE = 0x10000100,
	kCFStringEncodingUTF16LE = 0x14000100,
	kCFStringEncodingUTF32 = 0x0c000100,
	kCFStringEncodingUTF32BE = 0x18000100,
	kCFStringEncodingUTF32LE = 0x1c000100
};

typedef CF_OPTIONS(CFOptionFlags, CFStringCompareFlags) {
	kCFCompareCaseInsensitive = 1,
	kCFCompareBackwards = 4,
	kCFCompareAnchored = 8,
	kCFCompareNonliteral = 16,
	kCFCompareLocalized = 32,
	kCFCompareNumerically = 64,
	kCFCompareDiacriticInsensitive = 128,
	kCFCompareWidthInsensitive = 256,
	kCFCompareForcedOrdering = 512
};

CF_EXPORT CFTypeID
CFStringGetTypeID(void);

/* Making strings. NULL if the bytes are not text in the encoding, or there is no memory. */

/** A string of @length bytes; @external says whether a byte order mark may come first. */
CF_EXPORT CFStringRef
CFStringCreateWithBytes(CFAllocatorRef allocator, const UInt8 *bytes, CFIndex length, CFStringEncoding encoding,
			Boolean external);

/** The same; @deallocator frees the bytes at once, for they are copied. */
CF_EXPORT CFStringRef
CFStringCreateWithBytesNoCopy(CFAllocatorRef allocator, const UInt8 *bytes, CFIndex length,
			      CFStringEncoding encoding, Boolean external, CFAllocatorRef deallocator);

CF_EXPORT CFStringRef
CFStringCreateWithCString(CFAllocatorRef allocator, const char *text, CFStringEncoding encoding);

CF_EXPORT CFStringRef
CFStringCreateWithCStringNoCopy(CFAllocatorRef allocator, const char *text, CFStringEncoding encoding,
				CFAllocatorRef deallocator);

/** The first byte of @text is its length. */
CF_EXPORT CFStringRef
CFStringCreateWithPascalString(CFAllocatorRef allocator, ConstStr255Param text, CFStringEncoding encoding);

CF_EXPORT CFStringRef
CFStringCreateWithCharacters(CFAllocatorRef allocator, const UniChar *characters, CFIndex length);

CF_EXPORT CFStringRef
CFStringCreateWithCharactersNoCopy(CFAllocatorRef allocator, const UniChar *characters, CFIndex length,
				   CFAllocatorRef deallocator);

/** A part of a string; NULL if the range is not within it. */
CF_EXPORT CFStringRef
CFStringCreateWithSubstring(CFAllocatorRef allocator, CFStringRef string, CFRange range);

CF_EXPORT CFStringRef
CFStringCreateCopy(CFAllocatorRef allocator, CFStringRef string);

/**
 * As printf(3), and %@ for an object, %C for a UniChar, %S for UniChars ended by a 0; %1$@ chooses an
 * argument. %s takes UTF-8, %n is refused. NULL for a format that is none.
 */
CF_EXPORT CFStringRef
CFStringCreateWithFormat(CFAllocatorRef allocator, CFDictionaryRef options, CFStringRef format, ...);

CF_EXPORT CFStringRef
CFStringCreateWithFormatAndArguments(CFAllocatorRef allocator, CFDictionaryRef options, CFStringRef format,
				     va_list arguments);

CF_EXPORT CFStringRef
CFStringCreateFromExternalRepresentation(CFAllocatorRef allocator, CFDataRef data, CFStringEncoding encoding);

/** The strings of an array with @separator between them. */
CF_EXPORT CFStringRef
CFStringCreateByCombiningStrings(CFAllocatorRef allocator, CFArrayRef strings, CFStringRef separator);

/** The parts of a string between separators; at least one. */
CF_EXPORT CFArrayRef
CFStringCreateArrayBySeparatingStrings(CFAllocatorRef allocator, CFStringRef string, CFStringRef separator);

/** A string that can change. @maximum: the most code units it may have; 0 for no limit. */
CF_EXPORT CFMutableStringRef
CFStringCreateMutable(CFAllocatorRef allocator, CFIndex maximum);

CF_EXPORT CFMutableStringRef
CFStringCreateMutableCopy(CFAllocatorRef allocator, CFIndex maximum, CFStringRef string);

/* Reading. */

/** In UTF-16 code units. */
CF_EXPORT CFIndex
CFStringGetLength(CFStringRef string);

/** The code unit at @index; 0 beyond the end. */
CF_EXPORT UniChar
CFStringGetCharacterAtIndex(CFStringRef string, CFIndex index);

/** Copies as much of @range as there is. */
CF_EXPORT void
CFStringGetCharacters(CFStringRef string, CFRange range, UniChar *buffer);

/** The code units where they lie, or NULL where the string does not lie in memory so. */
CF_EXPORT const UniChar *
CFStringGetCharactersPtr(CFStringRef string);

/** Writes the text and a NUL; false, and an empty text, if it does not fit or cannot be said in the encoding. */
CF_EXPORT Boolean
CFStringGetCString(CFStringRef string, char *buffer, CFIndex size, CFStringEncoding encoding);

CF_EXPORT Boolean
CFStringGetPascalString(CFStringRef string, StringPtr buffer, CFIndex size, CFStringEncoding encoding);

/** The text where it lies, ended by a NUL, as long as the string lives and does not change; NULL where it lies otherwise. */
CF_EXPORT const char *
CFStringGetCStringPtr(CFStringRef string, CFStringEncoding encoding);

/**
 * Converts a range, as far as whole characters fit into @size bytes. @lossByte stands for what the encoding
 * does not have; with 0 the conversion ends before it. @buffer may be NULL to count only.
 * Returns how many code units were converted.
 */
CF_EXPORT CFIndex
CFStringGetBytes(CFStringRef string, CFRange range, CFStringEncoding encoding, UInt8 lossByte, Boolean external,
		 UInt8 *buffer, CFIndex size, CFIndex *usedBytes);

/** The text as bytes; NULL if it cannot be said and @lossByte is 0. UTF-16 and UTF-32 begin with a byte order mark. */
CF_EXPORT CFDataRef
CFStringCreateExternalRepresentation(CFAllocatorRef allocator, CFStringRef string, CFStringEncoding encoding,
				     UInt8 lossByte);

/** The most bytes that @length code units can take, without a NUL; kCFNotFound if it is too many to count. */
CF_EXPORT CFIndex
CFStringGetMaximumSizeForEncoding(CFIndex length, CFStringEncoding encoding);

CF_EXPORT CFStringEncoding
CFStringGetSmallestEncoding(CFStringRef string);

CF_EXPORT CFStringEncoding
CFStringGetFastestEncoding(CFStringRef string);

/** UTF-8. */
CF_EXPORT CFStringEncoding
CFStringGetSystemEncoding(void);

CF_EXPORT Boolean
CFStringIsEncodingAvailable(CFStringEncoding encoding);

/** The number that the text begins with, after white space; 0 for none, and the nearest that there is for too large ones. */
CF_EXPORT SInt32
CFStringGetIntValue(CFStringRef string);

CF_EXPORT double
CFStringGetDoubleValue(CFStringRef string);

/* Comparing and finding. What the Threads of several strings are, each string's are. */

CF_EXPORT CFComparisonResult
CFStringCompare(CFStringRef first, CFStringRef second, CFStringCompareFlags options);

/** Compares a range of the first string with all of the second. */
CF_EXPORT CFComparisonResult
CFStringCompareWithOptions(CFStringRef first, CFStringRef second, CFRange range, CFStringCompareFlags options);

/** Where @wanted is first found, or with kCFCompareBackwards last; {kCFNotFound, 0} if it is not. */
CF_EXPORT CFRange
CFStringFind(CFStringRef string, CFStringRef wanted, CFStringCompareFlags options);

CF_EXPORT Boolean
CFStringFindWithOptions(CFStringRef string, CFStringRef wanted, CFRange range, CFStringCompareFlags options,
			CFRange *result);

/** All places, which do not overlap, as an array of pointers to CFRange that live as long as it; NULL for none. */
CF_EXPORT CFArrayRef
CFStringCreateArrayWithFindResults(CFAllocatorRef allocator, CFStringRef string, CFStringRef wanted, CFRange range,
				   CFStringCompareFlags options);

CF_EXPORT Boolean
CFStringHasPrefix(CFStringRef string, CFStringRef prefix);

CF_EXPORT Boolean
CFStringHasSuffix(CFStringRef string, CFStringRef suffix);

/* Changing. A string that cannot change, a range that is not within it, or a maximum that would be passed: nothing happens. */

CF_EXPORT void
CFStringAppend(CFMutableStringRef string, CFStringRef appended);

CF_EXPORT void
CFStringAppendCharacters(CFMutableStringRef string, const UniChar *characters, CFIndex count);

CF_EXPORT void
CFStringAppendCString(CFMutableStringRef string, const char *text, CFStringEncoding encoding);

CF_EXPORT void
CFStringAppendFormat(CFMutableStringRef string, CFDictionaryRef options, CFStringRef format, ...);

CF_EXPORT void
CFStringAppendFormatAndArguments(CFMutableStringRef string, CFDictionaryRef options, CFStringRef format,
				 va_list arguments);

CF_EXPORT void
CFStringInsert(CFMutableStringRef string, CFIndex index, CFStringRef inserted);

CF_EXPORT void
CFStringDelete(CFMutableStringRef string, CFRange range);

CF_EXPORT void
CFStringReplace(CFMutableStringRef string, CFRange range, CFStringRef replacement);

CF_EXPORT void
CFStringReplaceAll(CFMutableStringRef string, CFStringRef replacement);

/** Replaces all that is found in @range; returns how often. */
CF_EXPORT CFIndex
CFStringFindAndReplace(CFMutableStringRef string, CFStringRef wanted, CFStringRef replacement, CFRange range,
		       CFStringCompareFlags options);

/** Cuts to @length, or fills up to it with @pad from its code unit @index on; with a NULL @pad it only cuts. */
CF_EXPORT void
CFStringPad(CFMutableStringRef string, CFStringRef pad, CFIndex length, CFIndex index);

CF_EXPORT void
CFStringTrim(CFMutableStringRef string, CFStringRef trimmed);

CF_EXPORT void
CFStringTrimWhitespace(CFMutableStringRef string);

/** Writes the length and the text to the standard error stream. */
CF_EXPORT void
CFShowStr(CFStringRef string);

/* Code units that come in pairs for one character. */

CF_INLINE Boolean
CFStringIsSurrogateHighCharacter(UniChar character)
{
	return (character & 0xfc00) == 0xd800;
}

CF_INLINE Boolean
CFStringIsSurrogateLowCharacter(UniChar character)
{
	return (character & 0xfc00) == 0xdc00;
}

CF_INLINE UTF32Char
CFStringGetLongCharacterForSurrogatePair(UniChar high, UniChar low)
{
	return (UTF32Char)(((UTF32Char)(high & 0x3ff) << 10) + (low & 0x3ff) + 0x10000);
}

CF_INLINE Boolean
CFStringGetSurrogatePairForLongCharacter(UTF32Char character, UniChar *surrogates)
{
	if (character < 0x10000) {
		surrogates[0] = (UniChar)character;
		return false;
	}
	surrogates[0] = (UniChar)(0xd7c0 + (character >> 10));
	surrogates[1] = (UniChar)(0xdc00 + (character & 0x3ff));
	return true;
}

CF_EXTERN_C_END

#endif /* TRANSOM_COREFOUNDATION_CFSTRING_H */
