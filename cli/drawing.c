/* drawing.c - what the ways of drawing share: pixels without alpha, and files for the terminal. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drawing.h"
#include "view.h"

const struct drawing_kind *const drawing_kinds[] = {
	[VIEW_DRAWING_AUTO] = NULL,
	[VIEW_DRAWING_BLOCKS] = &drawing_blocks,
	[VIEW_DRAWING_KITTY] = &drawing_kitty,
#ifdef HAVE_SIXEL
	[VIEW_DRAWING_SIXEL] = &drawing_sixel,
#else
	[VIEW_DRAWING_SIXEL] = NULL,
#endif
};

void
drawing_pack(const uint8_t *pixels, size_t count, uint8_t *ret)
{
	for (size_t i = 0; i < count; i++, pixels += 4, ret += 3)
		memcpy(ret, pixels, 3);
}

static int
write_all(int fd, const char *at, size_t size)
{
	while (size > 0) {
		const ssize_t written = write(fd, at, size);

		if (written < 0 && errno != EINTR)
			return -errno;
		at += written > 0 ? written : 0;
		size -= written > 0 ? (size_t)written : 0;
	}
	return 0;
}

/* In memory if there is room; terminals remove only files whose name has these words. */
int
drawing_make_file(const void *bytes, size_t size, char *path, size_t path_size)
{
	const char *temporary = getenv("TMPDIR");
	const char *const folders[] = { "/dev/shm", temporary != NULL ? temporary : "/tmp" };
	int r = -ENOENT;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		int fd;

		if (snprintf(path, path_size, "%s/transom-tty-graphics-protocol-XXXXXX", folders[i]) >=
		    (int)path_size)
			continue;
		fd = mkstemp(path);
		r = fd >= 0 ? write_all(fd, bytes, size) : -errno;
		if (fd >= 0)
			close(fd);
		if (r == 0)
			return 0;
		if (fd >= 0)
			unlink(path);
	}
	path[0] = '\0';
	return r;
}
