/*
 * exit-code.h - what the exit codes of `transom` mean, for scripts. transom(1) repeats them.
 */
#ifndef CLI_EXIT_CODE_H
#define CLI_EXIT_CODE_H

enum exit_code {
	EXIT_DONE =
		0, /* what was asked for is done; also when it was stopped by Ctrl-C and that is how it ends */
	EXIT_FAILED = 1, /* it could not be done; stderr says why */
	EXIT_USAGE = 2, /* the command line is wrong; nothing was tried */
	EXIT_NOT_FOUND = 3, /* there is no such stream, port, surface, file or device */
	EXIT_IN_USE = 4, /* the name belongs to a living process */
	EXIT_TIMED_OUT = 5, /* it did not happen within the time given */
	EXIT_ENDED = 6, /* the other side ended, or died, before what was asked for was complete */
	EXIT_BAD_DATA =
		7, /* the input is not what it should be, or is cut off; what came before it was used */
	EXIT_SIGNALLED = 128, /* and the signal's number: stopped before it was done */
};

/* The exit code for an error of Transom's, or of the system: a negative errno. */
int
exit_code_of(int error);

#endif /* CLI_EXIT_CODE_H */
