/*
 * scale.c - many streams and many readers at once: what each costs in memory, descriptors and time, and which
 * limit comes first. docs/scaling.md has what it showed.
 */
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <getopt.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

enum {
	MOST_PROCESSES = 512,
	JOIN_MS = 60000,
	ROUNDS = 10,
	INTRODUCING = 5,
	PAUSE_NS = 20000000,
	SETTLE_NS = 1000000000
};

struct plan_of_scale {
	unsigned streams, readers, buffers;
	unsigned publisher_processes, reader_processes;
	uint32_t width, height;
	bool filled; /* write to all of each buffer, and read it */
};

/* What all processes know of each other. */
struct tally {
	atomic_uint publishing; /* processes whose streams can be joined */
	atomic_uint joined; /* readers */
	atomic_uint refused;
	atomic_int error; /* of the first that was refused */
	atomic_ulong seen; /* frames, by all readers */
	atomic_ulong join_ns, introduce_ns, acquire_ns, publish_ns; /* sums */
	atomic_ulong introduced, published; /* frames whose buffers readers may not have yet; the others */
	atomic_bool go;
	atomic_uint done; /* publishers */
};

static struct tally *tally;
static struct plan_of_scale scale = { .streams = 1,
				      .readers = 1,
				      .buffers = 4,
				      .publisher_processes = 1,
				      .reader_processes = 1,
				      .width = 16,
				      .height = 1 };

static void
make_name(unsigned stream, char ret[32])
{
	snprintf(ret, 32, "scale-%u", stream);
}

/* How many of the readers a stream has: reader r is of stream r % streams. */
static unsigned
count_readers(unsigned stream)
{
	return scale.readers / scale.streams + (stream < scale.readers % scale.streams);
}

static struct transom_publisher *
open_stream(unsigned stream)
{
	struct transom_publisher_options options = {
		.size = sizeof(options),
		.maximum_buffers = count_readers(stream) + 2,
		.buffer = { .size = sizeof(options.buffer),
			    .format = TRANSOM_FORMAT_BGRA8,
			    .width = scale.width,
			    .height = scale.height },
	};
	struct transom_publisher *publisher;
	char name[32];
	int r;

	if (options.maximum_buffers < scale.buffers)
		options.maximum_buffers = scale.buffers;
	make_name(stream, name);
	options.name = name;
	r = transom_publisher_create(&options, &publisher);
	if (r < 0) {
		fprintf(stderr, "bench-scale: stream %u: %s\n", stream, transom_error_describe(r));
		fflush(NULL);
		_exit(1);
	}
	return publisher;
}

static void
write_whole(struct transom_frame *frame)
{
	struct transom_surface *surface = transom_frame_get_surface(frame);
	struct transom_surface_geometry geometry;

	must(transom_surface_get_geometry(surface, &geometry) == 0);
	must(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL) == 0);
	memset(transom_surface_get_base(surface), 1, geometry.allocation_size);
	must(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL) == 0);
}

/* A buffer is sent to each reader when its first frame is published: those frames are counted apart. */
static void
publish_once(struct transom_publisher *publisher, bool introducing)
{
	uint64_t start = now_ns(), drawn, published;
	struct transom_frame *frame;

	must(transom_publisher_acquire(publisher, -1, &frame) == 0);
	drawn = now_ns();
	if (scale.filled)
		write_whole(frame);
	published = now_ns();
	must(transom_publisher_publish(publisher, frame, NULL, NULL) == 0);
	if (introducing) {
		atomic_fetch_add(&tally->introduce_ns, now_ns() - published);
		atomic_fetch_add(&tally->introduced, 1);
		return;
	}
	atomic_fetch_add(&tally->acquire_ns, drawn - start);
	atomic_fetch_add(&tally->publish_ns, now_ns() - published);
	atomic_fetch_add(&tally->published, 1);
}

static void
nap(uint64_t ns)
{
	struct timespec time = { (time_t)(ns / 1000000000u), (long)(ns % 1000000000u) };

	while (nanosleep(&time, &time) < 0 && errno == EINTR)
		;
}

/* All streams of this process in turn. Each gets its buffers first, so that they are there. */
static void
publish_all(void *argument)
{
	unsigned process = (unsigned)(uintptr_t)argument, count = 0;
	struct transom_publisher **publishers = calloc(scale.streams, sizeof(struct transom_publisher *));

	must(publishers);
	for (unsigned i = process; i < scale.streams; i += scale.publisher_processes)
		publishers[count++] = open_stream(i);
	atomic_fetch_add(&tally->publishing, 1);
	while (!atomic_load(&tally->go))
		nap(PAUSE_NS);
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < count; i++)
			publish_once(publishers[i], round < INTRODUCING);
		nap(SETTLE_NS / ROUNDS);
	}
	atomic_fetch_add(&tally->done, 1);
	pause();
}

static void
look(struct transom_frame *frame)
{
	struct transom_surface *surface = transom_frame_get_surface(frame);
	struct transom_surface_geometry geometry;
	volatile unsigned char sink = 0;
	const unsigned char *bytes;

	must(transom_surface_get_geometry(surface, &geometry) == 0);
	must(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL) == 0);
	bytes = transom_surface_get_base(surface);
	for (uint64_t i = 0; i < geometry.allocation_size;
	     i += scale.filled ? 4096 : geometry.allocation_size)
		sink ^= bytes[i];
	(void)sink;
	must(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_READ, NULL) == 0);
}

/* Until there is nothing new: only then does its descriptor become readable again. */
static void
read_all_of(struct transom_subscriber *subscriber)
{
	struct transom_frame *frame;

	while (transom_subscriber_acquire(subscriber, 0, &frame) == 0) {
		look(frame);
		atomic_fetch_add(&tally->seen, 1);
		transom_frame_release(frame);
	}
}

static struct transom_subscriber *
join(unsigned reader, int epoll)
{
	struct transom_subscriber_options options = { .size = sizeof(options),
						      .held = 1,
						      .timeout_ms = JOIN_MS };
	struct transom_subscriber *subscriber;
	struct epoll_event event = { .events = EPOLLIN };
	uint64_t start = now_ns();
	char name[32];
	int r, none = 0;

	make_name(reader % scale.streams, name);
	options.name = name;
	r = transom_subscriber_create(&options, &subscriber);
	if (r < 0) {
		atomic_fetch_add(&tally->refused, 1);
		atomic_compare_exchange_strong(&tally->error, &none, r);
		return NULL;
	}
	atomic_fetch_add(&tally->join_ns, now_ns() - start);
	event.data.ptr = subscriber;
	must(epoll_ctl(epoll, EPOLL_CTL_ADD, transom_subscriber_get_fd(subscriber), &event) == 0);
	read_all_of(subscriber);
	return subscriber;
}

static void
read_all_streams(void *argument)
{
	unsigned process = (unsigned)(uintptr_t)argument;
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event events[64];

	must(epoll >= 0);
	for (unsigned i = process; i < scale.readers; i += scale.reader_processes)
		if (join(i, epoll))
			atomic_fetch_add(&tally->joined, 1);
	for (;;) {
		int count = epoll_wait(epoll, events, 64, -1);

		for (int i = 0; i < count; i++)
			read_all_of(events[i].data.ptr);
	}
}

/* What is there: by /proc */

struct size_of_process {
	unsigned long fds, maps;
	double pss, page_tables; /* bytes */
};

static unsigned long
count_entries(const char *path)
{
	DIR *folder = opendir(path);
	unsigned long count = 0;

	while (folder && readdir(folder))
		count++;
	if (folder)
		closedir(folder);
	return count > 2 ? count - 2 : 0;
}

/* The sum of the lines of a file that begin with the word, or the number of lines. In kB as the kernel says it. */
static unsigned long
read_file(const char *path, const char *word)
{
	FILE *file = fopen(path, "re");
	unsigned long total = 0, value;
	char line[512];

	while (file && fgets(line, sizeof(line), file)) {
		if (!word)
			total++;
		else if (!strncmp(line, word, strlen(word)) &&
			 sscanf(line + strlen(word), "%lu", &value) == 1)
			total += value;
	}
	if (file)
		fclose(file);
	return total;
}

static void
add_process(pid_t pid, struct size_of_process *sum)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	sum->fds += count_entries(path);
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	sum->maps += read_file(path, NULL);
	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
	sum->pss += 1024.0 * (double)read_file(path, "Pss:");
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	sum->page_tables += 1024.0 * (double)read_file(path, "VmPTE:");
}

static struct size_of_process
measure_processes(const pid_t *pids, unsigned count)
{
	struct size_of_process sum = { 0 };

	for (unsigned i = 0; i < count; i++)
		add_process(pids[i], &sum);
	return sum;
}

static double
read_kernel_bytes(void)
{
	return 1024.0 *
	       (double)(read_file("/proc/meminfo", "Slab:") + read_file("/proc/meminfo", "PageTables:"));
}

static void
print_side(const char *name, unsigned units, const struct size_of_process *none,
	   const struct size_of_process *all)
{
	double n = units;

	printf("%-10s fds %lu (%.2f each)  mappings %lu (%.2f each)  PSS %.1f MiB (%.1f KiB each)  "
	       "page tables %.1f MiB\n",
	       name, all->fds, ((double)all->fds - (double)none->fds) / n, all->maps,
	       ((double)all->maps - (double)none->maps) / n, all->pss / 1048576,
	       (all->pss - none->pss) / 1024 / n, all->page_tables / 1048576);
}

static double
mean(const atomic_ulong *sum, unsigned long count)
{
	return count ? (double)atomic_load(sum) / (double)count : 0;
}

static void
wait_for_joins(void)
{
	while (atomic_load(&tally->joined) + atomic_load(&tally->refused) < scale.readers)
		nap(PAUSE_NS);
}

static void
run_scale(void)
{
	static pid_t publishers[MOST_PROCESSES], readers[MOST_PROCESSES];
	struct size_of_process none = { 0 }, alone, publisher, reader;
	unsigned units = scale.readers ? scale.readers : scale.streams;
	double kernel = read_kernel_bytes(), took;
	uint64_t start;

	for (unsigned i = 0; i < scale.publisher_processes; i++)
		publishers[i] = start_child(publish_all, (void *)(uintptr_t)i, CORE);
	while (atomic_load(&tally->publishing) < scale.publisher_processes)
		nap(PAUSE_NS);
	alone = measure_processes(publishers, scale.publisher_processes);
	start = now_ns();
	for (unsigned i = 0; i < scale.reader_processes; i++)
		readers[i] = start_child(read_all_streams, (void *)(uintptr_t)i, OTHER_CORE);
	wait_for_joins();
	took = (double)(now_ns() - start) / 1e9;
	atomic_store(&tally->go, true);
	while (atomic_load(&tally->done) < scale.publisher_processes)
		nap(PAUSE_NS);
	nap(SETTLE_NS);
	kernel = read_kernel_bytes() - kernel;
	publisher = measure_processes(publishers, scale.publisher_processes);
	reader = measure_processes(readers, scale.reader_processes);
	print_side("streams", scale.streams, &none, &alone);
	print_side("publishers", units, &alone, &publisher);
	print_side("readers", units, &none, &reader);
	printf("kernel     slab and page tables %.1f MiB (%.1f KiB each)\n", kernel / 1048576,
	       kernel / 1024 / units);
	printf("joined     %u of %u readers in %.2f s, %.1f us each in the reader\n",
	       atomic_load(&tally->joined), scale.readers, took,
	       mean(&tally->join_ns, atomic_load(&tally->joined)) / 1e3);
	if (atomic_load(&tally->refused))
		printf("refused    %u: %s\n", atomic_load(&tally->refused),
		       transom_error_describe(atomic_load(&tally->error)));
	printf("frames     %lu published, %lu seen; the first %d of each stream %.2f us to publish\n",
	       atomic_load(&tally->introduced) + atomic_load(&tally->published), atomic_load(&tally->seen),
	       INTRODUCING, mean(&tally->introduce_ns, atomic_load(&tally->introduced)) / 1e3);
	printf("later ones acquire %.2f us, publish %.2f us\n",
	       mean(&tally->acquire_ns, atomic_load(&tally->published)) / 1e3,
	       mean(&tally->publish_ns, atomic_load(&tally->published)) / 1e3);
	for (unsigned i = 0; i < scale.reader_processes; i++)
		end_child(readers[i]);
	for (unsigned i = 0; i < scale.publisher_processes; i++)
		end_child(publishers[i]);
}

static void
usage(FILE *where)
{
	fprintf(where, "usage: bench-scale [option]...\n"
		       "  --streams N             (1)\n"
		       "  --readers N             of all streams together (1)\n"
		       "  --buffers N             at least so many for each stream (4)\n"
		       "  --publisher-processes N that share the streams (1)\n"
		       "  --reader-processes N    that share the readers (1)\n"
		       "  --size WxH              of a frame, in pixels (16x1)\n"
		       "  --fill                  write and read all of each frame\n");
}

static unsigned
parse_count(const char *text, unsigned least, unsigned most)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (end == text || *end || number < least || number > most) {
		fprintf(stderr, "bench-scale: '%s' is no number from %u to %u\n", text, least, most);
		exit(2);
	}
	return (unsigned)number;
}

static void
parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "streams", required_argument, NULL, 's' },
		{ "readers", required_argument, NULL, 'r' },
		{ "buffers", required_argument, NULL, 'b' },
		{ "publisher-processes", required_argument, NULL, 'p' },
		{ "reader-processes", required_argument, NULL, 'q' },
		{ "size", required_argument, NULL, 'z' },
		{ "fill", no_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option, end = 0;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		if (option == 's') {
			scale.streams = parse_count(optarg, 1, 100000);
		} else if (option == 'r') {
			scale.readers = parse_count(optarg, 0, 1000000);
		} else if (option == 'b') {
			scale.buffers = parse_count(optarg, 2, TRANSOM_STREAM_MAX_BUFFERS);
		} else if (option == 'p') {
			scale.publisher_processes = parse_count(optarg, 1, MOST_PROCESSES);
		} else if (option == 'q') {
			scale.reader_processes = parse_count(optarg, 1, MOST_PROCESSES);
		} else if (option == 'f') {
			scale.filled = true;
		} else if (option != 'z' ||
			   sscanf(optarg, "%5ux%5u%n", &scale.width, &scale.height, &end) != 2 ||
			   optarg[end] || !scale.width || !scale.height) {
			usage(option == 'h' ? stdout : stderr);
			exit(option == 'h' ? 0 : 2);
		}
	}
	if (optind < argc) {
		usage(stderr);
		exit(2);
	}
}

static int
remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
	(void)remove(path);
	return 0;
}

static char folder[] = "/tmp/bench-scale-XXXXXX";

static void
remove_folder(void)
{
	nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

int
main(int argc, char **argv)
{
	parse(argc, argv);
	raise_fd_limit();
	/* Names of our own; children end without exit(3), so they leave it alone. */
	must(mkdtemp(folder) && setenv("TRANSOM_RUNTIME_DIR", folder, 1) == 0 && atexit(remove_folder) == 0);
	tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(tally != MAP_FAILED);
	run_scale();
	return fflush(stdout) == 0 ? 0 : 1;
}
