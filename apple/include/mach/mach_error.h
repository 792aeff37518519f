/*
 * mach_error.h - error numbers in words.
 */
#ifndef _MACH_MACH_ERROR_H_
#define _MACH_MACH_ERROR_H_

#include <mach/mach_api.h>
#include <mach/error.h>

#ifdef __cplusplus
extern "C" {
#endif
/**
 * An error of Mach, of its messages, of bootstrap or of IOKit in a few words.
 *
 * Owns:    nothing; the string lives for ever.
 * Errors:  none; "unknown error code" for other numbers.
 * Threads: any.    Since: 0.1
 */
MACH_API char *
mach_error_string(mach_error_t error_value);

/** Which part of the system an error comes from. Owns: nothing. Threads: any. Since: 0.1 */
MACH_API char *
mach_error_type(mach_error_t error_value);

/** Print @str, the error in words and its number on stderr. Threads: any. Since: 0.1 */
MACH_API void
mach_error(const char *str, mach_error_t error_value);

#ifdef __cplusplus
}
#endif

#endif /* _MACH_MACH_ERROR_H_ */
