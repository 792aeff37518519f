/* test-pixel_buffer.c - pixel buffers: how they are made, their planes, edges, attachments and ends. */
#include <errno.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <transom/pixel_buffer.h>
#include <transom/port.h>

#include "harness.h"
#include "pixel-buffer-private.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define LOCAL TRANSOM_ATTACHMENT_NO_PROPAGATE
#define PROPAGATE TRANSOM_ATTACHMENT_PROPAGATE

enum { READ = TRANSOM_SURFACE_LOCK_READ, WRITE = TRANSOM_SURFACE_LOCK_WRITE };
enum { THREADS = 4 };

/* Allocations go through here: the one of number @fail_at fails. */
static atomic_long allocations, fail_at;

void *
__real_malloc(size_t size);
void *
__real_calloc(size_t count, size_t size);
void *
__wrap_malloc(size_t size);
void *
__wrap_calloc(size_t count, size_t size);

static bool
must_fail(void)
{
	return atomic_fetch_add(&allocations, 1) + 1 == fail_at;
}

void *
__wrap_malloc(size_t size)
{
	return must_fail() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return must_fail() ? NULL : __real_calloc(count, size);
}

/* Runs @attempt with each of its allocations failing in turn; it returns -ENOMEM, or 0 at the end. */
static void
fail_each_allocation(int (*attempt)(void *), void *argument)
{
	for (long n = 1;; n++) {
		int r;

		atomic_store(&allocations, 0);
		atomic_store(&fail_at, n);
		r = attempt(argument);
		atomic_store(&fail_at, 0);
		if (r == 0) {
			check(n > 1);
			return;
		}
		check_eq(r, -ENOMEM);
	}
}

/* The long loops do less where everything is slow. */
static int
shortened(int count)
{
	const char *text = getenv("TRANSOM_TEST_SLOWNESS");

	return text && atoi(text) > 1 ? count / atoi(text) : count;
}

static struct transom_pixel_buffer_options
options_for(uint32_t format, uint32_t width, uint32_t height, uint32_t flags)
{
	return (struct transom_pixel_buffer_options){
		.size = sizeof(struct transom_pixel_buffer_options),
		.flags = flags,
		.format = format,
		.width = width,
		.height = height,
	};
}

static struct transom_pixel_buffer *
new_buffer(uint32_t format, uint32_t width, uint32_t height, uint32_t flags)
{
	struct transom_pixel_buffer_options o = options_for(format, width, height, flags);
	struct transom_pixel_buffer *buffer = NULL;

	check_eq(transom_pixel_buffer_create(&o, &buffer), 0);
	check(buffer);
	return buffer;
}

static struct transom_pixel_buffer *
new_plain(void)
{
	return new_buffer(TRANSOM_FORMAT_BGRA8, 4, 4, TRANSOM_PIXEL_BUFFER_PLAIN);
}

static uint64_t
next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static uint32_t
divide_up(uint32_t a, uint32_t b)
{
	return (a + b - 1) / b;
}

/* Writes noise into all visible blocks, or compares them with it. */
static void
visit_noise(struct transom_pixel_buffer *buffer, bool write, uint64_t seed)
{
	uint32_t count = transom_pixel_buffer_get_plane_count(buffer);

	for (uint32_t i = 0; i < (count ? count : 1); i++) {
		uint8_t *base = transom_pixel_buffer_get_plane_base(buffer, i);
		struct transom_plane_layout p;

		check(base);
		check_eq(transom_pixel_buffer_get_plane(buffer, i, &p), 0);
		for (uint32_t y = 0; y < divide_up(p.height, p.element_height); y++) {
			uint8_t *row = base + (size_t)y * p.bytes_per_row;

			for (uint32_t x = 0; x < divide_up(p.width, p.element_width) * p.bytes_per_element;
			     x++) {
				uint8_t byte = (uint8_t)next_random(&seed);

				if (write)
					row[x] = byte;
				else
					check_eq(row[x], byte);
			}
		}
	}
}

static void
write_noise(struct transom_pixel_buffer *buffer, uint64_t seed)
{
	check_eq(transom_pixel_buffer_lock(buffer, WRITE, NULL), 0);
	visit_noise(buffer, true, seed);
	check_eq(transom_pixel_buffer_unlock(buffer, WRITE, NULL), 0);
}

static void
check_noise(struct transom_pixel_buffer *buffer, uint64_t seed)
{
	check_eq(transom_pixel_buffer_lock(buffer, READ, NULL), 0);
	visit_noise(buffer, false, seed);
	check_eq(transom_pixel_buffer_unlock(buffer, READ, NULL), 0);
}

/* Creation */

static void
check_getters(struct transom_pixel_buffer *buffer, const struct transom_format *f, uint32_t width,
	      uint32_t height)
{
	struct transom_layout want;
	struct transom_plane_layout have;
	uint32_t extended[4] = { 1, 1, 1, 1 };
	bool planar = f->plane_count > 1;

	check_eq(transom_format_get_layout(f->code, width, height, 0, &want), 0);
	check_eq(transom_pixel_buffer_get_format(buffer), f->code);
	check_eq(transom_pixel_buffer_get_width(buffer), width);
	check_eq(transom_pixel_buffer_get_height(buffer), height);
	check_eq(transom_pixel_buffer_is_planar(buffer), planar);
	check_eq(transom_pixel_buffer_get_plane_count(buffer), planar ? f->plane_count : 0);
	check_eq(transom_pixel_buffer_get_bytes_per_row(buffer), want.planes[0].bytes_per_row);
	check_eq(transom_pixel_buffer_get_size(buffer), want.size);
	check(transom_pixel_buffer_is_writable(buffer));
	check_eq(transom_pixel_buffer_get_extended(buffer, extended), 0);
	check(!extended[0] && !extended[1] && !extended[2] && !extended[3]);
	check(!transom_pixel_buffer_get_base(buffer));
	check_eq(transom_pixel_buffer_lock(buffer, READ, NULL), 0);
	for (uint32_t i = 0; i < f->plane_count; i++) {
		uint8_t *base = transom_pixel_buffer_get_plane_base(buffer, i);

		check_eq(transom_pixel_buffer_get_plane(buffer, i, &have), 0);
		check(!memcmp(&have, &want.planes[i], sizeof(have)));
		check(base == (uint8_t *)transom_pixel_buffer_get_base(buffer) + have.offset);
		check_eq((uintptr_t)base % TRANSOM_ROW_ALIGNMENT, 0);
		for (size_t byte = 0; byte < have.size; byte++)
			check_eq(base[byte], 0);
	}
	check(!transom_pixel_buffer_get_plane_base(buffer, f->plane_count));
	check_eq(transom_pixel_buffer_get_plane(buffer, f->plane_count, &have), -ENOENT);
	check_eq(transom_pixel_buffer_unlock(buffer, READ, NULL), 0);
}

TEST(every_format_and_odd_sizes)
{
	static const uint32_t sizes[][2] = { { 1, 1 }, { 5, 3 }, { 7, 2 }, { 33, 9 } };
	const struct transom_format *f;

	for (size_t i = 0; (f = transom_format_get_at(i)); i++) {
		for (size_t j = 0; j < 2 * LENGTH(sizes); j++) {
			const uint32_t *size = sizes[j / 2];
			struct transom_pixel_buffer *buffer;

			buffer =
				new_buffer(f->code, size[0], size[1], j % 2 ? TRANSOM_PIXEL_BUFFER_PLAIN : 0);
			check_eq(transom_pixel_buffer_get_surface(buffer) == NULL, j % 2);
			check_getters(buffer, f, size[0], size[1]);
			write_noise(buffer, i + 1);
			check_noise(buffer, i + 1);
			check(!transom_pixel_buffer_unref(buffer));
		}
	}
}

TEST(row_alignment_is_kept)
{
	static const uint32_t formats[] = { TRANSOM_FORMAT_BGRA8, TRANSOM_FORMAT_I420, TRANSOM_FORMAT_P010 };

	for (uint32_t plain = 0; plain < 2; plain++) {
		for (size_t i = 0; i < LENGTH(formats); i++) {
			struct transom_pixel_buffer_options o = options_for(formats[i], 33, 7, plain);
			struct transom_pixel_buffer *buffer = NULL;
			struct transom_plane_layout p;

			for (o.row_alignment = 1; o.row_alignment <= 4096; o.row_alignment *= 8) {
				struct transom_layout want;

				check_eq(transom_pixel_buffer_create(&o, &buffer), 0);
				transom_format_get_layout(o.format, 33, 7, o.row_alignment, &want);
				for (uint32_t k = 0; k < want.plane_count; k++) {
					check_eq(transom_pixel_buffer_get_plane(buffer, k, &p), 0);
					check_eq(p.bytes_per_row, want.planes[k].bytes_per_row);
					check_eq(p.offset, want.planes[k].offset);
				}
				check_eq(transom_pixel_buffer_lock(buffer, READ, NULL), 0);
				check_eq((uintptr_t)transom_pixel_buffer_get_base(buffer) % o.row_alignment,
					 0);
				write_noise(buffer, 7);
				transom_pixel_buffer_unref(buffer);
			}
		}
	}
}

TEST(bad_options_are_refused)
{
	struct transom_pixel_buffer *const untouched = (void *)&allocations, *buffer = untouched;
	static const struct {
		size_t offset;
		uint32_t value;
		int error;
		bool plain_only;
	} cases[] = {
#define OPTION(member) offsetof(struct transom_pixel_buffer_options, member)
		{ OPTION(size), 0, -EINVAL, false },
		{ OPTION(size), sizeof(struct transom_pixel_buffer_options) - 1, -EINVAL, false },
		{ OPTION(flags), 2, -EINVAL, false },
		{ OPTION(flags), 1u << 31, -EINVAL, false },
		{ OPTION(format), 0, -ENOENT, false },
		{ OPTION(format), TRANSOM_FOURCC('n', 'o', 'n', 'e'), -ENOENT, false },
		{ OPTION(width), 0, -EINVAL, false },
		{ OPTION(height), 0, -EINVAL, false },
		{ OPTION(width), TRANSOM_MAX_DIMENSION + 1, -E2BIG, false },
		{ OPTION(height), UINT32_MAX, -E2BIG, false },
		{ OPTION(row_alignment), 3, -EINVAL, false },
		{ OPTION(extended[0]), 3, -EINVAL, false },
		{ OPTION(extended[1]), 1, -EINVAL, false },
		{ OPTION(extended[2]), 5, -EINVAL, false },
		{ OPTION(extended[3]), 7, -EINVAL, false },
		{ OPTION(extended[0]), TRANSOM_MAX_DIMENSION, -E2BIG, false },
		{ OPTION(extended[3]), UINT32_MAX - 1, -E2BIG, false },
		{ OPTION(surface_flags), TRANSOM_SURFACE_PREFAULT, -EINVAL, true },
		{ OPTION(values_size), 4096, -EINVAL, true },
		{ OPTION(surface_flags), 1u << 31, -EINVAL, false },
	};

	for (uint32_t plain = 0; plain < 2; plain++) {
		for (size_t i = 0; i < LENGTH(cases); i++) {
			struct transom_pixel_buffer_options o =
				options_for(TRANSOM_FORMAT_NV12, 16, 16, plain);

			if (cases[i].plain_only && !plain)
				continue;
			memcpy((char *)&o + cases[i].offset, &cases[i].value, sizeof(uint32_t));
			check_eq(transom_pixel_buffer_create(&o, &buffer), cases[i].error);
			check(buffer == untouched);
			check_eq(transom_pixel_buffer_create(&o, NULL), -EINVAL);
		}
	}
	check_eq(transom_pixel_buffer_create(NULL, &buffer), -EINVAL);
	check(buffer == untouched);
}

TEST(surface_options_are_passed_on)
{
	struct transom_pixel_buffer_options o = options_for(TRANSOM_FORMAT_BGRA8, 4, 4, 0);
	char name[16] = "", longer[TRANSOM_SURFACE_MAX_NAME + 2] = "";
	struct transom_pixel_buffer *buffer = NULL;

	o.name = "window";
	o.values_size = 4096;
	o.surface_flags = TRANSOM_SURFACE_PREFAULT;
	check_eq(transom_pixel_buffer_create(&o, &buffer), 0);
	transom_surface_get_name(transom_pixel_buffer_get_surface(buffer), name, sizeof(name));
	check(!strcmp(name, "window"));
	buffer = transom_pixel_buffer_unref(buffer);
	memset(longer, 'a', sizeof(longer) - 1);
	o.name = longer;
	check_eq(transom_pixel_buffer_create(&o, &buffer), -ENAMETOOLONG);
	check(!buffer);
}

static int
create_and_drop(void *argument)
{
	struct transom_pixel_buffer *buffer;
	int r = transom_pixel_buffer_create(argument, &buffer);

	if (r == 0)
		transom_pixel_buffer_unref(buffer);
	return r;
}

static int
create_bytes_and_drop(void *argument)
{
	struct transom_pixel_buffer *buffer;
	int r = transom_pixel_buffer_create_with_bytes(TRANSOM_FORMAT_L8, 4, 4, argument, 4, NULL, NULL,
						       &buffer);

	if (r == 0)
		transom_pixel_buffer_unref(buffer);
	return r;
}

TEST(each_allocation_may_fail)
{
	struct transom_pixel_buffer_options o = options_for(TRANSOM_FORMAT_NV12, 16, 16, 0);
	char bytes[16];

	fail_each_allocation(create_and_drop, &o);
	o.flags = TRANSOM_PIXEL_BUFFER_PLAIN;
	fail_each_allocation(create_and_drop, &o);
	fail_each_allocation(create_bytes_and_drop, bytes);
}

TEST(null_is_nobody)
{
	struct transom_plane_layout p;
	struct transom_value *value = NULL;
	uint32_t extended[4];

	check(!transom_pixel_buffer_ref(NULL));
	check(!transom_pixel_buffer_unref(NULL));
	check_eq(transom_pixel_buffer_lock(NULL, READ, NULL), -EINVAL);
	check_eq(transom_pixel_buffer_unlock(NULL, READ, NULL), -EINVAL);
	check_eq(transom_pixel_buffer_get_width(NULL), 0);
	check_eq(transom_pixel_buffer_get_height(NULL), 0);
	check_eq(transom_pixel_buffer_get_format(NULL), 0);
	check_eq(transom_pixel_buffer_get_plane_count(NULL), 0);
	check(!transom_pixel_buffer_is_planar(NULL));
	check_eq(transom_pixel_buffer_get_plane(NULL, 0, &p), -EINVAL);
	check(!transom_pixel_buffer_get_base(NULL));
	check(!transom_pixel_buffer_get_plane_base(NULL, 0));
	check_eq(transom_pixel_buffer_get_bytes_per_row(NULL), 0);
	check_eq(transom_pixel_buffer_get_size(NULL), 0);
	check(!transom_pixel_buffer_get_surface(NULL));
	check(!transom_pixel_buffer_is_writable(NULL));
	check_eq(transom_pixel_buffer_get_extended(NULL, extended), -EINVAL);
	check_eq(transom_pixel_buffer_fill_extended(NULL), -EINVAL);
	check(!transom_pixel_buffer_has_attachment(NULL, "key"));
	check_eq(transom_pixel_buffer_dup_attachment(NULL, "key", NULL, &value), -EINVAL);
	check_eq(transom_pixel_buffer_dup_attachments(NULL, LOCAL, &value), -EINVAL);
	check_eq(transom_pixel_buffer_remove_attachment(NULL, "key"), -EINVAL);
	check_eq(transom_pixel_buffer_remove_all_attachments(NULL), -EINVAL);
	check_eq(transom_pixel_buffer_propagate_attachments(NULL, NULL), -EINVAL);
	check_eq(transom_pixel_buffer_create_with_surface(NULL, NULL), -EINVAL);
}

/* The caller's bytes */

struct release {
	atomic_int count;
	const void *data;
	size_t size, plane_count;
	const void *bases[TRANSOM_MAX_PLANES];
};

static void
note_release(void *context, const void *base)
{
	struct release *release = context;

	atomic_fetch_add(&release->count, 1);
	release->data = base;
}

static void
note_planar_release(void *context, const void *data, size_t size, size_t plane_count,
		    const void *const *bases)
{
	struct release *release = context;

	note_release(context, data);
	release->size = size;
	release->plane_count = plane_count;
	memcpy(release->bases, bases, plane_count * sizeof(*bases));
}

TEST(packed_bytes)
{
	struct transom_pixel_buffer *buffer = NULL;
	struct release release = { 0 };
	struct transom_plane_layout p;
	uint8_t bytes[3 * 20];

	memset(bytes, 7, sizeof(bytes));
	check_eq(transom_pixel_buffer_create_with_bytes(TRANSOM_FORMAT_RGB8, 5, 3, bytes + 1, 17,
							note_release, &release, &buffer),
		 0);
	check_eq(transom_pixel_buffer_get_plane_count(buffer), 0);
	check_eq(transom_pixel_buffer_get_bytes_per_row(buffer), 17);
	check_eq(transom_pixel_buffer_get_size(buffer), 51);
	check_eq(transom_pixel_buffer_get_plane(buffer, 0, &p), 0);
	check_eq(p.offset, 0);
	check_eq(p.size, 51);
	check_eq(p.bytes_per_row, 17);
	check_eq(p.bytes_per_element, 3);
	check(!transom_pixel_buffer_get_surface(buffer));
	check(transom_pixel_buffer_is_writable(buffer));
	check_eq(transom_pixel_buffer_lock(buffer, WRITE, NULL), 0);
	check(transom_pixel_buffer_get_base(buffer) == bytes + 1);
	check_eq(transom_pixel_buffer_fill_extended(buffer), 0);
	check_eq(transom_pixel_buffer_unlock(buffer, WRITE, NULL), 0);
	for (size_t i = 0; i < sizeof(bytes); i++)
		check_eq(bytes[i], 7);
	check(transom_pixel_buffer_ref(buffer) == buffer);
	transom_pixel_buffer_unref(buffer);
	check_eq(release.count, 0);
	transom_pixel_buffer_unref(buffer);
	check_eq(release.count, 1);
	check(release.data == bytes + 1);
	/* Without a callback the bytes are just left. */
	check_eq(transom_pixel_buffer_create_with_bytes(TRANSOM_FORMAT_L1, 9, 2, bytes, 2, NULL, NULL,
							&buffer),
		 0);
	transom_pixel_buffer_unref(buffer);
}

TEST(bad_packed_bytes_are_refused)
{
	struct transom_pixel_buffer *buffer = NULL;
	struct release release = { 0 };
	char bytes[64];
	static const struct {
		uint32_t format, width, height, bytes_per_row;
		int error;
	} cases[] = {
		{ 0, 4, 4, 16, -ENOENT },
		{ TRANSOM_FORMAT_BGRA8, 0, 4, 16, -EINVAL },
		{ TRANSOM_FORMAT_BGRA8, 4, 0, 16, -EINVAL },
		{ TRANSOM_FORMAT_BGRA8, TRANSOM_MAX_DIMENSION + 1, 1, UINT32_MAX, -E2BIG },
		{ TRANSOM_FORMAT_BGRA8, 4, 4, 15, -ERANGE },
		{ TRANSOM_FORMAT_BGRA8, 4, 4, 0, -ERANGE },
		{ TRANSOM_FORMAT_V210, 7, 1, 31, -ERANGE },
		{ TRANSOM_FORMAT_L1, 9, 1, 1, -ERANGE },
		{ TRANSOM_FORMAT_NV12, 4, 4, 16, -EINVAL },
	};

	for (size_t i = 0; i < LENGTH(cases); i++)
		check_eq(transom_pixel_buffer_create_with_bytes(
				 cases[i].format, cases[i].width, cases[i].height, bytes,
				 cases[i].bytes_per_row, note_release, &release, &buffer),
			 cases[i].error);
	check_eq(transom_pixel_buffer_create_with_bytes(TRANSOM_FORMAT_L8, 4, 4, NULL, 4, note_release,
							&release, &buffer),
		 -EINVAL);
	check_eq(transom_pixel_buffer_create_with_bytes(TRANSOM_FORMAT_L8, 4, 4, bytes, 4, note_release,
							&release, NULL),
		 -EINVAL);
	check(!buffer);
	check_eq(release.count, 0);
}

TEST(planar_bytes)
{
	uint8_t bytes[8 * 6 + 3 * 8 + 3] = { 0 }, apart[3 * 8];
	void *bases[] = { bytes + 3, bytes + 3 + 48 };
	const uint32_t strides[] = { 8, 8 };
	struct transom_pixel_buffer *buffer = NULL;
	struct release release = { 0 };
	struct transom_plane_layout p;

	check_eq(transom_pixel_buffer_create_with_planar_bytes(TRANSOM_FORMAT_NV12, 7, 6, bytes,
							       sizeof(bytes), 2, bases, strides,
							       note_planar_release, &release, &buffer),
		 0);
	check_eq(transom_pixel_buffer_get_plane_count(buffer), 2);
	check_eq(transom_pixel_buffer_get_size(buffer), sizeof(bytes));
	check_eq(transom_pixel_buffer_get_plane(buffer, 1, &p), 0);
	check_eq(p.offset, 51);
	check_eq(p.width, 4);
	check_eq(p.height, 3);
	check_eq(p.size, 24);
	check(!transom_pixel_buffer_get_plane_base(buffer, 1));
	check_eq(transom_pixel_buffer_lock(buffer, READ, NULL), 0);
	check(transom_pixel_buffer_get_base(buffer) == bytes + 3);
	check(transom_pixel_buffer_get_plane_base(buffer, 0) == bytes + 3);
	check(transom_pixel_buffer_get_plane_base(buffer, 1) == bytes + 51);
	check_eq(transom_pixel_buffer_unlock(buffer, READ, NULL), 0);
	transom_pixel_buffer_unref(buffer);
	check_eq(release.count, 1);
	check(release.data == bytes && release.size == sizeof(bytes) && release.plane_count == 2);
	check(release.bases[0] == bases[0] && release.bases[1] == bases[1]);

	/* Planes that are different objects, in either order of addresses. */
	for (int i = 0; i < 2; i++) {
		bases[i] = bytes;
		bases[!i] = apart;
		check_eq(transom_pixel_buffer_create_with_planar_bytes(TRANSOM_FORMAT_NV12, 7, 3, NULL, 0, 2,
								       bases, strides, note_planar_release,
								       &release, &buffer),
			 0);
		check_eq(transom_pixel_buffer_get_size(buffer), 0);
		check_eq(transom_pixel_buffer_lock(buffer, WRITE, NULL), 0);
		check(transom_pixel_buffer_get_plane_base(buffer, 0) == bases[0]);
		check(transom_pixel_buffer_get_plane_base(buffer, 1) == bases[1]);
		visit_noise(buffer, true, 5);
		visit_noise(buffer, false, 5);
		transom_pixel_buffer_unref(buffer);
		check_eq(release.count, 2 + i);
		check(!release.data && !release.size && release.bases[0] == bases[0]);
	}
}

TEST(bad_planar_bytes_are_refused)
{
	uint8_t bytes[64] = { 0 };
	void *const good[] = { bytes, bytes + 16, bytes + 20, NULL };
	void *const before[] = { bytes + 20, bytes, bytes + 40 };
	void *const none[] = { bytes, NULL, bytes };
	struct transom_pixel_buffer *buffer = NULL;
	struct release release = { 0 };
	static const uint32_t strides[] = { 4, 2, 2 }, narrow[] = { 4, 1, 2 };
	const struct {
		uint32_t format, width, height;
		const void *data;
		size_t data_size;
		uint32_t plane_count;
		void *const *bases;
		const uint32_t *strides;
		int error;
	} cases[] = {
		{ 0, 4, 4, bytes, 24, 3, good, strides, -ENOENT },
		{ TRANSOM_FORMAT_I420, 0, 4, bytes, 24, 3, good, strides, -EINVAL },
		{ TRANSOM_FORMAT_I420, 4, UINT32_MAX, bytes, 24, 3, good, strides, -E2BIG },
		{ TRANSOM_FORMAT_I420, 4, 4, bytes, 23, 3, good, strides, -ERANGE },
		{ TRANSOM_FORMAT_I420, 4, 4, bytes, 1, 3, good, strides, -ERANGE },
		{ TRANSOM_FORMAT_I420, 4, 4, NULL, 24, 3, good, strides, -EINVAL },
		{ TRANSOM_FORMAT_I420, 4, 4, bytes + 1, 24, 3, good, strides, -ERANGE },
		{ TRANSOM_FORMAT_I420, 4, 4, bytes + 4, 60, 3, before, strides, -ERANGE },
		{ TRANSOM_FORMAT_I420, 4, 4, bytes, 24, 3, none, strides, -EINVAL },
		{ TRANSOM_FORMAT_I420, 4, 4, NULL, 0, 3, none, strides, -EINVAL },
		{ TRANSOM_FORMAT_I420, 4, 4, NULL, 0, 3, good, narrow, -ERANGE },
		{ TRANSOM_FORMAT_I420, 4, 4, bytes, 24, 2, good, strides, -EINVAL },
		{ TRANSOM_FORMAT_I420, 4, 4, bytes, 24, 4, good, strides, -EINVAL },
		{ TRANSOM_FORMAT_I420, 4, 4, bytes, 24, 0, good, strides, -EINVAL },
		{ TRANSOM_FORMAT_L8, 4, 4, bytes, 24, 1, good, strides, -EINVAL },
		{ TRANSOM_FORMAT_I420, 4, 4, bytes, 24, 3, NULL, strides, -EINVAL },
		{ TRANSOM_FORMAT_I420, 4, 4, bytes, 24, 3, good, NULL, -EINVAL },
		{ TRANSOM_FORMAT_I420, 4, 4, bytes, 24, 3, good, strides, 0 },
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		check(!buffer);
		check_eq(release.count, 0);
		check_eq(transom_pixel_buffer_create_with_planar_bytes(
				 cases[i].format, cases[i].width, cases[i].height, cases[i].data,
				 cases[i].data_size, cases[i].plane_count, cases[i].bases, cases[i].strides,
				 note_planar_release, &release, &buffer),
			 cases[i].error);
	}
	transom_pixel_buffer_unref(buffer);
	check_eq(release.count, 1);
}

static void *
drop_many(void *argument)
{
	for (int i = 0; i < shortened(100000); i++)
		transom_pixel_buffer_unref(transom_pixel_buffer_ref(argument));
	return transom_pixel_buffer_unref(argument);
}

static void
run_threads(void *(*body)(void *), void *argument)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		check_eq(pthread_create(&threads[i], NULL, body, argument), 0);
	for (int i = 0; i < THREADS; i++)
		check_eq(pthread_join(threads[i], NULL), 0);
}

TEST(bytes_are_released_once)
{
	struct transom_pixel_buffer *buffer;
	struct release release = { 0 };
	char byte;

	check_eq(transom_pixel_buffer_create_with_bytes(TRANSOM_FORMAT_L8, 1, 1, &byte, 1, note_release,
							&release, &buffer),
		 0);
	for (int i = 0; i < THREADS; i++)
		transom_pixel_buffer_ref(buffer);
	transom_pixel_buffer_unref(buffer);
	run_threads(drop_many, buffer);
	check_eq(release.count, 1);
}

/* Locks */

static void
check_locks(struct transom_pixel_buffer *buffer)
{
	uint32_t seed = 77, next = 77;
	static const uint32_t bad[] = { 0, READ | WRITE, 4, UINT32_MAX };

	for (size_t i = 0; i < LENGTH(bad); i++) {
		check_eq(transom_pixel_buffer_lock(buffer, bad[i], &seed), -EINVAL);
		check_eq(transom_pixel_buffer_unlock(buffer, bad[i], &seed), -EINVAL);
	}
	check_eq(transom_pixel_buffer_unlock(buffer, READ, &seed), -EINVAL);
	check_eq(transom_pixel_buffer_unlock(buffer, WRITE, &seed), -EINVAL);
	check_eq(seed, 77);
	check(!transom_pixel_buffer_get_base(buffer));

	check_eq(transom_pixel_buffer_lock(buffer, READ, &seed), 0);
	check(transom_pixel_buffer_get_base(buffer));
	check_eq(transom_pixel_buffer_unlock(buffer, WRITE, NULL), -EINVAL);
	check_eq(transom_pixel_buffer_fill_extended(buffer), -EINVAL);
	check_eq(transom_pixel_buffer_lock(buffer, READ, NULL), 0);
	check_eq(transom_pixel_buffer_lock(buffer, WRITE, &next), 0);
	check_eq(next, seed);
	check_eq(transom_pixel_buffer_fill_extended(buffer), 0);
	check_eq(transom_pixel_buffer_unlock(buffer, READ, &next), 0);
	check_eq(next, seed);
	check_eq(transom_pixel_buffer_unlock(buffer, WRITE, &next), 0);
	check_eq(next, seed + 1);
	check(transom_pixel_buffer_get_base(buffer));
	check_eq(transom_pixel_buffer_unlock(buffer, READ, &next), 0);
	check_eq(next, seed + 1);
	check(!transom_pixel_buffer_get_base(buffer));
	check_eq(transom_pixel_buffer_unlock(buffer, READ, NULL), -EINVAL);
	check_eq(transom_pixel_buffer_lock(buffer, WRITE, &seed), 0);
	check_eq(seed, next);
	check_eq(transom_pixel_buffer_unlock(buffer, WRITE, NULL), 0);
}

TEST(locks_nest)
{
	struct transom_pixel_buffer *buffer;

	for (uint32_t plain = 0; plain < 2; plain++) {
		buffer = new_buffer(TRANSOM_FORMAT_NV12, 16, 16, plain);
		check_locks(buffer);
		transom_pixel_buffer_unref(buffer);
	}
}

static void *
lock_many(void *argument)
{
	for (int i = 0; i < shortened(50000); i++) {
		uint32_t kind = i % 2 ? READ : WRITE;

		check_eq(transom_pixel_buffer_lock(argument, kind, NULL), 0);
		check(transom_pixel_buffer_get_base(argument));
		check_eq(transom_pixel_buffer_unlock(argument, kind, NULL), 0);
	}
	return NULL;
}

TEST(threads_lock)
{
	for (uint32_t plain = 0; plain < 2; plain++) {
		struct transom_pixel_buffer *buffer = new_buffer(TRANSOM_FORMAT_BGRA8, 4, 4, plain);
		uint32_t seed;

		run_threads(lock_many, buffer);
		check(!transom_pixel_buffer_get_base(buffer));
		check_eq(transom_pixel_buffer_lock(buffer, READ, &seed), 0);
		check_eq(seed, THREADS * divide_up((uint32_t)shortened(50000), 2));
		transom_pixel_buffer_unref(buffer);
	}
}

/* Extended pixels */

/* Component @name at a pixel of a plane, which may be left of or above the first visible one. */
static uint64_t
read_sample(const struct transom_format *f, uint32_t plane, const uint8_t *base, uint32_t stride, int x,
	    int y, uint8_t name)
{
	const struct transom_format_plane *p = &f->planes[plane];
	int width = p->block_width, height = p->block_height, count = 0, place;
	int column = x >= 0 ? x / width : -((width - 1 - x) / width);
	int row = y >= 0 ? y / height : -((height - 1 - y) / height);
	const uint8_t *block = base + (ptrdiff_t)row * stride + (ptrdiff_t)column * p->bytes_per_block;

	x -= column * width;
	y -= row * height;
	for (int i = 0; i < p->component_count; i++)
		count += p->components[i].name == name;
	place = count == width * height ? y * width + x : x * count / width;
	for (int i = 0; i < p->component_count; i++) {
		const struct transom_format_component *c = &p->components[i];
		uint64_t sample = 0;

		if (c->name != name || place-- > 0)
			continue;
		for (int bit = c->depth - 1; bit >= 0; bit--) {
			int at = c->offset + bit;
			int byte = f->big_endian ? p->bytes_per_block - 1 - at / 8 : at / 8;

			sample = sample << 1 | (block[byte] >> at % 8 & 1);
		}
		return sample;
	}
	check(!"no such component");
	return 0;
}

static int
nearest(int value, int size)
{
	return value < 0 ? 0 : value >= size ? size - 1 : value;
}

static void
check_edges(struct transom_pixel_buffer *buffer, const struct transom_format *f, const uint32_t extended[4])
{
	check_eq(transom_pixel_buffer_lock(buffer, READ, NULL), 0);
	for (uint32_t i = 0; i < f->plane_count; i++) {
		const struct transom_format_plane *p = &f->planes[i];
		const uint8_t *base = transom_pixel_buffer_get_plane_base(buffer, i);
		int left = (int)extended[0] / p->horizontal_subsampling;
		int right = (int)extended[1] / p->horizontal_subsampling;
		int top = (int)extended[2] / p->vertical_subsampling;
		int bottom = (int)extended[3] / p->vertical_subsampling;
		struct transom_plane_layout l;

		check_eq(transom_pixel_buffer_get_plane(buffer, i, &l), 0);
		for (int y = -top; y < (int)l.height + bottom; y++)
			for (int x = -left; x < (int)l.width + right; x++)
				for (int k = 0; k < p->component_count; k++) {
					uint8_t name = p->components[k].name;

					check_eq(read_sample(f, i, base, l.bytes_per_row, x, y, name),
						 read_sample(f, i, base, l.bytes_per_row,
							     nearest(x, (int)l.width),
							     nearest(y, (int)l.height), name));
				}
	}
	check_eq(transom_pixel_buffer_unlock(buffer, READ, NULL), 0);
}

/* The least numbers of pixels across and down that are whole blocks in all planes. */
static void
get_steps(const struct transom_format *f, uint32_t *ret_across, uint32_t *ret_down)
{
	for (*ret_across = *ret_down = 1;; ++*ret_across) {
		bool whole = true;

		for (uint32_t i = 0; i < f->plane_count; i++)
			whole &= *ret_across %
					 (f->planes[i].horizontal_subsampling * f->planes[i].block_width) ==
				 0;
		if (whole)
			break;
	}
	for (uint32_t i = 0; i < f->plane_count; i++)
		while (*ret_down % (f->planes[i].vertical_subsampling * f->planes[i].block_height))
			++*ret_down;
}

static void
check_extended(const struct transom_format *f, uint32_t width, uint32_t height, const uint32_t extended[4],
	       uint32_t flags)
{
	struct transom_pixel_buffer_options o = options_for(f->code, width, height, flags);
	struct transom_pixel_buffer *buffer = NULL, *other = NULL;
	uint32_t have[4];

	memcpy(o.extended, extended, sizeof(o.extended));
	check_eq(transom_pixel_buffer_create(&o, &buffer), 0);
	check_eq(transom_pixel_buffer_get_extended(buffer, have), 0);
	check(!memcmp(have, extended, sizeof(have)));
	check_eq(transom_pixel_buffer_get_width(buffer), width);
	check_eq(transom_pixel_buffer_get_height(buffer), height);
	write_noise(buffer, 9);
	check_eq(transom_pixel_buffer_fill_extended(buffer), -EINVAL);
	check_eq(transom_pixel_buffer_lock(buffer, WRITE, NULL), 0);
	check_eq(transom_pixel_buffer_fill_extended(buffer), 0);
	check_eq(transom_pixel_buffer_unlock(buffer, WRITE, NULL), 0);
	check_edges(buffer, f, extended);
	if (width % 24 == 0 && height % 2 == 0)
		check_noise(buffer,
			    9); /* otherwise what is beyond the edge within a visible block has changed */
	if (!flags) {
		check_eq(transom_pixel_buffer_create_with_surface(transom_pixel_buffer_get_surface(buffer),
								  &other),
			 0);
		check_edges(other, f, extended);
		transom_pixel_buffer_unref(other);
	}
	transom_pixel_buffer_unref(buffer);
}

TEST_FOR(extended_pixels_of_every_format, 60)
{
	static const uint32_t sizes[][2] = { { 24, 4 }, { 1, 1 }, { 7, 5 }, { 26, 3 } };
	static const uint32_t counts[][4] = { { 1, 1, 1, 1 }, { 2, 0, 0, 0 }, { 0, 2, 0, 0 },
					      { 0, 0, 2, 0 }, { 0, 0, 0, 2 }, { 1, 2, 3, 2 } };
	const struct transom_format *f;

	for (size_t i = 0; (f = transom_format_get_at(i)); i++) {
		uint32_t across, down;

		get_steps(f, &across, &down);
		for (size_t j = 0; j < LENGTH(sizes); j++)
			for (size_t k = j ? 5 : 0; k < LENGTH(counts); k++) {
				const uint32_t extended[4] = { counts[k][0] * across, counts[k][1] * across,
							       counts[k][2] * down, counts[k][3] * down };

				check_extended(f, sizes[j][0], sizes[j][1], extended, 0);
				check_extended(f, sizes[j][0], sizes[j][1], extended,
					       TRANSOM_PIXEL_BUFFER_PLAIN);
			}
	}
}

/* Numbers that a person can check, beside those that read_sample() finds. */
TEST(extended_pixels_by_hand)
{
	struct transom_pixel_buffer_options o =
		options_for(TRANSOM_FORMAT_UYVY, 4, 1, TRANSOM_PIXEL_BUFFER_PLAIN);
	struct transom_pixel_buffer *buffer;
	static const uint8_t want[] = { 1, 2, 3, 2, 1, 2, 3, 4, 5, 6, 7, 8, 5, 8, 7, 8 };
	uint8_t *base;

	o.extended[0] = o.extended[1] = 2;
	check_eq(transom_pixel_buffer_create(&o, &buffer), 0);
	check_eq(transom_pixel_buffer_lock(buffer, WRITE, NULL), 0);
	base = transom_pixel_buffer_get_base(buffer);
	for (int i = 0; i < 8; i++)
		base[i] = (uint8_t)(i + 1);
	check_eq(transom_pixel_buffer_fill_extended(buffer), 0);
	check(!memcmp(base - 4, want, sizeof(want)));
	transom_pixel_buffer_unref(buffer);

	o.format = TRANSOM_FORMAT_L1;
	o.width = 10;
	o.extended[0] = o.extended[1] = 8;
	check_eq(transom_pixel_buffer_create(&o, &buffer), 0);
	check_eq(transom_pixel_buffer_lock(buffer, WRITE, NULL), 0);
	base = transom_pixel_buffer_get_base(buffer);
	base[0] = 0x80;
	base[1] = 0x40; /* two visible bits */
	check_eq(transom_pixel_buffer_fill_extended(buffer), 0);
	check_eq(base[-1], 0xff);
	check_eq(base[0], 0x80);
	check_eq(base[1], 0x7f);
	check_eq(base[2], 0xff);
	transom_pixel_buffer_unref(buffer);
}

TEST(extended_pixels_are_whole_blocks)
{
	static const struct {
		uint32_t format, left, top;
		int error;
	} cases[] = {
		{ TRANSOM_FORMAT_BGRA8, 1, 1, 0 },      { TRANSOM_FORMAT_V210, 6, 1, 0 },
		{ TRANSOM_FORMAT_V210, 4, 1, -EINVAL }, { TRANSOM_FORMAT_L1, 8, 1, 0 },
		{ TRANSOM_FORMAT_L1, 4, 1, -EINVAL },   { TRANSOM_FORMAT_Y0L0, 2, 2, 0 },
		{ TRANSOM_FORMAT_Y0L0, 2, 1, -EINVAL }, { TRANSOM_FORMAT_I410, 4, 4, 0 },
		{ TRANSOM_FORMAT_I410, 4, 2, -EINVAL }, { TRANSOM_FORMAT_NV16, 2, 1, 0 },
		{ TRANSOM_FORMAT_NV16, 1, 1, -EINVAL }, { TRANSOM_FORMAT_P030, 6, 2, 0 },
		{ TRANSOM_FORMAT_P030, 3, 2, -EINVAL },
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct transom_pixel_buffer_options o = options_for(cases[i].format, 24, 8, i % 2);
		struct transom_pixel_buffer *buffer = NULL;

		o.extended[0] = cases[i].left;
		o.extended[2] = cases[i].top;
		check_eq(transom_pixel_buffer_create(&o, &buffer), cases[i].error);
		transom_pixel_buffer_unref(buffer);
	}
}

/* Surfaces */

TEST(a_buffer_is_a_use)
{
	struct transom_pixel_buffer *buffer, *other = NULL;
	struct transom_surface *surface;

	buffer = new_buffer(TRANSOM_FORMAT_BGRA8, 8, 8, 0);
	surface = transom_surface_ref(transom_pixel_buffer_get_surface(buffer));
	check_eq(transom_surface_get_use_count(surface), 1);
	check(transom_surface_is_in_use(surface));
	check(!transom_surface_is_in_use_elsewhere(surface));
	write_noise(buffer, 3);

	check_eq(transom_pixel_buffer_create_with_surface(surface, &other), 0);
	check(transom_pixel_buffer_get_surface(other) == surface);
	check_eq(transom_surface_get_use_count(surface), 2);
	check_noise(other, 3);
	/* Locks and attachments are each buffer's own. */
	check_eq(transom_pixel_buffer_lock(buffer, READ, NULL), 0);
	check(!transom_pixel_buffer_get_base(other));
	check_eq(transom_pixel_buffer_unlock(other, READ, NULL), -EINVAL);
	buffer = transom_pixel_buffer_unref(buffer);
	check_eq(transom_surface_unlock(surface, READ, NULL), -EINVAL); /* the lock went with it */
	check_eq(transom_surface_get_use_count(surface), 1);
	other = transom_pixel_buffer_unref(other);
	check_eq(transom_surface_get_use_count(surface), 0);
	check(!transom_surface_is_in_use(surface));

	/* Nobody begins to use what is claimed. */
	check_eq(transom_surface_claim(surface), 0);
	check_eq(transom_surface_end_claim(surface), 0);
	check_eq(transom_pixel_buffer_create_with_surface(surface, &other), 0);
	check_eq(transom_surface_claim(surface), -EBUSY);
	check_noise(other, 3);
	transom_pixel_buffer_unref(other);
	transom_surface_unref(surface);
}

static struct transom_surface_options
surface_options(uint32_t format, uint32_t width, uint32_t height)
{
	return (struct transom_surface_options){
		.size = sizeof(struct transom_surface_options),
		.format = format,
		.width = width,
		.height = height,
	};
}

static void
check_surface(const struct transom_surface_options *options, int error)
{
	struct transom_pixel_buffer *const untouched = (void *)&allocations, *buffer = untouched;
	struct transom_surface *surface;

	check_eq(transom_surface_create(options, &surface), 0);
	check_eq(transom_pixel_buffer_create_with_surface(surface, NULL), -EINVAL);
	check_eq(transom_pixel_buffer_create_with_surface(surface, &buffer), error);
	if (error) {
		check(buffer == untouched);
		check_eq(transom_surface_get_use_count(surface), 0);
	} else {
		write_noise(buffer, 4);
		check_noise(buffer, 4);
		transom_pixel_buffer_unref(buffer);
	}
	transom_surface_unref(surface);
}

TEST(surfaces_that_do_not_fit_are_refused)
{
	struct transom_surface_options o;

	o = surface_options(TRANSOM_FORMAT_BGRA8, 8, 8);
	check_surface(&o, 0);
	o.bytes_per_row = 100;
	check_surface(&o, 0);
	o = surface_options(TRANSOM_FOURCC('n', 'o', 'n', 'e'), 8, 8);
	check_surface(&o, -ENOENT);
	o = surface_options(0, 0, 0);
	o.allocation_size = 4096;
	check_surface(&o, -ENOENT);

	/* An explicit layout: one plane is as good as none. */
	o = surface_options(TRANSOM_FORMAT_BGRA8, 8, 8);
	o.plane_count = 1;
	o.planes[0] =
		(struct transom_plane_layout){ .width = 8, .height = 8, .bytes_per_row = 32, .offset = 12 };
	check_surface(&o, 0);
	o.planes[0].width = 7;
	check_surface(&o, -EPROTO);
	o.planes[0].width = 8;
	o.planes[0].height = 7;
	check_surface(&o, -EPROTO);
	o.planes[0].height = 8;
	o.planes[0].bytes_per_row = 31; /* enough for the elements of 1 byte that the planes speak of */
	check_surface(&o, -EPROTO);
	o.planes[0].bytes_per_row = 32;
	o.planes[0].size = 7 * 32 + 8;
	o.allocation_size = o.planes[0].offset + o.planes[0].size;
	check_surface(&o, -EPROTO);
	o.allocation_size = 12 + 8 * 32;
	check_surface(&o, 0);

	o = surface_options(TRANSOM_FORMAT_NV12, 5, 5);
	o.plane_count = 2;
	o.planes[0] = (struct transom_plane_layout){ .width = 5, .height = 5, .bytes_per_row = 8 };
	o.planes[1] =
		(struct transom_plane_layout){ .width = 3, .height = 3, .bytes_per_row = 8, .offset = 40 };
	check_surface(&o, 0);
	o.planes[1].width = 2;
	check_surface(&o, -EPROTO);
	o.planes[1].width = 3;
	o.planes[1].bytes_per_row = 5;
	check_surface(&o, -EPROTO);
	o.planes[1].bytes_per_row = 8;

	/* Extended pixels that are not there, or no whole blocks. */
	o.allocation_size = 4096;
	o.extended[2] = 2;
	check_surface(&o, -EPROTO);
	o.planes[0].offset = 16;
	o.planes[1].offset = 64;
	check_surface(&o, 0);
	o.planes[0].offset = 32;
	o.planes[1].offset = 128;
	o.extended[2] = 4;
	check_surface(&o, 0);
	o.extended[2] = 3;
	check_surface(&o, -EPROTO);
	o.extended[2] = 0;
	o.extended[3] = UINT32_MAX - 1;
	check_surface(&o, -EPROTO);
	o.extended[3] = 2;
	o.extended[1] = UINT32_MAX - 1;
	check_surface(&o, -EPROTO);
	o.extended[1] = 0;
	check_surface(&o, 0);
	o.extended[0] = 2;
	check_surface(&o, 0);
	o.extended[0] = 4; /* 4 + 5 do not fit into 8 */
	check_surface(&o, -EPROTO);
}

struct peers {
	int receive, send, done[2];
	bool read_only;
};

enum { SEED = 12345 };

static void
read_frame(void *argument)
{
	struct peers *peers = argument;
	struct transom_pixel_buffer *buffer = NULL;
	static const uint32_t want[4] = { 4, 2, 6, 0 };
	struct transom_message *message;
	struct transom_surface *surface;
	uint32_t extended[4], seed;
	int right;
	char go;

	close(peers->send);
	check_eq(transom_message_create(&message), 0);
	check_eq(read(peers->done[0], &go, 1), 1); /* the sender has dropped the buffer */
	check_eq(transom_port_receive(peers->receive, message, 10000), 0);
	check_eq(transom_message_take_right(message, 0, TRANSOM_RIGHT_SURFACE, &right), 0);
	check_eq(transom_surface_look_up(right, &surface), 0);
	check_eq(transom_pixel_buffer_create_with_surface(surface, &buffer), 0);
	check_eq(close(right), 0);
	check_eq(transom_surface_get_use_count(surface), 1);
	transom_surface_unref(surface);
	check_eq(transom_pixel_buffer_get_format(buffer), TRANSOM_FORMAT_P010);
	check_eq(transom_pixel_buffer_get_width(buffer), 31);
	check_eq(transom_pixel_buffer_get_height(buffer), 17);
	check_eq(transom_pixel_buffer_get_extended(buffer, extended), 0);
	check(!memcmp(extended, want, sizeof(want)));
	check_noise(buffer, SEED);
	check_edges(buffer, transom_format_get(TRANSOM_FORMAT_P010), want);
	check_eq(transom_pixel_buffer_is_writable(buffer), !peers->read_only);
	if (peers->read_only) {
		check_eq(transom_pixel_buffer_lock(buffer, WRITE, NULL), -EACCES);
		check(!transom_pixel_buffer_get_base(buffer));
		check_eq(transom_pixel_buffer_lock(buffer, READ, &seed), 0);
		check_eq(transom_pixel_buffer_fill_extended(buffer), -EINVAL);
		check_eq(transom_pixel_buffer_unlock(buffer, READ, NULL), 0);
	} else {
		write_noise(buffer, SEED + 1);
	}
	transom_pixel_buffer_unref(buffer);
	transom_message_unref(message);
}

static void
pass_a_frame(bool read_only)
{
	struct transom_pixel_buffer_options o = options_for(TRANSOM_FORMAT_P010, 31, 17, 0);
	struct peers peers = { .read_only = read_only };
	struct transom_pixel_buffer *buffer;
	struct transom_surface *surface;
	struct transom_right right = { .kind = TRANSOM_RIGHT_SURFACE };
	pid_t child;

	check_eq(transom_port_create(NULL, &peers.receive, &peers.send), 0);
	check_eq(pipe(peers.done), 0);
	child = spawn(read_frame, &peers);
	o.extended[0] = 4;
	o.extended[1] = 2;
	o.extended[2] = 6;
	o.surface_flags = read_only ? TRANSOM_SURFACE_MAKER_WRITES : 0;
	check_eq(transom_pixel_buffer_create(&o, &buffer), 0);
	write_noise(buffer, SEED);
	check_eq(transom_pixel_buffer_lock(buffer, WRITE, NULL), 0);
	check_eq(transom_pixel_buffer_fill_extended(buffer), 0);
	check_eq(transom_pixel_buffer_unlock(buffer, WRITE, NULL), 0);
	surface = transom_surface_ref(transom_pixel_buffer_get_surface(buffer));
	check_eq(transom_surface_create_right(surface, &right.fd), 0);
	check_eq(transom_port_send(peers.send, NULL, 0, &right, 1, 10000), 0);
	close(right.fd);
	transom_pixel_buffer_unref(buffer);
	check_eq(transom_surface_get_use_count(surface), 0);
	check(transom_surface_is_in_use_elsewhere(surface)); /* by the right that is queued */
	check_eq(write(peers.done[1], "", 1), 1);
	check_eq(wait_for(child), 0);
	check(!transom_surface_is_in_use(surface));
	check_eq(transom_pixel_buffer_create_with_surface(surface, &buffer), 0);
	check_noise(buffer, read_only ? SEED : SEED + 1);
	transom_pixel_buffer_unref(buffer);
	transom_surface_unref(surface);
	close(peers.receive);
	close(peers.send);
	close(peers.done[0]);
	close(peers.done[1]);
}

TEST(another_process_gets_the_pixels)
{
	pass_a_frame(false);
}

TEST(another_process_may_only_read)
{
	pass_a_frame(true);
}

/* Attachments */

static struct transom_value *
new_number(int64_t number)
{
	struct transom_value *value = NULL;

	check_eq(transom_value_create_integer(number, &value), 0);
	return value;
}

static int
attach(struct transom_pixel_buffer *buffer, const char *key, int64_t number, int mode)
{
	struct transom_value *value = NULL;
	int r = transom_value_create_integer(number, &value);

	if (r == 0)
		r = transom_pixel_buffer_set_attachment(buffer, key, value,
							(enum transom_attachment_mode)mode);
	transom_value_unref(value);
	return r;
}

/* Number and mode of an attachment. */
static void
check_attachment(struct transom_pixel_buffer *buffer, const char *key, int64_t want, int want_mode)
{
	enum transom_attachment_mode mode = 7;
	struct transom_value *value = NULL;
	int64_t number = 0;

	check_eq(transom_pixel_buffer_dup_attachment(buffer, key, &mode, &value), 0);
	check_eq(transom_value_get_integer(value, &number), 0);
	check_eq(number, want);
	check_eq(mode, want_mode);
	transom_value_unref(value);
	check(transom_pixel_buffer_has_attachment(buffer, key));
}

static int
count_attachments(struct transom_pixel_buffer *buffer, int mode)
{
	struct transom_value *all = NULL;
	int count;

	check_eq(transom_pixel_buffer_dup_attachments(buffer, (enum transom_attachment_mode)mode, &all), 0);
	check_eq(transom_value_get_type(all), TRANSOM_VALUE_DICTIONARY);
	count = transom_value_get_count(all);
	transom_value_unref(all);
	return count;
}

TEST(attachments_have_one_mode)
{
	struct transom_pixel_buffer *buffer = new_plain();
	struct transom_value *value = NULL, *number = new_number(1);
	enum transom_attachment_mode mode = 7;

	check_eq(count_attachments(buffer, LOCAL), 0);
	check_eq(count_attachments(buffer, PROPAGATE), 0);
	check(!transom_pixel_buffer_has_attachment(buffer, "a"));
	check_eq(transom_pixel_buffer_dup_attachment(buffer, "a", &mode, &value), -ENOENT);
	check(!value && mode == 7);
	check_eq(transom_pixel_buffer_remove_attachment(buffer, "a"), -ENOENT);

	check_eq(attach(buffer, "a", 1, LOCAL), 0);
	check_eq(attach(buffer, "b", 2, PROPAGATE), 0);
	check_eq(attach(buffer, "c", 3, PROPAGATE), 0);
	check_attachment(buffer, "a", 1, LOCAL);
	check_attachment(buffer, "b", 2, PROPAGATE);
	check_eq(attach(buffer, "a", 4, LOCAL), 0);
	check_attachment(buffer, "a", 4, LOCAL);
	check_eq(attach(buffer, "a", 5, PROPAGATE), 0);
	check_attachment(buffer, "a", 5, PROPAGATE);
	check_eq(count_attachments(buffer, LOCAL), 0);
	check_eq(count_attachments(buffer, PROPAGATE), 3);
	check_eq(attach(buffer, "b", 6, LOCAL), 0);
	check_attachment(buffer, "b", 6, LOCAL);
	check_eq(count_attachments(buffer, PROPAGATE), 2);
	check_eq(transom_pixel_buffer_dup_attachment(buffer, "b", NULL, &value), 0);
	value = transom_value_unref(value);

	check_eq(transom_pixel_buffer_remove_attachment(buffer, "b"), 0);
	check_eq(transom_pixel_buffer_remove_attachment(buffer, "b"), -ENOENT);
	check_eq(transom_pixel_buffer_remove_attachment(buffer, "c"), 0);
	check(!transom_pixel_buffer_has_attachment(buffer, "c"));
	check_eq(attach(buffer, "d", 7, LOCAL), 0);
	check_eq(transom_pixel_buffer_remove_all_attachments(buffer), 0);
	check_eq(count_attachments(buffer, LOCAL) + count_attachments(buffer, PROPAGATE), 0);

	check_eq(attach(buffer, "a", 1, 2), -EINVAL);
	check_eq(attach(buffer, "a", 1, -1), -EINVAL);
	check_eq(attach(buffer, NULL, 1, LOCAL), -EINVAL);
	check_eq(attach(buffer, "\xff", 1, LOCAL), -EINVAL);
	check_eq(attach(NULL, "a", 1, LOCAL), -EINVAL);
	check_eq(transom_pixel_buffer_set_attachment(buffer, "a", NULL, LOCAL), -EINVAL);
	check_eq(transom_pixel_buffer_set_attachments(buffer, number, LOCAL), -EINVAL);
	check_eq(transom_pixel_buffer_set_attachments(buffer, NULL, LOCAL), -EINVAL);
	check_eq(transom_pixel_buffer_dup_attachments(buffer, 2, &value), -EINVAL);
	check_eq(transom_pixel_buffer_dup_attachments(buffer, LOCAL, NULL), -EINVAL);
	check_eq(transom_pixel_buffer_dup_attachment(buffer, NULL, NULL, &value), -EINVAL);
	check_eq(transom_pixel_buffer_dup_attachment(buffer, "a", NULL, NULL), -EINVAL);
	check_eq(transom_pixel_buffer_remove_attachment(buffer, NULL), -EINVAL);
	check(!transom_pixel_buffer_has_attachment(buffer, NULL));
	check(!value && !transom_pixel_buffer_has_attachment(buffer, "a"));
	transom_value_unref(number);
	transom_pixel_buffer_unref(buffer);
}

static struct transom_value *
new_dictionary(const char *first, const char *second, int64_t number)
{
	const char *keys[] = { first, second };
	struct transom_value *value = new_number(number), *dictionary = NULL;
	struct transom_value *const values[] = { value, value };

	check_eq(transom_value_create_dictionary(keys, values, 2, &dictionary), 0);
	transom_value_unref(value);
	return dictionary;
}

TEST(attachments_are_set_together)
{
	struct transom_pixel_buffer *buffer = new_plain();
	struct transom_value *dictionary = new_dictionary("b", "c", 8), *same = NULL;

	check_eq(attach(buffer, "a", 1, LOCAL), 0);
	check_eq(attach(buffer, "b", 2, LOCAL), 0);
	check_eq(transom_pixel_buffer_set_attachments(buffer, dictionary, PROPAGATE), 0);
	check_attachment(buffer, "a", 1, LOCAL);
	check_attachment(buffer, "b", 8, PROPAGATE);
	check_attachment(buffer, "c", 8, PROPAGATE);
	check_eq(count_attachments(buffer, LOCAL), 1);
	check_eq(transom_pixel_buffer_dup_attachments(buffer, PROPAGATE, &same), 0);
	check(transom_value_equal(same, dictionary));
	transom_value_unref(same);
	check_eq(transom_pixel_buffer_set_attachments(buffer, dictionary, LOCAL), 0);
	check_eq(count_attachments(buffer, LOCAL), 3);
	check_eq(count_attachments(buffer, PROPAGATE), 0);
	transom_value_unref(dictionary);
	transom_pixel_buffer_unref(buffer);
}

TEST(attachments_propagate)
{
	struct transom_pixel_buffer *source = new_plain(), *destination = new_plain();

	check_eq(transom_pixel_buffer_propagate_attachments(source, destination), 0);
	check_eq(count_attachments(destination, PROPAGATE), 0);
	check_eq(attach(source, "a", 1, PROPAGATE), 0);
	check_eq(attach(source, "b", 2, LOCAL), 0);
	check_eq(attach(source, "c", 3, PROPAGATE), 0);
	check_eq(attach(destination, "a", 9, LOCAL), 0);
	check_eq(attach(destination, "d", 4, LOCAL), 0);
	check_eq(attach(destination, "e", 5, PROPAGATE), 0);
	check_eq(transom_pixel_buffer_propagate_attachments(source, destination), 0);
	check_attachment(destination, "a", 1, PROPAGATE);
	check(!transom_pixel_buffer_has_attachment(destination, "b"));
	check_attachment(destination, "c", 3, PROPAGATE);
	check_attachment(destination, "d", 4, LOCAL);
	check_attachment(destination, "e", 5, PROPAGATE);
	check_attachment(source, "b", 2, LOCAL);
	check_eq(transom_pixel_buffer_propagate_attachments(source, source), 0);
	check_attachment(source, "a", 1, PROPAGATE);
	check_eq(transom_pixel_buffer_propagate_attachments(source, NULL), -EINVAL);
	check_eq(transom_pixel_buffer_propagate_attachments(NULL, source), -EINVAL);
	transom_pixel_buffer_unref(source);
	transom_pixel_buffer_unref(destination);
}

TEST(attachments_have_a_maximum)
{
	struct transom_pixel_buffer *buffer = new_plain();
	size_t size = TRANSOM_VALUE_MAX_SIZE / 2 + 1000;
	void *bytes = calloc(1, size);
	struct transom_value *data = NULL;

	check_eq(transom_value_create_data(bytes, size, &data), 0);
	free(bytes);
	check_eq(transom_pixel_buffer_set_attachment(buffer, "a", data, LOCAL), 0);
	check_eq(transom_pixel_buffer_set_attachment(buffer, "b", data, LOCAL), -E2BIG);
	check(!transom_pixel_buffer_has_attachment(buffer, "b"));
	check_eq(transom_pixel_buffer_set_attachment(buffer, "b", data, PROPAGATE), 0);
	/* A key that cannot change its mode keeps the one that it has. */
	check_eq(transom_pixel_buffer_set_attachment(buffer, "b", data, LOCAL), -E2BIG);
	check_eq(count_attachments(buffer, PROPAGATE), 1);
	check_eq(count_attachments(buffer, LOCAL), 1);
	transom_value_unref(data);
	transom_pixel_buffer_unref(buffer);
}

/* What fails has changed nothing. */
static int
move_key(void *buffer)
{
	int r = attach(buffer, "a", 2, PROPAGATE);

	if (r < 0)
		check_attachment(buffer, "a", 1, LOCAL);
	return r;
}

static int
move_keys(void *buffers)
{
	struct transom_pixel_buffer *source = ((struct transom_pixel_buffer **)buffers)[0];
	struct transom_pixel_buffer *destination = ((struct transom_pixel_buffer **)buffers)[1];
	int r = transom_pixel_buffer_propagate_attachments(source, destination);

	if (r < 0) {
		check_attachment(destination, "a", 1, LOCAL);
		check_attachment(destination, "b", 1, PROPAGATE);
	}
	return r;
}

static int
remove_key(void *buffer)
{
	int r = transom_pixel_buffer_remove_attachment(buffer, "a");

	check_eq(transom_pixel_buffer_has_attachment(buffer, "a"), r != 0);
	return r;
}

static int
count_none(void *buffer)
{
	struct transom_value *all = NULL;
	int r = transom_pixel_buffer_dup_attachments(buffer, LOCAL, &all);

	check_eq(all != NULL, r == 0);
	transom_value_unref(all);
	return r;
}

TEST(attachments_survive_a_lack_of_memory)
{
	struct transom_pixel_buffer *buffers[2] = { new_plain(), new_plain() };

	fail_each_allocation(count_none, buffers[0]);
	check_eq(attach(buffers[0], "a", 1, LOCAL), 0);
	check_eq(attach(buffers[0], "c", 1, LOCAL), 0);
	check_eq(attach(buffers[1], "a", 1, LOCAL), 0);
	check_eq(attach(buffers[1], "b", 1, PROPAGATE), 0);
	fail_each_allocation(move_key, buffers[0]);
	fail_each_allocation(move_keys, buffers);
	check_attachment(buffers[1], "a", 2, PROPAGATE);
	fail_each_allocation(remove_key, buffers[1]);
	transom_pixel_buffer_unref(buffers[0]);
	transom_pixel_buffer_unref(buffers[1]);
}

/* Writes a pair under two keys, now in one mode, now in the other; a reader never sees half of it. */
static void *
hammer(void *argument)
{
	static atomic_int next;
	struct transom_pixel_buffer *buffer = argument;
	int me = atomic_fetch_add(&next, 1);
	char key[16];

	snprintf(key, sizeof(key), "own-%d", me);
	for (int i = 0; i < shortened(5000); i++) {
		struct transom_value *pair = new_dictionary("x", "y", me * 1000000 + i), *all = NULL;
		int mode = (me + i) % 2;

		check_eq(transom_pixel_buffer_set_attachments(buffer, pair,
							      (enum transom_attachment_mode)mode),
			 0);
		transom_value_unref(pair);
		check_eq(attach(buffer, key, i, mode), 0);
		check_attachment(buffer, key, i, mode);
		check_eq(transom_pixel_buffer_dup_attachments(buffer, (enum transom_attachment_mode)mode,
							      &all),
			 0);
		if (transom_value_get_value(all, "x"))
			check(transom_value_equal(transom_value_get_value(all, "x"),
						  transom_value_get_value(all, "y")));
		else
			check(!transom_value_get_value(all, "y"));
		transom_value_unref(all);
		if (i % 16 == 0)
			check_eq(transom_pixel_buffer_remove_attachment(buffer, key), 0);
	}
	return NULL;
}

TEST(threads_change_attachments)
{
	struct transom_pixel_buffer *buffer = new_plain();

	run_threads(hammer, buffer);
	check(transom_pixel_buffer_has_attachment(buffer, "x"));
	transom_pixel_buffer_unref(buffer);
}

/* For the pool */

struct recycling {
	int count;
	struct transom_pixel_buffer *buffer;
	uint32_t uses; /* when it came back */
};

static void
note_recycle(struct transom_pixel_buffer *buffer, void *context)
{
	struct recycling *recycling = context;

	recycling->count++;
	recycling->buffer = buffer;
	recycling->uses = transom_surface_get_use_count(transom_pixel_buffer_get_surface(buffer));
	if (recycling->uses)
		check_eq(transom_surface_end_use(transom_pixel_buffer_get_surface(buffer)), 0);
}

TEST(pooled_buffers_come_back)
{
	struct transom_pixel_buffer_options o = options_for(TRANSOM_FORMAT_NV12, 32, 32, 0);
	struct transom_value *defaults = new_dictionary("a", "b", 1);
	struct transom_pixel_buffer *buffer = NULL;
	struct recycling recycling = { 0 };
	struct transom_surface *surface;
	uint32_t seed;

	check_eq(pixel_buffer_create_pooled(&o, note_recycle, &recycling, &buffer), 0);
	surface = transom_pixel_buffer_get_surface(buffer);
	check_eq(transom_surface_get_use_count(surface), 0);
	for (int i = 1; i <= 3; i++) {
		check_eq(transom_surface_claim(surface), 0);
		check_eq(transom_surface_begin_use(surface), 0);
		pixel_buffer_revive(buffer, i == 2 ? NULL : defaults);
		check_eq(count_attachments(buffer, PROPAGATE), i == 2 ? 0 : 2);
		check_eq(count_attachments(buffer, LOCAL), 0);
		check_eq(transom_surface_get_use_count(surface), 1);
		check(!transom_pixel_buffer_get_base(buffer));
		check_eq(transom_pixel_buffer_unlock(buffer, WRITE, NULL), -EINVAL);
		/* What is left behind does not stay. */
		check_eq(attach(buffer, "a", 5, LOCAL), 0);
		check_eq(transom_pixel_buffer_lock(buffer, WRITE, NULL), 0);
		check_eq(transom_pixel_buffer_lock(buffer, WRITE, NULL), 0);
		check_eq(transom_pixel_buffer_lock(buffer, READ, NULL), 0);
		visit_noise(buffer, true, 6);
		transom_pixel_buffer_ref(buffer);
		check(!transom_pixel_buffer_unref(buffer));
		check_eq(recycling.count, i - 1);
		check(!transom_pixel_buffer_unref(buffer));
		check_eq(recycling.count, i);
		check(recycling.buffer == buffer);
		check_eq(recycling.uses, 1);
		check(!transom_surface_is_in_use(surface));
		check_eq(transom_surface_lock(surface, READ, &seed), 0);
		check_eq(seed, 2 * i);
		check_eq(transom_surface_unlock(surface, READ, NULL), 0);
		check_eq(transom_surface_unlock(surface, READ, NULL), -EINVAL);
	}
	transom_value_unref(defaults);
	pixel_buffer_free(buffer);
	check_eq(recycling.count, 3);

	buffer = NULL;
	o.flags = TRANSOM_PIXEL_BUFFER_PLAIN;
	check_eq(pixel_buffer_create_pooled(&o, note_recycle, &recycling, &buffer), -EINVAL);
	o.flags = 0;
	o.width = 0;
	check_eq(pixel_buffer_create_pooled(&o, note_recycle, &recycling, &buffer), -EINVAL);
	check(!buffer);
}

/* Only what needs no system call survives. */
static void
turn_around_without_the_kernel(void *argument)
{
	struct transom_pixel_buffer_options o = options_for(TRANSOM_FORMAT_BGRA8, 32, 32, 0);
	struct transom_value *defaults = new_dictionary("a", "b", 1);
	struct transom_pixel_buffer *buffer;
	struct recycling recycling = { 0 };

	check_eq(pixel_buffer_create_pooled(&o, note_recycle, &recycling, &buffer), 0);
	pixel_buffer_revive(buffer, defaults); /* and map it */
	check_eq(transom_pixel_buffer_lock(buffer, WRITE, NULL), 0);
	transom_pixel_buffer_unref(buffer);
	atomic_store(&allocations, 0);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) < 0)
		_exit(2);
	for (int i = 0; i < 1000; i++) {
		pixel_buffer_revive(buffer, defaults);
		transom_pixel_buffer_lock(buffer, WRITE, NULL);
		transom_pixel_buffer_unref(buffer);
	}
	syscall(SYS_exit, recycling.count == 1001 && atomic_load(&allocations) == 0 ? 0 : 1);
}

TEST(turning_around_makes_no_system_call)
{
	int status;

	skip_under("valgrind", "valgrind makes system calls of its own");
	status = wait_for(spawn(turn_around_without_the_kernel, NULL));
	if (status == 2)
		skip("no seccomp");
	check_eq(status, 0);
}

static int
create_pooled_and_free(void *argument)
{
	struct transom_pixel_buffer *buffer;
	int r = pixel_buffer_create_pooled(argument, note_recycle, NULL, &buffer);

	if (r == 0)
		pixel_buffer_free(buffer);
	return r;
}

TEST(pooled_buffers_and_lack_of_memory)
{
	struct transom_pixel_buffer_options o = options_for(TRANSOM_FORMAT_NV12, 32, 32, 0);

	fail_each_allocation(create_pooled_and_free, &o);
}

/* Fork */

struct inheritance {
	struct transom_pixel_buffer *buffer, *plain, *pooled;
	struct recycling recycling;
};

static void
use_inherited(void *argument)
{
	struct inheritance *all = argument;
	struct transom_surface *surface = transom_surface_ref(transom_pixel_buffer_get_surface(all->buffer));
	struct transom_pixel_buffer *own = NULL;

	check_eq(transom_surface_get_use_count(surface), 0);
	check_attachment(all->buffer, "a", 1, LOCAL);
	check_noise(all->buffer, 11);
	check_noise(all->plain, 11);
	check_eq(transom_pixel_buffer_create_with_surface(surface, &own), 0);
	check_eq(transom_surface_get_use_count(surface), 1);
	check(!transom_pixel_buffer_unref(all->buffer)); /* locked by the parent */
	check_eq(transom_surface_get_use_count(surface), 1);
	check_noise(own, 11);
	transom_pixel_buffer_unref(own);
	check_eq(transom_surface_get_use_count(surface), 0);
	transom_surface_unref(surface);
	check_noise(all->pooled, 11);
	check(!transom_pixel_buffer_unref(all->pooled));
	check_eq(all->recycling.count, 0);
	check(!transom_pixel_buffer_unref(all->plain));
}

TEST(a_child_has_buffers_without_uses)
{
	struct transom_pixel_buffer_options o = options_for(TRANSOM_FORMAT_I420, 9, 9, 0);
	struct inheritance all = { 0 };
	struct transom_surface *surface;
	uint32_t seed, next;

	all.buffer = new_buffer(o.format, 9, 9, 0);
	all.plain = new_buffer(o.format, 9, 9, TRANSOM_PIXEL_BUFFER_PLAIN);
	check_eq(pixel_buffer_create_pooled(&o, note_recycle, &all.recycling, &all.pooled), 0);
	check_eq(transom_surface_begin_use(transom_pixel_buffer_get_surface(all.pooled)), 0);
	pixel_buffer_revive(all.pooled, NULL);
	write_noise(all.buffer, 11);
	write_noise(all.plain, 11);
	write_noise(all.pooled, 11);
	check_eq(attach(all.buffer, "a", 1, LOCAL), 0);
	surface = transom_pixel_buffer_get_surface(all.buffer);
	check_eq(transom_pixel_buffer_lock(all.buffer, WRITE, &seed), 0);
	check_eq(wait_for(spawn(use_inherited, &all)), 0);
	check_eq(transom_surface_get_use_count(surface), 1);
	check(transom_surface_is_in_use(surface));
	check_eq(transom_pixel_buffer_unlock(all.buffer, WRITE, &next), 0);
	check_eq(next, seed + 1); /* the child has unlocked nothing */
	check(transom_surface_is_in_use(transom_pixel_buffer_get_surface(all.pooled)));
	transom_pixel_buffer_unref(all.buffer);
	transom_pixel_buffer_unref(all.plain);
	transom_pixel_buffer_unref(all.pooled);
	check_eq(all.recycling.count, 1);
	pixel_buffer_free(all.pooled);
}
