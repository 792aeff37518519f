/* surface-global.c - surfaces that are found by their ID, and the links to them; part of test-surface. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <transom/surface.h>

#include "harness.h"
#include "random-private.h"
#include "surface-private.h"
#include "surfaces.h"

/* In a process that has not inherited the surface. */
static void
find_global(void *argument)
{
	struct transom_surface *surface, *same;
	uint32_t id;

	check(read(*(int *)argument, &id, sizeof(id)) == sizeof(id));
	check_eq(transom_surface_look_up_id(id, &surface), 0);
	check_eq(transom_surface_get_id(surface), id);
	check_eq(transom_surface_look_up_id(id, &same), 0);
	check(surface == same);
	write_pixels(surface);
	transom_surface_unref(surface);
	transom_surface_unref(same);
}

TEST(global_surface_is_found_by_its_id)
{
	struct transom_surface *surface, *other = NULL;
	uint32_t id;
	int pipes[2];
	pid_t child;
	char path[160];

	use_folder();
	check(pipe(pipes) == 0);
	check_eq(transom_surface_look_up_id(1, &other), -ENOENT);
	child = spawn(find_global, &pipes[0]);
	surface = create_surface(TRANSOM_FORMAT_BGRA8, 64, 64, TRANSOM_SURFACE_GLOBAL);
	id = transom_surface_get_id(surface);
	check(write(pipes[1], &id, sizeof(id)) == sizeof(id));
	check_eq(wait_for(child), 0);
	check_eq(transom_surface_get_seed(surface), 1);

	/* Not global: found here, but nowhere else. */
	other = create_small();
	id = transom_surface_get_id(other);
	child = fork();
	if (child == 0) {
		struct transom_surface *mine = NULL;

		transom_surface_unref(other);
		_exit(transom_surface_look_up_id(id, &mine) == -ENOENT ? 0 : 1);
	}
	check_eq(wait_for(child), 0);
	transom_surface_unref(other);
	transom_surface_unref(surface);
	snprintf(path, sizeof(path), "%s/surfaces", folder);
	check(rmdir(path) == 0); /* the link is gone */
	check(rmdir(folder) == 0);
	close(pipes[0]);
	close(pipes[1]);
}

TEST(links_to_something_else_are_not_followed)
{
	struct transom_surface *surface = NULL;
	char path[160], fifo[160];
	int r;

	use_folder();
	snprintf(path, sizeof(path), "%s/surfaces", folder);
	check(mkdir(path, 0700) == 0);
	snprintf(fifo, sizeof(fifo), "%s/fifo", folder);
	check(mkfifo(fifo, 0600) == 0);
	snprintf(path, sizeof(path), "%s/surfaces/%08x", folder, 0x1234);
	check(symlink(fifo, path) == 0);
	check_eq(transom_surface_look_up_id(0x1234, &surface), -ENOENT); /* and does not block */
	check(symlink("/proc/1/fd/0", path) == 0 || errno == EEXIST);
	r = transom_surface_look_up_id(0x1234, &surface);
	check(r == -ENOENT || r == -EACCES);
	check(!surface);
	check_eq(system("rm -r \"$TRANSOM_RUNTIME_DIR\""), 0);
}

static void
make_global_and_die(void *argument)
{
	struct transom_surface *surface =
		create_surface(TRANSOM_FORMAT_BGRA8, 64, 64, TRANSOM_SURFACE_GLOBAL);
	uint32_t id = transom_surface_get_id(surface);

	check(write(*(int *)argument, &id, sizeof(id)) == sizeof(id));
	_exit(0);
}

TEST(global_surface_of_a_dead_maker_is_gone)
{
	struct transom_surface *surface = NULL;
	char path[160];
	int pipes[2];
	uint32_t id;

	use_folder();
	check(pipe(pipes) == 0);
	check_eq(wait_for(spawn(make_global_and_die, &pipes[1])), 0);
	check(read(pipes[0], &id, sizeof(id)) == sizeof(id));
	check_eq(transom_surface_look_up_id(id, &surface), -ENOENT);
	snprintf(path, sizeof(path), "%s/surfaces", folder);
	check(rmdir(path) == 0); /* and the stale link with it */
	check(rmdir(folder) == 0);
	close(pipes[0]);
	close(pipes[1]);
}

/* A forked child has its parent's surfaces; what it shall look for needs another name. */
static int
rename_link(uint32_t from, uint32_t to)
{
	char old[160], new[160];

	snprintf(old, sizeof(old), "%s/surfaces/%08x", folder, from);
	snprintf(new, sizeof(new), "%s/surfaces/%08x", folder, to);
	return rename(old, new);
}

/* Makes many global surfaces whose memory takes a while to prepare. */
static void
make_many_global(void *argument)
{
	for (int i = 0; i < 30; i++)
		transom_surface_unref(create_surface(TRANSOM_FORMAT_BGRA8, 2048, 1024,
						     TRANSOM_SURFACE_GLOBAL | TRANSOM_SURFACE_PREFAULT));
}

/* Looks up whatever IDs are there; returns how many were found. */
static int
look_up_all(DIR *surfaces)
{
	struct transom_surface *surface = NULL;
	struct dirent *entry;
	int n = 0, r;

	rewinddir(surfaces);
	while ((entry = readdir(surfaces))) {
		if (entry->d_name[0] == '.')
			continue;
		r = transom_surface_look_up_id((uint32_t)strtoul(entry->d_name, NULL, 16), &surface);
		if (r != -ENOENT) /* its maker dropped it meanwhile */
			check_eq(r, 0);
		surface = r == 0 ? transom_surface_unref(surface) : NULL;
		n += r == 0;
	}
	return n;
}

TEST(global_surface_is_complete_as_soon_as_it_is_found)
{
	char path[160];
	DIR *surfaces;
	pid_t child;
	int n = 0;

	use_folder();
	snprintf(path, sizeof(path), "%s/surfaces", folder);
	check_eq(mkdir(path, 0700), 0);
	surfaces = opendir(path);
	check(surfaces);
	child = spawn(make_many_global, NULL);
	while (waitpid(child, NULL, WNOHANG) == 0)
		n += look_up_all(surfaces);
	printf("# found %d times\n", n);
	closedir(surfaces);
	check(rmdir(path) == 0);
	check(rmdir(folder) == 0);
}

/* How many of the next random numbers are not random. */
static int fixed_numbers;

int
__real_random_bytes(void *data, size_t size);
int
__wrap_random_bytes(void *data, size_t size);

int
__wrap_random_bytes(void *data, size_t size)
{
	if (fixed_numbers <= 0)
		return __real_random_bytes(data, size);
	fixed_numbers--;
	memset(data, 7, size);
	return 0;
}

static void
make_with_the_same_id(uint32_t flags)
{
	struct transom_surface *first, *second;
	struct surface_header header;

	fixed_numbers = 3; /* the third for the first attempt at another ID */
	first = create_surface(TRANSOM_FORMAT_BGRA8, 64, 64, TRANSOM_SURFACE_GLOBAL);
	second = create_surface(TRANSOM_FORMAT_BGRA8, 64, 64, TRANSOM_SURFACE_GLOBAL | flags);
	check_eq(fixed_numbers, 0);
	check_eq(transom_surface_get_id(first), 0x07070707);
	check(transom_surface_get_id(second) != 0x07070707);
	check_eq(pread(second->fd, &header, sizeof(header), 0), sizeof(header));
	check_eq(header.id, transom_surface_get_id(second));
	check(!memcmp(&header, &second->header, sizeof(header)));
	transom_surface_unref(second);
	transom_surface_unref(first);
}

TEST(global_surfaces_have_different_ids)
{
	char path[160];

	use_folder();
	make_with_the_same_id(0);
	make_with_the_same_id(TRANSOM_SURFACE_MAKER_WRITES);
	snprintf(path, sizeof(path), "%s/surfaces", folder);
	check(rmdir(path) == 0);
	check(rmdir(folder) == 0);
}

/* What another thread finds when a link is just there, and its maker not yet back. */
static struct transom_surface *found_at_once;
static bool looking;

int
__real_symlinkat(const char *target, int where, const char *name);
int
__wrap_symlinkat(const char *target, int where, const char *name);

int
__wrap_symlinkat(const char *target, int where, const char *name)
{
	int r = __real_symlinkat(target, where, name);

	if (r == 0 && looking)
		check_eq(transom_surface_look_up_id((uint32_t)strtoul(name, NULL, 16), &found_at_once), 0);
	return r;
}

TEST(global_surface_that_is_found_at_once_is_the_same_object)
{
	struct transom_surface *surface;
	char path[160];

	use_folder();
	looking = true;
	surface = create_surface(TRANSOM_FORMAT_BGRA8, 8, 8, TRANSOM_SURFACE_GLOBAL);
	check(found_at_once == surface);
	transom_surface_unref(found_at_once);
	transom_surface_unref(surface);
	snprintf(path, sizeof(path), "%s/surfaces", folder);
	check(rmdir(path) == 0);
	check(rmdir(folder) == 0);
}

TEST(a_failed_global_surface_leaves_no_link)
{
	struct transom_surface_options options =
		options_of(TRANSOM_FORMAT_BGRA8, 64, 64, TRANSOM_SURFACE_GLOBAL);
	struct transom_surface *surface, *other = NULL;
	struct rlimit limit;
	uint32_t id;

	use_folder();
	fixed_numbers = 1;
	surface = create_surface(TRANSOM_FORMAT_BGRA8, 64, 64, TRANSOM_SURFACE_GLOBAL);
	id = transom_surface_get_id(surface);
	getrlimit(RLIMIT_NOFILE, &limit);
	for (rlim_t n = 0; n < 40; n++) {
		fixed_numbers = 1;
		check_eq(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ n, limit.rlim_max }), 0);
		if (transom_surface_create(&options, &other) == 0)
			other = transom_surface_unref(other);
	}
	check_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	check_eq(rename_link(id, id), 0); /* the other surface's link is still there */
	transom_surface_unref(surface);
	check_eq(system("rmdir \"$TRANSOM_RUNTIME_DIR\"/* \"$TRANSOM_RUNTIME_DIR\""), 0);
}

/* Its descriptors are nobody else's business until somebody writes to @argument. */
static void
make_global_undumpable(void *argument)
{
	struct transom_surface *surface;
	int *sockets = argument;
	uint32_t id;
	char byte;

	become_nobody();
	check_eq(prctl(PR_SET_DUMPABLE, 0), 0);
	surface = create_surface(TRANSOM_FORMAT_BGRA8, 64, 64, TRANSOM_SURFACE_GLOBAL);
	id = transom_surface_get_id(surface);
	check(write(sockets[1], &id, sizeof(id)) == sizeof(id));
	check(read(sockets[1], &byte, 1) == 1);
	check_eq(prctl(PR_SET_DUMPABLE, 1), 0);
	check(write(sockets[1], &byte, 1) == 1);
	check(read(sockets[1], &byte, 1) == 1);
	transom_surface_unref(surface);
}

static void
find_undumpable(void *argument)
{
	struct transom_surface *surface = NULL;
	int *sockets = argument;
	uint32_t id;
	char byte = 0;

	become_nobody();
	check(read(sockets[0], &id, sizeof(id)) == sizeof(id));
	check_eq(transom_surface_look_up_id(id, &surface), -EACCES);
	check(!surface);
	check(write(sockets[0], &byte, 1) == 1);
	check(read(sockets[0], &byte, 1) == 1);
	check_eq(transom_surface_look_up_id(id, &surface), 0); /* the link is still there */
	transom_surface_unref(surface);
	check(write(sockets[0], &byte, 1) == 1);
}

TEST(link_of_a_living_maker_stays)
{
	int sockets[2];
	pid_t maker;

	use_folder();
	if (geteuid() == 0)
		check_eq(chown(folder, NOBODY, NOBODY), 0);
	check_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
	maker = spawn(make_global_undumpable, sockets);
	check_eq(wait_for(spawn(find_undumpable, sockets)), 0);
	check_eq(wait_for(maker), 0);
	check_eq(system("rm -r \"$TRANSOM_RUNTIME_DIR\""), 0);
	close(sockets[0]);
	close(sockets[1]);
}

enum { NOT_PERMITTED = 99 };

static void
find_without_procfs(void *argument)
{
	struct transom_surface *surface = NULL;

	if (!hide_procfs())
		_exit(NOT_PERMITTED);
	check_eq(transom_surface_look_up_id(*(uint32_t *)argument, &surface), -ENXIO);
}

TEST(link_stays_when_there_is_no_procfs)
{
	struct transom_surface *surface;
	uint32_t id;
	int pipes[2], r;
	pid_t child;

	use_folder();
	check(pipe(pipes) == 0);
	child = spawn(find_global, &pipes[0]);
	surface = create_surface(TRANSOM_FORMAT_BGRA8, 64, 64, TRANSOM_SURFACE_GLOBAL);
	id = transom_surface_get_id(surface) ^ 1;
	check_eq(rename_link(id ^ 1, id), 0);
	r = wait_for(spawn(find_without_procfs, &id));
	check_eq(rename_link(id, id ^ 1), 0);
	id ^= 1;
	check(write(pipes[1], &id, sizeof(id)) == sizeof(id));
	check_eq(wait_for(child), 0);
	transom_surface_unref(surface);
	check_eq(system("rm -r \"$TRANSOM_RUNTIME_DIR\""), 0);
	close(pipes[0]);
	close(pipes[1]);
	if (r == NOT_PERMITTED)
		skip("no namespaces here to hide procfs in");
	check_eq(r, 0);
}

/* In the place of a global surface's link: a file, and links to what is no memory, or another's memory. */
TEST(links_to_what_is_no_surface_are_removed)
{
	struct transom_surface *surface = NULL;
	char path[96], target[64];
	int other = memfd_create("somebody-else-s", MFD_CLOEXEC),
	    null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	use_folder();
	snprintf(path, sizeof(path), "%s/surfaces", folder);
	check(mkdir(path, 0700) == 0);
	snprintf(path, sizeof(path), "%s/surfaces/%08x", folder, 0x1234);
	for (int i = 0; i < 4; i++) {
		snprintf(target, sizeof(target), i == 3 ? "elsewhere" : "/proc/%d/fd/%d", (int)getpid(),
			 i == 1 ? other : null);
		if (i == 0)
			check(close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)) == 0);
		else
			check(symlink(target, path) == 0);
		check_eq(transom_surface_look_up_id(0x1234, &surface), -ENOENT);
		check(!surface && access(path, F_OK) < 0 && unlink(path) < 0);
	}
	check_eq(transom_surface_look_up(null, NULL), -EINVAL);
	check_eq(transom_surface_look_up_id(0x1234, NULL), -EINVAL);
	close(other);
	close(null);
	drop_folder("surfaces");
}
