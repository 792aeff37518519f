/* subscriber-message.c - what a publisher says by the socket: its buffers, fences, grants, its end. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "deadline-private.h"
#include "fd-private.h"
#include "subscriber-private.h"
#include "surface-private.h"

enum {
	/* Frames that a publisher can keep for one. */
	MAX_QUEUE = TRANSOM_STREAM_MAX_BUFFERS,
};

static void
drop_oldest_fences(struct stream_link *link)
{
	struct early_fences *fences = link->fences;

	link->fences = fences->next;
	link->fences_count--;
	while (fences->count)
		fd_close(fences->fds[--fences->count]);
	free(fences);
}

void
stream_link_drop_fences(struct stream_link *link)
{
	while (link->fences)
		drop_oldest_fences(link);
}

/* Takes the descriptors if it returns 0. Keeps no more than there can be frames to come, whatever is sent. */
static int
keep_fences(struct stream_link *link, uint64_t sequence, struct wire_delivery *delivery)
{
	struct early_fences *fences = calloc(1, sizeof(*fences)), **end = &link->fences;

	if (!fences)
		return -ENOMEM;
	fences->sequence = link->fences_for = sequence;
	fences->count = delivery->fd_count;
	memcpy(fences->fds, delivery->fds, delivery->fd_count * sizeof(int));
	delivery->fd_count = 0;
	while (*end)
		end = &(*end)->next;
	*end = fences;
	if (++link->fences_count > (link->queue < MAX_QUEUE ? link->queue : MAX_QUEUE) + 1)
		drop_oldest_fences(link);
	return 0;
}

/* Those of a frame: 0 if they were lost on the way. Those of the frames before it are for nobody any more. */
unsigned
stream_link_take_fences(struct stream_link *link, uint64_t sequence, int ret[TRANSOM_STREAM_MAX_FENCES])
{
	unsigned count = 0;

	while (link->fences && link->fences->sequence < sequence)
		drop_oldest_fences(link);
	if (link->fences && link->fences->sequence == sequence) {
		count = link->fences->count;
		memcpy(ret, link->fences->fds, count * sizeof(int));
		link->fences->count = 0;
		drop_oldest_fences(link);
	}
	return count;
}

static void
forget(struct stream_link *link, uint32_t index, uint32_t generation)
{
	if (index >= link->known_count || link->known[index].generation != generation)
		return;
	link->known[index].surface = transom_surface_unref(link->known[index].surface);
	link->known[index].guard = stream_guard_unref(link->known[index].guard);
}

static int
make_place(struct stream_link *link, uint32_t index)
{
	struct known *known;

	if (index >= TRANSOM_STREAM_MAX_BUFFERS)
		return -EPROTO;
	if (index < link->known_count)
		return 0;
	known = reallocarray(link->known, index + 1, sizeof(*known));
	if (!known)
		return -ENOMEM;
	memset(known + link->known_count, 0, (index + 1 - link->known_count) * sizeof(*known));
	link->known = known;
	link->known_count = index + 1;
	return 0;
}

/* The memory that this takes, where nothing was drawn yet, the publisher would take when it draws. */
static void
prefault(struct transom_surface *surface)
{
	madvise(atomic_load(&surface->map), surface->header.values_offset, MADV_POPULATE_READ);
}

/* Maps now, so that no frame has to, and on request gets the pages too. */
static int
prepare(const struct transom_subscriber_options *options, struct transom_surface *surface)
{
	int r = surface_map(surface);

	if (r == 0 && options->flags & TRANSOM_SUBSCRIBER_PREFAULT)
		prefault(surface);
	return r;
}

static int
learn(struct transom_subscriber *subscriber, struct stream_link *link, const struct stream_introduce *message,
      int *fd)
{
	struct stream_guard *guard = NULL;
	struct transom_surface *surface;
	struct known *known;
	int r;

	r = make_place(link, message->index);
	if (r == 0)
		r = transom_surface_look_up(*fd, &surface);
	if (r < 0)
		return r;
	r = prepare(&subscriber->options, surface);
	if (r == 0 && message->flags & STREAM_GUARDED)
		r = stream_guard_create(fd, &guard);
	if (r < 0) {
		transom_surface_unref(surface);
		return r;
	}
	known = &link->known[message->index];
	transom_surface_unref(known->surface);
	stream_guard_unref(known->guard);
	known->surface = surface;
	known->guard = guard;
	known->generation = message->generation;
	known->grants = surface_get_grants(surface);
	return 0;
}

static int
handle_message(struct transom_subscriber *subscriber, struct stream_link *link,
	       const union stream_message *message, struct wire_delivery *delivery)
{
	switch (message->header.type) {
	case STREAM_INTRODUCE:
		return learn(subscriber, link, &message->introduce, &delivery->fds[0]);
	case STREAM_FORGET:
		forget(link, message->introduce.index, message->introduce.generation);
		return 0;
	case STREAM_WAKE:
		return 0;
	case STREAM_GRANT:
		if (message->grant.granted > link->granted)
			stream_link_set_grant(link, message->grant.granted, message->grant.queue);
		return 0;
	case STREAM_FENCES:
		return keep_fences(link, message->fences.sequence, delivery);
	case STREAM_BYE:
		return message->refused.error == -ECONNRESET ? -ECONNRESET : -EPIPE;
	default:
		return -EPROTO;
	}
}

/* Reads one message: 0, -EAGAIN or -ETIMEDOUT for none, else why the link has ended. */
int
subscriber_read_message(struct transom_subscriber *subscriber, int64_t deadline)
{
	struct stream_link *link = subscriber->link;
	struct wire_delivery delivery;
	union stream_message message;
	int r;

	if (link->error)
		return link->error;
	r = stream_receive(link->socket, deadline, &message, &delivery);
	if (r == 0) {
		r = handle_message(subscriber, link, &message, &delivery);
		wire_drop(&delivery);
		if (r == -EMFILE || r == -ENFILE || r == -ENOMEM)
			return r; /* this process's trouble, not the link's */
	}
	if (r == -ENOTCONN)
		r = -EPIPE;
	if (r < 0 && r != -EAGAIN && r != -ETIMEDOUT)
		link->error = r;
	return r;
}

/* Reads all that is there. 0, or why the link has ended. */
int
subscriber_read_messages(struct transom_subscriber *subscriber)
{
	int r;

	do
		r = subscriber_read_message(subscriber, 0);
	while (r == 0);
	subscriber->link->looked = deadline_now();
	subscriber->link->quiet = false;
	return r == -EAGAIN ? 0 : r;
}
