/* population.c - surfaces and holders that are there while something is measured; it measures nothing. */
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

struct population_size
population_choose(unsigned surfaces, unsigned holders, size_t fd_limit)
{
	struct population_size size = { surfaces, surfaces, holders };
	/* Two surfaces have holders, and half of the rights are held here; the rest is ports and files. */
	size_t other = holders + 2 + 100;

	must(fd_limit > other + 2);
	if (size.surfaces > fd_limit - other - 1)
		size.surfaces = (unsigned)(fd_limit - other - 1);
	if (size.used > fd_limit - other - size.surfaces)
		size.used = (unsigned)(fd_limit - other - size.surfaces);
	return size;
}

struct transom_surface *
create_small_surface(void)
{
	struct transom_surface_options options = {
		.size = sizeof(options), .format = TRANSOM_FORMAT_BGRA8, .width = 64, .height = 64
	};
	struct transom_surface *surface = NULL;

	must(transom_surface_create(&options, &surface) == 0);
	return surface;
}

/* Mapped, and written to. */
static struct transom_surface *
create_and_touch(void)
{
	struct transom_surface *surface = create_small_surface();

	must(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL) == 0);
	must(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL) == 0);
	return surface;
}

/* A holder takes what comes and keeps it until its parent is gone. */
static void
hold(void *argument)
{
	int *port = argument, right;
	struct transom_message *message;

	close(port[1]);
	must(transom_message_create(&message) == 0);
	while (transom_port_receive(port[0], message, -1) == 0)
		must(transom_message_take_right(message, 0, TRANSOM_RIGHT_SURFACE, &right) == 0);
	pause();
}

/* Rights of their own to the surface, half of them here and half in other processes. */
static void
make_holders(struct transom_surface *surface, unsigned count, const int *ports)
{
	for (unsigned i = 0; i < count; i++) {
		struct transom_right right = { -1, TRANSOM_RIGHT_SURFACE };

		must(transom_surface_create_right(surface, &right.fd) == 0);
		if (i % 2 == 0)
			continue;
		must(transom_port_send(ports[i / 2 % HOLDER_PROCESSES], NULL, 0, &right, 1, -1) == 0);
		close(right.fd);
	}
}

/* The same of the pool, and in use. */
static struct transom_pixel_buffer *
acquire_and_touch(struct transom_pool *pool)
{
	struct transom_pixel_buffer *buffer;

	must(transom_pool_acquire(pool, 0, &buffer) == 0);
	must(transom_pixel_buffer_lock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL) == 0);
	must(transom_pixel_buffer_unlock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL) == 0);
	return buffer;
}

static void
fill_pool(struct population *population, const int *ports)
{
	struct transom_pool_options options = {
		.size = sizeof(options),
		.flags = TRANSOM_POOL_KEEP_FOREVER,
		.buffer = { .size = sizeof(options.buffer),
			    .format = TRANSOM_FORMAT_BGRA8,
			    .width = 64,
			    .height = 64 },
	};
	struct transom_pixel_buffer *held, *idle;

	must(transom_pool_create(&options, &population->pool) == 0);
	population->out = calloc(population->size.used, sizeof(*population->out));
	must(population->out);
	for (unsigned i = 0; i < population->size.used; i++)
		population->out[i] = acquire_and_touch(population->pool);
	held = acquire_and_touch(population->pool);
	make_holders(transom_pixel_buffer_get_surface(held), population->size.holders, ports);
	transom_pixel_buffer_unref(held);
	idle = acquire_and_touch(population->pool); /* finds the held one in use, and sets it aside */
	transom_pixel_buffer_unref(idle);
}

void
population_create(const struct population_size *size, struct population *ret)
{
	int ports[HOLDER_PROCESSES];

	*ret = (struct population){ .size = *size };
	/* The other processes first: they shall have nothing of what follows. */
	for (int i = 0; i < HOLDER_PROCESSES; i++) {
		int port[2];

		must(transom_port_create(NULL, &port[0], &port[1]) == 0);
		start_child(hold, port, CORE);
		close(port[0]);
		ports[i] = port[1];
	}
	ret->one_core = peer_start(CORE);
	ret->two_cores = peer_start(OTHER_CORE);
	must(transom_port_create(NULL, &ret->receive, &ret->send) == 0);
	must(transom_message_create(&ret->message) == 0);
	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret->raw) == 0);
	fill_pool(ret, ports);
	for (unsigned i = size->used; i < size->surfaces; i++)
		create_and_touch();
	ret->subject = create_and_touch();
	make_holders(ret->subject, size->holders, ports);
}

void
population_release_buffers(struct population *population)
{
	for (unsigned i = 0; i < population->size.used; i++)
		population->out[i] = transom_pixel_buffer_unref(population->out[i]);
}
