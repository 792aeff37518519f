/* publisher-statistics.c - what a publisher tells of itself and of each subscriber. */
#include <errno.h>

#include "publisher-private.h"

void
publisher_fill_statistics(const struct transom_publisher *publisher, struct transom_stream_statistics *ret)
{
	*ret = publisher->statistics;
	ret->buffers = publisher->living;
	ret->free = 0;
	for (const struct stream_buffer *b = publisher->free; b; b = b->next_free)
		ret->free++;
}

int
transom_publisher_get_statistics(struct transom_publisher *publisher, struct transom_stream_statistics *ret)
{
	struct transom_stream_statistics now;
	int r = publisher_check(publisher);

	if (r < 0)
		return r;
	if (!ret || ret->size < sizeof(*ret))
		return -EINVAL;
	pthread_mutex_lock(&publisher->lock);
	publisher_fill_statistics(publisher, &now);
	pthread_mutex_unlock(&publisher->lock);
	now.size = ret->size;
	*ret = now;
	return 0;
}

void
stream_peer_fill_status(const struct stream_peer *peer, struct transom_subscriber_status *ret)
{
	ret->mode = peer->mode;
	ret->pid = peer->identity.pid;
	ret->uid = peer->identity.uid;
	ret->granted = peer->granted;
	ret->queue = peer->queue;
	ret->joined = peer->joined_at;
	ret->dropped = peer->dropped;
	/* Relaxed: numbers for people, each by itself. */
	ret->acquired = atomic_load_explicit(&peer->card->acquired, memory_order_relaxed);
	ret->asleep = atomic_load_explicit(&peer->card->waiting, memory_order_relaxed) != AWAKE;
	ret->held = 0;
	for (uint32_t i = 0; i < peer->granted; i++)
		ret->held += atomic_load_explicit(&peer->card->held[i], memory_order_relaxed) != 0;
}

int
transom_publisher_get_subscriber(struct transom_publisher *publisher, size_t index,
				 struct transom_subscriber_status *ret)
{
	int r = -ENOENT;

	if (!publisher || !ret || ret->size < sizeof(*ret))
		return -EINVAL;
	if (publisher->generation != fork_generation())
		return -ECHILD;
	pthread_mutex_lock(&publisher->lock);
	for (uint32_t i = 0; i < publisher->peer_count && r < 0; i++) {
		if (!publisher->peers[i]->joined || index-- > 0)
			continue;
		stream_peer_fill_status(publisher->peers[i], ret);
		r = 0;
	}
	pthread_mutex_unlock(&publisher->lock);
	return r;
}
