/* soak-others.c - the soak test's global surfaces and their values, and those who only watch, list and ask. */
#include <errno.h>
#include <stdio.h>

#include <transom/inquiry.h>

#include "harness.h"
#include "soak.h"

enum { MADE = 3, LONGEST_STEP_US = 4000, PATIENCE_MS = 20, WORDS = 200 };

/* Global surfaces */

struct globals {
	unsigned seed;
	struct transom_surface *made[MADE];
};

static void *
begin_globals(struct life *life)
{
	struct globals *self = calloc(1, sizeof(*self));

	check(self);
	self->seed = life->seed;
	return self;
}

static void
make_one(struct globals *self, unsigned i)
{
	struct transom_surface_options options = {
		.size = sizeof(options),
		.flags = TRANSOM_SURFACE_GLOBAL,
		.format = TRANSOM_FORMAT_BGRA8,
		.width = MARK_WIDTH,
		.height = MARK_HEIGHT,
	};

	transom_surface_unref(self->made[i]);
	check_eq(transom_surface_create(&options, &self->made[i]), 0);
	atomic_store(&tally->ids[(unsigned)rand_r(&self->seed) % IDS], transom_surface_get_id(self->made[i]));
	atomic_fetch_add(&tally->globals, 1);
}

/* Its writer may be killed in the middle: another one then goes on. */
static void
write_values(struct globals *self, struct transom_surface *surface)
{
	/* Somebody else writes, or was stopped when he wrote. */
	static const int contended[] = { -EBUSY, -EAGAIN, -ETIMEDOUT, 0 };
	char text[WORDS], key[8];
	struct transom_value *value;
	unsigned length = 1 + (unsigned)rand_r(&self->seed) % (WORDS - 1);

	for (unsigned i = 0; i < length; i++)
		text[i] = (char)('a' + length % 26);
	text[length] = 0;
	snprintf(key, sizeof(key), "key-%u", (unsigned)rand_r(&self->seed) % 4);
	check_eq(transom_value_create_string(text, &value), 0);
	succeeded("setting a value", transom_surface_set_value(surface, key, value), contended);
	transom_value_unref(value);
}

static void
read_values(struct transom_surface *surface)
{
	static const int contended[] = { -EBUSY, -EAGAIN, -ENOENT, 0 };
	struct transom_value *all;

	if (succeeded("reading values", transom_surface_dup_all_values(surface, &all), contended))
		transom_value_unref(all);
}

/* An ID that somebody had at some time; who made it may be dead, or dying. */
static void
visit(struct globals *self)
{
	static const int dying[] = { -ENOENT, -EACCES, 0 };
	static const int claimed[] = { -EBUSY, 0 };
	uint32_t id = atomic_load(&tally->ids[(unsigned)rand_r(&self->seed) % IDS]);
	struct transom_surface *surface;

	if (!id || !succeeded("looking an ID up", transom_surface_look_up_id(id, &surface), dying))
		return;
	read_values(surface);
	if (one_in(&self->seed, 2))
		write_values(self, surface);
	if (succeeded("using", transom_surface_begin_use(surface), claimed))
		check_eq(transom_surface_end_use(surface), 0);
	transom_surface_unref(surface);
}

static bool
step_globals(void *argument)
{
	struct globals *self = argument;
	unsigned i = (unsigned)rand_r(&self->seed) % MADE;

	if (!self->made[i] || one_in(&self->seed, 8))
		make_one(self, i);
	write_values(self, self->made[i]);
	read_values(self->made[i]);
	visit(self);
	pause_us(&self->seed, LONGEST_STEP_US);
	return true;
}

static bool
settle_globals(void *argument)
{
	struct globals *self = argument;

	for (unsigned i = 0; i < MADE; i++)
		self->made[i] = transom_surface_unref(self->made[i]);
	return true;
}

static void
end_globals(void *argument)
{
	settle_globals(argument);
	free(argument);
}

const struct role globals_role = { "globals", begin_globals, step_globals, settle_globals, end_globals };

/* Watchers */

struct watcher {
	struct life life;
	struct transom_name_watch *ports, *streams;
};

static void *
begin_watcher(struct life *life)
{
	/* Each takes an inotify instance, of which a user has 128 for all his programs. */
	static const int crowded[] = { -EMFILE, 0 };
	struct watcher *self = calloc(1, sizeof(*self));

	check(self);
	self->life = *life;
	succeeded("watching names", transom_name_watch_create(&self->ports), crowded);
	succeeded("watching streams", transom_stream_watch_create(&self->streams), crowded);
	return self;
}

static bool
hear_all(struct transom_name_watch *watch)
{
	static const int nothing[] = { -EAGAIN, -ETIMEDOUT, 0 };
	struct transom_name_event event;
	bool heard = false;

	while (watch && succeeded("hearing", transom_name_watch_next(watch, 0, &event), nothing)) {
		atomic_fetch_add(&tally->heard, 1);
		heard = true;
	}
	return heard;
}

static void
list(int (*create)(struct transom_name_list **))
{
	struct transom_name_list *names;

	check_eq(create(&names), 0);
	for (size_t i = 0; i < transom_name_list_get_count(names); i++)
		check(transom_name_list_get_name(names, i));
	transom_name_list_unref(names);
}

static void
ask(struct watcher *self)
{
	struct transom_inquiry *inquiry;
	char name[16];

	snprintf(name, sizeof(name), "film-%u", (unsigned)rand_r(&self->life.seed) % 4);
	if (!succeeded("asking", transom_inquiry_create(name, PATIENCE_MS, &inquiry), absence))
		return;
	transom_inquiry_unref(inquiry);
	atomic_fetch_add(&tally->asked, 1);
}

static bool
step_watcher(void *argument)
{
	struct watcher *self = argument;

	hear_all(self->ports);
	hear_all(self->streams);
	list(transom_name_list_create);
	list(transom_stream_list_create);
	ask(self);
	pause_us(&self->life.seed, LONGEST_STEP_US);
	return true;
}

static bool
settle_watcher(void *argument)
{
	struct watcher *self = argument;

	return !hear_all(self->ports) && !hear_all(self->streams);
}

static void
end_watcher(void *argument)
{
	struct watcher *self = argument;

	transom_name_watch_unref(self->ports);
	transom_name_watch_unref(self->streams);
	free(self);
}

const struct role watcher_role = { "watcher", begin_watcher, step_watcher, settle_watcher, end_watcher };
