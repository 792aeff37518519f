/*
 * output.h - bytes into a file or a pipe, where a reader that stands still does not keep Ctrl-C from ending it.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <sys/uio.h>

/* Standard output, as a descriptor of one's own: close it. Or a negative errno. */
int
output_open_stdout(void);

/*
 * Writes all of it; changes the parts. Returns 0 or a negative errno: -EINTR if it was asked to stop and nobody has read for two
 * seconds; from then on that is what each call returns.
 */
int
output_write(int fd, struct iovec *parts, int count);

#endif /* CLI_OUTPUT_H */
