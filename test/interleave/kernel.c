/*
 * kernel.c - what the library's other files, and the kernel, are to the code that is explored: sockets that count messages,
 * a futex, a poll, a mutex, a clock; and much that is never reached, which ends the test.
 */
#include <errno.h>
#include <stdlib.h>

#include "../harness.h"
#include "calls.h"
#include "deadline-private.h"
#include "world-private.h"

/* Messages. A socket keeps their number, since all that are sent here say STREAM_WAKE or STREAM_BYE. */

static struct reader *
reader_of(int end)
{
	unsigned i = (unsigned)(end >= SUBSCRIBER_END ? end - SUBSCRIBER_END : end - PUBLISHER_END);

	check(i < count_readers());
	return &readers[i];
}

int
stream_send(int socket, enum stream_message_type type, void *message, size_t size, const int *fds,
	    unsigned fd_count, int64_t deadline)
{
	struct reader *reader = reader_of(socket);

	explore_point("sends a message");
	explore_barrier();
	if (socket >= SUBSCRIBER_END)
		reader->to_publisher++;
	else
		reader->to_subscriber++;
	return 0;
}

int
stream_receive(int socket, int64_t deadline, union stream_message *ret, struct wire_delivery *ret_delivery)
{
	struct reader *reader = reader_of(socket);

	explore_point("receives messages");
	explore_barrier();
	check(socket < SUBSCRIBER_END);
	ret_delivery->fd_count = 0;
	ret->header.type = STREAM_WAKE;
	if (!reader->to_publisher)
		return -EAGAIN;
	reader->to_publisher--;
	return 0;
}

int
subscriber_read_messages(struct transom_subscriber *subscriber)
{
	struct reader *reader = reader_of(subscriber->link->socket);

	explore_point("receives messages");
	explore_barrier();
	reader->to_subscriber = 0;
	return reader->shut ? -EPIPE : 0;
}

int
subscriber_read_message(struct transom_subscriber *subscriber, int64_t deadline)
{
	explore_fail("a frame is in a buffer that was not introduced");
}

/* Waiting */

static struct reader *
reader_of_card(const _Atomic uint32_t *word)
{
	for (unsigned i = 0; i < count_readers(); i++)
		if (&readers[i].link.card->waiting == word)
			return &readers[i];
	abort();
}

static bool
is_awake(void *argument)
{
	return !((const struct reader *)argument)->asleep;
}

void
stream_futex_wait(const _Atomic uint32_t *word, uint32_t expected, int64_t deadline)
{
	struct reader *reader = reader_of_card(word);

	explore_point("is about to sleep");
	explore_barrier();
	if (explore_peek(word, sizeof(*word)) != expected)
		return;
	reader->asleep = true;
	explore_wait(is_awake, reader, "sleeps");
}

void
stream_futex_wake(const _Atomic uint32_t *word)
{
	struct reader *reader = reader_of_card(word);

	explore_point("wakes a sleeper");
	explore_barrier();
	reader->asleep = false;
}

static bool bell;

static bool
has_news(void *argument)
{
	bool any = bell;

	for (unsigned i = 0; i < count_readers(); i++)
		any |= readers[i].to_publisher > 0;
	return any;
}

int
explore_epoll_wait(int epoll, struct epoll_event *events, int count, int timeout)
{
	int n = 0;

	explore_wait(has_news, NULL, "waits for a buffer");
	if (bell)
		events[n++] = (struct epoll_event){ .events = EPOLLIN, .data.ptr = NULL };
	for (unsigned i = 0; i < count_readers(); i++)
		if (readers[i].to_publisher)
			events[n++] = (struct epoll_event){ .events = EPOLLIN, .data.ptr = &peers[i] };
	return n;
}

int
explore_epoll_ctl(int epoll, int what, int fd, struct epoll_event *event)
{
	return 0;
}

ssize_t
explore_read(int fd, void *buffer, size_t size)
{
	check_eq(fd, BELL_FD);
	bell = false;
	return (ssize_t)size;
}

ssize_t
explore_write(int fd, const void *buffer, size_t size)
{
	check_eq(fd, BELL_FD);
	bell = true;
	return (ssize_t)size;
}

/* One lock, the publisher's. */
static bool locked;
static unsigned owner; /* the last */

static bool
is_unlocked(void *argument)
{
	return !locked;
}

/* To lock it is a barrier on x86, and elsewhere orders no more than those who have the lock. */
int
explore_mutex_lock(pthread_mutex_t *mutex)
{
	if (locked)
		explore_wait(is_unlocked, NULL, "waits for the lock");
	explore_point("locks");
	if (locked)
		return explore_mutex_lock(mutex);
	if (!explore_is_weak())
		explore_barrier();
	explore_follow(owner);
	owner = explore_get_party();
	locked = true;
	return 0;
}

int
explore_mutex_unlock(pthread_mutex_t *mutex)
{
	locked = false;
	return 0;
}

static int64_t now;

void
kernel_begin(void)
{
	bell = locked = false;
	owner = PUBLISHER;
	now = 1;
}

int
explore_yield(void)
{
	explore_point("yields");
	return 0;
}

/* Each look at the clock takes a millisecond, so that nobody looks for something twice before it waits. */
int64_t
deadline_now(void)
{
	return now += 1000000;
}

int64_t
deadline_after(int timeout_ms)
{
	return timeout_ms < 0 ? DEADLINE_NEVER : deadline_now() + (int64_t)timeout_ms * 1000000;
}

int
deadline_remaining_ms(int64_t deadline)
{
	return -1;
}

int
service_add(int fd, uint32_t events, void (*ready)(void *context), void *context, struct service **ret)
{
	struct reader *reader = reader_of(fd);

	explore_point("has the service watch");
	reader->told = ready;
	*ret = (void *)reader;
	return 0;
}

/* Surfaces and buffers have no memory here. */

struct transom_surface *
transom_surface_ref(struct transom_surface *surface)
{
	return surface;
}

struct transom_surface *
transom_surface_unref(struct transom_surface *surface)
{
	return NULL;
}

struct transom_surface *
transom_pixel_buffer_get_surface(const struct transom_pixel_buffer *buffer)
{
	return (struct transom_surface *)(uintptr_t)buffer;
}

unsigned
surface_get_grants(const struct transom_surface *surface)
{
	return 0;
}

/* The objects are of this process. */

unsigned
fork_generation(void)
{
	return 0;
}

int
publisher_check(struct transom_publisher *checked)
{
	return 0;
}

struct stream_guard *
stream_guard_ref(struct stream_guard *guard)
{
	return guard;
}

struct stream_guard *
stream_guard_unref(struct stream_guard *guard)
{
	return NULL;
}

void
wire_drop(struct wire_delivery *delivery)
{
}

void
use_watch_remove(struct use_watch_entry *entry)
{
}
