/* soak-streams.c - the soak test's publishers, subscribers of all kinds, and forwarders. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "harness.h"
#include "soak.h"

/* SHOWN: the newest frame, and the one before it, whose buffer is looked at with the next. */
enum {
	BUFFERS = 12,
	SHOWN = 2,
	MOST_HELD = 3,
	MOST_KEPT = 2,
	LONGEST_STEP_US = 3000,
	TICK_MS = 5,
	JOINING_MS = 200
};

static const struct transom_pixel_buffer_options frame_options = {
	.size = sizeof(frame_options),
	.format = TRANSOM_FORMAT_BGRA8,
	.width = MARK_WIDTH,
	.height = MARK_HEIGHT,
};

/* Publishers */

struct publisher {
	struct transom_publisher *publisher;
	struct transom_pool *pool; /* or NULL */
	unsigned seed;
	bool shown; /* since it last settled */
};

static struct transom_pool *
create_pool(unsigned count)
{
	struct transom_pool_options options = {
		.size = sizeof(options),
		.minimum_count = count,
		.maximum_count = count,
		.buffer = frame_options,
	};
	struct transom_pool *pool = NULL;

	check_eq(transom_pool_create(&options, &pool), 0);
	return pool;
}

/* The even ones draw into buffers of the stream, the odd ones into those of a pool. */
static void *
begin_publisher(struct life *life)
{
	static const uint32_t policies[] = { TRANSOM_LAGGARD_DROP, TRANSOM_LAGGARD_EVICT,
					     TRANSOM_LAGGARD_WAIT, TRANSOM_LAGGARD_DROP };
	struct publisher *self = calloc(1, sizeof(*self));
	struct transom_publisher_options options = { .size = sizeof(options),
						     .maximum_buffers = BUFFERS,
						     .laggard_policy = policies[life->number] };
	char name[16];

	check(self);
	self->seed = life->seed;
	snprintf(name, sizeof(name), "film-%u", life->number);
	options.name = options.description = name;
	if (life->number % 2)
		options.pool = self->pool = create_pool(BUFFERS);
	else
		options.buffer = frame_options;
	if (succeeded("making a publisher", transom_publisher_create(&options, &self->publisher), absence))
		return self;
	transom_pool_unref(self->pool);
	free(self);
	return NULL;
}

static void
show_frame(struct publisher *self)
{
	static const int slow[] = { -EAGAIN, -ETIMEDOUT, 0 };
	struct transom_frame *frame;

	if (!succeeded("acquiring a buffer", transom_publisher_acquire(self->publisher, TICK_MS, &frame),
		       slow))
		return;
	draw_mark(transom_frame_get_pixel_buffer(frame));
	if (!one_in(&self->seed, 32) &&
	    succeeded("publishing", transom_publisher_publish(self->publisher, frame, NULL, NULL), slow)) {
		atomic_fetch_add(&tally->published, 1);
		return;
	}
	check_eq(transom_publisher_discard(self->publisher, frame), 0);
}

static void
change_something(struct publisher *self)
{
	struct transom_pixel_buffer_options options = frame_options;
	int invitation;

	switch ((unsigned)rand_r(&self->seed) % 3) {
	case 0:
		options.width += 32 * ((unsigned)rand_r(&self->seed) % 3);
		if (!self->pool)
			check_eq(transom_publisher_set_buffers(self->publisher, &options), 0);
		break;
	case 1:
		check_eq(transom_publisher_set_description(self->publisher,
							   one_in(&self->seed, 2) ? "on" : "off"),
			 0);
		break;
	default: /* nobody takes it */
		check_eq(transom_publisher_invite(self->publisher, &invitation), 0);
		close(invitation);
	}
}

static bool
step_publisher(void *argument)
{
	struct publisher *self = argument;

	self->shown = true;
	if (one_in(&self->seed, 64))
		change_something(self);
	show_frame(self);
	pause_us(&self->seed, LONGEST_STEP_US);
	return true;
}

/*
 * For there to be as many buffers as at every rest: its own are given up and made anew, those of a pool, which
 * subscribers are told of with a descriptor each, are all shown.
 */
static void
renew_buffers(struct publisher *self)
{
	unsigned frames = self->pool ? 3 * BUFFERS : SHOWN;
	struct transom_frame *frame;

	if (!self->pool)
		check_eq(transom_publisher_set_buffers(self->publisher, &frame_options), 0);
	for (unsigned i = 0; i < frames; i++) {
		check_eq(transom_publisher_acquire(self->publisher, -1, &frame), 0);
		draw_mark(transom_frame_get_pixel_buffer(frame));
		check_eq(transom_publisher_publish(self->publisher, frame, NULL, NULL), 0);
	}
}

/* Whether the pool can give all that the stream does not show; it asks after what was held only if it must. */
static bool
is_pool_whole(struct publisher *self)
{
	struct transom_pixel_buffer *buffers[BUFFERS - SHOWN];
	unsigned count = 0;

	while (count < BUFFERS - SHOWN && transom_pool_acquire(self->pool, TICK_MS, &buffers[count]) == 0)
		count++;
	for (unsigned i = 0; i < count; i++)
		transom_pixel_buffer_unref(buffers[i]);
	return count == BUFFERS - SHOWN;
}

static bool
settle_publisher(void *argument)
{
	struct transom_stream_statistics statistics = { .size = sizeof(statistics) };
	struct publisher *self = argument;

	check_eq(transom_publisher_get_statistics(self->publisher, &statistics), 0);
	if (statistics.subscribers)
		return false;
	if (self->shown)
		renew_buffers(self);
	check_eq(transom_publisher_get_statistics(self->publisher, &statistics), 0);
	/* Somebody's right or use may not be known to have ended. */
	self->shown = statistics.buffers > SHOWN || (self->pool && !is_pool_whole(self));
	return !self->shown;
}

static void
end_publisher(void *argument)
{
	struct publisher *self = argument;

	transom_publisher_unref(self->publisher);
	transom_pool_unref(self->pool);
	free(self);
}

const struct role publisher_role = { "publisher", begin_publisher, step_publisher, settle_publisher,
				     end_publisher };

/* Subscribers */

struct keepsake {
	struct transom_pixel_buffer *buffer; /* or NULL: */
	int right;
	uint32_t mark;
};

struct subscriber {
	struct transom_subscriber *subscriber;
	unsigned seed;
	bool polls;
	struct transom_frame *held[MOST_HELD];
	uint32_t marks[MOST_HELD];
	unsigned held_count;
	struct keepsake kept[MOST_KEPT];
	unsigned kept_count;
};

static const int late_or_gone[] = { -EPIPE, -ECONNRESET, -EAGAIN, -ETIMEDOUT, -EMFILE, 0 };

static void *
begin_subscriber(struct life *life)
{
	struct subscriber *self = calloc(1, sizeof(*self));
	struct transom_subscriber_options options = {
		.size = sizeof(options),
		.mode = life->resident ? life->number % 2 : (uint32_t)rand_r(&life->seed) % 2,
		.held = 1 + (uint32_t)rand_r(&life->seed) % MOST_HELD,
		.least_held = 1,
		.timeout_ms = JOINING_MS,
	};
	char name[16];

	check(self);
	if (life->resident || one_in(&life->seed, 2))
		options.flags |= TRANSOM_SUBSCRIBER_FOLLOW;
	if (one_in(&life->seed, 4))
		options.flags |= TRANSOM_SUBSCRIBER_NO_THREAD;
	if (one_in(&life->seed, 4))
		options.flags |= TRANSOM_SUBSCRIBER_PREFAULT;
	snprintf(name, sizeof(name), one_in(&life->seed, 4) && !life->resident ? "relay-%u" : "film-%u",
		 life->number);
	options.name = name;
	self->polls = one_in(&life->seed, 4);
	self->seed = life->seed;
	if (succeeded("joining", transom_subscriber_create(&options, &self->subscriber), absence))
		return self;
	free(self);
	return NULL;
}

static void
drop_keepsake(struct subscriber *self)
{
	struct keepsake *keepsake = &self->kept[--self->kept_count];
	struct transom_surface *surface;

	if (keepsake->buffer)
		surface = transom_surface_ref(transom_pixel_buffer_get_surface(keepsake->buffer));
	else
		check_eq(transom_surface_look_up(keepsake->right, &surface), 0);
	check_mark(surface, keepsake->mark);
	transom_surface_unref(surface);
	transom_pixel_buffer_unref(keepsake->buffer);
	if (keepsake->right >= 0)
		close(keepsake->right);
}

/* A right, or a use, that outlasts the hold. */
static void
keep(struct subscriber *self, unsigned i)
{
	struct transom_surface *surface = transom_frame_get_surface(self->held[i]);
	struct keepsake *keepsake = &self->kept[self->kept_count++];

	*keepsake = (struct keepsake){ .right = -1, .mark = self->marks[i] };
	if (one_in(&self->seed, 2))
		check_eq(transom_surface_create_right(surface, &keepsake->right), 0);
	else
		check_eq(transom_pixel_buffer_create_with_surface(surface, &keepsake->buffer), 0);
}

static void
drop_frame(struct subscriber *self)
{
	unsigned i = (unsigned)rand_r(&self->seed) % self->held_count;

	check_mark(transom_frame_get_surface(self->held[i]), self->marks[i]);
	if (self->kept_count < MOST_KEPT && one_in(&self->seed, 8))
		keep(self, i);
	transom_frame_release(self->held[i]);
	self->held[i] = self->held[--self->held_count];
	self->marks[i] = self->marks[self->held_count];
}

/* False when its stream has ended. */
static bool
step_subscriber(void *argument)
{
	struct subscriber *self = argument;
	struct transom_frame *frame;
	int r;

	while (self->held_count && (self->held_count == MOST_HELD || one_in(&self->seed, 2)))
		drop_frame(self);
	if (self->kept_count && one_in(&self->seed, 16))
		drop_keepsake(self);
	r = transom_subscriber_acquire(self->subscriber, self->polls ? 0 : TICK_MS, &frame);
	if (r == -E2BIG) { /* granted fewer than wished for */
		drop_frame(self);
		return true;
	}
	if (self->polls)
		pause_us(&self->seed, LONGEST_STEP_US);
	if (!succeeded("acquiring a frame", r, late_or_gone))
		return r == -EAGAIN || r == -ETIMEDOUT || r == -EMFILE;
	self->held[self->held_count] = frame;
	self->marks[self->held_count++] = read_mark(transom_frame_get_surface(frame));
	return true;
}

static void
drop_all(struct subscriber *self)
{
	while (self->held_count)
		drop_frame(self);
	while (self->kept_count)
		drop_keepsake(self);
}

/* Its publisher is dead: it notices that when it looks. */
static bool
settle_subscriber(void *argument)
{
	struct subscriber *self = argument;
	struct transom_frame *frame;
	int r;

	drop_all(self);
	r = transom_subscriber_acquire(self->subscriber, 0, &frame);
	if (r == 0)
		transom_frame_release(frame);
	return !succeeded("looking for the publisher", r, late_or_gone) &&
	       transom_subscriber_get_granted(self->subscriber) == 0;
}

static void
end_subscriber(void *argument)
{
	struct subscriber *self = argument;

	drop_all(self);
	transom_subscriber_unref(self->subscriber);
	free(self);
}

const struct role subscriber_role = { "subscriber", begin_subscriber, step_subscriber, settle_subscriber,
				      end_subscriber };

/* Forwarders */

struct forwarder {
	struct life life;
	struct subscriber *in;
	struct transom_publisher *out; /* while it does not rest */
};

static void *
begin_forwarder(struct life *life)
{
	struct forwarder *self = calloc(1, sizeof(*self));

	check(self);
	self->life = *life;
	self->in = begin_subscriber(life);
	if (self->in)
		return self;
	free(self);
	return NULL;
}

static bool
open_out(struct forwarder *self)
{
	struct transom_publisher_options options = { .size = sizeof(options), .maximum_buffers = BUFFERS };
	char name[16];

	snprintf(name, sizeof(name), "relay-%u", self->life.number);
	options.name = name;
	return self->out ||
	       succeeded("making a forwarder", transom_publisher_create(&options, &self->out), absence);
}

static bool
step_forwarder(void *argument)
{
	struct forwarder *self = argument;
	struct transom_pixel_buffer *buffer;
	struct transom_frame *frame;
	int r;

	if (!open_out(self)) {
		pause_us(&self->in->seed, LONGEST_STEP_US);
		return self->life.resident;
	}
	r = transom_subscriber_acquire(self->in->subscriber, TICK_MS, &frame);
	if (!succeeded("acquiring to forward", r, late_or_gone))
		return r == -EAGAIN || r == -ETIMEDOUT || r == -EMFILE;
	check_eq(transom_pixel_buffer_create_with_surface(transom_frame_get_surface(frame), &buffer), 0);
	transom_frame_release(frame);
	r = transom_publisher_publish_buffer(self->out, buffer, NULL, TICK_MS, NULL);
	if (succeeded("forwarding", r, late_or_gone))
		atomic_fetch_add(&tally->forwarded, 1);
	transom_pixel_buffer_unref(buffer);
	return true;
}

static bool
settle_forwarder(void *argument)
{
	struct forwarder *self = argument;

	self->out = transom_publisher_unref(self->out);
	return settle_subscriber(self->in);
}

static void
end_forwarder(void *argument)
{
	struct forwarder *self = argument;

	transom_publisher_unref(self->out);
	end_subscriber(self->in);
	free(self);
}

const struct role forwarder_role = { "forwarder", begin_forwarder, step_forwarder, settle_forwarder,
				     end_forwarder };
