/* stream-link.c - a subscriber's connection: joining, the mappings of board and card; frames are others'. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "fd-private.h"
#include "subscriber-private.h"
#include "surface-private.h"

#define TMPFS_MAGIC 0x01021994 /* linux/magic.h */

void
stream_link_free(struct stream_link *link)
{
	if (!link)
		return;
	service_remove(link->service);
	stream_link_drop_fences(link);
	for (uint32_t i = 0; i < link->known_count; i++) {
		transom_surface_unref(link->known[i].surface);
		stream_guard_unref(link->known[i].guard);
	}
	free(link->known);
	if (link->board)
		munmap((void *)link->board, link->board_size);
	if (link->page)
		munmap(link->page, (size_t)sysconf(_SC_PAGESIZE));
	fd_close(link->socket);
	free(link);
}

static int
check_file(int fd, uint64_t size)
{
	const int needed = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
	int seals = fcntl(fd, F_GET_SEALS);
	struct statfs file_system;
	struct stat st;

	if (seals < 0)
		return -EMEDIUMTYPE;
	if ((seals & needed) != needed)
		return -EPERM;
	if (fstat(fd, &st) < 0 || fstatfs(fd, &file_system) < 0)
		return -errno;
	if ((unsigned long)file_system.f_type != TMPFS_MAGIC)
		return -EMEDIUMTYPE; /* hugetlbfs has seals too, but may have no page for a fault */
	return (uint64_t)st.st_size == size ? 0 : -ERANGE;
}

static int
map_board(struct stream_link *link, int fd, uint64_t size)
{
	void *map;
	int r;

	if (size < sizeof(struct stream_board) + sizeof(struct stream_record) || size > 1u << 26)
		return -ERANGE;
	r = check_file(fd, size);
	if (r < 0)
		return r;
	r = stream_map(fd, size, PROT_READ, MAP_POPULATE, &map); /* populated, so that no frame has to */
	if (r < 0)
		return r;
	link->board = map;
	link->board_size = size;
	link->ring_size = link->board->ring_size;
	if (link->board->magic != BOARD_MAGIC)
		return -EBADMSG;
	if (link->board->version != STREAM_VERSION)
		return -EPROTONOSUPPORT;
	if (!link->ring_size || link->ring_size & (link->ring_size - 1) ||
	    link->ring_size > (size - sizeof(struct stream_board)) / sizeof(struct stream_record))
		return -EPROTO;
	return 0;
}

static int
map_card(struct stream_link *link, int fd, uint32_t offset)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *map;
	int r;

	if (offset % STREAM_LINE || offset > page - sizeof(struct stream_card))
		return -EPROTO;
	r = check_file(fd, page);
	if (r < 0)
		return r;
	r = stream_map(fd, page, PROT_READ | PROT_WRITE, 0, &map);
	if (r < 0)
		return r;
	link->page = map;
	link->card = (struct stream_card *)(void *)((char *)map + offset);
	return 0;
}

void
stream_link_set_grant(struct stream_link *link, uint32_t granted, uint32_t queue)
{
	link->granted = granted < TRANSOM_STREAM_MAX_HELD ? granted : TRANSOM_STREAM_MAX_HELD;
	link->queue = queue;
}

static int
accept_welcome(struct stream_link *link, const struct stream_welcome *welcome, const int *fds)
{
	int r = map_board(link, fds[0], welcome->board_size);

	if (r == 0)
		r = map_card(link, fds[1], welcome->card_offset);
	if (r == 0 && !welcome->granted)
		r = -EPROTO;
	stream_link_set_grant(link, welcome->granted, welcome->queue);
	return r;
}

/* Says what is wished for, and waits for the answer. */
static int
shake_hands(struct transom_subscriber *subscriber, struct stream_link *link, int64_t deadline,
	    uint64_t *ret_joined)
{
	struct stream_hello hello = {
		.mode = subscriber->options.mode,
		.held = subscriber->options.held,
		.least_held = subscriber->options.least_held,
		.queue = subscriber->options.queue,
	};
	struct wire_delivery delivery;
	union stream_message message;
	int r;

	r = wire_ask_for_sender(link->socket, 0);
	if (r == 0)
		r = stream_send(link->socket, STREAM_HELLO, &hello, sizeof(hello), NULL, 0, deadline);
	if (r == 0)
		r = stream_receive(link->socket, deadline, &message, &delivery);
	if (r < 0)
		return r == -ENOTCONN ? -EPIPE : r;
	if (message.header.type == STREAM_WELCOME) {
		r = accept_welcome(link, &message.welcome, delivery.fds);
		*ret_joined = message.welcome.joined;
	} else if (message.header.type == STREAM_REFUSED) {
		r = message.refused.error == -EAGAIN || message.refused.error == -EINVAL
			    ? message.refused.error
			    : -EPROTO;
	} else {
		/* A publisher that ends says so to strangers too. */
		r = message.header.type == STREAM_BYE ? -EPIPE : -EPROTO;
	}
	wire_drop(&delivery);
	return r;
}

static void
begin_link(struct transom_subscriber *subscriber, struct stream_link *link, uint64_t joined)
{
	struct epoll_event event = { .events = EPOLLIN };

	epoll_ctl(subscriber->epoll, EPOLL_CTL_ADD, link->socket, &event);
	subscriber->link = link;
	subscriber->cursor = joined;
	subscriber->awaited = 0;
	/* The newest frame is new to who sees it for the first time; who sees every one begins after it. */
	subscriber->seen =
		subscriber->options.mode == TRANSOM_SUBSCRIBER_EVERY || !joined ? joined : joined - 1;
}

/* Frames of a link that ends keep their surfaces, and forget their slots. */
void
subscriber_end_link(struct transom_subscriber *subscriber)
{
	struct stream_link *link = subscriber->link;

	subscriber->link = NULL;
	subscriber->nudged = false;
	if (!link)
		return;
	for (unsigned i = 0; i < TRANSOM_STREAM_MAX_HELD; i++)
		if (subscriber->frames[i].link == link)
			subscriber->frames[i].link = NULL;
	epoll_ctl(subscriber->epoll, EPOLL_CTL_DEL, link->socket, NULL);
	stream_link_free(link);
}

/* Takes @socket, also on failure. */
int
subscriber_join(struct transom_subscriber *subscriber, int socket, int64_t deadline)
{
	struct stream_link *link = calloc(1, sizeof(*link));
	uint64_t joined = 0;
	int r;

	if (!link) {
		fd_close(socket);
		return -ENOMEM;
	}
	link->socket = socket;
	r = shake_hands(subscriber, link, deadline, &joined);
	if (r < 0) {
		stream_link_free(link);
		return r;
	}
	begin_link(subscriber, link, joined);
	if (subscriber->options.flags & TRANSOM_SUBSCRIBER_PREFAULT)
		subscriber_read_messages(
			subscriber); /* what is introduced already; why it may have ended is found later */
	return 0;
}
