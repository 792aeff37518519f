/*
 * shot.h - one frame as a PNG file.
 */
#ifndef DEMO_SHOT_H
#define DEMO_SHOT_H

#include "view.h"

/* Where a file is while it is being written. */
#define SHOT_SUFFIX ".part"

/* Writes a frame; the file appears when it is complete. 0, or an exit code after a complaint. */
int
shot_write(const struct view *view, const char *path);

#endif /* DEMO_SHOT_H */
