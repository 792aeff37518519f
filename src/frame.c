/* frame.c - one frame in the hands of a publisher or a subscriber, and the fences that go with it. */
#include <errno.h>
#include <string.h>

#include "fd-private.h"
#include "fork-private.h"
#include "stream-private.h"

struct transom_surface *
transom_frame_get_surface(const struct transom_frame *frame)
{
	return frame ? frame->surface : NULL;
}

struct transom_pixel_buffer *
transom_frame_get_pixel_buffer(const struct transom_frame *frame)
{
	return frame ? frame->pixel_buffer : NULL;
}

int
transom_frame_get_info(const struct transom_frame *frame, struct transom_frame_info *ret)
{
	if (!frame || !frame->subscriber || !ret || ret->size < sizeof(*ret))
		return -EINVAL;
	*ret = frame->info;
	return 0;
}

uint64_t
transom_frame_get_sequence(const struct transom_frame *frame)
{
	return frame && frame->subscriber ? frame->info.sequence : 0;
}

struct transom_frame *
transom_frame_release(struct transom_frame *frame)
{
	if (frame && frame->subscriber && frame->in_use)
		subscriber_release(frame);
	return NULL;
}

int
transom_frame_add_fence(struct transom_frame *frame, int fence)
{
	int copy, r;

	if (!frame || !frame->in_use)
		return -EINVAL;
	if (frame->generation != fork_generation())
		return -ECHILD;
	if (frame->new_fence_count == TRANSOM_STREAM_MAX_FENCES)
		return -E2BIG;
	r = fd_dup(fence, &copy);
	if (r < 0)
		return r;
	if (frame->subscriber) {
		/* Now, while the frame is held: the publisher gets it before it sees the release. */
		r = subscriber_send_fences(frame, &copy, 1);
		fd_close(copy);
		frame->new_fence_count += r == 0;
		return r;
	}
	frame->new_fences[frame->new_fence_count++] = copy;
	return 0;
}

int
transom_frame_take_fence(struct transom_frame *frame, int *ret)
{
	if (!frame || !frame->in_use || !ret)
		return -EINVAL;
	if (frame->generation != fork_generation())
		return -ECHILD;
	if (!frame->fence_count)
		return -ENOENT;
	*ret = frame->fences[--frame->fence_count];
	return 0;
}
