/* doctor-limits.c - limits of this process, of this user and of the machine that surfaces and streams meet. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>

#include "doctor.h"
#include "text.h"

enum {
	/* A pool of two dozen buffers, two descriptors each, and what programs have anyway. */
	FEW_DESCRIPTORS = 128,
	GOOD_DESCRIPTORS = 1024,
	FEW_INSTANCES = 32,
};

static const char *
print_limit(rlim_t limit, char text[TEXT_SIZE])
{
	if (limit == RLIM_INFINITY)
		strcpy(text, "unlimited");
	else
		snprintf(text, TEXT_SIZE, "%" PRIu64, (uint64_t)limit);
	return text;
}

static void
check_descriptors(void)
{
	static const char advice[] =
		"raise it: `ulimit -n 4096`, LimitNOFILE= of a service, or /etc/security/limits.conf";
	char soft[TEXT_SIZE], hard[TEXT_SIZE];
	struct rlimit limit;
	enum doctor_level level;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	level = limit.rlim_cur < FEW_DESCRIPTORS    ? DOCTOR_ERROR
		: limit.rlim_cur < GOOD_DESCRIPTORS ? DOCTOR_WARNING
						    : DOCTOR_OK;
	doctor_find(level, "descriptors", level == DOCTOR_OK ? NULL : advice,
		    "%s in a process, up to %s if it asks; a surface in use takes two, a right one",
		    print_limit(limit.rlim_cur, soft), print_limit(limit.rlim_max, hard));
	doctor_find(DOCTOR_OK, "in flight", NULL,
		    "descriptors in messages that nobody has received: %s for all processes of a user",
		    print_limit(limit.rlim_cur, soft));
}

static void
check_file_size(void)
{
	char bytes[TEXT_SIZE];
	struct rlimit limit;

	if (getrlimit(RLIMIT_FSIZE, &limit) < 0)
		return;
	if (limit.rlim_cur == RLIM_INFINITY)
		doctor_find(DOCTOR_OK, "file size", NULL, "unlimited; it would limit surfaces too");
	else
		doctor_find(DOCTOR_WARNING, "file size", "raise it: `ulimit -f unlimited`",
			    "%s at most: a larger surface ends its program by SIGXFSZ",
			    text_bytes(limit.rlim_cur, bytes));
}

static void
check_locked_memory(void)
{
	char soft[TEXT_SIZE];
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0)
		doctor_find(DOCTOR_OK, "locked memory", NULL,
			    "%s bytes; Transom locks none, devices and GPUs may",
			    print_limit(limit.rlim_cur, soft));
}

static void
check_address_space(void)
{
	char bytes[TEXT_SIZE];
	struct rlimit limit;

	if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
		doctor_find(DOCTOR_WARNING, "address space", "raise it: `ulimit -v unlimited`",
			    "%s a process: every surface that is looked at takes its size of it",
			    text_bytes(limit.rlim_cur, bytes));
}

/* What memory files are made of. Their mount is the kernel's own: the size of /dev/shm does not limit them. */
static void
check_memory(void)
{
	char free_text[TEXT_SIZE], total_text[TEXT_SIZE], text[TEXT_SIZE], bytes[TEXT_SIZE];
	struct statvfs shm;
	struct sysinfo info;

	if (sysinfo(&info) == 0)
		doctor_find(DOCTOR_OK, "memory", NULL, "%s free of %s; surfaces take of it, and of swap",
			    text_bytes((uint64_t)info.freeram * info.mem_unit, free_text),
			    text_bytes((uint64_t)info.totalram * info.mem_unit, total_text));
	if (doctor_read("/sys/fs/cgroup/memory.max", text, sizeof(text)) && strcmp(text, "max") != 0)
		doctor_find(DOCTOR_WARNING, "memory",
			    "raise MemoryMax= or the container's limit if frames are large",
			    "this control group may have %s, surfaces that it touches first included",
			    text_bytes(strtoull(text, NULL, 10), bytes));
	if (statvfs("/dev/shm", &shm) == 0)
		doctor_find(DOCTOR_OK, "shared memory", NULL,
			    "/dev/shm has %s; memory files are not limited by it",
			    text_bytes((uint64_t)shm.f_blocks * shm.f_frsize, total_text));
}

static void
check_inotify(void)
{
	char instances[TEXT_SIZE], watches[TEXT_SIZE];
	const bool few =
		doctor_read("/proc/sys/fs/inotify/max_user_instances", instances, sizeof(instances)) &&
		strtoul(instances, NULL, 10) < FEW_INSTANCES;

	if (!doctor_read("/proc/sys/fs/inotify/max_user_instances", instances, sizeof(instances)) ||
	    !doctor_read("/proc/sys/fs/inotify/max_user_watches", watches, sizeof(watches)))
		return; /* no procfs: that is said elsewhere */
	doctor_find(few ? DOCTOR_WARNING : DOCTOR_OK, "inotify limits",
		    few ? "sysctl fs.inotify.max_user_instances=128" : NULL,
		    "%s instances and %s watches for this user; each watch of names takes an instance",
		    instances, watches);
}

void
doctor_check_limits(void)
{
	check_descriptors();
	check_file_size();
	check_locked_memory();
	check_address_space();
	check_memory();
	check_inotify();
}
