/*
 * source.h - frames of real input: a still picture or a video, whatever the file is.
 */
#ifndef DEMO_SOURCE_H
#define DEMO_SOURCE_H

#include "view.h"

struct source;

/* What frames it gives. */
struct source_shape {
	uint32_t format;
	uint32_t width;
	uint32_t height;
};

/* Opens and checks a file: 0, or an exit code after a complaint. */
int
source_open(const char *path, struct source **ret);

void
source_close(struct source *source);

const struct source_shape *
source_get_shape(const struct source *source);

/* What it is, for a person: "a picture of 960 x 540". */
const char *
source_get_description(const struct source *source);

/* Writes the frame of that number, from 1; a video's frames come in turn. False after a complaint. */
bool
source_draw(struct source *source, uint32_t number, const struct view *view);

#endif /* DEMO_SOURCE_H */
