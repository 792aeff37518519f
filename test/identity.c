/* identity.c - becomes another user, or enters a user namespace. */
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "harness.h"
#include "identity.h"

void
need_root(void)
{
	pid_t pid;

	if (geteuid() != 0)
		skip("only root can become another user");
	fflush(NULL);
	pid = fork();
	check(pid >= 0);
	if (pid == 0)
		_exit(setresuid(VICTIM, VICTIM, VICTIM) == 0 && setgroups(0, NULL) < 0 ? 0 : 1);
	if (wait_for(pid) != 0)
		skip("this root has no numbers for other users");
}

void
become_user(uid_t uid)
{
	check(setgroups(0, NULL) == 0 && setresgid(uid, uid, uid) == 0 && setresuid(uid, uid, uid) == 0);
	prctl(PR_SET_DUMPABLE, 1); /* or its own /proc would be root's */
	prctl(PR_SET_PDEATHSIG, 9); /* which a change of the user undoes */
}

static bool
write_line(const char *path, const char *line)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, line, strlen(line)) == (ssize_t)strlen(line);

	if (fd >= 0)
		close(fd);
	return good;
}

bool
enter_user_namespace(int inside)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	char line[64];

	if (unshare(CLONE_NEWUSER) < 0)
		return false;
	if (inside < 0)
		return true;
	snprintf(line, sizeof(line), "%d %u 1", inside, (unsigned)uid);
	if (!write_line("/proc/self/uid_map", line) || !write_line("/proc/self/setgroups", "deny"))
		return false;
	snprintf(line, sizeof(line), "%d %u 1", inside, (unsigned)gid);
	return write_line("/proc/self/gid_map", line);
}
