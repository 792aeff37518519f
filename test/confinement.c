/* confinement.c - an empty mount namespace, Landlock and seccomp filters, for those that have them. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "confinement.h"
#include "harness.h"

enum { ROOM = 32 };

/* For ending, for the C library's memory and its messages. */
static const long always[] = { SYS_exit_group, SYS_write, SYS_brk, SYS_rt_sigprocmask };

/* The root of a new, empty file system in place of all others. */
static bool
empty_namespace(void)
{
	if (unshare(CLONE_NEWNS) < 0 && unshare(CLONE_NEWNS | CLONE_NEWUSER) < 0)
		return false;
	check(mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == 0);
	check(mount("none", "/proc", "tmpfs", 0, "size=4k") == 0);
	check(chdir("/proc") == 0 && syscall(SYS_pivot_root, ".", ".") == 0);
	check(umount2(".", MNT_DETACH) == 0 && chdir("/") == 0);
	check(mount("none", "/", NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0);
	return true;
}

/* All that the first version of Landlock knows, which all later ones do. */
static bool
restrict_by_landlock(void)
{
	struct landlock_ruleset_attr rules = { .handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1 };
	int fd = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules), 0);

	if (fd < 0)
		return false;
	check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	check(syscall(SYS_landlock_restrict_self, fd, 0) == 0);
	close(fd);
	return true;
}

unsigned
leave_file_system(unsigned means)
{
	unsigned done = 0;

	if (means & EMPTY_NAMESPACE && empty_namespace())
		done |= EMPTY_NAMESPACE;
	if (means & LANDLOCK && restrict_by_landlock())
		done |= LANDLOCK;
	return done;
}

bool
is_without_files(void)
{
	const char *paths[] = { "/proc/self/fd", "/etc/passwd", "/dev/null", "/tmp" };
	bool none = true;

	for (int i = 0; i < 4; i++) {
		int fd = open(paths[i], O_RDONLY | O_CLOEXEC);

		none &= fd < 0 && (errno == ENOENT || errno == EACCES);
		if (fd >= 0)
			close(fd);
	}
	return none && open("/file", O_RDWR | O_CREAT | O_CLOEXEC, 0600) < 0;
}

static void
add_rule(struct sock_filter *filter, unsigned *at, long number, unsigned answer)
{
	filter[(*at)++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1);
	filter[(*at)++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, answer);
}

void
allow_calls(const struct allowed *calls, unsigned count, long without, int openat_error)
{
	struct sock_filter filter[2 * ROOM + 4];
	struct sock_fprog program = { .filter = filter };
	unsigned at = 0;

	check(count + sizeof(always) / sizeof(always[0]) <= ROOM);
	filter[at++] =
		(struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	if (openat_error)
		add_rule(filter, &at, SYS_openat, SECCOMP_RET_ERRNO | (unsigned)openat_error);
	for (unsigned i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		add_rule(filter, &at, always[i], SECCOMP_RET_ALLOW);
	for (unsigned i = 0; i < count; i++)
		if (calls[i].number != without)
			add_rule(filter, &at, calls[i].number, SECCOMP_RET_ALLOW);
	filter[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	program.len = (unsigned short)at;
	check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	check(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}
