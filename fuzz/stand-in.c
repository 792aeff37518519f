/* stand-in.c - makes files that say they are surfaces: see stand-in.h. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "stand-in.h"
#include "surface-private.h"

enum { MOST_BYTES = 1 << 20 };

/* Two sorts: one plane, and two. */
static struct {
	struct surface_header header;
	size_t size;
} good[2];

static void
learn(unsigned which, uint32_t format)
{
	struct transom_surface_options options = {
		.size = sizeof(options), .format = format, .width = 16, .height = 8, .values_size = 4096
	};
	struct transom_surface *surface;
	int right;

	insist(transom_surface_create(&options, &surface) == 0);
	insist(transom_surface_create_right(surface, &right) == 0);
	insist(pread(right, &good[which].header, sizeof(good[which].header), 0) ==
	       (ssize_t)sizeof(good[which].header));
	good[which].size = (size_t)lseek(right, 0, SEEK_END);
	close(right);
	transom_surface_unref(surface);
}

void
stand_in_learn(void)
{
	if (good[0].size)
		return;
	learn(0, TRANSOM_FORMAT_BGRA8);
	learn(1, TRANSOM_FORMAT_NV12);
}

/* One that cannot be read. Takes @fd. */
static int
open_for_writing(int fd)
{
	char path[32];
	int other;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	other = open(path, O_WRONLY | O_CLOEXEC);
	insist(other >= 0);
	close(fd);
	return other;
}

int
stand_in_make(struct script *script)
{
	static const int all_seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
	uint8_t choice = script_byte(script);
	unsigned which = choice & 1;
	struct surface_header header = good[which].header;
	struct surface_state state = { .seed = 0 };
	int fd;

	script_spoil(script, &header, sizeof(header));
	fd = make_file(good[which].size, &header, sizeof(header), 0);
	if (choice & 2) { /* a dictionary of no keys, or what else is there */
		uint8_t bytes[16] = { 0xa0 };

		atomic_store(&state.values, 1);
		script_spoil(script, &state, sizeof(state));
		script_spoil(script, bytes, sizeof(bytes));
		insist(pwrite(fd, &state, sizeof(state), 4096) == (ssize_t)sizeof(state));
		insist(pwrite(fd, bytes, sizeof(bytes), (off_t)good[which].header.values_offset) ==
		       (ssize_t)sizeof(bytes));
	}
	insist(!(choice & 8) || fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0);
	insist(fcntl(fd, F_ADD_SEALS, choice & 4 ? all_seals & ~F_SEAL_SEAL : all_seals) == 0);
	return choice & 16 ? open_for_writing(fd) : fd;
}

void
stand_in_read(struct transom_surface *surface)
{
	struct transom_plane_layout plane;

	insist(surface);
	insist(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL) == 0);
	for (uint32_t i = 0; transom_surface_get_plane(surface, i, &plane) == 0; i++) {
		const volatile uint8_t *base = transom_surface_get_plane_base(surface, i);

		insist(base && plane.size <= MOST_BYTES);
		for (uint64_t at = 0; at < plane.size; at += 64)
			(void)base[at];
		if (plane.size)
			(void)base[plane.size - 1];
	}
	insist(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_READ, NULL) == 0);
}
