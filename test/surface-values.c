/* surface-values.c - values of a surface, shared, hostile, and with writers that are killed; part of test-surface. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <transom/surface.h>

#include "harness.h"
#include "lock-private.h"
#include "surface-private.h"
#include "surfaces.h"

static struct transom_value *
integer(int64_t number)
{
	struct transom_value *value;

	check_eq(transom_value_create_integer(number, &value), 0);
	return value;
}

static void
set_integer(struct transom_surface *surface, const char *key, int64_t number)
{
	struct transom_value *value = integer(number);

	check_eq(transom_surface_set_value(surface, key, value), 0);
	transom_value_unref(value);
}

static int64_t
get_integer(struct transom_surface *surface, const char *key)
{
	struct transom_value *value;
	int64_t number = -1;

	check_eq(transom_surface_dup_value(surface, key, &value), 0);
	check_eq(transom_value_get_integer(value, &number), 0);
	transom_value_unref(value);
	return number;
}

static void
change_values(struct transom_surface *surface)
{
	check_eq(get_integer(surface, "one"), 1);
	set_integer(surface, "two", 2);
	check_eq(transom_surface_remove_value(surface, "one"), 0);
}

TEST(values_are_shared)
{
	struct transom_surface *surface = create_small();
	struct transom_value *all, *value = NULL;

	check_eq(transom_surface_dup_all_values(surface, &all), 0);
	check_eq(transom_value_get_count(all), 0);
	check_eq(transom_surface_dup_value(surface, "one", &value), -ENOENT);
	set_integer(surface, "one", 1);
	check_eq(transom_value_get_count(all), 0); /* a moment does not change */
	transom_value_unref(all);
	check_eq(visit(surface, change_values), 0);
	check_eq(transom_surface_dup_value(surface, "one", &value), -ENOENT);
	check_eq(transom_surface_remove_value(surface, "one"), -ENOENT);
	check_eq(get_integer(surface, "two"), 2);
	check(!value);
	check_eq(transom_surface_remove_all_values(surface), 0);
	check_eq(transom_surface_dup_value(surface, "two", &value), -ENOENT);
	value = integer(5);
	check_eq(transom_surface_set_values(surface, value), -EINVAL);
	check_eq(transom_surface_set_value(surface, NULL, value), -EINVAL);
	check_eq(transom_surface_set_value(surface, "\xff", value), -EINVAL);
	transom_value_unref(value);
	transom_surface_unref(surface);
}

TEST(values_have_a_limit)
{
	struct transom_surface_options options = options_of(TRANSOM_FORMAT_BGRA8, 8, 8, 0);
	struct transom_surface *surface;
	struct transom_value *value;
	static char bytes[70000];

	options.values_size = 5000; /* rounded up to pages */
	check_eq(transom_surface_create(&options, &surface), 0);
	set_integer(surface, "small", 1);
	check_eq(transom_value_create_data(bytes, sizeof(bytes), &value), 0);
	check_eq(transom_surface_set_value(surface, "large", value), -E2BIG);
	transom_value_unref(value);
	check_eq(get_integer(surface, "small"), 1);
	transom_surface_unref(surface);
}

static void
write_values_forever(struct transom_surface *surface)
{
	for (int64_t i = 0;; i++) {
		struct transom_value *values[3] = { integer(i), integer(i), integer(-i) };
		const char *keys[3] = { "a", "b", "minus" };
		struct transom_value *all;

		check_eq(transom_value_create_dictionary(keys, values, 3, &all), 0);
		check_eq(transom_surface_set_values(surface, all), 0);
		transom_value_unref(all);
		for (int v = 0; v < 3; v++)
			transom_value_unref(values[v]);
	}
}

TEST_FOR(values_are_whole_even_if_their_writers_are_killed, 60)
{
	struct transom_surface *surface = create_small();
	int64_t a, b, minus;

	for (int round = 0; round < 40; round++) {
		struct visitor visitor = { create_right(surface), write_values_forever };
		pid_t writers[2];

		for (int w = 0; w < 2; w++)
			writers[w] = spawn(visit_right, &visitor);
		close(visitor.right);
		for (int i = 0; i < 200; i++) {
			struct transom_value *all;
			int r = transom_surface_dup_all_values(surface, &all);

			if (r == -EBUSY)
				continue;
			check_eq(r, 0);
			if (transom_value_get_value(all, "a")) {
				check_eq(transom_value_get_integer(transom_value_get_value(all, "a"), &a), 0);
				check_eq(transom_value_get_integer(transom_value_get_value(all, "b"), &b), 0);
				check_eq(transom_value_get_integer(transom_value_get_value(all, "minus"),
								   &minus),
					 0);
				check(a == b && a == -minus);
			}
			transom_value_unref(all);
			if (i == round)
				kill(writers[0], SIGKILL);
		}
		kill(writers[0], SIGKILL);
		kill(writers[1], SIGKILL);
		check_eq(wait_for(writers[0]), -SIGKILL);
		check_eq(wait_for(writers[1]), -SIGKILL);
		set_integer(surface, "after", round); /* the lock died with them */
		check_eq(get_integer(surface, "after"), round);
	}
	transom_surface_unref(surface);
}

TEST(hostile_values_are_refused_and_can_be_removed)
{
	struct transom_surface *surface = create_small();
	struct surface_state *state = surface_get_state(surface);
	struct transom_value *value = NULL;
	unsigned char *slots = (unsigned char *)atomic_load(&surface->map) + surface->header.values_offset;

	set_integer(surface, "one", 1);
	atomic_store(&state->values, UINT64_MAX);
	check_eq(transom_surface_dup_value(surface, "one", &value), -EBADMSG);
	atomic_store(&state->values, (uint64_t)surface->header.values_size + 1);
	check_eq(transom_surface_dup_value(surface, "one", &value), -EBADMSG);
	memset(slots, 0xff, 100);
	atomic_store(&state->values, 100);
	check_eq(transom_surface_dup_value(surface, "one", &value), -EBADMSG);
	slots[0] = 1; /* a good value, but no dictionary */
	atomic_store(&state->values, 1);
	check_eq(transom_surface_dup_value(surface, "one", &value), -EBADMSG);
	check(!value);
	value = integer(1);
	check_eq(transom_surface_set_value(surface, "one", value), -EBADMSG);
	transom_value_unref(value);
	check_eq(transom_surface_remove_value(surface, "one"), -EBADMSG);
	check_eq(transom_surface_remove_all_values(surface), 0);
	set_integer(surface, "one", 1);
	check_eq(get_integer(surface, "one"), 1);
	transom_surface_unref(surface);
}

TEST(values_locked_for_ever_are_busy)
{
	struct transom_surface *surface = create_small();
	int right = create_right(surface);
	struct transom_value *value = integer(1);

	check_eq(lock_byte_exclusive(right, SURFACE_VALUES_BYTE), 0);
	check_eq(transom_surface_set_value(surface, "k", value), -EBUSY);
	close(right);
	check_eq(transom_surface_set_value(surface, "k", value), 0);
	transom_value_unref(value);
	transom_surface_unref(surface);
}
