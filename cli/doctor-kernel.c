/* doctor-kernel.c - what the kernel has: each thing is tried, since versions and sandboxes lie. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/futex.h>
#include <linux/kcmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "doctor.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

enum { PAGE = 4096 };

static int
make_file(unsigned flags)
{
	int fd = memfd_create("transom-doctor", MFD_CLOEXEC | MFD_ALLOW_SEALING | flags);

	if (fd < 0 || ftruncate(fd, PAGE) < 0)
		return -errno;
	return fd;
}

static int
try_memory_file(void)
{
	int fd = make_file(0);

	return fd < 0 ? fd : 0;
}

static int
try_seals(void)
{
	int fd = make_file(0);

	if (fd < 0)
		return fd;
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return -errno;
	return ftruncate(fd, 2 * PAGE) < 0 ? 0 : -EOPNOTSUPP;
}

static int
try_future_write(void)
{
	int fd = make_file(0);

	if (fd < 0)
		return fd;
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE) < 0)
		return -errno;
	return mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED ? 0 : -EOPNOTSUPP;
}

static int
try_noexec(void)
{
	int fd = make_file(MFD_NOEXEC_SEAL);

	return fd < 0 ? fd : 0;
}

/* A lock of one description must be seen through another of the same file in the same process. */
static int
try_locks(void)
{
	struct flock lock = { .l_type = F_RDLCK, .l_len = 1 }, ask = { .l_type = F_WRLCK, .l_len = 1 };
	int fd = make_file(0), other;
	char path[64];

	if (fd < 0)
		return fd;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	other = open(path, O_RDWR | O_CLOEXEC);
	if (other < 0)
		return -errno;
	if (fcntl(fd, F_OFD_SETLK, &lock) < 0 || fcntl(other, F_OFD_GETLK, &ask) < 0)
		return -errno;
	return ask.l_type == F_RDLCK ? 0 : -EOPNOTSUPP;
}

static int
try_pidfd(void)
{
	return syscall(SYS_pidfd_open, getpid(), 0) < 0 ? -errno : 0;
}

/* Subscribers sleep on memory that they cannot write. */
static int
try_futex(void)
{
	const struct timespec none = { 0 };
	int fd = make_file(0);
	void *map;

	if (fd < 0)
		return fd;
	map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	if (syscall(SYS_futex, map, FUTEX_WAIT, 1, &none, NULL, 0) == 0 || errno == EAGAIN)
		return 0;
	return -errno;
}

static int
try_inotify(void)
{
	return inotify_init1(IN_CLOEXEC) < 0 ? -errno : 0;
}

static int
try_kcmp(void)
{
	return syscall(SYS_kcmp, getpid(), getpid(), KCMP_FILE, 0, 0) < 0 ? -errno : 0;
}

static const struct trial {
	const char *check, *what;
	int (*body)(void);
	enum doctor_level level; /* if it fails */
	const char *advice;
} trials[] = {
	{ "memfd", "memory files", try_memory_file, DOCTOR_ERROR,
	  "all memory of Transom's is made by memfd_create(2): the sandbox must allow it, and the limit of "
	  "file sizes "
	  "(ulimit -f)" },
	{ "seals", "sealing against resizing", try_seals, DOCTOR_ERROR,
	  "Linux 3.17 has it; the sandbox must allow fcntl(2)" },
	{ "future write", "sealing against writers (F_SEAL_FUTURE_WRITE)", try_future_write, DOCTOR_ERROR,
	  "streams need it: Linux 5.1 or newer" },
	{ "noexec seal", "sealing against execution (MFD_NOEXEC_SEAL)", try_noexec, DOCTOR_OK, NULL },
	{ "locks", "locks of open file descriptions", try_locks, DOCTOR_ERROR,
	  "uses of surfaces are such locks: Linux 3.15 or newer, with procfs" },
	{ "futex", "sleeping on memory that is read-only (futex)", try_futex, DOCTOR_ERROR,
	  "the sandbox must allow futex(2)" },
	{ "pidfd", "descriptors of processes (pidfd)", try_pidfd, DOCTOR_WARNING,
	  "needed to name senders safely only: Linux 5.3 or newer" },
	{ "inotify", "watching files (inotify)", try_inotify, DOCTOR_ERROR,
	  "watches, and pools that wait, need it: raise fs.inotify.max_user_instances" },
	{ "kcmp", "telling copies of descriptors apart (kcmp)", try_kcmp, DOCTOR_OK, NULL },
};

static void
check_trial(const struct trial *trial)
{
	char text[128];
	const int r = doctor_try(trial->body);

	if (r < 0 && trial->level == DOCTOR_OK)
		doctor_find(DOCTOR_OK, trial->check, NULL, "%s: not here (%s), and not needed", trial->what,
			    doctor_describe(r, text));
	else
		doctor_find(r < 0 ? trial->level : DOCTOR_OK, trial->check, r < 0 ? trial->advice : NULL,
			    "%s: %s", trial->what, doctor_describe(r, text));
}

static void
check_udmabuf(void)
{
	if (access("/dev/udmabuf", F_OK) < 0)
		doctor_find(DOCTOR_OK, "udmabuf", NULL,
			    "there is no /dev/udmabuf; only dma-bufs made of surfaces need it");
	else if (access("/dev/udmabuf", R_OK | W_OK) < 0)
		doctor_find(DOCTOR_WARNING, "udmabuf",
			    "join the group that owns the device, as a rule \"kvm\"",
			    "/dev/udmabuf is there and not for you: %s", strerror(errno));
	else
		doctor_find(DOCTOR_OK, "udmabuf", NULL, "/dev/udmabuf can be opened");
}

static void
check_heaps(void)
{
	char names[256] = "";
	glob_t found;

	if (glob("/dev/dma_heap/*", 0, NULL, &found) != 0) {
		doctor_find(DOCTOR_OK, "dma heaps", NULL,
			    "there are none in /dev/dma_heap; only device memory needs them");
		return;
	}
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const size_t length = strlen(names);

		snprintf(names + length, sizeof(names) - length, " %s%s", strrchr(found.gl_pathv[i], '/') + 1,
			 access(found.gl_pathv[i], R_OK) < 0 ? " (not for you)" : "");
	}
	globfree(&found);
	doctor_find(DOCTOR_OK, "dma heaps", NULL, "there are:%s", names);
}

void
doctor_check_kernel(void)
{
	struct utsname system;

	if (uname(&system) == 0)
		doctor_find(DOCTOR_OK, "kernel", NULL, "%s %s on %s", system.sysname, system.release,
			    system.machine);
	for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]); i++)
		check_trial(&trials[i]);
	check_udmabuf();
	check_heaps();
}
