/*
 * pool.h - pools: pixel buffers of one kind that are used again, never while anyone still uses them.
 */
#ifndef TRANSOM_POOL_H
#define TRANSOM_POOL_H

#include <stdint.h>

#include <transom/error.h>
#include <transom/pixel_buffer.h>
#include <transom/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A pool of pixel buffers on surfaces. A buffer that was given back is handed out again when its surface
 * is not in use anywhere: no reference to the buffer here, no right in flight or held, no use in another
 * process. The pool finds that out by a claim, which no import can overtake.
 *
 * Threads: shared.
 * Fork: the pool stays the parent's; in the child, acquire fails with -ECHILD.
 */
struct transom_pool;

/** Flags of a pool. */
enum transom_pool_flags {
	/** Never free a buffer because of its age. */
	TRANSOM_POOL_KEEP_FOREVER = 1 << 0,
};

/** Flags of transom_pool_flush(). */
enum transom_pool_flush_flags {
	/** Free all idle buffers that nobody uses, whatever their age and the minimum count. */
	TRANSOM_POOL_FLUSH_EXCESS = 1 << 0,
};

/** How a pool shall be. Set @size to sizeof(struct transom_pool_options) and zero the rest first. */
struct transom_pool_options {
	uint32_t size;           /**< Bytes of this struct that the caller knows. */
	uint32_t flags;          /**< Of enum transom_pool_flags. */
	/** Buffers that are made at once and kept, however old; 0: one is made, and none is kept. */
	uint32_t minimum_count;
	uint32_t maximum_count;  /**< Buffers that may exist; 0: no limit. */
	uint32_t maximum_age_ms; /**< How long a buffer that is not needed is kept; 0: 1,000 ms. */
	uint32_t reserved;       /**< Zero. */
	/** A dictionary of attachments that each buffer is handed out with (they propagate), or NULL. */
	struct transom_value *attachments;
	/** How the buffers shall be; their memory is always a surface. */
	struct transom_pixel_buffer_options buffer;
};

/** What a pool has, and has done. */
struct transom_pool_statistics {
	uint32_t size;     /**< The caller sets it to sizeof(struct transom_pool_statistics). */
	uint32_t count;    /**< Buffers that exist. */
	uint32_t out;      /**< Of these: handed out, and not given back. */
	uint32_t idle;     /**< Of these: given back; they are free, or were not found in use since. */
	uint32_t held;     /**< Of these: given back, and last found in use elsewhere. */
	uint32_t reserved; /**< Zero. */
	uint64_t created;  /**< Buffers that were made. */
	uint64_t recycled; /**< Times that a buffer was handed out again. */
	uint64_t freed;    /**< Buffers that were freed. */
	uint64_t refused;  /**< Times that a claim found a buffer in use elsewhere. */
	uint64_t waited;   /**< Times that acquire had to wait. */
};

/**
 * Make a pool.
 *
 * @param options How it shall be; copied, not kept. The pool takes a reference to the attachments.
 * @param ret     The pool.
 *
 * Owns:    the caller holds one reference.
 * Errors:  those of transom_pixel_buffer_create(), and -EINVAL bad options, or a minimum above the
 *          maximum.
 * Blocks:  while the first buffers are made.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_pool_create(const struct transom_pool_options *options, struct transom_pool **ret);

/**
 * Take a reference.
 *
 * Owns:    the caller holds one more reference; returns @pool. NULL is accepted.
 * Errors:  none.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API struct transom_pool *
transom_pool_ref(struct transom_pool *pool);

/**
 * Drop a reference. With the last one idle buffers are freed; buffers that are out stay good, and are
 * freed when they are given back.
 *
 * Owns:    always returns NULL. NULL is accepted.
 * Errors:  none.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API struct transom_pool *
transom_pool_unref(struct transom_pool *pool);

/**
 * Get a pixel buffer that nobody uses: one that is free, or a new one. Its pixels are whatever the last
 * user left, zero in a new one; its attachments are the pool's. Drop its last reference to give it back.
 *
 * @param pool       The pool.
 * @param timeout_ms How long to wait for a buffer when maximum_count buffers exist and none is free: 0
 *                   not at all, negative for ever.
 * @param ret        The buffer.
 *
 * Owns:    the caller holds one reference to the buffer, which is a use of its surface.
 * Errors:  -EAGAIN none is free (time-out 0), -ETIMEDOUT, -ECHILD the pool was made before a fork,
 *          those of transom_surface_claim() but -EBUSY, such as -ENXIO no procfs: the buffers stay in
 *          the pool; and those of transom_pixel_buffer_create() when a new one is made.
 * Blocks:  up to the time-out.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_pool_acquire(struct transom_pool *pool, int timeout_ms, struct transom_pixel_buffer **ret);

/**
 * Like transom_pool_acquire(), with a limit of this call's own: no new buffer is made when that many
 * exist. A free one is handed out whatever the threshold.
 *
 * @param pool       The pool.
 * @param threshold  The limit; 0 for that of the pool alone.
 * @param timeout_ms How long to wait.
 * @param ret        The buffer.
 *
 * Owns:    as transom_pool_acquire().
 * Errors:  as transom_pool_acquire().
 * Blocks:  up to the time-out.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_pool_acquire_below(struct transom_pool *pool, uint32_t threshold, int timeout_ms,
                           struct transom_pixel_buffer **ret);

/**
 * Free idle buffers (see struct transom_pool_statistics) that came back longer ago than the maximum age,
 * but for the minimum count; with TRANSOM_POOL_KEEP_FOREVER that is none. Acquire does the same; this is
 * for a program that has stopped to acquire. To free a buffer takes nothing from who still uses its
 * surface elsewhere.
 *
 * @param pool  The pool.
 * @param flags Of enum transom_pool_flush_flags.
 *
 * Owns:    nothing.
 * Errors:  how many were freed, or -EINVAL, -ECHILD.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_pool_flush(struct transom_pool *pool, uint32_t flags);

/**
 * A descriptor to wait on when acquire said -EAGAIN: readable when a buffer may have become free. Then
 * acquire again with a time-out of 0, which also makes it unreadable if there is still none.
 *
 * Owns:    borrowed: do not read from it, do not close it.
 * Errors:  -EINVAL NULL, -ECHILD made before a fork, -EMFILE, -ENFILE, -ENOMEM.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_pool_get_fd(struct transom_pool *pool);

/**
 * What the pool has, and has done.
 *
 * @param pool The pool.
 * @param ret  Where it goes; its @size says how much the caller knows.
 *
 * Owns:    nothing.
 * Errors:  -EINVAL.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_pool_get_statistics(struct transom_pool *pool, struct transom_pool_statistics *ret);

#ifdef __cplusplus
}
#endif

#endif /* TRANSOM_POOL_H */
