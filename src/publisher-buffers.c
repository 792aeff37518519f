/* publisher-buffers.c - how a publisher's buffers shall be, and how many there may be. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "publisher-private.h"

void
publisher_set_buffer_options(struct transom_publisher *publisher,
			     const struct transom_pixel_buffer_options *buffer)
{
	publisher->options.buffer = *buffer;
	if (buffer->name) {
		memmove(publisher->surface_name, buffer->name, strlen(buffer->name) + 1);
		publisher->options.buffer.name = publisher->surface_name;
	}
	if (!(publisher->options.flags & TRANSOM_PUBLISHER_SHARED_WRITE))
		publisher->options.buffer.surface_flags |= TRANSOM_SURFACE_MAKER_WRITES;
}

int
transom_publisher_set_buffers(struct transom_publisher *publisher,
			      const struct transom_pixel_buffer_options *buffer)
{
	int r = publisher_check(publisher);

	if (r < 0)
		return r;
	if (!buffer || buffer->size < sizeof(*buffer) || publisher->options.pool ||
	    (buffer->name && strlen(buffer->name) > TRANSOM_SURFACE_MAX_NAME))
		return -EINVAL;
	pthread_mutex_lock(&publisher->lock);
	publisher_set_buffer_options(publisher, buffer);
	publisher->free = NULL;
	for (uint32_t i = 0; i < publisher->buffer_count; i++) {
		struct stream_buffer *old = publisher->buffers[i];

		old->stale = old->own;
		if (old->state == FREE)
			stream_buffer_empty(publisher, old);
	}
	pthread_mutex_unlock(&publisher->lock);
	return 0;
}

/* With the lock held: room for more buffers, everywhere. */
static int
make_room(struct transom_publisher *publisher, uint32_t maximum)
{
	struct stream_buffer **buffers = reallocarray(publisher->buffers, maximum, sizeof(*buffers));
	uint64_t *marks;

	if (!buffers)
		return -ENOMEM;
	publisher->buffers = buffers;
	marks = reallocarray(publisher->marks, (maximum + 63) / 64, sizeof(*marks));
	if (!marks)
		return -ENOMEM;
	publisher->marks = marks;
	for (uint32_t i = 0; i < publisher->peer_count; i++) {
		struct stream_peer *peer = publisher->peers[i];
		uint32_t before = publisher->options.maximum_buffers, *introduced;

		if (!peer->introduced)
			continue;
		introduced = reallocarray(peer->introduced, maximum, sizeof(*introduced));
		if (!introduced)
			return -ENOMEM;
		memset(introduced + before, 0, (maximum - before) * sizeof(*introduced));
		peer->introduced = introduced;
	}
	return 0;
}

int
transom_publisher_set_maximum_buffers(struct transom_publisher *publisher, uint32_t maximum)
{
	int r = publisher_check(publisher);

	if (r < 0)
		return r;
	if (maximum > TRANSOM_STREAM_MAX_BUFFERS)
		return -E2BIG;
	pthread_mutex_lock(&publisher->lock);
	if (maximum < publisher->options.maximum_buffers)
		r = -EINVAL;
	else
		r = make_room(publisher, maximum);
	if (r == 0) {
		publisher->options.maximum_buffers = maximum;
		stream_peer_grant_more(publisher);
	}
	pthread_mutex_unlock(&publisher->lock);
	return r;
}
