/* surface-hostile.c - files from elsewhere that are no surface, or a spoilt one; part of test-surface. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <transom/surface.h>

#include "harness.h"
#include "silent-file.h"
#include "surface-private.h"
#include "surfaces.h"

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
