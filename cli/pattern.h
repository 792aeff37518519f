/*
 * pattern.h - a test pattern that says which frame it is, to people and to programs.
 */
#ifndef CLI_PATTERN_H
#define CLI_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

#include <libavutil/frame.h>

#include "number.h"

/* Whether the pattern can be drawn in a Transom format as it is. */
bool
pattern_can_draw(uint32_t format);

/*
 * Draws frame @counter of so many a second: the time code HH:MM:SS:FF, the counter, and the CRC-32 of these two texts ("#" and ten
 * digits). At the top and at the bottom there are 64 cells, black or white: the counter and the CRC, the highest bit first.
 */
void
pattern_draw(uint32_t format, const AVFrame *frame, uint32_t counter, struct rate rate);

#endif /* CLI_PATTERN_H */
