/*
 * reader.h - joining a stream and getting its frames one by one, as the commands that read do it.
 */
#ifndef CLI_READER_H
#define CLI_READER_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include <transom/stream.h>

#include "stream-name.h"

/* What a command line says of reading; reader_argp reads it, as a child of the command's own. */
struct reader_options {
	bool every; /* each frame, in order; the command's default may be either */
	bool follow; /* go on when the publisher comes again */
	uint32_t queue; /* 0: as many as the library thinks */
	int64_t wait_ns; /* for the stream to be there; 0: not at all */
	int64_t timeout_ns; /* for a frame; 0: for ever */
};

extern const struct argp reader_argp; /* its input is a struct reader_options */

struct reader {
	struct stream_name name;
	struct transom_subscriber *subscriber;
	int64_t timeout_ns;
};

/*
 * Joins the stream that @name says. @held is how many frames it would like to hold. Returns 0, or an exit code after it
 * has said what is wrong. EXIT_SIGNALLED and more: asked to stop while it waited.
 */
int
reader_join(struct reader *reader, const char *name, const struct reader_options *options, uint32_t held);

/* The next frame: 0; -EINTR asked to stop, -EPIPE the stream has ended, and the errors of transom_subscriber_acquire(). */
int
reader_acquire(struct reader *reader, struct transom_frame **ret);

/* Says why reader_acquire() gave no frame. Returns the exit code. */
int
reader_complain(const struct reader *reader, int error);

void
reader_leave(struct reader *reader);

#endif /* CLI_READER_H */
