/* inquiry.c - asks a stream from outside; how a publisher answers is stream-inquiry.c's. */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <transom/inquiry.h>

#include "deadline-private.h"
#include "fd-private.h"
#include "name-private.h"
#include "stream-private.h"

struct transom_inquiry {
	atomic_uint references;
	struct transom_stream_status status;
	size_t count, room;
	struct stream_status_peer *peers;
};

/* What comes is the publisher's, who may be anyone: nothing of it is used before it is found to make sense. */
static int
check_peer(const struct stream_status_peer *peer, uint64_t after)
{
	return peer->number > after && peer->mode <= TRANSOM_SUBSCRIBER_EVERY && peer->asleep <= 1 &&
			       peer->granted <= TRANSOM_STREAM_MAX_HELD && peer->held <= peer->granted
		       ? 0
		       : -EPROTO;
}

static int
check_answer(const struct stream_status *answer, uint64_t after)
{
	if (answer->more > 1 || answer->count > STREAM_STATUS_PEERS || (answer->more && !answer->count) ||
	    answer->maximum_buffers > TRANSOM_STREAM_MAX_BUFFERS ||
	    answer->buffers > TRANSOM_STREAM_MAX_BUFFERS || answer->free > answer->buffers ||
	    answer->subscribers > TRANSOM_STREAM_MAX_BUFFERS ||
	    answer->laggard_policy > TRANSOM_LAGGARD_EVICT ||
	    answer->geometry.plane_count > TRANSOM_MAX_PLANES)
		return -EPROTO;
	for (uint32_t i = 0; i < answer->count; i++) {
		if (check_peer(&answer->peers[i], after) < 0)
			return -EPROTO;
		after = answer->peers[i].number;
	}
	return 0;
}

/* Each has at least one buffer: there cannot be more of them than buffers. */
static int
add_peers(struct transom_inquiry *inquiry, const struct stream_status *answer)
{
	struct stream_status_peer *grown;
	size_t count = inquiry->count + answer->count;

	if (count > TRANSOM_STREAM_MAX_BUFFERS)
		return -EPROTO;
	if (count > inquiry->room) {
		grown = reallocarray(inquiry->peers, 2 * count, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		inquiry->peers = grown;
		inquiry->room = 2 * count;
	}
	if (answer->count)
		memcpy(inquiry->peers + inquiry->count, answer->peers,
		       answer->count * sizeof(*answer->peers));
	inquiry->count = count;
	return 0;
}

static void
fill_status(const struct stream_status *answer, const struct wire_sender *sender,
	    struct transom_stream_status *ret)
{
	*ret = (struct transom_stream_status){
		.size = sizeof(*ret),
		.pid = sender->pid,
		.uid = sender->uid,
		.flags = answer->flags,
		.head = answer->head,
		.timestamp = answer->timestamp,
		.time = answer->time,
		.memory = answer->memory,
		.maximum_buffers = answer->maximum_buffers,
		.own_buffers = answer->own_buffers,
		.granted = answer->granted,
		.laggard_policy = answer->laggard_policy,
		.geometry = answer->geometry,
		.statistics = {
			.size = sizeof(ret->statistics),
			.subscribers = answer->subscribers,
			.published = answer->published,
			.recycled = answer->recycled,
			.waited = answer->waited,
			.wakes = answer->wakes,
			.evicted = answer->evicted,
			.refused = answer->refused,
			.buffers = answer->buffers,
			.free = answer->free,
		},
	};
}

/* One page of the answer. */
static int
ask(int socket, uint64_t after, int64_t deadline, struct stream_status *ret, struct wire_sender *ret_sender)
{
	struct stream_inquire question = { .after = after };
	struct wire_delivery delivery;
	int r = stream_send(socket, STREAM_INQUIRE, &question, sizeof(question), NULL, 0, deadline);

	if (r == 0)
		r = stream_receive_any(socket, deadline, ret, sizeof(*ret), &delivery);
	if (r < 0) /* a publisher that takes nobody now closes, unread */
		return r == -ENOTCONN ? -EPIPE : r;
	wire_drop(&delivery);
	*ret_sender = delivery.sender;
	if (ret->header.type == STREAM_BYE)
		return -EPIPE; /* it ends, and says so to everyone */
	return ret->header.type == STREAM_STATUS ? check_answer(ret, after) : -EPROTO;
}

static int
ask_all(struct transom_inquiry *inquiry, int socket, int64_t deadline)
{
	struct stream_status answer = { .more = 1 };
	struct wire_sender sender = { 0 };
	uint64_t after = 0;
	int r = wire_ask_for_sender(socket, 0);

	while (r == 0 && answer.more) {
		r = ask(socket, after, deadline, &answer, &sender);
		if (r == 0)
			r = add_peers(inquiry, &answer);
		if (r == 0 && answer.count)
			after = answer.peers[answer.count - 1].number;
	}
	if (r == 0)
		fill_status(&answer, &sender, &inquiry->status);
	return r;
}

int
transom_inquiry_create(const char *name, int timeout_ms, struct transom_inquiry **ret)
{
	int64_t deadline = timeout_ms == 0 ? 0 : deadline_after(timeout_ms);
	struct transom_inquiry *inquiry;
	int socket, r;

	if (!ret)
		return -EINVAL;
	r = name_connect(STREAM_FOLDER, name, deadline, &socket);
	if (r < 0)
		return r;
	inquiry = calloc(1, sizeof(*inquiry));
	if (!inquiry) {
		fd_close(socket);
		return -ENOMEM;
	}
	atomic_init(&inquiry->references, 1);
	r = ask_all(inquiry, socket, deadline);
	fd_close(socket);
	if (r < 0) {
		transom_inquiry_unref(inquiry);
		return r;
	}
	*ret = inquiry;
	return 0;
}

struct transom_inquiry *
transom_inquiry_ref(struct transom_inquiry *inquiry)
{
	if (inquiry)
		atomic_fetch_add_explicit(&inquiry->references, 1, memory_order_relaxed);
	return inquiry;
}

struct transom_inquiry *
transom_inquiry_unref(struct transom_inquiry *inquiry)
{
	if (!inquiry || atomic_fetch_sub_explicit(&inquiry->references, 1, memory_order_acq_rel) != 1)
		return NULL;
	free(inquiry->peers);
	free(inquiry);
	return NULL;
}

int
transom_inquiry_get_status(const struct transom_inquiry *inquiry, struct transom_stream_status *ret)
{
	uint32_t size;

	if (!inquiry || !ret || ret->size < sizeof(*ret))
		return -EINVAL;
	size = ret->size;
	*ret = inquiry->status;
	ret->size = size;
	return 0;
}

size_t
transom_inquiry_get_subscriber_count(const struct transom_inquiry *inquiry)
{
	return inquiry ? inquiry->count : 0;
}

int
transom_inquiry_get_subscriber(const struct transom_inquiry *inquiry, size_t index,
			       struct transom_subscriber_status *ret)
{
	const struct stream_status_peer *peer;

	if (!inquiry || !ret || ret->size < sizeof(*ret))
		return -EINVAL;
	if (index >= inquiry->count)
		return -ENOENT;
	peer = &inquiry->peers[index];
	*ret = (struct transom_subscriber_status){
		.size = ret->size,
		.mode = peer->mode,
		.pid = peer->pid,
		.uid = peer->uid,
		.granted = peer->granted,
		.queue = peer->queue,
		.held = peer->held,
		.asleep = peer->asleep,
		.joined = peer->joined,
		.acquired = peer->acquired,
		.dropped = peer->dropped,
	};
	return 0;
}

uint64_t
transom_inquiry_get_subscriber_number(const struct transom_inquiry *inquiry, size_t index)
{
	return inquiry && index < inquiry->count ? inquiry->peers[index].number : 0;
}
