/* stream-memory.c - publishers for which the kernel has no memory to map; part of test-stream. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <transom/port.h>

#include "harness.h"
#include "name-private.h"
#include "streams.h"

#define ARGUMENT(n) (offsetof(struct seccomp_data, args) + (n) * sizeof(uint64_t)) /* its low half */

enum { NO_FILTERS = 3 };

/* Has each mapping of a shared file of that size, 0: of any, fail in this thread and those that it begins. */
static void
refuse_mappings(int error, uint32_t size)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 6),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(3)),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, MAP_SHARED, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(1)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, size, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JA, size ? 1 : 0, 0, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(filter) / sizeof(filter[0]), filter };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		_exit(NO_FILTERS);
}

/* The kernel's words for it: no memory, none that may be locked (MCL_FUTURE), a policy; and ours. */
static const int errors[][2] = { { ENOMEM, -ENOMEM }, { EAGAIN, -ENOMEM }, { EPERM, -EACCES } };

static void
publish_without_boards(void *argument)
{
	struct transom_publisher_options options = publisher_options(NULL);
	struct transom_publisher *publisher = NULL;
	const int *error = argument;

	refuse_mappings(error[0], 0);
	check_eq(transom_publisher_create(&options, &publisher), error[1]);
	check(!publisher);
}

static void
skip_without_filters(void)
{
	skip_under("valgrind", "it makes mappings of its own");
	skip_under("qemu", "it has no filters of system calls");
}

TEST(publisher_whose_board_cannot_be_mapped)
{
	skip_without_filters();
	for (unsigned i = 0; i < 3; i++) {
		int r = wait_for(spawn(publish_without_boards, (void *)errors[i]));

		if (r == NO_FILTERS)
			skip("this process may not filter its system calls");
		check_eq(r, 0);
	}
}

static int
receive_fd(int port, int *ret)
{
	struct transom_message *message;
	int r;

	check_eq(transom_message_create(&message), 0);
	r = transom_port_receive(port, message, -1);
	if (r == 0)
		check_eq(transom_message_take_right(message, 0, TRANSOM_RIGHT_FD, ret), 0);
	transom_message_unref(message);
	return r;
}

struct poor {
	int error;
	int receive, send; /* for an invitation */
};

/* Its service's thread can map no card. */
static void
publish_without_cards(void *argument)
{
	struct poor *poor = argument;

	refuse_mappings(poor->error, (uint32_t)sysconf(_SC_PAGESIZE));
	close(poor->receive);
	publish_and_wait(&poor->send);
}

static int
join_without_a_card(int error)
{
	struct transom_subscriber_options options = subscriber_options(TRANSOM_SUBSCRIBER_LATEST);
	struct poor poor = { .error = error };
	struct transom_subscriber *subscriber = NULL;
	pid_t publisher;
	int fd, r;

	options.timeout_ms = 15000;
	check_eq(transom_port_create(NULL, &poor.receive, &poor.send), 0);
	publisher = spawn(publish_without_cards, &poor);
	close(poor.send);
	r = receive_fd(poor.receive, &fd);
	if (r == 0) {
		r = transom_subscriber_create_from_fd(fd, &options, &subscriber);
		close(fd);
	}
	check(!subscriber);
	close(poor.receive);
	kill(publisher, SIGKILL);
	wait_for(publisher);
	return r;
}

/* There nobody takes an error; who wants to join is let go, and at once. */
TEST_FOR(publisher_who_can_map_no_card_lets_go, 60)
{
	skip_without_filters();
	for (unsigned i = 0; i < 3; i++) {
		int r = join_without_a_card(errors[i][0]);

		if (r == -ENOTCONN)
			skip("this process may not filter its system calls");
		check_eq(r, -EPIPE);
	}
}

static void
follow(void *argument)
{
	struct transom_subscriber_options options = subscriber_options(TRANSOM_SUBSCRIBER_LATEST);
	struct transom_subscriber *subscriber;
	struct transom_frame *frame;

	options.name = "fickle";
	options.flags = TRANSOM_SUBSCRIBER_FOLLOW;
	check_eq(transom_subscriber_create(&options, &subscriber), 0);
	transom_subscriber_acquire(subscriber, -1, &frame);
}

/* The name is there all the time: no event tells of it again. */
TEST(follower_who_is_let_go_tries_again)
{
	struct name_claim claim = NAME_CLAIM_NONE;
	struct pollfd poller = { .events = POLLIN };
	pid_t follower;

	use_folder();
	follower = spawn(follow, NULL);
	check_eq(name_claim(STREAM_FOLDER, "fickle", NULL, &claim), 0);
	poller.fd = claim.socket;
	for (int i = 0; i < 4; i++) { /* one may be from creating, and one from before it began to watch */
		check_eq(poll(&poller, 1, 15000), 1);
		close(accept(claim.socket, NULL, NULL));
	}
	kill(follower, SIGKILL);
	wait_for(follower);
	name_release(&claim);
	drop_folder("streams");
}
