/* wrap.c - a stream's frames as frames of FFmpeg's, without a copy; what is done with them is not its business. */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <libavutil/buffer.h>
#include <libavutil/common.h>
#include <libavutil/frame.h>

#include "av-format.h"
#include "colour.h"
#include "wrap.h"

/* A frame that FFmpeg has. A subscriber belongs to one thread, so others only say that they are done. */
struct wrapped {
	struct transom_frame *frame;
	struct transom_pixel_buffer *buffer;
	atomic_bool done;
};

struct wrapper {
	struct wrapped *held[TRANSOM_STREAM_MAX_HELD];
};

struct wrapper *
wrapper_create(void)
{
	return calloc(1, sizeof(struct wrapper));
}

static void
release(struct wrapped *wrapped)
{
	transom_pixel_buffer_unlock(wrapped->buffer, TRANSOM_SURFACE_LOCK_READ, NULL);
	transom_pixel_buffer_unref(wrapped->buffer);
	transom_frame_release(wrapped->frame);
	free(wrapped);
}

/* Releases what FFmpeg is done with; returns how many frames are still held. */
static uint32_t
collect(struct wrapper *wrapper)
{
	uint32_t count = 0;

	for (int i = 0; i < TRANSOM_STREAM_MAX_HELD; i++) {
		struct wrapped *wrapped = wrapper->held[i];

		if (wrapped == NULL)
			continue;
		if (atomic_load_explicit(&wrapped->done, memory_order_acquire)) {
			release(wrapped);
			wrapper->held[i] = NULL;
		} else {
			count++;
		}
	}
	return count;
}

void
wrapper_free(struct wrapper *wrapper)
{
	if (wrapper == NULL)
		return;
	collect(wrapper);
	free(wrapper);
}

static void
say_done(void *opaque, uint8_t *data)
{
	struct wrapped *wrapped = opaque;

	atomic_store_explicit(&wrapped->done, true, memory_order_release);
}

static int
fill_frame(const struct wrapped *wrapped, AVFrame *frame)
{
	struct transom_pixel_buffer *buffer = wrapped->buffer;
	const uint32_t format = transom_pixel_buffer_get_format(buffer);
	const uint32_t planes = transom_format_get(format)->plane_count;
	struct transom_plane_layout layout;

	frame->format = av_format_from_transom(format);
	if (frame->format == AV_PIX_FMT_NONE)
		return -EOPNOTSUPP;
	frame->width = (int)transom_pixel_buffer_get_width(buffer);
	frame->height = (int)transom_pixel_buffer_get_height(buffer);
	for (uint32_t i = 0; i < planes; i++) {
		transom_pixel_buffer_get_plane(buffer, i, &layout);
		if (layout.bytes_per_row > INT32_MAX)
			return -EOPNOTSUPP;
		frame->data[i] = transom_pixel_buffer_get_plane_base(buffer, i);
		frame->linesize[i] = (int)layout.bytes_per_row;
	}
	frame->color_range = av_format_range(format);
	return 0;
}

static int
wrap(struct transom_frame *from, struct wrapped **ret, AVFrame *frame)
{
	struct wrapped *wrapped = calloc(1, sizeof(*wrapped));
	int r = -ENOMEM;

	if (wrapped == NULL)
		return r;
	r = transom_pixel_buffer_create_with_surface(transom_frame_get_surface(from), &wrapped->buffer);
	if (r < 0)
		goto fail;
	r = transom_pixel_buffer_lock(wrapped->buffer, TRANSOM_SURFACE_LOCK_READ, NULL);
	if (r == 0)
		r = fill_frame(wrapped, frame);
	if (r < 0)
		goto fail;
	frame->buf[0] = av_buffer_create(frame->data[0], transom_pixel_buffer_get_size(wrapped->buffer),
					 say_done, wrapped, AV_BUFFER_FLAG_READONLY);
	if (frame->buf[0] == NULL) {
		r = -ENOMEM;
		goto fail;
	}
	*ret = wrapped;
	return 0;
fail:
	transom_pixel_buffer_unref(wrapped->buffer); /* ends the lock too */
	free(wrapped);
	return r;
}

/* A copy in memory of FFmpeg's, in place of what is wrapped. */
static int
copy(AVFrame *frame)
{
	AVFrame *made = av_frame_clone(frame);
	int r = made != NULL ? av_frame_make_writable(made) : AVERROR(ENOMEM);

	if (r >= 0) {
		av_frame_unref(frame);
		av_frame_move_ref(frame, made);
	}
	av_frame_free(&made);
	return r < 0 ? r : 0;
}

static struct wrapped **
find_place(struct wrapper *wrapper)
{
	for (int i = 0; i < TRANSOM_STREAM_MAX_HELD; i++) {
		if (wrapper->held[i] == NULL)
			return &wrapper->held[i];
	}
	return NULL;
}

static int
take(struct wrapper *wrapper, struct transom_frame *from, AVFrame *frame, struct rate *rate)
{
	struct transom_frame_info info = { .size = sizeof(info) };
	struct wrapped **place = find_place(wrapper);
	int r;

	if (place == NULL)
		return -E2BIG;
	av_frame_unref(frame);
	r = wrap(from, place, frame);
	if (r < 0) {
		av_frame_unref(frame);
		return r;
	}
	(*place)->frame = from;
	colour_get(transom_frame_get_surface(from), frame, rate);
	r = transom_frame_get_info(from, &info);
	/* Another process's number, which is going to be subtracted. */
	frame->pts = av_clip64(info.timestamp, INT64_MIN / 4, INT64_MAX / 4);
	if ((info.flags & TRANSOM_FRAME_CORRUPT) != 0)
		frame->flags |= AV_FRAME_FLAG_CORRUPT;
	return r;
}

int
wrapper_acquire(struct wrapper *wrapper, struct reader *reader, AVFrame *frame, struct rate *rate)
{
	struct transom_frame *from;
	int r;

	collect(wrapper);
	r = reader_acquire(reader, &from);
	if (r < 0)
		return r;
	r = take(wrapper, from, frame, rate);
	if (r < 0 && frame->buf[0] == NULL) {
		transom_frame_release(from);
		return r;
	}
	/* One place must stay free for the next frame, or nothing would move on. */
	if (r == 0 && collect(wrapper) >= transom_subscriber_get_granted(reader->subscriber)) {
		r = copy(frame);
		collect(wrapper);
	}
	return r;
}
