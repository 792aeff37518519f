/*
 * recording.h - a stream's frames into a file or a pipe: what record, pipe and snap have in common.
 */
#ifndef CLI_RECORDING_H
#define CLI_RECORDING_H

#include <argp.h>

#include "reader.h"
#include "writer.h"

struct recording_options {
	const char *name; /* NULL: the only stream */
	struct reader_options reader;
	struct writer_options writer;
	AVDictionary *options; /* for the writer */
	int64_t frames; /* 0: all */
	int64_t duration_ns; /* 0: all */
	bool json;
};

/* The options that say what is written; its input is a struct recording_options. Its child is reader_argp. */
extern const struct argp recording_argp;

/* Does it all, and frees what the options have. Returns the exit code. */
int
recording_run(struct recording_options *options);

#endif /* CLI_RECORDING_H */
