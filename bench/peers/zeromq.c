/* zeromq.c - frames by ZeroMQ's PUB and SUB over ipc://, which copies each through a socket. */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <zmq.h>

#include "peer.h"

enum { QUEUE = 4 };

/* ZeroMQ sends from here without another copy of its own, and says when it is done. */
struct buffer {
	atomic_bool used;
	void *bytes;
};

struct side {
	void *context, *socket;
	size_t bytes;
	unsigned count;
	struct buffer *buffers, *drawn;
};

static void
close_side(void *pointer)
{
	struct side *side = pointer;

	if (side->socket)
		zmq_close(side->socket);
	if (side->context)
		zmq_ctx_term(side->context);
	for (unsigned i = 0; side->buffers && i < side->count; i++)
		free(side->buffers[i].bytes);
	free(side->buffers);
	free(side);
}

static int
create_side(const struct setup *setup, int type, struct side **ret)
{
	struct side *side = calloc(1, sizeof(*side));
	int patience = PATIENCE_MS, none = 0;

	if (!side)
		return -ENOMEM;
	side->bytes = setup->bytes;
	side->context = zmq_ctx_new();
	side->socket = side->context ? zmq_socket(side->context, type) : NULL;
	if (!side->socket || zmq_setsockopt(side->socket, ZMQ_SNDTIMEO, &patience, sizeof(patience)) != 0 ||
	    zmq_setsockopt(side->socket, ZMQ_RCVTIMEO, &patience, sizeof(patience)) != 0 ||
	    zmq_setsockopt(side->socket, ZMQ_LINGER, &none, sizeof(none)) != 0) {
		close_side(side);
		return -ENOMEM;
	}
	*ret = side;
	return 0;
}

static int
create_buffers(struct side *side, unsigned count)
{
	side->count = count;
	side->buffers = calloc(count, sizeof(*side->buffers));
	for (unsigned i = 0; side->buffers && i < count; i++)
		if (!(side->buffers[i].bytes = aligned_alloc(4096, (side->bytes + 4095) & ~(size_t)4095)))
			return -ENOMEM;
	return side->buffers ? 0 : -ENOMEM;
}

static void
make_address(const struct setup *setup, char *ret, size_t size)
{
	snprintf(ret, size, "ipc://%s/zeromq", setup->folder);
}

static int
open_producer(const struct setup *setup, void **ret)
{
	int queue = QUEUE, yes = 1, r;
	struct side *side;
	char address[256];

	r = create_side(setup, ZMQ_PUB, &side);
	if (r < 0)
		return r;
	make_address(setup, address, sizeof(address));
	r = create_buffers(side, setup->buffers);
	if (r == 0 &&
	    (zmq_setsockopt(side->socket, ZMQ_SNDHWM, &queue, sizeof(queue)) != 0 ||
	     (setup->lossless && zmq_setsockopt(side->socket, ZMQ_XPUB_NODROP, &yes, sizeof(yes)) != 0) ||
	     zmq_bind(side->socket, address) != 0))
		r = -errno;
	if (r < 0) {
		close_side(side);
		return r;
	}
	*ret = side;
	return 0;
}

static int
draw(void *pointer, void **ret)
{
	struct side *side = pointer;

	for (unsigned i = 0; i < side->count; i++) {
		if (atomic_load(&side->buffers[i].used))
			continue;
		side->drawn = &side->buffers[i];
		*ret = side->drawn->bytes;
		return 0;
	}
	return -EAGAIN;
}

static void
give_back(void *bytes, void *hint)
{
	atomic_store(&((struct buffer *)hint)->used, false);
}

static int
publish(void *pointer)
{
	struct side *side = pointer;
	zmq_msg_t message;
	int r;

	atomic_store(&side->drawn->used, true);
	if (zmq_msg_init_data(&message, side->drawn->bytes, side->bytes, give_back, side->drawn) != 0)
		return -errno;
	do
		r = zmq_msg_send(&message, side->socket, 0) < 0 ? -errno : 0;
	while (r == -EAGAIN && !is_stopped());
	if (r < 0)
		zmq_msg_close(&message);
	return r == -EINTR ? -EAGAIN : r;
}

static int
open_reader(const struct setup *setup, void **ret)
{
	int queue = QUEUE, newest = !setup->lossless, r;
	struct side *side;
	char address[256];

	r = create_side(setup, ZMQ_SUB, &side);
	if (r < 0)
		return r;
	make_address(setup, address, sizeof(address));
	if (zmq_setsockopt(side->socket, ZMQ_RCVHWM, &queue, sizeof(queue)) != 0 ||
	    zmq_setsockopt(side->socket, ZMQ_CONFLATE, &newest, sizeof(newest)) != 0 ||
	    zmq_setsockopt(side->socket, ZMQ_SUBSCRIBE, "", 0) != 0 ||
	    zmq_connect(side->socket, address) != 0)
		r = -errno;
	if (r < 0) {
		close_side(side);
		return r;
	}
	*ret = side;
	return 0;
}

static int
acquire(void *pointer, struct received *ret)
{
	struct side *side = pointer;
	zmq_msg_t *message = malloc(sizeof(*message));

	if (!message)
		return -ENOMEM;
	zmq_msg_init(message);
	if (zmq_msg_recv(message, side->socket, 0) < 0 || zmq_msg_size(message) != side->bytes) {
		zmq_msg_close(message);
		free(message);
		return -EAGAIN;
	}
	ret->bytes = zmq_msg_data(message);
	ret->token = message;
	return 0;
}

static void
release(void *pointer, struct received *frame)
{
	zmq_msg_close(frame->token);
	free(frame->token);
}

const struct adapter adapter = {
	open_producer, draw, publish, open_reader, acquire, release, close_side,
};
