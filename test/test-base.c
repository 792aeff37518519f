/* test-base.c - error names, descriptors, byte locks, deadlines and the runtime directory. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <transom/error.h>

#include "checked-private.h"
#include "deadline-private.h"
#include "fd-private.h"
#include "harness.h"
#include "lock-private.h"
#include "random-private.h"
#include "runtime-directory-private.h"
#include "utf8-private.h"

TEST(error_names)
{
	check(!strcmp(transom_error_name(-EPIPE), "EPIPE"));
	check(!strcmp(transom_error_name(EPIPE), "EPIPE"));
	check(!strcmp(transom_error_name(-99999), "?"));
	check(!strcmp(transom_error_name(INT_MIN), "?"));
	check(!strcmp(transom_error_describe(-EPIPE), "dead name: the receiver is gone"));
	check(!strcmp(transom_error_describe(INT_MIN), "unknown error"));
	check(!strcmp(transom_error_describe(-EXDEV), strerror(EXDEV)));
}

TEST(checked_sums)
{
	uint64_t n;

	check(checked_add(1, 2, &n) && n == 3);
	check(!checked_add(UINT64_MAX, 1, &n));
	check(checked_mul(1u << 31, 1u << 31, &n) && n == (uint64_t)1 << 62);
	check(!checked_mul((uint64_t)1 << 32, (uint64_t)1 << 32, &n));
	check(checked_align(65, 64, &n) && n == 128);
	check(checked_align(64, 64, &n) && n == 64);
	check(checked_align(7, 6, &n) && n == 12);
	check(!checked_align(UINT64_MAX - 3, 64, &n));
}

TEST(close_keeps_errno_and_gives_minus_one)
{
	errno = ENOENT;
	check_eq(fd_close(-1), -1);
	check_eq(fd_close(dup(0)), -1);
	check_eq(errno, ENOENT);
}

TEST(reopened_description_has_locks_of_its_own)
{
	int fd = memfd_create("test", MFD_CLOEXEC), again = -1, copy = -1;

	check_eq(fd_reopen(fd, O_RDWR, &again), 0);
	check_eq(fd_dup(again, &copy), 0);
	check(fcntl(again, F_GETFD) & FD_CLOEXEC);
	check(fcntl(copy, F_GETFD) & FD_CLOEXEC);
	check_eq(lock_byte_shared(again, 0), 0);
	check_eq(lock_byte_is_held(fd, 0), 1);
	check_eq(lock_byte_is_held(again, 0), 0);
	check_eq(lock_byte_is_held(copy, 0), 0);
	check_eq(lock_byte_exclusive(fd, 0), -EBUSY);
	fd_close(again);
	check_eq(lock_byte_is_held(fd, 0), 1);
	fd_close(copy);
	check_eq(lock_byte_is_held(fd, 0), 0);
	check_eq(lock_byte_exclusive(fd, 0), 0);
	check_eq(lock_byte_shared(fd, 0), 0);
	check_eq(lock_byte_release(fd, 0), 0);
	fd_close(fd);
}

TEST(lock_needs_the_right_access)
{
	int fd = memfd_create("test", MFD_CLOEXEC), reader = -1;

	check_eq(fd_reopen(fd, O_RDONLY, &reader), 0);
	check_eq(lock_byte_exclusive(reader, 0), -EBADF);
	check_eq(lock_byte_shared(reader, 0), 0);
	fd_close(reader);
	fd_close(fd);
}

TEST(reopen_of_nothing_is_refused)
{
	int fd = 1234;

	check_eq(fd_reopen(999, O_RDONLY, &fd), -EBADF);
	check_eq(fd_dup(999, &fd), -EBADF);
	check_eq(fd, 1234);
}

static void
reopen_in_child(void *argument)
{
	int fd = memfd_create("child", MFD_CLOEXEC), again = -1;
	struct stat a, b;

	/* The child's descriptor numbers name other files than the parent's. */
	check_eq(fd_reopen(fd, O_RDWR, &again), 0);
	check(fstat(fd, &a) == 0 && fstat(again, &b) == 0 && a.st_ino == b.st_ino);
	fd_close(again);
	fd_close(fd);
}

TEST(reopen_works_after_fork)
{
	int fd = memfd_create("parent", MFD_CLOEXEC), again = -1;

	check_eq(fd_reopen(fd, O_RDWR, &again), 0);
	fd_close(again);
	fd_close(fd);
	check_eq(wait_for(spawn(reopen_in_child, NULL)), 0);
}

TEST(pread_all_or_nothing)
{
	int fd = memfd_create("test", MFD_CLOEXEC);
	char data[8];

	check(write(fd, "abcdef", 6) == 6);
	check_eq(fd_pread_all(fd, data, 4, 2), 0);
	check(!memcmp(data, "cdef", 4));
	check_eq(fd_pread_all(fd, data, 8, 0), -ENODATA);
	fd_close(fd);
}

static void
nothing(int number)
{
}

TEST(signals_do_not_shorten_a_wait)
{
	struct sigaction action = { .sa_handler = nothing };
	struct itimerval often = { { 0, 3000 }, { 0, 3000 } };
	int pipes[2];
	int64_t start;

	check(pipe(pipes) == 0);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	start = deadline_now();
	check_eq(deadline_poll(pipes[0], POLLIN, deadline_after(50)), 0);
	check(deadline_now() - start >= 50 * 1000000);
	check(write(pipes[1], "x", 1) == 1);
	check_eq(deadline_poll(pipes[0], POLLIN, deadline_after(-1)), 1);
	check_eq(deadline_remaining_ms(deadline_after(-1)), -1);
	check_eq(deadline_remaining_ms(0), 0);
	check_eq(deadline_poll(999, POLLIN, deadline_after(0)), -EBADF);
	close(pipes[0]);
	close(pipes[1]);
}

TEST(random_is_random)
{
	unsigned char a[16], b[16];

	check_eq(random_bytes(a, sizeof(a)), 0);
	check_eq(random_bytes(b, sizeof(b)), 0);
	check(memcmp(a, b, sizeof(a)));
}

static bool
is_text(const char *text)
{
	return utf8_is_text(text, strlen(text));
}

static bool
is_printable(const char *text)
{
	return utf8_is_printable(text, strlen(text));
}

TEST(utf8_is_checked)
{
	static const char *const bad[] = { "\x80",         "\xc3",         "\xc0\x80",
					   "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
					   "\xf8\x88",     "\xff",         "\xe2\x82" };

	check(is_text("") && is_printable(""));
	check(is_text("a\n\x7f") && !is_printable("a\n") && !is_printable("\x7f"));
	check(is_text("\xc2\x9f") && !is_printable("\xc2\x9f") && is_printable("\xc2\xa0"));
	check(is_printable("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf"));
	check(!utf8_is_text("a\0b", 3));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check(!is_text(bad[i]) && !is_printable(bad[i]));
}

TEST(runtime_directory_is_made_and_checked)
{
	char sub[80];
	int fd = -7;

	use_folder();
	snprintf(sub, sizeof(sub), "%s/ports", folder);
	check_eq(runtime_directory_open("ports", false, &fd), -ENOENT);
	check_eq(fd, -7);
	check_eq(runtime_directory_open("ports", true, &fd), 0);
	fd = fd_close(fd);
	check_eq(runtime_directory_open("ports", false, &fd), 0);
	fd = fd_close(fd);

	check(chmod(sub, 0755) == 0);
	check_eq(runtime_directory_open("ports", true, &fd), -EPERM);
	check(chmod(sub, 0700) == 0 && chmod(folder, 0750) == 0);
	check_eq(runtime_directory_open("ports", true, &fd), -EPERM);
	check(chmod(folder, 0700) == 0 && rmdir(sub) == 0);
	check(symlink("/tmp", sub) == 0);
	check_eq(runtime_directory_open("ports", true, &fd), -ENOTDIR);
	check(unlink(sub) == 0);
	check(close(open(sub, O_CREAT | O_WRONLY, 0600)) == 0);
	check_eq(runtime_directory_open("ports", true, &fd), -ENOTDIR);
	check(unlink(sub) == 0 && rmdir(folder) == 0);
}

TEST(runtime_directory_of_another_user_is_refused)
{
	int fd = -1;

	if (geteuid() != 0)
		skip("needs root to give a folder away");
	use_folder();
	check(chown(folder, 12345, 12345) == 0);
	check_eq(runtime_directory_open("ports", true, &fd), -EPERM);
	check(rmdir(folder) == 0);
}

TEST(runtime_directory_comes_from_the_environment)
{
	char sub[80];
	int fd = -1;

	use_folder();
	unsetenv("TRANSOM_RUNTIME_DIR");
	setenv("XDG_RUNTIME_DIR", folder, 1);
	check_eq(runtime_directory_open("streams", true, &fd), 0);
	fd = fd_close(fd);
	snprintf(sub, sizeof(sub), "%s/transom/streams", folder);
	check(rmdir(sub) == 0);
	snprintf(sub, sizeof(sub), "%s/transom", folder);
	check(rmdir(sub) == 0 && rmdir(folder) == 0);
	setenv("TRANSOM_RUNTIME_DIR", "relative/path", 1);
	check_eq(runtime_directory_open("streams", true, &fd), -ENXIO);
	setenv("TRANSOM_RUNTIME_DIR", "/proc/no/such/place", 1);
	check_eq(runtime_directory_open("streams", true, &fd), -ENOENT);
}
