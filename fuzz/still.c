/* still.c - stands in for src/deadline.c and src/service.c, and for what sleeps: see still.h. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "deadline-private.h"
#include "fuzz.h"
#include "service-private.h"
#include "still.h"

enum {
	/* What a look at the clock takes: who spins until a time comes to an end. */
	LOOK_NS = 20000,
	/* A service that is called more often than this is called for nothing. */
	MOST_CALLS = 20000,
};

static int64_t now = 1000000000000;
static bool (*others)(void);
static bool in_turn;

void
still_set_others(bool (*turn)(void))
{
	others = turn;
}

void
still_pass_time(int64_t nanoseconds)
{
	now += nanoseconds;
}

/* Something happens while the library waits; false: nothing ever will. */
static bool
let_others_go_on(void)
{
	bool any = still_serve();

	if (others && !in_turn) {
		in_turn = true;
		any |= others();
		in_turn = false;
	}
	return any;
}

static void
wait_until(int64_t deadline)
{
	insist(deadline != DEADLINE_NEVER);
	now = deadline > now ? deadline : now;
}

/* deadline-private.h */

int64_t
deadline_now(void)
{
	return now += LOOK_NS;
}

int64_t
deadline_after(int timeout_ms)
{
	return timeout_ms < 0 ? DEADLINE_NEVER : deadline_now() + (int64_t)timeout_ms * 1000000;
}

int
deadline_remaining_ms(int64_t deadline)
{
	int64_t left;

	if (deadline == DEADLINE_NEVER)
		return -1;
	left = deadline - deadline_now();
	left = left > 0 ? (left + 999999) / 1000000 : 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

int
deadline_poll(int fd, short events, int64_t deadline)
{
	struct pollfd entry = { .fd = fd, .events = events };

	for (;;) {
		int n = poll(&entry, 1, 0);

		if (n > 0)
			return entry.revents & POLLNVAL ? -EBADF : 1;
		if (deadline_remaining_ms(deadline) == 0)
			return 0;
		if (!let_others_go_on())
			wait_until(deadline);
	}
}

/* service-private.h */

struct service {
	int fd;
	void (*ready)(void *context);
	void *context;
	struct service *next;
};

static struct service *services;
static int epoll = -1;

int
__real_epoll_wait(int epoll, struct epoll_event *events, int room, int timeout_ms);
int
__wrap_epoll_wait(int epoll, struct epoll_event *events, int room, int timeout_ms);

int
service_add(int fd, uint32_t events, void (*ready)(void *context), void *context, struct service **ret)
{
	struct service *service = calloc(1, sizeof(*service));
	struct epoll_event event = { .events = events, .data.ptr = service };

	insist(service);
	if (epoll < 0)
		epoll = epoll_create1(EPOLL_CLOEXEC);
	*service = (struct service){ fd, ready, context, services };
	services = service;
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
		int r = -errno;

		service_remove(service);
		return r;
	}
	*ret = service;
	return 0;
}

void
service_change(struct service *service, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = service };

	insist(epoll_ctl(epoll, EPOLL_CTL_MOD, service->fd, &event) == 0);
}

void
service_remove(struct service *service)
{
	for (struct service **s = &services; service && *s; s = &(*s)->next) {
		if (*s != service)
			continue;
		epoll_ctl(epoll, EPOLL_CTL_DEL, service->fd, NULL);
		*s = service->next;
		free(service);
		break;
	}
	if (!services && epoll >= 0) {
		close(epoll);
		epoll = -1;
	}
}

void
service_pause(void)
{
	still_pass_time(5000000);
}

static void
call(const void *which)
{
	for (struct service *s = services; s; s = s->next)
		if (s == which) {
			s->ready(s->context);
			return;
		}
}

bool
still_serve(void)
{
	static bool serving;
	struct epoll_event event;
	int calls = 0;

	if (serving) /* from a call itself: the thread is one */
		return false;
	serving = true;
	for (; epoll >= 0 && __real_epoll_wait(epoll, &event, 1, 0) > 0; calls++) {
		insist(calls < MOST_CALLS);
		call(event.data.ptr);
	}
	serving = false;
	return calls > 0;
}

/* What else sleeps. */

int
__wrap_epoll_wait(int set, struct epoll_event *events, int room, int timeout_ms)
{
	int64_t deadline = deadline_after(timeout_ms);

	for (;;) {
		int n = __real_epoll_wait(set, events, room, 0);

		if (n || deadline_remaining_ms(deadline) == 0)
			return n;
		if (!let_others_go_on())
			wait_until(deadline);
	}
}

void
__wrap_stream_futex_wait(const _Atomic uint32_t *word, uint32_t expected, int64_t deadline);

void
__wrap_stream_futex_wait(const _Atomic uint32_t *word, uint32_t expected, int64_t deadline)
{
	while (atomic_load(word) == expected && deadline_now() < deadline)
		if (!let_others_go_on())
			wait_until(deadline);
}

int
__wrap_nanosleep(const struct timespec *time, struct timespec *left);

int
__wrap_nanosleep(const struct timespec *time, struct timespec *left)
{
	let_others_go_on();
	still_pass_time(time->tv_sec * 1000000000 + time->tv_nsec);
	return 0;
}

/* Memory that changes between two looks at it. */

static unsigned loads_left;
static void (*change)(void);

void
still_change_after(unsigned loads, void (*to_call)(void))
{
	loads_left = loads;
	change = to_call;
}

void
still_look(void);

void
still_look(void)
{
	void (*call_now)(void) = change;

	if (!change || loads_left-- > 0)
		return;
	change = NULL;
	call_now();
}
