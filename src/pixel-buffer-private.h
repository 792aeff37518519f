/*
 * pixel-buffer-private.h - pixel buffers that come back when their last reference goes, for the pool.
 *
 * Such a buffer is either *idle*, with no reference, no lock and no attachment, or out. It is on a
 * surface, and is never a use of it by itself: the pool begins the use before it revives the buffer, and
 * ends it when the buffer comes back.
 *
 * In a child of fork the pool is the parent's. So there the last reference frees the buffer instead, as
 * pixel_buffer_free() does, and calls nobody: buffers that were out at the fork are the child's to drop,
 * and a pool that is freed in the child may free those only that were idle at the fork. What @context
 * is goes with the pool.
 */
#ifndef TRANSOM_PIXEL_BUFFER_PRIVATE_H
#define TRANSOM_PIXEL_BUFFER_PRIVATE_H

#include <transom/pixel_buffer.h>

/*
 * Makes an idle buffer on a new surface, which is not in use. @recycle is called, in any thread, when the
 * last reference goes: the buffer is idle again, and the pool may revive or free it from then on. It
 * must not fail. Errors: those of transom_pixel_buffer_create() but for the use; -EINVAL for plain memory.
 */
int
pixel_buffer_create_pooled(const struct transom_pixel_buffer_options *options,
			   void (*recycle)(struct transom_pixel_buffer *buffer, void *context), void *context,
			   struct transom_pixel_buffer **ret);

/* Gives an idle buffer one reference and its default attachments, a dictionary or NULL; they propagate.
 * Only for whoever holds the buffer alone. Makes no system call and allocates nothing. */
void
pixel_buffer_revive(struct transom_pixel_buffer *buffer, struct transom_value *attachments);

/* Frees an idle buffer and drops its reference to the surface. */
void
pixel_buffer_free(struct transom_pixel_buffer *buffer);

#endif /* TRANSOM_PIXEL_BUFFER_PRIVATE_H */
