/* surfaces.c - what tests of surfaces share; it tests nothing. */
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "surfaces.h"

struct transom_surface_options
options_of(uint32_t format, uint32_t width, uint32_t height, uint32_t flags)
{
	return (struct transom_surface_options){
		.size = sizeof(struct transom_surface_options),
		.flags = flags,
		.format = format,
		.width = width,
		.height = height,
	};
}

struct transom_surface *
create_surface(uint32_t format, uint32_t width, uint32_t height, uint32_t flags)
{
	struct transom_surface_options options = options_of(format, width, height, flags);
	struct transom_surface *surface = NULL;

	check_eq(transom_surface_create(&options, &surface), 0);
	return surface;
}

struct transom_surface *
create_small(void)
{
	return create_surface(TRANSOM_FORMAT_BGRA8, 64, 32, 0);
}

void
check_uses(const struct transom_surface *surface, int uses)
{
	int have = -1;

	for (int i = 0; i < 1000 && have != uses; i++) {
		if (i)
			usleep(1000);
		have = transom_surface_count_uses(surface);
	}
	check_eq(have, uses);
}

void
become_nobody(void)
{
	if (geteuid() == 0) {
		check_eq(setresgid(NOBODY, NOBODY, NOBODY), 0);
		check_eq(setresuid(NOBODY, NOBODY, NOBODY), 0);
	}
}

void
write_pixels(struct transom_surface *surface)
{
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	memset(transom_surface_get_base(surface), 0x5a, 100);
	check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
}

int
create_right(struct transom_surface *surface)
{
	int right = -1;

	check_eq(transom_surface_create_right(surface, &right), 0);
	return right;
}

void
refuse(int fd, int error)
{
	struct transom_surface *surface = (void *)1;
	int fds = count_fds(), mappings = count_mappings();

	check_eq(transom_surface_look_up(fd, &surface), error);
	check(surface == (void *)1);
	check_eq(count_fds(), fds);
	check_eq(count_mappings(), mappings);
}

void
visit_right(void *argument)
{
	struct visitor *visitor = argument;
	struct transom_surface *surface;

	check_eq(transom_surface_look_up(visitor->right, &surface), 0);
	close(visitor->right);
	visitor->body(surface);
	transom_surface_unref(surface);
}

int
visit(struct transom_surface *surface, void (*body)(struct transom_surface *surface))
{
	struct visitor visitor = { create_right(surface), body };
	int status = wait_for(spawn(visit_right, &visitor));

	close(visitor.right);
	return status;
}
