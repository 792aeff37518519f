/* surface-id.c - global surfaces: an ID leads to the maker's descriptor, through procfs. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fd-private.h"
#include "fork-private.h"
#include "random-private.h"
#include "runtime-directory-private.h"
#include "surface-private.h"

#define FOLDER "surfaces"

enum { TRIES = 64 };

static void
print_name(uint32_t id, char name[9])
{
	snprintf(name, 9, "%08x", id);
}

/* Why procfs has no such descriptor: -ENOENT if the maker is certainly gone, or has closed it. */
static int
ask_for_maker(int pid)
{
	char path[32];

	if (access("/proc/self", F_OK) < 0)
		return -ENXIO;
	snprintf(path, sizeof(path), "/proc/%d", pid);
	if (access(path, F_OK) == 0 || (kill(pid, 0) < 0 && errno == ESRCH))
		return -ENOENT;
	return -EACCES; /* it lives, and is hidden (hidepid) */
}

/*
 * 0 if the link leads to a memory file of ours: to nothing that could block whoever opens it. -ENOENT if
 * it certainly does not; another error if that cannot be known.
 */
static int
check_link(int folder, const char *name)
{
	static const char prefix[] = "/memfd:transom";
	char path[64], target[64];
	ssize_t n;
	int pid, fd;

	n = readlinkat(folder, name, path, sizeof(path) - 1);
	if (n < 0)
		return errno == EINVAL ? -ENOENT : -errno; /* no link at all */
	path[n] = 0;
	if (sscanf(path, "/proc/%d/fd/%d", &pid, &fd) != 2)
		return -ENOENT;
	n = readlink(path, target, sizeof(target));
	if (n >= 0)
		return n >= (ssize_t)sizeof(prefix) - 1 && !memcmp(target, prefix, sizeof(prefix) - 1)
			       ? 0
			       : -ENOENT;
	if (errno == ENOENT || errno == ESRCH)
		return ask_for_maker(pid);
	return errno == EPERM ? -EACCES : -errno;
}

/* Nobody else has the file yet. Through the mapping, since its seals may forbid any other writing. */
static int
change_id(struct transom_surface *surface)
{
	struct surface_header *header = &surface->header, *shared;
	int r;

	r = surface_map(surface);
	if (r == 0)
		r = random_bytes(&header->id, sizeof(header->id));
	if (r < 0)
		return r;
	header->id = header->id ? header->id : 1;
	shared = atomic_load(&surface->map);
	shared->id = header->id;
	return 0;
}

int
surface_id_register(struct transom_surface *surface)
{
	char name[9], target[64];
	int folder = -1, r;

	r = runtime_directory_open(FOLDER, true, &folder);
	if (r < 0)
		return r;
	snprintf(target, sizeof(target), "/proc/%d/fd/%d", (int)getpid(), surface->fd);
	for (int i = 0; i < TRIES && r == 0; i++) {
		print_name(surface->header.id, name);
		r = symlinkat(target, folder, name) < 0 ? -errno : 0;
		if (r != -EEXIST)
			break;
		r = i + 1 < TRIES ? change_id(surface) : -EADDRINUSE;
	}
	fd_close(folder);
	if (r == 0)
		surface->link_generation = fork_generation() + 1;
	return r;
}

void
surface_id_unregister(const struct transom_surface *surface)
{
	char name[9];
	int folder;

	if (surface->link_generation != fork_generation() + 1)
		return; /* there is none, or it is that of another process */
	if (runtime_directory_open(FOLDER, false, &folder) < 0)
		return;
	print_name(surface->header.id, name);
	unlinkat(folder, name, 0);
	fd_close(folder);
}

/* Opens the file that the link of a global surface leads to. */
static int
open_link(uint32_t id, int *ret)
{
	char name[9];
	int folder = -1, fd, r;

	r = runtime_directory_open(FOLDER, false, &folder);
	if (r < 0)
		return r;
	print_name(id, name);
	r = check_link(folder, name);
	if (r < 0) {
		if (r == -ENOENT) /* its maker died, or it was never a link of ours */
			unlinkat(folder, name, 0);
		fd_close(folder);
		return r;
	}
	fd = TEMP_FAILURE_RETRY(openat(folder, name, O_RDWR | O_CLOEXEC | O_NONBLOCK));
	if (fd < 0 && errno == EACCES)
		fd = TEMP_FAILURE_RETRY(openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
	r = fd < 0 ? -errno : 0;
	fd_close(folder);
	if (r < 0)
		return r;
	*ret = fd;
	return 0;
}

/* Whether there is a link for the ID. */
static bool
has_link(uint32_t id)
{
	char name[9];
	int folder = -1, r;

	if (runtime_directory_open(FOLDER, false, &folder) < 0)
		return false;
	print_name(id, name);
	r = faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW);
	fd_close(folder);
	return r == 0;
}

int
transom_surface_look_up_id(uint32_t id, struct transom_surface **ret)
{
	struct transom_surface *found;
	int fd = -1, r;

	if (!ret)
		return -EINVAL;
	found = surface_find_id(id);
	if (found) {
		*ret = found;
		return 0;
	}
	r = open_link(id, &fd);
	if (r < 0)
		return r;
	r = transom_surface_look_up(fd, &found);
	fd_close(fd);
	/* The maker may have dropped it since, or died, and its numbers been given to another file. */
	if (r < 0)
		return has_link(id) ? r : -ENOENT;
	if (found->header.id != id || !(found->header.flags & TRANSOM_SURFACE_GLOBAL)) {
		transom_surface_unref(found);
		return -ENOENT;
	}
	*ret = found;
	return 0;
}
