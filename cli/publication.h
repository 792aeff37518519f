/*
 * publication.h - publishing an input as a stream: which frames, when, in which shape.
 */
#ifndef CLI_PUBLICATION_H
#define CLI_PUBLICATION_H

#include <stdbool.h>
#include <stdint.h>

#include "convert.h"
#include "input.h"

enum publication_pace { PACE_NATIVE, PACE_FIXED, PACE_MAXIMUM };

struct publication_options {
	const char *name, *description;
	struct input_options input; /* its source may be "test:" */
	enum publication_pace pace;
	struct rate rate; /* PACE_FIXED */
	uint32_t format; /* TRANSOM_FORMAT_..., 0: the input's */
	uint32_t width, height; /* 0: the input's */
	enum convert_scale scale;
	uint32_t buffers; /* 0: as the library thinks */
	int policy; /* of enum transom_laggard_policy; -1: to wait, but not with a live input */
	int64_t timeout_ns; /* for a laggard, 0: for ever */
	uint32_t readers; /* begin when so many are there */
	int64_t loops; /* 0: for ever */
	int64_t frames; /* 0: all */
	bool end_wait;
	int64_t end_wait_ns; /* 0: for ever */
	bool json;
};

/* Does it all; returns the exit code. */
int
publication_run(const struct publication_options *options);

#endif /* CLI_PUBLICATION_H */
