/* subscriber.c - the side of a stream that reads: its life, and acquire with all that it may take. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "deadline-private.h"
#include "fd-private.h"
#include "subscriber-private.h"

enum { DEFAULT_TIMEOUT_MS = 5000 };

static struct fork_list subscribers = FORK_LIST_EMPTY;

static void
before_fork(void)
{
	fork_list_lock(&subscribers);
}

static void
after_fork_in_parent(void)
{
	fork_list_unlock(&subscribers);
}

/* The child must not keep a reader alive, nor surfaces in use, and has not inherited its card. */
static void
after_fork_in_child(void)
{
	for (struct link *l = subscribers.first; l; l = l->next) {
		struct transom_subscriber *s = LINK_OBJECT(l, struct transom_subscriber, link_of_all);

		s->epoll = fd_close(s->epoll);
		for (unsigned i = 0; i < TRANSOM_STREAM_MAX_HELD; i++)
			stream_guard_abandon(s->frames[i].guard);
		for (uint32_t i = 0; s->link && i < s->link->known_count; i++)
			stream_guard_abandon(s->link->known[i].guard);
		if (s->link) {
			s->link->socket = fd_close(s->link->socket);
			s->link->board = NULL;
			s->link->page = NULL;
			s->link->card = NULL;
		}
	}
	fork_list_unlock_in_child(&subscribers);
}

__attribute__((constructor)) static void
register_fork_handlers(void)
{
	pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

/* Nothing more comes: surfaces from elsewhere are kept in use for frames that are held alone. */
static void
give_up_link(struct stream_link *link, int error)
{
	if (!link->error)
		link->error = error;
	for (uint32_t i = 0; i < link->known_count; i++)
		link->known[i].guard = stream_guard_unref(link->known[i].guard);
}

int
transom_subscriber_acquire(struct transom_subscriber *subscriber, int timeout_ms, struct transom_frame **ret)
{
	int64_t deadline = 0;
	int r;

	if (!subscriber || !ret)
		return -EINVAL;
	if (subscriber->generation != fork_generation())
		return -ECHILD;
	for (bool first = true;; first = false) {
		if (subscriber->link) {
			r = subscriber_try_acquire(subscriber, ret);
			if (r == 0 || r == -E2BIG)
				return r;
			/* The steady state ends here: what follows may make system calls. */
			if (first)
				deadline = deadline_after(timeout_ms);
			if (r == -EAGAIN)
				r = subscriber_wait(subscriber, timeout_ms, deadline);
			/* What was published between the last look and the end is there, and nothing more comes. */
			if (r == -EPIPE && subscriber_is_news(subscriber) &&
			    subscriber_try_acquire(subscriber, ret) == 0)
				return 0;
			if (r == 0)
				continue;
			if (r == -EAGAIN || r == -ETIMEDOUT || r == -EMFILE || r == -ENFILE || r == -ENOMEM)
				return r;
		} else {
			r = -EPIPE;
			if (first)
				deadline = deadline_after(timeout_ms);
		}
		if (r != -EPIPE || !(subscriber->options.flags & TRANSOM_SUBSCRIBER_FOLLOW)) {
			if (subscriber->link)
				give_up_link(subscriber->link, r);
			return r;
		}
		subscriber_end_link(subscriber);
		r = subscriber_follow(subscriber, timeout_ms, deadline);
		if (r < 0)
			return r;
	}
}

static int
check_options(const struct transom_subscriber_options *options)
{
	const uint32_t known = TRANSOM_SUBSCRIBER_FOLLOW | TRANSOM_SUBSCRIBER_BUSY_POLL |
			       TRANSOM_SUBSCRIBER_NO_THREAD | TRANSOM_SUBSCRIBER_PREFAULT;

	if (options->size < sizeof(*options) || options->flags & ~known ||
	    options->mode > TRANSOM_SUBSCRIBER_EVERY || options->least_held > options->held ||
	    options->timeout_ms > INT32_MAX)
		return -EINVAL;
	return options->held > TRANSOM_STREAM_MAX_HELD ? -E2BIG : 0;
}

static int
new_subscriber(const struct transom_subscriber_options *options, struct transom_subscriber **ret)
{
	struct transom_subscriber *subscriber = calloc(1, sizeof(*subscriber));
	int r;

	if (!subscriber)
		return -ENOMEM;
	subscriber->generation = fork_generation();
	subscriber->options = *options;
	subscriber->options.name = NULL; /* the caller's */
	if (!options->timeout_ms)
		subscriber->options.timeout_ms = DEFAULT_TIMEOUT_MS;
	subscriber->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (subscriber->epoll < 0) {
		r = -errno;
		free(subscriber);
		return r;
	}
	fork_list_add(&subscribers, &subscriber->link_of_all);
	*ret = subscriber;
	return 0;
}

int
transom_subscriber_create(const struct transom_subscriber_options *options, struct transom_subscriber **ret)
{
	struct transom_subscriber *subscriber;
	int r;

	if (!options || !ret)
		return -EINVAL;
	r = check_options(options);
	if (r == 0)
		r = name_check(options->name);
	if (r == 0)
		r = new_subscriber(options, &subscriber);
	if (r < 0)
		return r;
	strcpy(subscriber->name, options->name);
	r = subscriber_connect(subscriber, deadline_after((int)subscriber->options.timeout_ms));
	if (r == -EPIPE)
		r = -ENOENT; /* the publisher went while it was asked */
	if (r == -ENOENT && options->flags & TRANSOM_SUBSCRIBER_FOLLOW)
		r = subscriber_watch_names(subscriber);
	if (r < 0) {
		transom_subscriber_unref(subscriber);
		return r;
	}
	*ret = subscriber;
	return 0;
}

int
transom_subscriber_create_from_fd(int socket, const struct transom_subscriber_options *options,
				  struct transom_subscriber **ret)
{
	static const struct transom_subscriber_options defaults = { .size = sizeof(defaults) };
	struct transom_subscriber *subscriber;
	int copy = -1, r;

	if (!ret)
		return -EINVAL;
	options = options ? options : &defaults;
	r = check_options(options);
	if (r == 0 && options->flags & TRANSOM_SUBSCRIBER_FOLLOW)
		r = -EINVAL; /* there is no name to subscriber_follow */
	if (r == 0)
		r = fd_dup(socket, &copy);
	if (r < 0)
		return r;
	r = new_subscriber(options, &subscriber);
	if (r < 0) {
		fd_close(copy);
		return r;
	}
	r = subscriber_join(subscriber, copy, deadline_after((int)subscriber->options.timeout_ms));
	if (r < 0) {
		transom_subscriber_unref(subscriber);
		return r;
	}
	*ret = subscriber;
	return 0;
}

struct transom_subscriber *
transom_subscriber_unref(struct transom_subscriber *subscriber)
{
	if (!subscriber)
		return NULL;
	fork_list_remove(&subscribers, &subscriber->link_of_all);
	for (unsigned i = 0; i < TRANSOM_STREAM_MAX_HELD; i++)
		transom_frame_release(&subscriber->frames[i]);
	if (subscriber->generation == fork_generation())
		subscriber_end_link(subscriber);
	else
		stream_link_free(subscriber->link);
	transom_name_watch_unref(subscriber->watch);
	fd_close(subscriber->epoll);
	free(subscriber);
	return NULL;
}

int
transom_subscriber_get_fd(struct transom_subscriber *subscriber)
{
	if (!subscriber)
		return -EINVAL;
	if (subscriber->generation != fork_generation())
		return -ECHILD;
	if (!subscriber->polled)
		subscriber_begin_polling(subscriber);
	return subscriber->epoll;
}

/* The counts are the parent's. */
static bool
is_own(const struct transom_subscriber *subscriber)
{
	return subscriber && subscriber->generation == fork_generation();
}

uint64_t
transom_subscriber_get_missed(const struct transom_subscriber *subscriber)
{
	return is_own(subscriber) ? subscriber->missed : 0;
}

uint32_t
transom_subscriber_get_granted(const struct transom_subscriber *subscriber)
{
	return is_own(subscriber) && subscriber->link ? subscriber->link->granted : 0;
}

int
transom_stream_list_create(struct transom_name_list **ret)
{
	return name_list_create(STREAM_FOLDER, ret);
}

int
transom_stream_watch_create(struct transom_name_watch **ret)
{
	return name_watch_create(STREAM_FOLDER, ret);
}
