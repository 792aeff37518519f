/*
 * av-error.h - FFmpeg's errors as sentences and exit codes.
 */
#ifndef CLI_AV_ERROR_H
#define CLI_AV_ERROR_H

/* Prints one line: what could not be done, and what FFmpeg says of it. Returns the exit code. */
int
av_complain(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* FFmpeg prints nothing itself from now on. */
void
av_be_quiet(void);

#endif /* CLI_AV_ERROR_H */
