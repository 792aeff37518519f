/*
 * property-list-private.h - turns objects into values of <transom/value.h>, and back: what IOSurfaces and pixel
 * buffers keep. Both ways are deep copies.
 */
#ifndef PROPERTY_LIST_PRIVATE_H
#define PROPERTY_LIST_PRIVATE_H

#include <CoreFoundation/CFBase.h>
#include <transom/value.h>

/*
 * Makes a value of strings, numbers, booleans, data, dates, arrays and dictionaries with strings as keys.
 * Integers of any type become TRANSOM_VALUE_INTEGER, floats TRANSOM_VALUE_REAL.
 *
 * Errors: -EINVAL for anything else, also within, and for strings that are not text (half a surrogate pair) or
 * have a NUL in them; -E2BIG if it is too deep, as one that holds itself is, or too large; -ENOMEM.
 */
int
property_list_to_value(CFTypeRef object, struct transom_value **ret);

/*
 * Makes an object, which does not change: the caller's. Integers become numbers of 32 bits where they fit, as
 * programs mostly made them, else of 64; reals become those of 64.
 *
 * Errors: NULL for NULL, or without memory.
 */
CFTypeRef
property_list_create(CFAllocatorRef allocator, const struct transom_value *value);

/* A string's text in UTF-8, as keys have it; the caller's, for free(3). -EINVAL for what is no such text, -ENOMEM. */
int
property_list_dup_text(CFTypeRef string, char **ret);

/* The same for keys: NULL for what is no such text, or without memory. */
char *
property_list_dup_key(CFTypeRef string);

/* Whether an object could be a value but for its size. */
bool
property_list_is(CFTypeRef object);

#endif /* PROPERTY_LIST_PRIVATE_H */
