/* stream-inquiry.c - a publisher answers who asks without joining; who asks is inquiry.c. */
#include <errno.h>

#include "deadline-private.h"
#include "publisher-private.h"

static uint64_t
count_memory(const struct transom_publisher *publisher)
{
	struct transom_surface_geometry geometry;
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < publisher->buffer_count; i++)
		if (publisher->buffers[i]->pixel_buffer &&
		    transom_surface_get_geometry(publisher->buffers[i]->surface, &geometry) == 0)
			bytes += geometry.allocation_size;
	return bytes;
}

static void
describe_head(const struct transom_publisher *publisher, struct stream_status *ret)
{
	const struct stream_record *record =
		&publisher->board->ring[publisher->head & (publisher->board->ring_size - 1)];

	ret->head = publisher->head;
	if (!publisher->head)
		return;
	ret->timestamp = record->timestamp;
	transom_surface_get_geometry(publisher->buffers[record->index]->surface, &ret->geometry);
}

static void
describe_stream(struct transom_publisher *publisher, struct stream_status *ret)
{
	struct transom_stream_statistics statistics;

	publisher_fill_statistics(publisher, &statistics);
	describe_head(publisher, ret);
	ret->flags = publisher->options.flags;
	ret->time = deadline_now();
	ret->memory = count_memory(publisher);
	ret->maximum_buffers = publisher->options.maximum_buffers;
	ret->own_buffers = publisher->options.own_buffers;
	ret->granted = publisher->granted;
	ret->laggard_policy = publisher->options.laggard_policy;
	ret->published = statistics.published;
	ret->recycled = statistics.recycled;
	ret->waited = statistics.waited;
	ret->wakes = statistics.wakes;
	ret->evicted = statistics.evicted;
	ret->refused = statistics.refused;
	ret->subscribers = statistics.subscribers;
	ret->buffers = statistics.buffers;
	ret->free = statistics.free;
}

static void
describe_peer(const struct stream_peer *peer, struct stream_status_peer *ret)
{
	struct transom_subscriber_status status;

	stream_peer_fill_status(peer, &status);
	*ret = (struct stream_status_peer){
		.number = peer->number,
		.joined = status.joined,
		.acquired = status.acquired,
		.dropped = status.dropped,
		.pid = status.pid,
		.uid = status.uid,
		.mode = status.mode,
		.granted = status.granted,
		.queue = status.queue,
		.held = status.held,
		.asleep = status.asleep,
	};
}

/* Keeps those with the smallest numbers, in order; the list of peers has none, as who leaves is replaced by the last. */
static void
keep_smallest(const struct stream_peer **kept, uint32_t *count, const struct stream_peer *peer)
{
	uint32_t at = *count;

	if (*count == STREAM_STATUS_PEERS) {
		if (kept[at - 1]->number < peer->number)
			return;
		at--;
	} else {
		(*count)++;
	}
	for (; at > 0 && kept[at - 1]->number > peer->number; at--)
		kept[at] = kept[at - 1];
	kept[at] = peer;
}

static void
describe_peers(const struct transom_publisher *publisher, uint64_t after, struct stream_status *ret)
{
	const struct stream_peer *kept[STREAM_STATUS_PEERS];
	uint32_t found = 0;

	for (uint32_t i = 0; i < publisher->peer_count; i++) {
		if (!publisher->peers[i]->joined || publisher->peers[i]->number <= after)
			continue;
		found++;
		keep_smallest(kept, &ret->count, publisher->peers[i]);
	}
	for (uint32_t i = 0; i < ret->count; i++)
		describe_peer(kept[i], &ret->peers[i]);
	ret->more = found > ret->count;
}

int
stream_inquiry_answer(struct stream_peer *peer, const struct stream_inquire *question)
{
	struct stream_status answer = { .count = 0 };

	if (peer->joined || peer->invited)
		return -EPROTO;
	describe_stream(peer->publisher, &answer);
	describe_peers(peer->publisher, question->after, &answer);
	if (stream_send(peer->socket, STREAM_STATUS, &answer, sizeof(answer), NULL, 0, 0) < 0)
		return -ECONNRESET; /* who asks and does not read, or has gone, is let go */
	return -EAGAIN;
}
