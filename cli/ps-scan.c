/* ps-scan.c - looks through procfs for who holds surfaces. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "memory.h"
#include "ps-scan.h"
#include "text.h"

/* Of a surface's file: docs/protocol.md. */
enum { MAKER_OFFSET = 60 };

#define MEMFD_PREFIX "/memfd:transom"

/* A description with a lock, to tell copies of one from several. */
struct hold {
	int32_t pid;
	int fd;
};

static struct ps_surface *
find_surface(struct ps_scan *scan, dev_t device, ino_t inode)
{
	for (size_t i = scan->count; i-- > 0;) /* as a rule it is one of the last */
		if (scan->surfaces[i].inode == inode && scan->surfaces[i].device == device)
			return &scan->surfaces[i];
	return NULL;
}

static void
describe(int fd, struct transom_surface *surface, struct ps_surface *ret)
{
	int32_t maker = 0;

	if (pread(fd, &maker, sizeof(maker), MAKER_OFFSET) == (ssize_t)sizeof(maker))
		ret->maker = maker;
	ret->id = transom_surface_get_id(surface);
	transom_surface_get_name(surface, ret->name, sizeof(ret->name));
	text_make_plain(ret->name);
	transom_surface_get_geometry(surface, &ret->geometry);
	ret->uses = transom_surface_count_uses(surface);
}

/* A surface that was not seen before; the library says whether it is one. @path leads through procfs. */
static struct ps_surface *
add_surface(struct ps_scan *scan, const char *path, const struct stat *st)
{
	struct ps_surface *found;
	struct transom_surface *surface;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return NULL;
	if (transom_surface_look_up(fd, &surface) < 0) {
		close(fd);
		return NULL;
	}
	scan->surfaces = memory_grow(scan->surfaces, scan->count + 1, sizeof(*scan->surfaces));
	found = &scan->surfaces[scan->count++];
	*found = (struct ps_surface){ .device = st->st_dev, .inode = st->st_ino };
	describe(fd, surface, found);
	transom_surface_unref(surface);
	close(fd);
	return found;
}

/* A process's fd, or what is mapped: the surface, if it leads to one. */
static struct ps_surface *
get_surface(struct ps_scan *scan, const char *path)
{
	char target[128];
	struct ps_surface *found;
	struct stat st;
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	if (n < (ssize_t)strlen(MEMFD_PREFIX) || strncmp(target, MEMFD_PREFIX, strlen(MEMFD_PREFIX)) != 0 ||
	    stat(path, &st) < 0)
		return NULL;
	found = find_surface(scan, st.st_dev, st.st_ino);
	return found != NULL ? found : add_surface(scan, path, &st);
}

static struct ps_holder *
get_holder(struct ps_surface *surface, int32_t pid, uint32_t uid)
{
	struct ps_holder *holder;

	if (surface->holder_count > 0 && surface->holders[surface->holder_count - 1].pid == pid)
		return &surface->holders[surface->holder_count - 1];
	surface->holders = memory_grow(surface->holders, surface->holder_count + 1, sizeof(*holder));
	holder = &surface->holders[surface->holder_count++];
	*holder = (struct ps_holder){ .pid = pid, .uid = uid };
	process_get_command(pid, holder->command, sizeof(holder->command));
	return holder;
}

/* The lock that an open file description has on the byte of uses: 0, F_RDLCK + 1 or F_WRLCK + 1. */
static int
read_lock(int32_t pid, const char *fd)
{
	char path[64], line[256];
	int lock = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%.16s", (int)pid, fd);
	file = fopen(path, "re");
	while (file != NULL && lock == 0 && fgets(line, sizeof(line), file) != NULL) {
		char kind[16], type[16];
		uint64_t start, end;

		if (sscanf(line, "lock: %*d: %15s %*s %15s %*d %*s %" SCNu64 " %" SCNu64, kind, type, &start,
			   &end) == 4 &&
		    strcmp(kind, "OFDLCK") == 0 && start == 0)
			lock = strcmp(type, "WRITE") == 0 ? F_WRLCK + 1 : F_RDLCK + 1;
	}
	if (file != NULL)
		fclose(file);
	return lock;
}

/* Whether it is a copy of one of those, of a description that has been counted. */
static bool
is_copy(const struct hold *hold, const struct hold *before, size_t count, bool *ret_other)
{
	for (size_t i = 0; i < count; i++) {
		if (syscall(SYS_kcmp, hold->pid, before[i].pid, KCMP_FILE, hold->fd, before[i].fd) != 0)
			continue; /* another, or the kernel does not tell */
		*ret_other = before[i].pid != hold->pid;
		return true;
	}
	return false;
}

/* Locked descriptors, by surface: too many to compare each with each if somebody makes them on purpose. */
struct holds {
	size_t count, room;
	struct hold *all;
	size_t *surfaces;
};

static void
count_use(struct holds *holds, size_t surface, const struct hold *hold, struct ps_holder *holder)
{
	struct hold same[64];
	bool other = false;
	size_t count = 0;

	for (size_t i = holds->count; i-- > 0 && count < 64;)
		if (holds->surfaces[i] == surface)
			same[count++] = holds->all[i];
	if (is_copy(hold, same, count, &other)) {
		holder->uses += other;
		holder->copies += other;
		return;
	}
	holder->uses++;
	if (holds->count == holds->room) {
		holds->room = 2 * holds->room + 64;
		holds->all = memory_grow(holds->all, holds->room, sizeof(*holds->all));
		holds->surfaces = memory_grow(holds->surfaces, holds->room, sizeof(*holds->surfaces));
	}
	holds->all[holds->count] = *hold;
	holds->surfaces[holds->count++] = surface;
}

static void
scan_descriptors(struct ps_scan *scan, struct holds *holds, int32_t pid, uint32_t uid, DIR *directory)
{
	struct dirent *found;

	while ((found = readdir(directory)) != NULL) {
		const struct hold hold = { pid, atoi(found->d_name) };
		struct ps_surface *surface;
		struct ps_holder *holder;
		char path[64];
		int lock;

		if (found->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/fd/%.16s", (int)pid, found->d_name);
		surface = get_surface(scan, path);
		if (surface == NULL)
			continue;
		holder = get_holder(surface, pid, uid);
		holder->descriptors++;
		lock = read_lock(pid, found->d_name);
		holder->claims |= lock == F_WRLCK + 1;
		if (lock != 0)
			count_use(holds, (size_t)(surface - scan->surfaces), &hold, holder);
	}
}

/* One that is mapped and has no descriptor is known by its mapping, if this user may follow it. */
static void
scan_mapping(struct ps_scan *scan, int32_t pid, uint32_t uid, const char *line)
{
	unsigned long from, to;
	unsigned major_number, minor_number;
	struct ps_surface *surface;
	unsigned long long inode;
	char path[96];

	if (strstr(line, MEMFD_PREFIX) == NULL ||
	    sscanf(line, "%lx-%lx %*s %*x %x:%x %llu", &from, &to, &major_number, &minor_number, &inode) != 5)
		return;
	surface = find_surface(scan, makedev(major_number, minor_number), (ino_t)inode);
	if (surface == NULL) {
		snprintf(path, sizeof(path), "/proc/%d/map_files/%lx-%lx", (int)pid, from, to);
		surface = get_surface(scan, path);
	}
	if (surface != NULL)
		get_holder(surface, pid, uid)->mappings++;
}

static void
scan_mappings(struct ps_scan *scan, int32_t pid, uint32_t uid)
{
	char path[64], *line = NULL;
	size_t room = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	file = fopen(path, "re");
	while (file != NULL && getline(&line, &room, file) >= 0)
		scan_mapping(scan, pid, uid, line);
	free(line);
	if (file != NULL)
		fclose(file);
}

static void
scan_process(struct ps_scan *scan, struct holds *holds, int32_t pid)
{
	char path[64];
	DIR *directory;
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	directory = opendir(path);
	if (directory == NULL || fstat(dirfd(directory), &st) < 0) {
		scan->unreadable += errno == EACCES || errno == EPERM;
	} else {
		scan_descriptors(scan, holds, pid, st.st_uid, directory);
		scan_mappings(scan, pid, st.st_uid);
	}
	if (directory != NULL)
		closedir(directory);
}

int
ps_scan_create(struct ps_scan *ret)
{
	struct holds holds = { 0 };
	struct dirent *found;
	DIR *directory = opendir("/proc");

	if (directory == NULL || access("/proc/self", F_OK) < 0) {
		if (directory != NULL)
			closedir(directory);
		return -ENXIO;
	}
	*ret = (struct ps_scan){ 0 };
	while ((found = readdir(directory)) != NULL) {
		const int32_t pid = atoi(found->d_name);

		if (pid > 0 && pid != getpid())
			scan_process(ret, &holds, pid);
	}
	closedir(directory);
	free(holds.all);
	free(holds.surfaces);
	return 0;
}

void
ps_scan_free(struct ps_scan *scan)
{
	for (size_t i = 0; i < scan->count; i++)
		free(scan->surfaces[i].holders);
	free(scan->surfaces);
	*scan = (struct ps_scan){ 0 };
}

int
ps_surface_count_elsewhere(const struct ps_surface *surface)
{
	int known = 0;

	if (surface->uses < 0)
		return -1;
	for (size_t i = 0; i < surface->holder_count; i++)
		known += (int)(surface->holders[i].uses - surface->holders[i].copies);
	return surface->uses > known ? surface->uses - known : 0;
}

bool
ps_surface_has_maker(const struct ps_surface *surface)
{
	for (size_t i = 0; i < surface->holder_count; i++)
		if (surface->holders[i].pid == surface->maker)
			return true;
	return false;
}
