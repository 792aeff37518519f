/* stop.c - being asked to end: signals become a flag and a readable descriptor. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "stop.h"

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
static atomic_int asked; /* the signal, or -1 for stop_ask() */
static int event = -1;

static void
raise_flag(int why)
{
	const uint64_t one = 1;
	ssize_t written;

	atomic_store(&asked, why);
	written = write(event, &one, sizeof(one));
	(void)written; /* full is readable too */
}

static void
on_signal(int number)
{
	const int saved = errno;

	raise_flag(number);
	errno = saved;
}

void
stop_listen(void)
{
	/* SA_RESETHAND: the second one kills. */
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int)(SA_RESETHAND | SA_RESTART) };
	struct sigaction before;

	event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		/* What our parent ignores (nohup) stays ignored. */
		if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler == SIG_IGN)
			continue;
		sigaction(signals[i], &action, NULL);
	}
	signal(SIGPIPE, SIG_IGN);
}

bool
stop_is_asked(void)
{
	return atomic_load_explicit(&asked, memory_order_relaxed) != 0;
}

int
stop_get_fd(void)
{
	return event;
}

int
stop_get_signal(void)
{
	const int why = atomic_load(&asked);

	return why > 0 ? why : 0;
}

void
stop_ask(void)
{
	raise_flag(-1);
}

int
stop_wait(int fd, int timeout_ms)
{
	struct pollfd wait[2] = { { .fd = event, .events = POLLIN }, { .fd = fd, .events = POLLIN } };
	int r;

	do {
		r = poll(wait, 2, timeout_ms);
	} while (r < 0 && errno == EINTR && !stop_is_asked());
	if (stop_is_asked())
		return -EINTR;
	if (r < 0)
		return -errno;
	return wait[1].revents != 0;
}
