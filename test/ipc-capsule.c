/* ipc-capsule.c - frames in a camera's memory: pixel buffers, a ring, ports and streams of capsules. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <transom/pixel_buffer.h>
#include <transom/port.h>
#include <transom/stream.h>
#include <transom/surface.h>

#include "harness.h"

enum { WIDTH = 64, HEIGHT = 32, PAGE = 4096, RING = 3 };

static int
make_file(void)
{
	int fd = memfd_create("camera", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	check(fd >= 0 && ftruncate(fd, PAGE) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
	return fd;
}

/* NV12, each plane in a file of its own. */
static struct transom_surface *
create_frame(void)
{
	struct transom_surface_memory_options options = { .size = sizeof(options),
							  .format = TRANSOM_FORMAT_NV12,
							  .width = WIDTH,
							  .height = HEIGHT,
							  .plane_count = 2 };
	struct transom_surface *surface = NULL;

	for (int i = 0; i < 2; i++)
		options.planes[i].fd = make_file();
	check_eq(transom_surface_create_with_memory(&options, &surface), 0);
	for (int i = 0; i < 2; i++)
		close(options.planes[i].fd);
	return surface;
}

static struct transom_pixel_buffer *
wrap(struct transom_surface *surface)
{
	struct transom_pixel_buffer *buffer = NULL;

	check_eq(transom_pixel_buffer_create_with_surface(surface, &buffer), 0);
	return buffer;
}

static void
draw(struct transom_pixel_buffer *buffer, unsigned char number)
{
	struct transom_plane_layout plane;

	check_eq(transom_pixel_buffer_lock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	for (uint32_t i = 0; i < 2; i++) {
		check_eq(transom_pixel_buffer_get_plane(buffer, i, &plane), 0);
		memset(transom_pixel_buffer_get_plane_base(buffer, i), number, plane.size);
	}
	check_eq(transom_pixel_buffer_unlock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
}

/* The number that all bytes have, or -1 if they differ: somebody draws over it. */
static int
read_number(struct transom_pixel_buffer *buffer)
{
	struct transom_plane_layout plane;
	int number = -1;

	check_eq(transom_pixel_buffer_lock(buffer, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	for (uint32_t i = 0; i < 2; i++) {
		const unsigned char *base = transom_pixel_buffer_get_plane_base(buffer, i);

		check_eq(transom_pixel_buffer_get_plane(buffer, i, &plane), 0);
		number = i == 0 ? base[0] : number;
		for (uint64_t at = 0; at < plane.size; at++)
			number = base[at] == number ? number : -1;
	}
	check_eq(transom_pixel_buffer_unlock(buffer, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	return number;
}

TEST(pixel_buffer_of_others_memory_is_a_use)
{
	struct transom_surface *surface = create_frame();
	struct transom_pixel_buffer *buffer = wrap(surface);

	check(transom_pixel_buffer_is_planar(buffer) && transom_pixel_buffer_is_writable(buffer));
	draw(buffer, 5);
	check_eq(read_number(buffer), 5);
	check_eq(transom_surface_claim(surface), -EBUSY);
	transom_pixel_buffer_unref(buffer);
	check_eq(transom_surface_claim(surface), 0);
	transom_surface_unref(surface);
}

/* A ring: what a pool does, in memory that a pool does not make. */

struct ring {
	struct transom_surface *surfaces[RING];
	int receive, send;
};

static void
look_and_hold(struct ring *ring, struct transom_message *message, int frames)
{
	for (int i = 0; i < frames; i++) {
		struct transom_surface *surface;
		struct transom_pixel_buffer *buffer;
		int number;

		check_eq(transom_port_receive(ring->receive, message, 20000), 0);
		check_eq(transom_surface_look_up(transom_message_get_right(message, 0), &surface), 0);
		buffer = wrap(surface);
		number = read_number(buffer);
		check(number >= 0);
		usleep(500);
		check_eq(read_number(buffer), number); /* nobody has drawn over it */
		if (i + 1 == frames)
			raise(SIGSTOP); /* with the right and the use in hand */
		transom_pixel_buffer_unref(buffer);
		transom_surface_unref(surface);
	}
}

static void
watch_the_ring(void *argument)
{
	struct ring *ring = argument;
	struct transom_message *message;

	/* What a fork leaves to a child it drops: it shall know the frames by their capsules alone. */
	for (int i = 0; i < RING; i++)
		transom_surface_unref(ring->surfaces[i]);
	close(ring->send);
	check_eq(transom_message_create(&message), 0);
	look_and_hold(ring, message, 40);
}

/* A frame that nobody uses; NULL if there is none. */
static struct transom_pixel_buffer *
take_free(struct ring *ring)
{
	for (int i = 0; i < RING; i++)
		if (transom_surface_claim(ring->surfaces[i]) == 0)
			return wrap(ring->surfaces[i]); /* the claim becomes its use */
	return NULL;
}

TEST_FOR(ring_of_others_memory_comes_back_after_a_kill, 60)
{
	struct ring ring;
	pid_t child;
	int status, number = 0;

	for (int i = 0; i < RING; i++)
		ring.surfaces[i] = create_frame();
	check_eq(transom_port_create(NULL, &ring.receive, &ring.send), 0);
	child = spawn(watch_the_ring, &ring);
	while (waitpid(child, &status, WNOHANG | WUNTRACED) == 0) {
		struct transom_right right = { -1, TRANSOM_RIGHT_SURFACE };
		struct transom_pixel_buffer *buffer = take_free(&ring);

		if (!buffer) {
			usleep(100);
			continue;
		}
		draw(buffer, (unsigned char)++number);
		check_eq(transom_surface_create_right(transom_pixel_buffer_get_surface(buffer), &right.fd),
			 0);
		check_eq(transom_port_send(ring.send, NULL, 0, &right, 1, 20000), 0);
		close(right.fd);
		transom_pixel_buffer_unref(buffer);
	}
	check(WIFSTOPPED(status));
	check(number >= 40);
	kill(child, SIGKILL);
	check_eq(wait_for(child), -SIGKILL);
	close(ring.receive); /* what is still queued goes */
	for (int i = 0; i < RING; i++) {
		check_eq(transom_surface_claim(ring.surfaces[i]), 0);
		transom_surface_unref(ring.surfaces[i]);
	}
	close(ring.send);
}

/* Streams introduce them once, as they do with all surfaces. */

static void
subscribe_and_keep(void *argument)
{
	struct transom_subscriber_options options = { .size = sizeof(options),
						      .mode = TRANSOM_SUBSCRIBER_EVERY };
	struct transom_subscriber *subscriber;
	int right;

	check_eq(transom_subscriber_create_from_fd(*(int *)argument, &options, &subscriber), 0);
	raise(SIGSTOP); /* joined */
	for (int i = 0; i < 3; i++) {
		struct transom_pixel_buffer *buffer;
		struct transom_frame *frame = NULL;

		check_eq(transom_subscriber_acquire(subscriber, 20000, &frame), 0);
		buffer = wrap(transom_frame_get_surface(frame));
		check_eq(read_number(buffer), i + 1);
		transom_pixel_buffer_unref(buffer);
		if (i == 2)
			check_eq(transom_surface_create_right(transom_frame_get_surface(frame), &right), 0);
		transom_frame_release(frame);
	}
	raise(SIGSTOP); /* with a right in hand */
}

static void
wait_for_stop(pid_t child)
{
	int status;

	check_eq(waitpid(child, &status, WUNTRACED), child);
	check(WIFSTOPPED(status));
}

TEST_FOR(streams_carry_others_memory, 60)
{
	struct transom_publisher_options options = { .size = sizeof(options), .maximum_buffers = 8 };
	struct transom_publisher *publisher;
	struct transom_surface *surfaces[3];
	int invitation;
	pid_t child;

	check_eq(transom_publisher_create(&options, &publisher), 0);
	check_eq(transom_publisher_invite(publisher, &invitation), 0);
	child = spawn(subscribe_and_keep, &invitation);
	close(invitation);
	wait_for_stop(child);
	kill(child, SIGCONT);
	for (int i = 0; i < 3; i++) {
		struct transom_pixel_buffer *buffer;

		surfaces[i] = create_frame();
		buffer = wrap(surfaces[i]);
		draw(buffer, (unsigned char)(i + 1));
		check_eq(transom_publisher_publish_buffer(publisher, buffer, NULL, 20000, NULL), 0);
		transom_pixel_buffer_unref(buffer);
	}
	wait_for_stop(child);
	transom_publisher_unref(publisher);
	check_eq(transom_surface_claim(surfaces[0]), 0);
	check_eq(transom_surface_claim(surfaces[2]), -EBUSY); /* the child's right */
	kill(child, SIGKILL);
	check_eq(wait_for(child), -SIGKILL);
	check_eq(transom_surface_claim(surfaces[2]), 0);
	for (int i = 0; i < 3; i++)
		transom_surface_unref(surfaces[i]);
}
