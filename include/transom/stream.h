/*
 * stream.h - streams: one publisher, any number of subscribers, frames by the thousand a second.
 */
#ifndef TRANSOM_STREAM_H
#define TRANSOM_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <transom/error.h>
#include <transom/name.h>
#include <transom/pixel_buffer.h>
#include <transom/pool.h>
#include <transom/surface.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A publisher draws frames into buffers and publishes them. Each subscriber sees the newest one (mode
 * *latest*) or every one (mode *every frame*). A frame that a subscriber holds is not drawn over. Nothing
 * is copied and nothing is queued per subscriber: publishing is a store into memory that subscribers can
 * read and not write, acquiring is a store into a page of the subscriber's own. While both sides keep up
 * neither makes a system call.
 *
 * A subscriber is granted how many frames it may hold at once when it joins, out of what the publisher's
 * buffers can spare. So one that holds all it may and stops for ever costs the others nothing, and a
 * publisher never waits for subscribers of the mode *latest*. Whoever dies, kill -9 included, gives up
 * what it held.
 *
 * Names of streams are like those of ports (name.h), in the folder "streams".
 */

/** Bytes of a frame's user data. */
#define TRANSOM_STREAM_MAX_USER_DATA 64

/** Damage rectangles of a frame. */
#define TRANSOM_STREAM_MAX_DAMAGE 8

/** Frames that one subscriber may hold. */
#define TRANSOM_STREAM_MAX_HELD 16

/** Buffers of one stream. */
#define TRANSOM_STREAM_MAX_BUFFERS 4096

/** Frames that a publisher may hold unpublished. */
#define TRANSOM_STREAM_MAX_OWN_BUFFERS 2048

/** Fences of one frame. */
#define TRANSOM_STREAM_MAX_FENCES 4

/** Bytes of a stream's description. */
#define TRANSOM_STREAM_MAX_DESCRIPTION TRANSOM_NAME_MAX_DESCRIPTION

/**
 * The side that draws. Threads: shared, but one thread at a time should acquire and publish, for frames to
 * have an order. Fork: it stays the parent's; in the child all calls that can fail but _unref do so with -ECHILD.
 */
struct transom_publisher;

/** A side that reads. Threads: owned. Fork: as for the publisher. */
struct transom_subscriber;

/**
 * One frame: in the publisher's hands until it is published, in a subscriber's until it is released.
 * Threads, fork: as the side that it is from.
 */
struct transom_frame;

/** A rectangle of pixels that differ from the frame before. */
struct transom_damage {
	uint32_t x;
	uint32_t y;
	uint32_t width;
	uint32_t height;
};

/** Flags of a frame; bits 16 to 31 are the program's own. */
enum transom_frame_flags {
	TRANSOM_FRAME_KEY = 1 << 0,           /**< Can be understood without the frames before. */
	TRANSOM_FRAME_DISCONTINUITY = 1 << 1, /**< Time or contents jump here. */
	TRANSOM_FRAME_CORRUPT = 1 << 2,       /**< Known to be damaged. */
};

/** What goes with a frame. Set @size to sizeof(struct transom_frame_info) and zero the rest first. */
struct transom_frame_info {
	uint32_t size;         /**< Bytes of this struct that the caller knows. */
	uint32_t flags;        /**< Of enum transom_frame_flags. */
	uint64_t sequence;     /**< From 1 on, by the publisher; ignored when publishing. */
	int64_t timestamp;     /**< Nanoseconds, of a clock that both sides agree on; 0 when publishing: now,
	                            CLOCK_MONOTONIC of the publisher's time namespace. */
	uint32_t damage_count; /**< 0: all of it may differ. */
	uint32_t user_size;    /**< Bytes of @user that count. */
	struct transom_damage damage[TRANSOM_STREAM_MAX_DAMAGE];
	uint8_t user[TRANSOM_STREAM_MAX_USER_DATA];
};

/** What a publisher does when a subscriber of the mode *every frame* has used up its queue. */
enum transom_laggard_policy {
	TRANSOM_LAGGARD_WAIT = 0,  /**< Acquire waits, up to its time-out. */
	TRANSOM_LAGGARD_DROP = 1,  /**< That one misses its oldest frames. */
	TRANSOM_LAGGARD_EVICT = 2, /**< That one is shut out. */
};

/** Flags of a publisher. */
enum transom_publisher_flags {
	/** Subscribers may write to the frames' memory; by default only the publisher can, ever. */
	TRANSOM_PUBLISHER_SHARED_WRITE = 1 << 0,
};

/** How a publisher shall be. Set @size to sizeof(struct transom_publisher_options), zero the rest first. */
struct transom_publisher_options {
	uint32_t size;            /**< Bytes of this struct that the caller knows. */
	uint32_t flags;           /**< Of enum transom_publisher_flags. */
	const char *name;         /**< For subscribers to find; NULL: by transom_publisher_invite() only. */
	const char *description;  /**< For people: see transom_publisher_set_description(). */
	uint32_t maximum_buffers; /**< How many buffers there may be; 0: 64. They are made when needed. */
	uint32_t own_buffers;     /**< How many frames the publisher holds unpublished; 0: 1. At most
	                               TRANSOM_STREAM_MAX_OWN_BUFFERS. */
	uint32_t maximum_subscribers; /**< 0: as many as the buffers can spare. */
	uint32_t laggard_policy;  /**< One of enum transom_laggard_policy. */
	/** How the buffers shall be; zero if only frames from elsewhere are published. */
	struct transom_pixel_buffer_options buffer;
	/** Take the buffers from this pool; NULL: the stream makes its own. */
	struct transom_pool *pool;
};

/** How a subscriber sees frames. */
enum transom_subscriber_mode {
	TRANSOM_SUBSCRIBER_LATEST = 0, /**< Always the newest; what it is too slow for it misses. */
	TRANSOM_SUBSCRIBER_EVERY = 1,  /**< Each one, in order, from the one after joining on. */
};

/** Flags of a subscriber. */
enum transom_subscriber_flags {
	/** Wait for a publisher that is not there yet, and follow it when it comes again after an end. */
	TRANSOM_SUBSCRIBER_FOLLOW = 1 << 0,
	/** Wait for frames without sleeping: the least latency for a processor of its own. */
	TRANSOM_SUBSCRIBER_BUSY_POLL = 1 << 1,
	/** Start no thread, where a sandbox does not allow it: see transom_subscriber_acquire(). */
	TRANSOM_SUBSCRIBER_NO_THREAD = 1 << 2,
	/** Get the pages of each buffer when it is first heard of, for its first frame not to wait for them. */
	TRANSOM_SUBSCRIBER_PREFAULT = 1 << 3,
};

/** How a subscriber shall be. Set @size to sizeof(struct transom_subscriber_options), zero the rest first. */
struct transom_subscriber_options {
	uint32_t size;       /**< Bytes of this struct that the caller knows. */
	uint32_t flags;      /**< Of enum transom_subscriber_flags. */
	const char *name;    /**< The stream's; ignored if @socket is used. */
	uint32_t mode;       /**< One of enum transom_subscriber_mode. */
	uint32_t held;       /**< How many frames it wishes to hold at once; 0: 2, or 1 if need be. */
	uint32_t least_held; /**< With how few it would be content; 0: @held. */
	uint32_t queue;      /**< Mode *every frame*: how many unread frames shall be kept; 0: 4. */
	uint32_t timeout_ms; /**< For joining; 0: 5,000. */
};

/** One subscriber, as its publisher knows it. */
struct transom_subscriber_status {
	uint32_t size;     /**< The caller sets it to sizeof(struct transom_subscriber_status). */
	uint32_t mode;     /**< One of enum transom_subscriber_mode. */
	int32_t pid;       /**< By the kernel's word; 0 if unknown. */
	uint32_t uid;      /**< By the kernel's word. */
	uint32_t granted;  /**< Frames that it may hold. */
	uint32_t queue;    /**< Unread frames that are kept for it. */
	uint32_t held;     /**< Frames that it holds. */
	uint32_t asleep;   /**< 1 if it waits in the kernel. */
	uint64_t joined;   /**< The sequence that was the newest when it joined. */
	uint64_t acquired; /**< By its own word: the last sequence that it got. */
	uint64_t dropped;  /**< Frames that it missed by the policy for laggards. */
};

/** What a stream has, and has done. */
struct transom_stream_statistics {
	uint32_t size;        /**< The caller sets it to sizeof(struct transom_stream_statistics). */
	uint32_t subscribers; /**< That are joined now. */
	uint64_t published;   /**< Frames. */
	uint64_t recycled;    /**< Buffers that were drawn into again. */
	uint64_t waited;      /**< Times that acquire had to wait. */
	uint64_t wakes;       /**< System calls made to wake subscribers. */
	uint64_t evicted;     /**< Subscribers that were shut out. */
	uint64_t refused;     /**< Subscribers that could not be granted their wish. */
	uint32_t buffers;     /**< That exist. */
	uint32_t free;        /**< Of these: that are known to be held by nobody. */
};

/* The publisher */

/**
 * Make a publisher. From now on subscribers can join.
 *
 * @param options How it shall be; copied. The publisher takes a reference to the pool.
 * @param ret     The publisher.
 *
 * Owns:    the caller holds one reference.
 * Errors:  -EINVAL bad options, -E2BIG more than a maximum, -EADDRINUSE the name has a living owner, the
 *          errors of names (name.h) and of transom_pixel_buffer_create(), -EMFILE, -ENFILE, -ENOMEM.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_publisher_create(const struct transom_publisher_options *options, struct transom_publisher **ret);

/**
 * Take a reference.
 *
 * Owns:    the caller holds one more reference; returns @publisher. NULL is accepted.
 * Errors:  none.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API struct transom_publisher *
transom_publisher_ref(struct transom_publisher *publisher);

/**
 * Drop a reference. With the last one the stream ends: subscribers are told, and keep what they hold. 
 * That is so also of buffers from elsewhere, of a pool or of transom_publisher_publish_buffer(): they are in
 * use until the last subscriber has released them. Frames that were acquired and not published must be discarded before.
 *
 * Owns:    always returns NULL. NULL is accepted.
 * Errors:  none.
 * Blocks:  moments.    Threads: any.    Since: 0.1
 */
TRANSOM_API struct transom_publisher *
transom_publisher_unref(struct transom_publisher *publisher);

/**
 * Get a frame to draw into. Its pixels are those of some earlier frame, or zero.
 *
 * @param publisher  The publisher.
 * @param timeout_ms How long to wait when all buffers are held: 0 not at all, negative for ever. With
 *                   subscribers of the mode *latest* alone it never has to wait.
 * @param ret        The frame.
 *
 * Owns:    the frame is the caller's until it is published or discarded.
 * Errors:  -EAGAIN no buffer is free (time-out 0), -ETIMEDOUT, -E2BIG more than own_buffers frames are
 *          acquired already, -EINVAL, also for a publisher without buffers of its own, -ECHILD, those of
 *          transom_pixel_buffer_create() when a buffer is made.
 * Blocks:  up to the time-out.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_publisher_acquire(struct transom_publisher *publisher, int timeout_ms, struct transom_frame **ret);

/**
 * Publish a frame. It must be drawn and unlocked.
 *
 * @param publisher    The publisher.
 * @param frame        A frame of transom_publisher_acquire().
 * @param info         What goes with it; NULL for nothing.
 * @param ret_sequence Its number; may be NULL.
 *
 * Owns:    the frame is no longer the caller's, unless this fails.
 * Errors:  -EINVAL bad info, or not an acquired frame of this publisher, -ECHILD; for a frame of the
 *          caller's pool also -EAGAIN all places for buffers are taken, -ENOMEM, -EMFILE, -ENFILE, -ENXIO no
 *          procfs.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_publisher_publish(struct transom_publisher *publisher, struct transom_frame *frame,
                          const struct transom_frame_info *info, uint64_t *ret_sequence);

/**
 * Give a frame back without publishing it.
 *
 * Owns:    the frame is no longer the caller's.
 * Errors:  -EINVAL not an acquired frame of this publisher, -ECHILD.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_publisher_discard(struct transom_publisher *publisher, struct transom_frame *frame);

/**
 * Publish a pixel buffer that came from elsewhere, one received from another stream for example,
 * without a copy. It must be on a surface. The stream holds a reference until no subscriber can have it.
 * What a subscriber holds stays in use when this publisher ends, or its process dies, and where it came from
 * respects that. Its subscribers share that use: one that unlocks it, against the protocol, takes it from the
 * others, and that matters when this publisher is gone.
 *
 * @param publisher    The publisher.
 * @param buffer       The buffer; stays the caller's as well.
 * @param info         What goes with it; NULL for nothing.
 * @param timeout_ms   How long to wait if all places for buffers are taken.
 * @param ret_sequence Its number; may be NULL.
 *
 * Owns:    nothing.
 * Errors:  -EINVAL plain memory or bad info, -EAGAIN, -ETIMEDOUT, -ECHILD, and those of
 *          transom_surface_create_right().
 * Blocks:  up to the time-out.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_publisher_publish_buffer(struct transom_publisher *publisher, struct transom_pixel_buffer *buffer,
                                 const struct transom_frame_info *info, int timeout_ms,
                                 uint64_t *ret_sequence);

/**
 * Draw the next frames in another size or format. Frames that are published stay as they are.
 *
 * @param publisher The publisher, one without a pool of the caller's.
 * @param buffer    How buffers shall be from now on; copied.
 *
 * Owns:    nothing.
 * Errors:  -EINVAL, -ECHILD; what is wrong with the options is found when the next buffer is made.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_publisher_set_buffers(struct transom_publisher *publisher,
                              const struct transom_pixel_buffer_options *buffer);

/**
 * Let there be more buffers, so that more subscribers can join, and those that were granted less than
 * they wished for get more.
 *
 * @param publisher The publisher.
 * @param maximum   How many; not less than there may be now.
 *
 * Owns:    nothing.
 * Errors:  -EINVAL less than now, -E2BIG above TRANSOM_STREAM_MAX_BUFFERS, -ENOMEM, -ECHILD.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_publisher_set_maximum_buffers(struct transom_publisher *publisher, uint32_t maximum);

/**
 * Say to whoever lists or watches the streams what this one shows. A publisher without a name says it to
 * nobody.
 *
 * @param publisher   The publisher.
 * @param description UTF-8 without control characters; NULL or "" for nothing.
 *
 * Owns:    nothing.
 * Errors:  -E2BIG more than TRANSOM_STREAM_MAX_DESCRIPTION bytes, -EINVAL not such text, -ECHILD, -ENOMEM.
 * Blocks:  no, but for the file system.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_publisher_set_description(struct transom_publisher *publisher, const char *description);

/**
 * Give the stream another name. At each moment one of the two leads to it, and the old one is free afterwards. Its
 * subscribers stay, and are not told; who joined with TRANSOM_SUBSCRIBER_FOLLOW waits, when this stream ends, for
 * another one of the name that he asked for. Watches tell of it: TRANSOM_NAME_RENAMED.
 *
 * @param publisher The publisher of a stream that has a name.
 * @param name      The new one; that which it has already changes nothing.
 *
 * Owns:    nothing; the text is copied.
 * Errors:  -EADDRINUSE the name has a living owner, -EINVAL no name can be so, or the stream has none, -ECHILD, the
 *          errors of names; with each of them it keeps the name that it has.
 * Blocks:  no, but for the file system.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_publisher_set_name(struct transom_publisher *publisher, const char *name);

/**
 * Make a descriptor by which one subscriber can join without a name: to be inherited, or sent as
 * TRANSOM_RIGHT_FD, to a sandbox or to another user: whoever has it is allowed. Who joins can leave about 64
 * messages unread, with 256 descriptors at most, which count for this user as long as they are in flight.
 *
 * @param publisher The publisher.
 * @param ret       The descriptor, for transom_subscriber_create_from_fd().
 *
 * Owns:    the descriptor is the caller's.
 * Errors:  -EINVAL, -ECHILD, -EMFILE, -ENFILE, -ENOMEM.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_publisher_invite(struct transom_publisher *publisher, int *ret);

/**
 * What the stream has, and has done.
 *
 * Owns:    nothing.
 * Errors:  -EINVAL, -ECHILD.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_publisher_get_statistics(struct transom_publisher *publisher, struct transom_stream_statistics *ret);

/**
 * What the stream knows of a subscriber.
 *
 * @param publisher The publisher.
 * @param index     From 0 on, in no order.
 * @param ret       Where it goes; its @size says how much the caller knows.
 *
 * Owns:    nothing.
 * Errors:  -ENOENT no more subscribers, -EINVAL, -ECHILD.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_publisher_get_subscriber(struct transom_publisher *publisher, size_t index,
                                 struct transom_subscriber_status *ret);

/* The subscriber */

/**
 * Join a stream by its name.
 *
 * @param options How to join; copied.
 * @param ret     The subscriber.
 *
 * Owns:    the caller holds the subscriber.
 * Errors:  -ENOENT no such stream (not with TRANSOM_SUBSCRIBER_FOLLOW, which waits in acquire), -EAGAIN
 *          the stream cannot spare what is wished for, -ETIMEDOUT the publisher does not answer, -EPROTO,
 *          -EBADMSG, -EPROTONOSUPPORT, -ERANGE or -EMEDIUMTYPE what it answers is wrong, -EPERM it belongs
 *          to another user, or what it answers is not sealed, -E2BIG more than TRANSOM_STREAM_MAX_HELD, the
 *          errors of names, -EMFILE, -ENFILE, -ENOMEM, -EINVAL.
 * Blocks:  up to the time-out for joining.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_subscriber_create(const struct transom_subscriber_options *options, struct transom_subscriber **ret);

/**
 * Join a stream by a descriptor of transom_publisher_invite(). Needs no file system.
 *
 * @param socket  The descriptor.
 * @param options How to join; NULL for the defaults.
 * @param ret     The subscriber.
 *
 * Owns:    the descriptor stays the caller's; the subscriber has a copy.
 * Errors:  as transom_subscriber_create(), -EINVAL also for TRANSOM_SUBSCRIBER_FOLLOW, as there is no name to
 *          follow; -EPIPE the publisher is gone; -EBADF.
 * Blocks:  up to the time-out for joining.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_subscriber_create_from_fd(int socket, const struct transom_subscriber_options *options,
                                  struct transom_subscriber **ret);

/**
 * Connect to a stream without joining it, for another process to join: one that inherits the descriptor, or is
 * sent it as TRANSOM_RIGHT_FD, and need not be able to see the runtime directory.
 *
 * @param name       The stream's.
 * @param timeout_ms How long to wait while many others connect: 0 not at all, negative for ever.
 * @param ret        The descriptor, for one transom_subscriber_create_from_fd().
 *
 * Owns:    the descriptor is the caller's.
 * Errors:  -ENOENT no such stream, -EAGAIN, -ETIMEDOUT, -EPERM it belongs to another user, the errors of names,
 *          -EMFILE, -ENFILE, -EINVAL.
 * Blocks:  up to the time-out.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_stream_connect(const char *name, int timeout_ms, int *ret);

/**
 * Leave the stream. All its frames are released.
 *
 * Owns:    always returns NULL. NULL is accepted.
 * Errors:  none.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API struct transom_subscriber *
transom_subscriber_unref(struct transom_subscriber *subscriber);

/**
 * Get the newest frame, or in the mode *every frame* the next one. Who sleeps here is woken when the publisher
 * dies by a thread of the library's, which there is from the first sleep on; with TRANSOM_SUBSCRIBER_NO_THREAD,
 * or when none can be started, the sleep ends every 20 ms to look.
 *
 * @param subscriber The subscriber.
 * @param timeout_ms How long to wait for one that was not there before: 0 not at all, negative for ever.
 * @param ret        The frame.
 *
 * Owns:    the caller holds the frame until transom_frame_release().
 * Errors:  -EAGAIN nothing new (time-out 0), -ETIMEDOUT, -E2BIG as many frames are held as were granted,
 *          -EPIPE the stream has ended or its publisher died (with TRANSOM_SUBSCRIBER_FOLLOW it waits for
 *          the next one instead), -ECONNRESET the publisher has shut this subscriber out, -EPROTO or
 *          -EBADMSG the publisher breaks the protocol, -ECHILD, -EINVAL, -EMFILE, -ENOMEM.
 * Blocks:  up to the time-out; with TRANSOM_SUBSCRIBER_FOLLOW and a time-out of 0, up to 100 ms while a publisher
 *          that has come again does not answer.    Since: 0.1
 */
TRANSOM_API int
transom_subscriber_acquire(struct transom_subscriber *subscriber, int timeout_ms, struct transom_frame **ret);

/**
 * A descriptor to wait on: readable when transom_subscriber_acquire() should be called with a time-out of
 * 0 until it says -EAGAIN. Must have said so once before each wait.
 *
 * Owns:    borrowed: do not read from it, do not close it. It stays the same across restarts.
 * Errors:  -EINVAL NULL, -ECHILD.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API int
transom_subscriber_get_fd(struct transom_subscriber *subscriber);

/**
 * How many frames were published and not seen by this subscriber, since it joined.
 *
 * Owns:    nothing.
 * Errors:  none; 0 for NULL, and in the child of a fork.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API uint64_t
transom_subscriber_get_missed(const struct transom_subscriber *subscriber);

/**
 * How many frames this subscriber may hold at once.
 *
 * Owns:    nothing.
 * Errors:  none; 0 for NULL, while there is no publisher, and in the child of a fork.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API uint32_t
transom_subscriber_get_granted(const struct transom_subscriber *subscriber);

/* Frames */

/**
 * The surface that shows the frame.
 *
 * Owns:    borrowed, as long as the frame is held. Take a right to it, begin a use or wrap it in a pixel
 *          buffer while the frame is held, and the publisher respects that also after the release.
 * Errors:  NULL for NULL.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API struct transom_surface *
transom_frame_get_surface(const struct transom_frame *frame);

/**
 * The pixel buffer to draw into; publisher's frames only.
 *
 * Owns:    borrowed, as long as the frame is held.
 * Errors:  NULL for NULL or a subscriber's frame.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API struct transom_pixel_buffer *
transom_frame_get_pixel_buffer(const struct transom_frame *frame);

/**
 * What goes with the frame.
 *
 * @param frame A subscriber's frame.
 * @param ret   Where it goes; its @size says how much the caller knows.
 *
 * Owns:    nothing.
 * Errors:  -EINVAL.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API int
transom_frame_get_info(const struct transom_frame *frame, struct transom_frame_info *ret);

/**
 * The number of a subscriber's frame; 0 for NULL.
 *
 * Owns:    nothing.
 * Errors:  none.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API uint64_t
transom_frame_get_sequence(const struct transom_frame *frame);

/**
 * Release a subscriber's frame: the publisher may draw over it.
 *
 * Owns:    the frame is no longer the caller's; always returns NULL. NULL is accepted.
 * Errors:  none.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API struct transom_frame *
transom_frame_release(struct transom_frame *frame);

/**
 * Attach a fence that must be waited for: by subscribers before they read (a publisher's frame), or by
 * the publisher before it draws again (a subscriber's frame, before it is released).
 *
 * @param frame A frame that is held.
 * @param fence A sync_file, or any descriptor that polls readable when it is done.
 *
 * Owns:    the fence stays the caller's; the frame has a copy.
 * Errors:  -E2BIG more than TRANSOM_STREAM_MAX_FENCES, -EBADF, -EMFILE, -EINVAL, -ECHILD; for a
 *          subscriber also -EPIPE, -EAGAIN (the publisher does not read), -ETOOMANYREFS, -ENOMEM.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API int
transom_frame_add_fence(struct transom_frame *frame, int fence);

/**
 * Take a fence that must be waited for before the frame is read (a subscriber's) or drawn into (a
 * publisher's).
 *
 * @param frame A frame that is held.
 * @param ret   A descriptor that polls readable when it is done.
 *
 * Owns:    the fence is the caller's.
 * Errors:  -ENOENT there is none, or no more, -EINVAL, -ECHILD.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API int
transom_frame_take_fence(struct transom_frame *frame, int *ret);

/* Discovery */

/**
 * List the streams of this user that have a living publisher, with its pid and its description; see
 * transom_name_list_create().
 *
 * Owns:    the caller holds one reference.
 * Errors:  as transom_name_list_create().
 * Blocks:  no, but for the file system.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_stream_list_create(struct transom_name_list **ret);

/**
 * Watch the streams of this user: announced (TRANSOM_NAME_APPEARED), retired or dead
 * (TRANSOM_NAME_VANISHED), described otherwise (TRANSOM_NAME_CHANGED), and renamed (TRANSOM_NAME_RENAMED, by
 * transom_name_watch_next_with_renames()). See transom_name_watch_create().
 *
 * Owns:    the caller holds one reference.
 * Errors:  as transom_name_watch_create().
 * Blocks:  no, but for the file system.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_stream_watch_create(struct transom_name_watch **ret);

#ifdef __cplusplus
}
#endif

#endif /* TRANSOM_STREAM_H */
