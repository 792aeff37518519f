/* name.c - claims a name in a folder, or connects to its owner; who answers there is check-in.c's. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "deadline-private.h"
#include "fd-private.h"
#include "lock-private.h"
#include "name-private.h"
#include "random-private.h"
#include "runtime-directory-private.h"
#include "utf8-private.h"

enum {
	OWNER_BYTE = 0, /* of the lock file */
	BACKLOG = 128,
	/* Between two tries to connect to an owner whose backlog is full. */
	RETRY_NS = 2000000,
};

/* ".NAME.lock" and ".NAME.new": no name begins with a dot. */
#define SIDE_NAME_SIZE (TRANSOM_NAME_MAX + 8)

int
name_check(const char *name)
{
	size_t length;

	if (!name || !name[0] || name[0] == '.')
		return -EINVAL;
	length = strnlen(name, TRANSOM_NAME_MAX + 1);
	if (length > TRANSOM_NAME_MAX)
		return -ENAMETOOLONG;
	return utf8_is_printable(name, length) && !memchr(name, '/', length) ? 0 : -EINVAL;
}

/* The file systems' errors, as few as error.h has. */
static int
file_error(int error)
{
	return error == ELOOP || error == EISDIR ? -EPERM : -error;
}

/*
 * Opens and locks the file that proves that the owner of a name lives. An owner that gives its name
 * up removes the file, so what was opened may be no longer the file of that name: then again.
 */
static int
lock_name(int folder, const char *name, int *ret)
{
	char file[SIDE_NAME_SIZE];

	snprintf(file, sizeof(file), ".%s.lock", name);
	for (;;) {
		struct stat mine, there;
		int fd, r;

		fd = TEMP_FAILURE_RETRY(
			openat(folder, file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
		if (fd < 0)
			return file_error(errno);
		r = fstat(fd, &mine) < 0 ? -errno : 0;
		if (r == 0 && (!S_ISREG(mine.st_mode) || mine.st_uid != geteuid()))
			r = -EPERM;
		if (r == 0)
			r = lock_byte_exclusive(fd, OWNER_BYTE);
		if (r < 0) {
			fd_close(fd);
			return r == -EBUSY ? -EADDRINUSE : r;
		}
		if (fstatat(folder, file, &there, AT_SYMLINK_NOFOLLOW) == 0 && there.st_ino == mine.st_ino &&
		    there.st_dev == mine.st_dev) {
			*ret = fd;
			return 0;
		}
		fd_close(fd);
	}
}

/*
 * The address of a file in an open folder. Through procfs it is short enough for sun_path however
 * long the folder's path is, and it leads nowhere else if that path is replaced.
 */
static void
set_address(int folder, const char *file, struct sockaddr_un *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->sun_family = AF_UNIX;
	snprintf(ret->sun_path, sizeof(ret->sun_path), "/proc/self/fd/%d/%s", folder, file);
}

/* A listening socket under the name; a dead owner's is replaced in one step. */
static int
listen_at(int folder, const char *name, int *ret)
{
	char fresh[SIDE_NAME_SIZE];
	struct sockaddr_un address;
	int fd, r;

	snprintf(fresh, sizeof(fresh), ".%s.new", name);
	set_address(folder, fresh, &address);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (unlinkat(folder, fresh, 0) < 0 && errno != ENOENT)
		r = file_error(errno);
	else if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		r = errno == ENOENT ? -ENXIO : -errno; /* the folder is open: it is procfs that is missing */
	else if (listen(fd, BACKLOG) < 0 || renameat(folder, fresh, folder, name) < 0)
		r = file_error(errno);
	else
		r = 0;
	if (r < 0) {
		fd_close(fd);
		return r;
	}
	*ret = fd;
	return 0;
}

int
name_claim(const char *folder, const char *name, const char *description, struct name_claim *ret)
{
	struct name_claim claim = NAME_CLAIM_NONE;
	int r;

	r = name_check(name);
	if (r == 0)
		r = name_owner_check(description);
	if (r < 0)
		return r;
	strcpy(claim.name, name);
	if (random_bytes(&claim.identity, sizeof(claim.identity)) < 0)
		claim.identity = 0; /* then it is never known again under another name */
	r = runtime_directory_open(folder, true, &claim.folder);
	if (r < 0)
		return r;
	r = lock_name(claim.folder, name, &claim.lock);
	if (r < 0)
		goto fail;
	r = name_owner_write(claim.lock, description, claim.identity);
	if (r < 0)
		goto fail;
	r = listen_at(claim.folder, name, &claim.socket);
	if (r < 0)
		goto fail;
	*ret = claim;
	return 0;
fail:
	name_release(&claim);
	return r;
}

int
name_describe(struct name_claim *claim, const char *description)
{
	int r = name_owner_check(description);

	return r < 0 ? r : name_owner_write(claim->lock, description, claim->identity);
}

/* While it is locked, when nobody else's file can be there. */
static void
remove_lock(const struct name_claim *claim)
{
	char file[SIDE_NAME_SIZE];

	snprintf(file, sizeof(file), ".%s.lock", claim->name);
	unlinkat(claim->folder, file, 0);
}

/* The socket goes to a name whose lock is held, and not to that of a dead owner's: nobody shall see that as this one's. */
static int
move_socket(const struct name_claim *from, const char *to)
{
	if (unlinkat(from->folder, to, 0) < 0 && errno != ENOENT)
		return file_error(errno);
	return renameat(from->folder, from->name, from->folder, to) < 0 ? file_error(errno) : 0;
}

int
name_rename(struct name_claim *claim, const char *name)
{
	struct name_claim other = *claim;
	struct name_owner owner;
	int r = name_check(name);

	if (r < 0 || !strcmp(name, claim->name))
		return r;
	strcpy(other.name, name);
	r = lock_name(claim->folder, name, &other.lock);
	if (r < 0)
		return r;
	name_owner_read(claim->lock, &owner);
	r = name_owner_write(other.lock, owner.description, claim->identity);
	if (r == 0)
		r = move_socket(claim, name);
	if (r < 0) {
		remove_lock(&other);
		fd_close(other.lock);
		return r;
	}
	remove_lock(claim);
	fd_close(claim->lock);
	claim->lock =
		other.lock; /* and nothing of what a thread that accepts reads: it takes no lock for that */
	strcpy(claim->name, name);
	return 0;
}

void
name_release(struct name_claim *claim)
{
	if (claim->socket >= 0)
		unlinkat(claim->folder, claim->name, 0);
	if (claim->lock >= 0)
		remove_lock(claim);
	name_abandon(claim);
}

void
name_abandon(struct name_claim *claim)
{
	claim->socket = fd_close(claim->socket);
	claim->lock = fd_close(claim->lock);
	claim->folder = fd_close(claim->folder);
}

int
name_check_peer(int socket)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return -errno;
	return peer.uid == geteuid() || peer.uid == 0 ? 0 : -EPERM;
}

/* Connects without blocking: a full backlog is EAGAIN, which no poll can wait for. */
static int
connect_until(int socket, const struct sockaddr_un *address, int64_t deadline)
{
	struct timespec pause = { .tv_nsec = RETRY_NS };

	while (connect(socket, (const struct sockaddr *)address, sizeof(*address)) < 0) {
		if (errno == EINTR)
			continue;
		if (errno == ENOENT || errno == ECONNREFUSED)
			return -ENOENT;
		if (errno == EPROTOTYPE || errno == ENOTSOCK)
			return -EPERM;
		if (errno != EAGAIN)
			return -errno;
		if (deadline == 0)
			return -EAGAIN;
		if (deadline_remaining_ms(deadline) == 0)
			return -ETIMEDOUT;
		nanosleep(&pause, NULL);
	}
	return 0;
}

int
name_connect(const char *folder, const char *name, int64_t deadline, int *ret)
{
	struct sockaddr_un address;
	int directory = -1, fd = -1, r;

	r = name_check(name);
	if (r < 0)
		return r;
	r = runtime_directory_open(folder, false, &directory);
	if (r < 0)
		return r;
	set_address(directory, name, &address);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		r = -errno;
	if (r == 0)
		r = connect_until(fd, &address, deadline);
	if (r == 0)
		r = name_check_peer(fd);
	fd_close(directory);
	if (r < 0) {
		fd_close(fd);
		return r;
	}
	*ret = fd;
	return 0;
}
