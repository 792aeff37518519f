/*
 * test-clocks.c - the clock of the day may jump, and two peers may count from other beginnings (time namespaces): what
 * waits waits as long as it was told, by the monotonic clock alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <transom/transom.h>

#include "harness.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

enum { WAIT_MS = 60, DAY_S = 86400, FRAMES = 20, REFUSED = 77 };

static const struct transom_pixel_buffer_options image = {
	.size = sizeof(image), .format = TRANSOM_FORMAT_BGRA8, .width = 32, .height = 16
};

static int receive = -1, send = -1;

static int64_t
now_by(clockid_t clock)
{
	struct timespec time;

	check(syscall(SYS_clock_gettime, clock, &time) == 0);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/*
 * In the place of the C library's for all that this program is linked with: a clock of the day that goes back and
 * forth by years, and says how often it was asked.
 */
static atomic_uint other_clocks, monotonic_clocks;
static atomic_bool jumping;

int
clock_gettime(clockid_t clock, struct timespec *ret)
{
	static atomic_uint calls;
	long jump = 0;

	if (atomic_load(&jumping) && clock != CLOCK_MONOTONIC) {
		atomic_fetch_add(&other_clocks, 1);
		jump = (atomic_fetch_add(&calls, 1) % 2 ? 1 : -1) * 365L * DAY_S;
	}
	atomic_fetch_add(&monotonic_clocks, clock == CLOCK_MONOTONIC);
	if (syscall(SYS_clock_gettime, clock, ret) < 0)
		return -1;
	ret->tv_sec += jump;
	return 0;
}

/* A rule of three instructions and more: kills if the call's argument is that. */
#define ARGUMENT(n) ((unsigned)offsetof(struct seccomp_data, args[n]))
#define LOAD(where) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, where)
#define JUMP(how, what, yes, no) BPF_JUMP(BPF_JMP | (how) | BPF_K, (unsigned)(what), yes, no)
#define KILL BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)

/* Whoever waits for a point of time of the day, or has a timer for one, dies of it. */
static void
forbid_the_clock_of_the_day(void)
{
	struct sock_filter filter[] = {
		LOAD(offsetof(struct seccomp_data, nr)),
		JUMP(BPF_JEQ, SYS_timerfd_create, 0, 3),
		LOAD(ARGUMENT(0)),
		JUMP(BPF_JEQ, CLOCK_MONOTONIC, 13, 0),
		KILL,
		JUMP(BPF_JEQ, SYS_clock_nanosleep, 0, 5),
		LOAD(ARGUMENT(0)),
		JUMP(BPF_JEQ, CLOCK_REALTIME, 0, 9),
		LOAD(ARGUMENT(1)),
		JUMP(BPF_JSET, TIMER_ABSTIME, 0, 7),
		KILL,
		JUMP(BPF_JEQ, SYS_futex, 0, 5),
		LOAD(ARGUMENT(1)),
		JUMP(BPF_JSET, FUTEX_CLOCK_REALTIME, 0, 3),
		LOAD(ARGUMENT(3)), /* without a time-out the flag means nothing */
		JUMP(BPF_JEQ, 0, 1, 0),
		KILL,
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = sizeof(filter) / sizeof(filter[0]), .filter = filter };

	check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	check(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

/* Everything that takes a time-out, where nothing comes. */

static struct transom_publisher *
make_publisher(uint32_t policy)
{
	struct transom_publisher_options options = {
		.size = sizeof(options), .maximum_buffers = 8, .laggard_policy = policy, .buffer = image
	};
	struct transom_publisher *publisher;

	check_eq(transom_publisher_create(&options, &publisher), 0);
	return publisher;
}

static struct transom_subscriber *
subscribe(struct transom_publisher *publisher, uint32_t mode)
{
	struct transom_subscriber_options options = { .size = sizeof(options),
						      .mode = mode,
						      .timeout_ms = 60000 };
	struct transom_subscriber *subscriber;
	int invitation;

	check_eq(transom_publisher_invite(publisher, &invitation), 0);
	check_eq(transom_subscriber_create_from_fd(invitation, &options, &subscriber), 0);
	close(invitation);
	return subscriber;
}

static void
check_wait(int r, int64_t began)
{
	check_eq(r, -ETIMEDOUT);
	check(now_by(CLOCK_MONOTONIC) - began >= WAIT_MS * INT64_C(1000000));
}

static void
wait_for_a_message(void)
{
	struct transom_message *message;
	int in, out;
	int64_t began;

	check_eq(transom_port_create(NULL, &in, &out), 0);
	check_eq(transom_message_create(&message), 0);
	began = now_by(CLOCK_MONOTONIC);
	check_wait(transom_port_receive(in, message, WAIT_MS), began);
	transom_message_unref(message);
	close(in);
	close(out);
}

static void
wait_for_a_buffer(void)
{
	struct transom_pool_options options = { .size = sizeof(options),
						.maximum_count = 1,
						.buffer = image };
	struct transom_pixel_buffer *one, *other;
	struct transom_pool *pool;
	int64_t began;

	check_eq(transom_pool_create(&options, &pool), 0);
	check_eq(transom_pool_acquire(pool, 0, &one), 0);
	began = now_by(CLOCK_MONOTONIC);
	check_wait(transom_pool_acquire(pool, WAIT_MS, &other), began);
	transom_pixel_buffer_unref(one);
	transom_pool_unref(pool);
}

/* One who waits for a frame, and one who waits for him. */
static void
wait_for_frames(void)
{
	struct transom_publisher *publisher = make_publisher(TRANSOM_LAGGARD_WAIT);
	struct transom_subscriber *subscriber = subscribe(publisher, TRANSOM_SUBSCRIBER_EVERY);
	struct transom_frame *frame;
	int64_t began = now_by(CLOCK_MONOTONIC);
	int r;

	check_wait(transom_subscriber_acquire(subscriber, WAIT_MS, &frame), began);
	for (;;) {
		began = now_by(CLOCK_MONOTONIC);
		r = transom_publisher_acquire(publisher, WAIT_MS, &frame);
		if (r < 0)
			break;
		check_eq(transom_publisher_publish(publisher, frame, NULL, NULL), 0);
	}
	check_wait(r, began);
	check_eq(transom_subscriber_acquire(subscriber, WAIT_MS, &frame), 0);
	transom_frame_release(frame);
	transom_subscriber_unref(subscriber);
	transom_publisher_unref(publisher);
}

static void
wait_for_names(void)
{
	struct transom_name_watch *watch;
	struct transom_name_event event;
	int64_t began;

	check_eq(transom_name_watch_create(&watch), 0);
	began = now_by(CLOCK_MONOTONIC);
	check_wait(transom_name_watch_next(watch, WAIT_MS, &event), began);
	transom_name_watch_unref(watch);
}

static void
wait_for_everything(void)
{
	use_folder();
	wait_for_a_message();
	wait_for_a_buffer();
	wait_for_frames();
	wait_for_names();
	drop_folder("ports");
}

TEST(clock_of_the_day_may_jump)
{
	atomic_store(&jumping, true);
	forbid_the_clock_of_the_day();
	wait_for_everything();
	check_eq(atomic_load(&other_clocks), 0);
	check(atomic_load(&monotonic_clocks) > 0); /* so it is this one that the library calls */
	atomic_store(&jumping, false);
}

static void
wait_until_noon(void *argument)
{
	struct timespec until = { .tv_sec = 1 };

	forbid_the_clock_of_the_day();
	if (*(int *)argument == 0)
		syscall(SYS_clock_nanosleep, CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL);
	else if (*(int *)argument == 1)
		close(timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC));
	else
		syscall(SYS_futex, &receive, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, receive, &until, NULL,
			FUTEX_BITSET_MATCH_ANY);
}

/* The proof that the filter of the test before finds them. */
TEST(who_waits_by_the_clock_of_the_day_is_found)
{
	for (int i = 0; i < 3; i++)
		check_eq(wait_for(spawn(wait_until_noon, &i)), -SIGSYS);
}

/* Time namespaces: children of the caller count from a day earlier on. */

static bool
shift_childrens_time(void)
{
	const char offsets[] = "monotonic 86400 0\nboottime 86400 0\n";
	int fd;
	bool good;

	if (unshare(CLONE_NEWTIME) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWTIME) < 0)
		return false;
	fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
	good = fd >= 0 && write(fd, offsets, sizeof(offsets) - 1) == sizeof(offsets) - 1;
	close(fd);
	return good;
}

static void
publish(struct transom_publisher *publisher)
{
	struct transom_frame *frame;

	check_eq(transom_publisher_acquire(publisher, -1, &frame), 0);
	check_eq(transom_publisher_publish(publisher, frame, NULL, NULL), 0);
}

/* @argument: whether this side counts from another beginning. The timestamps are the publisher's. */
static void
publish_all(void *argument)
{
	struct transom_publisher *publisher = make_publisher(TRANSOM_LAGGARD_WAIT);
	struct transom_right right = { .kind = TRANSOM_RIGHT_FD };
	struct transom_stream_statistics statistics = { .size = sizeof(statistics) };

	check_eq(transom_publisher_invite(publisher, &right.fd), 0);
	check_eq(transom_port_send(send, NULL, 0, &right, 1, 0), 0);
	close(right.fd);
	do
		check_eq(transom_publisher_get_statistics(publisher, &statistics), 0);
	while (!statistics.subscribers && usleep(1000) == 0);
	for (int i = 0; i < FRAMES; i++)
		publish(publisher);
	wait_for_everything();
	do /* until he has read all, and left */
		check_eq(transom_publisher_get_statistics(publisher, &statistics), 0);
	while (statistics.subscribers && usleep(1000) == 0);
	transom_publisher_unref(publisher);
}

static void
read_all(void *argument)
{
	struct transom_subscriber_options options = { .size = sizeof(options),
						      .mode = TRANSOM_SUBSCRIBER_EVERY,
						      .timeout_ms = 60000 };
	int64_t shift = (*(bool *)argument ? 1 : -1) * (int64_t)DAY_S * 1000000000, apart;
	struct transom_frame_info info = { .size = sizeof(info) };
	struct transom_subscriber *subscriber;
	struct transom_message *message;
	struct transom_frame *frame;

	check_eq(transom_message_create(&message), 0);
	check_eq(transom_port_receive(receive, message, -1), 0);
	check_eq(transom_subscriber_create_from_fd(transom_message_get_right(message, 0), &options,
						   &subscriber),
		 0);
	transom_message_unref(message);
	for (uint64_t i = 1; i <= FRAMES; i++) {
		check_eq(transom_subscriber_acquire(subscriber, -1, &frame), 0);
		check_eq(transom_frame_get_sequence(frame), i);
		check_eq(transom_frame_get_info(frame, &info), 0);
		apart = now_by(CLOCK_MONOTONIC) - info.timestamp - shift;
		check(apart >= 0 && apart < INT64_C(3600) * 1000000000);
		transom_frame_release(frame);
	}
	wait_for_everything();
	transom_subscriber_unref(subscriber);
}

static void
run_shifted(void *body)
{
	bool shifted = true;

	if (!shift_childrens_time())
		_exit(REFUSED);
	_exit(wait_for(spawn(*(void (**)(void *))body, &shifted)) != 0);
}

static void
run_apart(void (*shifted)(void *), void (*other)(void *))
{
	bool is_shifted = false;
	pid_t first, second;
	int r;

	check_eq(transom_port_create(NULL, &receive, &send), 0);
	first = spawn(run_shifted, &shifted);
	second = spawn(other, &is_shifted);
	r = wait_for(first);
	if (r == REFUSED) {
		kill(second, SIGKILL);
		skip("no time namespace can be made");
	}
	check_eq(r, 0);
	check_eq(wait_for(second), 0);
	close(receive);
	close(send);
}

TEST_FOR(publisher_may_count_from_another_beginning, 60)
{
	run_apart(publish_all, read_all);
}

TEST_FOR(subscriber_may_count_from_another_beginning, 60)
{
	run_apart(read_all, publish_all);
}
