/*
 * receiver.c - looks frames up and checks them, where the renderer wrote them.
 *
 * For each frame: look the surface up, wrap it in a pixel buffer (a use), give the right up, read.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <transom/pixel_buffer.h>
#include <transom/surface.h>

#include "../cli/complain.h"
#include "note.h"
#include "proof.h"
#include "roles.h"
#include "shot.h"
#include "view.h"

/* Surfaces that stay mapped; references are no uses. */
#define MAX_KEPT 16

struct kept {
	struct transom_surface *surface;
	void *mine;
	uint64_t theirs;
	size_t span;
};

struct receiver {
	struct transom_message *message;
	int director; /* to send to */
	int port; /* to receive from */
	uint32_t stall_at;
	const char *output;
	struct kept kept[MAX_KEPT];
	pid_t renderer;
	int64_t start;
	int64_t read_before;
	struct note_report report;
	int code; /* to end with */
	bool is_done;
};

static int64_t
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

/* Keeps a surface mapped, and remembers where both sides see it. */
static void
keep(struct receiver *r, struct transom_surface *surface, const struct view *view, uint64_t theirs)
{
	for (int i = 0; i < MAX_KEPT; i++) {
		struct kept *kept = &r->kept[i];

		if (kept->surface == surface)
			return;
		if (kept->surface)
			continue;
		*kept = (struct kept){
			.surface = transom_surface_ref(surface),
			.mine = view->planes[0].base,
			.theirs = theirs,
			.span = view_get_span(view),
		};
		r->report.surfaces++;
		return;
	}
}

static void
prove(struct receiver *r)
{
	r->report.proof = r->report.surfaces ? PROOF_FRAMES : PROOF_NONE;
	for (uint32_t i = 0; i < r->report.surfaces; i++) {
		struct proof proof;

		proof_compare(r->kept[i].mine, r->renderer, r->kept[i].theirs, r->kept[i].span, &proof);
		r->report.pages += proof.pages;
		r->report.pages_shared += proof.shared;
		if (proof.kind != PROOF_FRAMES && r->report.proof != PROOF_NONE)
			r->report.proof = proof.kind;
	}
}

static bool
report(struct receiver *r)
{
	struct note note = { .word = NOTE_REPORT };
	int64_t read_after = proof_count_read();
	int error;

	r->report.bytes_read = r->read_before < 0 || read_after < 0 ? -1 : read_after - r->read_before;
	prove(r);
	note.report = r->report;
	error = note_send(r->director, &note, -1, 0);
	if (error < 0)
		complain_of(error, "the receiver cannot reach the director");
	return error >= 0;
}

/* Reads half of a frame, says so, and never comes to the other half. */
static bool
stall(struct receiver *r, const struct view *view, const struct note_frame *frame)
{
	struct note note = { .word = NOTE_READING, .frame = *frame };
	int error;

	note.frame.checksum = view_checksum(view, true);
	error = note_send(r->director, &note, -1, 0);
	if (error < 0)
		complain_of(error, "the receiver cannot reach the director");
	else
		sleep(60);
	return false;
}

static bool
check(struct receiver *r, const struct view *view, const struct note_frame *frame)
{
	if (!r->report.frames)
		r->report.first = frame->number;
	else
		r->report.missing += frame->number - r->report.last - 1;
	if (view_checksum(view, false) != frame->checksum)
		r->report.wrong++;
	r->report.last = frame->number;
	r->report.frames++;
	r->report.bytes += view_get_size(view);
	r->report.bytes_posted += sizeof(struct note);
	r->report.nanoseconds = now() - r->start;
	if (!frame->is_last)
		return true;

	r->code = r->output ? shot_write(view, r->output) : EXIT_DONE;
	if (r->code != EXIT_DONE)
		return false;
	r->report.written = r->output ? frame->number : 0;
	r->is_done = true;
	return true;
}

static bool
see(struct receiver *r, struct transom_pixel_buffer *buffer, const struct note_frame *frame)
{
	struct view view;
	bool good;
	int error = transom_pixel_buffer_lock(buffer, TRANSOM_SURFACE_LOCK_READ, NULL);

	if (error < 0 || (error = view_create(buffer, &view)) < 0) {
		complain_of(error, "cannot look at frame %u", frame->number);
		return false;
	}
	keep(r, transom_pixel_buffer_get_surface(buffer), &view, frame->address);
	if (frame->number == r->stall_at)
		good = stall(r, &view, frame);
	else
		good = check(r, &view, frame);
	transom_pixel_buffer_unlock(buffer, TRANSOM_SURFACE_LOCK_READ, NULL);
	return good;
}

static int
wrap(struct transom_message *message, struct transom_pixel_buffer **ret)
{
	struct transom_surface *surface;
	int right, error;

	error = transom_message_take_right(message, 0, TRANSOM_RIGHT_SURFACE, &right);
	if (error < 0)
		return error;
	error = transom_surface_look_up(right, &surface);
	if (error >= 0) {
		error = transom_pixel_buffer_create_with_surface(surface, ret);
		transom_surface_unref(surface);
	}
	close(right); /* the pixel buffer is a use of its own */
	return error;
}

static bool
receive_next(struct receiver *r)
{
	struct transom_pixel_buffer *buffer;
	struct transom_sender sender;
	struct note note;
	bool good;
	int error = note_receive(r->port, r->message, 60000, &note);

	if (error == -ENOTCONN) /* the renderer is gone; the director tells why */
		return false;
	if (error < 0) {
		complain_of(error, "the receiver gets no frame after frame %u", r->report.last);
		return false;
	}
	if (!r->renderer) {
		r->start = now();
		if (transom_message_get_sender(r->message, &sender) >= 0)
			r->renderer = sender.pid;
	}
	if (note.frame.number == r->stall_at && !report(r))
		return false;
	error = wrap(r->message, &buffer);
	if (error < 0) {
		complain_of(error, "cannot look frame %u up", note.frame.number);
		return false;
	}
	good = see(r, buffer, &note.frame);
	transom_pixel_buffer_unref(buffer);
	return good;
}

int
demo_receive(uint32_t stall_at, const char *output)
{
	struct receiver r = { .stall_at = stall_at, .output = output, .code = EXIT_FAILED };
	struct note note = { .word = NOTE_RECEIVER };
	int hello, error;

	if (!note_find_director(&r.director, &r.port, &hello))
		return 1;
	error = note_send(r.director, &note, hello, TRANSOM_RIGHT_SEND);
	close(hello); /* so that the renderer's death is an event: no senders */
	if (error >= 0)
		error = transom_message_create(&r.message);
	if (error < 0) {
		complain_of(error, "the receiver cannot reach the director");
		goto end;
	}
	r.read_before = proof_count_read();
	while (!r.is_done && receive_next(&r))
		;
	if (r.is_done && !report(&r))
		r.code = EXIT_FAILED;
end:
	for (int i = 0; i < MAX_KEPT; i++)
		transom_surface_unref(r.kept[i].surface);
	transom_message_unref(r.message);
	close(r.director);
	close(r.port);
	return r.code;
}
