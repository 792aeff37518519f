/*
 * frames.h - what the two-process tests draw and check: frames that carry their number and a checksum in
 * their pixels, and messages that carry a right to one.
 */
#ifndef TEST_FRAMES_H
#define TEST_FRAMES_H

#include <transom/pool.h>
#include <transom/port.h>

/* The kind of buffer that all these tests use. */
#define FRAME_WIDTH 64
#define FRAME_HEIGHT 32

/* What travels beside the right. */
struct frame_note {
	uint32_t number;
	uint32_t id; /* of the surface, for tests that misuse it */
};

struct transom_pool *
create_frame_pool(uint32_t maximum_count, uint32_t surface_flags);

/* Fills every pixel with something that only frame @number has. */
void
draw_frame(struct transom_pixel_buffer *buffer, uint32_t number);

/* The number of the frame that a buffer shows; 0 if its pixels are of different frames. */
uint32_t
read_frame(struct transom_pixel_buffer *buffer);

/* Makes a right to the buffer's surface, posts it with its number, and drops the right. */
int
post_frame(int send, struct transom_pixel_buffer *buffer, uint32_t number, int timeout_ms);

/* Receives a frame: looks its right up, wraps it, drops the right. -EBUSY: somebody has claimed it, although there is
 * a right to it. */
int
receive_frame(int receive, struct transom_message *message, int timeout_ms, struct frame_note *ret_note,
	      struct transom_pixel_buffer **ret);

#endif /* TEST_FRAMES_H */
