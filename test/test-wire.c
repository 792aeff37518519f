/* test-wire.c - one message and its descriptors over one socket: limits, refusals, no leak. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "deadline-private.h"
#include "fd-private.h"
#include "harness.h"
#include "wire-private.h"

static void
make_pair(int ends[2])
{
	check_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	check_eq(wire_ask_for_sender(ends[0], 0), 0);
}

static int
send_bytes(int socket, const void *bytes, size_t size, const int *fds, unsigned count, int64_t deadline)
{
	struct iovec part = { (void *)bytes, size };

	return wire_send(socket, &part, 1, fds, count, deadline);
}

TEST(message_arrives_with_its_sender)
{
	struct wire_delivery got;
	char buffer[16];
	int ends[2], fds[2];

	make_pair(ends);
	fds[0] = fds[1] = ends[1];
	check_eq(send_bytes(ends[1], "hello", 5, fds, 2, 0), 0);
	check_eq(wire_receive(ends[0], buffer, sizeof(buffer), 0, 0, &got), 0);
	check_eq(got.size, 5);
	check(!memcmp(buffer, "hello", 5));
	check_eq(got.fd_count, 2);
	check(fcntl(got.fds[0], F_GETFD) & FD_CLOEXEC);
	check_eq(got.sender.pid, getpid());
	check_eq(got.sender.uid, geteuid());
	check_eq(got.sender.gid, getegid());
	check_eq(got.sender.pidfd, -1);
	wire_drop(&got);
	check_eq(got.fd_count, 0);
	close(ends[0]);
	close(ends[1]);
}

TEST(peeking_gives_fresh_copies)
{
	struct wire_delivery first, second;
	char buffer[16];
	int ends[2];

	make_pair(ends);
	check_eq(send_bytes(ends[1], "capsule", 7, ends, 1, 0), 0);
	check_eq(wire_receive(ends[0], buffer, sizeof(buffer), MSG_PEEK, 0, &first), 0);
	check_eq(wire_receive(ends[0], buffer, sizeof(buffer), MSG_PEEK, 0, &second), 0);
	check(first.fds[0] != second.fds[0]);
	wire_drop(&first);
	wire_drop(&second);
	close(ends[0]);
	close(ends[1]);
}

TEST(end_of_file_is_told_from_an_empty_message)
{
	struct wire_delivery got;
	char buffer[16];
	int ends[2];

	make_pair(ends);
	check_eq(send(ends[1], "", 0, 0), 0);
	check_eq(wire_receive(ends[0], buffer, sizeof(buffer), 0, 0, &got), -EBADMSG);
	check_eq(wire_receive(ends[0], buffer, sizeof(buffer), 0, 0, &got), -EAGAIN);
	check_eq(wire_receive(ends[0], buffer, sizeof(buffer), 0, deadline_after(1), &got), -ETIMEDOUT);
	close(ends[1]);
	check_eq(wire_receive(ends[0], buffer, sizeof(buffer), 0, DEADLINE_NEVER, &got), -ENOTCONN);
	close(ends[0]);
}

TEST(too_long_a_message_is_refused_and_its_descriptors_closed)
{
	struct wire_delivery got;
	char buffer[16], large[17] = "";
	int ends[2], before;

	make_pair(ends);
	before = count_fds();
	check_eq(send_bytes(ends[1], large, sizeof(large), ends, 2, 0), 0);
	check_eq(wire_receive(ends[0], buffer, sizeof(buffer), 0, 0, &got), -EBADMSG);
	check_eq(count_fds(), before);
	close(ends[0]);
	close(ends[1]);
}

TEST(as_many_descriptors_as_the_kernel_carries)
{
	struct wire_delivery got;
	char buffer[16];
	int ends[2], fds[WIRE_MAX_FDS + 1], before;

	make_pair(ends);
	for (int i = 0; i <= WIRE_MAX_FDS; i++)
		fds[i] = ends[0];
	before = count_fds();
	check_eq(send_bytes(ends[1], "x", 1, fds, WIRE_MAX_FDS + 1, 0), -E2BIG);
	check_eq(wire_receive(ends[0], buffer, sizeof(buffer), 0, 0, &got), -EAGAIN);
	check_eq(send_bytes(ends[1], "x", 1, fds, WIRE_MAX_FDS, 0), 0);
	check_eq(wire_receive(ends[0], buffer, sizeof(buffer), 0, 0, &got), 0);
	check_eq(got.fd_count, WIRE_MAX_FDS);
	wire_drop(&got);
	check_eq(count_fds(), before);
	close(ends[0]);
	close(ends[1]);
}

TEST(no_descriptor_left_closes_what_came)
{
	struct wire_delivery got;
	struct rlimit limit, few;
	char buffer[16];
	int ends[2], fds[8], before;

	skip_under("valgrind", "valgrind keeps the limit from the kernel");
	make_pair(ends);
	for (int i = 0; i < 8; i++)
		fds[i] = ends[0];
	check_eq(send_bytes(ends[1], "x", 1, fds, 8, 0), 0);
	before = count_fds();
	check_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	few = limit;
	few.rlim_cur = (rlim_t)dup(0) + 3;
	close((int)few.rlim_cur - 3);
	check_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	check_eq(wire_receive(ends[0], buffer, sizeof(buffer), 0, 0, &got), -EMFILE);
	check_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	check_eq(count_fds(), before);
	close(ends[0]);
	close(ends[1]);
}

TEST(wrong_sockets_are_bad_descriptors)
{
	struct wire_delivery got;
	char buffer[16];
	int pipes[2];

	check_eq(pipe(pipes), 0);
	check_eq(send_bytes(pipes[1], "x", 1, NULL, 0, 0), -EBADF);
	check_eq(send_bytes(-1, "x", 1, NULL, 0, 0), -EBADF);
	check_eq(wire_receive(pipes[0], buffer, sizeof(buffer), 0, 0, &got), -EBADF);
	check_eq(wire_receive(-1, buffer, sizeof(buffer), 0, 0, &got), -EBADF);
	close(pipes[0]);
	close(pipes[1]);
}

TEST(full_queue_and_dead_receiver)
{
	char kib[1024] = "";
	int ends[2], n = 0, r;

	make_pair(ends);
	while ((r = send_bytes(ends[1], kib, sizeof(kib), NULL, 0, 0)) == 0)
		n++;
	check_eq(r, -EAGAIN);
	check(n > 10);
	check_eq(send_bytes(ends[1], kib, sizeof(kib), NULL, 0, deadline_after(5)), -ETIMEDOUT);
	close(ends[0]);
	/* Unread messages: the kernel says "reset" once, which is a dead name too. */
	check_eq(send_bytes(ends[1], kib, sizeof(kib), NULL, 0, 0), -EPIPE);
	check_eq(send_bytes(ends[1], kib, sizeof(kib), NULL, 0, DEADLINE_NEVER), -EPIPE);
	close(ends[1]);
}
