/* stream-guard.c - a subscriber's part in the use of a surface that is not the publisher's; who begins it is stream-buffer.c. */
#include <errno.h>
#include <stdlib.h>

#include "fd-private.h"
#include "subscriber-private.h"

/* Takes the descriptor if it returns 0. */
int
stream_guard_create(int *fd, struct stream_guard **ret)
{
	struct stream_guard *guard = calloc(1, sizeof(*guard));

	if (!guard)
		return -ENOMEM;
	guard->references = 1;
	guard->fd = *fd;
	*fd = -1;
	*ret = guard;
	return 0;
}

struct stream_guard *
stream_guard_ref(struct stream_guard *guard)
{
	if (guard)
		guard->references++;
	return guard;
}

struct stream_guard *
stream_guard_unref(struct stream_guard *guard)
{
	if (guard && --guard->references == 0) {
		fd_close(guard->fd);
		free(guard);
	}
	return NULL;
}

void
stream_guard_abandon(struct stream_guard *guard)
{
	if (guard)
		guard->fd = fd_close(guard->fd);
}
