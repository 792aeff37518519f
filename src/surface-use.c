/* surface-use.c - uses, claims and rights: locks on one byte of a surface's file. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "fd-private.h"
#include "lock-private.h"
#include "surface-private.h"

/* A claim is over in microseconds; whoever meets one tries again for about 10 ms, then gives up. */
enum { YIELDS = 8, NAPS = 50, NAP_NS = 200000 };

bool
surface_pause(unsigned *attempt)
{
	if (*attempt >= YIELDS + NAPS)
		return false;
	if ((*attempt)++ < YIELDS)
		sched_yield();
	else
		nanosleep(&(struct timespec){ .tv_nsec = NAP_NS }, NULL);
	return true;
}

int
surface_open_use(struct transom_surface *surface)
{
	if (surface->use_fd >= 0)
		return 0;
	if (surface->adopted)
		return fd_dup(surface->fd, &surface->use_fd);
	return fd_reopen(surface->fd, surface->state_writable ? O_RDWR : O_RDONLY, &surface->use_fd);
}

void
surface_announce(struct transom_surface *surface)
{
	char byte;

	/*
	 * Watchers wait for an inotify event: a read makes one, after the lock is gone. Closing the
	 * description would make one too, but opening it again costs four times as much. While nobody
	 * else can have the file, nobody can watch it. Relaxed: who watches has found the lock taken, after it was
	 * given the file and before we released it, and the kernel's lock of the file orders these.
	 */
	if (atomic_load_explicit(&surface->shared, memory_order_relaxed))
		(void)!pread(surface->use_fd, &byte, 1, 0);
}

/* The first use of this process; a claim of its own becomes one in the same step. */
static int
begin_first_use(struct transom_surface *surface)
{
	int r = surface_open_use(surface);

	if (r < 0)
		return r;
	r = lock_byte_shared(surface->use_fd, SURFACE_USE_BYTE);
	if (r == 0)
		surface->claimed = false;
	return r;
}

int
transom_surface_begin_use(struct transom_surface *surface)
{
	unsigned attempt = 0;
	int r;

	if (!surface)
		return -EINVAL;
	atomic_fetch_add(&surface->grants, 1);
	do {
		pthread_mutex_lock(&surface->lock);
		r = surface->uses ? 0 : begin_first_use(surface);
		if (r == 0)
			surface->uses++;
		pthread_mutex_unlock(&surface->lock);
	} while (r == -EBUSY && surface_pause(&attempt));
	return r;
}

int
transom_surface_end_use(struct transom_surface *surface)
{
	int r = 0;

	if (!surface)
		return -EINVAL;
	pthread_mutex_lock(&surface->lock);
	if (!surface->uses)
		r = -EINVAL;
	else if (--surface->uses == 0 && !surface->adopted) {
		lock_byte_release(surface->use_fd, SURFACE_USE_BYTE);
		surface_announce(surface);
	}
	pthread_mutex_unlock(&surface->lock);
	return r;
}

/* The fields below the lock are read by functions that do not change the surface. */
static pthread_mutex_t *
lock_of(const struct transom_surface *surface)
{
	return &((struct transom_surface *)surface)->lock;
}

uint32_t
transom_surface_get_use_count(const struct transom_surface *surface)
{
	uint32_t uses;

	if (!surface)
		return 0;
	pthread_mutex_lock(lock_of(surface));
	uses = surface->uses;
	pthread_mutex_unlock(lock_of(surface));
	return uses;
}

bool
transom_surface_is_in_use(const struct transom_surface *surface)
{
	/* The surface's own descriptor holds no locks, so it sees all of them. */
	return surface && (lock_byte_is_held(surface->fd, SURFACE_USE_BYTE) != 0 || surface->adopted);
}

bool
transom_surface_is_in_use_elsewhere(const struct transom_surface *surface)
{
	int r;

	if (!surface)
		return false;
	pthread_mutex_lock(lock_of(surface));
	r = lock_byte_is_held(surface->use_fd >= 0 ? surface->use_fd : surface->fd, SURFACE_USE_BYTE);
	pthread_mutex_unlock(lock_of(surface));
	return r != 0;
}

int
transom_surface_count_uses(const struct transom_surface *surface)
{
	unsigned long long inode;
	unsigned major_number, minor_number;
	char line[256], start[32];
	FILE *locks;
	int n = 0;

	if (!surface)
		return -EINVAL;
	do
		locks = fopen("/proc/locks", "re");
	while (!locks && errno == EINTR);
	if (!locks)
		return errno == ENOENT || errno == EACCES ? -ENXIO : -errno;
	while (fgets(line, sizeof(line), locks))
		if (sscanf(line, "%*u: OFDLCK %*s %*s %*d %x:%x:%llu %31s", &major_number, &minor_number,
			   &inode, start) == 4 &&
		    inode == surface->inode && makedev(major_number, minor_number) == surface->device &&
		    start[0] == '0' && start[1] == 0)
			n++;
	fclose(locks);
	return n;
}

int
surface_claim_locked(struct transom_surface *surface)
{
	int r;

	if (surface->uses || surface->claimed)
		return -EBUSY;
	if (!surface->state_writable || surface->adopted)
		return -EACCES;
	r = surface_open_use(surface);
	if (r < 0)
		return r;
	r = lock_byte_exclusive(surface->use_fd, SURFACE_USE_BYTE);
	if (r == 0)
		surface->claimed = true;
	return r == -EBADF ? -EACCES : r;
}

void
surface_end_claim_locked(struct transom_surface *surface)
{
	surface->claimed = false;
	lock_byte_release(surface->use_fd, SURFACE_USE_BYTE);
	surface_announce(surface);
}

int
transom_surface_claim(struct transom_surface *surface)
{
	int r;

	if (!surface)
		return -EINVAL;
	pthread_mutex_lock(&surface->lock);
	r = surface_claim_locked(surface);
	pthread_mutex_unlock(&surface->lock);
	return r;
}

int
transom_surface_end_claim(struct transom_surface *surface)
{
	int r = 0;

	if (!surface)
		return -EINVAL;
	pthread_mutex_lock(&surface->lock);
	if (surface->claimed)
		surface_end_claim_locked(surface);
	else
		r = -EINVAL;
	pthread_mutex_unlock(&surface->lock);
	return r;
}

unsigned
surface_get_grants(const struct transom_surface *surface)
{
	return atomic_load(&surface->grants);
}

/* A description of the surface's file, as whoever gets it needs it. */
static int
open_for_others(struct transom_surface *surface, int *ret)
{
	/* Who may write the surface maps this descriptor for it, so that must be able to. */
	bool write = surface->state_writable && !(surface->header.flags & TRANSOM_SURFACE_MAKER_WRITES);
	int r = fd_reopen(surface->fd, write ? O_RDWR : O_RDONLY, ret);

	if (r == 0)
		atomic_store_explicit(&surface->shared, true,
				      memory_order_relaxed); /* see surface_announce() */
	return r;
}

/* Puts the other files to the description, which it takes, if there are any: what travels is one. */
static int
wrap(const struct transom_surface *surface, int fd, int *ret)
{
	const struct surface_memory *memory = surface->memory;
	int fds[1 + TRANSOM_MAX_PLANES], r;

	if (!memory) {
		*ret = fd;
		return 0;
	}
	fds[0] = fd;
	memcpy(fds + 1, memory->fds, memory->table.count * sizeof(int));
	r = capsule_create(fds, 1 + memory->table.count, ret);
	fd_close(fd); /* the capsule has it */
	return r;
}

int
surface_create_reference(struct transom_surface *surface, int *ret)
{
	int fd = -1, r;

	r = open_for_others(surface, &fd);
	return r < 0 ? r : wrap(surface, fd, ret);
}

int
transom_surface_create_right(struct transom_surface *surface, int *ret)
{
	unsigned attempt = 0;
	int fd = -1, r;

	if (!surface || !ret)
		return -EINVAL;
	r = open_for_others(surface, &fd);
	if (r < 0)
		return r;
	atomic_fetch_add(&surface->grants, 1);
	do
		r = lock_byte_shared(fd, SURFACE_USE_BYTE);
	while (r == -EBUSY && surface_pause(&attempt));
	if (r < 0) {
		fd_close(fd);
		return r;
	}
	return wrap(surface, fd, ret);
}
