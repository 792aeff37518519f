/*
 * roles.h - the parts that processes of the demo play. Each returns the exit status of its process.
 */
#ifndef DEMO_ROLES_H
#define DEMO_ROLES_H

#include <stdint.h>

/* Frames that are shown: the renderer's surfaces, and one more, on both sides of the kill. */
#define DEMO_MIN_FRAMES 20
#define DEMO_MAX_FRAMES 1000000
#define DEMO_DEFAULT_FRAMES 600

/* Starts the others, tells the story on stdout, and ends with 0 only if everything held. */
int
demo_direct(const char *input, uint32_t frames, const char *output);

/* Fills pixel buffers of a pool with frames of the input and posts rights to them. */
int
demo_render(const char *input, uint32_t frames);

/*
 * Looks frames up and checks them. At the frame @stall_at, if it is not 0, it reports, reads half of the
 * frame, and waits to be killed; else it writes the last frame to @output.
 */
int
demo_receive(uint32_t stall_at, const char *output);

/* Publishes frames of the input as a stream, a hundred a second, until its stdin ends. */
int
demo_publish(const char *input);

/* Views the stream, holding each frame for so long, until its stdin ends; reports into VIEWER_REPORT_FD. */
int
demo_view(uint32_t hold_ms);

#endif /* DEMO_ROLES_H */
