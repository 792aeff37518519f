/* attack.c - what a hostile reader can do to the memory of a frame that it was given, whoever gave it. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <dirent.h>
#include <unistd.h>

#include "peer.h"

/* The mapping that a frame lies in. */
struct place {
	uintptr_t start, end;
	uint64_t offset;
	dev_t device;
	ino_t inode;
	char path[256];
};

static sigjmp_buf escape;

static void
jump_out(int signal)
{
	siglongjmp(escape, 1);
}

/* Whether a store did not fault. */
static bool
try_to_write(void *bytes, size_t size)
{
	struct sigaction action = { .sa_handler = jump_out }, segv, bus;
	volatile bool written = false;

	sigaction(SIGSEGV, &action, &segv);
	sigaction(SIGBUS, &action, &bus);
	if (sigsetjmp(escape, 1) == 0) {
		memset(bytes, 0xee, size);
		written = true;
	}
	sigaction(SIGSEGV, &segv, NULL);
	sigaction(SIGBUS, &bus, NULL);
	return written;
}

static bool
find_place(const void *bytes, struct place *ret)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long start = 0, end = 0, offset = 0, inode = 0;
	unsigned major_number = 0, minor_number = 0;
	bool found = false;
	char line[512], flags[8];

	while (maps && !found && fgets(line, sizeof(line), maps)) {
		ret->path[0] = '\0';
		if (sscanf(line, "%lx-%lx %7s %lx %x:%x %lu %255s", &start, &end, flags, &offset,
			   &major_number, &minor_number, &inode, ret->path) < 7)
			continue;
		found = (uintptr_t)bytes >= start && (uintptr_t)bytes < end;
	}
	if (maps)
		fclose(maps);
	ret->start = start;
	ret->end = end;
	ret->offset = offset;
	ret->device = makedev(major_number, minor_number);
	ret->inode = inode;
	return found && inode != 0;
}

/* A descriptor of that file that can write: one of this process's opened again, or by its path. */
static int
open_place(const struct place *place)
{
	DIR *fds = opendir("/proc/self/fd");
	struct dirent *entry;
	struct stat status;
	int fd = -1;

	while (fds && fd < 0 && (entry = readdir(fds))) {
		if (fstatat(dirfd(fds), entry->d_name, &status, 0) == 0 && status.st_ino == place->inode &&
		    status.st_dev == place->device)
			fd = openat(dirfd(fds), entry->d_name, O_RDWR | O_CLOEXEC);
	}
	if (fds)
		closedir(fds);
	if (fd < 0) {
		char path[64];

		snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx", (unsigned long)place->start,
			 (unsigned long)place->end);
		fd = open(path, O_RDWR | O_CLOEXEC);
	}
	if (fd < 0 && place->path[0] == '/')
		fd = open(place->path, O_RDWR | O_CLOEXEC);
	return fd;
}

static bool
write_by_mapping(const void *bytes, size_t size, const struct place *place)
{
	size_t length = place->end - place->start, skip = (uintptr_t)bytes - place->start;
	int fd = open_place(place);
	bool written = false;
	char *map;

	if (fd < 0)
		return false;
	map = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)place->offset);
	if (map != MAP_FAILED) {
		written = try_to_write(map + skip, size < length - skip ? size : length - skip);
		munmap(map, length);
	}
	close(fd);
	return written;
}

enum written
attack_write(const void *bytes, size_t size)
{
	struct place place;

	if (try_to_write((void *)(uintptr_t)bytes, size))
		return WRITTEN_AT_ONCE;
	if (!find_place(bytes, &place))
		return WRITTEN_REFUSED;
	if (mprotect((void *)place.start, place.end - place.start, PROT_READ | PROT_WRITE) == 0 &&
	    try_to_write((void *)(uintptr_t)bytes, size))
		return WRITTEN_BY_PROTECT;
	return write_by_mapping(bytes, size, &place) ? WRITTEN_BY_MAPPING : WRITTEN_REFUSED;
}

enum truncated
attack_truncate(const void *bytes)
{
	struct place place;
	int fd, r;

	if (!find_place(bytes, &place))
		return TRUNCATED_PRIVATE;
	fd = open_place(&place);
	if (fd < 0)
		return TRUNCATED_REFUSED;
	r = ftruncate(fd, 0);
	close(fd);
	return r == 0 ? TRUNCATED_DONE : TRUNCATED_REFUSED;
}
