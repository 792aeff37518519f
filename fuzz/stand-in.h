/* stand-in.h - files that say they are surfaces, and are or are not; fuzz targets introduce them. */
#ifndef FUZZ_STAND_IN_H
#define FUZZ_STAND_IN_H

#include <transom/surface.h>

#include "fuzz.h"

/* Looks once at a surface of the library's, to make others like it. */
void
stand_in_learn(void);

/* A descriptor of a file like a surface's: which one, how it is sealed and what is wrong with it the script says. */
int
stand_in_make(struct script *script);

/* Reads all of what was believed to be a surface. */
void
stand_in_read(struct transom_surface *surface);

#endif /* FUZZ_STAND_IN_H */
