/*
 * name-owner.c - what an owner says of itself in the lock file of its name, so that readers never see
 * half of it; whether it lives is name-list.c's.
 */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "name-private.h"
#include "utf8-private.h"

enum {
	SUM_SIZE = 9,
	IDENTITY_SIZE = 17,
	/* A pid, a description, a sum, an identity, a sum, and a line feed after each. */
	OWNER_SIZE = 11 + TRANSOM_NAME_MAX_DESCRIPTION + 2 + SUM_SIZE + IDENTITY_SIZE + SUM_SIZE,
	/* How often a reader looks again whose sum is wrong: the owner may be writing just now. */
	READS = 16,
};

/*
 * The third line, and the fifth: FNV-1a of those before it, as eight digits. The kernel promises no reader of a file that
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

/* The fourth line and the fifth are not read by those who know three. */
static int
print_owner(const char *description, uint64_t identity, char ret[OWNER_SIZE + 1])
{
	int length = snprintf(ret, OWNER_SIZE + 1, "%d\n%s\n", (int)getpid(), description ? description : "");

	print_sum(ret, (size_t)length, ret + length);
	length += SUM_SIZE;
	length += snprintf(ret + length, IDENTITY_SIZE + 1, "%016" PRIx64 "\n", identity);
	print_sum(ret, (size_t)length, ret + length);
	return length + SUM_SIZE;
}

int
name_owner_write(int lock, const char *description, uint64_t identity)
{
	char text[OWNER_SIZE + 1];
	int length = print_owner(description, identity, text);
	ssize_t n;

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

/* Whether the sum of the text up to @at stands there. */
static bool
has_sum(const char *text, const char *at, const char *end)
{
	char sum[SUM_SIZE + 1];

	print_sum(text, (size_t)(at - text), sum);
	return end - at >= SUM_SIZE && memcmp(at, sum, SUM_SIZE) == 0;
}

/* The fourth line, at @at. Older owners have none, and that is whole as well. */
static bool
read_identity(const char *text, const char *at, const char *end, uint64_t *ret)
{
	if (at == end)
		return true;
	if (end - at < IDENTITY_SIZE || !has_sum(text, at + IDENTITY_SIZE, end))
		return false;
	*ret = strtoull(at, NULL, 16);
	return true;
}

/* False if what is there is not whole; what is whole of it is in @ret all the same. */
static bool
read_once(int lock, struct name_owner *ret)
{
	char text[OWNER_SIZE + 1], *first, *second;
	ssize_t n = pread(lock, text, OWNER_SIZE, 0);
	size_t length;
	long pid;

	memset(ret, 0, sizeof(*ret));
	if (n <= 0)
		return false;
	text[n] = 0;
	first = memchr(text, '\n', (size_t)n);
	second = first ? memchr(first + 1, '\n', (size_t)(text + n - first - 1)) : NULL;
	if (!second || !has_sum(text, second + 1, text + n))
		return false;
	pid = strtol(text, NULL, 10);
	ret->pid = pid > 0 && pid <= INT32_MAX ? (int32_t)pid : 0;
	length = (size_t)(second - first - 1);
	if (length <= TRANSOM_NAME_MAX_DESCRIPTION && utf8_is_printable(first + 1, length))
		memcpy(ret->description, first + 1, length);
	return read_identity(text, second + 1 + SUM_SIZE, text + n, &ret->identity);
}

void
name_owner_read(int lock, struct name_owner *ret)
{
	for (int i = 0; i < READS && !read_once(lock, ret); i++)
		sched_yield();
}
