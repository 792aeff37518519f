/* mach-surface.c - names for surface rights: what such a right looks like, and which name is its. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "fd-private.h"
#include "mach-names-private.h"
#include "mach-private.h"

#define MEMORY_BIT (1ull << 63)
#define CAPSULE_BITS (3ull << 62)

/* A socket to which nothing can be sent any more. What is in it, the look-up sees. */
static bool
is_capsule(int fd)
{
	struct pollfd entry = { .fd = fd };
	int type = 0;
	socklen_t size = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET &&
	       poll(&entry, 1, 0) == 1 && entry.revents & POLLHUP;
}

/* The file system of all memory files, by one of our own. 0: not known. With the lock held. */
static uint64_t
memory_device(void)
{
	static uint64_t device; /* none is 0:0 */
	struct statx file;
	int fd;

	if (device)
		return device;
	fd = memfd_create("transom-mach-device", MFD_CLOEXEC);
	if (fd >= 0 && statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_INO, &file) == 0)
		device = (uint64_t)file.stx_dev_major << 32 | file.stx_dev_minor;
	fd_close(fd);
	return device;
}

/*
 * A memory file has the kernel's number of it, which is that of all rights to one surface. A capsule has the
 * kernel's number of the socket, which is that of its copies: what is in it is not looked at here, since to
 * do so can be made to wait by whoever made it, and the lock of all names is held. A file that a server may have
 * to be asked for is asked nothing that the kernel does not know.
 */
uint64_t
surface_identity(int fd)
{
	struct statx file;
	uint64_t device;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE | STATX_INO, &file) < 0)
		return 0;
	if (S_ISSOCK(file.stx_mode))
		return is_capsule(fd) ? file.stx_ino | CAPSULE_BITS : 0;
	device = (uint64_t)file.stx_dev_major << 32 | file.stx_dev_minor;
	if (S_ISREG(file.stx_mode) && device == memory_device())
		return (file.stx_ino & ~CAPSULE_BITS) | MEMORY_BIT;
	/* Of another file system of memory, which numbers its files anew. */
	return fcntl(fd, F_GET_SEALS) < 0
		       ? 0
		       : ((file.stx_ino + device * 0x9e3779b97f4a7c15u) & ~CAPSULE_BITS) | MEMORY_BIT;
}

static bool
add_right(struct entry *entry, int fd)
{
	int *surfaces;

	if (entry->urefs >= MACH_PORT_UREFS_MAX)
		return false;
	surfaces = realloc(entry->surfaces, (entry->surface_count + 1) * sizeof(int));
	if (!surfaces)
		return false;
	surfaces[entry->surface_count++] = fd;
	entry->surfaces = surfaces;
	entry->urefs++;
	return true;
}

kern_return_t
entry_for_surface(int fd, uint64_t identity, struct entry **ret)
{
	struct entry *found = identity ? space_find_surface(identity) : NULL;
	struct entry *entry = found || !identity ? found : space_add(ENTRY_SURFACE, MACH_PORT_NULL);

	if (!entry || !add_right(entry, fd)) {
		if (entry && !found)
			space_remove(entry);
		fd_close(fd);
		return KERN_RESOURCE_SHORTAGE;
	}
	entry->identity.cookie = identity;
	identity_add(&entry->identity, entry); /* does nothing if it is there */
	*ret = entry;
	return KERN_SUCCESS;
}

/* The number of a surface is good for all rights to it, but for those that are capsules. */
kern_return_t
mach_name_for_surface(int fd, _Atomic uint64_t *identity, mach_port_name_t *ret)
{
	uint64_t known = *identity;
	struct entry *entry;
	kern_return_t kr;

	space_lock();
	if (!known) {
		known = surface_identity(fd);
		*identity = (known & CAPSULE_BITS) == CAPSULE_BITS ? 0 : known;
	}
	kr = entry_for_surface(fd, known, &entry);
	if (kr == KERN_SUCCESS)
		*ret = entry->name;
	return name_leave(kr);
}

static kern_return_t
return_of(int r)
{
	if (r == -ENOMEM || r == -EMFILE || r == -ENFILE)
		return KERN_RESOURCE_SHORTAGE;
	return r == 0 ? KERN_SUCCESS : KERN_INVALID_CAPABILITY;
}

/* Who made a capsule can let whoever looks into it wait; nobody else shall. */
static kern_return_t
look_up_capsule(int right, struct transom_surface **ret)
{
	int copy, r = fd_dup(right, &copy);

	name_leave(KERN_SUCCESS);
	if (r < 0)
		return KERN_RESOURCE_SHORTAGE;
	r = transom_surface_look_up(copy, ret);
	fd_close(copy);
	return return_of(r);
}

kern_return_t
mach_name_look_up_surface(mach_port_name_t name, struct transom_surface **ret)
{
	struct entry *entry;
	kern_return_t kr = name_enter(mach_task_self_, name, &entry);
	int right;

	if (kr != KERN_SUCCESS)
		return kr;
	if (entry->kind != ENTRY_SURFACE)
		return name_leave(KERN_INVALID_RIGHT);
	right = entry->surfaces[entry->surface_count - 1];
	if ((entry->identity.cookie & CAPSULE_BITS) == CAPSULE_BITS)
		return look_up_capsule(right, ret);
	return name_leave(return_of(transom_surface_look_up(right, ret)));
}
