/* view-source.c - the frames of `transom view`: joining, the newest frame, patience, the end. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "complain.h"
#include "stop.h"
#include "view-source-private.h"

enum { SLICE_MS = 50 }; /* between two looks whether the stream is there */

/* A descriptor has no name by which it could be followed. */
static int
join(struct view_source *source)
{
	const struct stream_name *name = &source->options->name;
	struct transom_subscriber_options how = {
		.size = sizeof(how),
		.flags = source->options->once || name->fd >= 0 ? 0 : TRANSOM_SUBSCRIBER_FOLLOW,
		.name = name->name,
		.mode = source->options->mode,
		.held = 2, /* one is shown until the next one is there */
		.least_held = 1,
	};
	const int64_t until = source->news_ns + source->options->wait_ns;
	int r;

	if (name->fd >= 0)
		r = transom_subscriber_create_from_fd(name->fd, &how, &source->subscriber);
	else
		r = transom_subscriber_create(&how, &source->subscriber);
	while (r == -ENOENT && name->fd < 0 && view_numbers_now() < until) {
		if (stop_wait(-1, SLICE_MS) == -EINTR)
			return EXIT_SIGNALLED + stop_get_signal();
		r = transom_subscriber_create(&how, &source->subscriber);
	}
	if (r == 0)
		source->news_ns = view_numbers_now();
	return r < 0 ? stream_name_complain(name, r) : EXIT_DONE;
}

int
view_source_create(const struct view_options *options, struct view_source **ret)
{
	struct view_source *source = calloc(1, sizeof(*source));
	int r;

	if (source == NULL)
		return complain_of(-ENOMEM, "the stream cannot be joined");
	source->options = options;
	source->news_ns = view_numbers_now();
	source->waiting = true;
	source->converter = image_converter_create();
	r = source->converter != NULL ? join(source) : complain_of(-ENOMEM, "the stream cannot be joined");
	if (r != EXIT_DONE) {
		view_source_unref(source);
		return r;
	}
	*ret = source;
	return EXIT_DONE;
}

static void
drop_frame(struct view_source *source)
{
	image_close(&source->image);
	source->frame = transom_frame_release(source->frame);
}

struct view_source *
view_source_unref(struct view_source *source)
{
	if (source == NULL)
		return NULL;
	drop_frame(source);
	transom_subscriber_unref(source->subscriber);
	image_converter_unref(source->converter);
	free(source);
	return NULL;
}

int
view_source_get_fd(const struct view_source *source)
{
	return transom_subscriber_get_fd(source->subscriber);
}

/* A frame that cannot be looked at is no end: the next one may be of another kind. */
static void
take_frame(struct view_source *source, struct transom_frame *frame)
{
	struct transom_surface_geometry geometry = { 0 };
	int r;

	drop_frame(source);
	source->frame = frame;
	source->counted = false;
	source->news_ns = view_numbers_now();
	source->obstacle[0] = '\0';
	r = image_open(frame, &source->image);
	if (r == 0)
		return;
	transom_surface_get_geometry(transom_frame_get_surface(frame), &geometry);
	if (r == -ENOENT)
		snprintf(source->obstacle, sizeof(source->obstacle), "frames of the unknown format 0x%08x",
			 geometry.format);
	else
		snprintf(source->obstacle, sizeof(source->obstacle), "frames that cannot be shown: %s",
			 transom_error_describe(r));
}

enum view_news
view_source_next(struct view_source *source)
{
	struct transom_frame *frame;
	int r = transom_subscriber_acquire(source->subscriber, 0, &frame);

	if (r == -E2BIG) { /* granted one only */
		drop_frame(source);
		r = transom_subscriber_acquire(source->subscriber, 0, &frame);
	}
	if (r == 0) {
		source->waiting = false;
		take_frame(source, frame);
		return VIEW_FRAME;
	}
	if (r != -EAGAIN && r != -ETIMEDOUT) {
		source->waiting = true;
		source->error = r;
		return VIEW_ENDED;
	}
	if (transom_subscriber_get_granted(source->subscriber) == 0)
		source->waiting = true;
	return VIEW_NOTHING;
}

static int
complain_of_patience(const struct view_source *source)
{
	const double seconds = (double)source->options->timeout_ms / 1000;

	if (source->frame == NULL && source->waiting)
		return complain(EXIT_TIMED_OUT, "no stream \"%s\" came within %g s",
				source->options->name.name, seconds);
	return complain(EXIT_TIMED_OUT, "no frame of stream \"%s\" came for %g s", source->options->name.name,
			seconds);
}

int
view_source_conclude(const struct view_source *source)
{
	const struct view_options *options = source->options;

	if (source->gave_up)
		return complain_of_patience(source);
	if (source->error != 0 && source->error != -EPIPE)
		return stream_name_complain(&options->name, source->error);
	if (source->error != 0 && options->frames > 0)
		return complain(EXIT_ENDED, "stream \"%s\" ended after %llu of %llu frames",
				options->name.name, (unsigned long long)source->numbers.shown,
				(unsigned long long)options->frames);
	return EXIT_DONE;
}

const struct image *
view_source_get_image(const struct view_source *source)
{
	return &source->image;
}

void
view_source_mark_shown(struct view_source *source)
{
	struct transom_frame_info info = { .size = sizeof(info) };

	if (source->counted || source->image.buffer == NULL ||
	    transom_frame_get_info(source->frame, &info) < 0)
		return;
	source->counted = true; /* drawn again, in another size, it is no other frame */
	view_numbers_add(&source->numbers, info.sequence, info.timestamp);
}

bool
view_source_is_complete(const struct view_source *source)
{
	return source->options->frames > 0 && source->numbers.shown >= source->options->frames;
}

bool
view_source_is_waiting(const struct view_source *source)
{
	return source->waiting;
}

int
view_source_get_patience_ms(const struct view_source *source)
{
	const int64_t patience = source->options->timeout_ms;
	int64_t left;

	if (patience < 0 || source->paused)
		return -1;
	left = patience - (view_numbers_now() - source->news_ns) / 1000000;
	return left < 0 ? 0 : left > 3600000 ? 3600000 : (int)left;
}

void
view_source_give_up(struct view_source *source)
{
	source->gave_up = true;
}

void
view_source_set_paused(struct view_source *source, bool paused)
{
	source->paused = paused;
	source->news_ns = view_numbers_now();
}

bool
view_source_is_paused(const struct view_source *source)
{
	return source->paused;
}
