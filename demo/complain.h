/*
 * complain.h - one clear sentence on stderr.
 */
#ifndef DEMO_COMPLAIN_H
#define DEMO_COMPLAIN_H

/* Prints one line, without a line end in @format, after the program's name. */
void
demo_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Like demo_complain(), and then what an error of Transom's, or an errno, means. */
void
demo_complain_of(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif /* DEMO_COMPLAIN_H */
