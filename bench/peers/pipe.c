/*
 * pipe.c - raw frames through a named pipe for each reader, or through ffmpeg: the producer then has one pipe
 * to it, and ffmpeg one to each reader.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "peer.h"

enum { READERS = 128, PIPE_BYTES = 1 << 20 };

struct side {
	const struct setup *setup;
	unsigned count; /* of pipes that the producer writes to */
	bool ffmpeg;
	int pipes[READERS]; /* a reader has one */
	void *bytes;
	size_t got; /* bytes of the next frame that a reader has */
};

static void
make_path(const struct side *side, unsigned index, char *ret, size_t size)
{
	snprintf(ret, size, "%s/%s.%u", side->setup->folder, side->ffmpeg ? "in" : "out", index);
}

static void
close_side(void *pointer)
{
	struct side *side = pointer;

	for (unsigned i = 0; i < side->count; i++)
		if (side->pipes[i] >= 0)
			close(side->pipes[i]);
	free(side->bytes);
	free(side);
}

static struct side *
create_side(const struct setup *setup)
{
	struct side *side = calloc(1, sizeof(*side));

	if (!side)
		return NULL;
	side->setup = setup;
	for (unsigned i = 0; i < READERS; i++)
		side->pipes[i] = -1;
	side->bytes = aligned_alloc(4096, (setup->bytes + 4095) & ~(size_t)4095);
	if (!side->bytes) {
		free(side);
		return NULL;
	}
	return side;
}

static int
open_producer(const struct setup *setup, void **ret)
{
	struct side *side = create_side(setup);

	if (!side)
		return -ENOMEM;
	side->ffmpeg = !strcmp(setup->variant, "ffmpeg");
	side->count = side->ffmpeg ? 1 : setup->readers;
	if (side->count > READERS) {
		close_side(side);
		return -E2BIG;
	}
	*ret = side;
	return 0;
}

/* Readers come, and come again, when they like. */
static void
open_pipes(struct side *side)
{
	char path[256];

	for (unsigned i = 0; i < side->count; i++) {
		if (side->pipes[i] >= 0)
			continue;
		make_path(side, i, path, sizeof(path));
		side->pipes[i] = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
		if (side->pipes[i] >= 0)
			(void)fcntl(side->pipes[i], F_SETPIPE_SZ, PIPE_BYTES);
	}
}

static int
draw(void *pointer, void **ret)
{
	struct side *side = pointer;

	open_pipes(side);
	*ret = side->bytes;
	return 0;
}

/* A frame once begun must be written to its end, however long its reader takes. */
static int
write_frame(const struct side *side, int fd)
{
	struct pollfd poller = { .fd = fd, .events = POLLOUT };
	size_t done = 0;

	while (done < side->setup->bytes && !is_stopped()) {
		ssize_t r = write(fd, (const char *)side->bytes + done, side->setup->bytes - done);

		if (r > 0)
			done += (size_t)r;
		else if (errno == EAGAIN)
			poll(&poller, 1, PATIENCE_MS);
		else if (errno != EINTR)
			return -errno;
	}
	return 0;
}

static int
publish(void *pointer)
{
	struct side *side = pointer;

	for (unsigned i = 0; i < side->count; i++) {
		if (side->pipes[i] >= 0 && write_frame(side, side->pipes[i]) < 0) {
			close(side->pipes[i]);
			side->pipes[i] = -1;
		}
	}
	return 0;
}

static int
open_reader(const struct setup *setup, void **ret)
{
	struct side *side = create_side(setup);
	char path[256];

	if (!side)
		return -ENOMEM;
	side->count = 1;
	make_path(side, setup->index, path, sizeof(path));
	side->pipes[0] = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (side->pipes[0] < 0) {
		int error = errno;

		close_side(side);
		return -error;
	}
	(void)fcntl(side->pipes[0], F_SETPIPE_SZ, PIPE_BYTES);
	*ret = side;
	return 0;
}

static int
acquire(void *pointer, struct received *ret)
{
	struct side *side = pointer;
	struct pollfd poller = { .fd = side->pipes[0], .events = POLLIN };

	while (side->got < side->setup->bytes && !is_stopped()) {
		ssize_t r =
			read(side->pipes[0], (char *)side->bytes + side->got, side->setup->bytes - side->got);

		if (r > 0) {
			side->got += (size_t)r;
			continue;
		}
		/* Without a writer there is nothing to wait for; one that comes again goes on anew. */
		if (r == 0)
			side->got = 0;
		if (r == 0)
			wait_until(now_ns() + 1000000, false);
		else if (errno == EAGAIN && poll(&poller, 1, PATIENCE_MS) == 0)
			return -EAGAIN;
		else if (errno != EAGAIN && errno != EINTR)
			return -errno;
	}
	if (side->got < side->setup->bytes)
		return -EAGAIN;
	side->got = 0;
	ret->bytes = side->bytes;
	return 0;
}

static void
release(void *pointer, struct received *frame)
{
}

const struct adapter adapter = {
	open_producer, draw, publish, open_reader, acquire, release, close_side,
};
