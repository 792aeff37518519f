/* test-capsule.c - surfaces in memory that was there before, and their rights: capsules, good and hostile. */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef HAVE_LIBDRM
#include <drm.h>
#endif

#include <transom/port.h>
#include <transom/surface.h>

#include "harness.h"
#include "lock-private.h"
#include "silent-file.h"
#include "surface-private.h"
#include "surfaces.h"

enum { WIDTH = 64, HEIGHT = 32, PAGE = 4096, SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL };

static int
make_file(size_t size, int seals)
{
	int fd = memfd_create("somebody's", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	check(fd >= 0);
	check(ftruncate(fd, (off_t)size) == 0);
	if (seals)
		check(fcntl(fd, F_ADD_SEALS, seals) == 0);
	return fd;
}

/* NV12: brightness in one file, behind a page and a bit, colour in another. */
static struct transom_surface_memory_options
nv12_in(int brightness, int colour)
{
	struct transom_surface_memory_options options = {
		.size = sizeof(options),
		.format = TRANSOM_FORMAT_NV12,
		.width = WIDTH,
		.height = HEIGHT,
		.plane_count = 2,
	};

	options.planes[0].fd = brightness;
	options.planes[0].layout.offset = PAGE + 64;
	options.planes[0].layout.bytes_per_row = 128;
	options.planes[1].fd = colour;
	return options;
}

static struct transom_surface_memory_options
bgra_in(int file)
{
	struct transom_surface_memory_options options = {
		.size = sizeof(options),
		.format = TRANSOM_FORMAT_BGRA8,
		.width = WIDTH,
		.height = HEIGHT,
		.plane_count = 1,
	};

	options.planes[0].fd = file;
	return options;
}

static struct transom_surface *
create(const struct transom_surface_memory_options *options)
{
	struct transom_surface *surface = NULL;

	check_eq(transom_surface_create_with_memory(options, &surface), 0);
	return surface;
}

/* Both files are the surface's alone. */
static struct transom_surface *
create_nv12(uint32_t flags)
{
	int brightness = make_file(4 * PAGE, F_SEAL_SHRINK), colour = make_file(PAGE, F_SEAL_SHRINK);
	struct transom_surface_memory_options options = nv12_in(brightness, colour);
	struct transom_surface *surface;

	options.flags = flags;
	surface = create(&options);
	close(brightness);
	close(colour);
	return surface;
}

static unsigned char
get_byte(int file, off_t at)
{
	unsigned char byte;

	check_eq(pread(file, &byte, 1, at), 1);
	return byte;
}

static void
write_planes(struct transom_surface *surface, unsigned char value)
{
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	for (uint32_t i = 0; i < 2; i++) {
		struct transom_plane_layout plane;
		unsigned char *base = transom_surface_get_plane_base(surface, i);

		check_eq(transom_surface_get_plane(surface, i, &plane), 0);
		memset(base, value + (int)i, plane.size);
	}
	check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
}

static bool
planes_have(struct transom_surface *surface, unsigned char value)
{
	bool same = true;

	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	for (uint32_t i = 0; i < 2; i++) {
		struct transom_plane_layout plane;
		const unsigned char *base = transom_surface_get_plane_base(surface, i);

		check_eq(transom_surface_get_plane(surface, i, &plane), 0);
		same &= base[0] == value + i && base[plane.size - 1] == value + i;
	}
	check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	return same;
}

/* What a child inherits it has: the surface must be new to it, so its maker is another child. */
struct maker {
	int port;
	uint32_t flags;
};

static void
make_and_send(void *argument)
{
	struct maker *maker = argument;
	struct transom_surface *surface = create_nv12(maker->flags);
	struct transom_right right = { create_right(surface), TRANSOM_RIGHT_SURFACE };

	write_planes(surface, 10);
	check_eq(transom_port_send(maker->port, "", 0, &right, 1, 1000), 0);
}

/* A capsule whose maker has died. */
static int
receive_right(uint32_t flags)
{
	struct transom_message *message;
	struct maker maker = { .flags = flags };
	int receive, right = -1;

	check_eq(transom_message_create(&message), 0);
	check_eq(transom_port_create(NULL, &receive, &maker.port), 0);
	check_eq(wait_for(spawn(make_and_send, &maker)), 0);
	check_eq(transom_port_receive(receive, message, 1000), 0);
	check_eq(transom_message_take_right(message, 0, TRANSOM_RIGHT_SURFACE, &right), 0);
	transom_message_unref(message);
	close(receive);
	close(maker.port);
	return right;
}

static struct transom_surface *
look_up(int right)
{
	struct transom_surface *surface = NULL;

	check_eq(transom_surface_look_up(right, &surface), 0);
	return surface;
}

/* Making them. */

TEST(planes_lie_in_two_files)
{
	int brightness = make_file(4 * PAGE, F_SEAL_SHRINK), colour = make_file(PAGE, F_SEAL_SHRINK);
	struct transom_surface_memory_options options = nv12_in(brightness, colour);
	struct transom_surface *surface = create(&options);
	struct transom_surface_geometry geometry;
	struct transom_plane_layout plane;
	uint32_t seed = 9;
	char *base;

	check_eq(transom_surface_get_geometry(surface, &geometry), 0);
	check_eq(geometry.plane_count, 2);
	check_eq(geometry.bytes_per_row, 128);
	check_eq(geometry.offset, 64);
	check_eq(transom_surface_get_plane(surface, 0, &plane), 0);
	check_eq(plane.offset, 64);
	check_eq(plane.size, 128 * HEIGHT);
	check_eq(transom_surface_get_plane(surface, 1, &plane), 0);
	check_eq(plane.offset, 2 * PAGE); /* the first file has a page and 64 bytes of it */
	check_eq(plane.width, WIDTH / 2);
	check_eq(plane.size, 64 * HEIGHT / 2);
	check_eq(geometry.allocation_size, 2 * PAGE + plane.size);

	check_eq(transom_surface_get_seed(surface), 0);
	check(!transom_surface_get_base(surface)); /* the seed is mapped, the pixels are not */
	check(transom_surface_is_writable(surface));
	write_planes(surface, 50);
	check_eq(get_byte(brightness, PAGE + 63), 0);
	check_eq(get_byte(brightness, PAGE + 64), 50);
	check_eq(get_byte(brightness, PAGE + 64 + 128 * HEIGHT - 1), 50);
	check_eq(get_byte(brightness, PAGE + 64 + 128 * HEIGHT), 0);
	check_eq(get_byte(colour, 0), 51);
	check_eq(get_byte(colour, 64 * HEIGHT / 2 - 1), 51);
	check_eq(get_byte(colour, 64 * HEIGHT / 2), 0);
	base = transom_surface_get_base(surface);
	check((uintptr_t)base % PAGE == 0);
	check((char *)transom_surface_get_plane_base(surface, 1) == base + 2 * PAGE);
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, &seed), 0);
	check_eq(seed, 1);
	check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	transom_surface_unref(surface);
	check_eq(get_byte(colour, 0), 51); /* the files are their owner's */
	close(brightness);
	close(colour);
}

TEST(planes_share_a_file)
{
	int file = make_file(4 * PAGE, F_SEAL_SHRINK), copy = dup(file), fds = count_fds();
	struct transom_surface_memory_options options = nv12_in(file, copy);
	struct transom_surface *surface;
	struct transom_plane_layout plane;

	/* Backwards, and by two descriptors. */
	options.planes[0].layout.offset = 2 * PAGE;
	options.planes[0].layout.bytes_per_row = 64;
	options.planes[1].layout.offset = PAGE + 100;
	surface = create(&options);
	check_eq(count_fds(), fds + 2);
	check_eq(transom_surface_get_plane(surface, 0, &plane), 0);
	check_eq(plane.offset, PAGE);
	check_eq(transom_surface_get_plane(surface, 1, &plane), 0);
	check_eq(plane.offset, 100);
	write_planes(surface, 20);
	check_eq(get_byte(file, 2 * PAGE), 20);
	check_eq(get_byte(file, PAGE + 100), 21);
	transom_surface_unref(surface);
	check_eq(count_fds(), fds);
	close(copy);
	close(file);
}

TEST(one_plane_is_a_packed_surface)
{
	int file = make_file(256 * HEIGHT + 7, F_SEAL_SHRINK);
	struct transom_surface_memory_options options = bgra_in(file);
	struct transom_surface_geometry geometry;
	struct transom_plane_layout plane;
	struct transom_surface *surface;
	char text[1000];

	options.planes[0].layout.offset = 7;
	options.name = "of a camera";
	surface = create(&options);
	check_eq(transom_surface_get_geometry(surface, &geometry), 0);
	check_eq(geometry.plane_count, 0);
	check_eq(geometry.offset, 7);
	check_eq(geometry.bytes_per_row, 256);
	check_eq(transom_surface_get_plane(surface, 0, &plane), 0);
	check_eq(plane.size, 256 * HEIGHT);
	check_eq(transom_surface_get_plane(surface, 1, &plane), -ENOENT);
	check(transom_surface_describe(surface, text, sizeof(text)) > 0);
	check(strstr(text, "of a camera") && strstr(text, "pixels in 1 files of others"));
	transom_surface_unref(surface);
	close(file);
}

TEST(unknown_format_says_all_of_its_planes)
{
	int file = make_file(PAGE, F_SEAL_SHRINK);
	struct transom_surface_memory_options options = bgra_in(file);
	struct transom_surface *surface = NULL;
	struct transom_plane_layout plane;

	options.format = 0x12345678;
	check_eq(transom_surface_create_with_memory(&options, &surface), -EINVAL);
	options.planes[0].layout = (struct transom_plane_layout){
		.width = WIDTH, .height = HEIGHT, .bytes_per_element = 2, .bytes_per_row = 128
	};
	surface = create(&options);
	check_eq(transom_surface_get_plane(surface, 0, &plane), 0);
	check_eq(plane.bytes_per_element, 2);
	check_eq(plane.element_width, 1);
	check_eq(plane.size, PAGE);
	transom_surface_unref(surface);
	close(file);
}

TEST(memory_is_fetched_at_once_if_wished)
{
	struct transom_surface *surface = create_nv12(TRANSOM_SURFACE_PREFAULT);

	check(transom_surface_get_base(surface));
	transom_surface_unref(surface);
}

static void
refuse_options(struct transom_surface_memory_options *options, int error)
{
	struct transom_surface *surface = (void *)1;
	int fds = count_fds(), mappings = count_mappings();

	check_eq(transom_surface_create_with_memory(options, &surface), error);
	check(surface == (void *)1);
	check_eq(count_fds(), fds);
	check_eq(count_mappings(), mappings);
}

TEST(bad_memory_is_refused)
{
	int a = make_file(4 * PAGE, F_SEAL_SHRINK), b = make_file(PAGE, F_SEAL_SHRINK);
	int open_file = make_file(PAGE, F_SEAL_GROW), pipes[2], path, read_only, write_only, huge;
	struct transom_surface_memory_options options;
	char name[TRANSOM_SURFACE_MAX_NAME + 2] = "", link[64];

	check(pipe(pipes) == 0);
	path = open("/tmp", O_PATH);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", b);
	read_only = open(link, O_RDONLY);
	write_only = open(link, O_WRONLY);
	check(read_only >= 0 && write_only >= 0);
	memset(name, 'x', sizeof(name) - 1);
#define REFUSED(change, error)                                                                               \
	options = nv12_in(a, b);                                                                             \
	change;                                                                                              \
	refuse_options(&options, error)
	REFUSED(options.size--, -EINVAL);
	REFUSED(options.reserved = 1, -EINVAL);
	REFUSED(options.flags = 1u << 30, -EINVAL);
	REFUSED(options.flags = TRANSOM_SURFACE_HUGE_PAGES, -EINVAL);
	REFUSED(options.flags = TRANSOM_SURFACE_GLOBAL, -EOPNOTSUPP);
	REFUSED(options.plane_count = 0, -EINVAL);
	REFUSED(options.plane_count = 1, -EINVAL);
	REFUSED(options.plane_count = 3, -EINVAL);
	REFUSED(options.plane_count = 5, -E2BIG);
	REFUSED(options.plane_count = UINT32_MAX, -E2BIG);
	REFUSED(options.width = 0, -EINVAL);
	REFUSED(options.height = UINT32_MAX, -E2BIG);
	REFUSED(options.name = name, -ENAMETOOLONG);
	REFUSED(options.values_size = UINT32_MAX, -E2BIG);
	REFUSED(options.planes[0].fd = -1, -EBADF);
	REFUSED(options.planes[1].fd = 9999, -EBADF);
	REFUSED(options.planes[1].fd = path, -EBADF);
	REFUSED(options.planes[1].fd = pipes[0], -EMEDIUMTYPE);
	REFUSED(options.planes[1].fd = open_file, -EPERM);
	huge = memfd_create("huge", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB);
	if (huge >= 0 && fcntl(huge, F_ADD_SEALS, F_SEAL_SHRINK) == 0) {
		REFUSED(options.planes[1].fd = huge, -EMEDIUMTYPE); /* a fault there may find no page */
	}
	close(huge);
	REFUSED(options.planes[1].fd = write_only, -EACCES);
	REFUSED(options.planes[1].fd = read_only; options.flags = TRANSOM_SURFACE_MAKER_WRITES, -EACCES);
	REFUSED(options.planes[1].reserved = 1, -EINVAL);
	REFUSED(options.planes[0].layout.offset = 3 * PAGE + 1, -ERANGE);
	REFUSED(options.planes[0].layout.offset = UINT64_MAX, -EOVERFLOW);
	REFUSED(options.planes[0].layout.size = UINT64_MAX, -EOVERFLOW);
	REFUSED(options.planes[0].layout.size = 1, -ERANGE);
	REFUSED(options.planes[0].layout.bytes_per_row = WIDTH - 1, -ERANGE);
	REFUSED(options.planes[0].layout.width = WIDTH + 1, -ERANGE);
	REFUSED(options.planes[0].layout.bytes_per_element = 3, -ERANGE);
	REFUSED(options.planes[1].layout.offset = PAGE, -ERANGE);
#undef REFUSED
	refuse_options(NULL, -EINVAL);
	options = nv12_in(a, b);
	check_eq(transom_surface_create_with_memory(&options, NULL), -EINVAL);
	close(a);
	close(b);
	close(open_file);
	close(path);
	close(read_only);
	close(write_only);
	close(pipes[0]);
	close(pipes[1]);
}

/* Who may write. */

TEST(one_descriptor_for_reading_makes_it_read_only)
{
	int a = make_file(4 * PAGE, F_SEAL_SHRINK), b = make_file(PAGE, F_SEAL_SHRINK), read_only;
	struct transom_surface_memory_options options = nv12_in(a, b);
	struct transom_surface *surface;
	struct transom_value *value;
	char link[64];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", b);
	read_only = open(link, O_RDONLY);
	options.planes[1].fd = read_only;
	surface = create(&options);
	check(!transom_surface_is_writable(surface));
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), -EACCES);
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	/* What the library made itself can be written. */
	check_eq(transom_value_create_integer(5, &value), 0);
	check_eq(transom_surface_set_value(surface, "five", value), 0);
	transom_value_unref(value);
	check_eq(transom_surface_claim(surface), 0);
	check_eq(transom_surface_end_claim(surface), 0);
	transom_surface_unref(surface);
	close(read_only);
	close(a);
	close(b);
}

static void
try_to_write(struct transom_surface *surface)
{
	struct transom_value *value;

	check(!transom_surface_is_writable(surface));
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), -EACCES);
	check_eq(transom_value_create_integer(5, &value), 0);
	check_eq(transom_surface_set_value(surface, "five", value), -EACCES);
	transom_value_unref(value);
	check(planes_have(surface, 10));
	for (uint32_t i = 0; i < 2; i++) {
		check(mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, surface->memory->fds[i], 0) == MAP_FAILED);
		check(pwrite(surface->memory->fds[i], "x", 1, 0) < 0);
	}
}

TEST(only_the_maker_writes_memory_of_others)
{
	struct visitor visitor = { receive_right(TRANSOM_SURFACE_MAKER_WRITES), try_to_write };
	struct transom_surface *surface = create_nv12(TRANSOM_SURFACE_MAKER_WRITES);

	check_eq(wait_for(spawn(visit_right, &visitor)), 0);
	close(visitor.right);
	write_planes(surface, 3); /* the mapping that was there stays writable */
	check(planes_have(surface, 3));
	transom_surface_unref(surface);
}

TEST(what_cannot_be_sealed_is_not_half_sealed)
{
	int a = make_file(4 * PAGE, F_SEAL_SHRINK), b = make_file(PAGE, F_SEAL_SHRINK | F_SEAL_SEAL);
	struct transom_surface_memory_options options = nv12_in(a, b);

	options.flags = TRANSOM_SURFACE_MAKER_WRITES;
	refuse_options(&options, -EACCES);
	check_eq(fcntl(a, F_GET_SEALS), F_SEAL_SHRINK);
	close(a);
	close(b);
}

/* Capsules. */

TEST(capsule_is_looked_at_and_not_consumed)
{
	struct transom_surface *surface = create_nv12(0), *again;
	int right = create_right(surface), copy = dup(right), fds;
	struct stat st;

	check(fstat(right, &st) == 0 && S_ISSOCK(st.st_mode));
	check(fcntl(right, F_GETFD) & FD_CLOEXEC);
	check(transom_surface_is_in_use_elsewhere(surface));
	fds = count_fds();
	for (int i = 0; i < 10; i++) {
		again = look_up(right);
		check(again == surface); /* one object */
		transom_surface_unref(again);
	}
	check_eq(count_fds(), fds);
	check_eq(transom_surface_claim(surface), -EBUSY);
	close(right);
	check(transom_surface_is_in_use(surface));
	close(copy);
	check(!transom_surface_is_in_use(surface));
	check_eq(transom_surface_claim(surface), 0);
	transom_surface_unref(surface);
}

static void
use_a_capsule(struct transom_surface *surface)
{
	struct transom_surface *again;
	struct transom_value *value = NULL;
	int right;

	check(!transom_surface_is_in_use(surface)); /* the visitor has closed the capsule */
	check_eq(transom_surface_begin_use(surface), 0);
	check(transom_surface_is_in_use(surface) && !transom_surface_is_in_use_elsewhere(surface));
	check(planes_have(surface, 10));
	write_planes(surface, 30);
	check_eq(transom_surface_get_seed(surface), 2);
	check_eq(transom_value_create_integer(5, &value), 0);
	check_eq(transom_surface_set_value(surface, "five", value), 0);
	transom_value_unref(value);
	/* What was received makes capsules too. */
	right = create_right(surface);
	again = look_up(right);
	check(again == surface);
	transom_surface_unref(again);
	check(transom_surface_is_in_use_elsewhere(surface));
	close(right);
	check_eq(transom_surface_end_use(surface), 0);
	check_eq(transom_surface_claim(surface), 0);
	check_eq(transom_surface_end_claim(surface), 0);
}

TEST(who_has_a_capsule_needs_nothing_else)
{
	struct visitor visitor = { receive_right(0), use_a_capsule };
	pid_t child = spawn(visit_right, &visitor);

	close(visitor.right);
	check_eq(wait_for(child), 0);
}

TEST(capsules_of_one_surface_are_one_object)
{
	int right = receive_right(0), other;
	struct transom_surface *surface = look_up(right), *again;

	other = create_right(surface);
	again = look_up(other);
	check(again == surface);
	transom_surface_unref(again);
	close(right);
	check(transom_surface_is_in_use(surface));
	close(other);
	check(!transom_surface_is_in_use(surface));
	transom_surface_unref(surface);
}

TEST(capsule_in_flight_is_a_use)
{
	struct transom_surface *surface = create_nv12(0);
	struct transom_message *message;
	struct transom_right right;
	int receive, send;

	check_eq(transom_message_create(&message), 0);
	check_eq(transom_port_create(NULL, &receive, &send), 0);
	right = (struct transom_right){ create_right(surface), TRANSOM_RIGHT_SURFACE };
	check_eq(transom_port_send(send, NULL, 0, &right, 1, 0), 0);
	close(right.fd);
	check_eq(transom_surface_claim(surface), -EBUSY);
	check_eq(transom_port_receive(receive, message, 0), 0);
	check_eq(transom_message_take_right(message, 0, TRANSOM_RIGHT_SURFACE, &right.fd), 0);
	check_eq(transom_surface_claim(surface), -EBUSY);
	check_eq(transom_port_send(send, NULL, 0, &right, 1, 0), 0);
	close(right.fd);
	check(transom_surface_is_in_use(surface));
	close(receive); /* the queue dies, and the capsule that is in it */
	check_eq(transom_surface_claim(surface), 0);
	close(send);
	transom_message_unref(message);
	transom_surface_unref(surface);
}

static void
hold_for_ever(void *argument)
{
	struct transom_surface *surface;

	check_eq(transom_surface_look_up(*(int *)argument, &surface), 0);
	raise(SIGSTOP);
}

TEST_FOR(capsule_of_a_killed_process_is_no_use, 60)
{
	struct transom_surface *surface = create_nv12(0);
	struct transom_surface_watch *watch;
	int right = create_right(surface), status;
	pid_t child = spawn(hold_for_ever, &right);

	close(right);
	check_eq(transom_surface_watch_create(surface, &watch), 0);
	check_eq(waitpid(child, &status, WUNTRACED), child);
	check(WIFSTOPPED(status));
	check_eq(transom_surface_watch_wait(watch, 0), -EAGAIN);
	check_eq(transom_surface_claim(surface), -EBUSY);
	kill(child, SIGKILL);
	check_eq(transom_surface_watch_wait(watch, 20000), 0);
	check_eq(transom_surface_claim(surface), 0);
	check_eq(wait_for(child), -SIGKILL);
	transom_surface_watch_unref(watch);
	transom_surface_unref(surface);
}

TEST(who_empties_a_capsule_ends_its_use_alone)
{
	struct transom_surface *surface = create_nv12(0), *again = (void *)1;
	int right = create_right(surface), other = create_right(surface), copy = dup(right);
	char bytes[64];

	check_eq(recv(copy, bytes, sizeof(bytes), 0),
		 sizeof(struct capsule_message)); /* as the header warns */
	check_eq(transom_surface_look_up(right, &again), -ENODATA);
	check(send(right, bytes, 1, MSG_NOSIGNAL) < 0);
	check(transom_surface_is_in_use(surface)); /* a right of one's own nobody else empties */
	close(other);
	check(!transom_surface_is_in_use(surface));
	check(again == (void *)1);
	close(copy);
	close(right);
	transom_surface_unref(surface);
}

static void
use_inherited(void *argument)
{
	struct transom_surface *surface = argument;

	check_eq(transom_surface_get_use_count(surface), 0);
	check(transom_surface_is_in_use_elsewhere(surface));
	check(planes_have(surface, 60));
	write_planes(surface, 61);
	check_eq(transom_surface_begin_use(surface), 0);
	close(create_right(surface));
	check_eq(transom_surface_end_use(surface), 0);
}

TEST(forked_child_has_the_memory_and_no_use)
{
	struct transom_surface *surface = create_nv12(0);

	check_eq(transom_surface_begin_use(surface), 0);
	write_planes(surface, 60);
	check_eq(wait_for(spawn(use_inherited, surface)), 0);
	check(planes_have(surface, 61));
	check_eq(transom_surface_end_use(surface), 0);
	check(!transom_surface_is_in_use(surface));
	transom_surface_unref(surface);
}

TEST(contents_of_others_are_not_discarded)
{
	struct transom_surface *surface = create_nv12(0);
	enum transom_surface_purgeable old;

	write_planes(surface, 70);
	check_eq(transom_surface_set_purgeable(surface, TRANSOM_SURFACE_EMPTY, NULL), -EOPNOTSUPP);
	check_eq(transom_surface_set_purgeable(surface, TRANSOM_SURFACE_VOLATILE, &old), 0);
	check_eq(transom_surface_discard_volatile(UINT64_MAX), 0);
	check_eq(transom_surface_set_purgeable(surface, TRANSOM_SURFACE_NONVOLATILE, &old), 0);
	check_eq(old, TRANSOM_SURFACE_VOLATILE);
	check(planes_have(surface, 70));
	check(!transom_surface_is_in_use(surface));
	transom_surface_unref(surface);
}

TEST(surface_is_found_by_its_id_here_alone)
{
	struct transom_surface *surface = create_nv12(0), *found = NULL;

	check_eq(transom_surface_look_up_id(transom_surface_get_id(surface), &found), 0);
	check(found == surface);
	transom_surface_unref(found);
	transom_surface_unref(surface);
}

static void
look_up_without_procfs(void *argument)
{
	struct transom_surface *surface;

	if (!hide_procfs())
		_exit(77);
	check_eq(transom_surface_look_up(*(int *)argument, &surface), 0);
	check(planes_have(surface, 10));
	close(*(int *)argument);
	check(transom_surface_is_in_use(surface)); /* the capsule's description is all that there is */
	check_eq(transom_surface_begin_use(surface), 0);
	check_eq(transom_surface_end_use(surface), 0);
	transom_surface_unref(surface);
}

TEST(capsule_is_adopted_without_procfs)
{
	int right = receive_right(0), status = wait_for(spawn(look_up_without_procfs, &right));

	close(right);
	if (status == 77)
		skip("no namespaces here");
	check_eq(status, 0);
}

static void *
look_up_in_a_loop(void *argument)
{
	for (int i = 0; i < 1000; i++) {
		struct transom_surface *surface = look_up(*(int *)argument);

		check_eq(transom_surface_begin_use(surface), 0);
		check(planes_have(surface, 10));
		check_eq(transom_surface_end_use(surface), 0);
		transom_surface_unref(surface);
	}
	return NULL;
}

TEST_FOR(threads_look_a_capsule_up, 60)
{
	int right = receive_right(0);
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		check_eq(pthread_create(&threads[i], NULL, look_up_in_a_loop, &right), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	close(right);
}

/* With one descriptor more each time, until it succeeds: what fails leaves nothing behind. */
TEST(descriptors_run_out_at_every_step)
{
	struct transom_surface *surface, *again = NULL;
	int kept, fds, right = -5, r = -EMFILE, steps = 0;
	struct rlimit limit, few;

	skip_under("valgrind", "valgrind keeps limits of descriptors itself, and says -EBADF");
	surface = create_nv12(0);
	kept = receive_right(0);
	transom_surface_unref(look_up(kept)); /* the folder of procfs is open from here on */
	close(create_right(surface));
	fds = count_fds();
	getrlimit(RLIMIT_NOFILE, &limit);
	few = limit;
	for (few.rlim_cur = 3; r == -EMFILE; few.rlim_cur++, steps++) {
		setrlimit(RLIMIT_NOFILE, &few);
		r = transom_surface_create_right(surface, &right);
		setrlimit(RLIMIT_NOFILE, &limit);
		check_eq(count_fds(), fds + (r == 0));
	}
	check_eq(r, 0);
	check(steps > 3); /* a description, and two ends of a socket */
	close(right);
	r = -EMFILE;
	for (few.rlim_cur = 3, steps = 0; r == -EMFILE; few.rlim_cur++, steps++) {
		setrlimit(RLIMIT_NOFILE, &few);
		r = transom_surface_look_up(kept, &again);
		setrlimit(RLIMIT_NOFILE, &limit);
		check_eq(count_fds(), fds + (r == 0 ? 3 : 0));
	}
	check_eq(r, 0);
	check(steps > 4); /* three in the message, and one's own */
	transom_surface_unref(again);
	transom_surface_unref(surface);
	close(kept);
}

/* Hostile capsules. */

static void
send_message(int socket, const void *bytes, size_t size, const int *fds, unsigned count)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int) * 253)];
	} control = { 0 };
	struct iovec part = { (void *)bytes, size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	if (count) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int) * count);
		memcpy(CMSG_DATA(&control.header), fds, sizeof(int) * count);
	}
	check_eq(sendmsg(socket, &message, MSG_NOSIGNAL), size);
}

/* A socket with one message; the writing end is the caller's to close, or -1. */
static int
make_capsule(int type, const void *bytes, size_t size, const int *fds, unsigned count, int *ret_writer)
{
	int ends[2];

	check(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) == 0);
	if (bytes)
		send_message(ends[1], bytes, size, fds, count);
	if (ret_writer)
		*ret_writer = ends[1];
	else
		close(ends[1]);
	return ends[0];
}

/* A good capsule's descriptors: header, brightness, colour. */
struct parts {
	int fds[3];
};

static struct parts
get_parts(const struct transom_surface *surface)
{
	return (struct parts){ { surface->fd, surface->memory->fds[0], surface->memory->fds[1] } };
}

/* In a process that does not know the surface, what refuses it has looked at all of it. */
struct attempt {
	int capsule, error;
};

static void
refuse_there(void *argument)
{
	struct attempt *attempt = argument;
	struct transom_surface *warm = create_nv12(0);

	close(create_right(warm)); /* the folder of procfs is open from here on */
	refuse(attempt->capsule, attempt->error);
	transom_surface_unref(warm);
}

static void
refuse_message(const void *bytes, size_t size, const int *fds, unsigned count, int error)
{
	int capsule = make_capsule(SOCK_SEQPACKET, bytes, size, fds, count, NULL);

	refuse(capsule, error);
	close(capsule);
}

TEST(wrong_messages_are_refused)
{
	struct transom_surface *surface = create_nv12(0);
	struct parts p = get_parts(surface);
	struct capsule_message message;
	char large[100] = "";
	int many[253];

	for (int i = 0; i < 253; i++)
		many[i] = p.fds[0];
#define REFUSED(change, length, count, error)                                                                \
	message = (struct capsule_message){ CAPSULE_MAGIC, CAPSULE_VERSION, 3 };                             \
	change;                                                                                              \
	memcpy(large, &message, sizeof(message));                                                            \
	refuse_message(large, length, count > 3 ? many : p.fds, count, error)
	REFUSED(message.magic++, 16, 3, -EBADMSG);
	REFUSED(message.version++, 16, 3, -EPROTONOSUPPORT);
	REFUSED(message.version = 0, 16, 3, -EPROTONOSUPPORT);
	REFUSED(message.fd_count++, 16, 3, -EPROTO);
	REFUSED(message.fd_count = 2, 16, 3, -EPROTO);
	REFUSED(message.fd_count = UINT32_MAX, 16, 3, -EPROTO);
	REFUSED((void)0, 15, 3, -ENODATA);
	REFUSED((void)0, 1, 3, -ENODATA);
	REFUSED((void)0, 17, 3, -EBADMSG);
	REFUSED((void)0, 100, 3, -EBADMSG);
	REFUSED(message.fd_count = 0, 16, 0, -EPROTO);
	REFUSED(message.fd_count = 1, 16, 1, -EPROTO);
	REFUSED(message.fd_count = 2, 16, 2, -EPROTO);
	REFUSED(message.fd_count = 5, 16, 5, -EPROTO);
	REFUSED(message.fd_count = 6, 16, 6, -E2BIG);
	REFUSED(message.fd_count = 253, 16, 253, -E2BIG);
	refuse_message("", 0, p.fds, 3, -EBADMSG);
	refuse_message("", 0, NULL, 0, -ENODATA);
#undef REFUSED
	transom_surface_unref(surface);
}

TEST(wrong_sockets_are_refused)
{
	static const struct capsule_message message = { CAPSULE_MAGIC, CAPSULE_VERSION, 3 };
	struct transom_surface *surface = create_nv12(0), *same;
	struct parts p = get_parts(surface);
	int socket_fd, writer, receive, send_right;

	/* The good one, to compare. */
	socket_fd = make_capsule(SOCK_SEQPACKET, &message, sizeof(message), p.fds, 3, &writer);
	refuse(socket_fd, -EPERM); /* more could come */
	check(shutdown(writer, SHUT_WR) == 0);
	refuse(socket_fd, -EPERM); /* and this one could send */
	check(shutdown(writer, SHUT_RD) == 0);
	same = look_up(socket_fd); /* nothing can be sent any more, either way */
	check(same == surface);
	transom_surface_unref(same);
	check(write(writer, "x", 1) < 0);
	close(writer);
	close(socket_fd);

	socket_fd = make_capsule(SOCK_SEQPACKET, &message, sizeof(message), p.fds, 3, &writer);
	send_message(writer, &message, sizeof(message), p.fds, 3);
	close(writer);
	refuse(socket_fd, -EBADMSG); /* two */
	close(socket_fd);
	socket_fd = make_capsule(SOCK_SEQPACKET, NULL, 0, NULL, 0, NULL);
	refuse(socket_fd, -ENODATA);
	close(socket_fd);
	socket_fd = make_capsule(SOCK_STREAM, &message, sizeof(message), p.fds, 3, NULL);
	refuse(socket_fd, -EMEDIUMTYPE);
	close(socket_fd);
	socket_fd = make_capsule(SOCK_DGRAM, &message, sizeof(message), p.fds, 3, NULL);
	refuse(socket_fd, -EMEDIUMTYPE);
	close(socket_fd);
	socket_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	refuse(socket_fd, -EMEDIUMTYPE); /* never connected */
	check(bind(socket_fd, &(struct sockaddr){ AF_UNIX, "" }, sizeof(sa_family_t)) == 0);
	check(listen(socket_fd, 1) == 0);
	refuse(socket_fd, -EMEDIUMTYPE);
	close(socket_fd);
	socket_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (socket_fd >= 0)
		refuse(socket_fd, -EMEDIUMTYPE);
	close(socket_fd);

	check_eq(transom_port_create(NULL, &receive, &send_right), 0);
	refuse(receive, -EPERM);
	refuse(send_right, -EPERM);
	check_eq(transom_port_send(send_right, "hello, world", 12, NULL, 0, 0), 0);
	close(send_right);
	refuse(receive, -EBADMSG); /* a port without senders, with a message to it */
	close(receive);
	transom_surface_unref(surface);
}

/* What a holder can do to the socket of a capsule: the look-up fails or it does not, and nothing leaks. */
TEST(options_of_the_socket_do_no_harm)
{
	struct transom_surface *surface = create_nv12(0), *again;
	int right, on = 1, at = 3;

	skip_under("qemu", "it does not know all of these options");
	right = create_right(surface);
	check(setsockopt(right, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0);
	check(setsockopt(right, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof(on)) == 0);
	check(setsockopt(right, SOL_SOCKET, 76 /* SO_PASSPIDFD */, &on, sizeof(on)) == 0 ||
	      errno == ENOPROTOOPT);
	again = look_up(right);
	check(again == surface);
	transom_surface_unref(again);
	check(setsockopt(right, SOL_SOCKET, SO_PEEK_OFF, &at, sizeof(at)) == 0);
	refuse(right, -ENODATA);
	close(right);
	transom_surface_unref(surface);
}

static void
refuse_parts(int header, int first, int second, int error)
{
	struct capsule_message message = { CAPSULE_MAGIC, CAPSULE_VERSION, 3 };
	struct attempt attempt = { .error = error };
	int fds[] = { header, first, second };

	attempt.capsule = make_capsule(SOCK_SEQPACKET, &message, sizeof(message), fds, 3, NULL);
	check_eq(wait_for(spawn(refuse_there, &attempt)), 0);
	close(attempt.capsule);
}

/* A header's file, as a maker makes it, of numbers that may be spoiled. */
static int
make_header(const struct surface_header *header, const struct surface_parts *parts, int seals)
{
	int fd = make_file((size_t)surface_layout_get_file_size(header), 0);

	check(pwrite(fd, header, sizeof(*header), 0) == sizeof(*header));
	check(pwrite(fd, parts, sizeof(*parts), sizeof(*header)) == sizeof(*parts));
	check(fcntl(fd, F_ADD_SEALS, seals) == 0);
	return fd;
}

TEST(wrong_files_in_a_capsule_are_refused)
{
	struct transom_surface *surface = create_nv12(0), *plain, *again;
	struct parts p = get_parts(surface);
	struct surface_header header = surface->header;
	struct surface_parts parts = surface->memory->table;
	struct transom_surface_options options = { .size = sizeof(options), .allocation_size = PAGE };
	int other = make_file(4 * PAGE, F_SEAL_SHRINK), pipes[2], path, capsule, good, file;

	check(pipe(pipes) == 0);
	check_eq(transom_surface_create(&options, &plain), 0);
	path = open("/tmp", O_PATH);
	capsule = create_right(surface);
	good = make_header(&header, &parts, SEALS);
	/* It is good indeed. */
	file = make_capsule(SOCK_SEQPACKET, &(struct capsule_message){ CAPSULE_MAGIC, CAPSULE_VERSION, 3 },
			    16, (int[]){ good, p.fds[1], p.fds[2] }, 3, NULL);
	again = look_up(file);
	check(again != surface); /* another header, of the same files */
	transom_surface_unref(again);
	close(file);

	refuse_parts(good, p.fds[2], p.fds[1], -EPROTO); /* the other way round */
	refuse_parts(good, p.fds[1], other, -EPROTO);
	refuse_parts(surface->fd, p.fds[1], other, -EPROTO); /* also if the surface is known */
	refuse_parts(good, p.fds[1], good, -EPROTO);
	refuse_parts(good, p.fds[1], pipes[0], -EMEDIUMTYPE);
	refuse_parts(good, p.fds[1], path, -EMEDIUMTYPE);
	refuse_parts(good, p.fds[1], capsule, -EMEDIUMTYPE); /* a capsule in a capsule */
	refuse_parts(capsule, p.fds[1], p.fds[2], -EMEDIUMTYPE);
	refuse_parts(pipes[0], p.fds[1], p.fds[2], -EMEDIUMTYPE);
	refuse_parts(p.fds[1], p.fds[1], p.fds[2], -EPERM); /* no header's file */
	refuse_parts(plain->fd, p.fds[1], p.fds[2], -EPROTO);
	refuse(good, -EPROTO); /* a header that has its pixels elsewhere, without them */
	file = make_file(4 * PAGE, 0);
	refuse_parts(good, file, p.fds[2], -EPERM); /* its pages could be taken away */
	close(file);
	file = make_header(&header, &parts, F_SEAL_SHRINK | F_SEAL_GROW);
	refuse_parts(file, p.fds[1], p.fds[2], -EPERM);
	close(file);
	close(good);
	close(capsule);
	close(path);
	close(pipes[0]);
	close(pipes[1]);
	close(other);
	transom_surface_unref(plain);
	transom_surface_unref(surface);
}

TEST(contradictory_parts_are_refused)
{
	struct transom_surface *surface = create_nv12(0);
	struct parts p = get_parts(surface);
	struct surface_header header;
	struct surface_parts parts;
	int file;

#define SPOIL(change, error)                                                                                 \
	header = surface->header;                                                                            \
	parts = surface->memory->table;                                                                      \
	change;                                                                                              \
	file = make_header(&header, &parts, SEALS);                                                          \
	refuse_parts(file, p.fds[1], p.fds[2], error);                                                       \
	close(file)
	SPOIL(parts.count = 0, -EPROTO);
	SPOIL(parts.count = 1, -ERANGE);
	SPOIL(parts.count = 3, -EPROTO);
	SPOIL(parts.count = UINT32_MAX, -E2BIG);
	SPOIL(parts.parts[0].size = 0, -EPROTO);
	SPOIL(parts.parts[0].size += PAGE, -ERANGE);
	SPOIL(parts.parts[0].size = UINT64_MAX, -EOVERFLOW);
	SPOIL(parts.parts[1].size++, -ERANGE);
	SPOIL(parts.parts[1].size = UINT64_MAX, -EOVERFLOW);
	SPOIL(parts.parts[0].offset++, -EPROTO);
	SPOIL(parts.parts[0].offset += 2 * PAGE, -ERANGE); /* beyond the end of the file */
	SPOIL(parts.parts[0].offset = UINT64_MAX - PAGE + 1, -EOVERFLOW);
	SPOIL(parts.parts[0].offset = (uint64_t)1 << 62, -ERANGE);
	SPOIL(parts.parts[0].inode++, -EPROTO);
	SPOIL(parts.parts[1].device++, -EPROTO);
	SPOIL(header.planes[0].size += PAGE, -ERANGE); /* into the next part */
	SPOIL(header.planes[1].offset -= 1, -ERANGE);
	SPOIL(header.planes[1].offset = UINT64_MAX, -EOVERFLOW);
	SPOIL(header.geometry.allocation_size--, -ERANGE);
	SPOIL(header.geometry.plane_count = 0, -EPROTO);
	SPOIL(header.flags &= ~SURFACE_ELSEWHERE;
	      header.values_offset = header.data_offset + 3 * PAGE, -EPROTO);
	SPOIL(header.values_offset += PAGE, -EPROTO);
	SPOIL(header.version++, -EPROTONOSUPPORT);
#undef SPOIL
	transom_surface_unref(surface);
}

/* Bytes of header and table at random: what is believed must be there. */
TEST_FOR(random_parts_never_harm, 60)
{
	struct transom_surface *surface = create_nv12(0);
	struct parts p = get_parts(surface);
	struct capsule_message message = { CAPSULE_MAGIC, CAPSULE_VERSION, 3 };
	unsigned seed = 4711;

	for (int i = 0; i < 2000; i++) {
		struct {
			struct surface_header header;
			struct surface_parts parts;
		} bytes = { surface->header, surface->memory->table };
		struct transom_surface *found;
		int fds[] = { -1, p.fds[1], p.fds[2] }, capsule;

		for (int n = 1 + rand_r(&seed) % 3; n; n--) {
			size_t from = i % 2 ? sizeof(bytes.header) : 12;

			((unsigned char *)&bytes)[from + (size_t)rand_r(&seed) % (sizeof(bytes) - from)] ^=
				(unsigned char)(1u << rand_r(&seed) % 8);
		}
		fds[0] = make_file(surface_layout_get_file_size(&surface->header), 0);
		check(pwrite(fds[0], &bytes, sizeof(bytes), 0) == sizeof(bytes));
		check(fcntl(fds[0], F_ADD_SEALS, SEALS) == 0);
		capsule = make_capsule(SOCK_SEQPACKET, &message, sizeof(message), fds, 3, NULL);
		if (transom_surface_look_up(capsule, &found) == 0) {
			struct transom_plane_layout plane;

			check_eq(transom_surface_lock(found, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
			for (uint32_t k = 0; transom_surface_get_plane(found, k, &plane) == 0; k++) {
				volatile unsigned char *base = transom_surface_get_plane_base(found, k);

				for (uint64_t at = 0; at < plane.size; at += 512)
					(void)base[at];
			}
			check_eq(transom_surface_unlock(found, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
			transom_surface_unref(found);
		}
		close(capsule);
		close(fds[0]);
	}
	transom_surface_unref(surface);
}

TEST(capsule_that_holds_itself_is_refused)
{
	struct capsule_message message = { CAPSULE_MAGIC, CAPSULE_VERSION, 2 };
	int writer, capsule = make_capsule(SOCK_SEQPACKET, NULL, 0, NULL, 0, &writer);
	int fds[] = { capsule, capsule };

	send_message(writer, &message, sizeof(message), fds, 2);
	close(writer);
	refuse(capsule, -EMEDIUMTYPE);
	close(capsule);
}

TEST(file_of_a_silent_server_is_refused_in_every_place)
{
	struct transom_surface *surface = create_nv12(0);
	struct transom_surface_memory_options options;
	struct parts p = get_parts(surface);
	struct silent_file file;

	if (!open_silent_file(&file)) {
		transom_surface_unref(surface);
		skip("no file system of user space may be mounted here");
	}
	options = nv12_in(p.fds[1], file.fd);
	refuse_options(&options, -EMEDIUMTYPE);
	refuse_parts(file.fd, p.fds[1], p.fds[2], -EMEDIUMTYPE);
	refuse_parts(surface->fd, p.fds[1], file.fd, -EPROTO); /* it is known, and not of these files */
	transom_surface_unref(surface);
	close_silent_file(&file);
}

/* Dma-bufs, where this kernel has any. */

TEST(dma_buf_of_a_surface)
{
	struct transom_surface_options options = { .size = sizeof(options), .format = TRANSOM_FORMAT_BGRA8 };
	struct transom_surface_memory_options imported;
	struct transom_surface *surface, *again;
	bool possible = access("/dev/udmabuf", R_OK | W_OK) == 0;
	int fd = -7, right;

	options.width = WIDTH;
	options.height = HEIGHT;
	options.flags = TRANSOM_SURFACE_MAKER_WRITES;
	check_eq(transom_surface_create_dma_buf(NULL, &fd), -EINVAL);
	check_eq(transom_surface_create(&options, &surface), 0);
	check_eq(transom_surface_create_dma_buf(surface, &fd), -EOPNOTSUPP); /* anyone could write it */
	check_eq(transom_surface_create_dma_buf(surface, NULL), -EINVAL);
	transom_surface_unref(surface);
	surface = create_nv12(0);
	check_eq(transom_surface_create_dma_buf(surface, &fd), -EOPNOTSUPP); /* two files */
	transom_surface_unref(surface);
	options.flags = 0;
	check_eq(transom_surface_create(&options, &surface), 0);
	if (!possible) {
		int r = transom_surface_create_dma_buf(surface, &fd);

		check(r == -EOPNOTSUPP || r == -EACCES);
		check_eq(fd, -7);
		transom_surface_unref(surface);
		skip("no /dev/udmabuf here");
	}
	check_eq(transom_surface_create_dma_buf(surface, &fd), 0);
	imported = bgra_in(fd);
	again = create(&imported);
	check_eq(transom_surface_lock(again, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	*(char *)transom_surface_get_base(again) = 'd';
	check_eq(transom_surface_unlock(again, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	check_eq(*(char *)transom_surface_get_base(surface), 'd'); /* the same pages */
	check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	imported.flags = TRANSOM_SURFACE_MAKER_WRITES;
	refuse_options(&imported, -EOPNOTSUPP);
	close(fd);
	check_eq(transom_surface_create_dma_buf(again, &fd), 0); /* its one file */
	close(fd);
	right = create_right(again);
	check(look_up(right) == again);
	transom_surface_unref(again);
	close(right);
	transom_surface_unref(again);
	transom_surface_unref(surface);
}

static int
allocate_from_heap(size_t size)
{
	struct dma_heap_allocation_data data = { .len = size, .fd_flags = O_RDWR | O_CLOEXEC };
	int heap = open("/dev/dma_heap/system", O_RDONLY | O_CLOEXEC), r;

	if (heap < 0)
		return -1;
	r = ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data);
	close(heap);
	return r < 0 ? -1 : (int)data.fd;
}

#ifdef HAVE_LIBDRM
/* The kernel's virtual graphics processor (modprobe vgem). */
static int
open_vgem(void)
{
	for (int i = 0; i < 16; i++) {
		char path[32], name[8] = "";
		struct drm_version version = { .name = name, .name_len = sizeof(name) - 1 };
		int card;

		snprintf(path, sizeof(path), "/dev/dri/card%d", i);
		card = open(path, O_RDWR | O_CLOEXEC);
		if (card >= 0 && ioctl(card, DRM_IOCTL_VERSION, &version) == 0 && !strcmp(name, "vgem"))
			return card;
		close(card);
	}
	return -1;
}

static int
allocate_from_vgem(size_t size)
{
	struct drm_mode_create_dumb dumb = { .width = PAGE / 4,
					     .height = (uint32_t)(size / PAGE),
					     .bpp = 32 };
	struct drm_prime_handle prime = { .flags = DRM_CLOEXEC | DRM_RDWR };
	int card = open_vgem(), r;

	if (card < 0)
		return -1;
	r = ioctl(card, DRM_IOCTL_MODE_CREATE_DUMB, &dumb);
	prime.handle = dumb.handle;
	if (r == 0)
		r = ioctl(card, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime);
	close(card);
	return r < 0 ? -1 : prime.fd;
}

#else
static int
allocate_from_vgem(size_t size)
{
	return -1;
}
#endif

/* From whomever this kernel has. */
static int
make_dma_buf(size_t size)
{
	int fd = allocate_from_heap(size);

	fd = fd >= 0 ? fd : allocate_from_vgem(size);
	if (fd < 0)
		skip("neither /dev/dma_heap nor vgem here");
	return fd;
}

/* Its file's place is taken by one that says as a dma-buf does whether there is something to wait for. */
TEST(who_does_not_block_is_told_of_a_device_that_has_not_done)
{
	const uint32_t read = TRANSOM_SURFACE_LOCK_READ | TRANSOM_SURFACE_LOCK_NONBLOCK,
		       write = TRANSOM_SURFACE_LOCK_WRITE | TRANSOM_SURFACE_LOCK_NONBLOCK;
	int file = make_file(4 * PAGE, F_SEAL_SHRINK), device = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct transom_surface_memory_options options = bgra_in(file);
	struct transom_surface *surface = create(&options);

	check_eq(transom_surface_lock(surface, write, NULL), 0);
	check_eq(transom_surface_unlock(surface, write, NULL), 0);
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_NONBLOCK, NULL), -EINVAL);
	check_eq(transom_surface_lock(surface, read | write, NULL), -EINVAL);
	surface->memory->is_dma_buf[0] = true;
	check(dup2(device, surface->memory->fds[0]) >= 0);
	check_eq(transom_surface_lock(surface, read, NULL), -EAGAIN); /* a device writes */
	check_eq(transom_surface_unlock(surface, read, NULL), -EINVAL); /* it is not locked */
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL),
		 -EOPNOTSUPP); /* went on, to no device */
	check_eq(eventfd_write(device, UINT64_MAX - 1), 0);
	check_eq(transom_surface_lock(surface, read, NULL), -EOPNOTSUPP); /* it has done */
	check_eq(transom_surface_lock(surface, write, NULL), -EAGAIN); /* a device reads */
	transom_surface_unref(surface);
	close(device);
	close(file);
}

static void
read_a_dma_buf(struct transom_surface *surface)
{
	unsigned char *base;

	check(surface->memory->is_dma_buf[0]);
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	base = transom_surface_get_base(surface);
	check_eq(base[0], 5);
	check_eq(base[256 * HEIGHT - 1], 5);
	base[0] = 6;
	check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
}

TEST(dma_buf_is_a_plane)
{
	int file = make_dma_buf(4 * PAGE), copy = -1;
	struct transom_surface_memory_options options = bgra_in(file);
	struct transom_surface *surface = create(&options);
	struct visitor visitor;
	unsigned char *map;

	check(transom_surface_is_writable(surface));
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	memset(transom_surface_get_base(surface), 5, 256 * HEIGHT);
	check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	visitor = (struct visitor){ create_right(surface), read_a_dma_buf };
	check_eq(wait_for(spawn(visit_right, &visitor)), 0);
	close(visitor.right);
	map = mmap(NULL, 4 * PAGE, PROT_READ, MAP_SHARED, file, 0);
	check(map != MAP_FAILED);
	check_eq(map[0], 6);
	check_eq(map[1], 5);
	munmap(map, 4 * PAGE);
	check_eq(transom_surface_create_dma_buf(surface, &copy), 0); /* it is one */
	close(copy);
	check(!transom_surface_is_in_use(surface));
	transom_surface_unref(surface);
	options.flags = TRANSOM_SURFACE_MAKER_WRITES;
	refuse_options(&options, -EOPNOTSUPP);
	options.flags = 0;
	options.planes[0].layout.offset = 3 * PAGE;
	refuse_options(&options, -ERANGE);
	close(file);
}

/* Brightness in a memory file, colour in a dma-buf; a process that knows neither gets both. */
static void
send_mixed(void *argument)
{
	struct maker *maker = argument;
	int brightness = make_file(4 * PAGE, F_SEAL_SHRINK), colour = make_dma_buf(PAGE);
	struct transom_surface_memory_options options = nv12_in(brightness, colour);
	struct transom_surface *surface = create(&options);
	struct transom_right right = { create_right(surface), TRANSOM_RIGHT_SURFACE };

	write_planes(surface, 10);
	check_eq(transom_port_send(maker->port, "", 0, &right, 1, 1000), 0);
}

TEST(dma_buf_travels_with_a_memory_file)
{
	struct transom_message *message;
	struct transom_surface *surface;
	struct maker maker = { 0 };
	int receive;

	close(make_dma_buf(PAGE)); /* or skips */
	check_eq(transom_message_create(&message), 0);
	check_eq(transom_port_create(NULL, &receive, &maker.port), 0);
	check_eq(wait_for(spawn(send_mixed, &maker)), 0);
	check_eq(transom_port_receive(receive, message, 1000), 0);
	surface = look_up(transom_message_get_right(message, 0));
	check(!surface->memory->is_dma_buf[0] && surface->memory->is_dma_buf[1]);
	check(planes_have(surface, 10));
	write_planes(surface, 40);
	check(planes_have(surface, 40));
	transom_surface_unref(surface);
	transom_message_unref(message);
	close(receive);
	close(maker.port);
}
