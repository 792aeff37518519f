/* subscriber-follow.c - finding a publisher by its name, now or when it comes; the joining itself is stream-link.c's. */
#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>

#include "deadline-private.h"
#include "subscriber-private.h"

enum {
	/* Between two tries to reach a publisher whose name is there but who does not answer. */
	RETRY_MS = 20,
};

int
subscriber_watch_names(struct transom_subscriber *subscriber)
{
	struct epoll_event event = { .events = EPOLLIN };
	int r;

	if (subscriber->watch)
		return 0;
	r = name_watch_create(STREAM_FOLDER, &subscriber->watch);
	if (r == 0)
		epoll_ctl(subscriber->epoll, EPOLL_CTL_ADD, transom_name_watch_get_fd(subscriber->watch),
			  &event);
	return r;
}

static void
unwatch_names(struct transom_subscriber *subscriber)
{
	if (!subscriber->watch)
		return;
	epoll_ctl(subscriber->epoll, EPOLL_CTL_DEL, transom_name_watch_get_fd(subscriber->watch), NULL);
	subscriber->watch = transom_name_watch_unref(subscriber->watch);
}

int
subscriber_connect(struct transom_subscriber *subscriber, int64_t deadline)
{
	int socket = -1, r;

	r = name_connect(STREAM_FOLDER, subscriber->name, deadline, &socket);
	if (r < 0)
		return r;
	return subscriber_join(subscriber, socket, deadline);
}

/*
 * How long a publisher that has come again may take to answer: not beyond the caller's own time, but for who
 * does not wait, and would never subscriber_join if the answer had to be there at once.
 */
static int64_t
choose_joining(const struct transom_subscriber *subscriber, int timeout_ms, int64_t deadline)
{
	int64_t joining = deadline_after(timeout_ms ? (int)subscriber->options.timeout_ms : PATIENCE_MS);

	return timeout_ms && deadline < joining ? deadline : joining;
}

/* Without a link: waits until the name appears, and joins. 0, -EAGAIN, -ETIMEDOUT. */
int
subscriber_follow(struct transom_subscriber *subscriber, int timeout_ms, int64_t deadline)
{
	struct transom_name_event event;
	int r;

	for (;;) {
		int64_t soon = deadline_after(RETRY_MS);

		r = subscriber_watch_names(subscriber); /* first: who appears after the try is not missed */
		if (r < 0)
			return r;
		while (transom_name_watch_next(subscriber->watch, 0, &event) == 0)
			;
		r = subscriber_connect(subscriber, choose_joining(subscriber, timeout_ms, deadline));
		if (r == 0) {
			unwatch_names(subscriber);
			return 0;
		}
		if (r != -ENOENT && r != -EPIPE && r != -EAGAIN && r != -ETIMEDOUT)
			return r;
		if (timeout_ms == 0)
			return -EAGAIN;
		/* A name that is there but refuses, hangs up, or does not answer, is tried again soon. */
		r = deadline_poll(transom_name_watch_get_fd(subscriber->watch), POLLIN,
				  r == -ENOENT || soon > deadline ? deadline : soon);
		if (r < 0)
			return r;
		if (r == 0 && deadline_remaining_ms(deadline) == 0)
			return -ETIMEDOUT;
	}
}
