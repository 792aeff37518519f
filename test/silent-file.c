/* silent-file.c - the kernel's FUSE protocol, as much of it as opens one file. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "silent-file.h"

enum { FILE_NODE = 2, BUFFER_SIZE = 1 << 18, SECONDS = 30 };

static void
reply(int device, const struct fuse_in_header *request, int error, const void *data, size_t size)
{
	char bytes[512];
	struct fuse_out_header header = { .len = (uint32_t)(sizeof(header) + size),
					  .error = error,
					  .unique = request->unique };

	check(sizeof(header) + size <= sizeof(bytes));
	memcpy(bytes, &header, sizeof(header));
	if (size)
		memcpy(bytes + sizeof(header), data, size);
	check(write(device, bytes, header.len) == (ssize_t)header.len);
}

static struct fuse_attr
attributes_of(uint64_t node)
{
	return (struct fuse_attr){ .ino = node,
				   .nlink = 1,
				   .mode = node == FILE_NODE ? S_IFREG | 0600 : S_IFDIR | 0700,
				   .uid = geteuid(),
				   .gid = getegid() };
}

/* Nothing may be kept (all times are 0): whoever wants to know something must ask. */
static void
answer(int device, const struct fuse_in_header *request)
{
	const struct fuse_init_in *init = (const void *)(request + 1);

	switch (request->opcode) {
	case FUSE_INIT: {
		struct fuse_init_out out = { .major = FUSE_KERNEL_VERSION,
					     .minor = init->minor < FUSE_KERNEL_MINOR_VERSION
							      ? init->minor
							      : FUSE_KERNEL_MINOR_VERSION,
					     .max_write = 4096 };

		reply(device, request, 0, &out, sizeof(out));
		break;
	}
	case FUSE_LOOKUP: {
		struct fuse_entry_out out = { .nodeid = FILE_NODE, .attr = attributes_of(FILE_NODE) };

		reply(device, request, 0, &out, sizeof(out));
		break;
	}
	case FUSE_GETATTR: {
		struct fuse_attr_out out = { .attr = attributes_of(request->nodeid) };

		reply(device, request, 0, &out, sizeof(out));
		break;
	}
	case FUSE_OPEN: {
		struct fuse_open_out out = { .fh = 1 };

		reply(device, request, 0, &out, sizeof(out));
		break;
	}
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
		break;
	default:
		reply(device, request, -ENOSYS, NULL, 0);
	}
}

/*
 * Once the file is open it only answers what a close asks (FUSE_FLUSH): a process that dies closes. Not
 * even SIGKILL ends the waiting for an answer, only the end of this server.
 */
static void
serve(void *argument)
{
	static _Alignas(8) char buffer[BUFFER_SIZE];
	const struct fuse_in_header *request = (const void *)buffer;
	int device = *(int *)argument;
	bool silent = false;

	alarm(SECONDS);
	for (;;) {
		check(read(device, buffer, sizeof(buffer)) >= (ssize_t)sizeof(*request));
		if (!silent || request->opcode == FUSE_FLUSH)
			answer(device, request);
		silent |= request->opcode == FUSE_OPEN;
	}
}

bool
open_silent_file(struct silent_file *ret)
{
	char options[80], path[96];
	int device = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (device < 0)
		return false;
	strcpy(ret->folder, "/tmp/transom-test-XXXXXX");
	check(mkdtemp(ret->folder));
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=%u,group_id=%u", device,
		 (unsigned)geteuid(), (unsigned)getegid());
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("silent", ret->folder, "fuse", MS_NOSUID | MS_NODEV, options) < 0) {
		rmdir(ret->folder);
		close(device);
		return false;
	}
	ret->server = spawn(serve, &device);
	close(device);
	snprintf(path, sizeof(path), "%s/file", ret->folder);
	ret->fd = open(path, O_RDWR | O_CLOEXEC);
	check(ret->fd >= 0);
	return true;
}

void
close_silent_file(struct silent_file *file)
{
	kill(file->server, SIGKILL);
	wait_for(file->server);
	close(file->fd);
	check(umount2(file->folder, MNT_DETACH) == 0);
	check(rmdir(file->folder) == 0);
}
