/*
 * surface.h - surfaces: memory for pixels that several processes see, and rights to it.
 */
#ifndef TRANSOM_SURFACE_H
#define TRANSOM_SURFACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <transom/error.h>
#include <transom/format.h>
#include <transom/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Three different things hold a surface:
 *
 *  - A *reference* (_ref, _unref) is local to the process. It keeps the memory mapped, may be kept for
 *    ever, and does not keep the surface in use.
 *  - A *use* (_begin_use, _end_use) is seen by all processes. While anyone uses a surface it is in use,
 *    and no pool hands it out again. A process uses a surface once, however often it begins.
 *  - A *right* is a file descriptor that carries a use with it: in a message, in another process's
 *    hands, anywhere. Its copies (dup(2)) are one right; close(2) of the last one ends its use. Send it
 *    as TRANSOM_RIGHT_SURFACE (port.h), get the surface from it with transom_surface_look_up().
 *
 * A process that dies, kill -9 included, gives up all its uses and rights at once: they are locks of the
 * kernel's. Nobody can end a process's use, or another right. But copies of a right share one lock, and
 * whoever holds a copy can drop it (F_OFD_SETLK, or recvmsg(2) of a capsule) for all of them: give
 * receivers who do not trust each other a right each, and begin a use instead of relying on a right that others have too. Who is allowed
 * to write a surface can hold it for too long.
 * How: docs/design.md. Which bytes: docs/protocol.md.
 *
 * Threads: a surface is shared: any thread may call anything. Who writes pixels while others read them
 * is for the program to arrange; locking does not exclude anyone.
 * Fork: in the child all surfaces are there, mapped, and not used by the child: its use counts are 0 and
 * a use that it wants it must begin. Rights are descriptors and are copied like all descriptors.
 */
struct transom_surface;

/** Bytes in the longest name of a surface. */
#define TRANSOM_SURFACE_MAX_NAME 63

/** Bytes in the largest surface. */
#define TRANSOM_SURFACE_MAX_SIZE ((uint64_t)1 << 40)

/** How a surface shall be made. */
enum transom_surface_flags {
	/**
	 * Only the process that makes the surface can ever write to its memory: pixels, values and seed.
	 * The kernel refuses everyone who gets a right, whatever they try (F_SEAL_FUTURE_WRITE). Two can
	 * write as the maker itself can: a child that it forks, which inherits its mapping, and whoever may
	 * debug it (ptrace(2)).
	 */
	TRANSOM_SURFACE_MAKER_WRITES = 1 << 0,
	/** Take all memory now and map it, so that no first touch is slow, and -ENOMEM comes here. */
	TRANSOM_SURFACE_PREFAULT = 1 << 1,
	/** Ask the kernel for huge pages (MADV_HUGEPAGE); it may not give them. */
	TRANSOM_SURFACE_HUGE_PAGES = 1 << 2,
	/**
	 * Let every process of this user find the surface by its ID. An ID is not a use: prefer rights.
	 * Needs the runtime directory, see name.h.
	 */
	TRANSOM_SURFACE_GLOBAL = 1 << 3,
};

/**
 * What to make. Set @size to sizeof(struct transom_surface_options) and zero the rest first; zero
 * always means "you choose". One of:
 *  - a @format of format.h with @width and @height: planes, strides and size follow;
 *  - @width, @height and @bytes_per_element (and element sizes), of any format code or none;
 *  - @plane_count and @planes: an explicit layout, within @allocation_size;
 *  - @allocation_size alone: bytes without a shape.
 */
struct transom_surface_options {
	uint32_t size;              /**< Bytes of this struct that the caller knows. */
	uint32_t flags;             /**< Of enum transom_surface_flags. */
	uint32_t format;            /**< A code of format.h, or any other number, or 0. */
	uint32_t width;             /**< Pixels. */
	uint32_t height;            /**< Pixels. */
	uint32_t bytes_per_row;     /**< Packed surfaces; 0: what fits, rounded up to 64. */
	uint32_t bytes_per_element; /**< 0: the format's, of its plane 0, or 1. An element is a block of pixels. */
	uint32_t element_width;     /**< Pixels; likewise. What is not a known format's own is -ERANGE. */
	uint32_t element_height;    /**< Pixels; likewise. */
	uint32_t plane_count;       /**< Number of explicit @planes; 0 for none. */
	uint64_t allocation_size;   /**< Bytes for all pixels; 0: as many as the layout needs. */
	uint32_t values_size;       /**< Bytes that encoded values may take; 0: 64 KiB; memory on demand. */
	uint32_t offset;            /**< Without planes: bytes before the pixels, for whoever wants them. */
	const char *name;           /**< For people; NULL for none; at most TRANSOM_SURFACE_MAX_NAME bytes. */
	/** Left, right, top, bottom: pixels outside of @width and @height that exist in memory. */
	uint32_t extended[4];
	/** In planes, @offset counts from the base address; @size 0 means rows times stride. */
	struct transom_plane_layout planes[TRANSOM_MAX_PLANES];
};

/** What a surface looks like; it never changes. */
struct transom_surface_geometry {
	uint32_t format;            /**< As given at creation. */
	uint32_t width;             /**< Pixels; 0 for bytes without a shape. */
	uint32_t height;            /**< Pixels; 0 for bytes without a shape. */
	uint32_t bytes_per_row;     /**< Of the whole, or of plane 0 if there are planes. */
	uint32_t bytes_per_element; /**< Likewise. */
	uint32_t element_width;     /**< Likewise. */
	uint32_t element_height;    /**< Likewise. */
	uint32_t plane_count;       /**< 0 if not planar. */
	uint64_t offset;            /**< From the base address to the first pixel: not 0 with extended pixels. */
	uint64_t allocation_size;   /**< Bytes from the base address on. */
	uint32_t extended[4];       /**< Left, right, top, bottom. */
};

/** How to lock. */
enum transom_surface_lock_flags {
	TRANSOM_SURFACE_LOCK_READ = 1 << 0,  /**< The caller will only read. */
	/** The caller will write, and may read: unlocking increments the seed. */
	TRANSOM_SURFACE_LOCK_WRITE = 1 << 1,
	TRANSOM_SURFACE_LOCK_NONBLOCK = 1 << 2, /**< Beside one of these: rather fail than wait for a device. */
};

/** What may become of the contents while nobody uses the surface. */
enum transom_surface_purgeable {
	TRANSOM_SURFACE_NONVOLATILE = 0,  /**< They stay. */
	/** They may be discarded: transom_surface_discard_volatile(). What is empty stays empty. */
	TRANSOM_SURFACE_VOLATILE = 1,
	TRANSOM_SURFACE_EMPTY = 2,        /**< They are discarded. */
	TRANSOM_SURFACE_KEEP_CURRENT = 3, /**< Only ask. */
};

/** Properties that have limits. */
enum transom_surface_property {
	TRANSOM_SURFACE_WIDTH = 1,
	TRANSOM_SURFACE_HEIGHT,
	TRANSOM_SURFACE_BYTES_PER_ROW,
	TRANSOM_SURFACE_BYTES_PER_ELEMENT,
	TRANSOM_SURFACE_ELEMENT_WIDTH,
	TRANSOM_SURFACE_ELEMENT_HEIGHT,
	TRANSOM_SURFACE_ALLOCATION_SIZE,
	TRANSOM_SURFACE_PLANE_COUNT,
	TRANSOM_SURFACE_PLANE_OFFSET,
	TRANSOM_SURFACE_PLANE_BYTES_PER_ROW,
	TRANSOM_SURFACE_PLANE_SIZE,
	TRANSOM_SURFACE_VALUES_SIZE,
};

/**
 * Make a surface. Its pixels are zero, its seed is 0, it has no values.
 *
 * @param options What to make; copied, not kept.
 * @param ret     The surface.
 *
 * Owns:    the caller holds one reference.
 * Errors:  -EINVAL bad options, -EOVERFLOW or -E2BIG too large, -ERANGE the layout contradicts itself
 *          or @allocation_size, or @format, -ENAMETOOLONG, -ENOMEM, -EMFILE, -ENFILE; with
 *          TRANSOM_SURFACE_GLOBAL also the errors of the runtime directory, as
 *          transom_name_check_in() (-ENXIO there is none), and -EADDRINUSE no free ID was found.
 * Blocks:  no; with TRANSOM_SURFACE_PREFAULT for as long as clearing the memory takes.
 * Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_surface_create(const struct transom_surface_options *options, struct transom_surface **ret);

/** A plane in memory that is there already. */
struct transom_surface_plane_memory {
	int32_t fd;        /**< A memory file sealed with F_SEAL_SHRINK, or a dma-buf. Planes may share one. */
	uint32_t reserved; /**< Zero. */
	/**
	 * @offset counts from the beginning of the file, to the first pixel; @size 0 means rows times stride.
	 * Of a known format all else may be 0, which is the format's own for the size of the image, and the
	 * stride that a surface of this library has. Of others width, height, stride and @bytes_per_element
	 * must be given.
	 */
	struct transom_plane_layout layout;
};

/** Which memory shall be a surface. Set @size to sizeof(struct transom_surface_memory_options), zero the rest. */
struct transom_surface_memory_options {
	uint32_t size;        /**< Bytes of this struct that the caller knows. */
	uint32_t flags;       /**< TRANSOM_SURFACE_MAKER_WRITES, TRANSOM_SURFACE_PREFAULT: maps, and fetches, now. */
	uint32_t format;      /**< A code of format.h, or any other number, or 0. */
	uint32_t width;       /**< Pixels. */
	uint32_t height;      /**< Pixels. */
	uint32_t plane_count; /**< Number of @planes: the format's; 1 for an image without planes. */
	uint32_t values_size; /**< Bytes that encoded values may take; 0: 64 KiB; memory on demand. */
	uint32_t reserved;    /**< Zero. */
	const char *name;     /**< For people; NULL for none; at most TRANSOM_SURFACE_MAX_NAME bytes. */
	struct transom_surface_plane_memory planes[TRANSOM_MAX_PLANES];
};

/**
 * Make a surface of memory that is there already: of a camera, a graphics processor, another program. All
 * of it becomes one surface, whose planes lie in the files given; it is used, sent and looked up like any
 * other. Its rights are capsules: one descriptor each, in which the descriptors of the planes travel too,
 * so that receivers need nothing else. Its contents are what the memory has.
 *
 * Geometry and planes count offsets from the base address, at which the files are mapped one after
 * another. The processor's accesses to a dma-buf are announced by transom_surface_lock() and _unlock().
 * What it cannot be: global, or emptied (transom_surface_set_purgeable()).
 *
 * With TRANSOM_SURFACE_MAKER_WRITES this process maps the memory files and seals them: nobody can map
 * them for writing from then on. Writable mappings that others have already stay.
 *
 * @param options Which memory; copied, not kept.
 * @param ret     The surface. Not writable if any of the descriptors is not.
 *
 * Owns:    the caller holds one reference. The descriptors stay the caller's; the surface and its rights
 *          have copies: what their descriptions hold, such as the use of a surface right, they hold as well.
 * Errors:  -EBADF a descriptor is not open, -EMEDIUMTYPE it is neither a memory file nor a dma-buf, -EPERM
 *          a memory file that is not sealed against shrinking, -ERANGE a plane does not fit into its file
 *          or contradicts its format, -EINVAL bad options, -EOVERFLOW or -E2BIG too large, -EACCES a
 *          descriptor is not for reading, or with TRANSOM_SURFACE_MAKER_WRITES not for writing or not for
 *          sealing, -EOPNOTSUPP TRANSOM_SURFACE_GLOBAL, or TRANSOM_SURFACE_MAKER_WRITES for a dma-buf, or
 *          TRANSOM_SURFACE_PREFAULT for memory that the processor cannot map, -ENXIO no procfs to recognise
 *          a dma-buf by, -ENAMETOOLONG, -ENOMEM, -EMFILE, -ENFILE.
 * Blocks:  no; with TRANSOM_SURFACE_PREFAULT for as long as fetching the memory takes.
 * Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_surface_create_with_memory(const struct transom_surface_memory_options *options,
                                   struct transom_surface **ret);

/**
 * Make a dma-buf of a surface's memory, for a device to read and write: without a copy, through
 * /dev/udmabuf. It begins at the base address and is as long as the pixels, in whole pages. A surface
 * whose pixels are one dma-buf already gives that one.
 *
 * It is no use: begin one, and keep the surface, for as long as the device has it. (Linux 6.1 corrupts its
 * books of memory if the surface's file goes while the dma-buf is mapped.) Whoever gets it can write it.
 *
 * @param surface The surface.
 * @param ret     The dma-buf.
 *
 * Owns:    the descriptor is the caller's.
 * Errors:  -EOPNOTSUPP this kernel has no /dev/udmabuf, the surface is of TRANSOM_SURFACE_MAKER_WRITES, or
 *          its pixels lie in files of others that are not one dma-buf from its beginning; -EACCES this
 *          process may only read the surface, or may not open /dev/udmabuf; -E2BIG larger than the kernel
 *          allows (udmabuf's size_limit_mb, 64 by default); -EMFILE, -ENFILE, -ENOMEM, -EINVAL.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_surface_create_dma_buf(struct transom_surface *surface, int *ret);

/**
 * Take a reference.
 *
 * Owns:    the caller holds one more reference; returns @surface. NULL is accepted.
 * Errors:  none.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API struct transom_surface *
transom_surface_ref(struct transom_surface *surface);

/**
 * Drop a reference. With the last one the mapping goes, and this process's use if it has one; rights
 * and other processes' holds are not touched.
 *
 * Owns:    always returns NULL. NULL is accepted.
 * Errors:  none.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API struct transom_surface *
transom_surface_unref(struct transom_surface *surface);

/* Rights and uses */

/**
 * Make a right to a surface. Until it and all its copies are closed the surface is in use.
 *
 * @param surface The surface.
 * @param ret     The right: to send in a message, or to keep.
 *
 * Owns:    the right is the caller's; close(2) gives it up. Each call makes a right of its own.
 * Errors:  -EBUSY someone claims the surface and does not let go, -ENXIO no procfs, -EACCES the kernel
 *          does not let this process open the surface's file again (its maker has taken the
 *          permission away, or a security policy forbids it), -ETOOMANYREFS more descriptors of this user
 *          are in flight than RLIMIT_NOFILE allows (those in a capsule are), -ENOLCK
 *          the kernel has no memory for a lock, -EMFILE, -ENFILE, -ENOMEM, -EINVAL.
 * Blocks:  for a few milliseconds at most, if someone claims the surface.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_surface_create_right(struct transom_surface *surface, int *ret);

/**
 * Get the surface behind a right. The right is neither consumed nor closed. A surface that this process
 * holds already is the same object again: what it may do with it was decided by the right that came
 * first. If that one only allowed to read, a second one that allows to write changes nothing until all
 * references are dropped and the surface is looked up anew: see transom_surface_is_writable().
 *
 * @param right A surface right, from whomever: it is checked before its memory is touched.
 * @param ret   The surface.
 *
 * Owns:    the caller holds one reference, which is not a use: begin one, or make a pixel buffer, before
 *          closing the right. Without procfs, references to a received surface are uses too.
 * Errors:  -EBADF not an open descriptor, -EMEDIUMTYPE not a memory file and no capsule of such and of
 *          dma-bufs, -EPERM a memory file that is not sealed against resizing, or a socket to which more
 *          can be sent, -ENODATA too short for a header, or a capsule that somebody has emptied, -EBADMSG
 *          not a surface, or more than one message, -EPROTONOSUPPORT a surface of another version, -ERANGE
 *          or -EOVERFLOW its layout does not fit its memory, -EPROTO its layout contradicts its format or
 *          itself, or a capsule's files are not those that its header names, -E2BIG more than the maxima,
 *          -EACCES, -ENXIO no procfs to recognise a dma-buf by, -EMFILE, -ENFILE, -ENOMEM, -EINVAL.
 *          Nothing is mapped in any of these cases.
 * Blocks:  no. But who made a capsule, or has a copy of it, can hold its look-up up for as long as he lives,
 *          if he may make the kernel wait for a page of his (userfaultfd(2), FUSE).
 * Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_surface_look_up(int right, struct transom_surface **ret);

/**
 * Find a surface by its ID: one that this process holds, or a global one of this user. Between finding
 * it and using it, its pool may have recycled it; a right has no such gap.
 *
 * @param id  An ID of transom_surface_get_id().
 * @param ret The surface.
 *
 * Owns:    the caller holds one reference.
 * Errors:  -ENOENT no such surface, or its maker died; -EACCES the kernel does not let this process ask
 *          (its maker may not be debugged, or procfs hides it); -ENXIO no procfs; and the errors of
 *          transom_surface_look_up() and of the runtime directory.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_surface_look_up_id(uint32_t id, struct transom_surface **ret);

/**
 * Begin a use. The first one of this process makes the surface in use by it; it then waits a few
 * milliseconds at most for a claim that is going on. The process that claimed the surface turns its
 * claim into a use by this, without a gap.
 *
 * Owns:    one use; end it with transom_surface_end_use().
 * Errors:  -EBUSY someone else claims the surface, -ENXIO no procfs, -EACCES and -ENOLCK as
 *          transom_surface_create_right(), -EMFILE, -ENFILE, -ENOMEM, -EINVAL.
 * Blocks:  for a few milliseconds at most.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_surface_begin_use(struct transom_surface *surface);

/**
 * End a use. The last one of this process ends the use by it.
 *
 * Owns:    nothing.
 * Errors:  -EINVAL this process does not use the surface.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_surface_end_use(struct transom_surface *surface);

/**
 * How often this process has begun a use without ending it.
 *
 * Owns:    nothing.
 * Errors:  none; 0 for NULL.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API uint32_t
transom_surface_get_use_count(const struct transom_surface *surface);

/**
 * How many processes and rights use the surface, this process included. For people and tests: it reads
 * /proc/locks, whose length is that of all locks in the system, and which may miss one or show one twice
 * while others come and go.
 *
 * Owns:    nothing.
 * Errors:  the number, or -ENXIO no procfs, -EINVAL, -EMFILE, -ENFILE, -ENOMEM.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_surface_count_uses(const struct transom_surface *surface);

/**
 * Whether any process or right, anywhere, uses or claims the surface. One system call, whatever the
 * number of holders.
 *
 * Owns:    nothing.
 * Errors:  none; false for NULL.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API bool
transom_surface_is_in_use(const struct transom_surface *surface);

/**
 * Whether anything but the uses of this process uses or claims the surface: another process, or a
 * right, in whatever hands.
 *
 * Owns:    nothing.
 * Errors:  none; false for NULL.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API bool
transom_surface_is_in_use_elsewhere(const struct transom_surface *surface);

/**
 * Claim a surface that nobody uses, this process included: while it is claimed nobody can begin to use
 * it. This is how a pool recycles; a look whether it is in use, and then to go on, would be a race.
 * Claim for moments only: others wait for it.
 *
 * Owns:    the claim; end it with transom_surface_end_claim(), or turn it into a use with
 *          transom_surface_begin_use().
 * Errors:  -EBUSY someone uses or claims it, -EACCES this process may only read the surface, or as
 *          transom_surface_create_right(), -ENXIO no procfs, -ENOLCK, -EMFILE, -ENFILE, -ENOMEM, -EINVAL.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_surface_claim(struct transom_surface *surface);

/**
 * End a claim.
 *
 * Owns:    nothing.
 * Errors:  -EINVAL this process has not claimed it.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_surface_end_claim(struct transom_surface *surface);

/** Tells when a surface is no longer in use elsewhere. Threads: owned. Fork: void in the child. */
struct transom_surface_watch;

/**
 * Watch for the end of others' uses of a surface.
 *
 * @param surface The surface; the watch holds a reference.
 * @param ret     The watch.
 *
 * Owns:    the caller holds the watch.
 * Errors:  -EMFILE (also: too many inotify instances of this user), -ENFILE, -ENOMEM, -EINVAL.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_surface_watch_create(struct transom_surface *surface, struct transom_surface_watch **ret);

/**
 * Drop the watch.
 *
 * Owns:    always returns NULL. NULL is accepted.
 * Errors:  none.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API struct transom_surface_watch *
transom_surface_watch_unref(struct transom_surface_watch *watch);

/**
 * A descriptor to wait on: readable when a use may have ended, and transom_surface_watch_wait() should
 * be called with a time-out of 0.
 *
 * Owns:    borrowed: do not read from it, do not close it.
 * Errors:  -EINVAL NULL, -ECHILD made before a fork.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API int
transom_surface_watch_get_fd(const struct transom_surface_watch *watch);

/**
 * Wait until the surface is not in use elsewhere.
 *
 * @param watch      The watch.
 * @param timeout_ms How long: 0 not at all, negative for ever.
 *
 * Owns:    nothing.
 * Errors:  -EAGAIN it is in use (time-out 0), -ETIMEDOUT, -ECHILD, -EINVAL.
 * Blocks:  up to the time-out.    Since: 0.1
 */
TRANSOM_API int
transom_surface_watch_wait(struct transom_surface_watch *watch, int timeout_ms);

/* Pixels */

/**
 * Lock for access by the processor: maps the memory if it is not mapped yet, and says which contents
 * are there. Locks nest, and exclude nobody.
 *
 * @param surface  The surface.
 * @param flags    One of TRANSOM_SURFACE_LOCK_READ and _WRITE, and TRANSOM_SURFACE_LOCK_NONBLOCK or not.
 * @param ret_seed The seed, which changes when somebody has written; may be NULL.
 *
 * Owns:    one lock; end it with transom_surface_unlock() and the same flags.
 * Errors:  -EACCES to write what this process may only read, -ENOMEM no room to map it, -EOPNOTSUPP
 *          memory of a device that the processor cannot map or is not let at, -EAGAIN with
 *          TRANSOM_SURFACE_LOCK_NONBLOCK the device has not done yet, -EINVAL.
 * Blocks:  no; for a dma-buf until its device has done what it was asked before, but for
 *          TRANSOM_SURFACE_LOCK_NONBLOCK.
 * Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_surface_lock(struct transom_surface *surface, uint32_t flags, uint32_t *ret_seed);

/**
 * Unlock. After a lock for writing the seed is one higher.
 *
 * @param surface  The surface.
 * @param flags    Those that it was locked with.
 * @param ret_seed The new seed; may be NULL.
 *
 * Owns:    nothing.
 * Errors:  -EINVAL it is not locked so, -EOPNOTSUPP the device whose memory it is could not be told: it may
 *          not see what was written. It is unlocked all the same, and the seed is higher.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_surface_unlock(struct transom_surface *surface, uint32_t flags, uint32_t *ret_seed);

/**
 * The seed without a lock, to see whether there are new contents; no system call once mapped.
 *
 * Owns:    nothing.
 * Errors:  none; 0 for NULL or if the memory cannot be mapped.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API uint32_t
transom_surface_get_seed(struct transom_surface *surface);

/**
 * Where the memory begins. The first pixel may lie further on: see @offset of the geometry. Use it
 * between lock and unlock only. It stays the same as long as the process holds the surface.
 *
 * Owns:    borrowed, aligned to a page.
 * Errors:  NULL while it is not mapped: lock first, which maps it; other calls may have. NULL for NULL.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API void *
transom_surface_get_base(const struct transom_surface *surface);

/**
 * Where the pixels of a plane begin; plane 0 of a surface without planes is the whole.
 *
 * Owns:    borrowed.
 * Errors:  NULL while it is not mapped: lock first; if there is no such plane; for NULL.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API void *
transom_surface_get_plane_base(const struct transom_surface *surface, uint32_t plane);

/**
 * What the surface looks like.
 *
 * Owns:    nothing.
 * Errors:  -EINVAL.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_surface_get_geometry(const struct transom_surface *surface, struct transom_surface_geometry *ret);

/**
 * What a plane looks like; plane 0 of a surface without planes is the whole.
 *
 * Owns:    nothing.
 * Errors:  -ENOENT no such plane, -EINVAL.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_surface_get_plane(const struct transom_surface *surface, uint32_t plane,
                          struct transom_plane_layout *ret);

/**
 * Whether this process may write the surface.
 *
 * Owns:    nothing.
 * Errors:  none; false for NULL.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API bool
transom_surface_is_writable(const struct transom_surface *surface);

/* Identity */

/**
 * A number for the surface, not 0. Unique among this user's global surfaces; of others it is random,
 * and two may share it, however unlikely.
 *
 * Owns:    nothing.
 * Errors:  none; 0 for NULL.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API uint32_t
transom_surface_get_id(const struct transom_surface *surface);

/**
 * The 16 random bytes that the surface's maker gave it: equal in all processes, different for any two
 * surfaces of honest makers.
 *
 * Owns:    borrowed, as long as the surface lives.
 * Errors:  NULL for NULL.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API const uint8_t *
transom_surface_get_identity(const struct transom_surface *surface);

/**
 * The name: the value TRANSOM_SURFACE_NAME_KEY if it is a text, else the one given at creation.
 *
 * @param surface The surface.
 * @param text    Where it goes, cut to fit and ended with NUL; may be NULL if @size is 0.
 * @param size    Bytes there.
 *
 * Owns:    nothing.
 * Errors:  the length of the whole name, or a negative errno as transom_surface_dup_value().
 * Blocks:  as transom_surface_dup_value().    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_surface_get_name(struct transom_surface *surface, char *text, size_t size);

/**
 * A few lines for people: identity, geometry, planes, state, uses. Like snprintf(3).
 *
 * @param surface The surface.
 * @param text    Where it goes, cut to fit and ended with NUL; may be NULL if @size is 0.
 * @param size    Bytes there.
 *
 * Owns:    nothing.
 * Errors:  the length of the whole text, or -EINVAL.
 * Blocks:  as transom_surface_dup_value().    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_surface_describe(struct transom_surface *surface, char *text, size_t size);

/* Values */

/** The key of the value that renames a surface. */
#define TRANSOM_SURFACE_NAME_KEY "IOSurfaceName"

/**
 * Set a value under a key, for every holder of the surface to see.
 *
 * @param surface The surface.
 * @param key     UTF-8 text.
 * @param value   A value of any type; copied.
 *
 * Owns:    nothing.
 * Errors:  -EACCES as transom_surface_claim(), -E2BIG all values together do not fit, -EBUSY another
 *          process is writing values and does not end, -EBADMSG what another process wrote there is no
 *          set of values (transom_surface_remove_all_values() mends that), -ENXIO no procfs, -ENOLCK, -EMFILE,
 *          -ENFILE, -ENOMEM, -EINVAL.
 * Blocks:  while others write values, 100 ms at most.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_surface_set_value(struct transom_surface *surface, const char *key, struct transom_value *value);

/**
 * Set many values at once: no reader sees some of them without the others.
 *
 * @param surface The surface.
 * @param values  A dictionary; keys that it lacks stay as they are.
 *
 * Owns:    nothing.
 * Errors:  as transom_surface_set_value().
 * Blocks:  while others write values, 100 ms at most.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_surface_set_values(struct transom_surface *surface, struct transom_value *values);

/**
 * Get a value.
 *
 * @param surface The surface.
 * @param key     Its key.
 * @param ret     The value, as it was at one moment; it does not change when others write.
 *
 * Owns:    the caller holds one reference to the value.
 * Errors:  -ENOENT no such key, -EBADMSG what another process wrote there is no set of values, -EBUSY
 *          another process writes without end, -ENOMEM, -EINVAL.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_surface_dup_value(struct transom_surface *surface, const char *key, struct transom_value **ret);

/**
 * Get all values of one moment.
 *
 * @param surface The surface.
 * @param ret     A dictionary, empty if there are none.
 *
 * Owns:    the caller holds one reference to the dictionary.
 * Errors:  as transom_surface_dup_value(), but -ENOENT.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_surface_dup_all_values(struct transom_surface *surface, struct transom_value **ret);

/**
 * Remove a value.
 *
 * Owns:    nothing.
 * Errors:  -ENOENT no such key, and as transom_surface_set_value().
 * Blocks:  while others write values, 100 ms at most.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_surface_remove_value(struct transom_surface *surface, const char *key);

/**
 * Remove all values.
 *
 * Owns:    nothing.
 * Errors:  as transom_surface_set_value(), but -EBADMSG.
 * Blocks:  while others write values, 100 ms at most.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_surface_remove_all_values(struct transom_surface *surface);

/**
 * Say what may become of the contents, or ask. The state belongs to the surface: all holders share it.
 *
 * @param surface The surface.
 * @param state   One of enum transom_surface_purgeable. EMPTY discards the contents now: they read as
 *                zero, and the memory goes back to the system. VOLATILE leaves an empty surface empty;
 *                NONVOLATILE is what makes it one with contents again.
 * @param ret_old NONVOLATILE: the contents were safe; VOLATILE: they were not, and are still there;
 *                EMPTY: they are lost. May be NULL.
 *
 * Owns:    nothing.
 * Errors:  -EBUSY to empty a surface that is in use elsewhere, or by more than one use here,
 *          -EACCES as transom_surface_claim(), -EOPNOTSUPP to empty a surface of
 *          TRANSOM_SURFACE_MAKER_WRITES (its seal keeps the memory) or in files of others, -ENXIO, -ENOLCK, -EMFILE,
 *          -ENFILE to empty it, as transom_surface_claim(), -EINVAL, -ENOMEM.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_surface_set_purgeable(struct transom_surface *surface, enum transom_surface_purgeable state,
                              enum transom_surface_purgeable *ret_old);

/**
 * Discard the contents of volatile surfaces of this process that nobody uses, until that many bytes
 * are free: for the program's own answer to a lack of memory.
 *
 * @param bytes How many are wished for.
 *
 * Owns:    nothing.
 * Errors:  none; returns how many bytes of surfaces were discarded.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API uint64_t
transom_surface_discard_volatile(uint64_t bytes);

/**
 * The largest value of a property; 0 for no limit of its own, or an unknown property.
 *
 * Owns:    nothing.
 * Errors:  none.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API uint64_t
transom_surface_get_maximum(enum transom_surface_property property);

/**
 * The alignment at which a property is best for all users: 1 for none.
 *
 * Owns:    nothing.
 * Errors:  none; 1 for an unknown property.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API uint64_t
transom_surface_get_alignment(enum transom_surface_property property);

/**
 * Round a property's value up to its alignment.
 *
 * Owns:    nothing.
 * Errors:  none; UINT64_MAX if the result would not fit.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API uint64_t
transom_surface_align(enum transom_surface_property property, uint64_t value);

#ifdef __cplusplus
}
#endif

#endif /* TRANSOM_SURFACE_H */
