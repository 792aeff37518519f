/* test-surface.c - surfaces: layout, memory, rights, uses, values, hostile files, forks. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <transom/port.h>
#include <transom/surface.h>

#include "harness.h"
#include "lock-private.h"
#include "random-private.h"
#include "silent-file.h"
#include "surface-private.h"
#include "surfaces.h"

static struct transom_surface_options
options_of(uint32_t format, uint32_t width, uint32_t height, uint32_t flags)
{
	return (struct transom_surface_options){
		.size = sizeof(struct transom_surface_options),
		.flags = flags,
		.format = format,
		.width = width,
		.height = height,
	};
}

static struct transom_surface *
create(uint32_t format, uint32_t width, uint32_t height, uint32_t flags)
{
	struct transom_surface_options options = options_of(format, width, height, flags);
	struct transom_surface *surface = NULL;

	check_eq(transom_surface_create(&options, &surface), 0);
	return surface;
}

static struct transom_surface *
create_small(void)
{
	return create(TRANSOM_FORMAT_BGRA8, 64, 32, 0);
}

/* The count may miss one or show one twice while other locks in the system come and go: it is asked again. */
static void
check_uses(const struct transom_surface *surface, int uses)
{
	int have = -1;

	for (int i = 0; i < 1000 && have != uses; i++) {
		if (i)
			usleep(1000);
		have = transom_surface_count_uses(surface);
	}
	check_eq(have, uses);
}

TEST(packed_surface)
{
	struct transom_surface *surface = create(TRANSOM_FORMAT_BGRA8, 67, 5, 0);
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
	struct transom_surface *surface = create(TRANSOM_FORMAT_NV12, 65, 33, 0);
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

/* Rights and uses. */

TEST(right_is_a_use_until_its_last_copy_is_closed)
{
	struct transom_surface *surface = create_small(), *again;
	int right, copy, other;

	check(!transom_surface_is_in_use(surface));
	check_uses(surface, 0);
	right = create_right(surface);
	check(fcntl(right, F_GETFD) & FD_CLOEXEC);
	copy = dup(right);
	other = create_right(surface);
	check(transom_surface_is_in_use(surface));
	check(transom_surface_is_in_use_elsewhere(surface));
	check_eq(transom_surface_get_use_count(surface), 0);
	check_uses(surface, 2);
	check_eq(transom_surface_claim(surface), -EBUSY);
	check_eq(transom_surface_look_up(right, &again), 0);
	check(again == surface); /* one object */
	transom_surface_unref(again);
	close(other);
	close(right);
	check(transom_surface_is_in_use(surface));
	close(copy);
	check(!transom_surface_is_in_use(surface));
	transom_surface_unref(surface);
}

TEST(who_has_a_copy_can_end_its_use)
{
	struct transom_surface *surface = create_small();
	int right = create_right(surface), other = create_right(surface), copy = dup(right);

	check_eq(lock_byte_release(copy, SURFACE_USE_BYTE), 0); /* as the header warns */
	check(transom_surface_is_in_use(surface)); /* a right of one's own nobody else ends */
	close(other);
	check(!transom_surface_is_in_use(surface)); /* though the first right is still open */
	close(copy);
	close(right);
	transom_surface_unref(surface);
}

enum { NOBODY = 65534 };

/* As a user whom the kernel protects other processes from, even if the tests run as root. */
static void
become_nobody(void)
{
	if (geteuid() == 0) {
		check_eq(setresgid(NOBODY, NOBODY, NOBODY), 0);
		check_eq(setresuid(NOBODY, NOBODY, NOBODY), 0);
	}
}

static void
use_without_permission(void *argument)
{
	struct transom_surface *surface;
	int right = -9;

	become_nobody();
	surface = create_small();
	check_eq(fchmod(surface->fd, 0), 0); /* as a hostile maker may */
	check_eq(transom_surface_begin_use(surface), -EACCES);
	check_eq(transom_surface_claim(surface), -EACCES);
	check_eq(transom_surface_create_right(surface, &right), -EACCES);
	check_eq(right, -9);
	transom_surface_unref(surface);
}

TEST(file_that_may_not_be_opened_is_not_used)
{
	check_eq(wait_for(spawn(use_without_permission, NULL)), 0);
}

TEST(right_in_flight_is_a_use)
{
	struct transom_surface *surface = create_small();
	struct transom_message *message;
	struct transom_right right;
	int receive, send;

	check_eq(transom_message_create(&message), 0);
	check_eq(transom_port_create(NULL, &receive, &send), 0);
	right = (struct transom_right){ create_right(surface), TRANSOM_RIGHT_SURFACE };
	check_eq(transom_port_send(send, NULL, 0, &right, 1, 0), 0);
	close(right.fd);
	check(transom_surface_is_in_use_elsewhere(surface));
	check_eq(transom_port_receive(receive, message, 0), 0);
	check(transom_surface_is_in_use_elsewhere(surface));
	check_eq(transom_message_take_right(message, 0, TRANSOM_RIGHT_SURFACE, &right.fd), 0);
	close(right.fd);
	check(!transom_surface_is_in_use(surface));

	right.fd = create_right(surface);
	check_eq(transom_port_send(send, NULL, 0, &right, 1, 0), 0);
	close(right.fd);
	check(transom_surface_is_in_use(surface));
	close(receive); /* the queue dies, and what is in it */
	check(!transom_surface_is_in_use(surface));
	close(send);
	transom_message_unref(message);
	transom_surface_unref(surface);
}

TEST(uses_of_a_process_are_one)
{
	struct transom_surface *surface = create_small();

	check_eq(transom_surface_end_use(surface), -EINVAL);
	check_eq(transom_surface_begin_use(surface), 0);
	check_eq(transom_surface_begin_use(surface), 0);
	check_eq(transom_surface_get_use_count(surface), 2);
	check_uses(surface, 1);
	check(transom_surface_is_in_use(surface));
	check(!transom_surface_is_in_use_elsewhere(surface));
	check_eq(transom_surface_claim(surface), -EBUSY);
	check_eq(transom_surface_end_use(surface), 0);
	check(transom_surface_is_in_use(surface));
	check_eq(transom_surface_end_use(surface), 0);
	check(!transom_surface_is_in_use(surface));
	check_eq(transom_surface_end_use(surface), -EINVAL);
	transom_surface_unref(surface);
}

static void
meet_a_claim(struct transom_surface *surface)
{
	int right = -5;

	check_eq(transom_surface_begin_use(surface), -EBUSY);
	check_eq(transom_surface_create_right(surface, &right), -EBUSY);
	check_eq(transom_surface_claim(surface), -EBUSY);
	check_eq(right, -5);
}

TEST(claim_keeps_everyone_out_and_becomes_a_use)
{
	struct transom_surface *surface = create_small();
	struct visitor visitor = { create_right(surface), meet_a_claim };
	int start[2], done[2];
	char byte = 0;
	pid_t child;

	/* The visitor has the surface, but holds no use, when the claim is made. */
	check(pipe(start) == 0 && pipe(done) == 0);
	child = fork();
	if (child == 0) {
		struct transom_surface *mine;

		check_eq(transom_surface_look_up(visitor.right, &mine), 0);
		close(visitor.right);
		check(write(done[1], &byte, 1) == 1);
		check(read(start[0], &byte, 1) == 1);
		meet_a_claim(mine);
		check(write(done[1], &byte, 1) == 1);
		check(read(start[0], &byte, 1) == 1);
		check_eq(transom_surface_begin_use(mine), 0);
		_exit(0);
	}
	close(visitor.right);
	check(read(done[0], &byte, 1) == 1);
	check_eq(transom_surface_claim(surface), 0);
	check_eq(transom_surface_claim(surface), -EBUSY);
	check(write(start[1], &byte, 1) == 1);
	check(read(done[0], &byte, 1) == 1);
	check_eq(transom_surface_begin_use(surface), 0);
	check_eq(transom_surface_end_claim(surface), -EINVAL);
	check(write(start[1], &byte, 1) == 1);
	check_eq(wait_for(child), 0);
	check_eq(transom_surface_end_use(surface), 0);
	check_eq(transom_surface_claim(surface), 0);
	check_eq(transom_surface_end_claim(surface), 0);
	check(!transom_surface_is_in_use(surface));
	close(start[0]);
	close(start[1]);
	close(done[0]);
	close(done[1]);
	transom_surface_unref(surface);
}

static void
use_and_wait(struct transom_surface *surface)
{
	check_eq(transom_surface_begin_use(surface), 0);
	raise(SIGSTOP);
	pause();
}

TEST_FOR(use_of_a_killed_process_ends, 60)
{
	struct transom_surface *surface = create_small();
	int status;

	for (int i = 0; i < 50; i++) {
		struct visitor visitor = { create_right(surface), use_and_wait };
		pid_t child = spawn(visit_right, &visitor);

		close(visitor.right);
		check_eq(waitpid(child, &status, WUNTRACED), child);
		check(transom_surface_is_in_use_elsewhere(surface));
		check_eq(transom_surface_claim(surface), -EBUSY);
		kill(child, SIGKILL);
		check_eq(wait_for(child), -SIGKILL);
		check(!transom_surface_is_in_use(surface));
		check_eq(transom_surface_claim(surface), 0);
		check_eq(transom_surface_end_claim(surface), 0);
	}
	transom_surface_unref(surface);
}

static void
write_pixels(struct transom_surface *surface)
{
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	memset(transom_surface_get_base(surface), 0x5a, 100);
	check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
}

TEST(everyone_may_write)
{
	struct transom_surface *surface = create_small();

	check_eq(visit(surface, write_pixels), 0);
	check_eq(transom_surface_get_seed(surface), 1);
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	check_eq(((unsigned char *)transom_surface_get_base(surface))[99], 0x5a);
	transom_surface_unref(surface);
}

/* The same with a surface that the child has not inherited: an import in every sense. */
static void
import_and_write(void *argument)
{
	struct transom_message *message;
	struct transom_surface *surface;

	check_eq(transom_message_create(&message), 0);
	check_eq(transom_port_receive(*(int *)argument, message, -1), 0);
	check_eq(transom_surface_look_up(transom_message_get_right(message, 0), &surface), 0);
	check(transom_surface_is_writable(surface));
	check_eq(transom_surface_begin_use(surface), 0);
	transom_message_unref(message);
	write_pixels(surface);
	transom_surface_unref(surface);
}

static void
import_and_fail_to_write(void *argument)
{
	struct transom_message *message;
	struct transom_surface *surface;
	int right, again;
	char path[64];
	void *map;
	size_t size = 4 * (size_t)sysconf(_SC_PAGESIZE);

	check_eq(transom_message_create(&message), 0);
	check_eq(transom_port_receive(*(int *)argument, message, -1), 0);
	check_eq(transom_message_take_right(message, 0, TRANSOM_RIGHT_SURFACE, &right), 0);
	check_eq(transom_surface_look_up(right, &surface), 0);
	check(!transom_surface_is_writable(surface));
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), -EACCES);
	check_eq(transom_surface_claim(surface), -EACCES);
	check_eq(transom_surface_remove_all_values(surface), -EACCES);
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	check_eq(((unsigned char *)transom_surface_get_base(surface))[0], 0x5a);
	/* Not by any other way either. */
	check(mprotect(transom_surface_get_base(surface), 100, PROT_READ | PROT_WRITE) < 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", right);
	again = open(path, O_RDWR);
	if (again >= 0) {
		map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, again, 0);
		check(map == MAP_FAILED);
		check(pwrite(again, "x", 1, (off_t)size) < 0);
		check(ftruncate(again, 0) < 0);
		check(fallocate(again, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)size) < 0);
		map = mmap(NULL, size, PROT_READ, MAP_SHARED, again, 0);
		check(map != MAP_FAILED);
		check(mprotect(map, size, PROT_READ | PROT_WRITE) < 0);
		munmap(map, size);
		close(again);
	}
	close(right);
	transom_message_unref(message);
	transom_surface_unref(surface);
}

static void
send_into_child(uint32_t flags, void (*body)(void *))
{
	struct transom_surface *surface;
	struct transom_right right = { .kind = TRANSOM_RIGHT_SURFACE };
	int receive, send;
	pid_t child;

	check_eq(transom_port_create(NULL, &receive, &send), 0);
	child = spawn(body, &receive);
	surface = create(TRANSOM_FORMAT_BGRA8, 64, 64, flags);
	write_pixels(surface);
	right.fd = create_right(surface);
	check_eq(transom_port_send(send, NULL, 0, &right, 1, 0), 0);
	close(right.fd);
	check_eq(wait_for(child), 0);
	close(receive);
	close(send);
	check(!transom_surface_is_in_use(surface));
	check_eq(transom_surface_get_seed(surface), flags & TRANSOM_SURFACE_MAKER_WRITES ? 1 : 2);
	write_pixels(surface);
	transom_surface_unref(surface);
}

TEST(imported_surface_is_written)
{
	send_into_child(0, import_and_write);
}

TEST(only_the_maker_writes)
{
	send_into_child(TRANSOM_SURFACE_MAKER_WRITES, import_and_fail_to_write);
}

/* Decided by the right that came first, as the header says: nothing is remapped under a reader. */
static void
look_up_twice(const int rights[2])
{
	struct transom_surface *first, *second;

	check_eq(transom_surface_look_up(rights[0], &first), 0);
	check_eq(transom_surface_look_up(rights[1], &second), 0);
	check(first == second && !transom_surface_is_writable(second));
	check_eq(transom_surface_lock(second, TRANSOM_SURFACE_LOCK_WRITE, NULL), -EACCES);
	transom_surface_unref(first);
	transom_surface_unref(second);
	check_eq(transom_surface_look_up(rights[1], &second), 0);
	check(transom_surface_is_writable(second));
	transom_surface_unref(second);
}

TEST(first_right_decides_who_may_write)
{
	struct transom_surface *surface = create_small();
	int rights[2];
	char path[32];

	rights[1] = create_right(surface);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", rights[1]);
	rights[0] = open(path, O_RDONLY | O_CLOEXEC);
	check(rights[0] >= 0);
	transom_surface_unref(surface);
	look_up_twice(rights);
	close(rights[0]);
	close(rights[1]);
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

/* The shadow memory of AddressSanitizer has faults of its own. */
__attribute__((noinline, no_sanitize("address"))) static long
count_faults(volatile char *base, size_t size)
{
	struct rusage before, after;

	getrusage(RUSAGE_SELF, &before);
	for (size_t i = 0; i < size; i += 4096)
		base[i] = 1;
	getrusage(RUSAGE_SELF, &after);
	return after.ru_minflt - before.ru_minflt;
}

TEST(prefault_and_huge_pages)
{
	struct transom_surface *surface = create(TRANSOM_FORMAT_BGRA8, 1024, 512,
						 TRANSOM_SURFACE_PREFAULT | TRANSOM_SURFACE_HUGE_PAGES);

	skip_under("qemu", "it has page faults of its own");
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	check(count_faults(transom_surface_get_base(surface), 1024 * 512 * 4) < 20);
	transom_surface_unref(surface);
}

TEST(a_surface_costs_two_pages_and_two_descriptors)
{
	struct transom_surface *surfaces[20], *warm = create_small();
	int before;
	struct stat st;

	check_eq(transom_surface_begin_use(warm), 0);
	before = count_fds();
	for (int i = 0; i < 20; i++) {
		surfaces[i] = create_small();
		check_eq(transom_surface_begin_use(surfaces[i]), 0);
		write_pixels(surfaces[i]);
		check_eq(fstat(surfaces[i]->fd, &st), 0);
		/* The pixels that were touched take one page. */
		check(st.st_blocks * 512 <= 3 * sysconf(_SC_PAGESIZE));
	}
	check_eq(count_fds(), before + 2 * 20);
	for (int i = 0; i < 20; i++)
		transom_surface_unref(surfaces[i]);
	transom_surface_unref(warm);
}

/* Hostile files. */

static int
make_memfd(const void *bytes, size_t size, size_t file_size, int seals)
{
	int fd = memfd_create("hostile", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	check(fd >= 0);
	check(ftruncate(fd, (off_t)file_size) == 0);
	if (size)
		check(pwrite(fd, bytes, size, 0) == (ssize_t)size);
	if (seals)
		check(fcntl(fd, F_ADD_SEALS, seals) == 0);
	return fd;
}

static void
refuse(int fd, int error)
{
	struct transom_surface *surface = (void *)1;
	int fds = count_fds(), mappings = count_mappings();

	check_eq(transom_surface_look_up(fd, &surface), error);
	check(surface == (void *)1);
	check_eq(count_fds(), fds);
	check_eq(count_mappings(), mappings);
}

enum { SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL };

TEST(wrong_descriptors_are_refused)
{
	char path[] = "/tmp/transom-test-XXXXXX";
	int pipes[2], sockets[2], file, directory, memory;

	check(pipe(pipes) == 0);
	check(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets) == 0);
	file = mkstemp(path);
	check(write(file, "text", 4) == 4);
	directory = open("/", O_RDONLY | O_DIRECTORY);
	refuse(-1, -EBADF);
	refuse(9999, -EBADF);
	refuse(pipes[0], -EMEDIUMTYPE);
	refuse(sockets[0], -EPERM); /* no capsule: more could come */
	refuse(directory, -EMEDIUMTYPE);
	/* Where /tmp is in memory, its files can have seals, but have none. */
	refuse(file, fcntl(file, F_GET_SEALS) < 0 ? -EMEDIUMTYPE : -EPERM);
	memory = make_memfd("", 0, 1 << 20, 0);
	refuse(memory, -EPERM); /* not sealed */
	close(memory);
	memory = make_memfd("", 0, 1 << 20, F_SEAL_SHRINK | F_SEAL_GROW);
	refuse(memory, -EPERM); /* its owner could seal it for writing later */
	close(memory);
	memory = make_memfd("", 0, 0, SEALS);
	refuse(memory, -ENODATA);
	close(memory);
	memory = make_memfd("", 0, 100, SEALS);
	refuse(memory, -ENODATA);
	close(memory);
	memory = make_memfd("", 0, 1 << 20, SEALS);
	refuse(memory, -EBADMSG);
	close(memory);
	unlink(path);
	close(file);
	close(directory);
	close(pipes[0]);
	close(pipes[1]);
	close(sockets[0]);
	close(sockets[1]);
}

static void
ask_the_server(void *argument)
{
	struct stat st;

	fstat(*(int *)argument, &st);
}

/* The file system is another user's: the kernel does not even let this one ask. */
static void
refuse_as_nobody(void *argument)
{
	become_nobody();
	refuse(*(int *)argument, -EMEDIUMTYPE);
}

TEST(file_of_a_server_that_does_not_answer_is_refused_at_once)
{
	struct silent_file file;
	pid_t asking;

	if (!open_silent_file(&file))
		skip("no file system of user space may be mounted here");
	refuse(file.fd, -EMEDIUMTYPE);
	asking = spawn(ask_the_server, &file.fd);
	usleep(100000);
	check_eq(waitpid(asking, NULL, WNOHANG), 0); /* who asks waits: this server is silent indeed */
	check_eq(wait_for(spawn(refuse_as_nobody, &file.fd)), 0);
	refuse(file.fd, -EMEDIUMTYPE);
	close_silent_file(&file);
	check_eq(wait_for(asking), 0);
}

/* A good header, to spoil. */
static struct surface_header
good_header(uint32_t format, uint64_t *ret_size)
{
	struct surface_header header = { .magic = SURFACE_MAGIC, .version = SURFACE_VERSION, .id = 1 };
	struct transom_surface_options options = options_of(format, 64, 64, 0);

	check_eq(surface_layout_choose(&options, &header), 0);
	check_eq(surface_layout_place(&header, ret_size), 0);
	check_eq(surface_layout_check(&header, *ret_size), 0);
	return header;
}

TEST(contradictory_headers_are_refused)
{
	struct surface_header header;
	uint64_t size;
	int fd;

#define SPOIL(format, change, error)                                                                         \
	header = good_header(format, &size);                                                                 \
	change;                                                                                              \
	fd = make_memfd(&header, sizeof(header), size, SEALS);                                               \
	refuse(fd, error);                                                                                   \
	close(fd)
#define BGRA TRANSOM_FORMAT_BGRA8
#define NV12 TRANSOM_FORMAT_NV12
	SPOIL(BGRA, header.magic++, -EBADMSG);
	SPOIL(BGRA, header.version++, -EPROTONOSUPPORT);
	SPOIL(BGRA, header.version = 0, -EPROTONOSUPPORT);
	SPOIL(BGRA, header.id = 0, -EPROTO);
	SPOIL(BGRA, header.page_size *= 2, -EPROTO);
	SPOIL(BGRA, header.page_size = 0, -EPROTO);
	SPOIL(BGRA, header.data_offset = 0, -EPROTO);
	SPOIL(BGRA, header.data_offset = UINT64_MAX, -EPROTO);
	SPOIL(BGRA, header.values_offset += 4096, -EPROTO);
	SPOIL(BGRA, header.values_size = 0, -EPROTO);
	SPOIL(BGRA, header.values_size = 1, -EPROTO);
	SPOIL(BGRA, header.values_size = UINT32_MAX, -E2BIG);
	SPOIL(BGRA, size += 4096, -ERANGE);
	SPOIL(BGRA, size -= 4096, -ERANGE);
	SPOIL(BGRA, header.geometry.allocation_size = 0, -EPROTO);
	SPOIL(BGRA, header.geometry.allocation_size = UINT64_MAX, -E2BIG);
	SPOIL(BGRA, header.geometry.allocation_size += 4096, -EPROTO);
	SPOIL(BGRA, header.geometry.allocation_size--, -ERANGE);
	SPOIL(BGRA, header.geometry.width = UINT32_MAX, -E2BIG);
	SPOIL(BGRA, header.geometry.width = 0, -EPROTO);
	SPOIL(BGRA, header.geometry.height++, -ERANGE);
	SPOIL(BGRA, header.geometry.bytes_per_row = 255, -ERANGE);
	SPOIL(BGRA, header.geometry.bytes_per_row = UINT32_MAX, -ERANGE);
	SPOIL(BGRA, header.geometry.bytes_per_element = 0, -EPROTO);
	SPOIL(BGRA, header.geometry.bytes_per_element = UINT32_MAX, -ERANGE);
	SPOIL(BGRA, header.geometry.element_width = 0, -EPROTO);
	SPOIL(BGRA, header.geometry.offset = 1, -ERANGE);
	SPOIL(BGRA, header.geometry.offset = UINT64_MAX, -ERANGE);
	SPOIL(BGRA, header.geometry.plane_count = 2, -EPROTO);
	SPOIL(BGRA, header.geometry.width = header.geometry.height = 0, -EPROTO);
	SPOIL(BGRA, memset(header.name, 'x', sizeof(header.name)), -EPROTO);
	SPOIL(NV12, header.geometry.plane_count = 0, -EPROTO);
	SPOIL(NV12, header.geometry.plane_count = 1, -EPROTO);
	SPOIL(NV12, header.geometry.plane_count = UINT32_MAX, -E2BIG);
	SPOIL(NV12, header.planes[1].offset = UINT64_MAX, -EOVERFLOW);
	SPOIL(NV12, header.planes[1].offset += 1, -ERANGE);
	SPOIL(NV12, header.planes[1].size = UINT64_MAX, -EOVERFLOW);
	SPOIL(NV12, header.planes[1].size -= 1, -ERANGE);
	SPOIL(NV12, header.planes[0].width = 0, -EPROTO);
	SPOIL(NV12, header.planes[0].height = UINT32_MAX, -E2BIG);
	SPOIL(NV12, header.planes[0].bytes_per_row = 0, -ERANGE);
#undef SPOIL
#undef BGRA
#undef NV12
}

TEST(header_is_read_once)
{
	struct transom_surface *surface;
	struct transom_surface_geometry geometry;
	struct surface_header header;
	uint64_t size;
	int fd;

	header = good_header(TRANSOM_FORMAT_BGRA8, &size);
	fd = make_memfd(&header, sizeof(header), size, SEALS);
	check_eq(transom_surface_look_up(fd, &surface), 0);
	memset(&header, 0xff, sizeof(header));
	check(pwrite(fd, &header, sizeof(header), 0) == (ssize_t)sizeof(header));
	check_eq(transom_surface_get_geometry(surface, &geometry), 0);
	check_eq(geometry.width, 64);
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	transom_surface_unref(surface);
	close(fd);
}

TEST_FOR(random_headers_never_harm, 60)
{
	unsigned seed = 12345;

	for (int i = 0; i < 3000; i++) {
		struct transom_surface *surface;
		struct surface_header header;
		uint64_t size;
		int fd, r;

		header = good_header(i % 2 ? TRANSOM_FORMAT_NV12 : TRANSOM_FORMAT_BGRA8, &size);
		for (int n = 1 + rand_r(&seed) % 3; n; n--)
			((unsigned char *)&header)[12 + (size_t)rand_r(&seed) % (sizeof(header) - 12)] =
				(unsigned char)rand_r(&seed);
		fd = make_memfd(&header, sizeof(header), size, SEALS);
		r = transom_surface_look_up(fd, &surface);
		if (r == 0) {
			struct transom_plane_layout plane;
			char text[2000];

			/* What was believed must hold: every byte of every plane is there. */
			check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
			for (uint32_t p = 0; transom_surface_get_plane(surface, p, &plane) == 0; p++) {
				volatile unsigned char *base = transom_surface_get_plane_base(surface, p);

				for (uint64_t at = 0; at < plane.size; at += 512)
					(void)base[at];
				if (plane.size)
					(void)base[plane.size - 1];
			}
			check(transom_surface_describe(surface, text, sizeof(text)) > 0);
			transom_surface_unref(surface);
		}
		close(fd);
	}
}

TEST(descriptors_run_out)
{
	struct transom_surface *surface = create_small(), *other = (void *)1;
	struct transom_surface_options options = options_of(TRANSOM_FORMAT_BGRA8, 8, 8, 0);
	struct rlimit limit, few;
	int right = -5, fds;

	close(create_right(surface)); /* the folder of procfs is open from here on */
	fds = count_fds();
	getrlimit(RLIMIT_NOFILE, &limit);
	few = limit;
	few.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &few);
	check_eq(transom_surface_create_right(surface, &right), -EMFILE);
	check_eq(transom_surface_begin_use(surface), -EMFILE);
	check_eq(transom_surface_claim(surface), -EMFILE);
	check_eq(transom_surface_create(&options, &other), -EMFILE);
	setrlimit(RLIMIT_NOFILE, &limit);
	check_eq(right, -5);
	check(other == (void *)1);
	check_eq(count_fds(), fds);
	check_eq(transom_surface_begin_use(surface), 0);
	transom_surface_unref(surface);
}

/* Fork. */

static void
use_inherited(void *argument)
{
	struct transom_surface *surface = argument;

	check_eq(transom_surface_get_use_count(surface), 0);
	check(transom_surface_is_in_use_elsewhere(surface)); /* by the parent */
	check_eq(transom_surface_end_use(surface), -EINVAL);
	check_eq(transom_surface_begin_use(surface), 0);
	check_uses(surface, 2);
	write_pixels(surface);
	check_eq(transom_surface_end_use(surface), 0);
	check(transom_surface_is_in_use(surface));
}

TEST(forked_child_uses_nothing)
{
	struct transom_surface *surface = create_small();

	check_eq(transom_surface_begin_use(surface), 0);
	check_eq(wait_for(spawn(use_inherited, surface)), 0);
	check_eq(transom_surface_get_seed(surface), 1);
	check_eq(transom_surface_get_use_count(surface), 1);
	check(transom_surface_is_in_use(surface));
	transom_surface_unref(surface);
}

/* A process that uses a surface forks and dies; its child lives on with all that it inherited. */
static void
use_fork_and_die(struct transom_surface *surface)
{
	check_eq(transom_surface_begin_use(surface), 0);
	write_pixels(surface); /* mapped: the mapping is inherited too */
	if (fork() == 0) {
		alarm(60);
		pause();
		_exit(0);
	}
	_exit(0);
}

TEST(child_does_not_keep_its_dead_parents_use)
{
	struct transom_surface *surface = create_small();
	struct visitor visitor = { create_right(surface), use_fork_and_die };
	pid_t child;

	setpgid(0, 0);
	child = spawn(visit_right, &visitor);
	close(visitor.right);
	check_eq(wait_for(child), 0);
	/* The grandchild lets go as its first act, for which it needs a processor. */
	for (int i = 0; i < 10000 && transom_surface_is_in_use(surface); i++)
		usleep(1000);
	check_eq(transom_surface_claim(surface), 0);
	transom_surface_unref(surface);
	signal(SIGTERM, SIG_IGN);
	kill(0, SIGTERM);
}

static void *
use_in_a_loop(void *argument)
{
	for (int i = 0; i < 20000; i++) {
		check_eq(transom_surface_begin_use(argument), 0);
		check_eq(transom_surface_end_use(argument), 0);
	}
	return NULL;
}

static void
nothing(void *argument)
{
	check_eq(transom_surface_get_use_count(argument), 0);
	check_eq(transom_surface_begin_use(argument), 0);
	check_eq(transom_surface_end_use(argument), 0);
}

TEST_FOR(forks_while_threads_use, 60)
{
	struct transom_surface *surface = create_small();
	pthread_t threads[3];

	for (int i = 0; i < 3; i++)
		check_eq(pthread_create(&threads[i], NULL, use_in_a_loop, surface), 0);
	for (int i = 0; i < 50; i++)
		check_eq(wait_for(spawn(nothing, surface)), 0);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	check_eq(transom_surface_get_use_count(surface), 0);
	check(!transom_surface_is_in_use(surface));
	transom_surface_unref(surface);
}

static void *
look_up_in_a_loop(void *argument)
{
	for (int i = 0; i < 5000; i++) {
		struct transom_surface *surface;

		check_eq(transom_surface_look_up(*(int *)argument, &surface), 0);
		check_eq(transom_surface_begin_use(surface), 0);
		check_eq(transom_surface_end_use(surface), 0);
		transom_surface_unref(surface);
	}
	return NULL;
}

TEST_FOR(threads_look_up_and_drop, 60)
{
	struct transom_surface *surface = create_small();
	int right = create_right(surface);
	pthread_t threads[4];

	transom_surface_unref(surface); /* each last reference frees it, each first one imports it */
	for (int i = 0; i < 4; i++)
		check_eq(pthread_create(&threads[i], NULL, look_up_in_a_loop, &right), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	close(right);
}

/* Watches. */

static void
use_and_let_go(struct transom_surface *surface)
{
	check_eq(transom_surface_begin_use(surface), 0);
	raise(SIGSTOP);
	check_eq(transom_surface_end_use(surface), 0);
	raise(SIGSTOP);
}

TEST_FOR(watch_wakes_at_the_end_of_a_use, 60)
{
	struct transom_surface *surface = create_small();
	struct transom_surface_watch *watch;
	struct pollfd entry = { .events = POLLIN };
	int status;

	check_eq(transom_surface_watch_create(surface, &watch), 0);
	check_eq(transom_surface_watch_wait(watch, 0), 0);
	for (int i = 0; i < 60; i++) {
		struct visitor visitor = { create_right(surface), i % 2 ? use_and_let_go : use_and_wait };
		pid_t child = spawn(visit_right, &visitor);

		close(visitor.right);
		check_eq(waitpid(child, &status, WUNTRACED), child);
		check_eq(transom_surface_watch_wait(watch, 0), -EAGAIN);
		check_eq(transom_surface_watch_wait(watch, 5), -ETIMEDOUT);
		kill(child, i % 2 ? SIGCONT : SIGKILL);
		if (i % 3) {
			check_eq(transom_surface_watch_wait(watch, 10000), 0);
		} else { /* by an event loop */
			entry.fd = transom_surface_watch_get_fd(watch);
			while (transom_surface_watch_wait(watch, 0) == -EAGAIN)
				check(poll(&entry, 1, 10000) == 1);
		}
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
	}
	transom_surface_watch_unref(watch);
	transom_surface_unref(surface);
}

static void
use_inherited_watch(void *argument)
{
	check_eq(transom_surface_watch_wait(argument, 0), -ECHILD);
	check_eq(transom_surface_watch_get_fd(argument), -ECHILD);
	transom_surface_watch_unref(argument);
}

TEST(watch_is_void_after_fork)
{
	struct transom_surface *surface = create_small();
	struct transom_surface_watch *watch;
	int right;

	check_eq(transom_surface_watch_create(surface, &watch), 0);
	right = create_right(surface);
	check_eq(wait_for(spawn(use_inherited_watch, watch)), 0);
	check_eq(transom_surface_watch_wait(watch, 0), -EAGAIN);
	close(right);
	check_eq(transom_surface_watch_wait(watch, 10000), 0);
	transom_surface_watch_unref(watch);
	transom_surface_unref(surface);
}

TEST(many_watches_share_one_inotify_instance)
{
	enum { MANY = 200 };
	struct transom_surface_watch *watches[MANY];
	struct transom_surface *surfaces[MANY];
	int rights[MANY];

	for (int i = 0; i < MANY; i++) {
		surfaces[i] = create_small();
		rights[i] = create_right(surfaces[i]);
		check_eq(transom_surface_watch_create(surfaces[i], &watches[i]), 0);
		check_eq(transom_surface_watch_wait(watches[i], 0), -EAGAIN);
	}
	for (int i = MANY - 1; i >= 0; i--) {
		close(rights[i]);
		check_eq(transom_surface_watch_wait(watches[i], 10000), 0);
		if (i)
			check_eq(transom_surface_watch_wait(watches[i - 1], 0), -EAGAIN);
	}
	for (int i = 0; i < MANY; i++) {
		transom_surface_watch_unref(watches[i]);
		transom_surface_unref(surfaces[i]);
	}
}

/* Values. */

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

/* The rest. */

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
	struct transom_surface *surface = create(TRANSOM_FORMAT_BGRA8, 256, 256, 0);
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

	surface = create(TRANSOM_FORMAT_BGRA8, 64, 64, TRANSOM_SURFACE_MAKER_WRITES);
	check_eq(transom_surface_set_purgeable(surface, TRANSOM_SURFACE_EMPTY, &old), -EOPNOTSUPP);
	transom_surface_unref(surface);
}

/* In a process that has not inherited the surface. */
static void
find_global(void *argument)
{
	struct transom_surface *surface, *same;
	uint32_t id;

	check(read(*(int *)argument, &id, sizeof(id)) == sizeof(id));
	check_eq(transom_surface_look_up_id(id, &surface), 0);
	check_eq(transom_surface_get_id(surface), id);
	check_eq(transom_surface_look_up_id(id, &same), 0);
	check(surface == same);
	write_pixels(surface);
	transom_surface_unref(surface);
	transom_surface_unref(same);
}

TEST(global_surface_is_found_by_its_id)
{
	struct transom_surface *surface, *other = NULL;
	uint32_t id;
	int pipes[2];
	pid_t child;
	char path[160];

	use_folder();
	check(pipe(pipes) == 0);
	check_eq(transom_surface_look_up_id(1, &other), -ENOENT);
	child = spawn(find_global, &pipes[0]);
	surface = create(TRANSOM_FORMAT_BGRA8, 64, 64, TRANSOM_SURFACE_GLOBAL);
	id = transom_surface_get_id(surface);
	check(write(pipes[1], &id, sizeof(id)) == sizeof(id));
	check_eq(wait_for(child), 0);
	check_eq(transom_surface_get_seed(surface), 1);

	/* Not global: found here, but nowhere else. */
	other = create_small();
	id = transom_surface_get_id(other);
	child = fork();
	if (child == 0) {
		struct transom_surface *mine = NULL;

		transom_surface_unref(other);
		_exit(transom_surface_look_up_id(id, &mine) == -ENOENT ? 0 : 1);
	}
	check_eq(wait_for(child), 0);
	transom_surface_unref(other);
	transom_surface_unref(surface);
	snprintf(path, sizeof(path), "%s/surfaces", folder);
	check(rmdir(path) == 0); /* the link is gone */
	check(rmdir(folder) == 0);
	close(pipes[0]);
	close(pipes[1]);
}

TEST(links_to_something_else_are_not_followed)
{
	struct transom_surface *surface = NULL;
	char path[160], fifo[160];
	int r;

	use_folder();
	snprintf(path, sizeof(path), "%s/surfaces", folder);
	check(mkdir(path, 0700) == 0);
	snprintf(fifo, sizeof(fifo), "%s/fifo", folder);
	check(mkfifo(fifo, 0600) == 0);
	snprintf(path, sizeof(path), "%s/surfaces/%08x", folder, 0x1234);
	check(symlink(fifo, path) == 0);
	check_eq(transom_surface_look_up_id(0x1234, &surface), -ENOENT); /* and does not block */
	check(symlink("/proc/1/fd/0", path) == 0 || errno == EEXIST);
	r = transom_surface_look_up_id(0x1234, &surface);
	check(r == -ENOENT || r == -EACCES);
	check(!surface);
	check_eq(system("rm -r \"$TRANSOM_RUNTIME_DIR\""), 0);
}

static void
make_global_and_die(void *argument)
{
	struct transom_surface *surface = create(TRANSOM_FORMAT_BGRA8, 64, 64, TRANSOM_SURFACE_GLOBAL);
	uint32_t id = transom_surface_get_id(surface);

	check(write(*(int *)argument, &id, sizeof(id)) == sizeof(id));
	_exit(0);
}

TEST(global_surface_of_a_dead_maker_is_gone)
{
	struct transom_surface *surface = NULL;
	char path[160];
	int pipes[2];
	uint32_t id;

	use_folder();
	check(pipe(pipes) == 0);
	check_eq(wait_for(spawn(make_global_and_die, &pipes[1])), 0);
	check(read(pipes[0], &id, sizeof(id)) == sizeof(id));
	check_eq(transom_surface_look_up_id(id, &surface), -ENOENT);
	snprintf(path, sizeof(path), "%s/surfaces", folder);
	check(rmdir(path) == 0); /* and the stale link with it */
	check(rmdir(folder) == 0);
	close(pipes[0]);
	close(pipes[1]);
}

/* A forked child has its parent's surfaces; what it shall look for needs another name. */
static int
rename_link(uint32_t from, uint32_t to)
{
	char old[160], new[160];

	snprintf(old, sizeof(old), "%s/surfaces/%08x", folder, from);
	snprintf(new, sizeof(new), "%s/surfaces/%08x", folder, to);
	return rename(old, new);
}

/* Makes many global surfaces whose memory takes a while to prepare. */
static void
make_many_global(void *argument)
{
	for (int i = 0; i < 30; i++)
		transom_surface_unref(create(TRANSOM_FORMAT_BGRA8, 2048, 1024,
					     TRANSOM_SURFACE_GLOBAL | TRANSOM_SURFACE_PREFAULT));
}

/* Looks up whatever IDs are there; returns how many were found. */
static int
look_up_all(DIR *surfaces)
{
	struct transom_surface *surface = NULL;
	struct dirent *entry;
	int n = 0, r;

	rewinddir(surfaces);
	while ((entry = readdir(surfaces))) {
		if (entry->d_name[0] == '.')
			continue;
		r = transom_surface_look_up_id((uint32_t)strtoul(entry->d_name, NULL, 16), &surface);
		if (r != -ENOENT) /* its maker dropped it meanwhile */
			check_eq(r, 0);
		surface = r == 0 ? transom_surface_unref(surface) : NULL;
		n += r == 0;
	}
	return n;
}

TEST(global_surface_is_complete_as_soon_as_it_is_found)
{
	char path[160];
	DIR *surfaces;
	pid_t child;
	int n = 0;

	use_folder();
	snprintf(path, sizeof(path), "%s/surfaces", folder);
	check_eq(mkdir(path, 0700), 0);
	surfaces = opendir(path);
	check(surfaces);
	child = spawn(make_many_global, NULL);
	while (waitpid(child, NULL, WNOHANG) == 0)
		n += look_up_all(surfaces);
	printf("# found %d times\n", n);
	closedir(surfaces);
	check(rmdir(path) == 0);
	check(rmdir(folder) == 0);
}

/* How many of the next random numbers are not random. */
static int fixed_numbers;

int
__real_random_bytes(void *data, size_t size);
int
__wrap_random_bytes(void *data, size_t size);

int
__wrap_random_bytes(void *data, size_t size)
{
	if (fixed_numbers <= 0)
		return __real_random_bytes(data, size);
	fixed_numbers--;
	memset(data, 7, size);
	return 0;
}

static void
make_with_the_same_id(uint32_t flags)
{
	struct transom_surface *first, *second;
	struct surface_header header;

	fixed_numbers = 3; /* the third for the first attempt at another ID */
	first = create(TRANSOM_FORMAT_BGRA8, 64, 64, TRANSOM_SURFACE_GLOBAL);
	second = create(TRANSOM_FORMAT_BGRA8, 64, 64, TRANSOM_SURFACE_GLOBAL | flags);
	check_eq(fixed_numbers, 0);
	check_eq(transom_surface_get_id(first), 0x07070707);
	check(transom_surface_get_id(second) != 0x07070707);
	check_eq(pread(second->fd, &header, sizeof(header), 0), sizeof(header));
	check_eq(header.id, transom_surface_get_id(second));
	check(!memcmp(&header, &second->header, sizeof(header)));
	transom_surface_unref(second);
	transom_surface_unref(first);
}

TEST(global_surfaces_have_different_ids)
{
	char path[160];

	use_folder();
	make_with_the_same_id(0);
	make_with_the_same_id(TRANSOM_SURFACE_MAKER_WRITES);
	snprintf(path, sizeof(path), "%s/surfaces", folder);
	check(rmdir(path) == 0);
	check(rmdir(folder) == 0);
}

/* What another thread finds when a link is just there, and its maker not yet back. */
static struct transom_surface *found_at_once;
static bool looking;

int
__real_symlinkat(const char *target, int where, const char *name);
int
__wrap_symlinkat(const char *target, int where, const char *name);

int
__wrap_symlinkat(const char *target, int where, const char *name)
{
	int r = __real_symlinkat(target, where, name);

	if (r == 0 && looking)
		check_eq(transom_surface_look_up_id((uint32_t)strtoul(name, NULL, 16), &found_at_once), 0);
	return r;
}

TEST(global_surface_that_is_found_at_once_is_the_same_object)
{
	struct transom_surface *surface;
	char path[160];

	use_folder();
	looking = true;
	surface = create(TRANSOM_FORMAT_BGRA8, 8, 8, TRANSOM_SURFACE_GLOBAL);
	check(found_at_once == surface);
	transom_surface_unref(found_at_once);
	transom_surface_unref(surface);
	snprintf(path, sizeof(path), "%s/surfaces", folder);
	check(rmdir(path) == 0);
	check(rmdir(folder) == 0);
}

TEST(a_failed_global_surface_leaves_no_link)
{
	struct transom_surface_options options =
		options_of(TRANSOM_FORMAT_BGRA8, 64, 64, TRANSOM_SURFACE_GLOBAL);
	struct transom_surface *surface, *other = NULL;
	struct rlimit limit;
	uint32_t id;

	use_folder();
	fixed_numbers = 1;
	surface = create(TRANSOM_FORMAT_BGRA8, 64, 64, TRANSOM_SURFACE_GLOBAL);
	id = transom_surface_get_id(surface);
	getrlimit(RLIMIT_NOFILE, &limit);
	for (rlim_t n = 0; n < 40; n++) {
		fixed_numbers = 1;
		check_eq(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ n, limit.rlim_max }), 0);
		if (transom_surface_create(&options, &other) == 0)
			other = transom_surface_unref(other);
	}
	check_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	check_eq(rename_link(id, id), 0); /* the other surface's link is still there */
	transom_surface_unref(surface);
	check_eq(system("rmdir \"$TRANSOM_RUNTIME_DIR\"/* \"$TRANSOM_RUNTIME_DIR\""), 0);
}

/* Its descriptors are nobody else's business until somebody writes to @argument. */
static void
make_global_undumpable(void *argument)
{
	struct transom_surface *surface;
	int *sockets = argument;
	uint32_t id;
	char byte;

	become_nobody();
	check_eq(prctl(PR_SET_DUMPABLE, 0), 0);
	surface = create(TRANSOM_FORMAT_BGRA8, 64, 64, TRANSOM_SURFACE_GLOBAL);
	id = transom_surface_get_id(surface);
	check(write(sockets[1], &id, sizeof(id)) == sizeof(id));
	check(read(sockets[1], &byte, 1) == 1);
	check_eq(prctl(PR_SET_DUMPABLE, 1), 0);
	check(write(sockets[1], &byte, 1) == 1);
	check(read(sockets[1], &byte, 1) == 1);
	transom_surface_unref(surface);
}

static void
find_undumpable(void *argument)
{
	struct transom_surface *surface = NULL;
	int *sockets = argument;
	uint32_t id;
	char byte = 0;

	become_nobody();
	check(read(sockets[0], &id, sizeof(id)) == sizeof(id));
	check_eq(transom_surface_look_up_id(id, &surface), -EACCES);
	check(!surface);
	check(write(sockets[0], &byte, 1) == 1);
	check(read(sockets[0], &byte, 1) == 1);
	check_eq(transom_surface_look_up_id(id, &surface), 0); /* the link is still there */
	transom_surface_unref(surface);
	check(write(sockets[0], &byte, 1) == 1);
}

TEST(link_of_a_living_maker_stays)
{
	int sockets[2];
	pid_t maker;

	use_folder();
	if (geteuid() == 0)
		check_eq(chown(folder, NOBODY, NOBODY), 0);
	check_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
	maker = spawn(make_global_undumpable, sockets);
	check_eq(wait_for(spawn(find_undumpable, sockets)), 0);
	check_eq(wait_for(maker), 0);
	check_eq(system("rm -r \"$TRANSOM_RUNTIME_DIR\""), 0);
	close(sockets[0]);
	close(sockets[1]);
}

enum { NOT_PERMITTED = 99 };

static void
find_without_procfs(void *argument)
{
	struct transom_surface *surface = NULL;

	if (!hide_procfs())
		_exit(NOT_PERMITTED);
	check_eq(transom_surface_look_up_id(*(uint32_t *)argument, &surface), -ENXIO);
}

TEST(link_stays_when_there_is_no_procfs)
{
	struct transom_surface *surface;
	uint32_t id;
	int pipes[2], r;
	pid_t child;

	use_folder();
	check(pipe(pipes) == 0);
	child = spawn(find_global, &pipes[0]);
	surface = create(TRANSOM_FORMAT_BGRA8, 64, 64, TRANSOM_SURFACE_GLOBAL);
	id = transom_surface_get_id(surface) ^ 1;
	check_eq(rename_link(id ^ 1, id), 0);
	r = wait_for(spawn(find_without_procfs, &id));
	check_eq(rename_link(id, id ^ 1), 0);
	id ^= 1;
	check(write(pipes[1], &id, sizeof(id)) == sizeof(id));
	check_eq(wait_for(child), 0);
	transom_surface_unref(surface);
	check_eq(system("rm -r \"$TRANSOM_RUNTIME_DIR\""), 0);
	close(pipes[0]);
	close(pipes[1]);
	if (r == NOT_PERMITTED)
		skip("no namespaces here to hide procfs in");
	check_eq(r, 0);
}

static void
use_everything(struct transom_surface *surface)
{
	struct transom_value *number, *found;
	struct transom_surface *same;
	enum transom_surface_purgeable old;
	char text[256];
	uint32_t seed;
	int right;

	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, &seed), 0);
	memset(transom_surface_get_base(surface), 1, 4096);
	check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_WRITE, &seed), 0);
	check_eq(transom_surface_begin_use(surface), 0);
	right = create_right(surface);
	check(transom_surface_is_in_use(surface) && transom_surface_is_in_use_elsewhere(surface));
	check(transom_surface_count_uses(surface) >= 0);
	check_eq(transom_surface_look_up(right, &same), 0);
	transom_surface_unref(same);
	close(right);
	check_eq(transom_surface_end_use(surface), 0);
	check_eq(transom_surface_claim(surface), 0);
	check_eq(transom_surface_end_claim(surface), 0);
	check_eq(transom_value_create_integer(7, &number), 0);
	check_eq(transom_surface_set_value(surface, "number", number), 0);
	transom_value_unref(number);
	check_eq(transom_surface_dup_value(surface, "number", &found), 0);
	transom_value_unref(found);
	check(transom_surface_get_name(surface, text, sizeof(text)) >= 0);
	check(transom_surface_describe(surface, text, sizeof(text)) > 0);
	check_eq(transom_surface_remove_all_values(surface), 0);
	check_eq(transom_surface_set_purgeable(surface, TRANSOM_SURFACE_VOLATILE, &old), 0);
	check(transom_surface_discard_volatile(1) > 0);
}

TEST(surfaces_do_not_mind_signals)
{
	static const uint32_t kinds[] = { 0, TRANSOM_SURFACE_PREFAULT, TRANSOM_SURFACE_GLOBAL,
					  TRANSOM_SURFACE_HUGE_PAGES | TRANSOM_SURFACE_PREFAULT };
	struct transom_surface_watch *watch;
	double start = seconds_since(0);

	use_folder();
	begin_signals();
	for (int i = 0; seconds_since(start) < 0.5; i++) {
		struct transom_surface *surface = create(TRANSOM_FORMAT_BGRA8, 512, 512, kinds[i % 4]);
		int right;

		use_everything(surface);
		check_eq(transom_surface_watch_create(surface, &watch), 0);
		right = create_right(surface);
		check_eq(transom_surface_watch_wait(watch, 2), -ETIMEDOUT);
		close(right);
		check_eq(transom_surface_watch_wait(watch, -1), 0);
		transom_surface_watch_unref(watch);
		transom_surface_unref(surface);
	}
	end_signals();
	check_eq(system("rm -r \"$TRANSOM_RUNTIME_DIR\""), 0);
}

/*
 * As in kernels that let every signal interrupt fallocate(2) and then undo what was done: what takes long
 * is never finished while signals come, what is short is sometimes interrupted.
 */
static bool interrupting;

static bool
is_interrupted(int64_t length)
{
	static int calls;

	errno = EINTR;
	return interrupting && (length > 8 << 20 || calls++ % 2 == 0);
}

int
__real_fallocate(int fd, int mode, off_t offset, off_t length);
int
__wrap_fallocate(int fd, int mode, off_t offset, off_t length);
int
__wrap_fallocate64(int fd, int mode, off_t offset, off_t length);

int
__wrap_fallocate(int fd, int mode, off_t offset, off_t length)
{
	return is_interrupted(length) ? -1 : __real_fallocate(fd, mode, offset, length);
}

int
__wrap_fallocate64(int fd, int mode, off_t offset, off_t length)
{
	return is_interrupted(length) ? -1 : __real_fallocate(fd, mode, offset, length);
}

TEST(prefault_does_not_mind_signals)
{
	struct transom_surface *surface;
	struct stat st;

	interrupting = true;
	begin_signals();
	surface = create(TRANSOM_FORMAT_BGRA8, 4096, 4096, TRANSOM_SURFACE_PREFAULT);
	check_eq(fstat(surface->fd, &st), 0);
	check(st.st_blocks * 512 >= 4096 * 4096 * 4);
	transom_surface_unref(surface);
	surface = create_small();
	check_eq(transom_surface_set_purgeable(surface, TRANSOM_SURFACE_EMPTY, NULL), 0);
	end_signals();
	transom_surface_unref(surface);
}

TEST(prefault_without_memory_is_refused)
{
	struct transom_surface_options options =
		options_of(TRANSOM_FORMAT_BGRA8, 4096, 4096, TRANSOM_SURFACE_PREFAULT);
	struct transom_surface *surface = NULL;
	struct rlimit limit;
	int before;

#ifdef __SANITIZE_ADDRESS__
	skip("the sanitizer needs the address space itself");
#endif
	skip_under("qemu", "it sets no limits of memory");
	transom_surface_unref(create_small());
	before = count_fds();
	getrlimit(RLIMIT_AS, &limit);
	check_eq(setrlimit(RLIMIT_AS, &(struct rlimit){ 32 << 20, limit.rlim_max }), 0);
	for (int i = 0; i < 2; i++) {
		check_eq(transom_surface_create(&options, &surface), -ENOMEM);
		options.flags |= TRANSOM_SURFACE_HUGE_PAGES;
	}
	check(!surface);
	check_eq(setrlimit(RLIMIT_AS, &limit), 0);
	check_eq(count_fds(), before);
	check_eq(transom_surface_create(&options, &surface), 0);
	transom_surface_unref(surface);
}

/* In the place of a global surface's link: a file, and links to what is no memory, or another's memory. */
TEST(links_to_what_is_no_surface_are_removed)
{
	struct transom_surface *surface = NULL;
	char path[96], target[64];
	int other = memfd_create("somebody-else-s", MFD_CLOEXEC),
	    null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	use_folder();
	snprintf(path, sizeof(path), "%s/surfaces", folder);
	check(mkdir(path, 0700) == 0);
	snprintf(path, sizeof(path), "%s/surfaces/%08x", folder, 0x1234);
	for (int i = 0; i < 4; i++) {
		snprintf(target, sizeof(target), i == 3 ? "elsewhere" : "/proc/%d/fd/%d", (int)getpid(),
			 i == 1 ? other : null);
		if (i == 0)
			check(close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)) == 0);
		else
			check(symlink(target, path) == 0);
		check_eq(transom_surface_look_up_id(0x1234, &surface), -ENOENT);
		check(!surface && access(path, F_OK) < 0 && unlink(path) < 0);
	}
	check_eq(transom_surface_look_up(null, NULL), -EINVAL);
	check_eq(transom_surface_look_up_id(0x1234, NULL), -EINVAL);
	close(other);
	close(null);
	drop_folder("surfaces");
}
