/* stream-crowds.c - streams with 1 to 1,000 readers, 1,000 streams, small and large buffers; part of test-stream. */
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "harness.h"
#include "streams.h"

enum { MANY = 1000, FRAMES = 20, ROUNDS = 3, STACK = 128 * 1024 };

static void
allow_descriptors(rlim_t needed)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < needed)
		skip("too few descriptors are allowed");
	getrlimit(RLIMIT_NPROC, &limit);
	if (limit.rlim_cur < 3 * MANY)
		skip("too few processes are allowed");
}

/* A reader of a crowd: a process, or a thread of the publisher's. One in four is killed, or leaves at any time. */
struct reader {
	struct crowd *crowd;
	unsigned number;
	int invitation;
	pid_t pid;
	pthread_t thread;
};

struct crowd {
	unsigned count;
	bool threads;
	struct transom_publisher *publisher;
	struct reader readers[MANY];
	/* In memory that all processes share. */
	atomic_ulong last; /* after this frame all leave */
	atomic_uint here; /* readers that have seen a frame */
	atomic_uint done; /* that have seen the last one */
	atomic_bool victims_leave;
};

static bool
is_victim(const struct reader *reader)
{
	return reader->crowd->count > 1 && reader->number % 4 == 1;
}

static uint32_t
choose_mode(const struct reader *reader)
{
	return reader->number % 8 == 7 ? TRANSOM_SUBSCRIBER_EVERY : TRANSOM_SUBSCRIBER_LATEST;
}

/* Frames are in order, whole, and for who reads each of them all there. */
static void
read_crowd(void *argument)
{
	struct reader *reader = argument;
	struct crowd *crowd = reader->crowd;
	struct transom_subscriber_options options = subscriber_options(choose_mode(reader));
	struct transom_subscriber *subscriber;
	struct transom_frame *frame;
	uint64_t last = 0;

	options.held = 1;
	options.queue = options.mode == TRANSOM_SUBSCRIBER_EVERY ? 2 : 0;
	check_eq(transom_subscriber_create_from_fd(reader->invitation, &options, &subscriber), 0);
	while (!(last && last >= atomic_load(&crowd->last))) {
		uint64_t sequence;

		if (is_victim(reader) && crowd->threads && atomic_load(&crowd->victims_leave))
			break;
		check_eq(transom_subscriber_acquire(subscriber, -1, &frame), 0);
		sequence = transom_frame_get_sequence(frame);
		check(sequence > last && read_number(frame) == sequence);
		if (last == 0)
			atomic_fetch_add(&crowd->here, 1);
		else if (options.mode == TRANSOM_SUBSCRIBER_EVERY)
			check_eq(sequence, last + 1);
		last = sequence;
		transom_frame_release(frame);
	}
	atomic_fetch_add(&crowd->done, last >= atomic_load(&crowd->last));
	transom_subscriber_unref(subscriber);
}

static void *
run_reader(void *argument)
{
	struct reader *reader = argument;

	read_crowd(reader);
	close(reader->invitation);
	return NULL;
}

static void
begin_reader(struct crowd *crowd, unsigned number)
{
	struct reader *reader = &crowd->readers[number];
	pthread_attr_t attributes;

	*reader = (struct reader){ .crowd = crowd, .number = number };
	check_eq(transom_publisher_invite(crowd->publisher, &reader->invitation), 0);
	if (!crowd->threads) {
		reader->pid = spawn(read_crowd, reader);
		close(reader->invitation);
		return;
	}
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK);
	check_eq(pthread_create(&reader->thread, &attributes, run_reader, reader), 0);
	pthread_attr_destroy(&attributes);
}

static void
lose_victims(struct crowd *crowd)
{
	atomic_store(&crowd->victims_leave, true);
	for (unsigned i = 0; i < crowd->count && !crowd->threads; i++)
		if (is_victim(&crowd->readers[i])) {
			kill(crowd->readers[i].pid, SIGKILL);
			check_eq(wait_for(crowd->readers[i].pid), -SIGKILL);
		}
}

static void
end_readers(struct crowd *crowd)
{
	for (unsigned i = 0; i < crowd->count; i++) {
		if (crowd->threads)
			check_eq(pthread_join(crowd->readers[i].thread, NULL), 0);
		else if (!is_victim(&crowd->readers[i]))
			check_eq(wait_for(crowd->readers[i].pid), 0);
	}
}

/* One draws, one is the newest: all others are free again, as soon as the last reader has gone. */
static void
expect_all_buffers(struct transom_publisher *publisher)
{
	struct transom_stream_statistics statistics = { .buffers = 9 };

	for (uint32_t i = 0; i < 5000 && statistics.buffers > statistics.free + 2; i++) {
		publish(publisher);
		statistics = statistics_of(publisher);
	}
	check(statistics.buffers <= statistics.free + 2);
}

static void
run_round(struct crowd *crowd)
{
	atomic_store(&crowd->last, UINT64_MAX);
	atomic_store(&crowd->here, 0);
	atomic_store(&crowd->done, 0);
	atomic_store(&crowd->victims_leave, false);
	for (unsigned i = 0; i < crowd->count; i++)
		begin_reader(crowd, i);
	wait_for_subscribers(crowd->publisher, crowd->count);
	publish(crowd->publisher);
	while (atomic_load(&crowd->here) < crowd->count)
		usleep(1000);
	for (unsigned i = 0; i < FRAMES; i++) {
		if (i == FRAMES / 2)
			lose_victims(crowd);
		publish(crowd->publisher);
	}
	atomic_store(&crowd->last, statistics_of(crowd->publisher).published + 1);
	publish(crowd->publisher);
	end_readers(crowd);
	wait_for_subscribers(crowd->publisher, 0);
	expect_all_buffers(crowd->publisher);
}

/* Descriptors beside those of the buffers, when the service has closed what it has just taken out of the list. */
static long
count_settled_fds(struct transom_publisher *publisher)
{
	long before, fds = LONG_MAX;

	do {
		before = fds;
		usleep(20000);
		fds = count_fds();
	} while (fds < before);
	return fds - 2 * (long)statistics_of(publisher).buffers;
}

#ifndef __has_feature /* gcc, which has a macro for each */
#define __has_feature(feature) 0
#endif
/* ThreadSanitizer's shadow of what threads have touched stays as well, for as long as it likes. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
#define KEEPS_WHAT_WAS_FREED true
#else
#define KEEPS_WHAT_WAS_FREED false
#endif

static long
count_pages(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	long all, resident;

	check(file && fscanf(file, "%ld %ld", &all, &resident) == 2);
	fclose(file);
	return resident;
}

static unsigned
count_survivors(const struct crowd *crowd)
{
	unsigned n = 0;

	for (unsigned i = 0; i < crowd->count; i++)
		n += !is_victim(&crowd->readers[i]);
	return n;
}

static void
read_in_a_crowd(unsigned count, bool threads)
{
	struct transom_publisher_options options = publisher_options(NULL);
	struct crowd *crowd;
	long fds = 0, pages = 0;

	skip_under("qemu", "it does not outlive forks beside threads, and keeps what threads had");
	allow_descriptors(6 * count);
	crowd = mmap(NULL, sizeof(*crowd), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(crowd != MAP_FAILED);
	crowd->count = count;
	crowd->threads = threads;
	options.maximum_buffers = 8 + 2 * count;
	check_eq(transom_publisher_create(&options, &crowd->publisher), 0);
	for (int round = 0; round < ROUNDS; round++) {
		run_round(crowd);
		check(atomic_load(&crowd->done) >= count_survivors(crowd));
		if (round == ROUNDS - 1) {
			/* What is closed late on a busy machine is waited for; the first wait for a buffer opens two. */
			while (count_settled_fds(crowd->publisher) > fds + 2)
				continue;
			/* The allocator's, not a card a reader. */
			check(KEEPS_WHAT_WAS_FREED || count_pages() <= pages + 1024);
		}
		fds = count_settled_fds(crowd->publisher);
		pages = count_pages();
	}
	transom_publisher_unref(crowd->publisher);
	munmap(crowd, sizeof(*crowd));
}

/* As many as an emulation of processes and threads can bear. */
static unsigned
as_many(unsigned count)
{
	const char *slowness = getenv("TRANSOM_TEST_SLOWNESS");

	return slowness && atoi(slowness) >= 10 && count > 64 ? 64 : count;
}

TEST(one_reader)
{
	read_in_a_crowd(1, false);
	read_in_a_crowd(1, true);
}

TEST_FOR(eight_readers, 60)
{
	read_in_a_crowd(8, false);
	read_in_a_crowd(8, true);
}

TEST_FOR(sixty_four_readers, 120)
{
	read_in_a_crowd(64, false);
	read_in_a_crowd(64, true);
}

TEST_FOR(a_thousand_processes_read, 240)
{
	read_in_a_crowd(as_many(MANY), false);
}

TEST_FOR(a_thousand_threads_read, 240)
{
	read_in_a_crowd(as_many(MANY), true);
}

/* Four thousand changes of a folder: on a disk that others keep busy each may wait. */
TEST_FOR(a_thousand_streams, 240)
{
	static struct transom_publisher *publishers[MANY];
	struct transom_subscriber_options options = subscriber_options(TRANSOM_SUBSCRIBER_LATEST);
	struct transom_name_list *list;
	char name[32];

	allow_descriptors(10 * MANY);
	use_folder();
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "stream-%04d", i);
		publishers[i] = publish_as(name);
		publish(publishers[i]);
	}
	check_eq(transom_stream_list_create(&list), 0);
	check_eq(transom_name_list_get_count(list), MANY);
	for (size_t i = 0; i < MANY; i += 37) {
		struct transom_subscriber *subscriber;

		options.name = transom_name_list_get_name(list, i);
		check_eq(transom_subscriber_create(&options, &subscriber), 0);
		transom_frame_release(acquire(subscriber, 1));
		transom_subscriber_unref(subscriber);
	}
	transom_name_list_unref(list);
	for (int i = 0; i < MANY; i++)
		transom_publisher_unref(publishers[i]);
	drop_folder("streams");
}

TEST(buffers_from_64_bytes_to_a_gibibyte)
{
	static const struct {
		uint32_t width, height;
	} sizes[] = { { 16, 1 }, { 256, 256 }, { 3840, 2160 }, { 16384, 16384 } };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct transom_publisher_options options = publisher_options(NULL);
		struct transom_publisher *publisher;
		struct transom_subscriber *subscriber;
		struct transom_surface *surface;
		struct transom_frame *frame;
		size_t last = (size_t)sizes[i].width * sizes[i].height * 4 - 1;

		options.buffer.width = sizes[i].width;
		options.buffer.height = sizes[i].height;
		check_eq(transom_publisher_create(&options, &publisher), 0);
		subscriber = subscribe(publisher, TRANSOM_SUBSCRIBER_LATEST);
		for (unsigned char n = 1; n < 6; n++) {
			struct transom_pixel_buffer *buffer;

			check_eq(transom_publisher_acquire(publisher, 0, &frame), 0);
			buffer = transom_frame_get_pixel_buffer(frame);
			check_eq(transom_pixel_buffer_lock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
			((unsigned char *)transom_pixel_buffer_get_base(buffer))[last] = n;
			check_eq(transom_pixel_buffer_unlock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
			check_eq(transom_publisher_publish(publisher, frame, NULL, NULL), 0);
			check_eq(transom_subscriber_acquire(subscriber, 0, &frame), 0);
			surface = transom_frame_get_surface(frame);
			check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
			check_eq(((unsigned char *)transom_surface_get_base(surface))[last], n);
			check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
			transom_frame_release(frame);
		}
		transom_subscriber_unref(subscriber);
		transom_publisher_unref(publisher);
	}
}
