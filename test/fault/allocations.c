/* allocations.c - counts what malloc(3) and its like give out, libraries included, and lets one of them fail. */
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>

#include "fault.h"

/* Where a sanitizer has the allocator there is none to count. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FOREIGN_ALLOCATOR
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define FOREIGN_ALLOCATOR
#endif
#endif

static _Thread_local unsigned countdown;
static _Thread_local bool failed;

static _Thread_local bool exempt; /* from what fails elsewhere */
static atomic_uint elsewhere;
static atomic_bool failed_elsewhere;

void
allocations_fail(unsigned number)
{
	countdown = number;
	failed = false;
}

bool
allocations_failed(void)
{
	return failed;
}

void
allocations_fail_elsewhere(unsigned number)
{
	exempt = true;
	atomic_store(&failed_elsewhere, false);
	atomic_store(&elsewhere, number);
}

bool
allocations_failed_elsewhere(void)
{
	return atomic_load(&failed_elsewhere);
}

#ifdef FOREIGN_ALLOCATOR

long
allocations_count(void)
{
	return 0;
}

#else

static atomic_long count;

long
allocations_count(void)
{
	return atomic_load(&count);
}

/* The C library's own, by names that are not to be replaced. */
void *
__libc_malloc(size_t size);
void *
__libc_calloc(size_t number, size_t size);
void *
__libc_realloc(void *old, size_t size);
void
__libc_free(void *old);

void *
malloc(size_t size);
void *
calloc(size_t number, size_t size);
void *
realloc(void *old, size_t size);
void
free(void *old);

static bool
shall_fail_elsewhere(void)
{
	if (exempt || !atomic_load(&elsewhere) || atomic_fetch_sub(&elsewhere, 1) != 1)
		return false;
	atomic_store(&failed_elsewhere, true);
	errno = ENOMEM;
	return true;
}

static bool
shall_fail(void)
{
	if (shall_fail_elsewhere())
		return true;
	if (!countdown || --countdown)
		return false;
	failed = true;
	errno = ENOMEM;
	return true;
}

static void *
counted(void *made)
{
	if (made)
		atomic_fetch_add(&count, 1);
	return made;
}

void *
malloc(size_t size)
{
	return shall_fail() ? NULL : counted(__libc_malloc(size));
}

void *
calloc(size_t number, size_t size)
{
	return shall_fail() ? NULL : counted(__libc_calloc(number, size));
}

void *
realloc(void *old, size_t size)
{
	void *made;

	if (shall_fail())
		return NULL;
	made = __libc_realloc(old, size);
	if (!old)
		return counted(made);
	if (!made && !size)
		atomic_fetch_sub(&count, 1);
	return made;
}

void
free(void *old)
{
	if (old)
		atomic_fetch_sub(&count, 1);
	__libc_free(old);
}

#endif
