/* honest.h - a publisher and a subscriber who do all as they should, for fuzz targets that are among their peers. */
#ifndef FUZZ_HONEST_H
#define FUZZ_HONEST_H

#include <transom/stream.h>

#include "fuzz.h"

struct honest {
	struct transom_publisher *publisher;
	uint32_t maximum_buffers;
	struct transom_subscriber *subscriber;
	struct transom_frame
		*kept; /* the newest, in the subscriber's hands until the next: nobody may draw over it */
};

/* What they are like the script says. @name may be NULL. */
void
honest_begin(struct honest *honest, struct script *script, const char *name);

/* Publishes a frame, if a buffer can be had, and reads it. */
void
honest_publish(struct honest *honest, struct script *script, int timeout_ms);

/* The same with a buffer that is not the stream's. */
void
honest_publish_others(struct honest *honest, struct script *script);

/* Acquires a frame to draw, and does not show it. */
void
honest_discard(struct honest *honest);

/* Frames have another size from now on. */
void
honest_change_buffers(struct honest *honest, uint32_t width);

/* The number that a frame of theirs was filled with: that of the frame. */
uint64_t
honest_read_number(const struct transom_frame *frame);

void
honest_end(struct honest *honest);

#endif /* FUZZ_HONEST_H */
