/* transom-port.c - frames by Transom's ports: a pool, and for each frame a right in a message to each reader. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <transom/transom.h>

#include "peer.h"

/* The kernel makes about four messages of the least that a queue can be limited to. */
enum { READERS = 128, KEPT = 32, QUEUE_BYTES = 1024 };

struct side {
	struct transom_name *name; /* a producer's: where readers send their ports to */
	int joins; /* its receive right */
	pthread_t porter;
	atomic_bool over;
	atomic_int readers[READERS]; /* send rights, or -1 */
	struct transom_pool *pool;
	struct transom_pixel_buffer *buffer; /* that is drawn */

	int frames; /* a reader's receive right */
	struct transom_message *message;
	/* References to surfaces: they keep the mapping and not the use, so nothing is mapped twice. */
	struct transom_surface *kept[KEPT];
	unsigned kept_count;
};

static const char name[] = "peers";

static void
close_side(void *pointer)
{
	struct side *side = pointer;

	atomic_store(&side->over, true);
	if (side->porter)
		pthread_join(side->porter, NULL);
	transom_name_unref(side->name);
	for (unsigned i = 0; i < READERS; i++)
		if (atomic_load(&side->readers[i]) >= 0)
			close(atomic_load(&side->readers[i]));
	transom_pixel_buffer_unref(side->buffer);
	transom_pool_unref(side->pool);
	for (unsigned i = 0; i < side->kept_count; i++)
		transom_surface_unref(side->kept[i]);
	transom_message_unref(side->message);
	if (side->joins >= 0)
		close(side->joins);
	if (side->frames >= 0)
		close(side->frames);
	free(side);
}

static struct side *
create_side(const struct setup *setup)
{
	struct side *side = calloc(1, sizeof(*side));

	setenv("TRANSOM_RUNTIME_DIR", setup->folder, 1);
	if (!side)
		return NULL;
	side->joins = -1;
	side->frames = -1;
	for (unsigned i = 0; i < READERS; i++)
		atomic_init(&side->readers[i], -1);
	return side;
}

static void
admit(struct side *side)
{
	int send, none = -1;

	if (transom_message_take_right(side->message, 0, TRANSOM_RIGHT_SEND, &send) < 0)
		return;
	for (unsigned i = 0; i < READERS; i++, none = -1)
		if (atomic_compare_exchange_strong(&side->readers[i], &none, send))
			return;
	close(send);
}

/* Admits readers while the producer does something else. */
static void *
carry(void *pointer)
{
	struct side *side = pointer;

	while (!atomic_load(&side->over))
		if (transom_port_receive(side->joins, side->message, PATIENCE_MS) == 0)
			admit(side);
	return NULL;
}

static int
open_port(struct side *side)
{
	int send, r = transom_port_create(NULL, &side->joins, &send);

	if (r < 0)
		return r;
	r = transom_name_check_in(name, send, &side->name);
	close(send);
	if (r == 0)
		r = transom_message_create(&side->message);
	if (r == 0)
		r = -pthread_create(&side->porter, NULL, carry, side);
	return r;
}

static int
open_producer(const struct setup *setup, void **ret)
{
	/* Each reader's queue takes up to five frames, whatever it looks at. */
	struct transom_pool_options options = {
		.size = sizeof(options),
		.flags = TRANSOM_POOL_KEEP_FOREVER,
		.maximum_count = setup->buffers,
		.buffer = { .size = sizeof(options.buffer),
			    .format = setup->nv12 ? TRANSOM_FORMAT_NV12 : TRANSOM_FORMAT_BGRA8,
			    .width = setup->width,
			    .height = setup->height,
			    .surface_flags = TRANSOM_SURFACE_MAKER_WRITES },
	};
	struct side *side = create_side(setup);
	int r;

	if (!side)
		return -ENOMEM;
	r = transom_pool_create(&options, &side->pool);
	if (r == 0)
		r = open_port(side);
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
	int r = transom_pool_acquire(side->pool, PATIENCE_MS, &side->buffer);

	if (r < 0)
		return r == -ETIMEDOUT ? -EAGAIN : r;
	r = transom_pixel_buffer_lock(side->buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL);
	if (r < 0)
		return r;
	*ret = transom_surface_get_base(transom_pixel_buffer_get_surface(side->buffer));
	return 0;
}

static int
publish(void *pointer)
{
	struct side *side = pointer;
	struct transom_right right = { .kind = TRANSOM_RIGHT_SURFACE };
	int r;

	transom_pixel_buffer_unlock(side->buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL);
	r = transom_surface_create_right(transom_pixel_buffer_get_surface(side->buffer), &right.fd);
	if (r < 0)
		return r;
	for (unsigned i = 0; i < READERS; i++) {
		int send = atomic_load(&side->readers[i]);

		/* A full queue is that reader's loss. */
		if (send >= 0 && transom_port_send(send, NULL, 0, &right, 1, 0) == -EPIPE) {
			atomic_store(&side->readers[i], -1);
			close(send);
		}
	}
	close(right.fd);
	side->buffer = transom_pixel_buffer_unref(side->buffer);
	return 0;
}

static int
open_reader(const struct setup *setup, void **ret)
{
	struct transom_port_options options = { .size = sizeof(options), .queue_bytes = QUEUE_BYTES };
	struct transom_right right = { .kind = TRANSOM_RIGHT_SEND };
	struct side *side = create_side(setup);
	int joins, r;

	if (!side)
		return -ENOMEM;
	r = transom_message_create(&side->message);
	if (r == 0)
		r = transom_port_create(&options, &side->frames, &right.fd);
	if (r == 0) {
		r = transom_name_look_up(name, PATIENCE_MS, &joins);
		if (r == 0) {
			r = transom_port_send(joins, NULL, 0, &right, 1, PATIENCE_MS);
			close(joins);
		}
		close(right.fd);
	}
	if (r < 0) {
		close_side(side);
		return r;
	}
	*ret = side;
	return 0;
}

/* Takes a reference for good, the first time. */
static void
keep(struct side *side, struct transom_surface *surface)
{
	for (unsigned i = 0; i < side->kept_count; i++)
		if (side->kept[i] == surface)
			return;
	if (side->kept_count < KEPT)
		side->kept[side->kept_count++] = transom_surface_ref(surface);
}

static int
acquire(void *pointer, struct received *ret)
{
	struct side *side = pointer;
	struct transom_pixel_buffer *buffer;
	struct transom_surface *surface;
	int right, r = transom_port_receive(side->frames, side->message, PATIENCE_MS);

	if (r == 0)
		r = transom_message_take_right(side->message, 0, TRANSOM_RIGHT_SURFACE, &right);
	if (r < 0)
		return r == -ETIMEDOUT ? -EAGAIN : r;
	r = transom_surface_look_up(right, &surface);
	if (r == 0) {
		keep(side, surface);
		r = transom_pixel_buffer_create_with_surface(surface, &buffer);
		transom_surface_unref(surface);
	}
	close(right); /* the pixel buffer is a use */
	if (r < 0)
		return r;
	r = transom_pixel_buffer_lock(buffer, TRANSOM_SURFACE_LOCK_READ, NULL);
	if (r < 0) {
		transom_pixel_buffer_unref(buffer);
		return r;
	}
	ret->bytes = transom_surface_get_base(transom_pixel_buffer_get_surface(buffer));
	ret->token = buffer;
	return 0;
}

static void
release(void *pointer, struct received *frame)
{
	transom_pixel_buffer_unref(frame->token);
}

const struct adapter adapter = {
	open_producer, draw, publish, open_reader, acquire, release, close_side,
};
