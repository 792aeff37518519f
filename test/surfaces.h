/*
 * surfaces.h - what tests of surfaces share: rights, and children that have nothing but a right.
 */
#ifndef TEST_SURFACES_H
#define TEST_SURFACES_H

#include <transom/surface.h>

/* A right, which must come about; the caller closes it. */
int
create_right(struct transom_surface *surface);

/* A body that runs in a child with a surface right, as if it had been received. */
struct visitor {
	int right;
	void (*body)(struct transom_surface *surface);
};

/* For spawn(), with a visitor: looks the right up, drops it, and runs the body. */
void
visit_right(void *visitor);

/* Runs the body in a child with a right of its own; how the child ended, as wait_for() says it. */
int
visit(struct transom_surface *surface, void (*body)(struct transom_surface *surface));

#endif /* TEST_SURFACES_H */
