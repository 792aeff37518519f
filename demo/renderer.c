/* renderer.c - fills pixel buffers of a pool with frames of the input and posts rights to them. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <transom/pool.h>
#include <transom/surface.h>

#include "../cli/complain.h"
#include "counter.h"
#include "note.h"
#include "roles.h"
#include "source.h"

#define SURFACES 4

struct renderer {
	struct source *source;
	struct transom_pool *pool;
	struct transom_message *message;
	int director; /* to send to */
	int orders; /* to receive from */
	int receiver; /* to send to, or -1 */
	uint32_t frames; /* to render in all */
	uint32_t number; /* of the last one that was rendered */
	bool is_starving; /* the pool had nothing free */
	bool is_done;
};

static bool
make_pool(struct renderer *r)
{
	const struct source_shape *shape = source_get_shape(r->source);
	struct transom_pool_options options = {
		.size = sizeof(options),
		.flags = TRANSOM_POOL_KEEP_FOREVER,
		.minimum_count = SURFACES,
		.maximum_count = SURFACES,
		.buffer = {
			.size = sizeof(options.buffer),
			.format = shape->format,
			.width = shape->width,
			.height = shape->height,
			.surface_flags = TRANSOM_SURFACE_MAKER_WRITES,
			.name = "demo",
		},
	};
	int error = transom_pool_create(&options, &r->pool);

	if (error < 0)
		complain_of(error, "cannot make a pool of frames of %u x %u", shape->width, shape->height);
	return error >= 0;
}

static bool
say_hello(struct renderer *r, int hello)
{
	const struct source_shape *shape = source_get_shape(r->source);
	struct note note = { .word = NOTE_RENDERER };
	struct transom_layout layout;
	int error;

	snprintf(note.input.description, sizeof(note.input.description), "%s",
		 source_get_description(r->source));
	snprintf(note.input.format, sizeof(note.input.format), "%s", transom_format_get(shape->format)->name);
	note.input.width = shape->width;
	note.input.height = shape->height;
	error = transom_format_get_layout(shape->format, shape->width, shape->height, 0, &layout);
	if (error >= 0) {
		note.input.frame_size = layout.size;
		error = note_send(r->director, &note, hello, TRANSOM_RIGHT_SEND);
	}
	if (error < 0)
		complain_of(error, "the renderer cannot reach the director");
	return error >= 0;
}

static bool
tell_of_pool(struct renderer *r, uint32_t word, uint32_t regained, int64_t when)
{
	struct transom_pool_statistics has = { .size = sizeof(has) };
	struct note note = { .word = word };
	int error;

	transom_pool_get_statistics(r->pool, &has);
	note.pool = (struct note_pool){
		.count = has.count,
		.out = has.out,
		.idle = has.idle,
		.held = has.held,
		.created = has.created,
		.regained = regained,
		.regained_at = when,
	};
	error = note_send(r->director, &note, -1, 0);
	if (error < 0)
		complain_of(error, "the renderer cannot reach the director");
	return error >= 0;
}

/* The receiver died. Takes every surface out of the pool once: each claim that succeeds is one that is back. */
static bool
take_back(struct renderer *r)
{
	struct transom_pixel_buffer *buffers[SURFACES];
	uint32_t count = 0;
	struct timespec now;

	close(r->receiver);
	r->receiver = -1;
	while (count < SURFACES && transom_pool_acquire(r->pool, 2000, &buffers[count]) >= 0)
		count++;
	clock_gettime(CLOCK_MONOTONIC, &now);
	for (uint32_t i = 0; i < count; i++)
		transom_pixel_buffer_unref(buffers[i]);
	r->is_starving = false;
	return tell_of_pool(r, NOTE_BACK, count, now.tv_sec * INT64_C(1000000000) + now.tv_nsec);
}

static bool
fill(struct renderer *r, struct transom_pixel_buffer *buffer, struct note_frame *ret)
{
	struct note_frame frame = { .number = r->number, .is_last = r->number == r->frames };
	struct view view;
	int error = transom_pixel_buffer_lock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL);

	if (error >= 0)
		error = view_create(buffer, &view);
	if (error < 0) {
		complain_of(error, "cannot draw frame %u", r->number);
		return false;
	}
	if (!source_draw(r->source, r->number, &view))
		return false;
	counter_burn(&view, r->number);
	frame.checksum = view_checksum(&view, false);
	frame.address = (uintptr_t)view.planes[0].base;
	transom_pixel_buffer_unlock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL);
	*ret = frame;
	return true;
}

/* Posts a right to the buffer; the message alone holds it then. */
static int
post(struct renderer *r, struct transom_pixel_buffer *buffer, const struct note_frame *frame)
{
	struct note note = { .word = NOTE_FRAME, .frame = *frame };
	int right, error;

	error = transom_surface_create_right(transom_pixel_buffer_get_surface(buffer), &right);
	if (error < 0)
		return error;
	error = note_send(r->receiver, &note, right, TRANSOM_RIGHT_SURFACE);
	close(right);
	return error;
}

static bool
render_next(struct renderer *r)
{
	struct transom_pixel_buffer *buffer;
	struct note_frame frame;
	int error = transom_pool_acquire(r->pool, 0, &buffer);

	r->is_starving = error == -EAGAIN;
	if (r->is_starving)
		return true;
	if (error < 0) {
		complain_of(error, "the pool gives no buffer");
		return false;
	}
	r->number++;
	if (!fill(r, buffer, &frame)) {
		transom_pixel_buffer_unref(buffer);
		return false;
	}
	error = post(r, buffer, &frame);
	transom_pixel_buffer_unref(buffer);
	if (error == -EPIPE) {
		r->number--; /* nobody got it */
		return take_back(r);
	}
	if (error < 0)
		complain_of(error, "cannot post frame %u", r->number);
	return error >= 0;
}

static bool
obey(struct renderer *r)
{
	struct note note;
	int error = note_receive(r->orders, r->message, 0, &note);

	if (error == -EAGAIN)
		return true;
	if (error < 0) {
		if (error != -ENOTCONN) /* the director is gone, and so is whom to tell */
			complain_of(error, "the renderer cannot follow the director");
		return false;
	}
	switch (note.word) {
	case NOTE_INTRODUCE:
		error = transom_message_take_right(r->message, 0, TRANSOM_RIGHT_SEND, &r->receiver);
		if (error < 0)
			complain_of(error, "the renderer was introduced to nobody");
		return error >= 0;
	case NOTE_ASK:
		return tell_of_pool(r, NOTE_POOL, 0, 0);
	default:
		r->is_done = true;
		return true;
	}
}

/* Waits for what there is to wait for: orders; the receiver's death; a free buffer, if there was none. */
static bool
turn(struct renderer *r)
{
	bool may_render = r->receiver >= 0 && r->number < r->frames;
	struct pollfd events[] = {
		{ .fd = r->orders, .events = POLLIN },
		{ .fd = r->receiver, .events = 0 },
		{ .fd = r->is_starving ? transom_pool_get_fd(r->pool) : -1, .events = POLLIN },
	};

	if (poll(events, 3, may_render && !r->is_starving ? 0 : -1) < 0 && errno != EINTR)
		return false;
	if (events[0].revents && !obey(r))
		return false;
	if (events[1].revents & POLLHUP)
		return take_back(r);
	if (may_render && (!r->is_starving || events[2].revents))
		return render_next(r);
	return true;
}

int
demo_render(const char *input, uint32_t frames)
{
	struct renderer r = { .director = -1, .orders = -1, .receiver = -1, .frames = frames };
	int hello, status = source_open(input, &r.source);

	if (status != EXIT_DONE)
		return status;
	status = EXIT_FAILED;
	if (!make_pool(&r) || !note_find_director(&r.director, &r.orders, &hello))
		goto end;
	if (transom_message_create(&r.message) >= 0 && say_hello(&r, hello)) {
		close(hello); /* the director's copy is the last one: we see its death */
		while (!r.is_done && turn(&r))
			;
		status = r.is_done ? EXIT_DONE : EXIT_FAILED;
	} else {
		close(hello);
	}
end:
	if (r.receiver >= 0)
		close(r.receiver);
	if (r.director >= 0)
		close(r.director);
	if (r.orders >= 0)
		close(r.orders);
	transom_message_unref(r.message);
	transom_pool_unref(r.pool);
	source_close(r.source);
	return status;
}
