/* reader.c - joins a stream and gets its frames, with Ctrl-C heard in every wait. */
#include <errno.h>
#include <time.h>

#include "complain.h"
#include "number.h"
#include "reader.h"
#include "stop.h"

enum {
	SLICE_MS = 50, /* between two looks whether Ctrl-C came, or the stream did */
	LONGEST_QUEUE = 4000,
};

enum { KEY_LATEST = 0x200, KEY_EVERY, KEY_FOLLOW, KEY_QUEUE, KEY_WAIT, KEY_TIMEOUT };

static const struct argp_option options[] = {
	{ "every", KEY_EVERY, NULL, 0, "each frame, in order: a publisher that waits is slowed down", 10 },
	{ "latest", KEY_LATEST, NULL, 0, "always the newest frame: what there is no time for is missed", 10 },
	{ "queue", KEY_QUEUE, "FRAMES", 0, "with --every: how many unread frames are kept", 10 },
	{ "follow", KEY_FOLLOW, NULL, 0, "go on when the publisher ends and another one comes", 10 },
	{ "wait", KEY_WAIT, "SECONDS", 0, "wait so long for the stream if it is not there yet", 10 },
	{ "timeout", KEY_TIMEOUT, "SECONDS", 0, "give up when no frame comes for so long", 10 },
	{ 0 },
};

static error_t
parse(int key, char *argument, struct argp_state *state)
{
	struct reader_options *reader = state->input;

	switch (key) {
	case KEY_LATEST:
		reader->every = false;
		return 0;
	case KEY_EVERY:
		reader->every = true;
		return 0;
	case KEY_FOLLOW:
		reader->follow = true;
		return 0;
	case KEY_QUEUE:
		reader->queue = (uint32_t)number_parse(state, "--queue", argument, 1, LONGEST_QUEUE);
		return 0;
	case KEY_WAIT:
		reader->wait_ns = number_parse_time(state, "--wait", argument);
		return 0;
	case KEY_TIMEOUT:
		reader->timeout_ns = number_parse_time(state, "--timeout", argument);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp reader_argp = { .options = options, .parser = parse };

static int64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000 + now.tv_nsec;
}

static int
try_join(struct reader *reader, const struct transom_subscriber_options *join)
{
	if (reader->name.fd >= 0)
		return transom_subscriber_create_from_fd(reader->name.fd, join, &reader->subscriber);
	return transom_subscriber_create(join, &reader->subscriber);
}

int
reader_join(struct reader *reader, const char *name, const struct reader_options *wish, uint32_t held)
{
	struct transom_subscriber_options join = {
		.size = sizeof(join),
		.mode = wish->every ? TRANSOM_SUBSCRIBER_EVERY : TRANSOM_SUBSCRIBER_LATEST,
		.queue = wish->queue,
		.held = held,
		.least_held = 1,
	};
	const int64_t until = now_ns() + wish->wait_ns;
	int r;

	*reader = (struct reader){ .timeout_ns = wish->timeout_ns };
	r = stream_name_choose(name, &reader->name);
	if (r != 0)
		return r;
	join.name = reader->name.name;
	if (wish->follow && reader->name.fd < 0)
		join.flags |= TRANSOM_SUBSCRIBER_FOLLOW;
	while ((r = try_join(reader, &join)) == -ENOENT && now_ns() < until) {
		if (stop_wait(-1, SLICE_MS) == -EINTR)
			return EXIT_SIGNALLED + stop_get_signal();
	}
	return r < 0 ? stream_name_complain(&reader->name, r) : EXIT_DONE;
}

int
reader_acquire(struct reader *reader, struct transom_frame **ret)
{
	const int64_t begin = now_ns();
	int r;

	while (!stop_is_asked()) {
		r = transom_subscriber_acquire(reader->subscriber, SLICE_MS, ret);
		if (r != -ETIMEDOUT)
			return r;
		if (reader->timeout_ns > 0 && now_ns() - begin >= reader->timeout_ns)
			return -ETIMEDOUT;
	}
	return -EINTR;
}

int
reader_complain(const struct reader *reader, int error)
{
	if (error == -ETIMEDOUT)
		return complain(EXIT_TIMED_OUT, "stream \"%s\" shows no frame", reader->name.name);
	if (error == -EPIPE)
		return complain(EXIT_ENDED, "stream \"%s\" has ended", reader->name.name);
	return stream_name_complain(&reader->name, error);
}

void
reader_leave(struct reader *reader)
{
	reader->subscriber = transom_subscriber_unref(reader->subscriber);
}
