/* cases-surface.c - faults in surfaces. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <transom/transom.h>

#include "../harness.h"
#include "fault.h"

static struct transom_surface *surface, *global;
static struct transom_surface_watch *watch;
static struct transom_value *number;
static int right = -1, memory = -1;

static struct transom_surface_options
image(void)
{
	return (struct transom_surface_options){ .size = sizeof(struct transom_surface_options),
						 .format = TRANSOM_FORMAT_BGRA8,
						 .width = 64,
						 .height = 64 };
}

static void
make_surface(void)
{
	struct transom_surface_options options = image();

	check_eq(transom_surface_create(&options, &surface), 0);
	check_eq(transom_value_create_integer(7, &number), 0);
	watched = surface;
}

static void
make_used_surface(void)
{
	make_surface();
	check_eq(transom_surface_set_value(surface, "key", number), 0);
	check_eq(transom_surface_begin_use(surface), 0);
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
}

static void
drop_surface(int r)
{
	if (r >= 0)
		transom_surface_unref(out.pointer);
}

FAULT(transom_surface_create, nothing, nothing, drop_surface)
{
	struct transom_surface_options options = image();

	options.flags = TRANSOM_SURFACE_GLOBAL | TRANSOM_SURFACE_PREFAULT | TRANSOM_SURFACE_MAKER_WRITES;
	options.name = "fault";
	return transom_surface_create(&options, (struct transom_surface **)&out.pointer);
}

static void
make_memory(void)
{
	memory = memfd_create("fault", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	check(memory >= 0 && ftruncate(memory, 65536) == 0 && fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
}

static struct transom_surface_memory_options
capsule(void)
{
	return (struct transom_surface_memory_options){
		.size = sizeof(struct transom_surface_memory_options),
		.flags = TRANSOM_SURFACE_PREFAULT,
		.format = TRANSOM_FORMAT_BGRA8,
		.width = 64,
		.height = 64,
		.plane_count = 1,
		.planes = { { .fd = memory } },
	};
}

FAULT(transom_surface_create_with_memory, make_memory, nothing, drop_surface)
{
	struct transom_surface_memory_options options = capsule();

	return transom_surface_create_with_memory(&options, (struct transom_surface **)&out.pointer);
}

static void
close_one(int r)
{
	if (r >= 0)
		close(out.fds[0]);
}

/* Most machines have no /dev/udmabuf: what it says then is what it says without a fault. */
FAULT(transom_surface_create_dma_buf, make_surface, nothing, nothing_after)
{
	int r = transom_surface_create_dma_buf(surface, &out.fds[0]);

	close_one(r);
	return r == -EOPNOTSUPP ? 0 : r;
}

FAULT(transom_surface_ref, make_surface, nothing, drop_surface)
{
	out.pointer = transom_surface_ref(surface);
	return 0;
}

static struct transom_surface *other;

static void
make_other(void)
{
	struct transom_surface_options options = image();

	check_eq(transom_surface_create(&options, &other), 0);
	check_eq(transom_surface_begin_use(other), 0);
	check_eq(transom_surface_lock(other, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
}

FAULT(transom_surface_unref, nothing, make_other, nothing_after)
{
	other = transom_surface_unref(other);
	return 0;
}

FAULT(transom_surface_create_right, make_surface, nothing, close_one)
{
	return transom_surface_create_right(surface, &out.fds[0]);
}

/* A right to a surface that this process does not have, plain or, in the next call, a capsule. */
static void
make_right(void)
{
	struct transom_surface_memory_options options = capsule();
	struct transom_surface_options plain = image();
	static unsigned times;

	if (times++ % 2)
		check_eq(transom_surface_create(&plain, &other), 0);
	else
		check_eq(transom_surface_create_with_memory(&options, &other), 0);
	check_eq(transom_surface_create_right(other, &right), 0);
	other = transom_surface_unref(other);
}

static void
drop_right(int r)
{
	drop_surface(r);
	close(right);
}

FAULT(transom_surface_look_up, make_memory, make_right, drop_right)
{
	return transom_surface_look_up(right, (struct transom_surface **)&out.pointer);
}

static void
make_global(void)
{
	struct transom_surface_options options = image();

	options.flags = TRANSOM_SURFACE_GLOBAL;
	check_eq(transom_surface_create(&options, &global), 0);
}

FAULT(transom_surface_look_up_id, make_global, nothing, drop_surface)
{
	return transom_surface_look_up_id(transom_surface_get_id(global),
					  (struct transom_surface **)&out.pointer);
}

static void
end_use(int r)
{
	if (r >= 0)
		check_eq(transom_surface_end_use(surface), 0);
}

FAULT(transom_surface_begin_use, make_surface, nothing, end_use)
{
	return transom_surface_begin_use(surface);
}

static void
begin_use(void)
{
	check_eq(transom_surface_begin_use(surface), 0);
}

FAULT(transom_surface_end_use, make_surface, begin_use, nothing_after)
{
	return transom_surface_end_use(surface);
}

static void
end_claim(int r)
{
	if (r >= 0)
		check_eq(transom_surface_end_claim(surface), 0);
}

FAULT(transom_surface_claim, make_surface, nothing, end_claim)
{
	return transom_surface_claim(surface);
}

static void
claim(void)
{
	check_eq(transom_surface_claim(surface), 0);
}

FAULT(transom_surface_end_claim, make_surface, claim, nothing_after)
{
	return transom_surface_end_claim(surface);
}

#define READS(fn, expression)                                                                                \
	FAULT(fn, make_used_surface, nothing, nothing_after)                                                 \
	{                                                                                                    \
		check(expression);                                                                           \
		return 0;                                                                                    \
	}

READS(transom_surface_get_use_count, transom_surface_get_use_count(surface) == 1)
READS(transom_surface_is_in_use, transom_surface_is_in_use(surface))
READS(transom_surface_is_in_use_elsewhere, !transom_surface_is_in_use_elsewhere(surface))
READS(transom_surface_get_seed, transom_surface_get_seed(surface) == 0)
READS(transom_surface_get_base, transom_surface_get_base(surface))
READS(transom_surface_get_plane_base, transom_surface_get_plane_base(surface, 0))
READS(transom_surface_is_writable, transom_surface_is_writable(surface))
READS(transom_surface_get_id, transom_surface_get_id(surface))
READS(transom_surface_get_identity, transom_surface_get_identity(surface))
READS(transom_surface_get_maximum, transom_surface_get_maximum(TRANSOM_SURFACE_WIDTH))
READS(transom_surface_get_alignment, transom_surface_get_alignment(TRANSOM_SURFACE_BYTES_PER_ROW))
READS(transom_surface_align, transom_surface_align(TRANSOM_SURFACE_BYTES_PER_ROW, 1))

FAULT(transom_surface_get_geometry, make_used_surface, nothing, nothing_after)
{
	return transom_surface_get_geometry(surface, (struct transom_surface_geometry *)(void *)&out);
}

FAULT(transom_surface_get_plane, make_used_surface, nothing, nothing_after)
{
	return transom_surface_get_plane(surface, 0, (struct transom_plane_layout *)(void *)&out);
}

FAULT(transom_surface_count_uses, make_used_surface, nothing, nothing_after)
{
	return transom_surface_count_uses(surface);
}

static void
drop_watch(int r)
{
	if (r >= 0)
		transom_surface_watch_unref(out.pointer);
}

FAULT(transom_surface_watch_create, make_surface, nothing, drop_watch)
{
	return transom_surface_watch_create(surface, (struct transom_surface_watch **)&out.pointer);
}

static void
make_watch(void)
{
	check_eq(transom_surface_watch_create(surface, &watch), 0);
}

static void
unmake_watch(int r)
{
	watch = transom_surface_watch_unref(watch);
}

FAULT(transom_surface_watch_unref, make_surface, make_watch, nothing_after)
{
	watch = transom_surface_watch_unref(watch);
	return 0;
}

FAULT(transom_surface_watch_get_fd, make_surface, make_watch, unmake_watch)
{
	return transom_surface_watch_get_fd(watch);
}

FAULT(transom_surface_watch_wait, make_surface, make_watch, unmake_watch)
{
	return transom_surface_watch_wait(watch, 1000);
}

/* A surface that is not mapped yet, for each call. */
static void
make_unmapped(void)
{
	struct transom_surface_options options = image();

	check_eq(transom_surface_create(&options, &surface), 0);
}

static void
unlock(int r)
{
	if (r >= 0)
		check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	surface = transom_surface_unref(surface);
}

FAULT(transom_surface_lock, nothing, make_unmapped, unlock)
{
	return transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, &out.word);
}

static void
lock(void)
{
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
}

FAULT(transom_surface_unlock, make_surface, lock, nothing_after)
{
	return transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_WRITE, &out.word);
}

FAULT(transom_surface_get_name, make_used_surface, nothing, nothing_after)
{
	return transom_surface_get_name(surface, out.text, sizeof(out.text));
}

FAULT(transom_surface_describe, make_used_surface, nothing, nothing_after)
{
	return transom_surface_describe(surface, out.text, sizeof(out.text));
}

/* Values */

static void
drop_value(int r)
{
	if (r >= 0)
		transom_value_unref(out.pointer);
}

FAULT(transom_surface_set_value, make_surface, nothing, nothing_after)
{
	return transom_surface_set_value(surface, "key", number);
}

static struct transom_value *dictionary;

static void
make_dictionary(void)
{
	make_used_surface();
	check_eq(transom_value_create_dictionary(&(const char *){ "a" }, &number, 1, &dictionary), 0);
}

FAULT(transom_surface_set_values, make_dictionary, nothing, nothing_after)
{
	return transom_surface_set_values(surface, dictionary);
}

FAULT(transom_surface_dup_value, make_used_surface, nothing, drop_value)
{
	return transom_surface_dup_value(surface, "key", (struct transom_value **)&out.pointer);
}

FAULT(transom_surface_dup_all_values, make_used_surface, nothing, drop_value)
{
	return transom_surface_dup_all_values(surface, (struct transom_value **)&out.pointer);
}

static void
set_value(void)
{
	check_eq(transom_surface_set_value(surface, "key", number), 0);
}

FAULT(transom_surface_remove_value, make_surface, set_value, nothing_after)
{
	return transom_surface_remove_value(surface, "key");
}

FAULT(transom_surface_remove_all_values, make_surface, set_value, nothing_after)
{
	return transom_surface_remove_all_values(surface);
}

FAULT(transom_surface_set_purgeable, make_surface, nothing, nothing_after)
{
	return transom_surface_set_purgeable(surface, TRANSOM_SURFACE_EMPTY,
					     (enum transom_surface_purgeable *)&out.word);
}

static void
make_volatile(void)
{
	check_eq(transom_surface_set_purgeable(surface, TRANSOM_SURFACE_NONVOLATILE, NULL), 0);
	check_eq(transom_surface_set_purgeable(surface, TRANSOM_SURFACE_VOLATILE, NULL), 0);
}

FAULT(transom_surface_discard_volatile, make_surface, make_volatile, nothing_after)
{
	return (int)transom_surface_discard_volatile(1);
}
