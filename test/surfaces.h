/*
 * surfaces.h - what tests of surfaces share: surfaces, rights, and children that have nothing but a right.
 */
#ifndef TEST_SURFACES_H
#define TEST_SURFACES_H

#include <transom/surface.h>

struct transom_surface_options
options_of(uint32_t format, uint32_t width, uint32_t height, uint32_t flags);

/* A surface, which must come about. */
struct transom_surface *
create_surface(uint32_t format, uint32_t width, uint32_t height, uint32_t flags);

struct transom_surface *
create_small(void);

/* Locks it, fills the first 100 bytes with 0x5a, and unlocks it: the seed is one higher then. */
void
write_pixels(struct transom_surface *surface);

/*
 * How many uses there are, in all processes. The count may miss one or show one twice while other locks in the system come
 * and go: it is asked again.
 */
void
check_uses(const struct transom_surface *surface, int uses);

enum { NOBODY = 65534 };

/* As a user whom the kernel protects other processes from, even if the tests run as root. */
void
become_nobody(void);

/* A right, which must come about; the caller closes it. */
int
create_right(struct transom_surface *surface);

/* A look-up that fails with @error, gives nothing, and leaves nothing open or mapped. */
void
refuse(int fd, int error);

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
