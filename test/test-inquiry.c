/* test-inquiry.c - asking a stream from outside: what it tells, to whom, and who lies or floods. Part of test-stream. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <transom/inquiry.h>
#include <transom/stream.h>

#include "harness.h"
#include "name-private.h"
#include "stream-private.h"

static struct transom_publisher *
publish_as(const char *name)
{
	struct transom_publisher_options options = {
		.size = sizeof(options),
		.name = name,
		.maximum_buffers = 256,
		.laggard_policy = TRANSOM_LAGGARD_DROP,
		.buffer = { .size = sizeof(options.buffer),
			    .format = TRANSOM_FORMAT_BGRA8,
			    .width = 32,
			    .height = 16 },
	};
	struct transom_publisher *publisher = NULL;

	check_eq(transom_publisher_create(&options, &publisher), 0);
	return publisher;
}

static void
publish(struct transom_publisher *publisher)
{
	struct transom_frame *frame;

	check_eq(transom_publisher_acquire(publisher, 5000, &frame), 0);
	check_eq(transom_publisher_publish(publisher, frame, NULL, NULL), 0);
}

static struct transom_subscriber *
subscribe(const char *name, uint32_t mode, uint32_t held)
{
	struct transom_subscriber_options options = {
		.size = sizeof(options), .name = name, .mode = mode, .held = held
	};
	struct transom_subscriber *subscriber = NULL;

	check_eq(transom_subscriber_create(&options, &subscriber), 0);
	return subscriber;
}

static struct transom_inquiry *
inquire(const char *name)
{
	struct transom_inquiry *inquiry = NULL;

	check_eq(transom_inquiry_create(name, 10000, &inquiry), 0);
	return inquiry;
}

static struct transom_stream_status
status_of(const struct transom_inquiry *inquiry)
{
	struct transom_stream_status status = { .size = sizeof(status) };

	check_eq(transom_inquiry_get_status(inquiry, &status), 0);
	return status;
}

static struct transom_subscriber_status
subscriber_of(const struct transom_inquiry *inquiry, size_t index)
{
	struct transom_subscriber_status status = { .size = sizeof(status) };

	check_eq(transom_inquiry_get_subscriber(inquiry, index, &status), 0);
	return status;
}

TEST(stream_without_frames_tells)
{
	struct transom_publisher *publisher;
	struct transom_stream_status status;
	struct transom_inquiry *inquiry;

	use_folder();
	publisher = publish_as("quiet");
	inquiry = inquire("quiet");
	status = status_of(inquiry);
	check_eq(status.pid, getpid());
	check_eq(status.uid, getuid());
	check_eq(status.head, 0);
	check_eq(status.geometry.width, 0);
	check_eq(status.maximum_buffers, 256);
	check_eq(status.own_buffers, 1);
	check_eq(status.laggard_policy, TRANSOM_LAGGARD_DROP);
	check_eq(status.statistics.size, sizeof(status.statistics));
	check_eq(status.statistics.buffers, 1);
	check_eq(status.statistics.free, 1);
	check(status.time > 0 && status.memory >= 32 * 16 * 4);
	check_eq(transom_inquiry_get_subscriber_count(inquiry), 0);
	check(transom_inquiry_ref(inquiry) == inquiry);
	transom_inquiry_unref(inquiry);
	transom_inquiry_unref(inquiry);
	transom_publisher_unref(publisher);
	drop_folder("streams");
}

TEST(stream_tells_what_it_shows_and_who_reads)
{
	struct transom_subscriber_status latest, every;
	struct transom_subscriber *subscribers[2];
	struct transom_publisher *publisher;
	struct transom_stream_status status;
	struct transom_inquiry *inquiry;
	struct transom_frame *frame;

	use_folder();
	publisher = publish_as("busy");
	subscribers[0] = subscribe("busy", TRANSOM_SUBSCRIBER_LATEST, 3);
	subscribers[1] = subscribe("busy", TRANSOM_SUBSCRIBER_EVERY, 1);
	for (int i = 0; i < 10; i++)
		publish(publisher);
	check_eq(transom_subscriber_acquire(subscribers[0], 0, &frame), 0);
	inquiry = inquire("busy");
	status = status_of(inquiry);
	check_eq(status.head, 10);
	check_eq(status.statistics.published, 10);
	check_eq(status.statistics.subscribers, 2);
	check_eq(status.geometry.width, 32);
	check_eq(status.geometry.height, 16);
	check_eq(status.geometry.format, TRANSOM_FORMAT_BGRA8);
	check(status.timestamp > 0 && status.timestamp <= status.time);
	check_eq(status.granted, 3 + 1 + 4);
	check_eq(transom_inquiry_get_subscriber_count(inquiry), 2);
	latest = subscriber_of(inquiry, 0);
	every = subscriber_of(inquiry, 1);
	check_eq(latest.mode, TRANSOM_SUBSCRIBER_LATEST);
	check_eq(latest.pid, getpid());
	check_eq(latest.granted, 3);
	check_eq(latest.held, 1);
	check_eq(latest.acquired, 10);
	check_eq(every.mode, TRANSOM_SUBSCRIBER_EVERY);
	check_eq(every.queue, 4);
	check_eq(every.held, 0);
	check_eq(every.dropped, 6);
	transom_inquiry_unref(inquiry);
	transom_frame_release(frame);
	transom_subscriber_unref(subscribers[0]);
	transom_subscriber_unref(subscribers[1]);
	transom_publisher_unref(publisher);
	drop_folder("streams");
}

TEST(many_subscribers_keep_their_numbers)
{
	enum { COUNT = 50 };
	struct transom_subscriber *subscribers[COUNT];
	struct transom_publisher *publisher;
	struct transom_inquiry *inquiry;

	use_folder();
	publisher = publish_as("crowd");
	for (int i = 0; i < COUNT; i++)
		subscribers[i] = subscribe("crowd", TRANSOM_SUBSCRIBER_LATEST, 1);
	inquiry = inquire("crowd");
	check_eq(transom_inquiry_get_subscriber_count(inquiry), COUNT);
	for (size_t i = 0; i < COUNT; i++)
		check_eq(transom_inquiry_get_subscriber_number(inquiry, i), i + 1);
	transom_inquiry_unref(inquiry);
	for (int i = 0; i < COUNT; i += 2)
		subscribers[i] = transom_subscriber_unref(subscribers[i]);
	do {
		inquiry = inquire("crowd");
		if (transom_inquiry_get_subscriber_count(inquiry) == COUNT / 2)
			break;
		transom_inquiry_unref(inquiry);
	} while (usleep(1000) == 0);
	for (size_t i = 0; i < COUNT / 2; i++)
		check_eq(transom_inquiry_get_subscriber_number(inquiry, i), 2 * i + 2);
	check_eq(transom_inquiry_get_subscriber_number(inquiry, COUNT / 2), 0);
	transom_inquiry_unref(inquiry);
	for (int i = 0; i < COUNT; i++)
		transom_subscriber_unref(subscribers[i]);
	transom_publisher_unref(publisher);
	drop_folder("streams");
}

TEST(bad_inquiries)
{
	struct transom_subscriber_status subscriber = { .size = sizeof(subscriber) };
	struct transom_stream_status status = { .size = 8 };
	struct transom_publisher *publisher;
	struct transom_inquiry *inquiry;

	use_folder();
	check_eq(transom_inquiry_create("nobody", 1000, &inquiry), -ENOENT);
	publisher = publish_as("somebody");
	check_eq(transom_inquiry_create("nobody", 1000, &inquiry), -ENOENT);
	check_eq(transom_inquiry_create("a/b", 1000, &inquiry), -EINVAL);
	check_eq(transom_inquiry_create(NULL, 1000, &inquiry), -EINVAL);
	check_eq(transom_inquiry_create("somebody", 1000, NULL), -EINVAL);
	inquiry = inquire("somebody");
	check_eq(transom_inquiry_get_status(inquiry, NULL), -EINVAL);
	check_eq(transom_inquiry_get_status(inquiry, &status), -EINVAL);
	check_eq(transom_inquiry_get_status(NULL, &status), -EINVAL);
	check_eq(transom_inquiry_get_subscriber(inquiry, 0, &subscriber), -ENOENT);
	subscriber.size = 0;
	check_eq(transom_inquiry_get_subscriber(inquiry, 0, &subscriber), -EINVAL);
	check_eq(transom_inquiry_get_subscriber_count(NULL), 0);
	check_eq(transom_inquiry_get_subscriber_number(NULL, 0), 0);
	check(!transom_inquiry_ref(NULL) && !transom_inquiry_unref(NULL));
	transom_inquiry_unref(inquiry);
	transom_publisher_unref(publisher);
	drop_folder("streams");
}

/* One who was let in for the frames is not told of the others. */
TEST(who_has_an_invitation_may_not_ask)
{
	struct transom_publisher *publisher = publish_as(NULL);
	struct stream_inquire question = { .after = 0 };
	struct wire_delivery delivery;
	union stream_message message;
	int socket;

	check_eq(transom_publisher_invite(publisher, &socket), 0);
	check_eq(wire_ask_for_sender(socket, 0), 0);
	check_eq(stream_send(socket, STREAM_INQUIRE, &question, sizeof(question), NULL, 0, 0), 0);
	check(stream_receive(socket, INT64_MAX, &message, &delivery) < 0);
	close(socket);
	transom_publisher_unref(publisher);
}

/* Liars: owners of a name who answer by hand. */

struct liar {
	const char *name;
	void (*answer)(int socket, uint64_t after);
};

static void
run_liar(void *argument)
{
	struct name_claim claim = NAME_CLAIM_NONE;
	struct liar *liar = argument;

	check_eq(name_claim(STREAM_FOLDER, liar->name, NULL, &claim), 0);
	for (;;) {
		struct wire_delivery delivery;
		union stream_message message;
		int fd = accept(claim.socket, NULL, NULL);

		if (fd < 0) {
			usleep(1000);
			continue;
		}
		check_eq(wire_ask_for_sender(fd, 0), 0);
		while (stream_receive(fd, INT64_MAX, &message, &delivery) == 0)
			liar->answer(fd, message.inquire.after);
		close(fd);
	}
}

/* What is said to who asks a liar. */
static int
ask_liar(void (*answer)(int socket, uint64_t after), int timeout_ms)
{
	struct liar liar = { "liar", answer };
	struct transom_inquiry *inquiry = NULL;
	pid_t child = spawn(run_liar, &liar);
	int r;

	do {
		r = transom_inquiry_create("liar", timeout_ms, &inquiry);
	} while (r == -ENOENT && usleep(1000) == 0);
	transom_inquiry_unref(inquiry);
	kill(child, SIGKILL);
	check_eq(wait_for(child), -SIGKILL);
	return r;
}

static void
send_status(int socket, const struct stream_status *status)
{
	struct stream_status copy = *status;

	stream_send(socket, STREAM_STATUS, &copy, sizeof(copy), NULL, 0, 0);
}

#define LIE(name, ...)                                                                                       \
	static void name(int socket, uint64_t after)                                                         \
	{                                                                                                    \
		send_status(socket, &(struct stream_status){ __VA_ARGS__ });                                 \
	}

LIE(tell_truth, .count = 1, .peers = { { .number = 3, .granted = 2, .held = 1 } })
LIE(tell_huge_count, .count = UINT32_MAX)
LIE(tell_of_no_more, .more = 1)
LIE(tell_odd_more, .more = 2, .count = 1, .peers = { { .number = 1 } })
LIE(tell_number_zero, .count = 1)
LIE(tell_number_twice, .count = 2, .peers = { { .number = 1 }, { .number = 1 } })
LIE(tell_many_subscribers, .subscribers = 4097)
LIE(tell_many_buffers, .buffers = 4097)
LIE(tell_more_free, .buffers = 1, .free = 2)
LIE(tell_high_maximum, .maximum_buffers = 5000)
LIE(tell_odd_policy, .laggard_policy = 3)
LIE(tell_many_planes, .geometry = { .plane_count = 5 })
LIE(tell_odd_mode, .count = 1, .peers = { { .number = 1, .mode = 2 } })
LIE(tell_much_granted, .count = 1, .peers = { { .number = 1, .granted = 17 } })
LIE(tell_much_held, .count = 1, .peers = { { .number = 1, .granted = 1, .held = 2 } })
LIE(tell_odd_sleep, .count = 1, .peers = { { .number = 1, .asleep = 7 } })

static void
tell_for_ever(int socket, uint64_t after)
{
	struct stream_status status = { .count = STREAM_STATUS_PEERS, .more = 1 };

	for (uint32_t i = 0; i < status.count; i++)
		status.peers[i].number = after + 1 + i;
	send_status(socket, &status);
}

static void
tell_nothing(int socket, uint64_t after)
{
}

static void
say_goodbye(int socket, uint64_t after)
{
	struct stream_refused message = { .error = -EPIPE };

	stream_send(socket, STREAM_BYE, &message, sizeof(message), NULL, 0, 0);
}

static void
say_wake(int socket, uint64_t after)
{
	struct stream_header message;

	stream_send(socket, STREAM_WAKE, &message, sizeof(message), NULL, 0, 0);
}

static void
say_noise(int socket, uint64_t after)
{
	check(send(socket, "noise", 5, 0) == 5);
}

static void
hang_up(int socket, uint64_t after)
{
	shutdown(socket, SHUT_RDWR);
}

TEST_FOR(lies_are_refused, 60)
{
	static void (*const lies[])(int, uint64_t) = {
		tell_huge_count,       tell_of_no_more,   tell_odd_more,
		tell_number_zero,      tell_number_twice, tell_many_buffers,
		tell_more_free,        tell_high_maximum, tell_odd_policy,
		tell_many_planes,      tell_odd_mode,     tell_much_granted,
		tell_many_subscribers, tell_much_held,    tell_odd_sleep,
		tell_for_ever,         say_wake,
	};

	use_folder();
	check_eq(ask_liar(tell_truth, 10000), 0);
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
		check_eq(ask_liar(lies[i], 10000), -EPROTO);
	check_eq(ask_liar(say_noise, 10000), -EBADMSG);
	check_eq(ask_liar(say_goodbye, 10000), -EPIPE);
	check_eq(ask_liar(hang_up, 10000), -EPIPE);
	check_eq(ask_liar(tell_nothing, 50), -ETIMEDOUT);
	check_eq(ask_liar(tell_nothing, 0), -EAGAIN);
	transom_publisher_unref(publish_as("liar")); /* takes the dead one's name, and gives it up */
	drop_folder("streams");
}

/* Floods */

/* Asks without end and never reads an answer, by as many connections as there may be. */
static void
flood(void *argument)
{
	struct stream_inquire question = { .after = 0 };
	int sockets[80];

	memset(sockets, -1, sizeof(sockets));
	for (unsigned i = 0;; i = (i + 1) % 80) {
		if (sockets[i] < 0 && name_connect(STREAM_FOLDER, "flooded", 0, &sockets[i]) < 0)
			continue;
		if (stream_send(sockets[i], STREAM_INQUIRE, &question, sizeof(question), NULL, 0, 0) < 0) {
			close(sockets[i]);
			sockets[i] = -1;
		}
	}
}

TEST_FOR(flood_of_inquiries_harms_nobody_else, 60)
{
	struct transom_publisher *publisher;
	struct transom_subscriber *honest;
	struct transom_frame *frame;
	pid_t child;
	int before;

	use_folder();
	publisher = publish_as("flooded");
	honest = subscribe("flooded", TRANSOM_SUBSCRIBER_EVERY, 2);
	publish(publisher);
	check_eq(transom_subscriber_acquire(honest, 1000, &frame), 0);
	transom_frame_release(frame);
	before = count_fds();
	child = spawn(flood, NULL);
	for (int i = 0; i < 2000; i++) {
		publish(publisher);
		check_eq(transom_subscriber_acquire(honest, 10000, &frame), 0);
		transom_frame_release(frame);
	}
	check_eq(transom_subscriber_get_missed(honest), 0);
	check(count_fds() <= before + 3 + 66); /* buffers, and connections that are bounded */
	kill(child, SIGKILL);
	check_eq(wait_for(child), -SIGKILL);
	for (struct transom_inquiry *inquiry = NULL; !inquiry; usleep(1000)) /* places come free */
		transom_inquiry_create("flooded", 1000, &inquiry), transom_inquiry_unref(inquiry);
	transom_subscriber_unref(honest);
	transom_publisher_unref(publisher);
	drop_folder("streams");
}

static bool
is_let_go(int socket)
{
	struct pollfd poller = { .fd = socket, .events = POLLRDHUP };

	return poll(&poller, 1, 0) == 1;
}

/* Asks, each time when the answer before has come, and reads none, until there are @most or it is let go. */
static int
pile_up_answers(int socket, int most)
{
	struct stream_inquire question = { .after = 0 };
	int count = 0, bytes = 0;

	while (count < most &&
	       stream_send(socket, STREAM_INQUIRE, &question, sizeof(question), NULL, 0, 0) == 0) {
		do
			check(ioctl(socket, FIONREAD, &bytes) == 0);
		while (bytes <= count * (int)sizeof(struct stream_status) && !is_let_go(socket) &&
		       usleep(100) == 0);
		if (bytes <= count * (int)sizeof(struct stream_status))
			break;
		count++;
	}
	return count;
}

/* There is no room for a welcome then: he is let go, and not left with half of what a subscriber has. */
TEST(who_joins_with_a_full_socket_is_let_go)
{
	struct stream_hello hello = { .mode = TRANSOM_SUBSCRIBER_LATEST };
	struct transom_publisher *publisher;
	int sockets[2], room;

	use_folder();
	publisher = publish_as("full");
	for (int i = 0; i < 2; i++)
		check_eq(name_connect(STREAM_FOLDER, "full", 0, &sockets[i]), 0);
	room = pile_up_answers(sockets[0], INT_MAX / (int)sizeof(struct stream_status));
	check_eq(pile_up_answers(sockets[1], room), room);
	check(!is_let_go(sockets[1]));
	check_eq(stream_send(sockets[1], STREAM_HELLO, &hello, sizeof(hello), NULL, 0, 0), 0);
	while (!is_let_go(sockets[1]))
		usleep(1000);
	for (int i = 0; i < 2; i++)
		close(sockets[i]);
	transom_publisher_unref(publisher);
	drop_folder("streams");
}
