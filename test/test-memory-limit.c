/*
 * test-memory-limit.c - a memory cgroup that is full: the kernel kills who is in it, and the others keep what they have.
 * Other things that can be full are test-hardships.c's.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <transom/transom.h>

#include "harness.h"
#include "memory-limit.h"

enum {
	LIMIT = 64 << 20,
	TOO_MUCH = 4 * LIMIT,
	HAS_ALL = 77, /* the status of a process that was not stopped */
	PATIENCE_MS = 60000,
	BUFFERS = 8,
	FRAMES = 3 * BUFFERS,
};

static const struct transom_pixel_buffer_options image = {
	.size = sizeof(image), .format = TRANSOM_FORMAT_BGRA8, .width = 256, .height = 256
};

static struct memory_limit limit;

static void
make_limit(void)
{
	skip_under("qemu", "its own memory counts too");
	skip_under("valgrind", "its own memory counts too");
	if (SANITIZED)
		skip("memory of sanitizers counts too");
	if (!memory_limit_create(LIMIT, &limit))
		skip("no memory cgroup can be made");
	use_folder();
}

static void
drop_limit(void)
{
	memory_limit_remove(&limit);
	drop_folder("streams");
}

/* The status of a process that took more than it may have. Where there is swap, and no limit for it, nobody stops it. */
static void
check_was_killed(pid_t pid)
{
	int status = wait_for(pid);

	if (status == HAS_ALL) {
		memory_limit_remove(&limit);
		skip("the limit is none, for there is swap");
	}
	check_eq(status, -SIGKILL);
}

static size_t
get_size(const struct transom_surface *surface)
{
	struct transom_surface_geometry geometry = { 0 };

	check_eq(transom_surface_get_geometry(surface, &geometry), 0);
	return geometry.allocation_size;
}

/* Surfaces, until the kernel ends it. */
_Noreturn static void
take_surfaces(void)
{
	struct transom_surface_options options = {
		.size = sizeof(options), .format = TRANSOM_FORMAT_BGRA8, .width = 1024, .height = 1024
	};
	struct transom_surface *surface;

	for (size_t taken = 0; taken < TOO_MUCH; taken += get_size(surface)) {
		check_eq(transom_surface_create(&options, &surface), 0);
		check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
		memset(transom_surface_get_base(surface), 1, get_size(surface));
		check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	}
	_exit(HAS_ALL);
}

static struct transom_publisher *
make_publisher(void)
{
	struct transom_publisher_options options = {
		.size = sizeof(options), .name = "full", .maximum_buffers = BUFFERS, .buffer = image
	};
	struct transom_publisher *publisher;

	check_eq(transom_publisher_create(&options, &publisher), 0);
	return publisher;
}

/* A frame whose bytes are all @value. */
static void
publish(struct transom_publisher *publisher, int value)
{
	struct transom_pixel_buffer *buffer;
	struct transom_frame *frame;

	check_eq(transom_publisher_acquire(publisher, PATIENCE_MS, &frame), 0);
	buffer = transom_frame_get_pixel_buffer(frame);
	check_eq(transom_pixel_buffer_lock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	memset(transom_surface_get_base(transom_frame_get_surface(frame)), value,
	       get_size(transom_frame_get_surface(frame)));
	check_eq(transom_pixel_buffer_unlock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	check_eq(transom_publisher_publish(publisher, frame, NULL, NULL), 0);
}

static void
check_bytes(const struct transom_frame *frame, unsigned char value)
{
	struct transom_surface *surface = transom_frame_get_surface(frame);
	const unsigned char *bytes = transom_surface_get_base(surface);

	for (size_t i = 0; i < get_size(surface); i++)
		check_eq(bytes[i], value);
}

static int
join(struct transom_subscriber **ret)
{
	const struct transom_subscriber_options options = { .size = sizeof(options),
							    .name = "full",
							    .mode = TRANSOM_SUBSCRIBER_EVERY,
							    .timeout_ms = PATIENCE_MS };

	return transom_subscriber_create(&options, ret);
}

/* Publishes a frame, waits for a byte, and takes more than there is. */
static void
publish_and_take(void *argument)
{
	const int *pipes = argument;
	struct transom_publisher *publisher;
	char byte;

	memory_limit_enter(&limit);
	publisher = make_publisher();
	check(write(pipes[1], "p", 1) == 1);
	check(read(pipes[0], &byte, 1) == 1);
	publish(publisher, 7);
	take_surfaces();
}

/* A child with a pipe each way, whose ends are @argument of its body. */
struct conversation {
	int to, from; /* this side's ends */
	pid_t pid;
};

static void
talk_to(void (*body)(void *), struct conversation *talk)
{
	int to[2], from[2];

	check(pipe(to) == 0 && pipe(from) == 0);
	talk->to = to[1];
	talk->from = from[0];
	talk->pid = spawn(body, (int[]){ to[0], from[1] });
	close(to[0]);
	close(from[1]);
}

static void
hear(const struct conversation *talk)
{
	char byte;

	check(read(talk->from, &byte, 1) == 1);
}

static void
end_conversation(const struct conversation *talk)
{
	close(talk->to);
	close(talk->from);
}

/* The publisher's memory is that of who holds a frame too, and stays. */
TEST_FOR(publisher_without_memory_leaves_what_was_shown, 120)
{
	struct transom_subscriber *subscriber;
	struct transom_frame *frame, *none;
	struct transom_publisher *other;
	struct conversation talk;

	make_limit();
	talk_to(publish_and_take, &talk);
	hear(&talk);
	check_eq(join(&subscriber), 0);
	check(write(talk.to, "g", 1) == 1);
	check_eq(transom_subscriber_acquire(subscriber, PATIENCE_MS, &frame), 0);
	check_was_killed(talk.pid);
	check_eq(transom_subscriber_acquire(subscriber, PATIENCE_MS, &none), -EPIPE);
	check_bytes(frame, 7);
	/* Its name is free, and a frame of the dead can be held as long as one likes. */
	other = make_publisher();
	publish(other, 8);
	check_bytes(frame, 7);
	transom_publisher_unref(other);
	transom_frame_release(frame);
	transom_subscriber_unref(subscriber);
	end_conversation(&talk);
	drop_limit();
}

/* Holds a frame, says so, and takes more than there is. */
static void
hold_and_take(void *argument)
{
	const int *pipes = argument;
	struct transom_subscriber *subscriber;
	struct transom_frame *frame;

	memory_limit_enter(&limit);
	check_eq(join(&subscriber), 0);
	check(write(pipes[1], "j", 1) == 1);
	check_eq(transom_subscriber_acquire(subscriber, PATIENCE_MS, &frame), 0);
	take_surfaces();
}

/* What a subscriber held comes back, and frames that were kept for it are kept no more. */
TEST_FOR(subscriber_without_memory_gives_back_what_it_held, 120)
{
	struct transom_publisher *publisher;
	struct conversation talk;

	make_limit();
	publisher = make_publisher();
	talk_to(hold_and_take, &talk);
	hear(&talk);
	publish(publisher, 1);
	check_was_killed(talk.pid);
	for (int i = 0; i < FRAMES; i++)
		publish(publisher, i);
	transom_publisher_unref(publisher);
	end_conversation(&talk);
	drop_limit();
}
