/*
 * pixel_buffer.h - pixel buffers: a surface or plain bytes with a typed view and attachments.
 */
#ifndef TRANSOM_PIXEL_BUFFER_H
#define TRANSOM_PIXEL_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <transom/error.h>
#include <transom/format.h>
#include <transom/surface.h>
#include <transom/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * An image of a format of format.h, in memory of one of three kinds:
 *
 *  - a surface: other processes can see it. A pixel buffer on a surface is a use of it (surface.h) for
 *    as long as it lives, so no pool hands the surface out again meanwhile;
 *  - plain memory that the pixel buffer allocates;
 *  - the caller's bytes.
 *
 * A format of one plane makes a *packed* buffer, whose plane count is 0; any other a *planar* one.
 * What is asked of plane 0 of a packed buffer is answered for the whole image.
 *
 * *Extended pixels* surround the image in memory on all sides, for filters that read beyond its edges.
 * They count neither in the width and height, nor in any base: a base is the address of the first
 * pixel that is visible, and the extended ones lie before it, at negative columns and rows.
 *
 * Attachments belong to the pixel buffer, not to its surface: another process does not see them. (What
 * everyone shall see is a value of the surface.)
 *
 * Threads: shared. Who writes pixels while others read them is for the program to arrange; locking does
 * not exclude anyone.
 * Fork: the child has all pixel buffers, but with them no use of a surface: one that it wants it must
 * make, by a pixel buffer of its own or transom_surface_begin_use(). A buffer that another thread was
 * locking, or whose attachments it was changing, during the fork can only be unreferenced in the child.
 */
struct transom_pixel_buffer;

/** Flags of a pixel buffer. */
enum transom_pixel_buffer_flags {
	/** Plain memory of this process instead of a surface. */
	TRANSOM_PIXEL_BUFFER_PLAIN = 1 << 0,
};

/** What to make. Set @size to sizeof(struct transom_pixel_buffer_options) and zero the rest first. */
struct transom_pixel_buffer_options {
	uint32_t size; /**< Bytes of this struct that the caller knows. */
	uint32_t flags; /**< Of enum transom_pixel_buffer_flags. */
	uint32_t format; /**< TRANSOM_FORMAT_... */
	uint32_t width; /**< Visible pixels. */
	uint32_t height; /**< Visible pixels. */
	uint32_t row_alignment; /**< Bytes, a power of two; 0: the format's own, or TRANSOM_ROW_ALIGNMENT. */
	/**
	 * Extended pixels: left, right, top, bottom. Each is a multiple of the format's subsampling and of
	 * its blocks, in all planes, so that no block is half extended at the left or at the top.
	 */
	uint32_t extended[4];
	uint32_t surface_flags; /**< Of enum transom_surface_flags; 0 for plain memory. */
	uint32_t values_size; /**< Of the surface, see surface.h; 0 for plain memory. */
	const char *name; /**< Of the surface, for people, or NULL; ignored for plain memory. */
};

/** Whether an attachment goes along when a buffer is made out of another one. */
enum transom_attachment_mode {
	TRANSOM_ATTACHMENT_NO_PROPAGATE = 0, /**< It is true of this buffer alone. */
	TRANSOM_ATTACHMENT_PROPAGATE = 1, /**< transom_pixel_buffer_propagate_attachments() takes it along. */
};

/**
 * Called when a pixel buffer of the caller's bytes no longer needs them: once, when its last reference
 * goes, in the thread that drops it.
 *
 * @param context The one given with it.
 * @param base    The base given at creation.
 */
typedef void (*transom_pixel_buffer_release)(void *context, const void *base);

/**
 * The same for a planar pixel buffer.
 *
 * @param context     The one given with it.
 * @param data        As given at creation.
 * @param size        As given at creation.
 * @param plane_count How many planes there are.
 * @param bases       The bases given at creation; gone when the callback returns.
 */
typedef void (*transom_pixel_buffer_release_planar)(void *context, const void *data, size_t size,
						    size_t plane_count, const void *const *bases);

/**
 * Make a pixel buffer of a format, on a new surface or in plain memory. Its pixels are zero and it has
 * no attachments.
 *
 * @param options What to make; copied, not kept.
 * @param ret     The pixel buffer.
 *
 * Owns:    the caller holds one reference.
 * Errors:  -EINVAL bad options, or extended pixels that are no multiple of what they must be; -ENOENT
 *          unknown format; -E2BIG width or height, with the extended pixels, above
 *          TRANSOM_MAX_DIMENSION; -EOVERFLOW, -ENOMEM; and those of transom_surface_create() and
 *          transom_surface_begin_use().
 * Blocks:  as transom_surface_create().    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_pixel_buffer_create(const struct transom_pixel_buffer_options *options,
			    struct transom_pixel_buffer **ret);

/**
 * Make a pixel buffer on a surface that is there, and begin a use of it.
 *
 * @param surface The surface; the pixel buffer takes a reference. It must have a format of format.h, at
 *                least as many bytes in each row and plane as that needs, and as many planes; one that
 *                has extended pixels gives them to the pixel buffer.
 * @param ret     The pixel buffer.
 *
 * Owns:    the caller holds one reference.
 * Errors:  -ENOENT its format is unknown; -EPROTO its layout does not fit the format; -E2BIG its width
 *          or height is above TRANSOM_MAX_DIMENSION; -EINVAL, -ENOMEM; and those of
 *          transom_surface_begin_use(), such as -EBUSY.
 * Blocks:  as transom_surface_begin_use().    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_pixel_buffer_create_with_surface(struct transom_surface *surface, struct transom_pixel_buffer **ret);

/**
 * Make a packed pixel buffer of the caller's bytes.
 *
 * @param format        TRANSOM_FORMAT_... of one plane.
 * @param width         Pixels.
 * @param height        Pixels.
 * @param base          The first pixel; bytes_per_row times the rows of blocks must be there.
 * @param bytes_per_row From one row to the next; any number that the pixels of a row fit into.
 * @param release       Called when the bytes are no longer needed; may be NULL. Never called if this
 *                      function fails.
 * @param context       For @release.
 * @param ret           The pixel buffer.
 *
 * Owns:    the caller holds one reference; the bytes stay the caller's, and must stay there until
 *          @release.
 * Errors:  -EINVAL NULL, a width or height of 0, a planar format; -ENOENT unknown format; -E2BIG width or
 *          height above TRANSOM_MAX_DIMENSION; -ERANGE @bytes_per_row is too short; -ENOMEM.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_pixel_buffer_create_with_bytes(uint32_t format, uint32_t width, uint32_t height, void *base,
				       uint32_t bytes_per_row, transom_pixel_buffer_release release,
				       void *context, struct transom_pixel_buffer **ret);

/**
 * Make a planar pixel buffer of the caller's bytes.
 *
 * @param format        TRANSOM_FORMAT_... of several planes.
 * @param width         Pixels.
 * @param height        Pixels.
 * @param data          The memory that all planes lie in; NULL if there is no such one.
 * @param data_size     Bytes at @data; 0 to say nothing of how the planes lie, which are then not
 *                      compared with @data.
 * @param plane_count   That of the format.
 * @param bases         The first pixel of each plane; bytes_per_row times the rows of blocks must be
 *                      there, but for what the last row does not need.
 * @param bytes_per_row Of each plane.
 * @param release       Called when the bytes are no longer needed; may be NULL. Never called if this
 *                      function fails.
 * @param context       For @release.
 * @param ret           The pixel buffer.
 *
 * Owns:    the caller holds one reference; the bytes stay the caller's, and must stay there until
 *          @release. The arrays are copied.
 * Errors:  -EINVAL NULL, also among the bases, and for @data if @data_size is not 0; a width or height of
 *          0, a packed format, or another number of planes than it has; -ENOENT unknown format; -E2BIG
 *          width or height above TRANSOM_MAX_DIMENSION; -ERANGE a bytes_per_row is too short, or a plane
 *          is not within @data; -ENOMEM.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_pixel_buffer_create_with_planar_bytes(uint32_t format, uint32_t width, uint32_t height,
					      const void *data, size_t data_size, uint32_t plane_count,
					      void *const *bases, const uint32_t *bytes_per_row,
					      transom_pixel_buffer_release_planar release, void *context,
					      struct transom_pixel_buffer **ret);

/**
 * Take a reference.
 *
 * Owns:    the caller holds one more reference; returns @buffer. NULL is accepted.
 * Errors:  none.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API struct transom_pixel_buffer *
transom_pixel_buffer_ref(struct transom_pixel_buffer *buffer);

/**
 * Drop a reference. With the last one locks that were left are unlocked, the use of the surface ends, or
 * the bytes are released. A buffer of a pool goes back to the pool.
 *
 * Owns:    always returns NULL. NULL is accepted.
 * Errors:  none.
 * Blocks:  no, but for what a release callback does.    Threads: any.    Since: 0.1
 */
TRANSOM_API struct transom_pixel_buffer *
transom_pixel_buffer_unref(struct transom_pixel_buffer *buffer);

/* Pixels */

/**
 * Lock for access by the processor. Locks nest, and exclude nobody. A lock of a pixel buffer on a surface
 * is one of the surface.
 *
 * @param buffer   The pixel buffer.
 * @param flags    TRANSOM_SURFACE_LOCK_READ or _WRITE.
 * @param ret_seed A number that changes when somebody has written: the surface's seed, or for other
 *                 memory how often it was unlocked after writing. May be NULL.
 *
 * Owns:    one lock; end it with transom_pixel_buffer_unlock() and the same flags.
 * Errors:  -EINVAL, and those of transom_surface_lock(), such as -EACCES to write what this process may
 *          only read.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_pixel_buffer_lock(struct transom_pixel_buffer *buffer, uint32_t flags, uint32_t *ret_seed);

/**
 * Unlock. After a lock for writing the seed is one higher.
 *
 * @param buffer   The pixel buffer.
 * @param flags    Those that it was locked with.
 * @param ret_seed The new seed; may be NULL.
 *
 * Owns:    nothing.
 * Errors:  -EINVAL this buffer is not locked so, even if its surface is.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_pixel_buffer_unlock(struct transom_pixel_buffer *buffer, uint32_t flags, uint32_t *ret_seed);

/**
 * The width in visible pixels.
 *
 * Owns:    nothing.
 * Errors:  none; 0 for NULL.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API uint32_t
transom_pixel_buffer_get_width(const struct transom_pixel_buffer *buffer);

/**
 * The height in visible pixels.
 *
 * Owns:    nothing.
 * Errors:  none; 0 for NULL.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API uint32_t
transom_pixel_buffer_get_height(const struct transom_pixel_buffer *buffer);

/**
 * The format, TRANSOM_FORMAT_...
 *
 * Owns:    nothing.
 * Errors:  none; 0 for NULL.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API uint32_t
transom_pixel_buffer_get_format(const struct transom_pixel_buffer *buffer);

/**
 * How many planes there are; 0 if the buffer is packed.
 *
 * Owns:    nothing.
 * Errors:  none; 0 for NULL.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API uint32_t
transom_pixel_buffer_get_plane_count(const struct transom_pixel_buffer *buffer);

/**
 * Whether the format has several planes.
 *
 * Owns:    nothing.
 * Errors:  none; false for NULL.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API bool
transom_pixel_buffer_is_planar(const struct transom_pixel_buffer *buffer);

/**
 * What a plane looks like; plane 0 of a packed buffer is the whole.
 *
 * @param buffer The pixel buffer.
 * @param index  From 0.
 * @param ret    Its @offset is that of the first visible pixel from where the memory begins: the base of
 *               the surface, the caller's data, or if their size is not known, the lowest of his bases.
 *               @size is that of the visible rows.
 *
 * Owns:    nothing.
 * Errors:  -ENOENT no such plane, -EINVAL.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_pixel_buffer_get_plane(const struct transom_pixel_buffer *buffer, uint32_t index,
			       struct transom_plane_layout *ret);

/**
 * Where the first visible pixel is; for a planar buffer, that of plane 0. Only a locked buffer has a
 * base: without a lock its memory may not be mapped, and nobody would say when what was written is
 * complete. So a forgotten lock shows at once.
 *
 * Owns:    borrowed, until the buffer is unlocked.
 * Errors:  NULL if the buffer is not locked, or for NULL.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API void *
transom_pixel_buffer_get_base(const struct transom_pixel_buffer *buffer);

/**
 * Where the first visible pixel of a plane is; plane 0 of a packed buffer is the whole.
 *
 * Owns:    borrowed, until the buffer is unlocked.
 * Errors:  NULL if the buffer is not locked, there is no such plane, or for NULL.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API void *
transom_pixel_buffer_get_plane_base(const struct transom_pixel_buffer *buffer, uint32_t index);

/**
 * Bytes from one row of blocks to the next, in plane 0 if there are several.
 *
 * Owns:    nothing.
 * Errors:  none; 0 for NULL.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API uint32_t
transom_pixel_buffer_get_bytes_per_row(const struct transom_pixel_buffer *buffer);

/**
 * Bytes of the memory, with extended pixels and padding: the allocation size of the surface, or what
 * was allocated, or bytes_per_row times rows of the caller's bytes, or the data_size of his planes.
 *
 * Owns:    nothing.
 * Errors:  none; 0 for NULL, and for planes of which the caller has not said how they lie.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API uint64_t
transom_pixel_buffer_get_size(const struct transom_pixel_buffer *buffer);

/**
 * The surface, to make a right to it, or to set values that everyone sees.
 *
 * Owns:    borrowed, as long as the buffer lives.
 * Errors:  NULL if the pixels are in other memory, or for NULL.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API struct transom_surface *
transom_pixel_buffer_get_surface(const struct transom_pixel_buffer *buffer);

/**
 * Whether this process may write the pixels. All memory but a surface is writable.
 *
 * Owns:    nothing.
 * Errors:  none; false for NULL.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API bool
transom_pixel_buffer_is_writable(const struct transom_pixel_buffer *buffer);

/**
 * How many extended pixels there are.
 *
 * @param buffer The pixel buffer.
 * @param ret    Left, right, top, bottom.
 *
 * Owns:    nothing.
 * Errors:  -EINVAL.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_pixel_buffer_get_extended(const struct transom_pixel_buffer *buffer, uint32_t ret[4]);

/**
 * Fill the extended pixels: each becomes like the visible pixel nearest to it, in each plane. The pixels
 * of a Bayer pattern are no exception, so their colours do not go on.
 *
 * @param buffer The pixel buffer, locked for writing. Without extended pixels nothing happens.
 *
 * Owns:    nothing.
 * Errors:  -EINVAL it is not locked for writing.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_pixel_buffer_fill_extended(struct transom_pixel_buffer *buffer);

/* Attachments */

/**
 * Attach a value under a key, instead of what was there in either mode.
 *
 * @param buffer The pixel buffer.
 * @param key    UTF-8 text.
 * @param value  A value of any type.
 * @param mode   A key has one mode at a time: this one, from now on.
 *
 * Owns:    the buffer takes a reference to the value.
 * Errors:  -EINVAL NULL, a key that is not UTF-8, an unknown mode; -E2BIG the attachments of the mode
 *          would be more than one value may hold; -ENOMEM.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_pixel_buffer_set_attachment(struct transom_pixel_buffer *buffer, const char *key,
				    struct transom_value *value, enum transom_attachment_mode mode);

/**
 * Attach all values of a dictionary at once: nobody sees some of them without the others.
 *
 * @param buffer     The pixel buffer.
 * @param dictionary Keys that it lacks stay as they are.
 * @param mode       That of all these keys from now on.
 *
 * Owns:    the buffer takes references to the values.
 * Errors:  as transom_pixel_buffer_set_attachment(), and -EINVAL for what is no dictionary.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_pixel_buffer_set_attachments(struct transom_pixel_buffer *buffer, struct transom_value *dictionary,
				     enum transom_attachment_mode mode);

/**
 * Get an attachment, whatever its mode.
 *
 * @param buffer   The pixel buffer.
 * @param key      Its key.
 * @param ret_mode Its mode; may be NULL.
 * @param ret      The value.
 *
 * Owns:    the caller holds one reference to the value.
 * Errors:  -ENOENT no such key, -EINVAL.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_pixel_buffer_dup_attachment(struct transom_pixel_buffer *buffer, const char *key,
				    enum transom_attachment_mode *ret_mode, struct transom_value **ret);

/**
 * Get all attachments of one mode and moment.
 *
 * @param buffer The pixel buffer.
 * @param mode   Which.
 * @param ret    A dictionary, empty if there are none.
 *
 * Owns:    the caller holds one reference to the dictionary.
 * Errors:  -EINVAL, also for an unknown mode; -ENOMEM.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_pixel_buffer_dup_attachments(struct transom_pixel_buffer *buffer, enum transom_attachment_mode mode,
				     struct transom_value **ret);

/**
 * Whether there is an attachment of that key, whatever its mode.
 *
 * Owns:    nothing.
 * Errors:  none; false for NULL.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API bool
transom_pixel_buffer_has_attachment(struct transom_pixel_buffer *buffer, const char *key);

/**
 * Remove an attachment, whatever its mode.
 *
 * Owns:    nothing.
 * Errors:  -ENOENT no such key, -EINVAL, -ENOMEM.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_pixel_buffer_remove_attachment(struct transom_pixel_buffer *buffer, const char *key);

/**
 * Remove all attachments of both modes.
 *
 * Owns:    nothing.
 * Errors:  -EINVAL.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_pixel_buffer_remove_all_attachments(struct transom_pixel_buffer *buffer);

/**
 * Attach what another buffer has of TRANSOM_ATTACHMENT_PROPAGATE to a buffer that was made out of it,
 * in the same mode. Other attachments of @destination stay.
 *
 * @param source      Whose attachments; it does not change.
 * @param destination Where they go; may be @source.
 *
 * Owns:    nothing.
 * Errors:  as transom_pixel_buffer_set_attachments().
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_pixel_buffer_propagate_attachments(struct transom_pixel_buffer *source,
					   struct transom_pixel_buffer *destination);

#ifdef __cplusplus
}
#endif

#endif /* TRANSOM_PIXEL_BUFFER_H */
