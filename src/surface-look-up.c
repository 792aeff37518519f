/* surface-look-up.c - the surface behind a right: nothing that came from elsewhere is believed. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "fd-private.h"
#include "surface-private.h"
#include "wire-private.h"

#define TMPFS_MAGIC 0x01021994 /* linux/magic.h */

/*
 * The seals come first: the question never leaves the kernel's memory files, whereas even fstat(2) asks
 * the server of a user-space file system, who may take his time.
 */
static int
check_seals(int fd, int *ret)
{
	const int needed = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0)
		return errno == EBADF ? -EBADF : -EMEDIUMTYPE;
	if ((seals & needed) != needed)
		return -EPERM;
	*ret = seals;
	return 0;
}

/* Reads the header once and checks the copy, which says that the pixels are elsewhere, or here. */
static int
read_header(int fd, const struct stat *st, bool elsewhere, struct surface_header *ret)
{
	struct statfs file_system;
	int r;

	if (fstatfs(fd, &file_system) < 0)
		return -errno;
	if (!S_ISREG(st->st_mode) || (unsigned long)file_system.f_type != TMPFS_MAGIC)
		return -EMEDIUMTYPE; /* hugetlbfs has seals too, but may have no page for a fault */
	r = fd_pread_all(fd, ret, sizeof(*ret), 0);
	if (r < 0)
		return r == -EBADF ? -EACCES : r; /* open, but not for reading */
	if (ret->magic != SURFACE_MAGIC)
		return -EBADMSG;
	if (ret->version != SURFACE_VERSION)
		return -EPROTONOSUPPORT;
	if (!!(ret->flags & SURFACE_ELSEWHERE) != elsewhere)
		return -EPROTO;
	return surface_layout_check(ret, (uint64_t)st->st_size);
}

/* A descriptor of this process's own for the file: the right's would be a use for ever. */
static int
open_own(int right, const struct surface_header *header, int seals, bool *ret_writable, bool *ret_adopted,
	 int *ret)
{
	int mode = fcntl(right, F_GETFL);
	int r;

	if (mode < 0)
		return -errno;
	*ret_adopted = false;
	*ret_writable = (mode & O_ACCMODE) == O_RDWR && !(header->flags & TRANSOM_SURFACE_MAKER_WRITES) &&
			!(seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE));
	r = fd_reopen(right, *ret_writable ? O_RDWR : O_RDONLY, ret);
	if (r == -ENXIO) { /* no procfs: a sandbox */
		*ret_adopted = true;
		r = fd_dup(right, ret);
	}
	return r;
}

/*
 * The surface of this process that a descriptor leads to. Of a file of a user-space file system the kernel
 * tells what it knows, without asking the server; the number of the device is never that of memory files.
 */
static int
find_known(int fd, struct transom_surface **ret)
{
	struct transom_surface *found;
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_INO, &st) < 0)
		return -ENOENT; /* whatever it is: the checks of unknown files have a word for it */
	found = surface_find(makedev(st.stx_dev_major, st.stx_dev_minor), (ino_t)st.stx_ino);
	if (!found)
		return -ENOENT;
	*ret = found;
	return 0;
}

/* Examines the file of a surface's header and opens it for this process. */
static int
open_origin(int fd, bool elsewhere, struct surface_origin *origin, int *ret)
{
	struct stat st;
	int seals, r;

	r = check_seals(fd, &seals);
	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return -errno;
	r = read_header(fd, &st, elsewhere, &origin->header);
	if (r < 0)
		return r;
	origin->device = st.st_dev;
	origin->inode = st.st_ino;
	return open_own(fd, &origin->header, seals, &origin->writable, &origin->adopted, ret);
}

/* The other files that the header in @fd describes. Read once, like the header. */
static int
receive_memory(int fd, struct surface_origin *origin, int *fds, unsigned count)
{
	struct surface_parts parts;
	int r;

	r = fd_pread_all(fd, &parts, sizeof(parts), sizeof(struct surface_header));
	if (r == 0)
		r = surface_layout_check_parts(&origin->header, &parts);
	if (r == 0)
		r = surface_memory_receive(&parts, fds, count, &origin->memory);
	return r;
}

/* @fds: a description of the header's file, and then the other files. */
static int
look_up_parts(int *fds, unsigned count, struct transom_surface **ret)
{
	struct surface_origin origin = { 0 };
	struct transom_surface *found;
	int fd = -1, r;

	r = find_known(fds[0], &found);
	if (r == 0) {
		/* The same header with other files would show one who knows it what he did not look up. */
		if (!surface_memory_is(found->memory, fds + 1, count - 1)) {
			transom_surface_unref(found);
			return -EPROTO;
		}
		*ret = found;
		return 0;
	}
	r = open_origin(fds[0], true, &origin, &fd);
	if (r < 0)
		return r;
	r = receive_memory(fd, &origin, fds + 1, count - 1);
	if (r < 0) {
		fd_close(fd);
		return r;
	}
	return surface_adopt(fd, &origin, ret);
}

static int
look_up_capsule(int right, struct transom_surface **ret)
{
	struct wire_delivery delivery;
	int r;

	r = capsule_open(right, &delivery);
	if (r < 0)
		return r;
	r = look_up_parts(delivery.fds, delivery.fd_count, ret);
	wire_drop(&delivery);
	return r;
}

int
transom_surface_look_up(int right, struct transom_surface **ret)
{
	struct surface_origin origin = { 0 };
	int fd = -1, r;

	if (!ret)
		return -EINVAL;
	r = find_known(right, ret);
	if (r != -ENOENT)
		return r;
	r = open_origin(right, false, &origin, &fd);
	if (r == -EMEDIUMTYPE)
		return look_up_capsule(right, ret);
	return r < 0 ? r : surface_adopt(fd, &origin, ret);
}
