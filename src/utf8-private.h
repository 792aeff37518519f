/* utf8-private.h - whether bytes are text. */
#ifndef TRANSOM_UTF8_PRIVATE_H
#define TRANSOM_UTF8_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

/* Whether all of it is UTF-8 without NUL: no overlong forms, no surrogates, nothing above U+10FFFF. */
bool
utf8_is_text(const void *bytes, size_t size);

/* Whether it is such text without control characters: below U+0020, and U+007F to U+009F. */
bool
utf8_is_printable(const void *bytes, size_t size);

#endif /* TRANSOM_UTF8_PRIVATE_H */
