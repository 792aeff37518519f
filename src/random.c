/* random.c - numbers that nobody can guess, from the kernel. */
#include <errno.h>
#include <sys/random.h>

#include "random-private.h"

int
random_bytes(void *data, size_t size)
{
	ssize_t n;

	do
		n = getrandom(data, size, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == size ? 0 : -EINVAL;
}
