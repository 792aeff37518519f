/* mach-surface.c - names for surface rights: what such a right looks like, and which name is its. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
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

bool
looks_like_surface(int fd)
{
	return fcntl(fd, F_GET_SEALS) >= 0 ||
	       is_capsule(fd); /* the first is answered for memory files alone */
}

/*
 * A memory file has the kernel's number of it, which is that of all rights to one surface. A capsule has the
 * kernel's number of the socket, which is that of its copies: what is in it is not looked at here, since to
 * do so can be made to wait by whoever made it, and the lock of all names is held.
 */
static uint64_t
surface_identity(int fd)
{
	struct stat file;

	if (fstat(fd, &file) < 0)
		return 0;
	return S_ISSOCK(file.st_mode) ? (uint64_t)file.st_ino | CAPSULE_BITS
				      : (uint64_t)file.st_ino | MEMORY_BIT;
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
entry_for_surface(int fd, struct entry **ret)
{
	uint64_t identity = surface_identity(fd);
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
