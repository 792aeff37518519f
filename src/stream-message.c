/* stream-message.c - messages between a publisher and a subscriber, sleeping on a card, memory for both. */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "deadline-private.h"
#include "fd-private.h"
#include "stream-private.h"

#ifndef MFD_NOEXEC_SEAL /* since Linux 6.3; Debian 12's headers are older */
#define MFD_NOEXEC_SEAL 0x0008U
#endif

/* What each type must look like, so that nobody reads beyond what came. */
static const struct {
	size_t size;
	unsigned least_fds, most_fds;
} shapes[] = {
	[STREAM_HELLO] = { sizeof(struct stream_hello), 0, 0 },
	[STREAM_FENCES] = { sizeof(struct stream_fences), 1, TRANSOM_STREAM_MAX_FENCES },
	[STREAM_WELCOME] = { sizeof(struct stream_welcome), 2, 2 },
	[STREAM_REFUSED] = { sizeof(struct stream_refused), 0, 0 },
	[STREAM_INTRODUCE] = { sizeof(struct stream_introduce), 1, 1 },
	[STREAM_FORGET] = { sizeof(struct stream_introduce), 0, 0 },
	[STREAM_WAKE] = { sizeof(struct stream_header), 0, 0 },
	[STREAM_GRANT] = { sizeof(struct stream_grant), 0, 0 },
	[STREAM_BYE] = { sizeof(struct stream_refused), 0, 0 },
	[STREAM_INQUIRE] = { sizeof(struct stream_inquire), 0, 0 },
	[STREAM_STATUS] = { sizeof(struct stream_status), 0, 0 },
};

int
stream_send(int socket, enum stream_message_type type, void *message, size_t size, const int *fds,
	    unsigned fd_count, int64_t deadline)
{
	struct stream_header *header = message;
	struct iovec part = { message, size };

	*header = (struct stream_header){ STREAM_MAGIC, STREAM_VERSION, (uint16_t)type };
	return wire_send(socket, &part, 1, fds, fd_count, deadline);
}

static int
check_shape(const struct stream_header *header, const struct wire_delivery *delivery)
{
	uint16_t type;

	if (delivery->size < sizeof(*header) || header->magic != STREAM_MAGIC)
		return -EBADMSG;
	if (header->version != STREAM_VERSION)
		return -EPROTONOSUPPORT;
	type = header->type;
	if (type >= sizeof(shapes) / sizeof(shapes[0]) || delivery->size != shapes[type].size ||
	    delivery->fd_count < shapes[type].least_fds || delivery->fd_count > shapes[type].most_fds)
		return -EBADMSG;
	return 0;
}

int
stream_receive(int socket, int64_t deadline, union stream_message *ret, struct wire_delivery *ret_delivery)
{
	return stream_receive_any(socket, deadline, ret, sizeof(*ret), ret_delivery);
}

int
stream_receive_any(int socket, int64_t deadline, void *ret, size_t size, struct wire_delivery *ret_delivery)
{
	int r = wire_receive(socket, ret, size, 0, deadline, ret_delivery);

	if (r < 0)
		return r;
	r = check_shape(ret, ret_delivery);
	if (r < 0)
		wire_drop(ret_delivery);
	return r;
}

void
stream_futex_wait(const _Atomic uint32_t *word, uint32_t expected, int64_t deadline)
{
	struct timespec time = { .tv_sec = deadline / 1000000000, .tv_nsec = deadline % 1000000000 };

	/* This one, unlike FUTEX_WAIT, takes a point in time. */
	syscall(SYS_futex, word, FUTEX_WAIT_BITSET, expected, deadline == DEADLINE_NEVER ? NULL : &time, NULL,
		FUTEX_BITSET_MATCH_ANY);
}

void
stream_futex_wake(const _Atomic uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

int
stream_create_file(const char *name, size_t size, int *ret)
{
	static atomic_bool old_kernel;
	const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = -1;

	if (!atomic_load_explicit(&old_kernel, memory_order_relaxed)) {
		fd = memfd_create(name, flags | MFD_NOEXEC_SEAL);
		if (fd < 0 && errno == EINVAL)
			atomic_store(&old_kernel, true);
	}
	if (fd < 0 && atomic_load_explicit(&old_kernel, memory_order_relaxed))
		fd = memfd_create(name, flags);
	if (fd < 0)
		return -errno;
	if (TEMP_FAILURE_RETRY(ftruncate(fd, (off_t)size)) < 0) {
		int r = errno == EFBIG || errno == ENOSPC ? -ENOMEM : -errno;

		fd_close(fd);
		return r;
	}
	*ret = fd;
	return 0;
}

int
stream_map(int fd, size_t size, int protection, int flags, void **ret)
{
	void *map = mmap(NULL, size, protection, MAP_SHARED | flags, fd, 0);

	if (map == MAP_FAILED)
		return errno == EPERM ? -EACCES : errno == EAGAIN ? -ENOMEM : -errno;
	madvise(map, size, MADV_DONTFORK);
	*ret = map;
	return 0;
}
