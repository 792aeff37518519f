/* memory-limit.c - finds where this process may make a memory cgroup, in a hierarchy of either version. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "memory-limit.h"

/* The files of the two versions. */
struct version {
	const char *type,
		*option; /* of its file system; the option that names the controller, if mounted by itself */
	const char *prefix; /* of its line in /proc/self/cgroup, behind the number */
	const char *limit,
		*swap; /* bytes; of swap alone in the second version, with the memory in the first */
	bool swap_counts_memory;
	bool beside; /* a cgroup with processes has no children with limits: the new one is its sibling */
};

static const struct version versions[] = {
	{ "cgroup2", NULL, ":", "memory.max", "memory.swap.max", false, true },
	{ "cgroup", "memory", "memory:", "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", true,
	  false },
};

/* Where the hierarchy is mounted, and below it this process's own cgroup. */
struct place {
	char mount[PATH_MAX / 16], own[PATH_MAX / 16];
};

static bool
has_word(const char *words, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = words; (at = strstr(at, word)); at += length)
		if ((at == words || at[-1] == ',') && (at[length] == ',' || !at[length]))
			return true;
	return false;
}

static bool
find_mount(const struct version *version, struct place *place)
{
	char line[4096], type[64], options[1024];
	FILE *mounts = fopen("/proc/self/mounts", "re");
	bool found = false;

	while (mounts && !found && fgets(line, sizeof(line), mounts))
		found = sscanf(line, "%*s %255s %63s %1023s", place->mount, type, options) == 3 &&
			!strcmp(type, version->type) &&
			(!version->option || has_word(options, version->option));
	if (mounts)
		fclose(mounts);
	return found;
}

static bool
find_own(const struct version *version, struct place *place)
{
	size_t length = strlen(version->prefix);
	FILE *cgroups = fopen("/proc/self/cgroup", "re");
	bool found = false;
	char line[4096];

	while (cgroups && !found && fgets(line, sizeof(line), cgroups)) {
		const char *behind = strchr(line, ':');

		line[strcspn(line, "\n")] = '\0';
		found = behind && !strncmp(behind + 1, version->prefix, length) &&
			strlen(behind + 1 + length) < sizeof(place->own);
		if (found)
			strcpy(place->own, behind + 1 + length);
	}
	if (cgroups)
		fclose(cgroups);
	return found;
}

static bool
write_to(const struct memory_limit *limit, const char *file, const char *text)
{
	char path[sizeof(limit->path) + 64];
	bool written;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", limit->path, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	written = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return written;
}

/* A machine without swap may have no file for it. */
static bool
set_limit(const struct version *version, const struct memory_limit *limit, unsigned long bytes)
{
	char text[32];

	snprintf(text, sizeof(text), "%lu", bytes);
	if (!write_to(limit, version->limit, text))
		return false;
	write_to(limit, version->swap, version->swap_counts_memory ? text : "0");
	return true;
}

static bool
try_version(const struct version *version, unsigned long bytes, struct memory_limit *ret)
{
	struct place place;

	if (!find_mount(version, &place) || !find_own(version, &place))
		return false;
	if (version->beside && strcmp(place.own, "/") != 0)
		*strrchr(place.own, '/') = '\0';
	snprintf(ret->path, sizeof(ret->path), "%s%s/transom-test-%d", place.mount, place.own, (int)getpid());
	if (mkdir(ret->path, 0755) < 0)
		return false;
	if (set_limit(version, ret, bytes))
		return true;
	rmdir(ret->path);
	return false;
}

bool
memory_limit_create(unsigned long bytes, struct memory_limit *ret)
{
	for (unsigned i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
		if (try_version(&versions[i], bytes, ret))
			return true;
	return false;
}

void
memory_limit_enter(const struct memory_limit *limit)
{
	check(write_to(limit, "cgroup.procs", "0"));
}

void
memory_limit_remove(const struct memory_limit *limit)
{
	/* The dead leave a moment after they can be waited for. */
	while (rmdir(limit->path) < 0) {
		check_eq(errno, EBUSY);
		usleep(1000);
	}
}
