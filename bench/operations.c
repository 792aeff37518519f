/* operations.c - what is measured: each operation of the library, and what the kernel's share costs. */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"

enum { WIDTH = 1920, HEIGHT = 1080, BYTES = WIDTH * HEIGHT * 4, PAGE = 4096 };

static void
raw_one_core(struct population *population, unsigned times)
{
	pass_raw(population->one_core, times);
}

static void
right_one_core(struct population *population, unsigned times)
{
	pass_right(population->one_core, population, times);
}

static void
raw_two_cores(struct population *population, unsigned times)
{
	pass_raw(population->two_cores, times);
}

static void
right_two_cores(struct population *population, unsigned times)
{
	pass_right(population->two_cores, population, times);
}

static void
touch(void *base, size_t size)
{
	for (size_t at = 0; at < size; at += PAGE)
		((volatile char *)base)[at] = 1;
}

static void
make_memory(unsigned times, bool map, bool touched)
{
	for (unsigned i = 0; i < times; i++) {
		int fd = memfd_create("raw", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		void *base;

		must(fd >= 0 && ftruncate(fd, BYTES) == 0);
		if (map) {
			base = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
			must(base != MAP_FAILED);
			if (touched)
				touch(base, BYTES);
			munmap(base, BYTES);
		}
		close(fd);
	}
}

static void
make_surfaces(unsigned times, bool map, bool touched)
{
	struct transom_surface_options options = {
		.size = sizeof(options), .format = TRANSOM_FORMAT_BGRA8, .width = WIDTH, .height = HEIGHT
	};

	for (unsigned i = 0; i < times; i++) {
		struct transom_surface *surface = NULL;

		must(transom_surface_create(&options, &surface) == 0);
		if (map) {
			must(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL) == 0);
			if (touched)
				touch(transom_surface_get_base(surface), BYTES);
			must(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL) == 0);
		}
		transom_surface_unref(surface);
	}
}

static void
raw_create(struct population *population, unsigned times)
{
	make_memory(times, false, false);
}

static void
raw_map(struct population *population, unsigned times)
{
	make_memory(times, true, false);
}

static void
raw_touch(struct population *population, unsigned times)
{
	make_memory(times, true, true);
}

static void
create(struct population *population, unsigned times)
{
	make_surfaces(times, false, false);
}

static void
create_map(struct population *population, unsigned times)
{
	make_surfaces(times, true, false);
}

static void
create_touch(struct population *population, unsigned times)
{
	make_surfaces(times, true, true);
}

static void
create_right(struct population *population, unsigned times)
{
	for (unsigned i = 0; i < times; i++) {
		int right = -1;

		must(transom_surface_create_right(population->subject, &right) == 0);
		close(right);
	}
}

static void
look_up_known(struct population *population, unsigned times)
{
	struct transom_surface *surface = NULL;
	int right = -1;

	must(transom_surface_create_right(population->subject, &right) == 0);
	for (unsigned i = 0; i < times; i++) {
		must(transom_surface_look_up(right, &surface) == 0);
		transom_surface_unref(surface);
	}
	close(right);
}

/* The right outlives the surface, so that each look-up is the first one. */
static void
look_up_new(struct population *population, unsigned times)
{
	struct transom_surface *surface = create_small_surface();
	int right = -1;

	must(transom_surface_create_right(surface, &right) == 0);
	transom_surface_unref(surface);
	for (unsigned i = 0; i < times; i++) {
		must(transom_surface_look_up(right, &surface) == 0);
		transom_surface_unref(surface);
	}
	close(right);
}

static void
use(struct population *population, unsigned times)
{
	for (unsigned i = 0; i < times; i++) {
		must(transom_surface_begin_use(population->subject) == 0);
		transom_surface_end_use(population->subject);
	}
}

static void
is_in_use(struct population *population, unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		must(transom_surface_is_in_use(population->subject));
}

static void
lock(struct population *population, unsigned times)
{
	for (unsigned i = 0; i < times; i++) {
		must(transom_surface_lock(population->subject, TRANSOM_SURFACE_LOCK_WRITE, NULL) == 0);
		must(transom_surface_unlock(population->subject, TRANSOM_SURFACE_LOCK_WRITE, NULL) == 0);
	}
}

static void
pool_hit(struct population *population, unsigned times)
{
	for (unsigned i = 0; i < times; i++) {
		struct transom_pixel_buffer *buffer = NULL;

		must(transom_pool_acquire(population->pool, 0, &buffer) == 0);
		transom_pixel_buffer_unref(buffer);
	}
}

/* The free ones take turns: each hit is of the buffer that was not used for longest. */
static void
pool_hit_idle(struct population *population, unsigned times)
{
	population_release_buffers(population);
	pool_hit(population, times);
}

const struct operation operations[] = {
	{ "raw", "one fd, raw: in one process", pass_raw_here, 1, NULL, true },
	{ "right", "right: in one process", pass_right_here, 1, "raw", true },
	{ "raw-one-core", "one fd, raw: two processes, one core", raw_one_core, 2, NULL, true },
	{ "right-one-core", "right: two processes, one core", right_one_core, 2, "raw-one-core", true },
	{ "raw-two-cores", "one fd, raw: two processes, two cores", raw_two_cores, 2, NULL, true },
	{ "right-two-cores", "right: two processes, two cores", right_two_cores, 2, "raw-two-cores", true },
	{ "raw-create", "memfd: create and close", raw_create, 1, NULL, true },
	{ "create", "surface: create and unref", create, 1, "raw-create", true },
	{ "raw-map", "memfd: create, map, close", raw_map, 1, NULL, true },
	{ "create-map", "surface: create, lock, unref", create_map, 1, "raw-map", true },
	{ "raw-touch", "memfd: create, map, touch 8 MiB, close", raw_touch, 1, NULL, false },
	{ "create-touch", "surface: create, lock, touch 8 MiB, unref", create_touch, 1, "raw-touch", false },
	{ "create-right", "right: create and close", create_right, 1, NULL, true },
	{ "look-up-known", "look up a surface that is known", look_up_known, 1, NULL, true },
	{ "look-up-new", "look up a new one, and unref", look_up_new, 1, NULL, true },
	{ "use", "begin and end a use", use, 1, NULL, true },
	{ "is-in-use", "in-use query", is_in_use, 1, NULL, true },
	{ "lock", "lock and unlock", lock, 1, NULL, true },
	{ "pool-hit", "pool: acquire and unref, others out", pool_hit, 1, NULL, true },
	/* The last one: it gives all buffers back. */
	{ "pool-hit-idle", "pool: acquire and unref, others idle", pool_hit_idle, 1, NULL, true },
};
const size_t operation_count = sizeof(operations) / sizeof(operations[0]);

const struct operation *
operation_find(const char *name)
{
	for (size_t i = 0; i < operation_count; i++)
		if (!strcmp(operations[i].name, name))
			return &operations[i];
	return NULL;
}
