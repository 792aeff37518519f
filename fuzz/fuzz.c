/* fuzz.c - scripts, descriptors, and what must not stay behind; what is tried with them is in the targets. */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <transom/error.h>

#include "fuzz.h"

enum { MOST_FDS = 1024, MOST_SENT = 253 };

static long mappings;

void *
__real_mmap64(void *address, size_t size, int protection, int flags, int fd, off_t offset);
void *
__wrap_mmap64(void *address, size_t size, int protection, int flags, int fd, off_t offset);
int
__real_munmap(void *address, size_t size);
int
__wrap_munmap(void *address, size_t size);

void *
__wrap_mmap64(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
	void *map = __real_mmap64(address, size, protection, flags, fd, offset);

	mappings += map != MAP_FAILED;
	return map;
}

int
__wrap_munmap(void *address, size_t size)
{
	int r = __real_munmap(address, size);

	mappings -= r == 0;
	return r;
}

void
insist(bool condition)
{
	if (!condition)
		abort();
}

void
insist_listed(int r)
{
	insist(r == 0 || (r < 0 && transom_error_name(r)));
}

uint8_t
script_byte(struct script *script)
{
	if (!script->left)
		return 0;
	script->left--;
	return *script->at++;
}

unsigned
script_choose(struct script *script, unsigned limit)
{
	return script_byte(script) % limit;
}

uint16_t
script_word(struct script *script)
{
	uint16_t low = script_byte(script);

	return (uint16_t)(low | script_byte(script) << 8);
}

uint64_t
script_number(struct script *script)
{
	static const uint64_t edges[] = {
		UINT64_MAX, UINT64_MAX - 1, INT64_MAX, UINT32_MAX,      INT32_MAX, 1u << 31,
		4096,       4095,           1 << 16,   (1u << 16) - 1u, 1 << 20,   1ull << 32,
	};
	uint8_t first = script_byte(script);
	uint64_t number = 0;

	if (first < 255 - COUNT(edges))
		return first;
	if (first < 255)
		return edges[254 - first];
	for (int i = 0; i < 8; i++)
		number = number << 8 | script_byte(script);
	return number;
}

void
script_spoil(struct script *script, void *bytes, size_t size)
{
	static const size_t widths[] = { 1, 4, 8 };

	for (unsigned count = script_choose(script, 4); count && size; count--) {
		size_t place = script_word(script) % size;
		size_t width = widths[script_choose(script, COUNT(widths))];
		uint64_t number = script_number(script);

		memcpy((char *)bytes + place, &number, width < size - place ? width : size - place);
	}
}

size_t
script_take(struct script *script, const uint8_t **ret)
{
	size_t count = script_byte(script);

	count = count < script->left ? count : script->left;
	*ret = script->at;
	script->at += count;
	script->left -= count;
	return count;
}

struct possessions
count_possessions(void)
{
	struct possessions now = { .mappings = mappings };
	static struct pollfd all[MOST_FDS];

	for (int i = 0; i < MOST_FDS; i++)
		all[i] = (struct pollfd){ .fd = i };
	insist(poll(all, MOST_FDS, 0) >= 0);
	for (int i = 0; i < MOST_FDS; i++)
		now.fds += !(all[i].revents & POLLNVAL);
	return now;
}

void
insist_on_same(struct possessions before)
{
	struct possessions now = count_possessions();

	insist(now.fds == before.fds);
	insist(now.mappings == before.mappings);
}

int
make_file(size_t size, const void *bytes, size_t count, int seals)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	insist(fd >= 0 && ftruncate(fd, (off_t)size) == 0);
	insist(!count || pwrite(fd, bytes, count, 0) == (ssize_t)count);
	insist(!seals || fcntl(fd, F_ADD_SEALS, seals) == 0);
	return fd;
}

static char folder[] = "/tmp/transom-fuzz-XXXXXX";

static void
remove_folder(void)
{
	static const char *const parts[] = { "ports", "streams", "surfaces", "" };
	char path[sizeof(folder) + 16];

	for (size_t i = 0; i < COUNT(parts); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, parts[i]);
		rmdir(path);
	}
}

static bool
mkdir_in(const char *name)
{
	char path[sizeof(folder) + 16];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return mkdir(path, 0700) == 0;
}

const char *
use_own_runtime_directory(void)
{
	static bool made;

	if (!made) {
		insist(mkdtemp(folder) && setenv("TRANSOM_RUNTIME_DIR", folder, 1) == 0);
		insist(mkdir_in("ports") && mkdir_in("streams"));
		atexit(remove_folder);
		made = true;
	}
	return folder;
}

int
listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int n = snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", folder, path);

	insist(fd >= 0);
	if (n < (int)sizeof(address.sun_path) &&
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 && listen(fd, 16) == 0)
		return fd;
	close(fd);
	return -1;
}

static int
make_socket(int type)
{
	int ends[2];

	insist(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) == 0);
	close(ends[1]);
	return ends[0];
}

int
make_any_descriptor(unsigned sort)
{
	int ends[2];

	switch (sort % 8) {
	case 0:
		return make_socket(SOCK_SEQPACKET);
	case 1:
		return make_socket(SOCK_STREAM);
	case 2:
		return make_file(4096, NULL, 0, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	case 3:
		return make_file(4096, NULL, 0, 0);
	case 4:
		return make_file(0, NULL, 0, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	case 5:
		insist(pipe2(ends, O_CLOEXEC) == 0);
		close(ends[1]);
		return ends[0];
	case 6:
		return open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	default:
		return open("/dev/null", O_RDWR | O_CLOEXEC);
	}
}

void
make_any_descriptors(struct script *script, int *ret, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		ret[i] = make_any_descriptor(script_byte(script));
}

void
close_all(const int *fds, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		close(fds[i]);
}

void
send_packet(int socket, const void *bytes, size_t size, const int *fds, unsigned count)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int) * MOST_SENT)];
	} control = { 0 };
	struct iovec part = { (void *)bytes, size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	insist(count <= MOST_SENT);
	if (count) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int) * count);
		memcpy(CMSG_DATA(&control.header), fds, sizeof(int) * count);
	}
	(void)!sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}
