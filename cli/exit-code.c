/* exit-code.c - from errors to exit codes. */
#include <errno.h>

#include "exit-code.h"

int
exit_code_of(int error)
{
	switch (-error) {
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return EXIT_NOT_FOUND;
	case EADDRINUSE:
		return EXIT_IN_USE;
	case ETIMEDOUT:
	case EAGAIN:
		return EXIT_TIMED_OUT;
	case EPIPE:
	case ECONNRESET:
		return EXIT_ENDED;
	case EBADMSG:
	case EPROTO:
	case EILSEQ:
		return EXIT_BAD_DATA;
	default:
		return EXIT_FAILED;
	}
}
