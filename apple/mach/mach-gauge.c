/* mach-gauge.c - how many messages are queued at a port: a page that those share who send to it. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "fd-private.h"
#include "mach-message-private.h"

#define GAUGE_MAGIC 0x4147434du /* "MCGA" */
#define GAUGE_SIZE 4096
#define TMPFS_MAGIC 0x01021994

/* A waiter looks again after that long whether the receiver lives: a death wakes nobody here. */
enum { LOOK_MS = 20 };

static int
map_gauge(int fd, struct gauge **ret)
{
	struct gauge *gauge = malloc(sizeof(*gauge));
	void *page;

	if (!gauge)
		return -ENOMEM;
	page = mmap(NULL, GAUGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED) {
		int error = errno;

		free(gauge);
		return -error;
	}
	madvise(page, GAUGE_SIZE, MADV_DONTFORK);
	gauge->references = 1;
	gauge->page = page;
	*ret = gauge;
	return 0;
}

int
gauge_create(uint32_t limit, struct gauge **ret, int *ret_fd)
{
	struct gauge *gauge = NULL;
	int r, fd = memfd_create("transom-mach-gauge", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, GAUGE_SIZE) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		r = -errno;
	else
		r = map_gauge(fd, &gauge);
	if (r < 0) {
		fd_close(fd);
		return r;
	}
	gauge->page->magic = GAUGE_MAGIC;
	atomic_store(&gauge->page->limit, limit);
	*ret = gauge;
	*ret_fd = fd;
	return 0;
}

int
memory_file_check(int fd, uint64_t size, bool unchanging)
{
	int seals = fcntl(fd, F_GET_SEALS); /* answered by the kernel alone, for memory files alone */
	int wanted = F_SEAL_SHRINK | (unchanging ? F_SEAL_WRITE | F_SEAL_GROW : 0);
	struct statfs system;
	off_t end;

	if (seals < 0 || (seals & wanted) != wanted)
		return -EBADMSG;
	if (fstatfs(fd, &system) < 0 || system.f_type != TMPFS_MAGIC)
		return -EBADMSG; /* huge pages: a fault may find none */
	end = lseek(fd, 0, SEEK_END);
	return end >= 0 && (uint64_t)end >= size ? 0 : -EBADMSG;
}

int
gauge_adopt(int fd, struct gauge **ret)
{
	struct gauge *gauge = NULL;
	int r = memory_file_check(fd, GAUGE_SIZE, false);

	if (r == 0)
		r = map_gauge(fd, &gauge);
	if (r < 0)
		return r;
	if (gauge->page->magic != GAUGE_MAGIC) {
		gauge_unref(gauge);
		return -EBADMSG;
	}
	*ret = gauge;
	return 0;
}

struct gauge *
gauge_ref(struct gauge *gauge)
{
	if (gauge)
		gauge->references++;
	return gauge;
}

struct gauge *
gauge_unref(struct gauge *gauge)
{
	if (gauge && --gauge->references == 0) {
		if (gauge->page)
			munmap(gauge->page, GAUGE_SIZE);
		free(gauge);
	}
	return NULL;
}

bool
gauge_take(struct gauge *gauge)
{
	uint32_t queued;

	if (!gauge)
		return true;
	queued = atomic_load(&gauge->page->queued);
	do {
		if (queued >= atomic_load(&gauge->page->limit))
			return false;
	} while (!atomic_compare_exchange_weak(&gauge->page->queued, &queued, queued + 1));
	return true;
}

static void
wake(struct gauge *gauge)
{
	if (atomic_load(&gauge->page->waiters))
		syscall(SYS_futex, &gauge->page->queued, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

void
gauge_give(struct gauge *gauge)
{
	uint32_t queued;

	if (!gauge)
		return;
	queued = atomic_load(&gauge->page->queued);
	do {
		if (queued == 0)
			return; /* whoever shares the page may write it */
	} while (!atomic_compare_exchange_weak(&gauge->page->queued, &queued, queued - 1));
	wake(gauge);
}

void
gauge_reset(struct gauge *gauge, uint32_t limit)
{
	if (!gauge)
		return;
	if (atomic_load(&gauge->page->limit) != limit)
		atomic_store(&gauge->page->limit, limit);
	if (atomic_load(&gauge->page->queued) == 0)
		return;
	atomic_store(&gauge->page->queued, 0);
	wake(gauge);
}

void
gauge_set_limit(struct gauge *gauge, uint32_t limit)
{
	if (!gauge)
		return;
	atomic_store(&gauge->page->limit, limit);
	wake(gauge);
}

uint32_t
gauge_get_queued(const struct gauge *gauge)
{
	return gauge ? atomic_load(&gauge->page->queued) : 0;
}

int
gauge_wait(struct gauge *gauge, int ms)
{
	struct gauge_page *page = gauge->page;
	struct timespec slice = { .tv_nsec = 1000000L * (ms < 0 || ms > LOOK_MS ? LOOK_MS : ms) };
	uint32_t queued;
	int r = 0;

	atomic_fetch_add(&page->waiters, 1);
	queued = atomic_load(&page->queued);
	if (queued >= atomic_load(&page->limit) &&
	    syscall(SYS_futex, &page->queued, FUTEX_WAIT, queued, &slice, NULL, 0) < 0 && errno == EINTR)
		r = -EINTR;
	atomic_fetch_sub(&page->waiters, 1);
	return r;
}
