/* surface.c - any message in a capsule, with any header, is a surface that is all there, or a clean error. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <transom/surface.h>

/*
 * Input: a byte of flags; then triples of a place (two bytes, little-endian) and a byte that is XORed to what
 * is good there: first the capsule's message, then header and parts.
 */
enum {
	TWICE = 1 << 0, /* the message comes twice */
	SWAPPED = 1 << 1, /* the parts' files are exchanged */
	LONGER = 1 << 2, /* bytes after the message */
	SHORTER = 1 << 3,
	ONE_LESS = 1 << 4, /* of the descriptors */
	PAGE = 4096,
	FILE_SIZE = 4 * PAGE,
	MESSAGE_SIZE = 16,
	HEAD_SIZE = 352 + 136,
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
insist(bool condition)
{
	if (!condition)
		abort();
}

/* A good capsule's contents, to spoil. */
static struct {
	int parts[2];
	off_t header_size;
	uint8_t message[MESSAGE_SIZE], head[HEAD_SIZE];
} good;

static int
make_file(off_t size, const void *bytes, size_t count, int seals)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	insist(fd >= 0 && ftruncate(fd, size) == 0 && pwrite(fd, bytes, count, 0) == (ssize_t)count &&
	       fcntl(fd, F_ADD_SEALS, seals) == 0);
	return fd;
}

/* Takes a capsule of the library's own apart. */
static void
learn(int capsule)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int) * 3)];
	} control;
	struct iovec part = { good.message, sizeof(good.message) };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};
	int fds[3];

	insist(recvmsg(capsule, &message, MSG_CMSG_CLOEXEC) == MESSAGE_SIZE);
	memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fds));
	insist(pread(fds[0], good.head, HEAD_SIZE, 0) == HEAD_SIZE);
	good.header_size = lseek(fds[0], 0, SEEK_END);
	for (int i = 0; i < 3; i++)
		close(fds[i]);
}

static void
start(void)
{
	struct transom_surface_memory_options options = { .size = sizeof(options),
							  .format = TRANSOM_FORMAT_NV12,
							  .width = 64,
							  .height = 32,
							  .plane_count = 2 };
	struct transom_surface *surface;
	int right;

	for (int i = 0; i < 2; i++)
		options.planes[i].fd = good.parts[i] = make_file(FILE_SIZE, "", 0, F_SEAL_SHRINK);
	options.planes[0].layout.offset = PAGE + 100;
	insist(transom_surface_create_with_memory(&options, &surface) == 0);
	insist(transom_surface_create_right(surface, &right) == 0);
	learn(right);
	close(right);
	transom_surface_unref(surface);
}

static void
send_message(int socket, const void *bytes, size_t size, const int *fds, size_t count)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int) * 3)];
	} control = { 0 };
	struct iovec part = { (void *)bytes, size };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};

	message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int) * count);
	memcpy(CMSG_DATA(&control.header), fds, sizeof(int) * count);
	insist(sendmsg(socket, &message, MSG_NOSIGNAL) == (ssize_t)size);
}

/* The capsule that the input asks for. */
static int
make_capsule(uint8_t flags, const uint8_t *message, const uint8_t *head)
{
	size_t size = MESSAGE_SIZE + (flags & LONGER ? 5 : 0) - (flags & SHORTER ? 9 : 0);
	int header = make_file(good.header_size, head, HEAD_SIZE, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	int first = !!(flags & SWAPPED), fds[] = { header, good.parts[first], good.parts[!first] }, ends[2];
	uint8_t bytes[MESSAGE_SIZE + 5] = { 0 };

	memcpy(bytes, message, MESSAGE_SIZE);
	insist(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
	for (int i = 0; i <= !!(flags & TWICE); i++)
		send_message(ends[1], bytes, size, fds, flags & ONE_LESS ? 2 : 3);
	close(ends[1]);
	close(header);
	return ends[0];
}

/* Every byte of what was believed must be there. */
static void
read_all(struct transom_surface *surface)
{
	struct transom_plane_layout plane;

	insist(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL) == 0);
	for (uint32_t i = 0; transom_surface_get_plane(surface, i, &plane) == 0; i++) {
		const volatile uint8_t *base = transom_surface_get_plane_base(surface, i);

		insist(base && plane.size <= 2 * FILE_SIZE);
		for (uint64_t at = 0; at < plane.size; at += 64)
			(void)base[at];
		if (plane.size)
			(void)base[plane.size - 1];
	}
	insist(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_READ, NULL) == 0);
}

/* The number that the next descriptor gets: the same before and after, if none is left open. */
static int
next_fd(void)
{
	int fd = dup(good.parts[0]);

	insist(fd >= 0);
	close(fd);
	return fd;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct transom_surface *surface = NULL;
	uint8_t bytes[MESSAGE_SIZE + HEAD_SIZE];
	int capsule, before;

	if (!good.header_size)
		start();
	if (!size)
		return 0;
	before = next_fd();
	memcpy(bytes, good.message, MESSAGE_SIZE);
	memcpy(bytes + MESSAGE_SIZE, good.head, HEAD_SIZE);
	for (size_t i = 1; i + 2 < size; i += 3)
		bytes[(data[i] | (size_t)data[i + 1] << 8) % sizeof(bytes)] ^= data[i + 2];
	capsule = make_capsule(data[0], bytes, bytes + MESSAGE_SIZE);
	if (transom_surface_look_up(capsule, &surface) == 0) {
		read_all(surface);
		transom_surface_unref(surface);
	} else {
		insist(!surface);
		insist(size > 1 + 2 || data[0]); /* what nobody spoiled is good */
	}
	close(capsule);
	insist(next_fd() == before);
	return 0;
}
