/*
 * complain.h - one clear sentence on stderr.
 */
#ifndef CLI_COMPLAIN_H
#define CLI_COMPLAIN_H

#include "exit-code.h"

/* What stands before each sentence: "transom" or "transom publish". Lives as long as the program. */
void
complain_as(const char *who);

/* Prints one line; @format has no line end. Returns @code, for `return complain(…)`. */
int
complain(enum exit_code code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Like complain(), and then what a negative errno means. Returns its exit code. */
int
complain_of(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A line that is no complaint: what goes on, for people. Nothing after complain_quietly(). */
void
remark(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* No more remarks; for --quiet. */
void
complain_quietly(void);

#endif /* CLI_COMPLAIN_H */
