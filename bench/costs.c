/* costs.c - what can be counted: system calls, pages, descriptors. It measures no time. */
#include <dirent.h>
#include <malloc.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"
#include "count-syscalls.h"

enum { TIMES = 100, SURFACES = 1000 };

static struct transom_pool *pool;
static struct transom_surface *surface, *other;
static struct transom_pixel_buffer *buffer;
static struct transom_message *message;
static struct transom_right right = { -1, TRANSOM_RIGHT_SURFACE };
static int receive, send_end;

/* Everything that the operations below need, and each of them once: what a process makes once is there. */
static void
set_up(bool passed)
{
	struct transom_pool_options options = {
		.size = sizeof(options),
		.flags = TRANSOM_POOL_KEEP_FOREVER,
		.buffer = { .size = sizeof(options.buffer),
			    .format = TRANSOM_FORMAT_BGRA8,
			    .width = 64,
			    .height = 64 },
	};
	int fd = -1;

	must(transom_pool_create(&options, &pool) == 0);
	must(transom_pool_acquire(pool, 0, &buffer) == 0);
	if (passed) {
		must(transom_surface_create_right(transom_pixel_buffer_get_surface(buffer), &fd) == 0);
		close(fd);
	}
	buffer = transom_pixel_buffer_unref(buffer);
	surface = create_small_surface();
	must(transom_surface_create_right(surface, &right.fd) == 0);
	must(transom_surface_begin_use(surface) == 0);
	must(transom_surface_end_use(surface) == 0);
	must(transom_port_create(NULL, &receive, &send_end) == 0);
	must(transom_message_create(&message) == 0);
}

static void
acquire(void)
{
	must(transom_pool_acquire(pool, 0, &buffer) == 0);
}

static void
give_back(void)
{
	buffer = transom_pixel_buffer_unref(buffer);
}

static void
create_right(void)
{
	must(transom_surface_create_right(surface, &right.fd) == 0);
}

static void
drop_right(void)
{
	close(right.fd);
}

static void
send_right(void)
{
	must(transom_port_send(send_end, NULL, 0, &right, 1, -1) == 0);
}

static void
receive_right(void)
{
	int fd;

	must(transom_port_receive(receive, message, -1) == 0);
	must(transom_message_take_right(message, 0, TRANSOM_RIGHT_SURFACE, &fd) == 0);
	right.fd = fd;
}

/* For the sender's part alone, and for the receiver's. */
static void
create_and_send(void)
{
	create_right();
	send_right();
	drop_right();
}

static void
drop_and_receive(void)
{
	drop_right();
	receive_right();
	drop_right();
}

static void
look_up(void)
{
	must(transom_surface_look_up(right.fd, &other) == 0);
}

static void
unref(void)
{
	other = transom_surface_unref(other);
}

static void
forget(void)
{
	surface = transom_surface_unref(surface);
}

static void
pass(void)
{
	create_and_send();
	receive_right();
	look_up();
	drop_right();
	unref();
}

static void
begin_use(void)
{
	must(transom_surface_begin_use(surface) == 0);
}

static void
end_use(void)
{
	must(transom_surface_end_use(surface) == 0);
}

static void
ask(void)
{
	must(transom_surface_is_in_use(surface));
}

static void
lock(void)
{
	must(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL) == 0);
}

static void
unlock(void)
{
	must(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL) == 0);
}

static void
lock_unlock(void)
{
	lock();
	unlock();
}

static void
make(void)
{
	other = create_small_surface();
}

/* A surface that a reader keeps, and that comes again: looked up, locked, read. */
static void
see_again(void)
{
	look_up();
	must(transom_surface_lock(other, TRANSOM_SURFACE_LOCK_READ, NULL) == 0);
	must(transom_surface_unlock(other, TRANSOM_SURFACE_LOCK_READ, NULL) == 0);
	unref();
}

/* @once before all, not counted; then each time: @before and @after are not counted, @run is. */
struct subject {
	const char *name, *label;
	void (*run)(void), (*before)(void), (*after)(void), (*once)(void);
	bool passed;
};

static const struct subject see_again_subject = { .run = see_again, .once = lock_unlock };

static const struct subject subjects[] = {
	{ "acquire", "pool: acquire, a hit", acquire, NULL, give_back, NULL, false },
	{ "give-back", "pool: give back, never passed", give_back, acquire, NULL, NULL, false },
	{ "give-back-passed", "pool: give back, passed before", give_back, acquire, NULL, NULL, true },
	{ "create-right", "right: create", create_right, NULL, drop_right, NULL, false },
	{ "send", "right: send", send_right, create_right, drop_and_receive, drop_right, false },
	{ "receive", "right: receive", receive_right, create_and_send, drop_right, drop_right, false },
	{ "look-up-known", "look up, known", look_up, NULL, unref, NULL, false },
	{ "look-up-new", "look up, new", look_up, NULL, unref, forget, false },
	{ "pass", "right: create, send, receive, look up, drop", pass, NULL, NULL, drop_right, false },
	{ "begin-use", "begin a use", begin_use, NULL, end_use, NULL, false },
	{ "end-use", "end a use, shared surface", end_use, begin_use, NULL, NULL, false },
	{ "is-in-use", "in-use query", ask, NULL, NULL, NULL, false },
	{ "lock", "lock and unlock, mapped", lock_unlock, NULL, NULL, lock_unlock, false },
	{ "create", "surface: create", make, NULL, unref, NULL, false },
};

static void
run(void *argument)
{
	const struct subject *subject = argument;

	set_up(subject->passed);
	if (subject->once)
		subject->once();
	for (int i = -1; i < TIMES; i++) {
		if (subject->before)
			subject->before();
		if (i >= 0)
			count_syscalls_start();
		subject->run();
		count_syscalls_stop();
		if (subject->after)
			subject->after();
	}
}

static int
count(const struct subject *subject, struct syscall_counts *ret)
{
	return count_syscalls(run, (void *)subject, ret);
}

void
cost_fill(struct cost *cost, const struct syscall_counts *counts, unsigned times)
{
	size_t at = 0;

	cost->calls = (double)counts->total / times;
	for (unsigned i = 0; i < counts->kinds; i++) {
		double each = (double)counts->of[i].times / times;
		int n;

		if (each == 1)
			n = snprintf(cost->list + at, sizeof(cost->list) - at, "%s%s", i ? ", " : "",
				     counts->of[i].name);
		else
			n = snprintf(cost->list + at, sizeof(cost->list) - at, "%s%g %s", i ? ", " : "", each,
				     counts->of[i].name);
		must(n >= 0);
		at += (size_t)n < sizeof(cost->list) - at ? (size_t)n : sizeof(cost->list) - at - 1;
	}
}

static void
count_calls(const struct subject *subject, struct cost *ret)
{
	struct syscall_counts counts;

	ret->name = subject->name;
	ret->label = subject->label;
	ret->calls = -1;
	if (count(subject, &counts) == 0)
		cost_fill(ret, &counts, TIMES);
}

static int
count_fds(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int n = 0;

	must(folder);
	while (readdir(folder))
		n++;
	closedir(folder);
	return n;
}

/* Bytes of the surface's file that are in memory. */
static double
count_bytes(struct transom_surface *of)
{
	struct stat st;
	int fd = -1;

	must(transom_surface_create_right(of, &fd) == 0 && fstat(fd, &st) == 0);
	close(fd);
	return (double)st.st_blocks * 512;
}

/* Surfaces that are mapped, used, and of which every pixel was written. */
static void
measure_memory(struct costs *ret)
{
	static struct transom_surface *made[SURFACES];
	struct transom_surface_geometry geometry;
	double page = (double)sysconf(_SC_PAGESIZE), heap, bytes = 0;
	int fds;

	set_up(false); /* what a process has once */
	fds = count_fds();
	heap = (double)mallinfo2().uordblks;
	for (int i = 0; i < SURFACES; i++) {
		surface = made[i] = create_small_surface();
		must(transom_surface_begin_use(made[i]) == 0);
		lock();
		must(transom_surface_get_geometry(made[i], &geometry) == 0);
		memset(transom_surface_get_base(made[i]), 1, geometry.allocation_size);
		unlock();
	}
	ret->heap_bytes = ((double)mallinfo2().uordblks - heap) / SURFACES;
	ret->fds = (double)(count_fds() - fds) / SURFACES;
	for (int i = 0; i < SURFACES; i++)
		bytes += count_bytes(made[i]) - (double)geometry.allocation_size;
	ret->pages = bytes / page / SURFACES;
	for (int i = 0; i < SURFACES; i++) {
		transom_surface_end_use(made[i]);
		transom_surface_unref(made[i]);
	}
}

void
costs_measure(struct costs *ret)
{
	struct syscall_counts counts;

	for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++)
		count_calls(&subjects[i], &ret->of[ret->count++]);
	ret->mappings =
		count(&see_again_subject, &counts) < 0 ? -1 : (double)count_syscalls_named(&counts, "mmap");
	measure_memory(ret);
}
