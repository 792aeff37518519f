/* without-locks.c - for the negative proof: rights that are made as always, and then lose their lock. */
#include <transom/surface.h>

#include "harness.h"
#include "lock-private.h"
#include "surface-private.h"

int
__real_transom_surface_create_right(struct transom_surface *surface, int *ret);
int
__wrap_transom_surface_create_right(struct transom_surface *surface, int *ret);

int
__wrap_transom_surface_create_right(struct transom_surface *surface, int *ret)
{
	int r = __real_transom_surface_create_right(surface, ret);

	if (r == 0)
		check_eq(lock_byte_release(*ret, SURFACE_USE_BYTE), 0);
	return r;
}
