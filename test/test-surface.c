/* test-surface.c - surfaces: layout, options, locks, names, purgeable contents; surface-*.c here has the rest. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <transom/surface.h>

#include "harness.h"
#include "surface-private.h"
#include "surfaces.h"

TEST(packed_surface)
{
	struct transom_surface *surface = create_surface(TRANSOM_FORMAT_BGRA8, 67, 5, 0);
	struct transom_surface_geometry geometry;
	struct transom_plane_layout plane;
	uint32_t seed = 99;
	unsigned char *base;

	check_eq(transom_surface_get_geometry(surface, &geometry), 0);
	check_eq(geometry.width, 67);
	check_eq(geometry.height, 5);
	check_eq(geometry.plane_count, 0);
	check_eq(geometry.bytes_per_row, 320);
	check_eq(geometry.bytes_per_element, 4);
	check_eq(geometry.allocation_size, 5 * 320);
	check_eq(transom_surface_get_plane(surface, 0, &plane), 0);
	check_eq(plane.bytes_per_row, 320);
	check_eq(transom_surface_get_plane(surface, 1, &plane), -ENOENT);
	check(!transom_surface_get_base(surface));
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, &seed), 0);
	check_eq(seed, 0);
	base = transom_surface_get_base(surface);
	check((uintptr_t)base % (uintptr_t)sysconf(_SC_PAGESIZE) == 0);
	check(transom_surface_get_plane_base(surface, 0) == base);
	check(!transom_surface_get_plane_base(surface, 1));
	for (size_t i = 0; i < geometry.allocation_size; i++)
		check_eq(base[i], 0);
	base[geometry.allocation_size - 1] = 7;
	check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_READ, &seed), -EINVAL);
	check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_WRITE, &seed), 0);
	check_eq(seed, 1);
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, &seed), 0);
	check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_READ, &seed), 0);
	check_eq(seed, 1);
	check_eq(transom_surface_get_seed(surface), 1);
	check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), -EINVAL);
	check_eq(transom_surface_lock(surface, 0, NULL), -EINVAL);
	check_eq(transom_surface_lock(surface, 4, NULL), -EINVAL);
	transom_surface_unref(surface);
}

TEST(planar_surface)
{
	struct transom_surface *surface = create_surface(TRANSOM_FORMAT_NV12, 65, 33, 0);
	struct transom_surface_geometry geometry;
	struct transom_plane_layout plane;

	check_eq(transom_surface_get_geometry(surface, &geometry), 0);
	check_eq(geometry.plane_count, 2);
	check_eq(transom_surface_get_plane(surface, 1, &plane), 0);
	check_eq(plane.width, 33);
	check_eq(plane.height, 17);
	check_eq(plane.bytes_per_row, 128);
	check_eq(plane.offset, 128 * 33);
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	check((char *)transom_surface_get_plane_base(surface, 1) ==
	      (char *)transom_surface_get_base(surface) + plane.offset);
	check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	transom_surface_unref(surface);
}

TEST(bytes_without_a_shape)
{
	struct transom_surface_options options = options_of(0, 0, 0, 0);
	struct transom_surface_geometry geometry;
	struct transom_surface *surface;

	options.allocation_size = 100;
	check_eq(transom_surface_create(&options, &surface), 0);
	check_eq(transom_surface_get_geometry(surface, &geometry), 0);
	check_eq(geometry.allocation_size, 100);
	check_eq(geometry.width, 0);
	transom_surface_unref(surface);
}

TEST(explicit_planes)
{
	struct transom_surface_options options = options_of(0x12345678, 40, 20, 0);
	struct transom_surface_geometry geometry;
	struct transom_plane_layout plane;
	struct transom_surface *surface;

	options.plane_count = 2;
	options.planes[0] = (struct transom_plane_layout){ .width = 40, .height = 20, .bytes_per_row = 50 };
	options.planes[1] = (struct transom_plane_layout){
		.width = 20, .height = 10, .bytes_per_element = 2, .bytes_per_row = 40, .offset = 1024
	};
	check_eq(transom_surface_create(&options, &surface), 0);
	check_eq(transom_surface_get_geometry(surface, &geometry), 0);
	check_eq(geometry.allocation_size, 1024 + 400);
	check_eq(transom_surface_get_plane(surface, 0, &plane), 0);
	check_eq(plane.size, 1000);
	check_eq(plane.bytes_per_element, 1);
	transom_surface_unref(surface);
	options.allocation_size = 1423;
	check_eq(transom_surface_create(&options, &surface), -ERANGE);
	options.allocation_size = 0;
	options.planes[1].bytes_per_row = 39;
	check_eq(transom_surface_create(&options, &surface), -ERANGE);
	options.plane_count = 5;
	check_eq(transom_surface_create(&options, &surface), -E2BIG);
}

TEST(extended_pixels)
{
	struct transom_surface_options options = options_of(TRANSOM_FORMAT_BGRA8, 16, 8, 0);
	struct transom_surface_geometry geometry;
	struct transom_plane_layout plane;
	struct transom_surface *surface;

	memcpy(options.extended, (uint32_t[4]){ 2, 3, 4, 5 }, sizeof(options.extended));
	check_eq(transom_surface_create(&options, &surface), 0);
	check_eq(transom_surface_get_geometry(surface, &geometry), 0);
	check_eq(geometry.bytes_per_row, 128); /* 21 pixels */
	check_eq(geometry.offset, 4 * 128 + 2 * 4);
	check_eq(geometry.allocation_size, 17 * 128);
	check_eq(geometry.extended[3], 5);
	transom_surface_unref(surface);
	options.format = TRANSOM_FORMAT_NV12;
	check_eq(transom_surface_create(&options, &surface), -EINVAL); /* 3 and 5 are odd */
	memcpy(options.extended, (uint32_t[4]){ 2, 2, 4, 4 }, sizeof(options.extended));
	check_eq(transom_surface_create(&options, &surface), 0);
	check_eq(transom_surface_get_plane(surface, 1, &plane), 0);
	check_eq(plane.width, 8);
	check_eq(plane.height, 4);
	check_eq(plane.offset, 16 * 64 + 2 * 64 + 2);
	transom_surface_unref(surface);
}

TEST(bytes_before_the_pixels)
{
	struct transom_surface_options options = options_of(TRANSOM_FORMAT_BGRA8, 16, 8, 0);
	struct transom_surface_geometry geometry;
	struct transom_plane_layout plane;
	struct transom_surface *surface;
	int right;

	options.offset = 100;
	check_eq(transom_surface_create(&options, &surface), 0);
	check_eq(transom_surface_create_right(surface, &right), 0);
	transom_surface_unref(surface);
	check_eq(transom_surface_look_up(right, &surface), 0); /* receivers see it too */
	check_eq(transom_surface_get_geometry(surface, &geometry), 0);
	check_eq(geometry.offset, 100);
	check_eq(geometry.allocation_size, 100 + 8 * 64);
	check_eq(transom_surface_get_plane(surface, 0, &plane), 0);
	check_eq(plane.offset, 100);
	check_eq(plane.size, 8 * 64);
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	check((char *)transom_surface_get_plane_base(surface, 0) ==
	      (char *)transom_surface_get_base(surface) + 100);
	check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	transom_surface_unref(surface);
	close(right);
	memcpy(options.extended, (uint32_t[4]){ 1, 1, 1, 1 }, sizeof(options.extended));
	check_eq(transom_surface_create(&options, &surface), 0); /* and those of the extended image */
	check_eq(transom_surface_get_geometry(surface, &geometry), 0);
	check_eq(geometry.offset, 100 + 128 + 4);
	check_eq(geometry.allocation_size, 100 + 10 * 128);
	transom_surface_unref(surface);
}

TEST(an_offset_is_of_pictures_without_planes)
{
	struct transom_surface_options options = options_of(TRANSOM_FORMAT_NV12, 16, 8, 0);
	struct transom_surface *surface = NULL;

	options.offset = 64;
	check_eq(transom_surface_create(&options, &surface), -EINVAL);
	options = options_of(TRANSOM_FORMAT_BGRA8, 16, 8, 0);
	options.offset = 64;
	options.allocation_size = 8 * 64; /* not for both */
	check_eq(transom_surface_create(&options, &surface), -ERANGE);
	options.allocation_size = 0;
	options.offset = UINT32_MAX;
	check(transom_surface_create(&options, &surface) < 0 || TRANSOM_SURFACE_MAX_SIZE > UINT32_MAX);
	transom_surface_unref(surface);
	surface = NULL;
	options = (struct transom_surface_options){ .size = sizeof(options),
						    .allocation_size = 4096,
						    .offset = 64 };
	check_eq(transom_surface_create(&options, &surface), -EINVAL); /* no picture */
	check(!surface);
}

TEST(bad_options)
{
	struct transom_surface *surface = (void *)1;
	struct transom_surface_options options;
	char long_name[TRANSOM_SURFACE_MAX_NAME + 2];

#define REFUSED(change, error)                                                                               \
	options = options_of(TRANSOM_FORMAT_BGRA8, 8, 8, 0);                                                 \
	change;                                                                                              \
	check_eq(transom_surface_create(&options, &surface), error)
	REFUSED(options.size = 8, -EINVAL);
	REFUSED(options.flags = 1u << 30, -EINVAL);
	REFUSED(options.width = 0, -EINVAL);
	REFUSED(options.width = options.height = 0, -EINVAL);
	REFUSED(options.width = (1u << 20) + 1, -E2BIG);
	REFUSED(options.height = UINT32_MAX, -E2BIG);
	REFUSED(options.allocation_size = 100, -ERANGE);
	REFUSED(options.allocation_size = UINT64_MAX, -E2BIG);
	REFUSED(options.values_size = UINT32_MAX, -E2BIG);
	REFUSED(options.bytes_per_row = 31, -ERANGE);
	REFUSED(options.bytes_per_element = 3, -ERANGE);
	REFUSED(options.element_width = 2, -ERANGE);
	REFUSED(options.element_height = 2, -ERANGE);
	REFUSED(options.format = TRANSOM_FORMAT_NV12; options.element_height = 4, -ERANGE);
	REFUSED(options.extended[0] = UINT32_MAX, -E2BIG);
	REFUSED(options.format = TRANSOM_FORMAT_NV12; options.bytes_per_row = 64, -EINVAL);
	REFUSED(options.width = options.height = 1u << 20, -E2BIG);
	REFUSED(options.format = 0; options.bytes_per_element = UINT32_MAX, -EOVERFLOW);
	memset(long_name, 'x', sizeof(long_name));
	long_name[sizeof(long_name) - 1] = 0;
	REFUSED(options.name = long_name, -ENAMETOOLONG);
#undef REFUSED
	check_eq(transom_surface_create(NULL, &surface), -EINVAL);
	options = options_of(TRANSOM_FORMAT_BGRA8, 8, 8, 0);
	check_eq(transom_surface_create(&options, NULL), -EINVAL);
	check(surface == (void *)1);
}

TEST(null_is_harmless)
{
	int right = -1;

	check(!transom_surface_ref(NULL));
	check(!transom_surface_unref(NULL));
	check_eq(transom_surface_create_right(NULL, &right), -EINVAL);
	check_eq(transom_surface_begin_use(NULL), -EINVAL);
	check_eq(transom_surface_end_use(NULL), -EINVAL);
	check_eq(transom_surface_claim(NULL), -EINVAL);
	check_eq(transom_surface_end_claim(NULL), -EINVAL);
	check_eq(transom_surface_get_use_count(NULL), 0);
	check_eq(transom_surface_count_uses(NULL), -EINVAL);
	check(!transom_surface_is_in_use(NULL) && !transom_surface_is_in_use_elsewhere(NULL));
	check(!transom_surface_get_base(NULL) && !transom_surface_is_writable(NULL));
	check_eq(transom_surface_lock(NULL, 1, NULL), -EINVAL);
	check_eq(transom_surface_unlock(NULL, 1, NULL), -EINVAL);
	check_eq(transom_surface_get_seed(NULL), 0);
	check_eq(transom_surface_get_id(NULL), 0);
	check(!transom_surface_get_identity(NULL));
	check_eq(transom_surface_describe(NULL, NULL, 0), -EINVAL);
	check_eq(transom_surface_set_value(NULL, "k", NULL), -EINVAL);
	check_eq(transom_surface_set_purgeable(NULL, TRANSOM_SURFACE_EMPTY, NULL), -EINVAL);
	check_eq(transom_surface_watch_create(NULL, NULL), -EINVAL);
	check(!transom_surface_watch_unref(NULL));
}

TEST(a_lock_is_for_one_thing)
{
	struct transom_surface *surface = create_small();
	const uint32_t both = TRANSOM_SURFACE_LOCK_READ | TRANSOM_SURFACE_LOCK_WRITE;

	check(!transom_surface_get_base(surface));
	check_eq(transom_surface_lock(surface, both, NULL), -EINVAL);
	check_eq(transom_surface_lock(surface, 0, NULL), -EINVAL);
	check_eq(transom_surface_lock(surface, 4, NULL), -EINVAL);
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	check_eq(transom_surface_unlock(surface, both, NULL), -EINVAL);
	check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), -EINVAL);
	check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	check_eq(transom_surface_get_seed(surface), 1);
	check(transom_surface_get_base(surface)); /* it stays mapped */
	transom_surface_unref(surface);
}

TEST(names_and_description)
{
	struct transom_surface_options options = options_of(TRANSOM_FORMAT_NV12, 64, 32, 0);
	struct transom_surface *surface;
	struct transom_value *value;
	char text[2000], small[10];
	int length;

	options.name = "camera";
	check_eq(transom_surface_create(&options, &surface), 0);
	check_eq(transom_surface_get_name(surface, text, sizeof(text)), 6);
	check(!strcmp(text, "camera"));
	check_eq(transom_value_create_string("Kamera 2", &value), 0);
	check_eq(transom_surface_set_value(surface, TRANSOM_SURFACE_NAME_KEY, value), 0);
	transom_value_unref(value);
	check_eq(transom_surface_get_name(surface, small, 4), 8);
	check(!strcmp(small, "Kam"));
	length = transom_surface_describe(surface, text, sizeof(text));
	check_eq(length, strlen(text));
	check(strstr(text, "Kamera 2") && strstr(text, "64x32 NV12") && strstr(text, "plane 1"));
	check_eq(transom_surface_describe(surface, NULL, 0), length);
	check_eq(transom_surface_describe(surface, small, sizeof(small)), length);
	check_eq(strlen(small), sizeof(small) - 1);
	transom_surface_unref(surface);
}

TEST(limits_and_alignment)
{
	check_eq(transom_surface_get_maximum(TRANSOM_SURFACE_WIDTH), 1 << 20);
	check_eq(transom_surface_get_alignment(TRANSOM_SURFACE_BYTES_PER_ROW), 64);
	check_eq(transom_surface_align(TRANSOM_SURFACE_BYTES_PER_ROW, 65), 128);
	check_eq(transom_surface_align(TRANSOM_SURFACE_ALLOCATION_SIZE, 1), sysconf(_SC_PAGESIZE));
	check(transom_surface_align(TRANSOM_SURFACE_BYTES_PER_ROW, UINT64_MAX) == UINT64_MAX);
	check_eq(transom_surface_get_maximum((enum transom_surface_property)99), 0);
	check_eq(transom_surface_get_alignment((enum transom_surface_property)99), 1);
	check_eq(transom_surface_get_alignment(TRANSOM_SURFACE_WIDTH), 1);
}

TEST(purgeable)
{
	struct transom_surface *surface = create_surface(TRANSOM_FORMAT_BGRA8, 256, 256, 0);
	enum transom_surface_purgeable old;
	struct stat st;
	int right;

	write_pixels(surface);
	check_eq(transom_surface_set_purgeable(surface, TRANSOM_SURFACE_KEEP_CURRENT, &old), 0);
	check_eq(old, TRANSOM_SURFACE_NONVOLATILE);
	check_eq(transom_surface_set_purgeable(surface, TRANSOM_SURFACE_VOLATILE, &old), 0);
	check_eq(old, TRANSOM_SURFACE_NONVOLATILE);
	check_eq(transom_surface_begin_use(surface), 0);
	check_eq(transom_surface_discard_volatile(1), 0); /* in use: it must not lose its contents */
	check_eq(transom_surface_end_use(surface), 0);
	check_eq(transom_surface_set_purgeable(surface, TRANSOM_SURFACE_NONVOLATILE, &old), 0);
	check_eq(old, TRANSOM_SURFACE_VOLATILE);
	check_eq(transom_surface_discard_volatile(1), 0);
	check_eq(transom_surface_set_purgeable(surface, TRANSOM_SURFACE_VOLATILE, NULL), 0);
	check_eq(transom_surface_discard_volatile(0), 0);
	check_eq(transom_surface_discard_volatile(1), 256 * 256 * 4);
	for (int i = 0; i < 2; i++) { /* what is empty stays empty */
		check_eq(transom_surface_set_purgeable(surface, TRANSOM_SURFACE_VOLATILE, &old), 0);
		check_eq(old, TRANSOM_SURFACE_EMPTY);
	}
	check_eq(transom_surface_set_purgeable(surface, TRANSOM_SURFACE_NONVOLATILE, &old), 0);
	check_eq(old, TRANSOM_SURFACE_EMPTY);
	check_eq(((unsigned char *)transom_surface_get_base(surface))[0], 0);
	write_pixels(surface);
	right = create_right(surface);
	check_eq(transom_surface_set_purgeable(surface, TRANSOM_SURFACE_EMPTY, &old), -EBUSY);
	close(right);
	check_eq(transom_surface_begin_use(surface), 0);
	check_eq(transom_surface_set_purgeable(surface, TRANSOM_SURFACE_EMPTY, &old), 0);
	check_eq(transom_surface_get_use_count(surface), 1);
	check_uses(surface, 1);
	check_eq(fstat(surface->fd, &st), 0);
	check(st.st_blocks * 512 <= 2 * sysconf(_SC_PAGESIZE));
	transom_surface_unref(surface);

	surface = create_surface(TRANSOM_FORMAT_BGRA8, 64, 64, TRANSOM_SURFACE_MAKER_WRITES);
	check_eq(transom_surface_set_purgeable(surface, TRANSOM_SURFACE_EMPTY, &old), -EOPNOTSUPP);
	transom_surface_unref(surface);
}
