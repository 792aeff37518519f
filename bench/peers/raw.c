/*
 * raw.c - the floor: memory that both map, and one eventfd for each reader or, busy, one word. It protects
 * nothing: a frame that a reader says it holds is left alone, and what a dead one held is taken back when
 * its socket closes.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <poll.h>
#include <unistd.h>

#include "peer.h"

enum { READERS = 128, BUFFERS = 64 };

struct board {
	_Alignas(128) atomic_ulong head; /* frames published; the last lies in @slots[(head - 1) % BUFFERS] */
	atomic_uint slots[BUFFERS];
	struct {
		_Alignas(128) atomic_ulong held; /* one bit for each buffer */
	} readers[READERS];
};

struct side {
	const struct setup *setup;
	struct board *board;
	char *frames;
	size_t stride;
	unsigned drawn;
	uint64_t head;
	/* A producer's */
	pthread_t doorman;
	int listener, epoll, memory[2];
	struct {
		atomic_bool there;
		int socket, event;
	} readers[READERS];
	unsigned count;
	/* A reader's */
	int socket, event;
	unsigned number;
};

static void
relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#endif
}

static int
map(struct side *side)
{
	side->board =
		mmap(NULL, sizeof(*side->board), PROT_READ | PROT_WRITE, MAP_SHARED, side->memory[0], 0);
	side->frames = mmap(NULL, side->stride * side->setup->buffers, PROT_READ | PROT_WRITE, MAP_SHARED,
			    side->memory[1], 0);
	return side->board == MAP_FAILED || side->frames == MAP_FAILED ? -errno : 0;
}

static struct side *
create_side(const struct setup *setup)
{
	struct side *side = calloc(1, sizeof(*side));

	if (!side || setup->buffers > BUFFERS) {
		free(side);
		return NULL;
	}
	side->setup = setup;
	side->stride = (setup->bytes + 4095) & ~(size_t)4095;
	side->socket = side->event = side->listener = side->epoll = -1;
	return side;
}

/* The process ends next: the kernel cleans up better than we. */
static void
close_side(void *pointer)
{
}

static void
make_address(const struct setup *setup, struct sockaddr_un *ret)
{
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(ret->sun_path, sizeof(ret->sun_path), "%s/raw", setup->folder);
}

union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(3 * sizeof(int))];
};

static int
send_fds(int socket, const int fds[3], unsigned number)
{
	union control control = { 0 };
	struct iovec bytes = { &number, sizeof(number) };
	struct msghdr message = {
		.msg_iov = &bytes, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};

	control.header = (struct cmsghdr){ CMSG_LEN(3 * sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
	memcpy(CMSG_DATA(&control.header), fds, 3 * sizeof(int));
	return sendmsg(socket, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int
receive_fds(int socket, int fds[3], unsigned *number)
{
	union control control = { 0 };
	struct iovec bytes = { number, sizeof(*number) };
	struct msghdr message = {
		.msg_iov = &bytes, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != sizeof(*number))
		return -EPIPE;
	if (control.header.cmsg_len != CMSG_LEN(3 * sizeof(int)))
		return -EBADMSG;
	memcpy(fds, CMSG_DATA(&control.header), 3 * sizeof(int));
	return 0;
}

static void
admit(struct side *side)
{
	int socket = accept4(side->listener, NULL, NULL, SOCK_CLOEXEC);
	unsigned i = side->count;
	struct epoll_event watch = { .events = EPOLLRDHUP, .data.u32 = i };

	if (socket < 0 || i == READERS)
		return;
	side->readers[i].socket = socket;
	side->readers[i].event = eventfd(0, EFD_CLOEXEC);
	if (send_fds(socket, (int[]){ side->memory[0], side->memory[1], side->readers[i].event }, i) < 0)
		return;
	epoll_ctl(side->epoll, EPOLL_CTL_ADD, socket, &watch);
	atomic_store(&side->readers[i].there, true);
	side->count++;
}

/* Admits readers, and takes back what the dead ones held. */
static void *
keep_door(void *pointer)
{
	struct side *side = pointer;
	struct epoll_event event;

	for (;;) {
		if (epoll_wait(side->epoll, &event, 1, -1) != 1)
			continue;
		if (event.data.u32 == READERS) {
			admit(side);
			continue;
		}
		atomic_store(&side->readers[event.data.u32].there, false);
		atomic_store(&side->board->readers[event.data.u32].held, 0);
		epoll_ctl(side->epoll, EPOLL_CTL_DEL, side->readers[event.data.u32].socket, NULL);
	}
	return NULL;
}

static int
open_memory(struct side *side)
{
	side->memory[0] = memfd_create("peers-board", MFD_CLOEXEC);
	side->memory[1] = memfd_create("peers-frames", MFD_CLOEXEC);
	if (side->memory[0] < 0 || side->memory[1] < 0 ||
	    ftruncate(side->memory[0], sizeof(*side->board)) < 0 ||
	    ftruncate(side->memory[1], (off_t)(side->stride * side->setup->buffers)) < 0)
		return -errno;
	return map(side);
}

static int
open_producer(const struct setup *setup, void **ret)
{
	struct side *side = create_side(setup);
	struct epoll_event watch = { .events = EPOLLIN, .data.u32 = READERS };
	struct sockaddr_un address;
	int r;

	if (!side)
		return -ENOMEM;
	make_address(setup, &address);
	unlink(address.sun_path);
	r = open_memory(side);
	if (r < 0)
		return r;
	side->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	side->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (bind(side->listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(side->listener, READERS) < 0 ||
	    epoll_ctl(side->epoll, EPOLL_CTL_ADD, side->listener, &watch) < 0)
		return -errno;
	*ret = side;
	return -pthread_create(&side->doorman, NULL, keep_door, side);
}

static int
draw(void *pointer, void **ret)
{
	struct side *side = pointer;
	uint64_t held = 0, head = atomic_load(&side->board->head);

	for (unsigned i = 0; i < side->count; i++)
		held |= atomic_load(&side->board->readers[i].held);
	for (unsigned i = 1; i <= side->setup->buffers; i++) {
		unsigned next = (side->drawn + i) % side->setup->buffers;

		if (held & UINT64_C(1) << next ||
		    (head && next == atomic_load(&side->board->slots[(head - 1) % BUFFERS])))
			continue;
		side->drawn = next;
		*ret = side->frames + side->stride * next;
		return 0;
	}
	return -EAGAIN;
}

static int
publish(void *pointer)
{
	struct side *side = pointer;
	uint64_t one = 1, head = atomic_load_explicit(&side->board->head, memory_order_relaxed);

	atomic_store_explicit(&side->board->slots[head % BUFFERS], side->drawn, memory_order_relaxed);
	atomic_store_explicit(&side->board->head, head + 1, memory_order_release);
	for (unsigned i = 0; !side->setup->busy && i < side->count; i++)
		if (atomic_load(&side->readers[i].there) &&
		    write(side->readers[i].event, &one, sizeof(one)) < 0)
			return -errno;
	return 0;
}

static int
open_reader(const struct setup *setup, void **ret)
{
	struct side *side = create_side(setup);
	struct sockaddr_un address;
	int fds[3], r;

	if (!side)
		return -ENOMEM;
	make_address(setup, &address);
	side->socket = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (side->socket < 0)
		return -errno;
	if (connect(side->socket, (struct sockaddr *)&address, sizeof(address)) < 0) {
		r = -errno;
		close(side->socket);
		return r;
	}
	r = receive_fds(side->socket, fds, &side->number);
	if (r < 0)
		return r;
	side->memory[0] = fds[0];
	side->memory[1] = fds[1];
	side->event = fds[2];
	*ret = side;
	return map(side);
}

static bool
is_news(struct side *side)
{
	return atomic_load_explicit(&side->board->head, memory_order_acquire) != side->head;
}

static int
wait_busy(struct side *side)
{
	uint64_t end = now_ns() + PATIENCE_MS * UINT64_C(1000000);

	for (unsigned i = 1; !is_news(side); i++) {
		if (i % 4096 == 0 && now_ns() > end)
			return -EAGAIN;
		relax();
	}
	return 0;
}

/* The read alone waits, as short as it can be; a signal ends it. */
static int
wait_asleep(struct side *side)
{
	uint64_t count;

	if (read(side->event, &count, sizeof(count)) < 0)
		return -EAGAIN;
	return is_news(side) ? 0 : -EAGAIN;
}

static int
acquire(void *pointer, struct received *ret)
{
	struct side *side = pointer;
	unsigned slot;
	int r = side->setup->busy ? wait_busy(side) : wait_asleep(side);

	if (r < 0)
		return r;
	side->head = atomic_load_explicit(&side->board->head, memory_order_acquire);
	slot = atomic_load_explicit(&side->board->slots[(side->head - 1) % BUFFERS], memory_order_relaxed);
	atomic_fetch_or(&side->board->readers[side->number].held, UINT64_C(1) << slot);
	ret->bytes = side->frames + side->stride * slot;
	ret->token = (void *)(uintptr_t)slot;
	return 0;
}

static void
release(void *pointer, struct received *frame)
{
	struct side *side = pointer;

	atomic_fetch_and(&side->board->readers[side->number].held, ~(UINT64_C(1) << (uintptr_t)frame->token));
}

const struct adapter adapter = {
	open_producer, draw, publish, open_reader, acquire, release, close_side,
};
