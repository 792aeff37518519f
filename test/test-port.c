/* test-port.c - ports and names: rights in messages, dead names, no senders, take-over. */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <transom/name.h>
#include <transom/port.h>

#include "harness.h"
#include "message-private.h"
#include "name-private.h"

static struct transom_message *
new_message(void)
{
	struct transom_message *message;

	check_eq(transom_message_create(&message), 0);
	return message;
}

static void
new_port(int *receive, int *send)
{
	check_eq(transom_port_create(NULL, receive, send), 0);
}

static int
events_of(int fd, short events)
{
	struct pollfd entry = { .fd = fd, .events = events };

	check(poll(&entry, 1, 0) >= 0);
	return entry.revents;
}

TEST(bytes_arrive)
{
	struct transom_message *message = new_message();
	struct transom_sender sender;
	int receive, send;
	size_t size;

	new_port(&receive, &send);
	check_eq(transom_message_get_sender(message, &sender), -ENODATA);
	check_eq(transom_port_send(send, "hello", 6, NULL, 0, 0), 0);
	check(events_of(receive, POLLIN) == POLLIN);
	check_eq(transom_port_receive(receive, message, 0), 0);
	check(!strcmp(transom_message_get_bytes(message, &size), "hello"));
	check_eq(size, 6);
	check_eq((uintptr_t)transom_message_get_bytes(message, NULL) % 8, 0);
	check_eq(transom_message_get_right_count(message), 0);
	check_eq(transom_message_get_sender(message, &sender), 0);
	check_eq(sender.pid, getpid());
	check_eq(sender.uid, geteuid());
	check_eq(sender.gid, getegid());
	check_eq(sender.pidfd, -1);
	check_eq(transom_port_receive(receive, message, 0), -EAGAIN);
	check_eq(transom_port_receive(receive, message, 2), -ETIMEDOUT);
	close(receive);
	close(send);
	transom_message_unref(message);
}

TEST(an_empty_message_is_a_message)
{
	struct transom_message *message = new_message();
	int receive, send;
	size_t size = 9;

	new_port(&receive, &send);
	check_eq(transom_port_send(send, NULL, 0, NULL, 0, 0), 0);
	check_eq(transom_port_receive(receive, message, 0), 0);
	transom_message_get_bytes(message, &size);
	check_eq(size, 0);
	close(receive);
	close(send);
	transom_message_unref(message);
}

TEST(largest_message_and_one_more)
{
	struct transom_message *message = new_message();
	struct transom_right rights[TRANSOM_PORT_MAX_RIGHTS + 1];
	unsigned char *bytes = malloc(TRANSOM_PORT_MAX_BYTES + 1);
	int receive, send, before;
	size_t size;

	new_port(&receive, &send);
	for (int i = 0; i <= TRANSOM_PORT_MAX_RIGHTS; i++)
		rights[i] = (struct transom_right){ send, TRANSOM_RIGHT_SEND };
	for (int i = 0; i <= TRANSOM_PORT_MAX_BYTES; i++)
		bytes[i] = (unsigned char)(i * 7);
	before = count_fds();
	check_eq(transom_port_send(send, bytes, TRANSOM_PORT_MAX_BYTES + 1, NULL, 0, 0), -EMSGSIZE);
	check_eq(transom_port_send(send, NULL, 0, rights, TRANSOM_PORT_MAX_RIGHTS + 1, 0), -EMSGSIZE);
	check_eq(transom_port_receive(receive, message, 0), -EAGAIN);
	check_eq(transom_port_send(send, bytes, TRANSOM_PORT_MAX_BYTES, rights, TRANSOM_PORT_MAX_RIGHTS, 0),
		 0);
	check_eq(transom_port_receive(receive, message, 0), 0);
	check(!memcmp(transom_message_get_bytes(message, &size), bytes, TRANSOM_PORT_MAX_BYTES));
	check_eq(size, TRANSOM_PORT_MAX_BYTES);
	check_eq(transom_message_get_right_count(message), TRANSOM_PORT_MAX_RIGHTS);
	check_eq(transom_port_receive(receive, message, 0), -EAGAIN);
	check_eq(count_fds(), before);
	free(bytes);
	close(receive);
	close(send);
	transom_message_unref(message);
}

TEST(bad_arguments)
{
	struct transom_message *message = new_message();
	struct transom_port_options options = { .size = sizeof(options) };
	struct transom_right right = { 0, 99 };
	int receive = -5, send = -6;

	check_eq(transom_port_create(NULL, NULL, &send), -EINVAL);
	options.flags = 1u << 31;
	check_eq(transom_port_create(&options, &receive, &send), -EINVAL);
	options.flags = 0;
	options.size = 4;
	check_eq(transom_port_create(&options, &receive, &send), -EINVAL);
	check_eq(receive, -5);
	check_eq(send, -6);
	new_port(&receive, &send);
	check_eq(transom_port_send(send, NULL, 1, NULL, 0, 0), -EINVAL);
	check_eq(transom_port_send(send, NULL, 0, NULL, 1, 0), -EINVAL);
	check_eq(transom_port_send(send, NULL, 0, &right, 1, 0), -EINVAL);
	right = (struct transom_right){ -1, TRANSOM_RIGHT_FD };
	check_eq(transom_port_send(send, NULL, 0, &right, 1, 0), -EBADF);
	right.fd = 9999;
	check_eq(transom_port_send(send, NULL, 0, &right, 1, 0), -EBADF);
	check_eq(transom_port_send(0, "x", 1, NULL, 0, 0), -EBADF);
	check_eq(transom_port_receive(receive, NULL, 0), -EINVAL);
	check_eq(transom_port_receive(send, message, -1), -EBADF);
	check_eq(transom_port_receive(-1, message, -1), -EBADF);
	check_eq(transom_port_set_queue_limit(send, 0), -EINVAL);
	check_eq(transom_port_set_queue_limit(0, 5000), -EBADF);
	check_eq(transom_message_create(NULL), -EINVAL);
	check(!transom_message_unref(NULL));
	check(!transom_message_ref(NULL));
	close(receive);
	close(send);
	transom_message_unref(message);
}

TEST(dead_name)
{
	int receive, send, copy;

	new_port(&receive, &send);
	copy = dup(send);
	check(!transom_port_is_dead_name(send));
	check(!(events_of(send, POLLOUT) & POLLHUP));
	check(events_of(send, POLLOUT) & POLLOUT);
	close(receive);
	check(transom_port_is_dead_name(send));
	check(events_of(copy, 0) & POLLHUP);
	check_eq(transom_port_send(copy, "x", 1, NULL, 0, -1), -EPIPE);
	close(send);
	close(copy);
	check(transom_port_is_dead_name(send));
}

TEST(right_of_a_lost_port_is_either_kind)
{
	int receive, send;

	new_port(&receive, &send);
	check(events_of(send, POLLIN) & POLLIN); /* always: wait for POLLOUT or POLLHUP there */
	check_eq(events_of(send, 0), 0);
	check_eq(transom_port_check_right(send, TRANSOM_RIGHT_RECEIVE), -EBADF);
	check_eq(transom_port_check_right(receive, TRANSOM_RIGHT_SEND), -EBADF);
	close(send);
	check_eq(transom_port_check_right(receive, TRANSOM_RIGHT_SEND), 0);
	check_eq(transom_port_check_right(receive, TRANSOM_RIGHT_RECEIVE), 0);
	check(transom_port_is_without_senders(receive) && transom_port_is_dead_name(receive));
	close(receive);
}

TEST(no_senders_counts_copies_in_flight)
{
	struct transom_message *message = new_message();
	int receive, send, carrier, carry;
	struct transom_right right;

	new_port(&receive, &send);
	new_port(&carrier, &carry);
	right = (struct transom_right){ send, TRANSOM_RIGHT_SEND };
	check_eq(transom_port_send(carry, NULL, 0, &right, 1, 0), 0);
	close(send);
	check(!transom_port_is_without_senders(receive)); /* one copy is in the other port's queue */
	check_eq(transom_port_receive(receive, message, 0), -EAGAIN);
	check_eq(transom_port_receive(carrier, message, 0), 0);
	check_eq(transom_message_take_right(message, 0, TRANSOM_RIGHT_SEND, &send), 0);
	check_eq(transom_port_send(send, "last", 4, NULL, 0, 0), 0);
	close(send);
	check(transom_port_is_without_senders(receive));
	check(events_of(receive, POLLIN) & POLLHUP);
	check_eq(transom_port_receive(receive, message, -1), 0); /* what is queued comes first */
	check_eq(transom_port_receive(receive, message, -1), -ENOTCONN);
	close(receive);
	close(carrier);
	close(carry);
	transom_message_unref(message);
}

TEST(rights_are_taken_once_and_checked)
{
	struct transom_message *message = new_message();
	struct transom_right rights[4];
	int receive, send, other, other_send, fd = -7, pipes[2];

	new_port(&receive, &send);
	new_port(&other, &other_send);
	check_eq(pipe(pipes), 0);
	rights[0] = (struct transom_right){ other_send, TRANSOM_RIGHT_SEND };
	rights[1] = (struct transom_right){ other, TRANSOM_RIGHT_SEND }; /* a lie */
	rights[2] = (struct transom_right){ pipes[0], TRANSOM_RIGHT_RECEIVE }; /* another */
	rights[3] = (struct transom_right){ pipes[1], TRANSOM_RIGHT_FD };
	check_eq(transom_port_send(send, NULL, 0, rights, 4, 0), 0);
	check_eq(transom_port_receive(receive, message, 0), 0);
	check_eq(transom_message_get_right_count(message), 4);
	check_eq(transom_message_get_right_kind(message, 3), TRANSOM_RIGHT_FD);
	check_eq(transom_message_get_right_kind(message, 4), 0);
	check_eq(transom_message_get_right(message, 4), -1);
	check_eq(transom_message_take_right(message, 4, TRANSOM_RIGHT_SEND, &fd), -ENOENT);
	check_eq(transom_message_take_right(message, 0, TRANSOM_RIGHT_SURFACE, &fd), -EBADMSG);
	check_eq(transom_message_take_right(message, 1, TRANSOM_RIGHT_SEND, &fd), -EBADF);
	check_eq(transom_message_take_right(message, 2, TRANSOM_RIGHT_RECEIVE, &fd), -EBADF);
	check_eq(fd, -7);
	check_eq(transom_message_take_right(message, 0, TRANSOM_RIGHT_SEND, &fd), 0);
	check(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	fd = -7;
	check_eq(transom_message_take_right(message, 0, TRANSOM_RIGHT_SEND, &fd), -ENOENT);
	check_eq(transom_message_take_right(message, 3, TRANSOM_RIGHT_FD, &fd), 0);
	close(fd);
	check_eq(transom_port_check_right(other, TRANSOM_RIGHT_RECEIVE), 0);
	check_eq(transom_port_check_right(other_send, TRANSOM_RIGHT_RECEIVE), -EBADF);
	check_eq(transom_port_check_right(other, TRANSOM_RIGHT_SURFACE), -EINVAL);
	transom_message_unref(message);
	close(receive);
	close(send);
	close(other);
	close(other_send);
	close(pipes[0]);
	close(pipes[1]);
}

TEST(receive_right_moves_with_its_queue)
{
	struct transom_message *message = new_message();
	struct transom_right right;
	int receive, send, inner, inner_send;

	new_port(&receive, &send);
	new_port(&inner, &inner_send);
	check_eq(transom_port_send(inner_send, "one", 4, NULL, 0, 0), 0);
	right = (struct transom_right){ inner, TRANSOM_RIGHT_RECEIVE };
	check_eq(transom_port_send(send, NULL, 0, &right, 1, 0), 0);
	close(inner);
	check(!transom_port_is_dead_name(inner_send)); /* in flight is alive */
	check_eq(transom_port_send(inner_send, "two", 4, NULL, 0, 0), 0);
	check_eq(transom_port_receive(receive, message, 0), 0);
	check_eq(transom_message_take_right(message, 0, TRANSOM_RIGHT_RECEIVE, &inner), 0);
	check_eq(transom_port_receive(inner, message, 0), 0);
	check(!strcmp(transom_message_get_bytes(message, NULL), "one"));
	check_eq(transom_port_receive(inner, message, 0), 0);
	check(!strcmp(transom_message_get_bytes(message, NULL), "two"));
	transom_message_unref(message);
	close(inner);
	close(inner_send);
	close(receive);
	close(send);
}

TEST(ports_nest_in_ports)
{
	struct transom_message *message = new_message();
	int receive, send, depth = 0;

	/* Each port goes into the next one's queue, four deep: sockets in flight may nest. */
	new_port(&receive, &send);
	check_eq(transom_port_send(send, "kernel", 7, NULL, 0, 0), 0);
	for (; depth < 4; depth++) {
		struct transom_right right = { receive, TRANSOM_RIGHT_RECEIVE };
		int outer, outer_send;

		new_port(&outer, &outer_send);
		check_eq(transom_port_send(outer_send, NULL, 0, &right, 1, 0), 0);
		close(receive);
		close(send);
		receive = outer;
		send = outer_send;
	}
	for (; depth > 0; depth--) {
		int inner;

		check_eq(transom_port_receive(receive, message, 0), 0);
		check_eq(transom_message_take_right(message, 0, TRANSOM_RIGHT_RECEIVE, &inner), 0);
		close(receive);
		receive = inner;
	}
	check_eq(transom_port_receive(receive, message, 0), 0);
	check(!strcmp(transom_message_get_bytes(message, NULL), "kernel"));
	check_eq(transom_port_receive(receive, message, -1), -ENOTCONN);
	close(receive);
	close(send);
	transom_message_unref(message);
}

TEST(dead_receiver_releases_what_is_queued)
{
	int receive, send, inner, inner_send;
	struct transom_right right;

	new_port(&receive, &send);
	new_port(&inner, &inner_send);
	right = (struct transom_right){ inner, TRANSOM_RIGHT_RECEIVE };
	check_eq(transom_port_send(send, NULL, 0, &right, 1, 0), 0);
	close(inner);
	check(!transom_port_is_dead_name(inner_send));
	close(receive);
	check(transom_port_is_dead_name(inner_send));
	close(send);
	close(inner_send);
}

TEST(queue_limit)
{
	struct transom_port_options options = { .size = sizeof(options), .queue_bytes = 16384 };
	struct transom_message *message = new_message();
	char kib[1024] = "";
	int receive, send, small = 0, all = 0;

	check_eq(transom_port_create(&options, &receive, &send), 0);
	while (transom_port_send(send, kib, sizeof(kib), NULL, 0, 0) == 0)
		small++;
	check(small >= 2 && small <= 16);
	check_eq(transom_port_send(send, kib, sizeof(kib), NULL, 0, 3), -ETIMEDOUT);
	check_eq(transom_port_set_queue_limit(send, 65536), 0);
	for (all = small; transom_port_send(send, kib, sizeof(kib), NULL, 0, 0) == 0;)
		all++;
	check(all > small);
	check_eq(transom_port_receive(receive, message, 0), 0);
	check_eq(transom_port_send(send, kib, sizeof(kib), NULL, 0, 0), 0);
	close(receive);
	close(send);
	transom_message_unref(message);
}

struct late {
	int send;
};

static void *
send_late(void *argument)
{
	usleep(20000);
	check_eq(transom_port_send(((struct late *)argument)->send, "late", 5, NULL, 0, -1), 0);
	return NULL;
}

static void
nothing(int number)
{
}

TEST(waiting_survives_signals)
{
	struct sigaction action = { .sa_handler = nothing };
	struct itimerval often = { { 0, 2000 }, { 0, 2000 } };
	struct transom_message *message = new_message();
	struct late late;
	pthread_t thread;
	int receive;

	new_port(&receive, &late.send);
	sigaction(SIGALRM, &action, NULL);
	for (int timeout = -1; timeout < 6000; timeout += 5000) {
		check_eq(pthread_create(&thread, NULL, send_late, &late), 0);
		setitimer(ITIMER_REAL, &often, NULL);
		check_eq(transom_port_receive(receive, message, timeout), 0);
		check_eq(pthread_join(thread, NULL), 0);
	}
	setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, NULL);
	close(receive);
	close(late.send);
	transom_message_unref(message);
}

static void
drain_slowly(void *argument)
{
	struct transom_message *message = new_message();
	int receive = *(int *)argument, n = 0, r;

	usleep(30000);
	while ((r = transom_port_receive(receive, message, -1)) == 0)
		n++;
	check_eq(r, -ENOTCONN);
	check_eq(n, 2000);
}

TEST(sender_waits_for_room)
{
	char kib[1024] = "";
	int receive, send;
	pid_t child;

	new_port(&receive, &send);
	fcntl(send, F_SETFD, 0);
	child = fork();
	if (child == 0) {
		close(send);
		drain_slowly(&receive);
		_exit(0);
	}
	close(receive);
	for (int i = 0; i < 2000; i++)
		check_eq(transom_port_send(send, kib, sizeof(kib), NULL, 0, i % 2 ? -1 : 10000), 0);
	close(send);
	check_eq(wait_for(child), 0);
}

static void
send_as_child(void *argument)
{
	check_eq(transom_port_send(*(int *)argument, "child", 6, NULL, 0, 0), 0);
}

TEST(sender_is_who_the_kernel_saw)
{
	struct transom_message *message = new_message();
	struct transom_sender sender;
	int receive, send;
	pid_t child;

	new_port(&receive, &send);
	child = spawn(send_as_child, &send);
	check_eq(transom_port_receive(receive, message, -1), 0);
	check_eq(transom_message_get_sender(message, &sender), 0);
	check_eq(sender.pid, child);
	check_eq(wait_for(child), 0);
	close(receive);
	close(send);
	transom_message_unref(message);
}

/* The process that a pidfd is of: -1 if it is gone. */
static int
process_of(int pidfd)
{
	char path[40], line[80];
	int pid = 0;
	FILE *about;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	about = fopen(path, "re");
	check(about);
	while (fgets(line, sizeof(line), about))
		sscanf(line, "Pid: %d", &pid);
	fclose(about);
	return pid;
}

TEST(sender_has_a_pidfd_where_the_kernel_gives_it)
{
	struct transom_port_options options = { .size = sizeof(options), .flags = TRANSOM_PORT_PIDFD };
	struct transom_message *message = new_message();
	struct transom_sender sender;
	int receive, send, r;
	pid_t child;

	r = transom_port_create(&options, &receive, &send);
	if (r == -EOPNOTSUPP)
		skip("this kernel gives no pidfds with messages");
	check_eq(r, 0);
	child = spawn(send_as_child, &send);
	check_eq(transom_port_receive(receive, message, -1), 0);
	check_eq(transom_message_get_sender(message, &sender), 0);
	check(sender.pidfd >= 0);
	check_eq(process_of(sender.pidfd), child);
	check_eq(wait_for(child), 0);
	check_eq(process_of(sender.pidfd), -1);
	close(receive);
	close(send);
	transom_message_unref(message);
}

static void
send_raw(int socket, const void *bytes, size_t size, int fd, int count)
{
	char control[CMSG_SPACE(sizeof(int) * 8)] = "";
	struct iovec part = { (void *)bytes, size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	if (count) {
		struct cmsghdr *header = (struct cmsghdr *)control;

		message.msg_control = control;
		message.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)count);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)count);
		for (int i = 0; i < count; i++)
			memcpy(CMSG_DATA(header) + sizeof(int) * (size_t)i, &fd, sizeof(int));
	}
	check(sendmsg(socket, &message, 0) >= 0);
}

TEST(hostile_messages_are_refused)
{
	struct transom_message *message = new_message();
	static const struct {
		uint8_t bytes[24];
		int size, fds, error;
	} cases[] = {
		{ "", 0, 0, -EBADMSG },
		{ "", 0, 3, -EBADMSG },
		{ "P", 1, 0, -EBADMSG },
		{ "POsM\1\0\0", 7, 0, -EBADMSG },
		{ "POsX\1\0\0\0", 8, 0, -EBADMSG },
		{ "POsM\2\0\0\0", 8, 0, -EPROTONOSUPPORT },
		{ "POsM\1\0\1\0\1\0\0\0\0\0\0\0", 16, 0, -EBADMSG }, /* claims a right */
		{ "POsM\1\0\0\0", 8, 1, -EBADMSG }, /* hides one */
		{ "POsM\1\0\1\0\1", 9, 1, -EBADMSG }, /* kinds cut off */
		{ "POsM\1\0\1\0\0\0\0\0\0\0\0\0", 16, 1, -EBADMSG }, /* no such kind */
		{ "POsM\1\0\1\0\5\0\0\0\0\0\0\0", 16, 1, -EBADMSG },
		{ "POsM\1\0\377\377", 8, 1, -EBADMSG },
	};
	int receive, send, before;

	if (htobe32(1) == 1)
		skip("the bytes of the cases are little-endian");
	new_port(&receive, &send);
	before = count_fds();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		send_raw(send, cases[i].bytes, (size_t)cases[i].size, send, cases[i].fds);
		check_eq(transom_port_receive(receive, message, 0), cases[i].error);
		check_eq(transom_message_get_right_count(message), 0);
		check_eq(count_fds(), before);
	}
	/* The port lives on. */
	check_eq(transom_port_send(send, "fine", 5, NULL, 0, 0), 0);
	check_eq(transom_port_receive(receive, message, 0), 0);
	close(receive);
	close(send);
	transom_message_unref(message);
}

TEST(descriptors_run_out)
{
	struct transom_message *message = new_message();
	struct rlimit limit, few;
	struct transom_right right;
	int receive, send, before, r1 = -1, r2 = -2;

	skip_under("valgrind", "valgrind keeps the limit from the kernel");
	new_port(&receive, &send);
	right = (struct transom_right){ send, TRANSOM_RIGHT_SEND };
	check_eq(transom_port_send(send, NULL, 0, &right, 1, 0), 0);
	check_eq(transom_port_send(send, "next", 5, NULL, 0, 0), 0);
	before = count_fds();
	getrlimit(RLIMIT_NOFILE, &limit);
	few = limit;
	few.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &few);
	check_eq(transom_port_create(NULL, &r1, &r2), -EMFILE);
	check_eq(transom_port_receive(receive, message, 0), -EMFILE);
	check_eq(transom_port_receive(receive, message, 0), 0);
	check(!strcmp(transom_message_get_bytes(message, NULL), "next"));
	setrlimit(RLIMIT_NOFILE, &limit);
	check(r1 == -1 && r2 == -2);
	check_eq(count_fds(), before);
	close(receive);
	close(send);
	transom_message_unref(message);
}

/* Names. */

static void
greet(void *argument)
{
	int send = -1;

	check_eq(transom_name_look_up("greeter", 5000, &send), 0);
	check_eq(transom_port_send(send, "hello", 6, NULL, 0, 0), 0);
	close(send);
}

/* A name that cannot be looked at for want of a descriptor is not left out. */
TEST(list_without_descriptors_is_an_error)
{
	struct rlimit before, tight;
	struct transom_name_list *list = NULL;
	struct transom_name *name;
	int receive, send, next, r = -EMFILE;

	use_folder();
	check_eq(transom_port_create(NULL, &receive, &send), 0);
	check_eq(transom_name_check_in("listed", send, &name), 0);
	check(getrlimit(RLIMIT_NOFILE, &before) == 0);
	next = dup(send);
	close(next);
	for (rlim_t room = 0; r == -EMFILE && room < 16; room++) {
		tight = (struct rlimit){ (rlim_t)next + room, before.rlim_max };
		check(setrlimit(RLIMIT_NOFILE, &tight) == 0);
		r = transom_name_list_create(&list);
	}
	check_eq(r, 0);
	check_eq(transom_name_list_get_count(list), 1);
	check(setrlimit(RLIMIT_NOFILE, &before) == 0);
	transom_name_list_unref(list);
	transom_name_unref(name);
	close(receive);
	close(send);
	drop_folder("ports");
}

TEST(named_port_is_found_by_another_process)
{
	struct transom_message *message = new_message();
	struct transom_name *name, *other = NULL;
	int receive, send;

	use_folder();
	new_port(&receive, &send);
	check_eq(transom_name_check_in("greeter", send, &name), 0);
	check_eq(transom_name_check_in("greeter", send, &other), -EADDRINUSE);
	check(!other);
	close(send);
	check_eq(wait_for(spawn(greet, NULL)), 0);
	check_eq(transom_port_receive(receive, message, 0), 0);
	check_eq(wait_for(spawn(greet, NULL)), 0);
	check_eq(transom_port_receive(receive, message, 0), 0);
	check(!transom_port_is_without_senders(receive));
	transom_name_unref(transom_name_ref(name));
	name = transom_name_unref(name);
	check(!name);
	check(transom_port_is_without_senders(receive));
	check_eq(transom_name_look_up("greeter", 100, &send), -ENOENT);
	close(receive);
	transom_message_unref(message);
	drop_folder("ports");
}

TEST(bad_names_and_rights)
{
	char longest[TRANSOM_NAME_MAX + 2];
	struct transom_name *name = NULL;
	int receive, send, found = -9;

	use_folder();
	new_port(&receive, &send);
	memset(longest, 'n', sizeof(longest));
	longest[TRANSOM_NAME_MAX + 1] = 0;
	check_eq(transom_name_check_in(longest, send, &name), -ENAMETOOLONG);
	check_eq(transom_name_check_in("", send, &name), -EINVAL);
	check_eq(transom_name_check_in(NULL, send, &name), -EINVAL);
	check_eq(transom_name_check_in(".hidden", send, &name), -EINVAL);
	check_eq(transom_name_check_in("..", send, &name), -EINVAL);
	check_eq(transom_name_check_in("a/b", send, &name), -EINVAL);
	check_eq(transom_name_check_in("bell\a", send, &name), -EINVAL);
	check_eq(transom_name_check_in("delete\x7f", send, &name), -EINVAL);
	check_eq(transom_name_check_in("latin \xe9t\xe9", send, &name), -EINVAL);
	check_eq(transom_name_check_in("cut \xc3", send, &name), -EINVAL);
	check_eq(transom_name_check_in("overlong \xc0\xaf", send, &name), -EINVAL);
	check_eq(transom_name_check_in("surrogate \xed\xa0\x80", send, &name), -EINVAL);
	check_eq(transom_name_check_in("csi \xc2\x9b", send, &name), -EINVAL);
	check_eq(transom_name_look_up("\xff", 0, &found), -EINVAL);
	check_eq(transom_name_check_in("port", receive, &name), -EBADF);
	check_eq(transom_name_check_in("port", 0, &name), -EBADF);
	check_eq(transom_name_look_up("a/b", 0, &found), -EINVAL);
	check_eq(transom_name_look_up("nobody", 0, &found), -ENOENT);
	check(!name);
	check_eq(found, -9);
	longest[TRANSOM_NAME_MAX] = 0;
	check_eq(transom_name_check_in(longest, send, &name), 0);
	check_eq(transom_name_look_up(longest, 5000, &found), 0);
	close(found);
	transom_name_unref(name);
	check_eq(transom_name_check_in("Größe 1 – \xe6\x98\xa0\xe5\x83\x8f", send, &name), 0);
	transom_name_unref(name);
	close(receive);
	close(send);
	drop_folder("ports");
}

enum { NOT_PERMITTED = 99 };

/* In a namespace of its own, on a file system that has room for two folders alone. */
static void
check_in_without_room(void *argument)
{
	struct transom_name *name = NULL;
	int receive, send;

	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", folder, "tmpfs", 0, "mode=0700,nr_inodes=2") < 0)
		_exit(NOT_PERMITTED);
	new_port(&receive, &send);
	check_eq(transom_name_check_in("homeless", send, &name), -ENOSPC);
	check(!name);
	check(strstr(transom_error_describe(-ENOSPC), "runtime directory"));
}

TEST(full_file_system_takes_no_name)
{
	int r;

	use_folder();
	r = wait_for(spawn(check_in_without_room, NULL));
	check_eq(rmdir(folder), 0);
	if (r == NOT_PERMITTED)
		skip("no file systems may be mounted here");
	check_eq(r, 0);
}

static const struct {
	uint8_t bytes[24];
	int size, fds, error;
} answers[] = {
	{ "POsM\1\0\0\0", 8, 0, -EBADMSG }, /* no right */
	{ "POsM\1\0\1\0\1\0\0\0\0\0\0\0", 16, 1, -EBADMSG }, /* what is no send right */
	{ "POsM\1\0\1\0\2\0\0\0\0\0\0\0", 16, 1, -EBADMSG }, /* another kind */
	{ "POsX\1\0\0\0", 8, 0, -EBADMSG },
	{ "POsM\2\0\0\0", 8, 0, -EPROTONOSUPPORT },
};
enum { ANSWERS = sizeof(answers) / sizeof(answers[0]) };

static void
answer_nonsense(void *argument)
{
	int listening = *(int *)argument;

	for (int i = 0; i < ANSWERS; i++) {
		int fd = accept(listening, NULL, NULL);

		check(fd >= 0);
		send_raw(fd, answers[i].bytes, (size_t)answers[i].size, listening, answers[i].fds);
		close(fd);
	}
}

TEST(hostile_answers_are_refused)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listening, before, found = -9;
	pid_t child;

	if (htobe32(1) == 1)
		skip("the bytes of the answers are little-endian");
	use_folder();
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/ports", folder);
	check_eq(mkdir(address.sun_path, 0700), 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/ports/liar", folder);
	listening = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	check_eq(bind(listening, (struct sockaddr *)&address, sizeof(address)), 0);
	check_eq(listen(listening, 1), 0);
	child = spawn(answer_nonsense, &listening);
	before = count_fds();
	for (int i = 0; i < ANSWERS; i++) {
		check_eq(transom_name_look_up("liar", 5000, &found), answers[i].error);
		check_eq(found, -9);
		check_eq(count_fds(), before);
	}
	check_eq(wait_for(child), 0);
	close(listening);
	unlink(address.sun_path);
	drop_folder("ports");
}

static void
own_and_wait(void *argument)
{
	struct transom_name *name;
	int receive, send;

	new_port(&receive, &send);
	check_eq(transom_name_check_in("mortal", send, &name), 0);
	check(write(*(int *)argument, "x", 1) == 1);
	pause();
}

static pid_t
spawn_owner(void)
{
	int pipes[2];
	char byte;
	pid_t child;

	check_eq(pipe(pipes), 0);
	child = spawn(own_and_wait, &pipes[1]);
	check(read(pipes[0], &byte, 1) == 1);
	close(pipes[0]);
	close(pipes[1]);
	return child;
}

TEST_FOR(name_of_a_killed_owner_is_taken_over_at_once, 60)
{
	struct transom_name *name = NULL;
	struct transom_name_list *list;
	int receive, send, found = -1;

	use_folder();
	new_port(&receive, &send);
	for (int i = 0; i < 50; i++) {
		pid_t owner = spawn_owner();

		check_eq(transom_name_check_in("mortal", send, &name), -EADDRINUSE);
		check_eq(transom_name_list_create(&list), 0);
		check_eq(transom_name_list_get_count(list), 1);
		check(!strcmp(transom_name_list_get_name(list, 0), "mortal"));
		check_eq(transom_name_list_get_pid(list, 0), owner);
		check(!transom_name_list_get_name(list, 1));
		transom_name_list_unref(list);
		kill(owner, SIGKILL);
		check_eq(wait_for(owner), -SIGKILL);
		check_eq(transom_name_look_up("mortal", 100, &found), -ENOENT);
		check_eq(transom_name_list_create(&list), 0);
		check_eq(transom_name_list_get_count(list), 0);
		transom_name_list_unref(list);
		check_eq(transom_name_check_in("mortal", send, &name), 0);
		name = transom_name_unref(name);
	}
	close(receive);
	close(send);
	drop_folder("ports");
}

TEST(stopped_owner_times_out)
{
	pid_t owner;
	int found = -1;

	use_folder();
	owner = spawn_owner();
	kill(owner, SIGSTOP);
	check_eq(waitpid(owner, NULL, WUNTRACED), owner); /* all its threads have stopped */
	check_eq(transom_name_look_up("mortal", 30, &found), -ETIMEDOUT);
	check_eq(transom_name_look_up("mortal", 0, &found), -EAGAIN);
	kill(owner, SIGCONT);
	check_eq(transom_name_look_up("mortal", 5000, &found), 0);
	close(found);
	kill(owner, SIGKILL);
	wait_for(owner);
	check_eq(system("rm -r \"$TRANSOM_RUNTIME_DIR\""), 0);
}

TEST(untrustworthy_directories_are_refused)
{
	struct transom_name *name = NULL;
	struct transom_name_list *list = NULL;
	int receive, send, found = -1;
	char ports[80];

	use_folder();
	snprintf(ports, sizeof(ports), "%s/ports", folder);
	new_port(&receive, &send);
	check(chmod(folder, 0777) == 0);
	check_eq(transom_name_check_in("port", send, &name), -EPERM);
	check_eq(transom_name_look_up("port", 0, &found), -EPERM);
	check_eq(transom_name_list_create(&list), -EPERM);
	check(chmod(folder, 0700) == 0);
	check(symlink("/tmp", ports) == 0);
	check_eq(transom_name_check_in("port", send, &name), -ENOTDIR);
	check(unlink(ports) == 0 && mkdir(ports, 0700) == 0);
	/* A folder where the name's files should be. */
	strcat(ports, "/.port.lock");
	check(mkdir(ports, 0700) == 0);
	check_eq(transom_name_check_in("port", send, &name), -EPERM);
	check(rmdir(ports) == 0 && symlink("/etc/passwd", ports) == 0);
	check_eq(transom_name_check_in("port", send, &name), -EPERM);
	check(unlink(ports) == 0 && mkfifo(ports, 0600) == 0);
	check_eq(transom_name_check_in("port", send, &name), -EPERM);
	check(unlink(ports) == 0);
	setenv("TRANSOM_RUNTIME_DIR", "/no/such/parent", 1);
	check_eq(transom_name_check_in("port", send, &name), -ENOENT);
	setenv("TRANSOM_RUNTIME_DIR", "not/absolute", 1);
	check_eq(transom_name_check_in("port", send, &name), -ENXIO);
	setenv("TRANSOM_RUNTIME_DIR", "/etc/passwd", 1);
	check_eq(transom_name_check_in("port", send, &name), -ENOTDIR);
	check(!name && !list && found == -1);
	close(receive);
	close(send);
	drop_folder("ports");
}

static void
give_up_name(void *argument)
{
	struct transom_name *name = argument;
	int found = -1;

	transom_name_unref(name); /* the parent's name stays */
	check_eq(transom_name_look_up("parent", 5000, &found), 0);
	close(found);
}

/* Outlives its parent, until the test kills it. */
static void
hold_on(int pipe_end)
{
	pid_t me = getpid();

	check(write(pipe_end, &me, sizeof(me)) == sizeof(me));
	alarm(60);
	pause();
}

static void
own_fork_and_die(void *argument)
{
	struct transom_name *name;
	int receive, send;

	new_port(&receive, &send);
	check_eq(transom_name_check_in("parent", send, &name), 0);
	if (fork() == 0) {
		hold_on(*(int *)argument);
		_exit(0);
	}
	pause();
}

TEST(forked_child_does_not_keep_a_name)
{
	struct transom_name *name;
	int receive, send, pipes[2];
	pid_t owner, grandchild;

	use_folder();
	new_port(&receive, &send);
	check_eq(transom_name_check_in("parent", send, &name), 0);
	check_eq(wait_for(spawn(give_up_name, name)), 0);
	transom_name_unref(name);

	check_eq(pipe(pipes), 0);
	owner = spawn(own_fork_and_die, &pipes[1]);
	check(read(pipes[0], &grandchild, sizeof(grandchild)) == sizeof(grandchild));
	check_eq(transom_name_check_in("parent", send, &name), -EADDRINUSE);
	kill(owner, SIGKILL);
	wait_for(owner);
	check_eq(transom_name_check_in("parent", send, &name), 0); /* its child lives, and has it not */
	transom_name_unref(name);
	check_eq(kill(grandchild, SIGKILL), 0);
	close(pipes[0]);
	close(pipes[1]);
	close(receive);
	close(send);
	drop_folder("ports");
}

TEST_FOR(many_names_in_one_process, 60)
{
	enum { MANY = 300 };
	struct transom_name *names[MANY];
	struct transom_name_list *list;
	int receive, send, found;
	char text[16];

	use_folder();
	new_port(&receive, &send);
	for (int i = 0; i < MANY; i++) {
		snprintf(text, sizeof(text), "port-%03d", i);
		check_eq(transom_name_check_in(text, send, &names[i]), 0);
	}
	check_eq(transom_name_list_create(&list), 0);
	check_eq(transom_name_list_get_count(list), MANY);
	for (int i = 0; i < MANY; i++) {
		check_eq(transom_name_look_up(transom_name_list_get_name(list, (size_t)i), 5000, &found), 0);
		close(found);
	}
	transom_name_list_unref(list);
	for (int i = 0; i < MANY; i++)
		transom_name_unref(names[i]);
	close(receive);
	close(send);
	drop_folder("ports");
}

static void
expect_event(struct transom_name_watch *watch, uint32_t change, const char *name)
{
	struct transom_name_event event;

	check_eq(transom_name_watch_next(watch, 5000, &event), 0);
	check_eq(event.change, change);
	check(!strcmp(event.name, name));
}

TEST(watch_tells_births_and_deaths)
{
	struct transom_name_watch *watch;
	struct transom_name_event event;
	struct transom_name *name;
	int receive, send;
	pid_t owner;

	skip_under("qemu", "qemu hangs when a process with threads starts a shell");
	use_folder();
	new_port(&receive, &send);
	check_eq(transom_name_check_in("before", send, &name), 0);
	check_eq(transom_name_watch_create(&watch), 0);
	check(events_of(transom_name_watch_get_fd(watch), POLLIN) == POLLIN);
	expect_event(watch, TRANSOM_NAME_APPEARED, "before");
	check_eq(transom_name_watch_next(watch, 0, &event), -EAGAIN);
	for (int i = 0; i < 20; i++) {
		owner = spawn_owner();
		expect_event(watch, TRANSOM_NAME_APPEARED, "mortal");
		kill(owner, SIGKILL);
		wait_for(owner);
		expect_event(watch, TRANSOM_NAME_VANISHED, "mortal");
	}
	transom_name_unref(name);
	expect_event(watch, TRANSOM_NAME_VANISHED, "before");
	check_eq(transom_name_watch_next(watch, 20, &event), -ETIMEDOUT);
	transom_name_watch_unref(watch);
	close(receive);
	close(send);
	check_eq(system("rm -r \"$TRANSOM_RUNTIME_DIR\""), 0);
}

/* What a list says of the only name there is. */
static void
expect_owner(int32_t pid, const char *description)
{
	struct transom_name_list *list;

	check_eq(transom_name_list_create(&list), 0);
	check_eq(transom_name_list_get_count(list), 1);
	check_eq(transom_name_list_get_pid(list, 0), pid);
	check(!strcmp(transom_name_list_get_description(list, 0), description));
	check(!transom_name_list_get_description(list, 1));
	transom_name_list_unref(list);
}

TEST(descriptions_are_listed_and_their_changes_told)
{
	char longest[TRANSOM_NAME_MAX_DESCRIPTION + 2];
	struct name_claim claim = NAME_CLAIM_NONE;
	struct transom_name_watch *watch;
	struct transom_name_event event;

	use_folder();
	memset(longest, 'd', sizeof(longest));
	longest[TRANSOM_NAME_MAX_DESCRIPTION + 1] = 0;
	check_eq(name_claim("ports", "clock", longest, &claim), -E2BIG);
	check_eq(name_claim("ports", "clock", "two\nlines", &claim), -EINVAL);
	check_eq(name_claim("ports", "clock", "\xc3", &claim), -EINVAL);
	check_eq(claim.lock, -1);
	check_eq(name_claim("ports", "clock", "Uhr – 時計", &claim), 0);
	expect_owner(getpid(), "Uhr – 時計");
	check_eq(transom_name_watch_create(&watch), 0);
	expect_event(watch, TRANSOM_NAME_APPEARED, "clock");
	check_eq(name_describe(&claim, "late"), 0);
	check_eq(transom_name_watch_next(watch, 5000, &event), 0);
	check_eq(event.change, TRANSOM_NAME_CHANGED);
	check_eq(event.pid, getpid());
	check(!strcmp(event.name, "clock") && !strcmp(event.description, "late"));
	check_eq(name_describe(&claim, "late"), 0); /* says nothing new */
	check_eq(name_describe(&claim, "\x1b[2J"), -EINVAL);
	check_eq(name_describe(&claim, longest), -E2BIG);
	check_eq(transom_name_watch_next(watch, 50, &event), -ETIMEDOUT);
	expect_owner(getpid(), "late");
	longest[TRANSOM_NAME_MAX_DESCRIPTION] = 0;
	check_eq(name_describe(&claim, longest), 0);
	expect_owner(getpid(), longest);
	expect_event(watch, TRANSOM_NAME_CHANGED, "clock");
	check_eq(name_describe(&claim, NULL), 0);
	expect_owner(getpid(), "");
	expect_event(watch, TRANSOM_NAME_CHANGED, "clock");
	name_release(&claim);
	expect_event(watch, TRANSOM_NAME_VANISHED, "clock");
	transom_name_watch_unref(watch);
	drop_folder("ports");
}

/* What stands there of a name's owner counts only if it is whole; and a terminal never gets what is not. */
TEST(garbage_in_a_lock_file_is_no_description)
{
	static const struct {
		const char *text;
		size_t size;
	} garbage[] = {
#define GARBAGE(text) { text, sizeof(text) - 1 }
		GARBAGE(""),
		GARBAGE("\n"),
		GARBAGE("\n\n\n"),
		GARBAGE("1\n"),
		GARBAGE("1\nhalf a descr"),
		GARBAGE("1\nno sum\n"),
		GARBAGE("1\nwrong sum\n00000000\n"),
		GARBAGE("1\nshort sum\n0000"),
		GARBAGE("\0\0\0\n\0\n\0"),
		GARBAGE("\x1b[2J\n\x1b[2J\n\x1b[2J\n"),
	};
	struct name_claim claim;
	struct name_owner owner;
	char big[4096], bad[] = "bell?";

	use_folder();
	check_eq(name_claim("ports", "clock", "good", &claim), 0);
	for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
		check_eq(ftruncate(claim.lock, 0), 0);
		check_eq(pwrite(claim.lock, garbage[i].text, garbage[i].size, 0), garbage[i].size);
		expect_owner(0, "");
	}
	memset(big, 'x', sizeof(big));
	check_eq(pwrite(claim.lock, big, sizeof(big), 0), sizeof(big));
	expect_owner(0, "");
	/* Whole, with a good sum, and yet no text to show. */
	bad[4] = '\a';
	check_eq(name_owner_write(claim.lock, bad, 1), 0);
	expect_owner(getpid(), "");
	check_eq(name_owner_write(claim.lock,
				  "\xc2\x9b"
				  "2J",
				  1),
		 0);
	expect_owner(getpid(), "");
	check_eq(name_describe(&claim, "good"), 0);
	expect_owner(getpid(), "good");
	/* What is no file to read says nothing either. */
	name_owner_read(claim.socket, &owner);
	check(owner.pid == 0 && !owner.description[0]);
	name_release(&claim);
	drop_folder("ports");
}

static const char *const rewritten[] = {
	"short",
	"a description that is a good deal longer than the one before, so that their ends never meet",
};

static void
describe_for_ever(void *argument)
{
	for (unsigned i = 0;; i++)
		name_describe(argument, rewritten[i % 2]);
}

TEST(readers_see_one_description_or_the_other)
{
	struct name_claim claim;
	struct name_owner owner;
	int lock, missed = 0;
	char file[96];
	pid_t writer;

	use_folder();
	check_eq(name_claim("ports", "clock", rewritten[0], &claim), 0);
	snprintf(file, sizeof(file), "%s/ports/.clock.lock", folder);
	lock = open(file, O_RDONLY | O_CLOEXEC);
	check(lock >= 0);
	writer = spawn(describe_for_ever, &claim);
	for (int i = 0; i < 20000; i++) {
		name_owner_read(lock, &owner);
		if (!owner.pid) { /* too often in a row: nothing, rather than half */
			check(!owner.description[0]);
			missed++;
			continue;
		}
		check(!strcmp(owner.description, rewritten[0]) || !strcmp(owner.description, rewritten[1]));
	}
	check(missed < 10000);
	kill(writer, SIGKILL);
	check_eq(wait_for(writer), -SIGKILL);
	close(lock);
	name_release(&claim);
	drop_folder("ports");
}

static void
use_inherited_watch(void *argument)
{
	struct transom_name_event event;

	check_eq(transom_name_watch_next(argument, 0, &event), -ECHILD);
	check_eq(transom_name_watch_get_fd(argument), -ECHILD);
}

TEST(watch_is_void_after_fork)
{
	struct transom_name_watch *watch;

	use_folder();
	check_eq(transom_name_watch_create(&watch), 0);
	check_eq(wait_for(spawn(use_inherited_watch, watch)), 0);
	transom_name_watch_unref(watch);
	drop_folder("ports");
}

/* Signals interrupt whatever can be interrupted: no call may tell of it, or fail. */

TEST(ports_do_not_mind_signals)
{
	struct transom_message *message = new_message();
	double start = seconds_since(0);
	char byte = 1;

	begin_signals();
	while (seconds_since(start) < 0.5) {
		struct transom_port_options options = { .size = sizeof(options), .queue_bytes = 4096 };
		struct transom_right right = { .kind = TRANSOM_RIGHT_SEND };
		int receive, send, r;

		check_eq(transom_port_create(&options, &receive, &send), 0);
		right.fd = send;
		check_eq(transom_port_receive(receive, message, 2), -ETIMEDOUT);
		while ((r = transom_port_send(send, &byte, 1, &right, 1, 2)) == 0)
			;
		check_eq(r, -ETIMEDOUT);
		check_eq(transom_port_check_right(send, TRANSOM_RIGHT_SEND), 0);
		check_eq(transom_port_check_right(receive, TRANSOM_RIGHT_RECEIVE), 0);
		check(!transom_port_is_dead_name(send) && !transom_port_is_without_senders(receive));
		check_eq(transom_port_receive(receive, message, -1), 0);
		check_eq(transom_message_take_right(message, 0, TRANSOM_RIGHT_SEND, &right.fd), 0);
		close(right.fd);
		close(receive);
		check_eq(transom_port_send(send, &byte, 1, NULL, 0, -1), -EPIPE);
		close(send);
	}
	end_signals();
	transom_message_unref(message);
}

TEST(names_do_not_mind_signals)
{
	struct transom_name_watch *watch;
	struct transom_name_list *list;
	struct transom_name_event event;
	double start = seconds_since(0);
	int receive, send, found;

	use_folder();
	new_port(&receive, &send);
	begin_signals();
	check_eq(transom_name_watch_create(&watch), 0);
	while (seconds_since(start) < 0.5) {
		struct transom_name *name, *other;

		check_eq(transom_name_check_in("stormy", send, &name), 0);
		check_eq(transom_name_check_in("stormy", send, &other), -EADDRINUSE);
		check_eq(transom_name_look_up("stormy", -1, &found), 0);
		close(found);
		check_eq(transom_name_look_up("calm", 5, &found), -ENOENT);
		check_eq(transom_name_list_create(&list), 0);
		check_eq(transom_name_list_get_count(list), 1);
		transom_name_list_unref(list);
		check_eq(transom_name_watch_next(watch, 5000, &event), 0);
		check_eq(event.change, TRANSOM_NAME_APPEARED);
		check_eq(transom_name_watch_next(watch, 2, &event), -ETIMEDOUT);
		transom_name_unref(name);
		check_eq(transom_name_watch_next(watch, -1, &event), 0);
		check_eq(event.change, TRANSOM_NAME_VANISHED);
	}
	transom_name_watch_unref(watch);
	end_signals();
	close(receive);
	close(send);
	drop_folder("ports");
}

TEST(what_cannot_be_returned_is_refused)
{
	struct transom_message *message = new_message();
	int fd = -1;

	check_eq(transom_name_look_up("name", 0, NULL), -EINVAL);
	check_eq(transom_message_take_right(NULL, 0, TRANSOM_RIGHT_FD, &fd), -EINVAL);
	check_eq(transom_message_take_right(message, 0, TRANSOM_RIGHT_FD, NULL), -EINVAL);
	check_eq(fd, -1);
	transom_message_unref(message);
}

/* More than any sender of the library's puts into one: there would be room for it where the kinds of rights lie. */
TEST(message_that_is_longer_than_any_is_refused)
{
	static struct {
		struct message_header header;
		char bytes[TRANSOM_PORT_MAX_BYTES + 1];
	} packet = { { MESSAGE_MAGIC, MESSAGE_VERSION, 0 }, { 0 } };
	struct transom_message *message = new_message();
	int receive, send_right;

	new_port(&receive, &send_right);
	for (size_t more = 0; more < 2; more++) {
		size_t size = sizeof(packet.header) + TRANSOM_PORT_MAX_BYTES + more;

		check_eq(send(send_right, &packet, size, 0), size);
		check_eq(transom_port_receive(receive, message, 0), more ? -EBADMSG : 0);
	}
	close(receive);
	close(send_right);
	transom_message_unref(message);
}
