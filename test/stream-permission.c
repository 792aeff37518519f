/* stream-permission.c - another user may read a stream if he is given an invitation, and not otherwise. */
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <transom/stream.h>

#include "harness.h"
#include "streams.h"

enum { STRANGER = 65534, FRAMES = 10 };

static void
become_stranger(void)
{
	check_eq(setgroups(0, NULL), 0);
	check_eq(setresgid(STRANGER, STRANGER, STRANGER), 0);
	check_eq(setresuid(STRANGER, STRANGER, STRANGER), 0);
}

static int
subscribe_by_name(const char *name, uint32_t flags)
{
	struct transom_subscriber_options options = subscriber_options(TRANSOM_SUBSCRIBER_LATEST);
	struct transom_subscriber *subscriber = NULL;
	int r;

	options.name = name;
	options.flags = flags;
	options.timeout_ms = 2000;
	r = transom_subscriber_create(&options, &subscriber);
	check(r == 0 || !subscriber);
	transom_subscriber_unref(subscriber);
	return r;
}

/* What the library of a stranger would not even try: straight to the socket. The publisher says nothing, and hangs up. */
static void
knock(const char *path)
{
	struct stream_hello hello = { .mode = TRANSOM_SUBSCRIBER_LATEST };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	char answer[256];
	ssize_t n;

	check(fd >= 0 && strlen(path) < sizeof(address.sun_path));
	strcpy(address.sun_path, path);
	check_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	stream_send(fd, STREAM_HELLO, &hello, sizeof(hello), NULL, 0, 0);
	n = recv(fd, answer, sizeof(answer), 0);
	check(n == 0 || (n < 0 && errno == ECONNRESET));
	close(fd);
}

static void
try_as_stranger(void *argument)
{
	become_stranger();
	check_eq(subscribe_by_name("mine", 0), -EPERM);
	check_eq(subscribe_by_name("mine", TRANSOM_SUBSCRIBER_FOLLOW), -EPERM);
	knock(argument);
}

/* Even where somebody has opened the folders and the socket to everybody. */
TEST(another_user_is_refused_by_name)
{
	char streams[80], path[96];
	struct transom_publisher *publisher;

	if (geteuid() != 0)
		skip("only root can become another user");
	use_folder();
	publisher = publish_as("mine");
	check_eq(subscribe_by_name("mine", 0), 0);
	wait_for_subscribers(publisher, 0);
	snprintf(streams, sizeof(streams), "%s/streams", folder);
	snprintf(path, sizeof(path), "%s/mine", streams);
	check_eq(chmod(folder, 0755), 0);
	check_eq(chmod(streams, 0755), 0);
	check_eq(chmod(path, 0666), 0);
	check_eq(wait_for(spawn(try_as_stranger, path)), 0);
	check_eq(statistics_of(publisher).subscribers, 0);
	check_eq(chmod(streams, 0700), 0);
	check_eq(chmod(folder, 0700), 0);
	transom_publisher_unref(publisher);
	drop_folder("streams");
}

static void
read_as_stranger(void *argument)
{
	struct transom_subscriber_options options = subscriber_options(TRANSOM_SUBSCRIBER_EVERY);
	struct transom_subscriber *subscriber;
	struct transom_frame *frame;

	become_stranger();
	options.queue = FRAMES;
	check_eq(transom_subscriber_create_from_fd(*(int *)argument, &options, &subscriber), 0);
	close(*(int *)argument);
	for (uint64_t i = 1; i <= FRAMES; i++) {
		check_eq(transom_subscriber_acquire(subscriber, 10000, &frame), 0);
		check_eq(read_number(frame), i);
		transom_frame_release(frame);
	}
	check_eq(transom_subscriber_acquire(subscriber, 10000, &frame), -EPIPE);
	transom_subscriber_unref(subscriber);
}

TEST(another_user_is_admitted_by_invitation)
{
	struct transom_subscriber_status status = { .size = sizeof(status) };
	struct transom_publisher *publisher;
	pid_t child;
	int fd;

	if (geteuid() != 0)
		skip("only root can become another user");
	skip_under("qemu", "it does not outlive forks beside threads");
	publisher = publish_as(NULL);
	check_eq(transom_publisher_invite(publisher, &fd), 0);
	child = spawn(read_as_stranger, &fd);
	close(fd);
	wait_for_subscribers(publisher, 1);
	check_eq(transom_publisher_get_subscriber(publisher, 0, &status), 0);
	check_eq(status.uid, STRANGER);
	check_eq(status.pid, child);
	for (int i = 0; i < FRAMES; i++)
		publish(publisher);
	transom_publisher_unref(publisher);
	check_eq(wait_for(child), 0);
}
