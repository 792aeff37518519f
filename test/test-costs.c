/* test-costs.c - what the hot paths cost, in things that can be counted: calls, descriptors, pages. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <transom/transom.h>

#include "count-syscalls.h"
#include "harness.h"

enum { TIMES = 100 };

static struct transom_surface *
create_surface(void)
{
	struct transom_surface_options options = {
		.size = sizeof(options), .format = TRANSOM_FORMAT_BGRA8, .width = 64, .height = 64
	};
	struct transom_surface *surface = NULL;

	check_eq(transom_surface_create(&options, &surface), 0);
	return surface;
}

static struct transom_pool *
create_pool(void)
{
	struct transom_pool_options options = {
		.size = sizeof(options),
		.flags = TRANSOM_POOL_KEEP_FOREVER,
		.buffer = { .size = sizeof(options.buffer),
			    .format = TRANSOM_FORMAT_BGRA8,
			    .width = 64,
			    .height = 64 },
	};
	struct transom_pool *pool = NULL;

	check_eq(transom_pool_create(&options, &pool), 0);
	return pool;
}

/* Counts what @body does, or skips the test where a child cannot be traced. */
static struct syscall_counts
count(void (*body)(void *), void *argument)
{
	struct syscall_counts counts = { 0 };
	int r;

	if (getenv("TRANSOM_TEST_VALGRIND"))
		skip("valgrind makes system calls of its own");
	r = count_syscalls(body, argument, &counts);
	if (r == -EPERM || r == -ENOSYS)
		skip("no tracing here");
	check_eq(r, 0);
	for (unsigned i = 0; i < counts.kinds; i++)
		fprintf(stderr, "# %s: %lu\n", counts.of[i].name, counts.of[i].times);
	return counts;
}

static void
hit_pool(void *passed)
{
	struct transom_pool *pool = create_pool();
	struct transom_pixel_buffer *buffer = NULL;
	int right;

	check_eq(transom_pool_acquire(pool, 0, &buffer), 0);
	if (*(bool *)passed) {
		check_eq(transom_surface_create_right(transom_pixel_buffer_get_surface(buffer), &right), 0);
		close(right);
	}
	transom_pixel_buffer_unref(buffer);
	for (int i = 0; i < TIMES; i++) {
		count_syscalls_start();
		check_eq(transom_pool_acquire(pool, 0, &buffer), 0);
		count_syscalls_stop();
		transom_pixel_buffer_unref(buffer);
	}
	transom_pool_unref(pool);
}

TEST(a_pool_hit_is_at_most_three_calls)
{
	bool passed[] = { false, true };

	for (int i = 0; i < 2; i++)
		check(count(hit_pool, &passed[i]).total <= 3 * TIMES);
}

static void
look_up_again(void *unused)
{
	struct transom_surface *surface = create_surface(), *first = NULL, *again = NULL;
	int right = -1;

	check_eq(transom_surface_create_right(surface, &right), 0);
	transom_surface_unref(surface);
	count_syscalls_start();
	check_eq(transom_surface_look_up(right, &first), 0);
	check_eq(transom_surface_lock(first, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	for (int i = 0; i < TIMES; i++) {
		check_eq(transom_surface_look_up(right, &again), 0);
		check(again == first);
		check_eq(transom_surface_lock(again, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
		check_eq(transom_surface_unlock(again, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
		transom_surface_unref(again);
	}
	count_syscalls_stop();
	transom_surface_unlock(first, TRANSOM_SURFACE_LOCK_READ, NULL);
	transom_surface_unref(first);
	close(right);
}

/* The first lock maps; whoever reads all of a stream of rights to the same surface maps once. */
TEST(a_surface_that_is_recognised_is_not_mapped_again)
{
	struct syscall_counts counts = count(look_up_again, NULL);
	unsigned long other = count_syscalls_named(&counts, "brk"); /* the allocator's, for the first */

	check(count_syscalls_named(&counts, "mmap") == 1);
	check(count_syscalls_named(&counts, "munmap") == 0);
	check(counts.total - other <= 2 * TIMES + 12);
}

static void
ask_in_use(void *unused)
{
	struct transom_surface *surface = create_surface();
	int right = -1;

	check_eq(transom_surface_create_right(surface, &right), 0);
	count_syscalls_start();
	for (int i = 0; i < TIMES; i++)
		check(transom_surface_is_in_use(surface));
	count_syscalls_stop();
	close(right);
	transom_surface_unref(surface);
}

TEST(an_in_use_query_is_one_call)
{
	check_eq(count(ask_in_use, NULL).total, TIMES);
}

static void
lock_and_unlock(void *unused)
{
	struct transom_surface *surface = create_surface();

	for (int i = 0; i <= TIMES; i++) {
		if (i == 1)
			count_syscalls_start();
		check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
		check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	}
	count_syscalls_stop();
	transom_surface_unref(surface);
}

TEST(locks_are_no_calls)
{
	check_eq(count(lock_and_unlock, NULL).total, 0);
}

/* Pages of its file that a surface has when each of its pixels was written, and those that pixels need. */
TEST(a_surface_costs_two_pages_and_two_fds_beside_its_pixels)
{
	struct transom_surface *first = create_surface(), *surface;
	struct transom_surface_geometry geometry;
	long page = sysconf(_SC_PAGESIZE);
	struct stat st;
	int before, right = -1;

	check_eq(transom_surface_begin_use(first), 0); /* what the process has once */
	before = count_fds();
	surface = create_surface();
	check_eq(transom_surface_begin_use(surface), 0);
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	check_eq(transom_surface_get_geometry(surface, &geometry), 0);
	check_eq(geometry.allocation_size % (uint64_t)page, 0);
	memset(transom_surface_get_base(surface), 1, geometry.allocation_size);
	check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	check(count_fds() - before <= 2);
	check_eq(transom_surface_create_right(surface, &right), 0);
	check_eq(fstat(right, &st), 0);
	check((uint64_t)st.st_blocks * 512 <= geometry.allocation_size + 2 * (uint64_t)page);
	close(right);
	transom_surface_end_use(surface);
	transom_surface_unref(surface);
	transom_surface_end_use(first);
	transom_surface_unref(first);
}
