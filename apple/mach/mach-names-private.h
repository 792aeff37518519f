/*
 * mach-names-private.h - between descriptors and the names that Mach's calls know them by; for the other parts
 * of this library.
 */
#ifndef TRANSOM_APPLE_MACH_NAMES_PRIVATE_H
#define TRANSOM_APPLE_MACH_NAMES_PRIVATE_H

#include <mach/mach.h>
#include <transom/surface.h>

/*
 * A name for a surface right that this library made: a send right with one reference, one more if the surface has a
 * name already. Takes @fd, also on failure. mach_port_deallocate() gives it up; sent in a message it is a surface
 * right again. KERN_RESOURCE_SHORTAGE. Whoever has no right left but a copy of it: transom_apple_dup_mach_port().
 * @identity is kept with the surface, 0 at first: it saves asking the kernel again.
 */
kern_return_t
mach_name_for_surface(int fd, _Atomic uint64_t *identity, mach_port_name_t *ret);

/*
 * The surface behind a name, a reference to it the caller's; the name keeps its right. KERN_INVALID_NAME,
 * KERN_INVALID_RIGHT it stands for another right, KERN_INVALID_CAPABILITY no surface is behind it,
 * KERN_RESOURCE_SHORTAGE.
 */
kern_return_t
mach_name_look_up_surface(mach_port_name_t name, struct transom_surface **ret);

/*
 * What is called, without a lock, when an observed name's port has died, or the name is gone or another's: in the
 * thread that did it, or in the library's thread.
 */
void
mach_name_install_death_hook(void (*hook)(mach_port_name_t name));

/* Until then, however often this is called. KERN_INVALID_NAME, KERN_INVALID_RIGHT it is dead, KERN_RESOURCE_SHORTAGE. */
kern_return_t
mach_name_observe(mach_port_name_t name);

#endif /* TRANSOM_APPLE_MACH_NAMES_PRIVATE_H */
