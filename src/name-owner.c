/*
 * name-owner.c - what an owner says of itself in the lock file of its name, so that readers never see
 * half of it; whether it lives is name-list.c's.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "name-private.h"
#include "utf8-private.h"

enum {
	/* A pid, a description, eight digits, and a line feed after each. */
	OWNER_SIZE = 11 + TRANSOM_NAME_MAX_DESCRIPTION + 8 + 3,
	SUM_SIZE = 9,
	/* How often a reader looks again whose sum is wrong: the owner may be writing just now. */
	READS = 16,
};

/*
 * The third line: FNV-1a of those before it, as eight digits. The kernel promises no reader of a file that
 * it sees all of a write or nothing; the sum tells. No lock does it, so a reader that is stopped stops
 * nobody.
 */
static void
print_sum(const char *text, size_t size, char ret[SUM_SIZE + 1])
{
	uint32_t sum = 0x811c9dc5;

	for (size_t i = 0; i < size; i++)
		sum = (sum ^ (unsigned char)text[i]) * 0x01000193;
	snprintf(ret, SUM_SIZE + 1, "%08x\n", sum);
}

int
name_owner_check(const char *description)
{
	size_t length = description ? strnlen(description, TRANSOM_NAME_MAX_DESCRIPTION + 1) : 0;

	if (length > TRANSOM_NAME_MAX_DESCRIPTION)
		return -E2BIG;
	return utf8_is_printable(description, length) ? 0 : -EINVAL;
}

int
name_owner_write(int lock, const char *description)
{
	char text[OWNER_SIZE + 1];
	int length;
	ssize_t n;

	length = snprintf(text, sizeof(text) - SUM_SIZE, "%d\n%s\n", (int)getpid(),
			  description ? description : "");
	print_sum(text, (size_t)length, text + length);
	length += SUM_SIZE;
	n = TEMP_FAILURE_RETRY(pwrite(lock, text, (size_t)length, 0));
	if (n < 0 && errno != ENOSPC)
		return -errno;
	if (n < length)
		return -ENOMEM; /* memory is what a runtime directory is made of */
	/* What a longer text has left behind the sum nobody reads. */
	if (TEMP_FAILURE_RETRY(ftruncate(lock, length)) < 0)
		return errno == ENOSPC ? -ENOMEM : -errno;
	return 0;
}

/* False if what is there is not whole. */
static bool
read_once(int lock, struct name_owner *ret)
{
	char text[OWNER_SIZE + 1], sum[SUM_SIZE + 1], *first, *second;
	ssize_t n = pread(lock, text, OWNER_SIZE, 0);
	size_t length;
	long pid;

	if (n <= 0)
		return false;
	text[n] = 0;
	first = memchr(text, '\n', (size_t)n);
	second = first ? memchr(first + 1, '\n', (size_t)(text + n - first - 1)) : NULL;
	if (!second)
		return false;
	print_sum(text, (size_t)(second + 1 - text), sum);
	if (text + n - second - 1 < SUM_SIZE || memcmp(second + 1, sum, SUM_SIZE) != 0)
		return false;
	pid = strtol(text, NULL, 10);
	ret->pid = pid > 0 && pid <= INT32_MAX ? (int32_t)pid : 0;
	length = (size_t)(second - first - 1);
	if (length <= TRANSOM_NAME_MAX_DESCRIPTION && utf8_is_printable(first + 1, length))
		memcpy(ret->description, first + 1, length);
	return true;
}

void
name_owner_read(int lock, struct name_owner *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (int i = 0; i < READS && !read_once(lock, ret); i++)
		sched_yield();
}
