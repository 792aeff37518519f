/* mach-receive.c - the receive right of a port: its queues, and waiting for them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fd-private.h"
#include "mach-private.h"

/* More queues than that are not tried one after the other: epoll tells which. */
enum { FEW_QUEUES = 2 };

int
receive_create(struct receive **ret)
{
	struct receive *receive = calloc(1, sizeof(*receive));

	if (!receive)
		return -ENOMEM;
	receive->waitable = (struct waitable){ .references = 1, .epoll = -1, .bell = -1 };
	receive->limit = MACH_PORT_QLIMIT_DEFAULT;
	*ret = receive;
	return 0;
}

struct receive *
receive_ref(struct receive *receive)
{
	receive->waitable.references++;
	return receive;
}

void
receive_unref(struct receive *receive)
{
	if (--receive->waitable.references > 0)
		return;
	fd_close(receive->waitable.epoll);
	fd_close(receive->waitable.bell);
	free(receive);
}

static void
free_queue(struct queue *queue)
{
	watch_cancel(queue->watch);
	identity_remove(&queue->identity);
	gauge_unref(queue->gauge);
	fd_close(queue->gauge_fd);
	fd_close(queue->fd);
	free(queue);
}

static int
poll_queue(struct receive *receive, struct queue *queue)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = queue };

	return epoll_ctl(receive->waitable.epoll, EPOLL_CTL_ADD, queue->fd, &event) < 0 ? -errno : 0;
}

int
receive_add_queue(struct receive *receive, enum queue_kind kind, int fd, int gauge_fd, uint64_t cookie,
		  struct queue **ret)
{
	struct queue *queue = calloc(1, sizeof(*queue)), **at = &receive->queues;
	int r;

	if (!queue) {
		fd_close(fd);
		fd_close(gauge_fd);
		return -ENOMEM;
	}
	*queue = (struct queue){ .receive = receive, .kind = kind, .fd = fd, .gauge_fd = gauge_fd };
	queue->identity.cookie = cookie;
	if (receive->waitable.epoll >= 0) {
		r = poll_queue(receive, queue);
		if (r < 0) {
			free_queue(queue);
			return r;
		}
	}
	while (*at)
		at = &(*at)->next;
	*at = queue;
	receive->queue_count++;
	receive->once_count += kind == QUEUE_ONCE;
	if (receive->entry && cookie)
		identity_add(&queue->identity, receive->entry);
	*ret = queue;
	return 0;
}

void
receive_remove_queue(struct receive *receive, struct queue *queue)
{
	struct queue **at = &receive->queues;

	while (*at != queue)
		at = &(*at)->next;
	*at = queue->next;
	receive->queue_count--;
	receive->once_count -= queue->kind == QUEUE_ONCE;
	/* By name: a copy of the descriptor elsewhere would keep it in there. */
	if (receive->waitable.epoll >= 0)
		epoll_ctl(receive->waitable.epoll, EPOLL_CTL_DEL, queue->fd, NULL);
	free_queue(queue);
}

struct queue *
receive_find_queue(struct receive *receive, uint64_t cookie)
{
	for (struct queue *queue = receive->queues; queue; queue = queue->next)
		if (queue->identity.cookie == cookie && queue->kind == QUEUE_SENDERS)
			return queue;
	return NULL;
}

/* Leaves the gauge's file at the send right: see end_get_gauge(). */
static int
leave_gauge(int receive, int gauge)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	char word[] = "gauge";
	struct iovec part = { word, sizeof(word) };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};
	struct cmsghdr *header = &control.align;

	memset(&control, 0, sizeof(control));
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &gauge, sizeof(int));
	return sendmsg(receive, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

/* As transom_port_create(), but with the gauge left behind before the way back is closed. */
static int
create_sockets(int gauge, int ends[2])
{
	int on = 1, large = 1 << 29, r = 0; /* as large as the kernel allows: the gauge is the limit */

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	if (setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0 ||
	    setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &large, sizeof(large)) < 0)
		r = -errno;
	if (r == 0)
		r = leave_gauge(ends[0], gauge);
	if (r == 0 && shutdown(ends[0], SHUT_WR) < 0)
		r = -errno;
	if (r < 0) {
		fd_close(ends[0]);
		fd_close(ends[1]);
	}
	return r;
}

int
receive_add_senders(struct receive *receive, struct end **ret)
{
	struct gauge *gauge;
	struct queue *queue;
	struct end *end;
	int ends[2], gauge_fd, r;

	r = gauge_create(receive->limit, &gauge, &gauge_fd);
	if (r < 0)
		return r;
	r = create_sockets(gauge_fd, ends);
	if (r < 0) {
		fd_close(gauge_fd);
		gauge_unref(gauge);
		return r;
	}
	end = end_create(ends[1]);
	if (!end) {
		fd_close(ends[0]);
		fd_close(gauge_fd);
		gauge_unref(gauge);
		return -ENOMEM;
	}
	end->asked = true;
	end->gauge = gauge_ref(gauge);
	r = receive_add_queue(receive, QUEUE_SENDERS, ends[0], gauge_fd, end->identity.cookie, &queue);
	if (r < 0) {
		gauge_unref(gauge);
		end_unref(end);
		return r;
	}
	queue->gauge = gauge;
	*ret = end;
	return 0;
}

int
receive_add_once(struct receive *receive, struct end **ret)
{
	struct queue *queue;
	struct end *end;
	int in, out, r;

	r = transom_port_create(NULL, &in, &out);
	if (r < 0)
		return r;
	end = end_create(out);
	if (!end) {
		fd_close(in);
		return -ENOMEM;
	}
	end->asked = true; /* a send-once right is good for its message however full the port is */
	r = receive_add_queue(receive, QUEUE_ONCE, in, -1, end->identity.cookie, &queue);
	if (r < 0) {
		end_unref(end);
		return r;
	}
	*ret = end;
	return 0;
}

/* The queue has ended; whether that is something to tell. */
static int
end_queue(struct receive *receive, struct queue *queue)
{
	bool once = queue->kind == QUEUE_ONCE, senders = queue->kind == QUEUE_SENDERS;

	receive_remove_queue(receive, queue);
	if (senders)
		no_senders_look(receive);
	return once ? RECEIVE_SEND_ONCE_ENDED : -EAGAIN;
}

/* The next message of one queue. */
static int
queue_next(struct receive *receive, struct queue *queue, struct transom_message *message)
{
	for (int bad = 0; bad < BAD_MESSAGES; bad++) {
		int r = transom_port_receive(queue->fd, message, 0);

		switch (r) {
		case 0:
			gauge_give(queue->gauge);
			if (queue->kind == QUEUE_ONCE)
				receive_remove_queue(receive, queue);
			return 0;
		case -ENOTCONN:
			return end_queue(receive, queue);
		case -EBADMSG:
		case -EPROTONOSUPPORT:
			break; /* no message of ours: somebody has the socket who should not */
		case -EMFILE:
			gauge_give(queue->gauge);
			return r;
		default:
			return -EAGAIN;
		}
	}
	return -EAGAIN;
}

/* Those queues that epoll names. */
static int
polled_next(struct receive *receive, struct transom_message *message)
{
	struct epoll_event event;
	int r = receive_prepare_wait(receive);

	if (r < 0)
		return r;
	while (epoll_wait(receive->waitable.epoll, &event, 1, 0) == 1) {
		if (!event.data.ptr)
			return -EAGAIN; /* the bell */
		r = queue_next(receive, event.data.ptr, message);
		if (r != -EAGAIN)
			return r;
	}
	return -EAGAIN;
}

/* What was put back; -EAGAIN if nothing was. */
static int
take_pending(struct receive *receive, struct transom_message **message)
{
	int r = -EAGAIN;

	if (receive->pending) {
		transom_message_unref(*message);
		*message = receive->pending;
		receive->pending = NULL;
		r = 0;
	} else if (receive->once_ended > 0) {
		receive->once_ended--;
		r = RECEIVE_SEND_ONCE_ENDED;
	}
	if (!receive->pending && !receive->once_ended)
		receive->waitable.bell = fd_close(receive->waitable.bell);
	return r;
}

int
receive_next(struct receive *receive, struct transom_message **message)
{
	struct queue *queue, *next;

	if (receive->pending || receive->once_ended)
		return take_pending(receive, message);
	if (!*message && transom_message_create(message) < 0)
		return -ENOMEM;
	if (receive->queue_count > FEW_QUEUES)
		return polled_next(receive, *message);
	for (queue = receive->queues; queue; queue = next) {
		int r;

		next = queue->next;
		r = queue_next(receive, queue, *message);
		if (r != -EAGAIN)
			return r;
	}
	return -EAGAIN;
}

/* Makes the epoll descriptor readable, for who waits there and for the sets above it. */
static int
ring(struct waitable *waitable)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };

	if (waitable->epoll < 0 || waitable->bell >= 0)
		return 0;
	waitable->bell = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	if (waitable->bell < 0)
		return -errno;
	return epoll_ctl(waitable->epoll, EPOLL_CTL_ADD, waitable->bell, &event) < 0 ? -errno : 0;
}

int
receive_put_back(struct receive *receive, struct transom_message **message)
{
	int r = ring(&receive->waitable);

	if (r < 0)
		return r;
	if (!message) {
		receive->once_ended++;
		return 0;
	}
	receive->pending = *message;
	*message = NULL;
	return 0;
}

int
waitable_prepare(struct waitable *waitable)
{
	if (waitable->epoll >= 0)
		return 0;
	waitable->epoll = epoll_create1(EPOLL_CLOEXEC);
	return waitable->epoll < 0 ? -errno : 0;
}

int
receive_prepare_wait(struct receive *receive)
{
	int r;

	if (receive->waitable.epoll >= 0)
		return 0;
	r = waitable_prepare(&receive->waitable);
	for (struct queue *queue = receive->queues; r == 0 && queue; queue = queue->next)
		r = poll_queue(receive, queue);
	if (r == 0 && (receive->pending || receive->once_ended))
		r = ring(&receive->waitable);
	if (r < 0) {
		receive->waitable.epoll = fd_close(receive->waitable.epoll);
		receive->waitable.bell = fd_close(receive->waitable.bell);
	}
	return r;
}

/*
 * Those who wait see the state when they wake, and leave. If no descriptor is left for the bell, they see it
 * when they look again: nobody sleeps longer than a second at a time.
 */
void
waitable_end(struct waitable *waitable, enum waitable_state state)
{
	waitable->state = state;
	if (waitable->references > 1)
		ring(waitable);
}

void
receive_empty(struct receive *receive)
{
	receive_leave_sets(receive);
	while (receive->queues)
		receive_remove_queue(receive, receive->queues);
	receive->pending = transom_message_unref(receive->pending);
	receive->once_ended = 0;
	request_cancel(&receive->no_senders);
	request_cancel(&receive->destroyed);
}

/* Its sender is then whoever moves the receive right: the kernel tells nothing else. */
int
receive_flush_pending(struct receive *receive)
{
	struct transom_right rights[TRANSOM_PORT_MAX_RIGHTS];
	struct transom_message *message = receive->pending;
	size_t size, count = transom_message_get_right_count(message);
	const void *bytes = transom_message_get_bytes(message, &size);
	int in, out, r;
	struct queue *queue;

	if (!message)
		return 0;
	for (size_t i = 0; i < count; i++)
		rights[i] = (struct transom_right){ transom_message_get_right(message, i),
						    transom_message_get_right_kind(message, i) };
	r = transom_port_create(NULL, &in, &out);
	if (r < 0)
		return r;
	r = transom_port_send(out, bytes, size, rights, count, 0);
	fd_close(out);
	if (r < 0) {
		fd_close(in);
		return r;
	}
	r = receive_add_queue(receive, QUEUE_LEFTOVER, in, -1, 0, &queue);
	if (r < 0)
		return r;
	if (receive->queues != queue) { /* it is the last one; it must be the first */
		struct queue *last = receive->queues;

		while (last->next != queue)
			last = last->next;
		last->next = NULL;
		queue->next = receive->queues;
		receive->queues = queue;
	}
	receive->pending = transom_message_unref(message);
	receive->waitable.bell = fd_close(receive->waitable.bell);
	return 0;
}
