/* runtime-directory.c - the folder of this user in which living things have names. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd-private.h"
#include "runtime-directory-private.h"

/* The path of the folder, or -ENXIO if the environment gives one that cannot be used. */
static int
find_path(char *path, size_t size)
{
	const char *own = secure_getenv("TRANSOM_RUNTIME_DIR");
	const char *session = secure_getenv("XDG_RUNTIME_DIR");
	int n;

	if (own && own[0])
		n = own[0] == '/' ? snprintf(path, size, "%s", own) : -1;
	else if (session && session[0] == '/')
		n = snprintf(path, size, "%s/transom", session);
	else
		n = snprintf(path, size, "/tmp/transom-%u", (unsigned)geteuid());
	return n < 0 || (size_t)n >= size ? -ENXIO : 0;
}

/* Only its owner may enter, and the owner is this user: else another could put names into it. */
static int
check_owner(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	return st.st_uid == geteuid() && (st.st_mode & 077) == 0 ? 0 : -EPERM;
}

static int
open_folder(int parent, const char *name, bool create, int *ret)
{
	int fd, r;

	if (create && mkdirat(parent, name, 0700) < 0 && errno != EEXIST)
		return -errno;
	/*
	 * O_NOATIME is for owners alone, and the kernel knows them: in a user namespace that does not have this user,
	 * check_owner() sees one number for him and for all strangers.
	 */
	fd = TEMP_FAILURE_RETRY(
		openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC));
	if (fd < 0)
		return errno == ELOOP ? -ENOTDIR : -errno;
	r = check_owner(fd);
	if (r < 0) {
		fd_close(fd);
		return r;
	}
	*ret = fd;
	return 0;
}

int
runtime_directory_open(const char *name, bool create, int *ret)
{
	char path[PATH_MAX];
	int root = -1, r;

	r = find_path(path, sizeof(path));
	if (r < 0)
		return r;
	r = open_folder(AT_FDCWD, path, create, &root);
	if (r < 0)
		return r;
	r = open_folder(root, name, create, ret);
	fd_close(root);
	return r;
}
