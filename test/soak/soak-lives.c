/* soak-lives.c - what all lives of the soak test have in common: chance, expected errors, marks on frames; and the house, whose lives are threads. */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "soak.h"

enum { HOUSEHOLD = 6, LONGEST_LIFE = 400 /* steps */ };

const int absence[] = {
	-ENOENT, -EPIPE, -ECONNRESET, -EAGAIN, -ETIMEDOUT, -EADDRINUSE, -ENOTCONN, -EMFILE, 0
};

bool
one_in(unsigned *seed, unsigned n)
{
	return (unsigned)rand_r(seed) % n == 0;
}

void
pause_us(unsigned *seed, unsigned longest)
{
	usleep((unsigned)rand_r(seed) % longest);
}

bool
succeeded(const char *what, int r, const int *expected)
{
	if (r >= 0)
		return true;
	while (*expected)
		if (*expected++ == r)
			return false;
	if (atomic_fetch_add(&tally->unexpected, 1) < 10)
		fprintf(stderr, "%s: %s\n", what, strerror(-r));
	return false;
}

static volatile uint32_t *
find_last_pixel(struct transom_surface *surface, volatile uint32_t **ret_first)
{
	struct transom_surface_geometry geometry;
	char *base = transom_surface_get_base(surface);

	check_eq(transom_surface_get_geometry(surface, &geometry), 0);
	*ret_first = (volatile uint32_t *)(void *)base;
	return (volatile uint32_t *)(void *)(base + (size_t)(geometry.height - 1) * geometry.bytes_per_row +
					     (size_t)(geometry.width - 1) * 4);
}

uint32_t
draw_mark(struct transom_pixel_buffer *buffer)
{
	struct transom_surface *surface = transom_pixel_buffer_get_surface(buffer);
	uint32_t mark = atomic_fetch_add(&tally->marks, 1) + 1;
	volatile uint32_t *first, *last;

	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	last = find_last_pixel(surface, &first);
	*first = mark;
	*last = mark;
	check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	return mark;
}

uint32_t
read_mark(struct transom_surface *surface)
{
	volatile uint32_t *first, *last;
	uint32_t mark;

	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	last = find_last_pixel(surface, &first);
	mark = *first == *last ? *first : 0;
	check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	return mark;
}

void
check_mark(struct transom_surface *surface, uint32_t mark)
{
	atomic_fetch_add(&tally->read, 1);
	if (mark && read_mark(surface) == mark)
		return;
	if (atomic_fetch_add(&tally->changed, 1) < 10)
		fprintf(stderr, "a frame has changed while it was held: %u is %u\n", mark,
			read_mark(surface));
}

const struct role *
choose_role(unsigned *seed, bool in_house)
{
	const struct role *const roles[] = {
		&publisher_role, &subscriber_role, &subscriber_role, &subscriber_role,
		&forwarder_role, &renderer_role,   &renderer_role,   &receiver_role,
		&globals_role,   &watcher_role,    &house_role,
	};
	unsigned count = sizeof(roles) / sizeof(roles[0]) - in_house;

	return roles[(unsigned)rand_r(seed) % count];
}

/* The house: threads that live and die in one process. */

struct tenant {
	struct life life;
	pthread_t thread;
	atomic_bool leave, gone;
	bool begun;
};

struct house {
	unsigned seed;
	unsigned numbers; /* of streams and ports, among which its tenants choose */
	struct tenant tenants[HOUSEHOLD];
};

static void *
live(void *argument)
{
	struct tenant *tenant = argument;
	unsigned steps = 1 + (unsigned)rand_r(&tenant->life.seed) % LONGEST_LIFE;
	void *self = tenant->life.role->begin(&tenant->life);

	while (self && steps-- && !atomic_load(&tenant->leave) && tenant->life.role->step(self))
		;
	if (self)
		tenant->life.role->end(self);
	atomic_store(&tenant->gone, true);
	return NULL;
}

static void *
begin_house(struct life *life)
{
	struct house *house = calloc(1, sizeof(*house));

	check(house);
	house->seed = life->seed;
	house->numbers = life->resident ? 4 : life->number + 1;
	return house;
}

static void
move_in(struct house *house, struct tenant *tenant)
{
	tenant->life = (struct life){ .role = choose_role(&house->seed, true),
				      .number = (unsigned)rand_r(&house->seed) % house->numbers,
				      .seed = (unsigned)rand_r(&house->seed) };
	atomic_store(&tenant->leave, false);
	atomic_store(&tenant->gone, false);
	check_eq(pthread_create(&tenant->thread, NULL, live, tenant), 0);
	tenant->begun = true;
	atomic_fetch_add(&tally->threads, 1);
}

static bool
step_house(void *self)
{
	struct house *house = self;

	for (unsigned i = 0; i < HOUSEHOLD; i++) {
		struct tenant *tenant = &house->tenants[i];

		if (tenant->begun && atomic_load(&tenant->gone)) {
			check_eq(pthread_join(tenant->thread, NULL), 0);
			tenant->begun = false;
		}
		if (!tenant->begun)
			move_in(house, tenant);
	}
	pause_us(&house->seed, 5000);
	return true;
}

static bool
settle_house(void *self)
{
	struct house *house = self;

	for (unsigned i = 0; i < HOUSEHOLD; i++)
		atomic_store(&house->tenants[i].leave, true);
	for (unsigned i = 0; i < HOUSEHOLD; i++) {
		if (house->tenants[i].begun)
			check_eq(pthread_join(house->tenants[i].thread, NULL), 0);
		house->tenants[i].begun = false;
	}
	return true;
}

static void
end_house(void *self)
{
	settle_house(self);
	free(self);
}

const struct role house_role = { "house", begin_house, step_house, settle_house, end_house };
