/* surface-dma-buf.c - memory of devices: recognised, told of the processor's accesses, made of a surface. */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/udmabuf.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "fd-private.h"
#include "surface-private.h"

#define DMA_BUF_MAGIC 0x444d4142 /* linux/magic.h */

/*
 * What the kernel itself knows of a descriptor. A dma-buf says there who made it, in words that the file of
 * no server's file system has.
 */
static int
has_exporter(int fd)
{
	char path[40], line[256];
	bool found = false;
	FILE *info;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	do
		info = fopen(path, "re");
	while (!info && errno == EINTR);
	if (!info)
		return errno == ENOENT || errno == EACCES ? -ENXIO : -errno;
	while (!found && fgets(line, sizeof(line), info))
		found = !strncmp(line, "exp_name:", 9);
	fclose(info);
	return found;
}

int
surface_is_dma_buf(int fd)
{
	struct statfs file_system;
	int r = has_exporter(fd);

	/* Only then: the question is one that a file system's server would answer, when it likes. */
	if (r <= 0)
		return r;
	if (fstatfs(fd, &file_system) < 0)
		return -errno;
	return (unsigned long)file_system.f_type == DMA_BUF_MAGIC;
}

/* Who reads waits for devices that write; who writes, for those that read too. */
bool
surface_dma_buf_is_idle(int fd, bool write)
{
	struct pollfd device = { .fd = fd, .events = write ? POLLOUT : POLLIN };

	return TEMP_FAILURE_RETRY(poll(&device, 1, 0)) == 1 && device.revents & device.events;
}

int
surface_sync_dma_buf(int fd, bool write, bool end)
{
	struct dma_buf_sync sync = {
		.flags = (write ? DMA_BUF_SYNC_RW : DMA_BUF_SYNC_READ) |
			 (end ? DMA_BUF_SYNC_END : DMA_BUF_SYNC_START),
	};

	while (ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync) < 0)
		if (errno != EINTR && errno != EAGAIN)
			return -EOPNOTSUPP;
	return 0;
}

static int
open_udmabuf(int *ret)
{
	int fd = TEMP_FAILURE_RETRY(open("/dev/udmabuf", O_RDWR | O_CLOEXEC));

	if (fd < 0)
		return errno == ENOENT || errno == ENXIO || errno == ENODEV ? -EOPNOTSUPP
		       : errno == EPERM                                     ? -EACCES
									    : -errno;
	*ret = fd;
	return 0;
}

static int
make_udmabuf(int device, const struct transom_surface *surface, int *ret)
{
	const struct surface_header *header = &surface->header;
	struct udmabuf_create create = {
		.memfd = (uint32_t)surface->fd,
		.flags = UDMABUF_FLAGS_CLOEXEC,
		.offset = header->data_offset,
		.size = header->values_offset - header->data_offset,
	};
	int fd = ioctl(device, UDMABUF_CREATE, &create);

	if (fd < 0) /* what it is given is sealed and lies on pages: -EINVAL is the module's limit of bytes */
		return errno == EINVAL ? -E2BIG : errno == ENOTTY ? -EOPNOTSUPP : -errno;
	*ret = fd;
	return 0;
}

int
transom_surface_create_dma_buf(struct transom_surface *surface, int *ret)
{
	const struct surface_memory *memory;
	int device = -1, r;

	if (!surface || !ret)
		return -EINVAL;
	memory = surface->memory;
	if (memory) {
		if (memory->table.count != 1 || !memory->is_dma_buf[0] || memory->table.parts[0].offset)
			return -EOPNOTSUPP;
		return fd_dup(memory->fds[0], ret);
	}
	/* A dma-buf of it can be written by whoever gets one, whatever this process may do. */
	if (surface->header.flags & TRANSOM_SURFACE_MAKER_WRITES)
		return -EOPNOTSUPP;
	if (!surface->writable)
		return -EACCES;
	r = open_udmabuf(&device);
	if (r < 0)
		return r;
	r = make_udmabuf(device, surface, ret);
	fd_close(device);
	return r;
}
