/*
 * inquiry.h - asking a stream from outside, without joining it: what it shows, has and has done, and who reads it.
 */
#ifndef TRANSOM_INQUIRY_H
#define TRANSOM_INQUIRY_H

#include <stddef.h>
#include <stdint.h>

#include <transom/error.h>
#include <transom/stream.h>
#include <transom/surface.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * For programs that list, watch and diagnose. Asking costs the stream none of its frames: the thread that answers
 * those who join answers this too, and who asks is no subscriber. Who may join by the name may ask.
 *
 * All that is told is the publisher's word; it has been checked for sense, not for truth. The frame rate is the
 * difference of two answers: frames in @statistics, time in @time.
 */

/** What a stream answered. Threads: shared. Fork: the child has a copy. */
struct transom_inquiry;

/** What a stream is at one moment. Set @size to sizeof(struct transom_stream_status) first. */
struct transom_stream_status {
	uint32_t size;            /**< Bytes of this struct that the caller knows. */
	int32_t pid;              /**< The publisher, by the kernel's word; 0 if unknown. */
	uint32_t uid;             /**< Its user, by the kernel's word. */
	uint32_t flags;           /**< Of enum transom_publisher_flags. */
	uint64_t head;            /**< Sequence of the newest frame; 0: none yet. */
	int64_t timestamp;        /**< Of that frame. */
	int64_t time;             /**< When it answered: nanoseconds, CLOCK_MONOTONIC. */
	uint64_t memory;          /**< Bytes of pixels in all buffers. */
	uint32_t maximum_buffers; /**< How many buffers there may be. */
	uint32_t own_buffers;     /**< Of these: that the publisher may draw into at once. */
	uint32_t granted;         /**< Of these: that subscribers have been granted. */
	uint32_t laggard_policy;  /**< One of enum transom_laggard_policy. */
	/** Of the newest frame; zeros if there is none. */
	struct transom_surface_geometry geometry;
	/** Its own @size is set too. */
	struct transom_stream_statistics statistics;
};

/**
 * Ask a stream of this user.
 *
 * @param name       The stream's name.
 * @param timeout_ms How long its publisher may take to answer, all in all (it may be stopped): 0 only what is there
 *                   at once, which is nothing as a rule; negative for ever.
 * @param ret        The answer.
 *
 * Owns:    the caller holds one reference.
 * Errors:  -ENOENT no such stream, -ETIMEDOUT the publisher does not answer, -EAGAIN (time-out 0), -EPIPE it went,
 *          or takes no more connections now, -EPERM it belongs to another user, -EPROTO, -EBADMSG or
 *          -EPROTONOSUPPORT what it answers is wrong, the errors of names, -EMFILE, -ENFILE, -ENOMEM, -EINVAL.
 * Blocks:  up to the time-out.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_inquiry_create(const char *name, int timeout_ms, struct transom_inquiry **ret);

/**
 * Take a reference.
 *
 * Owns:    the caller holds one more reference; returns @inquiry. NULL is accepted.
 * Errors:  none.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API struct transom_inquiry *
transom_inquiry_ref(struct transom_inquiry *inquiry);

/**
 * Drop a reference.
 *
 * Owns:    always returns NULL. NULL is accepted.
 * Errors:  none.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API struct transom_inquiry *
transom_inquiry_unref(struct transom_inquiry *inquiry);

/**
 * What the stream said of itself.
 *
 * @param inquiry The answer.
 * @param ret     Where it goes; its @size says how much the caller knows.
 *
 * Owns:    nothing.
 * Errors:  -EINVAL.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_inquiry_get_status(const struct transom_inquiry *inquiry, struct transom_stream_status *ret);

/**
 * How many subscribers the stream named. Those who joined or left while it answered may be missing here, or be here.
 *
 * Owns:    nothing.
 * Errors:  none; 0 for NULL.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API size_t
transom_inquiry_get_subscriber_count(const struct transom_inquiry *inquiry);

/**
 * What the stream said of one subscriber.
 *
 * @param inquiry The answer.
 * @param index   From 0 on, in the order of joining.
 * @param ret     Where it goes; its @size says how much the caller knows.
 *
 * Owns:    nothing.
 * Errors:  -ENOENT no more subscribers, -EINVAL.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_inquiry_get_subscriber(const struct transom_inquiry *inquiry, size_t index,
                               struct transom_subscriber_status *ret);

/**
 * A number of one subscriber that stays the same from answer to answer while it is joined, and that no other
 * subscriber of this publisher ever gets; 0 if there is no such one.
 *
 * Owns:    nothing.
 * Errors:  none.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API uint64_t
transom_inquiry_get_subscriber_number(const struct transom_inquiry *inquiry, size_t index);

#ifdef __cplusplus
}
#endif

#endif /* TRANSOM_INQUIRY_H */
