/* soak-count.c - what processes have: descriptors, mappings, threads, locks, memory; and what lies in the runtime directory. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "harness.h"
#include "soak.h"

enum { MAX_FILES = 4096 };

const char *const counted_names[COUNTED] = { "fds",       "mappings", "threads",     "locks",     "names",
					     "processes", "heap KiB", "private KiB", "shared KiB" };

/*
 * Some things are made once, when they are first needed: watches, a name's files. The C library keeps some of what was
 * freed, and memory files keep pages that were once touched. A leak is none of these, and grows.
 */
const unsigned long counted_slack[COUNTED] = {
	[FDS] = 24,   [MAPPINGS] = 4,  [THREADS] = 2,       [LOCKS] = 4,
	[NAMES] = 36, [HEAP_KB] = 128, [PRIVATE_KB] = 8192, [SHARED_KB] = 2048
};

/* Memory files that somebody has open: each is counted once, and only their locks are ours. */
struct file_set {
	struct stat files[MAX_FILES];
	unsigned count;
};

static FILE *
open_proc(pid_t pid, const char *name)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	file = fopen(path, "re");
	check(file);
	return file;
}

static bool
contains(const struct file_set *set, dev_t device, ino_t inode)
{
	for (unsigned i = 0; i < set->count; i++)
		if (set->files[i].st_ino == inode && set->files[i].st_dev == device)
			return true;
	return false;
}

static void
add_file(struct file_set *set, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode) || contains(set, st.st_dev, st.st_ino))
		return;
	check(set->count < MAX_FILES);
	set->files[set->count++] = st;
}

static void
count_files(pid_t pid, struct file_set *set, struct count *ret)
{
	char folder_path[64], path[512];
	struct dirent *entry;
	DIR *entries;

	snprintf(folder_path, sizeof(folder_path), "/proc/%d/fd", (int)pid);
	entries = opendir(folder_path);
	check(entries);
	while ((entry = readdir(entries))) {
		if (entry->d_name[0] == '.')
			continue;
		ret->of[FDS]++;
		snprintf(path, sizeof(path), "%s/%s", folder_path, entry->d_name);
		add_file(set, path);
	}
	closedir(entries);
}

static void
count_maps(pid_t pid, struct count *ret)
{
	FILE *maps = open_proc(pid, "maps");
	char line[4352];

	while (fgets(line, sizeof(line), maps))
		ret->of[MAPPINGS] += strstr(line, "/memfd:") != NULL;
	fclose(maps);
}

static unsigned long
read_field(pid_t pid, const char *file_name, const char *field)
{
	FILE *file = open_proc(pid, file_name);
	unsigned long value = 0;
	char line[256];

	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, field, strlen(field)))
			value = strtoul(line + strlen(field), NULL, 10);
	fclose(file);
	return value;
}

/* A lock names its file; those of files that nobody here has open are other people's. */
static unsigned long
count_locks(const struct file_set *set)
{
	FILE *locks = fopen("/proc/locks", "re");
	unsigned long count = 0, inode;
	unsigned major_number, minor_number;
	char line[256];

	check(locks);
	while (fgets(line, sizeof(line), locks))
		if (sscanf(line, "%*d: %*s %*s %*s %*d %x:%x:%lu", &major_number, &minor_number, &inode) == 3)
			count += contains(set, makedev(major_number, minor_number), inode);
	fclose(locks);
	return count;
}

/*
 * All entries below a folder that are no folders, and no links: those of global surfaces whose makers were killed are
 * there until somebody looks them up.
 */
static unsigned long
count_names(const char *path)
{
	DIR *entries = opendir(path);
	struct dirent *entry;
	unsigned long count = 0;
	char below[512];

	if (!entries) {
		check_eq(errno, ENOENT);
		return 0;
	}
	while ((entry = readdir(entries))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (entry->d_type != DT_DIR) {
			count += entry->d_type != DT_LNK;
			continue;
		}
		snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
		count += count_names(below);
	}
	closedir(entries);
	return count;
}

/* The processes whose parent is @parent. */
static unsigned long
count_children(pid_t parent)
{
	FILE *children;
	unsigned long count = 0;
	char path[64];
	int pid;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)parent, (int)parent);
	children = fopen(path, "re");
	if (!children)
		return 0; /* a kernel without CONFIG_PROC_CHILDREN */
	while (fscanf(children, "%d", &pid) == 1)
		count++;
	fclose(children);
	return count;
}

static void
count_process(pid_t pid, struct file_set *set, struct count *ret)
{
	count_files(pid, set, ret);
	count_maps(pid, ret);
	ret->of[THREADS] += read_field(pid, "status", "Threads:");
	ret->of[PRIVATE_KB] += read_field(pid, "smaps_rollup", "Pss_Anon:");
	ret->of[PROCESSES] += count_children(pid);
}

void
count_all(const pid_t *pids, unsigned pid_count, const char *directory, struct count *ret)
{
	struct file_set *set = calloc(1, sizeof(*set));

	check(set);
	memset(ret, 0, sizeof(*ret));
	count_process(getpid(), set, ret);
	for (unsigned i = 0; i < pid_count; i++) {
		count_process(pids[i], set, ret);
		ret->of[HEAP_KB] += atomic_load(&tally->places[i].heap) / 1024;
	}
	for (unsigned i = 0; i < set->count; i++)
		ret->of[SHARED_KB] += (unsigned long)set->files[i].st_blocks / 2;
	ret->of[LOCKS] = count_locks(set);
	ret->of[NAMES] = count_names(directory);
	free(set);
}
