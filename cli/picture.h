/*
 * picture.h - pixel buffers as the memory of FFmpeg's frames: what a decoder writes is what readers of a stream see.
 */
#ifndef CLI_PICTURE_H
#define CLI_PICTURE_H

#include <stdint.h>

#include <libavutil/frame.h>

#include <transom/pixel_buffer.h>

/*
 * A picture is a pixel buffer of a pool with a reference of FFmpeg's to it. The decoder may keep it as a reference frame
 * while readers see it: the buffer goes back to the pool when both have let it go. FFmpeg's reference says that it is
 * read-only, so that a decoder which would go on writing into a frame that it gave out makes a copy instead.
 * Threads: any function, from any thread.
 */
struct picture_pool;

/* What a picture looks like. The extended pixels are those beyond the visible ones that a decoder wants to have. */
struct picture_shape {
	uint32_t format; /* TRANSOM_FORMAT_... */
	uint32_t width, height; /* visible */
	uint32_t extended[4]; /* left, right, top, bottom */
};

/* @name is for people who look at the surfaces. 0 or -ENOMEM. */
int
picture_pool_create(const char *name, struct picture_pool **ret);

/* Pictures live on. */
void
picture_pool_free(struct picture_pool *pool);

/*
 * Gives @frame the memory of a buffer that nobody uses: buf, data and linesize, with the extended pixels. It may be
 * written until picture_show(). 0 or a negative errno.
 */
int
picture_pool_acquire(struct picture_pool *pool, const struct picture_shape *shape, AVFrame *frame);

/*
 * The pixel buffer whose visible pixels are what @frame shows, borrowed from the frame; NULL if the frame lies in other
 * memory, or elsewhere in it. Writing is over: this is the buffer to publish.
 */
struct transom_pixel_buffer *
picture_pool_show(struct picture_pool *pool, const AVFrame *frame);

#endif /* CLI_PICTURE_H */
