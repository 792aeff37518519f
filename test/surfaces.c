/* surfaces.c - what tests of surfaces share; it tests nothing. */
#include <unistd.h>

#include "harness.h"
#include "surfaces.h"

int
create_right(struct transom_surface *surface)
{
	int right = -1;

	check_eq(transom_surface_create_right(surface, &right), 0);
	return right;
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
