/*
 * roles.h - the parts that processes of the demo play. Each returns the exit status of its process.
 */
#ifndef DEMO_ROLES_H
#define DEMO_ROLES_H

#include <stdint.h>

/* Starts the others, tells the story on stdout, and ends with 0 only if everything held. */
int
direct(const char *input, uint32_t frames, const char *output);

/* Fills pixel buffers of a pool with frames of the input and posts rights to them. */
int
render(const char *input, uint32_t frames);

/*
 * Looks frames up and checks them. At the frame @stall_at, if it is not 0, it reports, reads half of the
 * frame, and waits to be killed; else it writes the last frame to @output.
 */
int
receive(uint32_t stall_at, const char *output);

#endif /* DEMO_ROLES_H */
