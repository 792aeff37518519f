/*
 * thread-sanitizer.c - what ThreadSanitizer does not see for itself, for tests that run under it:
 *
 * It tells places in memory apart by their address. So all mappings of a memory file in this process are
 * made one mapping, and it sees that publisher and subscribers speak through the same words, and that
 * readers and painters share pixels.
 *
 * It does not know that a child of fork(2) may make its mutexes anew, locked or not.
 *
 * It knows no locks of files. Who finds that nobody has a lock any more comes after all who have closed
 * their descriptors, or released it.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "lock-private.h"

void
__tsan_acquire(void *address);
void
__tsan_release(void *address);

enum { MAPPINGS = 16384 };

static struct mapping {
	void *address; /* NULL: free */
	size_t size;
	dev_t device;
	ino_t inode;
	unsigned references;
} mappings[MAPPINGS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void *
__real_mmap64(void *address, size_t size, int protection, int flags, int fd, off_t offset);
void *
__wrap_mmap64(void *address, size_t size, int protection, int flags, int fd, off_t offset);
int
__real_munmap(void *address, size_t size);
int
__wrap_munmap(void *address, size_t size);

/* A child does not inherit boards and cards. */
static void
forget_all(void)
{
	memset(mappings, 0, sizeof(mappings));
	pthread_mutex_init(&lock, NULL);
}

__attribute__((constructor)) static void
register_fork_handler(void)
{
	pthread_atfork(NULL, NULL, forget_all);
}

static bool
is_same(const struct mapping *mapping, size_t size, const struct stat *st)
{
	return mapping->address && mapping->size == size && mapping->device == st->st_dev &&
	       mapping->inode == st->st_ino;
}

static struct mapping *
find_free(void)
{
	for (int i = 0; i < MAPPINGS; i++)
		if (!mappings[i].address)
			return &mappings[i];
	abort();
}

static struct mapping *
find(size_t size, const struct stat *st)
{
	for (int i = 0; i < MAPPINGS; i++)
		if (is_same(&mappings[i], size, st))
			return &mappings[i];
	return NULL;
}

/* A mapping that the kernel would refuse is refused. */
static bool
may_map(int fd, int protection)
{
	return !(protection & PROT_WRITE) || (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR;
}

/* The first mapping is that of the file's maker, who may write. */
void *
__wrap_mmap64(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
	struct mapping *mapping;
	struct stat st;
	void *map;

	if (fd < 0 || address || offset || !(flags & MAP_SHARED) || !may_map(fd, protection) ||
	    fstat(fd, &st) < 0)
		return __real_mmap64(address, size, protection, flags, fd, offset);
	pthread_mutex_lock(&lock);
	mapping = find(size, &st);
	if (mapping) {
		mapping->references++;
		map = mapping->address;
	} else {
		map = __real_mmap64(NULL, size, protection, flags, fd, 0);
		if (map != MAP_FAILED)
			*find_free() = (struct mapping){ map, size, st.st_dev, st.st_ino, 1 };
	}
	pthread_mutex_unlock(&lock);
	return map;
}

int
__wrap_munmap(void *address, size_t size)
{
	bool last = true;

	pthread_mutex_lock(&lock);
	for (int i = 0; i < MAPPINGS && address; i++) {
		if (mappings[i].address != address)
			continue;
		last = --mappings[i].references == 0;
		if (last)
			mappings[i].address = NULL;
		break;
	}
	pthread_mutex_unlock(&lock);
	return last ? __real_munmap(address, size) : 0;
}

int
__real_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes);
int
__wrap_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes);

int
__wrap_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
	pthread_mutex_destroy(mutex); /* locked perhaps: see report_destroy_locked in meson.build */
	return __real_pthread_mutex_init(mutex, attributes);
}

static char file_locks; /* its address stands for them */

int
__real_close(int fd);
int
__wrap_close(int fd);
int
__real_lock_byte_release(int fd, uint64_t byte);
int
__wrap_lock_byte_release(int fd, uint64_t byte);
int
__real_lock_byte_is_held(int fd, uint64_t byte);
int
__wrap_lock_byte_is_held(int fd, uint64_t byte);

int
__wrap_close(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		__tsan_release(&file_locks);
	return __real_close(fd);
}

int
__wrap_lock_byte_release(int fd, uint64_t byte)
{
	__tsan_release(&file_locks);
	return __real_lock_byte_release(fd, byte);
}

int
__wrap_lock_byte_is_held(int fd, uint64_t byte)
{
	int r = __real_lock_byte_is_held(fd, byte);

	__tsan_acquire(&file_locks);
	return r;
}
