/*
 * value.h - property-list values: what is attached to surfaces and pixel buffers beside the pixels
 * (colour, timing, anything nested of strings, numbers, dates and data), and its bytes.
 */
#ifndef TRANSOM_VALUE_H
#define TRANSOM_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <transom/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A value never changes once it is made, so it may be shared: by threads, and by any number of
 * arrays and dictionaries. A changed dictionary is a new one, which shares all that did not change.
 * Since a value can hold only values that are older than itself, there are no cycles.
 *
 * Every value that exists is within both maxima below, and so can be encoded and, elsewhere, be
 * decoded; a call that would make a value beyond them fails with -E2BIG.
 *
 * Threads: any function, from any thread. Fork: the child has copies.
 */
struct transom_value;

enum transom_value_type {
	TRANSOM_VALUE_STRING = 1,
	TRANSOM_VALUE_INTEGER = 2,
	TRANSOM_VALUE_REAL = 3,
	TRANSOM_VALUE_BOOLEAN = 4,
	TRANSOM_VALUE_DATA = 5,
	TRANSOM_VALUE_DATE = 6,
	TRANSOM_VALUE_ARRAY = 7,
	TRANSOM_VALUE_DICTIONARY = 8,
};

/* Arrays and dictionaries inside each other, the outermost included. */
#define TRANSOM_VALUE_MAX_DEPTH 32

/* Bytes of a value's encoding; a part that a value holds twice counts twice. */
#define TRANSOM_VALUE_MAX_SIZE (1024 * 1024)

/**
 * Takes one more reference.
 *
 * @param value May be NULL.
 *
 * Owns:    the caller owns the reference returned, which is @value.
 * Errors:  none.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API struct transom_value *
transom_value_ref(struct transom_value *value);

/**
 * Gives a reference back; the last one frees the value and drops its references to its parts.
 *
 * @param value May be NULL.
 *
 * Owns:    takes the caller's reference; returns NULL.
 * Errors:  none.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API struct transom_value *
transom_value_unref(struct transom_value *value);

/**
 * Makes a string.
 *
 * @param text Valid UTF-8, ended by a NUL; it is copied.
 *
 * Owns:    the caller owns @ret.
 * Errors:  -EINVAL for NULL or text that is not UTF-8 (overlong forms, surrogates and what is beyond
 *          U+10FFFF are not); -E2BIG if it is too long; -ENOMEM.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API int
transom_value_create_string(const char *text, struct transom_value **ret);

/**
 * Makes an integer.
 *
 * Owns:    the caller owns @ret.
 * Errors:  -EINVAL if @ret is NULL; -ENOMEM.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API int
transom_value_create_integer(int64_t integer, struct transom_value **ret);

/**
 * Makes a real number. Infinities are numbers, zero has a sign, and all NaNs become one NaN.
 *
 * Owns:    the caller owns @ret.
 * Errors:  -EINVAL if @ret is NULL; -ENOMEM.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API int
transom_value_create_real(double real, struct transom_value **ret);

/**
 * Makes a truth value.
 *
 * Owns:    the caller owns @ret.
 * Errors:  -EINVAL if @ret is NULL; -ENOMEM.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API int
transom_value_create_boolean(bool boolean, struct transom_value **ret);

/**
 * Makes data: bytes with no meaning here.
 *
 * @param bytes Copied; may be NULL if @size is 0.
 *
 * Owns:    the caller owns @ret.
 * Errors:  -EINVAL for NULL; -E2BIG if @size is too large; -ENOMEM.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API int
transom_value_create_data(const void *bytes, size_t size, struct transom_value **ret);

/**
 * Makes a date: a moment, not a day of some calendar.
 *
 * @param seconds Since 1970-01-01 00:00 UTC, without leap seconds; negative before that. All NaNs
 *                become one NaN.
 *
 * Owns:    the caller owns @ret.
 * Errors:  -EINVAL if @ret is NULL; -ENOMEM.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API int
transom_value_create_date(double seconds, struct transom_value **ret);

/**
 * Makes an array.
 *
 * @param items @count values of any types; may be NULL if @count is 0.
 *
 * Owns:    the array takes references of its own; the caller owns @ret and keeps its references.
 * Errors:  -EINVAL for NULL, also among the items; -E2BIG if it is too deep or too large; -ENOMEM.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API int
transom_value_create_array(struct transom_value *const *items, size_t count, struct transom_value **ret);

/**
 * Makes a dictionary.
 *
 * @param keys   @count texts as for transom_value_create_string(), all different, in any order.
 * @param values The value of each. Both may be NULL if @count is 0.
 *
 * Owns:    the dictionary takes references of its own; the caller owns @ret and keeps its references.
 * Errors:  -EINVAL for NULL, also among keys and values, for a key that is not UTF-8 and for one that
 *          is there twice; -E2BIG if it is too deep or too large; -ENOMEM.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API int
transom_value_create_dictionary(const char *const *keys, struct transom_value *const *values, size_t count,
				struct transom_value **ret);

/**
 * Makes a dictionary like another one, but with @value under @key, where there may have been another
 * value or none. Takes time for each entry, but copies none of them.
 *
 * @param dictionary Does not change.
 *
 * Owns:    as transom_value_create_dictionary().
 * Errors:  -EINVAL for NULL, for what is no dictionary and for a key that is not UTF-8; -E2BIG if it
 *          gets too deep or too large; -ENOMEM.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API int
transom_value_with(struct transom_value *dictionary, const char *key, struct transom_value *value,
		   struct transom_value **ret);

/**
 * Makes a dictionary like another one, but without @key.
 *
 * @param dictionary Does not change.
 *
 * Owns:    as transom_value_create_dictionary().
 * Errors:  -EINVAL for NULL and for what is no dictionary; -ENOENT if the key is not there; -ENOMEM.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API int
transom_value_without(struct transom_value *dictionary, const char *key, struct transom_value **ret);

/**
 * What kind of value it is.
 *
 * Errors:  0, which is no type, for NULL.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API enum transom_value_type
transom_value_get_type(const struct transom_value *value);

/**
 * The text of a string, UTF-8 with a NUL at its end.
 *
 * Owns:    the value owns the text, which lives as long as it.
 * Errors:  NULL for NULL and for what is no string.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API const char *
transom_value_get_string(const struct transom_value *value);

/**
 * The number of an integer. A real is never taken for an integer, nor an integer for a real.
 *
 * Errors:  -EINVAL for NULL and for what is no integer.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API int
transom_value_get_integer(const struct transom_value *value, int64_t *ret);

/**
 * The number of a real.
 *
 * Errors:  -EINVAL for NULL and for what is no real.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API int
transom_value_get_real(const struct transom_value *value, double *ret);

/**
 * The truth of a boolean.
 *
 * Errors:  -EINVAL for NULL and for what is no boolean.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API int
transom_value_get_boolean(const struct transom_value *value, bool *ret);

/**
 * The bytes of data.
 *
 * @param ret      Where they are; not NULL even if there are none. They have no alignment.
 * @param ret_size How many they are.
 *
 * Owns:    the value owns the bytes, which live as long as it.
 * Errors:  -EINVAL for NULL and for what is no data.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API int
transom_value_get_data(const struct transom_value *value, const void **ret, size_t *ret_size);

/**
 * The moment of a date, in seconds since 1970-01-01 00:00 UTC.
 *
 * Errors:  -EINVAL for NULL and for what is no date.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API int
transom_value_get_date(const struct transom_value *value, double *ret);

/**
 * How many items an array has, or entries a dictionary.
 *
 * Errors:  -EINVAL for NULL and for what is neither.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API int
transom_value_get_count(const struct transom_value *value);

/**
 * An item of an array.
 *
 * @param index From 0.
 *
 * Owns:    the array owns the item; a caller that keeps it longer takes a reference.
 * Errors:  NULL for NULL, for what is no array and for an index that is not below the count.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API struct transom_value *
transom_value_get_item(const struct transom_value *array, size_t index);

/**
 * A key of a dictionary, to visit all of them. Shorter keys come first, and those of one length in
 * the order of their bytes, however the dictionary was made.
 *
 * @param index From 0.
 *
 * Owns:    the dictionary owns the text, which lives as long as it.
 * Errors:  NULL for NULL, for what is no dictionary and for an index that is not below the count.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API const char *
transom_value_get_key(const struct transom_value *dictionary, size_t index);

/**
 * The value of a key.
 *
 * Owns:    the dictionary owns the value; a caller that keeps it longer takes a reference.
 * Errors:  NULL for NULL, for what is no dictionary and for a key that is not there.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API struct transom_value *
transom_value_get_value(const struct transom_value *dictionary, const char *key);

/**
 * Whether two values are the same in type and content, to any depth: exactly when their encodings
 * are the same bytes. So the integer 1 is not the real 1, 0.0 is not -0.0, and NaN is NaN.
 *
 * Errors:  false if either is NULL.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API bool
transom_value_equal(const struct transom_value *a, const struct transom_value *b);

/**
 * Writes a value as one line of text for people, much like JSON: {"on": true, "at":
 * date(2001-02-03T04:05:06.000Z), "key": data(00ff)}. It is not meant to be read back. Control
 * characters in strings are escaped; the text does not depend on the locale.
 *
 * @param text Receives as much as fits, in whole characters, and a NUL; may be NULL if @size is 0.
 * @param size In bytes, the NUL included.
 *
 * Owns:    nothing.
 * Errors:  returns the length of the whole text, without the NUL, which is more than was written if
 *          it is not below @size; -EINVAL for NULL.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API int
transom_value_describe(const struct transom_value *value, char *text, size_t size);

/**
 * Writes a value as bytes: CBOR (RFC 8949), always the same bytes for equal values. docs/protocol.md
 * has the rules.
 *
 * @param data     Receives the bytes; NULL, with @size 0, to ask for their number only.
 * @param size     Room at @data, in bytes. TRANSOM_VALUE_MAX_SIZE is always enough.
 * @param ret_size The number of bytes of the encoding.
 *
 * Owns:    nothing.
 * Errors:  -EINVAL for NULL; -E2BIG if the encoding is longer than @size, and then nothing is written.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API int
transom_value_encode(const struct transom_value *value, void *data, size_t size, size_t *ret_size);

/**
 * Makes a value out of bytes that anyone may have written. Whatever they are, it returns after
 * time that grows with @size as sorting does, and takes at most some 64 bytes of memory for each of them.
 *
 * @param data Not to change meanwhile: what lies in memory that others write is to be copied first.
 * @param size All of them are one value.
 *
 * Owns:    the caller owns @ret, which keeps nothing of @data.
 * Errors:  -EINVAL for NULL; -ENODATA if the bytes end too early; -EBADMSG if they are not CBOR,
 *          or hold what a value cannot: bytes after the value, keys that are not text or are there
 *          twice, text that is not UTF-8 or has a NUL in it, integers beyond int64_t, lengths that
 *          are not given in advance, other tags than that of a date, null, undefined or other simple
 *          values; -E2BIG if they or the value are too large, or nested too deep; -ENOMEM.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API int
transom_value_decode(const void *data, size_t size, struct transom_value **ret);

#ifdef __cplusplus
}
#endif

#endif /* TRANSOM_VALUE_H */
