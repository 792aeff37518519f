/* test-costs.c - what the hot paths cost, in things that can be counted: calls, descriptors, pages. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <transom/transom.h>

#include "count-syscalls.h"
#include "harness.h"

enum { TIMES = 100 };

static struct transom_surface *
create_surface(void)
{
	struct transom_surface_options options = {
		.size = sizeof(options), .format = TRANSOM_FORMAT_BGRA8, .width = 64, .height = 64
	};
	struct transom_surface *surface = NULL;

	check_eq(transom_surface_create(&options, &surface), 0);
	return surface;
}

static struct transom_pool *
create_pool(void)
{
	struct transom_pool_options options = {
		.size = sizeof(options),
		.flags = TRANSOM_POOL_KEEP_FOREVER,
		.buffer = { .size = sizeof(options.buffer),
			    .format = TRANSOM_FORMAT_BGRA8,
			    .width = 64,
			    .height = 64 },
	};
	struct transom_pool *pool = NULL;

	check_eq(transom_pool_create(&options, &pool), 0);
	return pool;
}

/* Counts what @body does, or skips the test where a child cannot be traced. */
static struct syscall_counts
count(void (*body)(void *), void *argument)
{
	struct syscall_counts counts = { 0 };
	int r;

	skip_under("valgrind", "valgrind makes system calls of its own");
	r = count_syscalls(body, argument, &counts);
	if (r == -EPERM || r == -ENOSYS)
		skip("no tracing here");
	check_eq(r, 0);
	for (unsigned i = 0; i < counts.kinds; i++)
		fprintf(stderr, "# %s: %lu\n", counts.of[i].name, counts.of[i].times);
	return counts;
}

static void
hit_pool(void *passed)
{
	struct transom_pool *pool = create_pool();
	struct transom_pixel_buffer *buffer = NULL;
	int right;

	check_eq(transom_pool_acquire(pool, 0, &buffer), 0);
	if (*(bool *)passed) {
		check_eq(transom_surface_create_right(transom_pixel_buffer_get_surface(buffer), &right), 0);
		close(right);
	}
	transom_pixel_buffer_unref(buffer);
	for (int i = 0; i < TIMES; i++) {
		count_syscalls_start();
		check_eq(transom_pool_acquire(pool, 0, &buffer), 0);
		count_syscalls_stop();
		transom_pixel_buffer_unref(buffer);
	}
	transom_pool_unref(pool);
}

TEST(a_pool_hit_is_at_most_three_calls)
{
	bool passed[] = { false, true };

	for (int i = 0; i < 2; i++)
		check(count(hit_pool, &passed[i]).total <= 3 * TIMES);
}

static void
look_up_again(void *unused)
{
	struct transom_surface *surface = create_surface(), *first = NULL, *again = NULL;
	int right = -1;

	check_eq(transom_surface_create_right(surface, &right), 0);
	transom_surface_unref(surface);
	count_syscalls_start();
	check_eq(transom_surface_look_up(right, &first), 0);
	check_eq(transom_surface_lock(first, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	for (int i = 0; i < TIMES; i++) {
		check_eq(transom_surface_look_up(right, &again), 0);
		check(again == first);
		check_eq(transom_surface_lock(again, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
		check_eq(transom_surface_unlock(again, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
		transom_surface_unref(again);
	}
	count_syscalls_stop();
	transom_surface_unlock(first, TRANSOM_SURFACE_LOCK_READ, NULL);
	transom_surface_unref(first);
	close(right);
}

/* The first lock maps; whoever reads all of a stream of rights to the same surface maps once. */
TEST(a_surface_that_is_recognised_is_not_mapped_again)
{
	struct syscall_counts counts = count(look_up_again, NULL);
	unsigned long other = count_syscalls_named(&counts, "brk"); /* the allocator's, for the first */

	check(count_syscalls_named(&counts, "mmap") == 1);
	check(count_syscalls_named(&counts, "munmap") == 0);
	check(counts.total - other <= 2 * TIMES + 12);
}

static void
ask_in_use(void *unused)
{
	struct transom_surface *surface = create_surface();
	int right = -1;

	check_eq(transom_surface_create_right(surface, &right), 0);
	count_syscalls_start();
	for (int i = 0; i < TIMES; i++)
		check(transom_surface_is_in_use(surface));
	count_syscalls_stop();
	close(right);
	transom_surface_unref(surface);
}

TEST(an_in_use_query_is_one_call)
{
	check_eq(count(ask_in_use, NULL).total, TIMES);
}

static void
lock_and_unlock(void *unused)
{
	struct transom_surface *surface = create_surface();

	for (int i = 0; i <= TIMES; i++) {
		if (i == 1)
			count_syscalls_start();
		check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
		check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	}
	count_syscalls_stop();
	transom_surface_unref(surface);
}

TEST(locks_are_no_calls)
{
	check_eq(count(lock_and_unlock, NULL).total, 0);
}

/* Pages of its file that a surface has when each of its pixels was written, and those that pixels need. */
TEST(a_surface_costs_two_pages_and_two_fds_beside_its_pixels)
{
	struct transom_surface *first = create_surface(), *surface;
	struct transom_surface_geometry geometry;
	long page = sysconf(_SC_PAGESIZE);
	struct stat st;
	int before, right = -1;

	check_eq(transom_surface_begin_use(first), 0); /* what the process has once */
	before = count_fds();
	surface = create_surface();
	check_eq(transom_surface_begin_use(surface), 0);
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	check_eq(transom_surface_get_geometry(surface, &geometry), 0);
	check_eq(geometry.allocation_size % (uint64_t)page, 0);
	memset(transom_surface_get_base(surface), 1, geometry.allocation_size);
	check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	check(count_fds() - before <= 2);
	check_eq(transom_surface_create_right(surface, &right), 0);
	check_eq(fstat(right, &st), 0);
	check((uint64_t)st.st_blocks * 512 <= geometry.allocation_size + 2 * (uint64_t)page);
	close(right);
	transom_surface_end_use(surface);
	transom_surface_unref(surface);
	transom_surface_end_use(first);
	transom_surface_unref(first);
}

/* Streams */

struct stream {
	struct transom_publisher *publisher;
	struct transom_subscriber *subscriber;
	uint32_t width, height, mode, flags;
	int socket; /* an invitation */
	unsigned *looks; /* shared with the test */
};

static void
publish(struct stream *stream)
{
	struct transom_frame *frame = NULL;
	struct transom_surface *surface;

	check_eq(transom_publisher_acquire(stream->publisher, -1, &frame), 0);
	surface = transom_frame_get_surface(frame);
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	memset(transom_surface_get_base(surface), 1, (size_t)stream->width * stream->height * 4);
	check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	check_eq(transom_publisher_publish(stream->publisher, frame, NULL, NULL), 0);
}

/* With as many buffers as it will ever need: drawn, newest, held, and one more. */
static void
create_publisher(struct stream *stream)
{
	struct transom_publisher_options options = { .size = sizeof(options),
						     .own_buffers = 3,
						     .buffer = { .size = sizeof(options.buffer),
								 .format = TRANSOM_FORMAT_BGRA8,
								 .width = stream->width,
								 .height = stream->height } };
	struct transom_frame *frames[3];

	check_eq(transom_publisher_create(&options, &stream->publisher), 0);
	publish(stream);
	for (int i = 0; i < 3; i++)
		check_eq(transom_publisher_acquire(stream->publisher, 0, &frames[i]), 0);
	for (int i = 0; i < 3; i++)
		check_eq(transom_publisher_discard(stream->publisher, frames[i]), 0);
	check_eq(transom_publisher_invite(stream->publisher, &stream->socket), 0);
}

static void
join(struct stream *stream)
{
	struct transom_subscriber_options options = {
		.size = sizeof(options), .mode = stream->mode, .flags = stream->flags, .held = 1
	};

	check_eq(transom_subscriber_create_from_fd(stream->socket, &options, &stream->subscriber), 0);
	close(stream->socket);
}

static void
leave(struct stream *stream)
{
	transom_subscriber_unref(stream->subscriber);
	transom_publisher_unref(stream->publisher);
}

static void
read_frame(struct stream *stream)
{
	struct transom_frame *frame = NULL;
	struct transom_surface *surface;
	const volatile unsigned char *base;

	check_eq(transom_subscriber_acquire(stream->subscriber, -1, &frame), 0);
	surface = transom_frame_get_surface(frame);
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	base = transom_surface_get_base(surface);
	for (size_t i = 0; i < (size_t)stream->width * stream->height * 4; i += 1024)
		check_eq(base[i], 1);
	check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	transom_frame_release(frame);
}

static void
keep_up(void *argument)
{
	struct stream *stream = argument;

	create_publisher(stream);
	join(stream);
	for (int i = 0; i < 2 * TIMES; i++) {
		if (i == TIMES)
			count_syscalls_start();
		publish(stream);
		read_frame(stream);
	}
	count_syscalls_stop();
	leave(stream);
}

TEST(frames_are_no_calls_while_the_reader_keeps_up)
{
	static const uint32_t modes[] = { TRANSOM_SUBSCRIBER_LATEST, TRANSOM_SUBSCRIBER_EVERY };

	for (int i = 0; i < 2; i++) {
		struct stream stream = { .width = 16, .height = 16, .mode = modes[i] };

		check_eq(count(keep_up, &stream).total, 0);
	}
}

/* Has to wait for each frame. */
static void
read_for_ever(void *argument)
{
	join(argument);
	for (;;)
		read_frame(argument);
}

/* The first frame that is read says that the reader is there. */
static void
wait_for_reader(struct stream *stream)
{
	struct transom_subscriber_status status = { .size = sizeof(status) };

	while (transom_publisher_get_subscriber(stream->publisher, 0, &status) < 0 || status.acquired == 0)
		usleep(1000);
}

static void
publish_to_spinner(void *argument)
{
	struct stream *stream = argument;
	pid_t reader;

	create_publisher(stream);
	reader = spawn(read_for_ever, stream);
	close(stream->socket);
	wait_for_reader(stream);
	for (int i = 0; i < 2 * TIMES; i++) {
		if (i == TIMES)
			count_syscalls_start();
		publish(stream);
	}
	count_syscalls_stop();
	kill(reader, SIGKILL);
	check_eq(wait_for(reader), -SIGKILL);
	transom_publisher_unref(stream->publisher);
}

TEST(publishing_to_a_reader_that_spins_is_no_call)
{
	struct stream stream = { .width = 16, .height = 16, .flags = TRANSOM_SUBSCRIBER_BUSY_POLL };

	check_eq(count(publish_to_spinner, &stream).total, 0);
}

static atomic_bool reader_is_done;

/* In a thread: it is not counted. So slowly that the reader has to wait for each frame. */
static void *
publish_slowly(void *argument)
{
	while (!atomic_load(&reader_is_done)) {
		usleep(500);
		publish(argument);
	}
	return NULL;
}

/* Counts what a reader does who waits for frames; leaves how often it may look at its socket. */
static void
wait_for_frames(void *argument)
{
	struct stream *stream = argument;
	double start = 0;
	pthread_t thread;

	create_publisher(stream);
	join(stream);
	read_frame(stream);
	check_eq(pthread_create(&thread, NULL, publish_slowly, stream), 0);
	for (int i = 0; i < TIMES; i++) {
		if (i == 10) {
			count_syscalls_start();
			start = seconds_since(0);
		}
		read_frame(stream);
	}
	count_syscalls_stop();
	*stream->looks = (unsigned)(seconds_since(start) / 0.02) + 2;
	atomic_store(&reader_is_done, true);
	pthread_join(thread, NULL);
	leave(stream);
}

/* No call for a frame; but whether the publisher lives only the socket can tell. */
TEST(a_reader_that_spins_looks_at_its_socket_now_and_then)
{
	struct stream stream = { .width = 16, .height = 16, .flags = TRANSOM_SUBSCRIBER_BUSY_POLL };
	struct syscall_counts counts;

	stream.looks =
		mmap(NULL, sizeof(*stream.looks), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(stream.looks != MAP_FAILED);
	counts = count(wait_for_frames, &stream);
	check(counts.total <= *stream.looks);
	check_eq(count_syscalls_named(&counts, "recvmsg"), counts.total);
	munmap(stream.looks, sizeof(*stream.looks));
}

/* One call a frame: the one that sleeps. */
TEST(a_reader_that_sleeps_makes_one_call_a_frame)
{
	struct stream stream = { .width = 16, .height = 16 };
	struct syscall_counts counts;
	unsigned long sleeps;

	stream.looks =
		mmap(NULL, sizeof(*stream.looks), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(stream.looks != MAP_FAILED);
	counts = count(wait_for_frames, &stream);
	sleeps = count_syscalls_named(&counts, "futex");
	check(sleeps <= TIMES + *stream.looks);
	check(counts.total - sleeps <= *stream.looks);
	munmap(stream.looks, sizeof(*stream.looks));
}

static long
count_faults(void)
{
	struct rusage usage;

	check_eq(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_minflt + usage.ru_majflt;
}

/* Once more if there is one: the machine may have taken a page away. */
TEST(frames_fault_no_pages_after_the_first_ones)
{
	struct stream stream = { .width = 1920, .height = 1080 };
	long faults = 1;

	skip_under("valgrind", "valgrind's memory is its own");
	skip_under("qemu", "it has page faults of its own");
	create_publisher(&stream);
	join(&stream);
	for (int attempt = 0; attempt < 4 && faults; attempt++) {
		faults = -count_faults();
		for (int i = 0; i < 20; i++) {
			publish(&stream);
			read_frame(&stream);
		}
		faults += count_faults();
		fprintf(stderr, "# %ld faults\n", faults);
	}
	check_eq(faults, 0);
	leave(&stream);
}
