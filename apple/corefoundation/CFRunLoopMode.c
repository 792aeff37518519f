/* CFRunLoopMode.c - one mode of a run loop: what is in it, and the wait for it. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "CFRunLoop-private.h"

#define ID_WAKE 1
#define ID_TIMER 2
#define ID_FIRST 3 /* of registrations */
#define WITHOUT_EPOLL_MS 5 /* how often is looked where descriptors have run out */

const CFArrayCallBacks run_loop_item_callbacks = { 0, cf_retain_callback, cf_release_callback,
						   CFCopyDescription, NULL };

struct run_loop_mode *
mode_create(CFStringRef name)
{
	struct run_loop_mode *mode = calloc(1, sizeof(*mode));

	if (!mode)
		return NULL;
	mode->epoll_fd = mode->wake_fd = mode->timer_fd = -1;
	mode->name = CFStringCreateCopy(kCFAllocatorSystemDefault, name);
	for (int kind = 0; kind < ITEM_KINDS; kind++)
		mode->items[kind] =
			CFArrayCreateMutable(kCFAllocatorSystemDefault, 0, &run_loop_item_callbacks);
	if (!mode->name || !mode->items[0] || !mode->items[1] || !mode->items[2]) {
		mode_destroy(mode);
		return NULL;
	}
	return mode;
}

static void
close_if_open(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void
close_all(struct run_loop_mode *mode)
{
	close_if_open(&mode->epoll_fd);
	close_if_open(&mode->wake_fd);
	close_if_open(&mode->timer_fd);
}

void
mode_destroy(struct run_loop_mode *mode)
{
	close_all(mode);
	for (size_t i = 0; i < mode->registration_count; i++)
		close_if_open(&mode->registrations[i].fd);
	for (int kind = 0; kind < ITEM_KINDS; kind++)
		CFRelease(mode->items[kind]);
	CFRelease(mode->name);
	free(mode->registrations);
	free(mode);
}

static bool
watch(const struct run_loop_mode *mode, int fd, uint64_t id)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = id };

	return fd >= 0 && epoll_ctl(mode->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void
add_registration(struct run_loop_mode *mode, CFRunLoopSourceRef source, int fd)
{
	static uint64_t last_id = ID_FIRST;
	struct registration *more =
		realloc(mode->registrations, (mode->registration_count + 1) * sizeof(*more));

	if (!more) {
		close(fd);
		return;
	}
	mode->registrations = more;
	more += mode->registration_count++;
	*more = (struct registration){ .source = source, .fd = fd, .id = last_id++ };
	if (mode->epoll_fd >= 0)
		watch(mode, fd, more->id);
}

static void
remove_registration(struct run_loop_mode *mode, struct run_loop_item *source)
{
	for (size_t i = 0; i < mode->registration_count; i++) {
		struct registration *registration = &mode->registrations[i];

		if ((struct run_loop_item *)registration->source != source)
			continue;
		/* Not by closing alone: a child may have the descriptor too. */
		if (mode->epoll_fd >= 0 && registration->fd >= 0)
			epoll_ctl(mode->epoll_fd, EPOLL_CTL_DEL, registration->fd, NULL);
		close_if_open(&registration->fd);
		*registration = mode->registrations[--mode->registration_count];
		return;
	}
}

static CFRange
all_of(CFArrayRef array)
{
	return CFRangeMake(0, CFArrayGetCount(array));
}

bool
mode_contains(const struct run_loop_mode *mode, enum item_kind kind, const struct run_loop_item *item)
{
	return CFArrayContainsValue(mode->items[kind], all_of(mode->items[kind]), item);
}

bool
mode_add(struct run_loop_mode *mode, enum item_kind kind, struct run_loop_item *item, int fd)
{
	CFMutableArrayRef items = mode->items[kind];
	CFIndex index = 0;

	if (mode_contains(mode, kind, item)) {
		close_if_open(&fd);
		return false;
	}
	while (index < CFArrayGetCount(items) &&
	       ((const struct run_loop_item *)CFArrayGetValueAtIndex(items, index))->order <= item->order)
		index++;
	CFArrayInsertValueAtIndex(items, index, item);
	if (fd >= 0)
		add_registration(mode, (CFRunLoopSourceRef)item, fd);
	return true;
}

bool
mode_remove(struct run_loop_mode *mode, enum item_kind kind, struct run_loop_item *item)
{
	CFIndex index = CFArrayGetFirstIndexOfValue(mode->items[kind], all_of(mode->items[kind]), item);

	if (index == kCFNotFound)
		return false;
	if (kind == ITEM_SOURCE)
		remove_registration(mode, item);
	CFArrayRemoveValueAtIndex(mode->items[kind], index);
	return true;
}

bool
mode_is_empty(const struct run_loop_mode *mode)
{
	return CFArrayGetCount(mode->items[ITEM_SOURCE]) == 0 &&
	       CFArrayGetCount(mode->items[ITEM_TIMER]) == 0;
}

void
mode_settle(struct run_loop_mode *mode)
{
	if (mode_is_empty(mode))
		close_all(mode);
}

void
mode_wake(struct run_loop_mode *mode)
{
	uint64_t one = 1;

	if (mode->wake_fd >= 0)
		(void)!write(mode->wake_fd, &one, sizeof(one));
}

/* All descriptors, or none: then mode_wait() does without. */
static void
open_all(struct run_loop_mode *mode)
{
	mode->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	mode->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	mode->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	mode->armed = INT64_MAX;
	mode->generation = run_loop_generation();
	if (mode->epoll_fd < 0 || !watch(mode, mode->wake_fd, ID_WAKE) ||
	    !watch(mode, mode->timer_fd, ID_TIMER)) {
		close_all(mode);
		return;
	}
	for (size_t i = 0; i < mode->registration_count; i++)
		watch(mode, mode->registrations[i].fd, mode->registrations[i].id);
}

/* A timer that goes off too early costs one look, and setting it at each wait would cost a system call at each. */
static void
arm(struct run_loop_mode *mode, int64_t deadline)
{
	int64_t at = deadline > 0 ? deadline : 1; /* 0 would disarm */
	struct itimerspec when = { .it_value = { .tv_sec = at / 1000000000, .tv_nsec = at % 1000000000 } };

	if (deadline >= mode->armed)
		return;
	timerfd_settime(mode->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
	mode->armed = deadline;
}

void
mode_prepare(struct run_loop_mode *mode, int64_t deadline)
{
	if (mode->epoll_fd >= 0 && mode->generation != run_loop_generation())
		close_all(mode); /* a child shares them with its parent */
	if (mode->epoll_fd < 0)
		open_all(mode);
	mode->armed = mode->epoll_fd < 0 ? deadline : mode->armed;
	if (mode->epoll_fd >= 0)
		arm(mode, deadline);
}

/* Looks at each descriptor now and then. The lock is the caller's again for a moment, to copy them. */
static uint64_t
wait_without_epoll(struct run_loop_mode *mode, bool may_block)
{
	int64_t left = (mode->armed - run_loop_now()) / 1000000;
	int timeout = !may_block || left <= 0 ? 0 : left < WITHOUT_EPOLL_MS ? (int)left : WITHOUT_EPOLL_MS;
	struct pollfd *polls;
	size_t count;
	uint64_t ready = 0;

	run_loops_lock();
	count = mode->registration_count;
	polls = calloc(count + 1, sizeof(*polls));
	for (size_t i = 0; polls && i < count; i++)
		polls[i] = (struct pollfd){ .fd = mode->registrations[i].fd, .events = POLLIN };
	run_loops_unlock();
	if (poll(polls, polls ? count : 0, timeout) > 0) {
		run_loops_lock();
		for (size_t i = 0; i < count && i < mode->registration_count && !ready; i++)
			if (polls[i].revents && polls[i].fd == mode->registrations[i].fd)
				ready = mode->registrations[i].id;
		run_loops_unlock();
	}
	free(polls);
	return ready;
}

uint64_t
mode_wait(struct run_loop_mode *mode, bool may_block)
{
	struct epoll_event event;
	uint64_t count;

	if (mode->epoll_fd < 0)
		return wait_without_epoll(mode, may_block);
	if (epoll_wait(mode->epoll_fd, &event, 1, may_block ? -1 : 0) != 1)
		return 0;
	if (event.data.u64 >= ID_FIRST)
		return event.data.u64;
	(void)!read(event.data.u64 == ID_WAKE ? mode->wake_fd : mode->timer_fd, &count, sizeof(count));
	if (event.data.u64 == ID_TIMER)
		mode->armed = INT64_MAX; /* it has gone off */
	return 0;
}

CFRunLoopSourceRef
mode_dup_source(struct run_loop_mode *mode, uint64_t id)
{
	for (size_t i = 0; i < mode->registration_count; i++)
		if (mode->registrations[i].id == id)
			return (CFRunLoopSourceRef)CFRetain(mode->registrations[i].source);
	return NULL;
}

CFArrayRef
mode_dup_items(const struct run_loop_mode *mode, enum item_kind kind)
{
	CFMutableArrayRef copy;

	if (CFArrayGetCount(mode->items[kind]) == 0)
		return NULL;
	copy = CFArrayCreateMutableCopy(kCFAllocatorSystemDefault, 0, mode->items[kind]);
	return copy;
}
