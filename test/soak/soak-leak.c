/* soak-leak.c - leaks of each kind that the soak test counts, for the proof that it finds them. */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"
#include "soak.h"

/* More than what is forgiven, in a few rounds. */
enum { LEAKED_HEAP = 48 << 10, LEAKED_PAGES = 256 << 10 };

static int
make_file(size_t size)
{
	int fd = memfd_create("leak", MFD_CLOEXEC);

	check(fd >= 0 && ftruncate(fd, (off_t)size) == 0);
	return fd;
}

static void
leak_lock(void)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_len = 1 };

	check(fcntl(make_file(4096), F_OFD_SETLK, &lock) == 0);
}

/* Mapped and touched, in no descriptor. */
static void
leak_mapping(void)
{
	int fd = make_file(4096);

	check(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0) != MAP_FAILED);
	close(fd);
}

/* In a descriptor, and mapped by nobody. */
static void
leak_shared_memory(void)
{
	int fd = make_file(LEAKED_PAGES);

	check(posix_fallocate(fd, 0, LEAKED_PAGES) == 0);
}

static void
leak_private_memory(void)
{
	void *volatile memory = malloc(LEAKED_HEAP);
	void *pages = mmap(NULL, LEAKED_PAGES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	check(memory && pages != MAP_FAILED);
	memset(memory, 1, LEAKED_HEAP);
	memset(pages, 1, LEAKED_PAGES);
}

static void
leak_name(unsigned *seed)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/ports/.leak-%d-%d", getenv("TRANSOM_RUNTIME_DIR"), (int)getpid(),
		 rand_r(seed));
	fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
}

static void *
stay(void *argument)
{
	for (;;)
		pause();
	return argument;
}

static void
leak_thread(void)
{
	pthread_t thread;

	check(pthread_create(&thread, NULL, stay, NULL) == 0);
	pthread_detach(thread);
}

static void
live_on(void *argument)
{
	stay(argument);
}

void
leak_something(unsigned *seed)
{
	leak_lock();
	leak_mapping();
	leak_shared_memory();
	leak_private_memory();
	leak_name(seed);
	leak_thread();
}

void
leak_process(void)
{
	spawn(live_on, NULL);
}
