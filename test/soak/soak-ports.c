/* soak-ports.c - the soak test's renderers, which send rights to frames of a pool, and receivers, which have named ports. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include <transom/pool.h>
#include <transom/port.h>

#include "harness.h"
#include "soak.h"

enum { BUFFERS = 6, MOST_HELD = 4, LONGEST_STEP_US = 3000, TICK_MS = 5, PATIENCE_MS = 20 };

static const int nothing_there[] = { -EAGAIN, -ETIMEDOUT, 0 };

/* Renderers */

struct renderer {
	struct life life;
	struct transom_pool *pool;
	int port; /* a send right, or -1 */
	bool whole; /* all buffers have come back since it last worked */
};

static void *
begin_renderer(struct life *life)
{
	struct transom_pool_options options = {
		.size = sizeof(options),
		.minimum_count = BUFFERS,
		.maximum_count = BUFFERS,
		.buffer = { .size = sizeof(options.buffer),
			    .format = TRANSOM_FORMAT_BGRA8,
			    .width = MARK_WIDTH,
			    .height = MARK_HEIGHT,
			    .surface_flags = life->number % 2 ? TRANSOM_SURFACE_MAKER_WRITES : 0 },
	};
	struct renderer *self = calloc(1, sizeof(*self));

	check(self);
	self->life = *life;
	self->port = -1;
	check_eq(transom_pool_create(&options, &self->pool), 0);
	return self;
}

static bool
find_port(struct renderer *self)
{
	char name[16];

	if (self->port >= 0)
		return true;
	snprintf(name, sizeof(name), "port-%u", self->life.number);
	return succeeded("looking a name up", transom_name_look_up(name, PATIENCE_MS, &self->port), absence);
}

static void
close_port(struct renderer *self)
{
	if (self->port >= 0)
		close(self->port);
	self->port = -1;
}

/* The right itself, or one in a message in a port whose receive right is sent. */
static int
post(struct renderer *self, int right, uint32_t mark)
{
	struct transom_right plain = { .fd = right, .kind = TRANSOM_RIGHT_SURFACE }, nested;
	int receive, send, r;

	if (!one_in(&self->life.seed, 8))
		return transom_port_send(self->port, &mark, sizeof(mark), &plain, 1, TICK_MS);
	check_eq(transom_port_create(NULL, &receive, &send), 0);
	nested = (struct transom_right){ .fd = receive, .kind = TRANSOM_RIGHT_RECEIVE };
	r = transom_port_send(send, &mark, sizeof(mark), &plain, 1, 0);
	if (r == 0)
		r = transom_port_send(self->port, &mark, sizeof(mark), &nested, 1, TICK_MS);
	close(receive);
	close(send);
	return r;
}

static bool
step_renderer(void *argument)
{
	/* Rights in rights in flight are limited, and descriptors in flight by what all of this user have. */
	static const int crowded[] = { -EAGAIN, -ETIMEDOUT, -EPIPE, -ETOOMANYREFS, 0 };
	struct renderer *self = argument;
	struct transom_pixel_buffer *buffer;
	uint32_t mark;
	int right, r;

	self->whole = false;
	pause_us(&self->life.seed, LONGEST_STEP_US);
	if (!find_port(self) || !succeeded("acquiring from a pool",
					   transom_pool_acquire(self->pool, TICK_MS, &buffer), nothing_there))
		return true;
	mark = draw_mark(buffer);
	check_eq(transom_surface_create_right(transom_pixel_buffer_get_surface(buffer), &right), 0);
	r = post(self, right, mark);
	close(right);
	transom_pixel_buffer_unref(buffer);
	if (succeeded("sending", r, crowded))
		atomic_fetch_add(&tally->posted, 1);
	else if (r == -EPIPE)
		close_port(self);
	return true;
}

/* Everything must come back to the pool, whoever had it. */
static bool
settle_renderer(void *argument)
{
	struct transom_pixel_buffer *buffers[BUFFERS] = { NULL };
	struct renderer *self = argument;
	int r = 0;

	if (self->whole)
		return true;
	close_port(self);
	for (unsigned i = 0; i < BUFFERS && r == 0; i++)
		r = transom_pool_acquire(self->pool, PATIENCE_MS, &buffers[i]);
	for (unsigned i = 0; i < BUFFERS; i++)
		transom_pixel_buffer_unref(buffers[i]);
	self->whole = succeeded("acquiring all of a pool", r, nothing_there);
	return self->whole;
}

static void
end_renderer(void *argument)
{
	struct renderer *self = argument;

	close_port(self);
	transom_pool_unref(self->pool);
	free(self);
}

const struct role renderer_role = { "renderer", begin_renderer, step_renderer, settle_renderer,
				    end_renderer };

/* Receivers */

struct received {
	struct transom_pixel_buffer *buffer;
	uint32_t mark;
};

struct receiver {
	struct life life;
	int receive, send;
	struct transom_name *name;
	struct transom_message *message;
	struct received held[MOST_HELD];
	unsigned held_count;
};

static void
end_receiver(void *argument)
{
	struct receiver *self = argument;

	transom_name_unref(self->name);
	close(self->send);
	close(self->receive);
	transom_message_unref(self->message);
	while (self->held_count)
		transom_pixel_buffer_unref(self->held[--self->held_count].buffer);
	free(self);
}

static void *
begin_receiver(struct life *life)
{
	struct receiver *self = calloc(1, sizeof(*self));
	char name[16];

	check(self);
	self->life = *life;
	check_eq(transom_port_create(NULL, &self->receive, &self->send), 0);
	check_eq(transom_message_create(&self->message), 0);
	snprintf(name, sizeof(name), "port-%u", life->number);
	if (succeeded("checking in", transom_name_check_in(name, self->send, &self->name), absence))
		return self;
	end_receiver(self);
	return NULL;
}

static void
drop_received(struct receiver *self)
{
	struct received *oldest = &self->held[0];

	check_mark(transom_pixel_buffer_get_surface(oldest->buffer), oldest->mark);
	transom_pixel_buffer_unref(oldest->buffer);
	*oldest = self->held[--self->held_count];
}

static void
take_surface(struct receiver *self, const struct transom_message *message)
{
	struct transom_surface *surface;
	struct transom_pixel_buffer *buffer;
	size_t size;
	const uint32_t *mark = transom_message_get_bytes(message, &size);

	check_eq(size, sizeof(*mark));
	if (self->held_count == MOST_HELD)
		drop_received(self);
	check_eq(transom_surface_look_up(transom_message_get_right(message, 0), &surface), 0);
	check_eq(transom_pixel_buffer_create_with_surface(surface, &buffer), 0);
	transom_surface_unref(surface);
	check_mark(transom_pixel_buffer_get_surface(buffer), *mark);
	self->held[self->held_count++] = (struct received){ buffer, *mark };
	atomic_fetch_add(&tally->received, 1);
}

/* A port that came, with a message in it. */
static void
take_port(struct receiver *self)
{
	struct transom_message *inner;
	int port;

	check_eq(transom_message_take_right(self->message, 0, TRANSOM_RIGHT_RECEIVE, &port), 0);
	check_eq(transom_message_create(&inner), 0);
	check_eq(transom_port_receive(port, inner, 0), 0);
	take_surface(self, inner);
	transom_message_unref(inner);
	close(port);
}

static bool
receive_one(struct receiver *self, int timeout_ms)
{
	if (!succeeded("receiving", transom_port_receive(self->receive, self->message, timeout_ms),
		       nothing_there))
		return false;
	if (transom_message_get_right_kind(self->message, 0) == TRANSOM_RIGHT_RECEIVE)
		take_port(self);
	else
		take_surface(self, self->message);
	return true;
}

static bool
step_receiver(void *argument)
{
	struct receiver *self = argument;

	receive_one(self, TICK_MS);
	if (self->held_count && one_in(&self->life.seed, 2))
		drop_received(self);
	if (one_in(&self->life.seed, 8)) /* the queue fills, and senders wait */
		pause_us(&self->life.seed, 10 * LONGEST_STEP_US);
	return true;
}

static bool
settle_receiver(void *argument)
{
	struct receiver *self = argument;

	while (receive_one(self, 0))
		;
	while (self->held_count)
		drop_received(self);
	return true;
}

const struct role receiver_role = { "receiver", begin_receiver, step_receiver, settle_receiver,
				    end_receiver };
