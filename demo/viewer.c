/* viewer.c - a viewer of the demo's stream: checks each frame when it gets it and before it gives it back. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <transom/stream.h>

#include "../cli/complain.h"
#include "roles.h"
#include "stream-act.h"
#include "view.h"

enum { LOOK_MS = 50 };

/* Waits; false if it shall end. */
static bool
pause_for(int ms)
{
	struct pollfd end = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&end, 1, ms) == 0;
}

/* Whether the frame is as it was published, now and after @hold_ms. */
static int
check(struct transom_frame *frame, uint32_t hold_ms, bool *ret)
{
	struct transom_frame_info info = { .size = sizeof(info) };
	struct transom_pixel_buffer *buffer;
	uint64_t checksum = 0;
	struct view view;
	int error = transom_frame_get_info(frame, &info);

	if (error >= 0)
		error = transom_pixel_buffer_create_with_surface(transom_frame_get_surface(frame), &buffer);
	if (error < 0)
		return error;
	memcpy(&checksum, info.user, sizeof(checksum));
	error = transom_pixel_buffer_lock(buffer, TRANSOM_SURFACE_LOCK_READ, NULL);
	if (error >= 0)
		error = view_create(buffer, &view);
	if (error >= 0) {
		*ret = view_checksum(&view, false) == checksum;
		if (hold_ms) {
			pause_for((int)hold_ms);
			*ret &= view_checksum(&view, false) == checksum;
		}
		transom_pixel_buffer_unlock(buffer, TRANSOM_SURFACE_LOCK_READ, NULL);
	}
	transom_pixel_buffer_unref(buffer);
	return error;
}

static int
see(struct transom_subscriber *subscriber, struct transom_frame *frame, uint32_t hold_ms,
    struct viewer_report *report)
{
	static uint64_t last;
	const uint64_t sequence = transom_frame_get_sequence(frame);
	bool good = false;
	int error = check(frame, hold_ms, &good);

	transom_frame_release(frame);
	if (error < 0)
		return error;
	report->publishers += !report->seen || sequence < last; /* it begins with 1 again */
	last = sequence;
	report->seen++;
	report->wrong += !good;
	report->missed = transom_subscriber_get_missed(subscriber);
	return pwrite(VIEWER_REPORT_FD, report, sizeof(*report), 0) < 0 ? -errno : 0;
}

int
demo_view(uint32_t hold_ms)
{
	struct transom_subscriber_options options = { .size = sizeof(options),
						      .flags = TRANSOM_SUBSCRIBER_FOLLOW,
						      .name = STREAM_ACT_NAME,
						      .held = 1 };
	struct transom_subscriber *subscriber;
	struct viewer_report report = { 0 };
	struct transom_frame *frame;
	int error = transom_subscriber_create(&options, &subscriber);

	while (error >= 0 && pause_for(0)) {
		error = transom_subscriber_acquire(subscriber, LOOK_MS, &frame);
		if (error >= 0)
			error = see(subscriber, frame, hold_ms, &report);
		else if (error == -ETIMEDOUT)
			error = 0;
	}
	if (error < 0) {
		complain_of(error, "the stream %s cannot be viewed", STREAM_ACT_NAME);
		return 1;
	}
	transom_subscriber_unref(subscriber);
	return 0;
}
