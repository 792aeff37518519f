/* stream-connect.c - a way into a stream for somebody else: a connection that has not joined. */
#include <errno.h>

#include <transom/stream.h>

#include "deadline-private.h"
#include "name-private.h"
#include "stream-private.h"

int
transom_stream_connect(const char *name, int timeout_ms, int *ret)
{
	if (!ret)
		return -EINVAL;
	return name_connect(STREAM_FOLDER, name, timeout_ms ? deadline_after(timeout_ms) : 0, ret);
}
